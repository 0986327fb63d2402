/* shoal-picker.c: the tables: files, blocks, what is here and what is missing.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-picker-private.h"

/* --- Geometry -------------------------------------------------------------- */

static uint64_t
n_leaves (const File *file)
{
  return (file->length + SHOAL_LEAF_SIZE - 1) / SHOAL_LEAF_SIZE;
}

uint32_t
picker_n_blocks (const File *file)
{
  return (uint32_t) ((n_leaves (file) + BLOCK_LEAVES - 1) / BLOCK_LEAVES);
}

/* Empty files have no block: of several that begin at one block, the last has it. */
uint32_t
picker_file_of_block (ShoalPicker *self, uint32_t block)
{
  uint32_t low = 0;
  uint32_t high = self->n_files;

  while (high - low > 1)
    {
      uint32_t middle = low + (high - low) / 2;

      if (self->files[middle].first_block <= block)
        low = middle;
      else
        high = middle;
    }
  return low;
}

uint64_t
picker_full_mask (ShoalPicker *self, uint32_t file, uint32_t block)
{
  const File *f = &self->files[file];
  uint64_t first = (uint64_t) (block - f->first_block) * BLOCK_LEAVES;

  return picker_run (0, (uint32_t) MIN (BLOCK_LEAVES, n_leaves (f) - first));
}

uint64_t
picker_free_mask (ShoalPicker *self, uint32_t file, uint32_t block)
{
  if (!self->files[file].wanted)
    return 0;
  return picker_full_mask (self, file, block) & ~self->done[block] & ~self->taken[block];
}

uint64_t
picker_mask_bytes (ShoalPicker *self, uint32_t file, uint32_t block, uint64_t mask)
{
  const File *f = &self->files[file];
  uint64_t last = n_leaves (f) - 1;
  uint64_t bytes = (uint64_t) __builtin_popcountll (mask) * SHOAL_LEAF_SIZE;

  if (last / BLOCK_LEAVES == block - f->first_block && (mask >> (last % BLOCK_LEAVES)) & 1)
    bytes -= (last + 1) * SHOAL_LEAF_SIZE - f->length;
  return bytes;
}

void
picker_set_masks (ShoalPicker *self, uint32_t file, uint32_t block, uint64_t done, uint64_t taken)
{
  uint64_t before = picker_free_mask (self, file, block);
  uint64_t after;

  self->done[block] = done;
  self->taken[block] = taken;
  after = picker_free_mask (self, file, block);
  if (after == before)
    return;

  self->free_bytes -= picker_mask_bytes (self, file, block, before);
  self->free_bytes += picker_mask_bytes (self, file, block, after);
  shoal_bitmap_set (&self->open, block, after != 0);
  shoal_bitmap_set (&self->begun, block,
                    after != 0 && after != picker_full_mask (self, file, block));
}

/* --- Construction ---------------------------------------------------------- */

static void
lay_out (ShoalPicker *self, const ShoalPickerConfig *config)
{
  uint64_t blocks = 0;
  uint64_t pieces = 0;

  self->n_files = config->n_files;
  self->files = g_new0 (File, MAX (1, config->n_files));
  for (uint32_t i = 0; i < config->n_files; i++)
    {
      File *file = &self->files[i];

      file->length = config->files[i].length;
      file->left = n_leaves (file);
      file->wanted = config->files[i].wanted;
      file->first_block = (uint32_t) blocks;
      file->first_piece = (uint32_t) pieces;
      blocks += picker_n_blocks (file);
      pieces += (n_leaves (file) + self->piece_leaves - 1) / self->piece_leaves;
      self->total += file->length;
      self->missing += file->wanted ? file->length : 0;
    }
  /* 2³² blocks are 4 PiB, more than a share may have. */
  g_assert (blocks < G_MAXUINT32 && pieces < G_MAXUINT32);
  self->n_blocks = (uint32_t) blocks;
  self->n_pieces = (uint32_t) pieces;
}

/* The block that lies @index / @count of the way into the share. */
static uint32_t
find_start (ShoalPicker *self, uint32_t index, uint32_t count)
{
  uint64_t start = self->total / count * index;

  for (uint32_t i = 0; i < self->n_files; i++)
    {
      if (start < self->files[i].length)
        return self->files[i].first_block + (uint32_t) (start / BLOCK_BYTES);
      start -= self->files[i].length;
    }
  return self->n_blocks;
}

static void
set_part (ShoalPicker *self, uint32_t index, uint32_t count)
{
  count = MAX (1, count);
  index %= count;
  self->start_block = index > 0 ? find_start (self, index, count) : 0;
  self->end_block = index + 1 < count ? find_start (self, index + 1, count) : self->n_blocks;
}

static void
init_maps (ShoalPicker *self, const ShoalPickerConfig *config)
{
  for (uint32_t i = 0; i < self->n_files; i++)
    {
      File *file = &self->files[i];
      uint32_t end = file->first_block + picker_n_blocks (file);

      if (file->wanted)
        shoal_bitmap_set_range (&self->open, file->first_block, end, TRUE);
      if (config->files[i].has_hashes)
        shoal_bitmap_set_range (&self->hashed, file->first_block, end, TRUE);
    }
  shoal_bitmap_set_range (&self->scarce, 0, self->n_blocks, TRUE);
  self->free_bytes = self->missing;
  set_part (self, config->start_index, config->start_count);
}

ShoalPicker *
shoal_picker_new (const ShoalPickerConfig *config)
{
  ShoalPicker *self;

  g_return_val_if_fail (config->piece_length >= SHOAL_LEAF_SIZE, NULL);
  g_return_val_if_fail ((config->piece_length & (config->piece_length - 1)) == 0, NULL);

  self = g_new0 (ShoalPicker, 1);
  self->piece_leaves = config->piece_length / SHOAL_LEAF_SIZE;
  self->is_draft = config->is_draft;
  self->budget = config->budget != NULL ? shoal_budget_ref (config->budget)
                                        : shoal_budget_new (0);
  self->shaper = config->shaper != NULL ? shoal_shaper_join (config->shaper) : NULL;
  lay_out (self, config);
  self->done = g_new0 (uint64_t, self->n_blocks + 1);
  self->taken = g_new0 (uint64_t, self->n_blocks + 1);
  self->availability = g_new0 (uint16_t, self->n_pieces + 1);
  shoal_bitmap_init (&self->open, self->n_blocks);
  shoal_bitmap_init (&self->begun, self->n_blocks);
  shoal_bitmap_init (&self->hashed, self->n_blocks);
  shoal_bitmap_init (&self->scarce, self->n_blocks);
  init_maps (self, config);

  self->opened = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->groups = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->sources = g_ptr_array_new_with_free_func (picker_source_free);
  g_queue_init (&self->picks);
  return self;
}

void
shoal_picker_free (ShoalPicker *self)
{
  shoal_budget_sub_asked (self->budget, self->asked_bytes);
  shoal_budget_sub_unwritten (self->budget, self->unwritten);
  g_ptr_array_unref (self->sources);
  g_hash_table_unref (self->opened);
  g_hash_table_unref (self->groups);
  g_queue_clear_full (&self->picks, g_free);
  shoal_bitmap_clear (&self->open);
  shoal_bitmap_clear (&self->begun);
  shoal_bitmap_clear (&self->hashed);
  shoal_bitmap_clear (&self->scarce);
  g_clear_pointer (&self->shaper, shoal_shaper_leave);
  shoal_budget_unref (self->budget);
  g_free (self->availability);
  g_free (self->taken);
  g_free (self->done);
  g_free (self->files);
  g_free (self);
}

/* --- Actions ---------------------------------------------------------------- */

void
picker_push (ShoalPicker *self, ShoalPickType type, ShoalPickerSource *source, uint32_t request,
             uint32_t file, uint64_t first, uint32_t count)
{
  ShoalPick *pick = g_new (ShoalPick, 1);

  *pick = (ShoalPick){ type, source, request, file, first, count };
  g_queue_push_tail (&self->picks, pick);
}

gboolean
shoal_picker_next (ShoalPicker *self, ShoalPick *pick)
{
  g_autofree ShoalPick *first = g_queue_pop_head (&self->picks);

  if (first == NULL)
    return FALSE;
  *pick = *first;
  return TRUE;
}

/* --- What is here ----------------------------------------------------------- */

void
shoal_picker_set_done (ShoalPicker *self, uint32_t file, uint64_t first, uint64_t count)
{
  File *f = &self->files[file];

  g_return_if_fail (file < self->n_files);
  g_return_if_fail (first <= n_leaves (f) && count <= n_leaves (f) - first);

  while (count > 0)
    {
      uint32_t block = f->first_block + (uint32_t) (first / BLOCK_LEAVES);
      uint32_t bit = (uint32_t) (first % BLOCK_LEAVES);
      uint32_t n = (uint32_t) MIN (count, BLOCK_LEAVES - bit);
      uint64_t fresh = picker_run (bit, n) & ~self->done[block] & ~self->taken[block];

      f->left -= (uint64_t) __builtin_popcountll (fresh);
      if (f->wanted)
        self->missing -= picker_mask_bytes (self, file, block, fresh);
      picker_set_masks (self, file, block, self->done[block] | fresh, self->taken[block]);
      first += n;
      count -= n;
    }
}

void
shoal_picker_set_missing (ShoalPicker *self, uint32_t file, uint64_t first, uint64_t count)
{
  File *f = &self->files[file];

  g_return_if_fail (file < self->n_files);
  g_return_if_fail (first <= n_leaves (f) && count <= n_leaves (f) - first);

  while (count > 0)
    {
      uint32_t block = f->first_block + (uint32_t) (first / BLOCK_LEAVES);
      uint32_t bit = (uint32_t) (first % BLOCK_LEAVES);
      uint32_t n = (uint32_t) MIN (count, BLOCK_LEAVES - bit);
      uint64_t lost = picker_run (bit, n) & self->done[block];

      f->left += (uint64_t) __builtin_popcountll (lost);
      if (f->wanted)
        self->missing += picker_mask_bytes (self, file, block, lost);
      picker_set_masks (self, file, block, self->done[block] & ~lost, self->taken[block]);
      first += n;
      count -= n;
    }
  self->refill = TRUE;
}

uint32_t
shoal_picker_piece_of (ShoalPicker *self, uint32_t file, uint64_t leaf)
{
  return self->files[file].first_piece + (uint32_t) (leaf / self->piece_leaves);
}

gboolean
shoal_picker_has_piece (ShoalPicker *self, uint32_t piece)
{
  uint32_t file, first, end;
  uint64_t leaf, stop;
  const File *f;

  g_return_val_if_fail (piece < self->n_pieces, FALSE);

  picker_blocks_of_piece (self, piece, &first, &end);
  file = picker_file_of_block (self, first);
  f = &self->files[file];
  leaf = (uint64_t) (piece - f->first_piece) * self->piece_leaves;
  stop = MIN (leaf + self->piece_leaves, n_leaves (f));
  while (leaf < stop)
    {
      uint32_t bit = (uint32_t) (leaf % BLOCK_LEAVES);
      uint32_t n = (uint32_t) MIN (stop - leaf, BLOCK_LEAVES - bit);

      if (picker_run (bit, n) & ~self->done[f->first_block + leaf / BLOCK_LEAVES])
        return FALSE;
      leaf += n;
    }
  return TRUE;
}

/* What is on its way of a file left out may still come; it is kept. */
void
shoal_picker_set_wanted (ShoalPicker *self, uint32_t file, gboolean wanted)
{
  File *f = &self->files[file];

  g_return_if_fail (file < self->n_files);

  if (f->wanted == wanted)
    return;

  for (uint32_t i = 0; i < picker_n_blocks (f); i++)
    {
      uint32_t block = f->first_block + i;
      uint64_t full = picker_full_mask (self, file, block);
      uint64_t idle = full & ~self->done[block] & ~self->taken[block];
      uint64_t missing = picker_mask_bytes (self, file, block, full & ~self->done[block]);
      uint64_t bytes = picker_mask_bytes (self, file, block, idle);

      self->missing = wanted ? self->missing + missing : self->missing - missing;
      self->free_bytes = wanted ? self->free_bytes + bytes : self->free_bytes - bytes;
      shoal_bitmap_set (&self->open, block, wanted && idle != 0);
      shoal_bitmap_set (&self->begun, block, wanted && idle != 0 && idle != full);
    }
  f->wanted = wanted;
  self->refill = TRUE;
}

void
shoal_picker_set_paused (ShoalPicker *self, gboolean paused, gint64 now)
{
  if (self->paused == paused)
    return;

  self->paused = paused;
  if (paused)
    {
      for (guint i = 0; i < self->sources->len; i++)
        picker_cancel_all (self, picker_source (self, i), now);
    }
  else
    shoal_picker_fill (self, now);
}

/* A tenth of a second's worth, at least 64 KiB, may go out at once. */
static void
earn_tokens (ShoalPicker *self, gint64 now)
{
  double limit = (double) self->rate_limit;
  double burst = MAX (65536, 0.1 * limit);

  self->tokens = MIN (burst, self->tokens + limit * (double) (now - self->tokens_at)
                                              / G_USEC_PER_SEC);
  self->tokens_at = now;
}

void
shoal_picker_set_start (ShoalPicker *self, uint32_t index, uint32_t count)
{
  set_part (self, index, count);
  for (guint i = 0; i < self->sources->len; i++)
    {
      ShoalPickerSource *source = picker_source (self, i);

      source->rare_from = self->start_block;
      source->lane_end = source->lane_next;
    }
}

void
shoal_picker_set_rate_limit (ShoalPicker *self, uint64_t limit, gint64 now)
{
  self->rate_limit = limit;
  self->tokens = 0;
  self->tokens_at = now;
}

gboolean
shoal_picker_is_done (ShoalPicker *self)
{
  return self->missing == 0;
}

static gboolean
somebody_has (ShoalPicker *self, uint32_t file, uint32_t block, uint64_t mask)
{
  for (guint i = 0; i < self->sources->len && mask != 0; i++)
    {
      ShoalPickerSource *source = picker_source (self, i);

      if (source->state != SHOAL_SOURCE_CLOSING)
        mask &= ~picker_source_mask (self, source, file, block);
    }
  return mask == 0;
}

gboolean
shoal_picker_can_get (ShoalPicker *self, uint32_t file)
{
  const File *f = &self->files[file];

  g_return_val_if_fail (file < self->n_files, FALSE);

  for (uint32_t i = 0; i < picker_n_blocks (f); i++)
    {
      uint32_t block = f->first_block + i;
      uint64_t idle = picker_full_mask (self, file, block) & ~self->done[block]
                      & ~self->taken[block];

      if (!somebody_has (self, file, block, idle))
        return FALSE;
    }
  return TRUE;
}

gboolean
shoal_picker_is_file_done (ShoalPicker *self, uint32_t file)
{
  g_return_val_if_fail (file < self->n_files, FALSE);

  return self->files[file].left == 0;
}

uint64_t
shoal_picker_get_missing (ShoalPicker *self)
{
  return self->missing;
}

uint32_t
shoal_picker_get_n_pieces (ShoalPicker *self)
{
  return self->n_pieces;
}

uint64_t
shoal_picker_get_duplicated (ShoalPicker *self)
{
  return self->duplicated;
}

void
shoal_picker_fill (ShoalPicker *self, gint64 now)
{
  /* Giving out to one can take from another, which then has room: those run on
   * at their next data or tick, so one pass is enough. */
  self->refill = FALSE;
  earn_tokens (self, now);
  picker_hashes_adopt (self, now);
  for (guint i = 0; i < self->sources->len; i++)
    picker_fill_source (self, picker_source (self, i), now);
}
