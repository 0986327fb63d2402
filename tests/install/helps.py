# What the programs say of themselves by --help, for the tests of what else says so.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import re
import subprocess


def ask(*argv, status=0, **more):
    env = os.environ | {"LC_ALL": "C.UTF-8", "G_DEBUG": "fatal-warnings"}
    done = subprocess.run(argv, env=env, check=False, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, **more)
    assert done.returncode == status and not done.stderr, f"{argv}: {done}"
    return done.stdout


def options(text):
    """Each option as typed, such as {"-q", "--quiet"}; without GLib's further helps."""
    return {word for line in re.findall(r"^  (-.*?)(?:  |$)", text, re.MULTILINE)
            for word in re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", line.split("=")[0])
            if not word.startswith("--help-")}


def verbs(cli):
    block = re.search(r"^Verbs:\n((?:  .*\n)+)", ask(cli, "--help"), re.MULTILINE)[1]
    return re.findall(r"^  ([a-z-]+) ", block, re.MULTILINE)


def friend_actions(cli):
    return re.search(r" friend (\S+)", ask(cli, "friend", "--help"))[1].split("|")


def run_tests(tests, chosen=()):
    """TAP; a test that returns a text was skipped for that reason."""
    names = list(chosen or tests)
    print(f"1..{len(names)}", flush=True)
    for number, name in enumerate(names, 1):
        skipped = tests[name]()
        print(f"ok {number} {name}" + (f" # SKIP {skipped}" if skipped else ""), flush=True)
