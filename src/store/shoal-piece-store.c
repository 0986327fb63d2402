/* shoal-piece-store.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"

#include "shoal-merkle.h"
#include "shoal-state.h"

#include <string.h>

/* The driver, shoal_piece_store_advance(), looks at everything that may be
 * started: it runs after each job and each call from outside, and starts what
 * its step's own bounds allow. Nothing else starts work, so a missed wake-up
 * cannot happen as long as each done function ends with it. */

G_DEFINE_ENUM_TYPE (ShoalPieceStoreState, shoal_piece_store_state,
  G_DEFINE_ENUM_VALUE (SHOAL_PIECE_STORE_STATE_NEW, "new"),
  G_DEFINE_ENUM_VALUE (SHOAL_PIECE_STORE_STATE_OPENING, "opening"),
  G_DEFINE_ENUM_VALUE (SHOAL_PIECE_STORE_STATE_RUNNING, "running"),
  G_DEFINE_ENUM_VALUE (SHOAL_PIECE_STORE_STATE_PAUSED, "paused"),
  G_DEFINE_ENUM_VALUE (SHOAL_PIECE_STORE_STATE_COMMITTED, "committed"),
  G_DEFINE_ENUM_VALUE (SHOAL_PIECE_STORE_STATE_FAILED, "failed"),
  G_DEFINE_ENUM_VALUE (SHOAL_PIECE_STORE_STATE_CLOSING, "closing"),
  G_DEFINE_ENUM_VALUE (SHOAL_PIECE_STORE_STATE_CLOSED, "closed"))

/* --- State --------------------------------------------------------------- */

#define STATE(name) SHOAL_PIECE_STORE_STATE_##name

static const ShoalStateEdge EDGES[] = {
  { STATE (NEW), STATE (OPENING) },
  { STATE (OPENING), STATE (RUNNING) },
  { STATE (OPENING), STATE (CLOSED) },    /* the destination will not do */
  { STATE (RUNNING), STATE (PAUSED) },    /* the disk is full */
  { STATE (PAUSED), STATE (RUNNING) },    /* a write succeeded */
  { STATE (RUNNING), STATE (COMMITTED) },
  { STATE (PAUSED), STATE (COMMITTED) },  /* the rest was not chosen, or failed */
  { STATE (RUNNING), STATE (FAILED) },
  { STATE (PAUSED), STATE (FAILED) },
  { STATE (NEW), STATE (CLOSING) },
  { STATE (OPENING), STATE (CLOSING) },
  { STATE (RUNNING), STATE (CLOSING) },
  { STATE (PAUSED), STATE (CLOSING) },
  { STATE (COMMITTED), STATE (CLOSING) },
  { STATE (FAILED), STATE (CLOSING) },
  { STATE (CLOSED), STATE (CLOSING) },    /* removed after it was closed */
  { STATE (CLOSING), STATE (CLOSED) },
};

void
shoal_piece_store_set_state (ShoalPieceStore *self, ShoalPieceStoreState state,
                             const GError *error, uint64_t needed_bytes)
{
  if (!shoal_state_step (SHOAL_TYPE_PIECE_STORE_STATE, EDGES, G_N_ELEMENTS (EDGES),
                         (int) self->state, (int) state))
    return;

  self->state = state;
  g_clear_error (&self->error);
  self->error = error != NULL ? g_error_copy (error) : NULL;
  if (self->events != NULL && self->events->state_changed != NULL && !self->wants_close
      && state != STATE (OPENING) && state != STATE (CLOSED))
    self->events->state_changed (self, state, self->error, needed_bytes, self->user_data);
}

gboolean
shoal_piece_store_is_active (ShoalPieceStore *self)
{
  return (self->state == STATE (RUNNING) || self->state == STATE (PAUSED)) && !self->wants_close;
}

/* --- Driver -------------------------------------------------------------- */

void
shoal_piece_store_advance (ShoalPieceStore *self)
{
  g_autoptr (ShoalPieceStore) keep = shoal_piece_store_ref (self);

  shoal_piece_store_answer_writes (self);
  if (!shoal_piece_store_is_active (self) && self->file_writes.length > 0)
    shoal_piece_store_pump_files (self);
  if (self->wants_close)
    {
      shoal_piece_store_step_close (self);
      return;
    }
  if (!shoal_piece_store_is_active (self))
    return;

  shoal_piece_store_pump_writes (self);
  if (self->claimed && self->wants_empty)
    shoal_piece_store_write_empty (self);
  shoal_piece_store_pump_files (self);
  shoal_piece_store_check (self);
  shoal_piece_store_settle (self);
  shoal_piece_store_schedule_save (self);
  shoal_piece_store_finish (self);
}

static void
on_advance (gpointer user_data)
{
  ShoalPieceStore *self = user_data;

  self->pump_timer = 0;
  shoal_piece_store_advance (self);
  shoal_piece_store_unref (self);
}

void
shoal_piece_store_advance_soon (ShoalPieceStore *self)
{
  if (self->pump_timer == 0)
    self->pump_timer = shoal_runtime_add_timer (self->runtime, 0, on_advance,
                                                shoal_piece_store_ref (self));
}

void
shoal_piece_store_submit (ShoalPieceStore *self, ShoalPool pool, ShoalJobFunc work,
                          ShoalJobFunc done, gpointer job)
{
  self->n_jobs++;
  shoal_piece_store_ref (self);
  shoal_runtime_submit (self->runtime, pool, work, done, job);
}

void
shoal_piece_store_query (ShoalPieceStore *self, ShoalDatabaseAccess access, ShoalDatabaseWork work,
                         ShoalDatabaseDone done, gpointer job)
{
  self->n_jobs++;
  shoal_piece_store_ref (self);
  shoal_database_submit (self->database, access, work, done, job);
}

void
shoal_piece_store_end_job (ShoalPieceStore *self)
{
  g_assert (self->n_jobs > 0);
  self->n_jobs--;
  shoal_piece_store_advance (self);
  shoal_piece_store_unref (self);
}

/* --- Files --------------------------------------------------------------- */

gboolean
shoal_piece_store_is_chosen (ShoalPieceStore *self, guint file)
{
  if (self->files[file].is_folder)
    return FALSE;
  return self->chosen == NULL || (self->chosen[file / 8] >> (file % 8) & 1) != 0;
}

ShoalFileWork *
shoal_piece_store_ensure_work (ShoalPieceStore *self, guint index)
{
  ShoalStoreFile *file = &self->files[index];
  ShoalFileWork *work = file->work;
  uint64_t n_leaves = shoal_merkle_n_leaves (file->length);
  uint64_t n_groups = shoal_merkle_n_groups (file->length);

  if (work != NULL)
    return work;
  file->work = work = g_new0 (ShoalFileWork, 1);
  shoal_leaf_set_init (&work->have, n_leaves);
  shoal_leaf_set_init (&work->saved, n_leaves);
  shoal_leaf_set_init (&work->checking, n_leaves);
  shoal_leaf_set_init (&work->groups, n_groups);
  if (n_groups > 1)
    work->roots = g_new0 (ShoalHash, n_groups);
  if (file->has_group)
    shoal_leaf_set_add (&work->groups, 0);
  return work;
}

void
shoal_piece_store_drop_work (ShoalPieceStore *self, guint index)
{
  ShoalFileWork *work = self->files[index].work;

  if (work == NULL)
    return;
  shoal_piece_store_close_part (self, index);
  /* That path is a final one, which is never ours to delete. */
  if (work->is_published)
    g_clear_pointer (&self->files[index].part_path, g_free);
  shoal_leaf_set_clear (&work->have);
  shoal_leaf_set_clear (&work->saved);
  shoal_leaf_set_clear (&work->checking);
  shoal_leaf_set_clear (&work->groups);
  g_free (work->roots);
  g_clear_pointer (&self->files[index].work, g_free);
}

mode_t
shoal_piece_store_get_mode (ShoalPieceStore *self, guint file)
{
  mode_t mode = self->files[file].is_executable ? 0777 : 0666;

  return mode & ~self->umask;
}

char *
shoal_piece_store_dup_part_path (ShoalPieceStore *self, guint file)
{
  if (self->files[file].part_path != NULL)
    return g_strdup (self->files[file].part_path);
  return shoal_part_path (shoal_piece_store_get_path (self, file), self->token, 0,
                          self->probe.max_name_bytes);
}

static gboolean
is_unsettled (ShoalPieceStore *self, guint file)
{
  ShoalFileState state = self->files[file].state;

  return state == SHOAL_FILE_STATE_PARTIAL || state == SHOAL_FILE_STATE_COMPLETE;
}

static void
count_file (ShoalPieceStore *self, guint index, int step)
{
  const ShoalStoreFile *file = &self->files[index];

  if (is_unsettled (self, index))
    self->n_unsettled += (guint) step;
  if (file->state == SHOAL_FILE_STATE_FAILED)
    self->n_failed += (guint) step;
  if (file->state == SHOAL_FILE_STATE_PARTIAL && file->length > 0)
    self->n_partial += (guint) step;
}

void
shoal_piece_store_set_file_state (ShoalPieceStore *self, guint index, ShoalFileState state,
                                  const GError *error)
{
  ShoalStoreFile *file = &self->files[index];

  if (file->state == state)
    return;
  count_file (self, index, -1);
  file->state = state;
  count_file (self, index, 1);

  g_clear_error (&file->error);
  file->error = error != NULL ? g_error_copy (error) : NULL;
  if (self->events != NULL && self->events->file_changed != NULL && !self->wants_close)
    self->events->file_changed (self, index, state, file->error, self->user_data);
}

uint64_t
shoal_piece_store_count_bytes (ShoalPieceStore *self, guint index, const ShoalLeafSet *leaves)
{
  uint64_t length = self->files[index].length;
  uint64_t bytes = leaves->count * SHOAL_LEAF_SIZE;

  if (leaves->size > 0 && shoal_leaf_set_has (leaves, leaves->size - 1))
    bytes -= SHOAL_LEAF_SIZE - shoal_merkle_leaf_size (length, leaves->size - 1);
  return bytes;
}

static void
take_back_bytes (ShoalPieceStore *self, guint index)
{
  ShoalStoreFile *file = &self->files[index];

  if (file->state == SHOAL_FILE_STATE_COMPLETE || file->state == SHOAL_FILE_STATE_FINAL)
    self->verified_bytes -= file->length;
  else if (file->work != NULL)
    self->verified_bytes -= shoal_piece_store_count_bytes (self, index, &file->work->have);
}

void
shoal_piece_store_fail_file (ShoalPieceStore *self, guint index, const GError *error)
{
  ShoalStoreFile *file = &self->files[index];

  if (!is_unsettled (self, index))
    return;
  g_debug ("file %u failed: %s", index, error->message);
  take_back_bytes (self, index);
  shoal_piece_store_drop_work (self, index);
  file->is_settling = FALSE;
  shoal_piece_store_set_file_state (self, index, SHOAL_FILE_STATE_FAILED, error);
  shoal_piece_store_drop_writes (self, index, file->error);
}

void
shoal_piece_store_fail_file_errno (ShoalPieceStore *self, guint file, int saved_errno,
                                   const char *verb)
{
  g_autoptr (GError) error = NULL;
  const char *path = shoal_piece_store_get_path (self, file);

  if (saved_errno == EFBIG)
    shoal_error_set (&error, SHOAL_ERROR_UNSUPPORTED, SHOAL_SIDE_HERE,
                     "Choose a folder on another disk.",
                     "The disk at %s does not take a file as large as “%s”", self->destination,
                     path);
  else if (saved_errno == ELOOP || saved_errno == ENOTDIR || saved_errno == EXDEV)
    shoal_error_set (&error, SHOAL_ERROR_UNSAFE_NAME, SHOAL_SIDE_HERE,
                     "Look at what lies in that folder, then try again.",
                     "Somebody put a link or a file in the way of “%s” in %s", path,
                     self->destination);
  else
    shoal_error_set_errno (&error, saved_errno, "%s “%s” in %s", verb, path, self->destination);
  shoal_piece_store_fail_file (self, file, error);
}

void
shoal_piece_store_forget_leaves (ShoalPieceStore *self, guint index)
{
  ShoalFileWork *work;

  take_back_bytes (self, index);
  work = shoal_piece_store_ensure_work (self, index);
  shoal_leaf_set_remove_all (&work->have);
  shoal_leaf_set_remove_all (&work->saved);
  shoal_leaf_set_remove_all (&work->checking);
}

void
shoal_piece_store_lose_file (ShoalPieceStore *self, guint index)
{
  ShoalStoreFile *file = &self->files[index];
  uint64_t n_leaves = shoal_merkle_n_leaves (file->length);
  ShoalFileWork *work;

  shoal_piece_store_forget_leaves (self, index);
  shoal_piece_store_close_part (self, index);
  work = file->work;
  work->exists = FALSE;
  work->is_dirty = FALSE;
  if (work->is_published)
    g_clear_pointer (&file->final_path, g_free);
  work->is_published = FALSE;
  work->inode = 0;
  work->last_mtime = 0;
  file->is_settling = FALSE;
  file->is_renamed = FALSE;
  g_clear_pointer (&file->part_path, g_free);
  shoal_piece_store_set_file_state (self, index, SHOAL_FILE_STATE_PARTIAL, NULL);
  /* Nobody sends an empty file. */
  self->wants_empty |= n_leaves == 0;
  shoal_piece_store_tell_leaves (self, index, 0, n_leaves, SHOAL_LEAF_MISSING);
}

void
shoal_piece_store_leaf_found (ShoalPieceStore *self, guint index, uint64_t leaf)
{
  ShoalStoreFile *file = &self->files[index];
  ShoalFileWork *work = shoal_piece_store_ensure_work (self, index);

  shoal_leaf_set_remove (&work->checking, leaf);
  if (shoal_leaf_set_add (&work->have, leaf))
    self->verified_bytes += shoal_merkle_leaf_size (file->length, leaf);
}

void
shoal_piece_store_leaf_lost (ShoalPieceStore *self, guint index, uint64_t leaf)
{
  ShoalStoreFile *file = &self->files[index];
  ShoalFileWork *work = shoal_piece_store_ensure_work (self, index);

  shoal_leaf_set_remove (&work->checking, leaf);
  shoal_leaf_set_remove (&work->saved, leaf);
  if (shoal_leaf_set_remove (&work->have, leaf))
    self->verified_bytes -= shoal_merkle_leaf_size (file->length, leaf);
}

void
shoal_piece_store_tell_leaves (ShoalPieceStore *self, guint file, uint64_t first, uint64_t n,
                               ShoalLeafState state)
{
  if (n > 0 && self->events != NULL && self->events->leaves_changed != NULL && !self->wants_close
      && self->state != STATE (OPENING))
    self->events->leaves_changed (self, file, first, n, state, self->user_data);
}

void
shoal_piece_store_check_complete (ShoalPieceStore *self, guint index)
{
  ShoalStoreFile *file = &self->files[index];

  if (file->state != SHOAL_FILE_STATE_PARTIAL || file->work == NULL
      || !shoal_leaf_set_is_full (&file->work->have))
    return;
  if (!shoal_piece_store_check_root (self, index))
    return;
  shoal_piece_store_set_file_state (self, index, SHOAL_FILE_STATE_COMPLETE, NULL);
  shoal_piece_store_queue_settle (self, index);
}

/* --- Open parts ---------------------------------------------------------- */

/* Descriptors kept; those with unsynced bytes stay beyond it. */
#define MAX_OPEN 32

static void
close_work (gpointer part)
{
  shoal_part_unref (part);
}

static void
close_done (gpointer part)
{
}

void
shoal_piece_store_close_part (ShoalPieceStore *self, guint index)
{
  ShoalFileWork *work = self->files[index].work;

  if (work == NULL || work->part == NULL)
    return;
  for (guint i = 0; i < self->open_files->len; i++)
    if (g_array_index (self->open_files, guint, i) == index)
      {
        g_array_remove_index (self->open_files, i);
        break;
      }
  work->last_mtime = shoal_part_get_mtime (work->part);
  /* Closing may wait for a network. */
  shoal_runtime_submit (self->runtime, SHOAL_POOL_DISK, close_work, close_done,
                        g_steal_pointer (&work->part));
}

void
shoal_piece_store_file_opened (ShoalPieceStore *self, guint index, ShoalPart *part)
{
  ShoalFileWork *work = self->files[index].work;

  if (work->part != NULL)
    return;
  work->part = shoal_part_ref (part);
  g_array_append_val (self->open_files, index);
  for (guint i = 0; self->open_files->len > MAX_OPEN && i < self->open_files->len; i++)
    {
      guint other = g_array_index (self->open_files, guint, i);

      if (other == index || self->files[other].work->is_dirty
          || self->files[other].work->n_writing > 0)
        continue;
      shoal_piece_store_close_part (self, other);
      break;
    }
}

/* --- Construction -------------------------------------------------------- */

static void
add_entry (ShoalPieceStore *self, guint index, const ShoalStoreEntry *entry)
{
  ShoalStoreFile *file = &self->files[index];

  self->entries[index] = *entry;
  self->entries[index].path = g_string_chunk_insert (self->strings, entry->path);
  file->path = self->entries[index].path;
  file->length = entry->is_folder ? 0 : entry->length;
  file->mtime = entry->mtime;
  file->root = entry->root;
  file->has_mtime = entry->has_mtime;
  file->is_executable = entry->is_executable;
  file->is_folder = entry->is_folder;
  file->has_root = (entry->has_root && !self->is_draft) || file->length == 0;
  file->state = SHOAL_FILE_STATE_SKIPPED;
  if (shoal_piece_store_is_chosen (self, index))
    {
      file->state = SHOAL_FILE_STATE_PARTIAL;
      self->total_bytes += file->length;
      count_file (self, index, 1);
    }
}

ShoalPieceStore *
shoal_piece_store_new (const ShoalPieceStoreOptions *options)
{
  ShoalPieceStore *self;

  g_return_val_if_fail (options->n_entries < G_MAXUINT, NULL);

  self = g_new0 (ShoalPieceStore, 1);
  self->refs = 1;
  shoal_owner_thread_init (&self->owner);
  self->runtime = g_object_ref (options->runtime);
  self->database = shoal_database_ref (options->database);
  self->disk = options->disk != NULL ? options->disk : &shoal_disk_real;
  self->events = options->events;
  self->user_data = options->user_data;
  memcpy (self->transfer, options->transfer, SHOAL_TRANSFER_ID_SIZE);
  g_snprintf (self->token, sizeof self->token, "%02x%02x%02x", self->transfer[0],
              self->transfer[1], self->transfer[2]);
  self->destination = g_strdup (options->destination);
  self->strings = g_string_chunk_new (4096);
  self->n_files = (guint) options->n_entries;
  self->entries = g_new0 (ShoalStoreEntry, MAX (self->n_files, 1));
  self->files = g_new0 (ShoalStoreFile, MAX (self->n_files, 1));
  self->is_draft = options->is_draft;
  self->began_as_draft = options->is_draft;
  self->wants_empty = TRUE;
  if (options->chosen != NULL)
    self->chosen = g_memdup2 (options->chosen, (options->n_entries + 7) / 8);
  self->groups = shoal_group_cache_new ();
  g_queue_init (&self->deferred_hashes);
  g_queue_init (&self->writes);
  g_queue_init (&self->file_writes);
  g_queue_init (&self->checks);
  self->open_files = g_array_new (FALSE, FALSE, sizeof (guint));
  self->complete = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < self->n_files; i++)
    add_entry (self, i, &options->entries[i]);
  return self;
}

ShoalPieceStore *
shoal_piece_store_ref (ShoalPieceStore *self)
{
  self->refs++;
  return self;
}

static void
piece_store_free (ShoalPieceStore *self)
{
  g_assert (self->n_jobs == 0 && self->enders == NULL);

  shoal_runtime_clear_timer (self->runtime, &self->save_timer);
  shoal_runtime_clear_timer (self->runtime, &self->settle_timer);
  shoal_runtime_clear_timer (self->runtime, &self->room_timer);
  for (guint i = 0; i < self->n_files; i++)
    {
      shoal_piece_store_drop_work (self, i);
      g_free (self->files[i].final_path);
      g_free (self->files[i].part_path);
      g_clear_error (&self->files[i].error);
    }
  g_clear_pointer (&self->plan, shoal_name_plan_free);
  g_clear_pointer (&self->folders, shoal_folder_cache_free);
  shoal_group_cache_free (self->groups);
  g_array_unref (self->open_files);
  g_array_unref (self->complete);
  g_queue_clear (&self->checks);
  g_clear_error (&self->error);
  g_string_chunk_free (self->strings);
  g_free (self->entries);
  g_free (self->files);
  g_free (self->chosen);
  g_free (self->destination);
  shoal_database_unref (self->database);
  g_object_unref (self->runtime);
  g_free (self);
}

void
shoal_piece_store_unref (ShoalPieceStore *self)
{
  shoal_owner_thread_assert (&self->owner);
  if (--self->refs == 0)
    piece_store_free (self);
}
