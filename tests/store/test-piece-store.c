/* test-piece-store.c: downloads that go right, stop, crash, and go on
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "download-rig.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
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

/* As some drivers of FAT do. */
static int
never_replacing_renameat2 (int from, const char *old_name, int to, const char *new_name,
                           unsigned int flags)
{
  if (flags == 0)
    return shoal_disk_real.renameat2 (from, old_name, to, new_name, RENAME_NOREPLACE);
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

  disk.renameat2 = strcmp (data, "never-replaces") == 0 ? never_replacing_renameat2 : no_renameat2;
  if (strcmp (data, "links") != 0)
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
  /* A change in the very moment of a write of ours has the same time as that. */
  while (rig->n_out > 0)
    g_main_context_iteration (NULL, TRUE);
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

/* --- Choice, removal ------------------------------------------------------ */

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
  ADD ("no-rename", "links", test_no_rename);
  ADD ("no-rename-no-links", "no-links", test_no_rename);
  ADD ("no-rename-never-replaces", "never-replaces", test_no_rename);
  ADD ("folder-becomes-link", NULL, test_folder_becomes_link);
  ADD ("part-changed-meanwhile", NULL, test_part_changed_meanwhile);
  ADD ("destination-is-file", NULL, test_destination_is_file);
  ADD ("chosen", NULL, test_chosen);
  ADD ("remove", "", test_remove);
  ADD ("remove-later", "later", test_remove);
  ADD ("empty-share", NULL, test_empty_share);

  return g_test_run ();
}
