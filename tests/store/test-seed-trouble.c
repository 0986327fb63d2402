/* test-seed-trouble.c: files that change, seeds that close, holes, many files.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "seed-rig.h"

#include <fcntl.h>
#include <unistd.h>

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
      for (guint i = 0; i < turns * 2; i++)
        if (!g_main_context_iteration (NULL, FALSE))
          g_usleep (100);
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
  ADD ("changed-while-hashed", test_changed_while_hashed);
  ADD ("changed-while-served", test_changed_while_served);
  ADD ("close", test_close);
  ADD ("cancel", test_cancel);
  ADD ("sparse", test_sparse);
  ADD ("many", test_many);
  ADD ("speed", test_speed);
  return g_test_run ();
}
