#!/usr/bin/python3
# test-send.py: send and receive, and every way an offer can end.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-send.py SHOAL-CLI [TEST...]

import os
import re
import stat
import subprocess
import sys

import lab as laboratory
from device import (Device, befriend, ends, ends_by_interrupt, error_of, random_file, same, tree,
                    two, write)

OFFER = {"event", "t", "id", "from", "name", "bytes", "files", "code"}


def accept(process, offer, *words):
    process.write(" ".join(["accept", offer["id"], *words]) + "\n")


def test_folder(lab):
    """Nested, empty, odd names, times and the executable bit; links are left out and told."""
    anna, ben = two(lab)
    source = anna.host.path("Ünïcode 😀 folder")
    old = 1_000_000_000_123_456_789
    write(os.path.join(source, "a", "b", "c", "deep.txt"), b"deep", mtime=old)
    random_file(os.path.join(source, "a", "large.bin"), 3_000_001)
    write(os.path.join(source, "run me.sh"), b"#!/bin/sh\n", mode=0o755, mtime=old + 7)
    write(os.path.join(source, "日本語 – ß.txt"), b"x" * 16384)
    write(os.path.join(source, "empty"), mtime=old)
    os.makedirs(os.path.join(source, "nothing", "inside"))
    os.symlink("/etc/passwd", os.path.join(source, "link"))
    os.symlink("/etc", os.path.join(source, "a", "folder link"))

    receiver = ben.receive("--accept", "all", "--once")
    sender = anna.run("send", source, "--to", receiver.address)
    ends(receiver, 0)

    notices = [n["message"] for n in sender.events("notice")]
    assert len(notices) == 2 and all("link" in n for n in notices), notices
    for name in ("link", "a", "folder link"):
        path = os.path.join(source, name)
        if os.path.islink(path):
            os.unlink(path)
    os.unlink(os.path.join(source, "a", "folder link"))
    copy = ben.got("Ünïcode 😀 folder")
    same(source, copy)
    for name in ("a/b/c/deep.txt", "run me.sh", "empty", "a/large.bin"):
        one, other = (os.stat(os.path.join(folder, name)) for folder in (source, copy))
        assert one.st_mtime_ns == other.st_mtime_ns, (name, one.st_mtime_ns, other.st_mtime_ns)
        assert bool(one.st_mode & 0o100) == bool(other.st_mode & 0o100), name
        assert stat.S_IMODE(other.st_mode) & 0o022 == 0
    assert os.listdir(ben.folder) == ["Ünïcode 😀 folder"]

    for process, side in ((sender, "send"), (receiver, "get")):
        done = process.events("done")
        assert len(done) == 1 and done[0]["verified"] is True, done
        assert set(done[0]) >= {"transfer", "bytes", "seconds", "verified", "directory"}
        assert done[0]["bytes"] == 3_000_001 + 4 + 10 + 16384, done
        assert 0 < done[0]["seconds"] < 20 and done[0]["files"] == 5, done
        progress = process.events("progress")
        assert progress and all(set(p) >= {"transfer", "bytes", "total", "rate", "sources", "path"}
                                for p in progress), progress
        assert any(p["path"] == "local" for p in progress) or side == "send", progress
    assert receiver.events("done")[0]["directory"] == ben.folder
    first = receiver.events("first-byte")
    assert len(first) == 1 and receiver.events("accepted") and sender.events("accepted")
    source_events = receiver.events("source", state="active")
    assert source_events and set(source_events[0]) >= {"device", "bytes", "state", "why"}
    assert source_events[0]["device"] == anna.identity()
    times = [e["t"] for e in map(laboratory.parse_event, receiver.output.splitlines())]
    assert times == sorted(times)


def test_several(lab):
    """Several paths are one offer; several receivers each get it."""
    hosts = [lab.host(name) for name in ("anna", "ben", "cem", "dora")]
    lab.lan(hosts)
    anna, *others = (Device(host) for host in hosts)
    source = anna.host.path("things")
    write(os.path.join(source, "one.txt"), b"one")
    random_file(os.path.join(source, "folder", "two.bin"), 5_000_000)
    write(os.path.join(source, "folder", "three.txt"), b"three")
    receivers = [other.receive("--accept", "all", "--once") for other in others]
    words = [w for r in receivers for w in ("--to", r.address)]
    sender = anna.run("send", os.path.join(source, "one.txt"), os.path.join(source, "folder"),
                      *words, timeout=60)
    assert len(sender.events("done")) == 3 and len(sender.events("accepted")) == 3
    for other, receiver in zip(others, receivers):
        ends(receiver, 0, 60)
        tops = os.listdir(other.folder)
        inside = other.got(tops[0]) if len(tops) == 1 else other.folder
        same(source, inside)


def test_text(lab):
    anna, ben = two(lab)
    receiver = ben.receive("--accept", "all")
    for words, text, expected in ((["--text", "héllo\nworld 😀"], None, "héllo\nworld 😀"),
                                  (["-"], "from standard input\n", "from standard input\n"),
                                  (["--text", "https://example.org/x"], None,
                                   "https://example.org/x"),
                                  (["-"], "z" * 65536, "z" * 65536)):
        sender = anna.run("send", *words, "--to", receiver.address, text=text)
        assert receiver.event("done", 20)["text"] == expected
        assert sender.events("done")
    for text in ("z" * 65537, ""):
        found = error_of(anna.run("send", "-", "--to", receiver.address, text=text, status=2),
                         "invalid")
        assert "64 KiB" in found["message"], found
    ends_by_interrupt(receiver)
    assert not os.path.exists(ben.folder) or not os.listdir(ben.folder), "a text makes no file"
    # For a person: the text, and nothing else, on standard output.
    receiver = ben.start("receive", "--accept", "all", "--once", "--dir", ben.folder, json=False,
                         options=["--listen", f"{ben.host.links[0].ipv4}:4444"])
    ben.host.wait_for_log(receiver, "Ready")
    anna.run("send", "--text", "just this", "--to", f"{ben.host.links[0].ipv4}:4444")
    ends(receiver, 0)
    assert receiver.output == "just this\n", receiver.output


def test_answers(lab):
    """Declined: 3 at the sender; accepted by name of the offer, into a folder of its own; codes."""
    anna, ben = two(lab)
    file = random_file(anna.host.path("file.bin"), 100_000)
    identity = anna.identity()
    receiver = ben.receive()
    for word in ("decline {id}", "n", "no"):
        sender = anna.start("send", file, "--to", receiver.address)
        offer = receiver.event("offer")
        assert set(offer) >= OFFER, offer
        assert offer["from"] == identity and offer["from_name"] == "Anna"
        assert (offer["name"], offer["bytes"], offer["files"]) == ("file.bin", 100_000, 1), offer
        assert re.fullmatch(r"\d{3} \d{3}", offer["code"]), offer
        assert sender.event("offer")["code"] == offer["code"]
        receiver.write(word.format(**offer) + "\n")
        ends(sender, 3)
        found = error_of(sender, "declined")
        assert found["side"] == "there" and "Ben" in found["message"], found
    # A wrong answer is told and answers nothing.
    sender = anna.start("send", file, "--to", receiver.address)
    offer = receiver.event("offer")
    receiver.write("accept 00112233\n")
    receiver.event("error", code="not-found")
    folder = ben.host.path("a new", "folder")
    accept(receiver, offer, folder)
    assert receiver.event("accepted")["offer"] == offer["id"]
    ends(sender, 0)
    assert receiver.event("done")["directory"] == folder
    assert os.path.getsize(os.path.join(folder, "file.bin")) == 100_000
    # The same name again is no reason to overwrite.
    write(file, b"other content")
    for number in (1, 2):
        sender = anna.start("send", file, "--to", receiver.address)
        offer = receiver.event("offer")
        accept(receiver, offer, folder)
        ends(sender, 0)
        receiver.event("done")
        with open(os.path.join(folder, f"file ({number}).bin"), "rb") as copy:
            assert copy.read() == b"other content"
    assert os.path.getsize(os.path.join(folder, "file.bin")) == 100_000
    ends_by_interrupt(receiver)
    # Declined with --once.
    receiver = ben.receive("--once")
    sender = anna.start("send", file, "--to", receiver.address)
    receiver.event("offer")
    receiver.write("n\n")
    ends(receiver, 3)
    ends(sender, 3)


def test_friends_only(lab):
    """--accept friends takes a friend's offer at once, shows no code, and asks for a stranger's."""
    anna, ben = two(lab)
    cem = lab.host("cem")
    lab.lans[0].attach(cem)
    cem = Device(cem, "Cem")
    befriend(anna, ben)
    receiver = ben.receive("--accept", "friends")
    stranger = cem.start("send", "--text", "hi", "--to", receiver.address)
    code = receiver.event("offer")["code"]
    assert stranger.event("offer")["code"] == code is not None
    friend = anna.start("send", "--text", "it is me", "--to", receiver.address)
    assert receiver.event("done")["text"] == "it is me"
    ends(friend, 0)
    assert all(o["code"] is None for o in friend.events("offer")), friend.output
    receiver.write("n\n")
    ends(stranger, 3)
    # Asked about a friend's offer: no code either.
    ends_by_interrupt(receiver)
    receiver = ben.receive()
    friend = anna.start("send", "--text", "again", "--to", receiver.address)
    assert receiver.event("offer")["code"] is None
    assert friend.event("offer")["code"] is None
    receiver.write("y\n")
    ends(friend, 0)


def test_comes_back(lab):
    """A receiver that ends before it has answered: the offer waits, and is made again."""
    anna, ben = two(lab)
    file = random_file(anna.host.path("file.bin"), 100_000)
    listen = ["--listen", ":4444"]
    receiver = ben.receive(options=listen)
    sender = anna.start("send", file, "--to", receiver.address)
    first = receiver.event("offer")
    ends_by_interrupt(receiver)
    receiver = ben.receive(options=listen)
    again = receiver.event("offer", 20)
    assert again["id"] == first["id"], (first, again)
    assert len(receiver.events("offer")) == 1
    receiver.kill()
    assert sender.running()
    receiver = ben.receive("--once", options=listen)
    accept(receiver, receiver.event("offer", 20))
    ends(sender, 0)
    ends(receiver, 0)
    assert tree(ben.folder).keys() == {"file.bin"}


def test_withdrawn(lab):
    """Ctrl+C before the answer takes the offer back; and it says so."""
    anna, ben = two(lab)
    file = random_file(anna.host.path("file.bin"), 100_000)
    receiver = ben.receive()
    sender = anna.start("send", file, "--to", receiver.address)
    offer = receiver.event("offer")
    sender.event("offer")
    ends_by_interrupt(sender, 1)
    receiver.event("withdrawn", 5, id=offer["id"])
    accept(receiver, offer)
    receiver.event("error", code="not-found")
    # Nothing is left of it.
    ends_by_interrupt(receiver)
    receiver = ben.receive()
    receiver.no_event("offer", 1)
    # And it can be offered again.
    sender = anna.start("send", file, "--to", receiver.address)
    accept(receiver, receiver.event("offer"))
    ends(sender, 0)


def test_interrupted(lab):
    """Ctrl+C in the middle, on either side: the same command goes on where it was."""
    anna, ben = two(lab)
    file = random_file(anna.host.path("file.bin"), 40_000_000)
    anna.host.links[0].rate(100)
    listen = ["--listen", ":4444"]
    for side in ("sender", "receiver"):
        receiver = ben.receive("--accept", "all", "--once", options=listen)
        sender = anna.start("send", file, "--to", receiver.address)
        receiver.event("progress", bytes=lambda b: b > 10_000_000)
        if side == "sender":
            ends_by_interrupt(sender, 1)
            sender = anna.start("send", file, "--to", receiver.address)
        else:
            ends_by_interrupt(receiver, 1)
            assert os.listdir(ben.folder) and "file.bin" not in os.listdir(ben.folder)
            receiver = ben.receive("--accept", "all", "--once", options=listen)
            resumed = receiver.event("resumed", 20)
            assert resumed["kept"] > 5_000_000, resumed
            assert set(resumed) >= {"transfer", "kept", "refetched"}, resumed
        ends(sender, 0, 40)
        ends(receiver, 0, 40)
        with open(file, "rb") as one, open(ben.got("file.bin"), "rb") as other:
            assert one.read() == other.read()
        assert len(receiver.events("done")) == 1, receiver.events("done")
        os.unlink(ben.got("file.bin"))
        assert os.listdir(ben.folder) == [], os.listdir(ben.folder)
        file = random_file(anna.host.path("file.bin"), 40_000_000)


# Runs a program on a terminal of its own, whose two sides are the standard streams.
ON_TERMINAL = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"


def test_terminal(lab):
    """What a person sees: the question, the code, progress, the end; and what they type."""
    anna, ben = two(lab)
    file = random_file(anna.host.path("film.mkv"), 12_000_000)
    anna.host.links[0].rate(80)
    argv = ben.argv(["receive", "--dir", ben.folder], json=False, options=["--listen", ":4444"])
    screen = ben.host.popen([sys.executable, "-c", ON_TERMINAL, *argv], stdin=subprocess.PIPE)
    screen.line(lambda line: "Ready as “Ben”" in line)
    address = f"{ben.host.links[0].ipv4}:4444"
    sender = anna.start("send", file, "--to", address, json=False)
    screen.line(re.compile(r"^Anna wants to send you “film.mkv”: 1 file, 12\.0\sMB\s*$").match)
    code = re.search(r"Code (\d{3} \d{3})", screen.line(lambda line: "Code" in line)).group(1)
    anna.host.wait_for_log(sender, f"Offered to Ben. Their screen should show the code {code}.")
    screen.write("maybe\n")
    screen.write("y\n")
    ends(sender, 0, 30)
    last = screen.line(re.compile("is here, verified: 12.0\\sMB in").search)
    assert re.search(r"film\.mkv  \d+\.\d\sMB of 12\.0\sMB · \d+\.\d\sMB/s · \d+\ss left",
                     last), last
    assert screen.output.count("Accept? [y]es, [n]o: ") == 2, screen.output
    assert re.search(r"Ben has “film.mkv”: 12\.0\sMB in", sender.errors()), sender.errors()
    assert sender.output == ""
    # One that is taken back, and one that is declined.
    sender = anna.start("send", "--text", "x", "--to", address)
    screen.line(lambda line: "wants to send you a text" in line)
    sender.event("offer")
    ends_by_interrupt(sender, 1)
    screen.line(lambda line: "Anna took the text back." in line)
    sender = anna.start("send", "--text", "x", "--to", address, json=False)
    screen.line(lambda line: "wants to send you a text" in line)
    screen.write("n\n")
    ends(sender, 3)
    assert "Ben declined your text" in sender.errors(), sender.errors()


laboratory.main([test_folder, test_several, test_text, test_answers, test_friends_only,
                 test_comes_back, test_withdrawn, test_interrupted, test_terminal])
