/* shoal-download-data.c: from data frames to verified writes, and whom to blame.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-download-private.h"

/* Two ways to the disk. Leaves of a large file are gathered by request (at most
 * 1 MiB, within one block) and verified leaf by leaf. A small file is gathered
 * whole, from whoever sends its leaves, and goes to the store with others. */

static uint64_t
length_of (ShoalDownload *self, uint32_t file)
{
  return shoal_description_get_file (self->description, file)->length;
}

static size_t
run_bytes (ShoalDownload *self, uint32_t file, uint64_t first, uint32_t count)
{
  uint64_t left = length_of (self, file) - first * SHOAL_LEAF_SIZE;

  return (size_t) MIN (left, (uint64_t) count * SHOAL_LEAF_SIZE);
}

void
gather_free (gpointer data)
{
  Gather *gather = data;

  g_free (gather->buffer);
  g_free (gather);
}

void
small_free (gpointer data)
{
  Small *small = data;

  g_clear_pointer (&small->conn, conn_unref);
  g_free (small->buffer);
  g_free (small);
}

void
write_free (gpointer data)
{
  Write *write = data;

  conn_unref (write->conn);
  g_bytes_unref (write->bytes);
  g_free (write);
}

/* --- What became of it ------------------------------------------------------------- */

/* Leaves that did not verify: of one device, and of nobody else. */
static void
blame (ShoalDownload *self, Conn *conn, uint32_t file, uint64_t leaf)
{
  Source *source = conn->source;
  const char *path = shoal_description_get_file (self->description, file)->path;
  g_autofree char *why = NULL;

  shoal_picker_bad_leaf (self->picker, conn->pick, file, leaf, download_now (self));
  source->bad_bytes += run_bytes (self, file, leaf, 1);
  if (!g_hash_table_add (source->bad_files, GUINT_TO_POINTER (file)))
    return;
  if (++source->n_bad > 1)
    {
      why = g_strdup_printf ("It sent wrong data for “%s”, and before for another file", path);
      source_ban (source, why);
      return;
    }
  why = g_strdup_printf ("Its copy of “%s” is not what was described", path);
  source_set_state (source, SHOAL_DOWNLOAD_SOURCE_CHANGED, why);
}

/* Not on disk through nobody's fault. A file that has failed for good is not
 * asked for again; any other is. */
static void
drop (ShoalDownload *self, uint32_t file, uint64_t first, uint32_t count)
{
  shoal_picker_dropped (self->picker, file, first, count, download_now (self));
}

static void
settle (ShoalDownload *self, Conn *conn, uint32_t file, uint64_t first, uint32_t count,
        gboolean is_good, gboolean is_bad)
{
  if (is_good)
    {
      shoal_picker_written (self->picker, file, first, count, download_now (self));
      if (conn != NULL)
        conn->source->verified += run_bytes (self, file, first, count);
      download_tell_pieces (self, file, first, count);
    }
  else if (is_bad)
    {
      for (uint32_t i = 0; i < count; i++)
        blame (self, conn, file, first + i);
    }
  else
    drop (self, file, first, count);
}

static void
on_write_done (ShoalPieceStore *store, guint file, uint64_t first, uint64_t good, uint64_t bad,
               const GError *error, gpointer user_data)
{
  Write *write = user_data;
  ShoalDownload *self = write->conn->source->download;

  if (self != NULL && self->picker != NULL && !self->stopping)
    {
      shoal_download_ref (self);
      for (uint32_t i = 0; i < write->count && self->picker != NULL;)
        {
          gboolean is_good = (good >> i) & 1;
          gboolean is_bad = (bad >> i) & 1;
          uint32_t n = 1;

          while (i + n < write->count && ((good >> (i + n)) & 1) == (uint64_t) is_good
                 && ((bad >> (i + n)) & 1) == (uint64_t) is_bad)
            n++;
          settle (self, write->conn, write->file, write->first + i, n, is_good, is_bad);
          i += n;
        }
      download_check_done (self);
      download_pump (self);
      shoal_download_unref (self);
    }
  write_free (write);
}

/* --- Leaves of large files ------------------------------------------------------------- */

static void
submit (ShoalDownload *self, Write *write)
{
  uint64_t group = write->first / SHOAL_LEAVES_PER_GROUP;

  /* One leaf is its own proof, but for a draft. */
  if (!shoal_piece_store_knows_group (self->store, write->file, group)
      && (self->is_draft || length_of (self, write->file) > SHOAL_LEAF_SIZE))
    g_queue_push_tail (&self->waiting, write);
  else
    shoal_piece_store_write_async (self->store, write->file, write->first, write->bytes,
                                   on_write_done, write);
}

static void
on_batch_timer (gpointer user_data)
{
  g_autoptr (ShoalDownload) self = shoal_download_ref (user_data);

  self->batch_timer = 0;
  download_flush_batch (self);
}

static void
batch_soon (ShoalDownload *self)
{
  if (self->batch_timer == 0)
    self->batch_timer = shoal_runtime_add_timer (self->runtime, BATCH_US, on_batch_timer, self);
}

void
download_wake_writes (ShoalDownload *self, uint32_t file, uint64_t group)
{
  GList *next;

  for (GList *l = self->waiting.head; l != NULL; l = next)
    {
      Write *write = l->data;

      next = l->next;
      if (write->file != file || write->first / SHOAL_LEAVES_PER_GROUP != group)
        continue;
      g_queue_delete_link (&self->waiting, l);
      submit (self, write);
    }
  if (self->batch->len > 0)
    batch_soon (self);
}

void
download_drop_unknown (ShoalDownload *self, uint32_t file)
{
  GList *next;

  for (GList *l = self->waiting.head; l != NULL; l = next)
    {
      Write *write = l->data;

      next = l->next;
      if (write->file != file)
        continue;
      g_queue_delete_link (&self->waiting, l);
      drop (self, file, write->first, write->count);
      write_free (write);
    }
}

static void
flush (Conn *conn, Gather *gather)
{
  ShoalDownload *self = conn->source->download;
  Write *write;

  if (gather->count == 0)
    return;
  write = g_new (Write, 1);
  *write = (Write){ conn_ref (conn), gather->file, gather->first, gather->count,
                    g_bytes_new_take (gather->buffer, gather->filled) };
  gather->first += gather->count;
  gather->count = 0;
  gather->size -= MIN (gather->size, gather->filled);
  gather->filled = 0;
  gather->buffer = NULL;
  submit (self, write);
}

void
conn_flush_gather (Conn *conn, uint32_t request)
{
  Gather *gather = g_hash_table_lookup (conn->gathers, GUINT_TO_POINTER (request));

  if (gather == NULL)
    return;
  flush (conn, gather);
  g_hash_table_remove (conn->gathers, GUINT_TO_POINTER (request));
}

void
conn_flush_gathers (Conn *conn, gint64 older_than)
{
  GHashTableIter iter;
  Gather *gather;

  g_hash_table_iter_init (&iter, conn->gathers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &gather))
    {
      if (gather->started <= older_than)
        flush (conn, gather);
    }
}

/* @left: leaves of the request that will follow. */
static void
gather_leaves (Conn *conn, uint32_t request, uint32_t file, uint64_t first, uint32_t count,
               uint32_t left, const uint8_t *data)
{
  ShoalDownload *self = conn->source->download;
  Gather *gather = g_hash_table_lookup (conn->gathers, GUINT_TO_POINTER (request));
  size_t size = run_bytes (self, file, first, count);

  if (gather == NULL)
    {
      gather = g_new0 (Gather, 1);
      g_hash_table_insert (conn->gathers, GUINT_TO_POINTER (request), gather);
    }
  if (gather->count > 0 && gather->first + gather->count != first)
    flush (conn, gather);
  if (gather->buffer == NULL)
    {
      gather->file = file;
      gather->first = first;
      gather->size = (size_t) (count + left) * SHOAL_LEAF_SIZE;
      gather->buffer = g_malloc (gather->size);
      gather->started = download_now (self);
    }
  g_assert (gather->filled + size <= gather->size);
  memcpy (gather->buffer + gather->filled, data, size);
  gather->filled += size;
  gather->count += count;
}

/* --- Small files ------------------------------------------------------------------------- */

typedef struct
{
  ShoalDownload *download; /* (owned) */
  GPtrArray     *smalls;   /* (owned) of Small, as given to the store */
} Batch;

/* Whoever sent all of it is to blame. If several did, the next try goes leaf by
 * leaf, and will tell. */
static void
settle_small (ShoalDownload *self, const Small *small, gboolean is_good, gboolean is_bad)
{
  uint32_t n = (uint32_t) shoal_merkle_n_leaves (length_of (self, small->file));

  if (!is_bad || !small->mixed)
    {
      settle (self, small->conn, small->file, 0, n, is_good, is_bad);
      return;
    }
  self->file_flags[small->file] &= (uint8_t) ~FILE_WHOLE;
  if (!self->is_draft)
    shoal_picker_forget_hashes (self->picker, small->file);
  drop (self, small->file, 0, n);
}

static void
on_batch_done (ShoalPieceStore *store, const ShoalWholeFile *files, const gboolean *results,
               gsize n_files, const GError *error, gpointer user_data)
{
  Batch *batch = user_data;
  ShoalDownload *self = batch->download;

  for (gsize i = 0; i < n_files && self->picker != NULL && !self->stopping; i++)
    {
      const Small *small = g_ptr_array_index (batch->smalls, i);
      gboolean is_bad = !results[i] && error == NULL;

      settle_small (self, small, results[i], is_bad);
    }
  if (self->picker != NULL && !self->stopping)
    {
      download_check_done (self);
      download_pump (self);
    }
  g_ptr_array_unref (batch->smalls);
  shoal_download_unref (self);
  g_free (batch);
}

/* In a draft the hashes are pushed ahead; what they are not here for waits. The
 * store itself waits until they are committed. */
static gboolean
can_write (ShoalDownload *self, const Small *small)
{
  return !self->is_draft || (self->file_flags[small->file] & FILE_HASHED) != 0
         || shoal_piece_store_knows_group (self->store, small->file, 0);
}

void
download_flush_batch (ShoalDownload *self)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&self->batch);
  ShoalWholeFile files[BATCH_FILES];
  Batch *batch = NULL;
  size_t bytes = 0;
  guint n = 0;

  shoal_runtime_clear_timer (self->runtime, &self->batch_timer);
  self->batch = g_ptr_array_new_with_free_func (small_free);
  self->batch_bytes = 0;
  g_ptr_array_set_free_func (old, NULL);
  for (guint i = 0; i <= old->len; i++)
    {
      Small *small = i < old->len ? g_ptr_array_index (old, i) : NULL;
      size_t length = small != NULL ? (size_t) length_of (self, small->file) : 0;

      if (n > 0 && (small == NULL || n == BATCH_FILES || bytes + length > BATCH_BYTES))
        {
          shoal_piece_store_write_files_async (self->store, files, n, on_batch_done, batch);
          while (n > 0)
            g_bytes_unref (files[--n].data);
          bytes = 0;
        }
      if (small == NULL)
        break;
      if (!can_write (self, small))
        {
          g_ptr_array_add (self->batch, small);
          continue;
        }
      if (n == 0)
        {
          batch = g_new (Batch, 1);
          *batch = (Batch){ shoal_download_ref (self),
                            g_ptr_array_new_with_free_func (small_free) };
        }
      files[n++] = (ShoalWholeFile){ small->file, g_bytes_new_take (
                                                    g_steal_pointer (&small->buffer), length) };
      g_ptr_array_add (batch->smalls, small);
      bytes += length;
    }
}

static void
batch_small (ShoalDownload *self, Small *small)
{
  g_hash_table_steal (self->smalls, GUINT_TO_POINTER (small->file));
  g_ptr_array_add (self->batch, small);
  self->batch_bytes += (size_t) length_of (self, small->file);
  if (self->batch->len >= BATCH_FILES || self->batch_bytes >= BATCH_BYTES)
    download_flush_batch (self);
  else
    batch_soon (self);
}

static void
gather_small (Conn *conn, uint32_t file, uint64_t first, uint32_t count, const uint8_t *data)
{
  ShoalDownload *self = conn->source->download;
  Small *small = g_hash_table_lookup (self->smalls, GUINT_TO_POINTER (file));
  uint64_t n = shoal_merkle_n_leaves (length_of (self, file));

  if (small == NULL)
    {
      small = g_new0 (Small, 1);
      small->file = file;
      small->conn = conn_ref (conn);
      small->buffer = g_malloc ((size_t) length_of (self, file));
      g_hash_table_insert (self->smalls, GUINT_TO_POINTER (file), small);
    }
  small->mixed |= small->conn->source != conn->source;
  memcpy (small->buffer + first * SHOAL_LEAF_SIZE, data, run_bytes (self, file, first, count));
  for (uint32_t i = 0; i < count; i++)
    small->mask |= G_GUINT64_CONSTANT (1) << (first + i);
  if ((uint64_t) __builtin_popcountll (small->mask) == n)
    batch_small (self, small);
}

/* --- Data frames ---------------------------------------------------------------------------- */

static void
keep_run (Conn *conn, const ShoalMessage *message, const ShoalPickData *data, uint32_t from,
          uint32_t count)
{
  ShoalDownload *self = conn->source->download;
  const uint8_t *bytes = message->data.payload + (size_t) from * SHOAL_LEAF_SIZE;

  self->received += run_bytes (self, data->file, data->first + from, count);
  if (self->file_flags[data->file] & FILE_WHOLE)
    gather_small (conn, data->file, data->first + from, count, bytes);
  else
    gather_leaves (conn, message->data.request, data->file, data->first + from, count,
                   data->count - from - count + data->left, bytes);
}

static void
keep_fresh (Conn *conn, const ShoalMessage *message, const ShoalPickData *data)
{
  uint32_t i = 0;

  while (i < data->count)
    {
      uint32_t n = 0;

      while (i + n < data->count && (data->fresh >> (i + n)) & 1)
        n++;
      if (n > 0)
        keep_run (conn, message, data, i, n);
      i += MAX (n, 1);
    }
}

static void
drop_fresh (ShoalDownload *self, const ShoalPickData *data)
{
  for (uint32_t i = 0; i < data->count; i++)
    {
      if ((data->fresh >> i) & 1)
        drop (self, data->file, data->first + i, 1);
    }
}

void
conn_data (Conn *conn, const ShoalMessage *message)
{
  ShoalDownload *self = conn->source->download;
  size_t size = message->data.size;
  uint32_t n = (uint32_t) ((size + SHOAL_LEAF_SIZE - 1) / SHOAL_LEAF_SIZE);
  ShoalPickData data;

  if (conn->pick == NULL
      || !shoal_picker_data (self->picker, conn->pick, message->data.request,
                             message->data.offset, n, download_now (self), &data))
    {
      conn_fail (conn, "it sent data that was not asked for");
      return;
    }
  if (data.count == 0)
    return;
  if (size != run_bytes (self, data.file, data.first, n))
    {
      drop_fresh (self, &data);
      conn_fail (conn, "it sent part of a leaf");
      return;
    }

  conn->source->retry_delay = FIRST_RETRY_US;
  shoal_rate_add (&self->rate, download_now (self), size);
  keep_fresh (conn, message, &data);
  if (data.left == 0)
    conn_flush_gather (conn, message->data.request);
  if (!self->first_byte)
    {
      self->first_byte = TRUE;
      if (self->events->first_byte != NULL)
        self->events->first_byte (self, self->user_data);
    }
}

/* The download is stopping: what was not given to the store is given up. */
void
download_drop_data (ShoalDownload *self)
{
  g_queue_clear_full (&self->waiting, write_free);
  g_hash_table_remove_all (self->smalls);
  g_ptr_array_set_size (self->batch, 0);
}
