#!/usr/bin/python3
# hostile.py: a device that does not keep to the protocol. Runs on a host of the lab.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: hostile.py WAY ADDRESS PORT KEY

KEY is a file with a private key and a certificate. Prints what happens as JSON lines, the last one
{"event": "end", ...}. The ways are the functions below whose names begin with way_."""

import hashlib
import json
import os
import random
import socket
import ssl
import struct
import subprocess
import sys
import time

HELLO, REVEAL, ADOPT, PING, PONG, GOODBYE = 1, 2, 3, 5, 6, 7
OFFER, SEEN, ACCEPT, DECLINE, WITHDRAW, OPEN, CLOSE, REQUEST, DATA = \
    0x20, 0x21, 0x22, 0x23, 0x24, 0x30, 0x33, 0x3b, 0x40


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def device_id(certificate):
    """SHA-256 of the certificate's SubjectPublicKeyInfo."""
    key = subprocess.run(["openssl", "x509", "-pubkey", "-noout"], input=certificate,
                         capture_output=True, check=True).stdout
    return hashlib.sha256(subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "der"], input=key, capture_output=True,
        check=True).stdout).digest()


def string(text):
    text = text if isinstance(text, bytes) else text.encode()
    return struct.pack(">H", len(text)) + text


class Ended(Exception):
    """The other side has closed the connection."""


class Talk:
    """A TLS connection, and frames over it."""

    def __init__(self, address, port, key, name="Mallory"):
        self.name, self.key, self.buffer = name, key, b""
        plain = socket.create_connection((address, port), 10)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["shoal/1"])
        context.load_cert_chain(key)
        self.socket = context.wrap_socket(plain)
        self.socket.settimeout(20)

    def send(self, kind, body=b""):
        self.raw(struct.pack(">IB", len(body) + 1, kind) + body)

    def raw(self, data):
        try:
            self.socket.sendall(data)
        except (OSError, ssl.SSLError) as error:
            raise Ended from error

    def read(self, count):
        while len(self.buffer) < count:
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                raise
            except (OSError, ssl.SSLError) as error:
                raise Ended from error
            if not data:
                raise Ended
            self.buffer += data
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def frame(self):
        """The next frame but PING, which is answered."""
        while True:
            length, kind = struct.unpack(">IB", self.read(5))
            body = self.read(length - 1)
            if kind != PING:
                return kind, body
            self.send(PONG, body)

    def hello(self, version=1, instance=bytes(16), commit=None):
        with open(self.key, "rb") as file:
            own = device_id(file.read())
        r = os.urandom(32)
        commit = commit or hashlib.sha256(b"shoal code commit 1" + own + r).digest()
        self.send(HELLO, struct.pack(">HQ", version, 0) + instance + commit +
                  struct.pack(">HB", 0, 0) + string(self.name) + string("hostile"))
        return own, r

    def meet(self):
        """As an honest device does, until the link is adopted."""
        own, r = self.hello(instance=os.urandom(16))
        theirs = device_id(ssl.DER_cert_to_PEM_cert(self.socket.getpeercert(True)).encode())
        while True:
            kind, _ = self.frame()
            if kind == HELLO:
                self.send(REVEAL, r)
            elif kind == REVEAL and own < theirs:
                self.send(ADOPT)
                return
            elif kind == ADOPT:
                return
            elif kind == GOODBYE:
                raise Ended

    def offer(self, number, name="gift", size=1):
        self.send(OFFER, struct.pack(">QQ", 0x5ca1ab1e, number) + os.urandom(64) +
                  struct.pack(">BBQIIQ", 1, 0, size, 1, 0, int(time.time())) + string(name))

    def last_words(self):
        """Reads to the end: GOODBYE's code, or None."""
        code = None
        try:
            while True:
                kind, body = self.frame()
                if kind == GOODBYE:
                    code = struct.unpack(">H", body[:2])[0]
        except Ended:
            return code


def offer_id(body):
    return struct.unpack(">QQ", body[:16])[1]


# --- Before there is a session ---------------------------------------------------------------

def way_garbage(address, port, key):
    """Bytes that are no TLS; a connection that says nothing; TLS 1.2; another protocol."""
    dice = random.Random(5)
    for start in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff", b"", bytes(300)):
        with socket.create_connection((address, port), 10) as plain:
            plain.settimeout(20)
            plain.sendall(start + dice.randbytes(2000))
            try:
                while plain.recv(4096):
                    pass
            except OSError:
                pass
    for maximum, protocol in ((ssl.TLSVersion.TLSv1_2, "shoal/1"), (ssl.TLSVersion.TLSv1_3, "h2")):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1_2, maximum
        context.set_alpn_protocols([protocol])
        context.load_cert_chain(key)
        try:
            with context.wrap_socket(socket.create_connection((address, port), 10)) as tls:
                tls.settimeout(10)
                accepted = bool(tls.recv(1))
        except (OSError, ssl.SSLError):
            accepted = False
        tell("handshake", version=maximum.name, protocol=protocol, accepted=accepted)


def way_half_open(address, port, key):
    """Many connections that never get to a session, each saying a byte now and then."""
    sockets = []
    for _ in range(60):
        try:
            plain = socket.create_connection((address, port), 5)
            plain.settimeout(0)
            sockets.append(plain)
        except OSError:
            break
    tell("open", count=len(sockets))
    for byte in b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03":
        for plain in sockets:
            try:
                plain.send(bytes([byte]))
            except OSError:
                pass
        time.sleep(1)
    closed = 0
    for plain in sockets:
        try:
            closed += plain.recv(1) == b""
        except BlockingIOError:
            pass
        except OSError:
            closed += 1
    tell("closed", count=closed, of=len(sockets))


# --- Frames ----------------------------------------------------------------------------------

# Each is sent by a fresh device: before the hello, or once the link is adopted.
EARLY = {
    "no hello": lambda t: t.send(ADOPT),
    "endless frame": lambda t: t.raw(b"\xff\xff\xff\xff\x01"),
    "empty frame": lambda t: t.raw(bytes(5)),
    "short hello": lambda t: t.send(HELLO, b"\x00\x01"),
    "version 0": lambda t: t.hello(version=0),
    "name not UTF-8": lambda t: t.send(HELLO, struct.pack(">HQ", 1, 0) + bytes(48) +
                                       bytes(3) + string(b"\xff\xfe") + string("x")),
    "wrong reveal": lambda t: (t.hello(), t.send(REVEAL, bytes(32))),
    "noise": lambda t: t.raw(random.Random(7).randbytes(5000)),
}
LATE = {
    "long control frame": lambda t: t.raw(struct.pack(">IB", 70000, PING) + bytes(69999)),
    "long data": lambda t: t.raw(struct.pack(">IB", 200000, DATA)),
    "unknown type": lambda t: t.send(0x7f, b"?"),
    "data of no channel": lambda t: t.send(DATA, struct.pack(">HII", 9, 1, 0) + bytes(16384)),
    "request on no channel": lambda t: t.send(REQUEST, struct.pack(">HI", 9, 1) + bytes(44)),
    "pong unasked": lambda t: t.send(PONG, struct.pack(">Q", 1 << 60)),
    "hello again": lambda t: t.hello(),
    "short offer": lambda t: t.send(OFFER, bytes(20)),
    "offer beyond limits": lambda t: t.offer(1, size=1 << 60),
    "trailing bytes": lambda t: t.send(PING, bytes(9)),
}


def way_frames(address, port, key):
    """key: a format with a place for a number: each breach is by another device."""
    for number, (name, act) in enumerate({**EARLY, **LATE}.items()):
        talk = Talk(address, port, key.format(number))
        try:
            if name in LATE:
                talk.meet()
            act(talk)
        except Ended:
            pass
        tell("breach", name=name, code=talk.last_words())


def way_polite(address, port, key):
    """What must be borne: types of the future, unknown flags."""
    talk = Talk(address, port, key)
    talk.meet()
    talk.send(0x90, bytes(1000))
    talk.send(0xff)
    talk.send(PING, struct.pack(">Q", 1))
    kind, _ = talk.frame()
    while kind != PONG:
        kind, _ = talk.frame()
    tell("answered")


# --- Offers ----------------------------------------------------------------------------------

def way_offers(address, port, key):
    """More offers than may wait; then offers made and taken back, again and again."""
    talk = Talk(address, port, key)
    talk.meet()
    for number in range(70):
        talk.offer(number)
    seen, declined = set(), {}
    while len(seen) + len(declined) < 70:
        kind, body = talk.frame()
        if kind == SEEN:
            seen.add(offer_id(body))
        elif kind == DECLINE:
            declined[offer_id(body)] = body[16]
    tell("answers", seen=len(seen), declined=sorted(declined.items()))
    for number in seen:
        talk.send(WITHDRAW, struct.pack(">QQBH", 0x5ca1ab1e, number, 0, 0))
    for number in range(100, 5100):
        talk.offer(number)
        talk.send(WITHDRAW, struct.pack(">QQBH", 0x5ca1ab1e, number, 0, 0))
    talk.send(PING, struct.pack(">Q", 1))
    talk.socket.settimeout(60)
    while talk.frame()[0] != PONG:
        pass
    tell("done")


def way_opens(address, port, key):
    """Guesses at what is shared, with wrong proofs."""
    talk = Talk(address, port, key)
    talk.meet()
    for channel in range(200):
        talk.send(OPEN, struct.pack(">H", channel) + os.urandom(32) + b"\0")
    answers = []
    while len(answers) < 200:
        kind, body = talk.frame()
        if kind != SEEN:
            answers.append((kind, body[2:].hex()))
    tell("answers", different=sorted(set(answers)))


def way_loris(address, port, key):
    """A frame whose end comes a byte at a time, and nothing read, for a while."""
    talk = Talk(address, port, key)
    talk.meet()
    talk.raw(struct.pack(">IB", 60000, OFFER))
    ended = False
    try:
        for _ in range(40):
            talk.raw(b"x")
            time.sleep(0.1)
    except Ended:
        ended = True
    tell("slow", ended=ended)


def main():
    way, address, port, key = sys.argv[1:]
    ended = False
    try:
        globals()["way_" + way](address, int(port), key)
    except Ended:
        ended = True
    tell("end", ended=ended)


main()
