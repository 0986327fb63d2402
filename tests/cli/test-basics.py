#!/usr/bin/python3
# test-basics.py: the device itself, usage, and what is printed when things go wrong at once.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-basics.py SHOAL-CLI [TEST...]

import os
import re
import signal
import stat
import time

import lab as laboratory
from device import CLI, Device, ends_by_interrupt, error_of, two

VERBS = ("id", "name", "devices", "friend", "receive", "send", "share", "list", "get", "export",
         "verify", "settings", "set", "doctor")


def test_identity(lab):
    anna = Device(lab.host("anna"))
    first = anna.run("id").event("id")
    assert re.fullmatch(r"[A-Z2-7-]{40,80}", first["id"]), first
    assert anna.run("id").event("id") | {"t": 0} == first | {"t": 0}
    assert first["name"] == "anna"
    assert stat.S_IMODE(os.stat(anna.state).st_mode) == 0o700
    keys = []
    for name in os.listdir(anna.state):
        path = os.path.join(anna.state, name)
        with open(path, "rb") as file:
            if b"PRIVATE KEY" in file.read():
                keys.append(name)
                assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert len(keys) == 1, os.listdir(anna.state)
    other = Device(anna.host)
    assert other.identity() != first["id"]
    # The default place.
    done = anna.host.run([CLI, "--json", "id"])
    assert os.path.isdir(os.path.join(anna.host.env["XDG_DATA_HOME"], "shoal")), done.stdout
    text = anna.run("id", json=False).output.splitlines()
    assert text[1] == first["id"] and text[0].startswith("anna  "), text


def test_name(lab):
    anna = Device(lab.host("anna"))
    before = anna.identity()
    assert anna.run("name", "  Änna’s computer ").event("id")["name"] == "Änna’s computer"
    after = anna.run("id").event("id")
    assert after["name"] == "Änna’s computer" and after["id"] == before
    for bad in ("", "   ", "x" * 241, "a\nb", "\x1b[31mred"):
        error_of(anna.run("name", bad, status=1), "invalid")
    assert anna.run("id").event("id")["name"] == "Änna’s computer"


def test_usage(lab):
    """Status 2, what is wrong, and how it is used."""
    anna = Device(lab.host("anna"))
    for words, cause, usage in (
            (["fly"], "fly", "--help"), ([], "verb", "--help"),
            (["id", "x"], "id", "shoal-cli [OPTION]… id"),
            (["name"], "name", "shoal-cli [OPTION]… name"),
            (["name", "a", "b"], "name", "name NAME"),
            (["send", "/etc/passwd"], "--to", "send PATH"),
            (["send", "--to", "x"], "what to send", "send PATH"),
            (["send", "--to", "x", "--text", "a", "/etc/passwd"], "what to send", "send PATH"),
            (["send", "--to", "x", "--text", ""], "64 KiB", "send PATH"),
            (["send", "--to", "x", "--text", "y" * 65537], "64 KiB", "send PATH"),
            (["receive", "x"], "receive", "receive [--dir DIR]"),
            (["receive", "--accept", "some"], "ask, friends or all", "receive [--dir DIR]"),
            (["receive", "--nonsense"], "--nonsense", "receive [--dir DIR]"),
            (["share"], "what to share", "share PATH"), (["list"], "whose", "list DEVICE"),
            (["list", "a", "b"], "whose", "list DEVICE"),
            (["get"], "what to get", "get LINK"), (["export", "/etc/passwd"], "-o", "export PATH"),
            (["export", "-o", "x"], "what to describe", "export PATH"),
            (["verify", "x"], "folder", "verify FILE.torrent|LINK DIR"),
            (["friend"], "add, list", "friend add"), (["friend", "add"], "add, list", "friend add"),
            (["friend", "hug", "x"], "add, list", "friend add"),
            (["devices", "x"], "devices", "devices [--watch]"),
            (["devices", "--wait", "-1"], "0 to 3600", "devices [--watch]")):
        done = anna.run(*words, status=2)
        errors = done.errors()
        assert cause in errors and "Usage:" in errors or "Try " in errors, f"{words}: {errors}"
        assert usage in errors, f"{words}: {errors}"
        assert done.event("error")["side"] == "here", done.output
        assert len(done.lines) == 1, done.output
    for options, cause in ((["--listen", "nowhere:1"], "--listen"),
                           (["--listen", ":x"], "--listen"), (["--listen", ":70000"], "--listen"),
                           (["--visible", "some"], "everyone, friends or nobody"),
                           (["--frobnicate"], "--frobnicate")):
        done = anna.run("id", options=options, status=2)
        assert cause in done.errors(), done.errors()
    assert not os.path.exists(anna.state), "a usage error makes no key"


def test_help(lab):
    anna = lab.host("anna")
    assert re.fullmatch(r"shoal-cli \d+\.\d+\.\d+\n", anna.run([CLI, "--version"]).stdout)
    general = anna.run([CLI, "--help"]).stdout
    for verb in VERBS:
        assert re.search(rf"^  {verb} ", general, re.M), general
        done = anna.run([CLI, verb, "--help"]).stdout
        assert f"shoal-cli [OPTION…] {verb}" in done, done
    for option in ("--state", "--json", "--quiet", "--listen", "--no-discovery", "--visible"):
        assert option in general, general
    for verb, options in (("devices", ("--watch", "--wait")), ("send", ("--to", "--text")),
                          ("receive", ("--dir", "--accept", "--once", "--no-pass-on")),
                          ("share", ("--private", "--for")), ("get", ("--dir", "--from")),
                          ("export", ("--output",))):
        done = anna.run([CLI, verb, "--help"]).stdout
        for option in options:
            assert option in done, done
    assert not os.path.exists(os.path.join(anna.env["XDG_DATA_HOME"], "shoal"))


def test_slip(lab):
    """A path that is not there is told at once, not after a search for whom it is for."""
    anna = Device(lab.host("anna"))
    found = error_of(anna.run("send", "/nonexistent", "--to", "Nobody", status=1), "not-found")
    assert "/nonexistent" in found["message"] and found["next"], found


def test_one_owner(lab):
    anna, _ = two(lab)
    owner = anna.receive()
    for words in (["id"], ["send", "/etc/passwd", "--to", "10.1.0.2:1"], ["devices"]):
        found = error_of(anna.run(*words, status=1), "in-use")
        assert "shoal-cli" in found["message"], found
        # As the owner sees itself: in its own PID namespace.
        with open(f"/proc/{owner.pid}/status", encoding="ascii") as file:
            pids = re.search(r"NSpid:\s(.*)", file.read()).group(1).split()
        assert any(re.search(rf"\b{pid}\b", found["message"]) for pid in pids), (found, pids)
        assert found["next"], found
    ends_by_interrupt(owner)
    anna.run("id")
    # A killed one leaves no lock behind.
    anna.receive().kill()
    anna.run("id")


def test_ports(lab):
    anna, ben = two(lab)
    other = Device(anna.host)
    first = anna.receive()
    taken = int(first.address.split(":")[1])
    second = other.start("receive", options=["--listen", f":{taken}"])
    assert second.wait(20) == 1, second.output
    found = error_of(second, "in-use")
    assert str(taken) in found["message"] and found["next"], found
    # Without --listen the next port is taken.
    third = other.receive()
    assert third.address != first.address
    ends_by_interrupt(third)
    for where in ("0", ":0", "127.0.0.1:0", "[::1]:0", f"{anna.host.links[0].ipv4}:0"):
        process = other.start("receive", options=["--listen", where])
        found = process.event("listening")
        assert set(found) == {"event", "t", "address", "port"} and found["port"] > 0, found
        if len(where) > 2:
            assert where.startswith(found["address"]), (where, found)
        ends_by_interrupt(process)
    found = error_of(other.run("receive", options=["--listen", "10.99.0.1:0"], status=1),
                     "invalid")
    assert "10.99.0.1" in found["message"], found
    ends_by_interrupt(first)
    found = error_of(ben.run("send", "/etc/passwd", "--to", first.address, status=1),
                     "unreachable")
    assert first.address in found["message"] and found["next"], found


def test_signals(lab):
    """One signal ends in order, the second at once; watching and serving end well by one."""
    anna, _ = two(lab)
    for words, status in ((("devices", "--watch"), 0), (("receive",), 0),
                          (("devices", "--wait", "60"), 1)):
        process = anna.start(*words)
        time.sleep(0.5)
        assert process.interrupt() == status, (words, process.errors())
    process = anna.start("devices", "--wait", "60")
    time.sleep(0.5)
    process.signal(signal.SIGINT)
    process.signal(signal.SIGTERM)
    assert process.wait(5) == 1


def test_bad_state(lab):
    """A state folder that cannot be, and a damaged key: told, never replaced in silence."""
    anna = Device(lab.host("anna"))
    with open(anna.host.path("file"), "w", encoding="ascii"):
        pass
    good, anna.state = anna.state, anna.host.path("file", "state")
    assert anna.run("id", status=1).event("error")["message"]
    anna.state = good
    anna.run("id")
    key = [os.path.join(good, n) for n in os.listdir(good) if n.endswith((".pem", ".key", "key"))]
    assert key, os.listdir(good)
    with open(key[0], "w", encoding="ascii") as file:
        file.write("nonsense")
    found = anna.run("id", status=1).event("error")
    assert key[0] in found["message"] + (found["next"] or ""), found


laboratory.main([test_identity, test_name, test_usage, test_help, test_slip, test_one_owner,
                 test_ports, test_signals, test_bad_state])
