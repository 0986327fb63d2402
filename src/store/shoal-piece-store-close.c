/* shoal-piece-store-close.c: stopping, and taking everything away again
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"

#include <fcntl.h>
#include <string.h>

/* Steps, each once nothing of the one before is under way: answer what waits;
 * let jobs end; sync and save the bitmap; for a removal delete the parts and
 * the state; tell. */

typedef struct
{
  ShoalPieceStoreDone done; /* (nullable) */
  gpointer            user_data;
} Ender;

typedef struct
{
  ShoalPieceStore  *store;
  const ShoalDisk  *disk;
  ShoalFolderCache *folders;
  GPtrArray        *parts;   /* (owned) of char */
  GPtrArray        *made;    /* (owned) of char: folders, to go if they are empty */
  GError           *error;
} RemoveJob;

/* --- Removal, on a worker ------------------------------------------------- */

static void
remove_one (RemoveJob *job, const char *path, int flags)
{
  g_autofree char *parent = shoal_beneath_parent (path);
  g_autoptr (ShoalOpenFolder) folder = shoal_folder_cache_get (job->folders, parent, FALSE);

  if (folder == NULL || job->disk->unlinkat (folder->fd, shoal_beneath_name (path), flags) == 0
      || errno == ENOENT || (flags != 0 && (errno == ENOTEMPTY || errno == EEXIST)))
    return;
  if (job->error == NULL)
    shoal_error_set_errno (&job->error, errno, "remove “%s” in %s", path,
                           job->store->destination);
}

/* Deepest first: a path is longer than its parent's. */
static int
by_length (gconstpointer a, gconstpointer b)
{
  size_t left = strlen (*(const char *const *) a), right = strlen (*(const char *const *) b);

  return left < right ? 1 : left > right ? -1 : 0;
}

static void
remove_work (gpointer data)
{
  RemoveJob *job = data;

  for (guint i = 0; i < job->parts->len; i++)
    remove_one (job, g_ptr_array_index (job->parts, i), 0);
  g_ptr_array_sort (job->made, by_length);
  shoal_folder_cache_forget (job->folders);
  for (guint i = 0; i < job->made->len; i++)
    remove_one (job, g_ptr_array_index (job->made, i), AT_REMOVEDIR);
}

static gboolean
forget_work (sqlite3 *db, gpointer data, GError **error)
{
  RemoveJob *job = data;

  return shoal_piece_records_remove (db, job->store->transfer, SHOAL_TRANSFER_ID_SIZE, error);
}

/* --- One part ------------------------------------------------------------ */

static void
discard_done (gpointer data)
{
  RemoveJob *job = data;
  ShoalPieceStore *self = job->store;

  g_ptr_array_unref (job->parts);
  g_clear_error (&job->error);
  g_free (job);
  shoal_piece_store_end_job (self);
}

static void
discard_work (gpointer data)
{
  RemoveJob *job = data;

  remove_one (job, g_ptr_array_index (job->parts, 0), 0);
}

void
shoal_piece_store_discard_file (ShoalPieceStore *self, guint index, const GError *error)
{
  const ShoalStoreFile *file = &self->files[index];
  RemoveJob *job;

  if (self->plan == NULL || file->is_renamed
      || (file->work != NULL && file->work->is_published))
    {
      shoal_piece_store_fail_file (self, index, error);
      return;
    }
  job = g_new0 (RemoveJob, 1);
  job->store = self;
  job->disk = self->disk;
  job->folders = self->folders;
  job->parts = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (job->parts, shoal_piece_store_dup_part_path (self, index));
  shoal_piece_store_fail_file (self, index, error);
  shoal_piece_store_submit (self, SHOAL_POOL_DISK, discard_work, discard_done, job);
}

/* --- Ending -------------------------------------------------------------- */

static void
answer_all (ShoalPieceStore *self, const GError *error)
{
  g_autoptr (GArray) enders = g_steal_pointer (&self->enders);

  self->wants_close = FALSE;
  self->wants_remove = FALSE;
  self->final_save_done = FALSE;
  shoal_piece_store_set_state (self, SHOAL_PIECE_STORE_STATE_CLOSED, NULL, 0);
  for (guint i = 0; i < enders->len; i++)
    {
      Ender *ender = &g_array_index (enders, Ender, i);

      if (ender->done != NULL)
        ender->done (self, error, ender->user_data);
    }
}

static void
forget_done (gpointer data, const GError *error)
{
  RemoveJob *job = data;
  ShoalPieceStore *self = job->store;
  g_autoptr (ShoalPieceStore) keep = shoal_piece_store_ref (self);

  self->n_jobs--;
  answer_all (self, error != NULL ? error : job->error);
  g_ptr_array_unref (job->parts);
  g_ptr_array_unref (job->made);
  g_clear_error (&job->error);
  g_free (job);
  shoal_piece_store_unref (self);
}

static void
remove_done (gpointer data)
{
  RemoveJob *job = data;
  ShoalPieceStore *self = job->store;

  shoal_piece_store_query (self, SHOAL_DATABASE_WRITE, forget_work, forget_done, job);
  self->n_jobs--;
  shoal_piece_store_unref (self);
}

typedef struct
{
  ShoalPieceStore *store;
  gint64           row;
} DropJob;

static gboolean
drop_work (sqlite3 *db, gpointer data, GError **error)
{
  DropJob *job = data;

  return shoal_piece_records_drop_hashes (db, job->row, error);
}

static void
drop_done (gpointer data, const GError *error)
{
  DropJob *job = data;
  ShoalPieceStore *self = job->store;

  g_free (job);
  shoal_piece_store_end_job (self);
}

static void
start_drop (ShoalPieceStore *self)
{
  DropJob *job = g_new0 (DropJob, 1);

  job->store = self;
  job->row = self->row;
  shoal_piece_store_query (self, SHOAL_DATABASE_WRITE, drop_work, drop_done, job);
}

static void
add_parents (GHashTable *seen, GPtrArray *made, const char *path)
{
  g_autofree char *parent = shoal_beneath_parent (path);

  while (*parent != '\0' && !g_hash_table_contains (seen, parent))
    {
      char *next = shoal_beneath_parent (parent);

      g_ptr_array_add (made, parent);
      g_hash_table_add (seen, parent);
      parent = next;
    }
}

/* Only folders that were made by and for this download; and after it was
 * committed they belong to the user. */
static void
list_folders (ShoalPieceStore *self, RemoveJob *job, gboolean was_committed)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  if (!self->claimed || was_committed)
    return;
  for (guint i = 0; i < self->n_files; i++)
    if (shoal_piece_store_is_chosen (self, i))
      add_parents (seen, job->made, shoal_piece_store_get_path (self, i));
}

static void
start_remove (ShoalPieceStore *self)
{
  RemoveJob *job = g_new0 (RemoveJob, 1);

  job->store = self;
  job->disk = self->disk;
  job->folders = self->folders;
  job->parts = g_ptr_array_new_with_free_func (g_free);
  job->made = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; self->plan != NULL && i < self->n_files; i++)
    {
      const ShoalStoreFile *file = &self->files[i];

      if (!shoal_piece_store_is_chosen (self, i) || file->state == SHOAL_FILE_STATE_FINAL
          || file->is_renamed || (file->work != NULL && file->work->is_published))
        continue;
      g_ptr_array_add (job->parts, shoal_piece_store_dup_part_path (self, i));
    }
  if (self->plan != NULL)
    list_folders (self, job, self->was_committed);
  self->claimed = FALSE;
  if (self->folders != NULL)
    shoal_piece_store_submit (self, SHOAL_POOL_DISK, remove_work, remove_done, job);
  else
    shoal_piece_store_query (self, SHOAL_DATABASE_WRITE, forget_work, forget_done, job);
}

void
shoal_piece_store_step_close (ShoalPieceStore *self)
{
  g_autoptr (GError) error = NULL;

  if (self->state == SHOAL_PIECE_STORE_STATE_OPENING && self->n_jobs > 0)
    return;
  if (self->state != SHOAL_PIECE_STORE_STATE_CLOSING)
    {
      self->was_committed |= self->state == SHOAL_PIECE_STORE_STATE_COMMITTED;
      shoal_piece_store_set_state (self, SHOAL_PIECE_STORE_STATE_CLOSING, NULL, 0);
    }

  shoal_error_set (&error, SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                   "The transfer was stopped");
  shoal_piece_store_drop_writes (self, SHOAL_STORE_NO_FILE, error);
  shoal_piece_store_drop_files (self, error);
  shoal_piece_store_drop_hashes (self, error);
  shoal_runtime_clear_timer (self->runtime, &self->save_timer);
  shoal_runtime_clear_timer (self->runtime, &self->settle_timer);
  shoal_runtime_clear_timer (self->runtime, &self->room_timer);
  /* One more turn may have begun in a callback. */
  if (self->n_jobs > 0 || self->enders == NULL)
    return;

  if (!self->final_save_done && !self->wants_remove && self->folders != NULL)
    {
      self->final_save_done = TRUE;
      if (self->was_committed)
        start_drop (self);
      else
        shoal_piece_store_save (self);
      return;
    }
  for (guint i = 0; i < self->n_files; i++)
    shoal_piece_store_close_part (self, i);
  if (self->wants_remove)
    start_remove (self);
  else
    answer_all (self, NULL);
}

static void
end (ShoalPieceStore *self, gboolean wants_remove, ShoalPieceStoreDone done, gpointer user_data)
{
  Ender ender = { done, user_data };

  shoal_owner_thread_assert (&self->owner);
  if (self->enders == NULL)
    self->enders = g_array_new (FALSE, FALSE, sizeof (Ender));
  g_array_append_val (self->enders, ender);
  /* What lies on disk from an earlier run is known only to an open. */
  if (wants_remove && self->state == SHOAL_PIECE_STORE_STATE_NEW)
    shoal_piece_store_open_async (self, NULL, NULL);
  self->wants_close = TRUE;
  self->wants_remove |= wants_remove;
  shoal_piece_store_advance_soon (self);
}

void
shoal_piece_store_close_async (ShoalPieceStore *self, ShoalPieceStoreDone done, gpointer user_data)
{
  end (self, FALSE, done, user_data);
}

void
shoal_piece_store_remove_async (ShoalPieceStore *self, ShoalPieceStoreDone done,
                                gpointer user_data)
{
  end (self, TRUE, done, user_data);
}
