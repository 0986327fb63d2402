/* shoal-file-stamp.h: how to notice that a file is not what it was.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* Plain value. A file whose stamp is the same is taken to hold the same bytes. */
typedef struct
{
  uint64_t device;
  uint64_t inode;
  uint64_t size;
  gint64   mtime; /* nanoseconds since 1970 */
  gint64   ctime;
} ShoalFileStamp;

static inline ShoalFileStamp
shoal_file_stamp (const struct stat *buf)
{
  return (ShoalFileStamp){
    .device = buf->st_dev,
    .inode = buf->st_ino,
    .size = (uint64_t) buf->st_size,
    .mtime = (gint64) buf->st_mtim.tv_sec * 1000000000 + buf->st_mtim.tv_nsec,
    .ctime = (gint64) buf->st_ctim.tv_sec * 1000000000 + buf->st_ctim.tv_nsec,
  };
}

static inline gboolean
shoal_file_stamp_equal (const ShoalFileStamp *a, const ShoalFileStamp *b)
{
  return a->device == b->device && a->inode == b->inode && a->size == b->size
         && a->mtime == b->mtime && a->ctime == b->ctime;
}

/* TRUE if the file was touched so shortly before @wall_time (microseconds since
 * 1970, taken before reading it) that another change might leave the same
 * stamp: then what was read must not be remembered under it. File systems count
 * time in ticks of 10 ms, old ones in 2 s. */
static inline gboolean
shoal_file_stamp_is_fresh (const ShoalFileStamp *self, gint64 wall_time)
{
  gint64 latest = MAX (self->mtime, self->ctime);
  gint64 tick = latest % 1000000000 == 0 ? 2000000 : 20000;

  return latest / 1000 + tick > wall_time;
}

G_END_DECLS
