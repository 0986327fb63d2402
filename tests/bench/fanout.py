# fanout.py: one sender with an uplink of 100 Mbit/s, four receivers on fast lines. What they pass
# on to each other decides whether four take four times as long as one.
# SPDX-License-Identifier: GPL-3.0-or-later

import shoal
from measure import MIB, alternate, median_ratio, note, random_file

UPLINK = 100
SIZE = 192 * MIB


def run(lab, options, report):
    sender = lab.host("sender")
    receivers = [lab.host(f"receiver{number}") for number in range(4)]
    lab.lan([sender, *receivers])
    sender.links[0].rate(UPLINK, down=False)
    path = random_file(sender.path("root", "fanout"), int(SIZE * options.scale))
    if options.reference:
        note("fanout has no reference: one receiver alone is its measure")
        return

    seconds = alternate(options.pairs,
                        alone=lambda: send(options, sender, receivers[:1], path),
                        four=lambda: send(options, sender, receivers, path))
    report.at_most("fanout-four-vs-one", median_ratio(seconds["four"], seconds["alone"]), 1.3)


def send(options, sender, hosts, path):
    devices = [shoal.Device(options.cli, host) for host in hosts]
    receiving = [device.receive() for device in devices]
    device = shoal.Device(options.cli, sender)
    process = device.send(path, [address for _, address in receiving])
    for running, _ in receiving:
        running.interrupt()
    for used in [device, *devices]:
        used.remove()
    return process.seconds
