/* shoal-part.h: a file while it is being fetched: blocking calls for workers.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the room. Functions answer as system calls do: errno is set.
 */
#pragma once

#include "shoal-beneath.h"
#include "shoal-destination.h"
#include "shoal-file-stamp.h"

G_BEGIN_DECLS

/* Without the device, whose number may be another after the next plugging in. */
ShoalFileStamp shoal_part_stamp (const struct stat *stat);

/* An open file that is our own. Reference-counted: a job keeps it open. Where
 * times can be relied upon, it notices that somebody else writes to it: between
 * two writes of ours its time must not move. */
typedef struct
{
  int              fd;
  uint64_t         inode;
  const ShoalDisk *disk;
  gboolean         is_watched; /* local file systems only: others move times by themselves */
  /*< private >*/
  gint             refs;
  GMutex           lock;       /* for what follows, and held during writes of ours */
  gint64           mtime;      /* after the last one */
  uint64_t         size;       /* so far */
  gboolean         is_changed; /* by somebody else */
} ShoalPart;

/* Makes it, 0600, which fails with EEXIST if there is anything at @path;
 * @length > 0: of that length, all hole. */
ShoalPart *shoal_part_create (const ShoalDisk *disk, ShoalFolderCache *folders, const char *path,
                              uint64_t length, const ShoalDestination *probe);
/* Opens one of an earlier run, or a final file. ESTALE if it is not a regular
 * file that may be written (one link), or, where inode numbers tell, another
 * one than @inode (0: any). */
ShoalPart *shoal_part_open   (const ShoalDisk *disk, ShoalFolderCache *folders, const char *path,
                              int flags, uint64_t inode, const ShoalDestination *probe);
ShoalPart *shoal_part_ref    (ShoalPart *self);
/* The last one closes: on a worker. Keeps errno. */
void       shoal_part_unref  (ShoalPart *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalPart, shoal_part_unref)

/* Around one or more writes; end keeps errno. */
void     shoal_part_begin_writing (ShoalPart *self);
void     shoal_part_end_writing   (ShoalPart *self);
/* What it looks like while nobody of us writes. -1 and errno. */
int      shoal_part_stat          (ShoalPart *self, ShoalFileStamp *stamp);
/* Whether somebody else wrote since the last time this was asked. */
gboolean shoal_part_take_changed  (ShoalPart *self);
gint64   shoal_part_get_mtime     (ShoalPart *self);

/* All of it, or FALSE; between begin and end. @vectors is used up. What lies
 * between the end so far and @offset becomes zeroes. */
gboolean shoal_part_write (ShoalPart *self, struct iovec *vectors, int n_vectors, uint64_t offset);
/* Bytes read, fewer only at the end of the file; -1 on error. */
ssize_t  shoal_part_read  (ShoalPart *self, void *data, size_t size, uint64_t offset);
/* TRUE if the range is surely all hole; FALSE where that cannot be told, and
 * beyond the end. */
gboolean shoal_part_is_hole (ShoalPart *self, uint64_t offset, uint64_t size);
/* Where the data at @offset ends and a hole begins; @end where that cannot be
 * told. */
uint64_t shoal_part_find_hole (ShoalPart *self, uint64_t offset, uint64_t end);

/* @mtime: nanoseconds since 1970, or before */
void shoal_part_make_times (gint64 mtime, struct timespec times[2]);

/* “folder/name.TOKEN[-N].shoal.part” for “folder/name”; the name is cut if the
 * result would be too long. Returns: (transfer full) */
char *shoal_part_path (const char *path, const char *token, guint number, guint max_name_bytes);

/* Renames @from to @path's name in the same folder, never over anything: then to
 * “name (1)” and so on. @final: (out): the name it got. */
gboolean shoal_part_publish (const ShoalDisk *disk, const ShoalDestination *destination, int folder,
                             const char *from, const char *name, char **final);

G_END_DECLS
