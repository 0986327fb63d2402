# A WebSocket client (RFC 6455) that can also misbehave.
# SPDX-License-Identifier: GPL-3.0-or-later

import base64
import json
import os
import socket
import ssl
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Closed(Exception):
    """The other side ended it; args[0] is the close code, or None."""


class WebSocket:
    opened = []

    def __init__(self, port, path="/", tls=None, host="127.0.0.1", timeout=20, headers=()):
        self.socket = socket.create_connection((host, port), timeout)
        self.opened.append(self)
        if tls:
            context = ssl.create_default_context(cafile=tls)
            context.check_hostname = False
            self.socket = context.wrap_socket(self.socket)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                             "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                             f"Sec-WebSocket-Key: {key}\r\n"
                             + "".join(f"{line}\r\n" for line in headers) + "\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])
        if self.status != 101:
            raise Closed(self.status)

    def fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise Closed(None)
        self.buffer += data

    def take(self, size):
        while len(self.buffer) < size:
            self.fill()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def frame(self, kind, data):
        mask = os.urandom(4)
        size = len(data)
        if size < 126:
            length = bytes([0x80 | size])
        elif size < 65536:
            length = bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            length = bytes([0x80 | 127]) + struct.pack(">Q", size)
        masked = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
        self.socket.sendall(bytes([0x80 | kind]) + length + mask + masked)

    def say(self, message):
        text = message if isinstance(message, str) else json.dumps(message)
        self.frame(TEXT, text.encode())

    def hear(self):
        """The next message, parsed; pings are answered."""
        while True:
            first, second = self.take(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack(">H", self.take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.take(8))[0]
            data = self.take(size)
            kind = first & 0x0F
            if kind == CLOSE:
                raise Closed(struct.unpack(">H", data[:2])[0] if len(data) >= 2 else None)
            if kind == PING:
                self.frame(PONG, data)
            elif kind in (TEXT, BINARY):
                return json.loads(data)

    def close(self):
        self.socket.close()


def announce(topic, peer, offers=(), **more):
    return {"action": "announce", "info_hash": topic, "peer_id": peer, "left": 1,
            "offers": [{"offer": {"type": "offer", "sdp": sdp}, "offer_id": identifier}
                       for identifier, sdp in offers], **more}
