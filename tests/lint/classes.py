#!/usr/bin/env python3
# A class's first member, its declaration and its definition name one parent:
# a slip that no compiler sees.
# SPDX-License-Identifier: GPL-3.0-or-later

import re

import source

DECLARE = re.compile(
    r"G_DECLARE_(FINAL|DERIVABLE)_TYPE\s*\(\s*(\w+)\s*,\s*\w+\s*,\s*\w+\s*,\s*\w+\s*,\s*(\w+)\s*\)")
DEFINE = re.compile(
    r"G_DEFINE_(?:FINAL_|ABSTRACT_)?TYPE\w*\s*\(\s*(\w+)\s*,\s*\w+\s*,\s*(\w+)\s*[,)]")


def type_macro(name):
    """GObject: G_TYPE_OBJECT; ShoalMainRuntime: SHOAL_TYPE_MAIN_RUNTIME."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*", name)
    return "_".join([words[0], "TYPE"] + words[1:]).upper()


def first_member(texts, struct):
    pattern = re.compile(r"struct _" + struct + r"\s*\{\s*(\w+)")
    for text in texts:
        match = pattern.search(text)
        if match:
            return match[1]
    return None


def check(files):
    texts = {path: source.without_comments(text) for path, text in files.items()
             if source.is_c(path) and path.startswith(("src/", "tests/"))}
    complaints = []
    parents = {}
    for path, text in texts.items():
        for kind, name, parent in DECLARE.findall(text):
            parents[name] = parent
            found = first_member(texts.values(), name)
            absent = found is None and not (kind == "FINAL" and defined(name, texts))
            if found != parent and not absent:
                complaints.append(f"{path}: {name} is a {parent}, its struct begins with {found}")
            if kind == "DERIVABLE":
                found = first_member(texts.values(), name + "Class")
                if found not in (parent + "Class", None):
                    complaints.append(f"{path}: {name}Class begins with {found}, not {parent}Class")

    for path, text in texts.items():
        for name, macro in DEFINE.findall(text):
            if name in parents and macro != type_macro(parents[name]):
                complaints.append(f"{path}: {name} is a {parents[name]}, but defined as {macro}")
    return complaints


def defined(name, texts):
    return any(name in (found for found, _ in DEFINE.findall(text)) for text in texts.values())


DECLARED = "G_DECLARE_FINAL_TYPE (ShoalA, shoal_a, SHOAL, A, GObject)\n"
BAD = [
    ("src/base/a.c", DECLARED + "struct _ShoalA\n{\n  GtkWindow parent_instance;\n};\n"),
    ("src/base/a.c", DECLARED + "struct _ShoalA\n{\n  /* GObject */\n  int x;\n};\n"),
    ("src/base/a.c", DECLARED + "struct _ShoalA\n{\n  GObject p;\n};\n"
     "G_DEFINE_FINAL_TYPE (ShoalA, shoal_a, G_TYPE_APPLICATION)\n"),
    ("src/base/a.c", DECLARED + "G_DEFINE_FINAL_TYPE (ShoalA, shoal_a, G_TYPE_OBJECT)\n"),
    ("src/base/a.h", "G_DECLARE_DERIVABLE_TYPE (ShoalA, shoal_a, SHOAL, A, ShoalMainRuntime)\n"
     "struct _ShoalAClass\n{\n  GObjectClass parent_class;\n};\n"),
    ("src/base/a.c", "G_DECLARE_FINAL_TYPE (ShoalA, shoal_a, SHOAL, A, ShoalMainRuntime)\n"
     "struct _ShoalA\n{\n  ShoalMainRuntime p;\n};\n"
     "G_DEFINE_TYPE_WITH_CODE (ShoalA, shoal_a, SHOAL_TYPE_RUNTIME,\n  x)\n"),
]
GOOD = [
    ("src/base/a.c", DECLARED + "struct _ShoalA\n{\n  GObject parent_instance;\n};\n"
     "G_DEFINE_FINAL_TYPE (ShoalA, shoal_a, G_TYPE_OBJECT)\n"),
    ("src/base/a.c", "G_DECLARE_FINAL_TYPE (ShoalA, shoal_a, SHOAL, A, ShoalMainRuntime)\n"
     "struct _ShoalA\n{\n  ShoalMainRuntime p;\n};\n"
     "G_DEFINE_FINAL_TYPE (ShoalA, shoal_a, SHOAL_TYPE_MAIN_RUNTIME)\n"),
    ("src/app/a.c", "G_DECLARE_FINAL_TYPE (ShoalA, shoal_a, SHOAL, A, GtkListBoxRow)\n"
     "struct _ShoalA\n{\n  GtkListBoxRow p;\n};\n"
     "G_DEFINE_FINAL_TYPE (ShoalA, shoal_a, GTK_TYPE_LIST_BOX_ROW)\n"),
]

if __name__ == "__main__":
    source.main(check, BAD, GOOD)
