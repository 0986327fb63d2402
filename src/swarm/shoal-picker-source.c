/* shoal-picker-source.c: sources: what they have, how they do, when they fail.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-picker-private.h"

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

void
picker_blocks_of_piece (ShoalPicker *self, uint32_t piece, uint32_t *first, uint32_t *end)
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

  picker_blocks_of_piece (self, piece, &first, &end);
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
shoal_picker_source_close (ShoalPickerSource *source)
{
  source->state = SHOAL_SOURCE_CLOSING;
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
