/* faulty-disk.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "faulty-disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static GMutex lock;
static guint n_calls, first_bad, last_bad;
static int bad_errno;
static gboolean shorten;
static const char *failed, *bad_name;
static guint64 room = G_MAXUINT64;

void
faulty_disk_set (guint k, int errno_value, guint n_more, gboolean short_writes)
{
  g_mutex_lock (&lock);
  n_calls = 0;
  first_bad = k;
  last_bad = k + n_more;
  bad_errno = errno_value;
  shorten = short_writes;
  failed = bad_name = NULL;
  g_mutex_unlock (&lock);
}

void
faulty_disk_fail_next (const char *name, int errno_value)
{
  faulty_disk_set (0, 0, 0, FALSE);
  g_mutex_lock (&lock);
  bad_name = name;
  bad_errno = errno_value;
  g_mutex_unlock (&lock);
}

void
faulty_disk_set_room (guint64 bytes)
{
  g_mutex_lock (&lock);
  room = bytes;
  g_mutex_unlock (&lock);
}

guint
faulty_disk_n_calls (void)
{
  guint n;

  g_mutex_lock (&lock);
  n = n_calls;
  g_mutex_unlock (&lock);
  return n;
}

const char *
faulty_disk_failed (void)
{
  return failed;
}

static gboolean
fails (const char *name)
{
  gboolean bad;

  g_mutex_lock (&lock);
  n_calls++;
  if (bad_name != NULL)
    bad = failed == NULL && strcmp (name, bad_name) == 0;
  else
    bad = bad_errno != 0 && n_calls >= first_bad && n_calls <= last_bad;
  if (bad && failed == NULL)
    failed = name;
  g_mutex_unlock (&lock);
  if (bad)
    errno = bad_errno;
  return bad;
}

#define WRAP(type, name, parameters, ...)                                                          \
  static type faulty_##name parameters                                                             \
  {                                                                                                \
    return fails (#name) ? -1 : shoal_disk_real.name (__VA_ARGS__);                                \
  }

WRAP (int, open, (int folder, const char *path, int flags, mode_t mode), folder, path, flags, mode)
WRAP (int, make_folders, (int folder, const char *path), folder, path)
WRAP (int, mkdirat, (int folder, const char *name, mode_t mode), folder, name, mode)
WRAP (int, fstat, (int fd, struct stat *stat), fd, stat)
WRAP (int, fstatat, (int folder, const char *name, struct stat *stat, int flags), folder, name,
      stat, flags)
WRAP (ssize_t, pread, (int fd, void *data, size_t size, off_t offset), fd, data, size, offset)
WRAP (int, ftruncate, (int fd, off_t size), fd, size)
WRAP (off_t, lseek, (int fd, off_t offset, int whence), fd, offset, whence)
WRAP (int, fchmod, (int fd, mode_t mode), fd, mode)
WRAP (int, futimens, (int fd, const struct timespec times[2]), fd, times)
WRAP (int, fsync, (int fd), fd)
WRAP (int, fdatasync, (int fd), fd)
WRAP (int, syncfs, (int fd), fd)
WRAP (int, sync_file_range, (int fd, off_t offset, off_t size, unsigned int flags), fd, offset,
      size, flags)
WRAP (int, renameat2, (int from, const char *old_name, int to, const char *new_name,
                       unsigned int flags), from, old_name, to, new_name, flags)
WRAP (int, linkat, (int from, const char *old_name, int to, const char *new_name, int flags), from,
      old_name, to, new_name, flags)
WRAP (int, unlinkat, (int folder, const char *name, int flags), folder, name, flags)

static int
faulty_fstatvfs (int fd, struct statvfs *stat)
{
  int result = fails ("fstatvfs") ? -1 : shoal_disk_real.fstatvfs (fd, stat);

  g_mutex_lock (&lock);
  if (result == 0 && room != G_MAXUINT64)
    stat->f_bavail = room / stat->f_frsize;
  g_mutex_unlock (&lock);
  return result;
}

static ssize_t
faulty_pwritev (int fd, const struct iovec *parts, int n_parts, off_t offset)
{
  struct iovec part = parts[0];
  size_t size = 0;
  gboolean full;

  if (fails ("pwritev"))
    return -1;
  for (int i = 0; i < n_parts; i++)
    size += parts[i].iov_len;
  g_mutex_lock (&lock);
  full = room < size;
  if (!full && room != G_MAXUINT64)
    room -= size;
  g_mutex_unlock (&lock);
  if (full)
    {
      errno = ENOSPC;
      return -1;
    }
  if (!shorten)
    return shoal_disk_real.pwritev (fd, parts, n_parts, offset);
  part.iov_len = MAX (part.iov_len / 3, 1);
  return shoal_disk_real.pwritev (fd, &part, 1, offset);
}

const ShoalDisk faulty_disk = {
  .open = faulty_open,
  .make_folders = faulty_make_folders,
  .mkdirat = faulty_mkdirat,
  .fstat = faulty_fstat,
  .fstatat = faulty_fstatat,
  .pread = faulty_pread,
  .pwritev = faulty_pwritev,
  .ftruncate = faulty_ftruncate,
  .lseek = faulty_lseek,
  .fchmod = faulty_fchmod,
  .futimens = faulty_futimens,
  .fsync = faulty_fsync,
  .fdatasync = faulty_fdatasync,
  .syncfs = faulty_syncfs,
  .sync_file_range = faulty_sync_file_range,
  .renameat2 = faulty_renameat2,
  .linkat = faulty_linkat,
  .unlinkat = faulty_unlinkat,
  .fstatvfs = faulty_fstatvfs,
};
