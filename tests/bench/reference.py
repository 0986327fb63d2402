# reference.py: what Shoal is measured against, each with its server on one host and its client on
# the other: nginx and curl over HTTPS, the rsync daemon, libtorrent.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import shutil
import subprocess
import sys

from measure import timed

HERE = os.path.dirname(os.path.abspath(__file__))
# Debian's libtorrent belongs to Debian's Python.
PYTHON = "/usr/bin/python3"

NGINX = """
daemon off; worker_processes 2; pid {work}/nginx.pid; error_log stderr;
events {{ worker_connections 64; }}
http {{
  access_log off; sendfile on;
  client_body_temp_path {work}/body; proxy_temp_path {work}/proxy;
  fastcgi_temp_path {work}/fastcgi; uwsgi_temp_path {work}/uwsgi; scgi_temp_path {work}/scgi;
  server {{
    listen {address}:8443 ssl; root {root};
    ssl_certificate {work}/cert.pem; ssl_certificate_key {work}/key.pem;
    ssl_protocols TLSv1.3;
  }}
}}
"""

RSYNCD = """
pid file = {work}/rsyncd.pid
use chroot = no
[root]
path = {root}
uid = 0
gid = 0
"""


class Https:
    """nginx on one host, `curl` and `sync` of the file on the other."""

    def __init__(self, server, client, root):
        self.client = client
        address = server.links[0].ipv4
        self.url = f"https://{address}:8443"
        work = server.path("nginx")
        os.makedirs(work)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{work}/key.pem",
                        "-out", f"{work}/cert.pem", "-days", "2", "-subj", "/CN=bench"],
                       check=True, capture_output=True)
        with open(f"{work}/nginx.conf", "w", encoding="utf-8") as file:
            user = "user root;" if os.geteuid() == 0 else ""
            file.write(user + NGINX.format(work=work, address=address, root=root))
        self.process = server.popen(["nginx", "-p", work, "-c", f"{work}/nginx.conf"])
        wait_for_port(client, address, 8443)

    def get(self, name):
        target = self.client.path("curl", name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        script = 'curl -sSfk -o "$1" "$2" && sync "$1"'
        seconds = timed(lambda: self.client.popen(
            ["sh", "-c", script, "sh", target, f"{self.url}/{name}"]))
        os.unlink(target)
        return seconds

    def stop(self):
        self.process.terminate()


class Rsync:
    """An rsync daemon on one host, `rsync -a` and a sync of the file system on the other."""

    def __init__(self, server, client, root):
        self.client, self.count = client, 0
        self.address = server.links[0].ipv4
        work = server.path("rsync")
        os.makedirs(work)
        with open(f"{work}/rsyncd.conf", "w", encoding="utf-8") as file:
            file.write(RSYNCD.format(work=work, root=root))
        self.process = server.popen(["rsync", "--daemon", "--no-detach",
                                     f"--config={work}/rsyncd.conf"])
        wait_for_port(client, self.address, 873)

    def get(self, name, keep=False):
        self.count += 1
        target = self.client.path(f"rsync-{self.count}")
        os.makedirs(target)
        script = 'rsync -a "$2" "$1" && sync -f "$1"'
        seconds = timed(lambda: self.client.popen(
            ["sh", "-c", script, "sh", target, f"rsync://{self.address}/root/{name}"]))
        if not keep:
            shutil.rmtree(target)
        return seconds

    def stop(self):
        self.process.terminate()


class Libtorrent:
    """libtorrent 2.0 seeds a v2 torrent on some hosts; one fetches it and syncs the file.
    mode: see torrent.py."""

    def __init__(self, servers, client, path, mode):
        self.client, self.mode = client, mode
        self.torrent = f"{path}.{mode}.torrent"
        subprocess.run([PYTHON, f"{HERE}/torrent.py", "make", path, self.torrent], check=True)
        self.seeds = [server.popen([PYTHON, f"{HERE}/torrent.py", "seed", mode, self.torrent,
                                    os.path.dirname(path)]) for server in servers]
        for seed in self.seeds:
            seed.line(lambda line: line == "seeding", timeout=300)
        self.addresses = [server.links[0].ipv4 for server in servers]

    def get(self):
        target = self.client.path("libtorrent")
        os.makedirs(target)
        seconds = timed(lambda: self.client.popen(
            [PYTHON, f"{HERE}/torrent.py", "fetch", self.mode, self.torrent, target,
             *self.addresses]))
        shutil.rmtree(target)
        return seconds

    def stop(self):
        for seed in self.seeds:
            seed.kill()


def wait_for_port(client, address, port):
    """Until the server takes connections."""
    script = ("import socket, sys, time\n"
              "for _ in range(200):\n"
              "    try:\n"
              "        socket.create_connection((sys.argv[1], int(sys.argv[2]))); break\n"
              "    except OSError:\n"
              "        time.sleep(0.05)\n"
              "else:\n"
              "    sys.exit('nobody answers')\n")
    client.run([sys.executable, "-c", script, address, str(port)])
