#!/usr/bin/python3
# test-contact.py: who is who: codes, an attacker in the middle, names, friends, addresses.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-contact.py SHOAL-CLI IN-THE-MIDDLE [TEST...]

import os
import re
import sqlite3
import sys

import lab as laboratory
from device import Device, befriend, ends, ends_by_interrupt, error_of, two

MIDDLE = os.path.abspath(sys.argv.pop(1))
DEVICE = {"event", "t", "id", "name", "path"}


def devices(device, *words, **more):
    found = device.run("devices", "--wait", "1", *words, **more).events("device")
    assert all(set(d) >= DEVICE for d in found), found
    return found


def three(lab, names=("Anna", "Ben", "Cem")):
    hosts = [lab.host(name) for name in ("anna", "ben", "cem")]
    lab.lan(hosts)
    return [Device(host, name) for host, name in zip(hosts, names)]


def test_middle(lab):
    """Somebody in the middle: each end shows a code, and not the same one."""
    anna, eve, ben = three(lab, ("Anna", "Eve", "Ben"))
    ids = anna.identity(), ben.identity()
    receiver = ben.receive()
    for _ in range(2):
        middle = eve.host.popen([MIDDLE, *ids, receiver.address])
        address = f"{eve.host.links[0].ipv4}:{middle.event('listening')['port']}"
        sender = anna.start("send", "--text", "secret", "--to", address)
        theirs, ours = receiver.event("offer"), sender.event("offer")
        for code in (theirs["code"], ours["code"]):
            assert re.fullmatch(r"\d{3} \d{3}", code), (ours, theirs)
        assert ours["code"] != theirs["code"], (ours, theirs)
        assert theirs["from_name"] == "Anna" and theirs["from"] != ids[0], theirs
        assert ours["to"] != ids[1], ours
        ends_by_interrupt(sender, 1)
        receiver.event("withdrawn")
        middle.kill()
        anna.run("friend", "forget-address", address)
    # Without it: the same code on both sides.
    sender = anna.start("send", "--text", "secret", "--to", receiver.address)
    assert receiver.event("offer")["code"] == sender.event("offer")["code"]


def test_friends(lab):
    anna, ben = two(lab)
    anna_id, ben_id = anna.identity(), ben.identity()
    receiver = ben.receive()
    added = anna.run("friend", "add", receiver.address, json=False)
    assert "Ben" in added.errors() and re.search(r"code \d{3} \d{3}", added.errors())
    found = anna.run("friend", "list").events("device")
    assert [(d["id"], d["name"], d["friend"], d["mutual"]) for d in found] == \
        [(ben_id, "Ben", True, False)], found
    ends_by_interrupt(receiver)
    assert not ben.run("friend", "list").events("device")
    # Ben adds Anna: now it is mutual on both sides, and there is a secret.
    receiver = anna.receive()
    ben.run("friend", "add", receiver.address)
    ends_by_interrupt(receiver)
    for device, other in ((anna, ben_id), (ben, anna_id)):
        found = device.run("friend", "list").events("device")
        assert [(d["id"], d["friend"], d["mutual"]) for d in found] == [(other, True, True)], found
    text = anna.run("friend", "list", json=False).output
    assert "Ben" in text and "friend" in text and ben_id in text, text
    # By prefix of the ID, and by name, also when away.
    for word in (ben_id[:7], "ben"):
        anna.run("friend", "block", word)
        blocked = anna.run("friend", "list").events("device")
        assert blocked[0]["blocked"] is True, blocked
        anna.run("friend", "unblock", word)
    anna.run("friend", "remove", "Ben")
    assert not anna.run("friend", "list").events("device")
    error_of(anna.run("friend", "remove", ben_id, status=1), "not-found")
    # A whole ID needs no meeting.
    anna.run("friend", "add", ben_id)
    assert anna.run("friend", "list").events("device", id=ben_id, friend=True, mutual=False)
    mistyped = ben_id[:-1] + ("B" if ben_id[-1] == "A" else "A")
    error_of(anna.run("friend", "add", mistyped, status=1), "not-found")
    found = error_of(anna.run("friend", "remove", "Nobody", status=1), "not-found")
    assert "Nobody" in found["message"] and found["next"], found


def test_blocked(lab):
    anna, ben = two(lab)
    anna_id = anna.identity()
    receiver = ben.receive()
    sender = anna.start("send", "--text", "x", "--to", receiver.address)
    receiver.event("offer")
    receiver.write("n\n")
    ends(sender, 3)
    ends_by_interrupt(receiver)
    ben.run("friend", "block", anna_id)
    assert ben.run("friend", "list").events("device", blocked=True)
    receiver = ben.receive()
    sender = anna.start("send", "--text", "x", "--to", receiver.address)
    receiver.no_event("offer", 2)
    ends_by_interrupt(sender, 1)
    ends_by_interrupt(receiver)
    ben.run("friend", "unblock", anna_id)
    receiver = ben.receive()
    sender = anna.start("send", "--text", "x", "--to", receiver.address)
    receiver.event("offer")
    receiver.write("y\n")
    ends(sender, 0)
    ends_by_interrupt(receiver)
    # The blocker cannot send there by mistake.
    ben.run("friend", "block", anna_id)
    receiver = anna.receive()
    found = error_of(ben.run("send", "--text", "x", "--to", receiver.address, status=1), "refused")
    assert found["side"] == "here" and "unblock" in found["next"], found


def test_namesakes(lab):
    """A stranger with a friend's name is shown as such, and the name means the friend."""
    ben, anna, other = three(lab, ("Ben", "Anna", "ANNA"))
    befriend(ben, anna)
    other_id = other.identity()
    receiver = ben.receive()
    sender = other.start("send", "--text", "it is me", "--to", receiver.address)
    offer = receiver.event("offer")
    assert offer["not_friend"] == "Anna" and offer["from"] == other_id and offer["code"], offer
    receiver.write("n\n")
    ends(sender, 3)
    ends_by_interrupt(receiver)
    plain = ben.start("receive", "--dir", ben.folder, json=False, options=["--listen", ":5555"])
    ben.host.wait_for_log(plain, "Ready")
    sender = other.start("send", "--text", "it is me", "--to", f"{ben.host.links[0].ipv4}:5555")
    plain.line(lambda line: re.search(r"^ANNA \(.{4}\), not your friend Anna,? wants", line))
    plain.line(lambda line: re.search(r"\d{3} \d{3}", line))
    plain.write("n\n")
    ends(sender, 3)


def test_hostile_name(lab):
    """A name that others could not read is not taken from the state either. (Who sends one
    nevertheless: tests/engine/test-people.c.)"""
    anna, ben = two(lab)
    state = [os.path.join(anna.state, n) for n in os.listdir(anna.state) if n.endswith(".db")]
    with sqlite3.connect(state[0]) as database:
        changed = database.execute("UPDATE settings SET value = ? WHERE key = 'name'",
                                   ("Ben\x1b[2J\nCode: \u202e\x9b1A",))
        assert changed.rowcount == 1
    receiver = ben.receive()
    sender = anna.start("send", "--text", "x", "--to", receiver.address)
    assert receiver.event("offer")["from_name"] == "anna", receiver.output
    ends_by_interrupt(sender, 1)


def test_other_key(lab):
    """A remembered address that answers with another key is refused, with the way out."""
    anna, ben = two(lab)
    receiver = ben.receive("--accept", "all", options=["--listen", ":4444"])
    anna.run("send", "--text", "one", "--to", receiver.address)
    ends_by_interrupt(receiver)
    other = Device(ben.host, "Ben")
    impostor = other.receive("--accept", "all", options=["--listen", ":4444"])
    found = error_of(anna.run("send", "--text", "two", "--to", receiver.address, status=1),
                     "wrong-key")
    assert found["side"] == "there", found
    assert f"forget-address {receiver.address}" in found["next"], found
    assert not impostor.events("offer") and not impostor.events("done")
    anna.run("friend", "forget-address", receiver.address)
    sender = anna.run("send", "--text", "two", "--to", receiver.address)
    assert impostor.event("done")["text"] == "two"
    assert sender.events("done")
    ends_by_interrupt(impostor)
    # From now on the address means the new key.
    receiver = ben.receive("--accept", "all", options=["--listen", ":4444"])
    error_of(anna.run("send", "--text", "three", "--to", receiver.address, status=1), "wrong-key")
    error_of(anna.run("friend", "forget-address", "10.1.0.2:9", status=1), "not-found")


laboratory.main([test_middle, test_friends, test_blocked, test_namesakes, test_hostile_name,
                 test_other_key])
