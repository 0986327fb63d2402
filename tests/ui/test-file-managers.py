#!/usr/bin/python3
# test-file-managers.py: what file managers call when somebody sends from there.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-file-managers.py FOLDER   (build/data/file-managers)

import configparser
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
import types

import gi.repository

FOLDER = sys.argv[1]
# A program of this name, first in PATH, tells what it was called with.
RECORDER = '#!/bin/sh\nprintf "%s\\n" "$@" >"$RECORD.new" && mv "$RECORD.new" "$RECORD"\n'


def read(name):
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str
    assert parser.read(os.path.join(FOLDER, name)), name
    return parser


def entry(name, group, wanted):
    found = read(name)[group]
    assert found["Exec"] == "shoal --send %F", dict(found)
    for key, value in wanted.items():
        assert found[key] == value, (key, found[key])


def test_thunar(_):
    entry("shoal-send-thunar.desktop", "Desktop Entry", {"Type": "Application"})
    # For files and folders of every kind: no list of types.
    assert "MimeType" not in read("shoal-send-thunar.desktop")["Desktop Entry"]
    subprocess.run(["desktop-file-validate",
                    os.path.join(FOLDER, "shoal-send-thunar.desktop")], check=True)


def test_kde(_):
    entry("shoal-send.desktop", "Desktop Action shoal-send", {})
    main = read("shoal-send.desktop")["Desktop Entry"]
    assert main["Actions"] == "shoal-send;" and main["MimeType"] == "all/all;", dict(main)


def test_nemo(_):
    entry("shoal-send.nemo_action", "Nemo Action",
          {"Selection": "notnone", "Extensions": "any;", "Quote": "double"})


class Location:
    def __init__(self, path):
        self.path = path

    def get_path(self):
        return self.path

    def is_native(self):
        return self.path is not None


class File:
    def __init__(self, path):
        self.location = Location(path)

    def get_location(self):
        return self.location


class MenuItem:
    def __init__(self, name, label, tip):
        self.name, self.label, self.tip = name, label, tip

        self.activate = None

    def connect(self, signal, function, *data):
        assert signal == "activate"
        self.activate = lambda: function(self, *data)


def test_nautilus(folder):
    """The extension, with Nautilus played by this test: real paths reach the program."""
    gi.repository.Nautilus = types.SimpleNamespace(
        MenuProvider=type("MenuProvider", (), {}), MenuItem=MenuItem)
    spec = importlib.util.spec_from_file_location(
        "extension", os.path.join(FOLDER, "shoal-nautilus.py"))
    extension = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(extension)

    recorder, record = os.path.join(folder, "shoal"), os.path.join(folder, "record")
    with open(recorder, "w", encoding="ascii") as file:
        file.write(RECORDER)
    os.chmod(recorder, 0o755)
    os.environ.update(PATH=folder + ":" + os.environ["PATH"], RECORD=record)
    menu = extension.ShoalMenu()
    paths = ["/tmp/one file", "/tmp/ä'\"; rm -rf $HOME"]
    # Nautilus 3 hands over the window as well.
    for arguments in ([[File(path) for path in paths]], ["window", [File(p) for p in paths]]):
        (item,) = menu.get_file_items(*arguments)
        assert item.label == "Send with Shoal…"
        item.activate()
        deadline = time.monotonic() + 60
        while not os.path.exists(record) and time.monotonic() < deadline:
            time.sleep(0.02)
        with open(record, encoding="utf-8") as file:
            assert file.read().splitlines() == ["--send", *paths]
        os.remove(record)
    assert not menu.get_file_items([File("/tmp/one"), File(None)])
    assert not menu.get_file_items([])


def main():
    tests = [test_thunar, test_kde, test_nemo, test_nautilus]
    print(f"1..{len(tests)}")
    failed = 0
    for number, test in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(folder)
                print(f"ok {number} {test.__name__}")
            except Exception as error:  # pylint: disable=broad-except
                failed += 1
                print(f"# {type(error).__name__}: {error}\nnot ok {number} {test.__name__}")
    sys.exit(1 if failed else 0)


main()
