# shoal.py: shoal-cli on a host, driven by its JSON events.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import shutil
import time

# The events' `t` and time.monotonic() are one clock.
MICROSECONDS = 1e6


class Device:
    """One device: a host and a state folder. A fresh one has never hashed or seen anything."""

    count = 0

    def __init__(self, cli, host, discovery=False):
        Device.count += 1
        self.cli, self.host, self.discovery = cli, host, discovery
        self.state = host.path(f"state-{Device.count}")
        self.folder = host.path(f"got-{Device.count}")

    def start(self, *words):
        """Runs a verb; the process knows when it was executed."""
        options = ["--json", "--state", self.state]
        if not self.discovery:
            options.append("--no-discovery")
        process = self.host.popen([self.cli, *options, *words])
        process.begun = time.monotonic()
        return process

    def receive(self, *words):
        """A receiver that takes everything, ready: the process and its address."""
        process = self.start("receive", "--accept", "all", "--dir", self.folder, *words)
        return process, self.address(process)

    def address(self, process):
        port = process.event("listening", 30)["port"]
        return f"{self.host.links[0].ipv4}:{port}"

    def share(self, *paths, timeout=1800):
        """Hashes and serves: the process, its link and its address, once it has the link."""
        process = self.start("share", *paths)
        address = self.address(process)
        return process, process.event("link", timeout)["link"], address

    def get(self, link, sources, timeout=3600):
        """Fetches to the end: the process, with `seconds` from command to done."""
        words = [word for source in sources for word in ("--from", source)]
        process = self.start("get", link, "--dir", self.folder, *words)
        return finish(process, timeout)

    def send(self, path, receivers, timeout=3600):
        words = [word for receiver in receivers for word in ("--to", receiver)]
        process = self.start("send", path, *words)
        return finish(process, timeout, len(receivers))

    def remove(self):
        for folder in (self.state, self.folder):
            if os.path.exists(folder):
                shutil.rmtree(folder)


def finish(process, timeout, count=1):
    """Waits for `count` done events and the end. `seconds`: from command to the last of them."""
    for _ in range(count):
        done = process.event("done", timeout)
        if not done["verified"] or done.get("failed"):
            raise RuntimeError(f"{process.name}: not all verified: {done}")
    process.seconds = done["t"] / MICROSECONDS - process.begun
    status = process.wait(60)
    if status != 0:
        raise RuntimeError(f"{process.name}: status {status}: {process.errors()[-2000:]}")
    return process
