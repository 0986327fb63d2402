#!/usr/bin/python3
# test-huge.py: a file of 100 GiB that was never hashed: when it begins, and the memory it takes.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Short: ./dev bench measures more of it."""

import os

import e2e
from e2e import GIB, MIB, check

SIZE = 100 * GIB
RANDOM = 64 * MIB
FIRST, SECOND = 512 * MIB, GIB  # stopped there, and there
MEMORY = 150 * MIB


def test_huge(lab):
    one, other = lab.host("one"), lab.host("other")
    lab.direct(one, other)
    giver, taker = e2e.Device(one), e2e.Device(other)
    path = e2e.random_file(one.path("root", "huge"), RANDOM)
    os.truncate(path, SIZE)
    target = other.path("tmpfs")
    os.makedirs(target)
    # It takes memory for what has arrived only.
    other.run(["mount", "-t", "tmpfs", "-o", "size=200g", "none", target])
    taker.folder = os.path.join(target, "inbox")

    receiving, address = taker.receive()
    sending = giver.send(path, [address])
    accepted = receiving.event("accepted", 10)
    first = receiving.event("first-byte", 10)
    waited = (first["t"] - accepted["t"]) / 1000
    print(f"# first byte after {waited:.0f} ms")
    check(waited < 1000, f"first byte after {waited:.0f} ms", sending, receiving)

    had = e2e.wait_for_bytes(receiving, FIRST)["bytes"]
    peak = receiving.memory_peak()
    check(receiving.interrupt(20) == 1, "status", receiving)
    receiving, address = taker.receive()
    resumed = receiving.event("resumed", 20)
    check(resumed["kept"] >= had - 64 * MIB, f"had {had}, {resumed}", receiving)
    e2e.wait_for_bytes(receiving, SECOND)
    peaks = max(peak, receiving.memory_peak()), sending.memory_peak()
    print("# receiver {:.0f} MiB, sender {:.0f} MiB".format(*(p / MIB for p in peaks)))
    check(max(peaks) < MEMORY, f"memory {peaks}", sending, receiving)
    check(sending.interrupt(20) == 1, "status", sending)
    e2e.end(sending, receiving)


e2e.main(test_huge)
