/* shoal-format.h: numbers, times and ways in words, as a person would say them.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pure: no toolkit, no state; any thread. Numbers are in the locale's format,
 * units in powers of 1000, with U+00A0 between number and unit so that a line
 * never breaks there. Every returned char * is (transfer full). */
#pragma once

#include "shoal-snapshot.h"

G_BEGIN_DECLS

/* Between number and unit: for tests that compare with what is shown. */
#define SHOAL_FORMAT_SPACE "\302\240"
/* Between the parts of one line: "1.2 GB · 85 MB/s". */
#define SHOAL_FORMAT_DOT " · "

/* "482 913": a code to compare, in one piece and in this order in any text, also
 * in one that goes from right to left. */
char *shoal_format_code (const char *code);
/* "512 bytes", "3.4 GB", "212 GB". */
char *shoal_format_size (uint64_t bytes);

/* "1.2 of 3.4 GB", "85 MB of 3.4 GB"; only "3.4 GB" once @done is @total. */
char *shoal_format_progress (uint64_t done, uint64_t total);

/* "85 MB/s". @rate in bytes/s; negative or no number counts as nothing. */
char *shoal_format_rate (double rate);

/* "12 s left", "about 3 minutes left". NULL if @seconds is negative, infinite
 * or more than a month: then nothing sensible can be said. */
char *shoal_format_time_left (double seconds);

/* How long it took: "12 s", "3 minutes", "2 hours". */
char *shoal_format_duration (double seconds);

/* "42 %", as the locale writes it; rounded down, so 100 means all. */
char *shoal_format_percent (uint64_t done, uint64_t total);

/* "12,345". */
char *shoal_format_count (uint64_t count);

/* "1 file", "12,345 files", "2 folders, 48 files"; with neither, "no files". */
char *shoal_format_files (guint files, guint folders);

/* "Anna", "Anna and Kai", "Anna and 2 others"; empty for none. @names: the
 * first @n are used. */
char *shoal_format_people (const char *const *names, guint n);

/* How the bytes go: "on this network", "direct", "through a relay", "not connected".
 * (transfer none) */
const char *shoal_format_path (ShoalReach reach);

/* Whether and how somebody is there: "on this network", "online, direct",
 * "online, through a relay", "offline". (transfer none) */
const char *shoal_format_reach (ShoalReach reach);

/* When something was: "14:03" today, "yesterday at 14:03", "3 March", "3 March 2024".
 * @now: (nullable): tells today and the time zone; NULL for the present. */
char *shoal_format_when (gint64 unix_seconds, GDateTime *now);

/* A name from outside, made safe to stand in a sentence: isolated if it is
 * written in the other direction, "Unnamed" if empty. */
char *shoal_format_name (const char *name);

/* A folder of this computer as one would name it: "~/Downloads" for one at home;
 * without what a sandbox sees before it. */
char *shoal_format_folder (const char *path);

/* Joins const char * parts, ended by NULL, with SHOAL_FORMAT_DOT. A part that
 * is empty is left out; one that may be NULL would end the list. */
char *shoal_format_join (const char *first, ...) G_GNUC_NULL_TERMINATED;

G_END_DECLS
