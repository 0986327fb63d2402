#!/usr/bin/python3
# test-relays.py: two who can be connected by a relay alone, and what is said of it.
# SPDX-License-Identifier: GPL-3.0-or-later

import e2e
from e2e import check
from nat import PASSWORD, SERVER, USER
from world import World, befriend

# A STUN server that nobody has, and a relay that does not say how one is seen.
NO_STUN = ["--stun", "203.0.113.99:3478", "--turn",
           f"{USER}:{PASSWORD}@{SERVER}:3478?transport=tcp"]


def told(world, of_anna, of_ben):
    """Anna sends Ben a little, each with options of their own; the way it came and why, as Ben is
    told."""
    path = world.anna.host.path(f"small{len(of_anna)}-{len(of_ben)}")
    e2e.random_file(path, 100000)
    who = world.ben.identity()
    receiving = world.ben.start("receive", "--dir", world.ben.folder, "--accept", "friends",
                                "--once", options=of_ben)
    sending = world.anna.start("send", path, "--to", who, options=of_anna)
    e2e.finish(sending)
    check(receiving.wait(30) == 0, "receive failed", receiving)
    source = [event for event in receiving.events("source") if event["carrier"]][-1]
    e2e.end(receiving, sending)
    return source["path"], source["path_why"]


def test_reasons(lab):
    """Each reason is told in words of its own, on the side that can do something about it."""
    world = World(lab, anna="symmetric", ben="symmetric")
    befriend(world.anna, world.ben)
    cases = [
        ([], [], "Your routers do not allow a direct way"),
        ([], ["--path", "relay"], "Only relays are allowed on this device"),
        (["--path", "relay"], [], "The other device allows only relays"),
    ]
    for of_anna, of_ben, words in cases:
        path, why = told(world, of_anna, of_ben)
        check(path == "relayed" and why.startswith(words), f"{path}, {why}, not {words}")
    world.servers = NO_STUN
    path, why = told(world, [], [])
    check(path == "relayed" and why.startswith("No STUN server answers"), f"{path}, {why}")


def test_by_ipv6(lab):
    """Neither has an IPv4 address; the relay is called by IPv6."""
    world = World(lab, by_ipv6=True, anna="six", ben="six")
    befriend(world.anna, world.ben)
    path, why = told(world, ["--path", "relay"], ["--path", "relay"])
    check(path == "relayed" and why.startswith("Only relays"), f"{path}, {why}")


if __name__ == "__main__":
    e2e.main(*[value for name, value in globals().items() if name.startswith("test_")])
