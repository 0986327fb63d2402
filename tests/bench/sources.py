# sources.py: four sources behind lines of their own, one receiver on a fast one.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Efficiency is payload over what the lines could have carried as payload in the same time, from
# the command to the last file synced. A line that tbf shapes to R carries R × 1448 / 1514 of TCP
# payload: tbf counts the Ethernet header, and of 1,500 bytes 52 are IPv4, TCP and its time stamps
# (lab.payload_rate). Before the measurement plain TCP streams over all lines at once show that
# they do carry that.
#
# The end rate compares the last 10 % of the bytes with the middle 80 %, from the receiver's
# progress events: a download that waits for its slowest source shows there.

import statistics
import sys

import reference
import shoal
from lab import payload_rate
from measure import MIB, note, random_file

SHAPES = [
    ("equal", (80, 80, 80, 80), 768 * MIB, 0.95),
    ("unequal", (160, 40, 8, 1.6), 512 * MIB, 0.93),
]
PROBE_SECONDS = 4

SINK = """
import socket, sys, threading, time
def drain(connection, counts, number):
    while True:
        got = connection.recv(1 << 18)
        if not got:
            return
        counts[number] += len(got)
listener = socket.create_server(("0.0.0.0", 7000))
print("ready", flush=True)
counts = [0] * int(sys.argv[1])
for number in range(len(counts)):
    connection = listener.accept()[0]
    threading.Thread(target=drain, args=(connection, counts, number), daemon=True).start()
time.sleep(1)
before, begun = sum(counts), time.monotonic()
time.sleep(float(sys.argv[2]))
print((sum(counts) - before) / (time.monotonic() - begun), flush=True)
"""
PUMP = """
import socket, sys
connection = socket.create_connection((sys.argv[1], 7000))
try:
    while True:
        connection.sendall(bytes(1 << 16))
except OSError:
    pass
"""


def run(lab, options, report):
    receiver = lab.host("receiver")
    hosts = [lab.host(f"source{number}") for number in range(4)]
    lab.lan([receiver, *hosts])
    for name, rates, size, bound in SHAPES:
        size = int(size * options.scale)
        path = random_file(hosts[0].path("root", name), size)
        for host, rate in zip(hosts, rates):
            host.links[0].rate(rate)
        capacity = sum(payload_rate(rate) for rate in rates)
        measured = probe(receiver, hosts)
        note(f"sources {name}: the lines carry {capacity / MIB:.2f} MiB/s by reckoning, "
             f"{measured / MIB:.2f} by plain TCP")
        if options.reference:
            compare(receiver, hosts, path, size, capacity, name)
        else:
            measure(options, report, receiver, hosts, path, (name, size, capacity, bound))
        for host in hosts:
            host.links[0].rate(None)


def probe(receiver, hosts):
    sink = receiver.popen([sys.executable, "-c", SINK, str(len(hosts)), str(PROBE_SECONDS)])
    sink.line(lambda line: line == "ready")
    pumps = [host.popen([sys.executable, "-c", PUMP, receiver.links[0].ipv4]) for host in hosts]
    rate = float(sink.line(lambda line: line != "ready", PROBE_SECONDS + 10))
    for process in [sink, *pumps]:
        process.kill()
    return rate


def compare(receiver, hosts, path, size, capacity, name):
    """libtorrent on the same lines, once: nothing is bound to it."""
    torrent = reference.Libtorrent(hosts, receiver, path, "tcp")
    seconds = torrent.get()
    torrent.stop()
    note(f"sources {name}: libtorrent {size / seconds / capacity:.3f} of the lines")


def measure(options, report, receiver, hosts, path, shape):
    name, size, capacity, bound = shape
    devices = [shoal.Device(options.cli, host) for host in hosts]
    shares = [device.share(path) for device in devices]
    link = shares[0][1]
    addresses = [address for _, _, address in shares]
    efficiencies, ends = [], []
    for number in range(options.pairs):
        device = shoal.Device(options.cli, receiver)
        process = device.get(link, addresses)
        efficiencies.append(size / process.seconds / capacity)
        ends.append(end_rate(process, size))
        note(f"sources {name} {number + 1}: {process.seconds:.2f} s, "
             f"{efficiencies[-1]:.3f} of the lines, end rate {ends[-1]:.2f}")
        device.remove()
    for process, _, _ in shares:
        process.interrupt()
    for device in devices:
        device.remove()
    report.at_least(f"sources-{name}-efficiency", statistics.median(efficiencies), bound)
    report.at_least(f"sources-{name}-end-rate", statistics.median(ends), 0.9)


def end_rate(process, size):
    """The rate over the last 10 % of the bytes by that over the middle 80 %."""
    points = [(event["t"], event["bytes"]) for event in process.events("progress")]
    points.append((process.events("done")[-1]["t"], size))

    def when(share):
        """The instant a share of the bytes was there, between two events."""
        wanted = share * size
        before = points[0]
        for point in points:
            if point[1] >= wanted:
                span = point[1] - before[1]
                part = (wanted - before[1]) / span if span > 0 else 1
                return before[0] + part * (point[0] - before[0])
            before = point
        return before[0]

    middle, last = when(0.9) - when(0.1), when(1) - when(0.9)
    return (0.1 / last) / (0.8 / middle)
