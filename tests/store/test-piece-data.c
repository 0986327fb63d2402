/* test-piece-data.c: what comes, what is refused, what can be read
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

static void
put_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
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

/* --- Holes and reading ---------------------------------------------------- */

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

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, data, func) \
  g_test_add ("/store/piece-data/" path, Fixture, data, set_up, func, tear_down)

  ADD ("bad-bytes", NULL, test_bad_bytes);
  ADD ("draft-differs", "", test_draft_differs);
  ADD ("draft-differs-early", "early", test_draft_differs);
  ADD ("zeroes", NULL, test_zeroes);
  ADD ("read", NULL, test_read);

  return g_test_run ();
}
