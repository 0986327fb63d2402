# measure.py: pairs, medians, bounds, and the files to measure with.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import statistics
import sys
import time

MIB = 1 << 20
GIB = 1 << 30


def note(*words):
    """Raw figures, beside the result lines on standard output."""
    print("#", *words, file=sys.stderr, flush=True)


class Report:
    """The result lines: name, value, bound, ok or over."""

    def __init__(self):
        self.over = 0

    def at_least(self, name, value, bound):
        self._line(name, value, f">={bound:g}", value >= bound)

    def at_most(self, name, value, bound):
        self._line(name, value, f"<={bound:g}", value <= bound)

    def _line(self, name, value, bound, fine):
        # Cut, not rounded: what is printed as 0.95 is at least that.
        shown = int(value * 1000) / 1000
        print(f"{name} {shown:.3f} {bound} {'ok' if fine else 'over'}", flush=True)
        self.over += not fine


def timed(start):
    """Runs start() to get a process, waits for its end: the seconds between. The clock starts
    when the program is executed, not when Python began to prepare it."""
    process = start()
    begun = time.monotonic()
    status = process.wait(3600)
    seconds = time.monotonic() - begun
    if status != 0:
        raise RuntimeError(f"{process.name}: status {status}: {process.errors()[-2000:]}")
    return seconds


def alternate(pairs, **sides):
    """Runs each side once per round, in turning order, so that a slow phase of the machine hits
    all alike. A side returns its seconds. Returns the seconds by name, in rounds."""
    seconds = {name: [] for name in sides}
    names = list(sides)
    for number in range(pairs):
        for name in names[number % len(names):] + names[:number % len(names)]:
            settle()
            seconds[name].append(sides[name]())
            note(f"round {number + 1}: {name} {seconds[name][-1]:.3f} s")
    return seconds


def median_ratio(upper, lower):
    """The median over the rounds of one side's seconds by the other's."""
    return statistics.median(a / b for a, b in zip(upper, lower))


def settle():
    """Lets no run pay for what the one before left in the page cache."""
    os.sync()


def random_file(path, size):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        while size > 0:
            size -= file.write(os.urandom(min(size, 16 * MIB)))
    return path


def random_tree(path, count, size):
    """`count` files of `size` random bytes each, 100 to a folder."""
    for number in range(count):
        folder = os.path.join(path, f"{number // 100:04d}")
        if number % 100 == 0:
            os.makedirs(folder)
        with open(os.path.join(folder, f"file-{number:06d}"), "wb") as file:
            file.write(os.urandom(size))
    return path
