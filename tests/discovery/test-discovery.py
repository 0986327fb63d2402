#!/usr/bin/python3
# test-discovery.py: hosts find each other by mDNS, with the real avahi-daemon and without it.
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test-discovery.py DISCOVER [TEST...]

import os
import re
import subprocess
import sys
import time

import lab as laboratory

DISCOVER = sys.argv.pop(1)
os.environ.setdefault("G_DEBUG", "fatal-warnings")
ID = "id=ABCDEFGHIJ"


class Device:
    """The program `discover` on a host."""

    def __init__(self, host, mode="auto", thread=False):
        self.host = host
        self.process = host.popen([DISCOVER, mode] + (["thread"] if thread else []),
                                  stdin=subprocess.PIPE)
        self.event = self.process.event
        self.events = self.process.events
        self.no_event = self.process.no_event

    def say(self, *words):
        self.process.write(" ".join(map(str, words)) + "\n")

    def announce(self, name, port=4000, txt=("txtvers=1", ID), wait=True):
        """Returns the announcement's identifier and the name it got. What happens meanwhile is
        still to be seen by event()."""
        cursor = self.process.cursor
        self.say("announce", port, *txt, "--", name)
        number = self.event("announcing")["id"]
        if wait:
            name = self.event("announced", 15, id=number)["instance"]
        self.process.cursor = cursor
        return number, name

    def finds(self, name, timeout=10, **fields):
        return self.event("found", timeout, instance=name, **fields)

    def quit(self):
        """Ends it with goodbye; TAP fails if it leaks or complains."""
        status = self.process.terminate()
        assert status == 0, f"status {status}: {self.process.errors()}"


def has(*addresses):
    """For event(): it has these among its addresses."""
    return lambda found: all(a in [f["address"] for f in found] for a in addresses)


def two_hosts(lab, **options):
    hosts = lab.host("anna"), lab.host("ben")
    lab.lan(hosts, **options)
    return hosts


def meet(anna, ben):
    """They see each other, wholly; then anna says goodbye, and ben knows within 3 s."""
    one, other = anna.host.links[0], ben.host.links[0]
    anna.announce("Anna’s computer", 4000)
    ben.announce("Ben", 4001, ("txtvers=1", "id=BBBBBBBBBB"))
    for device, name, port, link in ((ben, "Anna’s computer", 4000, one),
                                     (anna, "Ben", 4001, other)):
        found = device.finds(name)
        if not has(link.ipv4, link.ipv6)(found["addresses"]):
            found = device.event("changed", 5, instance=name,
                                 addresses=has(link.ipv4, link.ipv6))
        for address in found["addresses"]:
            assert address["port"] == port, found
            assert (address["scope"] != 0) == address["address"].startswith("fe80"), found
            assert address["interface"] == device.host.links[0].index, found
        assert found["addresses"][0]["address"] == link.ipv4, found
    assert sorted(ben.events("found", instance="Anna’s computer")[0]["txt"]) == [ID, "txtvers=1"]
    anna.quit()
    ben.event("lost", 3, instance="Anna’s computer")
    ben.quit()


def test_daemon_both(lab):
    for host in two_hosts(lab):
        host.start_avahi()
    anna, ben = (Device(host) for host in lab.hosts)
    anna.event("state", state="daemon")
    meet(anna, ben)


def test_old_daemon(lab):
    for host in two_hosts(lab):
        host.start_avahi()
    meet(*(Device(host, "old-daemon") for host in lab.hosts))


def test_embedded_both(lab):
    two_hosts(lab)
    anna, ben = (Device(host) for host in lab.hosts)
    anna.event("state", state="embedded")
    meet(anna, ben)


def test_embedded_and_daemon(lab):
    two_hosts(lab)
    lab.hosts[1].start_avahi()
    anna, ben = (Device(host) for host in lab.hosts)
    ben.event("state", state="daemon")
    meet(anna, ben)


def test_daemon_and_embedded(lab):
    two_hosts(lab)
    lab.hosts[0].start_avahi()
    lab.hosts[1].start_bus()  # a bus, and nobody on it
    anna, ben = (Device(host) for host in lab.hosts)
    ben.event("state", state="embedded")
    meet(anna, ben)


def test_engine_threads(lab):
    """As in the app: the engine has a thread and a context of its own."""
    two_hosts(lab)
    lab.hosts[1].start_avahi()
    meet(*(Device(host, thread=True) for host in lab.hosts))


def test_oracles(lab):
    """Avahi's own tools agree with us, in both directions and about both responders."""
    anna, ben = two_hosts(lab)
    ben.start_avahi()
    anna.start_avahi()
    for mode in ("daemon", "embedded"):
        device = Device(anna, mode)
        device.announce("Änna; \\1", 4000, ("txtvers=1", "v=1", ID))
        browser = ben.popen(["avahi-browse", "-rp", "_shoal._tcp"])
        link = anna.links[0]
        for protocol, address in (("IPv4", link.ipv4), ("IPv6", link.ipv6)):
            browser.cursor = 0
            line = browser.line(lambda l, p=protocol, a=address: l.startswith(f"=;eth0;{p};")
                                and f";{a};" in l)
            assert f";{address};4000;" in line and "195\\132nna" in line, line
            for word in ("txtvers=1", "v=1", ID):
                assert f'"{word}"' in line, line
        device.say("change", 1, 4000, "txtvers=1", "id=CHANGED")
        browser.terminate()
        # A responder says a record at most once a second (RFC 6762, 6) and may have more to say.
        for _ in range(15):
            time.sleep(1)
            done = ben.run(["avahi-browse", "-rpt", "_shoal._tcp"])
            if "CHANGED" in done.stdout and ID not in done.stdout:
                break
        assert "CHANGED" in done.stdout and ID not in done.stdout, done.stdout
        publisher = ben.popen(["avahi-publish", "-s", "Publisher", "_shoal._tcp", "5555", "a=b",
                               "c"])
        found = device.finds("Publisher")
        assert sorted(found["txt"]) == ["a=b", "c"], found
        assert found["addresses"][0]["port"] == 5555
        publisher.terminate()
        device.event("lost", 3, instance="Publisher")
        device.quit()


def test_changes(lab):
    """A changed record, a changed port, a withdrawal: each told once, with all addresses."""
    anna, ben = two_hosts(lab)
    ben.start_avahi()
    for mode in ("daemon", "embedded"):
        if mode == "daemon":
            anna.start_avahi()
        device, watcher = Device(anna, mode), Device(ben)
        number, name = device.announce("Anna")
        key = watcher.finds(name)["key"]
        time.sleep(1.5)
        device.say("change", number, 4000, "txtvers=1", "id=SECOND")
        changed = watcher.event("changed", 4, key=key, txt=["id=SECOND", "txtvers=1"])
        assert has(anna.links[0].ipv4, anna.links[0].ipv6)(changed["addresses"]), changed
        device.say("change", number, 4999, "txtvers=1", "id=SECOND")
        watcher.event("changed", 6, key=key, addresses=lambda l: l[0]["port"] == 4999)
        device.say("withdraw", number)
        watcher.event("lost", 3, key=key)
        device.announce("Anna")
        watcher.finds("Anna")
        device.quit()
        watcher.event("lost", 3)
        watcher.quit()


def test_same_name(lab):
    """The second gets another, as “Anna #2”: on the network, on one computer, in one program; with
    each responder against each. Contested names may skip numbers, so that two part ways."""
    hosts = [lab.host(name) for name in ("anna", "ben", "cem")]
    lab.lan(hosts)
    anna, ben, cem = hosts
    ben.start_avahi()
    for mode in ("embedded", "daemon"):
        if mode == "daemon":
            anna.start_avahi()
        first, second, third, fourth = Device(anna, mode), Device(ben), Device(ben), Device(cem)
        devices = (first, second, third, fourth) + ((third, fourth) if mode == "embedded" else ())
        taken = set()
        for number, device in enumerate(devices, 1):
            time.sleep(1.2)  # Avahi answers no probe within a second of telling the same
            name = device.announce("Anna", 4000 + number)[1]
            assert name == "Anna" if number == 1 else re.fullmatch(r"Anna #[0-9]+", name), name
            assert name not in taken, f"{name} twice"
            taken.add(name)
            for other in devices:
                if other is not device:
                    other.process.cursor = 0
                    other.finds(name)
        for device in (first, second, third, fourth):
            device.quit()


def test_same_name_at_once(lab):
    """Two that ask for a name in the same moment do not both keep it."""
    anna, ben = two_hosts(lab)
    for mode in ("embedded", "daemon"):
        if mode == "daemon":
            ben.start_avahi()
        devices = Device(anna), Device(ben)
        for device in devices:
            device.event("state", state=mode if device is devices[1] else "embedded")
        for number, device in enumerate(devices):
            device.say("announce", 4000 + number, f"id={number}", "--", "Anna")
        for number, device in enumerate(devices):
            device.event("announced", 10)
        deadline = time.monotonic() + 15
        names = ["", ""]
        while names[0] == names[1]:
            assert time.monotonic() < deadline, "both are Anna"
            time.sleep(0.2)
            names = [d.events("announced")[-1]["instance"] for d in devices]
        time.sleep(4)
        for device, other in (devices, devices[::-1]):
            number = devices.index(other)
            last = [e for e in device.events(None, txt=[f"id={number}"]) if e["event"] != "lost"]
            assert last and last[-1]["instance"] == names[number], device.process.output
            assert other.host.links[0].ipv4 in str(last[-1]["addresses"]), last
        for device in devices:
            device.quit()


def test_daemon_restarts(lab):
    """Stopped, killed, back: announcements return, and what stays visible does not blink."""
    anna, ben = two_hosts(lab)
    anna.start_avahi()
    ben.start_avahi()
    first, second = Device(anna), Device(ben)
    first.announce("Anna")
    second.announce("Ben")
    first.finds("Ben")
    second.finds("Anna")
    for hard in (False, True):
        anna.stop_avahi(hard)
        first.event("state", state="starting")
        anna.start_avahi()
        first.event("state", state="daemon")
        first.event("announced", 10, instance="Anna")
        if not hard:
            second.finds("Anna")
        time.sleep(4)
        assert not first.events("lost", instance="Ben")
    # Gone for good: the embedded responder takes over, and gives back.
    anna.stop_avahi()
    second.event("lost", 3, instance="Anna")
    first.event("state", state="embedded")
    second.finds("Anna")
    time.sleep(5)
    assert not first.events("lost", instance="Ben")
    anna.start_avahi(wait=False)
    first.event("state", state="daemon")
    first.event("announced", 10, instance="Anna")
    time.sleep(5)
    assert not first.events("lost", instance="Ben")
    # What left meanwhile is noticed afterwards.
    anna.stop_avahi()
    second.quit()
    first.event("lost", 20, instance="Ben")
    # A whole new bus.
    anna.stop_bus()
    time.sleep(0.5)
    anna.start_avahi()
    first.event("state", 20, state="daemon")
    first.event("announced", 10, instance="Anna")
    first.quit()


def test_start_and_stop(lab):
    anna, ben = two_hosts(lab)
    ben.start_avahi()
    first, second = Device(anna), Device(ben)
    for device, other in ((first, second), (second, first)):
        device.announce("Anna", wait=False)
        other.finds("Anna")
        for _ in range(2):
            device.say("stop")
            device.event("stopped", 2)
            other.event("lost", 3, instance="Anna")
            device.say("start")
            other.finds("Anna")
        device.say("withdraw", 1)
        other.event("lost", 3)
    first.say("stop")
    first.say("stop")
    first.event("stopped")
    first.event("stopped")
    for device in (first, second):
        device.quit()


def test_killed(lab):
    """The daemon says goodbye for a program that was killed; nobody does for an embedded
    responder, but it replaces its own records when it returns."""
    anna, ben = two_hosts(lab)
    ben.start_avahi()
    watcher = Device(ben)
    device = Device(anna)
    device.announce("Anna")
    key = watcher.finds("Anna")["key"]
    device.process.kill()
    watcher.no_event("lost", 3)
    device = Device(anna)
    assert device.announce("Anna", 4001)[1] == "Anna"
    watcher.event("changed", 10, key=key, addresses=lambda l: all(a["port"] == 4001 for a in l))
    device.quit()
    watcher.event("lost", 3)
    anna.start_avahi()
    device = Device(anna)
    device.announce("Anna")
    watcher.finds("Anna")
    device.process.kill()
    watcher.event("lost", 3)
    watcher.quit()


def test_hasty(lab):
    """Changes while the announcement is still on its way: the last one counts."""
    anna, ben = two_hosts(lab)
    ben.start_avahi()
    watcher = Device(ben)
    for mode in ("embedded", "daemon", "daemon"):
        if mode == "daemon" and not anna.avahi:
            anna.start_avahi()
        device = Device(anna, mode)
        device.event("state", state=mode)
        device.announce("Gone", wait=False)
        device.announce("Anna", wait=False)
        device.say("withdraw 1")
        for number in range(5):
            device.say("change", 2, 4000 + number // 3, f"id={number}")
        found = watcher.finds("Anna")
        if found["txt"] != ["id=4"] or found["addresses"][0]["port"] != 4001:
            watcher.event("changed", 6, instance="Anna", txt=["id=4"],
                          addresses=lambda l: all(a["port"] == 4001 for a in l))
        assert not watcher.events("found", instance="Gone")
        device.quit()
        watcher.event("lost", 4, instance="Anna")
    watcher.quit()


def test_ipv6_only(lab):
    for ways in (("daemon", "daemon"), ("embedded", "daemon"), ("embedded", "embedded")):
        lan = lab.lan(ipv4=False)
        hosts = [lab.host(f"{way}{lan.number}{i}") for i, way in enumerate(ways)]
        devices = []
        for host, way in zip(hosts, ways):
            lan.attach(host)
            if way == "daemon":
                host.start_avahi()
            devices.append(Device(host, way))
        devices[0].announce("Anna")
        found = devices[1].finds("Anna")
        assert [a["address"] for a in found["addresses"]] == [hosts[0].links[0].ipv6], found
        assert found["addresses"][0]["scope"] == hosts[1].links[0].index
        for device in devices:
            device.quit()


def test_many_interfaces(lab):
    """Docker's bridge and a VPN do no harm; two networks give one announcement."""
    anna, ben = lab.host("anna"), lab.host("ben")
    for _ in range(2):
        lab.lan([anna, ben])
    for host in (anna, ben):
        host.add_interface("docker0", "172.17.0.1/16")
        host.add_interface("vpn0", "10.200.0.2/24", kind="card")
    ben.start_avahi()
    first, second = Device(anna), Device(ben)
    first.announce("Anna")
    second.announce("Ben")
    for device, name, host in ((first, "Ben", ben), (second, "Anna", anna)):
        everything = [a for link in host.links for a in (link.ipv4, link.ipv6)]
        found = device.finds(name)
        if len(found["addresses"]) < 4:
            found = device.event("changed", 5, addresses=lambda l: len(l) == 4)
        assert sorted(a["address"] for a in found["addresses"]) == sorted(everything), found
        assert len(device.events("found", instance=name)) == 1
    # One cable less: fewer addresses, the same announcement.
    anna.links[1].far_space.ip(f"link set {anna.links[1].far_device} nomaster")
    anna.ip("link set eth1 down")
    time.sleep(1)
    first.event("changed", 5, instance="Ben", addresses=lambda l: len(l) == 2)
    assert not first.events("lost", instance="Ben")
    for device in (first, second):
        device.quit()


def test_chosen_interfaces(lab):
    """Another choice of interfaces while it runs, with the daemon and without: what is on the
    others is lost, both ways, and comes back with them."""
    for responder in (True, False):
        anna, ben, cem = (lab.host(f"{name}{responder:d}") for name in ("anna", "ben", "cem"))
        lab.lan([anna, ben])
        lab.lan([anna, cem])
        if responder:
            anna.start_avahi()
        ours, near, far = Device(anna), Device(ben), Device(cem)
        ours.announce("Anna")
        near.announce("Ben")
        far.announce("Cem")
        for name in ("Ben", "Cem"):
            ours.finds(name)
        for device in (near, far):
            device.finds("Anna")
        ours.say("interfaces", anna.links[0].device)
        far.event("lost", 10, instance="Anna")
        ours.event("lost", 30, instance="Cem")
        assert not ours.events("lost", instance="Ben")
        ours.say("interfaces")
        far.finds("Anna", 20)
        ours.finds("Cem", 20)
        for device in (ours, near, far):
            device.quit()


def test_new_address(lab):
    """The embedded responder follows the network: a card that comes later."""
    anna, ben = lab.host("anna"), lab.host("ben")
    ben.start_avahi()
    first, second = Device(anna), Device(ben)
    first.announce("Anna")
    lan = lab.lan([ben])
    time.sleep(1)
    link = lan.attach(anna)
    found = second.finds("Anna", 15)
    if not has(link.ipv4)(found["addresses"]):
        second.event("changed", 10, addresses=has(link.ipv4))
    for device in (first, second):
        device.quit()


def test_crowd(lab):
    """More at once than the bus lets one connection ask about."""
    anna, ben = two_hosts(lab)
    ben.start_avahi()
    crowd = Device(anna)
    count = 120
    for number in range(count):
        crowd.say("announce", 4000 + number, f"id={number}", "--", f"Device {number}")
    for _ in range(count):
        crowd.event("announced", 20)
    for mode in ("daemon", "old-daemon"):
        watcher = Device(ben, mode)
        deadline = time.monotonic() + 20
        while len({e["instance"] for e in watcher.events("found")}) < count:
            assert time.monotonic() < deadline, len(watcher.events("found"))
            time.sleep(0.1)
        watcher.announce("Watcher")
        assert len(watcher.events("found")) <= count + 1
        watcher.quit()
    crowd.quit()


def test_beside_the_daemon(lab):
    """An embedded responder beside a daemon, as in a sandbox without the bus: neither loses its
    name or addresses."""
    anna, ben = two_hosts(lab)
    anna.start_avahi()
    ben.start_avahi()
    first, second = Device(anna, "embedded"), Device(ben)
    assert first.announce("Anna")[1] == "Anna"
    found = second.finds("Anna")
    if not has(anna.links[0].ipv4)(found["addresses"]):
        second.event("changed", 5, addresses=has(anna.links[0].ipv4))
    anna.popen(["avahi-publish", "-s", "Other", "_shoal._tcp", "1"])
    second.finds("Other")
    time.sleep(3)
    for _ in range(2):
        assert not second.events("lost")
        log = anna.avahi.errors()
        assert "conflict" not in log.lower() and "Withdrawing" not in log, log
        assert ben.run(["avahi-resolve", "-4n", "anna.local"]).stdout.split()[1] == \
            anna.links[0].ipv4
    for device in (first, second):
        device.quit()


def test_no_daemon_wanted(lab):
    """Without bus and without daemon a forced daemon says why; without network there is no
    trouble either."""
    anna = lab.host("anna")
    device = Device(anna, "daemon")
    assert "D-Bus" in device.event("state", state="unavailable")["reason"]
    device.quit()
    anna.start_bus()
    device = Device(anna, "daemon")
    assert "avahi-daemon" in device.event("state", state="unavailable")["reason"]
    anna.start_avahi(wait=False)
    device.event("state", state="daemon")
    device.quit()


def test_port_taken(lab):
    """Somebody keeps UDP port 5353 for himself: the reason says so, and it is tried again."""
    anna = lab.host("anna")
    thief = anna.popen([sys.executable, "-c", "import socket\nfor f in socket.AF_INET6,:\n"
                        " s = socket.socket(f, socket.SOCK_DGRAM); s.bind(('', 5353))\n"
                        "print('bound', flush=True)\ninput()"], stdin=subprocess.PIPE)
    thief.line(lambda line: line == "bound")
    device = Device(anna)
    assert "5353" in device.event("state", state="unavailable")["reason"]
    thief.kill()
    device.event("state", 10, state="embedded")
    device.quit()


laboratory.main([value for name, value in list(globals().items()) if name.startswith("test_")])
