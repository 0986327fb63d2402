#!/usr/bin/python3
# test-nat.py: two devices behind every pair of routers find each other: directly where that can
# be, by a relay where not. Usage: test-nat.py FORWARD ICE_EXCHANGE [ROUNDS [PAIR...]]
# SPDX-License-Identifier: GPL-3.0-or-later
"""Once per cell in dev test. With ROUNDS each cell runs as often, and what took how long is told:
dev soak."""

import os
import shutil
import sys
import time
import traceback

from lab import Lab
from nat import KINDS, Attempt, Internet, expected_path

# What is asked of a hundred rounds.
QUICK_MS, LONGEST_MS = 2000, 10000


def run_cell(net, program, one, other):
    attempt = Attempt(net, program, one, other)
    try:
        ends = attempt.run()
    finally:
        attempt.end()
    wanted = expected_path(one.kind, other.kind)
    assert all(path == wanted for path, _ in ends), f"{ends}, not {wanted}"
    return max(milliseconds for _, milliseconds in ends), attempt.tries


class Cell:
    """What became of the rounds of one pair of routers."""

    def __init__(self, path):
        self.path, self.started = path, time.monotonic()
        self.times, self.again, self.failed = [], 0, 0

    def run(self, *where):
        try:
            milliseconds, tries = run_cell(*where)
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc()
            self.failed += 1
            return
        self.times.append(milliseconds)
        self.again += tries - 1

    @property
    def quick(self):
        return sum(t <= QUICK_MS for t in self.times)

    def is_good(self):
        """In one round time is nothing to judge by: the machine may be busy with other things."""
        rounds = len(self.times)
        return not self.failed and (rounds == 1 or (self.quick >= 0.99 * rounds
                                                    and max(self.times) <= LONGEST_MS))

    def __str__(self):
        times = sorted(self.times) or [-1]
        return (f"{self.path}, {len(self.times)} connected, {self.failed} not; "
                f"{self.quick} within 2 s, {self.again} tried again; "
                f"{times[len(times) // 2]} ms usually, {times[-1]} at most; "
                f"{time.monotonic() - self.started:.1f} s")


def main():
    forward, program = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    pairs = sys.argv[4:]
    cells = [(one, other) for one in KINDS for other in KINDS
             if not pairs or f"{one}-{other}" in pairs]
    failed, runs, quick = False, 0, 0
    if not shutil.which("turnserver") or not os.path.exists("/dev/net/tun"):
        print("1..0 # SKIP no turnserver (coturn), or no /dev/net/tun")
        return
    try:
        with Lab():
            pass
    except SystemExit:
        print("1..0 # SKIP this machine makes no network namespaces")
        return
    with Lab() as lab:
        net = Internet(lab, forward)
        left = {kind: net.household(f"left-{kind}", kind) for kind in KINDS}
        right = {kind: net.household(f"right-{kind}", kind) for kind in KINDS}
        print(f"1..{len(cells)}", flush=True)
        for number, (one, other) in enumerate(cells, 1):
            cell = Cell(expected_path(one, other))
            for _ in range(rounds):
                cell.run(net, program, left[one], right[other])
            failed |= not cell.is_good()
            runs, quick = runs + rounds, quick + cell.quick
            print(f"{'ok' if cell.is_good() else 'not ok'} {number} {one}-{other} # {cell}",
                  flush=True)
        if rounds > 1:
            print(f"# {quick} of {runs} within 2 s", flush=True)
        if failed:
            lab.report()
    sys.exit(1 if failed else 0)


main()
