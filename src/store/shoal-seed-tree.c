/* shoal-seed-tree.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-seed-private.h"

#include "shoal-names.h"

/* Trees of more groups than this (8 GiB) are built on a worker. */
#define MAX_INLINE_GROUPS 1024u
/* Records are put into the cache by so many at once. */
#define MAX_RECORDS 256u
#define MAX_RECORD_BYTES (1024u * 1024)

/* --- Leaves at hand ------------------------------------------------------ */

GBytes *
shoal_seed_get_leaves (ShoalSeed *self, uint64_t key)
{
  ShoalSeedLeaves *leaves = g_hash_table_lookup (self->leaves, &key);

  if (leaves == NULL)
    return NULL;
  g_queue_unlink (&self->leaves_used, &leaves->link);
  g_queue_push_tail_link (&self->leaves_used, &leaves->link);
  return leaves->bytes;
}

static void
drop_oldest (ShoalSeed *self)
{
  ShoalSeedLeaves *leaves = g_queue_pop_head_link (&self->leaves_used)->data;

  self->leaves_bytes -= g_bytes_get_size (leaves->bytes);
  g_hash_table_remove (self->leaves, &leaves->key);
  g_bytes_unref (leaves->bytes);
  g_free (leaves);
}

void
shoal_seed_keep_leaves (ShoalSeed *self, uint64_t key, GBytes *bytes)
{
  ShoalSeedLeaves *leaves;

  /* One leaf is the file's root, which is kept anyway. */
  if (g_bytes_get_size (bytes) <= SHOAL_HASH_SIZE || shoal_seed_get_leaves (self, key) != NULL)
    return;
  leaves = g_new0 (ShoalSeedLeaves, 1);
  leaves->key = key;
  leaves->bytes = g_bytes_ref (bytes);
  leaves->link.data = leaves;
  g_hash_table_insert (self->leaves, &leaves->key, leaves);
  g_queue_push_tail_link (&self->leaves_used, &leaves->link);
  self->leaves_bytes += g_bytes_get_size (bytes);
  while (self->leaves_bytes > SHOAL_SEED_LEAVES_BYTES)
    drop_oldest (self);
}

void
shoal_seed_drop_leaves (ShoalSeed *self)
{
  while (self->leaves_used.length > 0)
    drop_oldest (self);
}

/* --- Hash cache ---------------------------------------------------------- */

typedef struct
{
  ShoalSeed *seed; /* (owned) */
  size_t     bytes;
} Flush;

static void
on_flushed (const GError *error, gpointer user_data)
{
  g_autofree Flush *flush = user_data;
  ShoalSeed *self = flush->seed;

  if (error != NULL)
    g_debug ("Hash cache: %s", error->message);
  self->unwritten_bytes -= flush->bytes;
  shoal_seed_pump_hash (self);
  shoal_seed_unref (self);
}

void
shoal_seed_flush_records (ShoalSeed *self)
{
  Flush *flush;

  if (self->records->len == 0)
    return;
  flush = g_new0 (Flush, 1);
  flush->seed = shoal_seed_ref (self);
  flush->bytes = self->records_bytes;
  self->unwritten_bytes += flush->bytes;
  shoal_hash_cache_put (self->database, self->records, on_flushed, flush);
  self->records = shoal_hash_records_new ();
  self->records_bytes = 0;
}

static void
add_record (ShoalSeed *self, uint32_t file, ShoalHashRecord *record, size_t bytes)
{
  if (self->database == NULL || self->files[file].is_fresh)
    {
      shoal_hash_record_clear (record);
      return;
    }
  record->stamp = *shoal_scan_get_stamp (self->scan, file);
  g_array_append_val (self->records, *record);
  self->records_bytes += bytes;
  if (self->records->len >= MAX_RECORDS || self->records_bytes >= MAX_RECORD_BYTES)
    shoal_seed_flush_records (self);
}

static void
remember_group (ShoalSeed *self, uint32_t file, uint64_t group, GBytes *leaves, gint64 started)
{
  ShoalHashRecord record = { .group = group };
  const ShoalFileStamp *stamp = shoal_scan_get_stamp (self->scan, file);

  if (started == 0)
    return;
  if (shoal_file_stamp_is_fresh (stamp, started))
    self->files[file].is_fresh = TRUE;
  if (g_bytes_get_size (leaves) <= SHOAL_HASH_SIZE)
    return;
  record.leaves = g_bytes_ref (leaves);
  add_record (self, file, &record, g_bytes_get_size (leaves));
}

static void
remember_root (ShoalSeed *self, uint32_t file)
{
  ShoalSeedFile *f = &self->files[file];
  ShoalHashRecord record = { .has_root = TRUE, .root = f->root };

  if (f->tree != NULL)
    record.group_roots
      = g_bytes_new (f->tree->roots, (gsize) f->tree->n_groups * sizeof (ShoalHash));
  add_record (self, file, &record, 100);
}

/* --- Trees --------------------------------------------------------------- */

void
shoal_seed_tree_free (ShoalSeedTree *tree)
{
  if (tree == NULL)
    return;
  g_free (tree->known);
  g_free (tree->roots);
  g_free (tree->upper);
  g_free (tree->windows);
  g_free (tree);
}

static ShoalSeedTree *
tree_new (uint64_t n_groups)
{
  ShoalSeedTree *tree = g_new0 (ShoalSeedTree, 1);

  tree->n_groups = n_groups;
  tree->known = g_malloc0 ((gsize) (n_groups + 7) / 8);
  tree->roots = g_new0 (ShoalHash, (gsize) n_groups);
  return tree;
}

static gboolean
tree_knows (const ShoalSeedTree *tree, uint64_t group)
{
  return (tree->known[group / 8] >> (group % 8) & 1) != 0;
}

gboolean
shoal_seed_knows_group (ShoalSeed *self, uint32_t file, uint64_t group)
{
  const ShoalSeedFile *f = &self->files[file];

  return f->state == SHOAL_SEED_FILE_HASHED
         || (f->state == SHOAL_SEED_FILE_UNKNOWN && f->tree != NULL
             && tree_knows (f->tree, group));
}

gboolean
shoal_seed_group_fits (ShoalSeed *self, uint32_t file, uint64_t group, const ShoalHash *root)
{
  const ShoalSeedFile *f = &self->files[file];

  if (f->tree != NULL && tree_knows (f->tree, group))
    return shoal_hash_equals (&f->tree->roots[group], root);
  if (f->state == SHOAL_SEED_FILE_HASHED
      && shoal_merkle_n_groups (shoal_seed_length (self, file)) == 1)
    return shoal_hash_equals (&f->root, root);
  return TRUE;
}

/* All layers above the group roots, one after the other. */
static ShoalHash *
build_upper (const ShoalHash *roots, uint64_t n_groups)
{
  ShoalHash *upper = g_new (ShoalHash, (gsize) n_groups + SHOAL_MERKLE_MAX_HEIGHT);
  const ShoalHash *below = roots;
  ShoalHash *out = upper;
  unsigned layer = SHOAL_MERKLE_GROUP_LAYER;

  for (uint64_t n = n_groups; n > 1; layer++)
    {
      n = shoal_merkle_reduce (below, n, layer, layer + 1, out);
      below = out;
      out += n;
    }
  return upper;
}

static void
set_windows (ShoalSeedTree *tree)
{
  const ShoalHash *nodes = tree->upper;
  unsigned layer = SHOAL_MERKLE_GROUP_LAYER;

  tree->windows = g_new0 (ShoalMerkleWindow, SHOAL_MERKLE_MAX_HEIGHT);
  tree->windows[0] = (ShoalMerkleWindow){ layer, 0, tree->n_groups, tree->roots };
  tree->n_windows = 1;
  for (uint64_t n = tree->n_groups; n > 1;)
    {
      n = (n + 1) / 2;
      tree->windows[tree->n_windows++] = (ShoalMerkleWindow){ ++layer, 0, n, nodes };
      nodes += n;
    }
}

/* --- Roots --------------------------------------------------------------- */

static void
set_root (ShoalSeed *self, uint32_t file, const ShoalHash *root)
{
  ShoalSeedFile *f = &self->files[file];

  if (f->state == SHOAL_SEED_FILE_HASHED && !shoal_hash_equals (&f->root, root))
    {
      g_autofree char *location = shoal_scan_get_location (self->scan, file);
      g_autofree char *shown = shoal_name_escape (location, -1, 0);
      g_autoptr (GError) error
        = shoal_error_new (SHOAL_ERROR_CHANGED, SHOAL_SIDE_HERE, "Send or share it again.",
                           "“%s” does not hold the bytes it held before", shown);

      shoal_seed_fail_file (self, file, error);
      return;
    }
  if (f->state == SHOAL_SEED_FILE_UNKNOWN)
    {
      f->state = SHOAL_SEED_FILE_HASHED;
      f->root = *root;
      self->n_left--;
    }
  if (f->tree == NULL || !f->tree->is_cached)
    remember_root (self, file);
  if (self->n_left == 0)
    shoal_seed_flush_records (self);
  shoal_seed_answer_uppers (self, file, NULL);
  shoal_seed_tell_file (self, file);
}

typedef struct
{
  ShoalSeed *seed;  /* (owned) */
  uint32_t   file;
  uint64_t   n_groups;
  ShoalHash *roots; /* (owned) */
  ShoalHash *upper; /* (owned) */
} TreeJob;

static void
work_tree (gpointer data)
{
  TreeJob *job = data;

  job->upper = build_upper (job->roots, job->n_groups);
}

static void
take_upper (ShoalSeed *self, uint32_t file, ShoalHash *upper)
{
  ShoalSeedTree *tree = self->files[file].tree;

  tree->upper = upper;
  set_windows (tree);
  set_root (self, file, &tree->windows[tree->n_windows - 1].nodes[0]);
}

static void
done_tree (gpointer data)
{
  TreeJob *job = data;
  ShoalSeed *self = job->seed;
  ShoalSeedTree *tree = self->files[job->file].tree;

  /* The file may have failed meanwhile. */
  if (tree != NULL && tree->upper == NULL)
    take_upper (self, job->file, g_steal_pointer (&job->upper));
  shoal_seed_check_hash_alls (self);
  g_free (job->roots);
  g_free (job->upper);
  g_free (job);
  shoal_seed_unref (self);
}

static void
complete_tree (ShoalSeed *self, uint32_t file)
{
  ShoalSeedTree *tree = self->files[file].tree;
  TreeJob *job;

  if (tree->n_groups <= MAX_INLINE_GROUPS)
    {
      take_upper (self, file, build_upper (tree->roots, tree->n_groups));
      return;
    }
  job = g_new0 (TreeJob, 1);
  job->seed = shoal_seed_ref (self);
  job->file = file;
  job->n_groups = tree->n_groups;
  job->roots = g_memdup2 (tree->roots, (gsize) tree->n_groups * sizeof (ShoalHash));
  shoal_runtime_submit (self->source.runtime, SHOAL_POOL_HASH, work_tree, done_tree, job);
}

void
shoal_seed_set_group (ShoalSeed *self, uint32_t file, uint64_t group, GBytes *leaves,
                      const ShoalHash *root, gint64 started)
{
  ShoalSeedFile *f = &self->files[file];
  uint64_t length = shoal_seed_length (self, file);
  uint64_t n_groups = shoal_merkle_n_groups (length);

  if (n_groups > 1 && f->tree == NULL)
    f->tree = tree_new (n_groups);
  if (f->tree != NULL && tree_knows (f->tree, group))
    return;

  remember_group (self, file, group, leaves, started);
  if (f->state == SHOAL_SEED_FILE_UNKNOWN)
    {
      uint64_t start = group * SHOAL_LEAVES_PER_GROUP * SHOAL_LEAF_SIZE;

      self->bytes_hashed += MIN (length - start, SHOAL_LEAVES_PER_GROUP * SHOAL_LEAF_SIZE);
    }
  if (f->tree == NULL)
    {
      set_root (self, file, root);
      return;
    }
  f->tree->known[group / 8] |= (uint8_t) (1u << (group % 8));
  f->tree->roots[group] = *root;
  if (++f->tree->n_known == n_groups)
    complete_tree (self, file);
}

void
shoal_seed_set_tree (ShoalSeed *self, uint32_t file, GBytes *group_roots)
{
  ShoalSeedFile *f = &self->files[file];
  ShoalSeedTree *tree;

  if (f->tree != NULL && f->tree->n_known == f->tree->n_groups)
    return;
  tree = tree_new (shoal_merkle_n_groups (shoal_seed_length (self, file)));
  memcpy (tree->roots, g_bytes_get_data (group_roots, NULL),
          (gsize) tree->n_groups * sizeof (ShoalHash));
  memset (tree->known, 0xff, (gsize) (tree->n_groups + 7) / 8);
  tree->n_known = tree->n_groups;
  tree->is_cached = TRUE;
  shoal_seed_tree_free (f->tree);
  f->tree = tree;
  complete_tree (self, file);
}
