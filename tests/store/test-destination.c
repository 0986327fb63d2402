/* test-destination.c: paths beneath a folder, names for a file system, room
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "download-rig.h"
#include "shoal-beneath.h"
#include "shoal-destination.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  char *folder;
  int   fd;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = rig_make_folder ();
  fixture->fd = shoal_beneath_open_root (fixture->folder);
  g_assert_cmpint (fixture->fd, >=, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  shoal_beneath_set_fallback (FALSE);
  close (fixture->fd);
  rig_delete_folder (fixture->folder);
  g_free (fixture->folder);
}

/* --- Beneath --------------------------------------------------------------- */

static void
put_link (Fixture *fixture, const char *to, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

  g_assert_cmpint (symlink (to, path), ==, 0);
}

static void
assert_opens (Fixture *fixture, const char *path, int flags, int expected_errno)
{
  int fd = shoal_beneath_open (fixture->fd, path, flags, 0600);

  if (expected_errno == 0)
    {
      g_assert_cmpint (fd, >=, 0);
      g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
      close (fd);
      return;
    }
  g_assert_cmpint (fd, ==, -1);
  /* The walk says ENOTDIR where openat2() says ELOOP. */
  if (errno != expected_errno && !(expected_errno == ELOOP && errno == ENOTDIR))
    g_error ("%s: %s", path, g_strerror (errno));
}

static void
test_beneath (Fixture *fixture, gconstpointer data)
{
  int fd;

  shoal_beneath_set_fallback (data != NULL);
  fd = shoal_beneath_make_folders (fixture->fd, "a/b/c");
  g_assert_cmpint (fd, >=, 0);
  close (fd);
  fd = shoal_beneath_make_folders (fixture->fd, "a/b/c");
  g_assert_cmpint (fd, >=, 0);
  close (fd);
  put_link (fixture, "/etc", "out");
  put_link (fixture, "a", "in");
  put_link (fixture, "/etc/passwd", "a/file-out");
  put_link (fixture, "/proc/self/root", "magic");

  assert_opens (fixture, "a/b/c/new", O_CREAT | O_EXCL | O_RDWR, 0);
  assert_opens (fixture, "a/b/c/new", O_RDONLY, 0);
  assert_opens (fixture, "a/b/c/new", O_CREAT | O_EXCL | O_RDWR, EEXIST);
  assert_opens (fixture, NULL, O_RDONLY | O_DIRECTORY, 0);
  assert_opens (fixture, "a/none", O_RDONLY, ENOENT);
  assert_opens (fixture, "out/passwd", O_RDONLY, ELOOP);
  assert_opens (fixture, "in/b", O_RDONLY | O_DIRECTORY, ELOOP);
  assert_opens (fixture, "a/file-out", O_RDONLY, ELOOP);
  assert_opens (fixture, "a/file-out", O_RDWR | O_CREAT, ELOOP);
  assert_opens (fixture, "out", O_RDONLY | O_DIRECTORY, ELOOP);
  assert_opens (fixture, "magic/etc", O_RDONLY, ELOOP);
  assert_opens (fixture, "a/b/c/new/x", O_RDONLY, ENOTDIR);
  assert_opens (fixture, "..", O_RDONLY, EINVAL);
  assert_opens (fixture, "a/../..", O_RDONLY, EINVAL);
  assert_opens (fixture, "/etc", O_RDONLY, EINVAL);
  assert_opens (fixture, "a//b", O_RDONLY, EINVAL);
  assert_opens (fixture, "a/./b", O_RDONLY, EINVAL);
  assert_opens (fixture, "a/", O_RDONLY, EINVAL);
  g_assert_cmpint (shoal_beneath_make_folders (fixture->fd, "out/new"), ==, -1);
  g_assert_cmpint (shoal_beneath_make_folders (fixture->fd, "a/../../new"), ==, -1);
  g_assert_cmpint (errno, ==, EINVAL);
}

static void
test_cache (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ShoalFolderCache) cache = shoal_folder_cache_new (dup (fixture->fd), NULL);
  ShoalOpenFolder *first = shoal_folder_cache_get (cache, "x/0", TRUE);
  ShoalOpenFolder *again;

  g_assert_nonnull (first);
  again = shoal_folder_cache_get (cache, "x/0", FALSE);
  g_assert_true (again == first);
  shoal_open_folder_release (again);
  /* More than it keeps: the loan stays good. */
  for (int i = 1; i < 200; i++)
    {
      g_autofree char *path = g_strdup_printf ("x/%d", i);

      shoal_open_folder_release (shoal_folder_cache_get (cache, path, TRUE));
    }
  g_assert_cmpint (fcntl (first->fd, F_GETFD), !=, -1);
  again = shoal_folder_cache_get (cache, "x/0", FALSE);
  g_assert_true (again != first);
  shoal_open_folder_release (again);
  shoal_open_folder_release (first);
  g_assert_null (shoal_folder_cache_get (cache, "x/none", FALSE));
  g_assert_cmpint (errno, ==, ENOENT);
}

/* --- Names ----------------------------------------------------------------- */

typedef struct
{
  const char *path, *expected;
} NameCase;

static void
check_plan (Fixture *fixture, const ShoalDestination *destination, const NameCase *cases, gsize n)
{
  g_autofree ShoalStoreEntry *entries = g_new0 (ShoalStoreEntry, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalNamePlan) plan = NULL, again = NULL;
  g_autoptr (GVariant) saved = NULL;
  gsize n_mapped, n_expected = 0;

  for (gsize i = 0; i < n; i++)
    entries[i].path = cases[i].path;
  plan = shoal_name_plan_new (destination, fixture->fd, NULL, entries, n, NULL, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < n; i++)
    {
      g_assert_cmpstr (shoal_name_plan_get_path (plan, i), ==, cases[i].expected);
      n_expected += cases[i].expected != NULL;
    }
  shoal_name_plan_get_mapped (plan, &n_mapped);
  g_assert_cmpuint (n_mapped, ==, n_expected);

  /* An earlier plan is followed, whatever exists by now. */
  saved = shoal_name_plan_save (plan);
  again = shoal_name_plan_new (&(ShoalDestination){ .max_name_bytes = 255 }, fixture->fd, NULL,
                               entries, n, saved, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpstr (shoal_name_plan_get_path (again, i), ==, cases[i].expected);
}

static void
put (Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

static void
test_names_plain (Fixture *fixture, gconstpointer data)
{
  static const NameCase CASES[] = {
    { "free/what?.txt", NULL },
    { "taken/a", "taken (2)/a" },
    { "taken/b/c", "taken (2)/b/c" },
    { "taken", "taken (2)" },
    { "single.tar.gz", "single.tar (1).gz" },
  };

  put (fixture, "taken");
  put (fixture, "taken (1)");
  put (fixture, "single.tar.gz");
  check_plan (fixture, &(ShoalDestination){ .max_name_bytes = 255 }, CASES, G_N_ELEMENTS (CASES));
}

static void
test_names_windows (Fixture *fixture, gconstpointer data)
{
  static const NameCase CASES[] = {
    { "s/plain", NULL },
    { "s/a?", "s/a_" },
    { "s/a*", "s/a_ (1)" },
    { "s/a_", "s/a_ (2)" },
    { "s/nul.txt", "s/nul_.txt" },
    { "s/x:/inner", "s/x_/inner" },
    { "s/x|/inner", "s/x_ (1)/inner" },
    { "s/x:", "s/x_" },
    { "s", NULL },
  };

  check_plan (fixture, &(ShoalDestination){ .max_name_bytes = 255, .windows_names = TRUE }, CASES,
              G_N_ELEMENTS (CASES));
}

static void
test_names_short (Fixture *fixture, gconstpointer data)
{
  static const NameCase CASES[] = {
    { "s/0123456789012345678901234567890123456789.jpeg", "s/0123456789012345678901234567890.jpeg" },
    { "s/0123456789012345678901234567890123456788.jpeg",
      "s/0123456789012345678901234 (1).jpeg" },
    { "s/\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"
      "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc",
      "s/\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"
      "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc" },
  };

  check_plan (fixture, &(ShoalDestination){ .max_name_bytes = 36 }, CASES, G_N_ELEMENTS (CASES));
}

/* --- Probe and room -------------------------------------------------------- */

static void
test_probe (Fixture *fixture, gconstpointer data)
{
  ShoalDestination probe;
  g_autoptr (GError) error = NULL;
  GDir *dir;

  g_assert_true (shoal_destination_probe (&probe, fixture->fd, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (probe.free_bytes, >, 0);
  g_assert_cmpuint (probe.max_name_bytes, >, 100);
  dir = g_dir_open (fixture->folder, 0, NULL);
  g_assert_null (g_dir_read_name (dir));
  g_dir_close (dir);
}

/* What a killed one left is in nobody's way, and is left alone. */
static void
test_probe_left (Fixture *fixture, gconstpointer data)
{
  ShoalDestination probe;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *name = g_strdup_printf (".shoal-probe-%x-%x", (unsigned) getpid (), i);
      int fd = openat (fixture->fd, name, O_CREAT | O_EXCL | O_WRONLY, 0600);

      g_assert_cmpint (fd, >=, 0);
      close (fd);
    }
  g_assert_true (shoal_destination_probe (&probe, fixture->fd, NULL, &error));
  g_assert_no_error (error);
}

static void
test_room (void)
{
  const uint64_t GIB = G_GUINT64_CONSTANT (1) << 30;
  const ShoalStoreEntry entries[] = {
    { .path = "film.mkv", .length = 5 * GIB },
    { .path = "folder", .is_folder = TRUE },
    { .path = "small", .length = 10 },
  };
  const ShoalDestination fat = {
    .max_file_length = 0xffffffff, .block_size = 4096, .free_bytes = 100 * GIB,
  };
  ShoalDestination large = fat;
  const uint8_t only_small = 4;
  g_autoptr (GError) error = NULL;

  g_assert_false (shoal_destination_check_room (&fat, "/media/stick", entries, 3, NULL, 0, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_UNSUPPORTED);
  g_assert_cmpstr (error->message, ==,
                   "The file “film.mkv” is 5.0\xc2\xa0GiB; the disk at /media/stick takes at most "
                   "4.0\xc2\xa0GiB a file");
  g_assert_nonnull (shoal_error_get_next (error));
  g_clear_error (&error);
  g_assert_true (shoal_destination_check_room (&fat, "/x", entries, 3, &only_small, 0, &error));

  large.max_file_length = SHOAL_MAX_FILE_LENGTH;
  g_assert_true (shoal_destination_check_room (&large, "/x", entries, 3, NULL, 0, &error));
  large.free_bytes = 2 * GIB;
  g_assert_false (shoal_destination_check_room (&large, "/x", entries, 3, NULL, 0, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_DISK_FULL);
  g_assert_cmpstr (error->message, ==, "Not enough space at /x: 3.3\xc2\xa0GB more are needed");
  g_clear_error (&error);
  /* What is there already is not needed again. */
  g_assert_true (shoal_destination_check_room (&large, "/x", entries, 3, NULL, 4 * GIB, &error));
  g_assert_no_error (error);
}

/* --- A disk like FAT -------------------------------------------------------- */

static int
fat_open (int folder, const char *path, int flags, mode_t mode)
{
  if (path != NULL && strpbrk (path, "<>:\"|?*") != NULL)
    {
      errno = EINVAL;
      return -1;
    }
  return shoal_disk_real.open (folder, path, flags, mode);
}

/* Growing writes zeroes. */
static int
fat_ftruncate (int fd, off_t size)
{
  static const char ZEROES[65536];
  struct stat stat;

  if (fstat (fd, &stat) != 0)
    return -1;
  for (off_t at = stat.st_size; at < size; at += (off_t) sizeof ZEROES)
    if (pwrite (fd, ZEROES, sizeof ZEROES, at) < 0)
      return -1;
  return ftruncate (fd, size);
}

static off_t
fat_lseek (int fd, off_t offset, int whence)
{
  errno = EINVAL;
  return -1;
}

static int
fat_fchmod (int fd, mode_t mode)
{
  errno = EPERM;
  return -1;
}

static int
fat_futimens (int fd, const struct timespec times[2])
{
  const struct timespec rounded = { times[1].tv_sec & ~(time_t) 1, 0 };
  const struct timespec both[2] = { rounded, rounded };

  return futimens (fd, both);
}

static int
fat_renameat2 (int from, const char *old_name, int to, const char *new_name, unsigned int flags)
{
  if (flags == 0)
    return shoal_disk_real.renameat2 (from, old_name, to, new_name, 0);
  errno = EINVAL;
  return -1;
}

static int
fat_linkat (int from, const char *old_name, int to, const char *new_name, int flags)
{
  errno = EPERM;
  return -1;
}

static int
fat_syncfs (int fd)
{
  return 0;
}

static void
test_like_fat (Fixture *fixture, gconstpointer data)
{
  ShoalDisk disk = shoal_disk_real;
  g_autofree char *state = rig_make_folder ();
  Rig *rig = rig_new (fixture->folder, state);
  const ShoalDestination *probe;
  RigFile *file;

  disk.open = fat_open;
  disk.ftruncate = fat_ftruncate;
  disk.lseek = fat_lseek;
  disk.fchmod = fat_fchmod;
  disk.futimens = fat_futimens;
  disk.renameat2 = fat_renameat2;
  disk.linkat = fat_linkat;
  disk.syncfs = fat_syncfs;
  rig->disk = &disk;
  rig->small_files = data != NULL;
  file = rig_add_file (rig, "share/a:b", 3 * 1024 * 1024);
  rig_zero (file, 65536, 1024 * 1024);
  rig_add_file (rig, "share/a?b", 20000);
  rig_add_file (rig, "share/empty", 0);
  rig->stop_after = 100;
  g_assert_true (rig_open (rig));
  probe = shoal_piece_store_get_probe (rig->store);
  g_assert_true (probe->windows_names && !probe->has_sparse_files && !probe->has_no_replace
                 && !probe->has_links && !probe->has_executable);
  g_assert_cmpint (probe->mtime_step, ==, 2000000000);
  g_assert_cmpstr (shoal_piece_store_get_path (rig->store, 1), ==, "share/a_b (1)");
  rig_feed (rig);
  rig_crash (rig);
  rig->stop_after = G_MAXUINT64;
  g_assert_true (rig_open (rig));
  rig_feed (rig);
  rig_assert_right (rig);
  rig_close (rig, FALSE, TRUE);
  rig_free (rig);
  rig_delete_folder (state);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, data, func) \
  g_test_add ("/store/destination/" path, Fixture, data, set_up, func, tear_down)

  ADD ("beneath", NULL, test_beneath);
  ADD ("beneath-walk", "walk", test_beneath);
  ADD ("cache", NULL, test_cache);
  ADD ("names-plain", NULL, test_names_plain);
  ADD ("names-windows", NULL, test_names_windows);
  ADD ("names-short", NULL, test_names_short);
  ADD ("probe", NULL, test_probe);
  ADD ("probe-left", NULL, test_probe_left);
  g_test_add_func ("/store/destination/room", test_room);
  ADD ("like-fat", NULL, test_like_fat);
  ADD ("like-fat-small", "small", test_like_fat);

  return g_test_run ();
}
