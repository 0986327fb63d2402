#!/usr/bin/python3
# test-drag.py: two computers, two displays: files dragged from a file manager onto a person.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-drag.py SHOAL [TEST...]

import os
import shutil
import sys
import time

import lab as laboratory
from world import PATIENCE, FileManager, desks, same, write


def begin(lab):
    """Two people past the first run, who see each other."""
    anna, ben = desks(lab, "Anna", "Ben")
    for desk in (anna, ben):
        desk.start_app()
        desk.leave_first_run()
    for desk, other in ((anna, "ben"), (ben, "anna")):
        desk.until(name=rf"(?i)^{other}\b")
        desk.ask("move", title="Shoal", x=640, y=0)
    return anna, ben


def drop_on(desk, person, folder):
    """Drags all that is in the folder, as a hand does; looks at the row before letting go."""
    files = FileManager(desk, folder)
    start, end = files.place(), desk.place(role="list item", name=rf"(?i)^{person}\b")
    desk.drag(start, end, lambda: desk.picture(f"drag-{desk.host.name}"))
    return files


def test_drag(lab):
    """One file, accepted in the window."""
    anna, ben = begin(lab)
    folder = os.path.join(anna.home, "Documents")
    path = write(os.path.join(folder, "a photo ä.jpg"), 3 << 20)
    drop_on(anna, "ben", folder)
    ben.until(name="a photo ä.jpg")
    ben.picture("drag-offer")
    ben.press(role="button", name="^Accept")
    same(path, os.path.join(ben.home, "Downloads", "a photo ä.jpg"))
    for desk in (anna, ben):
        desk.keys("ctrl+2")
    ben.until(name="Verified")
    for desk in (anna, ben):
        desk.picture(f"drag-done-{desk.host.name}")
        desk.check()


def test_notification(lab):
    """Several files and a folder, accepted from the notification."""
    anna, ben = begin(lab)
    # Whoever looks at the window needs no notification.
    FileManager(ben, os.path.join(ben.home, "Documents"))
    folder = os.path.join(anna.home, "Documents")
    names = ["one.bin", "two.bin", "folder/three.bin"]
    for name in names:
        write(os.path.join(folder, name), 100000)
    drop_on(anna, "ben", folder)
    ben.press_notification(ben.notification("anna"), "Accept")
    for name in names:
        same(os.path.join(folder, name), find(os.path.join(ben.home, "Downloads"), name))
    for desk in (anna, ben):
        desk.check()


def find(folder, name):
    """Several files arrive in a folder of their own, whose name is the app's affair."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for place, _, _ in os.walk(folder):
            if os.path.isfile(os.path.join(place, name)):
                return os.path.join(place, name)
        time.sleep(0.1)
    raise AssertionError(f"{name} never came")


if not shutil.which("pcmanfm"):
    print("1..0 # SKIP no pcmanfm to drag from")
    sys.exit(0)
laboratory.main([test_drag, test_notification])
