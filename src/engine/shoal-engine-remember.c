/* shoal-engine-remember.c: the hashes of what has come, kept for when it is shared.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-hash-cache.h"

#include <fcntl.h>
#include <sys/stat.h>

/* A file whose time is this new might change without showing it: it is looked at
 * later. */
#define SETTLE_US (50 * 1000)

typedef struct
{
  char     *path;  /* (owned) */
  ShoalHash root;
  uint64_t  inode;
  gint64    mtime;
} Came;

static void
clear_came (gpointer data)
{
  g_free (((Came *) data)->path);
}

typedef struct
{
  ShoalEngine *engine;  /* (owned) */
  GArray      *came;    /* (owned) of Came */
  GArray      *records; /* (owned) (nullable) of ShoalHashRecord */
  gint64       ended;   /* when the transfer did */
  gint64       now;     /* µs since 1970, when it is looked at */
} RememberJob;

static void
work_look (gpointer data)
{
  RememberJob *job = data;

  for (guint i = 0; i < job->came->len; i++)
    {
      const Came *came = &g_array_index (job->came, Came, i);
      ShoalHashRecord record = { .has_root = TRUE, .root = came->root };
      struct stat buf;

      if (lstat (came->path, &buf) != 0 || !S_ISREG (buf.st_mode))
        continue;
      record.stamp = shoal_file_stamp (&buf);
      if (record.stamp.inode == came->inode && record.stamp.mtime == came->mtime
          && !shoal_file_stamp_is_fresh (&record.stamp, job->now))
        g_array_append_val (job->records, record);
    }
}

static void
job_free (RememberJob *job)
{
  g_clear_pointer (&job->records, g_array_unref);
  g_array_unref (job->came);
  g_object_unref (job->engine);
  g_free (job);
}

static void
done_look (gpointer data)
{
  RememberJob *job = data;

  if (!job->engine->stopping && job->records->len > 0)
    shoal_hash_cache_put (job->engine->database, g_steal_pointer (&job->records), NULL, NULL);
  job_free (job);
}

void
shoal_get_remember_hashes (ShoalTransfer *transfer)
{
  ShoalDownload *download = transfer->download;
  ShoalPieceStore *store = shoal_download_get_store (download);
  ShoalDescription *described = shoal_download_get_description (download);
  ShoalDescription *final
    = shoal_description_is_draft (described) ? shoal_download_get_final (download) : described;
  const char *folder = shoal_piece_store_get_destination (store);
  RememberJob *job;

  if (final == NULL || transfer->stored->kind != SHOAL_STORED_FILES)
    return;

  job = g_new0 (RememberJob, 1);
  job->engine = g_object_ref (transfer->engine);
  job->records = shoal_hash_records_new ();
  job->came = g_array_new (FALSE, FALSE, sizeof (Came));
  g_array_set_clear_func (job->came, clear_came);
  for (uint32_t i = 0; i < shoal_description_get_n_files (described); i++)
    {
      const ShoalFile *file = shoal_description_get_file (described, i);
      Came came = { 0 };
      uint32_t index;

      if (file->length == 0 || !shoal_description_find_path (final, file->path, &index)
          || !shoal_piece_store_get_final (store, i, &came.inode, &came.mtime))
        continue;
      came.root = shoal_description_get_file (final, index)->key;
      came.path = g_build_filename (folder, shoal_piece_store_get_path (store, i), NULL);
      g_array_append_val (job->came, came);
    }
  job->ended = shoal_runtime_now (engine_runtime (transfer->engine));
  g_ptr_array_add (transfer->engine->remembering, job);
}

void
shoal_engine_tend_remembered (ShoalEngine *self, gint64 now)
{
  for (guint i = self->remembering->len; i-- > 0;)
    {
      RememberJob *job = g_ptr_array_index (self->remembering, i);

      if (now - job->ended < SETTLE_US)
        continue;
      g_ptr_array_remove_index_fast (self->remembering, i);
      job->now = shoal_runtime_wall_time (engine_runtime (self));
      shoal_runtime_submit (engine_runtime (self), SHOAL_POOL_DISK, work_look, done_look, job);
    }
}

void
shoal_engine_forget_remembered (ShoalEngine *self)
{
  while (self->remembering->len > 0)
    {
      RememberJob *job
        = g_ptr_array_steal_index_fast (self->remembering, self->remembering->len - 1);

      job_free (job);
    }
}
