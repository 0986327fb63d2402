#!/usr/bin/env python3
# Turns pages of the user guide (docs/guide, Markdown) into templates for the app's Help, one
# GtkBox "page" each. Knows the little Markdown that the guide needs, and refuses the rest: a page
# reads the same here and on a forge.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import re
import sys
from xml.sax.saxutils import escape, quoteattr

CODE = re.compile(r"(`[^`]+`)")
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[([^\]]+)\]"
                     r"\((?:pictures|\.\./\.\./data/screenshots)/([\w-]+\.png)\)$")
HEADING = re.compile(r"(#{1,3}) (.+)$")
BULLET = re.compile(r"\* (.+)$")
NUMBER = re.compile(r"(\d+)\. (.+)$")
UNKNOWN = re.compile(r"^(#{4,}|>|---|\t|\+ |- |    )|<[a-z/!]|!\[|__|\\")


class Wrong(Exception):
    pass


def anchor(heading):
    """As forges make them."""
    plain = re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading).lower())
    return plain.replace(" ", "-")


def target(uri):
    """Another page of the guide is named as the app names it; what is not in the app has no
    link there."""
    if uri.startswith("https://"):
        return uri
    page, _, section = uri.partition("#")
    if "/" in page or not page.endswith(".md") and page:
        return None
    name = "" if not page else "contents" if page == "README.md" else page[:-3]
    return f"guide:{name}" + (f"#{section}" if section else "")


def link(match):
    uri = target(match[2])
    return f"<a href={quoteattr(uri)}>{match[1]}</a>" if uri else match[1]


def markup(text):
    """Inline Markdown as Pango's markup."""
    done = []
    for part in CODE.split(text):
        if CODE.fullmatch(part):
            done.append(f"<tt>{escape(part[1:-1])}</tt>")
            continue
        part = LINK.sub(link, escape(part))
        part = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", part)
        done.append(re.sub(r"(?<!\*)\*([^*\s][^*]*)\*", r"<i>\1</i>", part))
    return "".join(done)


def blocks(lines):
    """(kind, lines) for each block."""
    block, code = [], None
    for number, line in enumerate(lines + [""], 1):
        if code is not None:
            if line == "```":
                yield "code", code
                code = None
            else:
                code.append(line)
        elif line == "```":
            if block:
                raise Wrong(f"{number}: an empty line belongs before code")
            code = []
        elif line.strip():
            if UNKNOWN.search(CODE.sub("", line)) and not PICTURE.match(line):
                raise Wrong(f"{number}: Markdown that the app’s Help does not know: {line}")
            block.append(line)
        elif block:
            yield kind_of(block[0]), block
            block = []
    if code is not None:
        raise Wrong("code does not end")


def kind_of(line):
    for kind, pattern in (("heading", HEADING), ("picture", PICTURE), ("bullets", BULLET),
                          ("numbers", NUMBER), ("table", re.compile(r"\| "))):
        if pattern.match(line):
            return kind
    return "text"


# --- Widgets -------------------------------------------------------------------

def prop(name, value):
    return f'<property name="{name}">{value}</property>'


def style(*classes):
    return "<style>" + "".join(f'<class name="{name}"/>' for name in classes) + "</style>"


def label(text, *properties, classes=()):
    signal = '<signal name="activate-link" handler="on_link"/>' if "<a href" in text else ""
    return ('<object class="GtkLabel">' + prop("label", escape(text)) + prop("use-markup", "True")
            + prop("wrap", "True") + prop("wrap-mode", "word-char") + prop("xalign", "0")
            + "".join(properties) + signal + (style(*classes) if classes else "") + "</object>")


def child(widget):
    return f"<child>{widget}</child>"


def heading(block):
    level, text = HEADING.match(block[0]).groups()
    classes = {1: ("title-1",), 2: ("title-2", "guide-heading"), 3: ("heading",)}
    made = label(markup(text), prop("focusable", "True"), prop("accessible-role", "heading"),
                 classes=classes[len(level)])
    return made.replace("<object ", f'<object id="{anchor(text)}" ', 1)


def picture(block):
    words, name = PICTURE.match(block[0]).groups()
    return ('<object class="GtkPicture">'
            + prop("file", f"resource:///io/github/shoal/Shoal/guide/{name}")
            + prop("can-shrink", "True") + prop("halign", "center")
            + prop("alternative-text", escape(words)) + "</object>")


def items(block, pattern):
    found = []
    for line in block:
        match = pattern.match(line)
        if match:
            found.append(match[match.lastindex])
        elif line.startswith("  "):
            found[-1] += " " + line.strip()
        else:
            raise Wrong(f"indent what belongs to an item: {line}")
    return found


def points(block, numbered):
    made = ""
    for at, text in enumerate(items(block, NUMBER if numbered else BULLET), 1):
        sign = ('<object class="GtkLabel">' + prop("label", f"{at}." if numbered else "•")
                + prop("valign", "start") + prop("accessible-role", "presentation")
                + style("dim-label", "numeric") + "</object>")
        row = ('<object class="GtkBox">' + prop("spacing", "10") + child(sign)
               + child(label(markup(text), prop("hexpand", "True"))) + "</object>")
        made += child(row)
    return ('<object class="GtkBox">' + prop("orientation", "vertical") + prop("spacing", "6")
            + made + "</object>")


def code(block):
    return label(escape("\n".join(block)), prop("selectable", "True"),
                 classes=("card", "guide-code", "monospace"))


def cells(line):
    return [cell.replace("\0", "|").strip()
            for cell in line.strip().strip("|").replace("\\|", "\0").split("|")]


def table(block):
    made = ""
    if len(block) < 3 or not re.fullmatch(r"[|-]+", block[1].replace(" ", "")):
        raise Wrong(f"a table has a heading, a rule and rows: {block[0]}")
    for line in block[2:]:
        first, *rest = cells(line)
        lines = child(label(markup(first), classes=("heading",)))
        lines += "".join(child(label(markup(cell))) for cell in rest if cell)
        box = ('<object class="GtkBox">' + prop("orientation", "vertical") + prop("spacing", "3")
               + lines + style("guide-row") + "</object>")
        made += child('<object class="GtkListBoxRow">' + prop("activatable", "False")
                      + prop("focusable", "False") + prop("child", box) + "</object>")
    return ('<object class="GtkListBox">' + prop("selection-mode", "none") + made
            + style("boxed-list") + "</object>")


MAKERS = {
    "heading": heading,
    "picture": picture,
    "bullets": lambda block: points(block, False),
    "numbers": lambda block: points(block, True),
    "table": table,
    "code": code,
    "text": lambda block: label(markup(" ".join(block))),
}


def convert(text):
    made = "".join(child(MAKERS[kind](block)) for kind, block in blocks(text.split("\n")))
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<interface>'
            '<object class="GtkBox" id="page">' + prop("orientation", "vertical")
            + prop("spacing", "12") + made + style("guide") + "</object></interface>\n")


def main():
    folder = sys.argv[1]
    for path in sys.argv[2:]:
        name = os.path.basename(path)[:-3]
        with open(path, encoding="utf-8") as page:
            text = page.read()
        try:
            made = convert(text)
        except Wrong as error:
            sys.exit(f"{path}: {error}")
        with open(os.path.join(folder, name + ".ui"), "w", encoding="utf-8") as ui:
            ui.write(made)


if __name__ == "__main__":
    main()
