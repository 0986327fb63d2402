#!/usr/bin/python3
# test-portal.py: the app as in a Flatpak, with a desktop that it reaches through portals alone.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-portal.py SHOAL SHOAL-CLI [TEST...]

import os
import signal
import sys

import lab as laboratory
from world import APP, APP_ID, HERE, PATIENCE, desks, same, write
from terminal import cli, send, setting, until  # after world

SUSPEND = 4  # for the Inhibit portal
SLOW = 8     # Mbit/s
LARGE = 10 << 20


def sandbox(host):
    return [sys.executable, "-ISB", os.path.join(HERE, "in-sandbox.py"), host.path("root"), APP_ID]


def begin(lab):
    """The portal at Anna's starts the app when somebody calls it; Ben has shoal-cli."""
    anna, ben = desks(lab, "Anna", "Ben", notifications=False, services=lambda host: [
        (APP_ID, " ".join(["/usr/bin/env", "G_DEBUG=fatal-warnings", *sandbox(host), APP,
                           "--gapplication-service"]))])
    portal = anna.play("portal")
    app = anna.start_app(within=sandbox(anna.host))
    anna.leave_first_run()
    return anna, ben.host, portal, app


def test_background(lab):
    """Asked with the right command line; what is denied is said, and switched back."""
    anna, _, portal, app = begin(lab)
    cli(anna.host, "set", "start-at-login", "on")
    told = portal.event("background")
    assert told["autostart"] and told["commandline"] == ["shoal", "--background"], told
    assert told["reason"] == "Receive files while no window is open", told
    cli(anna.host, "set", "start-at-login", "off")
    assert not portal.event("background")["autostart"]

    portal.act("allow", background=True, autostart=False)
    cli(anna.host, "set", "start-at-login", "on")
    anna.until(name="The desktop does not let Shoal start at login")
    until(lambda: setting(anna.host, "start-at-login") == "off", "it says on")
    portal.act("allow", background=False, autostart=False)
    anna.keys("ctrl+w")
    anna.press(role="button", name="^Keep Receiving")
    anna.until(role="window", gone=True)
    until(lambda: setting(anna.host, "on-close") == "ask", "it says keep")
    assert not os.path.exists(os.path.join(anna.host.env["XDG_CONFIG_HOME"], "autostart"))

    app.signal(signal.SIGTERM)
    assert app.wait(PATIENCE) == 0, app.errors()
    anna.check()


def test_offers(lab):
    """Notifications with buttons, also after the app has ended; awake while bytes move; a
    metered network."""
    anna, ben, portal, app = begin(lab)
    cli(anna.host, "set", "on-close", "keep")
    anna.keys("ctrl+w")
    anna.until(role="window", gone=True)
    path = write(ben.path("large.bin"), LARGE)
    ben.links[0].rate(SLOW)
    sender = send(ben, path, anna)
    told = portal.event("notification")
    assert "large.bin" in told["title"] and "Code: " in told["body"], told
    assert told["buttons"] == ["Accept", "Decline"] and told["priority"] == "high", told
    portal.act("press", name=told["id"], label="Accept")
    awake = portal.event("inhibit")
    assert awake["flags"] == SUSPEND, awake
    ben.links[0].rate(None)
    portal.event("close", path=awake["path"])
    assert sender.wait(PATIENCE) == 0, sender.errors()
    same(path, os.path.join(anna.home, "Downloads", "large.bin"))
    done = portal.event("notification")
    assert done["id"] == told["id"] and "has come" in done["title"], done

    # The app ends; its notification is still there, and its button starts it again.
    path = write(ben.path("second.bin"), 100000)
    sender = send(ben, path, anna)
    told = portal.event("notification")
    app.signal(signal.SIGTERM)
    assert app.wait(PATIENCE) == 0, app.errors()
    portal.act("press", name=told["id"], label="Accept")
    same(path, os.path.join(anna.home, "Downloads", "second.bin"))
    assert sender.wait(PATIENCE) == 0, sender.errors()
    assert anna.find(role="window") is None

    # Pressing the notification itself opens the window, where it is seen.
    portal.act("press", name=told["id"])
    anna.until(role="window")
    portal.event("withdrawn", id=told["id"])
    portal.act("metered", metered=True)
    anna.until(name="^You pay for the data of this network")
    anna.invoke("quit")
    anna.until(role="window", gone=True)
    anna.check()


laboratory.main([test_background, test_offers])
