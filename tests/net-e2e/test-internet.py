#!/usr/bin/python3
# test-internet.py: two people behind routers: an invite, a send, a link, and what hurts it.
# SPDX-License-Identifier: GPL-3.0-or-later

import os

import e2e
from e2e import MIB, check
from nat import SERVER, Internet

TRACKER = os.environ["SHOAL_TRACKER"]
FORWARD = os.environ["SHOAL_FORWARD"]
PORT = 8000


class World:
    """Households at an internet with a tracker and a relay."""

    def __init__(self, lab, mbit=0, **kinds):
        self.net = Internet(lab, FORWARD, rtt_ms=30, mbit=mbit)
        self.url = f"ws://{SERVER}:{PORT}/"
        self.tracker = None
        self.start_tracker()
        for name, kind in kinds.items():
            setattr(self, name, Person(self, self.net.household(name, kind).host))

    def start_tracker(self):
        self.tracker = self.net.server.popen([TRACKER, "--listen", f"{SERVER}:{PORT}",
                                              "--public-metrics"])
        self.tracker.line(lambda line: line.startswith("ws://"))

    def metric(self, name):
        """What the tracker has counted; being asked is a connection as well."""
        lines = self.net.server.run(["python3", "-c", METRICS]).stdout.splitlines()
        return next(int(line.split()[1]) for line in lines
                    if line.startswith(f"shoal_tracker_{name} "))

    def options(self):
        return ["--tracker", self.url, "--stun", f"{SERVER}:3478",
                "--turn", self.net.servers[1].removeprefix("turn:")]


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


def friends(lab, one, other, path):
    world = World(lab, anna=one, ben=other)
    befriend(world.anna, world.ben)
    tree = e2e.make_tree(world.anna.host.path("tree"), e2e.dice(), 8 * MIB)
    receiving, sending, _ = sent(world.anna, world.ben, tree)
    check(path_of(receiving) == path, f"{path_of(receiving)}, not {path}", receiving, sending)
    e2e.end(receiving, sending)
    e2e.same_tree(tree, world.ben.got("tree"))
    return world


def test_direct(lab):
    """Both behind routers as most homes have them: no relay."""
    friends(lab, "restricted", "cone", "direct")


def test_relayed(lab):
    """Both behind routers of the worst kind."""
    friends(lab, "symmetric", "symmetric", "relayed")


def test_invite_once(lab):
    """A second person who got hold of it makes no friend; the first stays one."""
    world = World(lab, anna="open", ben="open", carl="open")
    link = befriend(world.anna, world.ben)
    receiving = world.anna.start("receive", "--dir", world.anna.folder)
    late = world.carl.start("friend", "add", link)
    check(late.wait(90) == 1, "a used invite worked", late)
    check(late.events("error", code="timed-out"), "no word why", late)
    e2e.end(late, receiving)
    again = world.anna.start("friend", "add", link)
    check(again.wait(20) == 1 and again.events("error", code="refused"), "one's own", again)
    e2e.end(again)


def test_link(lab):
    """A link is enough to fetch from anywhere, by strangers too. Who has been met is not sought
    again, however long it takes."""
    world = World(lab, mbit=10, anna="restricted", ben="restricted")
    tree = e2e.make_tree(world.anna.host.path("tree"), e2e.dice(), 16 * MIB)
    sharing = world.anna.start("share", tree)
    link = sharing.event("link", 20)["link"]
    check("tr=" in link, f"no tracker in {link}")
    getting = world.ben.start("get", link, "--dir", world.ben.folder)
    e2e.finish(getting)
    check(path_of(getting) == "direct", "not direct", getting)
    check(world.metric("offers_relayed_total") <= 2, "the same device was met again and again")
    e2e.end(getting, sharing)
    e2e.same_tree(tree, world.ben.got("tree"))


def test_tracker_dies(lab):
    """Once two have met, nobody misses the tracker."""
    world = World(lab, mbit=60, anna="restricted", ben="cone")
    befriend(world.anna, world.ben)
    path = os.path.join(world.anna.host.path("root"), "big")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    e2e.random_file(path, 40 * MIB)
    who = world.ben.identity()
    receiving = world.ben.start("receive", "--dir", world.ben.folder, "--accept", "friends",
                                "--once")
    sending = world.anna.start("send", path, "--to", who)
    e2e.wait_for_share(receiving, 0.2)
    world.tracker.kill()
    e2e.finish(sending)
    check(receiving.wait(30) == 0, "receive failed", receiving)
    lost = [event for event in receiving.events("progress") if event["phase"] == "connecting"
            and event["bytes"] > 0]
    check(not lost, f"it was interrupted: {lost}", receiving)
    e2e.end(receiving, sending)


def test_relay_dies(lab):
    """The relay goes in the middle and comes back: it goes on from where it was."""
    world = World(lab, mbit=60, anna="symmetric", ben="symmetric")
    befriend(world.anna, world.ben)
    path = os.path.join(world.anna.host.path("root"), "big")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    e2e.random_file(path, 40 * MIB)
    who = world.ben.identity()
    receiving = world.ben.start("receive", "--dir", world.ben.folder, "--accept", "friends",
                                "--once")
    sending = world.anna.start("send", path, "--to", who)
    e2e.wait_for_share(receiving, 0.3)
    world.net.turn.kill()
    e2e.wait_until(lambda: e2e.last(receiving, "progress")["phase"] == "connecting",
                   "the loss is noticed", receiving, timeout=60)
    world.net.start_turn()
    e2e.finish(sending, 120)
    check(receiving.wait(30) == 0, "receive failed", receiving)
    check(path_of(receiving) == "relayed", "not relayed", receiving)
    e2e.end(receiving, sending)
    same = world.ben.host.run(["cmp", path, world.ben.got("big")], check=False)
    check(same.returncode == 0, "not the same file")


def test_nobody_is_asked(lab):
    """Without an invite or such a link no server hears of anybody."""
    world = World(lab, anna="open", ben="open")
    tree = e2e.make_tree(world.anna.host.path("tree"), e2e.dice(), MIB)
    device = e2e.Device(world.anna.host)
    sharing = device.start("share", tree)
    sharing.event("link", 20)
    listing = device.host.run(["ss", "-Htun"]).stdout
    check(f"{PORT}" not in listing and "3478" not in listing, listing)
    check(world.metric("accepted_total") == 1, "somebody was at the tracker")
    e2e.end(sharing)


METRICS = f"""
import urllib.request
print(urllib.request.urlopen("http://{SERVER}:{PORT}/metrics").read().decode())
"""

if __name__ == "__main__":
    e2e.main(*[value for name, value in globals().items() if name.startswith("test_")])
