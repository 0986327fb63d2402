#!/usr/bin/env python3
# Prints why tests were skipped, and how many passed, failed and were skipped.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: summary.py build/meson-logs/testlog.json

import json
import re
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def reasons(test):
    """The skip reasons a test printed: TAP's, else its last line."""
    text = (test.get("stdout") or "") + (test.get("stderr") or "")
    found = re.findall(r"^ok \d+.*# SKIP *(.*)$", text, re.MULTILINE | re.IGNORECASE)
    found += re.findall(r"^1\.\.0 # SKIP *(.*)$", text, re.MULTILINE | re.IGNORECASE)
    if not found and test["result"] in SKIPPED:
        found = [line for line in text.splitlines() if line.strip()][-1:] or ["no reason given"]
    return found


def main():
    with open(sys.argv[1], encoding="utf-8") as log:
        tests = [json.loads(line) for line in log]

    passed = failed = skipped = 0
    for test in tests:
        if test["result"] in SKIPPED:
            skipped += 1
        elif test["result"] in PASSED:
            passed += 1
        else:
            failed += 1
        for reason in reasons(test):
            print(f"skipped in {test['name']}: {reason}")

    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
