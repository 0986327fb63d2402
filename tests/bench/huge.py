# huge.py: a never-hashed file of 100 GiB, its first GiB random and the rest a hole, offered to a
# receiver on a large tmpfs: how soon the first byte comes, and the memory of both sides over the
# first 4 GiB, stopped half-way and resumed. Then the memory of one who shares 100,000 files.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import statistics

import shoal
from measure import GIB, MIB, note, random_file, random_tree

SIZE = 100 * GIB
MEASURED = 4 * GIB
MEMORY = 150
FILES = 100000


def run(lab, options, report):
    if options.reference:
        note("huge has no reference")
        return
    one, other = lab.host("one"), lab.host("other")
    lab.direct(one, other)
    draft(options, report, one, other)
    many(options, report, one, other)


def draft(options, report, one, other):
    path = random_file(one.path("root", "huge"), GIB)
    os.truncate(path, SIZE)
    # Room is what the file system says; pages are taken for what arrives.
    target = other.path("tmpfs")
    os.makedirs(target)
    other.run(["mount", "-t", "tmpfs", "-o", "size=200g", "none", target])

    report.at_most("huge-first-byte-ms", statistics.median(
        first_byte(options, one, other, path, f"{target}/{number}")
        for number in range(options.pairs)), 200)

    sender, receiver = shoal.Device(options.cli, one), shoal.Device(options.cli, other)
    receiver.folder = f"{target}/resumed"
    receiving, address = receiver.receive()
    sending = sender.start("send", path, "--to", address)
    wait_for_bytes(receiving, MEASURED // 2)
    first = receiving.memory_peak()
    receiving.interrupt(30)
    receiving, address = receiver.receive()
    if not sending.running():
        # It ends when nobody is left to send to; the same command goes on.
        first = max(first, 0)
        sending = sender.start("send", path, "--to", address)
    resumed = receiving.event("resumed", 60)
    note(f"huge: resumed with {resumed['kept'] / MIB:.0f} MiB kept")
    wait_for_bytes(receiving, MEASURED)
    report.at_most("huge-memory-sender-mib", sending.memory_peak() / MIB, MEMORY)
    report.at_most("huge-memory-receiver-mib", max(first, receiving.memory_peak()) / MIB, MEMORY)
    sending.interrupt(30)
    receiving.interrupt(30)
    other.run(["umount", target])
    os.unlink(path)


def first_byte(options, one, other, path, folder):
    """Milliseconds from the receiver's acceptance to the first payload it has."""
    sender, receiver = shoal.Device(options.cli, one), shoal.Device(options.cli, other)
    receiver.folder = folder
    receiving, address = receiver.receive()
    sending = sender.start("send", path, "--to", address)
    accepted = receiving.event("accepted", 60)
    first = receiving.event("first-byte", 60)
    for process in (sending, receiving):
        process.interrupt(30)
    other.run(["rm", "-rf", folder])
    sender.remove()
    return (first["t"] - accepted["t"]) / 1000


def wait_for_bytes(process, count):
    process.event("progress", 600, bytes=lambda got: got >= count)


def many(options, report, one, other):
    path = random_tree(one.path("root", "many"), int(FILES * options.scale), 1024)
    sharer, getter = shoal.Device(options.cli, one), shoal.Device(options.cli, other)
    sharing, link, address = sharer.share(path)
    note(f"many: {sharing.memory_peak() / MIB:.0f} MiB once hashed")
    process = getter.get(link, [address])
    note(f"many: fetched in {process.seconds:.1f} s")
    report.at_most("many-files-memory-mib", sharing.memory_peak() / MIB, MEMORY)
    sharing.interrupt()
