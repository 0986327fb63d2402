/* shoal-piece-store-write.c: leaves come, are checked, are written
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"
#include "shoal-write-job.h"

#include "shoal-merkle.h"

/* Enough to keep the disk busy while one waits; what comes meanwhile waits in
 * the queue, where neighbours find each other. */
#define MAX_WRITE_JOBS 3
/* How far into the queue to look for neighbours. */
#define MAX_LOOK_AHEAD 256
/* Write-back is started each time so much was written, so that the sync at the
 * end finds little to do. */
#define KICK_BYTES (8u * 1024 * 1024)

/* --- Answering ----------------------------------------------------------- */

static void
answer (ShoalPieceStore *self, ShoalLeafWrite *write, const GError *error)
{
  self->pending_bytes -= g_bytes_get_size (write->data);
  if (write->done != NULL)
    write->done (self, write->file, write->first_leaf, write->good, write->bad, error,
                 write->user_data);
  g_bytes_unref (write->data);
  g_clear_pointer (&write->hashes, g_bytes_unref);
  g_clear_error (&write->error);
  g_free (write);
}

void
shoal_piece_store_drop_writes (ShoalPieceStore *self, guint file, const GError *error)
{
  GQueue dropped = G_QUEUE_INIT;
  ShoalLeafWrite *write;
  GList *next;

  for (GList *link = self->writes.head; link != NULL; link = next)
    {
      next = link->next;
      write = link->data;
      if (file != SHOAL_STORE_NO_FILE && write->file != file)
        continue;
      g_queue_unlink (&self->writes, link);
      g_queue_push_tail_link (&dropped, link);
    }
  while ((write = g_queue_pop_head (&dropped)) != NULL)
    answer (self, write, error);
}

static void
take_leaves (ShoalPieceStore *self, ShoalLeafWrite *write)
{
  uint64_t kept = write->written | (write->good & write->have);

  for (guint bit = 0; bit < write->n_leaves; bit++)
    if ((write->written >> bit & 1) != 0)
      shoal_piece_store_leaf_found (self, write->file, write->first_leaf + bit);
  write->good = kept;
}

/* FALSE if the file was lost while the job was at it: its work is void. */
static gboolean
note_part (ShoalPieceStore *self, ShoalWriteJob *job)
{
  ShoalStoreFile *file = &self->files[job->file];
  ShoalFileWork *work = file->work;

  if (work != NULL)
    work->n_writing--;
  if (work == NULL || file->state != SHOAL_FILE_STATE_PARTIAL)
    return FALSE;
  /* A job of bad leaves alone was to open the part, and had no need to. */
  if (job->part_path != NULL)
    work->is_opening = FALSE;
  if (job->opened)
    {
      if (job->part != NULL && !job->exists && !work->exists)
        {
          work->exists = TRUE;
          work->inode = job->part->inode;
          g_free (file->part_path);
          file->part_path = g_strdup (job->part_path);
        }
      if (job->part != NULL && work->inode == job->part->inode)
        shoal_piece_store_file_opened (self, job->file, job->part);
    }
  return job->part == NULL || job->part->inode == work->inode;
}

/* What could not be written goes back to the front, to be tried again. */
static void
requeue (ShoalPieceStore *self, ShoalWriteJob *job)
{
  for (guint i = job->n_writes; i > 0; i--)
    {
      ShoalLeafWrite *write = job->writes[i - 1];

      g_clear_pointer (&write->hashes, g_bytes_unref);
      write->good = write->bad = write->have = write->written = 0;
      g_queue_push_head (&self->writes, write);
    }
  job->n_writes = 0;
}

static void
free_job (ShoalWriteJob *job)
{
  g_clear_pointer (&job->part, shoal_part_unref);
  g_free (job->part_path);
  g_free (job->path);
  g_free (job);
}

static void
take_writes (ShoalPieceStore *self, ShoalWriteJob *job)
{
  ShoalFileWork *work = self->files[job->file].work;

  for (guint i = 0; i < job->n_writes; i++)
    {
      uint64_t written = job->writes[i]->written;

      work->is_dirty |= written != 0;
      self->unsaved_bytes += (uint64_t) __builtin_popcountll (written) * SHOAL_LEAF_SIZE;
      take_leaves (self, job->writes[i]);
    }
}

/* TRUE if the writes are to be answered now. */
static gboolean
cope (ShoalPieceStore *self, ShoalWriteJob *job)
{
  if (job->saved_errno == 0)
    {
      if (job->is_trial)
        shoal_piece_store_found_room (self);
      return TRUE;
    }
  if (job->is_lost)
    {
      shoal_piece_store_lose_file (self, job->file);
      requeue (self, job);
      return FALSE;
    }
  if (shoal_errno_is_full (job->saved_errno) && !self->wants_close)
    {
      requeue (self, job);
      shoal_piece_store_pause (self, job->saved_errno);
      return FALSE;
    }
  if (!shoal_errno_is_full (job->saved_errno))
    shoal_piece_store_fail_file_errno (self, job->file, job->saved_errno, "write");
  return TRUE;
}

static void
write_done (gpointer data)
{
  ShoalWriteJob *job = data;
  ShoalPieceStore *self = job->store;
  ShoalStoreFile *file = &self->files[job->file];
  g_autoptr (GError) error = NULL;

  self->n_write_jobs--;
  self->is_trying = FALSE;
  if (!note_part (self, job))
    {
      /* Failed, or lost and begun anew: those that wait are sorted again. */
      requeue (self, job);
      if (file->error != NULL)
        shoal_piece_store_drop_writes (self, job->file, file->error);
    }
  else
    {
      if (job->is_changed)
        shoal_piece_store_check_again (self, job->file);
      take_writes (self, job);
      if (cope (self, job))
        {
          shoal_piece_store_check_complete (self, job->file);
          if (file->error != NULL)
            error = g_error_copy (file->error);
          else if (job->saved_errno != 0)
            shoal_error_set_errno (&error, job->saved_errno, "write “%s”",
                                   shoal_piece_store_get_path (self, job->file));
          for (guint i = 0; i < job->n_writes; i++)
            answer (self, job->writes[i], error);
        }
    }
  free_job (job);
  shoal_piece_store_end_job (self);
}

/* --- Dispatch ------------------------------------------------------------ */

/* TRUE if all of it was found under the final name, where nothing is written. */
static gboolean
was_found (ShoalPieceStore *self, const ShoalLeafWrite *write)
{
  const ShoalFileWork *work = self->files[write->file].work;

  return work != NULL && work->is_published
         && shoal_leaf_set_find (&work->have, write->first_leaf, FALSE)
              >= write->first_leaf + write->n_leaves;
}

/* Nothing is to be done for it any more. */
static gboolean
is_answered (ShoalPieceStore *self, ShoalLeafWrite *write)
{
  ShoalFileState state;

  if (write->error != NULL)
    return TRUE;
  state = self->files[write->file].state;
  if (state != SHOAL_FILE_STATE_COMPLETE && state != SHOAL_FILE_STATE_FINAL
      && !was_found (self, write))
    return FALSE;
  /* It is there already, whoever brought it. */
  write->good = write->n_leaves < 64 ? (G_GUINT64_CONSTANT (1) << write->n_leaves) - 1
                                     : G_MAXUINT64;
  write->bad = 0;
  return TRUE;
}

/* TRUE if a job may take it now, its hashes in hand. */
static gboolean
prepare (ShoalPieceStore *self, ShoalLeafWrite *write)
{
  ShoalStoreFile *file = &self->files[write->file];
  gboolean waits = FALSE;

  if (is_answered (self, write))
    {
      shoal_piece_store_advance_soon (self);
      return FALSE;
    }
  if (file->work != NULL && (file->work->is_opening || file->work->is_published))
    return FALSE;
  if (write->hashes == NULL)
    write->hashes = shoal_piece_store_get_group (self, write->file,
                                                 write->first_leaf / SHOAL_LEAVES_PER_GROUP,
                                                 &waits);
  if (write->hashes == NULL && !waits)
    {
      shoal_error_set (&write->error, SHOAL_ERROR_INVALID, SHOAL_SIDE_NONE, NULL,
                       "The hashes of this part of the file are not known");
      shoal_piece_store_advance_soon (self);
    }
  return write->hashes != NULL;
}

static void
take_write (ShoalPieceStore *self, ShoalWriteJob *job, GList *link)
{
  ShoalLeafWrite *write = link->data;

  g_queue_delete_link (&self->writes, link);
  for (guint bit = 0; bit < write->n_leaves; bit++)
    if (shoal_piece_store_get_leaf (self, write->file, write->first_leaf + bit)
        == SHOAL_LEAF_HAVE)
      write->have |= G_GUINT64_CONSTANT (1) << bit;
  job->writes[job->n_writes++] = write;
}

/* Neighbours behind the job's last write, as far as they are in the queue. */
static void
gather (ShoalPieceStore *self, ShoalWriteJob *job)
{
  gsize size = g_bytes_get_size (job->writes[0]->data);
  guint looked = 0;
  GList *next;

  for (GList *link = self->writes.head; link != NULL && looked < MAX_LOOK_AHEAD; link = next)
    {
      const ShoalLeafWrite *last = job->writes[job->n_writes - 1];
      ShoalLeafWrite *write = link->data;

      next = link->next;
      looked++;
      if (job->n_writes == SHOAL_WRITE_JOB_MAX_WRITES || write->file != job->file
          || write->first_leaf != last->first_leaf + last->n_leaves
          || size + g_bytes_get_size (write->data) > SHOAL_WRITE_JOB_MAX_BYTES
          || !prepare (self, write))
        continue;
      size += g_bytes_get_size (write->data);
      take_write (self, job, link);
    }
}

static void
fill_job (ShoalPieceStore *self, ShoalWriteJob *job)
{
  ShoalStoreFile *file = &self->files[job->file];
  ShoalFileWork *work = shoal_piece_store_ensure_work (self, job->file);

  job->disk = self->disk;
  job->folders = self->folders;
  job->sparse = self->probe.has_sparse_files;
  job->is_trial = self->is_trying;
  job->probe = &self->probe;
  work->n_writing++;
  for (guint i = 0; i < job->n_writes; i++)
    work->unkicked += g_bytes_get_size (job->writes[i]->data);
  job->kick = work->unkicked >= KICK_BYTES;
  if (job->kick)
    work->unkicked = 0;

  if (work->part != NULL)
    {
      job->part = shoal_part_ref (work->part);
      return;
    }
  work->is_opening = TRUE;
  job->part_path = shoal_piece_store_dup_part_path (self, job->file);
  job->path = g_strdup (shoal_piece_store_get_path (self, job->file));
  job->token = self->token;
  job->max_name_bytes = self->probe.max_name_bytes;
  job->exists = work->exists;
  job->inode = work->inode;
  job->known_mtime = work->last_mtime;
  job->length = job->sparse ? file->length : 0;
}

void
shoal_piece_store_answer_writes (ShoalPieceStore *self)
{
  GQueue answered = G_QUEUE_INIT;
  ShoalLeafWrite *write;
  GList *next;

  for (GList *link = self->writes.head; link != NULL; link = next)
    {
      next = link->next;
      if (!is_answered (self, link->data))
        continue;
      g_queue_unlink (&self->writes, link);
      g_queue_push_tail_link (&answered, link);
    }
  while ((write = g_queue_pop_head (&answered)) != NULL)
    answer (self, write, write->error);
}

static void
start_jobs (ShoalPieceStore *self)
{
  GList *link = self->writes.head;

  /* While the disk is full, one write at a time tries whether it still is. */
  while (link != NULL && self->n_write_jobs < MAX_WRITE_JOBS
         && (self->state == SHOAL_PIECE_STORE_STATE_RUNNING
             || (self->is_trying && self->n_write_jobs == 0)))
    {
      ShoalLeafWrite *write = link->data;
      ShoalWriteJob *job;

      if (!prepare (self, write))
        {
          link = link->next;
          continue;
        }
      job = g_new0 (ShoalWriteJob, 1);
      job->store = self;
      job->file = write->file;
      take_write (self, job, link);
      gather (self, job);
      fill_job (self, job);
      self->n_write_jobs++;
      shoal_piece_store_submit (self, SHOAL_POOL_DISK, shoal_write_job_run, write_done, job);
      link = self->writes.head;
    }
}

void
shoal_piece_store_pump_writes (ShoalPieceStore *self)
{
  if (self->writes.length == 0)
    return;
  if (!self->claimed)
    {
      shoal_piece_store_claim (self);
      return;
    }
  start_jobs (self);
}

void
shoal_piece_store_write_async (ShoalPieceStore *self, guint index, uint64_t first_leaf,
                               GBytes *data, ShoalWriteDone done, gpointer user_data)
{
  ShoalLeafWrite *write = g_new0 (ShoalLeafWrite, 1);
  uint64_t size = g_bytes_get_size (data);
  uint64_t n_leaves = shoal_merkle_n_leaves (size);
  const ShoalStoreFile *file = index < self->n_files ? &self->files[index] : NULL;
  uint64_t offset = first_leaf * SHOAL_LEAF_SIZE;

  shoal_owner_thread_assert (&self->owner);
  write->file = index;
  write->first_leaf = first_leaf;
  write->n_leaves = (guint) MIN (n_leaves, SHOAL_MAX_WRITE_LEAVES);
  write->data = g_bytes_ref (data);
  write->done = done;
  write->user_data = user_data;
  self->pending_bytes += size;

  if (!shoal_piece_store_is_active (self))
    shoal_error_set (&write->error, SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                     "The transfer was stopped");
  else if (file == NULL || n_leaves == 0 || n_leaves > SHOAL_MAX_WRITE_LEAVES
           || first_leaf >= shoal_merkle_n_leaves (file->length)
           || size > file->length - offset
           || (size % SHOAL_LEAF_SIZE != 0 && offset + size != file->length)
           || first_leaf / SHOAL_LEAVES_PER_GROUP
                != (first_leaf + n_leaves - 1) / SHOAL_LEAVES_PER_GROUP)
    shoal_error_set (&write->error, SHOAL_ERROR_INVALID, SHOAL_SIDE_NONE, NULL,
                     "These leaves are not of this file");
  else if (file->state == SHOAL_FILE_STATE_FAILED || file->state == SHOAL_FILE_STATE_SKIPPED)
    write->error = file->error != NULL
                     ? g_error_copy (file->error)
                     : shoal_error_new (SHOAL_ERROR_INVALID, SHOAL_SIDE_NONE, NULL,
                                        "This file was not asked for");

  g_queue_push_tail (&self->writes, write);
  if (write->error != NULL || !self->claimed)
    shoal_piece_store_advance_soon (self);
  else
    start_jobs (self);
}
