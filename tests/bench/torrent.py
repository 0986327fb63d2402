#!/usr/bin/python3
# torrent.py: libtorrent, with Debian's Python, as a program to run in a host.
# SPDX-License-Identifier: GPL-3.0-or-later
"""torrent.py make FILE TORRENT
torrent.py seed utp|tcp TORRENT FOLDER
torrent.py fetch utp|tcp TORRENT FOLDER ADDRESS...

utp is libtorrent as it comes: it takes uTP where the other side has it. tcp forbids that.
"""

import os
import sys
import time

import libtorrent as lt

PORTS = {"utp": 6881, "tcp": 6882}


def make(path, torrent):
    storage = lt.file_storage()
    lt.add_files(storage, path)
    creator = lt.create_torrent(storage, 0, lt.create_torrent.v2_only)
    lt.set_piece_hashes(creator, os.path.dirname(path))
    with open(torrent, "wb") as file:
        file.write(lt.bencode(creator.generate()))


def session(mode):
    """Nothing looks beyond the lab."""
    return lt.session({
        "listen_interfaces": f"0.0.0.0:{PORTS[mode]}", "enable_dht": False, "enable_lsd": False,
        "enable_upnp": False, "enable_natpmp": False, "enable_outgoing_utp": mode == "utp",
        "enable_incoming_utp": mode == "utp", "allow_multiple_connections_per_ip": True})


def add(running, torrent, folder, flags):
    parameters = lt.add_torrent_params()
    parameters.ti = lt.torrent_info(torrent)
    parameters.save_path = folder
    parameters.flags = (parameters.flags | flags) & ~lt.torrent_flags.auto_managed \
        & ~lt.torrent_flags.paused
    return running.add_torrent(parameters)


def seed(mode, torrent, folder):
    running = session(mode)
    handle = add(running, torrent, folder, lt.torrent_flags.seed_mode)
    while not handle.status().is_seeding:
        time.sleep(0.05)
    print("seeding", flush=True)
    while True:
        time.sleep(60)


def fetch(mode, torrent, folder, *addresses):
    running = session(mode)
    handle = add(running, torrent, folder, lt.torrent_flags.default_flags)
    for address in addresses:
        handle.connect_peer((address, PORTS[mode]))
    while not handle.status().is_seeding:
        time.sleep(0.02)
    handle.flush_cache()
    path = os.path.join(folder, handle.torrent_file().files().file_path(0))
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def main():
    verb, *words = sys.argv[1:]
    if verb == "make":
        make(*words)
    elif verb == "seed":
        seed(*words)
    else:
        fetch(*words)
        # Leaving properly would wait for libtorrent's farewells.
        os._exit(0)


if __name__ == "__main__":
    main()
