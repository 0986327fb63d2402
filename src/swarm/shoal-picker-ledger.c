/* shoal-picker-ledger.c: what is asked of whom, and what has come of it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-picker-private.h"

/* Every leaf of a wanted file is in exactly one place: on disk (done), free to
 * be given out, expected by one or two requests, or received and on its way to
 * the disk. The functions here move it and keep the sums true;
 * shoal_picker_check() counts them again. */

/* --- Blocks being worked on -------------------------------------------------- */

Open *
picker_get_open (ShoalPicker *self, uint32_t block, gboolean create)
{
  Open *open = g_hash_table_lookup (self->opened, GUINT_TO_POINTER (block));

  if (open == NULL && create)
    {
      open = g_new0 (Open, 1);
      g_hash_table_insert (self->opened, GUINT_TO_POINTER (block), open);
    }
  return open;
}

void
picker_put_open (ShoalPicker *self, uint32_t block)
{
  Open *open = picker_get_open (self, block, FALSE);

  if (open != NULL && open->received == 0 && open->requests == NULL)
    g_hash_table_remove (self->opened, GUINT_TO_POINTER (block));
}

uint64_t
picker_asked_mask (const Open *open)
{
  uint64_t mask = 0;

  for (const Request *r = open != NULL ? open->requests : NULL; r != NULL; r = r->next_in_block)
    mask |= r->mask;
  return mask;
}

/* --- Requests ------------------------------------------------------------------ */

void
picker_request_free (gpointer request)
{
  g_free (request);
}

static void
link_request (Request *r, Open *open)
{
  ShoalPickerSource *source = r->source;

  r->next_in_block = open->requests;
  open->requests = r;
  r->prev = source->tail;
  if (source->tail != NULL)
    source->tail->next = r;
  else
    source->head = r;
  source->tail = r;
  source->n_live++;
}

static void
unlink_request (Request *r, Open *open)
{
  ShoalPickerSource *source = r->source;
  Request **at = &open->requests;

  while (*at != r)
    at = &(*at)->next_in_block;
  *at = r->next_in_block;

  if (r->prev != NULL)
    r->prev->next = r->next;
  else
    source->head = r->next;
  if (r->next != NULL)
    r->next->prev = r->prev;
  else
    source->tail = r->prev;
  r->prev = r->next = r->next_in_block = NULL;
  source->n_live--;
}

/* A meter must not count time in which nothing was asked. */
static void
wake_source (ShoalPickerSource *source, gint64 now)
{
  if (source->idle_since == 0)
    return;
  if (source->rate_meter.started != 0)
    {
      source->rate_meter.started += now - source->idle_since;
      source->rate_meter.updated += now - source->idle_since;
    }
  source->last_grown += now - source->idle_since;
  source->idle_since = 0;
  source->progress = now;
  if (source->state != SHOAL_SOURCE_STALLED)
    source->silent_since = now;
}

void
picker_ask (ShoalPicker *self, ShoalPickerSource *source, const Choice *choice, gint64 now)
{
  Open *open = picker_get_open (self, choice->block, TRUE);
  uint64_t bytes = picker_mask_bytes (self, choice->file, choice->block, choice->mask);
  Request *r = g_new0 (Request, 1);
  File *file = &self->files[choice->file];

  g_assert ((choice->mask & (self->done[choice->block] | open->received)) == 0);

  r->source = source;
  r->id = ++source->last_id;
  r->file = choice->file;
  r->block = choice->block;
  r->first_bit = (uint32_t) __builtin_ctzll (choice->mask);
  r->count = (uint32_t) __builtin_popcountll (choice->mask);
  r->mask = choice->mask;
  r->asked = now;
  g_assert (r->mask == picker_run (r->first_bit, r->count));

  if (choice->mask & picker_asked_mask (open))
    self->duplicated += bytes;
  wake_source (source, now);
  link_request (r, open);
  g_hash_table_insert (source->requests, GUINT_TO_POINTER (r->id), r);
  source->outstanding += bytes;
  r->expected = picker_finish_time (source, 0);
  self->asked_bytes += bytes;
  self->tokens -= (double) bytes;
  if (self->shaper != NULL)
    shoal_shaper_user_spend (self->shaper, bytes);
  picker_add_unverified (self, r->file, r->block, (gint64) bytes);
  picker_set_masks (self, r->file, r->block, self->done[r->block],
                    self->taken[r->block] | r->mask);
  picker_push (self, SHOAL_PICK_REQUEST, source, r->id, r->file,
               (uint64_t) (r->block - file->first_block) * BLOCK_LEAVES + r->first_bit, r->count);
  shoal_budget_add_asked (self->budget, bytes);
}

/* @bits are not expected from @r any more. Those that nobody else was asked
 * for, and that have not come, are free again. */
static void
release (ShoalPicker *self, Request *r, uint64_t bits, gint64 now)
{
  Open *open = picker_get_open (self, r->block, FALSE);
  ShoalPickerSource *source = r->source;
  uint64_t bytes, still;

  bits &= r->mask;
  if (bits == 0)
    return;

  bytes = picker_mask_bytes (self, r->file, r->block, bits);
  r->mask &= ~bits;
  source->outstanding -= bytes;
  self->asked_bytes -= bytes;
  picker_add_unverified (self, r->file, r->block, -(gint64) bytes);
  if (r->mask == 0)
    unlink_request (r, open);
  if (source->outstanding == 0)
    source->idle_since = now;

  still = open->received | picker_asked_mask (open);
  if (bits & ~still)
    self->refill = TRUE;
  picker_set_masks (self, r->file, r->block, self->done[r->block],
                    self->taken[r->block] & ~(bits & ~still));
  picker_put_open (self, r->block);
  shoal_budget_sub_asked (self->budget, bytes);
}

void
picker_take_back (ShoalPicker *self, Request *request, gint64 now)
{
  release (self, request, request->mask, now);
}

void
picker_cancel (ShoalPicker *self, Request *request, gint64 now)
{
  picker_take_back (self, request, now);
  if (request->cancelled)
    return;
  request->cancelled = TRUE;
  picker_push (self, SHOAL_PICK_CANCEL, request->source, request->id, request->file, 0, 0);
}

void
picker_cancel_all (ShoalPicker *self, ShoalPickerSource *source, gint64 now)
{
  while (source->head != NULL)
    picker_cancel (self, source->head, now);
}

/* --- What comes in ---------------------------------------------------------------- */

/* @bits of @block have come from somebody: nobody else need send them. */
static void
drop_others (ShoalPicker *self, Open *open, const Request *from, uint64_t bits, gint64 now)
{
  Request *next;

  for (Request *r = open->requests; r != NULL; r = next)
    {
      next = r->next_in_block;
      if (r == from || (r->mask & bits) == 0)
        continue;
      /* Only a whole request can be cancelled: the rest of it stays out. */
      if ((r->mask & ~bits) == 0)
        picker_cancel (self, r, now);
      else
        release (self, r, bits, now);
    }
}

static void
receive_bits (ShoalPicker *self, Request *r, uint64_t bits, gint64 now, ShoalPickData *data)
{
  Open *open = picker_get_open (self, r->block, TRUE);
  uint64_t fresh = bits & ~self->done[r->block] & ~open->received;
  uint64_t bytes = picker_mask_bytes (self, r->file, r->block, fresh);

  /* What comes late for a file that was left out meanwhile is not kept. */
  if (!self->files[r->file].wanted && (r->mask & bits) == 0)
    fresh = bytes = 0;

  open->received |= fresh;
  picker_set_masks (self, r->file, r->block, self->done[r->block],
                    self->taken[r->block] | fresh);
  picker_add_unverified (self, r->file, r->block, (gint64) bytes);
  self->unwritten += bytes;
  drop_others (self, open, r, bits, now);
  release (self, r, bits, now);
  r->source->received += bytes;
  r->source->duplicate += picker_mask_bytes (self, r->file, r->block, bits & ~fresh);
  data->fresh = fresh >> (r->first_bit + r->received);
  picker_put_open (self, r->block);
  shoal_budget_add_unwritten (self->budget, bytes);
}

gboolean
shoal_picker_data (ShoalPicker *self, ShoalPickerSource *source, uint32_t request, uint32_t offset,
                   uint32_t count, gint64 now, ShoalPickData *data)
{
  Request *r = g_hash_table_lookup (source->requests, GUINT_TO_POINTER (request));
  uint64_t bits;

  /* A REJECT overtakes data that was queued before it: that is late, no more. */
  if (r == NULL && request != 0 && request <= source->last_id)
    {
      *data = (ShoalPickData){ 0 };
      picker_source_data (self, source, 0, now);
      return TRUE;
    }

  /* In order within the request, and no more than was asked for. */
  if (r == NULL || offset != r->received || count == 0 || count > r->count - r->received)
    return FALSE;

  bits = picker_run (r->first_bit + offset, count);
  data->file = r->file;
  data->first = (uint64_t) (r->block - self->files[r->file].first_block) * BLOCK_LEAVES
                + r->first_bit + offset;
  data->count = count;
  picker_source_data (self, source, picker_mask_bytes (self, r->file, r->block, bits), now);
  receive_bits (self, r, bits, now, data);
  r->received += count;
  data->left = r->count - r->received;
  if (r->received == r->count)
    {
      picker_take_back (self, r, now);
      picker_source_served (source, r, now);
      g_hash_table_remove (source->requests, GUINT_TO_POINTER (request));
    }

  picker_fill_source (self, source, now);
  if (self->refill)
    shoal_picker_fill (self, now);
  return TRUE;
}

gboolean
shoal_picker_rejected (ShoalPicker *self, ShoalPickerSource *source, uint32_t request,
                       ShoalReject reason, gint64 now)
{
  Request *r = g_hash_table_lookup (source->requests, GUINT_TO_POINTER (request));
  uint32_t file, block, first_piece;

  if (r == NULL)
    return FALSE;

  file = r->file;
  block = r->block;
  picker_take_back (self, r, now);
  g_hash_table_remove (source->requests, GUINT_TO_POINTER (request));

  switch (reason)
    {
    case SHOAL_REJECT_BUSY:
      source->hold_until = now + BUSY_US;
      source->cap = MAX ((double) source->outstanding / 2, MIN_DEPTH);
      if (source->state == SHOAL_SOURCE_ACTIVE)
        source->state = SHOAL_SOURCE_BUSY;
      break;

    case SHOAL_REJECT_CHANGED:
    case SHOAL_REJECT_TROUBLE:
      shoal_picker_source_lose_file (self, source, file, now);
      break;

    case SHOAL_REJECT_NOT_HERE:
      first_piece = self->files[file].first_piece
                    + (block - self->files[file].first_block) * BLOCK_LEAVES / self->piece_leaves;
      picker_source_lose (self, source, first_piece,
                          MAX (1, BLOCK_LEAVES / self->piece_leaves), now);
      break;

    case SHOAL_REJECT_CANCELLED:
    default:
      break;
    }
  shoal_picker_fill (self, now);
  return TRUE;
}

/* --- What becomes of what came ---------------------------------------------------- */

/* Takes received leaves out of their block, which lie in one block. */
static void
settle (ShoalPicker *self, uint32_t file, uint32_t block, uint64_t bits, gboolean written)
{
  Open *open = picker_get_open (self, block, FALSE);
  uint64_t bytes = picker_mask_bytes (self, file, block, bits);
  File *f = &self->files[file];

  g_assert (open != NULL && (open->received & bits) == bits);
  open->received &= ~bits;
  picker_add_unverified (self, file, block, -(gint64) bytes);
  if (written)
    {
      f->left -= (uint64_t) __builtin_popcountll (bits);
      self->missing -= f->wanted ? bytes : 0;
    }
  else
    self->refill = TRUE;
  picker_set_masks (self, file, block, self->done[block] | (written ? bits : 0),
                    self->taken[block] & ~bits);
  picker_put_open (self, block);
  self->unwritten -= bytes;
  shoal_budget_sub_unwritten (self->budget, bytes);
}

static void
settle_run (ShoalPicker *self, uint32_t file, uint64_t first, uint32_t count, gboolean written)
{
  g_assert (file < self->n_files);
  while (count > 0)
    {
      uint32_t block = self->files[file].first_block + (uint32_t) (first / BLOCK_LEAVES);
      uint32_t bit = (uint32_t) (first % BLOCK_LEAVES);
      uint32_t n = MIN (count, BLOCK_LEAVES - bit);

      settle (self, file, block, picker_run (bit, n), written);
      first += n;
      count -= n;
    }
}

void
shoal_picker_written (ShoalPicker *self, uint32_t file, uint64_t first, uint32_t count, gint64 now)
{
  settle_run (self, file, first, count, TRUE);
}

void
shoal_picker_dropped (ShoalPicker *self, uint32_t file, uint64_t first, uint32_t count, gint64 now)
{
  settle_run (self, file, first, count, FALSE);
  shoal_picker_fill (self, now);
}

ShoalBlame
shoal_picker_bad_leaf (ShoalPicker *self, ShoalPickerSource *source, uint32_t file, uint64_t leaf,
                       gint64 now)
{
  ShoalBlame blame = SHOAL_BLAME_CHANGED;

  settle_run (self, file, leaf, 1, FALSE);
  if (source != NULL)
    {
      source->bad_leaves++;
      if (!g_hash_table_contains (source->lost_files, GUINT_TO_POINTER (file)))
        {
          if (++source->bad_files > 1)
            blame = SHOAL_BLAME_BAN;
          shoal_picker_source_lose_file (self, source, file, now);
        }
    }
  shoal_picker_fill (self, now);
  return blame;
}

/* --- For tests ---------------------------------------------------------------------- */

static void
check_block (ShoalPicker *self, uint32_t file, uint32_t block, uint64_t *free_bytes,
             uint64_t *unwritten)
{
  const Open *open = picker_get_open (self, block, FALSE);
  uint64_t received = open != NULL ? open->received : 0;
  uint64_t asked = picker_asked_mask (open);
  uint64_t full = picker_full_mask (self, file, block);
  uint64_t left = picker_free_mask (self, file, block);
  uint64_t seen = 0;
  uint64_t twice = 0;

  g_assert ((self->done[block] & ~full) == 0);
  g_assert ((received & asked) == 0);
  g_assert ((self->done[block] & (received | asked)) == 0);
  g_assert (self->taken[block] == (received | asked));
  g_assert (shoal_bitmap_get (&self->open, block) == (left != 0));
  g_assert (shoal_bitmap_get (&self->begun, block) == (left != 0 && left != full));
  g_assert (open == NULL || open->requests != NULL || open->received != 0);

  for (const Request *r = open != NULL ? open->requests : NULL; r != NULL; r = r->next_in_block)
    {
      g_assert (r->mask != 0 && r->block == block && !r->cancelled);
      g_assert ((twice & r->mask) == 0); /* never three */
      twice |= seen & r->mask;
      seen |= r->mask;
      for (const Request *o = r->next_in_block; o != NULL; o = o->next_in_block)
        g_assert (o->source != r->source || (o->mask & r->mask) == 0);
    }
  *free_bytes += picker_mask_bytes (self, file, block, left);
  *unwritten += picker_mask_bytes (self, file, block, received);
}

void
shoal_picker_check (ShoalPicker *self)
{
  uint64_t free_bytes = 0;
  uint64_t unwritten = 0;
  uint64_t missing = 0;
  uint64_t asked = 0;

  for (uint32_t i = 0; i < self->n_files; i++)
    {
      File *file = &self->files[i];
      uint64_t left = 0;

      for (uint32_t j = 0; j < picker_n_blocks (file); j++)
        {
          uint32_t block = file->first_block + j;
          uint64_t need = picker_full_mask (self, i, block) & ~self->done[block];

          check_block (self, i, block, &free_bytes, &unwritten);
          left += (uint64_t) __builtin_popcountll (need);
          missing += file->wanted ? picker_mask_bytes (self, i, block, need) : 0;
        }
      g_assert (left == file->left);
    }
  for (guint i = 0; i < self->sources->len; i++)
    {
      ShoalPickerSource *source = picker_source (self, i);
      uint64_t outstanding = 0;
      uint32_t n = 0;

      for (Request *r = source->head; r != NULL; r = r->next, n++)
        outstanding += picker_mask_bytes (self, r->file, r->block, r->mask);
      g_assert (outstanding == source->outstanding && n == source->n_live);
      g_assert ((source->idle_since != 0) == (outstanding == 0));
      g_assert (source->outstanding <= MAX_DEPTH + BLOCK_BYTES);
      asked += outstanding;
    }
  g_assert (free_bytes == self->free_bytes);
  g_assert (unwritten == self->unwritten);
  g_assert (missing == self->missing);
  g_assert (asked == self->asked_bytes);
}
