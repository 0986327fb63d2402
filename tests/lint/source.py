# What the lints share: the tree as text, C with its comments taken out, and
# one main() that first proves that the lint can fail.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Rooms whose process is the main one: they may use the default context and the
# real clock. Everything else is the core.
PROGRAMS = ("src/app/", "src/cli/", "src/tracker/")

# Inputs for parsers are kept byte for byte.
DATA = ("tests/vectors/", "tests/fuzz/corpus/")


def read_tree():
    """All text of the project by path from its top, as bytes decoded loosely."""
    files = {}
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            f for f in folders
            if f != "__pycache__" and not (folder == ROOT and re.match(r"build|_|\.git$", f))]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            if path.startswith(DATA) or name.endswith((".pyc", ".png", ".torrent")):
                continue
            with open(os.path.join(folder, name), "rb") as file:
                files[path] = file.read().decode("utf-8", "surrogateescape")
    return files


def is_c(path):
    return path.endswith((".c", ".h"))


def in_core(path):
    return path.startswith("src/") and is_c(path) and not path.startswith(PROGRAMS)


def without_comments(text, strings=True):
    """C text with comments blanked, and literals too unless `strings`; lines
    and columns stay as they are."""
    token = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)

    def blank(match):
        if match[0][0] in "\"'":
            if strings:
                return match[0]
            return match[0][0] + " " * (len(match[0]) - 2) + match[0][0]
        return re.sub(r"[^\n]", " ", match[0])

    return token.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def functions(text):
    """(name, parameters, body, offset of the body) of each function, which by
    the house style has its name, `{` and `}` in the first column."""
    code = without_comments(text, strings=False)
    head = re.compile(r"^(\w+) (\((?:[^(){};]|\([^(){};]*\))*\))(?: G_GNUC\w+[^\n{;]*)?\n\{",
                      re.MULTILINE)
    for match in head.finditer(code):
        start = match.end() - 1
        end = code.find("\n}", start)
        if end >= 0:
            yield match[1], match[2], text[start:end + 2], start


def main(check, bad, good):
    """Runs `check` (files to a list of complaints) over the tree, after seeing
    that it complains about each of `bad` and none of `good`: both lists of
    (path, text)."""
    failed = False
    for path, text in bad:
        if not check({path: text}):
            print(f"self-test: not caught in {path}:\n{text}")
            failed = True
    for path, text in good:
        for complaint in check({path: text}):
            print(f"self-test: false alarm, {complaint}, for:\n{text}")
            failed = True

    for complaint in check(read_tree()):
        print(complaint)
        failed = True
    sys.exit(1 if failed else 0)
