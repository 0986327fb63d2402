# lab.py: several computers in network namespaces of this one.
# SPDX-License-Identifier: GPL-3.0-or-later
"""A laboratory for network tests and benchmarks.

    with Lab() as lab:
        anna, ben = lab.host("anna"), lab.host("ben")
        lab.lan([anna, ben])                    # one bridge; anna's card is anna.links[0]
        anna.start_avahi()
        server = ben.popen([cli, "--json", "receive"])
        port = server.event("listening")["port"]
        assert anna.reaches(ben.links[0].ipv4)

Each host has its own network, mounts (an empty /run), processes and host name, and its own HOME
and XDG directories below the lab's temporary directory; the rest of the file system is shared.
Works as root, and as a normal user through a user namespace. Everything ends with the Lab, even
if the test is killed with SIGKILL. Nothing reaches a network outside.

The kernel needs no netem: rates are tc tbf, loss is nftables. Delay would need a forwarder in
user space between two TUN devices; it belongs into Link, beside rate() and loss().
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

# Tests import all of it from here.
from process import ENTER, LabError, Process, parse_event

SKIP = 77  # exit status that Meson takes for "skipped"

# A connection refused is an answer too; nobody listens on port 9.
REACH = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
where = (sys.argv[1], 9)
if family == socket.AF_INET6 and sys.argv[1].startswith("fe80"):
    where += (0, socket.if_nametoindex(sys.argv[2]))
with socket.socket(family) as probe:
    probe.settimeout(float(sys.argv[3]))
    try:
        probe.connect(where)
    except ConnectionRefusedError:
        pass
"""


class Space:
    """One set of namespaces. The lab's switch is one, each host is one."""

    def __init__(self, lab, name, join):
        reader, told = os.pipe()
        self.lab, self.name = lab, name
        self.init = subprocess.Popen(
            [sys.executable, "-ISB", ENTER, "new", str(told), join], pass_fds=[told],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True)
        os.close(told)
        with os.fdopen(reader, "rb") as file:
            text = file.read()
        if not text or self.init.stdout.readline() != b"ready\n":
            self.init.stdin.close()
            error = self.init.stderr.read().decode(errors="replace").strip().splitlines()
            self.init.wait()
            raise LabError(f"no namespaces for {name}: {error[-1] if error else 'no reason given'}")
        self.pid = int(text)
        self.logs = []
        self.home = lab.directory
        self.env = {**lab.env}

    def new_log(self, argv):
        path = os.path.join(self.lab.directory,
                            f"{self.name}-{len(self.logs)}-{os.path.basename(argv[0])}.log")
        self.logs.append(path)
        return path

    def popen(self, argv, **options):
        """Starts a program; options: env (added), cwd, stdin, stdout (else read as lines)."""
        return Process(self, [str(word) for word in argv], **options)

    def run(self, argv, check=True, timeout=60, text=None, **options):
        """Runs a program to its end; text goes to its standard input. The result has returncode,
        stdout, stderr."""
        stdin = subprocess.PIPE if text is not None else None
        process = self.popen(argv, stdin=stdin, **options)
        if text is not None:
            process.write(text)
            process.popen.stdin.close()
        try:
            status = process.wait(timeout)
        except LabError:
            process.kill()
            raise
        done = subprocess.CompletedProcess(argv, status, process.output, process.errors())
        if check and status != 0:
            raise LabError(f"{self.name}: {' '.join(map(str, argv))}: status {status}\n"
                           f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done

    def ip(self, words):
        """Runs ip(8) with these words."""
        return self.run(["ip", *words.split()]).stdout

    def sysctl(self, name, value):
        self.run(["sh", "-c", f"echo {value} >/proc/sys/{name.replace('.', '/')}"])

    def end(self):
        self.init.stdin.close()
        self.init.wait()
        self.init.stdout.close()
        self.init.stderr.close()


class Host(Space):
    """A computer. Its network cards are in .links, in the order they were connected."""

    def __init__(self, lab, name):
        super().__init__(lab, name, str(lab.switch.pid) if lab.user == "user" else "-")
        self.links = []
        self.avahi = self.bus = None
        self.number = len(lab.hosts) + 1
        self.directory = os.path.join(lab.directory, name)
        self.home = os.path.join(self.directory, "home")
        self.env.update(HOME=self.home, HOSTNAME=name)
        for variable, folder in (("XDG_DATA_HOME", ".local/share"), ("XDG_CONFIG_HOME", ".config"),
                                 ("XDG_CACHE_HOME", ".cache"), ("XDG_STATE_HOME", ".local/state")):
            self.env[variable] = os.path.join(self.home, folder)
            os.makedirs(self.env[variable])
        self.env["XDG_RUNTIME_DIR"] = "/run/user/0"
        self.run(["sh", "-ec", 'hostname "$1"; mkdir -p -m 700 /run/user/0; mkdir /run/dbus\n'
                  "for i in all default; do echo 0 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done\n"
                  "echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad\n"
                  "ip link set lo up", "sh", name], cwd="/")
        if lab.user == "user":
            self.map_users()

    def map_users(self):
        """In a normal user's namespace the only user is root; daemons insist on their own."""
        for name, line in (("passwd", "{}:x:0:0::/:/bin/sh\n"), ("group", "{}:x:0:\n")):
            with open(self.path(name), "w", encoding="ascii") as file:
                file.writelines(line.format(user) for user in ("root", "avahi", "messagebus"))
            self.run(["mount", "--bind", self.path(name), "/etc/" + name])

    def path(self, *names):
        """A path below the host's own directory."""
        return os.path.join(self.directory, *names)

    def start_bus(self):
        """A system bus, on the usual socket, with nothing on it."""
        config = self.path("bus.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write("""<busconfig><type>system</type>
<listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/><allow receive_type="method_call"/>
<allow receive_type="signal"/><allow receive_type="method_return"/><allow receive_type="error"/>
</policy></busconfig>""")
        self.bus = self.popen(["dbus-daemon", "--config-file=" + config, "--nofork", "--nopidfile",
                               "--print-address=1"])
        self.bus.line(lambda line: line.startswith("unix:"))
        return self.bus

    def stop_bus(self):
        self.bus.terminate()
        self.bus = None
        self.run(["rm", "-f", "/run/dbus/system_bus_socket"])

    def start_avahi(self, server="", publish="", wait=True):
        """avahi-daemon on this host's system bus. The options add lines to those sections of its
        configuration. It has claimed its host name when this returns (about a second)."""
        if self.bus is None or not self.bus.running():
            self.start_bus()
        config = self.path("avahi.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"[server]\nhost-name={self.name}\nuse-ipv4=yes\nuse-ipv6=yes\n{server}\n"
                       "[wide-area]\nenable-wide-area=no\n[publish]\npublish-hinfo=no\n"
                       f"publish-workstation=no\n{publish}\n")
        self.avahi = self.popen(["avahi-daemon", "--no-drop-root", "--no-rlimits", "--no-chroot",
                                 "-f", config])
        if wait:
            self.wait_for_log(self.avahi, "Server startup complete")
        return self.avahi

    def stop_avahi(self, hard=False):
        self.avahi.kill() if hard else self.avahi.terminate()
        self.avahi = None
        self.run(["rm", "-rf", "/run/avahi-daemon"])

    def wait_for_log(self, process, text, timeout=15):
        deadline = time.monotonic() + timeout
        while text not in process.errors():
            if time.monotonic() > deadline or not process.running():
                raise LabError(f"{process.name} never said “{text}”:\n{process.errors()}")
            time.sleep(0.02)

    def add_interface(self, name, address=None, kind="bridge"):
        """One that leads nowhere: kind "bridge" (as docker0 is), "card" (with carrier and
        multicast, but alone), or "tun" (as a VPN is: point to point, no multicast)."""
        if kind == "card":
            self.lab.plug(self, name, self.lab.switch, f"x{self.number}-{name}")
            self.lab.switch.ip(f"link set x{self.number}-{name} up")
        elif kind == "tun":
            self.ip(f"tuntap add dev {name} mode tun")
        else:
            self.ip(f"link add {name} type {kind}")
        if address:
            self.ip(f"addr add {address} dev {name}")
        self.ip(f"link set {name} up")

    def reaches(self, address, device=None, timeout=1):
        """Whether that host answers at all (device: for a link-local address)."""
        return self.run([sys.executable, "-ISc", REACH, address, device or "lo", str(timeout)],
                        check=False).returncode == 0

    def addresses(self, device, family):
        """Usable addresses of a card, without prefix length; family: inet or inet6."""
        cards = json.loads(self.run(["ip", "-j", "addr", "show", "dev", device]).stdout)
        return [a["local"] for a in cards[0].get("addr_info", []) if a["family"] == family]


class Link:
    """A host's network card and its cable. Its far end is a port of a switch or, with
    Lab.direct(), the other host's card."""

    def __init__(self, host, device, far_space, far_device):
        self.host, self.device = host, device
        self.far_space, self.far_device = far_space, far_device
        self.ipv4 = self.ipv6 = self.ipv6_global = None  # ipv6: link-local, needs a scope
        self.assigned = []

    def give(self, address):
        """Adds an address with prefix length."""
        if address not in self.assigned:
            self.assigned.append(address)
        nodad = " nodad" if ":" in address else ""
        self.host.ip(f"addr replace {address} dev {self.device}{nodad}")

    @property
    def index(self):
        """The interface index, inside the host."""
        return int(self.host.run(["cat", f"/sys/class/net/{self.device}/ifindex"]).stdout)

    def down(self):
        """Pulls the cable: the host sees the loss of the carrier."""
        self.far_space.ip(f"link set {self.far_device} down")

    def up(self):
        self.far_space.ip(f"link set {self.far_device} up")
        for link in getattr(self.far_space, "links", []):
            if link.device == self.far_device:  # a card that was down has lost its IPv6 addresses
                for address in link.assigned:
                    link.give(address)

    def cut(self):
        """Drops every packet, both ways; the card notices nothing."""
        self.loss(1.0)

    def mend(self):
        self.loss(0)

    def rate(self, mbit=None, up=True, down=True):
        """Shapes what the host sends (up), what it receives (down), or both; None lifts it. The
        queue holds about 60 ms, so that TCP fills the line: see payload_rate()."""
        ends = ([(self.host, self.device)] if up else []) + \
               ([(self.far_space, self.far_device)] if down else [])
        for space, device in ends:
            space.run(["tc", "qdisc", "del", "dev", device, "root"], check=False)
            if mbit:
                bytes_a_second = mbit * 125000
                burst = int(max(10000, bytes_a_second * 0.004))
                limit = int(max(32768, bytes_a_second * 0.06))
                space.run(["tc", "qdisc", "add", "dev", device, "root", "tbf", "rate",
                           f"{int(mbit * 1e6)}bit", "burst", str(burst), "limit", str(limit)])

    def loss(self, share, up=True, down=True):
        """Loses this share of the packets at random, in 1/10,000; 0 ends it."""
        ends = ([(self.far_space, self.far_device)] if up else []) + \
               ([(self.host, self.device)] if down else [])
        for space, device in ends:
            table = f"loss_{device.replace('-', '_')}"
            space.run(["nft", "delete", "table", "netdev", table], check=False)
            if share > 0:
                rule = "drop" if share >= 1 else \
                    f"numgen random mod 10000 < {round(share * 10000)} drop"
                space.run(["nft", "-f", "-"], text=f"""table netdev {table} {{
  chain in {{
    type filter hook ingress device "{device}" priority 0;
    {rule}
  }}
}}
""")


def payload_rate(mbit, mtu=1500):
    """Bytes of TCP payload a second that a line of this rate can carry: tbf counts the Ethernet
    header; IPv4, TCP and its time stamps take 52 bytes of a packet."""
    return mbit * 125000 * (mtu - 52) / (mtu + 14)


class Lan:
    """A switch, and the network 10.NUMBER.0.0/16 on it."""

    def __init__(self, lab, number, ipv4, ipv6_global):
        self.lab, self.number, self.ipv4, self.ipv6_global = lab, number, ipv4, ipv6_global
        self.bridge = f"lan{number}"
        lab.switch.ip(f"link add {self.bridge} type bridge mcast_snooping 0")
        lab.switch.ip(f"link set {self.bridge} up")

    def attach(self, host):
        """Connects a host; its Link."""
        port = f"p{self.number}-{host.number}"
        link = self.lab.connect(host, self.lab.switch, port, self.number, self.ipv4,
                                self.ipv6_global)
        self.lab.switch.ip(f"link set {port} master {self.bridge} up")
        host.links.append(link)
        return link


class Lab:
    def __init__(self, directory=None):
        """directory: where the temporary directory is made (benchmarks: on the disk to test)."""
        if not shutil.which("ip"):
            skip("no ip(8) to make networks with")
        self.user = "-" if os.geteuid() == 0 else "user"
        self.directory = os.path.abspath(tempfile.mkdtemp(prefix="shoal-lab-", dir=directory))
        dropped = ("DBUS_", "XDG_", "DISPLAY", "WAYLAND", "http_proxy", "https_proxy", "all_proxy")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
        self.env["PATH"] = self.env.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
        self.env["LC_ALL"] = "C.UTF-8"
        self.hosts, self.lans = [], []
        self.switch = None
        try:
            self.switch = Space(self, "switch", "user" if self.user == "user" else "-")
        except (LabError, OSError) as error:
            shutil.rmtree(self.directory)
            skip(str(error))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None and kind is not SystemExit:
            self.report()
        self.close()

    def report(self, lines=40):
        """What the programs wrote to standard error, for the log of a failed test."""
        for space in [self.switch, *self.hosts]:
            for path in space.logs:
                with open(path, encoding="utf-8", errors="replace") as file:
                    text = file.read().splitlines()[-lines:]
                if text:
                    print(f"--- {os.path.basename(path)}", *text, sep="\n", file=sys.stderr)

    def close(self):
        for space in [*self.hosts, self.switch]:
            space.end()
        shutil.rmtree(self.directory, ignore_errors=True)

    def host(self, name):
        """A computer without network."""
        host = Host(self, name)
        self.hosts.append(host)
        return host

    def lan(self, hosts=(), ipv4=True, ipv6_global=False):
        """A switch with those hosts on it; more by .attach(). Every card has an IPv6 link-local
        address; ipv4=False leaves IPv4 away, ipv6_global=True adds fd00:NUMBER::HOST."""
        lan = Lan(self, len(self.lans) + 1, ipv4, ipv6_global)
        self.lans.append(lan)
        for host in hosts:
            lan.attach(host)
        return lan

    def direct(self, one, other, ipv4=True, ipv6_global=False):
        """One cable between two hosts, without a switch: two Links, one for each end."""
        number = len(self.lans) + 1
        self.lans.append(None)
        device = f"eth{len(other.links)}"
        near = self.connect(one, other, device, number, ipv4, ipv6_global)
        far = Link(other, device, one, near.device)
        one.links.append(near)
        other.links.append(far)
        self.configure(far, number, ipv4, ipv6_global)
        return near, far

    def connect(self, host, far_space, far_device, number, ipv4, ipv6_global):
        link = Link(host, f"eth{len(host.links)}", far_space, far_device)
        self.plug(host, link.device, far_space, far_device,
                  f"02:00:00:{number:02x}:00:{host.number:02x}")
        self.configure(link, number, ipv4, ipv6_global)
        return link

    def plug(self, host, device, far_space, far_device, mac=None):
        # With our own process IDs: `ip link … netns PID` asks for them.
        enter = ["nsenter", f"--target={host.pid}", "--net"]
        if self.user == "user":
            enter += ["--user", "--preserve-credentials"]
        done = subprocess.run(
            [*enter, "ip", "link", "add", device, *(["address", mac] if mac else []),
             "type", "veth", "peer", "name",
             far_device, "netns", str(far_space.pid)],
            capture_output=True, text=True, env=self.env, check=False)
        if done.returncode != 0:
            raise LabError(f"no cable for {host.name}: {done.stderr}")

    def configure(self, link, number, ipv4, ipv6_global):
        host = link.host
        if ipv4:
            link.ipv4 = f"10.{number}.0.{host.number}"
            link.give(link.ipv4 + "/16")
        if ipv6_global:
            link.ipv6_global = f"fd00:{number:x}::{host.number:x}"
            link.give(link.ipv6_global + "/64")
        host.ip(f"link set {link.device} up")
        link.far_space.ip(f"link set {link.far_device} up")
        for _ in range(100):
            local = [a for a in host.addresses(link.device, "inet6") if a.startswith("fe80")]
            if local:
                link.ipv6 = local[0]
                return
            time.sleep(0.02)
        raise LabError(f"{host.name}: no IPv6 link-local address on {link.device}")


def skip(why):
    """Ends a test that this machine cannot run."""
    print(f"SKIP: {why}", file=sys.stderr)
    sys.exit(SKIP)


def main(tests):
    """Runs the functions given, or those named in the arguments, with a line of TAP each; each
    gets a fresh Lab. For tests registered with protocol 'tap'."""
    tests = [t for t in tests if not sys.argv[1:] or t.__name__ in sys.argv[1:]]
    try:
        with Lab():
            pass
    except SystemExit:
        print("1..0 # SKIP this machine makes no network namespaces")
        return
    print(f"1..{len(tests)}", flush=True)
    failed = False
    for number, test in enumerate(tests, 1):
        started = time.monotonic()
        try:
            with Lab() as lab:
                test(lab)
            verdict = "ok"
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc()
            verdict, failed = "not ok", True
        print(f"{verdict} {number} {test.__name__} # {time.monotonic() - started:.1f} s",
              flush=True)
    sys.exit(1 if failed else 0)
