/* test-piece-store.c: downloads that go right, stop, crash, and go on
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "download-rig.h"

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

  return g_test_run ();
}
