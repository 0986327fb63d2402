#!/usr/bin/env python3
# What the core may not call: it has one context, its own pools, and time and
# randomness only through the runtime, so that a simulation replays its seed.
# Where no simulation comes by, a comment on the line or the one before says so:
# /* not replayed: the reason */
# SPDX-License-Identifier: GPL-3.0-or-later

import re

import source

DEFAULT_CONTEXT = (
    r"g_(?:timeout|idle|child_watch)_add\w*|g_unix_(?:signal|fd)_add\w*|g_io_add_watch\w*"
    r"|g_main_context_default|g_main_context_get_thread_default|g_main_loop_new")
CLOCK = (
    r"g_get_monotonic_time|g_get_real_time|g_date_time_new_now\w*|g_timer_new|clock_gettime"
    r"|gettimeofday|time|g_usleep|nanosleep|usleep|sleep")
RANDOM = (
    r"g_random_\w+|g_rand_\w+|g_uuid_string_random|rand|random|srand|getrandom|gnutls_rnd"
    r"|arc4random\w*")
POOL = r"g_task_run_in_thread\w*"
THREAD = r"g_thread_(?:try_)?new|g_thread_pool_new\w*|pthread_create"
BULK = r"g_output_stream_splice\w*"

RULES = [
    (DEFAULT_CONTEXT, "a source on the default context"),
    (CLOCK, "the time not from the runtime"),
    (RANDOM, "randomness not from the runtime"),
    (THREAD, "a thread or pool outside the runtime"),
    (BULK, "bytes in 8 KiB steps"),
]
RULES = [(re.compile(rf"(?<![\w.>])(?:{names}) \("), why) for names, why in RULES]
EXCUSE = re.compile(r"/\* not replayed: \w")
ANYWHERE = re.compile(rf"\b{POOL} \(")

# The runtime is where the core meets the world.
RUNTIME = ("src/base/shoal-main-runtime.c", "src/base/shoal-runtime.c")


def check(files):
    complaints = []
    for path, text in files.items():
        if not path.startswith("src/") or not source.is_c(path) or path in RUNTIME:
            continue
        originals = [""] + text.splitlines()
        lines = source.without_comments(text, strings=False).splitlines()
        for number, line in enumerate(lines, 1):
            where = f"{path}:{number}"
            if ANYWHERE.search(line):
                complaints.append(f"{where}: GTask's shared pool")
            if not source.in_core(path) or EXCUSE.search("".join(originals[number - 1:number + 1])):
                continue
            for pattern, why in RULES:
                match = pattern.search(line)
                if match:
                    complaints.append(f"{where}: {match[0][:-2]} is {why}")
    return complaints


BAD = [
    ("src/swarm/a.c", "  g_timeout_add_seconds (1, tick, self);\n"),
    ("src/net/a.c", "  self->idle = g_idle_add (tick, self);\n"),
    ("src/net/a.c", "  now = g_get_monotonic_time ();\n"),
    ("src/peer/a.c", "  if (time (NULL) > 3)\n"),
    ("src/peer/a.c", "  x = g_random_int_range (0, 3);\n"),
    ("src/cli/a.c", "  g_task_run_in_thread (task, work);\n"),
    ("src/store/a.c", '  self->thread = g_thread_new ("io", work, self);\n'),
    ("src/discovery/a.c", "  g_main_context_default ();\n"),
]
GOOD = [
    ("src/cli/a.c", "  g_timeout_add (100, draw, self);\n"),
    ("src/base/shoal-main-runtime.c", "  return g_get_monotonic_time ();\n"),
    ("src/swarm/a.c", "  /* no g_idle_add () here */\n  shoal_runtime_random_u64 (r);\n"),
    ("src/store/a.c", "  /* not replayed: names a file */\n  now = g_date_time_new_now_utc ();\n"),
    ("src/swarm/a.c", '  g_debug ("time (%s)", x);\n  info->time (x);\n'),
]

if __name__ == "__main__":
    source.main(check, BAD, GOOD)
