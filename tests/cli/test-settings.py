#!/usr/bin/python3
# test-settings.py: what Shoal was told to do, friends' rights, and the doctor.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-settings.py SHOAL-CLI [TEST...]

import os
import time

import lab as laboratory
from device import Device, befriend, ends, ends_by_interrupt, error_of, random_file, two, write


def settings(device):
    return {s["key"]: s["value"] for s in device.run("settings").events("setting")}


def test_settings(lab):
    """What is set holds for all later runs; what makes no sense changes nothing."""
    anna, = (Device(lab.host("anna"), "Anna"),)
    folder = anna.host.path("here")
    os.mkdir(folder)
    picture = write(anna.host.path("me.png"), b"\x89PNG\r\n\x1a\n" + b"x" * 100)
    for words in (("download-limit", "2 MB/s"), ("upload-limit", "500k"), ("slow-mode", "on"),
                  ("seen-by", "friends"), ("accept", "friends"), ("port", "27480"),
                  ("download-directory", folder), ("picture", picture), ("interfaces", "b0,a0")):
        anna.run("set", *words)
    found = settings(anna)
    assert found["name"] == "Anna" and found["download-directory"] == folder, found
    assert (found["slow-mode"], found["seen-by"], found["accept"]) == ("on", "friends", "friends")
    assert found["port"] == "27480" and found["picture"] == "108 bytes", found
    assert found["interfaces"] == "a0,b0", found
    assert found["download-limit"].startswith("2.0") and "kB/s" in found["upload-limit"], found

    for words in (("download-limit", "fast"), ("port", "70000"), ("seen-by", "some"),
                  ("colour", "blue"), ("slow-mode", "perhaps"), ("name", "a\u202eb"),
                  ("download-limit", "3")):
        error_of(anna.run("set", *words, status=1), "invalid")
    error_of(anna.run("set", "download-directory", "/nonexistent", status=1), "not-found")
    assert settings(anna) == found
    anna.run("set", "name", status=2)
    changed = anna.run("set", "slow-mode", "on")
    assert [s["key"] for s in changed.events("setting")] == ["slow-mode"], changed.output
    comes_with = found["trackers"]
    for value, shown in (("none", "none"), ("wss://t.example/", "wss://t.example/"),
                         ("default", comes_with)):
        anna.run("set", "trackers", value)
        assert settings(anna)["trackers"] == shown, value
    text = anna.run("settings", json=False).output
    assert "slow-mode            on" in text, text


def test_port(lab):
    """The port that was chosen; and if another program has it, the usual one, with a word."""
    anna, = (Device(lab.host("anna"), "Anna"),)
    anna.run("set", "port", "40123")
    receiver = anna.start("receive", "--dir", anna.folder)
    assert receiver.event("listening")["port"] == 40123
    other = Device(anna.host, "Other")
    other.run("set", "port", "40123")
    second = other.start("receive", "--dir", other.folder)
    assert second.event("listening")["port"] == 27474
    assert error_of(second, "in-use")["side"] == "here"
    # What is said for one run holds for it.
    ends_by_interrupt(receiver)
    receiver = anna.start("receive", "--dir", anna.folder, options=["--listen", ":40200"])
    assert receiver.event("listening")["port"] == 40200


def test_friends(lab):
    """A nickname, a verified state, a limit; all of it bound to the key, all of it forgotten."""
    anna, ben = two(lab)
    ben_id = ben.identity()
    error_of(anna.run("friend", "rename", ben_id, "Benjamin", status=1), "not-found")
    befriend(anna, ben)
    anna.run("friend", "rename", "Ben", "Benjamin der Erste")
    anna.run("friend", "verify", "benjamin der erste")
    anna.run("friend", "auto-accept", ben_id, "1 MB")
    found, = anna.run("friend", "list").events("device")
    assert (found["name"], found["nickname"]) == ("Ben", "Benjamin der Erste"), found
    assert found["verified"] is True and found["auto_accept"] == 1_000_000, found

    # Within the limit it is taken, beyond it asked.
    receiver = anna.receive()
    small = random_file(ben.host.path("small.bin"), 900_000)
    sender = ben.start("send", small, "--to", receiver.address)
    receiver.event("done", 20)
    ends(sender, 0)
    large = random_file(ben.host.path("large.bin"), 1_100_000)
    sender = ben.start("send", large, "--to", receiver.address)
    assert receiver.event("offer", 20)["name"] == "large.bin"
    receiver.write("n\n")
    ends(sender, 3)
    ends_by_interrupt(receiver)

    anna.run("friend", "auto-accept", ben_id, status=2)
    anna.run("friend", "auto-accept", ben_id, "much", status=2)
    anna.run("friend", "auto-accept", ben_id, "off")
    anna.run("friend", "rename", ben_id, "")
    found, = anna.run("friend", "list").events("device")
    assert found["auto_accept"] == 0 and found["nickname"] is None, found
    anna.run("friend", "forget", ben_id)
    assert not anna.run("friend", "list").events("device")


def test_limit(lab):
    """Two downloads together keep to the one limit."""
    anna, ben = two(lab)
    ben.run("set", "download-limit", "1 MB/s")
    receiver = ben.receive("--accept", "all")
    files = [random_file(anna.host.path(name), 2_500_000) for name in ("a.bin", "b.bin")]
    cem = Device(anna.host, "Cem")
    started = time.monotonic()
    senders = [device.start("send", file, "--to", receiver.address)
               for device, file in zip((anna, cem), files)]
    for sender in senders:
        ends(sender, 0, 60)
    # A lower bound: a slow machine is slower still.
    assert time.monotonic() - started > 4.5


def test_doctor(lab):
    """A device that calls back gets through; one that cannot says so."""
    anna, ben = two(lab)
    receiver = ben.receive()
    checks = {c["id"]: c for c in anna.run("doctor", receiver.address, status=1).events("check")}
    assert list(checks) and set(checks) == {"network", "discovery", "visible", "port", "firewall",
                                            "reachable", "vpn", "tracker"}, checks
    for name in ("network", "visible", "port", "reachable"):
        assert checks[name]["state"] == "ok", checks
    assert checks["discovery"]["state"] == "failed", checks  # --no-discovery
    assert checks["discovery"]["remedy_id"] == "connect-by-address", checks

    # Listening where nobody gets to, as behind a firewall.
    found = anna.run("doctor", receiver.address, status=1, options=["--listen", "127.0.0.1:0"])
    checks = {c["id"]: c for c in found.events("check")}
    assert checks["reachable"]["state"] == "failed", checks
    assert checks["reachable"]["remedy_id"] == "open-firewall", checks
    assert checks["reachable"]["detail"].startswith("sudo "), checks
    text = anna.run("doctor", status=1, json=False).output
    assert "✓" in text and "✗" in text, text


def test_doctor_hears(lab):
    """With mDNS: our own announcement comes back, and others are heard."""
    anna, ben = two(lab, discovery=True)
    receiver = ben.receive()
    found = anna.run("doctor", "Ben")
    checks = {c["id"]: c for c in found.events("check")}
    assert checks["discovery"]["state"] == "ok", checks
    assert checks["reachable"]["state"] == "ok", checks
    ends_by_interrupt(receiver)


def test_interfaces(lab):
    """Two networks, one of which may be used: nobody of the other gets through, either way."""
    use_one(lab, False)


def test_interfaces_daemon(lab):
    """The same through avahi-daemon, which itself speaks on both."""
    use_one(lab, True)


def use_one(lab, daemon):
    hosts = [lab.host(name) for name in ("anna", "ben", "cem")]
    lab.lan([hosts[0], hosts[1]])
    lab.lan([hosts[0], hosts[2]])
    if daemon:
        hosts[0].start_avahi()
    anna, ben, cem = [Device(host, name, discovery=True)
                      for host, name in zip(hosts, ("Anna", "Ben", "Cem"))]
    home, away = hosts[0].links
    anna.run("set", "interfaces", home.device)
    receiver = anna.receive("--accept", "all")
    port = receiver.address.rsplit(":", 1)[1]

    ben.run("send", "--text", "from home", "--to", "Anna")
    assert receiver.event("done")["text"] == "from home"
    found = cem.run("devices", "--wait", "4").events("device")
    assert not found, found
    failed = cem.run("friend", "add", f"{away.ipv4}:{port}", status=1)
    assert failed.events("error")[0]["code"] in ("closed", "unreachable"), failed.output
    ends_by_interrupt(receiver)

    theirs = cem.receive()
    error_of(anna.run("friend", "add", theirs.address, status=1), "unreachable")
    anna.run("set", "interfaces", "all")
    anna.run("friend", "add", theirs.address)


laboratory.main([test_settings, test_port, test_friends, test_limit, test_doctor,
                 test_doctor_hears, test_interfaces, test_interfaces_daemon])
