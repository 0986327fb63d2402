/* test-rate.c: the meter follows, rises slowly and decays.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-rate.h"

#define SECOND G_USEC_PER_SEC

static gint64
feed (ShoalRate *rate, gint64 now, double seconds, double bytes_per_second)
{
  gint64 end = now + (gint64) (seconds * SECOND);

  for (; now < end; now += 10000)
    shoal_rate_add (rate, now, (uint64_t) (bytes_per_second / 100));
  return now;
}

static void
test_follows (void)
{
  ShoalRate rate = { 0 };
  gint64 now = feed (&rate, 1, 1, 1e6);

  g_assert_cmpfloat_with_epsilon (shoal_rate_get (&rate, now), 1e6, 1e5);
  now = feed (&rate, now, 1, 10e6);
  g_assert_cmpfloat (shoal_rate_get (&rate, now), <, 8e6);
  now = feed (&rate, now, 20, 10e6);
  g_assert_cmpfloat_with_epsilon (shoal_rate_get (&rate, now), 10e6, 5e5);
  /* Falling is believed at once. */
  now += 2 * SECOND;
  g_assert_cmpfloat (shoal_rate_get (&rate, now), <, 1e5);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/rate/follows", test_follows);
  return g_test_run ();
}
