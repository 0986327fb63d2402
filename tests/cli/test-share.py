#!/usr/bin/python3
# test-share.py: share, list and get: links, who may fetch, .torrent files, resuming, two sources.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-share.py SHOAL-CLI [TEST...]

import os
import re
import shutil
import time

import lab as laboratory
from device import (Device, befriend, ends, ends_by_interrupt, error_of, random_file, same, tree,
                    two, write)

try:
    import libtorrent
except ImportError:
    libtorrent = None

BLOCK = 16384


def folder(device, size=2_000_000):
    """Something to share: a folder with the usual corners."""
    path = device.host.path("Holiday — été")
    random_file(os.path.join(path, "large.bin"), size)
    write(os.path.join(path, "sub", "small.txt"), b"small")
    write(os.path.join(path, "empty"))
    os.makedirs(os.path.join(path, "nothing"), exist_ok=True)
    return path


def three(lab, names=("Anna", "Ben", "Cem")):
    hosts = [lab.host(name.lower()) for name in names]
    lab.lan(hosts)
    return [Device(host, name) for host, name in zip(hosts, names)]


def without(link, key):
    """A link without its parameters of that name."""
    head, query = link.split("?", 1)
    return head + "?" + "&".join(p for p in query.split("&") if not p.startswith(key + "="))


def is_refused(device, link, address, seconds=2):
    """It gets nothing, and hears nothing: not even a name. Returns what it heard, to compare."""
    process = device.start("get", link, "--dir", device.folder, "--from", address)
    process.no_event("first-byte", seconds)
    assert not process.events("done"), process.output
    heard = {e["event"] for e in map(laboratory.parse_event, process.output.splitlines())}
    ends_by_interrupt(process, 1)
    assert not os.path.exists(device.folder) or not tree(device.folder), tree(device.folder)
    return heard - {"listening"}


def test_link(lab):
    """The printed link fetches it; the same content gives the same hash; nothing else is served."""
    anna, ben = two(lab)
    path = folder(anna)
    server = anna.share(path)
    event = server.events("link")[0]
    info_hash = re.search(r"xt=urn:btmh:1220([0-9a-f]{64})", server.link).group(1)
    assert event["id"] == info_hash and event["files"] == 3 and event["bytes"] == 2_000_005, event
    got = ben.run("get", server.link, "--dir", ben.folder, "--from", server.address)
    same(path, ben.got(os.path.basename(path)))
    done = got.event("done")
    assert done["verified"] is True and done["bytes"] == 2_000_005 and done["files"] == 3, done
    assert done["directory"] == ben.folder and got.events("first-byte"), got.output
    # The same query under our own scheme, and in capitals, is the same link.
    shutil.rmtree(ben.folder)
    other = server.link.replace("magnet:", "shoal:")
    ben.run("get", other, "--dir", ben.folder, "--from", server.address)
    same(path, ben.got(os.path.basename(path)))
    # Again into the same place: nothing is overwritten, nothing fetched twice.
    ben.run("get", server.link, "--dir", ben.folder, "--from", server.address)
    assert sorted(os.listdir(ben.folder))[0] == os.path.basename(path)
    ends_by_interrupt(server, 0)
    # Another folder with the same names and bytes is the same share.
    copy = ben.host.path("elsewhere", os.path.basename(path))
    shutil.copytree(path, copy)
    server = ben.share(copy)
    assert f"1220{info_hash}" in server.link
    ends_by_interrupt(server, 0)
    # For a person: the link alone on standard output.
    process = anna.start("share", path, json=False)
    line = process.line(lambda l: True)
    assert line.startswith("magnet:?") and info_hash in line
    ends_by_interrupt(process)
    assert len(process.lines) == 1 and "3 files" in process.errors(), process.errors()


def test_wrong_links(lab):
    anna, ben = two(lab)
    server = anna.share(folder(anna))
    unknown = "magnet:?xt=urn:btmh:1220" + "ab" * 32
    heard = is_refused(ben, unknown, server.address)
    for bad in ("magnet:?xt=urn:btmh:1220abcd", "magnet:?dn=x", "shoal:", "http://example.org/x",
                "nothing", "nobody.torrent", "magnet:?xt=urn:btih:" + "a" * 40):
        process = ben.run("get", bad, "--dir", ben.folder, status=1)
        found = process.events("error")[0]
        assert found["message"] and found["code"] in ("invalid", "not-found", "unsupported",
                                                      "disk", "failed"), found
    ends_by_interrupt(server)
    # The private link needs its secret: without, it answers as if there were nothing.
    server = anna.share(folder(anna), "--private")
    assert "&x.sk=" in server.link, server.link
    bare = "magnet:?xt=urn:btmh:1220" + server.events("link")[0]["id"]
    assert is_refused(ben, bare, server.address) == heard
    assert is_refused(ben, without(server.link, "x.sk"), server.address) == heard
    first = server.link
    ben.run("get", server.link, "--dir", ben.folder, "--from", server.address)
    assert ben.folder and tree(ben.folder)
    ends_by_interrupt(server)
    assert anna.share(folder(anna), "--private").link != first


def test_for_whom(lab):
    """Shares for friends, for one device: listed to them, served to them, unknown to others."""
    anna, ben, cem = three(lab)
    befriend(anna, ben)
    path = folder(anna)
    name = os.path.basename(path)
    server = anna.share(path, "--for", "friends")
    listed = ben.run("list", "Anna").events("share")
    assert [(s["name"], s["bytes"], s["files"]) for s in listed] == [(name, 2_000_005, 3)], listed
    assert listed[0]["id"] == server.events("link")[0]["id"]
    text = ben.run("list", "anna", json=False).output
    assert name in text and "3 files" in text, text
    ben.run("get", f"Anna/{name}", "--dir", ben.folder)
    same(path, ben.got(name))
    found = error_of(ben.run("get", "Anna/Nothing", status=1), "not-found")
    assert "Nothing" in found["message"] and "list" in found["next"], found
    # A stranger: nothing is listed, and even the link is worth nothing.
    assert not cem.run("list", server.address).events("share")
    is_refused(cem, server.link, server.address)
    ends_by_interrupt(server)
    # For one device, which need not be a friend.
    server = anna.share(path, "--for", cem.identity())
    assert [s["name"] for s in cem.run("list", server.address).events("share")] == [name]
    cem.run("get", f"{server.address}/{name}", "--dir", cem.folder)
    same(path, cem.got(name))
    assert not ben.run("list", "Anna").events("share")
    shutil.rmtree(ben.folder)
    is_refused(ben, server.link, server.address)
    ends_by_interrupt(server)
    found = error_of(anna.run("share", path, "--for", "Zoe", status=1), "not-found")
    assert "Zoe" in found["message"], found


def make_torrent(path, target, piece_length=0):
    """What libtorrent makes of these bytes."""
    storage = libtorrent.file_storage()
    libtorrent.add_files(storage, path)
    torrent = libtorrent.create_torrent(storage, piece_length,
                                        libtorrent.create_torrent_flags_t.v2_only)
    libtorrent.set_piece_hashes(torrent, os.path.dirname(path))
    with open(target, "wb") as file:
        file.write(libtorrent.bencode(torrent.generate()))
    return target


def test_torrent(lab):
    """.torrent files: ours is the share's; libtorrent's, for the same bytes, is fetched too."""
    anna, ben = two(lab)
    path = anna.host.path("share")
    random_file(os.path.join(path, "a", "large.bin"), 3_000_000)
    write(os.path.join(path, "b.txt"), b"x" * 20000)
    ours = anna.host.path("ours.torrent")
    exported = anna.run("export", path, "-o", ours).event("link")
    server = anna.share(path)
    assert exported["id"] in server.link
    ben.run("get", ours, "--dir", ben.folder, "--from", server.address)
    same(path, ben.got("share"))
    if libtorrent is None:
        return
    info = libtorrent.torrent_info(ours)
    assert str(info.info_hashes().v2) == exported["id"]
    assert info.num_files() >= 2
    # libtorrent's, with our piece length, is the same share; with its own, it describes the same
    # files, though nobody serves it by that name.
    theirs = make_torrent(path, anna.host.path("theirs.torrent"), 65536)
    ben.run("get", theirs, "--dir", ben.got("again"), "--from", server.address)
    same(path, ben.got("again", "share"))
    theirs = make_torrent(path, anna.host.path("theirs.torrent"), 16384)
    ben.run("verify", theirs, os.path.dirname(path))


def test_verify(lab):
    anna = Device(lab.host("anna"))
    path = anna.host.path("in", "share")
    content = os.urandom(40 * BLOCK)
    large = write(os.path.join(path, "large.bin"), content)
    small = write(os.path.join(path, "small.bin"), content[:BLOCK + 5])
    write(os.path.join(path, "empty"))
    torrent = anna.host.path("t.torrent")
    link = anna.run("export", path, "-o", torrent).event("link")["link"]
    parent = os.path.dirname(path)

    def bad(status=1):
        done = anna.run("verify", torrent, parent, status=status)
        found = {b["path"]: b for b in done.events("bad")}
        assert done.event("verified")["bad"] == len(found), done.output
        return found

    assert bad(0) == {}
    assert "as described" in anna.run("verify", torrent, parent, json=False).output
    # A flipped bit: which file, and where.
    write(large, content[:21 * BLOCK + 7] + bytes([content[21 * BLOCK + 7] ^ 1]) +
          content[21 * BLOCK + 8:])
    found = bad()
    assert set(found) == {"large.bin"}, found
    piece = found["large.bin"]["offset"], found["large.bin"]["blocks"]
    assert piece[0] <= 21 * BLOCK < piece[0] + piece[1] * BLOCK and piece[1] <= 4, found
    write(large, content)
    write(small, content[:BLOCK] + b"wrong")
    assert set(bad()) == {"small.bin"}
    write(small, content[:BLOCK])
    found = bad()
    assert "16384" in found["small.bin"]["message"] and "16389" in found["small.bin"]["message"]
    os.unlink(small)
    assert "missing" in bad()["small.bin"]["message"]
    os.symlink("large.bin", small)
    assert set(bad()) == {"small.bin"}
    text = anna.run("verify", torrent, parent, json=False, status=1)
    assert text.output.startswith("small.bin: "), text.output
    error_of(anna.run("verify", torrent, "/no/such", status=1), "not-found")
    error_of(anna.run("verify", link, parent, status=1), "not-found")
    broken = write(anna.host.path("broken.torrent"), b"d4:infod")
    assert anna.run("verify", broken, parent, status=1).events("error")


def test_resume(lab):
    """Stopped or killed in the middle: kept is what was there, and the rest is fetched."""
    anna, ben = two(lab)
    path = folder(anna, 60_000_000)
    anna.host.links[0].rate(160)
    server = anna.share(path)
    words = ("get", server.link, "--dir", ben.folder, "--from", server.address)
    total = 0
    for end in ("interrupt", "kill"):
        process = ben.start(*words)
        process.event("progress", 20, bytes=lambda b, t=total: b > t + 15_000_000)
        if total:
            resumed = process.events("resumed")
            assert resumed and resumed[0]["kept"] >= 10_000_000, resumed
        time.sleep(0.5)
        if end == "interrupt":
            ends_by_interrupt(process, 1)
        else:
            process.kill()
        total += 15_000_000
    process = ben.run(*words, timeout=60)
    resumed = process.event("resumed")
    assert set(resumed) >= {"transfer", "kept", "refetched"}, resumed
    assert resumed["kept"] >= 20_000_000, resumed
    done = process.event("done")
    received = sum(s["bytes"] for s in process.events("source")[-1:])
    assert received <= 60_000_005 - resumed["kept"] + 1_000_000, (received, resumed)
    assert done["verified"] is True and done["bytes"] == 60_000_005, done
    same(path, ben.got(os.path.basename(path)))


def test_two_sources(lab):
    """A third device gets it from both who have it."""
    anna, ben, cem = three(lab)
    path = folder(anna, 20_000_000)
    copy = ben.host.path("copy", os.path.basename(path))
    shutil.copytree(path, copy)
    ids = {anna.identity(), ben.identity()}
    for device in (anna, ben):
        device.host.links[0].rate(80)
    servers = [anna.share(path), ben.share(copy)]
    froms = [w for s in servers for w in ("--from", s.address)]
    process = cem.run("get", servers[0].link, "--dir", cem.folder, *froms)
    same(path, cem.got(os.path.basename(path)))
    sources = {s["device"]: s for s in process.events("source")}
    assert set(sources) == ids, sources
    assert all(s["bytes"] > 5_000_000 for s in sources.values()), sources
    assert {s["name"] for s in sources.values()} == {"Anna", "Ben"}, sources
    assert any(p["sources"] == 2 for p in process.events("progress"))


def test_keep(lab):
    """What is kept is served by whatever runs for long, until it is ended."""
    anna, ben = two(lab)
    befriend(anna, ben)
    path = folder(anna)
    name = os.path.basename(path)
    kept = anna.run("share", path, "--for", "friends", "--keep")
    assert kept.event("link")["name"] == name
    assert [s["name"] for s in anna.run("shares").events("share")] == [name]
    server = anna.receive()
    deadline = time.monotonic() + 30
    while not ben.run("list", "Anna").events("share"):
        assert time.monotonic() < deadline, "never served"
    ben.run("get", f"Anna/{name}", "--dir", ben.folder)
    same(path, ben.got(name))
    ends_by_interrupt(server)
    anna.run("shares", "--end", name)
    assert not anna.run("shares").events("share")


def test_lists(lab):
    """describe tells what a link names and who has it; transfers and shares tell what there is."""
    anna, ben = two(lab)
    path = folder(anna)
    server = anna.share(path)
    described = ben.run("describe", server.link, "--from", server.address).event("described")
    assert described["name"] == os.path.basename(path) and described["sources"] == 1, described
    assert described["described"] and described["files"] == 3, described
    assert not ben.run("transfers").events("transfer")
    ben.run("get", server.link, "--dir", ben.folder, "--from", server.address)
    transfer = ben.run("transfers").event("transfer")
    assert transfer["phase"] == "done" and transfer["total"] == 2_000_005, transfer
    ends_by_interrupt(server)
    nobody = ben.run("describe", server.link).event("described")
    assert nobody["sources"] == 0 and not nobody["described"], nobody
    assert nobody["name"] == os.path.basename(path), nobody
    # Off the list; the files stay.
    ben.run("transfers", "--remove", transfer["id"])
    error_of(ben.run("transfers", "--remove", transfer["id"], status=1), "not-found")
    assert not ben.run("transfers").events("transfer")
    same(path, ben.got(os.path.basename(path)))
    # What is shared while a verb runs is not kept.
    assert not anna.run("shares").events("share")
    error_of(anna.run("shares", "--end", "nothing", status=1), "not-found")


laboratory.main([test_link, test_wrong_links, test_for_whom, test_torrent, test_verify,
                 test_resume, test_two_sources, test_keep, test_lists])
