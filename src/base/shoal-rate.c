/* shoal-rate.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-base"

#include "config.h"

#include "shoal-rate.h"

/* Samples are folded in at this distance: finer ones are noise. */
#define STEP_US (50 * 1000)

/* Weight of a sample of @elapsed seconds in an average over @window seconds,
 * bounded below by the age of the meter so that the first second is honest. */
static double
weight (double elapsed, double window, double age)
{
  double span = MIN (window, MAX (age, elapsed));

  return MIN (1.0, elapsed / span);
}

static void
fold (ShoalRate *self, gint64 now)
{
  double elapsed = (double) (now - self->updated) / G_USEC_PER_SEC;
  double age = (double) (now - self->started) / G_USEC_PER_SEC;
  double sample = (double) self->pending / elapsed;

  self->fast += weight (elapsed, 1.0, age) * (sample - self->fast);
  self->slow += weight (elapsed, 5.0, age) * (sample - self->slow);
  self->pending = 0;
  self->updated = now;
}

void
shoal_rate_add (ShoalRate *self, gint64 now, uint64_t bytes)
{
  if (self->started == 0)
    self->started = self->updated = now;

  self->pending += bytes;
  self->total += bytes;
  if (now - self->updated >= STEP_US)
    fold (self, now);
}

double
shoal_rate_get (ShoalRate *self, gint64 now)
{
  if (self->started == 0)
    return 0;
  if (now - self->updated >= STEP_US)
    fold (self, now);
  return MIN (self->fast, self->slow);
}
