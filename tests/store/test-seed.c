/* test-seed.c: hashing and reading what is shared.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "seed-rig.h"

/* --- Hashing ------------------------------------------------------------- */

static void
test_out_of_order (StoreFixture *f, gconstpointer data)
{
  static const uint64_t ORDER[] = { 3, 1, 0, 2 };
  g_autoptr (ShoalScan) scan = NULL;
  g_autofree ShoalHash *leaves = leaves_of (BIG_SIZE, 5);
  ShoalHash root = root_of (BIG_SIZE, 5);
  Told told = { 0 };
  ShoalSeed *seed;
  uint64_t hashed, total;

  store_fixture_write (f, "big", BIG_SIZE, 5);
  scan = store_fixture_scan (f, "big");
  seed = new_seed (f, scan, f->db, &told);
  for (guint i = 0; i < G_N_ELEMENTS (ORDER); i++)
    check_hashes (f, shoal_seed_as_source (seed), 0, ORDER[i], leaves, ORDER[i] == 3 ? 6 : 512);
  settle (f);
  g_assert_cmpuint (told.n_told, ==, 1);
  g_assert_true (told.is_end);
  g_assert_true (shoal_hash_equals (shoal_seed_get_root (seed, 0), &root));
  shoal_seed_get_progress (seed, &hashed, &total);
  g_assert_cmpuint (hashed, ==, BIG_SIZE);
  g_assert_cmpuint (total, ==, BIG_SIZE);
  end_seed (f, seed);
}

static void
test_complete (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = write_and_scan (f);
  Told told = { 0 }, again = { 0 };
  ShoalSeed *seed = new_seed (f, scan, f->db, &told);
  g_autoptr (ShoalDescription) share = NULL;
  g_autoptr (ShoalDescription) share_again = NULL;
  g_autoptr (ShoalContentSource) view = NULL;
  uint64_t hashed, total;

  hash_all (f, seed);
  settle (f);
  g_assert_cmpuint (told.n_told, ==, G_N_ELEMENTS (FILES) - 1);
  g_assert_true (told.is_end);
  share = complete (f, seed);
  g_assert_false (shoal_description_is_draft (share));
  for (guint i = 0; i < G_N_ELEMENTS (FILES); i++)
    if (FILES[i].size > 0)
      {
        ShoalHash root = root_of (FILES[i].size, i);
        uint32_t index = index_of (shoal_seed_as_source (seed), i);

        g_assert_true (
          shoal_hash_equals (&shoal_description_get_file (share, index)->key, &root));
      }
  check_all (f, shoal_seed_as_source (seed), TRUE);
  view = shoal_seed_view_new (seed, share);
  check_all (f, view, TRUE);
  g_clear_pointer (&view, shoal_content_source_unref);
  end_seed (f, seed);

  /* A second time nothing is hashed. */
  seed = new_seed (f, scan, f->db, &again);
  settle (f);
  g_assert_true (shoal_seed_is_hashed (seed));
  g_assert_true (again.is_end);
  shoal_seed_get_progress (seed, &hashed, &total);
  g_assert_cmpuint (total, ==, 0);
  share_again = complete (f, seed);
  g_assert_true (shoal_hash_equals (shoal_description_get_id (share),
                                    shoal_description_get_id (share_again)));
  check_all (f, shoal_seed_as_source (seed), TRUE);
  end_seed (f, seed);
}

/* Reading a draft hashes first what is read. */
static void
test_read_draft (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = write_and_scan (f);
  Told told = { 0 };
  ShoalSeed *seed = new_seed (f, scan, NULL, &told);

  check_all (f, shoal_seed_as_source (seed), FALSE);
  settle (f);
  g_assert_cmpuint (told.n_told, ==, G_N_ELEMENTS (FILES) - 1);
  g_assert_true (told.is_end);
  check_all (f, shoal_seed_as_source (seed), TRUE);
  end_seed (f, seed);
}

static void
test_empty (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = NULL;
  g_autoptr (ShoalDescription) share = NULL;
  Told told = { 0 };
  ShoalSeed *seed;

  store_fixture_write (f, "s/nothing", 0, 0);
  scan = store_fixture_scan (f, "s");
  seed = new_seed (f, scan, f->db, &told);
  hash_all (f, seed);
  settle (f);
  g_assert_true (told.is_end);
  share = complete (f, seed);
  g_assert_cmpuint (shoal_description_get_n_files (share), ==, 1);
  end_seed (f, seed);
}

/* --- Proofs -------------------------------------------------------------- */

static void
check_proof (StoreFixture *f, ShoalContentSource *source, size_t size, const ShoalHash *root,
             uint32_t base, uint64_t index, uint64_t count)
{
  g_auto (Answer) answer = { 0 };
  ShoalMerkleRange range;

  g_assert_true (shoal_merkle_range_init (&range, size, base, index, count,
                                          shoal_merkle_proof_layers_to_root (size, base),
                                          SHOAL_MERKLE_MAX_RANGE));
  shoal_content_source_prove_async (source, 0, &range, on_hashes, &answer);
  wait_for (f, &answer);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.n_hashes, ==, range.n_nodes + range.n_uncles);
  g_assert_true (shoal_merkle_verify (&range, size, answer.hashes, range.n_nodes,
                                      answer.hashes + range.n_nodes, root));
}

static void
check_proofs (StoreFixture *f, ShoalContentSource *source, size_t size, const ShoalHash *root)
{
  check_proof (f, source, size, root, 0, 0, 512);
  check_proof (f, source, size, root, 0, 1536, 4);
  check_proof (f, source, size, root, 0, 512, 64);
  check_proof (f, source, size, root, 0, 0, 2048);
  check_proof (f, source, size, root, 2, 0, 256);
  check_proof (f, source, size, root, 9, 2, 2);
  check_proof (f, source, size, root, 10, 0, 2);
}

static void
test_proofs (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = NULL;
  ShoalHash root = root_of (BIG_SIZE, 5);
  Told told = { 0 };
  ShoalSeed *seed;
  ShoalMerkleRange range;

  store_fixture_write (f, "big", BIG_SIZE, 5);
  store_fixture_age ();
  scan = store_fixture_scan (f, "big");
  seed = new_seed (f, scan, f->db, &told);
  {
    g_auto (Answer) answer = { 0 };

    /* No proof before the root is known, which looking ahead may make it meanwhile. */
    g_assert_true (shoal_merkle_range_init (&range, BIG_SIZE, 0, 0, 512, 0, 8192));
    shoal_content_source_prove_async (shoal_seed_as_source (seed), 0, &range, on_hashes, &answer);
    wait_for (f, &answer);
    if (shoal_seed_get_root (seed, 0) == NULL)
      g_assert_error (answer.error, SHOAL_ERROR, SHOAL_ERROR_NOT_FOUND);
  }
  hash_all (f, seed);
  check_proofs (f, shoal_seed_as_source (seed), BIG_SIZE, &root);
  end_seed (f, seed);

  /* From the cache alone. */
  seed = new_seed (f, scan, f->db, &told);
  told.is_end = FALSE;
  check_proofs (f, shoal_seed_as_source (seed), BIG_SIZE, &root);
  end_seed (f, seed);
}

/* The root is remembered, the rest of the cache is lost: all is made again. */
static gboolean
work_forget (sqlite3 *db, gpointer data, GError **error)
{
  g_assert_cmpint (sqlite3_exec (db, "DELETE FROM hash_groups; UPDATE hash_files"
                                 " SET group_roots = NULL", NULL, NULL, NULL), ==, SQLITE_OK);
  return TRUE;
}

static void
test_lost_layers (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = NULL;
  g_autofree ShoalHash *leaves = leaves_of (BIG_SIZE, 5);
  ShoalHash root = root_of (BIG_SIZE, 5);
  Told told = { 0 };
  ShoalSeed *seed;

  store_fixture_write (f, "big", BIG_SIZE, 5);
  store_fixture_age ();
  scan = store_fixture_scan (f, "big");
  seed = new_seed (f, scan, f->db, &told);
  hash_all (f, seed);
  end_seed (f, seed);
  g_assert_true (shoal_database_run_now (f->db, work_forget, NULL, NULL));

  told = (Told){ 0 };
  seed = new_seed (f, scan, f->db, &told);
  check_hashes (f, shoal_seed_as_source (seed), 0, 1, leaves, 512);
  check_proofs (f, shoal_seed_as_source (seed), BIG_SIZE, &root);
  g_assert_cmpuint (told.n_told, ==, 1);
  end_seed (f, seed);
}

static gboolean
work_spoil (sqlite3 *db, gpointer data, GError **error)
{
  g_assert_cmpint (sqlite3_exec (db, data, NULL, NULL, NULL), ==, SQLITE_OK);
  return TRUE;
}

/* Layers that do not lead to the root are made again; a root that the bytes do
 * not lead to is not stood by. */
static void
test_spoilt_cache (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = NULL;
  g_autofree ShoalHash *leaves = leaves_of (BIG_SIZE, 5);
  g_auto (Answer) answer = { 0 };
  ShoalMerkleRange range;
  Told told = { 0 };
  ShoalSeed *seed;

  store_fixture_write (f, "big", BIG_SIZE, 5);
  store_fixture_age ();
  scan = store_fixture_scan (f, "big");
  seed = new_seed (f, scan, f->db, &told);
  hash_all (f, seed);
  end_seed (f, seed);

  shoal_database_run_now (f->db, work_spoil, "UPDATE hash_groups SET leaves = zeroblob (16384)",
                          NULL);
  told = (Told){ 0 };
  seed = new_seed (f, scan, f->db, &told);
  check_hashes (f, shoal_seed_as_source (seed), 0, 1, leaves, 512);
  end_seed (f, seed);

  shoal_database_run_now (f->db, work_spoil,
                          "UPDATE hash_files SET root = zeroblob (32), group_roots = NULL", NULL);
  told = (Told){ 0 };
  seed = new_seed (f, scan, f->db, &told);
  g_assert_true (shoal_merkle_range_init (&range, BIG_SIZE, 9, 0, 2, 0, 8192));
  shoal_content_source_prove_async (shoal_seed_as_source (seed), 0, &range, on_hashes, &answer);
  wait_for (f, &answer);
  g_assert_error (answer.error, SHOAL_ERROR, SHOAL_ERROR_CHANGED);
  end_seed (f, seed);
}

/* Hashing was interrupted: what the cache has is not hashed again. */
static void
test_interrupted (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = NULL;
  g_autofree ShoalHash *leaves = leaves_of (BIG_SIZE, 5);
  g_autofree char *path = store_fixture_path (f, "big");
  ShoalHash root = root_of (BIG_SIZE, 5);
  Told told = { 0 };
  ShoalSeed *seed;

  store_fixture_write (f, "big", BIG_SIZE, 5);
  store_fixture_age ();
  scan = store_fixture_scan (f, "big");
  seed = new_seed (f, scan, f->db, &told);
  check_hashes (f, shoal_seed_as_source (seed), 0, 3, leaves, 6);
  end_seed (f, seed);
  g_assert_cmpuint (told.n_told, ==, 0);

  /* The file is away: only the cache can answer. */
  g_assert_cmpint (g_unlink (path), ==, 0);
  seed = new_seed (f, scan, f->db, &told);
  check_hashes (f, shoal_seed_as_source (seed), 0, 3, leaves, 6);
  g_assert_false (shoal_seed_is_hashed (seed));
  (void) root;
  end_seed (f, seed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func)                                                                           \
  g_test_add ("/store/seed/" path, StoreFixture, NULL, store_fixture_set_up, func,                \
              store_fixture_tear_down)
  ADD ("out-of-order", test_out_of_order);
  ADD ("complete", test_complete);
  ADD ("read-draft", test_read_draft);
  ADD ("empty", test_empty);
  ADD ("proofs", test_proofs);
  ADD ("lost-layers", test_lost_layers);
  ADD ("spoilt-cache", test_spoilt_cache);
  ADD ("interrupted", test_interrupted);
  return g_test_run ();
}
