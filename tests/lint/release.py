#!/usr/bin/env python3
# The version and its date are the same wherever they are told: meson.build,
# NEWS, the metainfo, Debian's changelog.
# SPDX-License-Identifier: GPL-3.0-or-later

import email.utils
import re

import source

METAINFO = "data/io.github.shoal.Shoal.metainfo.xml.in"


def find(files, path, pattern):
    found = re.search(pattern, files.get(path, ""), re.MULTILINE)
    return found.groups() if found else (None,) * re.compile(pattern).groups


def check(files):
    version, = find(files, "meson.build", r"^  version: '([\d.]+)'")
    news, date = find(files, "NEWS", r"\AShoal (\S+), (\d{4}-\d\d-\d\d|unreleased)\n=+\n")
    if version is None or news is None:
        return ["meson.build has no version, or NEWS does not begin with “Shoal VERSION, DATE”"]
    complaints = []
    if news != version:
        complaints.append(f"NEWS begins with {news}, meson.build has {version}")
    if date == "unreleased":
        return complaints

    told = find(files, METAINFO, r'<release version="(\S+)" date="(\S+)"')
    if told != (version, date):
        complaints.append(f"the metainfo's first release is {told}, not {(version, date)}")
    package, = find(files, "data/debian/changelog", r"\Ashoal \((\S+)-\S+\) ")
    stamp, = find(files, "data/debian/changelog", r"^ -- .*>  (.*)$")
    day = email.utils.parsedate_to_datetime(stamp).date().isoformat() if stamp else None
    if (package, day) != (version, date):
        complaints.append(f"data/debian/changelog begins with {(package, day)}, "
                          f"not {(version, date)}")
    return complaints


SAMPLE = {
    "meson.build": "project('shoal', 'c',\n  version: '1.2.3',\n",
    "NEWS": "Shoal 1.2.3, 2026-11-22\n=======\n",
    METAINFO: '<release version="1.2.3" date="2026-11-22" type="stable">\n',
    "data/debian/changelog": "shoal (1.2.3-1) unstable; urgency=medium\n\n"
                             " -- A B <a@b.c>  Sun, 22 Nov 2026 10:00:00 +0000\n",
}
BAD = [(path, re.sub("1.2.3", "1.2.4", text)) for path, text in SAMPLE.items()]
BAD += [(path, re.sub("22", "23", text)) for path, text in SAMPLE.items() if "22" in text]
BAD += [("NEWS", "")]
GOOD = [("NEWS", SAMPLE["NEWS"]), ("NEWS", SAMPLE["NEWS"].replace("2026-11-22", "unreleased"))]

if __name__ == "__main__":
    source.main(lambda files: check({**SAMPLE, **files} if len(files) == 1 else files), BAD, GOOD)
