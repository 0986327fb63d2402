/* shoal-seed-files.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-seed-files.h"

#include "shoal-beneath.h"
#include "shoal-names.h"
#include "shoal-portal-path.h"
#include "shoal-sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Descriptors kept open when nobody uses them. */
#define MAX_IDLE 64
/* Roots whose folders stay open; those beyond are opened each time. */
#define MAX_ROOT_CACHES 16
/* Read and hashed in steps that stay in a processor's cache. */
#define STEP (16 * SHOAL_LEAF_SIZE)

typedef struct
{
  uint32_t file;
  int      fd;
  guint    users;    /* under the lock */
  GList    link;     /* in `idle` while there are no users */
} Opened;

struct _ShoalSeedFiles
{
  /* Set once. */
  ShoalScan         *scan;     /* (owned) */
  guint              n_roots;

  GMutex             lock;
  GHashTable        *opened;   /* file + 1 → Opened (owned) */
  GQueue             idle;     /* of Opened: least recently used first */
  ShoalFolderCache **folders;  /* (owned): one a root, NULL until used; MAX_ROOT_CACHES at most */
};

ShoalSeedFiles *
shoal_seed_files_new (ShoalScan *scan)
{
  ShoalSeedFiles *self = g_new0 (ShoalSeedFiles, 1);

  self->scan = shoal_scan_ref (scan);
  self->n_roots = g_strv_length ((char **) shoal_scan_get_roots (scan));
  g_mutex_init (&self->lock);
  self->opened = g_hash_table_new (NULL, NULL);
  self->folders = g_new0 (ShoalFolderCache *, MIN (self->n_roots, MAX_ROOT_CACHES));
  return self;
}

static void
close_opened (ShoalSeedFiles *self, Opened *opened)
{
  g_hash_table_remove (self->opened, GUINT_TO_POINTER (opened->file + 1));
  close (opened->fd);
  g_free (opened);
}

void
shoal_seed_files_rest (ShoalSeedFiles *self)
{
  GList *link;

  g_mutex_lock (&self->lock);
  while ((link = g_queue_pop_head_link (&self->idle)) != NULL)
    close_opened (self, link->data);
  g_mutex_unlock (&self->lock);
}

void
shoal_seed_files_free (ShoalSeedFiles *self)
{
  shoal_seed_files_rest (self);
  g_assert (g_hash_table_size (self->opened) == 0);
  g_hash_table_unref (self->opened);
  for (guint i = 0; i < MIN (self->n_roots, MAX_ROOT_CACHES); i++)
    g_clear_pointer (&self->folders[i], shoal_folder_cache_free);
  g_free (self->folders);
  g_mutex_clear (&self->lock);
  shoal_scan_unref (self->scan);
  g_free (self);
}

/* --- Errors -------------------------------------------------------------- */

static char *
show_location (ShoalSeedFiles *self, uint32_t file)
{
  g_autofree char *location = shoal_scan_get_location (self->scan, file);
  g_autofree char *known = shoal_path_without_portal (location);

  return shoal_name_escape (known, -1, 0);
}

static gboolean
set_changed (ShoalSeedFiles *self, uint32_t file, gboolean is_gone, GError **error)
{
  g_autofree char *shown = show_location (self, file);

  if (is_gone)
    return shoal_error_set (error, SHOAL_ERROR_CHANGED, SHOAL_SIDE_HERE,
                            "Send or share the rest again without it.",
                            "“%s” is not there any more", shown);
  return shoal_error_set (error, SHOAL_ERROR_CHANGED, SHOAL_SIDE_HERE,
                          "Send or share it again when nothing writes to it any more.",
                          "“%s” has changed since it was looked at", shown);
}

static gboolean
set_errno (ShoalSeedFiles *self, uint32_t file, int saved_errno, GError **error)
{
  const char *root = shoal_scan_get_roots (self->scan)[shoal_scan_get_root_of (self->scan, file)];
  g_autofree char *shown = NULL;

  if (shoal_path_is_from_portal (root) && access (root, R_OK) != 0)
    return shoal_error_set_not_granted (error, root);
  shown = show_location (self, file);
  /* Gone, or something else in its place. */
  if (saved_errno == ENOENT || saved_errno == ENOTDIR || saved_errno == ELOOP
      || saved_errno == EISDIR)
    return set_changed (self, file, saved_errno == ENOENT, error);
  return shoal_error_set_errno (error, saved_errno, "read “%s”", shown);
}

/* --- Opening ------------------------------------------------------------- */

/* O_NONBLOCK: a pipe that took the file's place must not hold us. */
#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK)

static ShoalFolderCache *
folder_cache (ShoalSeedFiles *self, uint32_t root)
{
  ShoalFolderCache *cache;

  g_mutex_lock (&self->lock);
  if (self->folders[root] == NULL)
    {
      int fd = shoal_beneath_open_root (shoal_scan_get_roots (self->scan)[root]);

      if (fd >= 0)
        self->folders[root] = shoal_folder_cache_new (fd, NULL);
    }
  cache = self->folders[root];
  g_mutex_unlock (&self->lock);
  return cache;
}

static int
open_beneath_cached (ShoalSeedFiles *self, uint32_t root, const char *path)
{
  ShoalFolderCache *cache = folder_cache (self, root);
  g_autofree char *parent = shoal_beneath_parent (path);
  ShoalOpenFolder *folder = cache != NULL ? shoal_folder_cache_get (cache, parent, FALSE) : NULL;
  int fd;

  if (folder == NULL)
    return -1;
  fd = shoal_beneath_open (folder->fd, shoal_beneath_name (path), OPEN_FLAGS, 0);
  shoal_open_folder_release (folder);
  return fd;
}

static int
open_file (ShoalSeedFiles *self, uint32_t file)
{
  uint32_t root = shoal_scan_get_root_of (self->scan, file);
  const char *root_path = shoal_scan_get_roots (self->scan)[root];
  const char *path = shoal_scan_get_path_beneath (self->scan, file);
  int root_fd, fd, saved_errno;

  if (path[0] == '\0')
    return shoal_beneath_open_resolved (root_path, OPEN_FLAGS);
  if (root < MAX_ROOT_CACHES)
    return open_beneath_cached (self, root, path);

  root_fd = shoal_beneath_open_root (root_path);
  if (root_fd < 0)
    return -1;
  fd = shoal_beneath_open (root_fd, path, OPEN_FLAGS, 0);
  saved_errno = errno;
  close (root_fd);
  errno = saved_errno;
  return fd;
}

static Opened *
find_opened (ShoalSeedFiles *self, uint32_t file)
{
  Opened *opened = g_hash_table_lookup (self->opened, GUINT_TO_POINTER (file + 1));

  if (opened != NULL && opened->users++ == 0)
    g_queue_unlink (&self->idle, &opened->link);
  return opened;
}

static Opened *
add_opened (ShoalSeedFiles *self, uint32_t file, int fd)
{
  Opened *opened = g_new0 (Opened, 1);

  opened->file = file;
  opened->fd = fd;
  opened->users = 1;
  opened->link.data = opened;
  g_hash_table_insert (self->opened, GUINT_TO_POINTER (file + 1), opened);
  return opened;
}

static Opened *
acquire (ShoalSeedFiles *self, uint32_t file, GError **error)
{
  Opened *opened;
  int fd;

  g_mutex_lock (&self->lock);
  opened = find_opened (self, file);
  g_mutex_unlock (&self->lock);
  if (opened != NULL)
    return opened;

  fd = open_file (self, file);
  if (fd < 0)
    {
      set_errno (self, file, errno, error);
      return NULL;
    }
  if (shoal_scan_get_stamp (self->scan, file)->size > SHOAL_LEAF_SIZE)
    posix_fadvise (fd, 0, 0, POSIX_FADV_SEQUENTIAL);

  g_mutex_lock (&self->lock);
  opened = find_opened (self, file);
  if (opened == NULL)
    opened = add_opened (self, file, g_steal_fd (&fd));
  g_mutex_unlock (&self->lock);
  if (fd >= 0)
    close (fd); /* somebody was quicker */
  return opened;
}

static void
release (ShoalSeedFiles *self, Opened *opened)
{
  g_mutex_lock (&self->lock);
  if (--opened->users == 0)
    g_queue_push_tail_link (&self->idle, &opened->link);
  while (self->idle.length > MAX_IDLE)
    close_opened (self, g_queue_pop_head_link (&self->idle)->data);
  g_mutex_unlock (&self->lock);
}

/* --- Reading ------------------------------------------------------------- */

/* FUSE makes inode numbers up, and may make up others when it has forgotten the
 * file. */
static gboolean
has_unsteady_inodes (int fd)
{
  struct statfs buf;

  return fstatfs (fd, &buf) == 0 && buf.f_type == FUSE_SUPER_MAGIC;
}

/* Asked after reading: what was read before the change is then the scanned
 * file's, and a change in between shows. */
static gboolean
check_stamp (ShoalSeedFiles *self, Opened *opened, struct stat *buf, GError **error)
{
  const ShoalFileStamp *scanned = shoal_scan_get_stamp (self->scan, opened->file);
  ShoalFileStamp stamp;

  if (fstat (opened->fd, buf) != 0)
    return set_errno (self, opened->file, errno, error);
  stamp = shoal_file_stamp (buf);
  if (stamp.inode != scanned->inode && has_unsteady_inodes (opened->fd))
    stamp.inode = scanned->inode;
  if (!S_ISREG (buf->st_mode) || !shoal_file_stamp_equal (&stamp, scanned))
    return set_changed (self, opened->file, buf->st_nlink == 0, error);
  return TRUE;
}

static gboolean
read_exactly (ShoalSeedFiles *self, Opened *opened, uint64_t offset, void *data, size_t size,
              GError **error)
{
  uint8_t *to = data;

  while (size > 0)
    {
      ssize_t got = pread (opened->fd, to, size, (off_t) offset);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return set_errno (self, opened->file, errno, error);
      if (got == 0)
        return set_changed (self, opened->file, FALSE, error);
      to += got;
      offset += (uint64_t) got;
      size -= (size_t) got;
    }
  return TRUE;
}

gboolean
shoal_seed_files_read (ShoalSeedFiles *self, uint32_t file, uint64_t offset, void *data,
                       size_t size, GError **error)
{
  Opened *opened = acquire (self, file, error);
  struct stat buf;
  gboolean ok;

  if (opened == NULL)
    return FALSE;
  /* A change explains trouble with reading, too. */
  ok = read_exactly (self, opened, offset, data, size, error);
  if (ok)
    ok = check_stamp (self, opened, &buf, error);
  release (self, opened);
  return ok;
}

/* --- Hashing ------------------------------------------------------------- */

static const ShoalHash *
zero_leaf_hash (void)
{
  static ShoalHash hash;
  static gsize once;

  if (g_once_init_enter (&once))
    {
      g_autofree uint8_t *zeroes = g_malloc0 (SHOAL_LEAF_SIZE);

      shoal_sha256 (zeroes, SHOAL_LEAF_SIZE, &hash);
      g_once_init_leave (&once, 1);
    }
  return &hash;
}

gboolean
shoal_seed_files_are_zero (const ShoalHash *leaves, uint32_t n_leaves)
{
  return n_leaves > 1 && shoal_hash_equals (leaves, zero_leaf_hash ())
         && memcmp (leaves, leaves + 1, (n_leaves - 1) * sizeof *leaves) == 0;
}

/* TRUE if whole leaves from @offset on, @size bytes, are a hole. @data_at: where
 * the next data is known to begin. */
static gboolean
is_hole (Opened *opened, uint64_t offset, size_t size, off_t *data_at)
{
  if (size % SHOAL_LEAF_SIZE != 0)
    return FALSE;
  if (*data_at <= (off_t) offset)
    {
      off_t data = lseek (opened->fd, (off_t) offset, SEEK_DATA);

      /* ENXIO: a hole up to the end; anything else: cannot say. */
      *data_at = data >= 0 ? data : errno == ENXIO ? G_MAXINT64 : (off_t) offset;
    }
  return *data_at >= (off_t) (offset + size);
}

static gboolean
hash_stretch (ShoalSeedFiles *self, Opened *opened, gboolean is_sparse, uint64_t offset,
              size_t size, ShoalHash *leaves, GError **error)
{
  g_autofree uint8_t *buffer = g_malloc (MIN (size, STEP));
  off_t data_at = 0;

  while (size > 0)
    {
      size_t step = MIN (size, STEP);

      if (is_sparse && is_hole (opened, offset, step, &data_at))
        {
          for (size_t i = 0; i < step / SHOAL_LEAF_SIZE; i++)
            *leaves++ = *zero_leaf_hash ();
        }
      else
        {
          if (!read_exactly (self, opened, offset, buffer, step, error))
            return FALSE;
          leaves += shoal_sha256_leaves (buffer, step, leaves);
        }
      offset += step;
      size -= step;
    }
  return TRUE;
}

uint32_t
shoal_seed_files_hash (ShoalSeedFiles *self, uint32_t file, uint64_t group, ShoalHash *leaves,
                       GError **error)
{
  uint64_t length = shoal_scan_get_stamp (self->scan, file)->size;
  uint64_t offset = group * SHOAL_LEAVES_PER_GROUP * SHOAL_LEAF_SIZE;
  size_t size = (size_t) MIN (length - offset, SHOAL_LEAVES_PER_GROUP * SHOAL_LEAF_SIZE);
  Opened *opened = acquire (self, file, error);
  struct stat buf;
  gboolean is_sparse, ok;

  if (opened == NULL)
    return 0;
  ok = check_stamp (self, opened, &buf, error);
  is_sparse = ok && (uint64_t) buf.st_blocks * 512 < length;
  /* Of a hole it would make pages of zeroes. */
  if (ok && !is_sparse && length - offset > size)
    posix_fadvise (opened->fd, (off_t) (offset + size), (off_t) size, POSIX_FADV_WILLNEED);
  ok = ok
       && hash_stretch (self, opened, is_sparse, offset, size, leaves, error)
       && check_stamp (self, opened, &buf, error);
  release (self, opened);
  return ok ? shoal_merkle_group_size (length, group) : 0;
}
