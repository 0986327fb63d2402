/* shoal-part.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-part.h"

#include "shoal-names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_CLASHES 500

ShoalFileStamp
shoal_part_stamp (const struct stat *stat)
{
  ShoalFileStamp stamp = shoal_file_stamp (stat);

  stamp.device = 0;
  return stamp;
}

/* --- Opening ------------------------------------------------------------- */

static ShoalPart *
part_new (const ShoalDisk *disk, int fd, uint64_t inode)
{
  ShoalPart *self = g_new0 (ShoalPart, 1);

  self->fd = fd;
  self->inode = inode;
  self->disk = disk;
  self->refs = 1;
  g_mutex_init (&self->lock);
  return self;
}

ShoalPart *
shoal_part_ref (ShoalPart *self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
shoal_part_unref (ShoalPart *self)
{
  int saved_errno = errno;

  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  close (self->fd);
  g_mutex_clear (&self->lock);
  g_free (self);
  errno = saved_errno;
}

ShoalPart *
shoal_part_create (const ShoalDisk *disk, ShoalFolderCache *folders, const char *path,
                   uint64_t length, const ShoalDestination *probe)
{
  g_autofree char *parent = shoal_beneath_parent (path);
  g_autoptr (ShoalOpenFolder) folder = shoal_folder_cache_get (folders, parent, TRUE);
  const char *name = shoal_beneath_name (path);
  g_autoptr (ShoalPart) self = NULL;
  struct stat stat;
  int fd, saved_errno;

  if (folder == NULL)
    return NULL;
  fd = disk->open (folder->fd, name, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (fd < 0)
    return NULL;

  self = part_new (disk, fd, 0);
  if ((length == 0 || disk->ftruncate (fd, (off_t) length) == 0) && disk->fstat (fd, &stat) == 0)
    {
      self->inode = stat.st_ino;
      self->mtime = shoal_part_stamp (&stat).mtime;
      self->size = length;
      self->is_watched = !probe->is_remote;
      return g_steal_pointer (&self);
    }
  saved_errno = errno;
  disk->unlinkat (folder->fd, name, 0);
  errno = saved_errno;
  return NULL;
}

ShoalPart *
shoal_part_open (const ShoalDisk *disk, ShoalFolderCache *folders, const char *path, int flags,
                 uint64_t inode, const ShoalDestination *probe)
{
  g_autofree char *parent = shoal_beneath_parent (path);
  g_autoptr (ShoalOpenFolder) folder = shoal_folder_cache_get (folders, parent, FALSE);
  g_autoptr (ShoalPart) self = NULL;
  struct stat stat;
  int fd;

  if (folder == NULL)
    return NULL;
  /* Without O_NONBLOCK a FIFO planted here would hold the worker. */
  fd = disk->open (folder->fd, shoal_beneath_name (path), flags | O_NONBLOCK | O_NOCTTY, 0);
  if (fd < 0)
    return NULL;

  self = part_new (disk, fd, 0);
  if (disk->fstat (fd, &stat) != 0)
    return NULL;
  if (!S_ISREG (stat.st_mode) || ((flags & O_ACCMODE) != O_RDONLY && stat.st_nlink != 1)
      || (probe->has_inodes && inode != 0 && stat.st_ino != inode))
    {
      errno = ESTALE;
      return NULL;
    }
  self->inode = probe->has_inodes || inode == 0 ? stat.st_ino : inode;
  self->mtime = shoal_part_stamp (&stat).mtime;
  self->size = (uint64_t) stat.st_size;
  self->is_watched = !probe->is_remote;
  return g_steal_pointer (&self);
}

/* --- Watching ------------------------------------------------------------ */

/* With the lock held. */
static void
look (ShoalPart *self, gboolean is_ours)
{
  int saved_errno = errno;
  struct stat stat;

  if (self->disk->fstat (self->fd, &stat) == 0)
    {
      gint64 mtime = shoal_part_stamp (&stat).mtime;

      self->is_changed |= self->is_watched && !is_ours && mtime != self->mtime;
      self->mtime = mtime;
      self->size = (uint64_t) stat.st_size;
    }
  errno = saved_errno;
}

void
shoal_part_begin_writing (ShoalPart *self)
{
  g_mutex_lock (&self->lock);
  look (self, FALSE);
}

void
shoal_part_end_writing (ShoalPart *self)
{
  look (self, TRUE);
  g_mutex_unlock (&self->lock);
}

int
shoal_part_stat (ShoalPart *self, ShoalFileStamp *stamp)
{
  struct stat stat;
  int result;

  g_mutex_lock (&self->lock);
  result = self->disk->fstat (self->fd, &stat);
  if (result == 0)
    {
      *stamp = shoal_part_stamp (&stat);
      self->is_changed |= self->is_watched && stamp->mtime != self->mtime;
      self->mtime = stamp->mtime;
    }
  g_mutex_unlock (&self->lock);
  return result;
}

gboolean
shoal_part_take_changed (ShoalPart *self)
{
  gboolean is_changed;

  g_mutex_lock (&self->lock);
  is_changed = self->is_changed;
  self->is_changed = FALSE;
  g_mutex_unlock (&self->lock);
  return is_changed;
}

gint64
shoal_part_get_mtime (ShoalPart *self)
{
  gint64 mtime;

  g_mutex_lock (&self->lock);
  mtime = self->mtime;
  g_mutex_unlock (&self->lock);
  return mtime;
}

/* --- Bytes --------------------------------------------------------------- */

static gboolean write_all (ShoalPart *self, struct iovec *vectors, int n_vectors, uint64_t offset);

/* Not every file system lets a file begin with nothing. */
static gboolean
grow (ShoalPart *self, uint64_t offset)
{
  static const char ZEROES[65536];

  if (offset <= self->size)
    return TRUE;
  if (self->disk->ftruncate (self->fd, (off_t) offset) == 0)
    {
      self->size = offset;
      return TRUE;
    }
  while (self->size < offset)
    {
      size_t n = (size_t) MIN (sizeof ZEROES, offset - self->size);
      struct iovec vector = { (void *) ZEROES, n };

      if (!write_all (self, &vector, 1, self->size))
        return FALSE;
      self->size += n;
    }
  return TRUE;
}

gboolean
shoal_part_write (ShoalPart *self, struct iovec *vectors, int n_vectors, uint64_t offset)
{
  uint64_t end = offset;

  for (int i = 0; i < n_vectors; i++)
    end += vectors[i].iov_len;
  if (!grow (self, offset) || !write_all (self, vectors, n_vectors, offset))
    return FALSE;
  self->size = MAX (self->size, end);
  return TRUE;
}

static gboolean
write_all (ShoalPart *self, struct iovec *vectors, int n_vectors, uint64_t offset)
{
  while (n_vectors > 0)
    {
      ssize_t written = self->disk->pwritev (self->fd, vectors, n_vectors, (off_t) offset);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        {
          if (written == 0)
            errno = EIO;
          return FALSE;
        }
      offset += (uint64_t) written;
      while (n_vectors > 0 && (size_t) written >= vectors->iov_len)
        {
          written -= (ssize_t) vectors->iov_len;
          vectors++;
          n_vectors--;
        }
      if (n_vectors > 0)
        {
          vectors->iov_base = (char *) vectors->iov_base + written;
          vectors->iov_len -= (size_t) written;
        }
    }
  return TRUE;
}

ssize_t
shoal_part_read (ShoalPart *self, void *data, size_t size, uint64_t offset)
{
  size_t total = 0;

  while (total < size)
    {
      ssize_t got = self->disk->pread (self->fd, (char *) data + total, size - total,
                                       (off_t) (offset + total));

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return -1;
      if (got == 0)
        break;
      total += (size_t) got;
    }
  return (ssize_t) total;
}

gboolean
shoal_part_is_hole (ShoalPart *self, uint64_t offset, uint64_t size)
{
  off_t data = self->disk->lseek (self->fd, (off_t) offset, SEEK_DATA);

  if (data >= 0)
    return (uint64_t) data >= offset + size;
  /* ENXIO: a hole up to the end, wherever that is. */
  return errno == ENXIO
         && self->disk->lseek (self->fd, 0, SEEK_END) >= (off_t) (offset + size);
}

uint64_t
shoal_part_find_hole (ShoalPart *self, uint64_t offset, uint64_t end)
{
  off_t hole = self->disk->lseek (self->fd, (off_t) offset, SEEK_HOLE);

  return hole > (off_t) offset ? MIN ((uint64_t) hole, end) : end;
}

/* --- Names --------------------------------------------------------------- */

void
shoal_part_make_times (gint64 mtime, struct timespec times[2])
{
  gint64 nanoseconds = mtime % 1000000000;

  times[0].tv_sec = mtime / 1000000000 - (nanoseconds < 0);
  times[0].tv_nsec = nanoseconds + (nanoseconds < 0 ? 1000000000 : 0);
  times[1] = times[0];
}

char *
shoal_part_path (const char *path, const char *token, guint number, guint max_name_bytes)
{
  const char *name = shoal_beneath_name (path);
  g_autofree char *tail = NULL;
  gsize size = strlen (name);

  tail = number == 0 ? g_strdup_printf (".%s%s", token, SHOAL_PART_SUFFIX)
                     : g_strdup_printf (".%s-%u%s", token, number, SHOAL_PART_SUFFIX);
  if (size + strlen (tail) > max_name_bytes)
    {
      size = max_name_bytes > strlen (tail) ? max_name_bytes - strlen (tail) : 0;
      while (size > 0 && ((guchar) name[size] & 0xc0) == 0x80)
        size--;
    }
  return g_strdup_printf ("%.*s%s", (int) ((gsize) (name - path) + size), path, tail);
}

/* TRUE, or FALSE and EEXIST if @to is taken; anything else is an error. */
static gboolean
rename_once (const ShoalDisk *disk, const ShoalDestination *destination, int folder,
             const char *from, const char *to)
{
  int fd;

  if (destination->has_no_replace)
    return disk->renameat2 (folder, from, folder, to, RENAME_NOREPLACE) == 0;

  if (destination->has_links)
    {
      if (disk->linkat (folder, from, folder, to, 0) != 0)
        return FALSE;
      /* Under its final name already; a second name is no loss. */
      disk->unlinkat (folder, from, 0);
      return TRUE;
    }

  /* Reserve the name, then rename over our own empty file. */
  fd = disk->open (folder, to, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (fd < 0)
    return FALSE;
  close (fd);
  if (disk->renameat2 (folder, from, folder, to, 0) == 0)
    return TRUE;
  {
    int saved_errno = errno;

    disk->unlinkat (folder, to, 0);
    errno = saved_errno;
  }
  /* Some drivers never replace anything, and so need no reservation. */
  return errno == EEXIST && disk->renameat2 (folder, from, folder, to, 0) == 0;
}

gboolean
shoal_part_publish (const ShoalDisk *disk, const ShoalDestination *destination, int folder,
                    const char *from, const char *name, char **final)
{
  for (guint i = 0; i < MAX_CLASHES; i++)
    {
      g_autofree char *to = i == 0 ? g_strdup (name) : shoal_name_add_number (name, i);

      if (rename_once (disk, destination, folder, from, to))
        {
          *final = g_steal_pointer (&to);
          return TRUE;
        }
      if (errno != EEXIST)
        return FALSE;
    }
  errno = EEXIST;
  return FALSE;
}
