/* shoal-seed-request.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-seed-private.h"

/* A read whose groups are hashed goes to the read queue; all others wait for
 * units (shoal-seed-hash.c) first. Reads that wait while jobs are out share the
 * next job. */

#define MAX_READ_JOBS 3u
#define READ_JOB_BYTES (1024u * 1024)
#define MAX_READ_JOB_ITEMS 64u

typedef struct
{
  ShoalSeedRequest *request; /* (owned) */
  uint64_t          offset;
  size_t            size;
  uint8_t          *data;    /* (owned) (nullable) */
  GError           *error;   /* (owned) (nullable) */
} ReadItem;

typedef struct
{
  ShoalSeed      *seed;  /* (owned); the worker uses `files` alone */
  ShoalSeedFiles *files; /* (unowned): the seed's */
  GArray         *items; /* of ReadItem (owned) */
} ReadJob;

/* --- Answers ------------------------------------------------------------- */

static void
request_free (ShoalSeedRequest *request)
{
  g_clear_error (&request->error);
  g_free (request);
}

static void
answer_read (ShoalSeedRequest *request, GBytes *bytes, const GError *error)
{
  request->func.read (bytes, error, request->user_data);
  request_free (request);
}

static void
answer_hashes (ShoalSeedRequest *request, const ShoalHash *hashes, gsize n_hashes,
               const GError *error)
{
  request->func.hashes (hashes, (uint32_t) n_hashes, error, request->user_data);
  request_free (request);
}

void
shoal_seed_answer_upper (ShoalSeed *self, ShoalSeedRequest *request, const GError *error)
{
  const ShoalSeedTree *tree = self->files[request->file].tree;

  if (error == NULL && tree != NULL)
    request->func.upper (tree->windows, tree->n_windows, NULL, request->user_data);
  else
    request->func.upper (NULL, 0, error, request->user_data);
  request_free (request);
}

void
shoal_seed_refuse (ShoalSeed *self, ShoalSeedRequest *request, const GError *error)
{
  switch (request->type)
    {
    case SHOAL_SEED_READ:
      answer_read (request, NULL, error);
      break;

    case SHOAL_SEED_HASHES:
      answer_hashes (request, NULL, 0, error);
      break;

    case SHOAL_SEED_UPPER:
    default:
      shoal_seed_answer_upper (self, request, error);
    }
}

/* --- Reading ------------------------------------------------------------- */

static void
clear_read_item (gpointer data)
{
  ReadItem *item = data;

  g_free (item->data);
  g_clear_error (&item->error);
}

static void
work_read (gpointer data)
{
  ReadJob *job = data;

  for (guint i = 0; i < job->items->len; i++)
    {
      ReadItem *item = &g_array_index (job->items, ReadItem, i);

      item->data = g_malloc (item->size);
      shoal_seed_files_read (job->files, item->request->file, item->offset, item->data,
                             item->size, &item->error);
    }
}

static void pump_reads (ShoalSeed *self);

static void
done_read (gpointer data)
{
  ReadJob *job = data;
  ShoalSeed *self = job->seed;

  self->n_read_jobs--;
  pump_reads (self);
  for (guint i = 0; i < job->items->len; i++)
    {
      ReadItem *item = &g_array_index (job->items, ReadItem, i);
      g_autoptr (GBytes) bytes = NULL;

      if (g_error_matches (item->error, SHOAL_ERROR, SHOAL_ERROR_CHANGED))
        shoal_seed_fail_file (self, item->request->file, item->error);
      if (item->error == NULL)
        bytes = g_bytes_new_take (g_steal_pointer (&item->data), item->size);
      answer_read (item->request, bytes, item->error);
    }
  shoal_seed_check_hash_alls (self);
  g_array_unref (job->items);
  g_free (job);
  shoal_seed_unref (self);
}

static ReadItem
make_read_item (ShoalSeed *self, ShoalSeedRequest *request)
{
  uint64_t length = shoal_seed_length (self, request->file);
  ReadItem item = { .request = request, .offset = request->first * SHOAL_LEAF_SIZE };

  item.size = (size_t) MIN ((uint64_t) request->n_leaves * SHOAL_LEAF_SIZE, length - item.offset);
  return item;
}

static ReadJob *
take_read_job (ShoalSeed *self)
{
  ReadJob *job = g_new0 (ReadJob, 1);
  size_t bytes = 0;

  job->seed = shoal_seed_ref (self);
  job->files = self->files_on_disk;
  job->items = g_array_new (FALSE, TRUE, sizeof (ReadItem));
  g_array_set_clear_func (job->items, clear_read_item);
  while (self->reads.length > 0 && job->items->len < MAX_READ_JOB_ITEMS)
    {
      ReadItem item = make_read_item (self, g_queue_peek_head (&self->reads));

      if (job->items->len > 0 && bytes + item.size > READ_JOB_BYTES)
        break;
      g_queue_pop_head (&self->reads);
      bytes += item.size;
      g_array_append_val (job->items, item);
    }
  return job;
}

static void
pump_reads (ShoalSeed *self)
{
  while (self->n_read_jobs < MAX_READ_JOBS && self->reads.length > 0)
    {
      self->n_read_jobs++;
      shoal_runtime_submit (self->source.runtime, SHOAL_POOL_DISK, work_read, done_read,
                            take_read_job (self));
    }
}

/* --- Requests ------------------------------------------------------------ */

void
shoal_seed_go_on (ShoalSeed *self, ShoalSeedRequest *request, GBytes *leaves, const GError *error)
{
  gsize size = 0;
  const ShoalHash *hashes = leaves != NULL ? g_bytes_get_data (leaves, &size) : NULL;

  if (error != NULL && request->error == NULL)
    request->error = g_error_copy (error);
  if (--request->n_wait > 0)
    return;
  if (request->error != NULL)
    shoal_seed_refuse (self, request, request->error);
  else if (request->type == SHOAL_SEED_HASHES)
    answer_hashes (request, hashes, size / sizeof *hashes, NULL);
  else
    {
      g_queue_push_tail (&self->reads, request);
      pump_reads (self);
    }
}

static void
process_read (ShoalSeed *self, ShoalSeedRequest *request)
{
  uint64_t first = request->first / SHOAL_LEAVES_PER_GROUP;
  uint64_t last = (request->first + request->n_leaves - 1) / SHOAL_LEAVES_PER_GROUP;

  /* A unit may be served at once from inside; one more keeps the request. */
  request->n_wait = 1;
  for (uint64_t group = first; group <= last; group++)
    if (!shoal_seed_knows_group (self, request->file, group))
      shoal_seed_want (self, request->file, group, request);
  shoal_seed_look_ahead (self, request->file, last);
  shoal_seed_go_on (self, request, NULL, NULL);
}

static void
process_hashes (ShoalSeed *self, ShoalSeedRequest *request)
{
  const ShoalSeedFile *f = &self->files[request->file];
  uint64_t key = shoal_seed_key (request->file, request->first);
  GBytes *leaves = shoal_seed_get_leaves (self, key);

  shoal_seed_look_ahead (self, request->file, request->first);
  if (f->state == SHOAL_SEED_FILE_HASHED
      && shoal_seed_length (self, request->file) <= SHOAL_LEAF_SIZE)
    {
      answer_hashes (request, &f->root, 1, NULL);
    }
  else if (leaves != NULL)
    {
      g_autoptr (GBytes) keep = g_bytes_ref (leaves);

      request->n_wait = 1;
      shoal_seed_go_on (self, request, keep, NULL);
    }
  else
    {
      shoal_seed_want (self, request->file, request->first, request);
    }
}

static void
process_upper (ShoalSeed *self, ShoalSeedRequest *request)
{
  const ShoalSeedFile *f = &self->files[request->file];
  gboolean is_small = shoal_merkle_n_groups (shoal_seed_length (self, request->file)) == 1;

  if (f->state != SHOAL_SEED_FILE_HASHED)
    {
      g_autoptr (GError) error = shoal_error_new (SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL,
                                                  "The file has not been hashed yet");

      shoal_seed_answer_upper (self, request, error);
    }
  else if (is_small || (f->tree != NULL && f->tree->windows != NULL))
    {
      shoal_seed_answer_upper (self, request, NULL);
    }
  else
    {
      shoal_seed_want_tree (self, request->file, request);
    }
}

void
shoal_seed_process (ShoalSeed *self, ShoalSeedRequest *request)
{
  const GError *failure = shoal_seed_get_failure (self, request->file);

  if (failure != NULL)
    shoal_seed_refuse (self, request, failure);
  else if (request->type == SHOAL_SEED_READ)
    process_read (self, request);
  else if (request->type == SHOAL_SEED_HASHES)
    process_hashes (self, request);
  else
    process_upper (self, request);
}
