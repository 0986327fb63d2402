#!/usr/bin/python3
# test-families.py: IPv6 across the internet: no NAT, but firewalls; alone, and beside IPv4.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import subprocess

import e2e
from e2e import MIB, check
from world import NAME, World, befriend, path_of, sent

ICE_EXCHANGE = os.environ["SHOAL_ICE_EXCHANGE"]


def friends(world):
    befriend(world.anna, world.ben)
    tree = e2e.make_tree(world.anna.host.path("tree"), e2e.dice(), 4 * MIB)
    receiving, sending, _ = sent(world.anna, world.ben, tree)
    check(path_of(receiving) == "direct", f"{path_of(receiving)}", receiving, sending)
    e2e.end(receiving, sending)
    e2e.same_tree(tree, world.ben.got("tree"))


def candidates(host, servers):
    """Of which kinds it has some: whether IPv6, and ICE's word."""
    ice = host.popen([ICE_EXCHANGE, "offer", *(w for s in servers for w in ("--server", s))],
                     stdin=subprocess.PIPE)
    told = [text.split() for text in ice.event("local", 20)["candidates"]]
    ice.popen.stdin.close()
    ice.wait(20)
    return {(":" in words[4], words[7]) for words in told}


def test_ipv6_only(lab):
    """Neither has an IPv4 address; tracker, STUN and TURN are called by addresses in brackets. Both
    firewalls let nothing in unasked: ICE opens them."""
    world = World(lab, by_ipv6=True, anna="six", ben="six")
    check(not world.anna.host.reaches(world.homes["ben"].address6), "no firewall")
    friends(world)


def test_ipv6_and_both(lab):
    """One has both families, behind a NAT and a firewall, the other only IPv6."""
    world = World(lab, by_ipv6=True, anna="symmetric", ben="six")
    world.homes["anna"].add_ipv6(world.net, 100)
    friends(world)


def test_both_families_are_told(lab):
    """Whoever has both offers candidates of both."""
    world = World(lab, anna="restricted")
    world.homes["anna"].add_ipv6(world.net, 100)
    told = candidates(world.anna.host, [world.net.servers[0]])
    check({(True, "host"), (False, "host"), (False, "srflx")} <= told, f"{told}")


def test_servers_of_both_families(lab):
    """A server's name has addresses of both families: the one is asked that tells what a NAT has
    made of IPv4, as IPv6 is known anyway."""
    world = World(lab, by_name=True, anna="restricted")
    world.homes["anna"].add_ipv6(world.net, 100)
    told = candidates(world.anna.host, [f"stun:{NAME}:3478"])
    check({(True, "host"), (False, "host"), (False, "srflx")} <= told, f"{told}")


def test_relay_is_dead(lab):
    """What the STUN server says is heard although a TURN server never answers."""
    world = World(lab, anna="restricted")
    told = candidates(world.anna.host, [world.net.servers[0], "turn:a:b@203.0.113.99"])
    check((False, "srflx") in told, f"{told}")


if __name__ == "__main__":
    e2e.main(*[value for name, value in globals().items() if name.startswith("test_")])
