/* shoal-piece-store-small.c: whole small files, many in one job
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"

#include "shoal-merkle.h"
#include "shoal-sha256.h"

#include <fcntl.h>
#include <string.h>

#define MAX_FILE_JOBS 3

struct _ShoalFilesWrite
{
  ShoalWholeFile     *files;   /* (owned), their data too */
  gboolean           *results; /* (owned) */
  gboolean           *answered; /* (owned): nothing to do for this one any more */
  gsize               n_files;
  uint64_t            bytes;
  ShoalWriteFilesDone done;    /* (nullable) */
  gpointer            user_data;
  GError             *error;   /* (owned) (nullable): the first one */
};

typedef struct
{
  guint           file;
  gsize           position;   /* in the request */
  GBytes         *data;       /* (unowned): the request's */
  uint64_t        length;
  ShoalHash       root;
  char           *path;       /* (owned) */
  char           *part_path;  /* (owned) */
  gboolean        exists;
  uint64_t        inode;
  gboolean        has_mtime;
  gint64          mtime;
  mode_t          mode;

  gboolean        is_bad, is_written, is_renamed;
  int             saved_errno;
  ShoalFileStamp  stamp;
} Item;

typedef struct
{
  ShoalPieceStore  *store;
  ShoalFilesWrite  *request; /* (owned) */
  GArray           *items;   /* (owned) of Item */
  const ShoalDisk  *disk;
  ShoalFolderCache *folders;
  const char       *token;
  guint             max_name_bytes;
  gboolean          is_trial; /* whether the disk has room again */
  const ShoalDestination *probe;
} FilesJob;

/* --- On a worker --------------------------------------------------------- */

static gboolean
verify (const Item *item)
{
  ShoalHash hashes[SHOAL_SMALL_FILE_LENGTH / SHOAL_LEAF_SIZE], root;
  gsize size;
  const void *data = g_bytes_get_data (item->data, &size);

  if (size != item->length)
    return FALSE;
  if (size == 0)
    return TRUE;
  shoal_sha256_leaves (data, size, hashes);
  shoal_merkle_root (size, 0, hashes, &root);
  return shoal_hash_equals (&root, &item->root);
}

static ShoalPart *
open_item (const FilesJob *job, Item *item)
{
  ShoalPart *part = NULL;

  if (item->exists)
    return shoal_part_open (job->disk, job->folders, item->part_path, O_RDWR, item->inode,
                            job->probe);
  for (guint i = 1; i < 100; i++)
    {
      part = shoal_part_create (job->disk, job->folders, item->part_path, 0, job->probe);
      if (part != NULL || errno != EEXIST)
        break;
      g_free (item->part_path);
      item->part_path = shoal_part_path (item->path, job->token, i, job->max_name_bytes);
      item->is_renamed = TRUE;
    }
  return part;
}

/* What is half written is taken away again: another try makes it anew. */
static void
remove_item (const FilesJob *job, const Item *item)
{
  g_autofree char *parent = shoal_beneath_parent (item->part_path);
  g_autoptr (ShoalOpenFolder) folder = shoal_folder_cache_get (job->folders, parent, FALSE);

  if (folder != NULL)
    job->disk->unlinkat (folder->fd, shoal_beneath_name (item->part_path), 0);
}

static gboolean
fill_item (const FilesJob *job, ShoalPart *part, Item *item)
{
  gsize size;
  const void *data = g_bytes_get_data (item->data, &size);
  struct iovec vector = { (void *) data, size };
  struct timespec times[2];
  struct stat stat;

  if (size > 0 && !shoal_part_write (part, &vector, 1, 0))
    return FALSE;
  /* A disk that keeps neither times nor modes loses no data. */
  shoal_part_make_times (item->mtime, times);
  if (item->has_mtime)
    (void) !job->disk->futimens (part->fd, times);
  (void) !job->disk->fchmod (part->fd, item->mode);
  if (job->disk->fstat (part->fd, &stat) != 0)
    return FALSE;
  item->stamp = shoal_part_stamp (&stat);
  return TRUE;
}

static void
write_item (const FilesJob *job, Item *item)
{
  g_autoptr (ShoalPart) part = NULL;

  if (!verify (item))
    {
      item->is_bad = TRUE;
      return;
    }
  part = open_item (job, item);
  if (part == NULL)
    {
      item->saved_errno = errno;
      return;
    }
  item->is_written = fill_item (job, part, item);
  if (!item->is_written)
    {
      item->saved_errno = errno;
      remove_item (job, item);
    }
}

static void
files_work (gpointer data)
{
  FilesJob *job = data;

  for (guint i = 0; i < job->items->len; i++)
    {
      Item *item = &g_array_index (job->items, Item, i);

      write_item (job, item);
      if (shoal_errno_is_full (item->saved_errno))
        return;
    }
}

/* --- Answering ----------------------------------------------------------- */

static void
answer (ShoalPieceStore *self, ShoalFilesWrite *request)
{
  self->pending_bytes -= request->bytes;
  if (request->done != NULL)
    request->done (self, request->files, request->results, request->n_files, request->error,
                   request->user_data);
  for (gsize i = 0; i < request->n_files; i++)
    g_bytes_unref (request->files[i].data);
  g_free (request->files);
  g_free (request->results);
  g_free (request->answered);
  g_clear_error (&request->error);
  g_free (request);
}

void
shoal_piece_store_drop_files (ShoalPieceStore *self, const GError *error)
{
  GQueue dropped = self->file_writes;
  ShoalFilesWrite *request;

  g_queue_init (&self->file_writes);
  while ((request = g_queue_pop_head (&dropped)) != NULL)
    {
      if (request->error == NULL)
        request->error = g_error_copy (error);
      answer (self, request);
    }
}

static void
set_error (ShoalFilesWrite *request, const GError *error)
{
  if (request->error == NULL && error != NULL)
    request->error = g_error_copy (error);
}

static void
take_item (ShoalPieceStore *self, Item *item)
{
  ShoalStoreFile *file = &self->files[item->file];
  ShoalFileWork *work = file->work;

  /* Leaves that came singly are counted already. */
  if (work != NULL)
    self->verified_bytes -= shoal_piece_store_count_bytes (self, item->file, &work->have);
  shoal_piece_store_drop_work (self, item->file);
  self->verified_bytes += file->length;
  file->inode = item->stamp.inode;
  file->final_mtime = item->stamp.mtime;
  if (item->is_renamed)
    {
      g_free (file->part_path);
      file->part_path = g_strdup (item->part_path);
    }
  shoal_piece_store_set_file_state (self, item->file, SHOAL_FILE_STATE_COMPLETE, NULL);
  shoal_piece_store_queue_settle (self, item->file);
}

static void
take_result (ShoalPieceStore *self, ShoalFilesWrite *request, Item *item)
{
  ShoalStoreFile *file = &self->files[item->file];

  request->answered[item->position] = TRUE;
  if (file->work != NULL)
    file->work->is_opening = FALSE;
  if (file->state != SHOAL_FILE_STATE_PARTIAL)
    {
      request->results[item->position] = file->state == SHOAL_FILE_STATE_COMPLETE
                                         || file->state == SHOAL_FILE_STATE_FINAL;
      set_error (request, file->error);
    }
  else if (item->is_written)
    {
      request->results[item->position] = TRUE;
      take_item (self, item);
    }
  else if (item->is_bad)
    request->results[item->position] = FALSE;
  else if (item->exists && (item->saved_errno == ENOENT || item->saved_errno == ESTALE
                            || item->saved_errno == ELOOP))
    {
      shoal_piece_store_lose_file (self, item->file);
      request->answered[item->position] = FALSE;
    }
  else if (item->saved_errno == 0 || shoal_errno_is_full (item->saved_errno))
    request->answered[item->position] = FALSE;
  else
    {
      shoal_piece_store_fail_file_errno (self, item->file, item->saved_errno, "write");
      set_error (request, file->error);
    }
}

static void
clear_item (gpointer data)
{
  Item *item = data;

  g_free (item->path);
  g_free (item->part_path);
}

static void
files_done (gpointer data)
{
  FilesJob *job = data;
  ShoalPieceStore *self = job->store;
  ShoalFilesWrite *request = job->request;
  gboolean again = FALSE;
  int full = 0;

  self->n_write_jobs--;
  self->is_trying = FALSE;
  for (guint i = 0; i < job->items->len; i++)
    {
      Item *item = &g_array_index (job->items, Item, i);

      if (shoal_errno_is_full (item->saved_errno))
        full = item->saved_errno;
      take_result (self, request, item);
    }
  for (gsize i = 0; i < request->n_files; i++)
    again |= !request->answered[i];

  if (full != 0)
    shoal_piece_store_pause (self, full);
  else if (job->is_trial)
    shoal_piece_store_found_room (self);
  if (again)
    g_queue_push_head (&self->file_writes, request);
  else
    answer (self, request);

  g_array_unref (job->items);
  g_free (job);
  shoal_piece_store_end_job (self);
}

/* --- Dispatch ------------------------------------------------------------ */

/* Settles those that need no job. TRUE if all others can be checked now. */
static gboolean
prepare (ShoalPieceStore *self, ShoalFilesWrite *request)
{
  gboolean ready = TRUE;

  for (gsize i = 0; i < request->n_files; i++)
    {
      const ShoalStoreFile *file = &self->files[request->files[i].file];

      if (request->answered[i])
        continue;
      if (file->state != SHOAL_FILE_STATE_PARTIAL)
        {
          request->answered[i] = TRUE;
          request->results[i] = file->state == SHOAL_FILE_STATE_COMPLETE
                                || file->state == SHOAL_FILE_STATE_FINAL;
          set_error (request, file->error);
          continue;
        }
      if (file->work != NULL && (file->work->is_opening || file->work->checking.count > 0))
        ready = FALSE;
      /* In a draft the root follows from the leaf hashes, all in one group. */
      if (file->has_root || file->is_computed)
        continue;
      if (shoal_piece_store_is_adding (self, request->files[i].file, 0))
        {
          ready = FALSE;
          continue;
        }
      request->answered[i] = TRUE;
      if (request->error == NULL)
        shoal_error_set (&request->error, SHOAL_ERROR_INVALID, SHOAL_SIDE_NONE, NULL,
                         "The hashes of “%s” are not known", file->path);
    }
  return ready;
}

static void
add_item (ShoalPieceStore *self, FilesJob *job, gsize position)
{
  guint index = job->request->files[position].file;
  ShoalStoreFile *file = &self->files[index];
  ShoalFileWork *work = shoal_piece_store_ensure_work (self, index);
  Item item = {
    .file = index,
    .position = position,
    .data = job->request->files[position].data,
    .length = file->length,
    .root = file->root,
    .path = g_strdup (shoal_piece_store_get_path (self, index)),
    .part_path = shoal_piece_store_dup_part_path (self, index),
    .has_mtime = file->has_mtime,
    .mtime = file->mtime,
    .mode = shoal_piece_store_get_mode (self, index),
    .exists = work->exists,
    .inode = work->inode,
  };

  /* The same file twice in one request: the second waits for the first. */
  if (work->is_opening)
    {
      clear_item (&item);
      return;
    }
  work->is_opening = TRUE;
  g_array_append_val (job->items, item);
}

static void
start_job (ShoalPieceStore *self, ShoalFilesWrite *request)
{
  FilesJob *job = g_new0 (FilesJob, 1);

  job->store = self;
  job->request = request;
  job->items = g_array_new (FALSE, FALSE, sizeof (Item));
  g_array_set_clear_func (job->items, clear_item);
  job->disk = self->disk;
  job->folders = self->folders;
  job->token = self->token;
  job->max_name_bytes = self->probe.max_name_bytes;
  job->is_trial = self->is_trying;
  job->probe = &self->probe;
  for (gsize i = 0; i < request->n_files; i++)
    if (!request->answered[i])
      add_item (self, job, i);
  self->n_write_jobs++;
  shoal_piece_store_submit (self, SHOAL_POOL_DISK, files_work, files_done, job);
}

static gboolean
is_over (const ShoalFilesWrite *request)
{
  for (gsize i = 0; i < request->n_files; i++)
    if (!request->answered[i])
      return FALSE;
  return TRUE;
}

void
shoal_piece_store_pump_files (ShoalPieceStore *self)
{
  GQueue over = G_QUEUE_INIT;
  ShoalFilesWrite *request;
  GList *next;

  if (self->file_writes.length == 0)
    return;
  if (!self->claimed && shoal_piece_store_is_active (self))
    {
      shoal_piece_store_claim (self);
      return;
    }
  for (GList *link = self->file_writes.head; link != NULL; link = next)
    {
      gboolean ready;

      next = link->next;
      request = link->data;
      ready = prepare (self, request);
      if (is_over (request))
        {
          g_queue_unlink (&self->file_writes, link);
          g_queue_push_tail_link (&over, link);
        }
      else if (ready && self->n_write_jobs < MAX_FILE_JOBS
               && (self->state == SHOAL_PIECE_STORE_STATE_RUNNING
                   || (self->is_trying && self->n_write_jobs == 0)))
        {
          g_queue_delete_link (&self->file_writes, link);
          start_job (self, request);
        }
    }
  while ((request = g_queue_pop_head (&over)) != NULL)
    answer (self, request);
}

static ShoalFilesWrite *
request_new (const ShoalWholeFile *files, gsize n_files)
{
  ShoalFilesWrite *request = g_new0 (ShoalFilesWrite, 1);

  request->files = g_memdup2 (files, n_files * sizeof *files);
  request->results = g_new0 (gboolean, n_files);
  request->answered = g_new0 (gboolean, n_files);
  request->n_files = n_files;
  for (gsize i = 0; i < n_files; i++)
    {
      g_bytes_ref (files[i].data);
      request->bytes += g_bytes_get_size (files[i].data);
    }
  return request;
}

void
shoal_piece_store_write_files_async (ShoalPieceStore *self, const ShoalWholeFile *files,
                                     gsize n_files, ShoalWriteFilesDone done, gpointer user_data)
{
  ShoalFilesWrite *request = request_new (files, n_files);

  shoal_owner_thread_assert (&self->owner);
  request->done = done;
  request->user_data = user_data;
  self->pending_bytes += request->bytes;
  if (!shoal_piece_store_is_active (self))
    shoal_error_set (&request->error, SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                     "The transfer was stopped");
  for (gsize i = 0; i < n_files; i++)
    if (request->error == NULL
        && (n_files > SHOAL_MAX_WRITE_FILES || files[i].file >= self->n_files
            || self->files[files[i].file].is_folder
            || self->files[files[i].file].length > SHOAL_SMALL_FILE_LENGTH))
      shoal_error_set (&request->error, SHOAL_ERROR_INVALID, SHOAL_SIDE_NONE, NULL,
                       "These are not small files of this share");
  if (request->error != NULL)
    for (gsize i = 0; i < n_files; i++)
      request->answered[i] = TRUE;
  g_queue_push_tail (&self->file_writes, request);
  shoal_piece_store_advance_soon (self);
}

void
shoal_piece_store_write_empty (ShoalPieceStore *self)
{
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);
  ShoalWholeFile batch[SHOAL_MAX_WRITE_FILES];
  gsize n = 0;

  self->wants_empty = FALSE;
  for (guint i = 0; i <= self->n_files; i++)
    {
      if (i < self->n_files && self->files[i].length == 0 && !self->files[i].is_folder
          && self->files[i].state == SHOAL_FILE_STATE_PARTIAL)
        batch[n++] = (ShoalWholeFile){ i, nothing };
      if (n > 0 && (n == SHOAL_MAX_WRITE_FILES || i == self->n_files))
        {
          g_queue_push_tail (&self->file_writes, request_new (batch, n));
          n = 0;
        }
    }
}
