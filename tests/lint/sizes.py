#!/usr/bin/env python3
# Files readable in one sitting, functions on one screen: 600 lines and 60; up
# to 100 for a function that says why, in a comment in or right above it:
# /* long: the reason */
# SPDX-License-Identifier: GPL-3.0-or-later

import re

import source

FILE_LINES = 600
FUNCTION_LINES = 60
LONG_LINES = 100
LONG = re.compile(r"^\s*(?:/\*| \*) long: \w", re.MULTILINE)


def check(files):
    complaints = []
    for path, text in files.items():
        if not path.startswith(("src/", "tests/")) or not path.endswith((".c", ".h", ".py")):
            continue
        lines = text.count("\n")
        if lines > FILE_LINES:
            complaints.append(f"{path}: {lines} lines, over {FILE_LINES}")
        if not source.is_c(path):
            continue
        for name, _, body, offset in source.functions(text):
            size = body.count("\n") + 1
            above = text[:offset].rsplit("\n}\n", 1)[-1]
            limit = LONG_LINES if LONG.search(above + body) else FUNCTION_LINES
            if size > limit:
                where = f"{path}:{source.line_of(text, offset)}"
                complaints.append(f"{where}: {name}() has {size} lines, over {limit}")
    return complaints


def function(lines, comment=""):
    return f"{comment}static void\nf (int a)\n{{\n" + "  g ();\n" * (lines - 2) + "}\n"


BAD = [
    ("src/base/a.c", "\n" * 601),
    ("tests/bench/a.py", "\n" * 601),
    ("src/base/a.c", function(61)),
    ("tests/base/a.c", function(60) + function(61)),
    ("src/base/a.c", function(101, "/* long: a table */\n")),
    ("src/base/a.c", function(61, "/* long: */\n")),
    ("src/base/a.c", function(50, "/* long: a table */\n") + function(61)),
]
GOOD = [
    ("src/base/a.c", "\n" * 600),
    ("src/base/a.c", function(60)),
    ("src/base/a.c", function(100, "/* long: one switch */\n")),
]

if __name__ == "__main__":
    source.main(check, BAD, GOOD)
