#!/usr/bin/python3
# test-invite.py: two people behind routers, or side by side, become friends by the app alone.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-invite.py SHOAL [TEST...]

import os
import time

import lab as laboratory
from nat import SERVER, Internet
from world import PATIENCE, Desk, desks

CLI = os.environ["SHOAL_CLI"]
TRACKER = os.environ["SHOAL_TRACKER"]
PORT = 8000


def start_tracker(host, address):
    tracker = host.popen([TRACKER, "--listen", f"{address}:{PORT}"])
    tracker.line(lambda line: line.startswith("ws://"))
    return f"ws://{address}:{PORT}/"


def connections(host):
    """How many have ever reached the tracker, as the kernel remembers them."""
    return host.run(["ss", "-Htan", "sport", "=", f":{PORT}"]).stdout.count("ESTAB")


def begin(desk, tracker, servers, *words):
    """Its servers are set before anything could ask another one."""
    for key, value in (("trackers", tracker), ("servers", servers)):
        desk.host.run([CLI, "set", key, value])
    desk.start_app(*words)
    desk.leave_first_run()


def make_invite(desk, consents=True):
    """By the menu; returns what could be copied."""
    desk.action("win.invite")
    if consents:
        desk.until(role="label", name="see this computer’s address")
        desk.press(role="button", name="^Make an Invite")
    return desk.until(role="label", name="^shoal:i/")["text"]


def send_file(desk, other, name):
    """As a file manager hands it over."""
    path = os.path.join(desk.home, "Documents", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(os.urandom(3 << 20))
    desk.start_app("--send", path, window=False)
    desk.click(role="checkbox", name=rf"(?i)\b{other.host.name}\b")
    send = {"role": "button", "name": "^Send( Send)?$"}
    deadline = time.monotonic() + PATIENCE
    while "sensitive" not in desk.until(**send)["states"]:
        assert time.monotonic() < deadline, desk.ask("tree", app="shoal")
        time.sleep(0.1)
    desk.press(**send)
    other.press(role="button", name="^Accept")
    got = os.path.join(other.home, "Downloads", name)
    deadline = time.monotonic() + PATIENCE
    while not os.path.exists(got):
        assert time.monotonic() < deadline, f"{name} never came:\n{other.ask('tree', app='shoal')}"
        time.sleep(0.1)
    with open(path, "rb") as ours, open(got, "rb") as theirs:
        assert ours.read() == theirs.read(), f"{name} differs"


def test_far(lab):
    """Each behind a router of their own; the other one gets the invite as a link to open."""
    net = Internet(lab, os.environ["SHOAL_FORWARD"], rtt_ms=30)
    url = start_tracker(net.server, SERVER)
    anna, ben = (Desk(net.household(name, "restricted").host) for name in ("anna", "ben"))
    begin(anna, url, ",".join(net.servers))
    anna.until(role="button", name="^Invite a Friend")
    assert connections(net.server) == 0, "asked before anybody agreed"
    invite = make_invite(anna)
    anna.picture("invite-made")

    begin(ben, url, ",".join(net.servers), invite)
    ben.until(role="label", name="^Become Friends with")
    ben.until(role="label", name="see this computer’s address")
    ben.picture("invite-opened")
    assert connections(net.server) <= 1, "asked before anybody agreed"
    ben.press(role="button", name="^Become Friends")
    anna.until(role="label", name=r"(?i)^ben is now your friend")
    anna.keys("Escape")
    for desk, other in ((anna, "ben"), (ben, "anna")):
        desk.until(role="list item", name=rf"(?i)^{other}\b.*direct")
    anna.picture("invite-friends")
    send_file(anna, ben, "a letter ä.odt")
    for desk in (anna, ben):
        desk.check()


def test_near(lab):
    """Already connected on one network: the invite makes friends all the same, and works once."""
    anna, ben, carl = desks(lab, "Anna", "Ben", "Carl")
    address = str(carl.host.links[0].ipv4)
    url = start_tracker(carl.host, address)
    for desk in (anna, ben):
        begin(desk, url, "none")
    for desk, other in ((anna, "ben"), (ben, "anna")):
        desk.until(role="list item", name=rf"(?i)^{other}\b")
    invite = make_invite(anna)
    ben.invoke("open", invite)
    ben.press(role="button", name="^Become Friends")
    anna.until(role="label", name=r"(?i)^ben is now your friend")
    anna.keys("Escape")
    # The one who has used it is told; for others it is gone.
    ben.until(role="button", name="^Become Friends", gone=True)
    ben.invoke("open", invite)
    ben.until(role="label", name="are friends already")
    for desk in (anna, ben):
        desk.check()


laboratory.main([test_far, test_near])
