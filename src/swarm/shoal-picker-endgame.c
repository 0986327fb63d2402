/* shoal-picker-endgame.c: taking over from slow sources; second copies at the end.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-picker-private.h"

#include <math.h>

/* What a change of hands must gain, in seconds. */
#define MIN_GAIN 0.3

/* --- Looking for work that others have ------------------------------------------- */

/* What @source could take of @r. */
static uint64_t
takeable (ShoalPicker *self, ShoalPickerSource *source, const Request *r, gboolean twice)
{
  const Open *open = picker_get_open (self, r->block, FALSE);
  uint64_t mask = r->mask & picker_source_mask (self, source, r->file, r->block);

  if (picker_hash_map (self, source) != NULL
      && !shoal_bitmap_get (&self->hashed, r->block))
    return 0;
  for (const Request *other = open->requests; other != NULL; other = other->next_in_block)
    {
      /* Never the same source twice, never three of them. */
      if (other->source == source || (!twice && other != r))
        mask &= ~other->mask;
    }
  return mask;
}

/* Of each other source the request that will be done last; of those the last.
 * @finish: when, in seconds from now. */
static Request *
find_latest (ShoalPicker *self, ShoalPickerSource *source, gboolean twice, double *finish)
{
  Request *found = NULL;

  *finish = 0;
  for (guint i = 0; i < self->sources->len; i++)
    {
      ShoalPickerSource *other = picker_source (self, i);
      double after = 0; /* bytes queued behind r */

      if (other == source)
        continue;
      for (Request *r = other->tail; r != NULL; r = r->prev)
        {
          double time = picker_finish_time (other, -after);

          if (time <= *finish)
            break;
          if (takeable (self, source, r, twice) != 0)
            {
              *finish = time;
              found = r;
              break;
            }
          after += (double) picker_mask_bytes (self, r->file, r->block, r->mask);
        }
    }
  return found;
}

/* The last run of @mask, of at most @leaves. */
static uint64_t
last_run (uint64_t mask, uint32_t leaves)
{
  uint32_t top = 63 - (uint32_t) __builtin_clzll (mask);
  uint32_t n = 1;

  while (n < leaves && n <= top && (mask >> (top - n)) & 1)
    n++;
  return picker_run (top + 1 - n, n);
}

/* --- Stealing ------------------------------------------------------------------------ */

/* Asks @source anew for what is left of a request that was cut. */
static void
ask_rest (ShoalPicker *self, ShoalPickerSource *source, Choice rest, gint64 now)
{
  uint64_t left = rest.mask;

  while (left != 0)
    {
      rest.mask = last_run (left, BLOCK_LEAVES);
      left &= ~rest.mask;
      picker_ask (self, source, &rest, now);
    }
}

gboolean
picker_steal (ShoalPicker *self, ShoalPickerSource *source, uint32_t leaves, double ratio,
              gint64 now, Choice *choice)
{
  double theirs, mine;
  Request *r = find_latest (self, source, FALSE, &theirs);
  ShoalPickerSource *victim;
  uint64_t mask, rest;
  uint32_t n;

  if (r == NULL)
    return FALSE;

  victim = r->source;
  mask = takeable (self, source, r, FALSE);
  n = (uint32_t) __builtin_popcountll (mask);
  /* What it is at work on is halved; what waits behind that moves whole. */
  if (r == victim->head && victim->state != SHOAL_SOURCE_STALLED)
    n = (n + 1) / 2;
  mask = last_run (mask, MIN (n, leaves));
  mine = picker_finish_time (source, (double) picker_mask_bytes (self, r->file, r->block, mask));
  if (theirs < ratio * mine || theirs - mine < MIN_GAIN)
    return FALSE;

  *choice = (Choice){ r->file, r->block, mask };
  rest = r->mask & ~mask;
  picker_cancel (self, r, now);
  /* A request is cancelled whole: the victim is asked again for its part. */
  if (rest != 0 && picker_source_usable (self, victim))
    ask_rest (self, victim, (Choice){ choice->file, choice->block, rest }, now);
  return TRUE;
}

/* --- The end game ---------------------------------------------------------------------- */

/* Only for a source with nothing to do, when nothing is left to give out or
 * take over; the first copy that comes cancels the other. */
gboolean
picker_duplicate (ShoalPicker *self, ShoalPickerSource *source, uint32_t leaves, Choice *choice)
{
  uint64_t bound = MAX (MIN_DUPLICATES, self->total / 200);
  double theirs, mine;
  uint64_t mask, bytes;
  Request *r;

  if (source->outstanding > 0 || self->duplicated >= bound)
    return FALSE;

  r = find_latest (self, source, FALSE, &theirs);
  if (r == NULL)
    return FALSE;

  mask = last_run (takeable (self, source, r, FALSE), leaves);
  bytes = picker_mask_bytes (self, r->file, r->block, mask);
  mine = picker_finish_time (source, (double) bytes);
  if (mine >= theirs || self->duplicated + bytes > bound)
    return FALSE;

  *choice = (Choice){ r->file, r->block, mask };
  return TRUE;
}
