/* test-seed.c: hashing and reading what is shared.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "store-fixture.h"

#include "shoal-seed.h"
#include "shoal-sha256.h"

#include <fcntl.h>
#include <unistd.h>

#define MIB (1024u * 1024)
#define GROUP_BYTES (SHOAL_LEAVES_PER_GROUP * SHOAL_LEAF_SIZE)

/* --- Helpers ------------------------------------------------------------- */

typedef struct
{
  GString  *log;
  guint     n_told;
  guint     n_failed;
  gboolean  is_end;
} Told;

static void
on_file (ShoalSeed *seed, uint32_t file, const ShoalHash *root, const GError *error,
         gpointer user_data)
{
  Told *told = user_data;

  g_assert_false (told->is_end);
  if (file == G_MAXUINT32)
    {
      told->is_end = TRUE;
      g_assert_true (shoal_seed_is_hashed (seed));
      return;
    }
  g_assert_true ((root == NULL) == (error != NULL));
  told->n_told++;
  told->n_failed += error != NULL;
}

static void
settle (StoreFixture *f)
{
  /* Turns are timers, which drain() does not wait for. */
  for (int i = 0; i < 3; i++)
    {
      gint64 end = g_get_monotonic_time () + 2000;

      while (g_get_monotonic_time () < end)
        if (!g_main_context_iteration (NULL, FALSE))
          g_usleep (100);
      shoal_main_runtime_drain (f->runtime);
    }
}

static ShoalSeed *
new_seed (StoreFixture *f, ShoalScan *scan, ShoalDatabase *db, Told *told)
{
  return shoal_seed_new (SHOAL_RUNTIME (f->runtime), db, scan, on_file, told);
}

static void
end_seed (StoreFixture *f, ShoalSeed *seed)
{
  shoal_seed_close (seed);
  settle (f);
  shoal_content_source_unref (shoal_seed_as_source (seed));
}

/* The leaves of a file that store_fixture_write() wrote. */
static ShoalHash *
leaves_of (size_t size, guint32 number)
{
  g_autofree uint8_t *data = g_malloc (size + 1);
  ShoalHash *leaves = g_new (ShoalHash, shoal_merkle_n_leaves (size) + 1);

  store_fixture_fill (data, size, number);
  shoal_sha256_leaves (data, size, leaves);
  return leaves;
}

static ShoalHash
root_of (size_t size, guint32 number)
{
  g_autofree ShoalHash *leaves = leaves_of (size, number);
  ShoalHash root;

  shoal_merkle_root (size, 0, leaves, &root);
  return root;
}

/* What came back from one call. */
typedef struct
{
  gboolean   is_answered;
  GBytes    *bytes;
  ShoalHash *hashes;
  guint      n_hashes;
  GError    *error;
} Answer;

static void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->bytes, g_bytes_unref);
  g_clear_pointer (&answer->hashes, g_free);
  g_clear_error (&answer->error);
  answer->is_answered = FALSE;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static void
on_read (GBytes *bytes, const GError *error, gpointer user_data)
{
  Answer *answer = user_data;

  g_assert_false (answer->is_answered);
  answer->is_answered = TRUE;
  answer->bytes = bytes != NULL ? g_bytes_ref (bytes) : NULL;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
on_hashes (const ShoalHash *hashes, uint32_t n_hashes, const GError *error, gpointer user_data)
{
  Answer *answer = user_data;

  g_assert_false (answer->is_answered);
  answer->is_answered = TRUE;
  answer->hashes = g_memdup2 (hashes, n_hashes * sizeof *hashes);
  answer->n_hashes = n_hashes;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
wait_for (StoreFixture *f, Answer *answer)
{
  g_assert_false (answer->is_answered); /* never from inside the call */
  while (!answer->is_answered)
    g_main_context_iteration (NULL, TRUE);
}

static void
on_ready (ShoalSeed *seed, const GError *error, gpointer user_data)
{
  Answer *answer = user_data;

  answer->is_answered = TRUE;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
hash_all (StoreFixture *f, ShoalSeed *seed)
{
  g_auto (Answer) answer = { 0 };

  shoal_seed_hash_all_async (seed, TRUE, NULL, on_ready, &answer);
  wait_for (f, &answer);
  g_assert_no_error (answer.error);
}

static void
check_hashes (StoreFixture *f, ShoalContentSource *source, uint32_t file, uint64_t group,
              const ShoalHash *leaves, guint n)
{
  g_auto (Answer) answer = { 0 };

  shoal_content_source_hashes_async (source, file, group, on_hashes, &answer);
  wait_for (f, &answer);
  g_assert_no_error (answer.error);
  g_assert_cmpmem (answer.hashes, answer.n_hashes * sizeof (ShoalHash),
                   leaves + group * SHOAL_LEAVES_PER_GROUP, n * sizeof (ShoalHash));
}

static void
check_read (StoreFixture *f, ShoalContentSource *source, uint32_t file, uint64_t first, guint n,
            const uint8_t *data, size_t size)
{
  g_auto (Answer) answer = { 0 };
  size_t offset = first * SHOAL_LEAF_SIZE;

  shoal_content_source_read_async (source, file, first, n, on_read, &answer);
  wait_for (f, &answer);
  g_assert_no_error (answer.error);
  g_assert_cmpmem (g_bytes_get_data (answer.bytes, NULL), g_bytes_get_size (answer.bytes),
                   data + offset, MIN (n * SHOAL_LEAF_SIZE, size - offset));
}

static void
expect_error (StoreFixture *f, ShoalContentSource *source, uint32_t file, uint64_t first, guint n,
              ShoalErrorCode code)
{
  g_auto (Answer) answer = { 0 };

  shoal_content_source_read_async (source, file, first, n, on_read, &answer);
  wait_for (f, &answer);
  g_assert_error (answer.error, SHOAL_ERROR, (int) code);
}

typedef struct
{
  ShoalDescription *description;
  GError           *error;
  gint64            first_mtime;
  gboolean          is_answered;
} Completed;

static void
on_complete (ShoalDescription *description, const ShoalAttributes *attributes, const GError *error,
             gpointer user_data)
{
  Completed *completed = user_data;

  completed->is_answered = TRUE;
  completed->error = error != NULL ? g_error_copy (error) : NULL;
  if (description == NULL)
    return;
  completed->description = shoal_description_ref (description);
  g_assert_cmpuint (attributes->n_files, ==, shoal_description_get_n_files (description));
  g_assert_cmpuint (attributes->n_folders, ==, shoal_description_get_n_folders (description));
  if (attributes->n_files > 0)
    completed->first_mtime = attributes->files[0].mtime;
}

static ShoalDescription *
complete (StoreFixture *f, ShoalSeed *seed)
{
  Completed completed = { 0 };

  shoal_seed_complete_async (seed, on_complete, &completed);
  while (!completed.is_answered)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (completed.error);
  return completed.description;
}

/* --- Hashing ------------------------------------------------------------- */

#define BIG_SIZE (3 * GROUP_BYTES + 5 * SHOAL_LEAF_SIZE + 7)

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

static const struct
{
  const char *name;
  size_t      size;
} FILES[] = {
  { "s/0", 0 },
  { "s/1", 1 },
  { "s/16383", 16383 },
  { "s/16384", 16384 },
  { "s/16385", 16385 },
  { "s/group", GROUP_BYTES },
  { "s/group+1", GROUP_BYTES + 1 },
  { "s/dir/small", 10240 },
  { "s/dir/other", 40000 },
};

static ShoalScan *
write_and_scan (StoreFixture *f)
{
  for (guint i = 0; i < G_N_ELEMENTS (FILES); i++)
    store_fixture_write (f, FILES[i].name, FILES[i].size, i);
  store_fixture_age ();
  return store_fixture_scan (f, "s");
}

/* Where the share has file @i of FILES. */
static uint32_t
index_of (ShoalContentSource *source, guint i)
{
  uint32_t index = 0;

  g_assert_true (shoal_description_find_path (shoal_content_source_get_description (source),
                                              FILES[i].name + 2, &index));
  return index;
}

static void
check_all (StoreFixture *f, ShoalContentSource *source, gboolean hashes)
{
  for (guint i = 0; i < G_N_ELEMENTS (FILES); i++)
    {
      size_t size = FILES[i].size;
      g_autofree uint8_t *bytes = g_malloc (size + 1);
      g_autofree ShoalHash *leaves = leaves_of (size, i);
      uint32_t index = index_of (source, i);

      if (size == 0)
        {
          expect_error (f, source, index, 0, 1, SHOAL_ERROR_INVALID);
          continue;
        }
      store_fixture_fill (bytes, size, i);
      check_read (f, source, index, 0, MIN (shoal_merkle_n_leaves (size), 64), bytes, size);
      check_read (f, source, index, shoal_merkle_n_leaves (size) - 1, 1, bytes, size);
      if (size > GROUP_BYTES)
        check_read (f, source, index, 500, 13, bytes, size); /* over the end of a group */
      for (uint64_t g = 0; hashes && g < shoal_merkle_n_groups (size); g++)
        check_hashes (f, source, index, g, leaves, shoal_merkle_group_size (size, g));
    }
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

    /* No proof before the root is known. */
    g_assert_true (shoal_merkle_range_init (&range, BIG_SIZE, 0, 0, 512, 0, 8192));
    shoal_content_source_prove_async (shoal_seed_as_source (seed), 0, &range, on_hashes, &answer);
    wait_for (f, &answer);
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

/* --- Change -------------------------------------------------------------- */

static void
touch_byte (StoreFixture *f, const char *name)
{
  g_autofree char *path = store_fixture_path (f, name);
  int fd = g_open (path, O_WRONLY, 0);

  g_assert_cmpint (pwrite (fd, "!", 1, 3), ==, 1);
  close (fd);
}

static void
test_changed_while_hashed (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = write_and_scan (f);
  g_autoptr (ShoalDescription) share = NULL;
  g_autoptr (ShoalContentSource) view = NULL;
  Told told = { 0 };
  ShoalSeed *seed = new_seed (f, scan, f->db, &told);
  ShoalContentSource *source = shoal_seed_as_source (seed);
  g_autofree uint8_t *bytes = g_malloc (40000);
  uint32_t index = index_of (source, 6), other;

  touch_byte (f, FILES[6].name);
  hash_all (f, seed);
  settle (f);
  /* It alone has failed. */
  g_assert_cmpuint (told.n_told, ==, G_N_ELEMENTS (FILES) - 1);
  g_assert_cmpuint (told.n_failed, ==, 1);
  g_assert_true (told.is_end);
  g_assert_error (shoal_seed_get_failure (seed, index), SHOAL_ERROR, SHOAL_ERROR_CHANGED);
  expect_error (f, source, index, 0, 1, SHOAL_ERROR_CHANGED);

  share = complete (f, seed);
  g_assert_cmpuint (shoal_description_get_n_files (share), ==, G_N_ELEMENTS (FILES) - 1);
  view = shoal_seed_view_new (seed, share);
  other = index_of (view, 8);
  store_fixture_fill (bytes, 40000, 8);
  check_read (f, view, other, 0, 3, bytes, 40000);
  g_clear_pointer (&view, shoal_content_source_unref);
  end_seed (f, seed);
}

static void
test_changed_while_served (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = write_and_scan (f);
  Told told = { 0 };
  ShoalSeed *seed = new_seed (f, scan, f->db, &told);
  ShoalContentSource *source = shoal_seed_as_source (seed);
  g_autofree char *path = store_fixture_path (f, FILES[4].name);
  g_autofree char *moved = store_fixture_path (f, FILES[5].name);
  g_autofree char *dir = store_fixture_path (f, "s/dir");
  g_autofree char *dir_away = store_fixture_path (f, "away");

  hash_all (f, seed);
  check_all (f, source, TRUE);
  touch_byte (f, FILES[3].name);
  g_assert_cmpint (truncate (path, 5), ==, 0);
  g_assert_cmpint (g_unlink (moved), ==, 0);
  expect_error (f, source, index_of (source, 3), 0, 1, SHOAL_ERROR_CHANGED);
  expect_error (f, source, index_of (source, 4), 0, 1, SHOAL_ERROR_CHANGED);
  expect_error (f, source, index_of (source, 5), 0, 1, SHOAL_ERROR_CHANGED);
  end_seed (f, seed);

  /* A folder that became a link leads nowhere. */
  told = (Told){ 0 };
  seed = new_seed (f, scan, NULL, &told);
  source = shoal_seed_as_source (seed);
  g_assert_cmpint (g_rename (dir, dir_away), ==, 0);
  g_assert_cmpint (symlink ("../away", dir), ==, 0);
  expect_error (f, source, index_of (source, 8), 0, 1, SHOAL_ERROR_CHANGED);
  end_seed (f, seed);
}

/* --- Closing ------------------------------------------------------------- */

static void
test_close (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = write_and_scan (f);
  Told told = { 0 };
  Answer answers[12] = { 0 };
  Answer all = { 0 };

  /* At once, and after some turns of the loop. */
  for (guint turns = 0; turns < 8; turns++)
    {
      ShoalSeed *seed = new_seed (f, scan, f->db, &told);

      told = (Told){ 0 };
      for (guint i = 0; i < 12; i++)
        shoal_content_source_read_async (shoal_seed_as_source (seed),
                                         index_of (shoal_seed_as_source (seed), 6), i * 30, 10,
                                         on_read, &answers[i]);
      shoal_seed_hash_all_async (seed, TRUE, NULL, on_ready, &all);
      for (guint i = 0; i < turns; i++)
        g_main_context_iteration (NULL, TRUE);
      shoal_seed_close (seed);
      shoal_content_source_unref (shoal_seed_as_source (seed));
      settle (f);
      for (guint i = 0; i < 12; i++)
        {
          g_assert_true (answers[i].is_answered);
          if (answers[i].error != NULL)
            g_assert_error (answers[i].error, SHOAL_ERROR, SHOAL_ERROR_CANCELLED);
          answer_clear (&answers[i]);
        }
      g_assert_true (all.is_answered);
      answer_clear (&all);
    }
}

static void
test_cancel (StoreFixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (ShoalScan) scan = NULL;
  g_auto (Answer) answer = { 0 };
  Told told = { 0 };
  ShoalSeed *seed;

  store_fixture_write (f, "big", BIG_SIZE, 5);
  scan = store_fixture_scan (f, "big");
  seed = new_seed (f, scan, NULL, &told);
  shoal_seed_hash_all_async (seed, TRUE, cancellable, on_ready, &answer);
  g_cancellable_cancel (cancellable);
  wait_for (f, &answer);
  g_assert_error (answer.error, SHOAL_ERROR, SHOAL_ERROR_CANCELLED);
  g_assert_false (shoal_seed_is_hashed (seed));
  hash_all (f, seed);
  g_assert_true (shoal_seed_is_hashed (seed));
  end_seed (f, seed);
}

/* --- Holes and many ------------------------------------------------------ */

static void
test_sparse (StoreFixture *f, gconstpointer data)
{
  g_autofree char *path = store_fixture_path (f, "sparse");
  g_autoptr (ShoalScan) scan = NULL;
  uint64_t size = G_GUINT64_CONSTANT (3) * 1024 * MIB + 5;
  ShoalMerkleBuilder builder;
  g_autofree ShoalHash *zeroes = g_new (ShoalHash, SHOAL_LEAVES_PER_GROUP);
  g_autofree uint8_t *leaf = g_malloc0 (SHOAL_LEAF_SIZE);
  ShoalHash special, last, root;
  Told told = { 0 };
  ShoalSeed *seed;
  int fd;

  /* Five bytes of data, on a leaf in the middle; the last leaf is short. */
  memcpy (leaf + 100, "hello", 5);
  shoal_sha256 (leaf, SHOAL_LEAF_SIZE, &special);
  memset (leaf + 100, 0, 5);
  shoal_sha256 (leaf, SHOAL_LEAF_SIZE, &zeroes[0]);
  for (guint i = 1; i < SHOAL_LEAVES_PER_GROUP; i++)
    zeroes[i] = zeroes[0];
  shoal_sha256 (leaf, 5, &last);
  shoal_merkle_builder_init (&builder, size);
  for (uint64_t i = 0; i < size / SHOAL_LEAF_SIZE; i++)
    shoal_merkle_builder_add_leaves (&builder, i == 100000 ? &special : zeroes, 1);
  shoal_merkle_builder_add_leaves (&builder, &last, 1);
  g_assert_true (shoal_merkle_builder_finish (&builder, &root));

  fd = g_open (path, O_RDWR | O_CREAT, 0600);
  g_assert_cmpint (ftruncate (fd, (off_t) size), ==, 0);
  g_assert_cmpint (pwrite (fd, "hello", 5, (off_t) 100000 * SHOAL_LEAF_SIZE + 100), ==, 5);
  close (fd);
  scan = store_fixture_scan (f, "sparse");
  seed = new_seed (f, scan, NULL, &told);
  hash_all (f, seed);
  g_assert_true (shoal_hash_equals (shoal_seed_get_root (seed, 0), &root));
  end_seed (f, seed);
}

static void
on_count (GBytes *bytes, const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  ++*(guint *) user_data;
}

static void
test_many (StoreFixture *f, gconstpointer data)
{
  guint n = g_test_slow () ? 10000 : 500, n_answered = 0;
  g_autoptr (ShoalScan) scan = NULL;
  Told told = { 0 };
  ShoalSeed *seed;
  gint64 start;
  double cpu;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("s/%u/%u", i / 1000, i);

      store_fixture_write (f, name, 10240, i);
    }
  store_fixture_age ();
  scan = store_fixture_scan (f, "s");
  for (int pass = 0; pass < 2; pass++)
    {
      told = (Told){ 0 };
      n_answered = 0;
      start = g_get_monotonic_time ();
      cpu = store_fixture_cpu ();
      seed = new_seed (f, scan, f->db, &told);
      for (guint i = 0; i < n; i++)
        shoal_content_source_read_async (shoal_seed_as_source (seed), i, 0, 1, on_count,
                                         &n_answered);
      while (n_answered < n || !told.is_end)
        g_main_context_iteration (NULL, TRUE);
      g_test_message ("%u files of 10 KiB %sread in %.3f s, %.3f s of processor time", n,
                      pass == 0 ? "hashed and " : "",
                      (double) (g_get_monotonic_time () - start) / 1e6,
                      store_fixture_cpu () - cpu);
      end_seed (f, seed);
    }
}

/* With -m perf: 2 GiB, warm. */
static void
test_speed (StoreFixture *f, gconstpointer data)
{
  g_autofree char *path = store_fixture_path (f, "big");
  g_autoptr (ShoalScan) scan = NULL;
  g_autofree uint8_t *block = g_malloc (16 * MIB);
  Told told = { 0 };
  ShoalSeed *seed;
  gint64 start;
  double seconds;
  FILE *file;

  if (!g_test_perf ())
    {
      g_test_skip ("only with -m perf");
      return;
    }
  file = g_fopen (path, "wb");
  for (guint i = 0; i < 128; i++)
    {
      store_fixture_fill (block, 16 * MIB, i);
      g_assert_cmpuint (fwrite (block, 1, 16 * MIB, file), ==, 16 * MIB);
    }
  fclose (file);
  store_fixture_age ();
  scan = store_fixture_scan (f, "big");
  for (int pass = 0; pass < 2; pass++)
    {
      told = (Told){ 0 };
      start = g_get_monotonic_time ();
      seed = new_seed (f, scan, f->db, &told);
      hash_all (f, seed);
      seconds = (double) (g_get_monotonic_time () - start) / 1e6;
      g_test_message ("2 GiB %s in %.3f s, %.0f MB/s", pass == 0 ? "hashed" : "found", seconds,
                      2147.483648 / seconds);
      end_seed (f, seed);
    }
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
  ADD ("interrupted", test_interrupted);
  ADD ("changed-while-hashed", test_changed_while_hashed);
  ADD ("changed-while-served", test_changed_while_served);
  ADD ("close", test_close);
  ADD ("cancel", test_cancel);
  ADD ("sparse", test_sparse);
  ADD ("many", test_many);
  ADD ("speed", test_speed);
  return g_test_run ();
}
