/* test-format.c: sizes, rates, times and names as a person would say them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-format.h"

#include <locale.h>
#include <math.h>

/* Shown with U+00A0, compared with a space. */
static void
assert_shown (char *shown, const char *expected)
{
  g_autofree char *owned = shown;
  g_auto (GStrv) parts = g_strsplit (owned, SHOAL_FORMAT_SPACE, -1);
  g_autofree char *plain = g_strjoinv (" ", parts);

  g_assert_cmpstr (plain, ==, expected);
}

static void
test_sizes (void)
{
  static const struct { uint64_t bytes; const char *text; } TABLE[] = {
    { 0, "0 bytes" }, { 1, "1 byte" }, { 999, "999 bytes" }, { 1000, "1.0 kB" },
    { 1234, "1.2 kB" }, { 12345, "12.3 kB" }, { 123456, "123 kB" }, { 999499, "999 kB" },
    { 999500, "1.0 MB" }, { 1200000000, "1.2 GB" }, { 212000000000, "212 GB" },
    { 99950000, "100 MB" }, { 99940000, "99.9 MB" }, { 3400000000000, "3.4 TB" },
    { UINT64_MAX, "18.4 EB" },
  };
  g_autofree char *size = shoal_format_size (5000);

  for (gsize i = 0; i < G_N_ELEMENTS (TABLE); i++)
    assert_shown (shoal_format_size (TABLE[i].bytes), TABLE[i].text);
  g_assert_nonnull (strstr (size, "\302\240kB"));
}

static void
test_progress (void)
{
  assert_shown (shoal_format_progress (1200000000, 3400000000), "1.2 of 3.4 GB");
  assert_shown (shoal_format_progress (85000000, 3400000000), "85.0 MB of 3.4 GB");
  assert_shown (shoal_format_progress (0, 3400000000), "0 of 3.4 GB");
  assert_shown (shoal_format_progress (3400000000, 3400000000), "3.4 GB");
  assert_shown (shoal_format_progress (0, 0), "0 bytes");
  assert_shown (shoal_format_progress (5, 10), "5 of 10 bytes");
  assert_shown (shoal_format_progress (120000000, 234000000), "120 of 234 MB");

  assert_shown (shoal_format_percent (0, 10), "0 %");
  assert_shown (shoal_format_percent (42, 100), "42 %");
  assert_shown (shoal_format_percent (999999, 1000000), "99 %");
  assert_shown (shoal_format_percent (10, 10), "100 %");
  assert_shown (shoal_format_percent (0, 0), "100 %");
  assert_shown (shoal_format_percent (11, 10), "100 %");
}

static void
test_rates (void)
{
  assert_shown (shoal_format_rate (0), "0 B/s");
  assert_shown (shoal_format_rate (-5), "0 B/s");
  assert_shown (shoal_format_rate (NAN), "0 B/s");
  assert_shown (shoal_format_rate (INFINITY), "0 B/s");
  assert_shown (shoal_format_rate (512), "512 B/s");
  assert_shown (shoal_format_rate (8500000), "8.5 MB/s");
  assert_shown (shoal_format_rate (85300000), "85 MB/s");
  assert_shown (shoal_format_rate (1150e6), "1.1 GB/s");
  assert_shown (shoal_format_rate (9.96e6), "10 MB/s");
}

static void
test_time_left (void)
{
  static const struct { double seconds; const char *text; } TABLE[] = {
    { 0, "1 s left" }, { 0.2, "1 s left" }, { 11.2, "12 s left" }, { 20, "20 s left" },
    { 21, "25 s left" }, { 55, "55 s left" }, { 56, "about a minute left" },
    { 89, "about a minute left" }, { 90, "about 2 minutes left" }, { 170, "about 3 minutes left" },
    { 600, "about 10 minutes left" }, { 37 * 60, "about 35 minutes left" },
    { 57.4 * 60, "about 55 minutes left" }, { 58 * 60, "about an hour left" },
    { 80 * 60, "about an hour and a half left" }, { 110 * 60, "about 2 hours left" },
    { 35 * 3600, "about 35 hours left" }, { 40 * 3600, "about 2 days left" },
    { 29 * 86400, "about 29 days left" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (TABLE); i++)
    assert_shown (shoal_format_time_left (TABLE[i].seconds), TABLE[i].text);
  g_assert_null (shoal_format_time_left (-1));
  g_assert_null (shoal_format_time_left (NAN));
  g_assert_null (shoal_format_time_left (INFINITY));
  g_assert_null (shoal_format_time_left (40 * 86400.0));
}

static void
test_duration (void)
{
  assert_shown (shoal_format_duration (0.01), "1 s");
  assert_shown (shoal_format_duration (59), "59 s");
  assert_shown (shoal_format_duration (59.6), "1 minute");
  assert_shown (shoal_format_duration (700), "10 minutes");
  assert_shown (shoal_format_duration (7300), "2 hours");
  assert_shown (shoal_format_duration (4 * 86400), "4 days");
  assert_shown (shoal_format_duration (-4), "1 s");
  assert_shown (shoal_format_duration (NAN), "1 s");
}

static void
test_when (void)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_offset (2 * 3600);
  g_autoptr (GDateTime) now = g_date_time_new (zone, 2026, 3, 5, 0, 30, 0);
  gint64 unix_now = g_date_time_to_unix (now);

  assert_shown (shoal_format_when (unix_now - 60, now), "00:29");
  assert_shown (shoal_format_when (unix_now - 31 * 60, now), "yesterday at 23:59");
  assert_shown (shoal_format_when (unix_now - 2 * 86400, now), "3 March");
  assert_shown (shoal_format_when (unix_now - 100 * 86400, now), "25 November 2025");
  assert_shown (shoal_format_when (G_MAXINT64, now), "");
}

static void
test_counts (void)
{
  assert_shown (shoal_format_files (1, 0), "1 file");
  assert_shown (shoal_format_files (48, 2), "2 folders, 48 files");
  assert_shown (shoal_format_files (0, 1), "1 folder");
  assert_shown (shoal_format_files (0, 0), "no files");
  assert_shown (shoal_format_count (7), "7");
}

static void
test_names (void)
{
  const char *const names[] = { "Anna", "Kai", "Jo", "" };
  g_autofree char *broken = shoal_format_name ("a\377b");

  assert_shown (shoal_format_people (names, 0), "");
  assert_shown (shoal_format_people (names, 1), "Anna");
  assert_shown (shoal_format_people (names, 2), "Anna and Kai");
  assert_shown (shoal_format_people (names, 3), "Anna and 2 others");
  assert_shown (shoal_format_people (names + 3, 1), "Unnamed");
  assert_shown (shoal_format_name (NULL), "Unnamed");
  assert_shown (shoal_format_name ("\327\220\327\221"), "\342\201\250\327\220\327\221\342\201\251");
  /* Not UTF-8: never on a widget as it is. */
  g_assert_true (g_utf8_validate (broken, -1, NULL));

  assert_shown (shoal_format_join ("a", "", "b", NULL), "a · b");
  assert_shown (shoal_format_join ("", NULL), "");
}

static void
test_folders (void)
{
  g_autofree char *within = g_build_filename (g_get_home_dir (), "Down loads", NULL);
  g_autofree char *beside = g_strconcat (g_get_home_dir (), "2/x", NULL);

  assert_shown (shoal_format_folder (within), "~/Down loads");
  assert_shown (shoal_format_folder (g_get_home_dir ()), "~");
  assert_shown (shoal_format_folder (beside), beside);
  assert_shown (shoal_format_folder ("/media/disk"), "/media/disk");
}

static void
test_ways (void)
{
  for (int reach = SHOAL_REACH_NONE; reach <= SHOAL_REACH_RELAYED; reach++)
    {
      g_assert_cmpstr (shoal_format_path ((ShoalReach) reach), !=, "");
      g_assert_cmpstr (shoal_format_reach ((ShoalReach) reach), !=, "");
    }
}

int
main (int argc, char *argv[])
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/format/sizes", test_sizes);
  g_test_add_func ("/app/format/progress", test_progress);
  g_test_add_func ("/app/format/rates", test_rates);
  g_test_add_func ("/app/format/time-left", test_time_left);
  g_test_add_func ("/app/format/duration", test_duration);
  g_test_add_func ("/app/format/when", test_when);
  g_test_add_func ("/app/format/counts", test_counts);
  g_test_add_func ("/app/format/names", test_names);
  g_test_add_func ("/app/format/folders", test_folders);
  g_test_add_func ("/app/format/ways", test_ways);
  return g_test_run ();
}
