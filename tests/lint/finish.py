#!/usr/bin/env python3
# Every _finish function checks that the result it is given is its own.
# SPDX-License-Identifier: GPL-3.0-or-later

import re

import source

CHECK = re.compile(r"g_task_is_valid \(|g_async_result_is_tagged \(")


def check(files):
    complaints = []
    for path, text in files.items():
        if not path.startswith("src/") or not path.endswith(".c"):
            continue
        for name, parameters, body, offset in source.functions(text):
            if not name.endswith("_finish") or "GAsyncResult" not in parameters:
                continue
            # One that hands its result to another _finish leaves the check to it.
            code = source.without_comments(body)
            if not CHECK.search(code) and not re.search(r"\w_finish \(", code):
                where = f"{path}:{source.line_of(text, offset)}"
                complaints.append(f"{where}: {name}() does not check its task")
    return complaints


HEAD = "int\nshoal_a_b_finish (ShoalA *self,\n  GAsyncResult *result,\n  GError **error)\n"
BAD = [
    ("src/base/a.c", HEAD + "{\n  return g_task_propagate_int (G_TASK (result), error);\n}\n"),
    ("src/base/a.c", HEAD + "{\n  /* g_task_is_valid () */\n  return 0;\n}\n"),
]
GOOD = [
    ("src/base/a.c", HEAD + "{\n  g_return_val_if_fail (g_task_is_valid (result, self), 0);\n}\n"),
    ("src/base/a.c", HEAD + "{\n  return g_output_stream_flush_finish (self->out, result);\n}\n"),
    ("src/base/a.c", "int\nshoal_reader_finish (int a)\n{\n  return 1;\n}\n"),
]

if __name__ == "__main__":
    source.main(check, BAD, GOOD)
