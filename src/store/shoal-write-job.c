/* shoal-write-job.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-write-job.h"

#include "shoal-sha256.h"

#include <fcntl.h>
#include <string.h>

gboolean
shoal_is_zero (const void *data, size_t size)
{
  const char *bytes = data;

  return size == 0 || (bytes[0] == 0 && memcmp (bytes, bytes + 1, size - 1) == 0);
}

const ShoalHash *
shoal_zero_leaf_hash (void)
{
  static gsize once;
  static ShoalHash hash;

  if (g_once_init_enter (&once))
    {
      g_autofree void *zeroes = g_malloc0 (SHOAL_LEAF_SIZE);

      shoal_sha256 (zeroes, SHOAL_LEAF_SIZE, &hash);
      g_once_init_leave (&once, 1);
    }
  return &hash;
}

static void
verify (ShoalLeafWrite *write)
{
  gsize size, n_known;
  const void *data = g_bytes_get_data (write->data, &size);
  const ShoalHash *known = g_bytes_get_data (write->hashes, &n_known);
  guint first = (guint) (write->first_leaf % SHOAL_LEAVES_PER_GROUP);
  ShoalHash hashes[SHOAL_MAX_WRITE_LEAVES];

  g_assert ((first + write->n_leaves) * sizeof (ShoalHash) <= n_known);
  shoal_sha256_leaves (data, size, hashes);
  for (guint i = 0; i < write->n_leaves; i++)
    if (shoal_hash_equals (&hashes[i], &known[first + i]))
      write->good |= G_GUINT64_CONSTANT (1) << i;
    else
      write->bad |= G_GUINT64_CONSTANT (1) << i;
}

/* A name of ours that somebody else took meanwhile is left to them. */
static gboolean
open_part (ShoalWriteJob *job)
{
  job->opened = TRUE;
  if (job->exists)
    {
      job->part = shoal_part_open (job->disk, job->folders, job->part_path, O_RDWR, job->inode,
                                   job->probe);
      job->is_lost = job->part == NULL && (errno == ENOENT || errno == ESTALE || errno == ELOOP);
      if (job->part == NULL)
        return FALSE;
      job->is_changed = !job->probe->is_remote && job->known_mtime != 0
                        && shoal_part_get_mtime (job->part) != job->known_mtime;
      return TRUE;
    }

  for (guint i = 1; i < 100; i++)
    {
      job->part = shoal_part_create (job->disk, job->folders, job->part_path, job->length,
                                     job->probe);
      if (job->part != NULL || errno != EEXIST)
        break;
      g_free (job->part_path);
      job->part_path = shoal_part_path (job->path, job->token, i, job->max_name_bytes);
    }
  return job->part != NULL;
}

/* A stretch of leaves to be written in one call. */
typedef struct
{
  struct iovec vectors[SHOAL_WRITE_JOB_MAX_BYTES / SHOAL_LEAF_SIZE + SHOAL_WRITE_JOB_MAX_WRITES];
  int          n_vectors;
  uint64_t     offset, size;
  guint        first_write, first_bit; /* of the stretch */
} Stretch;

static void
mark_written (ShoalWriteJob *job, const Stretch *stretch)
{
  uint64_t left = stretch->size;

  for (guint i = stretch->first_write, bit = stretch->first_bit; left > 0; i++, bit = 0)
    for (; bit < job->writes[i]->n_leaves && left > 0; bit++)
      {
        job->writes[i]->written |= G_GUINT64_CONSTANT (1) << bit;
        left -= MIN (left, SHOAL_LEAF_SIZE);
      }
}

static gboolean
flush_stretch (ShoalWriteJob *job, Stretch *stretch)
{
  if (stretch->n_vectors == 0)
    return TRUE;
  if (!shoal_part_write (job->part, stretch->vectors, stretch->n_vectors, stretch->offset))
    return FALSE;
  mark_written (job, stretch);
  stretch->n_vectors = 0;
  stretch->size = 0;
  return TRUE;
}

static void
add_to_stretch (Stretch *stretch, const void *data, size_t size)
{
  struct iovec *last = stretch->n_vectors > 0 ? &stretch->vectors[stretch->n_vectors - 1] : NULL;

  if (last != NULL && (const char *) last->iov_base + last->iov_len == data)
    last->iov_len += size;
  else
    stretch->vectors[stretch->n_vectors++] = (struct iovec){ (void *) data, size };
  stretch->size += size;
}

static gboolean
write_leaves (ShoalWriteJob *job)
{
  Stretch stretch = { .n_vectors = 0 };

  for (guint i = 0; i < job->n_writes; i++)
    {
      ShoalLeafWrite *write = job->writes[i];
      gsize size;
      const char *data = g_bytes_get_data (write->data, &size);

      for (guint bit = 0; bit < write->n_leaves; bit++)
        {
          const char *leaf = data + (gsize) bit * SHOAL_LEAF_SIZE;
          size_t leaf_size = MIN (SHOAL_LEAF_SIZE, size - (gsize) bit * SHOAL_LEAF_SIZE);
          uint64_t offset = (write->first_leaf + bit) * SHOAL_LEAF_SIZE;
          gboolean wanted = ((write->good & ~write->have) >> bit & 1) != 0;

          if (wanted && job->sparse && shoal_is_zero (leaf, leaf_size)
              && shoal_part_is_hole (job->part, offset, leaf_size))
            {
              write->written |= G_GUINT64_CONSTANT (1) << bit;
              wanted = FALSE;
            }
          if (!wanted && !flush_stretch (job, &stretch))
            return FALSE;
          if (!wanted)
            continue;
          if (stretch.n_vectors == 0)
            {
              stretch.offset = offset;
              stretch.first_write = i;
              stretch.first_bit = bit;
            }
          add_to_stretch (&stretch, leaf, leaf_size);
        }
    }
  return flush_stretch (job, &stretch);
}

void
shoal_write_job_run (gpointer data)
{
  ShoalWriteJob *job = data;
  uint64_t wanted = 0;

  for (guint i = 0; i < job->n_writes; i++)
    {
      verify (job->writes[i]);
      wanted |= job->writes[i]->good & ~job->writes[i]->have;
    }
  if (wanted == 0)
    return;

  if (job->part == NULL && !open_part (job))
    {
      job->saved_errno = errno;
      return;
    }
  shoal_part_begin_writing (job->part);
  if (!write_leaves (job))
    job->saved_errno = errno;
  shoal_part_end_writing (job->part);
  job->is_changed |= shoal_part_take_changed (job->part);
  if (job->kick)
    /* From the start to the end: only dirty pages are gone through. */
    job->disk->sync_file_range (job->part->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}
