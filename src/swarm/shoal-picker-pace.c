/* shoal-picker-pace.c: how fast sources are, how much each may hold, when they fail.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-picker-private.h"

#include <math.h>

/* --- How a source does ------------------------------------------------------------ */

static gboolean
is_measured (const ShoalPickerSource *source, gint64 now)
{
  /* The meter says nothing before its first step is over. */
  return source->rate_meter.updated > source->rate_meter.started
         && (source->rate_meter.total >= 4 * SHOAL_LEAF_SIZE
             || now - source->rate_meter.started > G_USEC_PER_SEC);
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return x < y ? -1 : x > y;
}

/* A new source is taken for an average one. */
static double
median_rate (ShoalPicker *self, gint64 now)
{
  g_autoptr (GArray) rates = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < self->sources->len; i++)
    {
      if (is_measured (picker_source (self, i), now))
        g_array_append_val (rates, picker_source (self, i)->rate);
    }
  if (rates->len == 0)
    return DEFAULT_RATE;
  g_array_sort (rates, compare_doubles);
  return g_array_index (rates, double, rates->len / 2);
}

/* While nothing is asked of a source, what it did last holds. */
double
picker_estimate (ShoalPicker *self, ShoalPickerSource *source, gint64 now)
{
  if (!is_measured (source, now))
    return MAX (1, median_rate (self, now));
  if (source->idle_since != 0)
    return MAX (1, source->rate);
  return MAX (1, shoal_rate_get (&source->rate_meter, now));
}

double
picker_finish_time (const ShoalPickerSource *source, double bytes)
{
  if (source->state == SHOAL_SOURCE_STALLED)
    return INFINITY;
  return ((double) source->outstanding + bytes) / source->rate + source->srtt;
}

gboolean
picker_source_usable (ShoalPicker *self, const ShoalPickerSource *source)
{
  return !self->paused && !source->paused && source->state == SHOAL_SOURCE_ACTIVE;
}

/* Seconds until all is here, if everybody goes on as now. */
static double
time_left (ShoalPicker *self, guint *n_usable)
{
  double rates = 0;

  *n_usable = 0;
  for (guint i = 0; i < self->sources->len; i++)
    {
      if (!picker_source_usable (self, picker_source (self, i)))
        continue;
      rates += picker_source (self, i)->rate;
      (*n_usable)++;
    }
  return rates > 0 ? (double) (self->free_bytes + self->asked_bytes) / rates : INFINITY;
}

double
picker_depth (ShoalPicker *self, ShoalPickerSource *source, gint64 now)
{
  double rate = source->rate;
  double depth = CLAMP (MAX (2 * rate, 4 * rate * source->srtt), MIN_DEPTH, MAX_DEPTH);
  guint n_usable;
  double left;

  /* A guess must not fill a slow line for half a minute. */
  if (!is_measured (source, now))
    depth = source->window;
  else if (source->slow_start)
    depth = MIN (MAX (depth, source->window), MAX_DEPTH);

  /* Near the end nobody should hold more than its part of what is left. */
  left = time_left (self, &n_usable);
  if (n_usable > 1 && left < 2)
    depth = MIN (depth, MAX (rate * left, MAX (0.25 * rate, 2 * rate * source->srtt)));
  return MAX (MIN (depth, source->cap), SHOAL_LEAF_SIZE);
}

void
picker_source_data (ShoalPicker *self, ShoalPickerSource *source, uint64_t bytes, gint64 now)
{
  shoal_rate_add (&source->rate_meter, now, bytes);
  source->rate = source->data_rate = picker_estimate (self, source, now);
  source->progress = source->silent_since = now;
  source->told_dead = FALSE;
  if (source->slow_start)
    source->window = MIN (source->window + (double) bytes, MAX_DEPTH);
  source->cap = MIN (source->cap + (double) bytes / 4, MAX_DEPTH);
  if (source->state == SHOAL_SOURCE_STALLED)
    {
      source->state = SHOAL_SOURCE_ACTIVE;
      source->hold_until = 0;
      picker_push (self, SHOAL_PICK_REVIVED, source, 0, 0, 0, 0);
    }
}

/* A request counts from when it came to the head of the queue. */
void
picker_source_served (ShoalPickerSource *source, const Request *request, gint64 now)
{
  double took = (double) (now - MAX (request->asked, source->served)) / G_USEC_PER_SEC;
  double error = fabs (took - source->service_mean);

  source->service_mean += (took - source->service_mean) / 8;
  source->service_dev += (error - source->service_dev) / 4;
  source->served = now;
}

static gint64
time_out (const ShoalPickerSource *source)
{
  double seconds = source->service_mean + 4 * source->service_dev;

  /* A frame of data is seen only when all of it is here. */
  seconds = MAX (seconds, 3 * SHOAL_MAX_DATA_PAYLOAD / source->data_rate);
  return CLAMP ((gint64) (seconds * G_USEC_PER_SEC), MIN_TIMEOUT_US, MAX_TIMEOUT_US);
}

static void
stall (ShoalPicker *self, ShoalPickerSource *source, gint64 now)
{
  if (source->state != SHOAL_SOURCE_STALLED)
    picker_push (self, SHOAL_PICK_STALLED, source, 0, 0, 0, 0);
  source->state = SHOAL_SOURCE_STALLED;
  source->slow_start = TRUE;
  source->window = MIN_DEPTH;
  source->lane_end = source->lane_next;
  picker_cancel_all (self, source, now);
}

static void
tick_silence (ShoalPicker *self, ShoalPickerSource *source, gint64 now)
{
  /* We are not reading: no fault of anybody's. */
  if (!shoal_budget_may_read (self->budget))
    source->progress = source->silent_since = now;

  if (source->state == SHOAL_SOURCE_STALLED)
    {
      if (now >= source->hold_until)
        {
          picker_cancel_all (self, source, now);
          source->hold_until = now; /* one leaf, see picker_fill_source() */
        }
    }
  else if (source->outstanding > 0 && now - source->progress > time_out (source))
    stall (self, source, now);

  if (!source->told_dead && (source->outstanding > 0 || source->state == SHOAL_SOURCE_STALLED)
      && now - source->silent_since > DEAD_US)
    {
      source->told_dead = TRUE;
      picker_push (self, SHOAL_PICK_DEAD, source, 0, 0, 0, 0);
    }
}

/* A request that others have overtaken for long has been forgotten over there. */
static void
tick_overdue (ShoalPicker *self, ShoalPickerSource *source, gint64 now)
{
  Request *r = source->head;

  if (r != NULL && isfinite (r->expected)
      && (double) (now - r->asked) > 2 * r->expected * G_USEC_PER_SEC
                                       + 2 * (double) time_out (source))
    picker_cancel (self, r, now);
}

static void
tick_growth (ShoalPickerSource *source, gint64 now)
{
  if (!source->slow_start || source->idle_since != 0 || source->rate_meter.started == 0
      || now - source->last_grown < G_USEC_PER_SEC)
    return;
  if (source->last_rate > 0 && source->rate < 1.05 * source->last_rate)
    source->slow_start = FALSE;
  source->last_rate = source->rate;
  source->last_grown = now;
}

void
shoal_picker_tick (ShoalPicker *self, gint64 now)
{
  for (guint i = 0; i < self->sources->len; i++)
    {
      ShoalPickerSource *source = picker_source (self, i);

      source->rate = picker_estimate (self, source, now);
      if (source->state == SHOAL_SOURCE_BUSY && now >= source->hold_until)
        source->state = SHOAL_SOURCE_ACTIVE;
      tick_silence (self, source, now);
      tick_overdue (self, source, now);
      tick_growth (source, now);
      source->may_steal = TRUE;
    }
  picker_hashes_tick (self, now);
  shoal_picker_fill (self, now);
}

/* --- Asking --------------------------------------------------------------------------- */

static uint32_t
power_of_two_below (double value)
{
  uint32_t power = 1;

  while (power < BLOCK_LEAVES && power * 2 <= value)
    power *= 2;
  return power;
}

/* A quarter of a second's work, and at least four of them in the pipe. */
static uint32_t
extent_leaves (const ShoalPickerSource *source, double depth)
{
  return power_of_two_below (MIN (0.25 * source->rate, depth / 4) / SHOAL_LEAF_SIZE);
}

/* When the budget is spent each source keeps one extent, so that it goes on at
 * once; not when the disk is what we wait for. */
static gboolean
may_ask (ShoalPicker *self, ShoalPickerSource *source, gint64 now)
{
  if (self->paused || source->paused || g_hash_table_size (source->requests) >= MAX_REQUESTS)
    return FALSE;
  if (!shoal_budget_may_request (self->budget)
      && (source->outstanding > 0 || !shoal_budget_may_read (self->budget)))
    return FALSE;
  if (self->rate_limit > 0 && self->tokens <= 0)
    return FALSE;
  if (self->shaper != NULL && !shoal_shaper_user_may (self->shaper, now))
    return FALSE;

  switch (source->state)
    {
    case SHOAL_SOURCE_ACTIVE:
      return TRUE;

    case SHOAL_SOURCE_STALLED:
      return source->outstanding == 0 && now >= source->hold_until;

    case SHOAL_SOURCE_BUSY:
    case SHOAL_SOURCE_CLOSING:
    default:
      return FALSE;
    }
}

static gboolean
choose (ShoalPicker *self, ShoalPickerSource *source, uint32_t leaves, gint64 now, Choice *choice)
{
  if (source->state == SHOAL_SOURCE_STALLED)
    return picker_choose_fresh (self, source, 1, now, choice);

  if (source->may_steal)
    {
      source->may_steal = FALSE;
      if (self->free_bytes > 0 && picker_steal (self, source, leaves, 10, now, choice))
        return TRUE;
    }
  if (picker_choose_fresh (self, source, leaves, now, choice))
    return picker_is_worth (self, source, choice);
  if (picker_steal (self, source, leaves, 3, now, choice))
    return TRUE;
  return picker_duplicate (self, source, leaves, choice);
}

void
picker_fill_source (ShoalPicker *self, ShoalPickerSource *source, gint64 now)
{
  double depth = picker_depth (self, source, now);
  uint32_t leaves = extent_leaves (source, depth);
  Choice choice;

  while (may_ask (self, source, now)
         && (source->outstanding == 0
             || (double) source->outstanding + (double) leaves * SHOAL_LEAF_SIZE <= depth)
         && choose (self, source, leaves, now, &choice))
    {
      picker_ask (self, source, &choice, now);
      if (source->state == SHOAL_SOURCE_STALLED)
        source->hold_until = now + PROBE_US;
    }
  picker_hashes_ahead (self, source, now);
}
