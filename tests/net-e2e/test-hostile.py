#!/usr/bin/python3
# test-hostile.py: devices that break the protocol meet real ones, which stay up and useful.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import sys

import e2e
from e2e import LIAR, MIB, check

HERE = os.path.dirname(os.path.abspath(__file__))


def make_key(host, name):
    path = host.path(name)
    host.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", path + ".key",
              "-out", path + ".crt", "-subj", "/CN=x", "-days", "3650"])
    host.run(["sh", "-c", f"cat {path}.key {path}.crt >{path}.pem"])
    return path + ".pem"


def attack(host, way, address, key):
    ip, port = address.rsplit(":", 1)
    return host.popen([sys.executable, "-I", os.path.join(HERE, "hostile.py"), way, ip, port, key],
                      cwd="/")


def over(process, timeout=60):
    process.event("end", timeout)
    check(process.wait(10) == 0, "status", process)


def is_useful(victim_address, victim, honest, process):
    """An honest device sends the victim something as if nothing had been."""
    path = e2e.random_file(honest.host.path("root", f"honest {e2e.Device.count}"), MIB)
    sending = honest.start("send", path, "--to", victim_address)
    offer = process.event("offer", 20, bytes=MIB)
    process.write(f"accept {offer['id']}\n")
    e2e.finish(sending)
    honest.host.run(["cmp", path, victim.got(os.path.basename(path))])
    e2e.end(sending)
    os.unlink(path)
    os.unlink(victim.got(os.path.basename(path)))


def victim_of(lab):
    """A receiver that asks, an honest device, and the host of the hostile one."""
    victim, honest, mallory = e2e.crowd(lab, ["victim", "honest", "mallory"])
    process = victim.host.popen([victim.cli, "--json", "--no-discovery", "--state", victim.state,
                                 "receive", "--dir", victim.folder], stdin=-1, env=victim.env)
    return victim, honest, mallory.host, process, victim.address(process)


def test_connections(lab):
    """What is no link costs nothing and shuts nobody out."""
    victim, honest, host, process, address = victim_of(lab)
    key = make_key(host, "key")
    slow = attack(host, "half_open", address, key)
    slow.event("open", 20)
    is_useful(address, victim, honest, process)
    garbage = attack(host, "garbage", address, key)
    for event in ({"version": "TLSv1_2"}, {"protocol": "h2"}):
        check(not garbage.event("handshake", 40, **event)["accepted"], "accepted", garbage)
    over(garbage)
    closed = slow.event("closed", 30)
    # Cut off after 10 s at the latest, or never taken in.
    check(closed["count"] == closed["of"], f"{closed}", slow)
    over(slow)
    is_useful(address, victim, honest, process)
    e2e.end(process)


def test_frames(lab):
    """Each breach ends its link, with a word why; the next device is welcome."""
    victim, honest, host, process, address = victim_of(lab)
    for number in range(18):
        make_key(host, f"key{number}")
    frames = attack(host, "frames", address, host.path("key{}.pem"))
    over(frames)
    breaches = {event["name"]: event["code"] for event in frames.events("breach")}
    check(len(breaches) == 18, f"{breaches}", frames)
    expected = {"long control frame": 3, "long data": 3, "endless frame": 3, "noise": 3,
                "trailing bytes": 3, "version 0": 2}
    for name, code in breaches.items():
        check(code in (expected.get(name, 1), 1), f"{name}: {code}", frames)
    polite = attack(host, "polite", address, make_key(host, "polite"))
    polite.event("answered", 10)
    over(polite)
    loris = attack(host, "loris", address, make_key(host, "loris"))
    is_useful(address, victim, honest, process)
    over(loris)
    check(not process.events("offer", from_name="Mallory"), "a broken offer was shown", process)
    e2e.end(process)


def test_floods(lab):
    """Offers and guesses by the thousand."""
    victim, honest, host, process, address = victim_of(lab)
    offers = attack(host, "offers", address, make_key(host, "key"))
    answers = offers.event("answers", 30)
    check(answers["seen"] == 64 and answers["declined"] == [[n, 3] for n in range(64, 70)],
          f"{answers}", offers)
    offers.event("done", 60)
    over(offers)
    memory = process.memory_peak()
    print(f"# {memory / MIB:.0f} MiB after 5,000 offers taken back")
    check(memory < 60 * MIB, f"{memory} bytes", process)
    size = int(victim.host.run(["du", "-sb", victim.state]).stdout.split()[0])
    print(f"# {size / MIB:.1f} MiB of state")
    check(size < 8 * MIB, f"{size} bytes of state", process)
    opens = attack(host, "opens", address, make_key(host, "key2"))
    check(len(opens.event("answers", 30)["different"]) == 1, "answers differ", opens)
    over(opens)
    is_useful(address, victim, honest, process)
    e2e.end(process)


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, (bytes, str)):
        value = value if isinstance(value, bytes) else value.encode()
        return b"%d:%s" % (len(value), value)
    items = sorted((k if isinstance(k, bytes) else k.encode(), v) for k, v in value.items())
    return b"d" + b"".join(bencode(k) + bencode(v) for k, v in items) + b"e"


def manifest(names, name="gift", length=1):
    """A draft's; a name may be a path, as a tuple."""
    tree = {}
    for path in names:
        folder = tree
        path = path if isinstance(path, tuple) else (path,)
        for element in path[:-1]:
            folder = folder.setdefault(element, {})
        folder[path[-1]] = {"": {"length": length}}
    return bencode({"file tree": tree, "name": name})


MANIFESTS = {
    "parent": manifest(["..", "b"]),
    "parent path": manifest(["../../escaped", "b"]),
    "parent folder": manifest([("..", "escaped"), "b"]),
    "absolute": manifest(["/tmp/escaped", "b"]),
    "NUL": manifest(["a\0b", "b"]),
    "backslash": manifest(["..\\escaped", "b"]),
    "dot": manifest([".", "b"]),
    "newline": manifest(["a\nb", "b"]),
    "right to left": manifest(["a\u202etxt.exe", "b"]),
    "not UTF-8": manifest([b"a\xff", "b"]),
    "part": manifest(["a.shoal.part", "b"]),
    "long": manifest(["x" * 250, "b"]),
    "case clash": manifest(["Readme", "README"]),
    "composed clash": manifest(["\u00e9", "e\u0301"]),
    "share's name": manifest(["a", "b"], name="../escaped"),
    "deep": manifest([tuple("d" for _ in range(70)), "b"]),
    "long file": manifest(["a", "b"], length=1 << 62),
    "negative": manifest(["a", "b"], length=-1),
    "not bencoded": b"hello, this is no dictionary",
    "truncated": manifest(["a", "b"])[:-3],
    "trailing": manifest(["a", "b"]) + b"0:",
    "unsorted": b"d4:name4:gift9:file treed1:ad0:d6:lengthi1eeeee",
    "file and folder": b"d9:file treed1:ad0:d6:lengthi1ee1:bd0:d6:lengthi1eeeee4:name4:gifte",
    "nested too deep": b"d" * 5000,
}


def test_manifests(lab):
    """Offers of files with hostile names: refused, named, nothing is written anywhere."""
    victim, wicked = e2e.crowd(lab, ["victim", "wicked"])
    below = os.path.join(victim.folder, "a", "b", "inbox")
    process = victim.start("receive", "--accept", "all", "--dir", below)
    address = victim.address(process)
    path = e2e.random_file(wicked.host.path("root", "gift"), 2)
    senders = {}
    for number, (name, data) in enumerate(MANIFESTS.items()):
        lie = wicked.host.path(f"manifest-{number}")
        with open(lie, "wb") as file:
            file.write(data)
        device = e2e.Device(wicked.host, LIAR, SHOAL_LIE="description", SHOAL_LIE_FILE=lie)
        senders[name] = device.send(path, [address])
    for name, sender in senders.items():
        error = sender.event("error", 60)
        check(error["side"] == "there" and error["message"], f"{name}: {error}", sender)
        check(sender.wait(20) in (1, 3), f"{name}: status", sender)
    errors = process.events("error")
    check(len(errors) == len(MANIFESTS), f"{len(errors)} errors", process)
    for error in errors:
        check(error["side"] == "there" and error["message"], f"unclear: {error}", process)
    for words in ("..", "Readme", "escaped"):
        check(any(words in error["message"] for error in errors), f"no word of {words}", process)
    left = victim.host.run(["find", victim.host.directory, "/tmp", "-name", "*escaped*"],
                           check=False).stdout
    check(left == "", f"escaped: {left}")
    files = victim.host.run(["find", victim.folder, "-type", "f"], check=False).stdout
    check(files == "", f"written: {files}")
    # It still works.
    honest = e2e.Device(wicked.host)
    e2e.finish(honest.send(path, [address]))
    e2e.end(process, *senders.values())


def test_symlinks(lab):
    """A folder of the destination that leads elsewhere is not followed, and nothing overwritten."""
    giver, taker, _ = e2e.pair(lab, 400)
    folder = giver.host.path("root", "folder")
    e2e.random_file(os.path.join(folder, "sub", "file"), MIB)
    outside = taker.host.path("outside")
    os.makedirs(outside)
    os.makedirs(taker.folder)
    os.symlink(outside, taker.got("folder"))
    receiving, address = taker.receive()
    e2e.finish(giver.send(folder, [address]))
    receiving.event("done", 10)
    check(os.listdir(outside) == [], f"written through: {os.listdir(outside)}")
    check(os.path.islink(taker.got("folder")), "the link is gone")
    e2e.same_tree(folder, taker.got("folder (1)"))
    e2e.end(receiving)


def test_requests(lab):
    """A fetcher that asks for leaves that do not exist, while an honest one fetches."""
    sharer, wicked, honest = e2e.crowd(lab, ["sharer", "wicked", "honest"], 100)
    path = e2e.random_file(sharer.host.path("root", "film"), 8 * MIB)
    sharing, link, address = sharer.share(path)
    liar = e2e.Device(wicked.host, LIAR, SHOAL_LIE="requests")
    lying = liar.get(link, [address])
    fetching = honest.get(link, [address])
    e2e.finish(fetching)
    check(not lying.events("done"), "served", lying)
    check(sharing.running(), "ended", sharing)
    e2e.end(lying, fetching, sharing)
    honest.host.run(["cmp", path, honest.got("film")])


e2e.main(test_connections, test_frames, test_floods, test_manifests, test_symlinks, test_requests)
