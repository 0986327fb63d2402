#!/usr/bin/python3
# drag-source.py: a window to drag files from, as a file manager of GTK 4 is.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: drag-source.py FILE...

import sys

import gi

gi.require_version("Gtk", "4.0")
gi.require_version("Gdk", "4.0")
from gi.repository import Gdk, Gio, GObject, Gtk  # pylint: disable=wrong-import-position

TITLE = "Drag Source"


def on_activate(app):
    files = Gdk.FileList.new_from_list([Gio.File.new_for_path(path) for path in sys.argv[1:]])
    source = Gtk.DragSource(actions=Gdk.DragAction.COPY)
    source.connect("prepare", lambda *_: Gdk.ContentProvider.new_for_value(
        GObject.Value(Gdk.FileList, files)))
    source.connect("drag-end", lambda *_: print("drag ended", flush=True))
    source.connect("drag-cancel", lambda *_: print("drag cancelled", flush=True))
    label = Gtk.Label(label="Drag me", hexpand=True, vexpand=True)
    label.add_controller(source)
    Gtk.ApplicationWindow(application=app, title=TITLE, decorated=False, child=label,
                          default_width=200, default_height=100).present()


application = Gtk.Application(application_id="io.github.shoal.DragSource",
                              flags=Gio.ApplicationFlags.NON_UNIQUE)
application.connect("activate", on_activate)
application.run([])
