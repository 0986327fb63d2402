# big.py: one file of 2 GiB between two hosts on a cable, against curl from nginx over HTTPS, with
# the file synced, and against libtorrent.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The bound on libtorrent is for libtorrent as it comes, which between two hosts takes uTP. Over
# TCP it is much faster; that ratio is noted beside. It fetches an eighth of the size, as it would
# take most of the time; a smaller file favours it, if anything.

import reference
import shoal
from measure import GIB, MIB, alternate, median_ratio, note, random_file


def run(lab, options, report):
    one, other = lab.host("one"), lab.host("other")
    lab.direct(one, other)
    sizes = {"big": int(2 * GIB * options.scale), "part": int(GIB / 4 * options.scale)}
    paths = {name: random_file(one.path("root", name), size) for name, size in sizes.items()}
    https = reference.Https(one, other, one.path("root"))
    sides = {"curl": lambda: https.get("big")}
    for mode in ("utp", "tcp"):
        sides[mode] = reference.Libtorrent([one], other, paths["part"], mode).get

    share = None
    if not options.reference:
        share, link, address = shoal.Device(options.cli, one).share(paths["big"])
        sides["get"] = lambda: get(options, other, link, address)
        sides["draft"] = lambda: draft(options, one, other, paths["big"])

    seconds = alternate(options.pairs, **sides)
    for name, all_seconds in seconds.items():
        size = sizes["part" if name in ("utp", "tcp") else "big"]
        rates = " ".join(f"{size / s / MIB:.0f}" for s in all_seconds)
        note(f"big {name}: {rates} MiB/s")
    if share is not None:
        share.interrupt()
        judge(report, seconds, sizes["big"] / sizes["part"])


def judge(report, seconds, times):
    """times: how much less libtorrent fetched."""
    report.at_least("big-hashed-vs-curl", median_ratio(seconds["curl"], seconds["get"]), 0.9)
    report.at_least("big-draft-vs-curl", median_ratio(seconds["curl"], seconds["draft"]), 0.7)
    report.at_least("big-hashed-vs-libtorrent",
                    times * median_ratio(seconds["utp"], seconds["get"]), 3)
    note(f"big: {times * median_ratio(seconds['tcp'], seconds['get']):.2f} times libtorrent "
         "over TCP")


def get(options, host, link, address):
    device = shoal.Device(options.cli, host)
    process = device.get(link, [address])
    device.remove()
    return process.seconds


def draft(options, one, other, path, keep=False):
    receiver = shoal.Device(options.cli, other)
    sender = shoal.Device(options.cli, one)
    receiving, address = receiver.receive("--once")
    process = sender.send(path, [address])
    receiving.wait(60)
    if not keep:
        sender.remove()
        receiver.remove()
    return process.seconds
