/* download-into.c: one download into a folder of any file system, for test-fuse-destinations.py
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   download-into FOLDER STATE stop|finish|again|huge [poor]
 *
 * poor: the driver takes ASCII names only, keeps no times, and loses bytes that
 * are not written one after the other.
 *
 * Prints what was found, as `key value` lines, and exits with 0 if all is right.
 */

#include "config.h"

#include "download-rig.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void
add_files (Rig *rig, gboolean poor)
{
  RigFile *large = rig_add_file (rig, "share/large.bin", 5 * 1024 * 1024 + 11);

  rig_zero (large, 1024 * 1024, 2 * 1024 * 1024);
  rig_add_file (rig, "share/what?.txt", 30000);
  rig_add_file (rig, "share/what*.txt", 40000);
  rig_add_file (rig, "share/con.txt", 100);
  rig_add_file (rig, "share/dot.", 100);
  rig_add_file (rig, poor ? "share/sub: one/uni.txt"
                           : "share/sub: one/\xc3\xbcn\xc3\xaf \xe5\x90\x8d.txt", 200000);
  rig_add_file (rig, "share/empty.txt", 0);
  for (int i = 0; i < 40; i++)
    {
      g_autofree char *path = g_strdup_printf ("share/many/file %d", i);

      rig_add_file (rig, path, 3000 + (uint64_t) i);
    }
  rig_add_folder (rig, "share/hollow");
  rig_add_folder (rig, "share");
}

static void
print_probe (Rig *rig)
{
  const ShoalDestination *probe = shoal_piece_store_get_probe (rig->store);
  gsize n;
  const ShoalMappedName *mapped = shoal_piece_store_get_mapped_names (rig->store, &n);

  printf ("windows-names %d\n", probe->windows_names);
  printf ("ignores-case %d\n", probe->ignores_case);
  printf ("sparse %d\n", probe->has_sparse_files);
  printf ("no-replace %d\n", probe->has_no_replace);
  printf ("links %d\n", probe->has_links);
  printf ("executable %d\n", probe->has_executable);
  printf ("remote %d\n", probe->is_remote);
  printf ("max-file %" G_GUINT64_FORMAT "\n", probe->max_file_length);
  printf ("mtime-step %" G_GINT64_FORMAT "\n", probe->mtime_step);
  for (gsize i = 0; i < n; i++)
    printf ("mapped %s -> %s\n", rig->entries[mapped[i].entry].path, mapped[i].path);
}

static int
try_huge (Rig *rig)
{
  RigFile *file = rig_add_file (rig, "huge.bin", 1);

  file->length = G_GUINT64_CONSTANT (5) << 30;
  g_free (file->asked);
  file->asked = g_malloc0 (1024);
  if (rig_open (rig))
    printf ("huge accepted\n");
  else
    printf ("huge %s: %s\n", shoal_error_get_nick (rig->open_error), rig->open_error->message);
  rig_close (rig, TRUE, TRUE);
  rig_free (rig);
  return 0;
}

static int
check_times (Rig *rig)
{
  gint64 step = MAX (shoal_piece_store_get_probe (rig->store)->mtime_step, 1);

  for (guint i = 0; i < rig->files->len; i++)
    {
      g_autofree char *path
        = g_build_filename (rig->folder, shoal_piece_store_get_path (rig->store, i), NULL);
      struct stat st;
      gint64 mtime;

      if (((RigFile *) g_ptr_array_index (rig->files, i))->is_folder)
        continue;
      if (lstat (path, &st) != 0)
        return 1;
      mtime = (gint64) st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
      if (ABS (mtime - rig->entries[i].mtime) > step)
        {
          printf ("time of %s is off by %" G_GINT64_FORMAT " ns\n", path,
                  mtime - rig->entries[i].mtime);
          return 1;
        }
    }
  return 0;
}

int
main (int argc, char *argv[])
{
  const char *mode = argc >= 4 ? argv[3] : "";
  g_autofree char *wrong = NULL;
  uint64_t kept = 0, refetched = 0;
  Rig *rig;
  int status = 0;

  if (argc < 4)
    return 2;
  rig = rig_new (argv[1], argv[2]);
  rig->small_files = TRUE;
  if (strcmp (mode, "huge") == 0)
    return try_huge (rig);
  add_files (rig, argc > 4);
  if (argc > 4)
    {
      rig->forward = TRUE;
      rig->window = 1;
    }
  rig->transfer_byte = strcmp (mode, "again") == 0;
  if (strcmp (mode, "stop") == 0)
    rig->stop_after = 250;

  if (!rig_open (rig))
    {
      printf ("error %s\n", rig->open_error->message);
      return 1;
    }
  print_probe (rig);
  if (shoal_piece_store_get_resumed (rig->store, &kept, &refetched))
    rig_wait (rig, &rig->was_checked);
  shoal_piece_store_get_resumed (rig->store, &kept, &refetched);
  printf ("kept %" G_GUINT64_FORMAT "\nrefetched %" G_GUINT64_FORMAT "\n", kept, refetched);
  rig_feed (rig);
  wrong = rig_find_wrong (rig, strcmp (mode, "stop") != 0);
  if (rig->end_error != NULL)
    printf ("error %s\n", rig->end_error->message);
  if (wrong != NULL)
    printf ("wrong %s\n", wrong);
  status = wrong != NULL || rig->end_error != NULL
           || (strcmp (mode, "stop") != 0 && argc == 4 && check_times (rig) != 0);
  while (rig->n_out > 0)
    g_main_context_iteration (NULL, TRUE);
  printf ("verified %" G_GUINT64_FORMAT "\n", shoal_piece_store_get_verified_bytes (rig->store));
  rig_close (rig, FALSE, TRUE);
  rig_free (rig);
  return status;
}
