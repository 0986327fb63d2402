# crowd.py: many sockets at a tracker, within one host of the lab.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: crowd.py PORT SOCKETS SECONDS
"""Prints one JSON object: the sockets that were let in, the tracker's processor time a second while
they are idle, its memory for each, and how long an announcement takes beside them."""

import base64
import json
import os
import resource
import selectors
import socket
import struct
import sys
import time

PORT, SOCKETS, SECONDS = (int(word) for word in sys.argv[1:4])
ADDRESSES = 101  # of which each may have 100 connections
AT_ONCE = 200
TRIES = 300
# A mask of zeroes is a mask.
PONG = bytes([0x8A, 0x80, 0, 0, 0, 0])


def frame(text):
    data = text.encode()
    size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
    return b"\x81" + bytes([size[0] | 0x80]) + size[1:] + bytes(4) + data


def announce(topic, peer):
    return frame(json.dumps({"action": "announce", "info_hash": f"{topic:020d}",
                             "peer_id": f"{peer:020d}", "left": 1, "offers": []}))


def dial(address):
    """On its way; None if the tracker did not want it."""
    it = socket.socket()
    it.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    it.settimeout(60)
    try:
        it.bind((address, 0))
        it.connect(("127.0.0.1", PORT))
        key = base64.b64encode(os.urandom(16)).decode()
        it.sendall(("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    f"Sec-WebSocket-Key: {key}\r\n\r\n").encode())
        return it
    except OSError:
        return None


def heard(it, start):
    """Whether what comes next begins so."""
    try:
        return it is not None and it.recv(4096).startswith(start)
    except OSError:
        return False


def connect(numbers):
    """At once; those that are upgraded and announced, two to a topic."""
    dialled = [(number, dial(f"10.9.0.{number % ADDRESSES + 1}")) for number in numbers]
    open_ = [(number, it) for number, it in dialled if heard(it, b"HTTP/1.1 101 ")]
    for number, it in open_:
        it.sendall(announce(number // 2, number))
    return [it for _, it in open_ if heard(it, b"\x81")]


def find(name):
    """The process of that name; processes of a host see only the host's."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as file:
                if file.read().strip() == name:
                    return pid
        except OSError:
            continue
    return sys.exit(f"no {name} runs here")


PID = find("shoal-tracker")


def memory_kib():
    with open(f"/proc/{PID}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def cpu_seconds():
    with open(f"/proc/{PID}/stat", encoding="ascii") as file:
        words = file.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


class Crowd:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.size = self.lost = 0

    def add(self, it):
        it.setblocking(False)
        self.selector.register(it, selectors.EVENT_READ)
        self.size += 1

    def answer(self, seconds):
        """Pings, for so long; at least what is there now."""
        until = time.monotonic() + seconds
        while True:
            events = self.selector.select(max(0, min(0.2, until - time.monotonic())))
            for key, _ in events:
                try:
                    data = key.fileobj.recv(4096)
                    if data and data[0] & 0x0F == 9:
                        key.fileobj.send(PONG)
                except BlockingIOError:
                    continue
                except OSError:
                    data = b""
                if not data:
                    self.selector.unregister(key.fileobj)
                    self.lost += 1
            if not events and time.monotonic() >= until:
                return


def round_trips(crowd):
    it = connect([SOCKETS])[0]
    times = []
    for _ in range(TRIES):
        began = time.monotonic()
        it.sendall(announce(SOCKETS, SOCKETS))
        while it.recv(4096)[0] & 0x0F != 1:
            it.sendall(PONG)
        times.append((time.monotonic() - began) * 1000)
        crowd.answer(0.2)  # five a second is what one may say for ever
    return sorted(times)


def main():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd()
    before, began, spent = memory_kib(), time.monotonic(), cpu_seconds()
    for first in range(0, SOCKETS, AT_ONCE):
        for it in connect(range(first, min(first + AT_ONCE, SOCKETS))):
            crowd.add(it)
        crowd.answer(0)
    arrival, arrival_cpu = time.monotonic() - began, cpu_seconds() - spent
    crowd.answer(2)
    memory = memory_kib() - before
    began, spent = time.monotonic(), cpu_seconds()
    crowd.answer(SECONDS)
    idle = (cpu_seconds() - spent) / (time.monotonic() - began)
    times = round_trips(crowd)
    print(json.dumps({"sockets": crowd.size - crowd.lost, "arrival_seconds": round(arrival, 2),
                      "arrival_cpu": round(arrival_cpu, 2), "idle_cpu": round(idle, 4),
                      "kib_per_socket": round(memory / max(1, crowd.size), 1),
                      "median_ms": round(times[len(times) // 2], 2),
                      "p99_ms": round(times[len(times) * 99 // 100], 2)}))


main()
