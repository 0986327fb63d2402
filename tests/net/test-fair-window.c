/* test-fair-window.c: what BBR leaves to others.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-fair-window.h"

#define MS 1000
#define PACKET 1400

/* A line of 100 bytes/ms with 50 ms and a queue as long as that. */
typedef struct
{
  ShoalFairWindow fair;
  gint64          now;
  uint64_t        acked;
  uint64_t        lost;
} World;

/* So long with so much under way; what does not fit on the line is queued. */
static void
pass (World *w, gint64 time, size_t in_flight)
{
  for (gint64 end = w->now + time; w->now < end; w->now += 10 * MS)
    {
      gint64 rtt = MAX (50 * MS, (gint64) in_flight * 10);
      size_t rate = MIN (in_flight / 50, 100);

      w->acked += rate * 10;
      shoal_fair_window_update (&w->fair, w->now, rtt, in_flight, w->acked, w->lost);
    }
}

static void
set_up (World *w)
{
  *w = (World){ .now = 1000 * G_USEC_PER_SEC };
  pass (w, 500 * MS, 5000);
  /* As BBR does at first. */
  pass (w, 300 * MS, 10000);
}

static size_t
get (World *w)
{
  return shoal_fair_window_get (&w->fair, w->now);
}

static void
test_no_loss (void)
{
  World w;

  set_up (&w);
  pass (&w, 20 * G_USEC_PER_SEC, 10000);
  g_assert_cmpuint (get (&w), ==, G_MAXSIZE);
}

/* On a lossy line with a short queue nothing is bound. */
static void
test_noise (void)
{
  World w;

  set_up (&w);
  for (int i = 0; i < 200; i++)
    {
      w.lost++;
      pass (&w, 50 * MS, 5000 + (size_t) (i % 8 == 0) * 1000);
    }
  g_assert_cmpuint (get (&w), ==, G_MAXSIZE);
}

/* A busy computer makes some round trips long, not all. */
static void
test_jitter (void)
{
  World w;

  set_up (&w);
  for (int i = 0; i < 100; i++)
    {
      pass (&w, 40 * MS, 5000);
      w.lost++;
      pass (&w, 10 * MS, 10000);
    }
  g_assert_cmpuint (get (&w), ==, G_MAXSIZE);
}

/* A full queue that loses is somebody else's, too. */
static void
test_congestion (void)
{
  World w;
  size_t bound;

  set_up (&w);
  w.lost++;
  pass (&w, 10 * MS, 10000);
  bound = get (&w);
  g_assert_cmpuint (bound, >=, 6900);
  g_assert_cmpuint (bound, <=, 7100);

  /* Once a round trip. */
  w.lost++;
  pass (&w, 20 * MS, 10000);
  g_assert_cmpuint (get (&w), >=, 6900);

  /* Then it grows again, slowly first and beyond in the end. */
  pass (&w, G_USEC_PER_SEC, 7000);
  g_assert_cmpuint (get (&w), >=, bound);
  pass (&w, 20 * G_USEC_PER_SEC, 8000);
  g_assert_cmpuint (get (&w), >, 20000);
}

/* Many at once are congestion however short the round trips look: the shortest
 * one that is known may have had a queue already. */
static void
test_heavy (void)
{
  World w;

  set_up (&w);
  pass (&w, 200 * MS, 5000);
  for (int i = 0; i < 6; i++)
    {
      w.lost += 2;
      pass (&w, 10 * MS, 5000);
    }
  g_assert_cmpuint (get (&w), <, 10000);
}

/* A computer that stands still for a moment makes round trips long, and finds
 * packets lost; but just before there was no queue. */
static void
test_stall (void)
{
  World w;

  set_up (&w);
  pass (&w, 500 * MS, 5000);
  w.now += 60 * MS;
  for (int i = 0; i < 5; i++)
    shoal_fair_window_update (&w.fair, w.now += 10 * MS, 110 * MS, 5000, w.acked += 500, ++w.lost);
  g_assert_cmpuint (get (&w), ==, G_MAXSIZE);
}

/* A bound that leaves the line without a queue is of no use to anybody. */
static void
test_lifted (void)
{
  World w;

  set_up (&w);
  w.lost++;
  pass (&w, 10 * MS, 10000);
  g_assert_cmpuint (get (&w), <, 10000);
  pass (&w, 200 * MS, 5000);
  g_assert_cmpuint (get (&w), <, 10000);
  pass (&w, 400 * MS, 5000);
  g_assert_cmpuint (get (&w), ==, G_MAXSIZE);
}

/* Never below what the line carries by itself. */
static void
test_floor (void)
{
  World w;

  set_up (&w);
  for (int i = 0; i < 20; i++)
    {
      pass (&w, 300 * MS, 9500);
      w.lost++;
      pass (&w, 10 * MS, 9500);
    }
  g_assert_cmpuint (get (&w), >=, 5000);
  g_assert_cmpuint (get (&w), <, 10000);
}

/* One who has less than before leaves more room. */
static void
test_converges (void)
{
  World w;
  size_t first, second;

  set_up (&w);
  pass (&w, 50 * MS, 10 * PACKET);
  w.lost++;
  pass (&w, 10 * MS, 10 * PACKET);
  first = (size_t) w.fair.largest;
  pass (&w, 300 * MS, 12500);
  w.lost++;
  pass (&w, 10 * MS, 12500);
  second = (size_t) w.fair.largest;
  g_assert_cmpuint (second, <, first);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/fair-window/no-loss", test_no_loss);
  g_test_add_func ("/net/fair-window/noise", test_noise);
  g_test_add_func ("/net/fair-window/jitter", test_jitter);
  g_test_add_func ("/net/fair-window/congestion", test_congestion);
  g_test_add_func ("/net/fair-window/heavy", test_heavy);
  g_test_add_func ("/net/fair-window/stall", test_stall);
  g_test_add_func ("/net/fair-window/lifted", test_lifted);
  g_test_add_func ("/net/fair-window/floor", test_floor);
  g_test_add_func ("/net/fair-window/converges", test_converges);
  return g_test_run ();
}
