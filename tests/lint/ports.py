#!/usr/bin/env python3
# The firewall files open the port that the program listens on.
# SPDX-License-Identifier: GPL-3.0-or-later

import re

import source

HEADER = re.compile(r"#define SHOAL_DEFAULT_PORT (\d+)")
FILES = {
    "data/firewalld/shoal.xml": re.compile(r'port="(\d+)"'),
    "data/ufw/shoal": re.compile(r"\b(\d{2,5})\b"),
}


def check(files):
    headers = [text for path, text in files.items() if path.startswith("src/")]
    found = {port for text in headers for port in HEADER.findall(text)}
    if len(found) != 1:
        return [f"SHOAL_DEFAULT_PORT is defined as {sorted(found)}"]

    port = found.pop()
    complaints = []
    for path, pattern in FILES.items():
        ports = pattern.findall(files.get(path, ""))
        if set(ports) != {port}:
            complaints.append(f"{path} opens {ports}, the program listens on {port}")
    return complaints


GOOD = [("src/net/a.h", "#define SHOAL_DEFAULT_PORT 1234\n")]
BAD = [("src/net/a.h", "#define SHOAL_DEFAULT_PORT 1235\n"),
       ("src/net/a.h", "#define SHOAL_PORT 1234\n"),
       ("data/ufw/shoal", "ports=1233\n")]
SAMPLE = {"src/net/b.h": "", "data/firewalld/shoal.xml": '<port protocol="tcp" port="1234"/>\n',
          "data/ufw/shoal": "ports=1234\n"}


def check_sample(files):
    if len(files) > 1:
        return check(files)
    header = {} if "src/net/a.h" in files else dict(GOOD)
    return check({**SAMPLE, **header, **files})


if __name__ == "__main__":
    source.main(check_sample, BAD, GOOD)
