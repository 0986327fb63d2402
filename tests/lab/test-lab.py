#!/usr/bin/python3
# test-lab.py: the laboratory does what it says, so that other tests can rely on it.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import signal
import subprocess
import sys
import time

import lab as laboratory
from lab import Lab, LabError

# Sends or receives for some seconds over TCP; prints bytes a second.
PUMP = """
import socket, sys, time
role, address, scope = sys.argv[1], sys.argv[2], sys.argv[3]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
where = (address, 7000) if family == socket.AF_INET else \\
    (address, 7000, 0, socket.if_nametoindex(scope))
if role == "receive":
    server = socket.create_server(where, family=family)
    print('{"event": "listening"}', flush=True)
    peer = server.accept()[0]
    peer.recv(1)
    start, total = time.monotonic(), 0
    while data := peer.recv(1 << 16):
        total += len(data)
    print('{"event": "received", "rate": %f, "bytes": %d}'
          % (total / (time.monotonic() - start), total), flush=True)
else:
    peer = socket.socket(family)
    peer.connect(where)
    peer.settimeout(10)
    left = int(sys.argv[4])
    while left > 0:
        left -= peer.send(bytes(min(left, 1 << 16)))
"""

# Counts datagrams until none comes for half a second, or sends a number of them.
COUNT = """
import socket, sys, time
with socket.socket(type=socket.SOCK_DGRAM) as it:
    if len(sys.argv) == 3:
        for _ in range(int(sys.argv[1])):
            it.sendto(b"x", (sys.argv[2], 7001))
            time.sleep(0.001)  # a socket holds some 270 of them for a receiver that must wait
    else:
        it.bind((sys.argv[1], 7001))
        print('{"event": "listening"}', flush=True)
        count = 0
        it.settimeout(5)
        try:
            while it.recv(10):
                count += 1
                it.settimeout(2)
        except TimeoutError:
            print('{"event": "counted", "datagrams": %d}' % count, flush=True)
"""


def pump(sender, receiver, address, scope, size):
    there = receiver.popen([sys.executable, "-c", PUMP, "receive", address, scope])
    there.event("listening")
    sender.run([sys.executable, "-c", PUMP, "send", address, scope, size])
    return there.event("received", 30)["rate"]


def test_hosts_are_apart(lab):
    anna, ben = lab.host("anna"), lab.host("ben")
    assert anna.run(["hostname"]).stdout == "anna\n"
    assert os.listdir(anna.home) != [] and anna.home != ben.home
    anna.run(["touch", "/run/mark"])
    assert ben.run(["ls", "/run/mark"], check=False).returncode != 0
    assert not os.path.exists("/run/mark")
    assert ben.run(["cat", "/proc/1/cmdline"]).stdout.find("enter.py") >= 0
    # No way out, not even to this machine.
    assert anna.run(["ip", "-4", "route"]).stdout == ""
    assert anna.run(["pwd"]).stdout.strip() == anna.home
    assert anna.run(["cat"], text="hello").stdout == "hello\n"
    try:
        anna.run(["false"])
        raise AssertionError("a failed program passed")
    except LabError:
        pass


def test_processes(lab):
    anna = lab.host("anna")
    child = anna.popen(["sh", "-c", "trap 'echo bye; exit 3' TERM; echo '{\"event\": \"up\"}';"
                        "while :; do sleep 0.05; done"])
    child.event("up")
    child.no_event("up", 0.1)
    assert child.terminate() == 3 and child.output.endswith("bye\n")
    child = anna.popen(["sleep", "100"])
    os.kill(child.pid, 0)
    child.signal(signal.SIGSTOP)
    time.sleep(0.05)
    with open(f"/proc/{child.pid}/stat", encoding="ascii") as file:
        assert file.read().split()[2] == "T"
    assert child.kill() == -signal.SIGKILL
    assert anna.popen(["sleep", "100"]).interrupt() == -signal.SIGINT
    assert anna.run(["/no/such/program"], check=False).returncode == 127
    program = os.path.relpath("/bin/true")  # means the same as here, though the folder differs
    anna.run([program])


def test_lan(lab):
    hosts = [lab.host(name) for name in ("anna", "ben", "cem")]
    lan = lab.lan(hosts, ipv6_global=True)
    ben = hosts[1]
    for address in ((ben.links[0].ipv4,), (ben.links[0].ipv6_global,),
                    (ben.links[0].ipv6, "eth0")):
        for host in (hosts[0], hosts[2]):
            assert host.reaches(*address)
    assert len(lab.lans) == 1 and lan.bridge == "lan1"
    second = lab.lan(hosts[:2], ipv4=False)
    assert second.number == 2 and hosts[0].links[1].device == "eth1"
    assert ben.links[1].ipv4 is None
    assert hosts[0].reaches(ben.links[1].ipv6, "eth1")
    assert not hosts[2].reaches("10.1.0.77")


def test_cables(lab):
    anna, ben = lab.host("anna"), lab.host("ben")
    near, far = lab.direct(anna, ben, ipv6_global=True)

    assert anna.reaches(far.ipv4)
    near.cut()
    assert not anna.reaches(far.ipv4)
    near.mend()
    assert anna.reaches(far.ipv4)
    near.down()
    assert not anna.reaches(far.ipv4)
    near.up()
    assert anna.reaches(far.ipv4) and anna.reaches(far.ipv6_global)
    assert anna.reaches(far.ipv6, "eth0")
    near.loss(0.5, down=False)
    there = ben.popen([sys.executable, "-c", COUNT, far.ipv4])
    there.event("listening")
    anna.run([sys.executable, "-c", COUNT, "1000", far.ipv4])
    got = there.event("counted")["datagrams"]
    assert 400 < got < 600, got  # 6 deviations


def test_rates(lab):
    anna, ben = lab.host("anna"), lab.host("ben")
    lab.lan([anna, ben])
    free = pump(anna, ben, ben.links[0].ipv4, "eth0", 200 << 20)
    print(f"# unshaped: {free / 1e6:.0f} MB/s")
    assert free > 100e6
    for mbit, link, side in ((80, anna.links[0], "up"), (8, ben.links[0], "down")):
        link.rate(mbit, up=side == "up", down=side == "down")
        rate = pump(anna, ben, ben.links[0].ipv4, "eth0", mbit * 250000)
        print(f"# {mbit} Mbit/s: {rate / laboratory.payload_rate(mbit):.3f} of the payload rate")
        assert 0.93 < rate / laboratory.payload_rate(mbit) < 1.1
        link.rate(None)
    assert pump(anna, ben, ben.links[0].ipv6, "eth0", 100 << 20) > 50e6


def test_interfaces(lab):
    anna = lab.host("anna")
    anna.add_interface("docker0", "172.17.0.1/16", kind="bridge")
    anna.add_interface("vpn0", "10.200.0.2/24", kind="card")
    assert anna.addresses("docker0", "inet") == ["172.17.0.1"]
    if os.access("/dev/net/tun", os.W_OK):
        anna.add_interface("tun0", "10.8.0.2/24", kind="tun")
        assert "POINTOPOINT" in anna.ip("link show tun0")


def test_avahi(lab):
    anna, ben = lab.host("anna"), lab.host("ben")
    lab.lan([anna, ben])
    anna.start_avahi()
    ben.start_avahi()
    anna.popen(["avahi-publish", "-s", "Test", "_test._tcp", "1234", "a=b"])
    seen = ben.popen(["avahi-browse", "-rp", "_test._tcp"])
    seen.line(lambda line: line.startswith("=") and anna.links[0].ipv4 in line, 15)
    anna.stop_avahi()
    anna.stop_bus()
    anna.start_avahi()


CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from lab import Lab
lab = Lab(directory=".")
host = lab.host("anna")
lab.lan([host])
process = host.popen(["sleep", "1000"])
print(process.pid, host.pid, lab.switch.pid, flush=True)
sys.stdin.read()
"""


def test_ends_with_its_test(lab):
    with subprocess.Popen([sys.executable, "-c", CHILD, os.path.dirname(laboratory.__file__)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          cwd=lab.directory) as child:
        pids = [int(word) for word in child.stdout.readline().split()]
        assert len(pids) == 3
        child.kill()
    deadline = time.monotonic() + 5
    for pid in pids:
        while os.path.exists(f"/proc/{pid}"):
            assert time.monotonic() < deadline, f"{pid} lives on"
            time.sleep(0.02)


laboratory.main([test_hosts_are_apart, test_processes, test_lan, test_cables, test_rates,
                 test_interfaces, test_avahi, test_ends_with_its_test])
