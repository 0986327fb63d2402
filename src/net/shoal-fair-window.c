/* shoal-fair-window.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-fair-window.h"

#include <math.h>

/* The longest queue is of the last one to two of these, */
#define PERIOD (15 * G_USEC_PER_SEC)
/* the highest rate of the last one to two of these: what we have of the line
 * now, not what a start has flooded it with. */
#define RATE_PERIOD (2 * G_USEC_PER_SEC)
/* The bound is at least so many times what that rate needs without a queue. So
 * a bound that leaves the line half empty grows by itself, a tenth each round
 * trip, and one beside others, where there is a queue, does not. */
#define LEAST_SHARE 1.1
/* RFC 9438. */
#define CUBIC_BETA 0.7
#define CUBIC_C 0.4
#define PACKET 1400.0
/* A queue shorter than this, or than this share of the round trip, is BBR's own
 * probing. */
#define MIN_QUEUE 3000
#define MIN_QUEUE_SHARE 0.25
/* From this share of the longest queue seen it counts as full. */
#define FULL_SHARE 0.5
/* So much of a round trip's packets lost, and so many, is no noise either: BBR
 * that starts on a line which is full already. */
#define HEAVY_SHARE 0.05
#define HEAVY_PACKETS 8
/* A round trip that is longer than the shortest one by less than this share, or
 * this time, has met no queue. Where each round for so long has one, nobody
 * else needs room; where one of the last few has, a loss was not of a queue. */
#define EMPTY_SHARE (1.0 / 16)
#define EMPTY_QUEUE 1000
#define ROUNDS_TO_LIFT 8
#define ROUNDS_TO_FILL 3
/* Parts of a round trip in which the shortest one is looked for. */
#define LOWS_PER_ROUND 4

static void
begin_period (ShoalFairWindow *self, gint64 now)
{
  self->period = now;
  self->max_rtt[1] = self->max_rtt[0];
  self->max_rtt[0] = 0;
}

static void
note_round (ShoalFairWindow *self, gint64 now, uint64_t acked)
{
  gint64 length = now - self->round_began;

  if (length < MAX (self->min_rtt, 1000))
    return;
  if (now - self->rate_period >= RATE_PERIOD)
    {
      self->rate_period = now;
      self->rates[1] = self->rates[0];
      self->rates[0] = 0;
    }
  if (self->round_began > 0)
    self->rates[0] = MAX (self->rates[0], (double) (acked - self->round_acked) / (double) length);
  self->round_began = now;
  self->round_acked = acked;
  self->round_lost = self->lost;
  self->peaks[1] = self->peaks[0];
  self->peaks[0] = 0;
  self->n_empty = self->had_no_queue ? self->n_empty + 1 : 0;
  self->n_queued = self->had_no_queue ? 0 : self->n_queued + 1;
  self->had_no_queue = FALSE;
  if (self->n_empty >= ROUNDS_TO_LIFT)
    self->is_bound = FALSE;
}

static void
note_low (ShoalFairWindow *self, gint64 now, gint64 rtt)
{
  if (now - self->low_began >= MAX (self->min_rtt / LOWS_PER_ROUND, 1000))
    {
      self->low_began = now;
      self->lows[1] = self->lows[0];
      self->lows[0] = rtt;
    }
  self->lows[0] = MIN (self->lows[0], rtt);
  if ((double) (rtt - self->min_rtt) < MAX (EMPTY_SHARE * (double) self->min_rtt, EMPTY_QUEUE))
    self->had_no_queue = TRUE;
}

/* The shortest round trip of the last moments tells: a busy computer makes some
 * longer, a queue all. */
static gboolean
is_queue_full (const ShoalFairWindow *self)
{
  gint64 rtt = MIN (self->lows[0], self->lows[1]);
  gint64 longest = MAX (self->max_rtt[0], self->max_rtt[1]) - self->min_rtt;
  double threshold = MAX (FULL_SHARE * (double) longest, MIN_QUEUE_SHARE * (double) self->min_rtt);

  return self->n_queued >= ROUNDS_TO_FILL && !self->had_no_queue
         && (double) (rtt - self->min_rtt) > MAX (threshold, MIN_QUEUE);
}

static gboolean
is_loss_heavy (const ShoalFairWindow *self, uint64_t acked)
{
  uint64_t n = self->lost - self->round_lost;
  double lost = (double) n * PACKET;

  return n >= HEAVY_PACKETS && lost > HEAVY_SHARE * ((double) (acked - self->round_acked) + lost);
}

static void
reduce (ShoalFairWindow *self, gint64 now)
{
  double under_way = (double) MAX (self->peaks[0], self->peaks[1]);
  double before = self->is_bound ? MIN (under_way, (double) shoal_fair_window_get (self, now))
                                 : under_way;

  /* Fast convergence: who has less than last time makes room for newcomers. */
  self->largest = self->is_bound && before < self->largest ? before * (1 + CUBIC_BETA) / 2
                                                           : before;
  self->window = before * CUBIC_BETA;
  self->largest = MAX (self->largest, self->window);
  self->k = cbrt ((self->largest - self->window) / PACKET / CUBIC_C);
  self->epoch = now;
  self->is_bound = TRUE;
}

void
shoal_fair_window_update (ShoalFairWindow *self, gint64 now, gint64 rtt, size_t in_flight,
                          uint64_t acked, uint64_t lost)
{
  gboolean has_lost = lost > self->lost;

  self->lost = lost;
  if (rtt <= 0)
    return;
  if (now - self->period >= PERIOD)
    begin_period (self, now);
  self->min_rtt = self->min_rtt == 0 ? rtt : MIN (self->min_rtt, rtt);
  self->max_rtt[0] = MAX (self->max_rtt[0], rtt);
  note_round (self, now, acked);
  self->peaks[0] = MAX (self->peaks[0], in_flight);
  note_low (self, now, rtt);

  /* One answer to all losses of a round trip. */
  if (has_lost && (!self->is_bound || now - self->epoch > rtt)
      && (is_queue_full (self) || is_loss_heavy (self, acked)))
    reduce (self, now);
}

size_t
shoal_fair_window_get (const ShoalFairWindow *self, gint64 now)
{
  double t = (double) (now - self->epoch) / 1e6 - self->k;
  double window = self->largest + CUBIC_C * t * t * t * PACKET;
  double least = MAX (self->rates[0], self->rates[1]) * (double) self->min_rtt * LEAST_SHARE;

  if (!self->is_bound || window > (double) G_MAXINT32)
    return G_MAXSIZE;
  return (size_t) MAX (MAX (window, self->window), least);
}
