/* shoal-seed-hash.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-seed-private.h"

/* A unit is a group of leaves that somebody wants: first the hash cache is
 * asked, if it may know it; else the unit waits in a queue until a job takes
 * it. The job reads and hashes 256 KiB at a time, while it is in the
 * processor's cache; jobs run on the disk pool, several at once, so that
 * reading one overlaps with hashing another. Small files share a job.
 *
 * Units come from requests (wanted), from the look-ahead, from files whose tree
 * is missing (whole), and from hash_all; in this order. */

/* A job takes units until it has so many bytes, or files. */
#define JOB_BYTES (2u * 1024 * 1024)
#define MAX_JOB_BYTES (SHOAL_LEAVES_PER_GROUP * SHOAL_LEAF_SIZE)
#define MAX_JOB_UNITS 128u
/* Questions to the hash cache at once, for units that nobody waits for. */
#define MAX_LOOKUPS 64u

typedef struct
{
  uint64_t   key;
  uint32_t   n_leaves;
  gboolean   is_hole; /* made again in no time: not for the cache */
  ShoalHash  root;
  ShoalHash *leaves; /* (owned) (nullable) */
  GError    *error;  /* (owned) (nullable) */
} Item;

typedef struct
{
  ShoalSeed        *seed;        /* (owned); the worker uses files and description alone */
  ShoalSeedFiles   *files;       /* (unowned): the seed's */
  ShoalDescription *description; /* (unowned): the seed's */
  gint64            started;     /* wall time */
  GArray           *items;       /* of Item (owned) */
} Job;

static uint64_t
unit_size (ShoalSeed *self, uint64_t key)
{
  uint64_t length = shoal_seed_length (self, shoal_seed_key_file (key));
  uint64_t start = shoal_seed_key_group (key) * MAX_JOB_BYTES;

  return MIN (length - start, MAX_JOB_BYTES);
}

/* --- Units --------------------------------------------------------------- */

static ShoalSeedUnit *
unit_new (ShoalSeed *self, uint64_t key)
{
  ShoalSeedUnit *unit = g_new0 (ShoalSeedUnit, 1);

  unit->key = key;
  unit->link.data = unit;
  g_hash_table_insert (self->units, &unit->key, unit);
  return unit;
}

static void
unit_unqueue (ShoalSeed *self, ShoalSeedUnit *unit)
{
  if (!unit->is_queued)
    return;
  unit->is_queued = FALSE;
  if (unit->is_wanted)
    {
      g_queue_unlink (&self->wanted, &unit->link);
      return;
    }
  g_queue_unlink (&self->ahead, &unit->link);
}

static void
unit_queue (ShoalSeed *self, ShoalSeedUnit *unit)
{
  unit->is_queued = TRUE;
  if (unit->is_wanted)
    {
      g_queue_push_tail_link (&self->wanted, &unit->link);
      return;
    }
  g_queue_push_tail_link (&self->ahead, &unit->link);
}

/* Ends it: exactly one of @leaves and @error is set. */
static void
unit_end (ShoalSeed *self, ShoalSeedUnit *unit, GBytes *leaves, const GError *error)
{
  unit_unqueue (self, unit);
  g_hash_table_remove (self->units, &unit->key);
  for (guint i = 0; unit->requests != NULL && i < unit->requests->len; i++)
    shoal_seed_go_on (self, unit->requests->pdata[i], leaves, error);
  g_clear_pointer (&unit->requests, g_ptr_array_unref);
  g_free (unit);
}

void
shoal_seed_drop_units (ShoalSeed *self, uint32_t file, const GError *error)
{
  g_autoptr (GPtrArray) doomed = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->units);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (file == G_MAXUINT32 || shoal_seed_key_file (((ShoalSeedUnit *) value)->key) == file)
      g_ptr_array_add (doomed, value);
  for (guint i = 0; i < doomed->len; i++)
    unit_end (self, doomed->pdata[i], NULL, error);
}

/* The unit's leaves are here. */
static void
unit_succeed (ShoalSeed *self, uint64_t key, GBytes *leaves, const ShoalHash *root,
              gint64 started)
{
  uint32_t file = shoal_seed_key_file (key);
  ShoalSeedUnit *unit;

  shoal_seed_keep_leaves (self, key, leaves);
  /* May fail the file, which ends its units. */
  shoal_seed_set_group (self, file, shoal_seed_key_group (key), leaves, root, started);
  unit = g_hash_table_lookup (self->units, &key);
  if (unit != NULL)
    unit_end (self, unit, leaves, NULL);
}

/* --- Jobs ---------------------------------------------------------------- */

static void
clear_item (gpointer data)
{
  Item *item = data;

  g_free (item->leaves);
  g_clear_error (&item->error);
}

static void
work_hash (gpointer data)
{
  Job *job = data;

  for (guint i = 0; i < job->items->len; i++)
    {
      Item *item = &g_array_index (job->items, Item, i);
      uint32_t file = shoal_seed_key_file (item->key);
      uint64_t group = shoal_seed_key_group (item->key);
      uint64_t length = shoal_description_get_file (job->description, file)->length;

      item->leaves = g_new (ShoalHash, shoal_merkle_group_size (length, group));
      item->n_leaves
        = shoal_seed_files_hash (job->files, file, group, item->leaves, &item->error);
      if (item->n_leaves == 0)
        continue;
      shoal_merkle_group_root (length, group, item->leaves, &item->root);
      item->is_hole = shoal_seed_files_are_zero (item->leaves, item->n_leaves);
    }
}

static gboolean
contradicts (ShoalSeed *self, Item *item)
{
  if (shoal_seed_group_fits (self, shoal_seed_key_file (item->key),
                             shoal_seed_key_group (item->key), &item->root))
    return FALSE;
  /* The stamp is the same, the bytes are not: a disk that fails, a clock that
   * was set back. */
  item->error = shoal_error_new (SHOAL_ERROR_CHANGED, SHOAL_SIDE_HERE, "Send or share it again.",
                                 "A file does not hold the bytes it held before");
  return TRUE;
}

static void
end_item (ShoalSeed *self, Item *item, gint64 started)
{
  g_autoptr (GBytes) leaves = NULL;

  if (g_hash_table_lookup (self->units, &item->key) == NULL)
    return; /* the file failed, or the seed was closed */
  if (item->error != NULL || contradicts (self, item))
    {
      shoal_seed_fail_file (self, shoal_seed_key_file (item->key), item->error);
      return;
    }
  leaves = g_bytes_new_take (g_steal_pointer (&item->leaves),
                             item->n_leaves * sizeof (ShoalHash));
  unit_succeed (self, item->key, leaves, &item->root, item->is_hole ? 0 : started);
}

static void
done_hash (gpointer data)
{
  Job *job = data;
  ShoalSeed *self = job->seed;

  self->n_hash_jobs--;
  /* The workers first: what follows may take a while. */
  shoal_seed_pump_hash (self);
  for (guint i = 0; i < job->items->len; i++)
    end_item (self, &g_array_index (job->items, Item, i), job->started);
  shoal_seed_check_hash_alls (self);
  shoal_seed_pump_hash (self);
  if (self->n_hash_jobs == 0)
    shoal_seed_flush_records (self);
  g_array_unref (job->items);
  g_free (job);
  shoal_seed_unref (self);
}

/* --- Lookups ------------------------------------------------------------- */

typedef struct
{
  ShoalSeed *seed; /* (owned) */
  uint64_t   key;
} Lookup;

static void start_unit (ShoalSeed *self, ShoalSeedUnit *unit);

/* Leaves as the cache had them: of the right number, and with a group root
 * that is the known one, if it is known. */
static gboolean
leaves_are_right (ShoalSeed *self, uint64_t key, GBytes *leaves, ShoalHash *root)
{
  uint32_t file = shoal_seed_key_file (key);
  uint64_t group = shoal_seed_key_group (key);
  uint64_t length = shoal_seed_length (self, file);

  if (leaves == NULL
      || g_bytes_get_size (leaves) != shoal_merkle_group_size (length, group) * sizeof (ShoalHash))
    return FALSE;
  shoal_merkle_group_root (length, group, g_bytes_get_data (leaves, NULL), root);
  return shoal_seed_group_fits (self, file, group, root);
}

static void
on_leaves (GBytes *hashes, gpointer user_data)
{
  g_autofree Lookup *lookup = user_data;
  ShoalSeed *self = lookup->seed;
  ShoalSeedUnit *unit = g_hash_table_lookup (self->units, &lookup->key);
  ShoalHash root;

  self->n_lookups--;
  if (unit != NULL && leaves_are_right (self, lookup->key, hashes, &root))
    unit_succeed (self, lookup->key, hashes, &root, 0);
  else if (unit != NULL)
    unit_queue (self, unit);
  shoal_seed_check_hash_alls (self);
  shoal_seed_pump_hash (self);
  shoal_seed_unref (self);
}

static void
ask_leaves (ShoalSeed *self, uint64_t key)
{
  Lookup *lookup = g_new0 (Lookup, 1);
  uint32_t file = shoal_seed_key_file (key);

  lookup->seed = shoal_seed_ref (self);
  lookup->key = key;
  self->n_lookups++;
  shoal_hash_cache_get_leaves (self->database, shoal_scan_get_stamp (self->scan, file),
                               shoal_seed_key_group (key), on_leaves, lookup);
}

static void
on_group_roots (GBytes *hashes, gpointer user_data)
{
  g_autofree Lookup *lookup = user_data;
  ShoalSeed *self = lookup->seed;
  uint32_t file = shoal_seed_key_file (lookup->key);
  ShoalSeedUnit *unit;

  self->n_lookups--;
  if (hashes != NULL && self->files[file].state == SHOAL_SEED_FILE_HASHED)
    shoal_seed_set_tree (self, file, hashes);
  unit = g_hash_table_lookup (self->units, &lookup->key);
  if (unit != NULL && hashes != NULL)
    ask_leaves (self, lookup->key);
  else if (unit != NULL)
    unit_queue (self, unit);
  shoal_seed_pump_hash (self);
  shoal_seed_unref (self);
}

static void
ask_group_roots (ShoalSeed *self, uint64_t key, ShoalHashBytesFunc func)
{
  Lookup *lookup = g_new0 (Lookup, 1);

  lookup->seed = shoal_seed_ref (self);
  lookup->key = key;
  self->n_lookups++;
  shoal_hash_cache_get_group_roots (self->database,
                                    shoal_scan_get_stamp (self->scan, shoal_seed_key_file (key)),
                                    func, lookup);
}

static void
start_unit (ShoalSeed *self, ShoalSeedUnit *unit)
{
  uint32_t file = shoal_seed_key_file (unit->key);
  const ShoalSeedFile *f = &self->files[file];
  gboolean has_groups = shoal_merkle_n_groups (shoal_seed_length (self, file)) > 1;

  if (self->database == NULL || (f->state == SHOAL_SEED_FILE_UNKNOWN && !f->has_groups
                                 && !shoal_seed_knows_group (self, file,
                                                             shoal_seed_key_group (unit->key))))
    unit_queue (self, unit);
  else if (f->state == SHOAL_SEED_FILE_HASHED && has_groups && f->tree == NULL)
    ask_group_roots (self, unit->key, on_group_roots);
  else
    ask_leaves (self, unit->key);
}

/* --- Wanting ------------------------------------------------------------- */

void
shoal_seed_want (ShoalSeed *self, uint32_t file, uint64_t group, ShoalSeedRequest *request)
{
  uint64_t key = shoal_seed_key (file, group);
  ShoalSeedUnit *unit = g_hash_table_lookup (self->units, &key);
  gboolean is_new = unit == NULL;

  if (is_new)
    unit = unit_new (self, key);
  if (!unit->is_wanted)
    {
      gboolean was_queued = unit->is_queued;

      unit_unqueue (self, unit);
      unit->is_wanted = TRUE;
      if (was_queued)
        unit_queue (self, unit);
    }
  if (unit->requests == NULL)
    unit->requests = g_ptr_array_new ();
  g_ptr_array_add (unit->requests, request);
  request->n_wait++;
  if (is_new)
    start_unit (self, unit);
}

static void
on_tree_roots (GBytes *hashes, gpointer user_data)
{
  g_autofree Lookup *lookup = user_data;
  ShoalSeed *self = lookup->seed;
  uint32_t file = shoal_seed_key_file (lookup->key);

  self->n_lookups--;
  if (self->files[file].state == SHOAL_SEED_FILE_HASHED && !self->is_closed)
    {
      if (hashes != NULL)
        shoal_seed_set_tree (self, file, hashes);
      else if (g_queue_find (&self->whole, GUINT_TO_POINTER (file + 1)) == NULL)
        g_queue_push_tail (&self->whole, GUINT_TO_POINTER (file + 1));
    }
  shoal_seed_pump_hash (self);
  shoal_seed_unref (self);
}

static void
on_no_database (gpointer user_data)
{
  on_tree_roots (NULL, user_data);
}

void
shoal_seed_want_tree (ShoalSeed *self, uint32_t file, ShoalSeedRequest *request)
{
  Lookup *lookup;

  g_ptr_array_add (self->uppers, request);
  if (self->database != NULL)
    {
      ask_group_roots (self, shoal_seed_key (file, 0), on_tree_roots);
      return;
    }
  lookup = g_new0 (Lookup, 1);
  lookup->seed = shoal_seed_ref (self);
  lookup->key = shoal_seed_key (file, 0);
  self->n_lookups++;
  shoal_runtime_add_timer (self->source.runtime, 0, on_no_database, lookup);
}

void
shoal_seed_answer_uppers (ShoalSeed *self, uint32_t file, const GError *error)
{
  g_autoptr (GPtrArray) ready = g_ptr_array_new ();

  for (guint i = 0; i < self->uppers->len;)
    {
      ShoalSeedRequest *request = self->uppers->pdata[i];

      if (file == G_MAXUINT32 || request->file == file)
        g_ptr_array_add (ready, g_ptr_array_steal_index (self->uppers, i));
      else
        i++;
    }
  for (guint i = 0; i < ready->len; i++)
    shoal_seed_answer_upper (self, ready->pdata[i], error);
}

/* --- Choosing ------------------------------------------------------------ */

/* The next unit of the share; FALSE at the end. */
static gboolean
step (ShoalSeed *self, uint32_t *file, uint64_t *group)
{
  if (++*group < shoal_merkle_n_groups (shoal_seed_length (self, *file)))
    return TRUE;
  *group = 0;
  do
    if (++*file >= self->n_files)
      return FALSE;
  while (shoal_seed_length (self, *file) == 0);
  return TRUE;
}

/* TRUE if nobody has taken care of that unit yet. */
static gboolean
is_untouched (ShoalSeed *self, uint32_t file, uint64_t group)
{
  uint64_t key = shoal_seed_key (file, group);

  return self->files[file].state == SHOAL_SEED_FILE_UNKNOWN
         && !shoal_seed_knows_group (self, file, group)
         && !g_hash_table_contains (self->units, &key);
}

/* The walk is done again only by a request from its second half on, or from
 * before it: else ten thousand small files would be five million steps. */
void
shoal_seed_look_ahead (ShoalSeed *self, uint32_t file, uint64_t group)
{
  uint64_t from = shoal_seed_key (file, group);
  uint64_t bytes = 0;

  if (self->n_left == 0 || (from >= self->ahead_from && from < self->ahead_middle))
    return;
  self->ahead_from = self->ahead_middle = from;
  for (guint n = 0; n < SHOAL_SEED_AHEAD_FILES && bytes < SHOAL_SEED_AHEAD_BYTES; n++)
    {
      if (!step (self, &file, &group))
        {
          self->ahead_middle = G_MAXUINT64;
          return;
        }
      bytes += unit_size (self, shoal_seed_key (file, group));
      if (n <= SHOAL_SEED_AHEAD_FILES / 2 && bytes <= SHOAL_SEED_AHEAD_BYTES / 2)
        self->ahead_middle = shoal_seed_key (file, group);
      if (is_untouched (self, file, group))
        start_unit (self, unit_new (self, shoal_seed_key (file, group)));
    }
}

/* The next group of a file whose tree is missing although its root is known. */
static ShoalSeedUnit *
next_of_whole (ShoalSeed *self)
{
  while (self->whole.length > 0)
    {
      uint32_t file = GPOINTER_TO_UINT (g_queue_peek_head (&self->whole)) - 1;
      uint64_t n_groups = shoal_merkle_n_groups (shoal_seed_length (self, file));

      while (self->files[file].state == SHOAL_SEED_FILE_HASHED && self->whole_group < n_groups)
        {
          uint64_t key = shoal_seed_key (file, self->whole_group++);

          if (!g_hash_table_contains (self->units, &key))
            return unit_new (self, key);
        }
      g_queue_pop_head (&self->whole);
      self->whole_group = 0;
    }
  return NULL;
}

static ShoalSeedUnit *
next_of_all (ShoalSeed *self)
{
  while (shoal_seed_wants_all (self) && self->n_left > 0 && self->all_file < self->n_files
         && self->n_lookups < MAX_LOOKUPS)
    {
      uint32_t file = self->all_file;
      uint64_t group = self->all_group;
      ShoalSeedUnit *unit;

      if (!step (self, &self->all_file, &self->all_group))
        self->all_file = self->n_files;
      if (shoal_seed_length (self, file) == 0 || !is_untouched (self, file, group))
        continue;
      unit = unit_new (self, shoal_seed_key (file, group));
      if (self->database == NULL || !self->files[file].has_groups)
        return unit;
      start_unit (self, unit);
    }
  return NULL;
}

static ShoalSeedUnit *
next_unit (ShoalSeed *self)
{
  ShoalSeedUnit *unit = g_queue_peek_head (&self->wanted);

  if (unit == NULL)
    unit = g_queue_peek_head (&self->ahead);
  if (unit == NULL)
    unit = next_of_whole (self);
  return unit != NULL ? unit : next_of_all (self);
}

static Job *
take_job (ShoalSeed *self)
{
  GArray *items = g_array_new (FALSE, TRUE, sizeof (Item));
  uint64_t bytes = 0;
  ShoalSeedUnit *unit;
  Job *job;

  g_array_set_clear_func (items, clear_item);
  while (items->len < MAX_JOB_UNITS && bytes < JOB_BYTES && (unit = next_unit (self)) != NULL)
    {
      Item item = { .key = unit->key };

      unit_unqueue (self, unit);
      bytes += unit_size (self, unit->key);
      g_array_append_val (items, item);
    }
  if (items->len == 0)
    {
      g_array_unref (items);
      return NULL;
    }
  job = g_new0 (Job, 1);
  job->seed = shoal_seed_ref (self);
  job->files = self->files_on_disk;
  job->description = self->source.description;
  job->started = shoal_runtime_wall_time (self->source.runtime);
  job->items = items;
  return job;
}

void
shoal_seed_pump_hash (ShoalSeed *self)
{
  Job *job;

  while (!self->is_closed && self->n_hash_jobs < self->max_hash_jobs
         && self->unwritten_bytes < SHOAL_SEED_UNWRITTEN_BYTES
         && (job = take_job (self)) != NULL)
    {
      self->n_hash_jobs++;
      shoal_runtime_submit (self->source.runtime, SHOAL_POOL_DISK, work_hash, done_hash, job);
    }
}
