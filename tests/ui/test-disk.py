#!/usr/bin/python3
# test-disk.py: a disk that is too small, and one that fills while something comes: what both see.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-disk.py SHOAL [TEST...]

import os
import time

import lab as laboratory
from world import PATIENCE, desks

CLI = os.environ["SHOAL_CLI"]
MIB = 1 << 20
ROOM = 48 * MIB


def begin(lab, *settings):
    """What comes to Ben goes to a file system of ROOM bytes, which is his host's alone."""
    anna, ben = desks(lab, "Anna", "Ben")
    small = ben.host.path("Small")
    os.makedirs(small)
    ben.host.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", small])
    for desk, key, value in ((ben, "download-directory", small), *((anna, *s) for s in settings)):
        desk.host.run([CLI, "set", key, value])
    for desk in (anna, ben):
        desk.start_app()
        desk.leave_first_run()
    anna.until(role="list item", name=r"(?i)^ben\b")
    return anna, ben, small


def send(desk, other, size):
    path = os.path.join(desk.home, "Videos", "film.mkv")
    os.makedirs(os.path.dirname(path))
    with open(path, "wb") as file:
        file.write(os.urandom(size))
    desk.start_app("--send", path, window=False)
    desk.click(role="checkbox", name=rf"(?i)\b{other.host.name}\b")
    button = {"role": "button", "name": "^Send( Send)?$"}
    deadline = time.monotonic() + PATIENCE
    while "sensitive" not in desk.until(**button)["states"]:
        assert time.monotonic() < deadline, desk.ask("tree", app="shoal")
        time.sleep(0.1)
    desk.press(**button)
    return path


def arrives(desk, path, folder):
    deadline = time.monotonic() + PATIENCE
    while desk.host.run(["cmp", path, f"{folder}/film.mkv"], check=False).returncode != 0:
        assert time.monotonic() < deadline, desk.ask("tree", app="shoal")
        time.sleep(0.2)


def test_too_small(lab):
    """The card says so before anything comes, and leads to another folder."""
    anna, ben, _ = begin(lab)
    send(anna, ben, ROOM + MIB)
    ben.until(role="label", name="^There is not enough room in “Small”: .* needed")
    ben.until(role="button", name="^Save As…")
    ben.picture("disk-too-small")
    for desk in (anna, ben):
        desk.check()


def until_row(desk, *texts):
    """Such labels, on the page of transfers."""
    desk.keys("ctrl+2")
    for text in texts:
        desk.until(role="label", name=text)


def test_no_room_at_all(lab):
    """Accepted unseen, and there is no room for its first byte: how much is lacking, and what
    now."""
    anna, ben, _ = begin(lab)
    ben.host.run([CLI, "set", "accept", "all"])
    send(anna, ben, ROOM + MIB)
    until_row(ben, r"^Not enough space at .*/Small: [\d.,]+\s.?B more are needed[.] Choose another")
    ben.until(role="button", name="^Other Folder")
    ben.picture("disk-no-room")
    until_row(anna, r"(?i)^ben’s disk is full\b")
    for desk in (anna, ben):
        desk.check()


def test_read_only(lab):
    """Where nothing can be written it does not go: the card names the usual folder instead."""
    anna, ben, small = begin(lab)
    ben.host.run(["mount", "-o", "remount,ro", small])
    path = send(anna, ben, MIB)
    ben.until(role="label", name="^To “Downloads” · ")
    ben.picture("disk-read-only")
    ben.press(role="button", name="^Accept")
    arrives(ben, path, os.path.join(ben.home, "Downloads"))
    for desk in (anna, ben):
        desk.check()


def test_fills(lab):
    """It fills on the way: both rows say whose disk it is, and it goes on by itself."""
    anna, ben, small = begin(lab, ("upload-limit", "4 MB/s"))
    path = send(anna, ben, 24 * MIB)
    ben.press(role="button", name="^Accept")
    while int(ben.host.run(["du", "-sm", small]).stdout.split()[0]) < 2:
        time.sleep(0.1)
    ben.host.run(["dd", "if=/dev/zero", f"of={small}/ballast", "bs=1M", f"count={ROOM // MIB}"],
                 check=False)
    ben.keys("ctrl+2")
    ben.until(role="label", name="^This computer’s disk is full. ")
    ben.until(role="button", name="^Open Trash")
    anna.keys("ctrl+2")
    anna.until(role="label", name=r"(?i)^ben’s disk is full\b")
    ben.picture("disk-full")
    ben.host.run(["rm", f"{small}/ballast"])
    arrives(ben, path, small)
    ben.until(role="label", name="^This computer’s disk is full", gone=True)
    anna.until(role="label", name=r"(?i)^ben’s disk is full\b", gone=True)
    for desk in (anna, ben):
        desk.check()


laboratory.main([test_too_small, test_no_room_at_all, test_read_only, test_fills])
