/* shoal-piece-store-finish.c: when all files are final: folders, their times, committed
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"

typedef struct
{
  char    *path; /* (owned) */
  gboolean has_mtime;
  gint64   mtime;
} FolderItem;

typedef struct
{
  ShoalPieceStore  *store;
  GArray           *items; /* (owned) of FolderItem */
  const ShoalDisk  *disk;
  ShoalFolderCache *folders;
  gboolean          make;
  gboolean          is_remote;
  int               saved_errno;
  char             *failed; /* (owned) (nullable) */
} FinishJob;

static void
clear_item (gpointer data)
{
  g_free (((FolderItem *) data)->path);
}

/* All must exist before the first gets its time: making one inside changes it. */
static gboolean
make_folders (FinishJob *job)
{
  for (guint i = 0; i < job->items->len; i++)
    {
      FolderItem *item = &g_array_index (job->items, FolderItem, i);
      g_autoptr (ShoalOpenFolder) folder = shoal_folder_cache_get (job->folders, item->path,
                                                                   job->make);

      if (folder != NULL || (!job->make && errno == ENOENT))
        continue;
      job->saved_errno = errno;
      job->failed = g_strdup (item->path);
      return FALSE;
    }
  return TRUE;
}

static void
set_times (FinishJob *job)
{
  for (guint i = 0; i < job->items->len; i++)
    {
      FolderItem *item = &g_array_index (job->items, FolderItem, i);
      struct timespec times[2];
      g_autoptr (ShoalOpenFolder) folder = shoal_folder_cache_get (job->folders, item->path, FALSE);

      if (folder == NULL)
        continue;
      shoal_part_make_times (item->mtime, times);
      /* A disk that keeps no times loses no data. */
      if (item->has_mtime)
        (void) !job->disk->futimens (folder->fd, times);
      if (job->is_remote)
        job->disk->fsync (folder->fd);
    }
}

static void
finish_work (gpointer data)
{
  FinishJob *job = data;

  if (job->items->len == 0 || !make_folders (job))
    return;
  set_times (job);
  if (!job->is_remote && job->disk->syncfs (shoal_folder_cache_get_root (job->folders)) != 0)
    job->saved_errno = errno;
}

static const GError *
first_failure (ShoalPieceStore *self)
{
  for (guint i = 0; i < self->n_files; i++)
    if (self->files[i].error != NULL)
      return self->files[i].error;
  return NULL;
}

static void
finish_done (gpointer data)
{
  FinishJob *job = data;
  ShoalPieceStore *self = job->store;
  g_autoptr (GError) error = NULL;

  self->is_finishing = FALSE;
  if (shoal_piece_store_is_active (self))
    {
      if (job->saved_errno != 0 && shoal_errno_is_full (job->saved_errno))
        shoal_piece_store_pause (self, job->saved_errno);
      else
        {
          if (job->saved_errno != 0)
            shoal_error_set_errno (&error, job->saved_errno, "make the folder “%s” in %s",
                                   job->failed != NULL ? job->failed : "", self->destination);
          else if (self->n_failed > 0)
            error = g_error_copy (first_failure (self));
          shoal_piece_store_set_state (self,
                                       error != NULL ? SHOAL_PIECE_STORE_STATE_FAILED
                                                     : SHOAL_PIECE_STORE_STATE_COMMITTED,
                                       error, 0);
        }
    }
  g_array_unref (job->items);
  g_free (job->failed);
  g_free (job);
  shoal_piece_store_end_job (self);
}

static void
start_finish (ShoalPieceStore *self)
{
  FinishJob *job = g_new0 (FinishJob, 1);

  job->store = self;
  job->disk = self->disk;
  job->folders = self->folders;
  job->is_remote = self->probe.is_remote;
  /* Of a part of the share, only the folders that hold some of it. */
  job->make = self->chosen == NULL && self->claimed;
  job->items = g_array_new (FALSE, TRUE, sizeof (FolderItem));
  g_array_set_clear_func (job->items, clear_item);
  for (guint i = 0; i < self->n_files; i++)
    {
      const ShoalStoreFile *file = &self->files[i];
      FolderItem item = { .has_mtime = file->has_mtime, .mtime = file->mtime };

      if (!file->is_folder)
        continue;
      item.path = g_strdup (shoal_piece_store_get_path (self, i));
      g_array_append_val (job->items, item);
    }
  shoal_folder_cache_forget (self->folders);
  self->is_finishing = TRUE;
  shoal_piece_store_submit (self, SHOAL_POOL_DISK, finish_work, finish_done, job);
}

void
shoal_piece_store_finish (ShoalPieceStore *self)
{
  if (self->is_finishing || self->n_partial > 0 || !shoal_piece_store_is_active (self))
    return;
  if (!self->claimed && (self->n_unsettled > 0 || self->n_failed == 0))
    /* Nothing but empty files and folders. */
    shoal_piece_store_claim (self);
  else if (self->n_unsettled == 0 && self->n_write_jobs == 0 && !self->is_settling
           && !self->is_saving && !self->is_claiming
           && self->state == SHOAL_PIECE_STORE_STATE_RUNNING)
    start_finish (self);
}
