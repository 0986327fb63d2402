#!/usr/bin/python3
# test-fanout.py: one sender with a narrow line, several receivers who give to each other.
# SPDX-License-Identifier: GPL-3.0-or-later

import subprocess

import e2e
from e2e import MIB, check

SIZE = 24 * MIB
UPLINK = 60  # Mbit/s: one copy takes 3.4 s


def group(lab, count):
    """A sender with a narrow uplink and `count` receivers."""
    devices = e2e.crowd(lab, ["sender", *(f"receiver{n}" for n in range(count))])
    devices[0].host.links[0].rate(UPLINK, down=False)
    for device in devices[1:]:
        device.host.links[0].rate(400)
    return devices[0], devices[1:]


def from_others(process, sender):
    return sum(event["bytes"] for device, event in e2e.sources(process).items()
               if device != sender)


def check_received(processes, receivers, path):
    for process, device in zip(processes, receivers):
        check(process.event("done", 60)["verified"], "not verified", process)
        device.host.run(["cmp", path, device.got("film")])


def test_four(lab):
    """Everybody gets bytes from others, and the sender's line carries little more than one copy."""
    sender, receivers = group(lab, 4)
    path = e2e.random_file(sender.host.path("root", "film"), SIZE)
    own = sender.identity()
    processes, addresses = zip(*(device.receive() for device in receivers))
    before = e2e.sent_bytes(sender.host)
    sending = sender.send(path, addresses)
    check_received(processes, receivers, path)
    for _ in receivers:
        check(sending.event("done", 20)["verified"], "not verified", sending)
    check(sending.wait(20) == 0, "status", sending)
    sent = (e2e.sent_bytes(sender.host) - before) / SIZE
    print(f"# the sender's line carried {sent:.2f} copies")
    check(sent < 1.8, f"{sent:.2f} copies", sending)
    for process in processes:
        others = from_others(process, own)
        check(others > SIZE / 5, f"{others} bytes from others", process)
        check(any(event["passing_on"] for event in process.events("progress")),
              "does not say that it passes on", process)
        # The sender has ended: nobody passes on for nothing.
        process.event("progress", 10, phase="done", passing_on=False)
    e2e.end(sending, *processes)


def test_no_pass_on(lab):
    """Who was told not to pass on gives nothing to anybody, and gets it all the same."""
    sender, receivers = group(lab, 2)
    path = e2e.random_file(sender.host.path("root", "film"), SIZE // 3)
    mean = receivers[1].identity()
    processes, addresses = zip(receivers[0].receive(), receivers[1].receive("--no-pass-on"))
    sending = sender.send(path, addresses)
    check_received(processes, receivers, path)
    told = e2e.sources(processes[0]).get(mean, {"bytes": 0})
    check(told["bytes"] == 0, f"got bytes from it: {told}", processes[0])
    check(not any(e["passing_on"] for e in processes[1].events("progress")), "passes on",
          processes[1])
    check(sending.wait(20) == 0, "status", sending)
    e2e.end(sending, *processes)


def test_one_is_killed(lab):
    """The others do not suffer, and the one that died goes on when it is back."""
    dice = e2e.dice()
    sender, receivers = group(lab, 3)
    path = e2e.random_file(sender.host.path("root", "film"), SIZE)
    processes, addresses = zip(*(device.receive() for device in receivers))
    sending = sender.send(path, addresses)
    e2e.wait_for_share(processes[0], 0.2 + dice.random() * 0.5)
    processes[0].kill()
    check_received(processes[1:], receivers[1:], path)
    again, _ = receivers[0].receive()
    check_received([again], receivers[:1], path)
    check(e2e.last(again, "resumed")["kept"] > 0, "kept nothing", again)
    for _ in receivers:
        sending.event("done", 20)
    check(sending.wait(20) == 0, "status", sending)
    e2e.end(sending, again, *processes)


def test_late_one(lab):
    """Who accepts when others have much of it joins them."""
    sender, receivers = group(lab, 3)
    path = e2e.random_file(sender.host.path("root", "film"), SIZE)
    own = sender.identity()
    early, addresses = zip(*(device.receive() for device in receivers[:2]))
    late = receivers[2].host.popen(
        [receivers[2].cli, "--json", "--no-discovery", "--state", receivers[2].state, "receive",
         "--dir", receivers[2].folder], stdin=subprocess.PIPE)
    sending = sender.send(path, [*addresses, receivers[2].address(late)])
    offer = late.event("offer", 20)
    e2e.wait_for_share(early[0], 0.5)
    late.write(f"accept {offer['id']}\n")
    check_received([*early, late], receivers, path)
    others = from_others(late, own)
    check(others > SIZE / 4, f"{others} bytes from others", late)
    for _ in receivers:
        sending.event("done", 20)
    check(sending.wait(20) == 0, "status", sending)
    e2e.end(sending, late, *early)


e2e.main(test_four, test_no_pass_on, test_one_is_killed, test_late_one)
