# desktop.py: what a desktop session needs, without the desktop: display, bus, window manager.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by in-desktop.py (one test program) and world.py (whole programs on hosts of the lab)."""

import os

FOLDERS = {
    "XDG_DATA_HOME": ".local/share", "XDG_CONFIG_HOME": ".config",
    "XDG_CACHE_HOME": ".cache", "XDG_STATE_HOME": ".local/state",
}

# On X11 GTK takes its settings from a settings daemon; there is none. Cursors blink and widgets
# slide for nobody.
SETTINGS = """[Settings]
gtk-font-name=Cantarell 11
gtk-icon-theme-name=Adwaita
gtk-enable-animations=0
gtk-cursor-blink=0
gtk-decoration-layout=:close
gtk-xft-dpi=98304
"""

# Openbox: no decoration (windows of GTK draw their own), focus what is new.
OPENBOX = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <placement><policy>UnderMouse</policy><center>no</center></placement>
  <theme><name>Clearlooks</name></theme>
  <desktops><number>1</number><popupTime>0</popupTime></desktops>
  <mouse>
    <context name="Client">
      <mousebind button="Left" action="Press">
        <action name="Focus"/><action name="Raise"/>
      </mousebind>
    </context>
  </mouse>
  <applications>
    <application class="*"><decor>no</decor><focus>yes</focus></application>
  </applications>
</openbox_config>
"""

# Only the accessibility bus is started on demand: no portals, no settings daemons.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
A11Y = "/usr/share/dbus-1/services/org.a11y.Bus.service"


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def session(home, runtime):
    """Variables of a session that lives in `home`; the folders are made and settings written."""
    env = {"HOME": home, "XDG_RUNTIME_DIR": runtime}
    for variable, folder in FOLDERS.items():
        env[variable] = os.path.join(home, folder)
        os.makedirs(env[variable], exist_ok=True)
    write(os.path.join(env["XDG_CONFIG_HOME"], "user-dirs.dirs"),
          'XDG_DOWNLOAD_DIR="$HOME/Downloads"\n')
    write(os.path.join(env["XDG_CONFIG_HOME"], "gtk-4.0/settings.ini"), SETTINGS)
    write(os.path.join(env["XDG_CONFIG_HOME"], "gtk-3.0/settings.ini"), SETTINGS)
    write(os.path.join(env["XDG_CONFIG_HOME"], "openbox/rc.xml"), OPENBOX)
    # Nothing is drawn by GL; looking for it loads Mesa's software driver with a compiler, 56 MiB
    # in each program. GTK 4.16 and later know it by the second name.
    env.update(GDK_DEBUG="gl-disable", GDK_DISABLE="gl")
    env.update(GDK_BACKEND="x11", GSK_RENDERER="cairo", GSETTINGS_BACKEND="memory",
               LIBGL_ALWAYS_SOFTWARE="1", LC_ALL="C.UTF-8", GTK_USE_PORTAL="0",
               NO_AT_BRIDGE="0", GIO_USE_VFS="local")
    return env


def bus(directory, services=()):
    """The dbus-daemon's command line and the bus' address. services: (name, command) of what may
    be started on demand besides the accessibility bus."""
    folder = os.path.join(directory, "services")
    os.makedirs(folder, exist_ok=True)
    if os.path.exists(A11Y):
        with open(A11Y, encoding="utf-8") as file:
            write(os.path.join(folder, "org.a11y.Bus.service"), file.read())
    for name, command in services:
        write(os.path.join(folder, name + ".service"),
              f"[D-BUS Service]\nName={name}\nExec={command}\n")
    socket = os.path.join(directory, "bus")
    config = write(os.path.join(directory, "bus.conf"), BUS.format(socket=socket, services=folder))
    return (["dbus-daemon", "--config-file=" + config, "--nofork", "--nopidfile",
             "--print-address=1"], "unix:path=" + socket)


# Puts the mouse into a corner, where windows have their edges. At first it is in the middle: GTK
# 4.8 waits half a second to show the tooltip of what is beneath, and warns if that has gone.
PARK_MOUSE = ["xdotool", "mousemove", "9999", "9999"]


def xvfb(display, size):
    """display: how Xvfb is told which one to be, as arguments."""
    return ["Xvfb", *display, "-screen", "0", size + "x24", "-nolisten", "tcp", "-noreset",
            "-dpi", "96"]
