# sandbox.py: a desktop with portals, and Shoal in its Flatpak.
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Desk (tests/ui/world.py) whose Shoal is the one that flatpak/stand-in has installed. The real
document portal, portal and GTK backend run beside it; the desktop's notifications are agent.py's.
"""

import os
import re
import shutil
import signal
import sys
import tempfile
import time

import desktop
import lab as laboratory
# The program that world.py takes from the arguments is shoal-cli here.
from world import APP as CLI
from world import APP_ID, PATIENCE, Desk, same, write

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = os.environ.get("SHOAL_FLATPAK_WORK", os.path.join(HERE, "../../build-flatpak"))
INSTALLATION = os.path.join(WORK, "installation")
LIBEXEC = "/usr/libexec"
BACKEND = "xdg-desktop-portal-gtk"
PORTALS = {
    "xdg-permission-store": "org.freedesktop.impl.portal.PermissionStore",
    "xdg-document-portal": "org.freedesktop.portal.Documents",
    BACKEND: "org.freedesktop.impl.portal.desktop.gtk",
    "xdg-desktop-portal": "org.freedesktop.portal.Desktop",
}
# Where the backend's file chooser begins: among what was used lately no folder can be taken.
SETTINGS = "[org/gtk/settings/file-chooser]\nstartup-mode='cwd'\n"
# Warnings of GTK 4.18 and libadwaita 1.7 about themselves.
HARMLESS = ("Unable to retrieve the Flatpak portal", "did not receive a focus-out",
            "Trying to measure GtkLabel")


class Sandbox(Desk):
    def __init__(self, host):
        # X and its sockets: the sandbox is given a file, and hosts share a file system.
        host.run(["sh", "-ec", "mkdir -p /tmp/.X11-unix; mount -t tmpfs tmpfs /tmp/.X11-unix"])
        host.env["FLATPAK_USER_DIR"] = INSTALLATION
        super().__init__(host)
        self.downloads = os.path.join(self.home, "Downloads")
        os.makedirs(self.downloads)
        # Where the portals are does not matter to them, but who asks.
        host.env["XDG_CURRENT_DESKTOP"] = "GNOME"
        host.env["XDG_DATA_DIRS"] = "/usr/local/share:/usr/share"
        desktop.write(os.path.join(host.env["XDG_CONFIG_HOME"], "glib-2.0/settings/keyfile"),
                      SETTINGS)
        self.portals = {}
        self.start_portals()

    # --- Portals --------------------------------------------------------------

    def start_portals(self):
        for name, bus_name in PORTALS.items():
            self.portals[name] = self.host.popen([os.path.join(LIBEXEC, name)], cwd=self.home,
                                                 env={"GSETTINGS_BACKEND": "keyfile"})
            self.host.run(["gdbus", "wait", "--session", "--timeout", str(PATIENCE), bus_name])

    def stop_portals(self):
        for process in reversed(self.portals.values()):
            process.signal(signal.SIGTERM)
            process.wait()
        self.portals = {}

    # --- The Flatpak ----------------------------------------------------------

    def flatpak(self, *words, command=None, check=True):
        """Something else than Shoal in the same sandbox; its result."""
        options = ["--command=" + command] if command else []
        return self.host.run(["flatpak", "run", "--user", *options, APP_ID, *words], check=check)

    def start_shoal(self, *words, window=True):
        # Not what tests of the program alone set.
        process = self.host.popen(
            ["env", "-u", "GTK_USE_PORTAL", "-u", "GSETTINGS_BACKEND", "-u", "GIO_USE_VFS",
             "flatpak", "run", "--user", APP_ID, *words])
        self.apps.append(process)
        deadline = time.monotonic() + PATIENCE
        while window and self.find(role="window") is None:
            assert process.running(), f"Shoal ended with {process.wait()}:\n{process.errors()}"
            assert time.monotonic() < deadline, f"no window:\n{process.errors()}"
            time.sleep(0.2)
        return process

    def quit_shoal(self):
        process = self.apps[-1]
        self.invoke("quit")
        assert process.wait() == 0, process.errors()

    def check(self):
        for process in self.apps:
            # Flatpak's own helpers have words of their own.
            said = [line for line in process.errors().splitlines()
                    if re.match(r"\(shoal:\d+\): .*(WARNING|CRITICAL)", line)
                    and not any(word in line for word in HARMLESS)]
            assert not said, said
            assert process.running() or process.wait() == 0, process.errors()

    def begin(self):
        self.start_shoal()
        self.leave_first_run()

    # --- Choosing -------------------------------------------------------------

    def await_window(self, title):
        """Of any program; xdotool's own waiting trips over windows that go meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.ask("move", title=title, x=0, y=0)
                return
            except laboratory.LabError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def is_window(self, title):
        try:
            return bool(self.ask("window", title=title))
        except laboratory.LabError:
            return False

    def choose(self, title, path, accept):
        """In the portal's own dialogue. accept: its button, which is not pressed by a key: that
        would go to Shoal if the dialogue has just gone."""
        self.await_window(title)
        self.keys("ctrl+l")
        self.write(path, app=BACKEND, role="text")
        self.picture("chooser")
        # For a folder once to go there, and once more to take it.
        deadline = time.monotonic() + PATIENCE
        while self.is_window(title):
            assert time.monotonic() < deadline, self.picture("chooser-stays")
            self.ask("act", app=BACKEND, name=f"^{accept}$")
            time.sleep(1)

    # --- Dragging -------------------------------------------------------------

    def drop(self, *paths, on):
        """Drags files from another program onto an object of Shoal's."""
        source = self.host.popen(["/usr/bin/python3", os.path.join(HERE, "drag-source.py"), *paths])
        self.await_window("Drag Source")
        self.ask("move", title="Shoal", x=640, y=0)
        x, y, width, height = self.ask("window", title="Drag Source")
        self.drag([x + width // 2, y + height // 2], self.place(**on))
        source.line(lambda line: line == "drag ended")
        source.terminate()


def why_not():
    """Why this machine cannot, or None."""
    if not os.path.isdir(os.path.join(INSTALLATION, "app", APP_ID)):
        return "no Flatpak is installed in SHOAL_FLATPAK_WORK: flatpak/stand-in"
    for tool in ("flatpak", "bwrap", "xdg-dbus-proxy", "fusermount3", "xdotool"):
        if not shutil.which(tool):
            return f"no {tool}"
    if os.geteuid() != 0:
        return "the document portal's file system needs root here"
    return None


def main(tests):
    reason = why_not()
    if reason:
        print(f"1..0 # SKIP {reason}")
        sys.exit(0)
    # A sandbox has a /tmp of its own, which homes must not be in.
    tempfile.tempdir = WORK
    laboratory.main(tests)
