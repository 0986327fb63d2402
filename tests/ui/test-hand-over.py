#!/usr/bin/python3
# test-hand-over.py: shoal-cli beside a running app: its verbs run there.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-hand-over.py SHOAL SHOAL-CLI [TEST...]

import os
import signal

import lab as laboratory
from world import desks, same, write
from terminal import CLI, PORT, cli, receive  # after world: it takes shoal itself

def begin(lab):
    """The app runs at Anna's; Ben has shoal-cli alone."""
    anna, ben = desks(lab, "Anna", "Ben")
    anna.app = anna.start_app()
    anna.leave_first_run()
    return anna, ben.host


def test_send(lab):
    """Sent from the terminal, relative to where it is; the status tells how it went."""
    anna, ben = begin(lab)
    receiver = receive(ben, "--accept", "all")
    path = write(os.path.join(anna.home, "Documents", "a file.bin"), 3 << 20)
    sent = cli(anna.host, "send", "a file.bin", "--to", receiver.address,
               cwd=os.path.dirname(path))
    assert sent.event("done")["bytes"] == 3 << 20
    same(path, os.path.join(ben.path("got"), "a file.bin"))
    # It is the app that has sent it.
    anna.keys("ctrl+2")
    anna.until(name="a file.bin")

    cli(anna.host, "send", "-", "--to", receiver.address, text="From standard input\n")
    receiver.event("done", text="From standard input\n")
    anna.check()


def test_declined(lab):
    anna, ben = begin(lab)
    receiver = receive(ben)
    path = write(os.path.join(anna.home, "no.bin"), 1000)
    process = anna.host.popen([CLI, "--json", "send", path, "--to", receiver.address])
    offer = receiver.event("offer")
    receiver.write(f"decline {offer['id']}\n")
    assert process.wait(60) == 3, process.errors()
    anna.check()


def test_share_and_get(lab):
    """Served while the command runs; interrupted, it is served no more."""
    anna, ben = begin(lab)
    path = write(os.path.join(anna.home, "shared.bin"), 300000)
    share = anna.host.popen([CLI, "--json", "share", path])
    link = share.event("link")["link"]
    got = cli(ben, "get", link, "--dir", ben.path("got"), "--from",
              f"{anna.host.links[0].ipv4}:{PORT}")
    assert got.event("done")["verified"]
    same(path, os.path.join(ben.path("got"), "shared.bin"))
    share.signal(signal.SIGINT)
    assert share.wait(60) == 0, share.errors()
    anna.check()


def test_about_ourselves(lab):
    anna, ben = begin(lab)
    one = cli(anna.host, "id").event("id")
    cli(anna.host, "name", "Anna in the hall")
    other = cli(anna.host, "id").event("id")
    assert (other["id"], other["name"]) == (one["id"], "Anna in the hall")
    cli(anna.host, "devices")
    cli(anna.host, "friend", "list")
    cli(anna.host, "set", "slow-mode", "on")
    cli(anna.host, "settings").event("setting", key="slow-mode", value="on")
    anna.check()


def test_wrong(lab):
    """Usage, what cannot be handed over, and who goes away."""
    anna, ben = begin(lab)
    cli(anna.host, "send", status=2)
    cli(anna.host, "list", "nobody-of-that-name", status=1)
    # These are for a process of its own: it names the owner, and stops.
    for words in (["receive"], ["--listen", ":0", "id"]):
        cli(anna.host, *words, status=1).event("error", code="in-use",
                                               message=lambda text: "shoal" in text)
    # With no session bus there is nobody to hand to.
    said = anna.host.popen([CLI, "--json", "id"],
                           env={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"})
    assert said.wait(60) == 1
    said.event("error", code="in-use")
    anna.check()


laboratory.main([test_send, test_declined, test_share_and_get, test_about_ourselves, test_wrong])
