#!/usr/bin/python3
# test-cuts.py: the cable is pulled, or goes silent, for longer than the keep-alive waits.
# SPDX-License-Identifier: GPL-3.0-or-later
"""SHOAL_CUT_SECONDS: for how long (18: 3 s more than links may be silent)."""

import os
import time

import e2e
from e2e import MIB, check

SIZE = 32 * MIB
SECONDS = float(os.environ.get("SHOAL_CUT_SECONDS", 18))
# To be heard of again: the longest wait between two calls in so short a time, and a bit.
BACK = SECONDS + 12


def test_link_gone(lab):
    """One pair's cable is pulled, the other's swallows everything; both go on by themselves, as
    the same processes, and nothing is fetched twice."""
    dice = e2e.dice()
    giver, taker, pulled = e2e.pair(lab, 80)
    hosts = [lab.host("third"), lab.host("fourth")]
    silent = lab.direct(*hosts)[0]
    silent.rate(80)
    sharer, getter = (e2e.Device(host) for host in hosts)

    tree = e2e.make_tree(giver.host.path("root", "tree"), dice, SIZE)
    other = e2e.make_tree(sharer.host.path("root", "tree"), dice, SIZE)
    sharing, link, address = sharer.share(other)
    receiving, receiver = taker.receive()
    sending = giver.send(tree, [receiver])
    getting = getter.get(link, [address])
    e2e.wait_for_share(receiving, 0.2 + dice.random() * 0.4)
    e2e.wait_for_share(getting, 0.2 + dice.random() * 0.2)

    pulled.down()
    silent.cut()
    time.sleep(SECONDS)
    for process in (sending, receiving, getting):
        check(process.running(), "gave up", process)
        check(e2e.last(process, "progress")["phase"] == "connecting",
              "does not say that it looks for the other", process)
        check(not process.events("done"), "done too early", process)
    pulled.up()
    silent.mend()

    begun = time.monotonic()
    e2e.finish(sending, BACK + 15)
    receiving.event("done", 5)
    e2e.finish(getting, BACK + 15)
    print(f"# back and done {time.monotonic() - begun:.1f} s after {SECONDS:.0f} s without a link")
    for process in (receiving, getting):
        fetched = sum(source["bytes"] for source in e2e.sources(process).values())
        check(fetched == SIZE, f"verified {fetched} of {SIZE} bytes", process)
    e2e.end(sending, receiving, getting, sharing)
    e2e.same_tree(tree, taker.got("tree"))
    e2e.same_tree(other, getter.got("tree"))


e2e.main(test_link_gone)
