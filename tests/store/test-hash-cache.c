/* test-hash-cache.c: what is found again, and what is not.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "store-fixture.h"

#include "shoal-hash-cache.h"
#include "shoal-sql.h"

static ShoalHash
hash_of (uint8_t byte)
{
  ShoalHash hash;

  memset (hash.bytes, byte, sizeof hash.bytes);
  return hash;
}

static ShoalFileStamp
stamp_of (uint64_t inode, uint64_t size)
{
  return (ShoalFileStamp){ .device = 1, .inode = inode, .size = size, .mtime = 100, .ctime = 200 };
}

static void
on_found (const ShoalHashFound *found, size_t n, gpointer user_data)
{
  memcpy (user_data, found, n * sizeof *found);
}

static ShoalHashFound
find (StoreFixture *f, ShoalFileStamp stamp)
{
  ShoalHashFound found = { 0 };

  shoal_hash_cache_find (f->db, &stamp, 1, on_found, &found);
  shoal_main_runtime_drain (f->runtime);
  return found;
}

static void
put_root (StoreFixture *f, ShoalFileStamp stamp, uint8_t root)
{
  GArray *records = shoal_hash_records_new ();
  ShoalHashRecord record = { .stamp = stamp, .has_root = TRUE, .root = hash_of (root) };

  g_array_append_val (records, record);
  shoal_hash_cache_put (f->db, records, NULL, NULL);
}

static void
put_leaves (StoreFixture *f, ShoalFileStamp stamp, uint64_t group, uint8_t first, guint n)
{
  GArray *records = shoal_hash_records_new ();
  ShoalHashRecord record = { .stamp = stamp, .group = group };
  g_autofree uint8_t *leaves = g_malloc0 (n * SHOAL_HASH_SIZE);

  leaves[0] = first;
  record.leaves = g_bytes_new (leaves, n * SHOAL_HASH_SIZE);
  g_array_append_val (records, record);
  shoal_hash_cache_put (f->db, records, NULL, NULL);
}

static void
on_bytes (GBytes *bytes, gpointer user_data)
{
  *(GBytes **) user_data = bytes != NULL ? g_bytes_ref (bytes) : NULL;
}

static GBytes *
get_leaves (StoreFixture *f, ShoalFileStamp stamp, uint64_t group)
{
  GBytes *bytes = NULL;

  shoal_hash_cache_get_leaves (f->db, &stamp, group, on_bytes, &bytes);
  shoal_main_runtime_drain (f->runtime);
  return bytes;
}

static void
test_stamp (StoreFixture *f, gconstpointer data)
{
  ShoalFileStamp stamp = stamp_of (5, 1000), other;
  ShoalHash root = hash_of (7);
  ShoalHashFound found;

  g_assert_false (find (f, stamp).has_root);
  put_root (f, stamp, 7);
  found = find (f, stamp);
  g_assert_true (found.has_root && shoal_hash_equals (&found.root, &root));

  /* Each field by itself makes it another file. */
#define CHANGED(field)                                                                            \
  other = stamp;                                                                                  \
  other.field++;                                                                                  \
  found = find (f, other);                                                                        \
  g_assert_false (found.has_root || found.has_groups)
  CHANGED (device);
  CHANGED (inode);
  CHANGED (size);
  CHANGED (mtime);
  CHANGED (ctime);
#undef CHANGED

  /* Asking about another one has not made this one be forgotten. */
  g_assert_true (find (f, stamp).has_root);

  /* Putting another one in its place has. */
  other = stamp;
  other.mtime++;
  put_leaves (f, stamp, 0, 1, 2);
  put_root (f, other, 8);
  g_assert_false (find (f, stamp).has_root);
  g_assert_true (find (f, other).has_root);
  g_assert_null (get_leaves (f, stamp, 0));
  g_assert_null (get_leaves (f, other, 0));
}

static void
test_layers (StoreFixture *f, gconstpointer data)
{
  uint64_t size = G_GUINT64_CONSTANT (3) * 512 * SHOAL_LEAF_SIZE;
  ShoalFileStamp stamp = stamp_of (5, size);
  GArray *records = shoal_hash_records_new ();
  ShoalHash group_roots[3] = { hash_of (1), hash_of (2), hash_of (3) };
  ShoalHashRecord record = { .stamp = stamp, .has_root = TRUE };
  g_autoptr (GBytes) got = NULL;
  g_autoptr (GBytes) leaves = NULL;
  ShoalHashFound found;

  put_leaves (f, stamp, 2, 9, 512);
  found = find (f, stamp);
  g_assert_true (!found.has_root && found.has_groups);

  shoal_merkle_root (size, SHOAL_MERKLE_GROUP_LAYER, group_roots, &record.root);
  record.group_roots = g_bytes_new (group_roots, sizeof group_roots);
  g_array_append_val (records, record);
  shoal_hash_cache_put (f->db, records, NULL, NULL);
  shoal_hash_cache_get_group_roots (f->db, &stamp, on_bytes, &got);
  shoal_main_runtime_drain (f->runtime);
  g_assert_cmpmem (g_bytes_get_data (got, NULL), g_bytes_get_size (got), group_roots,
                   sizeof group_roots);
  found = find (f, stamp);
  g_assert_true (found.has_root && shoal_hash_equals (&found.root, &record.root));

  leaves = get_leaves (f, stamp, 2);
  g_assert_cmpuint (g_bytes_get_size (leaves), ==, 512 * SHOAL_HASH_SIZE);
  g_assert_cmpuint (((const uint8_t *) g_bytes_get_data (leaves, NULL))[0], ==, 9);
  g_assert_null (get_leaves (f, stamp, 1));
}

static gboolean
work_spoil (sqlite3 *db, gpointer data, GError **error)
{
  return shoal_sql_script (db, "UPDATE hash_files SET group_roots = zeroblob (96)", error);
}

/* What the disk got wrong is not believed. */
static void
test_spoilt (StoreFixture *f, gconstpointer data)
{
  g_autoptr (GBytes) got = NULL;
  uint64_t size = G_GUINT64_CONSTANT (3) * 512 * SHOAL_LEAF_SIZE;
  ShoalFileStamp stamp = stamp_of (5, size);

  put_root (f, stamp, 1);
  shoal_main_runtime_drain (f->runtime);
  g_assert_true (shoal_database_run_now (f->db, work_spoil, NULL, NULL));
  shoal_hash_cache_get_group_roots (f->db, &stamp, on_bytes, &got);
  shoal_main_runtime_drain (f->runtime);
  g_assert_null (got);
}

static gboolean
work_age (sqlite3 *db, gpointer data, GError **error)
{
  return shoal_sql_script (db, "UPDATE hash_files SET used = used - 10 * (10 - inode)", error);
}

static guint
count (StoreFixture *f)
{
  guint n = 0;

  for (uint64_t i = 0; i < 10; i++)
    n += find (f, stamp_of (i, 1000)).has_root;
  return n;
}

static gboolean
work_count_groups (sqlite3 *db, gpointer data, GError **error)
{
  g_autoptr (ShoalStatement) stmt
    = shoal_sql_query (db, error, "SELECT count (*) FROM hash_groups", "");

  g_assert_true (shoal_sql_next (stmt, error));
  *(gint64 *) data = shoal_sql_int (stmt, 0);
  return TRUE;
}

static void
test_bounds (StoreFixture *f, gconstpointer data)
{
  gint64 n_groups = 0;

  for (uint64_t i = 0; i < 10; i++)
    {
      put_root (f, stamp_of (i, 1000), 1);
      put_leaves (f, stamp_of (i, 1000), 0, 1, 512);
    }
  shoal_main_runtime_drain (f->runtime);
  g_assert_true (shoal_database_run_now (f->db, work_age, NULL, NULL));

  shoal_hash_cache_prune (f->db, G_MAXUINT32, 100, 95);
  shoal_main_runtime_drain (f->runtime);
  g_assert_true (shoal_database_run_now (f->db, work_count_groups, &n_groups, NULL));
  g_assert_cmpint (n_groups, ==, 9);
  shoal_hash_cache_prune (f->db, G_MAXUINT32, 7, 1000);
  shoal_hash_cache_prune (f->db, 5 * 17000, 100, 1000);
  shoal_main_runtime_drain (f->runtime);
  g_assert_true (shoal_database_run_now (f->db, work_count_groups, &n_groups, NULL));
  g_assert_cmpint (n_groups, ==, 5);
  /* The longest unused have gone. */
  g_assert_true (find (f, stamp_of (9, 1000)).has_root);
  g_assert_true (find (f, stamp_of (5, 1000)).has_root);
  g_assert_false (find (f, stamp_of (4, 1000)).has_root);
  g_assert_cmpuint (count (f), ==, 5);
}

static void
test_fresh (void)
{
  ShoalFileStamp stamp = { .mtime = 5000000001, .ctime = 4000000001 };

  g_assert_true (shoal_file_stamp_is_fresh (&stamp, 5000000));
  g_assert_true (shoal_file_stamp_is_fresh (&stamp, 5019999));
  g_assert_false (shoal_file_stamp_is_fresh (&stamp, 5020000));
  stamp.mtime = 5000000000; /* whole seconds: the clock of FAT */
  g_assert_true (shoal_file_stamp_is_fresh (&stamp, 6000000));
  g_assert_false (shoal_file_stamp_is_fresh (&stamp, 7000000));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func)                                                                           \
  g_test_add ("/store/hash-cache/" path, StoreFixture, NULL, store_fixture_set_up, func,          \
              store_fixture_tear_down)
  ADD ("stamp", test_stamp);
  ADD ("layers", test_layers);
  ADD ("spoilt", test_spoilt);
  ADD ("bounds", test_bounds);
  g_test_add_func ("/store/hash-cache/fresh", test_fresh);
  return g_test_run ();
}
