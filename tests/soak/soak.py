#!/usr/bin/python3
# soak.py: real transfers between hosts in network namespaces, tormented at random.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills either side with SIGKILL at random moments, cuts and restores links, lets sources die,
stall and rot, until the time is over and 50 kills have been. Every round must end with the same
files on both sides. Prints its seed; the same seed makes the same plan."""

import argparse
import os
import random
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(TESTS, "lab"), os.path.join(TESTS, "bench")]

# pylint: disable=wrong-import-position
import rounds
from lab import Lab

KILLS = 50
ORDER = ["kills", "cuts", "kills", "sources", "kills", "kills"]


def parse():
    parser = argparse.ArgumentParser(prog="dev soak", description=__doc__)
    parser.add_argument("--cli", required=True, help="shoal-cli to torment")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--short", action="store_true", help="each kind of round once")
    parser.add_argument("--only", choices=list(rounds.KINDS), help="only this kind of round")
    parser.add_argument("--directory", default="/var/tmp")
    options = parser.parse_args()
    # Programs in a host start in the host's own folder.
    options.cli = os.path.abspath(options.cli)
    return options


def main():
    options = parse()
    seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}", flush=True)
    deadline = time.monotonic() + options.minutes * 60
    kinds = [options.only] if options.only else list(rounds.KINDS) if options.short else ORDER
    kills = number = 0

    def goes_on():
        if number < len(kinds):
            return True
        if options.short:
            return False
        return time.monotonic() < deadline or (kills < KILLS and not options.only)

    while goes_on():
        kind = kinds[number % len(kinds)]
        # Each round has a generator of its own, so that one can be repeated alone.
        dice = random.Random(f"{seed} {number}")
        begun = time.monotonic()
        with Lab(options.directory) as lab:
            told = rounds.run(kind, lab, options.cli, dice)
        kills += told.kills
        number += 1
        print(f"round {number} {kind}: {told} in {time.monotonic() - begun:.1f} s", flush=True)
    print(f"{number} rounds, {kills} kills: all files arrived and are the same (seed {seed})")


if __name__ == "__main__":
    sys.exit(main())
