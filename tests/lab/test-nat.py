#!/usr/bin/python3
# test-nat.py: two devices behind every pair of routers find each other: directly where that can
# be, by a relay where not. Usage: test-nat.py FORWARD ICE_EXCHANGE [ROUNDS [SECONDS]]
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


def run_cell(net, program, one, other):
    attempt = Attempt(net, program, one, other)
    try:
        ends = attempt.run()
    finally:
        attempt.end()
    wanted = expected_path(one.kind, other.kind)
    assert all(path == wanted for path, _ in ends), f"{ends}, not {wanted}"
    return max(milliseconds for _, milliseconds in ends)


def main():
    forward, program = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    cells = [(one, other) for one in KINDS for other in KINDS]
    failed = False
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
            times, verdict = [], "ok"
            started = time.monotonic()
            for _ in range(rounds):
                try:
                    times.append(run_cell(net, program, left[one], right[other]))
                except Exception:  # pylint: disable=broad-except
                    traceback.print_exc()
                    verdict, failed = "not ok", True
            told = f"{expected_path(one, other)}, {max(times, default=-1)} ms at most" \
                   + (f", {sum(t <= 2000 for t in times)} of {rounds} within 2 s" if rounds > 1
                      else "")
            print(f"{verdict} {number} {one}-{other} # {told}; "
                  f"{time.monotonic() - started:.1f} s", flush=True)
        if failed:
            lab.report()
    sys.exit(1 if failed else 0)


main()
