#!/usr/bin/env python3
# What a packager gets: the files of files.txt and no other, in a DESTDIR that
# nothing outside of is touched for; options leave out what they say.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: test-install.py SOURCE BUILD [TEST]...

import contextlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

from helps import run_tests

SOURCE, BUILD = (os.path.abspath(path) for path in sys.argv[1:3])
PREFIX = "/usr"
PARTS = {"app", "cli", "completion", "file_managers", "firewall", "man", "systemd", "tracker"}


def run(*argv, **more):
    done = subprocess.run(argv, check=False, capture_output=True, text=True, **more)
    assert done.returncode == 0, f"{argv}:\n{done.stdout}{done.stderr}"
    return done.stdout


def setup(folder, *options):
    """A configured build, of which nothing is compiled."""
    run("meson", "setup", folder, SOURCE, "--prefix", PREFIX, "-Dtests=false", *options)


def introspect(folder, what):
    return json.loads(run("meson", "introspect", "--" + what, folder))


def parts_of(folder):
    """Those that a build has, by its options and by what it found."""
    options = {option["name"]: option["value"] for option in introspect(folder, "buildoptions")}
    parts = {part for part in PARTS if options.get(part) is True} | {"cli"}
    if "shoal" in [target["name"] for target in introspect(folder, "targets")]:
        parts.add("app")
    return parts


def expected(parts, prefix):
    with open(os.path.join(SOURCE, "po/LINGUAS"), encoding="utf-8") as file:
        languages = re.sub("#.*", "", file.read()).split()
    paths = set()
    with open(os.path.join(SOURCE, "tests/install/files.txt"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("#"):
                continue
            needed, path = line.split()
            if set(needed.split(",")) <= parts:
                path = os.path.join(prefix, path)
                paths |= {path.replace("LANGUAGE", language) for language in languages}
    return paths


def same(found, wanted):
    assert found == wanted, (
        "\nIf this is meant, change tests/install/files.txt, and data/debian with it."
        f"\ninstalled and not listed: {sorted(found - wanted)}"
        f"\nlisted and not installed: {sorted(wanted - found)}")


def test_options():
    """Each part can be left out, with all that belongs to it, and alone."""
    for left_out in sorted(PARTS - {"cli"}):
        with tempfile.TemporaryDirectory() as folder:
            value = "disabled" if left_out == "app" else "false"
            setup(folder, f"-D{left_out}={value}")
            parts = parts_of(folder)
            assert left_out not in parts, parts
            same(set(introspect(folder, "installed").values()), expected(parts, PREFIX))


def test_least():
    """Nothing but shoal-cli, whatever the machine has; folders as told."""
    with tempfile.TemporaryDirectory() as folder:
        setup(folder, "-Dapp=disabled", *(f"-D{part}=false" for part in PARTS - {"app", "cli"}))
        same(set(introspect(folder, "installed").values()), expected({"cli"}, PREFIX))
    with tempfile.TemporaryDirectory() as folder:
        setup(folder, "-Dapp=disabled", "-Dzsh_completion_dir=/z", "-Dsystemd_user_unit_dir=/u",
              "-Dsystemd_system_unit_dir=/s", "--sysconfdir=/etc/here")
        places = set(introspect(folder, "installed").values())
        assert {"/z/_shoal", "/u/shoal-receive.service", "/s/shoal-tracker.service",
                "/etc/here/ufw/applications.d/shoal"} <= places, places


@contextlib.contextmanager
def installed():
    """This build's files in a folder; DESTDIR moves them all."""
    with tempfile.TemporaryDirectory() as folder:
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", folder,
            env=os.environ | {"MESON_INSTALL_QUIET": "1"})
        yield folder


def files_below(folder):
    return {os.path.join(path, name)[len(folder):]
            for path, _, names in os.walk(folder) for name in names}


def option(name):
    return next(option["value"] for option in introspect(BUILD, "buildoptions")
                if option["name"] == name)


def test_destdir():
    prefix = option("prefix")
    etc = os.path.join(prefix, option("sysconfdir"))
    with installed() as folder:
        found = files_below(folder)
        wanted = {path.replace("/etc/", etc + "/", 1) if path.startswith("/etc/") else path
                  for path in expected(parts_of(BUILD), prefix)}
        # No cache of icons, schemas or applications: a package's triggers make those.
        same(found, wanted)
        for path in sorted(found):
            mode = stat.S_IMODE(os.stat(folder + path).st_mode)
            program = path.startswith(os.path.join(prefix, "bin"))
            assert mode == (0o755 if program else 0o644), f"{path}: {mode:o}"


def test_knows_no_build():
    """Nothing that is installed names a folder that is gone later, or lacks its own."""
    with installed() as folder:
        for path in sorted(files_below(folder)):
            with open(folder + path, "rb") as file:
                content = file.read()
            assert folder.encode() not in content, f"{path} names its DESTDIR"
            if not content.startswith(b"\x7fELF"):
                assert BUILD.encode() not in content, f"{path} names its build"
            elif shutil.which("readelf"):
                dynamic = run("readelf", "-d", folder + path)
                assert "RUNPATH" not in dynamic and "RPATH" not in dynamic, f"{path}:\n{dynamic}"
            assert not re.search(rb"@[A-Za-z_]{2,}@", content) or content.startswith(b"\x7fELF"), (
                f"{path} was not configured")


def test_called_where_they_are():
    """What starts a program names it as installed: whole, or looked for in PATH."""
    prefix = option("prefix")
    with installed() as folder:
        programs = {path for path in files_below(folder) if f"{prefix}/bin/" in path}
        for path in sorted(files_below(folder)):
            if not path.endswith((".service", ".desktop", ".nemo_action")):
                continue
            with open(folder + path, encoding="utf-8") as file:
                calls = re.findall(r"^(?:Try)?Exec(?:Start)?=(\S+)", file.read(), re.MULTILINE)
            assert calls, path
            for call in calls:
                assert os.path.join(prefix, "bin", call) in programs, f"{path} calls {call}"


if __name__ == "__main__":
    run_tests({name: test for name, test in globals().items() if name.startswith("test_")},
              sys.argv[3:])
