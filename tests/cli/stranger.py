# stranger.py: a device written from docs/protocol.md alone, that asks what it should not be told.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: stranger.py DEVICE.PEM ADDRESS PORT

Connects with that key, makes a session, asks for a list and for shares it cannot know, and prints
what it is told: one JSON object a line."""

import hashlib
import json
import os
import socket
import ssl
import struct
import sys

HELLO, REVEAL, ADOPT, PING, PONG = 1, 2, 3, 5, 6
LIST_REQUEST, LIST, OPEN, REFUSED = 0x12, 0x13, 0x30, 0x32
ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")


def device_id(certificate):
    start = certificate.index(ED25519_SPKI)
    return hashlib.sha256(certificate[start:start + len(ED25519_SPKI) + 32]).digest()


def own_certificate(path):
    with open(path, encoding="ascii") as file:
        text = file.read()
    start = text.index("-----BEGIN CERTIFICATE-----")
    return ssl.PEM_cert_to_DER_cert(text[start:])


class Session:
    def __init__(self, pem, address, port):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["shoal/1"])
        context.load_cert_chain(pem)
        self.link = context.wrap_socket(socket.create_connection((address, port), 10))
        self.link.settimeout(10)
        self.own = device_id(own_certificate(pem))
        self.theirs = device_id(self.link.getpeercert(binary_form=True))

    def send(self, kind, body=b""):
        self.link.sendall(struct.pack(">IB", 1 + len(body), kind) + body)

    def read(self, count):
        data = b""
        while len(data) < count:
            more = self.link.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self, wanted=None):
        """The next frame (of that type); all are told."""
        while True:
            size, kind = struct.unpack(">IB", self.read(5))
            body = self.read(size - 1)
            if kind == PING:
                self.send(PONG, body)
            else:
                tell(event="frame", type=kind, body=body.hex())
            if wanted is None or kind == wanted:
                return body

    def shake_hands(self):
        nonce = os.urandom(32)
        commit = hashlib.sha256(b"shoal code commit 1" + self.own + nonce).digest()
        self.send(HELLO, struct.pack(">HQ16s32sHB", 1, 0, os.urandom(16), commit, 0, 0) +
                  string("Eve") + string("stranger"))
        hello = self.receive(HELLO)
        length = struct.unpack_from(">H", hello, 61)[0]
        tell(event="hello", name=hello[63:63 + length].decode(), port=hello[58] << 8 | hello[59])
        self.send(REVEAL, nonce)
        theirs = self.receive(REVEAL)
        expected = hashlib.sha256(b"shoal code commit 1" + self.theirs + theirs).digest()
        assert hello[26:58] == expected, "the commitment does not fit"
        if self.own < self.theirs:
            self.send(ADOPT)
        else:
            self.receive(ADOPT)


def string(text):
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def tell(**members):
    print(json.dumps(members), flush=True)


def main():
    session = Session(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    session.shake_hands()
    session.send(LIST_REQUEST, struct.pack(">II", 7, 0))
    answer = session.receive(LIST)
    number, total, first = struct.unpack_from(">III", answer)
    assert (number, first) == (7, 0)
    tell(event="list", total=total, size=len(answer))
    # Proofs of nothing, one after the other and several at once.
    for channel in range(8):
        session.send(OPEN, struct.pack(">H", channel) + os.urandom(32) + b"\1")
    for channel in range(8):
        answer = session.receive(REFUSED)
        tell(event="refused", channel=answer[0] << 8 | answer[1], answer=answer[2:].hex())
    # Whatever else would come, unasked.
    session.link.settimeout(1)
    try:
        while True:
            session.receive()
    except TimeoutError:
        pass
    tell(event="over")


main()
