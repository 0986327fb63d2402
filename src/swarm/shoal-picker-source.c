/* shoal-picker-source.c: sources: what they have, how they do, when they fail.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-picker-private.h"

#include <math.h>

/* --- What a source has ------------------------------------------------------- */

uint64_t
picker_source_mask (ShoalPicker *self, const ShoalPickerSource *source, uint32_t file,
                    uint32_t block)
{
  const File *f = &self->files[file];
  uint32_t in_file = (block - f->first_block) * BLOCK_LEAVES;
  uint64_t full = picker_full_mask (self, file, block);
  uint64_t mask = 0;

  if (!source->has_maps)
    return full;
  if (!shoal_bitmap_get (&source->blocks, block))
    return 0;
  if (self->piece_leaves >= BLOCK_LEAVES)
    return full;
  for (uint32_t bit = 0; bit < BLOCK_LEAVES && (full >> bit) != 0; bit += self->piece_leaves)
    {
      if (shoal_bitmap_get (&source->pieces, f->first_piece + (in_file + bit) / self->piece_leaves))
        mask |= picker_run (bit, self->piece_leaves);
    }
  return mask & full;
}

/* The file that @piece is of; as for blocks, empty files have none. */
static uint32_t
file_of_piece (ShoalPicker *self, uint32_t piece)
{
  uint32_t low = 0;
  uint32_t high = self->n_files;

  while (high - low > 1)
    {
      uint32_t middle = low + (high - low) / 2;

      if (self->files[middle].first_piece <= piece)
        low = middle;
      else
        high = middle;
    }
  return low;
}

/* The blocks that @piece lies in: several, or part of one. */
static void
blocks_of_piece (ShoalPicker *self, uint32_t piece, uint32_t *first, uint32_t *end)
{
  uint32_t file = file_of_piece (self, piece);
  const File *f = &self->files[file];
  uint64_t leaf = (uint64_t) (piece - f->first_piece) * self->piece_leaves;

  *first = f->first_block + (uint32_t) (leaf / BLOCK_LEAVES);
  *end = MIN (f->first_block + picker_n_blocks (f),
              f->first_block + (uint32_t) ((leaf + self->piece_leaves - 1) / BLOCK_LEAVES) + 1);
}

static gboolean
is_scarce (ShoalPicker *self, uint32_t block)
{
  uint32_t file = picker_file_of_block (self, block);
  const File *f = &self->files[file];
  uint64_t leaf = (uint64_t) (block - f->first_block) * BLOCK_LEAVES;
  uint64_t end = MIN (leaf + BLOCK_LEAVES,
                      (f->length + SHOAL_LEAF_SIZE - 1) / SHOAL_LEAF_SIZE);

  for (; leaf < end; leaf += self->piece_leaves)
    {
      if (self->availability[f->first_piece + leaf / self->piece_leaves] == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
has_piece_in (ShoalPicker *self, ShoalPickerSource *source, uint32_t block)
{
  const File *f = &self->files[picker_file_of_block (self, block)];
  uint64_t leaf = (uint64_t) (block - f->first_block) * BLOCK_LEAVES;
  uint32_t first = f->first_piece + (uint32_t) (leaf / self->piece_leaves);
  uint64_t last = MIN (leaf + BLOCK_LEAVES - 1, (f->length - 1) / SHOAL_LEAF_SIZE);

  return shoal_bitmap_next (&source->pieces, NULL, NULL, first,
                            f->first_piece + last / self->piece_leaves + 1) != SHOAL_BITMAP_NONE;
}

static void
set_piece (ShoalPicker *self, ShoalPickerSource *source, uint32_t piece, gboolean has)
{
  uint32_t first, end;

  if (shoal_bitmap_get (&source->pieces, piece) == has)
    return;

  blocks_of_piece (self, piece, &first, &end);
  shoal_bitmap_set (&source->pieces, piece, has);
  if (!source->complete)
    self->availability[piece] = (uint16_t) (self->availability[piece] + (has ? 1 : -1));
  for (uint32_t block = first; block < end; block++)
    {
      shoal_bitmap_set (&source->blocks, block, has || has_piece_in (self, source, block));
      if (!source->complete)
        shoal_bitmap_set (&self->scarce, block, is_scarce (self, block));
    }
}

static void
make_maps (ShoalPicker *self, ShoalPickerSource *source)
{
  if (source->has_maps)
    return;
  source->has_maps = TRUE;
  shoal_bitmap_init (&source->pieces, self->n_pieces);
  shoal_bitmap_init (&source->blocks, self->n_blocks);
  if (source->complete)
    {
      shoal_bitmap_set_range (&source->pieces, 0, self->n_pieces, TRUE);
      shoal_bitmap_set_range (&source->blocks, 0, self->n_blocks, TRUE);
    }
}

void
shoal_picker_source_have (ShoalPicker *self, ShoalPickerSource *source, uint32_t first,
                          uint32_t count, gint64 now)
{
  if (source->complete || first >= self->n_pieces)
    return;

  count = MIN (count, self->n_pieces - first);
  for (uint32_t piece = first; piece < first + count; piece++)
    {
      if (g_hash_table_size (source->lost_files) == 0
          || !g_hash_table_contains (source->lost_files,
                                     GUINT_TO_POINTER (file_of_piece (self, piece))))
        set_piece (self, source, piece, TRUE);
    }
  picker_fill_source (self, source, now);
}

void
picker_source_lose (ShoalPicker *self, ShoalPickerSource *source, uint32_t first_piece,
                    uint32_t n_pieces, gint64 now)
{
  Request *next;

  make_maps (self, source);
  for (uint32_t i = 0; i < n_pieces && first_piece + i < self->n_pieces; i++)
    set_piece (self, source, first_piece + i, FALSE);
  for (Request *r = source->head; r != NULL; r = next)
    {
      next = r->next;
      if (r->mask & ~picker_source_mask (self, source, r->file, r->block))
        picker_cancel (self, r, now);
    }
}

void
shoal_picker_source_lose_file (ShoalPicker *self, ShoalPickerSource *source, uint32_t file,
                               gint64 now)
{
  const File *f = &self->files[file];
  uint32_t end;

  g_return_if_fail (file < self->n_files);

  end = file + 1 < self->n_files ? self->files[file + 1].first_piece : self->n_pieces;
  g_hash_table_add (source->lost_files, GUINT_TO_POINTER (file));
  picker_source_lose (self, source, f->first_piece, end - f->first_piece, now);
}

/* --- Coming and going ----------------------------------------------------------- */

ShoalPickerSource *
shoal_picker_add_source (ShoalPicker *self, gpointer user_data, gboolean complete, gint64 now)
{
  ShoalPickerSource *source = g_new0 (ShoalPickerSource, 1);

  source->user_data = user_data;
  source->complete = complete;
  source->lost_files = g_hash_table_new (NULL, NULL);
  source->requests = g_hash_table_new_full (NULL, NULL, NULL, picker_request_free);
  source->slow_start = TRUE;
  source->window = MIN_DEPTH;
  source->cap = MAX_DEPTH;
  source->srtt = 0.05;
  source->idle_since = now;
  source->progress = source->silent_since = source->served = source->last_grown = now;
  source->service_mean = 1;
  source->service_dev = 1;
  source->rare_from = self->start_block;
  if (!complete)
    {
      make_maps (self, source);
      self->n_partial++;
    }
  g_ptr_array_add (self->sources, source);
  source->rate = source->data_rate = picker_estimate (self, source, now);
  return source;
}

void
picker_source_free (gpointer item)
{
  ShoalPickerSource *source = item;

  g_hash_table_unref (source->requests);
  g_hash_table_unref (source->lost_files);
  shoal_bitmap_clear (&source->pieces);
  shoal_bitmap_clear (&source->blocks);
  g_free (source);
}

static void
forget_picks (ShoalPicker *self, ShoalPickerSource *source)
{
  GList *next;

  for (GList *l = self->picks.head; l != NULL; l = next)
    {
      next = l->next;
      if (((ShoalPick *) l->data)->source == source)
        {
          g_free (l->data);
          g_queue_delete_link (&self->picks, l);
        }
    }
}

void
shoal_picker_remove_source (ShoalPicker *self, ShoalPickerSource *source, gint64 now)
{
  source->state = SHOAL_SOURCE_CLOSING;
  picker_cancel_all (self, source, now);
  picker_hashes_forget (self, source);
  if (!source->complete)
    {
      picker_source_lose (self, source, 0, self->n_pieces, now);
      self->n_partial--;
    }
  forget_picks (self, source);
  g_ptr_array_remove_fast (self->sources, source);
  shoal_picker_fill (self, now);
}

void
shoal_picker_source_set_vouches (ShoalPickerSource *source, gboolean vouches)
{
  source->vouches = vouches;
}

void
shoal_picker_source_set_rtt (ShoalPickerSource *source, gint64 rtt)
{
  source->srtt = CLAMP ((double) rtt / G_USEC_PER_SEC, 0.0001, 5.0);
}

void
shoal_picker_source_set_paused (ShoalPicker *self, ShoalPickerSource *source, gboolean paused,
                                gint64 now)
{
  source->paused = paused;
  if (paused)
    {
      source->lane_end = source->lane_next;
      picker_cancel_all (self, source, now);
    }
  shoal_picker_fill (self, now);
}

void
shoal_picker_source_get_stats (ShoalPickerSource *source, ShoalSourceStats *stats)
{
  *stats = (ShoalSourceStats){
    .user_data = source->user_data,
    .state = source->state,
    .complete = source->complete,
    .outstanding = source->outstanding,
    .n_requests = source->n_live,
    .received = source->received,
    .duplicate = source->duplicate,
    .rate = source->rate_meter.started != 0 ? source->rate : 0,
    .bad_leaves = source->bad_leaves,
  };
}

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
