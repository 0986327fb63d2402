# terminal.py: shoal-cli beside a desk, and files to send.
# SPDX-License-Identifier: GPL-3.0-or-later
"""For test programs whose first arguments are shoal and shoal-cli."""

import os
import subprocess
import sys
import time

from world import PATIENCE

# SHOAL_DEFAULT_PORT: nobody else is on the host to take it.
PORT = 27474
CLI = os.path.abspath(sys.argv.pop(1))


def until(what, words):
    """Waits for it; words: what is wrong otherwise."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, words
        time.sleep(0.1)


def cli(host, *words, status=0, cwd=None, text=None, json=True):
    """A verb on the usual state; on a desk the app owns it. Returns the process, ended."""
    process = host.popen([CLI, *(["--json"] if json else []), *words], cwd=cwd,
                         stdin=subprocess.PIPE)
    if text is not None:
        process.write(text)
    process.popen.stdin.close()
    got = process.wait(PATIENCE)
    assert got == status, f"{words}: {got}\n{process.output}\n{process.errors()}"
    return process


def receive(host, *words):
    """Waits for offers; .address is where."""
    process = host.popen([CLI, "--json", "receive", "--dir", host.path("got"), *words],
                         stdin=subprocess.PIPE)
    process.address = f"{host.links[0].ipv4}:{process.event('listening')['port']}"
    return process


def send(host, path, desk):
    """Offers to the app on that desk, and waits for its answer. Returns the process."""
    return send_to(host, path, f"{desk.host.links[0].ipv4}:{PORT}")


def send_to(host, path, address):
    return host.popen([CLI, "--json", "send", path, "--to", address])


def setting(host, key):
    return cli(host, "settings").event("setting", key=key)["value"]
