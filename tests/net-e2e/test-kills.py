#!/usr/bin/python3
# test-kills.py: either side is killed or interrupted in the middle; what was there is kept.
# SPDX-License-Identifier: GPL-3.0-or-later

import time

import e2e
from e2e import MIB, check

SIZE = 48 * MIB
MBIT = 160
# Bytes that a kill may cost: on the way, in the queues, written but not yet told as verified.
IN_FLIGHT = 16 * MIB


def check_resumed(process, had, words):
    resumed = process.event("resumed", 30)
    check(resumed["kept"] > 0 and resumed["kept"] >= had - IN_FLIGHT,
          f"{words}: had {had}, kept {resumed['kept']}", process)
    check(resumed["refetched"] <= IN_FLIGHT,
          f"{words}: {resumed['refetched']} to be fetched again", process)
    return resumed["kept"]


def kill_at(process, share):
    had = e2e.wait_for_share(process, share)["bytes"]
    process.kill()
    check(not process.events("done"), "had ended before it was killed", process)
    return had


def moments(dice, count):
    """None so late that all may have been done before the kill, on a busy machine."""
    return sorted(0.1 + dice.random() * 0.6 for _ in range(count))


def kill_receiver(dice, start, done):
    """Kills what start() starts at a few moments, and starts it again; the last one ends."""
    process, had = start(), None
    for share in moments(dice, 3):
        if had is not None:
            check_resumed(process, had, "after a kill")
        had = kill_at(process, share)
        time.sleep(dice.random() * 0.5)
        process = start()
    kept = check_resumed(process, had, "after the last kill")
    event = process.event("done", 60)
    check(event["verified"] and event["bytes"] == done, "not all of it", process)
    # What was kept has not been fetched again: no source gave more than the rest.
    fetched = sum(source["bytes"] for source in e2e.sources(process).values())
    check(fetched <= done - kept + MIB, f"fetched {fetched}, had {kept} of {done}", process)
    return process


def test_receiver_of_draft_killed(lab):
    dice = e2e.dice()
    giver, taker, _ = e2e.pair(lab, MBIT)
    tree = e2e.make_tree(giver.host.path("root", "tree"), dice, SIZE)
    sendings = []

    def start():
        process, address = taker.receive()
        if not sendings:
            sendings.append(giver.send(tree, [address]))
        return process
    receiving = kill_receiver(dice, start, SIZE)
    e2e.finish(sendings[0])
    e2e.end(receiving, sendings[0])
    e2e.same_tree(tree, taker.got("tree"))
    e2e.only(taker.folder, "tree")


def test_get_killed(lab):
    dice = e2e.dice()
    giver, taker, _ = e2e.pair(lab, MBIT)
    tree = e2e.make_tree(giver.host.path("root", "tree"), dice, SIZE)
    sharing, link, address = giver.share(tree)
    getting = kill_receiver(dice, lambda: taker.get(link, [address]), SIZE)
    check(getting.wait(20) == 0, "status", getting)
    e2e.end(getting, sharing)
    e2e.same_tree(tree, taker.got("tree"))
    e2e.only(taker.folder, "tree")


def test_sender_killed(lab):
    """The receiver stays; the same command again goes on with what it has."""
    dice = e2e.dice()
    giver, taker, _ = e2e.pair(lab, MBIT)
    tree = e2e.make_tree(giver.host.path("root", "tree"), dice, SIZE)
    receiving, address = taker.receive()
    before = e2e.sent_bytes(giver.host)
    for share in moments(dice, 2):
        sending = giver.send(tree, [address])
        kill_at(sending, share)
        time.sleep(dice.random() * 0.5)
    sending = giver.send(tree, [address])
    done = e2e.finish(sending)
    check(done["verified"] and done["bytes"] == SIZE, "not all of it", sending)
    check(receiving.event("done", 20)["bytes"] == SIZE, "not all of it", receiving)
    # One offer, accepted once; and the line has not carried it twice.
    accepted = receiving.events("accepted")
    check(len(accepted) == 1, f"accepted: {accepted}", receiving)
    sent = e2e.sent_bytes(giver.host) - before
    check(sent < SIZE * 1.1 + 2 * IN_FLIGHT, f"sent {sent} for {SIZE} bytes", sending)
    e2e.end(sending, receiving)
    e2e.same_tree(tree, taker.got("tree"))
    e2e.only(taker.folder, "tree")


def interrupted(process):
    status = process.interrupt()
    check(status == 1, f"status {status} after an interrupt", process)
    check("Interrupted" in process.errors() and "go" in process.errors(),
          "does not say that it can go on", process)


def test_interrupts(lab):
    """Ctrl+C on either side: status 1, it says what is kept, the same command goes on."""
    dice = e2e.dice()
    giver, taker, _ = e2e.pair(lab, MBIT)
    tree = e2e.make_tree(giver.host.path("root", "tree"), dice, SIZE)
    words = ["receive", "--accept", "all", "--dir", taker.folder]
    receiving, address = taker.receive()
    sending = giver.start("send", tree, "--to", address, plain=True)
    e2e.wait_for_share(receiving, 0.2)
    interrupted(sending)
    sending = giver.send(tree, [address])
    e2e.wait_for_share(receiving, 0.4)
    receiving.interrupt()
    receiving = taker.start(*words, plain=True)
    e2e.wait_for_share(sending, 0.6)
    interrupted(receiving)
    receiving = taker.receive()[0]
    check_resumed(receiving, SIZE // 2, "after an interrupt")
    e2e.finish(sending)
    receiving.event("done", 10)
    e2e.end(sending, receiving)
    e2e.same_tree(tree, taker.got("tree"))


e2e.main(test_receiver_of_draft_killed, test_get_killed, test_sender_killed, test_interrupts)
