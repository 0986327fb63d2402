#!/usr/bin/env python3
# The arrows between rooms: who may include whom (docs/architecture.md).
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import re

import source

ARROWS = {
    "base": [],
    "identity": ["base"],
    "content": ["base"],
    "wire": ["base", "content"],
    "signal": ["base", "identity"],
    "store": ["base", "content"],
    "net": ["base", "identity"],
    "discovery": ["base", "signal"],
    "peer": ["base", "identity", "content", "wire", "signal", "net", "discovery"],
    "swarm": ["base", "content", "wire", "store", "peer"],
    "engine": ["base", "identity", "content", "wire", "signal", "store", "net", "discovery",
               "peer", "swarm"],
    "app": ["engine", "cli"],
    "cli": ["engine"],
    "tracker": ["base", "signal"],
}
# The app's folders stand one upon the other: each may include those before it,
# and itself. Words are built without the toolkit, for the command line too.
APP = ["words", "model", "desktop", "widgets", "pages", "program"]
# Single headers of other rooms that a program may include: the errors, the
# runtime and thread it owns, and links, which a user types.
HEADERS = {
    "shoal-error.h", "shoal-hash.h", "shoal-limits.h", "shoal-runtime.h", "shoal-main-runtime.h",
    "shoal-share-link.h", "shoal-invite.h", "shoal-portal-path.h", "shoal-thread.h",
}
# The toolkit stays in the app.
TOOLKIT = re.compile(r"#\s*include\s*<(gtk|gdk|gsk|adwaita|libadwaita|pango|cairo)[^>]*>")
INCLUDE = re.compile(r'#\s*include\s*"([^"]+)"')


def room_of(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "src" else None


def folder_of(path):
    """In the app; main.c lies above all folders."""
    parts = path.split("/")
    return parts[2] if len(parts) > 3 and parts[:2] == ["src", "app"] else None


def check_app(files):
    folders = {os.path.basename(path): folder_of(path) for path in files if folder_of(path)}
    for path, text in files.items():
        folder = folder_of(path)
        if not folder:
            continue
        if folder not in APP:
            yield f"{path}: src/app/{folder} is no folder of the app"
            continue
        for number, line in enumerate(source.without_comments(text).splitlines(), 1):
            match = INCLUDE.match(line)
            other = folders.get(os.path.basename(match[1])) if match else None
            if other in APP and APP.index(other) > APP.index(folder):
                yield f"{path}:{number}: the app's {folder} may not include its {other}"


def check(files):
    headers = {}
    complaints = list(check_app(files))
    for path in files:
        if path.endswith(".h") and room_of(path):
            headers.setdefault(os.path.basename(path), set()).add(room_of(path))

    for name, rooms in headers.items():
        if len(rooms) > 1:
            complaints.append(f"{name} lies in several rooms: {', '.join(sorted(rooms))}")

    for path, text in files.items():
        room = room_of(path)
        if not room or not source.is_c(path):
            continue
        if room not in ARROWS:
            complaints.append(f"{path}: src/{room} is no room")
            continue
        for number, line in enumerate(source.without_comments(text).splitlines(), 1):
            where = f"{path}:{number}"
            if room != "app" and TOOLKIT.match(line):
                complaints.append(f"{where}: the toolkit outside the app")
            match = INCLUDE.match(line)
            if match and not may_include(room, os.path.basename(match[1]), headers):
                complaints.append(f"{where}: {room} may not include {match[1]}")
    return complaints


def may_include(room, name, headers):
    """A header that no room has is config.h, or made by the build."""
    for other in headers.get(name, ()):
        if other == room:
            return True
        if name.endswith("-private.h"):
            return False
        if other in ARROWS[room]:
            return True
        return room in ("app", "cli") and name in HEADERS
    return True


def check_sample(files):
    """The samples need something to include."""
    world = {"src/store/shoal-store.h": "", "src/net/shoal-net.h": "", "src/base/shoal-error.h": "",
             "src/engine/shoal-engine.h": "", "src/net/shoal-net-private.h": "",
             "src/app/pages/shoal-page.h": "", "src/app/words/shoal-words.h": ""}
    return check({**world, **files})


BAD = [
    ("src/wire/shoal-a.c", '#include "shoal-store.h"\n'),
    ("src/store/shoal-a.c", '#include "config.h"\n\n#include "shoal-net.h"\n'),
    ("src/net/shoal-a.h", '#  include "../store/shoal-store.h"\n'),
    ("src/base/shoal-a.h", '#include "shoal-engine.h"\n'),
    ("src/cli/shoal-a.c", '#include "shoal-store.h"\n'),
    ("src/engine/shoal-a.c", "#include <gtk/gtk.h>\n"),
    ("src/engine/shoal-a.c", '#include "shoal-net-private.h"\n'),
    ("src/misc/shoal-a.c", "\n"),
    ("src/wire/shoal-error.h", "\n"),
    ("src/app/model/shoal-a.c", '#include "shoal-page.h"\n'),
    ("src/app/misc/shoal-a.c", "\n"),
]
GOOD = [
    ("src/engine/shoal-a.c", '#include "config.h"\n#include "shoal-store.h"\n'),
    ("src/cli/shoal-a.c", '#include "shoal-error.h"\n#include "shoal-engine.h"\n'),
    ("src/wire/shoal-a.c", '/* #include "shoal-store.h" */\n'),
    ("src/app/shoal-a.c", "#include <gtk/gtk.h>\n"),
    ("src/app/program/shoal-a.c", '#include "shoal-page.h"\n#include "shoal-words.h"\n'),
]

if __name__ == "__main__":
    source.main(lambda files: check_sample(files) if len(files) == 1 else check(files), BAD, GOOD)
