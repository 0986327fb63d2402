#!/usr/bin/python3
# test-internet.py: two people behind routers: an invite, a send, a link, and what hurts it.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import signal

import e2e
from e2e import MIB, check
from world import PORT, World, befriend, path_of, sent

# What the log says of an attempt that came to nothing.
FAILED = "no link to another network"


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


def test_invite_among_listeners(lab):
    """Both listen, and could call each other at once: both learn that the invite was used."""
    listening = ("--listen", ":27474")
    world = World(lab, anna="open", ben="open")
    inviting = world.anna.start("invite", options=listening)
    link = inviting.event("invite", 20)["link"]
    adding = world.ben.start("friend", "add", link, options=listening)
    check(adding.wait(90) == 0, "who opened it was not told", adding, inviting)
    inviting.event("friend", 20)
    check(inviting.wait(20) == 0, "invite failed", inviting)
    e2e.end(adding, inviting)


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


def test_tries_again(lab):
    """Nothing but a relay could connect the two, and it does not answer: the attempt fails. When it
    does, the next attempt connects them, and nobody has heard of the first."""
    world = World(lab, anna="symmetric", ben="symmetric")
    inviting = world.anna.start("invite")
    link = inviting.event("invite", 20)["link"]
    world.net.turn.signal(signal.SIGSTOP)
    world.ben.host.env["G_MESSAGES_DEBUG"] = "shoal-peer"
    adding = world.ben.start("friend", "add", link)
    e2e.wait_until(lambda: FAILED in adding.output + adding.errors(), "an attempt fails", adding,
                   timeout=60)
    world.net.turn.signal(signal.SIGCONT)
    check(adding.wait(60) == 0, "friend add failed", adding, inviting)
    check(not adding.events("error"), "it was told", adding)
    check(inviting.wait(20) == 0, "invite failed", inviting)
    e2e.end(adding, inviting)


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


if __name__ == "__main__":
    e2e.main(*[value for name, value in globals().items() if name.startswith("test_")])
