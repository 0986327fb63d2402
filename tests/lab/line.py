# line.py: long lines between hosts of a lab: delay, rate and loss by forward.c.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import subprocess

from lab import LabError, skip


class Line:
    """A line between two hosts, a point-to-point device on either: one.run(["ip", …]) shows it.

        line = Line(lab, anna, ben, forward, rtt_ms=50, mbit=200, loss=0.005)
        line.addresses  # ("10.200.1.1", "10.200.1.2")
    """

    number = 0

    def __init__(self, lab, one, other, forward, rtt_ms=0, mbit=0, loss=0, queue_ms=None, seed=1,
                 addresses=None):
        """addresses: of the two ends; private ones of their own by default."""
        Line.number += 1
        if not os.path.exists("/dev/net/tun"):
            skip("no /dev/net/tun for long lines")
        self.lab, self.hosts = lab, (one, other)
        self.devices = (f"line{Line.number}a", f"line{Line.number}b")
        self.addresses = addresses or (f"10.200.{Line.number}.1", f"10.200.{Line.number}.2")
        # A queue of one round trip, as routers have; at least what bursts need.
        queue_ms = max(rtt_ms, 20) if queue_ms is None else queue_ms
        self.process = lab.switch.popen(
            [forward, *self.devices, str(rtt_ms / 2), str(mbit), str(queue_ms), str(loss),
             str(seed)], stdin=subprocess.PIPE)
        self.process.event("ready")
        for device, host, here, there in zip(self.devices, self.hosts, self.addresses,
                                             reversed(self.addresses)):
            self.move(device, host)
            host.ip(f"link set {device} up txqueuelen 1000")
            if ":" in here:
                host.ip(f"addr add {here} dev {device} nodad")
                host.ip(f"route add {there} dev {device}")
            else:
                host.ip(f"addr add {here} peer {there} dev {device}")

    def move(self, device, host):
        """The forwarder's descriptor stays with the device wherever it goes."""
        enter = ["nsenter", f"--target={self.lab.switch.pid}", "--net"]
        if self.lab.user == "user":
            enter += ["--user", "--preserve-credentials"]
        done = subprocess.run([*enter, "ip", "link", "set", device, "netns", str(host.pid)],
                              capture_output=True, text=True, env=self.lab.env, check=False)
        if done.returncode != 0:
            raise LabError(f"no line for {host.name}: {done.stderr}")

    def end(self):
        """Cuts the line: both devices vanish. Returns what was carried, each way."""
        self.process.popen.stdin.close()
        return [self.process.event("carried"), self.process.event("carried")]
