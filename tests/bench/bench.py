#!/usr/bin/python3
# bench.py: measures Shoal in network namespaces, against the programs it must not be slower than.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints a line "name value bound ok|over" for each bound and exits 1 if one is over."""

import argparse
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("lab", "ui"):
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), folder))

# pylint: disable=wrong-import-position
import app
import big
import fanout
import huge
import measure
import small
import sources
import tracker
import wan
from lab import Lab

BENCHES = {"big": big, "small": small, "sources": sources, "fanout": fanout, "huge": huge,
           "app": app, "wan": wan, "tracker": tracker}
ROOM = 16 * measure.GIB


def parse():
    parser = argparse.ArgumentParser(prog="dev bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--cli", help="shoal-cli to measure")
    parser.add_argument("--app", help="shoal, the window, to measure")
    parser.add_argument("--delay-module", help="what measures its main loop from within")
    parser.add_argument("--build", default="build", help="where the tests' programs are")
    parser.add_argument("--reference", action="store_true", help="only the other programs")
    parser.add_argument("--pairs", type=int, default=5, help="rounds, alternating (5)")
    parser.add_argument("--scale", type=float, default=1, help="of the sizes, to try things out")
    parser.add_argument("--directory", default="/var/tmp", help="a disk with 16 GiB free")
    options = parser.parse_args()
    for name in options.names:
        if name not in BENCHES:
            parser.error(f"{name} is none of {', '.join(BENCHES)}")
    if not options.reference and not options.cli:
        parser.error("which shoal-cli?")
    # Programs in a host start in the host's own folder.
    for name in ("cli", "app", "delay_module"):
        value = getattr(options, name)
        setattr(options, name, value and os.path.abspath(value))
    options.build = os.path.abspath(options.build)
    return options


def main():
    options = parse()
    if shutil.disk_usage(options.directory).free < ROOM * min(1, options.scale):
        sys.exit(f"{options.directory} has less than {ROOM // measure.GIB} GiB free; "
                 "name another with --directory")
    report = measure.Report()
    for name in options.names or BENCHES:
        with Lab(options.directory) as lab:
            BENCHES[name].run(lab, options, report)
    return 1 if report.over else 0


if __name__ == "__main__":
    sys.exit(main())
