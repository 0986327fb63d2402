/* shoal-piece-store-knowledge.c: what the picker asks
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"

#include "shoal-merkle.h"

/* --- Knowledge ----------------------------------------------------------- */

ShoalPieceStoreState
shoal_piece_store_get_state (ShoalPieceStore *self)
{
  return self->state;
}

const GError *
shoal_piece_store_get_error (ShoalPieceStore *self)
{
  return self->error;
}

guint
shoal_piece_store_get_n_files (ShoalPieceStore *self)
{
  return self->n_files;
}

ShoalFileState
shoal_piece_store_get_file_state (ShoalPieceStore *self, guint file)
{
  g_return_val_if_fail (file < self->n_files, SHOAL_FILE_STATE_SKIPPED);
  return self->files[file].state;
}

uint64_t
shoal_piece_store_get_n_leaves (ShoalPieceStore *self, guint file)
{
  g_return_val_if_fail (file < self->n_files, 0);
  return shoal_merkle_n_leaves (self->files[file].length);
}

static gboolean
is_whole (const ShoalStoreFile *file)
{
  return file->state == SHOAL_FILE_STATE_COMPLETE || file->state == SHOAL_FILE_STATE_FINAL;
}

uint64_t
shoal_piece_store_get_n_missing (ShoalPieceStore *self, guint index)
{
  const ShoalStoreFile *file = &self->files[index];

  g_return_val_if_fail (index < self->n_files, 0);
  if (is_whole (file))
    return 0;
  if (file->work == NULL)
    return shoal_merkle_n_leaves (file->length);
  return file->work->have.size - file->work->have.count - file->work->checking.count;
}

ShoalLeafState
shoal_piece_store_get_leaf (ShoalPieceStore *self, guint index, uint64_t leaf)
{
  const ShoalStoreFile *file = &self->files[index];

  g_return_val_if_fail (index < self->n_files, SHOAL_LEAF_MISSING);
  if (is_whole (file))
    return SHOAL_LEAF_HAVE;
  if (file->work == NULL)
    return SHOAL_LEAF_MISSING;
  if (shoal_leaf_set_has (&file->work->have, leaf))
    return SHOAL_LEAF_HAVE;
  return shoal_leaf_set_has (&file->work->checking, leaf) ? SHOAL_LEAF_CHECKING
                                                          : SHOAL_LEAF_MISSING;
}

uint64_t
shoal_piece_store_get_run (ShoalPieceStore *self, guint index, uint64_t leaf, ShoalLeafState *state)
{
  const ShoalStoreFile *file = &self->files[index];
  uint64_t end = shoal_merkle_n_leaves (file->length);
  const ShoalFileWork *work = is_whole (file) ? NULL : file->work;

  g_return_val_if_fail (index < self->n_files && leaf < end, 1);
  *state = shoal_piece_store_get_leaf (self, index, leaf);
  if (work == NULL)
    return end - leaf;

  switch (*state)
    {
    case SHOAL_LEAF_HAVE:
      return shoal_leaf_set_find (&work->have, leaf, FALSE) - leaf;

    case SHOAL_LEAF_CHECKING:
      return shoal_leaf_set_find (&work->checking, leaf, FALSE) - leaf;

    case SHOAL_LEAF_MISSING:
    default:
      return MIN (shoal_leaf_set_find (&work->have, leaf, TRUE),
                  shoal_leaf_set_find (&work->checking, leaf, TRUE)) - leaf;
    }
}

uint64_t
shoal_piece_store_get_total_bytes (ShoalPieceStore *self)
{
  return self->total_bytes;
}

uint64_t
shoal_piece_store_get_verified_bytes (ShoalPieceStore *self)
{
  return self->verified_bytes;
}

uint64_t
shoal_piece_store_get_pending_bytes (ShoalPieceStore *self)
{
  return self->pending_bytes;
}

gboolean
shoal_piece_store_get_resumed (ShoalPieceStore *self, uint64_t *kept, uint64_t *refetched)
{
  *kept = self->kept;
  *refetched = self->refetched;
  return self->is_resume;
}

const char *
shoal_piece_store_get_path (ShoalPieceStore *self, guint file)
{
  const char *planned;

  g_return_val_if_fail (file < self->n_files, NULL);
  if (self->files[file].final_path != NULL)
    return self->files[file].final_path;
  planned = self->plan != NULL ? shoal_name_plan_get_path (self->plan, file) : NULL;
  return planned != NULL ? planned : self->files[file].path;
}

const char *
shoal_piece_store_get_destination (ShoalPieceStore *self)
{
  return self->destination;
}

const ShoalMappedName *
shoal_piece_store_get_mapped_names (ShoalPieceStore *self, gsize *n_mapped)
{
  *n_mapped = 0;
  return self->plan != NULL ? shoal_name_plan_get_mapped (self->plan, n_mapped) : NULL;
}

const ShoalDestination *
shoal_piece_store_get_probe (ShoalPieceStore *self)
{
  return &self->probe;
}

gboolean
shoal_piece_store_get_final (ShoalPieceStore *self, guint file, uint64_t *inode, gint64 *mtime)
{
  const ShoalStoreFile *one = &self->files[file];

  if (one->state != SHOAL_FILE_STATE_FINAL || !self->probe.has_inodes || one->inode == 0
      || one->final_mtime == 0)
    return FALSE;
  *inode = one->inode;
  *mtime = one->final_mtime;
  return TRUE;
}
