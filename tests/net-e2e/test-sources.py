#!/usr/bin/python3
# test-sources.py: several sources of one share; one lies, one stalls, one dies; passing on.
# SPDX-License-Identifier: GPL-3.0-or-later

import os

import e2e
from e2e import LIAR, MIB, check


def sharers(lab, names, size, mbit, dice, **lies):
    """Devices that share copies of one tree, on one switch with the taker, which comes last; the
    one named in lies is a liar. Returns taker, tree, link, addresses, IDs, processes."""
    devices = e2e.crowd(lab, [*names, "taker"], mbit)
    taker = devices.pop()
    tree = None
    link, addresses, ids, processes = None, {}, {}, {}
    for name, device in zip(names, devices):
        copy = device.host.path("root", "tree")
        if tree is None:
            tree = e2e.make_tree(copy, dice, size)
        else:
            device.host.run(["cp", "-a", tree, copy]) if os.path.isdir(os.path.dirname(copy)) \
                else device.host.run(["sh", "-c", f"mkdir -p {os.path.dirname(copy)} && "
                                                  f"cp -a {tree} {copy}"])
        if name in lies:
            device.cli = LIAR
            device.env["SHOAL_LIE"] = lies[name]
        ids[name] = device.identity()
        processes[name], found, addresses[name] = device.share(copy)
        check(link is None or link.split("&")[0] == found.split("&")[0],
              f"one folder, two links: {link} {found}")
        link = found
    return taker, tree, link, addresses, ids, processes


def test_all_give(lab):
    """Bytes come from each of three sources, and faster than one could."""
    dice = e2e.dice()
    names = ["anna", "ben", "cleo"]
    taker, tree, link, addresses, ids, processes = sharers(lab, names, 36 * MIB, 40, dice)
    taker.host.links[0].rate(None)
    getting = taker.get(link, addresses.values())
    done = e2e.finish(getting)
    told = e2e.sources(getting)
    for name in names:
        share = told[ids[name]]["bytes"] / done["bytes"]
        check(0.15 < share < 0.6, f"{name} gave {share:.0%}", getting)
    check(max(e["sources"] for e in getting.events("progress")) == 3, "number", getting)
    check(done["seconds"] < 36 * MIB / (40e6 / 8) * 0.7, f"{done['seconds']} s", getting)
    e2e.end(getting, *processes.values())
    e2e.same_tree(tree, taker.got("tree"))


def lying(lab, how):
    """One of two sources lies: it is named, avoided, and the files come right."""
    dice = e2e.dice()
    taker, tree, link, addresses, ids, processes = \
        sharers(lab, ["honest", "wicked"], 24 * MIB, 80, dice, wicked=how)
    getting = taker.get(link, addresses.values())
    done = e2e.finish(getting)
    check(done["verified"] and not done["failed"], "not verified", getting)
    told = e2e.sources(getting)[ids["wicked"]]
    check(told["state"] in ("changed", "banned") and told["why"], f"not named: {told}", getting)
    honest = e2e.sources(getting)[ids["honest"]]
    check(honest["state"] not in ("changed", "banned"), f"blamed: {honest}", getting)
    notices = [e["message"] for e in getting.events("notice")]
    check(told["state"] != "banned" or any("wrong data" in n for n in notices),
          f"no word of it: {notices}", getting)
    e2e.end(getting, *processes.values())
    e2e.same_tree(tree, taker.got("tree"))
    return told, getting


def test_liar(lab):
    told, _ = lying(lab, "bytes")
    check(told["state"] == "banned" and told["bytes"] == 0, f"not banned: {told}")


def test_liar_at_times(lab):
    lying(lab, "some")


def test_only_a_liar(lab):
    """Nobody else has it: nothing bad is called done, and the person hears whose fault it is. When
    somebody honest is given, the same command ends well."""
    dice = e2e.dice()
    taker, tree, link, addresses, ids, processes = \
        sharers(lab, ["wicked", "honest"], 8 * MIB, 80, dice, wicked="bytes")
    words = ["get", link, "--dir", taker.folder, "--from"]
    getting = taker.start(*words, addresses["wicked"])
    getting.event("source", 20, device=ids["wicked"], state="banned")
    getting.event("progress", 20, phase="connecting")
    getting.no_event("done", 1)
    check(getting.interrupt() == 1, "status", getting)
    e2e.end(getting)

    getting = taker.start(*words, addresses["wicked"], plain=True)
    e2e.wait_until(lambda: "wrong data" in getting.errors(), "a word for a person", getting)
    e2e.end(getting)

    getting = taker.start(*words, addresses["honest"])
    e2e.finish(getting)
    e2e.end(getting, *processes.values())
    e2e.same_tree(tree, taker.got("tree"))


def test_stalls(lab):
    """One of two stops answering while its link lives: the other does its work."""
    dice = e2e.dice()
    taker, tree, link, addresses, ids, processes = \
        sharers(lab, ["lively", "lazy"], 32 * MIB, 80, dice, lazy="stall")
    getting = taker.get(link, addresses.values())
    done = e2e.finish(getting, 40)
    told = e2e.sources(getting)
    check(told[ids["lazy"]]["bytes"] > 0, "never gave anything", getting)
    # One line alone takes 3.4 s for it all; the stall may cost a few.
    check(done["seconds"] < 12, f"{done['seconds']} s", getting)
    print(f"# {done['seconds']:.1f} s, {told[ids['lazy']]}")
    e2e.end(getting, *processes.values())
    e2e.same_tree(tree, taker.got("tree"))


def test_dies(lab):
    dice = e2e.dice()
    taker, tree, link, addresses, ids, processes = \
        sharers(lab, ["lasting", "mortal"], 32 * MIB, 80, dice)
    getting = taker.get(link, addresses.values())
    e2e.wait_for_share(getting, 0.2 + dice.random() * 0.5)
    processes["mortal"].kill()
    done = e2e.finish(getting, 40)
    told = e2e.sources(getting)
    check(told[ids["mortal"]]["bytes"] > 0, "never gave anything", getting)
    check(done["seconds"] < 10, f"{done['seconds']} s", getting)
    e2e.end(getting, *processes.values())
    e2e.same_tree(tree, taker.got("tree"))


def test_downloader_serves(lab):
    """A third device gets from the source and from one that is still fetching; one that was told
    not to pass on gives nothing."""
    dice = e2e.dice()
    origin, early, late = e2e.crowd(lab, ["origin", "early", "late"], 60)
    tree = e2e.make_tree(origin.host.path("root", "tree"), dice, 24 * MIB)
    ids = [device.identity() for device in (origin, early)]
    sharing, link, address = origin.share(tree)
    first = early.get(link, [address])
    other = early.address(first)
    e2e.wait_for_share(first, 0.4)
    second = late.get(link, [address, other])
    e2e.finish(first)
    e2e.finish(second)
    told = e2e.sources(second)
    check(told[ids[1]]["bytes"] > 2 * MIB, f"the downloader gave nothing: {told}", second)
    check(told[ids[0]]["bytes"] > 0, f"the source gave nothing: {told}", second)
    e2e.end(first, second, sharing)
    e2e.same_tree(tree, late.got("tree"))


e2e.main(test_all_give, test_liar, test_liar_at_times, test_only_a_liar,
         test_stalls, test_dies, test_downloader_serves)
