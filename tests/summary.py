#!/usr/bin/env python3
# Prints why tests were skipped, and how many passed, failed and were skipped.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: summary.py LOG [LOG OF THE FAILED ONES RUN AGAIN]
#        summary.py --failed LOG    prints the names of those that failed

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


def read(path):
    with open(path, encoding="utf-8") as log:
        return [json.loads(line) for line in log]


def failed_ones(tests):
    return [test for test in tests if test["result"] not in PASSED | SKIPPED]


def short_name(test):
    """As `meson test` takes it: "shoal:net / hub" is hub."""
    return test["name"].split(" / ")[-1]


def main():
    if sys.argv[1] == "--failed":
        for test in failed_ones(read(sys.argv[2])):
            print(short_name(test))
        return 0

    tests = read(sys.argv[1])
    unsteady = []
    if len(sys.argv) > 2:
        again = {test["name"]: test for test in read(sys.argv[2])}
        unsteady = [test["name"] for test in failed_ones(tests)
                    if test["name"] in again and again[test["name"]]["result"] in PASSED]
        tests = [again.get(test["name"], test) for test in tests]

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
    for name in unsteady:
        print(f"unsteady: {name} failed beside the others and passed by itself")

    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
