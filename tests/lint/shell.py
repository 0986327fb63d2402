#!/usr/bin/env python3
# shellcheck has nothing to say about our scripts.
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import re
import shutil
import subprocess
import sys
import tempfile

import source

SHEBANG = re.compile(r"#!.*\b(?:ba)?sh$", re.MULTILINE)


def shellcheck(paths):
    return subprocess.run(["shellcheck", *paths], cwd=source.ROOT, check=False,
                          capture_output=True, text=True)


def main():
    if not shutil.which("shellcheck"):
        print("shellcheck is not installed")
        sys.exit(77)

    with tempfile.NamedTemporaryFile("w", suffix=".sh") as bad:
        bad.write("#!/bin/sh\nrm $1/*\n")
        bad.flush()
        if shellcheck([bad.name]).returncode == 0:
            sys.exit("self-test: an unquoted variable was not caught")

    scripts = sorted(path for path, text in source.read_tree().items() if SHEBANG.match(text))
    assert os.path.basename(scripts[-1]) and "dev" in scripts
    result = shellcheck(scripts)
    print(result.stdout + result.stderr + f"{len(scripts)} scripts")
    sys.exit(result.returncode)


if __name__ == "__main__":
    main()
