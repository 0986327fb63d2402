#!/usr/bin/python3
# test-nearby.py: who sees whom on a network, with avahi-daemon and without, and who has left.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-nearby.py SHOAL-CLI [TEST...]

import os
import time

import lab as laboratory
from lab import LabError
from device import Device, befriend, ends, ends_by_interrupt, error_of

REACHED = ("nearby", "local")


def hosts_with(lab, names, responders, **options):
    """Hosts on one network; those in `responders` run avahi-daemon, the others embed."""
    hosts = [lab.host(name.lower()) for name in names]
    lab.lan(hosts, **options)
    for host in hosts:
        if host.name in responders:
            host.start_avahi()
    return [Device(host, name) for host, name in zip(hosts, names)]


def look(*devices):
    """What each of them sees, by name; all look at once."""
    running = []
    for device in devices:
        device.discovery = True
        running.append(device.start("devices", "--wait", "2.5"))
    for process in running:
        ends(process, 0)
    return [{d["name"]: d for d in process.events("device")} for process in running]


def receive(device, *words, visible="everyone"):
    device.discovery = True
    return device.receive(*words, options=["--visible", visible])


def meet(lab, responders):
    """Each visibility: friends see and reach it, strangers only if everyone may; and from each one
    can look and send."""
    anna, ben, cem, zoe = hosts_with(lab, ("Anna", "Ben", "Cem", "Zoe"), responders)
    befriend(anna, ben)
    cem_in = receive(cem, "--accept", "all", visible="friends")
    anna_id = anna.identity()
    for visible in ("everyone", "friends", "nobody"):
        anna_in = receive(anna, "--accept", "all", visible=visible)
        time.sleep(1)
        by_friend, by_stranger = look(ben, zoe)
        assert by_friend["Anna"]["friend"] is True and by_friend["Anna"]["id"] == anna_id
        assert visible == "nobody" or by_friend["Anna"]["path"] in REACHED, by_friend
        if visible == "everyone":
            assert set(by_stranger) == {"Anna"}, by_stranger
            assert by_stranger["Anna"]["path"] in REACHED and by_stranger["Anna"]["mark"]
            assert by_stranger["Anna"]["friend"] is False, by_stranger
        else:
            assert by_stranger == {}, by_stranger
        if zoe.host.avahi:
            check_records(zoe.host, visible)
        ben.run("send", "--text", "to a friend", "--to", "Anna")
        assert anna_in.event("done", 20)["text"] == "to a friend"
        ends_by_interrupt(anna_in)
        # Looking and sending work whatever the others may see.
        anna.run("send", "--text", visible, "--to", cem_in.address,
                 options=["--visible", visible])
        assert cem_in.event("done", 20)["text"] == visible
    ends_by_interrupt(cem_in)
    receive(anna, visible="friends")
    found = error_of(zoe.run("list", "Anna", status=1), "not-found")
    assert "Anna" in found["message"] and found["next"], found


def check_records(host, visible):
    """As others' tools see it: a name and an ID for everyone, else neither."""
    browsed = host.run(["avahi-browse", "-rpt", "_shoal._tcp"]).stdout.splitlines()
    from_anna = [line for line in browsed if "10.1.0.1" in line]
    assert bool(from_anna) == (visible != "nobody"), browsed
    assert any("Anna" in line for line in browsed) == (visible == "everyone"), browsed
    assert any("id=" in line for line in from_anna) == (visible == "everyone"), browsed


def test_meet_daemon(lab):
    meet(lab, ("anna", "ben", "cem", "zoe"))


def test_meet_embedded(lab):
    meet(lab, ())


def test_leave(lab):
    """Gone within 3 s of quitting; within 20 s of being killed, cut off or unplugged: for one who
    holds sessions with all, and for one who only looks."""
    names = ("Wes", "Nia", "Quin", "Kim", "Cass", "Una")
    wes, nia, *others = hosts_with(lab, names, ("nia", "quin", "cass"))
    for device in others:
        device.id = device.identity()
    watchers = []
    for device, visible in ((wes, "everyone"), (nia, "nobody")):
        device.discovery = True
        watchers.append(device.start("devices", "--watch", options=["--visible", visible]))
    processes = {device: receive(device) for device in others}
    for watcher in watchers:
        for device in others:
            path_becomes(watcher, device, REACHED, 0, time.monotonic() + 10)
    time.sleep(2)
    quin, kim, cass, una = others
    started = time.monotonic()
    processes[quin].interrupt()
    for watcher in watchers:
        path_becomes(watcher, quin, ("none",), started, started + 3)
    started = time.monotonic()
    processes[kim].kill()
    cass.host.links[0].cut()
    una.host.links[0].down()
    for watcher in watchers:
        for device in (kim, cass, una):
            path_becomes(watcher, device, ("none",), started, started + 20)
    # And back.
    started = time.monotonic()
    cass.host.links[0].mend()
    receive(kim)
    for watcher in watchers:
        for device in (kim, cass):
            path_becomes(watcher, device, REACHED, started, started + 20)


def path_becomes(watcher, device, paths, since, until):
    """The device was last seen so, and that was told between those times."""
    watcher.cursor = 0
    while True:
        try:
            watcher.event("device", max(until - time.monotonic(), 0),
                          id=lambda i: device.id.startswith(i), path=lambda p: p in paths)
        except LabError:
            print(f"{device.host.name}: never {paths}")
            raise
        if watcher.when >= since:
            print(f"# {watcher.name} told of {device.host.name} after {watcher.when - since:.1f} s")
            return


def test_ipv6_only(lab):
    """No IPv4 and only link-local addresses: found and sent to by name."""
    anna, ben = hosts_with(lab, ("Anna", "Ben"), ("ben",), ipv4=False)
    ben.discovery = True
    receiver = ben.start("receive", "--accept", "all", "--once", "--dir", ben.folder)
    anna.discovery = True
    anna.run("send", "--text", "over IPv6", "--to", "Ben")
    assert receiver.event("done")["text"] == "over IPv6"
    ends(receiver, 0)


def test_other_interfaces(lab):
    """Docker's bridge and a VPN: one entry for each device, and nothing is slower for it."""
    anna, ben = hosts_with(lab, ("Anna", "Ben"), ("ben",))
    for device in (anna, ben):
        device.host.add_interface("docker0", "172.17.0.1/16")
        device.host.add_interface("vpn0", "10.200.0.2/24", kind="card")
        if os.access("/dev/net/tun", os.W_OK):
            device.host.add_interface("tun0", "10.8.0.2/24", kind="tun")
    receiver = receive(ben, "--accept", "all")
    anna.discovery = True
    started = time.monotonic()
    anna.run("send", "--text", "hello", "--to", "Ben")
    assert time.monotonic() - started < 8
    assert receiver.event("done")["text"] == "hello"
    found = anna.run("devices", "--wait", "3").events("device")
    assert [d["name"] for d in found] == ["Ben"], found
    assert found[0]["path"] in REACHED and found[0]["address"].startswith("10.1.0."), found


def test_same_name_at_once(lab):
    """Many devices of one name that start in the same moment: each is announced."""
    names = ("Anna", "Ben", "Cem", "Dora", "Eve", "Finn")
    anna, *others = hosts_with(lab, names, ("ben", "cem"))
    for device in others:
        device.run("name", "Laptop")
        device.discovery = True
    anna.discovery = True
    watcher = anna.start("devices", "--watch", options=["--visible", "nobody"])
    for device in others:
        device.start("receive")
    deadline, seen = time.monotonic() + 20, {}
    while len(seen) < len(others):
        found = watcher.event("device", deadline - time.monotonic())
        assert found["name"] == "Laptop", found
        seen[found["id"]] = watcher.when
    assert len({i.split("-")[0] for i in seen}) == len(others), seen


def test_ambiguous(lab):
    """Two strangers of one name: the name fails and lists IDs; the beginning of an ID works."""
    anna, one, other = hosts_with(lab, ("Anna", "Ben", "Cem"), ())
    other.run("name", "ben")
    ids = [one.identity(), other.identity()]
    receivers = [receive(device, "--accept", "all") for device in (one, other)]
    time.sleep(2)  # both want one name in the records, and one of them takes another
    anna.discovery = True
    found = error_of(anna.run("send", "--text", "x", "--to", "Ben", status=1), "ambiguous")
    for text in ids:
        assert text[:7] in found["message"], (found, ids)
    assert "ID" in found["next"], found
    listed = anna.run("devices", "--wait", "3").events("device")
    assert sorted(d["id"] for d in listed) == sorted(ids), listed
    assert not any(d["unique"] for d in listed) and len({d["mark"] for d in listed}) == 2
    text = anna.run("devices", "--wait", "3", json=False).output.splitlines()
    assert len(text) == 2 and all(d["mark"] in "\n".join(text) for d in listed), text
    anna.run("send", "--text", "for the second", "--to", ids[1][:10])
    assert receivers[1].event("done")["text"] == "for the second"
    # Once one of them is a friend, the name means that one.
    anna.run("friend", "add", ids[0])
    anna.run("send", "--text", "for the friend", "--to", "Ben")
    assert receivers[0].event("done")["text"] == "for the friend"
    assert len(receivers[1].events("done")) == 1
    listed = {d["id"]: d for d in anna.run("devices", "--wait", "3").events("device")}
    assert listed[ids[1]]["not_friend"] == "Ben" and listed[ids[0]]["friend"], listed
    text = anna.run("devices", "--wait", "3", json=False).output
    assert "not your friend Ben" in text, text


laboratory.main([test_meet_daemon, test_meet_embedded, test_leave, test_ipv6_only,
                 test_other_interfaces, test_same_name_at_once, test_ambiguous])
