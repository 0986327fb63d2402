#!/usr/bin/python3
# test-sandbox.py: Shoal's Flatpak, used as people do, beside a shoal-cli outside.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-sandbox.py SHOAL-CLI [TEST...]

import os
import re
import subprocess
import time

from sandbox import APP_ID, CLI, PATIENCE, Sandbox, main, same, write


def begin(lab, avahi=True):
    """Anna has the Flatpak, Ben shoal-cli."""
    anna, ben = lab.host("anna"), lab.host("ben")
    lab.lan([anna, ben])
    for host in (anna, ben):
        if avahi or host is ben:
            host.start_avahi()
    anna = Sandbox(anna)
    return anna, ben


def receive(ben, *words):
    process = ben.popen([CLI, "--json", "--visible", "everyone", "receive", "--dir",
                         ben.path("got"), *words], stdin=subprocess.PIPE)
    process.event("listening")
    return process


def find(anna):
    """Ben, who lets himself be seen, in Anna's list."""
    anna.until(name=r"(?i)^ben\b")


def show(anna, page):
    """One of the window's pages, as soon as it takes keys."""
    deadline = time.monotonic() + PATIENCE
    while "selected" not in anna.until(role="tab", name=f"^{page}$")["states"]:
        assert time.monotonic() < deadline, page
        anna.keys({"Transfers": "ctrl+2", "Shared": "ctrl+3"}[page])
        time.sleep(0.5)


def test_window(lab):
    """The window; what the sandbox may see, and what is kept."""
    anna, _ = begin(lab)
    anna.begin()
    anna.picture("flatpak-window")
    secret = write(os.path.join(anna.home, "Documents", "secret.txt"))
    write(os.path.join(anna.downloads, "arrived.txt"))
    seen = anna.flatpak("-c", "ls $HOME $HOME/Downloads; cat '%s'; true" % secret,
                        command="sh")
    assert "arrived.txt" in seen.stdout and "Documents" not in seen.stdout, seen
    assert "No such file" in seen.stderr, seen
    state = os.path.join(anna.home, ".var/app", APP_ID, "data/shoal")
    assert os.path.isdir(state), "state is not kept"
    anna.keys("ctrl+comma")
    anna.until(name="Download Folder")
    anna.picture("flatpak-preferences")
    anna.keys("Escape")
    anna.quit_shoal()
    anna.check()


def look(ben):
    return ben.run([CLI, "--json", "--state", ben.path("looks"), "--visible", "nobody", "devices",
                    "--wait", "3"]).stdout


def nearby(lab, avahi):
    anna, ben = begin(lab, avahi)
    receive(ben)
    anna.begin()
    find(anna)
    anna.picture("flatpak-nearby" + ("" if avahi else "-embedded"))
    # The other way as well.
    deadline = time.monotonic() + PATIENCE
    while not re.search(r'"name": ?"anna', look(ben), re.IGNORECASE):
        assert time.monotonic() < deadline, look(ben)
    anna.check()


def test_nearby_daemon(lab):
    """Through the system's Avahi, by the only name on the system bus that is granted."""
    nearby(lab, True)


def test_nearby_embedded(lab):
    """No Avahi and no system bus: by the responder in the sandbox."""
    nearby(lab, False)


# --- Receiving ----------------------------------------------------------------

def offer(ben, anna, *paths):
    """From Ben, who does not wait for the answer; the process."""
    process = ben.popen([CLI, "--json", "--visible", "nobody", "send", *paths, "--to",
                         f"{anna.host.links[0].ipv4}"])
    return process


def test_receive(lab):
    """Accepted in the window; it lies where the desktop has its downloads."""
    anna, ben = begin(lab)
    anna.begin()
    path = write(ben.path("a photo ä.jpg"), 3 << 20)
    sending = offer(ben, anna, path)
    anna.until(name="a photo ä.jpg")
    anna.picture("flatpak-offer")
    anna.press(role="button", name="^Accept")
    sending.event("done", 60)
    same(path, os.path.join(anna.downloads, "a photo ä.jpg"))
    show(anna, "Transfers")
    anna.until(name="Verified")
    anna.picture("flatpak-received")
    anna.check()


def test_save_as(lab):
    """Into a folder that only the portal lets the sandbox write to; a folder, with what it has."""
    anna, ben = begin(lab)
    anna.begin()
    path = write(ben.path("Trip", "day one", "map.png"), 3 << 20)
    target = os.path.join(anna.home, "Archive")
    os.makedirs(target)
    sending = offer(ben, anna, ben.path("Trip"))
    anna.until(name="Trip")
    anna.press(role="toggle button", name="More Ways to Accept")
    anna.until(role="menu", name="More Ways to Accept")
    anna.keys("Return")  # the first of it, which has no name to be found by
    anna.choose("Where Should “Trip” Go?", target, "Accept")
    sending.event("done", 60)
    same(path, os.path.join(target, "Trip", "day one", "map.png"))
    assert os.listdir(anna.downloads) == [], os.listdir(anna.downloads)
    show(anna, "Transfers")
    anna.until(name="Verified")
    anna.picture("flatpak-saved-as")
    assert "/doc/" not in anna.ask("tree", app="shoal")
    anna.check()


def test_notification(lab):
    """Nobody looks at the window: a notification through the portal, and its button."""
    anna, ben = begin(lab)
    anna.begin()
    anna.keys("ctrl+w")
    anna.press(role="button", name="Keep Receiving")
    anna.until(role="window", name="^Shoal$", gone=True)
    path = write(ben.path("later.bin"))
    sending = offer(ben, anna, path)
    one = anna.notification("ben")
    anna.press_notification(one, "Accept")
    sending.event("done", 60)
    same(path, os.path.join(anna.downloads, "later.bin"))
    anna.check()


# --- Sending ------------------------------------------------------------------

def test_choose(lab):
    """A file that only the portal lets the sandbox read."""
    anna, ben = begin(lab)
    receive(ben, "--accept", "all")
    anna.begin()
    find(anna)
    path = write(os.path.join(anna.home, "Documents", "one two.bin"))
    anna.press(role="button", name="(?i)^Send Files to ben$")
    anna.choose("Send Files", path, "Send")
    same(path, os.path.join(ben.path("got"), "one two.bin"))
    show(anna, "Transfers")
    anna.until(name="Verified")
    anna.picture("flatpak-sent")
    assert "/doc/" not in anna.ask("tree", app="shoal")
    anna.check()


def test_drop(lab):
    """Files on a person, through the file-transfer portal."""
    anna, ben = begin(lab)
    receive(ben, "--accept", "all")
    anna.begin()
    find(anna)
    paths = [write(os.path.join(anna.home, "Documents", name)) for name in ("ä b.txt", "c.bin")]
    anna.drop(*paths, on={"role": "list item", "name": r"(?i)^ben\b"})
    anna.picture("flatpak-drop")
    for path in paths:
        same(path, os.path.join(ben.path("got"), "2 items", os.path.basename(path)))
    anna.check()


def test_drop_folder(lab):
    """Where the portal hands over no folders, Shoal says so, and offers the chooser."""
    anna, ben = begin(lab)
    receive(ben, "--accept", "all")
    anna.begin()
    find(anna)
    inside = write(os.path.join(anna.home, "Documents", "Things", "one.bin"))
    anna.drop(os.path.dirname(inside), on={"role": "list item", "name": r"(?i)^ben\b"})
    anna.until(name="This Cannot Be Read")
    anna.picture("flatpak-drop-folder")
    anna.press(role="button", name="Choose Folder")
    anna.choose("Send Folders", os.path.dirname(inside), "Send")
    same(inside, os.path.join(ben.path("got"), "Things", "one.bin"))
    anna.check()


# --- What the desktop takes back ----------------------------------------------

LARGE = 24 << 20
SLOW = 20  # Mbit/s
LOST = "Shoal may no longer read “{}”: choose it again."


def new_session(anna):
    """The desktop is left and entered again: what was dropped is not granted any more."""
    # Logging out asks nobody whether bytes still move.
    anna.host.run(["flatpak", "kill", APP_ID])
    anna.apps.pop().wait()
    anna.stop_portals()
    anna.start_portals()
    anna.start_shoal()
    show(anna, "Transfers")


def received(host):
    """Bytes that have come by its card, of anything."""
    card = f"/sys/class/net/{host.links[0].device}"
    return int(host.run(["cat", f"{card}/statistics/rx_bytes"]).stdout)


def assert_went_on(ben, process, before):
    """Little came twice, and no count went back."""
    assert received(ben) - before < 1.2 * LARGE, received(ben) - before
    came = [event["bytes"] for event in process.events("progress")]
    assert came == sorted(came), came


def test_lost_send(lab):
    """A drop that is half sent: chosen again, it goes on with what has come."""
    anna, ben = begin(lab)
    receiver = receive(ben, "--accept", "all")
    anna.begin()
    find(anna)
    path = write(os.path.join(anna.home, "Documents", "large.bin"), LARGE)
    anna.host.links[0].rate(SLOW)
    before = received(ben)
    anna.drop(path, on={"role": "list item", "name": r"(?i)^ben\b"})
    receiver.event("progress", 60, bytes=lambda n: n > LARGE // 4)
    new_session(anna)
    anna.until(name=LOST.format("large.bin"))
    anna.picture("flatpak-lost-send")
    anna.press(role="button", name="Choose Again")
    anna.choose("Choose “large.bin” Again", path, "Choose")
    receiver.event("done", 120)
    same(path, os.path.join(ben.path("got"), "large.bin"))
    assert_went_on(ben, receiver, before)
    anna.until(name="Verified")
    anna.check()


def test_lost_offer(lab):
    """One that waits for somebody who is away."""
    anna, ben = begin(lab)
    receiver = receive(ben, "--accept", "all")
    anna.begin()
    find(anna)
    path = write(os.path.join(anna.home, "Documents", "waits.bin"))
    ben.links[0].cut()
    anna.drop(path, on={"role": "list item", "name": r"(?i)^ben\b"})
    show(anna, "Transfers")
    anna.until(name="waits.bin")
    new_session(anna)
    anna.until(name=LOST.format("waits.bin"))
    anna.picture("flatpak-lost-offer")
    ben.links[0].mend()
    anna.press(role="button", name="Choose Again")
    anna.choose("Choose “waits.bin” Again", path, "Choose")
    receiver.event("done", 120)
    same(path, os.path.join(ben.path("got"), "waits.bin"))
    anna.check()


def test_share(lab):
    """What is shared is always chosen; that lasts, until it is taken back."""
    anna, ben = begin(lab)
    anna.begin()
    path = write(os.path.join(anna.home, "Documents", "Holiday", "sea.jpg"), LARGE)
    folder = os.path.dirname(path)
    anna.drop(path, on={"role": "window", "name": "^Shoal$"})
    anna.click(role="list item", name="^Make a Link$")
    anna.until(name="Choose What to Share")
    anna.picture("flatpak-share-dropped")
    anna.press(role="button", name="Choose Folder")
    anna.choose("Share a Folder", folder, "Share…")
    anna.press(role="button", name="^Share$")
    anna.until(role="button", name="^Copy Link")
    anna.picture("flatpak-shared")
    link = anna.find(role="label", name="^(magnet|shoal):")["name"]
    anna.keys("Escape")

    anna.host.links[0].rate(SLOW)
    before = received(ben)
    getting = ben.popen([CLI, "--json", "get", link, "--dir", ben.path("got")])
    getting.event("progress", 60, bytes=lambda n: n > LARGE // 4)
    new_session(anna)
    show(anna, "Shared")
    anna.until(name="Holiday")
    anna.until(name="^Anyone with the link")
    anna.picture("flatpak-share-lasts")
    getting.event("progress", 120, bytes=lambda n: n > LARGE // 2)
    assert anna.find(name="may no longer read") is None

    anna.host.run(["flatpak", "document-unexport", folder])
    new_session(anna)
    show(anna, "Shared")
    anna.until(name=LOST.format("Holiday"))
    anna.picture("flatpak-lost-share")
    anna.press(role="button", name="Choose Again")
    anna.choose("Choose “Holiday” Again", folder, "Choose")
    getting.event("done", 120)
    same(path, os.path.join(ben.path("got"), "Holiday", "sea.jpg"))
    assert_went_on(ben, getting, before)
    anna.check()


main([test_window, test_nearby_daemon, test_nearby_embedded, test_receive, test_save_as,
      test_notification,
      test_choose, test_drop, test_drop_folder, test_lost_send, test_lost_offer,
      test_share])
