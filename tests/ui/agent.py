#!/usr/bin/python3
# agent.py: eyes and hands on one display: accessibility, keys, mouse. Started by world.py.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads requests as JSON, one a line, and answers each with a line. It speaks to the accessibility
bus itself: a library's cache would tell what was true some time ago."""

import json
import os
import re
import subprocess
import sys
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # pylint: disable=wrong-import-position
import wayland  # pylint: disable=wrong-import-position

NOTIFICATIONS = "org.freedesktop.Notifications"
NOTIFICATIONS_PATH = "/org/freedesktop/Notifications"
NOTIFICATIONS_XML = """<node><interface name="org.freedesktop.Notifications">
<method name="GetCapabilities"><arg type="as" direction="out"/></method>
<method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/>
<arg type="s" direction="out"/><arg type="s" direction="out"/></method>
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/>
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
<arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
<arg type="u" direction="out"/></method>
<method name="CloseNotification"><arg type="u" direction="in"/></method>
<signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
<signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
</interface></node>"""

ROOT = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
NULL = "/org/a11y/atspi/null"
IFACE = "org.a11y.atspi."
WINDOW_COORDINATES = 1
# Bits of AtspiStateType that tests ask for.
STATES = {1: "active", 4: "checked", 8: "enabled", 10: "expanded", 12: "focused",
          20: "pressed", 23: "selected", 24: "sensitive", 25: "showing", 30: "visible"}


class Notifications:
    """The desktop's notification service: keeps what it is told, presses buttons."""

    def __init__(self, session):
        self.session = session
        self.all = []
        interface = Gio.DBusNodeInfo.new_for_xml(NOTIFICATIONS_XML).interfaces[0]
        session.register_object(NOTIFICATIONS_PATH, interface, self.on_call, None, None)
        Gio.bus_own_name_on_connection(session, NOTIFICATIONS, Gio.BusNameOwnerFlags.NONE, None,
                                       None)

    def on_call(self, _bus, _sender, _path, _interface, method, parameters, invocation):
        answer = None
        if method == "Notify":
            answer = GLib.Variant("(u)", (self.notify(*parameters.unpack()),))
        elif method == "CloseNotification":
            number = parameters.unpack()[0]
            for one in self.all:
                one["withdrawn"] |= one["id"] == number
            self.emit("NotificationClosed", "(uu)", number, 3)
        elif method == "GetCapabilities":
            answer = GLib.Variant("(as)", (["actions", "body", "persistence"],))
        else:
            answer = GLib.Variant("(ssss)", ("test", "test", "1", "1.2"))
        invocation.return_value(answer)

    def notify(self, _app, replaces, _icon, title, body, actions, hints, _expire):
        told = {"title": title, "body": body, "withdrawn": False, "urgency": hints.get("urgency"),
                "actions": dict(zip(actions[1::2], actions[::2]))}
        for one in self.all:
            if one["id"] == replaces:
                one.update(told, sent=one["sent"] + 1)
                return replaces
        self.all.append({"id": len(self.all) + 1, "sent": 1, **told})
        return len(self.all)

    def press(self, number, label):
        """A button by its label; None: the notification itself."""
        one = next(n for n in self.all if n["id"] == number and not n["withdrawn"])
        key = "default" if label is None else one["actions"][label]
        one["withdrawn"] = True
        self.emit("ActionInvoked", "(us)", number, key)
        self.emit("NotificationClosed", "(uu)", number, 2)

    def emit(self, name, kind, *values):
        self.session.emit_signal(None, NOTIFICATIONS_PATH, NOTIFICATIONS, name,
                                 GLib.Variant(kind, values))


class Bus:
    def __init__(self, session):
        address = session.call_sync(
            "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, None,
            Gio.DBusCallFlags.NONE, 10000).unpack()[0]
        # GTK 3 and others listen only once somebody looks.
        session.call_sync(
            "org.a11y.Bus", "/org/a11y/bus", "org.freedesktop.DBus.Properties", "Set",
            GLib.Variant("(ssv)", ("org.a11y.Status", "IsEnabled", GLib.Variant("b", True))), None,
            Gio.DBusCallFlags.NONE, 10000)
        self.bus = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
            Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)

    def call(self, where, iface, method, arguments=None):
        return self.bus.call_sync(where[0], where[1], iface, method, arguments, None,
                                  Gio.DBusCallFlags.NONE, 10000).unpack()

    def get(self, where, iface, name):
        return self.call(where, "org.freedesktop.DBus.Properties", "Get",
                         GLib.Variant("(ss)", (IFACE + iface, name)))[0]


class Node:
    """An accessible object; asked anew each time."""

    def __init__(self, bus, where):
        self.bus, self.where = bus, tuple(where)

    def children(self):
        found = self.bus.call(self.where, IFACE + "Accessible", "GetChildren")[0]
        return [Node(self.bus, where) for where in found if where[1] != NULL]

    def role(self):
        return self.bus.call(self.where, IFACE + "Accessible", "GetRoleName")[0]

    def name(self):
        # GTK 4.8 puts the label of a button before what is in it: "_Send Send".
        return self.bus.get(self.where, "Accessible", "Name").replace("_", "")

    def description(self):
        return self.bus.get(self.where, "Accessible", "Description")

    def states(self):
        words = self.bus.call(self.where, IFACE + "Accessible", "GetState")[0]
        bits = words[0] | words[1] << 32
        return [name for bit, name in STATES.items() if bits >> bit & 1]

    def interfaces(self):
        return [name.removeprefix(IFACE) for name in
                self.bus.call(self.where, IFACE + "Accessible", "GetInterfaces")[0]]

    def extents(self):
        return self.bus.call(self.where, IFACE + "Component", "GetExtents",
                             GLib.Variant("(u)", (WINDOW_COORDINATES,)))[0]

    def text(self):
        if "Text" not in self.interfaces():
            return None
        count = self.bus.get(self.where, "Text", "CharacterCount")
        return self.bus.call(self.where, IFACE + "Text", "GetText",
                             GLib.Variant("(ii)", (0, count)))[0]

    def walk(self, frame=None):
        """Every object below with the window it is in, depth first."""
        try:
            children = self.children()
        except GLib.Error:
            return  # it went away while we looked
        for child in children:
            try:
                top = frame or child
                yield child, top
                yield from child.walk(top)
            except GLib.Error:
                continue  # it went away while we looked

    def told(self):
        return {"role": self.role(), "name": self.name(), "description": self.description(),
                "states": self.states(), "text": self.text()}


def tool(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=30).stdout


class Agent:
    def __init__(self):
        session = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.session = session
        self.replies = []
        self.notifications = None
        if "--no-notifications" not in sys.argv:
            self.notifications = Notifications(session)
        self.bus = Bus(session)

    def applications(self, name):
        for node in Node(self.bus, ROOT).children():
            try:
                if node.name() == name:
                    yield node
            except GLib.Error:
                continue

    def matching(self, app, role=None, name=None, within=None):
        """name, within: regular expressions; `within` names an object somewhere above."""
        for application in self.applications(app):
            tops = [(application, None)]
            if within is not None:
                tops = [pair for pair in application.walk() if re.search(within, pair[0].name())]
            for top, frame in tops:
                for node, above in top.walk(frame):
                    try:
                        if (role is None or node.role() == role) and \
                                (name is None or re.search(name, node.name())):
                            yield node, above
                    except GLib.Error:
                        continue

    def find(self, index=0, **wanted):
        for number, found in enumerate(self.matching(**wanted)):
            if number == index:
                return found
        return None, None

    # --- Requests -------------------------------------------------------------

    def do_tree(self, app):
        """What has a name of its own, one object a line."""
        lines = []

        def tell(node, depth):
            try:
                role, name = node.role(), node.name()
                if name and not re.match(r"(Gtk|Adw)[A-Z]", name):
                    lines.append("  " * depth + f"{role} “{name}” {' '.join(node.states())}")
                    depth += 1
                for child in node.children():
                    tell(child, depth)
            except GLib.Error:
                return  # it went away while we looked
        for application in self.applications(app):
            tell(application, 0)
        return "\n".join(lines)

    def do_find(self, **wanted):
        node, _ = self.find(**wanted)
        try:
            return None if node is None else node.told()
        except GLib.Error:
            return None  # it went away while we looked

    def do_actions(self, **wanted):
        node, _ = self.find(**wanted)
        count = self.bus.get(node.where, "Action", "NActions")
        return [self.bus.call(node.where, IFACE + "Action", "GetName",
                              GLib.Variant("(i)", (n,)))[0] for n in range(count)]

    def do_act(self, action=None, **wanted):
        """The first action of an object, or the one of that name: "win.paste" of a window."""
        node, _ = self.find(**wanted)
        if node is None:
            return False
        number = 0 if action is None else self.do_actions(**wanted).index(action)
        return self.bus.call(node.where, IFACE + "Action", "DoAction",
                             GLib.Variant("(i)", (number,)))[0]

    def do_invoke(self, app_id, action, parameter=None):
        """An action of the application, as the desktop calls it; parameter: a text."""
        path = "/" + app_id.replace(".", "/")
        parameters = [] if parameter is None else [GLib.Variant("s", parameter)]
        self.session.call_sync(app_id, path, "org.freedesktop.Application", "ActivateAction",
                               GLib.Variant("(sava{sv})", (action, parameters, {})), None,
                               Gio.DBusCallFlags.NONE, 10000)
        return True

    def do_call(self, app_id, calls):
        """Calls the application without waiting for it: interface, method, and parameters as
        GVariant writes them. The bus has them all, in this order, when this returns."""
        path = "/" + app_id.replace(".", "/")
        self.replies = []
        for interface, method, parameters in calls:
            self.session.call(app_id, path, interface, method,
                              GLib.Variant.parse(None, parameters, None, None), None,
                              Gio.DBusCallFlags.NONE, 60000, None, self.on_reply)
        self.session.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId", None,
                               None, Gio.DBusCallFlags.NONE, 10000)
        return len(calls)

    def on_reply(self, session, result):
        try:
            self.replies.append(session.call_finish(result).unpack())
        except GLib.Error as error:
            self.replies.append(error.message)

    def do_replies(self, count):
        """The answers to those calls, in the order in which they came."""
        while len(self.replies) < count:
            GLib.MainContext.default().iteration(True)
        return self.replies

    def do_notifications(self):
        return self.notifications.all

    def do_press_notification(self, number, label=None):
        self.notifications.press(number, label)
        return True

    def do_write(self, text, **wanted):
        node, _ = self.find(**wanted)
        if node is None:
            return False
        return self.bus.call(node.where, IFACE + "EditableText", "SetTextContents",
                             GLib.Variant("(s)", (text,)))[0]

    def do_value(self, **wanted):
        node, _ = self.find(**wanted)
        return None if node is None else self.bus.get(node.where, "Value", "CurrentValue")

    def do_place(self, **wanted):
        """The middle of an object on the screen. Only window coordinates are right, and the
        window that X knows is larger by its shadow, alike on both sides."""
        node, frame = self.find(**wanted)
        if node is None:
            return None
        left, top, width, height = self.window(frame.name())
        _, _, inner_width, inner_height = frame.extents()
        x, y, w, h = node.extents()
        return [left + (width - inner_width) // 2 + x + w // 2,
                top + (height - inner_height) // 2 + y + h // 2]

    def window(self, title):
        pattern = "^" + re.escape(title) + "$"
        number = tool("xdotool", "search", "--onlyvisible", "--name", pattern).split()[-1]
        told = dict(line.split("=") for line in
                    tool("xdotool", "getwindowgeometry", "--shell", number).splitlines())
        return [int(told[key]) for key in ("X", "Y", "WIDTH", "HEIGHT")]

    def do_window(self, title):
        return self.window(title)

    def do_move(self, title, x, y, width=0, height=0):
        number = tool("xdotool", "search", "--onlyvisible", "--name", title).split()[-1]
        if width:
            tool("xdotool", "windowsize", number, str(width), str(height))
        tool("xdotool", "windowmove", number, str(x), str(y))
        tool("xdotool", "windowactivate", "--sync", number)
        return True

    def do_click(self, x, y, button=1):
        tool("xdotool", "mousemove", str(x), str(y), "click", str(button))
        return True

    def do_keys(self, keys):
        tool("xdotool", "key", "--clearmodifiers", *keys.split())
        return True

    def do_type(self, text):
        tool("xdotool", "type", "--delay", "15", text)
        return True

    def do_press(self, x, y):
        tool("xdotool", "mousemove", str(x), str(y), "mousedown", "1")
        return True

    def do_glide(self, start, end, steps=12):
        """Moves the pressed mouse as a hand would; a jump starts no drag."""
        for n in range(1, steps + 1):
            x, y = (round(a + (b - a) * n / steps) for a, b in zip(start, end))
            tool("xdotool", "mousemove", str(x), str(y))
            time.sleep(0.05)
        tool("xdotool", "mousemove_relative", "2", "2")
        return True

    def do_release(self):
        tool("xdotool", "mouseup", "1")
        return True

    def do_picture(self, path):
        tool("import", "-window", "root", path)
        return os.path.getsize(path)


    def answer(self, line):
        request = json.loads(line)
        verb = request.pop("do")
        try:
            answer = {"event": "answer", "value": getattr(self, "do_" + verb)(**request)}
        except (GLib.Error, subprocess.SubprocessError, LookupError, StopIteration, AttributeError,
                ValueError) as error:
            answer = {"event": "answer", "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


class WaylandAgent(Agent):
    """On sway: no keys, and the mouse of wayland.py."""

    def __init__(self):
        super().__init__()
        self.pointer = wayland.Pointer()

    def window(self, title):
        return wayland.window(title)

    def do_move(self, title, x, y):
        wayland.place(title, x, y)
        return True

    def do_click(self, x, y):
        self.do_press(x, y)
        return self.do_release()

    def do_press(self, x, y):
        self.pointer.move(x, y)
        self.pointer.button(True)
        return True

    def do_glide(self, start, end, steps=12):
        for n in range(1, steps + 1):
            self.pointer.move(*(round(a + (b - a) * n / steps) for a, b in zip(start, end)))
            time.sleep(0.05)
        return True

    def do_release(self):
        self.pointer.button(False)
        return True

    def do_picture(self, path):
        tool("grim", path)
        return os.path.getsize(path)


def main():
    agent = WaylandAgent() if "WAYLAND_DISPLAY" in os.environ else Agent()
    loop = GLib.MainLoop()

    def on_input(*_):
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return False
        agent.answer(line)
        return True

    GLib.io_add_watch(GLib.IOChannel.unix_new(0), GLib.PRIORITY_DEFAULT,
                      GLib.IOCondition.IN | GLib.IOCondition.HUP, on_input)
    print(json.dumps({"event": "ready"}), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
