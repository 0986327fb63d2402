#!/usr/bin/env python3
# The tarball of one commit is the same, byte for byte, whoever makes it, where
# and when.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: test-dist.py SOURCE

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

from helps import run_tests

SOURCE = os.path.abspath(sys.argv[1])


def run(*argv, **more):
    done = subprocess.run(argv, check=False, capture_output=True, text=True, **more)
    assert done.returncode == 0, f"{argv}:\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def make(folder, mask, **env):
    """In a clone of its own."""
    clone = os.path.join(folder, "shoal")
    before = os.umask(mask)
    try:
        run("git", "clone", "-q", "--no-hardlinks", SOURCE, clone)
        run("meson", "setup", clone + "/build", clone, "-Dapp=disabled", "-Dtests=false")
        path = run(clone + "/tests/make-dist", clone + "/build", clone + "/out",
                   env=os.environ | env).splitlines()[-1]
    finally:
        os.umask(before)
    run("sha256sum", "-c", path + ".sha256sum", cwd=os.path.dirname(path))
    return path


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def test_same_bytes():
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        # What a session leaves in the environment does not count, but for the time.
        os.environ.pop("SOURCE_DATE_EPOCH", None)
        committed = run("git", "-C", SOURCE, "log", "-1", "--format=%ct")
        first = make(one, 0o022, LC_ALL="C", TZ="UTC0")
        second = make(other, 0o077, LC_ALL="de_DE.UTF-8", TZ="Asia/Tokyo", USER="somebody",
                      HOME=other, SOURCE_DATE_EPOCH=committed)
        assert digest(first) == digest(second), "two tarballs of one commit differ"

        with tarfile.open(first) as file:
            members = file.getmembers()
        assert {(m.uid, m.gid, m.mtime) for m in members} == {(0, 0, int(committed))}
        assert {m.mode for m in members} <= {0o644, 0o755}, {oct(m.mode) for m in members}
        committed = set(run("git", "-C", SOURCE, "ls-tree", "-r", "--name-only", "-z",
                            "HEAD").strip("\0").split("\0"))
        packed = {m.name.split("/", 1)[1] for m in members if not m.isdir()}
        assert packed == committed, packed ^ committed


if __name__ == "__main__":
    if not shutil.which("git") or not os.path.exists(os.path.join(SOURCE, ".git")):
        print("1..0 # SKIP this is no checkout of git")
        sys.exit(0)
    run_tests({name: test for name, test in globals().items() if name.startswith("test_")})
