/* shoal-disk.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-disk.h"

#include "shoal-beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc may answer EINVAL by itself for flags it cannot pass on: ask the
 * kernel. */
static int
real_renameat2 (int from, const char *old_name, int to, const char *new_name, unsigned int flags)
{
  return (int) syscall (SYS_renameat2, from, old_name, to, new_name, flags);
}

static int
real_sync_file_range (int fd, off_t offset, off_t size, unsigned int flags)
{
  return sync_file_range (fd, offset, size, flags);
}

const ShoalDisk shoal_disk_real = {
  .open = shoal_beneath_open,
  .make_folders = shoal_beneath_make_folders,
  .mkdirat = mkdirat,
  .fstat = fstat,
  .fstatat = fstatat,
  .pread = pread,
  .pwritev = pwritev,
  .ftruncate = ftruncate,
  .lseek = lseek,
  .fchmod = fchmod,
  .futimens = futimens,
  .fsync = fsync,
  .fdatasync = fdatasync,
  .syncfs = syncfs,
  .sync_file_range = real_sync_file_range,
  .renameat2 = real_renameat2,
  .linkat = linkat,
  .unlinkat = unlinkat,
  .fstatvfs = fstatvfs,
};
