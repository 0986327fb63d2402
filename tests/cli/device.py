# device.py: shoal-cli on a host of the lab, driven by its JSON events.
# SPDX-License-Identifier: GPL-3.0-or-later

import hashlib
import os
import subprocess
import sys

# The first argument of every test program is shoal-cli; the rest picks tests.
CLI = os.path.abspath(sys.argv.pop(1))
os.environ.setdefault("G_DEBUG", "fatal-warnings")


class Device:
    """A host with a state folder: one identity. Verbs run one at a time."""

    count = 0

    def __init__(self, host, name=None, discovery=False, options=()):
        Device.count += 1
        self.host, self.discovery = host, discovery
        self.options = list(options)
        self.state = host.path(f"state-{Device.count}")
        self.folder = host.path(f"got-{Device.count}")
        if name:
            self.run("name", name)

    def argv(self, words, json=True, options=()):
        argv = [CLI, "--state", self.state, *self.options, *options]
        if json:
            argv.append("--json")
        if not self.discovery:
            argv.append("--no-discovery")
        return [*argv, *words]

    def start(self, *words, json=True, options=(), **more):
        """Starts a verb; its standard input can be written to."""
        return self.host.popen(self.argv(words, json, options), stdin=subprocess.PIPE, **more)

    def run(self, *words, status=0, json=True, options=(), timeout=30, text=None, **more):
        """Runs a verb to its end, which must be with that status."""
        process = self.start(*words, json=json, options=options, **more)
        if text is not None:
            process.write(text)
        process.popen.stdin.close()
        got = process.wait(timeout)
        assert got == status, (f"{words}: status {got} instead of {status}:\n{process.output}\n"
                               f"{process.errors()}")
        return process

    def identity(self):
        return self.run("id").event("id")["id"]

    def receive(self, *words, options=()):
        """A receiver, ready; its address is in .address."""
        process = self.start("receive", "--dir", self.folder, *words, options=options)
        process.address = self.address(process)
        return process

    def share(self, *words, options=()):
        process = self.start("share", *words, options=options)
        process.address = self.address(process)
        process.link = process.event("link", 20)["link"]
        return process

    def address(self, process):
        port = process.event("listening", 20)["port"]
        return f"{self.host.links[0].ipv4}:{port}"

    def got(self, *names):
        return os.path.join(self.folder, *names)


def ends(process, status, timeout=20):
    got = process.wait(timeout)
    assert got == status, (f"status {got} instead of {status}:\n{process.output}\n"
                           f"{process.errors()}")


def error_of(process, code):
    """The error event, whose text a person can use."""
    errors = process.events("error")
    found = [e for e in errors if e["code"] == code]
    assert found, f"no error {code}, but {errors}"
    assert set(found[0]) >= {"event", "t", "code", "message", "side", "next"}, found
    assert found[0]["message"] in process.errors(), process.errors()
    return found[0]


def two(lab, names=("Anna", "Ben"), **options):
    """Two hosts on one network, a device on each."""
    hosts = [lab.host(name.lower()) for name in names]
    lab.lan(hosts)
    return [Device(host, name, **options) for host, name in zip(hosts, names)]


def befriend(one, other):
    """Both add each other, while the other listens."""
    for adding, listening in ((one, other), (other, one)):
        receiver = listening.receive()
        adding.run("friend", "add", receiver.address)
        ends_by_interrupt(receiver)


def ends_by_interrupt(process, status=0):
    got = process.interrupt(20)
    assert got == status, f"status {got} instead of {status}: {process.errors()}"


def write(path, data=b"", mode=None, mtime=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    if mode is not None:
        os.chmod(path, mode)
    if mtime is not None:
        os.utime(path, ns=(mtime, mtime))
    return path


def random_file(path, size):
    return write(path, os.urandom(size))


def tree(path):
    """What a folder holds: relative path → what it is."""
    found = {}
    for folder, folders, files in os.walk(path):
        for name in folders + files:
            full = os.path.join(folder, name)
            relative = os.path.relpath(full, path)
            if os.path.islink(full):
                found[relative] = "link"
            elif os.path.isdir(full):
                found[relative] = "folder"
            else:
                with open(full, "rb") as file:
                    found[relative] = hashlib.sha256(file.read()).hexdigest()
    return found


def same(one, other):
    ours, theirs = tree(one), tree(other)
    assert ours == theirs, f"{sorted(set(ours.items()) ^ set(theirs.items()))}"
