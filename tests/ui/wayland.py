# wayland.py: a headless sway instead of an X server, its windows and its mouse.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Used by world.py, which starts sway, and by agent.py, which looks and points.

A headless seat of sway has no mouse. Pointer makes one by zwlr_virtual_pointer_manager_v1, spoken
here in Wayland's own words, as Python has no library for it in Debian 12.
"""

import json
import os
import socket
import struct
import subprocess
import time

WIDTH, HEIGHT = 1400, 900
CONFIG = f"""output HEADLESS-1 resolution {WIDTH}x{HEIGHT} position 0,0 bg #3d3846 solid_color
default_border none
for_window [app_id=".*"] floating enable
xwayland disable
exec echo "display $WAYLAND_DISPLAY $SWAYSOCK"
"""
# It refuses to run as root, which a host's only user is.
COMMAND = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--", "sway",
           "--unsupported-gpu", "-c"]
ENVIRONMENT = {"WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman",
               "WLR_LIBINPUT_NO_DEVICES": "1"}
LEFT = 0x110  # BTN_LEFT

DISPLAY, REGISTRY, DONE, MANAGER, POINTER = range(1, 6)


def text(value):
    data = value.encode() + b"\0"
    return struct.pack("=I", len(data)) + data + b"\0" * (-len(data) % 4)


class Pointer:
    """A mouse, there as long as this object is."""

    def __init__(self):
        path = os.path.join(os.environ["XDG_RUNTIME_DIR"], os.environ["WAYLAND_DISPLAY"])
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.next = DONE
        self.request(DISPLAY, 1, struct.pack("=I", REGISTRY))
        name = self.find("zwlr_virtual_pointer_manager_v1")
        self.request(REGISTRY, 0, struct.pack("=I", name) +
                     text("zwlr_virtual_pointer_manager_v1") + struct.pack("=II", 1, MANAGER))
        self.request(MANAGER, 0, struct.pack("=II", 0, POINTER))

    def request(self, target, opcode, data):
        self.socket.sendall(struct.pack("=IHH", target, opcode, 8 + len(data)) + data)

    def events(self):
        head = self.socket.recv(8, socket.MSG_WAITALL)
        target, opcode, size = struct.unpack("=IHH", head)
        return target, opcode, self.socket.recv(size - 8, socket.MSG_WAITALL) if size > 8 else b""

    def find(self, interface):
        """The number of what the server offers under that name."""
        self.request(DISPLAY, 0, struct.pack("=I", DONE))
        found = None
        while True:
            target, opcode, data = self.events()
            if target == DONE:
                break
            if target == REGISTRY and opcode == 0:
                name, length = struct.unpack_from("=II", data)
                if data[8:8 + length - 1].decode() == interface:
                    found = name
        if found is None:
            raise LookupError(f"sway has no {interface}")
        return found

    def move(self, x, y):
        self.request(POINTER, 1, struct.pack("=IIIII", self.now(), x, y, WIDTH, HEIGHT))
        self.request(POINTER, 4, b"")

    def button(self, pressed):
        self.request(POINTER, 2, struct.pack("=III", self.now(), LEFT, int(pressed)))
        self.request(POINTER, 4, b"")

    @staticmethod
    def now():
        return int(time.monotonic() * 1000) & 0xffffffff


def window(title):
    """Left, top, width, height of the newest window of that title."""
    told = subprocess.run(["swaymsg", "-t", "get_tree"], check=True, capture_output=True, text=True,
                          timeout=30).stdout

    def below(node):
        if node.get("name") == title and node.get("pid"):
            yield node["rect"]
        for child in node.get("nodes", []) + node.get("floating_nodes", []):
            yield from below(child)
    rect = list(below(json.loads(told)))[-1]
    return [rect[key] for key in ("x", "y", "width", "height")]


def place(title, x, y):
    subprocess.run(["swaymsg", f'[title="^{title}$"] move absolute position {x} {y}'], check=True,
                   capture_output=True, timeout=30)
