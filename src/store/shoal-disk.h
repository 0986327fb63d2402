/* shoal-disk.h: the system calls a download is written with.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>

G_BEGIN_DECLS

/* A table, so that tests can make the k-th call fail. Semantics, errors and
 * errno are those of the system calls of the same names; all may be called
 * from any thread and block. `open` is shoal_beneath_open(). */
typedef struct
{
  int     (*open)            (int folder, const char *path, int flags, mode_t mode);
  int     (*make_folders)    (int folder, const char *path);
  int     (*mkdirat)         (int folder, const char *name, mode_t mode);
  int     (*fstat)           (int fd, struct stat *stat);
  int     (*fstatat)         (int folder, const char *name, struct stat *stat, int flags);
  ssize_t (*pread)           (int fd, void *data, size_t size, off_t offset);
  ssize_t (*pwritev)         (int fd, const struct iovec *parts, int n_parts, off_t offset);
  int     (*ftruncate)       (int fd, off_t size);
  off_t   (*lseek)           (int fd, off_t offset, int whence);
  int     (*fchmod)          (int fd, mode_t mode);
  int     (*futimens)        (int fd, const struct timespec times[2]);
  int     (*fsync)           (int fd);
  int     (*fdatasync)       (int fd);
  int     (*syncfs)          (int fd);
  int     (*sync_file_range) (int fd, off_t offset, off_t size, unsigned int flags);
  int     (*renameat2)       (int from, const char *old_name, int to, const char *new_name,
                              unsigned int flags);
  int     (*linkat)          (int from, const char *old_name, int to, const char *new_name,
                              int flags);
  int     (*unlinkat)        (int folder, const char *name, int flags);
  int     (*fstatvfs)        (int fd, struct statvfs *stat);
} ShoalDisk;

/* The real calls. */
extern const ShoalDisk shoal_disk_real;

G_END_DECLS
