#!/usr/bin/env python3
# The standard's reference, the bittorrent-tracker package, against ours.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: test-interop.py PATH-OF-SHOAL-TRACKER PATH-OF-TEST-TRACKER-CLIENT

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys

TRACKER, CLIENT = (os.path.abspath(path) for path in sys.argv[1:3])
PACKAGE = "bittorrent-tracker@11.2.3"
HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(os.environ["G_TEST_BUILDDIR"], "tracker", "reference")


def install():
    """The package, once a build folder, without what must be compiled. FALSE without npm."""
    if not shutil.which("npm") or not shutil.which("node"):
        return "there is no npm"
    os.makedirs(FOLDER, exist_ok=True)
    stub = os.path.join(FOLDER, "node_modules", "webrtc-polyfill")
    with open(os.path.join(FOLDER, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(os.path.join(FOLDER, "done")):
            return None
        done = subprocess.run(["npm", "install", "--ignore-scripts", "--omit=optional",
                               "--no-audit", "--no-fund", "--no-save", "--no-package-lock",
                               "--prefix", FOLDER, PACKAGE],
                              capture_output=True, text=True, cwd=FOLDER)
        if done.returncode != 0:
            return f"npm cannot fetch {PACKAGE}: {done.stderr.strip().splitlines()[-1:]}"
        shutil.rmtree(stub)
        os.mkdir(stub)
        with open(os.path.join(stub, "package.json"), "w", encoding="ascii") as package:
            json.dump({"name": "webrtc-polyfill", "version": "0.0.0", "type": "module",
                       "exports": "./fake-webrtc.mjs"}, package)
        shutil.copy(os.path.join(HERE, "fake-webrtc.mjs"), stub)
        with open(os.path.join(FOLDER, "done"), "w", encoding="ascii"):
            return None


def theirs_at_ours():
    tracker = subprocess.Popen([TRACKER, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                               text=True)
    url = tracker.stdout.readline().strip()
    peers = ["0000" + "61" * 18, "ffff" + "62" * 18]
    clients = []
    for peer in peers:
        clients.append(subprocess.Popen(["node", "interop.mjs", "client", url, peer], cwd=FOLDER,
                                        text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE))
        assert clients[-1].stdout.readline() == "started\n"
    for client, other in zip(clients, reversed(peers)):
        met = json.loads(client.stdout.readline())
        assert met == {"interval": 120, "met": other, "incomplete": 2,
                       "infoHash": "0001225c0a7f80ff6162636465666768696a6b6c"}, met
    for client in clients:
        client.stdin.close()
        assert client.wait(20) == 0
        client.stdout.close()
    tracker.send_signal(signal.SIGTERM)
    assert tracker.wait(20) == 0


def ours_at_theirs():
    server = subprocess.Popen(["node", "interop.mjs", "server"], cwd=FOLDER, text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    url = f"ws://127.0.0.1:{int(server.stdout.readline())}/"
    done = subprocess.run([CLIENT], env={**os.environ, "SHOAL_TEST_TRACKER": url}, text=True,
                          stdout=subprocess.PIPE, timeout=100)
    server.stdin.close()
    assert server.wait(20) == 0
    server.stdout.close()
    assert done.returncode == 0, done.stdout


def main():
    tests = [theirs_at_ours, ours_at_theirs]
    print(f"1..{len(tests)}")
    missing = install()
    for number, test in enumerate(tests, 1):
        if missing:
            print(f"ok {number} # SKIP {missing}")
            continue
        shutil.copy(os.path.join(HERE, "interop.mjs"), FOLDER)
        test()
        print(f"ok {number} {test.__name__}", flush=True)


main()
