/* shoal-beneath.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* openat2() answers EAGAIN while something on the path is being renamed. */
#define MAX_AGAIN 16

/* Set once openat2() is known not to work here. Any thread, atomically. */
static gint no_openat2;

/* --- Paths --------------------------------------------------------------- */

gboolean
shoal_beneath_path_is_plain (const char *path)
{
  while (TRUE)
    {
      size_t size = strcspn (path, "/");

      if (size == 0 || (size == 1 && path[0] == '.')
          || (size == 2 && path[0] == '.' && path[1] == '.'))
        return FALSE;
      if (path[size] == '\0')
        return TRUE;
      path += size + 1;
    }
}

char *
shoal_beneath_parent (const char *path)
{
  const char *slash = strrchr (path, '/');

  return slash != NULL ? g_strndup (path, (gsize) (slash - path)) : g_strdup ("");
}

const char *
shoal_beneath_name (const char *path)
{
  const char *slash = strrchr (path, '/');

  return slash != NULL ? slash + 1 : path;
}

void
shoal_beneath_set_fallback (gboolean fallback)
{
  g_atomic_int_set (&no_openat2, fallback);
}

/* --- Opening ------------------------------------------------------------- */

static void
close_keeping_errno (int fd)
{
  int saved_errno = errno;

  close (fd);
  errno = saved_errno;
}

/* Not O_NOFOLLOW as well: the document portal's file system hands it on to files of
 * its own, where it means no file at all. -2: openat2() cannot be used. */
static int
open_by_openat2 (int folder, const char *path, int flags, mode_t mode, uint64_t where)
{
  struct open_how how = {
    .flags = (uint64_t) (flags | O_CLOEXEC),
    .mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? mode & 07777 : 0,
    .resolve = where | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };

  if (g_atomic_int_get (&no_openat2))
    return -2;

  for (int i = 0; i < MAX_AGAIN; i++)
    {
      int fd = (int) syscall (SYS_openat2, folder, path, &how, sizeof how);

      if (fd >= 0 || (errno != EAGAIN && errno != EINTR && errno != ENOSYS && errno != EPERM))
        return fd;
      /* EPERM is also an honest answer (an immutable folder): then the walk
       * says it too. */
      if (errno == ENOSYS)
        g_atomic_int_set (&no_openat2, TRUE);
      if (errno == ENOSYS || errno == EPERM)
        return -2;
    }
  return -2;
}

static int
open_by_walk (int folder, const char *path, int flags, mode_t mode)
{
  g_autofree char *copy = g_strdup (path);
  char *element = copy;
  int at = folder;
  int fd;

  while (TRUE)
    {
      char *slash = strchr (element, '/');
      int next;

      if (slash == NULL)
        break;
      *slash = '\0';
      next = openat (at, element, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (at != folder)
        close_keeping_errno (at);
      if (next < 0)
        return -1;
      at = next;
      element = slash + 1;
    }

  fd = openat (at, element, flags | O_NOFOLLOW | O_CLOEXEC, mode);
  if (at != folder)
    close_keeping_errno (at);
  return fd;
}

int
shoal_beneath_open_root (const char *path)
{
  return open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
shoal_beneath_open_resolved (const char *path, int flags)
{
  int fd = open_by_openat2 (AT_FDCWD, path, flags, 0, 0);

  return fd == -2 ? open (path, flags | O_NOFOLLOW | O_CLOEXEC) : fd;
}

int
shoal_beneath_open (int folder, const char *path, int flags, mode_t mode)
{
  int fd;

  if (path == NULL || *path == '\0')
    return openat (folder, ".", flags | O_CLOEXEC, mode);
  if (!shoal_beneath_path_is_plain (path))
    {
      errno = EINVAL;
      return -1;
    }

  fd = open_by_openat2 (folder, path, flags, mode, RESOLVE_BENEATH);
  return fd == -2 ? open_by_walk (folder, path, flags, mode) : fd;
}

int
shoal_beneath_open_folder (int folder, const char *path)
{
  return shoal_beneath_open (folder, path, O_RDONLY | O_DIRECTORY, 0);
}

int
shoal_beneath_make_folders (int folder, const char *path)
{
  int fd = shoal_beneath_open_folder (folder, path);
  g_autofree char *copy = NULL;
  char *element;

  if (fd >= 0 || errno != ENOENT)
    return fd;

  /* Each folder is made in, and looked up from, a descriptor already held. */
  copy = g_strdup (path);
  element = copy;
  fd = shoal_beneath_open_folder (folder, NULL);
  while (fd >= 0 && element != NULL)
    {
      char *slash = strchr (element, '/');
      int next = -1;

      if (slash != NULL)
        *slash = '\0';
      if (mkdirat (fd, element, 0777) == 0 || errno == EEXIST)
        next = openat (fd, element, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      close_keeping_errno (fd);
      fd = next;
      element = slash != NULL ? slash + 1 : NULL;
    }
  return fd;
}

/* --- Cache --------------------------------------------------------------- */

#define MAX_CACHED 64

struct _ShoalFolderCache
{
  /* Set once. */
  int              root; /* (owned) */
  const ShoalDisk *disk;

  /* Any thread, under the lock. */
  GMutex      lock;
  GHashTable *folders; /* (owned): path → its link in `recent` */
  GQueue      recent;  /* of ShoalOpenFolder (owned), last used first */
};

void
shoal_open_folder_release (ShoalOpenFolder *folder)
{
  if (folder == NULL || !g_atomic_int_dec_and_test (&folder->refs))
    return;

  close_keeping_errno (folder->fd);
  g_free (folder->path);
  g_free (folder);
}

ShoalFolderCache *
shoal_folder_cache_new (int root, const ShoalDisk *disk)
{
  ShoalFolderCache *self = g_new0 (ShoalFolderCache, 1);

  g_mutex_init (&self->lock);
  self->root = root;
  self->disk = disk != NULL ? disk : &shoal_disk_real;
  self->folders = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
shoal_folder_cache_free (ShoalFolderCache *self)
{
  shoal_folder_cache_forget (self);
  g_hash_table_unref (self->folders);
  close (self->root);
  g_mutex_clear (&self->lock);
  g_free (self);
}

int
shoal_folder_cache_get_root (ShoalFolderCache *self)
{
  return self->root;
}

static ShoalOpenFolder *
look_up (ShoalFolderCache *self, const char *path)
{
  GList *link = g_hash_table_lookup (self->folders, path);
  ShoalOpenFolder *folder;

  if (link == NULL)
    return NULL;
  g_queue_unlink (&self->recent, link);
  g_queue_push_head_link (&self->recent, link);
  folder = link->data;
  g_atomic_int_inc (&folder->refs);
  return folder;
}

ShoalOpenFolder *
shoal_folder_cache_get (ShoalFolderCache *self, const char *path, gboolean make)
{
  ShoalOpenFolder *folder, *evicted = NULL, *other;
  int fd;

  g_mutex_lock (&self->lock);
  folder = look_up (self, path);
  g_mutex_unlock (&self->lock);
  if (folder != NULL)
    return folder;

  fd = make ? self->disk->make_folders (self->root, path)
            : self->disk->open (self->root, path, O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0)
    return NULL;
  folder = g_new0 (ShoalOpenFolder, 1);
  folder->fd = fd;
  folder->refs = 1;
  folder->path = g_strdup (path);

  g_mutex_lock (&self->lock);
  other = look_up (self, path);
  if (other == NULL)
    {
      g_atomic_int_inc (&folder->refs);
      g_queue_push_head (&self->recent, folder);
      g_hash_table_insert (self->folders, folder->path, self->recent.head);
      if (self->recent.length > MAX_CACHED)
        {
          evicted = g_queue_pop_tail (&self->recent);
          g_hash_table_remove (self->folders, evicted->path);
        }
    }
  g_mutex_unlock (&self->lock);

  shoal_open_folder_release (evicted);
  if (other != NULL)
    shoal_open_folder_release (folder);
  return other != NULL ? other : folder;
}

void
shoal_folder_cache_forget (ShoalFolderCache *self)
{
  GQueue all;
  ShoalOpenFolder *folder;

  g_mutex_lock (&self->lock);
  g_hash_table_remove_all (self->folders);
  all = self->recent;
  g_queue_init (&self->recent);
  g_mutex_unlock (&self->lock);

  while ((folder = g_queue_pop_head (&all)) != NULL)
    shoal_open_folder_release (folder);
}
