#!/usr/bin/python3
# test-session.py: the app in a session: sleep, closing, logging in and out, metered networks.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-session.py SHOAL SHOAL-CLI [TEST...]

import os
import signal

import lab as laboratory
from world import APP, APP_ID, PATIENCE, desks, quit_app, same, write
from terminal import cli, receive, send, send_to, setting, until  # after world

SUSPEND = 4  # GTK_APPLICATION_INHIBIT_SUSPEND, for the session manager and the portal
SLOW = 8     # Mbit/s: bytes move until somebody lets them go
LARGE = 20 << 20


def begin(lab, **options):
    """The app at Anna's, past its first run; Ben has shoal-cli. What desks() takes."""
    anna, ben = desks(lab, "Anna", "Ben", **options)
    return anna, ben.host


def start(desk, *words, **options):
    app = desk.start_app(*words, **options)
    desk.leave_first_run()
    return app


def ends(app, status=0):
    assert app.wait(PATIENCE) == status, app.errors()


# --- Sleep, quitting, logging out ---------------------------------------------


def test_session_manager(lab):
    """Awake while bytes move, and only then; whatever ends us, the transfer goes on."""
    anna, ben = begin(lab)
    manager = anna.play("session-manager")
    app = start(anna)
    manager.event("register", app=APP_ID)
    anna.host.links[0].rate(SLOW)
    path = write(os.path.join(anna.home, "large.bin"), LARGE)
    receiver = receive(ben, "--accept", "all")
    send_to(anna.host, path, receiver.address)
    told = manager.event("inhibit")
    assert (told["app"], told["flags"]) == (APP_ID, SUSPEND), told
    assert told["reason"] == "Files are being transferred"

    anna.keys("ctrl+2")
    anna.press(role="button", name="^Pause")
    assert manager.event("uninhibit")["cookie"] == told["cookie"]
    anna.press(role="button", name="^Resume")
    told = manager.event("inhibit")

    # Quitting asks; who means it gets it.
    anna.keys("ctrl+q")
    anna.until(name="^Stop What")
    anna.keys("Escape")
    anna.until(name="^Stop What", gone=True)
    assert app.running()
    anna.keys("ctrl+q")
    anna.press(role="button", name="^Quit")
    ends(app)

    app = anna.start_app()
    manager.event("inhibit")
    manager.act("query_end")
    manager.event("agrees")
    manager.act("end")
    manager.event("agrees")
    ends(app)

    app = anna.start_app()
    manager.event("inhibit")
    app.signal(signal.SIGTERM)
    ends(app)

    app = anna.start_app()
    told = manager.event("inhibit")
    anna.host.links[0].rate(None)
    receiver.event("done", PATIENCE)
    same(path, os.path.join(ben.path("got"), "large.bin"))
    manager.event("uninhibit", cookie=told["cookie"])
    anna.check()


def test_bare_desktop(lab):
    """No session manager and nobody to show notifications: logind keeps it awake, the window
    tells the rest, and nothing is said about what is not there."""
    anna, ben = begin(lab, notifications=False)
    logind = anna.play("logind")
    app = start(anna)
    anna.keys("ctrl+w")
    anna.press(role="button", name="^Keep Receiving")
    anna.until(role="window", gone=True)
    ben.links[0].rate(SLOW)
    path = write(ben.path("large.bin"), LARGE)
    sender = send(ben, path, anna)
    sender.event("offer", PATIENCE)
    assert not logind.events("inhibit")
    anna.host.popen([APP])
    anna.press(role="button", name="^Accept")
    told = logind.event("inhibit")
    assert (told["what"], told["who"], told["mode"]) == ("sleep", "Shoal", "block"), told
    ben.links[0].rate(None)
    logind.event("uninhibit")
    same(path, os.path.join(anna.home, "Downloads", "large.bin"))
    app.signal(signal.SIGTERM)
    ends(app)
    anna.check()


def test_no_bus(lab):
    """Without a session bus it is alone, and works."""
    anna, _ = begin(lab)
    app = anna.start_app(window=False, env={
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere", "GTK_A11Y": "none"})
    anna.wait_for_window("Shoal")
    app.signal(signal.SIGTERM)
    ends(app)
    anna.check()


# What the desktop calls, and a second program its first: see together().
QUIT = ("org.freedesktop.Application", "ActivateAction", "('quit', @av [], @a{sv} {})")
COMMAND_LINE = ("org.gtk.Application", "CommandLine", "(objectpath '/', [b'shoal'], @a{sv} {})")
AGAIN = 75  # SHOAL_APPLICATION_AGAIN


def test_started_while_ending(lab):
    """A program that is started while another ends takes its place, with all it was started for,
    whatever ends the other."""
    anna, _ = begin(lab)
    app = start(anna)
    assert anna.together(app, QUIT, COMMAND_LINE, COMMAND_LINE) == [[], [AGAIN], [AGAIN]]
    ends(app)

    app = anna.start_app()
    for number, how in enumerate([QUIT, signal.SIGTERM, QUIT]):
        path = write(os.path.join(anna.home, f"file-{number}.bin"))
        # Both happen as soon as it goes on; which of them first is nobody's to say.
        app.signal(signal.SIGSTOP)
        if how is QUIT:
            anna.call(QUIT)
        else:
            app.signal(how)
        following = anna.start_app("--send", path, window=False)
        app.signal(signal.SIGCONT)
        ends(app)
        anna.until(name=f"^file-{number}[.]bin")
        app = following
    app.signal(signal.SIGTERM)
    ends(app)
    anna.check()


# --- Without a window -----------------------------------------------------------


def test_closed(lab):
    """The first close asks; then files come without a window, by notifications alone."""
    anna, ben = begin(lab)
    app = start(anna)
    anna.keys("ctrl+w")
    anna.until(name="^Keep Receiving[?]")
    anna.keys("Escape")
    anna.until(name="^Keep Receiving[?]", gone=True)
    assert setting(anna.host, "on-close") == "ask"
    anna.keys("ctrl+w")
    anna.press(role="button", name="^Keep Receiving")
    anna.until(role="window", gone=True)
    until(lambda: setting(anna.host, "on-close") == "keep", "the answer is not kept")

    path = write(ben.path("photo.jpg"), 300000)
    sender = send(ben, path, anna)
    told = anna.notification("wants to send you")
    assert "photo.jpg" in told["title"] and "Code: " in told["body"], told
    assert told["urgency"] == 1 and sorted(told["actions"]) == ["", "Accept", "Decline"], told
    anna.press_notification(told, "Accept")
    assert sender.wait(PATIENCE) == 0, sender.errors()
    same(path, os.path.join(anna.home, "Downloads", "photo.jpg"))
    told = anna.notification("“photo.jpg” has come")
    # What was asked and what came of it: nothing for progress.
    assert [one["sent"] for one in anna.ask("notifications")] == [1, 1]

    sender = send(ben, write(ben.path("no.jpg"), 1000), anna)
    anna.press_notification(anna.notification("no.jpg"), "Decline")
    assert sender.wait(PATIENCE) == 3, sender.errors()
    assert anna.find(role="window") is None

    # Seen: taken back.
    anna.host.popen([APP])
    anna.until(role="window")
    anna.keys("ctrl+2")
    until(lambda: all(one["withdrawn"] for one in anna.ask("notifications")),
          "a notification stays that was seen")
    anna.keys("ctrl+w")
    anna.until(role="window", gone=True)
    assert app.running()
    app.signal(signal.SIGTERM)
    ends(app)
    anna.check()


def test_at_login(lab):
    """The file in the autostart folder, what it starts, and what prevents it. The settings of
    desktop.py do not hold there: the cursor blinks."""
    anna, _ = begin(lab)
    env = {"XDG_CONFIG_HOME": anna.host.path("other", "config")}
    folder = os.path.join(env["XDG_CONFIG_HOME"], "autostart")
    entry = os.path.join(folder, APP_ID + ".desktop")
    os.mkdir(anna.host.path("other"))
    app = start(anna, env=env)
    cli(anna.host, "set", "start-at-login", "on")
    until(lambda: os.path.exists(entry), f"no {entry}")
    anna.host.run(["desktop-file-validate", entry])
    anna.keys("ctrl+q")
    ends(app)

    anna.host.run(["gio", "launch", entry], env=env)
    anna.host.run(["gdbus", "wait", "--session", "--timeout", str(PATIENCE), APP_ID])
    until(lambda: setting(anna.host, "start-at-login") == "on", "it was not the same state")
    assert anna.find(role="window") is None
    cli(anna.host, "set", "start-at-login", "off")
    until(lambda: not os.path.exists(entry), f"{entry} stays")
    quit_app(anna)

    # What cannot be is said, and not kept.
    os.rmdir(folder)
    write(folder, 10)
    anna.start_app(env=env)
    anna.until(role="tab")
    cli(anna.host, "set", "start-at-login", "on")
    anna.until(name="cannot be set to start at login.*autostart")
    until(lambda: setting(anna.host, "start-at-login") == "off", "it says on")
    anna.check()


# --- A network that costs ---------------------------------------------------------


def test_metered(lab):
    """What is accepted by itself waits for consent while NetworkManager says so."""
    anna, ben = begin(lab)
    manager = anna.play("network-manager")
    start(anna)
    cli(anna.host, "set", "accept", "all")
    manager.act("metered", metered=True)
    anna.until(name="^You pay for the data of this network")
    anna.picture("session-metered")
    path = write(ben.path("large.bin"), 300000)
    sender = send(ben, path, anna)
    anna.until(role="button", name="^Accept")
    assert sender.running()
    manager.act("metered", metered=False)
    anna.until(name="^You pay for the data of this network", gone=True)
    manager.act("metered", metered=True)
    anna.press(role="button", name="^Go On as Usual")
    anna.until(name="^You pay for the data of this network", gone=True)
    # What has waited for it, and what comes now.
    same(path, os.path.join(anna.home, "Downloads", "large.bin"))
    path = write(ben.path("second.bin"), 300000)
    second = send(ben, path, anna)
    same(path, os.path.join(anna.home, "Downloads", "second.bin"))
    assert second.wait(PATIENCE) == 0, second.errors()
    assert sender.wait(PATIENCE) == 0, sender.errors()
    anna.check()


laboratory.main([test_session_manager, test_bare_desktop, test_no_bus,
                 test_started_while_ending, test_closed,
                 test_at_login, test_metered])
