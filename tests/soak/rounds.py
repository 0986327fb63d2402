# rounds.py: the kinds of torment, each one transfer in a lab of its own.
# SPDX-License-Identifier: GPL-3.0-or-later

import filecmp
import os
import re
import signal
import time

import shoal
from lab import LabError, parse_event
from measure import MIB

# No round may take longer, however unlucky.
ROUND_SECONDS = 240
# What a killed receiver may lose: what it had verified and was about to write.
IN_FLIGHT = 32 * MIB


class Told:
    """What a round did, for its line of output."""

    def __init__(self):
        self.kills, self.words = 0, []

    def add(self, words):
        self.words.append(words)

    def __str__(self):
        return ", ".join(self.words)


class Side:
    """One verb of one device that is started again whenever it ends too early."""

    def __init__(self, device, words, told):
        self.device, self.words, self.told = device, words, told
        self.process, self.starts = None, 0
        self.had = 0  # bytes it said it had when it was killed

    def start(self):
        if self.process is not None:
            self.check_log()
        self.process = self.device.start(*self.words)
        self.starts += 1
        return self.process

    def keep_running(self):
        if not self.process.running() and not self.is_done():
            if self.starts > 40:
                raise LabError(f"{self.process.name} ends again and again: {self.process.output}"
                               f"{self.process.errors()}")
            time.sleep(0.2)
            self.start()

    def is_done(self):
        return bool(self.process.events("done"))

    def bytes(self):
        """How many bytes it last said it has."""
        for _, line in reversed(list(self.process.lines)):
            event = parse_event(line)
            if event and event.get("event") == "progress":
                return event["bytes"]
        return 0

    def kill(self):
        self.check_kept(must=False)
        self.had = max(self.had, self.bytes())
        self.process.kill()
        self.told.kills += 1

    def check_kept(self, must):
        """A receiver that was killed finds again what it had. must: it has had the time."""
        resumed = self.process.events("resumed")
        if self.had < IN_FLIGHT or not (resumed or must):
            return
        kept = resumed[0]["kept"] if resumed else None
        if kept is None or kept < self.had - IN_FLIGHT:
            raise LabError(f"had {self.had} bytes, kept {kept} after a kill")

    def check_log(self):
        for bad in ("CRITICAL", "WARNING", "assertion", "Sanitizer", "runtime error"):
            if bad in self.process.errors():
                raise LabError(f"{self.process.name}: {self.process.errors()}")

    def end(self):
        if self.process.running():
            self.process.interrupt(30)
        self.check_log()


def make_tree(path, dice, size):
    """A folder with a few large files and many small ones, `size` bytes in all; the generator
    makes the same again."""
    lengths = [size // 2, size // 4, 0, 1, 16383, 16384, 16385]
    left = size - sum(lengths)
    while left > 0:
        lengths.append(min(left, dice.randrange(1, 4 * MIB)))
        left -= lengths[-1]
    for number, length in enumerate(lengths):
        folder = os.path.join(path, *(f"folder {dice.randrange(3)}" for _ in range(number % 3)))
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"file {number}"), "wb") as file:
            file.write(dice.randbytes(length))
    os.makedirs(os.path.join(path, "empty"))
    return path


def same_tree(one, other):
    """Raises if the two folders differ in any name or byte."""
    def names(top):
        return sorted(os.path.relpath(os.path.join(folder, name), top)
                      for folder, folders, files in os.walk(top) for name in folders + files)
    if names(one) != names(other):
        raise LabError(f"{other} has other names: {sorted(set(names(one)) ^ set(names(other)))}")
    for name in names(one):
        pair = os.path.join(one, name), os.path.join(other, name)
        if os.path.isfile(pair[0]) and not filecmp.cmp(*pair, shallow=False):
            raise LabError(f"{name} differs")


def run_until_done(sides, goal, torment):
    """Keeps the sides running until `goal` is done, calling torment() as often as it can."""
    deadline = time.monotonic() + ROUND_SECONDS
    while not goal.is_done():
        for side in sides:
            side.keep_running()
        torment()
        time.sleep(0.02)
        if time.monotonic() > deadline:
            raise LabError(f"not done after {ROUND_SECONDS} s: {goal.process.output[-3000:]}")


def pair(lab, cli, dice, told, mbit, size):
    """A sender and a receiver on a cable, as `send` and `receive` or as `share` and `get`."""
    one, other = lab.host("one"), lab.host("other")
    cable = lab.direct(one, other)[0]
    cable.rate(mbit)
    tree = make_tree(one.path("root", "tree"), dice, size)
    giver, taker = shoal.Device(cli, one), shoal.Device(cli, other)
    if dice.random() < 0.5:
        told.add("send")
        taking = Side(taker, ["receive", "--accept", "all", "--dir", taker.folder], told)
        address = taker.address(taking.start())
        giving = Side(giver, ["send", tree, "--to", address], told)
        giving.start()
    else:
        told.add("get")
        giving = Side(giver, ["share", tree], told)
        address = giver.address(giving.start())
        link = giving.process.event("link", 120)["link"]
        taking = Side(taker, ["get", link, "--dir", taker.folder, "--from", address], told)
        taking.start()
    return cable, tree, giving, taking


def finish(tree, giving, taking):
    if giving.words[0] == "send":
        deadline = time.monotonic() + 60
        while not giving.is_done():
            giving.keep_running()
            if time.monotonic() > deadline:
                raise LabError(f"the sender was not told: {giving.process.output[-3000:]}")
            time.sleep(0.05)
    for side in (taking, giving):
        side.end()
    same_tree(tree, os.path.join(taking.device.folder, "tree"))
    extra = set(os.listdir(taking.device.folder)) - {"tree"}
    if extra:
        raise LabError(f"left behind: {sorted(extra)}")


def kills(lab, cli, dice, told):
    """SIGKILL to either side when a random share of the bytes is there, a few times."""
    size = 96 * MIB
    _, tree, giving, taking = pair(lab, cli, dice, told, dice.choice([100, 200, 400]), size)
    plan = sorted(dice.random() * 0.9 for _ in range(dice.randrange(2, 5)))

    def torment():
        if not plan or taking.bytes() < plan[0] * size:
            return
        share = plan.pop(0)
        side = dice.choice([giving, taking])
        side.kill()
        told.add(f"{side.words[0]} killed at {share:.0%}")
        time.sleep(dice.random())

    run_until_done([giving, taking], taking, torment)
    taking.check_kept(must=True)
    finish(tree, giving, taking)


def cuts(lab, cli, dice, told):
    """The cable is pulled, or loses everything, and comes back."""
    size = 64 * MIB
    cable, tree, giving, taking = pair(lab, cli, dice, told, 100, size)
    plan = sorted(dice.random() * 0.9 for _ in range(3))
    long_one = dice.randrange(3)

    def torment():
        if not plan or taking.bytes() < plan[0] * size:
            return
        plan.pop(0)
        seconds = 30 if len(plan) == long_one else dice.random() * 8
        pull = dice.random() < 0.5
        (cable.down if pull else cable.cut)()
        told.add(f"{'pulled' if pull else 'silent'} for {seconds:.1f} s")
        time.sleep(seconds)
        (cable.up if pull else cable.mend)()

    run_until_done([giving, taking], taking, torment)
    finish(tree, giving, taking)


def sources(lab, cli, dice, told):
    """Four sources of one share: one dies, one stalls, one's file rots; the last one stays."""
    size = 128 * MIB
    taker_host = lab.host("taker")
    hosts = [lab.host(f"source{number}") for number in range(4)]
    lab.lan([taker_host, *hosts])
    tree = make_tree(hosts[0].path("root", "tree"), dice, size)
    sides, links, addresses = [], [], []
    for host in hosts:
        host.links[0].rate(dice.choice([40, 80]))
        copy = tree if host is hosts[0] else host.path("root", "tree")
        if copy != tree:
            host.run(["mkdir", "-p", os.path.dirname(copy)])
            host.run(["cp", "-a", tree, copy])
        device = shoal.Device(cli, host)
        side = Side(device, ["share", copy], told)
        addresses.append(device.address(side.start()))
        links.append(side.process.event("link", 120)["link"])
        sides.append(side)
    # Beside the info hash a link may say who has it.
    if len({re.search("xt=([^&]*)", link)[1] for link in links}) != 1:
        raise LabError(f"one folder, several links: {set(links)}")

    taker = shoal.Device(cli, taker_host)
    words = ["get", links[0], "--dir", taker.folder]
    taking = Side(taker, words + [w for a in addresses for w in ("--from", a)], told)
    taking.start()
    plan = [(0.1 + dice.random() * 0.6, act) for act in ("dies", "stalls", "rots")]
    plan.sort()
    victims = dict(zip(("dies", "stalls", "rots"), dice.sample(sides, 3)))

    def torment():
        if not plan or taking.bytes() < plan[0][0] * size:
            return
        share, act = plan.pop(0)
        told.add(f"one {act} at {share:.0%}")
        if act == "dies":
            victims[act].kill()
        elif act == "stalls":
            victims[act].process.signal(signal.SIGSTOP)
        else:
            rot(victims[act].words[1], dice)

    run_until_done([taking], taking, torment)
    victims["stalls"].process.signal(signal.SIGCONT)
    taking.end()
    for side in sides:
        side.end()
    # The first source's own tree may be the one that rotted.
    good = next(s for s in sides if s is not victims["rots"])
    same_tree(good.words[1], os.path.join(taker.folder, "tree"))


def rot(tree, dice):
    """Changes bytes in every large file and hides it: size and time of change stay."""
    for folder, _, files in os.walk(tree):
        for name in files:
            path = os.path.join(folder, name)
            info = os.stat(path)
            if info.st_size > MIB:
                with open(path, "r+b") as file:
                    for _ in range(info.st_size // MIB):
                        file.seek(dice.randrange(info.st_size))
                        file.write(b"rot")
                os.truncate(path, info.st_size)
                os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


KINDS = {"kills": kills, "cuts": cuts, "sources": sources}


def run(kind, lab, cli, dice):
    told = Told()
    KINDS[kind](lab, cli, dice, told)
    return told
