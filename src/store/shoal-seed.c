/* shoal-seed.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-seed-private.h"

/* A call becomes a request and waits for the next turn of the loop, so that
 * many given at once are looked at together (shoal-seed-request.c). */

typedef struct
{
  gboolean           hash;
  GCancellable      *cancellable; /* (owned) (nullable) */
  ShoalSeedReadyFunc func;
  gpointer           user_data;
} HashAll;

static GError *
closed_error (void)
{
  return shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                          "The share is not served any more");
}

/* --- Files --------------------------------------------------------------- */

static void
tell_end (ShoalSeed *self)
{
  if (self->n_untold == 0 && self->func != NULL && !self->is_closed)
    self->func (self, G_MAXUINT32, NULL, NULL, self->user_data);
}

void
shoal_seed_tell_file (ShoalSeed *self, uint32_t file)
{
  ShoalSeedFile *f = &self->files[file];

  if (f->is_told || self->is_closed)
    return;
  f->is_told = TRUE;
  self->n_untold--;
  if (self->func == NULL)
    return;
  self->func (self, file, f->state == SHOAL_SEED_FILE_HASHED ? &f->root : NULL,
              shoal_seed_get_failure (self, file), self->user_data);
  tell_end (self);
}

void
shoal_seed_fail_file (ShoalSeed *self, uint32_t file, const GError *error)
{
  ShoalSeedFile *f = &self->files[file];
  uint64_t length = shoal_seed_length (self, file);

  if (f->state == SHOAL_SEED_FILE_FAILED)
    return;
  if (f->state == SHOAL_SEED_FILE_UNKNOWN)
    {
      uint64_t known = f->tree != NULL
                         ? f->tree->n_known * SHOAL_LEAVES_PER_GROUP * SHOAL_LEAF_SIZE : 0;

      self->n_left--;
      self->bytes_hashed += length - MIN (known, length);
    }
  f->state = SHOAL_SEED_FILE_FAILED;
  g_hash_table_insert (self->failures, GUINT_TO_POINTER (file + 1), g_error_copy (error));
  g_clear_pointer (&f->tree, shoal_seed_tree_free);
  shoal_seed_drop_units (self, file, error);
  shoal_seed_answer_uppers (self, file, error);
  shoal_seed_tell_file (self, file);
}

/* --- Turns --------------------------------------------------------------- */

static void
become_ready (ShoalSeed *self, const ShoalHashFound *found)
{
  self->is_ready = TRUE;
  for (uint32_t i = 0; i < self->n_files; i++)
    {
      ShoalSeedFile *f = &self->files[i];
      uint64_t length = shoal_seed_length (self, i);

      if (length == 0)
        continue;
      self->n_left++;
      self->n_untold++;
      if (found != NULL && found[i].has_root)
        {
          f->state = SHOAL_SEED_FILE_HASHED;
          f->root = found[i].root;
          self->n_left--;
          continue;
        }
      f->has_groups = found != NULL && found[i].has_groups;
      self->bytes_total += length;
    }

  if (self->n_untold == 0)
    tell_end (self); /* nothing but empty files */
  for (uint32_t i = 0; i < self->n_files && !self->is_closed; i++)
    if (self->files[i].state == SHOAL_SEED_FILE_HASHED)
      shoal_seed_tell_file (self, i);
}

gboolean
shoal_seed_wants_all (ShoalSeed *self)
{
  for (guint i = 0; i < self->hash_alls->len; i++)
    {
      const HashAll *all = &g_array_index (self->hash_alls, HashAll, i);

      if (all->hash && !g_cancellable_is_cancelled (all->cancellable))
        return TRUE;
    }
  return FALSE;
}

void
shoal_seed_check_hash_alls (ShoalSeed *self)
{
  for (guint i = 0; i < self->hash_alls->len;)
    {
      HashAll all = g_array_index (self->hash_alls, HashAll, i);
      g_autoptr (GError) error = NULL;

      if (self->is_closed)
        error = closed_error ();
      else if (g_cancellable_is_cancelled (all.cancellable))
        error = shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                                 "Hashing was cancelled");
      else if (!self->is_ready || (all.hash && self->n_left > 0))
        {
          i++;
          continue;
        }
      g_array_remove_index (self->hash_alls, i);
      all.func (self, error, all.user_data);
      g_clear_object (&all.cancellable);
      i = 0; /* the callee may have added one */
    }
}

static void
drop_everything (ShoalSeed *self)
{
  g_autoptr (GError) error = closed_error ();
  ShoalSeedRequest *request;

  shoal_seed_drop_units (self, G_MAXUINT32, error);
  shoal_seed_answer_uppers (self, G_MAXUINT32, error);
  while ((request = g_queue_pop_head (&self->reads)) != NULL)
    shoal_seed_refuse (self, request, error);
  g_queue_clear (&self->whole);
  shoal_seed_flush_records (self);
  shoal_seed_drop_leaves (self);
  shoal_seed_files_rest (self->files_on_disk);
}

static void
on_turn (gpointer user_data)
{
  ShoalSeed *self = user_data;
  g_autoptr (GPtrArray) incoming = NULL;
  g_autoptr (GError) error = NULL;

  self->turn_timer = 0;
  if (!self->is_ready && self->database == NULL)
    become_ready (self, NULL);
  if (self->is_ready || self->is_closed)
    {
      incoming = g_steal_pointer (&self->incoming);
      self->incoming = g_ptr_array_new ();
    }
  if (self->is_closed)
    {
      drop_everything (self);
      error = closed_error ();
    }
  for (guint i = 0; incoming != NULL && i < incoming->len; i++)
    if (error != NULL)
      shoal_seed_refuse (self, incoming->pdata[i], error);
    else
      shoal_seed_process (self, incoming->pdata[i]);
  shoal_seed_check_hash_alls (self);
  shoal_seed_pump_hash (self);
  shoal_seed_unref (self);
}

static void
take_turn (ShoalSeed *self)
{
  if (self->turn_timer != 0)
    return;
  self->turn_timer = shoal_runtime_add_timer (self->source.runtime, 0, on_turn,
                                              shoal_seed_ref (self));
}

static void
on_found (const ShoalHashFound *found, size_t n, gpointer user_data)
{
  ShoalSeed *self = user_data;

  become_ready (self, found);
  take_turn (self);
  shoal_seed_unref (self);
}

/* --- As a source --------------------------------------------------------- */

static void
source_ref (ShoalContentSource *source)
{
  shoal_seed_ref ((ShoalSeed *) source);
}

static void
source_unref (ShoalContentSource *source)
{
  shoal_seed_unref ((ShoalSeed *) source);
}

static ShoalSeedRequest *
add_request (ShoalContentSource *source, ShoalSeedRequestType type, uint32_t file,
             uint64_t first, gpointer user_data)
{
  ShoalSeed *self = (ShoalSeed *) source;
  ShoalSeedRequest *request = g_new0 (ShoalSeedRequest, 1);

  shoal_owner_thread_assert (&self->owner);

  request->type = type;
  request->file = file;
  request->first = first;
  request->user_data = user_data;
  g_ptr_array_add (self->incoming, request);
  take_turn (self);
  return request;
}

static void
source_read (ShoalContentSource *source, uint32_t file, uint64_t first_leaf, uint32_t n_leaves,
             ShoalReadFunc func, gpointer user_data)
{
  ShoalSeedRequest *request = add_request (source, SHOAL_SEED_READ, file, first_leaf, user_data);

  request->n_leaves = n_leaves;
  request->func.read = func;
}

static void
source_hashes (ShoalContentSource *source, uint32_t file, uint64_t group, ShoalHashesFunc func,
               gpointer user_data)
{
  add_request (source, SHOAL_SEED_HASHES, file, group, user_data)->func.hashes = func;
}

static void
source_upper (ShoalContentSource *source, uint32_t file, ShoalUpperFunc func, gpointer user_data)
{
  add_request (source, SHOAL_SEED_UPPER, file, 0, user_data)->func.upper = func;
}

static const ShoalContentSourceFuncs SEED_FUNCS = {
  .ref = source_ref,
  .unref = source_unref,
  .read = source_read,
  .hashes = source_hashes,
  .upper = source_upper,
};

/* --- Life ---------------------------------------------------------------- */

/* g_int64_hash() takes the lower half alone, which is 0 for every small file. */
static guint
key_hash (gconstpointer data)
{
  uint64_t key = *(const uint64_t *) data;

  return shoal_seed_key_file (key) * 2654435761u + (guint) shoal_seed_key_group (key);
}

static void
ask_cache (ShoalSeed *self)
{
  g_autofree ShoalFileStamp *stamps = g_new0 (ShoalFileStamp, self->n_files);

  for (uint32_t i = 0; i < self->n_files; i++)
    stamps[i] = *shoal_scan_get_stamp (self->scan, i);
  shoal_hash_cache_find (self->database, stamps, self->n_files, on_found, shoal_seed_ref (self));
}

ShoalSeed *
shoal_seed_new (ShoalRuntime *runtime, ShoalDatabase *database, ShoalScan *scan,
                ShoalSeedFileFunc func, gpointer user_data)
{
  ShoalSeed *self = g_new0 (ShoalSeed, 1);

  self->source.funcs = &SEED_FUNCS;
  self->source.runtime = g_object_ref (runtime);
  self->source.description = shoal_description_ref (shoal_scan_get_description (scan));
  self->ref_count = 1;
  shoal_owner_thread_init (&self->owner);
  self->database = database != NULL ? shoal_database_ref (database) : NULL;
  self->scan = shoal_scan_ref (scan);
  self->files_on_disk = shoal_seed_files_new (scan);
  self->n_files = shoal_description_get_n_files (self->source.description);
  self->func = func;
  self->user_data = user_data;
  self->files = g_new0 (ShoalSeedFile, self->n_files);
  self->failures = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_error_free);
  self->incoming = g_ptr_array_new ();
  self->hash_alls = g_array_new (FALSE, FALSE, sizeof (HashAll));
  self->units = g_hash_table_new (key_hash, g_int64_equal);
  self->max_hash_jobs = CLAMP (g_get_num_processors (), 1, 3);
  self->uppers = g_ptr_array_new ();
  self->leaves = g_hash_table_new (key_hash, g_int64_equal);
  self->records = shoal_hash_records_new ();
  if (database != NULL)
    ask_cache (self);
  else
    take_turn (self);
  return self;
}

ShoalSeed *
shoal_seed_ref (ShoalSeed *self)
{
  self->ref_count++;
  return self;
}

/* Timers, jobs and lookups hold references, and whatever waits waits for one of
 * those: at the end nothing does. */
void
shoal_seed_unref (ShoalSeed *self)
{
  shoal_owner_thread_assert (&self->owner);
  if (--self->ref_count > 0)
    return;

  g_assert (g_hash_table_size (self->units) == 0 && self->incoming->len == 0
            && self->reads.length == 0 && self->uppers->len == 0 && self->hash_alls->len == 0);
  if (self->records->len > 0)
    shoal_hash_cache_put (self->database, g_steal_pointer (&self->records), NULL, NULL);
  shoal_seed_drop_leaves (self);
  for (uint32_t i = 0; i < self->n_files; i++)
    shoal_seed_tree_free (self->files[i].tree);
  g_free (self->files);
  g_queue_clear (&self->whole);
  g_hash_table_unref (self->failures);
  g_ptr_array_unref (self->incoming);
  g_array_unref (self->hash_alls);
  g_hash_table_unref (self->units);
  g_ptr_array_unref (self->uppers);
  g_hash_table_unref (self->leaves);
  g_clear_pointer (&self->records, g_array_unref);
  shoal_seed_files_free (self->files_on_disk);
  shoal_scan_unref (self->scan);
  g_clear_pointer (&self->database, shoal_database_unref);
  shoal_description_unref (self->source.description);
  g_object_unref (self->source.runtime);
  g_free (self);
}

void
shoal_seed_close (ShoalSeed *self)
{
  if (self->is_closed)
    return;
  self->is_closed = TRUE;
  take_turn (self);
}

/* --- Asking -------------------------------------------------------------- */

ShoalContentSource *
shoal_seed_as_source (ShoalSeed *self)
{
  return &self->source;
}

ShoalScan *
shoal_seed_get_scan (ShoalSeed *self)
{
  return self->scan;
}

gboolean
shoal_seed_is_hashed (ShoalSeed *self)
{
  return self->is_ready && self->n_left == 0;
}

const ShoalHash *
shoal_seed_get_root (ShoalSeed *self, uint32_t file)
{
  g_return_val_if_fail (file < self->n_files, NULL);

  return self->files[file].state == SHOAL_SEED_FILE_HASHED ? &self->files[file].root : NULL;
}

const GError *
shoal_seed_get_failure (ShoalSeed *self, uint32_t file)
{
  return g_hash_table_lookup (self->failures, GUINT_TO_POINTER (file + 1));
}

uint32_t
shoal_seed_get_n_failed (ShoalSeed *self)
{
  return g_hash_table_size (self->failures);
}

void
shoal_seed_get_progress (ShoalSeed *self, uint64_t *hashed, uint64_t *total)
{
  *hashed = self->bytes_hashed;
  *total = self->bytes_total;
}

void
shoal_seed_hash_all_async (ShoalSeed *self, gboolean hash, GCancellable *cancellable,
                           ShoalSeedReadyFunc func, gpointer user_data)
{
  HashAll all = { hash, cancellable != NULL ? g_object_ref (cancellable) : NULL, func, user_data };

  shoal_owner_thread_assert (&self->owner);
  g_array_append_val (self->hash_alls, all);
  take_turn (self);
}
