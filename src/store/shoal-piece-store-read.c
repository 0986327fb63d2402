/* shoal-piece-store-read.c: verified leaves, while the rest still comes
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"

#include "shoal-merkle.h"
#include "shoal-sha256.h"

#include <fcntl.h>

typedef struct
{
  ShoalPieceStore  *store;
  guint             file;
  uint64_t          offset;
  size_t            size;
  ShoalPart        *part;    /* (owned) (nullable) */
  char             *path;    /* (owned) */
  const ShoalDisk  *disk;
  ShoalFolderCache *folders;
  uint64_t          inode;
  gint64            mtime;   /* 0: still written to */
  GBytes           *data;    /* (owned) (nullable) */
  const ShoalDestination *probe;
  gboolean          wants_hashes;
  ShoalHash        *hashes;  /* (owned) (nullable) */
  guint             n_hashes;
  GError           *error;   /* (owned) (nullable) */
  ShoalReadDone     read_done;
  ShoalHashesDone   hashes_done;
  gpointer          user_data;
} ReadJob;

/* --- On a worker --------------------------------------------------------- */

static gboolean
read_bytes (ReadJob *job)
{
  g_autofree char *buffer = NULL;
  struct stat stat;
  ssize_t got;

  if (job->part == NULL)
    job->part = shoal_part_open (job->disk, job->folders, job->path, O_RDONLY, job->inode,
                                 job->probe);
  if (job->part == NULL)
    return FALSE;
  buffer = g_malloc (job->size);
  got = shoal_part_read (job->part, buffer, job->size, job->offset);
  if (got < 0 || job->disk->fstat (job->part->fd, &stat) != 0)
    return FALSE;
  /* After the reading: a change before or during it shows. */
  if ((size_t) got != job->size
      || (job->mtime != 0 && shoal_part_stamp (&stat).mtime != job->mtime))
    {
      errno = ESTALE;
      return FALSE;
    }
  job->data = g_bytes_new_take (g_steal_pointer (&buffer), job->size);
  return TRUE;
}

static void
read_work (gpointer data)
{
  ReadJob *job = data;

  if (!read_bytes (job))
    {
      if (errno == ESTALE || errno == ENOENT || errno == ELOOP || errno == ENOTDIR)
        shoal_error_set (&job->error, SHOAL_ERROR_CHANGED, SHOAL_SIDE_HERE, NULL,
                         "“%s” was changed or taken away after it was received", job->path);
      else
        shoal_error_set_errno (&job->error, errno, "read “%s”", job->path);
      return;
    }
  if (job->wants_hashes)
    {
      job->hashes = g_new (ShoalHash, shoal_merkle_n_leaves (job->size));
      job->n_hashes
        = (guint) shoal_sha256_leaves (g_bytes_get_data (job->data, NULL), job->size, job->hashes);
    }
}

/* --- Results ------------------------------------------------------------- */

static void
answer (ReadJob *job)
{
  if (job->read_done != NULL)
    job->read_done (job->store, job->data, job->error, job->user_data);
  if (job->hashes_done != NULL)
    job->hashes_done (job->store, job->hashes, job->n_hashes, job->error, job->user_data);
  g_clear_pointer (&job->data, g_bytes_unref);
  g_clear_pointer (&job->part, shoal_part_unref);
  g_clear_error (&job->error);
  g_free (job->hashes);
  g_free (job->path);
  g_free (job);
}

static void
read_done (gpointer data)
{
  ReadJob *job = data;
  ShoalPieceStore *self = job->store;

  answer (job);
  shoal_piece_store_end_job (self);
}

static void
on_answer (gpointer data)
{
  ReadJob *job = data;
  g_autoptr (ShoalPieceStore) self = job->store;

  answer (job);
}

static void
answer_soon (ReadJob *job, ShoalErrorCode code, const char *message)
{
  if (message != NULL)
    shoal_error_set (&job->error, code, SHOAL_SIDE_HERE, NULL, "%s", message);
  shoal_piece_store_ref (job->store);
  shoal_runtime_add_timer (job->store->runtime, 0, on_answer, job);
}

/* --- Asking -------------------------------------------------------------- */

static gboolean
can_read (ShoalPieceStore *self)
{
  return !self->wants_close
         && (self->state == SHOAL_PIECE_STORE_STATE_RUNNING
             || self->state == SHOAL_PIECE_STORE_STATE_PAUSED
             || self->state == SHOAL_PIECE_STORE_STATE_COMMITTED
             || self->state == SHOAL_PIECE_STORE_STATE_FAILED);
}

static gboolean
has_leaves (ShoalPieceStore *self, guint file, uint64_t first, uint64_t n)
{
  ShoalLeafState state;

  return file < self->n_files && n > 0 && first < shoal_piece_store_get_n_leaves (self, file)
         && n <= shoal_piece_store_get_n_leaves (self, file) - first
         && shoal_piece_store_get_run (self, file, first, &state) >= n
         && state == SHOAL_LEAF_HAVE;
}

static void
start_read (ReadJob *job)
{
  ShoalPieceStore *self = job->store;
  ShoalStoreFile *file = &self->files[job->file];
  gboolean is_final = file->state == SHOAL_FILE_STATE_FINAL || file->is_renamed;

  job->disk = self->disk;
  job->folders = self->folders;
  job->probe = &self->probe;
  if (!is_final && file->work != NULL && file->work->part != NULL)
    job->part = shoal_part_ref (file->work->part);
  if (is_final)
    {
      job->path = g_strdup (shoal_piece_store_get_path (self, job->file));
      job->mtime = file->final_mtime;
    }
  else
    job->path = shoal_piece_store_dup_part_path (self, job->file);
  job->inode = is_final || file->work == NULL ? file->inode : file->work->inode;
  shoal_piece_store_submit (self, SHOAL_POOL_DISK, read_work, read_done, job);
}

static ReadJob *
job_new (ShoalPieceStore *self, guint file, uint64_t first_leaf, uint64_t n_leaves)
{
  ReadJob *job = g_new0 (ReadJob, 1);
  uint64_t end;

  shoal_owner_thread_assert (&self->owner);
  job->store = self;
  job->file = file;
  if (file >= self->n_files || n_leaves > SHOAL_LEAVES_PER_GROUP
      || first_leaf > self->files[file].length / SHOAL_LEAF_SIZE)
    return job;
  job->offset = first_leaf * SHOAL_LEAF_SIZE;
  end = MIN (job->offset + n_leaves * SHOAL_LEAF_SIZE, self->files[file].length);
  job->size = (size_t) (end - job->offset);
  return job;
}

void
shoal_piece_store_read_async (ShoalPieceStore *self, guint file, uint64_t first_leaf,
                              guint n_leaves, ShoalReadDone done, gpointer user_data)
{
  ReadJob *job = job_new (self, file, first_leaf, n_leaves);

  job->read_done = done;
  job->user_data = user_data;
  if (!can_read (self))
    answer_soon (job, SHOAL_ERROR_CANCELLED, "The transfer was stopped");
  else if (n_leaves > SHOAL_MAX_REQUEST_LEAVES || !has_leaves (self, file, first_leaf, n_leaves))
    answer_soon (job, SHOAL_ERROR_NOT_FOUND, "This part of the file is not here");
  else
    start_read (job);
}

/* --- Hashes -------------------------------------------------------------- */

typedef struct
{
  ReadJob *read;
  gint64   row;
  uint64_t group;
  GBytes  *hashes; /* (owned) (nullable) */
} HashesJob;

static gboolean
hashes_work (sqlite3 *db, gpointer data, GError **error)
{
  HashesJob *job = data;

  /* Not found is no error, and neither is a failure: then the bytes are read. */
  job->hashes = shoal_piece_records_get_hashes (db, job->row, job->read->file, job->group, NULL);
  return TRUE;
}

static void
hashes_done (gpointer data, const GError *error)
{
  HashesJob *job = data;
  ReadJob *read = job->read;
  ShoalPieceStore *self = read->store;
  gsize size;

  if (job->hashes != NULL)
    {
      read->n_hashes = (guint) (g_bytes_get_size (job->hashes) / sizeof (ShoalHash));
      read->hashes = g_bytes_unref_to_data (job->hashes, &size);
      answer (read);
    }
  else if (can_read (self)
           && has_leaves (self, read->file, job->group * SHOAL_LEAVES_PER_GROUP,
                          shoal_merkle_group_size (self->files[read->file].length, job->group)))
    {
      /* A small file that came whole: its leaf hashes were never needed. */
      read->wants_hashes = TRUE;
      start_read (read);
    }
  else
    {
      shoal_error_set (&read->error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL,
                       "The hashes of this part of the file are not here");
      answer (read);
    }
  g_free (job);
  shoal_piece_store_end_job (self);
}

void
shoal_piece_store_get_hashes_async (ShoalPieceStore *self, guint file, uint64_t group,
                                    ShoalHashesDone done, gpointer user_data)
{
  gboolean known = file < self->n_files && shoal_piece_store_knows_group (self, file, group);
  uint64_t first = known ? group * SHOAL_LEAVES_PER_GROUP : 0;
  guint n_leaves = known ? shoal_merkle_group_size (self->files[file].length, group) : 0;
  ReadJob *read = job_new (self, file, first, n_leaves);
  HashesJob *job;

  read->hashes_done = done;
  read->user_data = user_data;
  if (!can_read (self))
    {
      answer_soon (read, SHOAL_ERROR_CANCELLED, "The transfer was stopped");
      return;
    }
  if (!known)
    {
      answer_soon (read, SHOAL_ERROR_NOT_FOUND,
                   "The hashes of this part of the file are not here");
      return;
    }
  if (n_leaves == 1 && self->files[file].length <= SHOAL_LEAF_SIZE)
    {
      read->hashes = g_memdup2 (&self->files[file].root, sizeof (ShoalHash));
      read->n_hashes = 1;
      answer_soon (read, SHOAL_ERROR_FAILED, NULL);
      return;
    }
  job = g_new0 (HashesJob, 1);
  job->read = read;
  job->row = self->row;
  job->group = group;
  shoal_piece_store_query (self, SHOAL_DATABASE_READ, hashes_work, hashes_done, job);
}
