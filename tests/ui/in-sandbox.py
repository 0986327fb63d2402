#!/usr/bin/python3 -ISB
# in-sandbox.py: runs a program where everything is as it was, but for what tells of a Flatpak.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: in-sandbox.py FOLDER APPLICATION-ID PROGRAM [ARGUMENT...]

GLib, GTK and Shoal know a Flatpak by /.flatpak-info. The root folder is shared with all programs
of this computer, so the program gets one of its own, with the same folders in it. FOLDER: an empty
one to build that in. Needs a mount namespace that nobody minds: a host of the lab.
"""

import ctypes
import os
import sys

CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), name)


def mount(source, target, kind, flags):
    call("mount", source.encode(), target.encode(), kind, ctypes.c_ulong(flags), None)


def main():
    root, application, *argv = sys.argv[1:]
    os.makedirs(root, exist_ok=True)
    here = os.getcwd()
    call("unshare", CLONE_NEWNS)
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", root, b"tmpfs", 0)
    for entry in os.scandir("/"):
        target = os.path.join(root, entry.name)
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target)
        elif entry.is_dir():
            os.mkdir(target)
            mount(entry.path, target, None, MS_BIND | MS_REC)
    with open(os.path.join(root, ".flatpak-info"), "w", encoding="ascii") as file:
        file.write(f"[Application]\nname={application}\n[Instance]\ninstance-id=1\n"
                   "[Context]\nshared=network;ipc;\nsockets=x11;wayland;\n")
    os.chroot(root)
    os.chdir(here)
    os.environ.pop("GTK_USE_PORTAL", None)
    os.environ["FLATPAK_ID"] = application
    os.execvp(argv[0], argv)


main()
