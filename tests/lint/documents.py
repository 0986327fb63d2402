#!/usr/bin/env python3
# The documents are true of the tree where text can tell: their links lead somewhere, the commands,
# options, settings and labels they name exist, and every page of the guide is in the app's Help.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import re
import struct

import source

GUIDE = "docs/guide/"
LINK = re.compile(r"!?\[[^\]]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
CODE = re.compile(r"`([^`\n]+)`")
LABEL = re.compile(r"(?<![*\w])\*{1,2}([A-Z][^*\n]+)\*{1,2}")
OPTION = re.compile(r'\{\s*"([\w-]+)",\s*(?:\'(\w)\'|0),')
PICTURE_BYTES, PICTURE_WIDTH = 60_000, 1600  # software centres want as much


def documents(files):
    return {path: text for path, text in files.items()
            if path.endswith(".md") and (path.startswith("docs/") or "/" not in path)}


def read(path):
    """Pictures are not among the files."""
    try:
        with open(os.path.join(source.ROOT, path), "rb") as file:
            return file.read()
    except OSError:
        return None


# --- Links -------------------------------------------------------------------

def anchors(text):
    """As forges make them of headings."""
    for heading in re.findall(r"^#{1,4} (.+)$", FENCE.sub("", text), re.M):
        yield re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading).lower()).replace(" ", "-")


def check_links(path, text, files):
    for target in LINK.findall(CODE.sub("", FENCE.sub("", text))):
        if re.match(r"https?://", target):
            continue
        where, _, section = target.partition("#")
        found = os.path.normpath(os.path.join(os.path.dirname(path), where)) if where else path
        if found not in files and read(found) is None:
            yield f"{path}: there is no {target}"
        elif section and section not in anchors(files.get(found, "")):
            yield f"{path}: {found} has no section {section}"


# --- Commands ------------------------------------------------------------------

def options_of(text):
    return {f"--{name}" for name, _ in OPTION.findall(text)} | {
        f"-{short}" for _, short in OPTION.findall(text) if short} | {"--help"}


def verbs_of(files):
    """Verb: the file it is in."""
    return {name: text for path, text in files.items() if path.startswith("src/cli/verb-")
            for name in re.findall(r'\.name = "([\w-]+)"', text)}


def settings_of(files):
    return set(re.findall(r'^  \{ "([\w-]+)", KIND_', files.get("src/engine/shoal-settings.c", ""),
                          re.M))


def commands(text):
    """Words of each command that is named, in code of either kind."""
    for block in FENCE.findall(text):
        for line in block.split("\n")[1:-1]:
            yield re.sub(r"^(?:sudo |ExecStart=\S*/)", "", line).split("#")[0].split()
    for code in CODE.findall(FENCE.sub("", text)):
        yield code.split()


def check_options(words, known):
    for word in words:
        option = word.split("=")[0]
        if re.match(r"--?[a-z]", word) and option not in known:
            yield option


def check_cli(words, files):
    main = options_of(files.get("src/cli/main.c", ""))
    verbs = verbs_of(files)
    at = 1
    while at < len(words) and words[at].startswith("-"):
        if words[at].split("=")[0] not in main:
            yield f"shoal-cli {words[at]}"
        takes = words[at] not in ("--json", "--quiet", "-q", "--no-discovery", "--help",
                                  "--version")
        at += 2 if takes and "=" not in words[at] else 1
    if at >= len(words) or words[at] == "VERB":
        return
    verb = words[at]
    if verb not in verbs:
        yield f"shoal-cli {verb}"
        return
    for option in check_options(words[at + 1:], options_of(verbs[verb])):
        yield f"shoal-cli {verb} {option}"
    if verb == "set" and words[at + 1:] and words[at + 1].islower() and (
            words[at + 1] not in settings_of(files)):
        yield f"the setting {words[at + 1]}"


def check_commands(path, text, files):
    dev = files.get("dev", "")
    for words in commands(text):
        unknown = []
        if not words:
            continue
        if words[0] == "shoal-cli":
            unknown = list(check_cli(words, files))
        elif words[0] == "shoal-tracker":
            unknown = list(check_options(words, options_of(files.get("src/tracker/main.c", ""))))
        elif words[0] == "shoal":
            entries = files.get("src/app/program/shoal-application.c", "")
            unknown = list(check_options(words[:2], options_of(entries)))
        elif words[0] == "./dev" and len(words) > 1 and not re.search(
                rf"^(?:\./dev |  ){re.escape(words[1])}\b", dev, re.M):
            unknown = [f"./dev {words[1]}"]
        for what in unknown:
            yield f"{path}: there is no {what}: {' '.join(words)}"


# --- Labels ------------------------------------------------------------------

def labels_of(files):
    """All that people can read in the app, without mnemonics."""
    found = []
    for path, text in files.items():
        if path.startswith("ui/"):
            found += re.findall(r'translatable="yes"[^>]*>([^<]+)<', text)
        elif path.startswith("src/app/") and path.endswith(".c"):
            code = re.sub(r'"\s*\n\s*"', "", text)
            found += re.findall(r'_ ?\(\s*(?:"\w+", )?"((?:[^"\\]|\\.)*)"', code)
        elif path.endswith(".in"):
            found += re.findall(r'^(?:Name|_\(")?=?(Send [^"\n]+)', text, re.M)
    return {plain(label) for label in found}


def plain(label):
    return label.replace("_", "").replace("&amp;", "&").rstrip("….:").lower()


def check_labels(path, text, files):
    """What stands in italics or bold and begins with a capital is a label of the app."""
    labels = labels_of(files)
    for label in LABEL.findall(CODE.sub("", FENCE.sub("", text))):
        wanted = plain(label)
        if wanted not in labels and not any(wanted in known for known in labels):
            yield f"{path}: nothing in the app is called “{label}”"


# --- The guide -----------------------------------------------------------------

def check_pages(files):
    build = files.get("docs/meson.build", "")
    listed = files.get(GUIDE + "guide.gresource.xml", "")
    contents = files.get("ui/shoal-help-page.ui", "")
    index = files.get(GUIDE + "README.md", "")
    for path in files:
        name = path[len(GUIDE):-len(".md")]
        if not path.startswith(GUIDE) or not path.endswith(".md") or name == "README":
            continue
        for place, text, wanted in (("docs/meson.build", build, f"'{name}'"),
                                    ("guide.gresource.xml", listed, f">{name}.ui<"),
                                    ("ui/shoal-help-page.ui", contents, f">'{name}'<"),
                                    (GUIDE + "README.md", index, f"({name}.md)")):
            if wanted not in text:
                yield f"{path}: {place} does not list it"


def check_pictures(files):
    text = "".join(text for path, text in files.items() if path.startswith(GUIDE))
    used = set(re.findall(r"/([\w-]+\.png)\)", text))
    listed = set(re.findall(r">([\w-]+\.png)<", files.get(GUIDE + "guide.gresource.xml", "")))
    for name in sorted(used ^ listed):
        yield f"guide.gresource.xml: {name} is {'not listed' if name in used else 'not shown'}"
    for name in sorted(used):
        data = next((data for folder in (GUIDE + "pictures/", "data/screenshots/")
                     if (data := read(folder + name)) is not None), None)
        if data is None:
            yield f"there is no picture {name}"
        elif len(data) > PICTURE_BYTES or struct.unpack(">I", data[16:20])[0] > PICTURE_WIDTH:
            yield f"{name} is larger than it need be"


def check_targets(files):
    """Pages that the app leads to."""
    for path, text in files.items():
        if not path.startswith("ui/"):
            continue
        for target in re.findall(r">win\.help-page</property>\s*<property name=\"action-target\">"
                                 r"'([^']+)'", text):
            page, _, section = target.partition("#")
            guide = files.get(f"{GUIDE}{page}.md")
            if guide is None or section and section not in anchors(guide):
                yield f"{path}: the guide has no {target}"


def check(files):
    complaints = []
    for path, text in sorted(documents(files).items()):
        complaints += check_links(path, text, files)
        complaints += check_commands(path, text, files)
        if path.startswith(GUIDE):
            complaints += check_labels(path, text, files)
    settings = settings_of(files) - {"first-run-done"}
    named = set(CODE.findall(files.get(GUIDE + "preferences.md", "")))
    complaints += [f"{GUIDE}preferences.md: {key} is missing" for key in sorted(settings - named)]
    return complaints + [*check_pages(files), *check_pictures(files), *check_targets(files)]


SAMPLE = {
    "src/cli/main.c": '    { "json", 0, 0, X },\n',
    "src/cli/verb-send.c": '    { "to", \'t\', 0, X },\n  .name = "send",\n',
    "src/cli/verb-set.c": '  .name = "set",\n',
    "src/engine/shoal-settings.c": '  { "port", KIND_PORT, X },\n',
    "src/tracker/main.c": '    { "listen", \'l\', 0, X },\n',
    "dev": "./dev test  all\n",
    "docs/guide/preferences.md": "`port`\n",
    "docs/a.md": "# One two\n",
    "docs/meson.build": "'preferences' 'new'",
    "docs/guide/guide.gresource.xml": ">preferences.ui< >new.ui<",
    "ui/shoal-help-page.ui": ">'preferences'< >'new'<",
    "docs/guide/README.md": "[p](preferences.md) [n](new.md)",
    "docs/guide/new.md": "",
    "ui/a.ui": '<property translatable="yes">_Send Files…</property>',
}
BAD = [("README.md", text) for text in (
    "[a](docs/b.md)", "[a](docs/a.md#three)", "`shoal-cli sing`", "`shoal-cli send --of X`",
    "`shoal-cli --xml send`", "```\nshoal-cli set harbour 1\n```", "`shoal-tracker --hear`",
    "`./dev sleep`")] + [
    ("docs/guide/new.md", "Choose *Send Dogs…*."), ("docs/guide/new.md", "![a](pictures/none.png)"),
    ("docs/guide/other.md", ""), ("docs/guide/preferences.md", ""),
    ("ui/b.ui", '<property name="action-name">win.help-page</property>\n'
                '<property name="action-target">\'none\'</property>')]
GOOD = [("README.md", text) for text in (
    "[a](docs/a.md#one-two) [b](https://example.org)",
    "`shoal-cli --json send A --to B`, `shoal-cli VERB --help`",
    "```\nshoal-cli set port 1\nsudo shoal-tracker -l :1\n./dev test\n```")] + [
    ("docs/guide/new.md", "Choose *Send Files…*, *not* here.")]

if __name__ == "__main__":
    source.main(lambda files: check({**SAMPLE, **files} if len(files) == 1 else files), BAD, GOOD)
