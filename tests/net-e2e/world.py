# world.py: people at an internet of their own: tracker, STUN, relay; what tests do with them.
# SPDX-License-Identifier: GPL-3.0-or-later

import os

import e2e
from e2e import check
from nat import SERVER, SERVER6, Internet

TRACKER = os.environ["SHOAL_TRACKER"]
FORWARD = os.environ["SHOAL_FORWARD"]
PORT = 8000
NAME = "servers.test"


class World:
    """Households at an internet with a tracker and a relay."""

    def __init__(self, lab, mbit=0, by_ipv6=False, by_name=False, **kinds):
        """by_ipv6: its servers are called by IPv6 addresses; by_name: by a name that has addresses
        of both families."""
        self.net = Internet(lab, FORWARD, rtt_ms=30, mbit=mbit)
        self.by_ipv6, self.by_name = by_ipv6, by_name
        where = NAME if by_name else f"[{SERVER6}]" if by_ipv6 else SERVER
        self.url = f"ws://{where}:{PORT}/"
        self.tracker = None
        self.servers = None  # options instead of those that name the net's STUN and TURN server
        self.start_tracker()
        self.homes = {name: self.net.household(name, kind) for name, kind in kinds.items()}
        for name, home in self.homes.items():
            setattr(self, name, Person(self, home.host))
            if by_name:
                know(home.host)

    def start_tracker(self):
        where = "[::]" if self.by_name else f"[{SERVER6}]" if self.by_ipv6 else SERVER
        where = f"{where}:{PORT}"
        self.tracker = self.net.server.popen([TRACKER, "--listen", where, "--public-metrics"])
        self.tracker.line(lambda line: line.startswith("ws://"))

    def metric(self, name):
        """What the tracker has counted; being asked is a connection as well."""
        lines = self.net.server.run(["python3", "-c", METRICS]).stdout.splitlines()
        return next(int(line.split()[1]) for line in lines
                    if line.startswith(f"shoal_tracker_{name} "))

    def options(self):
        if self.servers is not None:
            return ["--tracker", self.url, *self.servers]
        stun, turn = self.net.servers6 if self.by_ipv6 else self.net.servers
        if self.by_name:
            stun, turn = (text.replace(SERVER, NAME) for text in (stun, turn))
        return ["--tracker", self.url, "--stun", stun.removeprefix("stun:"),
                "--turn", turn.removeprefix("turn:")]


def know(host):
    """The host can look up the servers' name."""
    path = host.path("hosts")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"127.0.0.1 localhost\n{SERVER} {NAME}\n{SERVER6} {NAME}\n")
    host.run(["mount", "--bind", path, "/etc/hosts"])


class Person(e2e.Device):
    def __init__(self, world, host):
        super().__init__(host)
        self.world = world

    def start(self, *words, plain=False, options=()):
        return super().start(*self.world.options(), *options, *words, plain=plain)


def befriend(anna, ben):
    """By an invite; says how long it took."""
    inviting = anna.start("invite")
    link = inviting.event("invite", 20)["link"]
    adding = ben.start("friend", "add", link)
    check(adding.wait(30) == 0, "friend add failed", adding, inviting)
    inviting.event("friend", 20)
    check(inviting.wait(20) == 0, "invite failed", inviting)
    e2e.end(adding, inviting)
    return link


def sent(anna, ben, path, options=()):
    """Anna sends path to Ben by his ID; the two processes and the sender's done event."""
    who = ben.identity()
    receiving = ben.start("receive", "--dir", ben.folder, "--accept", "friends", "--once",
                          options=options)
    sending = anna.start("send", path, "--to", who, options=options)
    done = e2e.finish(sending)
    check(receiving.wait(30) == 0, "receive failed", receiving)
    return receiving, sending, done


def path_of(process):
    """How its bytes came, in the last word on it."""
    found = [event["path"] for event in process.events("progress")
             if event["bytes"] > 0 and event["sources"] > 0]
    check(found, "no source", process)
    return found[-1]


METRICS = f"""
import urllib.request
print(urllib.request.urlopen("http://{SERVER}:{PORT}/metrics").read().decode())
"""
