# small.py: 10,000 files of 10 KiB, from command to committed, against `rsync -a` from an rsync
# daemon and a sync.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Nothing is deleted between the rounds: for a minute ext4 passes over every inode that was freed,
# one by one, when it makes a file, and ten thousand of them cost more than what is measured. For
# the same reason two runs in a row on one disk need a minute between them.

import os

import big
import reference
from measure import alternate, median_ratio, note, random_tree


def run(lab, options, report):
    one, other = lab.host("one"), lab.host("other")
    lab.direct(one, other)
    path = random_tree(one.path("root", "small"), int(10000 * options.scale), 10240)
    rsync = reference.Rsync(one, other, os.path.dirname(path))
    sides = {"rsync": lambda: rsync.get("small", keep=True)}
    if not options.reference:
        sides["send"] = lambda: big.draft(options, one, other, path, keep=True)

    seconds = alternate(options.pairs, **sides)
    for name, all_seconds in seconds.items():
        note(f"small {name}:", " ".join(f"{s:.2f}" for s in all_seconds), "s")
    if not options.reference:
        report.at_most("small-vs-rsync", median_ratio(seconds["send"], seconds["rsync"]), 1.25)
