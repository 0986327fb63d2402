#!/usr/bin/env python3
# What a user reads, in the app and in shoal-cli, is marked for translation: a
# literal with two words in a row is text, unless it goes to the log.
# SPDX-License-Identifier: GPL-3.0-or-later

import re

import source

TEXT = re.compile(r'"(?:\\.|[^"\\\n])*"')
TWO_WORDS = re.compile(r"[A-Za-z]{2,}[,.:;!?)]* [(“]?[A-Za-z]")
# Calls whose text is translated, or for developers.
MARKED = re.compile(
    r"\b(?:_|N_|C_|NC_|Q_|g_?n?gettext|ngettext|g_dngettext|g_dpgettext2"
    r"|g_debug|g_info|g_message|g_warning|g_critical|g_error|g_log\w*|g_assert\w*|g_return\w*"
    r"|G_STATIC_ASSERT\w*|g_test_\w+)\s*\($")
# Includes, the arguments of a verb, which are typed as they stand, and markup of
# interfaces.
SYNTAX = re.compile(r"^\s*#|^\s*\.arguments = ")
MARKUP = re.compile(r'"<(?:interface|method|signal|arg) ')


def call_around(code, offset):
    """The text up to the bracket that a literal stands in."""
    depth = 0
    for i in range(offset - 1, -1, -1):
        if code[i] in ")":
            depth += 1
        elif code[i] == "(":
            if depth == 0:
                return code[max(0, i - 60):i + 1]
            depth -= 1
        elif code[i] in ";{}" and depth == 0:
            return ""
    return ""


def check(files):
    complaints = []
    for path, text in files.items():
        if not path.startswith(("src/app/", "src/cli/")) or not source.is_c(path):
            continue
        code = source.without_comments(text)
        blank = source.without_comments(text, strings=False)
        for match in TEXT.finditer(code):
            line = code[code.rfind("\n", 0, match.start()) + 1:match.start()]
            # The pieces of one literal are words together.
            if not TWO_WORDS.search(re.sub(r"\\.", " ", match[0])) or SYNTAX.match(line) \
                    or MARKUP.match(match[0]):
                continue
            if not MARKED.search(call_around(blank, match.start())):
                where = f"{path}:{source.line_of(text, match.start())}"
                complaints.append(f"{where}: not marked for translation: {match[0][:60]}")
    return complaints


BAD = [
    ("src/cli/a.c", '  g_print ("Not a device\\n");\n'),
    ("src/cli/a.c", '  g_print ("%s: no such device\\n", f (_("x")));\n'),
    ("src/app/a.c", '  { "quiet", "Say nothing" },\n'),
    ("src/cli/a.c", '  g_print (_("Fine")); g_printerr ("This is not");\n'),
]
GOOD = [
    ("src/cli/a.c", '  g_print (_("Not a device\\n"));\n'),
    ("src/cli/a.c", '  g_print (ngettext ("%u file was", "%u files were", n), n);\n'),
    ("src/cli/a.c", '  g_debug ("no such device %s", f (x));\n'),
    ("src/cli/a.c", '  json_builder_set_member_name (b, "first-byte");\n'),
    ("src/cli/a.c", '  { "quiet", N_("Say nothing") },\n'),
    ("src/cli/a.c", '  .arguments = "PATH... or LINK",\n'),
    ("src/net/a.c", '  g_print ("Not a device\\n");\n'),
    ("src/cli/a.c", '  g_print (_("One sentence "\n             "goes on here"));\n'),
]

if __name__ == "__main__":
    source.main(check, BAD, GOOD)
