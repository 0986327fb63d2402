# world.py: computers with a display each, on the networks of the lab.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole programs, seen and used as a person does.

    def test_send(lab):
        anna, ben = desks(lab, "Anna", "Ben")
        app = anna.start_app()
        anna.until(app="shoal", name="Ben")
        anna.press(role="button", name="Accept", app="shoal")

A Desk is a host of tests/lab with Xvfb, a session bus and openbox of its own. Objects are named by
role and a regular expression for their name, as AT-SPI tells them; the window's actions are actions
of the frame. Displays have no socket in the file system: abstract ones belong to the network
namespace, so that two hosts cannot meet at one display.
"""

import json
import os
import subprocess
import sys
import time

import desktop
from lab import LabError

HERE = os.path.dirname(os.path.abspath(__file__))
# The first argument of every test program is shoal; the rest picks tests.
APP = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 and "/" in sys.argv[1] else None
PATIENCE = 60


class Desk:
    def __init__(self, host, size="1400x900", notifications=False):
        self.host = host
        self.home = host.home
        host.env.update(desktop.session(host.home, "/run/user/0"))
        argv, address = desktop.bus(host.path())
        bus = host.popen(argv)
        display = f":{100 + host.number}"
        screen = host.popen(desktop.xvfb([display, "-displayfd", "1", "-nolock", "-nolisten",
                                          "unix"], size))
        bus.line(lambda line: line.startswith("unix:"))
        screen.line(lambda line: line.strip() == display[1:])
        host.env.update(DBUS_SESSION_BUS_ADDRESS=address, DISPLAY=display)
        host.popen(["openbox"])
        self.notifications = Notifications(host) if notifications else None
        self.apps = []
        self.agent = host.popen(["/usr/bin/python3", os.path.join(HERE, "agent.py")],
                                stdin=subprocess.PIPE)
        self.agent.event("ready", PATIENCE)

    # --- Programs -------------------------------------------------------------

    def start_app(self, *words, env=None, window=True):
        """Shoal; warnings end it, and the test looks at its last words."""
        process = self.host.popen([APP, *words], env={"G_DEBUG": "fatal-warnings", **(env or {})})
        self.apps.append(process)
        if window:
            self.until(app="shoal", role="window")
        return process

    def check(self):
        """Nothing that was started has warned or died."""
        for process in self.apps:
            said = process.errors()
            if "WARNING" in said or "CRITICAL" in said:
                raise LabError(f"{process.name} warned:\n{said}")
            if not process.running() and process.wait() != 0:
                raise LabError(f"{process.name} ended with {process.wait()}:\n{said}")

    # --- Seeing and doing -----------------------------------------------------

    def ask(self, verb, **request):
        self.agent.write(json.dumps({"do": verb, **request}) + "\n")
        answer = self.agent.event("answer", PATIENCE)
        if "error" in answer:
            raise LabError(f"{self.host.name}: {verb} {request}: {answer['error']}")
        return answer["value"]

    def find(self, app="shoal", **wanted):
        return self.ask("find", app=app, **wanted)

    def until(self, app="shoal", timeout=PATIENCE, gone=False, **wanted):
        """Waits for such an object, or until there is none."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.find(app=app, **wanted)
            if (found is None) == gone:
                return found
            if time.monotonic() > deadline:
                raise LabError(f"{self.host.name}: {'still' if gone else 'no'} {wanted}:\n"
                               f"{self.ask('tree', app=app)}")
            time.sleep(0.1)

    def press(self, app="shoal", **wanted):
        """The button, or whatever has an action, once it is there."""
        self.until(app=app, **wanted)
        assert self.ask("act", app=app, **wanted), wanted

    def action(self, name, app="shoal", **wanted):
        """An action of the window: "win.send-text"."""
        assert self.ask("act", app=app, role="window", action=name, **wanted), name

    def write(self, text, app="shoal", **wanted):
        self.until(app=app, **wanted)
        assert self.ask("write", text=text, app=app, **wanted), wanted

    def place(self, app="shoal", **wanted):
        self.until(app=app, **wanted)
        return self.ask("place", app=app, **wanted)

    def click(self, app="shoal", **wanted):
        x, y = self.place(app=app, **wanted)
        self.ask("click", x=x, y=y)

    def keys(self, keys):
        self.ask("keys", keys=keys)

    def picture(self, name):
        """Of the whole screen; kept in SHOAL_UI_PICTURES, if set. Returns its path."""
        folder = os.environ.get("SHOAL_UI_PICTURES") or self.host.path()
        path = os.path.join(folder, f"{name}.png")
        self.ask("picture", path=path)
        return path

    def drag(self, start, end, before_release=None):
        self.ask("press", x=start[0], y=start[1])
        self.ask("glide", start=start, end=end)
        time.sleep(0.3)  # what is beneath answers the source before the button goes up
        if before_release:
            before_release()
        self.ask("release")


class Notifications:
    """What a notification service would show; by python-dbusmock."""

    NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"

    def __init__(self, host):
        self.host = host
        self.process = host.popen(["/usr/bin/python3", "-m", "dbusmock", "--template",
                                   "notification_daemon"])
        host.run(["gdbus", "wait", "--session", "--timeout", "20", self.NAME])

    def sent(self):
        """The lines of the log that tell of Notify."""
        return [line for _, line in self.process.lines if " Notify " in line]

    def until(self, text, timeout=PATIENCE):
        """The number of the notification whose title or body has this text."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for number, line in enumerate(self.sent(), 1):
                if text in line:
                    return number
            time.sleep(0.05)
        raise LabError(f"{self.host.name}: no notification “{text}”: {self.sent()}")

    def press(self, number, action):
        """action: "default", or as GNotification names it: "app.accept::ID"."""
        self.host.run(["gdbus", "call", "--session", "-d", self.NAME, "-o", self.PATH, "-m",
                       "org.freedesktop.DBus.Mock.EmitSignal", self.NAME, "ActionInvoked", "us",
                       f"[<uint32 {number}>, <'{action}'>]"])


def desks(lab, *names, **options):
    """Hosts on one network with avahi-daemon and a display each."""
    hosts = [lab.host(name.lower()) for name in names]
    lab.lan(hosts)
    for host in hosts:
        host.start_avahi()
    return [Desk(host, **options) for host in hosts]
