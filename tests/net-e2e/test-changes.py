#!/usr/bin/python3
# test-changes.py: files that change or vanish while they are sent or shared.
# SPDX-License-Identifier: GPL-3.0-or-later

import os

import e2e
from e2e import MIB, check

# Sent in this order: the first is small, the second takes seconds, so that the third is not hashed
# yet when the second is under way.
NAMES = ["a first", "b large", "c last", "d gone"]
SIZES = [MIB, 24 * MIB, 12 * MIB, 8 * MIB]


def make_folder(device):
    folder = device.host.path("root", "folder")
    for name, size in zip(NAMES, SIZES):
        e2e.random_file(os.path.join(folder, name), size)
    return folder


def spoil(folder):
    """One file changes, in place and with its old times; one grows; one goes."""
    path = os.path.join(folder, "c last")
    with open(path, "r+b") as file:
        file.seek(10 * MIB)
        file.write(b"changed!")
    os.unlink(os.path.join(folder, "d gone"))


def named(process, *names):
    """Every one of these is in an error of its own."""
    messages = [event["message"] for event in process.events("error")]
    for name in names:
        check(any(name in message for message in messages), f"no word of “{name}”: {messages}",
              process)
    for event in process.events("error"):
        check(event["side"] in ("here", "there") and event["message"], f"unclear: {event}", process)


def others_same(taker, folder, got):
    for name in ("a first", "b large"):
        taker.host.run(["cmp", os.path.join(folder, name), os.path.join(got, name)])
    there = sorted(os.listdir(got))
    check(there == ["a first", "b large"], f"there is {there}")


def test_draft(lab):
    """They fail alone, the others arrive, both sides say which and end with status 1."""
    giver, taker, _ = e2e.pair(lab, 80)
    folder = make_folder(giver)
    receiving, address = taker.receive("--once")
    sending = giver.send(folder, [address])
    e2e.wait_for_bytes(receiving, 3 * MIB)
    spoil(folder)
    for process in (sending, receiving):
        done = process.event("done", 30)
        check(done["failed"] == 2 and not done["verified"], f"{done}", process)
        check(process.wait(20) == 1, "status", process)
        named(process, "c last", "d gone")
    e2e.end(sending, receiving)
    others_same(taker, folder, taker.got("folder"))


def test_draft_for_people(lab):
    giver, taker, _ = e2e.pair(lab, 80)
    folder = make_folder(giver)
    receiving = taker.start("receive", "--accept", "all", "--once", "--dir", taker.folder,
                            plain=True)
    e2e.wait_until(lambda: "Ready" in receiving.errors(), "ready", receiving)
    sending = giver.start("send", folder, "--to", taker.host.links[0].ipv4 + ":27474", plain=True)
    begun = e2e.sent_bytes(giver.host)
    e2e.wait_until(lambda: e2e.sent_bytes(giver.host) > begun + 3 * MIB, "3 MiB sent", sending)
    spoil(folder)
    for process in (sending, receiving):
        check(process.wait(30) == 1, "status", process)
        told = process.errors()
        check("c last" in told and "d gone" in told, "does not name them", process)
        check("2 of 4" in told, "does not say how many failed", process)
    e2e.end(sending, receiving)


def test_share(lab):
    """Changed after hashing: the fetcher hears it, gets the rest, and waits for a better source;
    the sharer's person hears it too."""
    giver, taker, _ = e2e.pair(lab, 80)
    folder = make_folder(giver)
    copy = giver.host.path("copies", "folder")
    giver.host.run(["sh", "-c", f"mkdir {giver.host.path('copies')}; cp -a {folder} {copy}"])
    sharing, link, address = giver.share(folder)
    getting = taker.get(link, [address])
    e2e.wait_for_bytes(getting, 3 * MIB)
    spoil(folder)
    getting.event("source", 30, state="changed")
    rest = SIZES[0] + SIZES[1]
    e2e.wait_for_bytes(getting, rest, 30)
    getting.no_event("done", 3)
    check(getting.running(), "gave up", getting)
    named(sharing, "c last", "d gone")
    for name in ("c last", "d gone"):
        check(any(name in e["message"] for e in getting.events("notice")), f"no word of {name}",
              getting)
    e2e.end(getting)

    # Somebody who has it as it was ends it.
    other = e2e.Device(giver.host)
    sharing_2, _, address_2 = other.share(copy)
    getting = taker.get(link, [address_2])
    done = e2e.finish(getting)
    check(done["verified"], "not verified", getting)
    check(e2e.last(getting, "resumed")["kept"] >= rest, "fetched again", getting)
    e2e.end(getting, sharing, sharing_2)
    e2e.same_tree(copy, taker.got("folder"))


def test_folder_gone(lab):
    """All of it is removed before anybody has answered: the receiver hears why nothing comes."""
    giver, taker, _ = e2e.pair(lab, 80)
    folder = make_folder(giver)
    receiving, address = taker.receive("--once")
    sending = giver.send(folder, [address])
    e2e.wait_for_bytes(receiving, MIB // 2)
    giver.host.run(["rm", "-rf", folder])
    for process in (sending, receiving):
        check(process.wait(30) == 1, "status", process)
        check(process.events("error"), "says nothing", process)
    e2e.end(sending, receiving)


e2e.main(test_draft, test_draft_for_people, test_share, test_folder_gone)
