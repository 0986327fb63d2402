#!/usr/bin/env python3
# shoal-tracker as its clients meet it, well-behaved and other.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: test-tracker.py PATH-OF-SHOAL-TRACKER

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from websocket import BINARY, Closed, WebSocket, announce

TRACKER = sys.argv[1]
# What the address sanitizer has not given back yet is not what a tracker keeps.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
# Every byte that JSON parsers stumble over.
TOPIC = "\0\1\"\\\n\x7f\x80\xffabcdefghijkl"
A, B, C = "a" * 20, "b" * 20, "c" * 20


class Tracker:
    def __init__(self, *options):
        self.process = subprocess.Popen([TRACKER, "--listen", "127.0.0.1:0", *options],
                                        stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Who does not answer a goodbye is waited for.
        for client in WebSocket.opened:
            client.close()
        WebSocket.opened.clear()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0
        self.process.stdout.close()

    def peak(self):
        """The most memory it has had, in bytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return 1024 * next(int(line.split()[1]) for line in status if "VmHWM" in line)

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as page:
            lines = page.read().decode().splitlines()
        return {line.split()[0].removeprefix("shoal_tracker_"): int(line.split()[1])
                for line in lines if not line.startswith("#")}


def test_relays():
    with Tracker() as tracker:
        anna, ben = WebSocket(tracker.port), WebSocket(tracker.port, "/announce?x=1")
        anna.say(announce(TOPIC, A))
        stats = anna.hear()
        assert stats == {"action": "announce", "info_hash": TOPIC, "complete": 0,
                         "incomplete": 1, "interval": 120}, stats
        ben.say(announce(TOPIC, B, [("o" * 19 + "\0", "sealed")]))
        assert ben.hear()["incomplete"] == 2
        offer = anna.hear()
        assert offer["peer_id"] == B and offer["offer"] == {"type": "offer", "sdp": "sealed"}
        assert offer["offer_id"] == "o" * 19 + "\0"
        anna.say({"action": "announce", "info_hash": TOPIC, "peer_id": A, "to_peer_id": B,
                  "answer": {"type": "answer", "sdp": "too"}, "offer_id": offer["offer_id"]})
        answer = ben.hear()
        assert answer["answer"]["sdp"] == "too" and answer["peer_id"] == A, answer
        ben.say({"action": "scrape", "info_hash": [TOPIC]})
        assert ben.hear()["files"][TOPIC]["incomplete"] == 2

        # A socket that goes is gone from its topics.
        anna.close()
        while tracker.metrics()["members"] > 1:
            pass
        ben.say(announce(TOPIC, B, event="stopped"))
        assert ben.hear()["incomplete"] == 0
        found = tracker.metrics()
        assert found["offers_relayed_total"] == found["answers_relayed_total"] == 1, found


def test_nonsense():
    """Each is answered in words; none ends the tracker, nor the others' sockets."""
    with Tracker() as tracker:
        other = WebSocket(tracker.port)
        other.say(announce(TOPIC, B))
        other.hear()
        socket_ = WebSocket(tracker.port)
        for text in ("", "{", "[]", "null", '"x"', "[" * 60000, '{"action":"announce"}',
                     '{"action":"announce","info_hash":"\\ud800"}',
                     '{"action":"dance","info_hash":"x"}', '{"action":"scrape"}',
                     '{"failure reason":"no"}'):
            socket_.say(text)
            assert "failure reason" in socket_.hear(), text
        socket_.frame(BINARY, b"\xff\xfe")
        assert "failure reason" in socket_.hear()

        huge = WebSocket(tracker.port)
        try:
            huge.say(" " * 70000)
            huge.hear()
            raise AssertionError("a message over the limit was taken")
        except Closed as closed:
            assert closed.args[0] in (1009, None), closed
        except ConnectionError:
            pass
        unmasked = WebSocket(tracker.port)
        unmasked.socket.sendall(b"\x81\x02{}")
        try:
            unmasked.hear()
            raise AssertionError("a frame without mask was taken")
        except Closed:
            pass
        other.say(announce(TOPIC, B))
        assert other.hear()["incomplete"] == 1


def test_flood():
    """Too many messages end that socket alone."""
    with Tracker() as tracker:
        socket_ = WebSocket(tracker.port)
        try:
            for _ in range(1000):
                socket_.say(announce(TOPIC, A))
            while True:
                socket_.hear()
        except Closed as closed:
            assert closed.args[0] == 1008, closed
        except ConnectionError:
            pass
        calm = WebSocket(tracker.port)
        calm.say(announce(TOPIC, B))
        calm.hear()


def test_body():
    """Nothing that is asked for has a body: one that comes is not kept."""
    with Tracker() as tracker:
        before = tracker.peak()
        asking = http.client.HTTPConnection("127.0.0.1", tracker.port, timeout=60)
        asking.request("POST", "/", bytes(64 << 20))
        assert asking.getresponse().status == 405
        asking.close()
        assert tracker.peak() - before < 16 << 20, "it was kept"


def test_address_limit():
    with Tracker("--max-per-address", "3") as tracker:
        sockets = [WebSocket(tracker.port) for _ in range(3)]
        try:
            WebSocket(tracker.port)
            raise AssertionError("a fourth was let in")
        except (Closed, ConnectionError):
            pass
        sockets[0].close()
        while True:  # the place becomes free once the tracker has noticed
            try:
                WebSocket(tracker.port).close()
                return
            except (Closed, ConnectionError):
                pass


def test_behind_proxy():
    """Who comes through a proxy counts for the address it names last, whatever he names himself;
    without the option such a header means nothing."""
    def client(address):
        return WebSocket(tracker.port, headers=[f"X-Forwarded-For: 192.0.2.99, {address}"])

    with Tracker("--max-per-address", "2", "--behind-proxy") as tracker:
        anna = [client("198.51.100.1") for _ in range(2)]
        ben = [client("2001:db8::1"), client("2001:db8::2")]
        for socket_ in anna + ben:
            socket_.say(announce(TOPIC, os.urandom(10).hex()))
            socket_.hear()
        for address in ("198.51.100.1", "2001:db8::3"):
            try:
                client(address).hear()
                raise AssertionError("a third of one address was let in")
            except (Closed, ConnectionError):
                pass
        assert tracker.metrics()["addresses"] == 3, tracker.metrics()  # the metrics' reader, too
        assert tracker.metrics()["turned_away_total"] == 2
        request = urllib.request.Request(f"http://127.0.0.1:{tracker.port}/metrics",
                                         headers={"X-Forwarded-For": "198.51.100.1"})
        try:
            urllib.request.urlopen(request)
            raise AssertionError("metrics for somebody beyond the proxy")
        except urllib.error.HTTPError as error:
            assert error.code == 404
    with Tracker("--max-per-address", "2") as tracker:
        held = [client("198.51.100.1"), client("198.51.100.2")]
        try:
            client("198.51.100.3")
            raise AssertionError("a header is believed")
        except (Closed, ConnectionError):
            pass
        assert len(held) == 2


def test_descriptors():
    """Each connection needs one: the program takes what there is, and says what is short."""
    def run(hard, *options):
        script = f"ulimit -Sn 40 && ulimit -Hn {hard} && exec \"$@\""
        return subprocess.Popen(["sh", "-c", script, "sh", TRACKER, "--listen", "127.0.0.1:0",
                                 *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True)

    short = run(100, "--max-sockets", "1000")
    _, words = short.communicate(timeout=20)
    assert short.returncode == 1 and "LimitNOFILE" in words and "1046" in words, words

    fewer = run(132, "--max-per-address", "1000")
    port = int(fewer.stdout.readline().rsplit(":", 1)[1])
    sockets = []
    try:
        while len(sockets) < 200:
            sockets.append(WebSocket(port))
    except (Closed, ConnectionError):
        pass
    assert len(sockets) == 100, len(sockets)  # 132 but those of its own, beyond the soft 40
    for socket_ in sockets:
        socket_.close()
    fewer.send_signal(signal.SIGTERM)
    _, words = fewer.communicate(timeout=20)
    assert fewer.returncode == 0 and "at most 100 connections" in words, words


def test_goodbye():
    tracker = Tracker()
    clients = [WebSocket(tracker.port) for _ in range(20)]
    for client in clients:
        client.say(announce(TOPIC, os.urandom(10).hex()))
        client.hear()
    tracker.process.send_signal(signal.SIGTERM)
    for client in clients:
        try:
            client.hear()
            raise AssertionError("the tracker goes without a word")
        except Closed as closed:
            assert closed.args[0] == 1001, closed
    assert tracker.process.wait(20) == 0


def test_pages():
    with Tracker() as tracker:
        with urllib.request.urlopen(f"http://127.0.0.1:{tracker.port}/") as page:
            assert b"keeps no log" in page.read()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{tracker.port}/etc/passwd")
            raise AssertionError("a page that is none")
        except urllib.error.HTTPError as error:
            assert error.code == 404
        # Somebody who says half a request takes nobody's place for ever, and harms nothing.
        slow = socket.create_connection(("127.0.0.1", tracker.port))
        slow.sendall(b"GET / HT")
        assert tracker.metrics()["sockets"] >= 1
        slow.close()


def test_tls():
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = f"{folder}/key.pem", f"{folder}/cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        with Tracker("--tls-certificate", certificate, "--tls-key", key) as tracker:
            assert tracker.url.startswith("wss://")
            anna = WebSocket(tracker.port, tls=certificate)
            anna.say(announce(TOPIC, A))
            assert anna.hear()["incomplete"] == 1
            anna.close()


def test_options():
    for options in (["--listen", "nonsense"], ["--listen", "192.0.2.1:80"], ["--interval", "1"],
                    ["stray"], ["--tls-certificate", "/nowhere"]):
        done = subprocess.run([TRACKER, *options], capture_output=True, text=True, timeout=20)
        assert done.returncode in (1, 2) and "shoal-tracker: " in done.stderr, (options, done)
    done = subprocess.run([TRACKER, "--version"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and done.stdout.startswith("shoal-tracker "), done


def main():
    tests = [value for name, value in globals().items() if name.startswith("test_")]
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        test()
        print(f"ok {number} {test.__name__[5:]}", flush=True)


main()
