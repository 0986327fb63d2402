#!/usr/bin/python3
# test-single.py: one instance for all who call shoal, with and without a window.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-single.py SHOAL [TEST...]

import os

import lab as laboratory
from world import APP, APP_ID, PATIENCE, desks

LINK = "shoal:?xt=urn:btmh:1220" + "ab" * 32 + "&dn=Holiday"


def call(desk, *words, status=0, cwd=None):
    """Another shoal: it hands over what it was told and ends."""
    process = desk.host.popen([APP, *words], cwd=cwd)
    got = process.wait(60)
    assert got == status, f"{words}: {got}: {process.errors()}"
    return process


def begin(lab):
    (desk,) = desks(lab, "Anna")
    app = desk.start_app()
    desk.leave_first_run()
    return desk, app


def ends(app):
    assert app.wait(60) == 0, app.errors()


def wait_for_name(desk):
    """Until the application is on the bus."""
    desk.host.run(["gdbus", "wait", "--session", "--timeout", str(PATIENCE), APP_ID])


def test_hand_to_the_first(lab):
    """Files and links go to the one that runs; paths are those of the caller."""
    desk, app = begin(lab)
    folder = os.path.join(desk.home, "Documents")
    os.makedirs(folder)
    for name in ("one.txt", "two.txt"):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(name)
    call(desk, "--send", "one.txt", "two.txt", cwd=folder)
    desk.until(name="2 items|one.txt")
    desk.picture("single-send")
    desk.keys("Escape")
    desk.until(name="2 items|one.txt", gone=True)
    call(desk, LINK)
    desk.until(name="Holiday")
    desk.picture("single-link")
    desk.keys("Escape")
    call(desk, "--send", status=2)
    assert "shoal " in call(desk, "--version").output
    call(desk)
    assert app.running()
    desk.check()
    desk.keys("ctrl+q")
    ends(app)


def test_background(lab):
    """No window until somebody asks for one; a signal ends it well."""
    desk, app = begin(lab)
    desk.keys("ctrl+q")
    ends(app)
    app = desk.start_app("--background", window=False)
    wait_for_name(desk)
    assert desk.find(role="window") is None
    call(desk)
    desk.until(role="window")
    desk.keys("ctrl+w")
    desk.until(role="window", gone=True)
    assert app.running()
    app.signal(15)
    ends(app)


laboratory.main([test_hand_to_the_first, test_background])
