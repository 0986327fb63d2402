#!/usr/bin/env python3
# The manual pages say what --help says, and neither mandoc nor groff complains.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: test-man.py FOLDER-OF-PAGES PROGRAM...

import os
import re
import shutil
import subprocess
import sys

import helps

PAGES = sys.argv[1]
PROGRAMS = {os.path.basename(path): path for path in sys.argv[2:]}


def read(program):
    with open(os.path.join(PAGES, program + ".1"), encoding="utf-8") as file:
        return file.read()


def options(page):
    """As in helps, of `.It Fl q , Fl -quiet`."""
    return {"-" + word for line in re.findall(r"^\.It (Fl .*)$", page, re.MULTILINE)
            for word in re.findall(r"\bFl ([a-z-]+)", line)}


def section(page, name):
    found = re.search(rf"^\.S[hs] {name}\b.*?(?=^\.S[hs] |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section “{name}”"
    return found[0]


def same(program, page, text):
    assert options(page) == helps.options(text), (
        f"{program}: only in the page: {sorted(options(page) - helps.options(text))}, "
        f"only in --help: {sorted(helps.options(text) - options(page))}")


def test_self():
    """These readers find what they look for, and see a difference."""
    page = ".Ss send Ar path\n.It Fl t , Fl -to Ns = Ns Ar device\n.Ss get\n.It Fl -from\n"
    text = "  -t, --to=DEVICE     Name --x\n  --from=ADDRESS   Try\n"
    assert options(page) == helps.options(text) == {"-t", "--to", "--from"}
    assert options(section(page, "send")) == {"-t", "--to"}


def test_options():
    for program, path in PROGRAMS.items():
        page = read(program)
        if program == "shoal-cli":
            page = section(page, "Options")
        same(program, page, helps.ask(path, "--help"))


def test_verbs():
    cli = PROGRAMS["shoal-cli"]
    page = section(read("shoal-cli").replace("\n.Ss ", "\n.Verb "), "VERBS")
    assert re.findall(r"^\.Verb (\S+)", page, re.MULTILINE) == helps.verbs(cli)
    for verb in helps.verbs(cli):
        same(verb, section(read("shoal-cli"), verb) + ".It Fl h , Fl -help\n",
             helps.ask(cli, verb, "--help"))
    actions = re.findall(r"^\.It Cm (\S+)", section(read("shoal-cli"), "friend"), re.MULTILINE)
    assert sorted(actions) == sorted(helps.friend_actions(cli)), actions


def complaints(*argv, **more):
    done = subprocess.run(argv, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, **more)
    return done.stderr


def test_looks():
    """Both formatters know every macro."""
    found = [program for program in ("mandoc", "groff") if shutil.which(program)]
    for program in PROGRAMS:
        path = os.path.join(PAGES, program + ".1")
        if "mandoc" in found:
            done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", path], check=False,
                                  capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
        if "groff" in found:
            said = complaints("groff", "-ww", "-mandoc", "-Kutf8", "-Tutf8", path)
            assert not said, f"{path}:\n{said}"
    return None if len(found) == 2 else "mandoc or groff is not installed"


if __name__ == "__main__":
    helps.run_tests({name: test for name, test in globals().items() if name.startswith("test_")})
