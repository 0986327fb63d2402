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
import signal
import subprocess
import sys
import time

import desktop
import wayland
from lab import LabError

HERE = os.path.dirname(os.path.abspath(__file__))
# The first argument of every test program is shoal; the rest picks tests.
APP = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 and "/" in sys.argv[1] else None
APP_ID = "io.github.shoal.Shoal"
PATIENCE = int(os.environ.get("SHOAL_UI_PATIENCE", "60"))


class Desk:
    def __init__(self, host, size="1400x900", services=lambda host: (), notifications=True,
                 on_wayland=False):
        """services: what desktop.bus() takes, made of the host. notifications: whether the
        desktop shows any. on_wayland: sway; there are no keys, and self.host needs it."""
        self.host = host
        self.home = host.home
        host.env.update(desktop.session(host.home, "/run/user/0"))
        argv, address = desktop.bus(host.path(), services(host))
        host.env.update(DBUS_SESSION_BUS_ADDRESS=address)
        if on_wayland:
            self.start_wayland()
        else:
            self.start_x11(size)
        self.bus = host.popen(argv)
        self.bus.line(lambda line: line.startswith("unix:"))
        self.apps = []
        self.agent = self.help("agent.py", *([] if notifications else ["--no-notifications"]))

    def start_x11(self, size):
        display = f":{100 + self.host.number}"
        screen = self.host.popen(desktop.xvfb([display, "-displayfd", "1", "-nolock", "-nolisten",
                                               "unix"], size))
        screen.line(lambda line: line.strip() == display[1:])
        self.host.env["DISPLAY"] = display
        self.host.run(desktop.PARK_MOUSE)
        self.host.popen(["openbox"])

    def start_wayland(self):
        config = desktop.write(self.host.path("sway.conf"), wayland.CONFIG)
        sway = self.host.popen([*wayland.COMMAND, config], env=wayland.ENVIRONMENT)
        _, display, control = sway.line(lambda line: line.startswith("display ")).split()
        self.host.env.update(WAYLAND_DISPLAY=display, SWAYSOCK=control, GDK_BACKEND="wayland")

    # --- Programs -------------------------------------------------------------

    def help(self, program, *words):
        """One of the programs beside this file, once it is ready."""
        process = self.host.popen(["/usr/bin/python3", os.path.join(HERE, program), *words],
                                  stdin=subprocess.PIPE)
        process.event("ready", PATIENCE)
        return process

    def play(self, service):
        """A service of the desktop (mocks.py), whose calls are its events."""
        return Mock(self.help("mocks.py", service))

    def start_app(self, *words, env=None, window=True, within=()):
        """Shoal; warnings end it, and the test looks at its last words. within: a command that
        runs it, as env(1) does."""
        process = self.host.popen([*within, APP, *words],
                                  env={"G_DEBUG": "fatal-warnings", **(env or {})})
        self.apps.append(process)
        if window:
            self.until(app="shoal", role="window")
        return process

    def check(self):
        """Nothing that was started, or that the bus has started, has warned or died."""
        said = self.bus.errors()
        if "shoal" in said and ("WARNING" in said or "CRITICAL" in said):
            raise LabError(f"what the bus has started warned:\n{said}")
        for process in self.apps:
            said = process.errors()
            if "WARNING" in said or "CRITICAL" in said:
                raise LabError(f"{process.name} warned:\n{said}")
            if not process.running() and process.wait() != 0:
                raise LabError(f"{process.name} ended with {process.wait()}:\n{said}")

    def wait_for_window(self, title):
        self.host.run(["xdotool", "search", "--sync", "--onlyvisible", "--name", f"^{title}$"])

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

    def leave_first_run(self):
        """Escape takes what is proposed."""
        self.until(role="button", name="^Start Using")
        self.keys("Escape")
        self.until(role="button", name="^Start Using", gone=True)

    def invoke(self, action, parameter=None):
        """An action of the application, as the desktop would: "quit"."""
        self.ask("invoke", app_id=APP_ID, action=action, parameter=parameter)

    def call(self, *calls):
        """Calls the application, and does not wait for it. Each is interface, method and, as
        GVariant writes them, parameters; the bus has them in this order when this returns."""
        return self.ask("call", app_id=APP_ID, calls=calls)

    def together(self, process, *calls):
        """Calls that it hears at one go, whatever the first of them does: it stands still
        meanwhile. Returns the answers."""
        process.signal(signal.SIGSTOP)
        count = self.call(*calls)
        process.signal(signal.SIGCONT)
        return self.ask("replies", count=count)

    def notification(self, text, timeout=PATIENCE):
        """Waits for the newest whose title or body has this text: its id, title, body, actions."""
        deadline = time.monotonic() + timeout
        while True:
            for one in reversed(self.ask("notifications")):
                if not one["withdrawn"] and text in one["title"] + "\n" + one["body"]:
                    return one
            if time.monotonic() > deadline:
                raise LabError(f"{self.host.name}: no notification “{text}”: "
                               f"{self.ask('notifications')}")
            time.sleep(0.1)

    def press_notification(self, notification, label=None):
        """A button by its label; None: the notification itself."""
        self.ask("press_notification", number=notification["id"], label=label)

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


def owner(desk):
    """The process that has the application's name; None."""
    told = desk.host.run(["gdbus", "call", "--session", "-d", "org.freedesktop.DBus", "-o", "/",
                          "-m", "org.freedesktop.DBus.GetConnectionUnixProcessID", APP_ID],
                         check=False)
    return told.stdout if told.returncode == 0 else None


def quit_app(desk):
    """Until it may be started again: before its name is free one would wake the one that goes."""
    desk.invoke("quit")
    deadline = time.monotonic() + PATIENCE
    while owner(desk) is not None:
        if time.monotonic() > deadline:
            raise LabError("it does not end")
        time.sleep(0.05)


def write(path, size=100000):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(os.urandom(size))
    return path


def same(one, other):
    """Waits until the other is there; it must be the same."""
    deadline = time.monotonic() + PATIENCE
    while not os.path.exists(other):
        assert time.monotonic() < deadline, f"{other} never came"
        time.sleep(0.1)
    with open(one, "rb") as ours, open(other, "rb") as theirs:
        assert ours.read() == theirs.read(), f"{one} and {other} differ"


class Mock:
    def __init__(self, process):
        self.process = process

    def event(self, name, **fields):
        """The next such call, from where the last one was."""
        return self.process.event(name, PATIENCE, **fields)

    def events(self, name, **fields):
        """All so far."""
        return self.process.events(name, **fields)

    def act(self, verb, **words):
        self.process.write(json.dumps({"do": verb, **words}) + "\n")


class FileManager:
    """PCManFM with one folder, in the left half of the screen."""

    # Where its files are in the window, without sidebar, bars and status.
    FILES = (160, 70, 420, 480)

    def __init__(self, desk, folder):
        self.desk = desk
        os.makedirs(folder, exist_ok=True)
        self.process = desk.host.popen(["pcmanfm", "--no-desktop", folder])
        self.title = os.path.basename(folder)
        desk.wait_for_window(self.title)
        desk.ask("move", title=self.title, x=0, y=0, width=600, height=600)

    def place(self):
        """The middle of its files on the screen: what changes when all are selected."""
        x, y, width, height = self.FILES
        before = self.desk.picture("files-before")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.desk.ask("click", x=x + width - 20, y=y + height - 20)
            self.desk.keys("Escape ctrl+a")
            time.sleep(0.3)
            after = self.desk.picture("files-after")
            box = subprocess.run(
                ["convert", before, after, "-crop", f"{width}x{height}+{x}+{y}", "+repage",
                 "-compose", "difference", "-composite", "-threshold", "3%", "-trim", "-format",
                 "%w %h %X %Y", "info:"], capture_output=True, text=True, check=False).stdout
            if box and len(box.split()) == 4:
                w, h, left, top = (int(word) for word in box.split())
                # Newer versions mark the name alone, and not the icon.
                if 10 < w < width - 20 and 10 < h < height - 20:
                    return [x + left + w // 2, y + top + h // 3]
        raise LabError(f"{self.title}: no file is to be seen")


def desks(lab, *names, **options):
    """Hosts on one network with avahi-daemon and a display each."""
    hosts = [lab.host(name.lower()) for name in names]
    lab.lan(hosts)
    for host in hosts:
        host.start_avahi()
    return [Desk(host, **options) for host in hosts]
