#!/usr/bin/python3
# demo.py: two devices on this one machine; one sends the other a folder.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: demo.py SHOAL-CLI"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

MIB = 1 << 20


def say(text=""):
    print(text, flush=True)


def make_folder(path):
    """Something like what people send: nested, large and small, empty, with odd names."""
    photos, notes = os.path.join(path, "Photos", "Summer — été"), os.path.join(path, "Notes")
    for folder in (photos, notes, os.path.join(path, "Nothing in here")):
        os.makedirs(folder)
    for number in range(1, 41):
        with open(os.path.join(photos, f"IMG_{number:04d}.jpg"), "wb") as file:
            file.write(os.urandom(number * 50_000))
    with open(os.path.join(path, "Film.mkv"), "wb") as file:
        for _ in range(200):
            file.write(os.urandom(MIB))
    with open(os.path.join(notes, "empty.txt"), "wb"):
        pass
    script = os.path.join(path, "run me.sh")
    with open(script, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\necho Hello from the other side\n")
    os.chmod(script, 0o755)
    return sum(os.path.getsize(os.path.join(folder, name))
               for folder, _, names in os.walk(path) for name in names)


class Device:
    """A shoal-cli with a state folder of its own: its own key, its own identity."""

    def __init__(self, cli, name, work):
        self.name = name
        self.begin = [cli, "--json", "--no-discovery", "--state", os.path.join(work, name)]
        self.process = None

    def start(self, *words, options=()):
        self.process = subprocess.Popen([*self.begin, *options, *words],
                                        stdout=subprocess.PIPE, text=True)

    def identity(self):
        done = subprocess.run([*self.begin, "id"], capture_output=True, text=True, check=True)
        return json.loads(done.stdout.splitlines()[0])["id"]

    def event(self, *wanted):
        """The next event of one of these names; an error ends the demo."""
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] in wanted:
                return event
            if event["event"] == "error":
                raise SystemExit(f"{self.name}: {event['message']}\n{event.get('next') or ''}")
        raise SystemExit(f"{self.name} ended too early, with status {self.process.wait()}")

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


def demo(anna, ben, work):
    folder, inbox = os.path.join(work, "Holiday"), os.path.join(work, "inbox")
    size = make_folder(folder)
    say("Two devices on this machine, each with a key of its own:")
    for device in (anna, ben):
        say(f"  {device.name}  {device.identity()}")

    ben.start("receive", "--accept", "all", "--once", "--dir", inbox,
              options=["--listen", "127.0.0.1:0"])
    port = ben.event("listening")["port"]
    say(f"\nBen waits for files on 127.0.0.1, port {port}.")
    say(f"Anna sends him the folder “Holiday”, {size / MIB:.0f} MiB, without preparing it first.")
    anna.start("send", folder, "--to", f"127.0.0.1:{port}")
    offer = ben.event("offer", "accepted")
    if offer["event"] == "offer":
        say(f"Ben is asked: “{offer['name']}”, {offer['files']} files.")
        if offer.get("code"):
            say(f"They have never met: both screens show the code {offer['code']}.")
    say("Ben accepts; the files travel encrypted (TLS 1.3), and each 16 KiB is checked.")

    done = anna.event("done")
    say(f"Anna is told that Ben has everything, safe on his disk: {done['bytes'] / MIB:.0f} MiB "
        f"in {done['seconds']:.1f} s.")
    received = ben.event("done")
    if not received["verified"]:
        raise SystemExit("Ben's copy is not verified")
    for device in (anna, ben):
        if device.process.wait(30) != 0:
            raise SystemExit(f"{device.name} ended with status {device.process.returncode}")
    compare(folder, os.path.join(inbox, "Holiday"))


def compare(folder, copy):
    say("\n$ diff -r Anna/Holiday Ben/Holiday")
    if subprocess.run(["diff", "-r", folder, copy], check=False).returncode != 0:
        raise SystemExit("The copies differ.")
    if not os.access(os.path.join(copy, "run me.sh"), os.X_OK):
        raise SystemExit("“run me.sh” has lost its permission to run.")
    count = sum(len(names) for _, _, names in os.walk(copy))
    say(f"No difference in {count} files. It works.")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    work = tempfile.mkdtemp(prefix="shoal-demo-", dir="/var/tmp")
    anna, ben = Device(sys.argv[1], "Anna", work), Device(sys.argv[1], "Ben ", work)
    try:
        demo(anna, ben, work)
    finally:
        for device in (anna, ben):
            device.end()
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
