/* shoal-picker-choose.c: which leaves a source gets that nobody was asked for.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-picker-private.h"

/* Candidates looked at when the rarest piece of a partial source is sought. */
#define MAX_CANDIDATES 64
/* Blocks gone through in search of the end of a run. */
#define MAX_RUN 4096
/* Blocks in a lane, however small their files. */
#define MAX_LANE_BLOCKS 512u
/* What the estimates may be wrong by before a source is denied work. */
#define FINISH_SLACK 0.2

/* --- Looking for blocks --------------------------------------------------------- */

static ShoalPickerSource *
lane_owner (ShoalPicker *self, const ShoalPickerSource *except, uint32_t block)
{
  for (guint i = 0; i < self->sources->len; i++)
    {
      ShoalPickerSource *source = picker_source (self, i);

      if (source != except && block >= source->lane_next && block < source->lane_end)
        return source;
    }
  return NULL;
}

static uint64_t
usable_mask (ShoalPicker *self, const ShoalPickerSource *source, uint32_t file, uint32_t block)
{
  return picker_free_mask (self, file, block) & picker_source_mask (self, source, file, block);
}

/* The first block of @map in [from, end) that @source can serve something of. */
static uint64_t
next_block (ShoalPicker *self, const ShoalPickerSource *source, const ShoalBitmap *map,
            uint64_t from, uint64_t end)
{
  const ShoalBitmap *own = source->has_maps ? &source->blocks : NULL;
  const ShoalBitmap *hashed = picker_hash_map (self, source);

  while (TRUE)
    {
      uint64_t block = shoal_bitmap_next (map, own, hashed, from, end);

      if (block == SHOAL_BITMAP_NONE)
        return block;
      if (own == NULL || self->piece_leaves >= BLOCK_LEAVES
          || usable_mask (self, source, picker_file_of_block (self, (uint32_t) block),
                          (uint32_t) block) != 0)
        return block;
      from = block + 1;
    }
}

/* As next_block(), but not in another source's lane. */
static uint64_t
next_outside (ShoalPicker *self, const ShoalPickerSource *source, const ShoalBitmap *map,
              uint64_t from, uint64_t end)
{
  while (TRUE)
    {
      uint64_t block = next_block (self, source, map, from, end);
      ShoalPickerSource *owner;

      if (block == SHOAL_BITMAP_NONE)
        return block;
      owner = lane_owner (self, source, (uint32_t) block);
      if (owner == NULL)
        return block;
      from = owner->lane_end;
    }
}

static uint64_t
next_around (ShoalPicker *self, const ShoalPickerSource *source, const ShoalBitmap *map,
             uint32_t start)
{
  uint64_t block = next_outside (self, source, map, start, self->n_blocks);

  return block != SHOAL_BITMAP_NONE ? block : next_outside (self, source, map, 0, start);
}

/* --- Lanes ------------------------------------------------------------------------- */

/* A lane of up to 8 MiB, or 20 s of work: in a large file to the end of a group
 * of hashes, else over many small files. */
static uint32_t
lane_end_from (ShoalPicker *self, const ShoalPickerSource *source, uint32_t start)
{
  double bytes = MIN (LANE_SECONDS * source->rate, LANE_BYTES);
  uint32_t file = picker_file_of_block (self, start);
  uint32_t block = start;

  while (block < self->n_blocks && block - start < MAX_LANE_BLOCKS && bytes > 0)
    {
      const File *f = &self->files[file];
      uint32_t end = f->first_block + picker_n_blocks (f);
      uint32_t group_end = f->first_block
                           + ((block - f->first_block) / GROUP_BLOCKS + 1) * GROUP_BLOCKS;
      uint32_t n = (uint32_t) MIN (MIN (end, group_end) - block, MAX (1, bytes / BLOCK_BYTES));

      bytes -= end - block > 1 ? (double) n * BLOCK_BYTES
                               : (double) (f->length % BLOCK_BYTES != 0 ? f->length % BLOCK_BYTES
                                                                        : BLOCK_BYTES);
      block += n;
      if (block == group_end && f->length > SHOAL_LEAVES_PER_GROUP * SHOAL_LEAF_SIZE)
        break;
      while (file + 1 < self->n_files && self->files[file + 1].first_block <= block)
        file++;
    }
  return MAX (block, start + 1);
}

static void
set_lane (ShoalPickerSource *source, uint64_t start, uint64_t end)
{
  source->lane_next = (uint32_t) start;
  source->lane_end = (uint32_t) end;
}

static uint32_t
piece_of_block (ShoalPicker *self, uint32_t block)
{
  const File *f = &self->files[picker_file_of_block (self, block)];

  return f->first_piece + (block - f->first_block) * BLOCK_LEAVES / self->piece_leaves;
}

/* To the end of the piece that begins in or before @block. */
static uint32_t
piece_end (ShoalPicker *self, uint32_t block)
{
  const File *f = &self->files[picker_file_of_block (self, block)];
  uint32_t in_file = block - f->first_block;
  uint32_t blocks = MAX (1, self->piece_leaves / BLOCK_LEAVES);

  return MIN (f->first_block + (in_file / blocks + 1) * blocks,
              f->first_block + picker_n_blocks (f));
}

/* The first block that no partial source has all of, and no lane covers. */
static uint64_t
next_scarce (ShoalPicker *self, const ShoalPickerSource *source, uint64_t from, uint64_t end)
{
  uint64_t block;

  while ((block = shoal_bitmap_next (&self->open, &self->scarce, picker_hash_map (self, source),
                                     from, end)) != SHOAL_BITMAP_NONE)
    {
      const ShoalPickerSource *owner = lane_owner (self, source, (uint32_t) block);

      if (owner == NULL
          && usable_mask (self, source, picker_file_of_block (self, (uint32_t) block),
                          (uint32_t) block) != 0)
        return block;
      from = owner != NULL ? owner->lane_end : block + 1;
    }
  return SHOAL_BITMAP_NONE;
}

static uint32_t
piece_start (ShoalPicker *self, uint32_t block)
{
  uint32_t first = self->files[picker_file_of_block (self, block)].first_block;
  uint32_t blocks = MAX (1, self->piece_leaves / BLOCK_LEAVES);

  return first + (block - first) / blocks * blocks;
}

/* Our own part of the share from its start on. Then parts of others, from their
 * ends: those whose they are come from the other side, so that what is on its
 * way to them already is asked for last. */
static uint64_t
next_for_all (ShoalPicker *self, const ShoalPickerSource *source)
{
  uint64_t block = next_scarce (self, source, self->start_block, self->end_block);
  uint64_t last;

  if (block != SHOAL_BITMAP_NONE)
    return block;
  block = next_scarce (self, source, self->end_block, self->n_blocks);
  if (block == SHOAL_BITMAP_NONE)
    block = next_scarce (self, source, 0, self->start_block);
  if (block == SHOAL_BITMAP_NONE)
    return block;

  last = block;
  while (last + 1 < self->n_blocks && last - block < MAX_RUN
         && shoal_bitmap_get (&self->open, last + 1) && shoal_bitmap_get (&self->scarce, last + 1)
         && lane_owner (self, source, (uint32_t) last + 1) == NULL)
    last++;
  return MAX (block, piece_start (self, (uint32_t) last));
}

/* Of some that a partial source has, the one that fewest others have. */
static uint64_t
next_rare (ShoalPicker *self, const ShoalPickerSource *source)
{
  uint64_t best = SHOAL_BITMAP_NONE;
  uint64_t from = source->rare_from;
  uint32_t least = G_MAXUINT32;

  for (int i = 0; i < MAX_CANDIDATES && least > 1; i++)
    {
      uint64_t block = next_outside (self, source, &self->open, from, self->n_blocks);
      uint32_t n;

      if (block == SHOAL_BITMAP_NONE)
        block = next_outside (self, source, &self->open, 0, from);
      if (block == SHOAL_BITMAP_NONE)
        break;
      n = self->availability[piece_of_block (self, (uint32_t) block)];
      if (n < least)
        {
          least = n;
          best = block;
        }
      from = block + 1;
    }
  return best;
}

/* From whoever has all, what no partial source has: so that each thing leaves
 * the first sender once before it leaves it twice. From a partial source the
 * rarest of what it has. */
static gboolean
rare_lane (ShoalPicker *self, ShoalPickerSource *source)
{
  uint64_t block;

  block = source->complete ? next_for_all (self, source) : next_rare (self, source);
  if (block == SHOAL_BITMAP_NONE)
    return FALSE;
  source->rare_from = (uint32_t) block;
  set_lane (source, block, piece_end (self, (uint32_t) block));
  return TRUE;
}

/* All that is left lies in lanes of others: the later half of the one whose
 * owner will need longest. */
static gboolean
split_lane (ShoalPicker *self, ShoalPickerSource *source)
{
  ShoalPickerSource *victim = NULL;
  double longest = 0;
  uint64_t middle;

  for (guint i = 0; i < self->sources->len; i++)
    {
      ShoalPickerSource *other = picker_source (self, i);
      double time = (double) (other->lane_end - other->lane_next) / other->rate;

      if (other != source && time > longest
          && next_block (self, source, &self->open, other->lane_next, other->lane_end)
             != SHOAL_BITMAP_NONE)
        {
          longest = time;
          victim = other;
        }
    }
  if (victim == NULL)
    return FALSE;

  middle = victim->lane_next + (victim->lane_end - victim->lane_next) / 2;
  if (middle > victim->lane_next
      && next_block (self, source, &self->open, middle, victim->lane_end) != SHOAL_BITMAP_NONE)
    {
      set_lane (source, middle, victim->lane_end);
      victim->lane_end = (uint32_t) middle;
    }
  else
    set_lane (source, victim->lane_next, victim->lane_end);
  return TRUE;
}

static gboolean
new_lane (ShoalPicker *self, ShoalPickerSource *source)
{
  uint64_t block = next_around (self, source, &self->begun, self->start_block);

  /* Finish what is begun: leaves that came back, or were missing after a crash. */
  if (block != SHOAL_BITMAP_NONE)
    {
      set_lane (source, block, block + 1);
      return TRUE;
    }
  if (self->n_partial >= 2 && rare_lane (self, source))
    return TRUE;

  block = next_around (self, source, &self->open, self->start_block);
  if (block != SHOAL_BITMAP_NONE)
    {
      set_lane (source, block, lane_end_from (self, source, (uint32_t) block));
      return TRUE;
    }
  return split_lane (self, source);
}

/* --- Choosing ------------------------------------------------------------------------- */

/* The longest aligned run of at most @leaves that begins with the first leaf of
 * @usable; at the end of a file it may be cut short. */
static uint64_t
aligned_run (uint64_t usable, uint64_t full, uint32_t leaves)
{
  uint32_t first = (uint32_t) __builtin_ctzll (usable);

  for (uint32_t size = leaves; size > 1; size /= 2)
    {
      uint64_t run = picker_run (first & ~(size - 1), size) & full;

      if ((run & ~usable) == 0)
        return run;
    }
  return G_GUINT64_CONSTANT (1) << first;
}

/* Too much begun, and what is next in the lane would begin more. */
static gboolean
must_finish_others (ShoalPicker *self, uint64_t lane_block)
{
  uint64_t bound = MAX (4, self->sources->len * 3 / 2) + self->sources->len;

  return self->begun.count > bound
         && (lane_block == SHOAL_BITMAP_NONE || !shoal_bitmap_get (&self->begun, lane_block));
}

gboolean
picker_choose_fresh (ShoalPicker *self, ShoalPickerSource *source, uint32_t leaves, gint64 now,
                     Choice *choice)
{
  uint64_t block;

  if (self->open.count == 0)
    return FALSE;

  block = next_block (self, source, &self->open, source->lane_next, source->lane_end);
  if (must_finish_others (self, block) || block == SHOAL_BITMAP_NONE)
    {
      if (!new_lane (self, source))
        return FALSE;
      block = next_block (self, source, &self->open, source->lane_next, source->lane_end);
    }
  if (block == SHOAL_BITMAP_NONE)
    return FALSE;

  source->lane_next = (uint32_t) block;
  choice->block = (uint32_t) block;
  choice->file = picker_file_of_block (self, choice->block);
  choice->mask = aligned_run (usable_mask (self, source, choice->file, choice->block),
                              picker_full_mask (self, choice->file, choice->block), leaves);
  return picker_may_verify (self, source, choice->file, choice->block, now);
}

/* It has @choice, and what it sends could be verified. */
static gboolean
could_serve (ShoalPicker *self, ShoalPickerSource *source, const Choice *choice)
{
  const ShoalBitmap *hashed = picker_hash_map (self, source);

  return (picker_source_mask (self, source, choice->file, choice->block) & choice->mask)
           == choice->mask
         && (hashed == NULL || shoal_bitmap_get (hashed, choice->block));
}

/* Least expected finish: work goes where it is done first. It matters only
 * towards the end, when a slow source could hold what all then wait for. */
gboolean
picker_is_worth (ShoalPicker *self, ShoalPickerSource *source, const Choice *choice)
{
  double bytes = (double) picker_mask_bytes (self, choice->file, choice->block, choice->mask);
  double own = picker_finish_time (source, bytes);
  double rates = 0;
  double all;
  gboolean better = FALSE;

  for (guint i = 0; i < self->sources->len; i++)
    {
      ShoalPickerSource *other = picker_source (self, i);

      if (!picker_source_usable (self, other))
        continue;
      rates += other->rate;
      if (other != source && picker_finish_time (other, bytes) < own
          && could_serve (self, other, choice))
        better = TRUE;
    }
  all = (double) (self->free_bytes + self->asked_bytes) / MAX (1, rates);
  return !better || own <= all + FINISH_SLACK;
}
