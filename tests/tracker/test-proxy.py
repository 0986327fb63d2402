#!/usr/bin/python3
# test-proxy.py: shoal-tracker behind nginx, which has the certificate.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: test-proxy.py PATH-OF-SHOAL-TRACKER PATH-OF-TEST-TRACKER-CLIENT

import os
import shutil
import sys

from lab import Lab, skip

TRACKER, CLIENT = (os.path.abspath(path) for path in sys.argv[1:3])
# Where GnuTLS looks on Debian, Arch and Fedora; the lab's hosts put their own over it.
BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem",
           "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem")

# As the manual page of shoal-tracker has it, once for each certificate.
NGINX = """daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
{servers}}}
"""
SERVER = """  server {{
    listen {address}:{port} ssl;
    ssl_certificate {folder}/{name}.pem;
    ssl_certificate_key {folder}/{name}.key;
    location / {{
      proxy_pass http://127.0.0.1:8000;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_read_timeout 1h;
    }}
  }}
"""
CERTIFICATES = """
cd "$1"
req () { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "$@"; }
req -x509 -days 9 -subj "/CN=Lab" -keyout ca.key -out ca.pem
sign () {
  name=$1
  req -subj "/CN=$name" -keyout "$name.key" -out "$name.csr"
  printf 'subjectAltName=IP:%s\n' "$2" >"$name.ext"
  shift 2
  openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -extfile "$name.ext" -out "$name.pem" \
    "$@"
}
sign good "$2" -days 5
sign other 192.0.2.1 -days 5
# OpenSSL can be asked for times from 3.4 on, and for days ago until 3.4.
sign old "$2" -not_before 20200101000000Z -not_after 20200102000000Z ||
  sign old "$2" -days -1
req -x509 -days 9 -subj "/CN=self" -addext "subjectAltName=IP:$2" -keyout self.key -out self.pem
"""
# Certificate, and what the client says of it; None: all is well.
CASES = [("good", None), ("self", "nobody whom this computer trusts"),
         ("other", "another server's"), ("old", "has expired")]


def start_servers(server, address):
    folder = server.path("nginx")
    os.makedirs(folder)
    server.run(["sh", "-ec", CERTIFICATES, "sh", folder, address])
    servers = "".join(SERVER.format(address=address, port=8443 + number, folder=folder, name=name)
                      for number, (name, _) in enumerate(CASES))
    with open(f"{folder}/nginx.conf", "w", encoding="ascii") as file:
        file.write(NGINX.format(folder=folder, servers=servers))
    tracker = server.popen([TRACKER, "--listen", "127.0.0.1:8000", "--behind-proxy"])
    tracker.line(lambda line: line.startswith("ws://"))
    server.popen([shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"), "-p", folder,
                  "-e", "stderr", "-c", f"{folder}/nginx.conf"])
    server.run(["bash", "-c", f"for i in $(seq 200); do (: >/dev/tcp/{address}/8443) 2>/dev/null "
                "&& exit; sleep 0.1; done; exit 1"])
    return f"{folder}/ca.pem"


def main():
    bundle = next((path for path in BUNDLES if os.path.exists(path)), None)
    if not shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") or not bundle:
        skip("no nginx, or no certificates that this system trusts")
    with Lab() as lab:
        client, server = lab.host("client"), lab.host("server")
        lab.direct(client, server)
        address = server.links[0].ipv4
        authority = start_servers(server, address)
        client.run(["mount", "--bind", authority, bundle])
        print(f"1..{len(CASES)}")
        for number, (name, trouble) in enumerate(CASES):
            env = {"SHOAL_TEST_TRACKER": f"wss://{address}:{8443 + number}/"}
            words = ["-p", "/discovery/tracker-client/noon/trouble"]
            if trouble is None:
                words = ["-p", "/discovery/tracker-client/noon/meet",
                         "-p", "/discovery/tracker-client/noon/strangers"]
            else:
                env["SHOAL_TEST_TROUBLE"] = trouble
            done = client.run([CLIENT, *words], env=env, check=False)
            assert done.returncode == 0, (name, done.stdout[-3000:], done.stderr[-3000:])
            print(f"ok {number + 1} {name}", flush=True)


main()
