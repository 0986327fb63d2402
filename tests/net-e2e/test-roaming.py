#!/usr/bin/python3
# test-roaming.py: a transfer that goes on while the ways between two devices change.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import signal
import struct
import time

import e2e
from e2e import MIB, check
from world import World, befriend

# So slow that a transfer that stays there does not end.
RELAY_MBIT = 8

# Nothing reaches a computer that sleeps, not even later.
ASLEEP = """table inet asleep {
  chain in {
    type filter hook input priority -300;
    drop
  }
}
"""


class Sending:
    """Anna sends Ben, her friend, one large file."""

    def __init__(self, world, size):
        self.world, self.size = world, size
        befriend(world.anna, world.ben)
        self.path = os.path.join(world.anna.host.path("root"), "big")
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        e2e.random_file(self.path, size)
        who = world.ben.identity()
        self.receiving = world.ben.start("receive", "--dir", world.ben.folder, "--accept",
                                         "friends", "--once")
        self.sending = world.anna.start("send", self.path, "--to", who)

    def until(self, share):
        e2e.wait_for_share(self.receiving, share)

    def bytes(self):
        return e2e.last(self.receiving, "progress")["bytes"]

    def finish(self, timeout=45):
        done = e2e.finish(self.receiving, timeout)
        check(self.sending.wait(30) == 0, "send failed", self.sending, self.receiving)
        e2e.end(self.receiving, self.sending)
        same = self.world.ben.host.run(["cmp", self.path, self.world.ben.got("big")], check=False)
        check(same.returncode == 0, "not the same file")
        return done

    def ways(self):
        """How it went, in order: path and carrier."""
        ways = []
        for event in self.receiving.events("source"):
            way = (event["path"], event["carrier"])
            if event["carrier"] and way not in ways[-1:]:
                ways.append(way)
        return ways

    def check_uninterrupted(self):
        lost = [event for event in self.receiving.events("progress")
                if event["phase"] == "connecting" and event["bytes"] > 0]
        check(not lost, f"it was interrupted: {lost}", self.receiving)


def received(host):
    """What all its cards have received."""
    text = host.run(["sh", "-c", "cat /sys/class/net/[el]*[0-9]*/statistics/rx_bytes"]).stdout
    return sum(int(line) for line in text.split())


def test_leaves_relay(lab):
    """Nothing goes through between the two, so the relay is used; then a direct way opens, and the
    transfer moves over to it: nothing is lost, and nothing comes twice."""
    world = World(lab, mbit=100, anna="restricted", ben="cone")
    world.net.server.links[0].rate(RELAY_MBIT)
    world.net.part()
    sending = Sending(world, 40 * MIB)
    before = received(world.ben.host)
    sending.until(0.01)
    source = e2e.last(sending.receiving, "source")
    check(source["path"] == "relayed" and "routers" in source["path_why"], f"{source}")
    world.net.part(False)
    sending.finish()
    came = received(world.ben.host) - before
    print(f"# {sending.ways()}, {came / sending.size:.3f} of the size")
    check(sending.ways() == [("relayed", "quic"), ("direct", "quic")], f"{sending.ways()}",
          sending.receiving)
    check(e2e.last(sending.receiving, "source")["path_why"] is None, "still a reason")
    sending.check_uninterrupted()
    check(came < 1.08 * sending.size, f"{came} bytes came for {sending.size}")


def test_finds_lan(lab):
    """Two who are far apart, and relayed, are plugged into one network."""
    world = World(lab, mbit=100, anna="symmetric", ben="symmetric")
    world.net.server.links[0].rate(RELAY_MBIT)
    sending = Sending(world, 40 * MIB)
    before = received(world.ben.host)
    sending.until(0.01)
    lab.direct(world.anna.host, world.ben.host)
    sending.finish()
    came = received(world.ben.host) - before
    print(f"# {sending.ways()}, {came / sending.size:.3f} of the size")
    check(sending.ways()[0][0] == "relayed", f"{sending.ways()}")
    check(sending.ways()[-1] == ("local", "tcp"), f"{sending.ways()}", sending.receiving)
    sending.check_uninterrupted()
    check(came < 1.08 * sending.size, f"{came} bytes came for {sending.size}")


def test_other_network(lab):
    """Ben leaves his Wi-Fi for another network in the middle of it: other card, other address,
    other router. It goes on by itself, from where it was."""
    world = World(lab, mbit=20, anna="restricted", ben="cone")
    sending = Sending(world, 24 * MIB)
    before = received(world.ben.host)
    sending.until(0.2)
    world.net.move(world.homes["ben"], "mobile", "restricted")
    done = sending.finish()
    came = received(world.ben.host) - before
    print(f"# {sending.ways()}, {came / sending.size:.3f} of the size, {done['seconds']:.0f} s")
    check(sending.ways()[-1][0] == "direct", f"{sending.ways()}", sending.receiving)
    # What was under way when the card went is asked for again.
    check(came < 1.25 * sending.size, f"{came} bytes came for {sending.size}")


def test_other_family(lab):
    """Ben leaves a network of IPv4 for one that has nothing but IPv6. Anna has both."""
    world = World(lab, mbit=20, by_name=True, anna="restricted", ben="restricted")
    world.homes["anna"].add_ipv6(world.net, 100)
    sending = Sending(world, 8 * MIB)
    sending.until(0.2)
    world.ben.host.ip(f"addr flush dev {world.homes['ben'].card}")
    world.ben.host.ip(f"link set {world.homes['ben'].card} down")
    world.homes["ben"].add_ipv6(world.net, 101)
    done = sending.finish(90)
    print(f"# {sending.ways()}, {done['seconds']:.0f} s")
    check(sending.ways()[-1][0] == "direct", f"{sending.ways()}", sending.receiving)


def given_up(sending):
    """Anna does not wait any longer for Ben, who has gone silent."""
    e2e.wait_until(lambda: e2e.last(sending.sending, "progress")["phase"] == "connecting",
                   "Anna gives him up", sending.sending, timeout=60)


def test_stopped(lab):
    """Ben's program stands still for longer than anybody waits for it."""
    world = World(lab, mbit=20, anna="restricted", ben="cone")
    sending = Sending(world, 10 * MIB)
    sending.until(0.3)
    sending.receiving.signal(signal.SIGSTOP)
    given_up(sending)
    sending.receiving.signal(signal.SIGCONT)
    sending.finish()
    check(sending.ways()[-1][0] == "direct", f"{sending.ways()}", sending.receiving)


def test_suspended(lab):
    """Ben closes the lid, and opens it when Anna has given him up: his clock has not moved, so
    that nothing has timed out for him. What he had is over at once, and goes on at once."""
    world = World(lab, mbit=20, anna="restricted", ben="cone")
    slept = world.ben.host.path("slept")
    with open(slept, "wb") as file:
        file.write(struct.pack("q", 0))
    world.ben.host.env.update({"LD_PRELOAD": os.environ["SHOAL_SUSPEND_MODULE"],
                               "SHOAL_SUSPEND": slept, "G_MESSAGES_DEBUG": "shoal-peer"})
    sending = Sending(world, 10 * MIB)
    sending.until(0.3)
    begun = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    sending.receiving.signal(signal.SIGSTOP)
    world.ben.host.run(["nft", "-f", "-"], text=ASLEEP)
    given_up(sending)
    world.ben.host.run(["nft", "delete", "table", "inet", "asleep"])
    with open(slept, "r+b") as file:
        file.write(struct.pack("q", time.clock_gettime_ns(time.CLOCK_MONOTONIC) - begun))
    woken, had = time.monotonic(), sending.bytes()
    sending.receiving.signal(signal.SIGCONT)
    e2e.wait_until(lambda: "addresses now:" in sending.receiving.errors(), "his sleep is noticed",
                   sending.receiving)
    seen = time.monotonic()
    e2e.wait_until(lambda: sending.bytes() > had, "it goes on", sending.receiving, timeout=60)
    print(f"# noticed after {seen - woken:.1f} s, went on after {time.monotonic() - woken:.1f} s")
    sending.finish()
    check(sending.ways()[-1][0] == "direct", f"{sending.ways()}", sending.receiving)


def test_two_sources(lab):
    """One has it on the LAN, another behind a router far away: they add up."""
    world = World(lab, mbit=20, anna="restricted", ben="cone")
    near = e2e.Device(lab.host("near"))
    cable, _ = lab.direct(near.host, world.ben.host)
    cable.rate(20)
    tree = e2e.make_tree(world.anna.host.path("tree"), e2e.dice(), 24 * MIB)
    copy = near.host.path("tree")
    near.host.run(["cp", "-a", tree, copy])
    far_sharing = world.anna.start("share", tree)
    near_sharing, _, address = near.share(copy)
    link = far_sharing.event("link", 20)["link"]
    # Whoever comes before her finds nobody, and looks again after 5 s: half of the transfer.
    e2e.wait_until(lambda: world.metric("members") > 0, "Anna is at the tracker", far_sharing)
    getting = world.ben.get(link, [address])
    done = e2e.finish(getting)
    told = e2e.sources(getting)
    e2e.end(getting, far_sharing, near_sharing)
    shares = {source["path"]: source["bytes"] / done["bytes"] for source in told.values()}
    print(f"# {shares}, {done['seconds']:.1f} s")
    e2e.same_tree(tree, world.ben.got("tree"))
    check(sorted(shares) == ["direct", "local"] and min(shares.values()) > 0.25, f"{shares}")


if __name__ == "__main__":
    e2e.main(*[value for name, value in globals().items() if name.startswith("test_")])
