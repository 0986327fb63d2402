#!/usr/bin/env python3
# Layout of text: UTF-8, no tabs or blanks at the end of a line, one newline at
# the end of a file, at most 100 columns; a licence line in each source.
# SPDX-License-Identifier: GPL-3.0-or-later

import re

import source

COLUMNS = 100
TEXT = (".c", ".h", ".py", ".sh", ".build", ".md", ".xml", ".ui", ".txt", ".css", ".in")
TABS_ARE_SYNTAX = (".mk",)


def is_text(path):
    return path.endswith(TEXT) or path in ("dev", ".ci/run")


def complaints_of_line(path, line):
    if "\t" in line and not path.endswith(TABS_ARE_SYNTAX):
        yield "a tab"
    if line != line.rstrip():
        yield "blanks at the end"
    if len(line) > COLUMNS and not path.endswith((".md", ".xml", ".ui", ".txt")):
        yield f"{len(line)} columns, over {COLUMNS}"


def check(files):
    complaints = []
    for path, text in files.items():
        if not is_text(path):
            continue
        if re.search("[\udc80-\udcff]", text):
            complaints.append(f"{path}: not UTF-8")
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            complaints.append(f"{path}: does not end in one newline")
        if path.endswith((".c", ".h")) and "SPDX-License-Identifier: GPL-3.0-or-later" not in text:
            complaints.append(f"{path}: no licence line")
        for number, line in enumerate(text.split("\n"), 1):
            for what in complaints_of_line(path, line):
                complaints.append(f"{path}:{number}: {what}")
    return complaints


LICENCE = "/* SPDX-License-Identifier: GPL-3.0-or-later */\n"
BAD = [
    ("src/base/a.c", LICENCE + "\tint a;\n"),
    ("src/base/a.c", LICENCE + "int a; \n"),
    ("src/base/a.c", LICENCE + "int a;\r\n"),
    ("src/base/a.c", LICENCE + "int a;"),
    ("src/base/a.c", LICENCE + "int a;\n\n"),
    ("src/base/a.c", "int a;\n"),
    ("src/base/a.c", LICENCE + "x" * 101 + "\n"),
    ("docs/a.md", "caf\udce9\n"),
]
GOOD = [
    ("src/base/a.c", LICENCE + "é" * 100 + "\n"),
    ("docs/a.md", "x" * 200 + "\n"),
]

if __name__ == "__main__":
    source.main(check, BAD, GOOD)
