/* shoal-picker-hashes.c: which leaf hashes are needed, and from whom.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-picker-private.h"

/* Blocks looked at ahead of a lane: eight groups of a large file. */
#define AHEAD_BLOCKS 64u

/* --- Groups -------------------------------------------------------------------- */

static uint32_t
group_block (ShoalPicker *self, uint32_t file, uint32_t block)
{
  uint32_t first = self->files[file].first_block;

  return first + (block - first) / GROUP_BLOCKS * GROUP_BLOCKS;
}

static Group *
get_group (ShoalPicker *self, uint32_t file, uint32_t block, gboolean create)
{
  uint32_t first = group_block (self, file, block);
  Group *group = g_hash_table_lookup (self->groups, GUINT_TO_POINTER (first));

  if (group == NULL && create)
    {
      const File *f = &self->files[file];
      uint64_t leaves = (f->length + SHOAL_LEAF_SIZE - 1) / SHOAL_LEAF_SIZE;
      uint64_t leaf = (uint64_t) (first - f->first_block) * BLOCK_LEAVES;

      group = g_new0 (Group, 1);
      group->first_block = first;
      group->file = file;
      group->leaves = (uint32_t) MIN (SHOAL_LEAVES_PER_GROUP, leaves - leaf);
      g_hash_table_insert (self->groups, GUINT_TO_POINTER (first), group);
    }
  return group;
}

static void
put_group (ShoalPicker *self, Group *group)
{
  if (group->source == NULL && group->unverified == 0)
    g_hash_table_remove (self->groups, GUINT_TO_POINTER (group->first_block));
}

void
picker_add_unverified (ShoalPicker *self, uint32_t file, uint32_t block, gint64 bytes)
{
  Group *group;

  if (bytes == 0 || shoal_bitmap_get (&self->hashed, block))
    return;
  group = get_group (self, file, block, TRUE);
  group->unverified = (uint64_t) ((gint64) group->unverified + bytes);
  self->unverified = (uint64_t) ((gint64) self->unverified + bytes);
  put_group (self, group);
}

const ShoalBitmap *
picker_hash_map (ShoalPicker *self, const ShoalPickerSource *source)
{
  return self->is_draft && !source->vouches ? &self->hashed : NULL;
}

/* --- Asking for hashes ------------------------------------------------------------- */

static gboolean
can_ask (ShoalPicker *self, const ShoalPickerSource *source, const Group *group)
{
  if (self->paused || source->paused || source->no_hashes || source->state == SHOAL_SOURCE_CLOSING
      || source->hash_requests >= MAX_HASH_REQUESTS
      || source->hash_leaves + group->leaves > MAX_HASH_LEAVES)
    return FALSE;
  if (g_hash_table_contains (source->lost_files, GUINT_TO_POINTER (group->file)))
    return FALSE;
  return picker_source_mask (self, source, group->file, group->first_block) != 0
         || shoal_bitmap_next (&source->blocks, NULL, NULL, group->first_block,
                               group->first_block + (group->leaves - 1) / BLOCK_LEAVES + 1)
              != SHOAL_BITMAP_NONE;
}

/* @source itself, or whoever of the others is least occupied. */
static ShoalPickerSource *
choose_source (ShoalPicker *self, ShoalPickerSource *source, const Group *group)
{
  ShoalPickerSource *best = NULL;

  if (source != NULL && source != group->last && source->state == SHOAL_SOURCE_ACTIVE
      && can_ask (self, source, group))
    return source;
  for (guint i = 0; i < self->sources->len; i++)
    {
      ShoalPickerSource *other = picker_source (self, i);

      if (!can_ask (self, other, group))
        continue;
      if (best == NULL || best == group->last
          || (other != group->last
              && (other->state < best->state
                  || (other->state == best->state && other->hash_leaves < best->hash_leaves))))
        best = other;
    }
  return best;
}

static gboolean
ask_group (ShoalPicker *self, ShoalPickerSource *source, Group *group, gint64 now)
{
  const File *f = &self->files[group->file];
  ShoalPickerSource *from = choose_source (self, source, group);

  if (from == NULL)
    return FALSE;
  group->source = from;
  group->since = now;
  from->hash_requests++;
  from->hash_leaves += group->leaves;
  picker_push (self, SHOAL_PICK_HASHES, from, 0, group->file,
               (uint64_t) (group->first_block - f->first_block) * BLOCK_LEAVES, group->leaves);
  return TRUE;
}

/* The one asked does not answer, or has: its place is free. */
static void
unask_group (Group *group)
{
  if (group->source == NULL)
    return;
  group->source->hash_requests--;
  group->source->hash_leaves -= group->leaves;
  group->last = group->source;
  group->source = NULL;
}

gboolean
picker_may_verify (ShoalPicker *self, ShoalPickerSource *source, uint32_t file, uint32_t block,
                   gint64 now)
{
  Group *group;
  gboolean asked;

  if (shoal_bitmap_get (&self->hashed, block))
    return TRUE;
  if (self->unverified + BLOCK_BYTES > MAX_UNVERIFIED)
    return FALSE;
  if (self->is_draft)
    return source->vouches;

  group = get_group (self, file, block, TRUE);
  asked = group->source != NULL || ask_group (self, source, group, now);
  put_group (self, group);
  return asked;
}

/* Hashes for what @source will be asked soon, so that no data waits for them. */
void
picker_hashes_ahead (ShoalPicker *self, ShoalPickerSource *source, gint64 now)
{
  const ShoalBitmap *own = source->has_maps ? &source->blocks : NULL;
  uint64_t block = source->lane_next;
  uint64_t end = MIN (block + AHEAD_BLOCKS, self->n_blocks);

  if (self->is_draft || self->hashed.count == self->n_blocks
      || !picker_source_usable (self, source))
    return;

  while (source->hash_leaves < MAX_HASH_LEAVES && source->hash_requests < MAX_HASH_REQUESTS
         && (block = shoal_bitmap_next (&self->open, own, NULL, block, end)) != SHOAL_BITMAP_NONE)
    {
      uint32_t file = picker_file_of_block (self, (uint32_t) block);
      Group *group;

      if (!shoal_bitmap_get (&self->hashed, block))
        {
          group = get_group (self, file, (uint32_t) block, TRUE);
          if (group->source == NULL && !ask_group (self, source, group, now))
            {
              put_group (self, group);
              return;
            }
        }
      block = MIN (group_block (self, file, (uint32_t) block) + GROUP_BLOCKS,
                   self->files[file].first_block + picker_n_blocks (&self->files[file]));
    }
}

/* Data is on its way that nobody is asked to vouch for: ask somebody. */
void
picker_hashes_adopt (ShoalPicker *self, gint64 now)
{
  GHashTableIter iter;
  Group *group;

  if (!self->orphans || self->is_draft)
    return;
  self->orphans = FALSE;
  g_hash_table_iter_init (&iter, self->groups);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &group))
    {
      if (group->source == NULL && !ask_group (self, NULL, group, now))
        self->orphans = TRUE;
    }
}

void
picker_hashes_tick (ShoalPicker *self, gint64 now)
{
  GHashTableIter iter;
  Group *group;

  g_hash_table_iter_init (&iter, self->groups);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &group))
    {
      if (group->source != NULL && now - group->since > HASH_TIMEOUT_US)
        {
          unask_group (group);
          self->orphans = TRUE;
        }
    }
}

void
picker_hashes_forget (ShoalPicker *self, ShoalPickerSource *source)
{
  GHashTableIter iter;
  Group *group;

  g_hash_table_iter_init (&iter, self->groups);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &group))
    {
      if (group->source == source)
        {
          unask_group (group);
          self->orphans = TRUE;
        }
      if (group->last == source)
        group->last = NULL;
    }
}

/* --- Answers -------------------------------------------------------------------------- */

void
shoal_picker_have_hashes (ShoalPicker *self, uint32_t file, uint64_t first, uint64_t count,
                          gint64 now)
{
  const File *f = &self->files[file];
  uint32_t n_blocks;

  g_return_if_fail (file < self->n_files);
  n_blocks = picker_n_blocks (f);
  g_return_if_fail (first % SHOAL_LEAVES_PER_GROUP == 0);

  for (uint64_t leaf = first; leaf < first + count; leaf += SHOAL_LEAVES_PER_GROUP)
    {
      uint64_t in_file = leaf / BLOCK_LEAVES;
      uint32_t block;
      Group *group;

      if (in_file >= n_blocks)
        break;
      block = f->first_block + (uint32_t) in_file;
      group = get_group (self, file, block, FALSE);
      if (group != NULL)
        {
          unask_group (group);
          self->unverified -= group->unverified;
          g_hash_table_remove (self->groups, GUINT_TO_POINTER (block));
        }
      shoal_bitmap_set_range (&self->hashed, block,
                              MIN (block + GROUP_BLOCKS, f->first_block + n_blocks), TRUE);
    }
  shoal_picker_fill (self, now);
}

void
shoal_picker_forget_hashes (ShoalPicker *self, uint32_t file)
{
  File *f = &self->files[file];

  g_return_if_fail (file < self->n_files);

  /* Nothing of it is on its way: it was all here, and was wrong. */
  shoal_bitmap_set_range (&self->hashed, f->first_block, f->first_block + picker_n_blocks (f),
                          FALSE);
}

void
shoal_picker_reject_hashes (ShoalPicker *self, ShoalPickerSource *source, uint32_t file,
                            uint64_t first, gint64 now)
{
  Group *group;

  g_return_if_fail (file < self->n_files);
  if (first / BLOCK_LEAVES >= picker_n_blocks (&self->files[file]))
    return;

  group = get_group (self, file,
                     self->files[file].first_block + (uint32_t) (first / BLOCK_LEAVES), FALSE);
  if (group != NULL && group->source == source)
    {
      unask_group (group);
      self->orphans = TRUE;
    }
  /* Whoever has all of a file and cannot prove it has something else; one that
   * is fetching it may have the data and not the tree. */
  if (source->complete)
    shoal_picker_source_lose_file (self, source, file, now);
  else
    source->no_hashes = TRUE;
  shoal_picker_fill (self, now);
}
