/* shoal-piece-store-save.c: from time to time what was written is synced, and then noted
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"

/* The bitmap is a promise, so it is taken before the sync and stored after it:
 * it never speaks of bytes that a power cut could take away. */

#define SAVE_BYTES (256u * 1024 * 1024)
#define SAVE_INTERVAL (5 * G_TIME_SPAN_SECOND)
/* More files than this with unsynced bytes hold too many descriptors. */
#define MAX_DIRTY 64u

typedef struct
{
  guint          file;
  ShoalPart     *part;    /* (owned) */
  ShoalLeafSet   have;    /* at the time the sync began */
  char          *path;    /* (owned) (nullable) */
  int            saved_errno;
  gboolean       is_changed; /* by somebody else: the bitmap says nothing */
  ShoalFileStamp stamp;
} SaveItem;

typedef struct
{
  ShoalPieceStore *store;
  gint64           row;
  GArray          *items;   /* (owned) of SaveItem */
  GArray          *records; /* (owned) of ShoalPieceRecord */
} SaveJob;

static void
clear_item (gpointer data)
{
  SaveItem *item = data;

  g_clear_pointer (&item->part, shoal_part_unref);
  shoal_leaf_set_clear (&item->have);
  g_free (item->path);
}

static void
clear_record (gpointer data)
{
  shoal_piece_record_clear (data);
}

/* One file after the other: the disk writes them no faster at once. */
static void
sync_work (gpointer data)
{
  SaveJob *job = data;

  for (guint i = 0; i < job->items->len; i++)
    {
      SaveItem *item = &g_array_index (job->items, SaveItem, i);
      ShoalPieceRecord record = { .file = item->file };
      const ShoalDisk *disk = item->part->disk;

      if (disk->fdatasync (item->part->fd) != 0
          || shoal_part_stat (item->part, &item->stamp) != 0)
        {
          item->saved_errno = errno;
          continue;
        }
      item->is_changed = shoal_part_take_changed (item->part);
      if (item->is_changed)
        continue;
      record.stamp = item->stamp;
      record.have = shoal_leaf_set_save (&item->have);
      record.path = g_steal_pointer (&item->path);
      g_array_append_val (job->records, record);
    }
}

static gboolean
store_work (sqlite3 *db, gpointer data, GError **error)
{
  SaveJob *job = data;

  return shoal_piece_records_save (db, job->row, (const ShoalPieceRecord *) job->records->data,
                                   job->records->len, error);
}

static void
store_done (gpointer data, const GError *error)
{
  SaveJob *job = data;
  ShoalPieceStore *self = job->store;

  /* Not stored is not lost: the re-check finds it. The next save tries again. */
  if (error != NULL)
    g_debug ("bitmap not saved: %s", error->message);
  self->is_saving = FALSE;
  g_array_unref (job->items);
  g_array_unref (job->records);
  g_free (job);
  shoal_piece_store_end_job (self);
}

void
shoal_piece_store_revert (ShoalPieceStore *self, guint index)
{
  ShoalFileWork *work = self->files[index].work;
  uint64_t leaf;

  if (work == NULL)
    return;
  for (leaf = shoal_leaf_set_find (&work->have, 0, TRUE); leaf < work->have.size;
       leaf = shoal_leaf_set_find (&work->have, leaf + 1, TRUE))
    if (!shoal_leaf_set_has (&work->saved, leaf))
      {
        shoal_piece_store_leaf_lost (self, index, leaf);
        shoal_piece_store_tell_leaves (self, index, leaf, 1, SHOAL_LEAF_MISSING);
      }
  if (self->files[index].state == SHOAL_FILE_STATE_COMPLETE
      && !shoal_leaf_set_is_full (&work->have))
    shoal_piece_store_set_file_state (self, index, SHOAL_FILE_STATE_PARTIAL, NULL);
}

/* What the disk did not take stays in the page cache as if it had: read from there
 * it would verify, and the next sync says nothing any more. */
static void
discard_item (ShoalPieceStore *self, const SaveItem *item)
{
  g_autoptr (GError) error = NULL;

  shoal_error_set_errno (&error, item->saved_errno, "sync “%s” in %s",
                         shoal_piece_store_get_path (self, item->file), self->destination);
  shoal_piece_store_discard_file (self, item->file, error);
}

static void
take_item (ShoalPieceStore *self, SaveItem *item)
{
  ShoalFileWork *work = self->files[item->file].work;

  if (work == NULL || work->inode != item->part->inode)
    return;
  if (item->is_changed)
    shoal_piece_store_check_again (self, item->file);
  else if (item->saved_errno == 0)
    shoal_leaf_set_copy (&work->saved, &item->have);
  else if (shoal_errno_is_full (item->saved_errno))
    {
      shoal_piece_store_revert (self, item->file);
      shoal_piece_store_pause (self, item->saved_errno);
    }
  else
    discard_item (self, item);
}

static void
sync_done (gpointer data)
{
  SaveJob *job = data;
  ShoalPieceStore *self = job->store;

  for (guint i = 0; i < job->items->len; i++)
    take_item (self, &g_array_index (job->items, SaveItem, i));
  shoal_piece_store_query (self, SHOAL_DATABASE_WRITE, store_work, store_done, job);
  shoal_piece_store_end_job (self);
}

void
shoal_piece_store_save (ShoalPieceStore *self)
{
  SaveJob *job;

  if (self->is_saving || self->is_settling)
    return;
  shoal_runtime_clear_timer (self->runtime, &self->save_timer);
  self->unsaved_bytes = 0;

  job = g_new0 (SaveJob, 1);
  job->store = self;
  job->row = self->row;
  job->items = g_array_new (FALSE, TRUE, sizeof (SaveItem));
  g_array_set_clear_func (job->items, clear_item);
  job->records = g_array_new (FALSE, TRUE, sizeof (ShoalPieceRecord));
  g_array_set_clear_func (job->records, clear_record);
  for (guint i = 0; i < self->open_files->len; i++)
    {
      guint index = g_array_index (self->open_files, guint, i);
      ShoalStoreFile *file = &self->files[index];
      SaveItem item = { .file = index };

      if (!file->work->is_dirty || file->is_settling)
        continue;
      file->work->is_dirty = FALSE;
      item.part = shoal_part_ref (file->work->part);
      item.path = g_strdup (file->part_path);
      shoal_leaf_set_copy (&item.have, &file->work->have);
      g_array_append_val (job->items, item);
    }
  self->is_saving = TRUE;
  shoal_piece_store_submit (self, SHOAL_POOL_DISK, sync_work, sync_done, job);
}

static void
on_save_timer (gpointer user_data)
{
  ShoalPieceStore *self = user_data;

  self->save_timer = 0;
  self->unsaved_bytes = MAX (self->unsaved_bytes, SAVE_BYTES);
  shoal_piece_store_advance (self);
}

void
shoal_piece_store_schedule_save (ShoalPieceStore *self)
{
  if (self->unsaved_bytes == 0 || self->is_saving || self->is_settling)
    return;
  if (self->unsaved_bytes >= SAVE_BYTES || self->open_files->len > MAX_DIRTY)
    shoal_piece_store_save (self);
  else if (self->save_timer == 0)
    self->save_timer = shoal_runtime_add_timer (self->runtime, SAVE_INTERVAL, on_save_timer, self);
}
