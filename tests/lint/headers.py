#!/usr/bin/env python3
# Every header compiles alone, with the flags of its room and nothing before it.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: headers.py BUILD-FOLDER

import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

import source

# A header that is private to its room wants to see the room's mark.
PRIVATE = re.compile(r"#if(?:ndef (\w+)| !defined \((\w+)\))[^\n]*\n#\s*error")
# Options of a compile command that say how, not what, to compile.
KEPT = re.compile(r"-I|-D|-isystem|-std|-pthread")


def flags_of_rooms(build):
    """The flags of the first source of each folder below src."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    flags = {}
    for command in commands:
        path = os.path.relpath(os.path.join(command["directory"], command["file"]), source.ROOT)
        words = shlex.split(command["command"])
        # Meson puts ccache in front where it is installed.
        words = words[1:] if os.path.basename(words[0]) == "ccache" else words
        if path.startswith("src/"):
            # A cache in front of the compiler does not know these options.
            compiler = words[1] if os.path.basename(words[0]) == "ccache" else words[0]
            flags.setdefault(os.path.dirname(path), (compiler, [w for w in words if KEPT.match(w)]))
    return flags


def compile_alone(build, compiler, flags, path):
    """What the compiler says, or nothing if it is content."""
    with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
        file.write(f'#include "{path}"\nextern int not_empty;\n')
        file.flush()
        run = subprocess.run([compiler, *flags, "-fsyntax-only", "-Werror", file.name],
                             cwd=build, capture_output=True, text=True, check=False)
    return run.stderr if run.returncode else ""


def main():
    build = os.path.abspath(sys.argv[1])
    flags = flags_of_rooms(build)
    jobs = []
    for path, text in sorted(source.read_tree().items()):
        # A room that this build leaves out (the app without GTK) is not compiled.
        if path.endswith(".h") and os.path.dirname(path) in flags:
            compiler, options = flags[os.path.dirname(path)]
            private = PRIVATE.search(text)
            mark = [f"-D{private[1] or private[2]}"] if private else []
            jobs.append((path, compiler, options + mark))

    with tempfile.NamedTemporaryFile("w", suffix=".h") as bad:
        bad.write("#pragma once\ngboolean shoal_needs_glib (void);\n")
        bad.flush()
        if not compile_alone(build, jobs[0][1], jobs[0][2], bad.name):
            sys.exit("self-test: a header without its includes was not caught")

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda job: compile_alone(build, job[1], job[2],
                                                     os.path.join(source.ROOT, job[0])), jobs)
        for (path, *_), said in zip(jobs, results):
            if said:
                print(f"{path} does not compile alone:\n{said}")
                failed += 1
    print(f"{len(jobs)} headers, {failed} bad")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
