#!/usr/bin/env python3
# No unfinished business in the tree.
# SPDX-License-Identifier: GPL-3.0-or-later

import re

import source

# Spelt so that this file does not find itself. A template for mkstemp() ends
# in six of the letter and is none of these.
WORDS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|^#if 0")


def check(files):
    complaints = []
    for path, text in files.items():
        if path == "COPYING":
            continue
        for number, line in enumerate(text.splitlines(), 1):
            match = WORDS.search(line)
            if match:
                complaints.append(f"{path}:{number}: {match[0]}")
    return complaints


BAD = [
    ("src/base/a.c", "  /* TO" + "DO: later */\n"),
    ("dev", "# FIX" + "ME\n"),
    ("docs/a.md", "XX" + "X\n"),
    ("src/base/a.c", "int a;\n#if" + " 0\n"),
]
# The last sample above begins a line with a word of its own on purpose.
BAD[-1] = (BAD[-1][0], "#if" + " 0\nint a;\n")
GOOD = [("src/base/a.c", '  g_mkstemp ("a-XXXXXX");\n')]

if __name__ == "__main__":
    source.main(check, BAD, GOOD)
