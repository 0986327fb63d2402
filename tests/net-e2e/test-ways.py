#!/usr/bin/python3
# test-ways.py: TCP or QUIC, without any NAT: what is chosen for which line.
# SPDX-License-Identifier: GPL-3.0-or-later

import os

import e2e
from e2e import MIB, check
from line import Line

FORWARD = os.environ["SHOAL_FORWARD"]
PUBLIC = ("198.51.100.1", "203.0.113.1")
PUBLIC6 = ("2001:db8:1::1", "2001:db8:2::1")


def send(lab, where, size=12 * MIB, during=None):
    """One sends a folder to the other, who is at that address; by which carriers it came, in
    order, and the receiver's process."""
    giver, taker = (e2e.Device(host) for host in lab.hosts[:2])
    tree = e2e.make_tree(giver.host.path("tree"), e2e.dice(), size)
    receiving = taker.start("receive", "--dir", taker.folder, "--accept", "all", "--once")
    port = receiving.event("listening", 20)["port"]
    sending = giver.start("send", tree, "--to", f"{where}:{port}")
    if during:
        during(receiving)
    e2e.finish(sending)
    check(receiving.wait(30) == 0, "receive failed", receiving, sending)
    lost = [event for event in receiving.events("progress") if event["phase"] == "connecting"
            and event["bytes"] > 0]
    check(not lost, f"it was interrupted: {lost}", receiving, sending)
    e2e.end(receiving, sending)
    e2e.same_tree(tree, taker.got("tree"))
    carriers = []
    for event in receiving.events("source"):
        if event["carrier"] and event["carrier"] not in carriers[-1:]:
            carriers.append(event["carrier"])
    return carriers, receiving


def hosts(lab):
    return lab.host("one"), lab.host("other")


def path(process):
    return [event["path"] for event in process.events("source") if event["carrier"]][-1]


def test_long_and_lossy(lab):
    """Across the internet without NAT: QUIC, which takes no loss for a full line."""
    Line(lab, *hosts(lab), FORWARD, rtt_ms=50, mbit=100, loss=0.005, addresses=PUBLIC)
    carriers, receiving = send(lab, PUBLIC[1])
    check(carriers == ["quic"], f"{carriers}", receiving)
    check(path(receiving) == "direct", "not direct", receiving)


def test_lan(lab):
    """On one cable: TCP, and nothing else is tried."""
    one, other = hosts(lab)
    lab.direct(one, other)
    other.run(["nft", "-f", "-"], text=COUNT_UDP)
    carriers, receiving = send(lab, other.links[0].ipv4)
    check(carriers == ["tcp"], f"{carriers}", receiving)
    check(path(receiving) == "local", "not local", receiving)
    listed = other.run(["nft", "list", "counter", "inet", "guard", "came"]).stdout
    check("packets 0 " in listed, f"UDP on a LAN: {listed}")


def test_long_way_home(lab):
    """Private addresses at the end of a long line, as in a VPN: begins by TCP, as on a LAN, and
    goes over to QUIC while it runs."""
    line = Line(lab, *hosts(lab), FORWARD, rtt_ms=50, mbit=40)
    carriers, receiving = send(lab, line.addresses[1])
    check(carriers[-1] == "quic", f"{carriers}", receiving)
    check(path(receiving) == "local", "not local", receiving)


def test_short_way_out(lab):
    """Public addresses next door: QUIC first, then TCP, which costs less there."""
    Line(lab, *hosts(lab), FORWARD, rtt_ms=0.2, mbit=60, addresses=PUBLIC)
    carriers, receiving = send(lab, PUBLIC[1], 24 * MIB)
    check(carriers[-1] == "tcp", f"{carriers}", receiving)


def test_no_udp(lab):
    """Where UDP is dropped on the way it goes by TCP."""
    one, other = hosts(lab)
    line = Line(lab, one, other, FORWARD, rtt_ms=50, mbit=60, addresses=PUBLIC)
    other.run(["nft", "-f", "-"], text=DROP_UDP % line.devices[1])
    carriers, receiving = send(lab, PUBLIC[1], 4 * MIB)
    check(carriers == ["tcp"], f"{carriers}", receiving)


def test_ipv6(lab):
    """An address in brackets, and nothing but IPv6."""
    line = Line(lab, *hosts(lab), FORWARD, rtt_ms=50, mbit=60, addresses=PUBLIC6)
    check(line.addresses == PUBLIC6, "addresses")
    carriers, receiving = send(lab, f"[{PUBLIC6[1]}]", 4 * MIB)
    check(carriers == ["quic"], f"{carriers}", receiving)


COUNT_UDP = """table inet guard {
  counter came { }
  chain in {
    type filter hook input priority 0;
    meta l4proto udp udp dport 27474-27484 counter name came
  }
}
"""
DROP_UDP = """table inet guard {
  chain in {
    type filter hook input priority 0;
    iifname "%s" meta l4proto udp drop
  }
}
"""

if __name__ == "__main__":
    e2e.main(*[value for name, value in globals().items() if name.startswith("test_")])
