/* shoal-piece-store-open.c: what is there already, and where it all goes
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"

#include "shoal-merkle.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* A bitmap is trusted if the part looks exactly as it did after the sync that
 * the bitmap speaks of. Otherwise (after a crash) every leaf whose hash is
 * stored is hashed again in the background. What bears a final name without
 * being noted as final was renamed just before a crash, or is somebody else's:
 * its content tells, as soon as there are hashes to compare it with. A draft's
 * roots are not kept, and a power cut may take hashes of which the file itself
 * was synced: those come once more, the file need not. */

typedef enum
{
  FOUND_NOTHING,
  FOUND_FINAL,     /* as noted */
  FOUND_TRUSTED,   /* a part, and its bitmap holds */
  FOUND_DOUBTFUL,  /* a part */
  FOUND_CANDIDATE, /* the right size under the final name */
} FoundKind;

typedef struct
{
  guint          file;
  FoundKind      kind;
  ShoalFileStamp stamp;
  char          *path; /* (owned) (nullable): if not the usual one */
  GBytes        *have; /* (owned) (nullable) */
} Found;

typedef struct
{
  ShoalPieceStore    *store;
  ShoalPieceStoreDone done;
  gpointer            user_data;
  ShoalPieceState     state;
  GArray             *groups; /* (owned) (nullable) of ShoalKnownGroup */
  GArray             *found;  /* (owned) of Found */
  GHashTable         *parts;  /* (owned): paths of those found */
  ShoalFolderCache   *folders;
  ShoalNamePlan      *plan;
  ShoalDestination    probe;
  mode_t              umask;
  uint64_t            present;
  GError             *error;
  GError             *room_error;
} OpenJob;

static void
clear_found (gpointer data)
{
  Found *found = data;

  g_free (found->path);
  g_clear_pointer (&found->have, g_bytes_unref);
}

/* --- Looking, on a worker ------------------------------------------------- */

/* umask() itself would change it for all threads. */
static mode_t
read_umask (void)
{
  g_autofree char *status = NULL;
  const char *line;
  unsigned int mask = 022;

  if (g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    {
      line = strstr (status, "\nUmask:");
      if (line != NULL && sscanf (line, "\nUmask: %o", &mask) != 1)
        mask = 022;
    }
  return (mode_t) mask;
}

static const char *
get_path (const OpenJob *job, guint file)
{
  const char *planned = shoal_name_plan_get_path (job->plan, file);

  return planned != NULL ? planned : job->store->files[file].path;
}

/* What is under @path, if it is a regular file. */
static gboolean
stat_file (const OpenJob *job, const char *path, struct stat *stat)
{
  g_autofree char *parent = shoal_beneath_parent (path);
  g_autoptr (ShoalOpenFolder) folder = shoal_folder_cache_get (job->folders, parent, FALSE);

  return folder != NULL
         && job->store->disk->fstatat (folder->fd, shoal_beneath_name (path), stat,
                                       AT_SYMLINK_NOFOLLOW) == 0
         && S_ISREG (stat->st_mode);
}

/* Where files are named by linking, a crash may leave the name of the part
 * beside the final one. */
static void
drop_second_name (const OpenJob *job, guint file, const char *part_path, const struct stat *part)
{
  g_autofree char *parent = shoal_beneath_parent (part_path);
  g_autoptr (ShoalOpenFolder) folder = shoal_folder_cache_get (job->folders, parent, FALSE);
  struct stat final;

  if (part->st_nlink == 2 && folder != NULL && stat_file (job, get_path (job, file), &final)
      && final.st_ino == part->st_ino && final.st_dev == part->st_dev)
    job->store->disk->unlinkat (folder->fd, shoal_beneath_name (part_path), 0);
}

static gboolean
look_for_final (OpenJob *job, Found *found, const ShoalPieceRecord *record)
{
  const ShoalStoreFile *file = &job->store->files[found->file];
  const char *path = record != NULL && record->is_final && record->path != NULL
                       ? record->path : get_path (job, found->file);
  struct stat stat;

  if (!stat_file (job, path, &stat) || (uint64_t) stat.st_size != file->length)
    return FALSE;
  found->stamp = shoal_part_stamp (&stat);
  found->path = g_strdup (path);
  found->kind = FOUND_CANDIDATE;
  if ((record != NULL && record->is_final
       && (!job->probe.has_inodes || found->stamp.inode == record->stamp.inode)
       && found->stamp.mtime == record->stamp.mtime)
      || file->length == 0)
    found->kind = FOUND_FINAL;
  job->present += file->length;
  return TRUE;
}

/* Some file systems number their files anew, and have no ctime. */
static gboolean
looks_the_same (const OpenJob *job, const ShoalFileStamp *now, const ShoalFileStamp *then)
{
  if (!job->probe.has_inodes)
    return now->size == then->size && now->mtime == then->mtime;
  return shoal_file_stamp_equal (now, then);
}

static gboolean
look_for_part (OpenJob *job, Found *found, const ShoalPieceRecord *record)
{
  g_autofree char *usual = shoal_part_path (get_path (job, found->file), job->store->token, 0,
                                            job->probe.max_name_bytes);
  const char *path = record != NULL && !record->is_final && record->path != NULL ? record->path
                                                                                 : usual;
  struct stat stat;

  if (!stat_file (job, path, &stat)
      || (uint64_t) stat.st_size > job->store->files[found->file].length)
    return FALSE;
  /* Writing to it would write to the other one too. */
  if (stat.st_nlink != 1)
    {
      drop_second_name (job, found->file, path, &stat);
      return FALSE;
    }
  /* Long names are cut, and may then be alike: two would write to one file. */
  if (!g_hash_table_add (job->parts, g_strdup (path)))
    return FALSE;
  found->stamp = shoal_part_stamp (&stat);
  found->path = path != usual ? g_strdup (path) : NULL;
  found->kind = FOUND_DOUBTFUL;
  if (record != NULL && !record->is_final && record->have != NULL
      && looks_the_same (job, &found->stamp, &record->stamp))
    {
      found->kind = FOUND_TRUSTED;
      found->have = g_bytes_ref (record->have);
    }
  job->present += MIN ((uint64_t) stat.st_blocks * 512, (uint64_t) stat.st_size);
  return TRUE;
}

static void
look_for_files (OpenJob *job)
{
  const GArray *records = job->state.records;
  guint next = 0;

  if (job->state.is_new)
    return;
  for (guint i = 0; i < job->store->n_files; i++)
    {
      const ShoalPieceRecord *record = NULL;
      Found found = { .file = i };

      while (next < records->len && g_array_index (records, ShoalPieceRecord, next).file < i)
        next++;
      if (next < records->len && g_array_index (records, ShoalPieceRecord, next).file == i)
        record = &g_array_index (records, ShoalPieceRecord, next);
      if (!shoal_piece_store_is_chosen (job->store, i))
        continue;
      if ((record != NULL && record->is_final && look_for_final (job, &found, record))
          || look_for_part (job, &found, record) || look_for_final (job, &found, record))
        g_array_append_val (job->found, found);
    }
}

static void
look_work (gpointer data)
{
  OpenJob *job = data;
  ShoalPieceStore *store = job->store;
  int root;

  job->umask = read_umask ();
  /* The content room has looked at the names; what is written through here
   * must be plain, whoever says so. */
  for (guint i = 0; i < store->n_files; i++)
    if (!shoal_beneath_path_is_plain (store->files[i].path))
      {
        shoal_error_set (&job->error, SHOAL_ERROR_UNSAFE_NAME, SHOAL_SIDE_THERE, NULL,
                         "A name in this share leads out of its folder");
        return;
      }
  if (g_mkdir_with_parents (store->destination, 0777) != 0)
    {
      shoal_error_set_errno (&job->error, errno, "make the folder %s", store->destination);
      return;
    }
  root = shoal_beneath_open_root (store->destination);
  if (root < 0)
    {
      shoal_error_set_errno (&job->error, errno, "open the folder %s", store->destination);
      return;
    }
  job->folders = shoal_folder_cache_new (root, store->disk);
  if (!shoal_destination_probe (&job->probe, root, store->disk, &job->error))
    {
      g_prefix_error (&job->error, "%s: ", store->destination);
      return;
    }
  job->plan = shoal_name_plan_new (&job->probe, root, store->disk, store->entries, store->n_files,
                                   job->state.names, &job->error);
  if (job->plan == NULL)
    return;
  look_for_files (job);
  shoal_destination_check_room (&job->probe, store->destination, store->entries, store->n_files,
                                store->chosen, job->present, &job->room_error);
}

/* --- Taking it over ------------------------------------------------------- */

static gboolean
can_check_whole (const ShoalStoreFile *file)
{
  return (file->has_root || file->is_computed) && file->length > 0
         && file->length <= SHOAL_SMALL_FILE_LENGTH;
}

static void
take_groups (ShoalPieceStore *self, const GArray *groups)
{
  for (guint i = 0; i < groups->len; i++)
    {
      const ShoalKnownGroup *group = &g_array_index (groups, ShoalKnownGroup, i);
      ShoalStoreFile *file;
      ShoalFileWork *work;

      if (group->file >= self->n_files
          || group->group >= shoal_merkle_n_groups (self->files[group->file].length)
          || self->files[group->file].state != SHOAL_FILE_STATE_PARTIAL)
        continue;
      file = &self->files[group->file];
      if (shoal_merkle_n_groups (file->length) == 1 && !file->has_root)
        {
          file->root = group->root;
          file->is_computed = TRUE;
        }
      if (shoal_merkle_n_leaves (file->length) == 1)
        continue;
      work = shoal_piece_store_ensure_work (self, group->file);
      shoal_leaf_set_add (&work->groups, group->group);
      file->has_group = shoal_merkle_n_groups (file->length) == 1;
      if (work->roots != NULL)
        work->roots[group->group] = group->root;
    }
}

/* Every leaf that can be checked and is not known to be right. */
static void
doubt (ShoalPieceStore *self, guint index)
{
  ShoalStoreFile *file = &self->files[index];
  ShoalFileWork *work = file->work;
  gboolean whole = can_check_whole (file);

  if (whole)
    shoal_leaf_set_add_range (&work->checking, 0, work->checking.size);
  for (uint64_t group = shoal_leaf_set_find (&work->groups, 0, TRUE); group < work->groups.size;
       group = shoal_leaf_set_find (&work->groups, group + 1, TRUE))
    shoal_leaf_set_add_range (&work->checking, group * SHOAL_LEAVES_PER_GROUP,
                              shoal_merkle_group_size (file->length, group));
  shoal_leaf_set_subtract (&work->checking, &work->have);
  if (work->checking.count > 0)
    shoal_piece_store_queue_check (self, index);
}

void
shoal_piece_store_check_candidate (ShoalPieceStore *self, guint index)
{
  const ShoalFileWork *work = self->files[index].work;
  uint64_t end;

  if (work == NULL || !work->is_published)
    return;
  doubt (self, index);
  for (uint64_t leaf = shoal_leaf_set_find (&work->checking, 0, TRUE);
       leaf < work->checking.size; leaf = shoal_leaf_set_find (&work->checking, end, TRUE))
    {
      end = shoal_leaf_set_find (&work->checking, leaf, FALSE);
      shoal_piece_store_tell_leaves (self, index, leaf, end - leaf, SHOAL_LEAF_CHECKING);
    }
}

static void
take_part (ShoalPieceStore *self, Found *found)
{
  ShoalStoreFile *file = &self->files[found->file];
  ShoalFileWork *work = shoal_piece_store_ensure_work (self, found->file);
  ShoalLeafSet have = { 0 };

  work->exists = TRUE;
  work->inode = found->stamp.inode;
  work->last_mtime = found->stamp.mtime;
  file->part_path = g_steal_pointer (&found->path);
  if (found->kind == FOUND_TRUSTED
      && shoal_leaf_set_load (&have, shoal_merkle_n_leaves (file->length), found->have))
    {
      shoal_leaf_set_copy (&work->have, &have);
      shoal_leaf_set_copy (&work->saved, &have);
      self->verified_bytes += shoal_piece_store_count_bytes (self, found->file, &have);
      self->kept += shoal_piece_store_count_bytes (self, found->file, &have);
    }
  shoal_leaf_set_clear (&have);
  /* Where there are holes, looking into what was not written costs little. */
  if (found->kind != FOUND_TRUSTED || self->probe.has_sparse_files)
    doubt (self, found->file);
}

static void
take_candidate (ShoalPieceStore *self, Found *found)
{
  ShoalStoreFile *file = &self->files[found->file];
  ShoalFileWork *work = shoal_piece_store_ensure_work (self, found->file);

  work->exists = TRUE;
  work->is_published = TRUE;
  work->inode = found->stamp.inode;
  work->last_mtime = found->stamp.mtime;
  if (strcmp (found->path, shoal_piece_store_get_path (self, found->file)) != 0)
    file->final_path = g_strdup (found->path);
  file->part_path = g_steal_pointer (&found->path);
  doubt (self, found->file);
}

static void
take_final (ShoalPieceStore *self, Found *found)
{
  ShoalStoreFile *file = &self->files[found->file];

  shoal_piece_store_drop_work (self, found->file);
  file->inode = found->stamp.inode;
  file->final_mtime = found->stamp.mtime;
  if (strcmp (found->path, shoal_piece_store_get_path (self, found->file)) != 0)
    file->final_path = g_steal_pointer (&found->path);
  self->verified_bytes += file->length;
  self->kept += file->length;
  shoal_piece_store_set_file_state (self, found->file, SHOAL_FILE_STATE_FINAL, NULL);
}

static void
take_all (ShoalPieceStore *self, OpenJob *job)
{
  self->row = job->state.id;
  self->claimed = job->state.claimed;
  self->is_resume = !job->state.is_new;
  self->probe = job->probe;
  self->umask = job->umask;
  self->folders = g_steal_pointer (&job->folders);
  self->plan = g_steal_pointer (&job->plan);
  if (self->plan == NULL)
    return;
  if (job->groups != NULL)
    take_groups (self, job->groups);
  for (guint i = 0; i < job->found->len; i++)
    {
      Found *found = &g_array_index (job->found, Found, i);

      switch (found->kind)
        {
        case FOUND_FINAL:
          take_final (self, found);
          break;

        case FOUND_TRUSTED:
        case FOUND_DOUBTFUL:
          take_part (self, found);
          break;

        case FOUND_CANDIDATE:
          take_candidate (self, found);
          break;

        case FOUND_NOTHING:
        default:
          break;
        }
      shoal_piece_store_check_complete (self, found->file);
    }
}

static void
free_job (OpenJob *job)
{
  shoal_piece_state_clear (&job->state);
  g_clear_pointer (&job->groups, g_array_unref);
  g_clear_pointer (&job->found, g_array_unref);
  g_clear_pointer (&job->parts, g_hash_table_unref);
  g_clear_pointer (&job->folders, shoal_folder_cache_free);
  g_clear_pointer (&job->plan, shoal_name_plan_free);
  g_clear_error (&job->error);
  g_clear_error (&job->room_error);
  g_free (job);
}

/* A disk that is too full stops what begins; what was begun waits for room. */
static void
open_done (OpenJob *job)
{
  ShoalPieceStore *self = job->store;
  gboolean may_wait = !job->state.is_new
                      && g_error_matches (job->room_error, SHOAL_ERROR, SHOAL_ERROR_DISK_FULL);

  take_all (self, job);
  if (job->error == NULL && job->room_error != NULL && !may_wait)
    job->error = g_error_copy (job->room_error);

  if (self->wants_close)
    shoal_error_set (job->error == NULL ? &job->error : NULL, SHOAL_ERROR_CANCELLED,
                     SHOAL_SIDE_HERE, NULL, "The transfer was stopped");
  else if (job->error != NULL)
    shoal_piece_store_set_state (self, SHOAL_PIECE_STORE_STATE_CLOSED, job->error, 0);
  else
    {
      shoal_piece_store_set_state (self, SHOAL_PIECE_STORE_STATE_RUNNING, NULL, 0);
      if (job->room_error != NULL)
        shoal_piece_store_pause (self, ENOSPC);
    }
  if (job->done != NULL)
    job->done (self, job->error, job->user_data);
  free_job (job);
}

static void
look_done (gpointer data)
{
  OpenJob *job = data;
  ShoalPieceStore *self = job->store;

  open_done (job);
  shoal_piece_store_end_job (self);
}

static gboolean
load_work (sqlite3 *db, gpointer data, GError **error)
{
  OpenJob *job = data;

  if (!shoal_piece_records_load (db, job->store->transfer, SHOAL_TRANSFER_ID_SIZE,
                                 job->store->destination, &job->state, error))
    return FALSE;
  if (job->state.is_new)
    return TRUE;
  job->groups = shoal_piece_records_get_groups (db, job->state.id, error);
  return job->groups != NULL;
}

static void
load_done (gpointer data, const GError *error)
{
  OpenJob *job = data;
  ShoalPieceStore *self = job->store;

  if (error != NULL)
    {
      job->error = g_error_copy (error);
      open_done (job);
    }
  else
    shoal_piece_store_submit (self, SHOAL_POOL_DISK, look_work, look_done, job);
  shoal_piece_store_end_job (self);
}

void
shoal_piece_store_open_async (ShoalPieceStore *self, ShoalPieceStoreDone done, gpointer user_data)
{
  OpenJob *job;

  g_return_if_fail (self->state == SHOAL_PIECE_STORE_STATE_NEW);
  shoal_owner_thread_assert (&self->owner);

  shoal_piece_store_set_state (self, SHOAL_PIECE_STORE_STATE_OPENING, NULL, 0);
  job = g_new0 (OpenJob, 1);
  job->store = self;
  job->done = done;
  job->user_data = user_data;
  job->found = g_array_new (FALSE, TRUE, sizeof (Found));
  g_array_set_clear_func (job->found, clear_found);
  job->parts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  shoal_piece_store_query (self, SHOAL_DATABASE_WRITE, load_work, load_done, job);
}
