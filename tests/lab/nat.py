# nat.py: an internet in a lab: households behind routers of several kinds, a STUN and TURN server.
# SPDX-License-Identifier: GPL-3.0-or-later
"""    net = Internet(lab, forward)
    anna = net.household("anna", "symmetric").host
    net.servers  # what to give to --server

The addresses outside are of the documentation's networks, so that they count as public; those at
home are private, each household has its own. Every household is half of the round trip away from
the core."""

import json
import shutil
import subprocess
import time

from lab import LabError, skip
from line import Line

KINDS = ("open", "cone", "restricted", "symmetric")
CORE, SERVER = "203.0.113.1", "203.0.113.10"
CORE6, SERVER6 = "2001:db8:f::1", "2001:db8:f::10"
USER, PASSWORD = "shoal", "secret"

# What reaches the router itself unasked is dropped, as routers do; else it would occupy the port
# that the answer needs.
NAT = """table ip nat {{
  chain out {{
    type nat hook postrouting priority 100;
    oifname "{wan}" masquerade {how}
  }}
  chain in {{
    type nat hook prerouting priority -100;
    {forwarded}
  }}
}}
table ip filter {{
  chain input {{
    type filter hook input priority 0;
    iifname "{wan}" ct state new drop
  }}
  chain forward {{
    type filter hook forward priority 0;
    iifname "{wan}" ct state new ct status & dnat == 0 drop
  }}
}}
"""


# What routers do for IPv6: no translation, and nothing comes in unasked.
GUARD6 = """table ip6 guard {{
  chain in {{
    type filter hook input priority 0;
    iifname "{device}" meta l4proto {{ tcp, udp }} ct state new drop
  }}
}}
"""
PARTED = """table inet parted {
  chain between {
    type filter hook forward priority 0;
    ip saddr 198.51.100.0/24 ip daddr 198.51.100.0/24 drop
  }
}
"""


class Household:
    """A host, and its router unless it is open: kind "open" (a public address of its own), "cone"
    (whoever knows the port gets in), "restricted" (only who was written to, same port for all),
    "symmetric" (another port for each); "six": nothing but IPv6, guarded."""

    def __init__(self, net, name, kind, number, host=None):
        lab = net.lab
        self.kind, self.name = kind, name
        self.host = host or lab.host(name)
        self.address = f"198.51.100.{number}"
        if kind == "six":
            self.add_ipv6(net, number)
            return
        self.router = self.host if kind == "open" else lab.host(f"{name}-router")
        self.line = Line(lab, self.router, net.core, net.forward, rtt_ms=net.rtt_ms / 2,
                         mbit=net.mbit, loss=net.loss, addresses=(self.address, CORE))
        self.wan = self.line.devices[0]
        self.router.ip(f"route add default dev {self.wan}")
        if kind != "open":
            self.close(lab)

    def add_ipv6(self, net, number):
        """A line for IPv6, with an address for everybody to see, behind a firewall."""
        self.address6 = f"2001:db8:{number:x}::1"
        line = Line(net.lab, self.host, net.core, net.forward, rtt_ms=net.rtt_ms / 2,
                    mbit=net.mbit, loss=net.loss, addresses=(self.address6, CORE6))
        self.host.ip(f"-6 route add default dev {line.devices[0]}")
        self.host.run(["nft", "-f", "-"], text=GUARD6.format(device=line.devices[0]))

    def close(self, lab):
        inside, outside = lab.direct(self.host, self.router)
        self.card = inside.device
        self.host.ip(f"route add default via {outside.ipv4}")
        self.router.sysctl("net.ipv4.ip_forward", 1)
        forwarded = f'iifname "{self.wan}" udp dport 1-65535 dnat to {inside.ipv4}'
        self.router.run(["nft", "-f", "-"], text=NAT.format(
            wan=self.wan, how="fully-random" if self.kind == "symmetric" else "",
            forwarded=forwarded if self.kind == "cone" else ""))


class Internet:
    def __init__(self, lab, forward, rtt_ms=50, mbit=0, loss=0):
        """rtt_ms: between two households; mbit and loss: of each household's line."""
        self.lab, self.forward = lab, forward
        self.rtt_ms, self.mbit, self.loss = rtt_ms, mbit, loss
        self.number = 1
        if not shutil.which("turnserver"):
            skip("no turnserver (coturn) to relay by")
        self.core = lab.host("core")
        self.core.sysctl("net.ipv4.ip_forward", 1)
        self.server = lab.host("server")
        near, far = lab.direct(self.server, self.core)
        near.give(SERVER + "/24")
        far.give(CORE + "/24")
        self.server.ip(f"route add default via {CORE}")
        self.core.sysctl("net.ipv6.conf.all.forwarding", 1)
        near.give(SERVER6 + "/64")
        far.give(CORE6 + "/64")
        self.server.ip(f"-6 route add default via {CORE6}")
        self.turn = None
        self.start_turn()
        self.servers = [f"stun:{SERVER}:3478", f"turn:{USER}:{PASSWORD}@{SERVER}:3478"]
        self.servers6 = [f"stun:[{SERVER6}]:3478", f"turn:{USER}:{PASSWORD}@[{SERVER6}]:3478"]

    def start_turn(self):
        config = self.server.path("turn.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"listening-ip={SERVER}\nlistening-ip={SERVER6}\nrelay-ip={SERVER}\n"
                       f"relay-ip={SERVER6}\nlistening-port=3478\n"
                       f"lt-cred-mech\nuser={USER}:{PASSWORD}\nrealm=lab\nno-tls\nno-dtls\nno-cli\n"
                       f"no-rfc5780\nsimple-log\nlog-file=stdout\nfingerprint\n"
                       f"pidfile={self.server.path('turn.pid')}\n"
                       f"userdb={self.server.path('turn.db')}\n")
        self.turn = self.server.popen(["turnserver", "-c", config])
        self.server.run([shutil.which("python3"), "-ISc", WAIT_FOR_STUN, SERVER])

    def household(self, name, kind):
        self.number += 1
        return Household(self, name, kind, self.number)

    def move(self, household, name, kind):
        """Its host leaves that household's network for another one's, as a telephone leaves the
        Wi-Fi: its old address is gone. The new household."""
        household.host.ip(f"addr flush dev {household.card}")
        household.host.ip(f"link set {household.card} down")
        self.number += 1
        return Household(self, name, kind, self.number, household.host)

    def part(self, parted=True):
        """Lets nothing through between households (servers stay in reach), or again."""
        self.core.run(["nft", "-f", "-"], text=PARTED if parted else "delete table inet parted\n")


# Asks until a Binding request is answered.
WAIT_FOR_STUN = """
import os, socket, struct, sys, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as it:
    it.settimeout(0.2)
    for _ in range(100):
        it.sendto(struct.pack(">HHI", 1, 0, 0x2112A442) + os.urandom(12), (sys.argv[1], 3478))
        try:
            it.recv(500)
            sys.exit(0)
        except (TimeoutError, ConnectionRefusedError):
            time.sleep(0.05)
sys.exit("no answer from the STUN server")
"""


def expected_path(one, other):
    """What ICE can do between these two kinds."""
    kinds = {one, other}
    return "relayed" if kinds in ({"symmetric"}, {"symmetric", "restricted"}) else "direct"


class Attempt:
    """Two ends of ice-exchange, their offer and answer carried by hand. One that comes to nothing
    is followed by another, as between two devices."""

    def __init__(self, net, program, one, other, policy="any", more=()):
        arguments = [word for server in net.servers for word in ("--server", server)]
        arguments += ["--policy", policy, *more]
        self.places = [(household.host, [program, role, *arguments])
                       for household, role in ((one, "offer"), (other, "answer"))]
        self.tries = 0
        self.ends = []
        self.start()

    def start(self):
        self.tries += 1
        self.ends = [host.popen(argv, stdin=subprocess.PIPE) for host, argv in self.places]

    def run(self, timeout=30, tries=3):
        """Gathers, exchanges, connects, and moves a MiB each way; the path and the milliseconds
        from the (first) exchange to the open link, as both ends see them."""
        first = None
        while True:
            local = [end.event("local", timeout) for end in self.ends]
            begun = time.monotonic()
            first = first or begun
            for end, words in zip(self.ends, reversed(local)):
                end.write(json.dumps(words) + "\n")
            told = [end.event(None, timeout, event=lambda name: name in ("open", "failed"))
                    for end in self.ends]
            if all(said["event"] == "open" for said in told):
                break
            if self.tries == tries:
                raise LabError(f"{told}\n{self.ends[0].output}{self.ends[1].output}")
            self.end()
            self.start()
        for end in self.ends:
            end.event("received", timeout)
        return [(said["path"], said["ms"] + int(1000 * (begun - first))) for said in told]

    def end(self):
        for end in self.ends:
            end.popen.stdin.close()
        for end in self.ends:
            end.wait(20)
