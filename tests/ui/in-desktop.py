#!/usr/bin/python3
# in-desktop.py: runs one test program on a display and a session bus of its own.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: in-desktop.py PROGRAM [ARGUMENT...]

Home, XDG folders, temporary folder, Xvfb, session bus and openbox are the program's alone and end
with it. With SHOAL_UI_DISPLAY=host in the environment the program gets the caller's display, for
looking at what it does.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import desktop

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)

# Of the caller's session nothing is left.
DROPPED = ("DBUS_", "XDG_", "DISPLAY", "WAYLAND", "AT_SPI", "GTK_", "DESKTOP_", "GNOME_",
           "SESSION_")


def end_with_us():
    libc.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)


class Session:
    def __init__(self, directory):
        self.directory = directory
        self.children = []
        runtime = os.path.join(directory, "run")
        os.mkdir(runtime, 0o700)
        os.mkdir(os.path.join(directory, "tmp"))
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(DROPPED)}
        self.env.update(desktop.session(os.path.join(directory, "home"), runtime))
        # What the build has set for the tests goes before what the session would set.
        self.env.update({k: v for k, v in os.environ.items() if k in ("GSK_RENDERER", "LC_ALL")})
        self.env["TMPDIR"] = os.path.join(directory, "tmp")
        self.env["GTK_A11Y"] = "test"

    def start(self, argv, **options):
        with open(os.path.join(self.directory, argv[0] + ".log"), "wb") as log:
            child = subprocess.Popen(argv, env=self.env, stdin=subprocess.DEVNULL, stderr=log,
                                     preexec_fn=end_with_us, **options)
        self.children.append(child)
        return child

    def begin(self):
        argv, address = desktop.bus(self.directory)
        bus = self.start(argv, stdout=subprocess.PIPE)
        if os.environ.get("SHOAL_UI_DISPLAY") == "host":
            self.env["DISPLAY"] = os.environ["DISPLAY"]
        else:
            reader, told = os.pipe()
            self.start(desktop.xvfb(["-displayfd", str(told)], "2200x1400"), pass_fds=[told],
                       stdout=subprocess.DEVNULL)
            os.close(told)
            with os.fdopen(reader, "rb") as file:
                number = file.readline().strip().decode()
            if not number:
                raise RuntimeError("Xvfb gave no display: " + self.log("Xvfb"))
            self.env["DISPLAY"] = ":" + number
            subprocess.run(desktop.PARK_MOUSE, env=self.env, check=True)
        if not bus.stdout.readline():
            raise RuntimeError("no session bus: " + self.log("dbus-daemon"))
        self.env["DBUS_SESSION_BUS_ADDRESS"] = address
        # One that composites, as metacity --composite, gives shadows and round corners.
        manager = os.environ.get("SHOAL_UI_WM", "openbox").split()
        if shutil.which(manager[0]):
            self.start(manager, stdout=subprocess.DEVNULL)
            if manager != ["openbox"]:
                self.wait_for_manager()

    def wait_for_manager(self):
        """GTK asks only once, when it starts, whether somebody composites."""
        for _ in range(100):
            told = subprocess.run(["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"], env=self.env,
                                  capture_output=True, text=True, check=False).stdout
            if "window id" in told:
                break
            time.sleep(0.1)
        time.sleep(1)

    def log(self, name):
        with open(os.path.join(self.directory, name + ".log"), encoding="utf-8",
                  errors="replace") as file:
            return file.read()

    def end(self):
        for child in reversed(self.children):
            child.kill()
            child.wait()


def main():
    if not shutil.which("Xvfb") or not shutil.which("dbus-daemon"):
        print("1..0 # SKIP no Xvfb or no dbus-daemon")
        return 0
    with tempfile.TemporaryDirectory(prefix="shoal-ui-", ignore_cleanup_errors=True) as directory:
        session = Session(directory)
        try:
            session.begin()
            program = subprocess.Popen(sys.argv[1:], env=session.env, preexec_fn=end_with_us)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda n, _: program.send_signal(n))
            status = program.wait()
        finally:
            session.end()
    # Ended by a signal: the shell's way to say so, since our own end should clean up.
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
