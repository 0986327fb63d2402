#!/usr/bin/python3
# test-disk.py: no room at the destination, before and during a transfer.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import time

import e2e
from e2e import MIB, check

ROOM = 64 * MIB


def mount_small(device):
    """The device's files go to a file system of ROOM bytes."""
    small = device.host.path("small")
    os.makedirs(small)
    device.host.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", small])
    device.folder = os.path.join(small, "inbox")
    return small


def names_there(device, folder):
    """The file system is the host's alone."""
    return sorted(device.host.run(["ls", "-A", folder], check=False).stdout.split("\n")[:-1])


def test_larger_than_the_disk(lab):
    """Refused before the first byte; both sides say why and what to do."""
    giver, taker, _ = e2e.pair(lab, 400)
    small = mount_small(taker)
    path = e2e.random_file(giver.host.path("root", "film"), ROOM + MIB)
    receiving, address = taker.receive("--once")
    sending = giver.send(path, [address])
    for process, side in ((sending, "there"), (receiving, "here")):
        error = process.event("error", 20)
        check(error["code"] == "disk-full" and error["side"] == side and error["next"],
              f"no clear error: {error}", process)
        check(process.wait(10) == 1, "status", process)
    check(not receiving.events("first-byte"), "bytes came", receiving)
    check(names_there(taker, taker.folder) == [], "left something behind", receiving)
    check("film" in sending.errors() and "room" in sending.errors(), "for people", sending)

    # The same with a link.
    sharing, link, address = giver.share(path)
    getting = taker.get(link, [address])
    error = getting.event("error", 20)
    check(error["code"] == "disk-full" and error["side"] == "here" and error["next"],
          f"no clear error: {error}", getting)
    check(getting.wait(10) == 1 and not getting.events("first-byte"), "bytes came", getting)
    e2e.end(sending, receiving, sharing, getting)

    # Something that fits comes through.
    path = e2e.random_file(giver.host.path("root", "song"), 4 * MIB)
    receiving, address = taker.receive("--once")
    e2e.finish(giver.send(path, [address]))
    e2e.finish(receiving)
    taker.host.run(["cmp", path, taker.got("song")])
    check(names_there(taker, small) == ["inbox"], "odd names")


def fill(device, small, count):
    device.host.run(["dd", "if=/dev/zero", f"of={small}/ballast", "bs=1M", f"count={count}"],
                    check=False)


def fills_up(lab, start):
    """start(giver, taker, path): the processes to hear of the pause, then the one that fetches."""
    giver, taker, _ = e2e.pair(lab, 100)
    small = mount_small(taker)
    path = e2e.random_file(giver.host.path("root", "film"), ROOM * 3 // 4)
    processes = start(giver, taker, path)
    fetching = processes[-1]
    e2e.wait_for_share(fetching, 0.2)
    fill(taker, small, 200)  # all there is
    for process in processes:
        reason = process.event("paused", 20)["reason"]
        check("full" in reason and "needed" in reason, f"reason: {reason}", process)
    had = e2e.last(fetching, "progress")["bytes"]
    time.sleep(3)
    for process in processes:
        check(process.running() and not process.events("done"), "ended", process)
        check(not process.events("error"), "an error", process)
        check(len(process.events("paused")) <= 2, "says it again and again", process)
    check(e2e.last(fetching, "progress")["bytes"] <= had + MIB, "there was room", fetching)

    # Part of the room: it goes on and pauses again. All: it ends.
    taker.host.run(["rm", f"{small}/ballast"])
    begun = time.monotonic()
    e2e.wait_for_bytes(fetching, had + MIB, 30)
    waited = time.monotonic() - begun
    print(f"# goes on {waited:.1f} s after there is room")
    for process in processes:
        check(process.event("done", 30)["verified"], "not verified", process)
    # Nothing that came is lost: it has not come twice.
    fetched = sum(source["bytes"] for source in e2e.sources(fetching).values())
    check(fetched == os.path.getsize(path), f"fetched {fetched}", fetching)
    e2e.end(*processes)
    taker.host.run(["cmp", path, taker.got("film")])
    check(names_there(taker, taker.folder) == ["film"], "left behind")


def test_fills_up_while_receiving(lab):
    def start(giver, taker, path):
        receiving, address = taker.receive()
        return giver.send(path, [address]), receiving
    fills_up(lab, start)


def test_fills_up_while_getting(lab):
    def start(giver, taker, path):
        _, link, address = giver.share(path)
        return (taker.get(link, [address]),)
    fills_up(lab, start)


def test_restart_while_full(lab):
    """Interrupted while it waits for room: the next run waits again and goes on."""
    giver, taker, _ = e2e.pair(lab, 100)
    small = mount_small(taker)
    path = e2e.random_file(giver.host.path("root", "film"), ROOM * 3 // 4)
    sharing, link, address = giver.share(path)
    getting = taker.get(link, [address])
    e2e.wait_for_share(getting, 0.2)
    fill(taker, small, 200)
    getting.event("paused", 20)
    had = e2e.last(getting, "progress")["bytes"]
    check(getting.interrupt() == 1, "status", getting)
    getting = taker.get(link, [address])
    getting.event("paused", 20)
    taker.host.run(["rm", f"{small}/ballast"])
    resumed = e2e.last(getting, "resumed")
    check(resumed and resumed["kept"] >= had - 8 * MIB, f"had {had}, {resumed}", getting)
    e2e.finish(getting)
    e2e.end(getting, sharing)
    taker.host.run(["cmp", path, taker.got("film")])


e2e.main(test_larger_than_the_disk, test_fills_up_while_receiving, test_fills_up_while_getting,
         test_restart_while_full)
