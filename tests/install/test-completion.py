#!/usr/bin/env python3
# Completion in the shells themselves: verbs, options, values, files, friends;
# and nothing that --help knows is missing.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: test-completion.py FOLDER-OF-COMPLETION PROGRAM...

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

import helps

FOLDER = os.path.abspath(sys.argv[1])
PROGRAMS = {os.path.basename(path): os.path.abspath(path) for path in sys.argv[2:]}
BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
NOWHERE = ["--no-discovery", "--tracker=ws://127.0.0.1:9", "--stun=127.0.0.1:9"]

# What Tab would offer, one a line.
BASH = f"""
. {BASH_COMPLETION}
. "$1/bash/$2"
COMP_WORDS=("${{@:2}}") COMP_CWORD=$(($# - 2))
COMP_LINE=${{COMP_WORDS[*]}} COMP_POINT=${{#COMP_LINE}}
_${{2//-/_}} "$2" "${{@: -1}}" "${{@: -2:1}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""

WORDS = [
    # Before the cursor, then all that is offered, or a part of it after "...".
    (["rec"], ["receive"]),
    (["--json", "--state", "x", "des"], ["describe"]),
    (["--visible", "f"], ["friends"]),
    (["--path", ""], ["direct", "local", "relay"]),
    (["receive", "--ac"], ["--accept"]),
    (["receive", "--accept", ""], ["all", "ask", "friends"]),
    (["friend", "au"], ["auto-accept"]),
    (["friend", "auto-accept", "x", ""], ["any", "off"]),
    (["set", "slow-m"], ["slow-mode"]),
    (["set", "slow-mode", ""], ["off", "on"]),
    (["set", "seen-by", "w"], ["while-open"]),
    (["get", ""], ["...", "a.torrent"]),
    (["verify", "a"], ["a.torrent"]),
    (["send", "b"], ["b.txt"]),
    (["id", ""], []),
    (["receive", ""], []),
]


class Place:
    """A home with two files in it, and one friend with a name that needs quotes."""

    FRIEND = "Anna's old 'Mac'"

    def __init__(self):
        self.home = tempfile.mkdtemp()
        self.env = {
            "PATH": f"{self.home}/.programs:{os.environ['PATH']}", "HOME": self.home,
            "LC_ALL": "C.UTF-8", "TERM": "xterm", "XDG_DATA_HOME": f"{self.home}/data",
            "XDG_CONFIG_HOME": f"{self.home}/config", "ZDOTDIR": self.home}
        os.mkdir(f"{self.home}/.programs")
        for name in ("a.torrent", "b.txt"):
            with open(f"{self.home}/{name}", "w", encoding="utf-8"):
                pass
        for name, path in PROGRAMS.items():
            os.symlink(path, f"{self.home}/.programs/{name}")
        # On a loaded machine a second is not long.
        with open(f"{self.home}/.programs/timeout", "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\nshift\nexec "$@"\n')
        os.chmod(f"{self.home}/.programs/timeout", 0o755)

    def cli(self, *words):
        return self.run("shoal-cli", *words)

    def run(self, *argv):
        done = subprocess.run(argv, cwd=self.home, env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0 and not done.stderr, (argv, done)
        return done.stdout

    def befriend(self):
        """Over the loopback."""
        other = ["shoal-cli", f"--state={self.home}/other", "--json", *NOWHERE]
        self.run(*other, "name", self.FRIEND)
        with subprocess.Popen([*other, "--listen=127.0.0.1:0", "receive"], cwd=self.home,
                              env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True) as receiver:
            event = next(json.loads(line) for line in receiver.stdout if '"listening"' in line)
            self.cli("--quiet", *NOWHERE, "friend", "add", f"127.0.0.1:{event['port']}")
            receiver.terminate()
            receiver.communicate()

    def bash(self, *words):
        text = self.run("bash", "--norc", "-c", BASH, "bash", FOLDER, *words)
        return sorted({word.rstrip() for word in text.splitlines() if word.rstrip()})

    def fish(self, *words):
        line = " ".join(word if re.fullmatch(r"[\w.=-]*", word) else repr(word) for word in words)
        text = self.run("fish", "--no-config", "-c",
                        "set -p fish_complete_path $argv[1]/fish; complete -C $argv[2]",
                        FOLDER, line)
        return sorted({word.split("\t")[0] for word in text.splitlines()})

    def typed(self, shell, start, keys):
        """What the shell passes on once the keys are pressed: the words of the line."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.home)
            os.execvpe(shell[0], shell, self.env)
        seen = ""
        # C-a, so that what was completed becomes the arguments of printf.
        for text, until in ((start + "; echo rea''dy\r", "ready"),
                            (keys + "\x01printf '<%s>' \x05; echo do''ne\r", "done")):
            os.write(terminal, text.encode())
            deadline = time.monotonic() + 60
            while until not in seen:
                ready, _, _ = select.select([terminal], [], [], deadline - time.monotonic())
                assert ready, f"{shell[0]} does not go on:\n{seen}"
                seen += os.read(terminal, 4096).decode(errors="replace")
        os.close(terminal)
        os.waitpid(pid, 0)
        return re.findall(r"<([^%>]*)>", seen)


def offered(found, wanted):
    return set(wanted[1:]) <= set(found) if wanted[:1] == ["..."] else found == wanted


def check(complete):
    with_state = Place()
    with_state.befriend()
    place = Place()
    for words, wanted in WORDS:
        found = complete(place, "shoal-cli", *words)
        assert offered(found, wanted), f"{words}: {found}, not {wanted}"
    assert complete(place, "shoal-cli", "") == sorted(helps.verbs(PROGRAMS["shoal-cli"]))
    actions = helps.friend_actions(PROGRAMS["shoal-cli"])
    assert complete(place, "shoal-cli", "friend", "") == sorted(actions)

    assert complete(place, "shoal-cli", "send", "--to", "") == []
    assert not os.path.exists(f"{place.home}/data/shoal"), "asking for friends has made a state"
    settings = with_state.cli("--no-discovery", "settings").splitlines()
    keys = {line.split()[0] for line in settings} - {"first-run-done"}
    assert complete(place, "shoal-cli", "set", "") == sorted(keys)
    return with_state


def check_options(complete):
    """Each that --help knows, and no other."""
    place = Place()
    for program, path in PROGRAMS.items():
        verbs = helps.verbs(path) if program == "shoal-cli" else []
        for words in [[]] + [[verb] for verb in verbs]:
            known = {word for word in helps.options(helps.ask(path, *words, "--help"))
                     if word.startswith("--")}
            found = {word.rstrip("=") for word in complete(place, program, *words, "--")}
            assert found == known, (program, words, found ^ known)


def test_bash():
    if not os.path.exists(BASH_COMPLETION):
        return "bash-completion is not installed"
    with_state = check(Place.bash)
    check_options(Place.bash)
    for words in (["send", "--to", ""], ["send", "--to", "An"], ["list", ""],
                  ["friend", "block", ""]):
        found = with_state.bash("shoal-cli", *words)
        assert found == [r"Anna\'s\ old\ \'Mac\'"], found

    start = f"PS1=; . {BASH_COMPLETION}; . {FOLDER}/bash/shoal-cli"
    shell = ["bash", "--norc", "--noprofile", "-i"]
    words = with_state.typed(shell, start, "shoal-cli sen\tb.t\t--to An\t")
    assert words == ["shoal-cli", "send", "b.txt", "--to", Place.FRIEND], words
    return None


def test_fish():
    if not shutil.which("fish"):
        return "fish is not installed"
    with_state = check(Place.fish)
    check_options(Place.fish)
    for words in (["send", "--to", ""], ["list", "An"], ["friend", "block", ""]):
        found = with_state.fish("shoal-cli", *words)
        assert found == [Place.FRIEND], (words, found)
    return None


def test_zsh():
    """It lists only on a terminal: options by its text, the rest by typing."""
    if not shutil.which("zsh"):
        return "zsh is not installed"
    with open(f"{FOLDER}/zsh/_shoal", encoding="utf-8") as file:
        text = file.read()
    cli = PROGRAMS["shoal-cli"]
    for verb in helps.verbs(cli):
        known = helps.options(helps.ask(cli, verb, "--help")) - {"-h", "--help"}
        if known:
            block = re.search(rf"^    {verb}\).*?;;", text, re.MULTILINE | re.DOTALL)[0]
            block = block.replace("$dir", "--dir=[")
            found = set(re.findall(r"(?<=[ '{,*])--[a-z-]+", block))
            assert found == {word for word in known if word.startswith("--")}, (verb, found)
    for program, path in PROGRAMS.items():
        block = text if program == "shoal-cli" else re.search(
            rf"^  {program}\).*?;;", text, re.MULTILINE | re.DOTALL)[0]
        for word in helps.options(helps.ask(path, "--help")):
            assert word in block, (program, word)

    place = Place()
    place.befriend()
    start = (f"PS1= RPS1= PROMPT_EOL_MARK=; bindkey -e; fpath=({FOLDER}/zsh $fpath); "
             "autoload -U compinit; compinit -u -D; unset zle_bracketed_paste")
    for keys, wanted in (
            ("shoal-cli sen\tb.t\t--to=An\t",
             ["shoal-cli", "send", "b.txt", "--to=" + Place.FRIEND]),
            ("shoal-cli fri\tblo\tAn\t", ["shoal-cli", "friend", "block", Place.FRIEND]),
            ("shoal-cli set slow-m\tof\t", ["shoal-cli", "set", "slow-mode", "off"]),
            ("shoal-tracker --tls-c\tb.t\t", ["shoal-tracker", "--tls-certificate=b.txt"])):
        if keys.split()[0] in PROGRAMS:
            words = place.typed(["zsh", "-f", "-i"], start, keys)
            assert words == wanted, (keys, words)
    return None


if __name__ == "__main__":
    helps.run_tests({name: test for name, test in globals().items() if name.startswith("test_")})
