/* test-shaper.c: one limit, several users.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-shaper.h"

#define LEAF 16384
#define SECOND ((gint64) G_USEC_PER_SEC)

/* Lets all users ask as often as they may, every 10 ms; @wants: none for idle. */
static void
run (ShoalShaperUser **users, const gboolean *wants, guint n, gint64 from, gint64 seconds,
     uint64_t *got)
{
  for (gint64 now = from; now < from + seconds * SECOND; now += SECOND / 100)
    for (guint i = 0; i < n; i++)
      while (wants[i] && shoal_shaper_user_may (users[i], now))
        {
          shoal_shaper_user_spend (users[i], LEAF);
          got[i] += LEAF;
        }
}

static void
assert_about (uint64_t value, uint64_t expected)
{
  g_assert_cmpuint (value, >=, expected - expected / 10);
  g_assert_cmpuint (value, <=, expected + expected / 10);
}

static void
test_shares (void)
{
  const gboolean all[3] = { TRUE, TRUE, TRUE };
  const gboolean two[3] = { TRUE, TRUE, FALSE };
  g_autoptr (ShoalShaper) shaper = shoal_shaper_new ();
  ShoalShaperUser *users[3];
  uint64_t got[3] = { 0 };

  for (guint i = 0; i < 3; i++)
    users[i] = shoal_shaper_join (shaper);
  shoal_shaper_set_limit (shaper, 3000000, 0);
  g_assert_true (shoal_shaper_user_is_limited (users[0]));
  run (users, all, 3, 0, 20, got);
  for (guint i = 0; i < 3; i++)
    assert_about (got[i], 20000000);

  /* What one does not need goes to the others. */
  got[0] = got[1] = got[2] = 0;
  run (users, two, 3, 20 * SECOND, 20, got);
  assert_about (got[0], 30000000);
  assert_about (got[1], 30000000);
  g_assert_cmpuint (got[2], ==, 0);

  /* And it has not saved it up. */
  got[0] = got[1] = got[2] = 0;
  run (users, all, 3, 40 * SECOND, 20, got);
  assert_about (got[2], 20000000);
  for (guint i = 0; i < 3; i++)
    shoal_shaper_leave (users[i]);
}

/* Far below one request a second, and far below one an hour's sleep. */
static void
test_slow (void)
{
  const gboolean wants[1] = { TRUE };
  g_autoptr (ShoalShaper) shaper = shoal_shaper_new ();
  ShoalShaperUser *user = shoal_shaper_join (shaper);
  uint64_t got[1] = { 0 };

  shoal_shaper_set_limit (shaper, 2048, 0);
  run (&user, wants, 1, 0, 160, got);
  assert_about (got[0], 160 * 2048);

  got[0] = 0;
  run (&user, wants, 1, 3600 * SECOND, 1, got);
  g_assert_cmpuint (got[0], <=, 65536 + LEAF);
  shoal_shaper_leave (user);
}

static void
test_changes (void)
{
  g_autoptr (ShoalShaper) shaper = shoal_shaper_new ();
  ShoalShaperUser *user = shoal_shaper_join (shaper);

  g_assert_true (shoal_shaper_user_may (user, 1));
  shoal_shaper_user_spend (user, 1 << 30);
  g_assert_false (shoal_shaper_user_is_limited (user));
  g_assert_true (shoal_shaper_user_may (user, 1));

  shoal_shaper_set_limit (shaper, 1000000, SECOND);
  g_assert_cmpuint (shoal_shaper_get_limit (shaper), ==, 1000000);
  g_assert_false (shoal_shaper_user_may (user, SECOND));
  g_assert_true (shoal_shaper_user_may (user, SECOND + 1000));
  shoal_shaper_user_spend (user, 1 << 30);
  g_assert_false (shoal_shaper_user_may (user, 2 * SECOND));
  /* Another limit does not make it pay for the one before. */
  shoal_shaper_set_limit (shaper, 5000, 2 * SECOND);
  g_assert_true (shoal_shaper_user_may (user, 2 * SECOND + 1000));
  shoal_shaper_set_limit (shaper, 0, 2 * SECOND);
  g_assert_true (shoal_shaper_user_may (user, 2 * SECOND));
  shoal_shaper_leave (user);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/shaper/shares", test_shares);
  g_test_add_func ("/base/shaper/slow", test_slow);
  g_test_add_func ("/base/shaper/changes", test_changes);
  return g_test_run ();
}
