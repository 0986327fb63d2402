# app.py: the window: how soon it is there, how smooth it stays while receiving at full speed, and
# what it costs while nothing happens.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import statistics
import subprocess
import time

import shoal
import world
from measure import GIB, note, random_file

SIZE = 4 * GIB
LOAD_SECONDS = 30
IDLE_SECONDS = 60
DEVICES = 20
FILES = 100_000

# The window that any GTK program has: what the machine makes of a main loop under this load.
IDLE_WINDOW = """
import gi
gi.require_version("Gtk", "4.0")
from gi.repository import GLib, Gtk
def activate(app):
    window = Gtk.ApplicationWindow(application=app, title="Idle", default_width=760)
    window.set_child(Gtk.Label(label="Idle"))
    window.present()
app = Gtk.Application(application_id="io.github.shoal.Idle")
app.connect("activate", activate)
app.run([])
"""


def run(lab, options, report):
    if options.reference:
        note("app has no reference")
        return
    if not options.app:
        note("app: no window to measure; was Shoal built without it?")
        report.over += 1
        return
    world.APP = options.app
    start(lab, options, report)
    files(options, report)
    smooth(lab, options, report)
    idle(lab, options, report)


def state(host):
    return os.path.join(host.env["XDG_DATA_HOME"], "shoal")


def prepare(options, host, name, *settings):
    """A state past the first run, as shoal-cli leaves it for the app."""
    device = shoal.Device(options.cli, host, discovery=True)
    device.state = state(host)
    host.run([options.cli, "--state", device.state, "name", name])
    for key, value in (("first-run-done", "on"), *settings):
        host.run([options.cli, "--state", device.state, "set", key, value])
    return device


def start(lab, options, report):
    host = lab.host("starting")
    lab.lan([host])
    prepare(options, host, "Starting")
    desk = world.Desk(host)
    seconds = []
    for number in range(options.pairs + 1):
        looking = host.popen(["xdotool", "search", "--sync", "--onlyvisible", "--class", "shoal"])
        begun = time.monotonic()
        process = desk.start_app(window=False)
        looking.wait(60)
        if number > 0:  # the first reads from the disk
            seconds.append(time.monotonic() - begun)
        process.terminate(60)
    note("app: start to window", *(f"{s:.2f}" for s in seconds), "s")
    report.at_most("app-start-to-window-s", statistics.median(seconds), 1)


def files(options, report):
    """A share of very many files, looked at from end to end, in the program's own process."""
    program = os.path.join(options.build, "tests", "ui", "test-files")
    runner = os.path.join(os.path.dirname(os.path.abspath(world.__file__)), "in-desktop.py")
    env = {**os.environ, "SHOAL_UI_FILES": str(int(FILES * options.scale)), "LC_ALL": "C.UTF-8",
           "GSETTINGS_SCHEMA_DIR": os.path.join(options.build, "data")}
    told = subprocess.run(["/usr/bin/python3", runner, program, "-p", "/files/scroll"], env=env,
                          stdout=subprocess.PIPE, text=True, check=True, timeout=900).stdout
    line = next(line for line in told.splitlines() if "figures:" in line)
    found = dict(word.split("=") for word in line.split("figures:")[1].split())
    note("app:", *(f"{key} {value}" for key, value in found.items()))
    report.at_most("app-files-frame-p95-ms", float(found["p95-ms"]), 33)
    report.at_most("app-files-rows", int(found["rows"]), 300)
    # All that is resident, libraries included, with the engine that has hashed and shares it in
    # the same process. Without Mesa's software GL, which a desktop with a graphics card has not;
    # see desktop.py.
    report.at_most("app-files-memory-mib", int(found["resident-mib"]), 150)


def delays(path, since, until):
    """Milliseconds, between two monotonic times in seconds."""
    with open(path, encoding="ascii") as file:
        rows = [line.split() for line in file]
    return sorted(int(row[1]) / 1000 for row in rows
                  if len(row) == 2 and since * 1e6 <= int(row[0]) <= until * 1e6)


def smooth(lab, options, report):
    sender, receiver = lab.host("sender"), lab.host("receiver")
    lab.lan([sender, receiver])
    prepare(options, receiver, "Receiver", ("accept", "all"))
    desk = world.Desk(receiver)
    files = {name: receiver.path(name + "-delays") for name in ("shoal", "idle")}

    def measured(name):
        # Not for whatever brings the program into its host.
        return ["env", f"LD_PRELOAD={options.delay_module}", f"SHOAL_DELAYS={files[name]}"]
    idle_window = receiver.popen([*measured("idle"), "/usr/bin/python3", "-c", IDLE_WINDOW])
    app = desk.start_app(within=measured("shoal"))
    desk.keys("ctrl+2")  # the transfers: where most changes

    path = random_file(sender.path("root", "file"), int(SIZE * options.scale))
    device = shoal.Device(options.cli, sender)
    address = f"{receiver.links[0].ipv4}:{port_of(receiver, app)}"
    begun = time.monotonic()
    moved = 0
    while time.monotonic() < begun + LOAD_SECONDS:
        # Under another name it is another share, and goes over the line again.
        again = f"{path}-{moved}"
        os.rename(path, again)
        device.send(again, [address])
        os.rename(again, path)
        moved += os.path.getsize(path)
    until = time.monotonic()
    desk.check()
    note(f"app: received {moved / (until - begun) / 1e6:.0f} MB/s over {until - begun:.0f} s")
    for name in ("idle", "shoal"):
        found = delays(files[name], begun, until)
        p99 = found[int(len(found) * 0.99)]
        note(f"app: {name} window late by p50 {found[len(found) // 2]:.1f}, p99 {p99:.1f}, "
             f"at most {found[-1]:.1f} ms ({len(found)} times)")
    report.at_most("app-delay-p99-ms", p99, 50)
    report.at_most("app-delay-max-ms", found[-1], 200)
    app.terminate(60)
    idle_window.kill()


def port_of(host, process):
    """The port that a program listens on, once it does."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for line in host.run(["ss", "-Hltnp"]).stdout.splitlines():
            if '"shoal"' in line:
                return int(line.split()[3].rsplit(":", 1)[1])
        time.sleep(0.1)
    raise RuntimeError(f"{process.name} does not listen")


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle(lab, options, report):
    host, crowd = lab.host("idle"), lab.host("crowd")
    lab.lan([host, crowd])
    for each in (host, crowd):
        each.start_avahi()
    others = []
    for number in range(DEVICES):
        device = shoal.Device(options.cli, crowd, discovery=True)
        crowd.run([options.cli, "--state", device.state, "name", f"Device {number + 1}"])
        others.append(device.start("receive", "--dir", device.folder))
    for process in others:
        process.event("listening", 60)
    prepare(options, host, "Idle")
    desk = world.Desk(host)
    app = desk.start_app()
    for number in range(DEVICES):
        desk.until(name=rf"\bDevice {number + 1}\b")
    time.sleep(5)  # what follows from having met them
    begun = cpu_seconds(app)
    time.sleep(IDLE_SECONDS)
    used = (cpu_seconds(app) - begun) / IDLE_SECONDS * 100
    desk.check()
    report.at_most("app-idle-cpu-percent", used, 0.5)
    app.terminate(60)
    for process in others:
        process.signal(2)
    for process in others:
        process.wait(60)
