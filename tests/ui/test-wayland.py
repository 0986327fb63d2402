#!/usr/bin/python3
# test-wayland.py: the app on Wayland: first run, people, sending, receiving, closing.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-wayland.py SHOAL SHOAL-CLI [TEST...]

import os
import shutil
import signal
import sys

import lab as laboratory
from world import PATIENCE, desks, same, write
from terminal import cli, receive, send, send_to, until  # after world

SLOW = 8  # Mbit/s
LARGE = 10 << 20


def description(desk, role, name):
    """What a screen reader says of it after its name."""
    return desk.until(role=role, name=name)["description"]


def test_wayland(lab):
    """Seen and used through accessibility and a mouse; pictures by the compositor."""
    anna, ben = desks(lab, "Anna", "Ben", on_wayland=True)
    ben = ben.host
    logind = anna.play("logind")
    app = anna.start_app()
    anna.until(role="button", name="^Start Using")
    anna.picture("wayland-first-run")
    anna.press(role="button", name="^Start Using")
    anna.until(role="button", name="^Start Using", gone=True)
    receiver = receive(ben, "--accept", "all")
    anna.until(role="list item", name="(?i)^ben")
    anna.picture("wayland-people")

    # A click, on what AT-SPI says is there.
    anna.click(role="tab", name="^Transfers")
    anna.until(name="^No Transfers")
    path = write(os.path.join(anna.home, "large.bin"), LARGE)
    anna.host.links[0].rate(SLOW)
    sender = send_to(anna.host, path, receiver.address)
    anna.until(role="progress bar", name="large.bin")
    assert 0 <= anna.ask("value", app="shoal", role="progress bar", name="large.bin") < 1
    # Inhibited here too, and no window system in the way of it.
    logind.event("inhibit", what="sleep")
    anna.picture("wayland-transfer")
    anna.host.links[0].rate(None)
    assert sender.wait(PATIENCE) == 0, sender.errors()
    same(path, os.path.join(ben.path("got"), "large.bin"))
    logind.event("uninhibit")
    until(lambda: "Delivered" in description(anna, "list item", "^large.bin"), "no end to read")
    receiver.interrupt()

    path = write(ben.path("photo.jpg"), 300000)
    sender = send(ben, path, anna)
    anna.until(role="button", name="^Accept")
    assert "300 kB" in description(anna, "group", "^ben wants to send you").replace("\xa0", " ")
    anna.picture("wayland-offer")
    anna.click(role="button", name="^Accept")
    same(path, os.path.join(anna.home, "Downloads", "photo.jpg"))
    assert sender.wait(PATIENCE) == 0, sender.errors()
    cli(anna.host, "set", "on-close", "keep")
    anna.action("window.close")
    anna.until(role="window", gone=True)
    app.signal(signal.SIGTERM)
    assert app.wait(PATIENCE) == 0, app.errors()
    anna.check()


for program in ("sway", "grim"):
    if not shutil.which(program):
        print(f"1..0 # SKIP no {program}")
        sys.exit(0)
laboratory.main([test_wayland])
