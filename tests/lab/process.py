# process.py: a program that runs in a host of the lab.
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import os
import signal
import subprocess
import sys
import threading
import time

ENTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "enter.py")


class LabError(Exception):
    pass


class Process:
    """A program that runs in a host: its process ID, its output line by line, its end."""

    def __init__(self, host, argv, env=None, cwd=None, stdin=None, stdout=None):
        if "/" in argv[0]:  # from the test's own folder, not the host's
            argv = [os.path.abspath(argv[0]), *argv[1:]]
        reader, told = os.pipe()
        self.name = f"{host.name}: {os.path.basename(argv[0])}"
        self.log = host.new_log(argv)
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-ISB", ENTER, "exec", str(told), host.lab.user, str(host.pid),
                 cwd or host.home, *argv],
                stdin=stdin if stdin is not None else subprocess.DEVNULL,
                stdout=stdout if stdout is not None else subprocess.PIPE,
                stderr=log, env={**host.env, **(env or {})}, pass_fds=[told],
                start_new_session=True)
        os.close(told)
        with os.fdopen(reader, "rb") as file:
            text = file.read()
        if not text:
            self.popen.wait()
            raise LabError(f"cannot start {self.name}: {self.errors()}")
        self.pid = int(text)  # of the program itself, as seen from here: for /proc and kill()
        self.lines = []       # (monotonic seconds, line) of what it printed
        self.ended = False    # no more lines will come
        self.cursor = 0
        self.changed = threading.Condition()
        self.thread = None
        if stdout is None:
            self.thread = threading.Thread(target=self._read, daemon=True)
            self.thread.start()

    def _read(self):
        for line in self.popen.stdout:
            with self.changed:
                self.lines.append((time.monotonic(), line.decode("utf-8", "replace").rstrip("\n")))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    @property
    def output(self):
        """What it printed so far."""
        return "".join(line + "\n" for _, line in self.lines)

    def errors(self):
        """What it wrote to standard error so far."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def line(self, wanted, timeout=10):
        """The next line for which wanted(line) is true, from where the last call stopped; when it
        was printed is in self.when."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                while self.cursor < len(self.lines):
                    self.when, line = self.lines[self.cursor]
                    self.cursor += 1
                    if wanted(line):
                        return line
                left = deadline - time.monotonic()
                if left <= 0 or self.ended:
                    break
                self.changed.wait(left)
        why = "ended" if self.ended else f"was silent for {timeout} s"
        raise LabError(f"{self.name} {why} before the awaited line; it said:\n"
                       f"{self.output[-4000:]}\n{self.errors()[-4000:]}")

    def event(self, name, timeout=10, **fields):
        """The next JSON object with that "event" and those fields, from where the last call
        stopped. A field that is callable is asked: event("found", port=lambda p: p > 0)."""
        found = None

        def wanted(line):
            nonlocal found
            found = parse_event(line)
            return found is not None and matches(found, name, fields)
        self.line(wanted, timeout)
        return found

    def events(self, name, **fields):
        """All such events so far; moves nothing."""
        objects = (parse_event(line) for _, line in list(self.lines))
        return [o for o in objects if o is not None and matches(o, name, fields)]

    def no_event(self, name, seconds, **fields):
        """Makes sure that no such event comes for so long (from where the last call stopped)."""
        try:
            bad = self.event(name, seconds, **fields)
        except LabError:
            return
        raise LabError(f"{self.name} said what it should not: {bad}")

    def write(self, text):
        """Needs stdin=subprocess.PIPE."""
        self.popen.stdin.write(text.encode())
        self.popen.stdin.flush()

    def running(self):
        return self.popen.poll() is None

    def signal(self, number):
        """Reaches the program itself, also SIGKILL, SIGSTOP and SIGCONT."""
        if self.running():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                pass

    def wait(self, timeout=60):
        """Its exit status; negative is the signal it died of."""
        try:
            status = self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise LabError(f"{self.name} did not end within {timeout} s; it said:\n"
                           f"{self.output[-4000:]}\n{self.errors()[-4000:]}") from None
        if self.thread:
            self.thread.join(5)
        return status

    def terminate(self, timeout=10):
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def interrupt(self, timeout=10):
        self.signal(signal.SIGINT)
        return self.wait(timeout)

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait(10)

    def memory_peak(self):
        """Bytes: the most it has had resident."""
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0


def parse_event(line):
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def matches(found, name, fields):
    if name is not None and found.get("event") != name:
        return False
    return all(key in found and (value(found[key]) if callable(value) else found[key] == value)
               for key, value in fields.items())
