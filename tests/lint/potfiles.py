#!/usr/bin/env python3
# po/POTFILES names every source with text to translate, and no other.
# SPDX-License-Identifier: GPL-3.0-or-later

import re

import source

TRANSLATABLE = 'translatable="yes"'
MARK = re.compile(r'\b(?:_|N_|C_|NC_|ngettext) ?\(\s*"')


def check(files):
    listed = {line for line in files.get("po/POTFILES", "").splitlines()
              if line and not line.startswith("#")}
    marked = {path for path, text in files.items()
              if path.startswith("src/") and source.is_c(path)
              and MARK.search(source.without_comments(text))}
    marked |= {path for path, text in files.items()
               if path.startswith("ui/") and path.endswith(".ui")
               and TRANSLATABLE in text}
    return [f"po/POTFILES: {path} is missing" for path in sorted(marked - listed)] + [
        f"po/POTFILES: {path} has no text" for path in sorted(listed - marked)
        if not path.endswith((".in", ".gschema.xml"))]


SAMPLE = {"po/POTFILES": "# a\nsrc/cli/a.c\n", "src/cli/a.c": '  f (_("Hello"));\n'}
BAD = [("src/cli/b.c", '  { N_("Hello") },\n'),
       ("ui/b.ui", '<property translatable="yes">Hello</property>\n'),
       ("src/cli/a.c", "  f ();\n")]
GOOD = [("src/cli/b.c", '  f ("hello");\n'), ("src/cli/a.c", '  f (ngettext ("a", "b", n));\n')]

if __name__ == "__main__":
    source.main(lambda files: check({**SAMPLE, **files} if len(files) == 1 else files), BAD, GOOD)
