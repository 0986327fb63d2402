# e2e.py: what the end-to-end tests share: devices on lab hosts, moments, comparisons.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each test runs real shoal-cli processes on the hosts of a lab:

    giver, taker, cable = e2e.pair(lab, 200)
    receiving, address = taker.receive()
    sending = giver.start("send", tree, "--to", address)
    e2e.wait_for_share(receiving, 0.5)

What a test needs at random it draws from e2e.dice(), which prints the seed; SHOAL_SEED sets it."""

import os
import random
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(TESTS, place) for place in ("lab", "bench", "soak")]

# pylint: disable=wrong-import-position,unused-import
import lab as laboratory
import shoal
from lab import LabError, parse_event
from measure import GIB, MIB, random_file
from rounds import make_tree, same_tree

CLI = os.environ.get("SHOAL_CLI", os.path.join(TESTS, "..", "build/src/cli/shoal-cli"))
LIAR = os.environ.get("SHOAL_LIAR", os.path.join(TESTS, "..", "build/tests/net-e2e/liar"))


def dice():
    seed = int(os.environ.get("SHOAL_SEED", int.from_bytes(os.urandom(4), "big")))
    print(f"# seed {seed}", flush=True)
    return random.Random(seed)


class Device(shoal.Device):
    """A device whose programs end at the first critical message; env is for its programs."""

    def __init__(self, host, cli=CLI, **env):
        super().__init__(cli, host)
        self.env = {"G_DEBUG": "fatal-criticals", **env}

    def start(self, *words, plain=False):
        """plain: for people, not --json."""
        options = ([] if plain else ["--json"]) + ["--state", self.state, "--no-discovery"]
        process = self.host.popen([self.cli, *options, *words], env=self.env)
        process.begun = time.monotonic()
        return process

    def identity(self):
        done = self.host.run([self.cli, "--json", "--state", self.state, "--no-discovery", "id"])
        return parse_event(done.stdout.splitlines()[0])["id"]

    def get(self, link, sources, *more):
        words = [word for source in sources for word in ("--from", source)]
        return self.start("get", link, "--dir", self.folder, *words, *more)

    def send(self, path, receivers):
        words = [word for receiver in receivers for word in ("--to", receiver)]
        return self.start("send", path, *words)

    def got(self, *names):
        return os.path.join(self.folder, *names)


def pair(lab, mbit):
    """Two devices on a cable of that rate."""
    one, other = lab.host("one"), lab.host("other")
    cable = lab.direct(one, other)[0]
    cable.rate(mbit)
    return Device(one), Device(other), cable


def crowd(lab, names, mbit=None):
    """Devices on one switch, each with a line of that rate."""
    hosts = [lab.host(name) for name in names]
    lab.lan(hosts)
    for host in hosts:
        if mbit:
            host.links[0].rate(mbit)
    return [Device(host) for host in hosts]


def wait_for_bytes(process, count, timeout=60):
    return process.event("progress", timeout, bytes=lambda got: got >= count)


def wait_for_share(process, share, timeout=60):
    """Until it has told that it has this share of the bytes."""
    deadline = time.monotonic() + timeout
    while True:
        event = process.event("progress", max(0.1, deadline - time.monotonic()))
        if event["total"] > 0 and event["bytes"] >= share * event["total"]:
            return event


def wait_until(fulfilled, words, *processes, timeout=30):
    """Until fulfilled() is true; the words say what it is about."""
    deadline = time.monotonic() + timeout
    while not fulfilled():
        check(time.monotonic() < deadline, f"waited in vain: {words}", *processes)
        time.sleep(0.05)


def last(process, name, **fields):
    """The newest such event, or None."""
    found = process.events(name, **fields)
    return found[-1] if found else None


def sources(process):
    """The last word on each source, by device ID."""
    return {event["device"]: event for event in process.events("source")}


def sent_bytes(host):
    """What the host's first card has sent since it was plugged in."""
    device = host.links[0].device
    return int(host.run(["cat", f"/sys/class/net/{device}/statistics/tx_bytes"]).stdout)


def check(condition, words, *processes):
    """assert, with what the programs said."""
    if condition:
        return
    said = "".join(f"\n--- {p.name}\n{p.output[-3000:]}\n{p.errors()[-3000:]}" for p in processes)
    raise LabError(f"{words}{said}")


def finish(process, timeout=60, status=0):
    """Its done event, once it has ended with that status."""
    done = process.event("done", timeout) if status == 0 else None
    ended = process.wait(timeout)
    check(ended == status, f"status {ended}", process)
    return done


def end(*processes):
    """Ends what still runs, and looks for signs of bugs."""
    for process in processes:
        if process.running():
            process.interrupt(30)
        for bad in ("CRITICAL", "WARNING", "assertion", "Sanitizer", "runtime error"):
            check(bad not in process.errors(), f"said {bad}", process)
        check(process.popen.returncode in (0, 1, 3, -signal.SIGKILL),
              f"status {process.popen.returncode}", process)


def only(folder, *names):
    """Raises unless the folder holds exactly these."""
    there = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    check(there == sorted(names), f"{folder} holds {there}")


def main(*tests):
    laboratory.main(list(tests))
