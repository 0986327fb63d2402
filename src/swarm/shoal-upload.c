/* shoal-upload.c: one share and those who fetch it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"
#define SHOAL_UPLOAD_PARTS

#include "config.h"

#include "shoal-upload.h"

#include "shoal-error.h"
#include "shoal-upload-private.h"

/* A status byte and a hash for each file with bytes: blob 2. */
#define ROOT_RECORD_SIZE (1 + SHOAL_HASH_SIZE)

ShoalUpload *
shoal_upload_new (ShoalUploader *uploader, ShoalContentSource *source, GBytes *attributes,
                  const ShoalUploadEvents *events, gpointer user_data)
{
  ShoalUpload *self = g_new0 (ShoalUpload, 1);

  g_ref_count_init (&self->ref_count);
  self->uploader = uploader;
  self->source = shoal_content_source_ref (source);
  self->description = shoal_description_ref (shoal_content_source_get_description (source));
  self->attributes = attributes != NULL ? g_bytes_ref (attributes) : g_bytes_new (NULL, 0);
  self->events = events;
  self->user_data = user_data;
  self->fetchers = g_ptr_array_new_with_free_func (shoal_fetcher_free);
  shoal_upload_set_vouches (self, TRUE);
  return self;
}

ShoalUpload *
shoal_upload_ref (ShoalUpload *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
shoal_upload_unref (ShoalUpload *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->fetchers->len == 0);
  g_ptr_array_unref (self->fetchers);
  shoal_upload_draft_clear (self);
  shoal_content_source_unref (self->source);
  shoal_description_unref (self->description);
  g_bytes_unref (self->attributes);
  g_clear_pointer (&self->roots, g_bytes_unref);
  g_free (self->pieces);
  g_free (self);
}

void
shoal_upload_set_vouches (ShoalUpload *self, gboolean vouches)
{
  g_return_if_fail (self->fetchers->len == 0);

  self->vouches = vouches && shoal_description_is_draft (self->description);
  shoal_upload_draft_clear (self);
  if (self->vouches)
    shoal_upload_draft_init (self);
}

static void
tell_fetchers_changed (ShoalUpload *self)
{
  if (self->events != NULL && self->events->fetchers_changed != NULL)
    self->events->fetchers_changed (self, self->user_data);
}

/* --- What is here -------------------------------------------------------- */

void
shoal_upload_set_pieces (ShoalUpload *self, const uint8_t *bits)
{
  gsize size = (shoal_description_get_n_pieces (self->description) + 7) / 8;

  g_free (self->pieces);
  self->pieces = g_memdup2 (bits, MAX (size, 1));
}

static void
send_availability (ShoalUpload *self, ShoalFetcher *fetcher)
{
  uint32_t n_pieces = shoal_description_get_n_pieces (self->description);
  uint32_t most = SHOAL_MAX_AVAILABILITY_BITS / 8 * 8;

  for (uint32_t first = 0; self->pieces != NULL && first < n_pieces; first += most)
    {
      ShoalMessage message = { .type = SHOAL_MESSAGE_AVAILABILITY };

      message.availability.first = first;
      message.availability.count = MIN (most, n_pieces - first);
      message.availability.bits = self->pieces + first / 8;
      shoal_channel_send (fetcher->channel, &message, NULL);
    }
}

void
shoal_upload_have (ShoalUpload *self, uint32_t first_piece, uint32_t count)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_HAVE };

  if (self->pieces == NULL || self->closed)
    return;

  for (uint32_t piece = first_piece; piece < first_piece + count; piece++)
    self->pieces[piece / 8] |= (uint8_t) (0x80 >> (piece % 8));
  message.have.first = first_piece;
  message.have.count = count;
  for (guint i = 0; i < self->fetchers->len; i++)
    {
      ShoalFetcher *fetcher = g_ptr_array_index (self->fetchers, i);

      shoal_channel_send (fetcher->channel, &message, NULL);
    }
}

/* --- The end of a draft -------------------------------------------------- */

static void
send_rekey (ShoalUpload *self, ShoalFetcher *fetcher)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_REKEY };

  message.rekey.info_hash = self->rekeyed;
  message.rekey.failed = self->n_failed;
  shoal_channel_send (fetcher->channel, &message, NULL);
}

void
shoal_upload_rekey (ShoalUpload *self, ShoalDescription *description, const ShoalHash *roots,
                    const gboolean *left_out)
{
  uint32_t n_files = shoal_description_get_n_files (self->description);
  GByteArray *blob = g_byte_array_sized_new (n_files * ROOT_RECORD_SIZE);

  self->n_failed = 0;
  for (uint32_t i = 0; i < n_files; i++)
    {
      gboolean failed = left_out != NULL && left_out[i];
      uint8_t status = failed ? 0 : 1;

      if (shoal_description_get_file (self->description, i)->length == 0)
        continue;
      self->n_failed += failed ? 1 : 0;
      g_byte_array_append (blob, &status, 1);
      g_byte_array_append (blob, roots[i].bytes, SHOAL_HASH_SIZE);
    }
  g_clear_pointer (&self->roots, g_bytes_unref);
  self->roots = g_byte_array_free_to_bytes (blob);
  self->rekeyed = *shoal_description_get_id (description);
  for (guint i = 0; i < self->fetchers->len; i++)
    send_rekey (self, g_ptr_array_index (self->fetchers, i));
}

/* --- Questions other than for data --------------------------------------- */

static void
answer_blob (ShoalFetcher *fetcher, const ShoalMessage *request)
{
  ShoalUpload *self = fetcher->upload;
  ShoalMessage message = { .type = SHOAL_MESSAGE_BLOB };
  GBytes *blob = NULL;
  const uint8_t *data;
  gsize size = 0;

  switch ((ShoalBlob) request->blob_request.what)
    {
    case SHOAL_BLOB_DESCRIPTION:
      blob = shoal_description_get_bytes (self->description);
      break;
    case SHOAL_BLOB_ATTRIBUTES:
      blob = self->attributes;
      break;
    case SHOAL_BLOB_ROOTS:
    default:
      blob = self->roots;
      break;
    }

  data = blob != NULL ? g_bytes_get_data (blob, &size) : NULL;
  if (request->blob_request.offset > size
      || request->blob_request.length > size - request->blob_request.offset)
    {
      shoal_channel_close (fetcher->channel); /* it was told the sizes */
      g_ptr_array_remove (self->fetchers, fetcher);
      tell_fetchers_changed (self);
      return;
    }

  message.blob.what = request->blob_request.what;
  message.blob.offset = request->blob_request.offset;
  message.blob.data = data + request->blob_request.offset;
  message.blob.size = request->blob_request.length;
  shoal_channel_send (fetcher->channel, &message, NULL);
}

typedef struct
{
  ShoalChannel  *channel; /* (owned) */
  ShoalHashRange range;
  uint32_t       n_nodes, n_uncles;
} HashAnswer;

static void
on_proved (const ShoalHash *hashes, uint32_t n_hashes, const GError *error, gpointer user_data)
{
  HashAnswer *answer = user_data;
  ShoalMessage message = { .type = SHOAL_MESSAGE_HASHES };

  if (error == NULL && n_hashes == answer->n_nodes + answer->n_uncles)
    {
      message.hashes.range = answer->range;
      message.hashes.uncles = (uint8_t) answer->n_uncles;
      message.hashes.hashes = hashes;
    }
  else
    {
      message.type = SHOAL_MESSAGE_HASH_REJECT;
      message.hash_reject.range = answer->range;
    }
  shoal_channel_send (answer->channel, &message, NULL);
  shoal_channel_unref (answer->channel);
  g_free (answer);
}

static void
answer_hashes (ShoalFetcher *fetcher, const ShoalMessage *request)
{
  ShoalUpload *self = fetcher->upload;
  const ShoalHashRange *asked = &request->hash_request.range;
  ShoalMessage reject = { .type = SHOAL_MESSAGE_HASH_REJECT };
  ShoalMerkleRange range;
  HashAnswer *answer;
  uint32_t file;

  /* In a draft hashes are the offerer's to push, and nobody can ask for them. */
  if (shoal_description_is_draft (self->description)
      || !shoal_description_find_key (self->description, &asked->file, &file)
      || !shoal_merkle_range_init (&range,
                                   shoal_description_get_file (self->description, file)->length,
                                   asked->layer, asked->index, asked->count,
                                   request->hash_request.proof_layers, SHOAL_MERKLE_MAX_RANGE)
      || range.n_nodes != asked->count)
    {
      reject.hash_reject.range = *asked;
      shoal_channel_send (fetcher->channel, &reject, NULL);
      return;
    }

  answer = g_new0 (HashAnswer, 1);
  answer->channel = shoal_channel_ref (fetcher->channel);
  answer->range = *asked;
  answer->n_nodes = range.n_nodes;
  answer->n_uncles = range.n_uncles;
  shoal_content_source_prove_async (self->source, file, &range, on_proved, answer);
}

/* --- The channel's events ------------------------------------------------ */

static void
on_message (ShoalChannel *channel, const ShoalMessage *message, gpointer user_data)
{
  ShoalFetcher *fetcher = user_data;

  if (message->type == SHOAL_MESSAGE_REQUEST)
    shoal_fetcher_take_requests (fetcher, message);
  else if (message->type == SHOAL_MESSAGE_CANCEL)
    shoal_fetcher_take_cancels (fetcher, message);
  else if (message->type == SHOAL_MESSAGE_HASH_REQUEST)
    answer_hashes (fetcher, message);
  else if (message->type == SHOAL_MESSAGE_BLOB_REQUEST)
    answer_blob (fetcher, message);
}

static void
on_writable (ShoalChannel *channel, gpointer user_data)
{
  ShoalFetcher *fetcher = user_data;

  shoal_fetcher_flush (fetcher);
  shoal_uploader_wake (fetcher->upload->uploader, fetcher);
  shoal_upload_check_idle (fetcher->upload);
}

static void
on_closed (ShoalChannel *channel, const GError *error, gpointer user_data)
{
  ShoalFetcher *fetcher = user_data;
  g_autoptr (ShoalUpload) self = shoal_upload_ref (fetcher->upload);

  g_ptr_array_remove (self->fetchers, fetcher);
  tell_fetchers_changed (self);
  shoal_upload_check_idle (self);
}

static const ShoalChannelEvents channel_events = {
  .message = on_message,
  .writable = on_writable,
  .closed = on_closed,
};

/* --- Fetchers ------------------------------------------------------------ */

gboolean
shoal_upload_accept (ShoalUpload *self, ShoalChannel *channel, const ShoalHash *key,
                     GError **error)
{
  ShoalFetcher *fetcher = shoal_fetcher_new (self, channel);
  uint8_t flags = 0;

  if (shoal_description_is_draft (self->description))
    flags |= SHOAL_OPENED_DRAFT;
  if (self->pieces == NULL)
    flags |= SHOAL_OPENED_COMPLETE;
  if (!shoal_channel_accept (
        channel, key, flags,
        (uint32_t) g_bytes_get_size (shoal_description_get_bytes (self->description)),
        (uint32_t) g_bytes_get_size (self->attributes),
        shoal_description_get_id (self->description), &channel_events, fetcher, error))
    {
      shoal_fetcher_free (fetcher);
      return FALSE;
    }

  fetcher->tells_others = (shoal_channel_get_open_flags (channel) & SHOAL_OPEN_TELL_OTHERS) != 0;
  g_ptr_array_add (self->fetchers, fetcher);
  self->told_idle = FALSE;
  send_availability (self, fetcher);
  if (self->roots != NULL)
    send_rekey (self, fetcher);
  shoal_upload_feed (self);
  shoal_upload_exchange_peers (self);
  tell_fetchers_changed (self);
  return TRUE;
}

void
shoal_upload_exchange_peers (ShoalUpload *self)
{
  for (guint i = 0; i < self->fetchers->len; i++)
    {
      ShoalFetcher *to = g_ptr_array_index (self->fetchers, i);
      g_autofree ShoalPeerEntry *entries = g_new0 (ShoalPeerEntry, SHOAL_MAX_PEERS);
      ShoalMessage message = { .type = SHOAL_MESSAGE_PEERS };
      guint n = 0;

      if (!to->tells_others)
        continue;
      for (guint j = 0; j < self->fetchers->len && n < SHOAL_MAX_PEERS; j++)
        {
          ShoalFetcher *other = g_ptr_array_index (self->fetchers, j);

          if (j == i || !other->tells_others)
            continue;
          entries[n].device = *shoal_channel_get_device (other->channel);
          entries[n].n_addresses = (uint8_t) shoal_peer_get_addresses (
            shoal_channel_get_peer (other->channel), entries[n].addresses);
          if (entries[n].n_addresses > 0)
            n++;
        }
      message.peers.entries = entries;
      message.peers.n_entries = n;
      if (n > 0)
        shoal_channel_send (to->channel, &message, NULL);
    }
}

void
shoal_upload_stop (ShoalUpload *self, const ShoalDeviceId *device)
{
  gboolean any = FALSE;

  for (guint i = self->fetchers->len; i-- > 0;)
    {
      ShoalFetcher *fetcher = g_ptr_array_index (self->fetchers, i);

      if (device == NULL
          || shoal_hash_equals (device, shoal_channel_get_device (fetcher->channel)))
        {
          g_ptr_array_remove_index (self->fetchers, i);
          any = TRUE;
        }
    }
  if (any)
    tell_fetchers_changed (self);
}

void
shoal_upload_close (ShoalUpload *self)
{
  self->events = NULL;
  self->closed = TRUE;
  shoal_runtime_clear_timer (self->uploader->runtime, &self->feed_timer);
  shoal_upload_stop (self, NULL);
}

guint
shoal_upload_get_n_fetchers (ShoalUpload *self)
{
  return self->fetchers->len;
}

uint64_t
shoal_upload_get_sent (ShoalUpload *self)
{
  return self->sent;
}
