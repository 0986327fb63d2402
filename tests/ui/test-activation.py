#!/usr/bin/python3
# test-activation.py: the desktop starts the app, from an installed desktop file and bus service.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-activation.py SHOAL SHOAL-CLI DATA [TEST...]; DATA: where those files were built

import os
import re
import sys

import lab as laboratory
from world import APP, APP_ID, PATIENCE, desks, owner, quit_app, same, write
from terminal import cli, send, until  # after world

DATA = os.path.abspath(sys.argv.pop(1))
ROOT = "ab" * 32
APPLICATION = "org.freedesktop.Application"
SHARE = f"?xt=urn:btmh:1220{ROOT}&dn=Holiday%20%26%20more"


def install(host):
    """A prefix with the program, its desktop file and its service."""
    prefix = host.path("prefix")
    applications = os.path.join(prefix, "share", "applications")
    services = os.path.join(prefix, "share", "dbus-1", "services")
    for folder in (os.path.join(prefix, "bin"), applications, services):
        os.makedirs(folder)
    os.symlink(APP, os.path.join(prefix, "bin", "shoal"))
    for folder, ending in ((applications, ".desktop"), (services, ".service")):
        with open(os.path.join(DATA, APP_ID + ending), encoding="utf-8") as file:
            text = file.read()
        with open(os.path.join(folder, APP_ID + ending), "w", encoding="utf-8") as file:
            file.write(text)
    host.run(["update-desktop-database", applications])
    host.env["XDG_DATA_DIRS"] = f"{prefix}/share:/usr/local/share:/usr/share"
    host.env["PATH"] = f"{prefix}/bin:{host.env['PATH']}"
    return services


def command_of(host):
    """What the service starts, in this prefix instead of the one it was built for."""
    with open(os.path.join(install(host), APP_ID + ".service"), encoding="utf-8") as file:
        lines = dict(line.strip().split("=", 1) for line in file if "=" in line)
    assert lines["Name"] == APP_ID, lines
    program, *words = lines["Exec"].split()
    assert os.path.isabs(program) and os.path.basename(program) == "shoal", lines
    assert words == ["--gapplication-service"], words
    return [(APP_ID, f"/usr/bin/env G_DEBUG=fatal-warnings {host.path('prefix')}/bin/shoal "
             + " ".join(words))]


def begin(lab):
    """The app is installed at Anna's, and has been through its first run."""
    anna, ben = desks(lab, "Anna", "Ben", services=command_of)
    anna.host.run(["gapplication", "launch", APP_ID])
    anna.leave_first_run()
    return anna, ben.host


def test_open(lab):
    """Links, torrents and files, handed over by the desktop; the one instance takes them all."""
    anna, _ = begin(lab)
    quit_app(anna)
    # GIO finds the handler of the scheme, and starts it over the bus.
    anna.host.run(["gio", "open", "shoal:" + SHARE])
    anna.until(name="Holiday & more")
    anna.picture("activation-link")
    anna.keys("Escape")
    anna.until(name="Holiday & more", gone=True)
    first = owner(anna)

    path = write(os.path.join(anna.home, "Documents", "a file ä.bin"), 300000)
    torrent = os.path.join(anna.home, "Documents", "a file.torrent")
    cli(anna.host, "export", path, "--output", torrent)
    anna.host.run(["gapplication", "launch", APP_ID, torrent])
    anna.until(name="a file ä.bin")
    anna.keys("Escape")
    anna.until(name="a file ä.bin", gone=True)
    anna.host.run(["gapplication", "launch", APP_ID, "magnet:" + SHARE])
    anna.until(name="Holiday & more")
    anna.keys("Escape")
    anna.until(name="Holiday & more", gone=True)

    # A second program and the terminal reach the first.
    anna.host.run([APP, "--send", os.path.basename(path)], cwd=os.path.dirname(path))
    anna.until(name="a file ä.bin")
    anna.keys("Escape")
    anna.until(name="a file ä.bin", gone=True)
    assert cli(anna.host, "id").event("id")["id"]
    assert owner(anna) == first
    quit_app(anna)
    anna.check()


def test_late_answer(lab):
    """A button of a notification that is older than the program that runs."""
    anna, ben = begin(lab)
    cli(anna.host, "set", "on-close", "keep")
    anna.keys("ctrl+w")
    anna.until(role="window", gone=True)
    path = write(ben.path("photo.jpg"), 100000)
    sender = send(ben, path, anna)
    action, offer = anna.notification("photo.jpg")["actions"]["Accept"].split("::")
    assert action == "app.accept-offer", action
    quit_app(anna)
    anna.invoke("accept-offer", offer)
    same(path, os.path.join(anna.home, "Downloads", "photo.jpg"))
    assert sender.wait(PATIENCE) == 0, sender.errors()
    assert anna.find(role="window") is None

    # One that is gone says so.
    anna.invoke("decline-offer", offer)
    anna.until(name="^This offer is gone")
    quit_app(anna)
    anna.check()


def test_while_ending(lab):
    """What the desktop asks of one that is about to end, another is started for."""
    anna, _ = begin(lab)
    path = write(os.path.join(anna.home, "Documents", "a photo.jpg"), 10)
    for method, parameters, seen in (
            ("Activate", "(@a{sv} {},)", "^People"),
            ("Open", f"(['shoal:{SHARE}'], @a{{sv}} {{}})", "Holiday & more"),
            ("ActivateAction", f"('send', [<['{path}']>], @a{{sv}} {{}})", "a photo.jpg")):
        first = owner(anna)
        number = "".join(re.findall(r"uint32 (\d+)", first))
        anna.host.run(["kill", "-STOP", number])
        anna.call((APPLICATION, "ActivateAction", "('quit', @av [], @a{sv} {})"),
                  (APPLICATION, method, parameters))
        anna.host.run(["kill", "-CONT", number])
        until(lambda: owner(anna) not in (None, first), "nobody follows")
        anna.until(name=seen)
    quit_app(anna)
    anna.check()


laboratory.main([test_open, test_late_answer, test_while_ending])
