#!/usr/bin/env python3
# systemd takes the units as they are, and finds them as closed as they can be.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: test-units.py FOLDER-OF-UNITS PROGRAM...

import os
import re
import shutil
import subprocess
import sys
import tempfile

import helps

UNITS = sys.argv[1]
PROGRAMS = {os.path.basename(path): os.path.abspath(path) for path in sys.argv[2:]}

# systemd-analyze's measure, 100 the worst. A user's manager can drop neither
# user nor capabilities, which count the most.
EXPOSURE = {"shoal-tracker.service": 16, "shoal-receive.service": 67}


def analyze(*words):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["systemd-analyze", *words], check=False, capture_output=True,
                              text=True, env=os.environ | {"XDG_RUNTIME_DIR": folder})
    return done.returncode, done.stdout + done.stderr


def units():
    """Copies that start the programs of this build."""
    folder = tempfile.mkdtemp()
    for name in sorted(os.listdir(UNITS)):
        if not name.endswith(".service"):
            continue
        with open(os.path.join(UNITS, name), encoding="utf-8") as file:
            text = file.read()
        for program, path in PROGRAMS.items():
            text = re.sub(rf"^ExecStart=\S*/{program} ", f"ExecStart={path} ", text,
                          flags=re.MULTILINE)
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        yield path, ["--user"] if name == "shoal-receive.service" else []
    shutil.rmtree(folder)


def test_verify():
    for path, manager in units():
        status, said = analyze("verify", "--man=no", *manager, path)
        said = [line for line in said.splitlines() if os.path.basename(path) in line]
        assert status == 0 and not said, (path, status, said)
        with open(path, "a", encoding="utf-8") as file:
            file.write("[Service]\nProtectHom=yes\n")
        assert "ProtectHom" in analyze("verify", "--man=no", *manager, path)[1]


def test_security():
    for path, manager in units():
        threshold = EXPOSURE[os.path.basename(path)]
        status, said = analyze("security", "--offline=yes", "--no-pager",
                               f"--threshold={threshold}", *manager, path)
        assert status == 0, said


def test_options():
    """The units use options that there are."""
    for path, _manager in units():
        with open(path, encoding="utf-8") as file:
            command = re.search(r"^ExecStart=(.*)$", file.read(), re.MULTILINE)[1].split()
        verb = [word for word in command[1:2] if not word.startswith("-")]
        known = helps.options(helps.ask(command[0], *verb, "--help"))
        used = {word for word in command if word.startswith("--")}
        assert used and used <= known, (used, known)


if __name__ == "__main__":
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    if not shutil.which("systemd-analyze"):
        print("1..0 # SKIP systemd-analyze is not installed")
        sys.exit(0)
    helps.run_tests(tests)
