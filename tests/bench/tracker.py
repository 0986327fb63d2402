# tracker.py: ten thousand devices that say nothing, at one shoal-tracker on one core.
# SPDX-License-Identifier: GPL-3.0-or-later
"""They come from a hundred addresses, under topics of two, and answer pings, as devices do. Then
one more announces itself again and again: how long that takes beside them."""

import json
import os
import shutil

from measure import note

SOCKETS = 10000
IDLE_SECONDS = 60  # two pings of each
CROWD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "crowd.py")


def run(lab, options, report):
    if options.reference:
        return
    program = os.path.join(os.path.dirname(options.cli), "shoal-tracker")
    host = lab.host("tracker")
    for number in range(1, 102):
        host.ip(f"addr add 10.9.0.{number}/32 dev lo")
    tracker = host.popen([shutil.which("taskset"), "-c", "0", program, "--listen",
                          "127.0.0.1:8000"])
    tracker.line(lambda line: line.startswith("ws://"))
    sockets = max(100, int(SOCKETS * options.scale))
    seconds = max(5, int(IDLE_SECONDS * options.scale))
    done = host.run([shutil.which("python3"), CROWD, "8000", sockets, seconds],
                    timeout=1800)
    said = json.loads(done.stdout)
    note(f"tracker: {said}")
    report.at_least("tracker-idle-sockets", said["sockets"], sockets)
    report.at_most("tracker-idle-cpu", said["idle_cpu"], 0.10)
    report.at_most("tracker-kib-per-socket", said["kib_per_socket"], 64)
    report.at_most("tracker-announce-p99-ms", said["p99_ms"], 50)
    tracker.terminate()
    tracker.wait(60)
