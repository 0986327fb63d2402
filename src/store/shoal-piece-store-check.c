/* shoal-piece-store-check.c: hashing again what lay on disk
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"

#include "shoal-merkle.h"
#include "shoal-sha256.h"

#include <fcntl.h>
#include <string.h>

/* One group at a time, in the background: fetching the rest has the other
 * workers. Leaves in holes are zeroes and need no reading. */

#define READ_LEAVES 64u

typedef struct
{
  ShoalPieceStore  *store;
  guint             file;
  uint64_t          group;
  uint64_t          length;
  guint             n_leaves; /* of the group */
  GBytes           *hashes;   /* (owned) (nullable): NULL: the whole file against `root` */
  ShoalHash         root;
  const ShoalDisk  *disk;
  ShoalFolderCache *folders;
  ShoalPart        *part;     /* (owned) (nullable) */
  char             *part_path; /* (owned) */
  gboolean          exists;
  uint64_t          inode;
  gboolean          sparse;
  gboolean          opened;
  gboolean          read_only;
  const ShoalDestination *probe;
  int               saved_errno;

  ShoalLeafSet      wanted;   /* by leaf within the group */
  ShoalLeafSet      found;
  ShoalLeafSet      data;     /* of the wanted ones, those that are no hole */
} CheckJob;

/* --- On a worker --------------------------------------------------------- */

static gboolean
open_part (CheckJob *job)
{
  job->opened = TRUE;
  if (job->exists)
    job->part = shoal_part_open (job->disk, job->folders, job->part_path,
                                 job->read_only ? O_RDONLY : O_RDWR, job->inode,
                                 job->probe);
  else
    job->part = shoal_part_create (job->disk, job->folders, job->part_path,
                                   job->sparse ? job->length : 0, job->probe);
  return job->part != NULL;
}

static gboolean
zeroes_match (const CheckJob *job, uint64_t leaf, const ShoalHash *hash)
{
  uint32_t size = shoal_merkle_leaf_size (job->length, leaf);
  static const char ZEROES[SHOAL_LEAF_SIZE];
  ShoalHash own;

  if (size == SHOAL_LEAF_SIZE)
    return shoal_hash_equals (hash, shoal_zero_leaf_hash ());
  shoal_sha256 (ZEROES, size, &own);
  return shoal_hash_equals (hash, &own);
}

/* Reads @n leaves from @i of the group on, and compares. */
static gboolean
check_stretch (CheckJob *job, char *buffer, guint i, guint n)
{
  const ShoalHash *known = g_bytes_get_data (job->hashes, NULL);
  uint64_t first = job->group * SHOAL_LEAVES_PER_GROUP + i;
  uint64_t offset = first * SHOAL_LEAF_SIZE;
  size_t size = (size_t) MIN ((uint64_t) n * SHOAL_LEAF_SIZE, job->length - offset);
  ssize_t got = shoal_part_read (job->part, buffer, size, offset);
  ShoalHash hashes[READ_LEAVES];

  if (got < 0)
    return FALSE;
  shoal_sha256_leaves (buffer, size, hashes);
  for (guint k = 0; k < n; k++)
    {
      size_t end = MIN ((size_t) (k + 1) * SHOAL_LEAF_SIZE, size);

      /* What lies beyond the end of a part that has not grown so far is not there. */
      if ((size_t) got < end)
        continue;
      /* Without holes, what was never written looks like zeroes. */
      if (!shoal_is_zero (buffer + (size_t) k * SHOAL_LEAF_SIZE,
                          end - (size_t) k * SHOAL_LEAF_SIZE))
        shoal_leaf_set_add (&job->data, i + k);
      if (shoal_hash_equals (&hashes[k], &known[i + k]))
        shoal_leaf_set_add (&job->found, i + k);
    }
  return TRUE;
}

/* How many wanted leaves from @i on hold data. */
static guint
measure_stretch (CheckJob *job, guint i)
{
  uint64_t start = (job->group * SHOAL_LEAVES_PER_GROUP + i) * SHOAL_LEAF_SIZE;
  guint max = MIN (READ_LEAVES, job->n_leaves - i);
  guint n = 1;

  if (job->sparse)
    max = (guint) shoal_merkle_n_leaves (
      shoal_part_find_hole (job->part, start, start + (uint64_t) max * SHOAL_LEAF_SIZE) - start);
  while (n < max && shoal_leaf_set_has (&job->wanted, i + n))
    n++;
  return n;
}

static gboolean
check_group (CheckJob *job)
{
  g_autofree char *buffer = NULL;
  const ShoalHash *known = g_bytes_get_data (job->hashes, NULL);
  uint64_t start = job->group * SHOAL_LEAVES_PER_GROUP;
  guint n;

  for (guint i = 0; i < job->n_leaves; i += n)
    {
      n = 1;
      if (!shoal_leaf_set_has (&job->wanted, i))
        continue;
      if (job->sparse
          && shoal_part_is_hole (job->part, (start + i) * SHOAL_LEAF_SIZE,
                                 shoal_merkle_leaf_size (job->length, start + i)))
        {
          if (zeroes_match (job, start + i, &known[i]))
            shoal_leaf_set_add (&job->found, i);
          continue;
        }
      n = measure_stretch (job, i);
      if (buffer == NULL)
        buffer = g_malloc (READ_LEAVES * SHOAL_LEAF_SIZE);
      if (!check_stretch (job, buffer, i, n))
        return FALSE;
    }
  return TRUE;
}

/* A small file of a full share, whose leaf hashes were never needed. */
static gboolean
check_whole (CheckJob *job)
{
  g_autofree char *buffer = g_malloc (SHOAL_SMALL_FILE_LENGTH + 1);
  ShoalHash hashes[SHOAL_SMALL_FILE_LENGTH / SHOAL_LEAF_SIZE], root;
  ssize_t got = shoal_part_read (job->part, buffer, (size_t) job->length + 1, 0);

  if (got < 0)
    return FALSE;
  for (guint i = 0; i < job->n_leaves; i++)
    shoal_leaf_set_add (&job->data, i);
  if ((uint64_t) got != job->length)
    return TRUE;
  shoal_sha256_leaves (buffer, (size_t) got, hashes);
  shoal_merkle_root (job->length, 0, hashes, &root);
  for (guint i = 0; i < job->n_leaves && shoal_hash_equals (&root, &job->root); i++)
    shoal_leaf_set_add (&job->found, i);
  return TRUE;
}

static void
check_work (gpointer data)
{
  CheckJob *job = data;

  if (job->part == NULL && !open_part (job))
    job->saved_errno = errno;
  else if (!(job->hashes != NULL ? check_group (job) : check_whole (job)))
    job->saved_errno = errno;
}

/* --- Results ------------------------------------------------------------- */

/* The state that a leaf comes out with. */
static ShoalLeafState
take_leaf (ShoalPieceStore *self, CheckJob *job, guint i)
{
  uint64_t leaf = job->group * SHOAL_LEAVES_PER_GROUP + i;
  uint32_t size = shoal_merkle_leaf_size (job->length, leaf);

  if (shoal_leaf_set_has (&job->found, i))
    {
      shoal_piece_store_leaf_found (self, job->file, leaf);
      self->files[job->file].work->is_dirty = TRUE;
      self->kept += size;
      self->unsaved_bytes += size;
      return SHOAL_LEAF_HAVE;
    }
  shoal_piece_store_leaf_lost (self, job->file, leaf);
  if (shoal_leaf_set_has (&job->data, i))
    self->refetched += size;
  return SHOAL_LEAF_MISSING;
}

/* Tells of runs of the same state, not of each leaf. */
static void
take_leaves (ShoalPieceStore *self, CheckJob *job)
{
  ShoalFileWork *work = self->files[job->file].work;
  uint64_t first = job->group * SHOAL_LEAVES_PER_GROUP;
  ShoalLeafState state = SHOAL_LEAF_CHECKING;
  guint run = 0;

  for (guint i = 0; i <= job->n_leaves; i++)
    {
      ShoalLeafState now = SHOAL_LEAF_CHECKING;

      if (i < job->n_leaves && shoal_leaf_set_has (&job->wanted, i)
          && shoal_leaf_set_has (&work->checking, first + i))
        now = take_leaf (self, job, i);
      if (now != state && state != SHOAL_LEAF_CHECKING)
        shoal_piece_store_tell_leaves (self, job->file, first + i - run, run, state);
      run = now == state ? run + 1 : 1;
      state = now;
    }
}

/* The part that a check of holes made. */
static void
note_part (ShoalPieceStore *self, CheckJob *job)
{
  ShoalFileWork *work = self->files[job->file].work;

  if (!job->opened)
    return;
  work->is_opening = FALSE;
  if (job->part == NULL)
    return;
  if (!job->exists)
    {
      work->exists = TRUE;
      work->inode = job->part->inode;
    }
  if (!work->is_published)
    shoal_piece_store_file_opened (self, job->file, job->part);
}

static void
forget_group (ShoalPieceStore *self, guint index, uint64_t group)
{
  ShoalFileWork *work = self->files[index].work;
  uint64_t first = group * SHOAL_LEAVES_PER_GROUP;
  uint64_t end = MIN (first + SHOAL_LEAVES_PER_GROUP, work->have.size);

  for (uint64_t leaf = first; leaf < end; leaf++)
    if (shoal_leaf_set_remove (&work->checking, leaf))
      shoal_piece_store_tell_leaves (self, index, leaf, 1, SHOAL_LEAF_MISSING);
}

static void
cope (ShoalPieceStore *self, CheckJob *job)
{
  if (job->exists && (job->saved_errno == ENOENT || job->saved_errno == ESTALE
                      || job->saved_errno == ELOOP))
    shoal_piece_store_lose_file (self, job->file);
  else if (job->exists)
    shoal_piece_store_fail_file_errno (self, job->file, job->saved_errno, "read");
  else
    /* No part could be made for zeroes: let them come like all else, and let
     * the write say what is wrong. */
    forget_group (self, job->file, job->group);
}

static void
check_done (gpointer data)
{
  CheckJob *job = data;
  ShoalPieceStore *self = job->store;
  ShoalStoreFile *file = &self->files[job->file];

  self->is_checking = FALSE;
  if (file->state == SHOAL_FILE_STATE_PARTIAL && file->work != NULL)
    {
      note_part (self, job);
      if (job->saved_errno != 0)
        cope (self, job);
      else
        take_leaves (self, job);
      /* A file of ours that was not quite: somebody else's, perhaps. */
      if (file->work != NULL && file->work->is_published && job->found.count < job->wanted.count)
        shoal_piece_store_lose_file (self, job->file);
      shoal_piece_store_check_complete (self, job->file);
    }

  g_clear_pointer (&job->hashes, g_bytes_unref);
  g_clear_pointer (&job->part, shoal_part_unref);
  shoal_leaf_set_clear (&job->wanted);
  shoal_leaf_set_clear (&job->found);
  shoal_leaf_set_clear (&job->data);
  g_free (job->part_path);
  g_free (job);
  shoal_piece_store_end_job (self);
}

/* --- Dispatch ------------------------------------------------------------ */

void
shoal_piece_store_queue_check (ShoalPieceStore *self, guint file)
{
  ShoalFileWork *work = shoal_piece_store_ensure_work (self, file);

  if (!work->is_queued)
    g_queue_push_tail (&self->checks, GUINT_TO_POINTER (file + 1));
  work->is_queued = TRUE;
}

void
shoal_piece_store_check_again (ShoalPieceStore *self, guint index)
{
  ShoalStoreFile *file = &self->files[index];
  ShoalFileWork *work = shoal_piece_store_ensure_work (self, index);

  g_debug ("file %u was changed by somebody else", index);
  shoal_piece_store_forget_leaves (self, index);
  file->is_settling = FALSE;
  shoal_leaf_set_add_range (&work->checking, 0, work->checking.size);
  shoal_piece_store_set_file_state (self, index, SHOAL_FILE_STATE_PARTIAL, NULL);
  shoal_piece_store_tell_leaves (self, index, 0, work->checking.size, SHOAL_LEAF_CHECKING);
  shoal_piece_store_queue_check (self, index);
}

static void
start_check (ShoalPieceStore *self, guint index, uint64_t group, GBytes *hashes)
{
  ShoalStoreFile *file = &self->files[index];
  ShoalFileWork *work = file->work;
  CheckJob *job = g_new0 (CheckJob, 1);
  uint64_t first = group * SHOAL_LEAVES_PER_GROUP;

  job->store = self;
  job->file = index;
  job->group = group;
  job->length = file->length;
  job->n_leaves = shoal_merkle_group_size (file->length, group);
  job->hashes = hashes;
  job->root = file->root;
  job->disk = self->disk;
  job->folders = self->folders;
  job->exists = work->exists;
  job->inode = work->inode;
  job->read_only = work->is_published;
  job->probe = &self->probe;
  job->sparse = self->probe.has_sparse_files;
  job->part_path = shoal_piece_store_dup_part_path (self, index);
  shoal_leaf_set_init (&job->wanted, job->n_leaves);
  shoal_leaf_set_init (&job->found, job->n_leaves);
  shoal_leaf_set_init (&job->data, job->n_leaves);
  for (guint i = 0; i < job->n_leaves; i++)
    if (shoal_leaf_set_has (&work->checking, first + i))
      shoal_leaf_set_add (&job->wanted, i);
  if (work->part != NULL)
    job->part = shoal_part_ref (work->part);
  else
    work->is_opening = TRUE;
  self->is_checking = TRUE;
  shoal_piece_store_submit (self, SHOAL_POOL_DISK, check_work, check_done, job);
}

/* FALSE: wait. */
static gboolean
check_next (ShoalPieceStore *self, guint index)
{
  ShoalStoreFile *file = &self->files[index];
  ShoalFileWork *work = file->work;
  uint64_t leaf, group;
  GBytes *hashes;
  gboolean waits;

  if (work == NULL || file->state != SHOAL_FILE_STATE_PARTIAL || work->checking.count == 0)
    {
      g_queue_pop_head (&self->checks);
      if (work != NULL)
        work->is_queued = FALSE;
      return TRUE;
    }
  if (work->is_opening)
    return FALSE;
  if (!self->claimed)
    {
      /* A part is about to be made, for zeroes. */
      shoal_piece_store_claim (self);
      return FALSE;
    }

  leaf = shoal_leaf_set_find (&work->checking, 0, TRUE);
  group = leaf / SHOAL_LEAVES_PER_GROUP;
  hashes = shoal_piece_store_get_group (self, index, group, &waits);
  if (waits)
    return FALSE;
  if (hashes == NULL && (!(file->has_root || file->is_computed)
                         || file->length > SHOAL_SMALL_FILE_LENGTH || !work->exists))
    {
      forget_group (self, index, group);
      return TRUE;
    }
  start_check (self, index, group, hashes);
  return FALSE;
}

void
shoal_piece_store_check (ShoalPieceStore *self)
{
  while (!self->is_checking && self->checks.length > 0
         && check_next (self, GPOINTER_TO_UINT (g_queue_peek_head (&self->checks)) - 1))
    ;

  if (self->is_resume && !self->resume_told && !self->is_checking && self->checks.length == 0)
    {
      self->resume_told = TRUE;
      if (self->events != NULL && self->events->checked != NULL)
        self->events->checked (self, self->kept, self->refetched, self->user_data);
    }
}
