/* shoal-serving.c: one share as it is served, and who fetches it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-upload-private.h"

#include "shoal-bytes.h"
#include "shoal-error.h"

static void on_message (ShoalChannel *channel, const ShoalMessage *message, gpointer user_data);
static void on_writable (ShoalChannel *channel, gpointer user_data);
static void on_closed (ShoalChannel *channel, const GError *error, gpointer user_data);

static const ShoalChannelEvents CHANNEL_EVENTS = {
  .message = on_message,
  .writable = on_writable,
  .closed = on_closed,
};

static const ShoalServingEvents NO_EVENTS = { 0 };

/* --- Fetchers --------------------------------------------------------------------- */

Fetcher *
fetcher_ref (Fetcher *fetcher)
{
  g_ref_count_inc (&fetcher->ref_count);
  return fetcher;
}

void
fetcher_unref (Fetcher *fetcher)
{
  if (!g_ref_count_dec (&fetcher->ref_count))
    return;

  g_assert (fetcher->channel == NULL);
  g_assert (fetcher->waiting.length == 0 && fetcher->ahead.length == 0);
  shoal_bitmap_clear (&fetcher->pushed);
  g_hash_table_unref (fetcher->requests);
  g_free (fetcher);
}

void
fetcher_end (Fetcher *fetcher)
{
  ShoalServing *serving = fetcher->serving;
  ShoalChannel *channel = g_steal_pointer (&fetcher->channel);

  if (serving == NULL)
    return;

  fetcher_ref (fetcher);
  fetcher_drop_file (fetcher, G_MAXUINT32);
  shoal_channel_close (channel);
  shoal_channel_unref (channel);
  g_ptr_array_remove (serving->upload->fetchers, fetcher);
  fetcher->serving = NULL;
  g_ptr_array_remove (serving->fetchers, fetcher);
  fetcher_unref (fetcher);
  upload_pump_soon (serving->upload);
  if (serving->events->fetchers_changed != NULL)
    serving->events->fetchers_changed (serving, serving->user_data);
}

static void
on_message (ShoalChannel *channel, const ShoalMessage *message, gpointer user_data)
{
  Fetcher *fetcher = fetcher_ref (user_data);

  if (fetcher->channel != NULL)
    fetcher_message (fetcher, message);
  fetcher_unref (fetcher);
}

static void
on_writable (ShoalChannel *channel, gpointer user_data)
{
  Fetcher *fetcher = user_data;

  if (fetcher->serving != NULL)
    upload_pump (fetcher->serving->upload);
}

static void
on_closed (ShoalChannel *channel, const GError *error, gpointer user_data)
{
  fetcher_end (user_data);
}

/* --- What is here --------------------------------------------------------------------- */

uint64_t
serving_block_mask (uint64_t first, uint32_t count, uint64_t block)
{
  uint64_t from = MAX (first, block * BLOCK_LEAVES) - block * BLOCK_LEAVES;
  uint64_t end = MIN (first + count, (block + 1) * BLOCK_LEAVES) - block * BLOCK_LEAVES;

  return (end - from == 64 ? ~G_GUINT64_CONSTANT (0)
                           : (G_GUINT64_CONSTANT (1) << (end - from)) - 1) << from;
}

gboolean
serving_has (ShoalServing *self, uint32_t file, uint64_t first, uint32_t count)
{
  const ShoalFile *f = shoal_description_get_file (self->description, file);
  uint64_t leaves = shoal_description_get_piece_length (self->description) / SHOAL_LEAF_SIZE;

  if (self->complete)
    return TRUE;
  for (uint64_t piece = first / leaves; piece <= (first + count - 1) / leaves; piece++)
    {
      if (!shoal_bitmap_get (&self->pieces, f->first_piece + piece))
        return FALSE;
    }
  return TRUE;
}

static void
on_have_timer (gpointer user_data)
{
  ShoalServing *self = user_data;
  uint64_t end = self->news.size;
  uint64_t first = 0;

  self->have_timer = 0;
  while ((first = shoal_bitmap_next (&self->news, NULL, NULL, first, end)) != SHOAL_BITMAP_NONE)
    {
      ShoalMessage message = { .type = SHOAL_MESSAGE_HAVE };
      uint64_t last = first;

      while (last < end && shoal_bitmap_get (&self->news, last))
        last++;
      message.have.first = (uint32_t) first;
      message.have.count = (uint32_t) (last - first);
      for (guint i = 0; i < self->fetchers->len; i++)
        fetcher_send (g_ptr_array_index (self->fetchers, i), &message);
      first = last;
    }
  shoal_bitmap_set_range (&self->news, 0, end, FALSE);
}

void
shoal_serving_have (ShoalServing *self, uint32_t first_piece, uint32_t count)
{
  if (self->complete)
    return;
  g_return_if_fail (first_piece <= self->pieces.size && count <= self->pieces.size - first_piece);

  shoal_bitmap_set_range (&self->pieces, first_piece, first_piece + count, TRUE);
  shoal_bitmap_set_range (&self->news, first_piece, first_piece + count, TRUE);
  if (self->have_timer == 0)
    self->have_timer = shoal_runtime_add_timer (self->upload->runtime, HAVE_DELAY_US,
                                                on_have_timer, self);
}

void
shoal_serving_complete (ShoalServing *self, ShoalContentSource *source)
{
  uint32_t n = shoal_description_get_n_pieces (self->description);

  if (!self->complete)
    shoal_serving_have (self, 0, n);
  self->complete = TRUE;
  if (source != NULL && source != self->source)
    {
      shoal_content_source_unref (self->source);
      self->source = shoal_content_source_ref (source);
    }
}

/* --- Handles ---------------------------------------------------------------------------- */

ServingHandle *
serving_handle_ref (ServingHandle *handle)
{
  g_ref_count_inc (&handle->ref_count);
  return handle;
}

void
serving_handle_unref (ServingHandle *handle)
{
  if (g_ref_count_dec (&handle->ref_count))
    g_free (handle);
}

/* --- Life ------------------------------------------------------------------------------- */

static void
lay_out (ShoalServing *self)
{
  uint32_t n = shoal_description_get_n_files (self->description);
  uint64_t blocks = 0;

  self->first_block = g_new (uint32_t, n + 1);
  for (uint32_t i = 0; i <= n; i++)
    {
      self->first_block[i] = (uint32_t) blocks;
      if (i < n)
        blocks += (shoal_merkle_n_leaves (shoal_description_get_file (self->description, i)->length)
                   + BLOCK_LEAVES - 1) / BLOCK_LEAVES;
    }
  self->n_blocks = (uint32_t) blocks;
  if (self->push_hashes)
    shoal_bitmap_init (&self->known, self->n_blocks);
}

ShoalServing *
shoal_serving_new (ShoalUpload *upload, const ShoalServingOptions *options)
{
  ShoalServing *self = g_new0 (ShoalServing, 1);
  uint32_t n_pieces;

  self->handle = g_new0 (ServingHandle, 1);
  g_ref_count_init (&self->handle->ref_count);
  self->handle->serving = self;
  self->upload = upload;
  self->source = shoal_content_source_ref (options->source);
  self->description
    = shoal_description_ref (shoal_content_source_get_description (options->source));
  if (options->attributes != NULL)
    self->attributes = g_bytes_ref (options->attributes);
  self->complete = options->complete;
  self->push_hashes = options->push_hashes && shoal_description_is_draft (self->description);
  self->introduce = options->introduce;
  self->events = options->events != NULL ? options->events : &NO_EVENTS;
  self->user_data = options->user_data;
  self->fetchers = g_ptr_array_new_with_free_func ((GDestroyNotify) fetcher_unref);
  self->lost_files = g_hash_table_new (NULL, NULL);
  self->making = g_hash_table_new (NULL, NULL);
  self->paused_peers = g_hash_table_new_full (shoal_hash_hash, shoal_hash_equal, g_free, NULL);
  n_pieces = shoal_description_get_n_pieces (self->description);
  shoal_bitmap_init (&self->pieces, n_pieces);
  shoal_bitmap_init (&self->news, n_pieces);
  lay_out (self);
  shoal_serving_set_exchange (self, options->exchange);
  g_ptr_array_add (upload->servings, self);
  return self;
}

void
shoal_serving_free (ShoalServing *self)
{
  self->events = &NO_EVENTS;
  while (self->fetchers->len > 0)
    fetcher_end (g_ptr_array_index (self->fetchers, self->fetchers->len - 1));
  self->handle->serving = NULL;
  serving_handle_unref (self->handle);
  g_ptr_array_remove (self->upload->servings, self);
  shoal_runtime_clear_timer (self->upload->runtime, &self->have_timer);
  shoal_content_source_unref (self->source);
  shoal_description_unref (self->description);
  g_clear_pointer (&self->attributes, g_bytes_unref);
  g_clear_pointer (&self->roots, g_bytes_unref);
  g_ptr_array_unref (self->fetchers);
  g_hash_table_unref (self->lost_files);
  g_hash_table_unref (self->making);
  g_hash_table_unref (self->paused_peers);
  shoal_bitmap_clear (&self->pieces);
  shoal_bitmap_clear (&self->news);
  shoal_bitmap_clear (&self->known);
  g_free (self->first_block);
  g_free (self->given);
  g_free (self->paused_text);
  g_free (self);
}

gboolean
shoal_serving_accept (ShoalServing *self, ShoalChannel *channel, const ShoalHash *key)
{
  gboolean is_draft = shoal_description_is_draft (self->description);
  uint8_t flags = (uint8_t) ((is_draft ? SHOAL_OPENED_DRAFT : 0)
                             | (self->complete ? SHOAL_OPENED_COMPLETE : 0));
  GBytes *bytes = shoal_description_get_bytes (self->description);
  size_t attributes = self->attributes != NULL ? g_bytes_get_size (self->attributes) : 0;
  Fetcher *fetcher = g_new0 (Fetcher, 1);

  g_ref_count_init (&fetcher->ref_count);
  fetcher->requests = g_hash_table_new (NULL, NULL);
  if (!shoal_channel_accept (channel, key, flags, (uint32_t) g_bytes_get_size (bytes),
                             (uint32_t) attributes, shoal_description_get_id (self->description),
                             &CHANNEL_EVENTS, fetcher, NULL))
    {
      fetcher_unref (fetcher);
      return FALSE;
    }

  fetcher->serving = self;
  fetcher->channel = shoal_channel_ref (channel);
  fetcher->tell_others = (shoal_channel_get_open_flags (channel) & SHOAL_OPEN_TELL_OTHERS) != 0;
  if (self->push_hashes)
    shoal_bitmap_init (&fetcher->pushed, self->n_blocks);
  g_ptr_array_add (self->fetchers, fetcher);
  g_ptr_array_add (self->upload->fetchers, fetcher);
  fetcher_greet (fetcher);
  if (self->events->fetchers_changed != NULL)
    self->events->fetchers_changed (self, self->user_data);
  return TRUE;
}

/* --- Changes ------------------------------------------------------------------------------ */

void
shoal_serving_rekey (ShoalServing *self, const ShoalHash *info_hash, const ShoalHash *roots,
                     const gboolean *left_out)
{
  uint32_t n = shoal_description_get_n_files (self->description);
  GByteArray *blob = g_byte_array_new ();

  g_return_if_fail (shoal_description_is_draft (self->description));
  self->n_failed = 0;
  for (uint32_t i = 0; i < n; i++)
    {
      gboolean failed = left_out != NULL && left_out[i];
      static const ShoalHash none;

      self->n_failed += failed;
      if (shoal_description_get_file (self->description, i)->length == 0)
        continue;
      shoal_write_u8 (blob, failed ? 0 : 1);
      shoal_write_hash (blob, failed ? &none : &roots[i]);
    }
  g_clear_pointer (&self->roots, g_bytes_unref);
  self->roots = g_byte_array_free_to_bytes (blob);
  self->info_hash = *info_hash;
  self->is_rekeyed = TRUE;
  for (guint i = 0; i < self->fetchers->len; i++)
    fetcher_tell_rekey (g_ptr_array_index (self->fetchers, i));
}

void
shoal_serving_lose_file (ShoalServing *self, uint32_t file, const GError *error)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_CHANGED };

  g_return_if_fail (file < shoal_description_get_n_files (self->description));

  if (!g_hash_table_add (self->lost_files, GUINT_TO_POINTER (file)))
    return;
  message.changed.file = shoal_description_get_file (self->description, file)->key;
  for (guint i = 0; i < self->fetchers->len; i++)
    {
      Fetcher *fetcher = g_ptr_array_index (self->fetchers, i);

      fetcher_send (fetcher, &message);
      fetcher_drop_file (fetcher, file);
    }
  if (self->events->file_changed != NULL)
    self->events->file_changed (self, file, error, self->user_data);
}

void
shoal_serving_set_exchange (ShoalServing *self, gboolean exchange)
{
  self->exchange = exchange;
  if (exchange && self->given == NULL)
    self->given = g_new0 (uint64_t, self->n_blocks + 1);
}

ShoalPaused
fetcher_get_paused (Fetcher *fetcher)
{
  ShoalServing *serving = fetcher->serving;

  if (serving->paused != SHOAL_PAUSED_GOING_ON || fetcher->channel == NULL)
    return serving->paused;
  return g_hash_table_contains (serving->paused_peers, shoal_channel_get_device (fetcher->channel))
           ? SHOAL_PAUSED_PERSON : SHOAL_PAUSED_GOING_ON;
}

void
fetcher_tell_paused (Fetcher *fetcher)
{
  ShoalServing *serving = fetcher->serving;
  ShoalMessage message = { .type = SHOAL_MESSAGE_PAUSED };

  message.paused.reason = (uint8_t) fetcher_get_paused (fetcher);
  message.paused.text = serving->paused != SHOAL_PAUSED_GOING_ON ? serving->paused_text : NULL;
  fetcher_send (fetcher, &message);
}

void
shoal_serving_set_paused (ShoalServing *self, ShoalPaused reason, const char *text)
{
  self->paused = reason;
  g_free (self->paused_text);
  self->paused_text = g_strdup (text);
  for (guint i = 0; i < self->fetchers->len; i++)
    fetcher_tell_paused (g_ptr_array_index (self->fetchers, i));
  upload_pump_soon (self->upload);
}

void
shoal_serving_set_peer_paused (ShoalServing *self, const ShoalDeviceId *id, gboolean paused)
{
  if (paused == g_hash_table_contains (self->paused_peers, id))
    return;

  if (paused)
    g_hash_table_add (self->paused_peers, g_memdup2 (id, sizeof *id));
  else
    g_hash_table_remove (self->paused_peers, id);
  for (guint i = 0; i < self->fetchers->len; i++)
    {
      Fetcher *fetcher = g_ptr_array_index (self->fetchers, i);

      if (shoal_hash_equals (shoal_channel_get_device (fetcher->channel), id))
        fetcher_tell_paused (fetcher);
    }
  upload_pump_soon (self->upload);
}

void
shoal_serving_drop_peer (ShoalServing *self, const ShoalDeviceId *id)
{
  for (guint i = self->fetchers->len; i > 0; i--)
    {
      Fetcher *fetcher = g_ptr_array_index (self->fetchers, i - 1);

      if (shoal_hash_equals (shoal_channel_get_device (fetcher->channel), id))
        fetcher_end (fetcher);
    }
}

/* --- Facts ---------------------------------------------------------------------------------- */

GArray *
shoal_serving_get_fetchers (ShoalServing *self)
{
  gint64 now = shoal_runtime_now (self->upload->runtime);
  GArray *infos = g_array_new (FALSE, TRUE, sizeof (ShoalFetcherInfo));

  for (guint i = 0; i < self->fetchers->len; i++)
    {
      Fetcher *fetcher = g_ptr_array_index (self->fetchers, i);
      ShoalFetcherInfo info = {
        .peer = shoal_channel_get_peer (fetcher->channel),
        .bytes = fetcher->bytes,
        .rate = shoal_rate_get (&fetcher->rate, now),
        .n_queued = g_hash_table_size (fetcher->requests),
      };

      g_array_append_val (infos, info);
    }
  return infos;
}

guint
shoal_serving_get_n_fetchers (ShoalServing *self)
{
  return self->fetchers->len;
}

uint64_t
shoal_serving_get_bytes (ShoalServing *self)
{
  return self->bytes;
}
