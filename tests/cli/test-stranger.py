#!/usr/bin/python3
# test-stranger.py: who is not a friend learns nothing: no name, no list, no share, and never more.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-stranger.py SHOAL-CLI [TEST...]

import os
import sys

import lab as laboratory
from device import Device, befriend, ends_by_interrupt, two, write

STRANGER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stranger.py")


def ask(stranger, address):
    """What a stranger hears from the device there, by event."""
    host, port = address.rsplit(":", 1)
    pem = os.path.join(stranger.state, "device.pem")
    process = stranger.host.popen([sys.executable, STRANGER, pem, host, port])
    process.event("over", 20)
    assert process.wait() == 0, process.errors()
    process.cursor = 0
    return process


def test_told_nothing(lab):
    anna, ben = two(lab)
    eve = lab.host("eve")
    lab.lans[0].attach(eve)
    eve = Device(eve, "Eve")
    befriend(anna, ben)
    file = write(anna.host.path("our secret plan.txt"), b"the plan")
    answers = []
    for visible in ("everyone", "friends", "nobody"):
        for words in (("receive", "--dir", anna.folder), ("share", file, "--for", "friends"),
                      ("share", file, "--private"), ("share", file)):
            process = anna.start(*words, options=["--visible", visible])
            address = anna.address(process)
            if words[0] == "share":
                process.event("link", 20)
            heard = ask(eve, address)
            assert heard.event("hello")["name"] == ("Anna" if visible == "everyone" else "")
            assert heard.event("list")["total"] == 0
            frames = heard.events("frame")
            everything = b"".join(bytes.fromhex(f["body"]) for f in frames)
            assert b"plan" not in everything
            assert visible == "everyone" or b"Anna" not in everything
            # HELLO, REVEAL, perhaps ADOPT, what was asked for, and not a frame more.
            assert sorted(f["type"] for f in frames if f["type"] != 3) == \
                [1, 2, 0x13] + 8 * [0x32], frames
            answers += [r["answer"] for r in heard.events("refused")]
            ends_by_interrupt(process)
    assert set(answers) == {"00"}, answers


def test_friend_is_told(lab):
    """The same questions by a friend: the name, and the list."""
    anna, ben = two(lab)
    befriend(anna, ben)
    file = write(anna.host.path("our secret plan.txt"), b"the plan")
    server = anna.share(file, "--for", "friends", options=["--visible", "nobody"])
    heard = ask(ben, server.address)
    assert heard.event("hello")["name"] == "Anna"
    assert heard.event("list")["total"] == 1
    assert "our secret plan.txt".encode().hex() in heard.output
    assert {r["answer"] for r in heard.events("refused")} == {"00"}


laboratory.main([test_told_nothing, test_friend_is_told])
