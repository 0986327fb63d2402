#!/usr/bin/env python3
# Every source is named in the meson.build of its folder or one above: a test
# that is not listed never runs. Every fuzz target has a corpus.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import re

import source


def lists(files, folder):
    """The meson.build files that speak for a folder, nearest first."""
    while folder:
        text = files.get(folder + "/meson.build")
        if text is not None:
            yield text
        folder = os.path.dirname(folder)


def is_named(path, text):
    """By file name, or without the prefix that a loop puts in front."""
    name = os.path.basename(path)
    stem = os.path.splitext(name)[0]
    short = stem.split("-", 1)[-1]
    return any(re.search(rf"'(?:[\w/.-]*/)?{re.escape(word)}'", text)
               for word in (name, stem, short))


def check(files):
    complaints = []
    for path in files:
        name = os.path.basename(path)
        folder = os.path.dirname(path)
        is_test = path.startswith("tests/") and name.startswith("test-")
        if not (is_test and name.endswith((".c", ".py"))) and not (
                path.startswith(("src/", "tests/fuzz/")) and name.endswith(".c")):
            continue
        if not any(is_named(path, text) for text in lists(files, folder)):
            complaints.append(f"{path}: in no meson.build")
        corpus = os.path.join(source.ROOT, "tests/fuzz/corpus", name[5:-2])
        if folder == "tests/fuzz" and name.startswith("fuzz-") and not os.path.isdir(corpus):
            complaints.append(f"{path}: no corpus in tests/fuzz/corpus/{name[5:-2]}")
    return complaints


LISTS = {"src/base/meson.build": "files('shoal-a.c')\n", "tests/base/meson.build": "['b']\n",
         "tests/fuzz/meson.build": "['b', 'base']\n"}
BAD = [("src/base/shoal-b.c", ""), ("tests/base/test-a.c", ""), ("tests/base/test-c.py", ""),
       ("tests/fuzz/fuzz-b.c", "")]
GOOD = [("src/base/shoal-a.c", ""), ("tests/base/test-b.c", "")]

if __name__ == "__main__":
    source.main(lambda files: check({**LISTS, **files} if len(files) == 1 else files), BAD, GOOD)
