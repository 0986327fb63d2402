/* shoal-piece-store-hashes.c: leaf hashes, and the roots that follow from them
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"

#include "shoal-merkle.h"

#include <string.h>

/* --- Cache --------------------------------------------------------------- */

/* 256 full groups: 2 GiB of file. */
#define MAX_CACHE_BYTES (4u * 1024 * 1024)

typedef struct
{
  guint    file;
  uint64_t group;
} GroupKey;

typedef struct
{
  GroupKey key;
  GBytes  *hashes; /* (owned) */
} CachedGroup;

struct _ShoalGroupCache
{
  GHashTable *links; /* (owned): GroupKey of a CachedGroup → its link in `recent` */
  GQueue      recent; /* of CachedGroup (owned), last used first */
  gsize       n_bytes;
  GHashTable *busy;  /* (owned): GroupKey (owned): being stored or loaded */
};

static guint
hash_key (gconstpointer data)
{
  const GroupKey *key = data;

  return key->file * 2654435761u ^ (guint) key->group;
}

static gboolean
equal_keys (gconstpointer a, gconstpointer b)
{
  const GroupKey *left = a, *right = b;

  return left->file == right->file && left->group == right->group;
}

ShoalGroupCache *
shoal_group_cache_new (void)
{
  ShoalGroupCache *self = g_new0 (ShoalGroupCache, 1);

  self->links = g_hash_table_new (hash_key, equal_keys);
  self->busy = g_hash_table_new_full (hash_key, equal_keys, g_free, NULL);
  return self;
}

static void
evict (ShoalGroupCache *self)
{
  CachedGroup *group = g_queue_pop_tail (&self->recent);

  g_hash_table_remove (self->links, &group->key);
  self->n_bytes -= g_bytes_get_size (group->hashes);
  g_bytes_unref (group->hashes);
  g_free (group);
}

void
shoal_group_cache_free (ShoalGroupCache *self)
{
  while (self->recent.length > 0)
    evict (self);
  g_hash_table_unref (self->links);
  g_hash_table_unref (self->busy);
  g_free (self);
}

static void
cache_put (ShoalGroupCache *self, const GroupKey *key, GBytes *hashes)
{
  CachedGroup *group;

  if (g_hash_table_contains (self->links, key))
    return;
  group = g_new0 (CachedGroup, 1);
  group->key = *key;
  group->hashes = g_bytes_ref (hashes);
  self->n_bytes += g_bytes_get_size (hashes);
  g_queue_push_head (&self->recent, group);
  g_hash_table_insert (self->links, &group->key, self->recent.head);
  while (self->n_bytes > MAX_CACHE_BYTES && self->recent.length > 1)
    evict (self);
}

static GBytes *
cache_get (ShoalGroupCache *self, const GroupKey *key)
{
  GList *link = g_hash_table_lookup (self->links, key);

  if (link == NULL)
    return NULL;
  g_queue_unlink (&self->recent, link);
  g_queue_push_head_link (&self->recent, link);
  return g_bytes_ref (((CachedGroup *) link->data)->hashes);
}

/* --- Loading ------------------------------------------------------------- */

typedef struct
{
  ShoalPieceStore *store;
  gint64           row;
  GroupKey         key;
  GBytes          *hashes; /* (owned) (nullable) */
} LoadGroup;

static gboolean
load_work (sqlite3 *db, gpointer data, GError **error)
{
  LoadGroup *job = data;
  g_autoptr (GError) load_error = NULL;

  job->hashes = shoal_piece_records_get_hashes (db, job->row, job->key.file, job->key.group,
                                                &load_error);
  if (load_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&load_error));
  return FALSE;
}

static void
load_done (gpointer data, const GError *error)
{
  LoadGroup *job = data;
  ShoalPieceStore *self = job->store;

  g_hash_table_remove (self->groups->busy, &job->key);
  if (job->hashes != NULL)
    cache_put (self->groups, &job->key, job->hashes);
  else
    {
      g_autoptr (GError) lost
        = shoal_error_new (SHOAL_ERROR_DISK, SHOAL_SIDE_HERE, "Start this transfer again.",
                           "The state kept about “%s” cannot be read: %s",
                           shoal_piece_store_get_path (self, job->key.file),
                           error != NULL ? error->message : "it is gone");

      shoal_piece_store_fail_file (self, job->key.file, lost);
    }

  g_clear_pointer (&job->hashes, g_bytes_unref);
  g_free (job);
  shoal_piece_store_end_job (self);
}

gboolean
shoal_piece_store_is_adding (ShoalPieceStore *self, guint file, uint64_t group)
{
  const GroupKey key = { file, group };

  return g_hash_table_contains (self->groups->busy, &key);
}

GBytes *
shoal_piece_store_get_group (ShoalPieceStore *self, guint index, uint64_t group, gboolean *waits)
{
  const ShoalStoreFile *file = &self->files[index];
  GroupKey key = { index, group };
  GBytes *hashes = NULL;
  LoadGroup *job;

  *waits = FALSE;
  if (shoal_merkle_n_leaves (file->length) == 1 && (file->has_root || file->is_computed))
    return g_bytes_new (&file->root, sizeof file->root);
  *waits = g_hash_table_contains (self->groups->busy, &key);
  if (*waits || !shoal_piece_store_knows_group (self, index, group))
    return NULL;
  hashes = cache_get (self->groups, &key);
  if (hashes != NULL)
    return hashes;

  *waits = TRUE;
  g_hash_table_add (self->groups->busy, g_memdup2 (&key, sizeof key));
  job = g_new0 (LoadGroup, 1);
  job->store = self;
  job->row = self->row;
  job->key = key;
  shoal_piece_store_query (self, SHOAL_DATABASE_READ, load_work, load_done, job);
  return NULL;
}

static void
fail_root (ShoalPieceStore *self, guint file)
{
  g_autoptr (GError) error
    = shoal_error_new (SHOAL_ERROR_CORRUPT, SHOAL_SIDE_THERE, "Ask for the file again.",
                       "“%s” came, but is not what its sender says it is",
                       shoal_piece_store_get_path (self, file));

  shoal_piece_store_discard_file (self, file, error);
}

/* --- Adding -------------------------------------------------------------- */

typedef struct
{
  ShoalPieceStore    *store;
  gint64              row;
  GroupKey            key;
  uint64_t            length;
  GBytes             *hashes; /* (owned) */
  ShoalHash           root;   /* of the group, computed by the worker */
  gboolean            check;  /* it must be `expected` */
  ShoalHash           expected;
  ShoalPieceStoreDone done;
  gpointer            user_data;
  GError             *error;  /* (owned) (nullable): known before the job ran */
} AddHashes;

static void
answer (AddHashes *job, const GError *error)
{
  if (job->done != NULL)
    job->done (job->store, error, job->user_data);
  g_clear_error (&job->error);
  g_bytes_unref (job->hashes);
  g_free (job);
}

static void
on_answer (gpointer data)
{
  AddHashes *job = data;
  g_autoptr (ShoalPieceStore) self = job->store;

  answer (job, job->error);
}

static gboolean
add_work (sqlite3 *db, gpointer data, GError **error)
{
  AddHashes *job = data;

  shoal_merkle_group_root (job->length, job->key.group, g_bytes_get_data (job->hashes, NULL),
                           &job->root);
  if (job->check && !shoal_hash_equals (&job->root, &job->expected))
    return shoal_error_set (error, SHOAL_ERROR_CORRUPT, SHOAL_SIDE_THERE, NULL,
                            "The hashes of a file do not lead to its root");
  return shoal_piece_records_add_hashes (db, job->row, job->key.file, job->key.group, &job->root,
                                         job->hashes, error);
}

/* Whole leaves of nothing but zeroes need not be fetched where the part has a
 * hole: the check looks whether it has. */
static void
mark_zero_leaves (ShoalPieceStore *self, guint index, uint64_t group, GBytes *bytes)
{
  ShoalFileWork *work = self->files[index].work;
  gsize size;
  const ShoalHash *hashes = g_bytes_get_data (bytes, &size);
  const ShoalHash *zero = shoal_zero_leaf_hash ();
  uint64_t first = group * SHOAL_LEAVES_PER_GROUP;
  gboolean any = FALSE;

  if (!self->probe.has_sparse_files)
    return;
  for (gsize i = 0; i < size / sizeof (ShoalHash); i++)
    if (shoal_hash_equals (&hashes[i], zero) && !shoal_leaf_set_has (&work->have, first + i))
      {
        shoal_leaf_set_add (&work->checking, first + i);
        any = TRUE;
      }
  if (any)
    shoal_piece_store_queue_check (self, index);
}

static void
note_group (ShoalPieceStore *self, const GroupKey *key, const ShoalHash *root, GBytes *hashes)
{
  ShoalStoreFile *file = &self->files[key->file];
  ShoalFileWork *work;

  if (file->state != SHOAL_FILE_STATE_PARTIAL)
    return;
  /* The root of a draft's file may have been told while its hashes were stored. */
  if (shoal_merkle_n_groups (file->length) == 1 && file->has_root
      && !shoal_hash_equals (root, &file->root))
    {
      fail_root (self, key->file);
      return;
    }
  if (shoal_merkle_n_groups (file->length) == 1 && !file->has_root)
    {
      file->root = *root;
      file->is_computed = TRUE;
    }
  if (shoal_merkle_n_leaves (file->length) == 1)
    {
      shoal_piece_store_check_candidate (self, key->file);
      return;
    }
  work = shoal_piece_store_ensure_work (self, key->file);
  shoal_leaf_set_add (&work->groups, key->group);
  file->has_group = shoal_merkle_n_groups (file->length) == 1;
  if (work->roots != NULL)
    work->roots[key->group] = *root;
  cache_put (self->groups, key, hashes);
  mark_zero_leaves (self, key->file, key->group, hashes);
  shoal_piece_store_check_candidate (self, key->file);
}

static void
add_done (gpointer data, const GError *error)
{
  AddHashes *job = data;
  ShoalPieceStore *self = job->store;

  g_hash_table_remove (self->groups->busy, &job->key);
  if (g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_DISK_FULL)
      && shoal_piece_store_is_active (self))
    {
      g_queue_push_tail (&self->deferred_hashes, job);
      shoal_piece_store_pause (self, ENOSPC);
    }
  else
    {
      if (error == NULL)
        note_group (self, &job->key, &job->root, job->hashes);
      else if (self->began_as_draft
               && g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_CORRUPT))
        /* Root and hashes are the word of the same device. */
        fail_root (self, job->key.file);
      answer (job, error);
    }
  shoal_piece_store_end_job (self);
}

static void
start_add (ShoalPieceStore *self, AddHashes *job)
{
  g_hash_table_add (self->groups->busy, g_memdup2 (&job->key, sizeof job->key));
  shoal_piece_store_query (self, SHOAL_DATABASE_WRITE, add_work, add_done, job);
}

void
shoal_piece_store_retry_hashes (ShoalPieceStore *self)
{
  AddHashes *job;

  while ((job = g_queue_pop_head (&self->deferred_hashes)) != NULL)
    start_add (self, job);
}

void
shoal_piece_store_drop_hashes (ShoalPieceStore *self, const GError *error)
{
  AddHashes *job;

  while ((job = g_queue_pop_head (&self->deferred_hashes)) != NULL)
    answer (job, error);
}

gboolean
shoal_piece_store_knows_group (ShoalPieceStore *self, guint index, uint64_t group)
{
  const ShoalStoreFile *file = &self->files[index];

  g_return_val_if_fail (index < self->n_files, FALSE);
  if (group >= shoal_merkle_n_groups (file->length))
    return FALSE;
  if (file->state == SHOAL_FILE_STATE_COMPLETE || file->state == SHOAL_FILE_STATE_FINAL)
    return TRUE;
  if (shoal_merkle_n_leaves (file->length) == 1)
    return file->has_root || file->is_computed;
  return file->work != NULL && shoal_leaf_set_has (&file->work->groups, group);
}

void
shoal_piece_store_add_hashes_async (ShoalPieceStore *self, guint index, uint64_t group,
                                    const ShoalHash *hashes, guint n_hashes,
                                    ShoalPieceStoreDone done, gpointer user_data)
{
  AddHashes *job = g_new0 (AddHashes, 1);
  ShoalStoreFile *file;

  shoal_owner_thread_assert (&self->owner);
  job->store = self;
  job->row = self->row;
  job->hashes = g_bytes_new (hashes, n_hashes * sizeof *hashes);
  job->done = done;
  job->user_data = user_data;

  file = index < self->n_files ? &self->files[index] : NULL;
  if (!shoal_piece_store_is_active (self))
    shoal_error_set (&job->error, SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                     "The transfer was stopped");
  else if (file == NULL || n_hashes == 0
           || n_hashes != shoal_merkle_group_size (file->length, group))
    shoal_error_set (&job->error, SHOAL_ERROR_INVALID, SHOAL_SIDE_NONE, NULL,
                     "These hashes are of no part of the file");
  if (job->error != NULL || file->state != SHOAL_FILE_STATE_PARTIAL
      || shoal_piece_store_knows_group (self, index, group))
    {
      shoal_piece_store_ref (self);
      shoal_runtime_add_timer (self->runtime, 0, on_answer, job);
      return;
    }

  job->key = (GroupKey){ index, group };
  job->length = file->length;
  job->check = file->has_root && shoal_merkle_n_groups (file->length) == 1;
  job->expected = file->root;
  start_add (self, job);
}

/* --- Roots --------------------------------------------------------------- */

gboolean
shoal_piece_store_check_root (ShoalPieceStore *self, guint index)
{
  ShoalStoreFile *file = &self->files[index];
  ShoalHash root;

  /* One group: its root was compared, or taken, when it was added; a file of one leaf is its
   * own root; one written whole was compared by the writer. */
  if (file->work == NULL || file->work->roots == NULL)
    return TRUE;

  g_assert (shoal_leaf_set_is_full (&file->work->groups));
  shoal_merkle_root (file->length, SHOAL_MERKLE_GROUP_LAYER, file->work->roots, &root);
  if (file->has_root && !shoal_hash_equals (&root, &file->root))
    {
      fail_root (self, index);
      return FALSE;
    }
  file->root = root;
  file->is_computed = TRUE;
  return TRUE;
}

typedef struct
{
  ShoalPieceStore *store; /* (owned) */
  guint            first;
  gsize            n;
  ShoalHash       *roots;    /* (owned) */
  gboolean        *left_out; /* (owned) */
  gboolean         is_last;  /* the draft is complete */
} Confirm;

static void
confirm (ShoalPieceStore *self, guint index, const ShoalHash *root)
{
  ShoalStoreFile *file = &self->files[index];

  if (file->is_folder
      || (file->state != SHOAL_FILE_STATE_PARTIAL && file->state != SHOAL_FILE_STATE_COMPLETE))
    return;
  /* What is given up although its root is known lacks leaves that nobody has. */
  if (file->has_root && (root != NULL || file->state == SHOAL_FILE_STATE_COMPLETE))
    return;
  if (root == NULL)
    {
      g_autoptr (GError) error
        = shoal_error_new (SHOAL_ERROR_CHANGED, SHOAL_SIDE_THERE, "Ask for the file again.",
                           "“%s” was changed on the other device while it was being sent",
                           shoal_piece_store_get_path (self, index));

      shoal_piece_store_discard_file (self, index, error);
      return;
    }
  if (file->is_computed && !shoal_hash_equals (root, &file->root))
    {
      fail_root (self, index);
      return;
    }
  file->root = *root;
  file->has_root = TRUE;
  if (file->state == SHOAL_FILE_STATE_COMPLETE)
    shoal_piece_store_queue_settle (self, index);
  else
    shoal_piece_store_check_candidate (self, index);
}

static void
on_confirm (gpointer data)
{
  Confirm *job = data;
  ShoalPieceStore *self = job->store;

  for (gsize i = 0; i < job->n && job->first + i < self->n_files; i++)
    confirm (self, job->first + (guint) i, job->left_out[i] ? NULL : &job->roots[i]);
  if (job->is_last)
    self->is_draft = FALSE;
  shoal_piece_store_advance (self);

  g_free (job->roots);
  g_free (job->left_out);
  g_free (job);
  shoal_piece_store_unref (self);
}

static void
confirm_soon (ShoalPieceStore *self, guint first, const ShoalHash *roots, const gboolean *left_out,
              gsize n, gboolean is_last)
{
  Confirm *job = g_new0 (Confirm, 1);

  shoal_owner_thread_assert (&self->owner);
  job->store = shoal_piece_store_ref (self);
  job->first = first;
  job->n = n;
  job->roots = g_memdup2 (roots, n * sizeof *roots);
  job->left_out = left_out != NULL ? g_memdup2 (left_out, n * sizeof *left_out)
                                   : g_new0 (gboolean, MAX (n, 1));
  job->is_last = is_last;
  shoal_runtime_add_timer (self->runtime, 0, on_confirm, job);
}

void
shoal_piece_store_complete_draft (ShoalPieceStore *self, const ShoalHash *roots,
                                  const gboolean *left_out, gsize n)
{
  confirm_soon (self, 0, roots, left_out, n, TRUE);
}

void
shoal_piece_store_confirm_file (ShoalPieceStore *self, guint file, const ShoalHash *root)
{
  const ShoalHash none = { { 0 } };
  gboolean left_out = root == NULL;

  confirm_soon (self, file, root != NULL ? root : &none, &left_out, 1, FALSE);
}
