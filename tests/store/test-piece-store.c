/* test-piece-store.c: downloads that go right, stop, crash, and go on
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "download-rig.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *folder, *state;
  Rig  *rig;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = rig_make_folder ();
  fixture->state = rig_make_folder ();
  fixture->rig = rig_new (fixture->folder, fixture->state);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  rig_free (fixture->rig);
  rig_delete_folder (fixture->folder);
  rig_delete_folder (fixture->state);
  g_free (fixture->folder);
  g_free (fixture->state);
}

static void
add_usual_files (Rig *rig)
{
  static const uint64_t LENGTHS[] = {
    0, 1, 16383, 16384, 16385, 100000, 1024 * 1024, 1024 * 1024 + 1, 9 * 1024 * 1024 + 5,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (LENGTHS); i++)
    {
      g_autofree char *path = g_strdup_printf ("share/%sfile %" G_GSIZE_FORMAT ".bin",
                                               i % 2 == 0 ? "sub/" : "", i);

      rig_add_file (rig, path, LENGTHS[i]);
    }
  ((RigFile *) g_ptr_array_index (rig->files, 3))->is_executable = TRUE;
  rig_add_folder (rig, "share/empty");
  rig_add_folder (rig, "share/sub");
  rig_add_folder (rig, "share");
}

static guint
count_entries (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  g_clear_pointer (&dir, g_dir_close);
  return n;
}

static gboolean
has_parts (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;
  gboolean found = FALSE;

  while (dir != NULL && !found && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      found = g_str_has_suffix (name, ".part") || has_parts (path);
    }
  g_clear_pointer (&dir, g_dir_close);
  return found;
}

/* --- The plain way ------------------------------------------------------- */

static void
check_attributes (Fixture *fixture)
{
  mode_t mask = umask (0);

  umask (mask);
  for (guint i = 0; i < fixture->rig->files->len; i++)
    {
      const char *name = shoal_piece_store_get_path (fixture->rig->store, i);
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
      const ShoalStoreEntry *entry = &fixture->rig->entries[i];
      struct stat stat;

      g_assert_cmpint (lstat (path, &stat), ==, 0);
      g_assert_cmpint (stat.st_mtim.tv_sec, ==, entry->mtime / 1000000000);
      if (!entry->is_folder)
        g_assert_cmpuint (stat.st_mode & 0777, ==,
                          (entry->is_executable ? 0777u : 0666u) & ~mask);
    }
}

static void
test_whole (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  const char *how = data;

  rig->small_files = strchr (how, 's') != NULL;
  rig->is_draft = strchr (how, 'd') != NULL;
  add_usual_files (rig);
  g_assert_true (rig_open (rig));
  g_assert_cmpuint (count_entries (fixture->folder), ==, 0);
  rig_feed (rig);
  g_assert_cmpint (shoal_piece_store_get_state (rig->store), ==,
                   SHOAL_PIECE_STORE_STATE_COMMITTED);
  g_assert_cmpuint (shoal_piece_store_get_verified_bytes (rig->store), ==,
                    shoal_piece_store_get_total_bytes (rig->store));
  g_assert_cmpuint (rig->n_bad, ==, 0);
  rig_assert_right (rig);
  check_attributes (fixture);
  g_assert_false (has_parts (fixture->folder));
  rig_close (rig, FALSE, TRUE);

  /* It is known as committed afterwards. */
  g_assert_true (rig_open (rig));
  rig_feed (rig);
  g_assert_cmpuint (rig->n_taken, ==, 0);
  rig_assert_right (rig);
  rig_close (rig, TRUE, TRUE);
  g_assert_cmpuint (count_entries (fixture->folder), ==, 1);
}

/* --- Names --------------------------------------------------------------- */

static void
put_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
assert_text (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *contents = NULL;

  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, text);
}

static void
test_clash_folder (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  g_autofree char *taken = g_build_filename (fixture->folder, "share", NULL);
  gsize n_mapped;
  const ShoalMappedName *mapped;

  g_assert_cmpint (g_mkdir (taken, 0755), ==, 0);
  put_file (taken, "file 1.bin", "mine");
  add_usual_files (rig);
  g_assert_true (rig_open (rig));
  mapped = shoal_piece_store_get_mapped_names (rig->store, &n_mapped);
  g_assert_cmpuint (n_mapped, ==, rig->files->len);
  g_assert_cmpstr (mapped[1].path, ==, "share (1)/file 1.bin");
  rig_feed (rig);
  rig_assert_right (rig);
  assert_text (taken, "file 1.bin", "mine");
  g_assert_cmpuint (count_entries (taken), ==, 1);
  rig_close (rig, FALSE, TRUE);
}

/* The name is taken while the bytes come. */
static void
test_clash_late (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;

  rig_add_file (rig, "name.tar.gz", 3 * 1024 * 1024);
  g_assert_true (rig_open (rig));
  rig->stop_after = 50;
  rig_feed (rig);
  put_file (fixture->folder, "name.tar.gz", "mine");
  rig->stop_after = G_MAXUINT64;
  rig_feed (rig);
  rig_assert_right (rig);
  g_assert_cmpstr (shoal_piece_store_get_path (rig->store, 0), !=, "name.tar.gz");
  assert_text (fixture->folder, "name.tar.gz", "mine");
  rig_close (rig, FALSE, TRUE);
}

/* Two downloads of the same name at the same time share nothing. */
static void
test_clash_twins (Fixture *fixture, gconstpointer data)
{
  Rig *one = fixture->rig, *two = rig_new (fixture->folder, NULL);

  add_usual_files (one);
  add_usual_files (two);
  two->transfer_byte = 9;
  g_assert_true (rig_open (one));
  g_assert_true (rig_open (two));
  rig_feed (one);
  rig_feed (two);
  rig_assert_right (one);
  rig_assert_right (two);
  g_assert_cmpuint (count_entries (fixture->folder), ==, 2);
  rig_close (one, FALSE, TRUE);
  rig_close (two, FALSE, TRUE);
  rig_free (two);
}

static int
no_renameat2 (int from, const char *old_name, int to, const char *new_name, unsigned int flags)
{
  if (flags == 0)
    return shoal_disk_real.renameat2 (from, old_name, to, new_name, 0);
  errno = EINVAL;
  return -1;
}

static int
no_linkat (int from, const char *old_name, int to, const char *new_name, int flags)
{
  errno = EPERM;
  return -1;
}

static void
test_no_rename (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  ShoalDisk disk = shoal_disk_real;

  disk.renameat2 = no_renameat2;
  if (strcmp (data, "no-links") == 0)
    disk.linkat = no_linkat;
  rig->disk = &disk;
  rig_add_file (rig, "one", 40000);
  rig_add_file (rig, "two", 2000000);
  g_assert_true (rig_open (rig));
  g_assert_false (shoal_piece_store_get_probe (rig->store)->has_no_replace);
  rig->stop_after = 1;
  rig_feed (rig);
  put_file (fixture->folder, "two", "mine");
  rig->stop_after = G_MAXUINT64;
  rig_feed (rig);
  rig_assert_right (rig);
  assert_text (fixture->folder, "two", "mine");
  g_assert_false (has_parts (fixture->folder));
  rig_close (rig, FALSE, TRUE);
}

/* --- Traps --------------------------------------------------------------- */

/* Somebody swaps a folder of the share for a link to elsewhere. */
static void
test_folder_becomes_link (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  g_autofree char *sub = g_build_filename (fixture->folder, "share", "sub", NULL);
  g_autofree char *moved = g_build_filename (fixture->folder, "moved", NULL);
  g_autofree char *outside = g_build_filename (fixture->state, "outside", NULL);

  g_assert_cmpint (g_mkdir (outside, 0755), ==, 0);
  rig_add_file (rig, "share/first", 1500000);
  rig_add_file (rig, "share/sub/second", 1500000);
  rig_add_file (rig, "share/sub/third", 100);
  g_assert_true (rig_open (rig));
  rig->window = 2;
  rig->stop_after = 60;
  rig_feed (rig);
  if (g_rename (sub, moved) != 0)
    g_assert_cmpint (errno, ==, ENOENT);
  g_assert_cmpint (symlink (outside, sub), ==, 0);
  rig->stop_after = G_MAXUINT64;
  rig_feed (rig);

  g_assert_cmpuint (count_entries (outside), ==, 0);
  g_assert_cmpint (shoal_piece_store_get_state (rig->store), ==, SHOAL_PIECE_STORE_STATE_FAILED);
  g_assert_error (rig->end_error, SHOAL_ERROR, SHOAL_ERROR_UNSAFE_NAME);
  g_assert_cmpint (shoal_piece_store_get_file_state (rig->store, 0), ==, SHOAL_FILE_STATE_FINAL);
  rig_close (rig, FALSE, TRUE);
}

static void
test_part_changed_meanwhile (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  GDir *dir;
  const char *name;

  rig_add_file (rig, "data", 4 * 1024 * 1024);
  g_assert_true (rig_open (rig));
  rig->stop_after = 128;
  rig_feed (rig);
  dir = g_dir_open (fixture->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
      g_autofree char *noise = g_strnfill (3 * 1024 * 1024, 'x');
      int fd = open (path, O_WRONLY);

      g_assert_cmpint (pwrite (fd, noise, 3 * 1024 * 1024, 1000), ==, 3 * 1024 * 1024);
      close (fd);
    }
  g_dir_close (dir);
  rig->stop_after = G_MAXUINT64;
  rig_feed (rig);
  rig_assert_right (rig);
  rig_close (rig, FALSE, TRUE);
}

static void
test_destination_is_file (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;

  put_file (fixture->folder, "plain", "");
  g_free (rig->folder);
  rig->folder = g_build_filename (fixture->folder, "plain", NULL);
  rig_add_file (rig, "data", 100);
  g_assert_false (rig_open (rig));
  g_assert_error (rig->open_error, SHOAL_ERROR, SHOAL_ERROR_DISK);
  g_assert_nonnull (strstr (rig->open_error->message, rig->folder));
  rig_close (rig, TRUE, TRUE);
}

/* --- Bad bytes ------------------------------------------------------------ */

typedef struct
{
  gboolean done;
  uint64_t good, bad;
  GError  *error;
  GBytes  *data;
} Answer;

static void
on_write (ShoalPieceStore *store, guint file, uint64_t first, uint64_t good, uint64_t bad,
          const GError *error, gpointer user_data)
{
  Answer *answer = user_data;

  answer->done = TRUE;
  answer->good = good;
  answer->bad = bad;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
on_added (ShoalPieceStore *store, const GError *error, gpointer user_data)
{
  Answer *answer = user_data;

  answer->done = TRUE;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
test_bad_bytes (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  RigFile *file = rig_add_file (rig, "data", 6 * 16384 + 5);
  g_autofree uint8_t *copy = g_memdup2 (file->bytes, file->length);
  g_autoptr (GBytes) bytes = NULL;
  Answer answer = { FALSE };

  copy[16384] ^= 1;
  copy[6 * 16384 + 4] ^= 1;
  bytes = g_bytes_new (copy, file->length);
  g_assert_true (rig_open (rig));

  /* Without hashes nothing is taken. */
  shoal_piece_store_write_async (rig->store, 0, 0, bytes, on_write, &answer);
  g_assert_false (answer.done);
  rig_wait (rig, &answer.done);
  g_assert_error (answer.error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
  g_clear_error (&answer.error);
  g_assert_cmpuint (answer.good | answer.bad, ==, 0);

  /* Hashes that do not lead to the root are not taken either. */
  answer.done = FALSE;
  file->hashes[3].bytes[0] ^= 1;
  shoal_piece_store_add_hashes_async (rig->store, 0, 0, file->hashes, 7, on_added, &answer);
  rig_wait (rig, &answer.done);
  g_assert_error (answer.error, SHOAL_ERROR, SHOAL_ERROR_CORRUPT);
  g_clear_error (&answer.error);
  file->hashes[3].bytes[0] ^= 1;

  answer.done = FALSE;
  shoal_piece_store_add_hashes_async (rig->store, 0, 0, file->hashes, 7, on_added, &answer);
  rig_wait (rig, &answer.done);
  g_assert_no_error (answer.error);

  answer.done = FALSE;
  shoal_piece_store_write_async (rig->store, 0, 0, bytes, on_write, &answer);
  rig_wait (rig, &answer.done);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.good, ==, 0x3d);
  g_assert_cmpuint (answer.bad, ==, 0x42);
  g_assert_cmpint (shoal_piece_store_get_leaf (rig->store, 0, 1), ==, SHOAL_LEAF_MISSING);

  /* A bad copy of what is there already is bad, and changes nothing. */
  answer.done = FALSE;
  g_bytes_unref (bytes);
  bytes = g_bytes_new (copy + 16384, 16384);
  shoal_piece_store_write_async (rig->store, 0, 0, bytes, on_write, &answer);
  rig_wait (rig, &answer.done);
  g_assert_cmpuint (answer.bad, ==, 1);
  g_assert_cmpint (shoal_piece_store_get_leaf (rig->store, 0, 0), ==, SHOAL_LEAF_HAVE);
  rig_feed (rig);
  rig_assert_right (rig);
  rig_close (rig, FALSE, TRUE);
}

static void
test_draft_differs (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  gboolean early = strcmp (data, "early") == 0;
  RigFile *files[4];
  ShoalHash roots[4];
  gboolean left_out[4] = { FALSE, FALSE, TRUE, FALSE };

  files[0] = rig_add_file (rig, "s/right", 100000);
  files[1] = rig_add_file (rig, "s/wrong", 9 * 1024 * 1024);
  files[2] = rig_add_file (rig, "s/given-up", 100000);
  files[3] = rig_add_file (rig, "s/wrong-small", 1000);
  for (int i = 0; i < 4; i++)
    roots[i] = files[i]->root;
  files[1]->root.bytes[0] ^= 1;
  files[3]->root.bytes[0] ^= 1;
  rig->is_draft = TRUE;
  g_assert_true (rig_open (rig));
  for (int i = 0; i < 4; i++)
    files[i]->root = roots[i];
  roots[1].bytes[0] ^= 1;
  roots[3].bytes[0] ^= 1;
  if (!early)
    {
      rig->no_confirm = TRUE;
      rig->stop_after = 7 + 576 + 7 + 1;
      rig_feed (rig);
      /* Nothing bears its final name before its root is known. */
      for (int i = 0; i < 4; i++)
        g_assert_cmpint (shoal_piece_store_get_file_state (rig->store, (guint) i), ==,
                         SHOAL_FILE_STATE_COMPLETE);
    }
  rig->no_confirm = TRUE;
  shoal_piece_store_complete_draft (rig->store, roots, left_out, 4);
  rig->stop_after = G_MAXUINT64;
  rig_feed (rig);
  g_assert_cmpint (shoal_piece_store_get_state (rig->store), ==, SHOAL_PIECE_STORE_STATE_FAILED);
  g_assert_cmpint (shoal_piece_store_get_file_state (rig->store, 0), ==, SHOAL_FILE_STATE_FINAL);
  for (guint i = 1; i < 4; i++)
    g_assert_cmpint (shoal_piece_store_get_file_state (rig->store, i), ==,
                     SHOAL_FILE_STATE_FAILED);
  g_assert_cmpuint (rig->failures->len, ==, 3);
  rig_close (rig, TRUE, TRUE);
  g_assert_false (has_parts (fixture->folder));
}

/* --- Choice, removal, holes, reading -------------------------------------- */

static void
test_chosen (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  const uint8_t chosen[2] = { 1 << 2 | 1 << 5, 0 };

  add_usual_files (rig);
  rig->chosen = chosen;
  g_assert_true (rig_open (rig));
  g_assert_cmpuint (shoal_piece_store_get_total_bytes (rig->store), ==, 16383 + 100000);
  rig_feed (rig);
  g_assert_cmpint (shoal_piece_store_get_file_state (rig->store, 2), ==, SHOAL_FILE_STATE_FINAL);
  g_assert_cmpint (shoal_piece_store_get_file_state (rig->store, 1), ==,
                   SHOAL_FILE_STATE_SKIPPED);
  {
    g_autofree char *share = g_build_filename (fixture->folder, "share", NULL);

    g_assert_cmpuint (count_entries (share), ==, 2);
  }
  rig_close (rig, FALSE, TRUE);
}

static void
test_remove (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;

  put_file (fixture->folder, "mine", "mine");
  add_usual_files (rig);
  rig->stop_after = 200;
  g_assert_true (rig_open (rig));
  rig_feed (rig);
  if (strcmp (data, "later") == 0)
    {
      /* Stopped, and removed by a later process without being opened. */
      ShoalPieceStoreOptions options = {
        .runtime = SHOAL_RUNTIME (rig->runtime), .destination = rig->folder,
        .entries = rig->entries, .n_entries = rig->files->len, .transfer = { 0 },
      };

      rig_close (rig, FALSE, FALSE);
      memset (options.transfer, 0x5a, sizeof options.transfer);
      options.transfer[0] = 0;
      options.database = rig->database;
      rig->store = shoal_piece_store_new (&options);
    }
  rig_close (rig, TRUE, TRUE);
  g_assert_false (has_parts (fixture->folder));
  assert_text (fixture->folder, "mine", "mine");
  /* Final files stay. */
  {
    g_autofree char *share = g_build_filename (fixture->folder, "share", NULL);

    if (g_file_test (share, G_FILE_TEST_IS_DIR))
      g_assert_cmpuint (count_entries (share), >, 0);
  }
}

static void
test_zeroes (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  RigFile *file = rig_add_file (rig, "disk.img", 40 * 1024 * 1024 + 100);
  g_autofree char *path = g_build_filename (fixture->folder, "disk.img", NULL);
  struct stat stat;

  rig_zero (file, 1024 * 1024, file->length - 1024 * 1024);
  g_assert_true (rig_open (rig));
  rig_feed (rig);
  rig_assert_right (rig);
  /* The first megabyte, and the last leaf, which is short. */
  g_assert_cmpuint (file->n_written, <=, 64 + 1 + 12 * 8);
  g_assert_cmpint (lstat (path, &stat), ==, 0);
  if (shoal_piece_store_get_probe (rig->store)->has_sparse_files)
    g_assert_cmpint (stat.st_blocks * 512, <, 2 * 1024 * 1024);
  rig_close (rig, FALSE, TRUE);
}

static void
on_read (ShoalPieceStore *store, GBytes *bytes, const GError *error, gpointer user_data)
{
  Answer *answer = user_data;

  answer->done = TRUE;
  answer->data = bytes != NULL ? g_bytes_ref (bytes) : NULL;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
on_got_hashes (ShoalPieceStore *store, const ShoalHash *hashes, guint n_hashes,
               const GError *error, gpointer user_data)
{
  Answer *answer = user_data;

  answer->done = TRUE;
  answer->data = g_bytes_new (hashes, n_hashes * sizeof *hashes);
  answer->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
assert_read (Rig *rig, guint index, uint64_t first, guint n, gboolean is_there)
{
  RigFile *file = g_ptr_array_index (rig->files, index);
  Answer answer = { FALSE };

  shoal_piece_store_read_async (rig->store, index, first, n, on_read, &answer);
  g_assert_false (answer.done);
  rig_wait (rig, &answer.done);
  if (is_there)
    {
      g_assert_no_error (answer.error);
      g_assert_cmpmem (g_bytes_get_data (answer.data, NULL), g_bytes_get_size (answer.data),
                       file->bytes + first * 16384,
                       MIN (n * 16384ul, file->length - first * 16384));
    }
  else
    g_assert_nonnull (answer.error);
  g_clear_pointer (&answer.data, g_bytes_unref);
  g_clear_error (&answer.error);
}

static void
assert_hashes (Rig *rig, guint index)
{
  RigFile *file = g_ptr_array_index (rig->files, index);
  Answer answer = { FALSE };

  shoal_piece_store_get_hashes_async (rig->store, index, 0, on_got_hashes, &answer);
  rig_wait (rig, &answer.done);
  g_assert_no_error (answer.error);
  g_assert_cmpmem (g_bytes_get_data (answer.data, NULL), g_bytes_get_size (answer.data),
                   file->hashes, MIN (file->n_leaves, 512) * sizeof (ShoalHash));
  g_bytes_unref (answer.data);
}

static void
test_read (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;

  rig->small_files = TRUE;
  rig_add_file (rig, "large", 10 * 1024 * 1024 + 3);
  rig_add_file (rig, "small", 50000);
  rig_add_file (rig, "tiny", 50);
  g_assert_true (rig_open (rig));
  rig->stop_after = 100;
  rig_feed (rig);
  for (uint64_t leaf = 0; leaf < 641; leaf++)
    assert_read (rig, 0, leaf, 1,
                 shoal_piece_store_get_leaf (rig->store, 0, leaf) == SHOAL_LEAF_HAVE);
  assert_read (rig, 0, 640, 2, FALSE);
  assert_read (rig, 7, 0, 1, FALSE);
  rig->stop_after = G_MAXUINT64;
  rig_feed (rig);
  assert_read (rig, 0, 600, 41, TRUE);
  assert_read (rig, 1, 0, 4, TRUE);
  assert_read (rig, 2, 0, 1, TRUE);
  for (guint i = 0; i < 3; i++)
    assert_hashes (rig, i);
  put_file (fixture->folder, "large", "edited");
  assert_read (rig, 0, 0, 1, FALSE);
  rig_close (rig, FALSE, TRUE);
}

static void
test_empty_share (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  g_autofree char *path = g_build_filename (fixture->folder, "nothing", "in", NULL);

  rig_add_folder (rig, "nothing/in");
  rig_add_folder (rig, "nothing");
  g_assert_true (rig_open (rig));
  rig_feed (rig);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_DIR));
  rig_close (rig, FALSE, TRUE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, data, func) \
  g_test_add ("/store/piece-store/" path, Fixture, data, set_up, func, tear_down)

  ADD ("whole", "", test_whole);
  ADD ("whole-small", "s", test_whole);
  ADD ("whole-draft", "d", test_whole);
  ADD ("whole-draft-small", "ds", test_whole);
  ADD ("clash-folder", NULL, test_clash_folder);
  ADD ("clash-late", NULL, test_clash_late);
  ADD ("clash-twins", NULL, test_clash_twins);
  ADD ("no-rename", "", test_no_rename);
  ADD ("no-rename-no-links", "no-links", test_no_rename);
  ADD ("folder-becomes-link", NULL, test_folder_becomes_link);
  ADD ("part-changed-meanwhile", NULL, test_part_changed_meanwhile);
  ADD ("destination-is-file", NULL, test_destination_is_file);
  ADD ("bad-bytes", NULL, test_bad_bytes);
  ADD ("draft-differs", "", test_draft_differs);
  ADD ("draft-differs-early", "early", test_draft_differs);
  ADD ("chosen", NULL, test_chosen);
  ADD ("remove", "", test_remove);
  ADD ("remove-later", "later", test_remove);
  ADD ("zeroes", NULL, test_zeroes);
  ADD ("read", NULL, test_read);
  ADD ("empty-share", NULL, test_empty_share);

  return g_test_run ();
}
