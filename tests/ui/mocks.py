#!/usr/bin/python3
# mocks.py: services of a desktop, played for a test. Started by world.py.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: mocks.py SERVICE

One of SERVICES below, on the session bus or the system bus of its host. Every call of it is told
as a line of JSON; lines of JSON ({"do": "end_session"}) make it act. It ends with its input.
"""

import json
import os
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # pylint: disable=wrong-import-position

APP_ID = "io.github.shoal.Shoal"
APP_PATH = "/" + APP_ID.replace(".", "/")


def method(name, takes="", gives=""):
    """A method as D-Bus describes it; signatures with a space between arguments."""
    arguments = "".join(f'<arg type="{kind}" direction="{direction}"/>'
                        for kinds, direction in ((takes, "in"), (gives, "out"))
                        for kind in kinds.split())
    return f'<method name="{name}">{arguments}</method>'


def signal(name, carries):
    arguments = "".join(f'<arg type="{kind}"/>' for kind in carries.split())
    return f'<signal name="{name}">{arguments}</signal>'


def readable(name, kind):
    return f'<property name="{name}" type="{kind}" access="read"/>'


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class Service:
    """A name on a bus, with interfaces at one path. on_NAME() answers a method."""

    BUS = Gio.BusType.SESSION
    NAME = PATH = None
    INTERFACES = {}
    PROPERTIES = {}

    def __init__(self):
        self.bus = Gio.bus_get_sync(self.BUS)
        for name, members in self.INTERFACES.items():
            self.export(self.PATH, name, members)
        Gio.bus_own_name_on_connection(self.bus, self.NAME, Gio.BusNameOwnerFlags.NONE,
                                       lambda *_: tell("ready"), None)

    def export(self, path, interface, members):
        node = Gio.DBusNodeInfo.new_for_xml(
            f'<node><interface name="{interface}">{"".join(members)}</interface></node>')
        return self.bus.register_object(path, node.interfaces[0], self.on_call, self.on_get, None)

    def on_call(self, _bus, sender, path, _interface, name, parameters, invocation):
        try:
            answer = getattr(self, "on_" + name)(sender, path, *parameters.unpack())
        except LookupError as error:
            invocation.return_dbus_error("org.freedesktop.portal.Error.NotFound", str(error))
            return
        if isinstance(answer, tuple):
            answer, descriptors = answer
            invocation.return_value_with_unix_fd_list(answer, descriptors)
        else:
            invocation.return_value(answer)

    def on_get(self, _bus, _sender, _path, _interface, name):
        return self.PROPERTIES[name]

    def emit(self, path, interface, name, kind, *values):
        self.bus.emit_signal(None, path, interface, name, GLib.Variant(kind, values))


class SessionManager(Service):
    """GNOME's: who may not be put to sleep, and the end of the session."""

    NAME = "org.gnome.SessionManager"
    PATH = "/org/gnome/SessionManager"
    CLIENT = "/org/gnome/SessionManager/Client1"
    PRIVATE = "org.gnome.SessionManager.ClientPrivate"
    INTERFACES = {NAME: [
        method("Inhibit", "s u s u", "u"), method("Uninhibit", "u"),
        method("IsInhibited", "u", "b"), method("RegisterClient", "s s", "o"),
        method("UnregisterClient", "o"), signal("InhibitorAdded", "o"),
    ]}

    def __init__(self):
        super().__init__()
        self.cookie = 0
        self.export(self.CLIENT, self.PRIVATE, [
            method("EndSessionResponse", "b s"), signal("QueryEndSession", "u"),
            signal("EndSession", "u"), signal("CancelEndSession", ""), signal("Stop", "")])

    def on_Inhibit(self, _sender, _path, app, _window, reason, flags):
        self.cookie += 1
        tell("inhibit", app=app, reason=reason, flags=flags, cookie=self.cookie)
        return GLib.Variant("(u)", (self.cookie,))

    def on_Uninhibit(self, _sender, _path, cookie):
        tell("uninhibit", cookie=cookie)

    def on_IsInhibited(self, *_):
        return GLib.Variant("(b)", (False,))

    def on_RegisterClient(self, _sender, _path, app, start_id):
        tell("register", app=app, start_id=start_id)
        return GLib.Variant("(o)", (self.CLIENT,))

    def on_UnregisterClient(self, *_):
        tell("unregister")

    def on_EndSessionResponse(self, _sender, _path, agrees, reason):
        tell("agrees" if agrees else "refuses", reason=reason)

    def do_query_end(self):
        self.emit(self.CLIENT, self.PRIVATE, "QueryEndSession", "(u)", 0)

    def do_end(self):
        self.emit(self.CLIENT, self.PRIVATE, "EndSession", "(u)", 0)


class Logind(Service):
    """Where nobody else keeps the computer awake. The lock is a descriptor that is held."""

    BUS = Gio.BusType.SYSTEM
    NAME = "org.freedesktop.login1"
    PATH = "/org/freedesktop/login1"
    INTERFACES = {"org.freedesktop.login1.Manager": [method("Inhibit", "s s s s", "h")]}

    def on_Inhibit(self, _sender, _path, what, who, why, mode):
        ours, theirs = os.pipe()
        GLib.io_add_watch(GLib.IOChannel.unix_new(ours), GLib.PRIORITY_DEFAULT,
                          GLib.IOCondition.HUP, self.on_released, ours)
        tell("inhibit", what=what, who=who, why=why, mode=mode)
        descriptors = Gio.UnixFDList.new()
        number = descriptors.append(theirs)
        os.close(theirs)
        return GLib.Variant("(h)", (number,)), descriptors

    def on_released(self, _channel, _condition, descriptor):
        os.close(descriptor)
        tell("uninhibit")
        return False


class NetworkManager(Service):
    """What the network costs."""

    BUS = Gio.BusType.SYSTEM
    NAME = "org.freedesktop.NetworkManager"
    PATH = "/org/freedesktop/NetworkManager"
    INTERFACES = {NAME: [readable("Connectivity", "u"), readable("Metered", "u"),
                         readable("NetworkingEnabled", "b"), readable("State", "u"),
                         readable("Version", "s")]}
    PROPERTIES = {"Connectivity": GLib.Variant("u", 4), "Metered": GLib.Variant("u", 2),
                  "NetworkingEnabled": GLib.Variant("b", True), "State": GLib.Variant("u", 70),
                  "Version": GLib.Variant("s", "1.42.4")}

    def do_metered(self, metered):
        value = GLib.Variant("u", 1 if metered else 2)
        self.PROPERTIES["Metered"] = value
        self.emit(self.PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                  "(sa{sv}as)", self.NAME, {"Metered": value}, [])


class Portal(Service):
    """The desktop as a sandbox sees it."""

    NAME = "org.freedesktop.portal.Desktop"
    PATH = "/org/freedesktop/portal/desktop"
    P = "org.freedesktop.portal."
    VERSION = readable("version", "u")
    INTERFACES = {
        P + "Notification": [method("AddNotification", "s a{sv}"),
                             method("RemoveNotification", "s"),
                             signal("ActionInvoked", "s s av"), VERSION],
        P + "Background": [method("RequestBackground", "s a{sv}", "o"), VERSION],
        P + "Inhibit": [method("Inhibit", "s u a{sv}", "o"), VERSION],
        P + "NetworkMonitor": [method("GetAvailable", "", "b"), method("GetMetered", "", "b"),
                               method("GetConnectivity", "", "u"),
                               method("GetStatus", "", "a{sv}"),
                               method("CanReach", "s u", "b"), signal("changed", ""), VERSION],
        P + "Settings": [method("Read", "s s", "v"), method("ReadAll", "as", "a{sa{sv}}"),
                         signal("SettingChanged", "s s v"), VERSION],
        P + "ProxyResolver": [method("Lookup", "s", "as"), VERSION],
    }
    PROPERTIES = {"version": GLib.Variant("u", 3)}

    def __init__(self):
        super().__init__()
        self.answer = {"background": True, "autostart": None}
        self.metered = False
        self.notifications = {}
        self.n_requests = 0

    def request(self, sender, options):
        """An object that stands for what was asked for, where the asker expects it."""
        self.n_requests += 1
        token = options.get("handle_token", f"t{self.n_requests}")
        path = f"{self.PATH}/request/{sender[1:].replace('.', '_')}/{token}"
        self.export(path, self.P + "Request",
                    [method("Close"), signal("Response", "u a{sv}")])
        return path

    def on_Close(self, _sender, path):
        tell("close", path=path)

    # --- Notification ---------------------------------------------------------

    def on_AddNotification(self, _sender, _path, name, told):
        self.notifications[name] = told
        tell("notification", id=name, title=told["title"], body=told.get("body"),
             priority=told.get("priority"),
             buttons=[button["label"] for button in told.get("buttons", [])])

    def on_RemoveNotification(self, _sender, _path, name):
        known = self.notifications.pop(name, None) is not None
        tell("withdrawn", id=name, known=known)

    def do_press(self, name, label=None):
        """As a portal's backend does: it calls the application, which may not be running."""
        told = self.notifications[name]
        if label is None:
            action, target = told["default-action"], told.get("default-action-target")
        else:
            button = next(b for b in told["buttons"] if b["label"] == label)
            action, target = button["action"], button.get("target")
        parameters = [] if target is None else [GLib.Variant("s", target)]
        self.bus.call(APP_ID, APP_PATH, "org.freedesktop.Application", "ActivateAction",
                      GLib.Variant("(sava{sv})", (action.removeprefix("app."), parameters, {})),
                      None, Gio.DBusCallFlags.NONE, -1, None, None)

    # --- Background -----------------------------------------------------------

    def on_RequestBackground(self, sender, _path, _window, options):
        handle = self.request(sender, options)
        wanted = options.get("autostart", False)
        tell("background", autostart=wanted, commandline=options.get("commandline"),
             reason=options.get("reason"))
        allowed = self.answer["autostart"] is not False
        results = {"background": GLib.Variant("b", self.answer["background"]),
                   "autostart": GLib.Variant("b", wanted and allowed)}
        GLib.idle_add(lambda: self.emit(handle, self.P + "Request", "Response", "(ua{sv})",
                                        0 if self.answer["background"] else 1, results))
        return GLib.Variant("(o)", (handle,))

    def do_allow(self, background, autostart):
        self.answer = {"background": background, "autostart": autostart}

    # --- Inhibit --------------------------------------------------------------

    def on_Inhibit(self, sender, _path, _window, flags, options):
        handle = self.request(sender, options)
        tell("inhibit", flags=flags, reason=options.get("reason"), path=handle)
        return GLib.Variant("(o)", (handle,))

    # --- Network, settings ----------------------------------------------------

    def on_GetAvailable(self, *_):
        return GLib.Variant("(b)", (True,))

    def on_GetMetered(self, *_):
        return GLib.Variant("(b)", (self.metered,))

    def on_GetConnectivity(self, *_):
        return GLib.Variant("(u)", (4,))

    def on_GetStatus(self, *_):
        return GLib.Variant("(a{sv})", ({"available": GLib.Variant("b", True),
                                         "metered": GLib.Variant("b", self.metered),
                                         "connectivity": GLib.Variant("u", 4)},))

    def on_CanReach(self, *_):
        return GLib.Variant("(b)", (True,))

    def do_metered(self, metered):
        self.metered = metered
        self.emit(self.PATH, self.P + "NetworkMonitor", "changed", "()")

    def on_Read(self, _sender, _path, _namespace, key):
        if key != "color-scheme":
            raise LookupError(key)
        return GLib.Variant("(v)", (GLib.Variant("v", GLib.Variant("u", 0)),))

    def on_ReadAll(self, *_):
        return GLib.Variant("(a{sa{sv}})", ({"org.freedesktop.appearance":
                                             {"color-scheme": GLib.Variant("u", 0)}},))

    def on_Lookup(self, *_):
        return GLib.Variant("(as)", (["direct://"],))


SERVICES = {"session-manager": SessionManager, "logind": Logind, "portal": Portal,
            "network-manager": NetworkManager}


def main():
    service = SERVICES[sys.argv[1]]()
    loop = GLib.MainLoop()

    def on_input(*_):
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return False
        request = json.loads(line)
        getattr(service, "do_" + request.pop("do"))(**request)
        return True

    GLib.io_add_watch(GLib.IOChannel.unix_new(0), GLib.PRIORITY_DEFAULT,
                      GLib.IOCondition.IN | GLib.IOCondition.HUP, on_input)
    loop.run()


if __name__ == "__main__":
    main()
