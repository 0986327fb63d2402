/* test-piece-faults.c: each disk call fails once, in turn
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "download-rig.h"
#include "faulty-disk.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Whatever is final is right; nothing ends in silence; and with a disk that
 * works again the download is finished, without a second copy of anything. */

static char *
make_folder (void)
{
  char *folder;

  /* Thousands of syncs: in memory if possible. */
  if (access ("/dev/shm", W_OK) != 0)
    return rig_make_folder ();
  folder = g_strdup ("/dev/shm/shoal-faults-XXXXXX");
  g_assert_nonnull (g_mkdtemp (folder));
  return folder;
}

static void
add_files (Rig *rig)
{
  rig_add_file (rig, "share/a/tiny", 1000);
  rig_add_file (rig, "share/a/empty", 0);
  rig_add_file (rig, "share/leaves", 5 * 16384 + 3);
  rig_add_file (rig, "share/b/large", 1200 * 1024);
  rig_add_folder (rig, "share/a");
  rig_add_folder (rig, "share");
}

static guint
count_files (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      n += g_file_test (path, G_FILE_TEST_IS_DIR) ? count_files (path) : 1;
    }
  g_clear_pointer (&dir, g_dir_close);
  return n;
}

static void
check_right (Rig *rig, guint k, gboolean all)
{
  g_autofree char *wrong = rig_find_wrong (rig, all);

  if (wrong != NULL)
    g_error ("call %u (%s): %s", k, faulty_disk_failed (), wrong);
}

static void
finish_with_good_disk (Rig *rig, guint k)
{
  rig->disk = NULL;
  if (!rig_open (rig))
    g_error ("call %u (%s): %s", k, faulty_disk_failed (), rig->open_error->message);
  rig_feed (rig);
  if (rig->end_error != NULL)
    g_error ("call %u (%s): %s", k, faulty_disk_failed (), rig->end_error->message);
  check_right (rig, k, TRUE);
}

/* TRUE if the run needed more than @k calls. */
static gboolean
run_once (guint k, int errno_value, gboolean small_files, gboolean is_draft)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *state = make_folder ();
  Rig *rig = rig_new (folder, state);
  gboolean needed_more;

  add_files (rig);
  rig->disk = &faulty_disk;
  rig->small_files = small_files;
  rig->is_draft = is_draft;
  rig->window = 3;
  faulty_disk_set (k, errno_value, 0, FALSE);
  if (rig_open (rig))
    rig_feed (rig);
  needed_more = faulty_disk_failed () != NULL;
  check_right (rig, k, FALSE);
  g_assert_true (needed_more || shoal_piece_store_get_state (rig->store)
                                  == SHOAL_PIECE_STORE_STATE_COMMITTED);
  if (errno_value == ENOSPC && rig->open_error == NULL && rig->end_error == NULL)
    check_right (rig, k, TRUE);
  rig_close (rig, FALSE, FALSE);

  g_clear_error (&rig->end_error);
  finish_with_good_disk (rig, k);
  rig_close (rig, FALSE, FALSE);
  if (count_files (folder) > 5)
    g_error ("call %u (%s): something is left over in %s", k, faulty_disk_failed (), folder);
  rig_free (rig);
  rig_delete_folder (folder);
  rig_delete_folder (state);
  return needed_more;
}

static void
test_each_call (gconstpointer data)
{
  const char *how = data;
  int errno_value = strchr (how, 'n') != NULL ? ENOSPC : EIO;
  guint k = 1;

  while (run_once (k, errno_value, strchr (how, 's') != NULL, strchr (how, 'd') != NULL))
    k += g_test_thorough () ? 1 : 1 + k % 2;
  g_test_message ("%u calls", k);
  g_assert_cmpuint (k, >, 50);
}

static void
test_short_writes (void)
{
  g_autofree char *folder = make_folder ();
  Rig *rig = rig_new (folder, NULL);

  add_files (rig);
  rig->disk = &faulty_disk;
  faulty_disk_set (0, 0, 0, TRUE);
  g_assert_true (rig_open (rig));
  rig_feed (rig);
  rig_assert_right (rig);
  rig_close (rig, FALSE, TRUE);
  rig_free (rig);
  rig_delete_folder (folder);
}

static gboolean
free_room (gpointer data)
{
  faulty_disk_set_room (G_MAXUINT64);
  return G_SOURCE_REMOVE;
}

static void
test_full_disk (void)
{
  g_autofree char *folder = make_folder ();
  Rig *rig = rig_new (folder, NULL);

  rig_add_file (rig, "large", 8 * 1024 * 1024);
  rig->disk = &faulty_disk;
  faulty_disk_set (0, 0, 0, FALSE);
  g_assert_true (rig_open (rig));
  faulty_disk_set_room (3 * 1024 * 1024);
  g_timeout_add (400, free_room, NULL);
  rig_feed (rig);
  g_assert_cmpuint (rig->n_paused, ==, 1);
  g_assert_cmpuint (rig->n_resumed_running, ==, 1);
  /* Nothing that came was lost: each leaf was given once. */
  g_assert_cmpuint (((RigFile *) g_ptr_array_index (rig->files, 0))->n_written, ==, 512);
  rig_assert_right (rig);
  rig_close (rig, FALSE, TRUE);

  /* Too full from the start is said before the first byte. */
  faulty_disk_set_room (3 * 1024 * 1024);
  rig->transfer_byte = 1;
  g_assert_false (rig_open (rig));
  g_assert_error (rig->open_error, SHOAL_ERROR, SHOAL_ERROR_DISK_FULL);
  rig_close (rig, TRUE, TRUE);
  faulty_disk_set_room (G_MAXUINT64);
  rig_free (rig);
  rig_delete_folder (folder);
}

/* Bytes that the disk did not take may be read back all the same until the cache
 * forgets them: they are of no use to the next run. */
static void
test_sync_of_a_part (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *state = make_folder ();
  Rig *rig = rig_new (folder, state);
  uint64_t kept, refetched;

  rig_add_file (rig, "large", 8 * 1024 * 1024);
  rig->disk = &faulty_disk;
  rig->stop_after = 30;
  faulty_disk_set (0, 0, 0, FALSE);
  g_assert_true (rig_open (rig));
  rig_feed (rig);
  while (rig->n_out > 0)
    g_main_context_iteration (NULL, TRUE);
  faulty_disk_fail_next ("fdatasync", EIO);
  rig_close (rig, FALSE, TRUE);
  g_assert_cmpstr (faulty_disk_failed (), ==, "fdatasync");
  g_assert_cmpuint (count_files (folder), ==, 0);

  rig->stop_after = G_MAXUINT64;
  finish_with_good_disk (rig, 0);
  g_assert_true (shoal_piece_store_get_resumed (rig->store, &kept, &refetched));
  g_assert_cmpuint (kept, ==, 0);
  rig_close (rig, FALSE, TRUE);
  rig_free (rig);
  rig_delete_folder (folder);
  rig_delete_folder (state);
}

static guint
count_in_state (Rig *rig, ShoalFileState state)
{
  guint n = 0;

  for (guint i = 0; i < rig->files->len; i++)
    n += shoal_piece_store_get_file_state (rig->store, i) == state;
  return n;
}

/* The sync of a whole file system tells of trouble once, and not whose it was. */
static void
test_sync_of_all (void)
{
  g_autofree char *folder = make_folder ();
  Rig *rig = rig_new (folder, NULL);

  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *path = g_strdup_printf ("share/%u", i);

      rig_add_file (rig, path, 1000);
    }
  rig->disk = &faulty_disk;
  rig->forward = TRUE;
  rig->window = 1;
  rig->stop_after = 4;
  faulty_disk_fail_next ("syncfs", EIO);
  g_assert_true (rig_open (rig));
  rig_feed (rig);
  while (count_in_state (rig, SHOAL_FILE_STATE_FAILED) < 4)
    g_main_context_iteration (NULL, TRUE);

  rig->stop_after = G_MAXUINT64;
  faulty_disk_fail_next ("fdatasync", EIO);
  rig_feed (rig);
  g_assert_cmpstr (faulty_disk_failed (), ==, "fdatasync");
  g_assert_cmpuint (count_in_state (rig, SHOAL_FILE_STATE_FAILED), ==, 5);
  g_assert_cmpuint (count_files (folder), ==, 3);
  rig_close (rig, FALSE, TRUE);
  rig_free (rig);
  rig_delete_folder (folder);
}

/* All files of a folder are lost with it, not the first alone. */
static void
test_sync_of_a_folder (void)
{
  g_autofree char *folder = make_folder ();
  Rig *rig = rig_new (folder, NULL);

  rig_add_file (rig, "share/one", 1000);
  rig_add_file (rig, "share/two", 1000);
  rig->disk = &faulty_disk;
  faulty_disk_fail_next ("fsync", EIO);
  g_assert_true (rig_open (rig));
  rig_feed (rig);
  g_assert_cmpstr (faulty_disk_failed (), ==, "fsync");
  g_assert_cmpuint (count_in_state (rig, SHOAL_FILE_STATE_FAILED), ==, 2);
  rig_close (rig, FALSE, TRUE);
  rig_free (rig);
  rig_delete_folder (folder);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/store/piece-faults/io", "", test_each_call);
  g_test_add_data_func ("/store/piece-faults/io-small", "s", test_each_call);
  g_test_add_data_func ("/store/piece-faults/no-space", "n", test_each_call);
  g_test_add_data_func ("/store/piece-faults/no-space-draft-small", "nds", test_each_call);
  g_test_add_func ("/store/piece-faults/short-writes", test_short_writes);
  g_test_add_func ("/store/piece-faults/full-disk", test_full_disk);
  g_test_add_func ("/store/piece-faults/sync-of-a-part", test_sync_of_a_part);
  g_test_add_func ("/store/piece-faults/sync-of-all", test_sync_of_all);
  g_test_add_func ("/store/piece-faults/sync-of-a-folder", test_sync_of_a_folder);

  return g_test_run ();
}
