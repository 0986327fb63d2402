/* shoal-piece-store-settle.c: complete files are synced, dated, named
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"

#include <fcntl.h>
#include <string.h>

/* One settling at a time; what becomes complete meanwhile is the next batch. A
 * large file starts it at once; small ones wait for company, as one sync of the
 * file system costs as much for a thousand as for one.
 *
 *   sync the bytes → times and mode → rename, never over anything → sync the
 *   folders → note it → FINAL
 *
 * A crash anywhere in between leaves a part that the next start checks, or a
 * file under its final name that is whole, and is recognised by its content. */

#define SETTLE_DELAY (2 * G_TIME_SPAN_SECOND)
#define SETTLE_FILES 2048u
/* From so many files on, one sync of the whole file system. */
#define SYNCFS_FILES 4u

typedef struct
{
  guint          file;
  ShoalPart     *part;      /* (owned) (nullable) */
  char          *part_path; /* (owned) */
  char          *path;      /* (owned) */
  uint64_t       length;
  uint64_t       inode;
  gint64         expected_mtime; /* 0: not known */
  gboolean       is_published;
  gboolean       set_attributes;
  gboolean       has_mtime;
  gint64         mtime;
  mode_t         mode;

  int            saved_errno;
  gboolean       is_dropped;  /* the sync failed: nothing written may be trusted */
  gboolean       is_changed;  /* by somebody else; `stamp` is what lies there, if anything */
  gboolean       is_renamed;
  char          *final_path;  /* (owned) (nullable): if it is not `path` */
  ShoalFileStamp stamp;
} SettleItem;

typedef struct
{
  ShoalPieceStore  *store;
  gint64            row;
  GArray           *items; /* (owned) of SettleItem */
  const ShoalDisk  *disk;
  ShoalFolderCache *folders;
  ShoalDestination  probe;
  gboolean          distrusts_syncfs;
} SettleJob;

/* --- On a worker --------------------------------------------------------- */

static ShoalOpenFolder *
open_folder (const SettleJob *job, const char *path)
{
  g_autofree char *parent = shoal_beneath_parent (path);

  return shoal_folder_cache_get (job->folders, parent, FALSE);
}

static void
sync_item (const SettleJob *job, SettleItem *item)
{
  g_autoptr (ShoalPart) part = NULL;

  part = item->part != NULL
           ? shoal_part_ref (item->part)
           : shoal_part_open (job->disk, job->folders,
                              item->is_published ? item->path : item->part_path, O_RDONLY, 0,
                              &job->probe);
  if (part == NULL)
    {
      item->is_changed = errno == ENOENT || errno == ESTALE || errno == ELOOP;
      item->saved_errno = errno;
    }
  else if (job->disk->fdatasync (part->fd) != 0)
    {
      item->saved_errno = errno;
      item->is_dropped = TRUE;
    }
}

static gboolean
syncs_all_at_once (const SettleJob *job)
{
  return job->items->len >= SYNCFS_FILES && !job->probe.is_remote && !job->distrusts_syncfs;
}

static void
sync_bytes (const SettleJob *job)
{
  if (syncs_all_at_once (job))
    {
      int saved_errno = 0;

      if (job->disk->syncfs (shoal_folder_cache_get_root (job->folders)) != 0)
        saved_errno = errno;
      for (guint i = 0; i < job->items->len && saved_errno != 0; i++)
        {
          g_array_index (job->items, SettleItem, i).saved_errno = saved_errno;
          g_array_index (job->items, SettleItem, i).is_dropped = TRUE;
        }
      return;
    }
  for (guint i = 0; i < job->items->len; i++)
    sync_item (job, &g_array_index (job->items, SettleItem, i));
}

/* TRUE if what bears the name is what we wrote, as we left it. */
static gboolean
is_ours (const SettleJob *job, const ShoalOpenFolder *folder, SettleItem *item)
{
  const char *name = shoal_beneath_name (item->is_published ? item->path : item->part_path);
  struct stat stat;

  if (job->disk->fstatat (folder->fd, name, &stat, AT_SYMLINK_NOFOLLOW) != 0)
    {
      item->saved_errno = errno;
      item->is_changed = errno == ENOENT;
      return FALSE;
    }
  if (S_ISREG (stat.st_mode) && stat.st_nlink == 1)
    item->stamp = shoal_part_stamp (&stat);
  item->is_changed = item->stamp.inode == 0 || item->stamp.size != item->length
                     || (job->probe.has_inodes && item->stamp.inode != item->inode)
                     || (!job->probe.is_remote && item->expected_mtime != 0
                         && item->stamp.mtime != item->expected_mtime);
  return !item->is_changed;
}

static void
set_attributes (const SettleJob *job, SettleItem *item)
{
  struct timespec times[2];
  g_autoptr (ShoalPart) part = NULL;

  if (!item->set_attributes)
    return;
  shoal_part_make_times (item->mtime, times);
  part = item->part != NULL ? shoal_part_ref (item->part)
                            : shoal_part_open (job->disk, job->folders, item->part_path,
                                               O_RDONLY, item->inode, &job->probe);
  /* A disk that keeps neither times nor modes loses no data. */
  if (part != NULL && item->has_mtime)
    (void) !job->disk->futimens (part->fd, times);
  if (part != NULL)
    (void) !job->disk->fchmod (part->fd, item->mode);
}

static gboolean
publish (const SettleJob *job, const ShoalOpenFolder *folder, SettleItem *item)
{
  g_autofree char *final = NULL;
  const char *name = shoal_beneath_name (item->path);
  struct stat stat;

  if (!item->is_published
      && !shoal_part_publish (job->disk, &job->probe, folder->fd,
                              shoal_beneath_name (item->part_path), name, &final))
    return FALSE;
  item->is_renamed = TRUE;
  if (final != NULL && strcmp (final, name) != 0)
    {
      g_free (item->final_path);
      item->final_path = g_strdup_printf ("%.*s%s", (int) (name - item->path), item->path, final);
    }
  /* By its time it is known again. */
  if (item->set_attributes && item->has_mtime
      && job->disk->fstatat (folder->fd, final != NULL ? final : name, &stat, AT_SYMLINK_NOFOLLOW)
           == 0)
    item->stamp = shoal_part_stamp (&stat);
  return TRUE;
}

static void
settle_item (const SettleJob *job, SettleItem *item)
{
  g_autoptr (ShoalOpenFolder) folder = open_folder (job, item->part_path);

  if (folder == NULL)
    {
      item->saved_errno = errno;
      item->is_changed = errno == ENOENT;
    }
  else if (is_ours (job, folder, item))
    {
      set_attributes (job, item);
      if (!publish (job, folder, item))
        item->saved_errno = errno;
    }
}

/* Not every file system lets folders be synced. */
static gboolean
sync_folder (const SettleJob *job, int fd)
{
  return job->disk->fsync (fd) == 0 || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP
         || errno == EBADF;
}

static void
sync_folders (const SettleJob *job)
{
  g_autofree char *last = NULL;
  gboolean all_at_once = syncs_all_at_once (job);
  int all_errno = 0, last_errno = 0;

  if (all_at_once && job->disk->syncfs (shoal_folder_cache_get_root (job->folders)) != 0)
    all_errno = errno;
  for (guint i = 0; i < job->items->len; i++)
    {
      SettleItem *item = &g_array_index (job->items, SettleItem, i);
      g_autofree char *parent = shoal_beneath_parent (item->path);
      g_autoptr (ShoalOpenFolder) folder = NULL;

      if (!item->is_renamed || item->saved_errno != 0)
        continue;
      if (all_at_once)
        {
          item->saved_errno = all_errno;
          continue;
        }
      if (g_strcmp0 (parent, last) == 0)
        {
          item->saved_errno = last_errno;
          continue;
        }
      folder = open_folder (job, item->path);
      last_errno = folder == NULL || !sync_folder (job, folder->fd) ? errno : 0;
      item->saved_errno = last_errno;
      g_free (last);
      last = g_steal_pointer (&parent);
    }
}

/* The bytes of a part that could not be synced may be gone from the cache
 * too, unnoticed: it is of no use. */
static void
remove_dropped (const SettleJob *job, const SettleItem *item)
{
  g_autoptr (ShoalOpenFolder) folder = NULL;

  if (!item->is_dropped || item->is_published)
    return;
  folder = open_folder (job, item->part_path);
  if (folder != NULL)
    job->disk->unlinkat (folder->fd, shoal_beneath_name (item->part_path), 0);
}

static void
settle_work (gpointer data)
{
  SettleJob *job = data;

  sync_bytes (job);
  for (guint i = 0; i < job->items->len; i++)
    {
      SettleItem *item = &g_array_index (job->items, SettleItem, i);

      if (item->saved_errno == 0)
        settle_item (job, item);
      else
        remove_dropped (job, item);
    }
  sync_folders (job);
}

/* --- Results ------------------------------------------------------------- */

static void
clear_item (gpointer data)
{
  SettleItem *item = data;

  g_clear_pointer (&item->part, shoal_part_unref);
  g_free (item->part_path);
  g_free (item->path);
  g_free (item->final_path);
}

static gboolean
note_work (sqlite3 *db, gpointer data, GError **error)
{
  SettleJob *job = data;
  /* Its strings are the items'. */
  g_autoptr (GArray) records = g_array_new (FALSE, FALSE, sizeof (ShoalPieceRecord));

  for (guint i = 0; i < job->items->len; i++)
    {
      SettleItem *item = &g_array_index (job->items, SettleItem, i);
      ShoalPieceRecord record = {
        .file = item->file, .is_final = TRUE, .path = item->final_path, .stamp = item->stamp,
      };

      if (item->is_renamed && item->saved_errno == 0)
        g_array_append_val (records, record);
    }
  return shoal_piece_records_save (db, job->row, (const ShoalPieceRecord *) records->data,
                                   records->len, error);
}

static void
note_done (gpointer data, const GError *error)
{
  SettleJob *job = data;
  ShoalPieceStore *self = job->store;

  /* Not noted: the file is there all the same, and a later start knows it by
   * its content. */
  if (error != NULL)
    g_debug ("finished files not noted: %s", error->message);
  self->is_settling = FALSE;
  for (guint i = 0; i < job->items->len; i++)
    {
      const SettleItem *item = &g_array_index (job->items, SettleItem, i);
      ShoalStoreFile *file = &self->files[item->file];

      if (!item->is_renamed || item->saved_errno != 0 || !file->is_settling)
        continue;
      file->is_settling = FALSE;
      shoal_piece_store_drop_work (self, item->file);
      shoal_piece_store_set_file_state (self, item->file, SHOAL_FILE_STATE_FINAL, NULL);
    }
  g_array_unref (job->items);
  g_free (job);
  shoal_piece_store_end_job (self);
}

/* Regular, with one link, but not as we left it. */
static void
check_again (ShoalPieceStore *self, SettleItem *item)
{
  ShoalFileWork *work;

  shoal_piece_store_check_again (self, item->file);
  work = self->files[item->file].work;
  if (work->inode != item->stamp.inode)
    shoal_piece_store_close_part (self, item->file);
  work->exists = TRUE;
  work->inode = item->stamp.inode;
  work->last_mtime = item->stamp.mtime;
}

static void
take_item (ShoalPieceStore *self, SettleItem *item)
{
  ShoalStoreFile *file = &self->files[item->file];

  /* It told of the trouble once, which may have been that of files yet to come. */
  self->distrusts_syncfs |= item->is_dropped || (item->is_renamed && item->saved_errno != 0);
  if (!file->is_settling)
    return;
  if (item->is_changed && item->stamp.inode != 0 && item->stamp.size <= item->length
      && !item->is_published)
    check_again (self, item);
  else if (item->is_changed)
    shoal_piece_store_lose_file (self, item->file);
  else if (shoal_errno_is_full (item->saved_errno) && !item->is_renamed)
    {
      if (item->is_dropped)
        shoal_piece_store_lose_file (self, item->file);
      else
        {
          file->is_settling = FALSE;
          shoal_piece_store_queue_settle (self, item->file);
        }
      shoal_piece_store_pause (self, item->saved_errno);
    }
  else if (item->saved_errno != 0)
    shoal_piece_store_fail_file_errno (self, item->file, item->saved_errno, "finish");
  else
    {
      file->is_renamed = TRUE;
      file->inode = item->stamp.inode;
      file->final_mtime = item->stamp.mtime;
      if (item->final_path != NULL)
        {
          g_free (file->final_path);
          file->final_path = g_strdup (item->final_path);
        }
    }
}

static void
settle_done (gpointer data)
{
  SettleJob *job = data;
  ShoalPieceStore *self = job->store;

  for (guint i = 0; i < job->items->len; i++)
    take_item (self, &g_array_index (job->items, SettleItem, i));
  shoal_piece_store_query (self, SHOAL_DATABASE_WRITE, note_work, note_done, job);
  shoal_piece_store_end_job (self);
}

/* --- Dispatch ------------------------------------------------------------ */

void
shoal_piece_store_queue_settle (ShoalPieceStore *self, guint file)
{
  /* A draft's file must not bear its final name before its root is known. */
  if (self->files[file].has_root)
    g_array_append_val (self->complete, file);
}

static void
on_settle_timer (gpointer user_data)
{
  ShoalPieceStore *self = user_data;

  self->settle_timer = 0;
  self->settle_due = TRUE;
  shoal_piece_store_advance (self);
}

static gboolean
is_due (ShoalPieceStore *self)
{
  if (self->settle_due || self->n_partial == 0 || self->complete->len >= SETTLE_FILES)
    return TRUE;
  for (guint i = 0; i < self->complete->len; i++)
    if (self->files[g_array_index (self->complete, guint, i)].length > SHOAL_SMALL_FILE_LENGTH)
      return TRUE;
  return FALSE;
}

static void
add_item (ShoalPieceStore *self, SettleJob *job, guint index)
{
  ShoalStoreFile *file = &self->files[index];
  ShoalFileWork *work = file->work;
  SettleItem item = {
    .file = index,
    .part_path = shoal_piece_store_dup_part_path (self, index),
    .path = g_strdup (shoal_piece_store_get_path (self, index)),
    .final_path = g_strdup (file->final_path),
    .length = file->length,
    .inode = work != NULL ? work->inode : file->inode,
    .expected_mtime = work != NULL ? work->last_mtime : file->final_mtime,
    .is_published = work != NULL && work->is_published,
    /* What was there under its final name has them, or is somebody else's. */
    .set_attributes = work != NULL && !work->is_published,
    .has_mtime = file->has_mtime,
    .mtime = file->mtime,
    .mode = shoal_piece_store_get_mode (self, index),
  };

  if (work != NULL && work->part != NULL)
    {
      item.part = shoal_part_ref (work->part);
      item.expected_mtime = shoal_part_get_mtime (work->part);
    }
  file->is_settling = TRUE;
  g_array_append_val (job->items, item);
}

/* TRUE if a batch is in the job; what cannot go yet stays in the list. */
static gboolean
take_batch (ShoalPieceStore *self, SettleJob *job)
{
  guint n_left = 0;

  for (guint i = 0; i < self->complete->len; i++)
    {
      guint index = g_array_index (self->complete, guint, i);
      const ShoalStoreFile *file = &self->files[index];

      if (file->state != SHOAL_FILE_STATE_COMPLETE || file->is_settling)
        continue;
      /* A second copy of a leaf is just being written over the first. */
      if (file->work != NULL && file->work->n_writing > 0)
        g_array_index (self->complete, guint, n_left++) = index;
      else
        add_item (self, job, index);
    }
  g_array_set_size (self->complete, n_left);
  return job->items->len > 0;
}

void
shoal_piece_store_settle (ShoalPieceStore *self)
{
  SettleJob *job;

  if (self->is_settling || self->is_saving || self->complete->len == 0
      || self->state != SHOAL_PIECE_STORE_STATE_RUNNING)
    return;
  if (!is_due (self))
    {
      if (self->settle_timer == 0)
        self->settle_timer = shoal_runtime_add_timer (self->runtime, SETTLE_DELAY,
                                                      on_settle_timer, self);
      return;
    }

  shoal_runtime_clear_timer (self->runtime, &self->settle_timer);
  self->settle_due = FALSE;
  job = g_new0 (SettleJob, 1);
  job->store = self;
  job->row = self->row;
  job->items = g_array_new (FALSE, TRUE, sizeof (SettleItem));
  g_array_set_clear_func (job->items, clear_item);
  job->disk = self->disk;
  job->folders = self->folders;
  job->probe = self->probe;
  job->distrusts_syncfs = self->distrusts_syncfs;
  if (!take_batch (self, job))
    {
      g_array_unref (job->items);
      g_free (job);
      return;
    }
  /* Folders that somebody moved meanwhile are looked up again. */
  shoal_folder_cache_forget (self->folders);
  self->is_settling = TRUE;
  shoal_piece_store_submit (self, SHOAL_POOL_DISK, settle_work, settle_done, job);
}
