/* shoal-upload-fetcher.c: one channel that is being served.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"
#define SHOAL_UPLOAD_PARTS

#include "config.h"

#include "shoal-error.h"
#include "shoal-upload-private.h"

static void
served_free (ShoalServed *served)
{
  g_clear_pointer (&served->data, g_bytes_unref);
  shoal_upload_unref (served->upload);
  g_free (served);
}

ShoalFetcher *
shoal_fetcher_new (ShoalUpload *upload, ShoalChannel *channel)
{
  ShoalFetcher *self = g_new0 (ShoalFetcher, 1);

  self->upload = upload;
  self->channel = shoal_channel_ref (channel);
  self->by_number = g_hash_table_new (NULL, NULL);
  if (upload->vouches)
    shoal_bitmap_init (&self->given, upload->known.size);
  return self;
}

/* Lets go of a request that is neither waiting nor ready any more. One that is
 * being read is freed when the read is back. */
static void
let_go (ShoalFetcher *self, ShoalServed *served)
{
  g_hash_table_remove (self->by_number, GUINT_TO_POINTER (served->number));
  served->ended = TRUE;
  if (served->reading)
    {
      served->fetcher = NULL;
      self->ahead -= served->bytes;
      return;
    }
  if (served->data != NULL)
    {
      self->ahead -= served->bytes;
      shoal_uploader_land (self->upload->uploader, served->bytes);
    }
  served_free (served);
}

void
shoal_fetcher_free (gpointer data)
{
  ShoalFetcher *self = data;
  g_autoptr (GList) all = g_hash_table_get_values (self->by_number);

  shoal_uploader_forget (self->upload->uploader, self);
  g_queue_clear (&self->waiting);
  g_queue_clear (&self->ready);
  for (GList *l = all; l != NULL; l = l->next)
    let_go (self, l->data);
  g_hash_table_unref (self->by_number);
  g_clear_pointer (&self->changed, g_hash_table_unref);
  shoal_bitmap_clear (&self->given);
  shoal_channel_close (self->channel);
  shoal_channel_unref (self->channel);
  g_free (self);
}

/* --- Answers ------------------------------------------------------------- */

static void
send_reject (ShoalFetcher *self, uint32_t number, ShoalReject reason)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_REJECT };

  message.reject.request = number;
  message.reject.reason = (uint8_t) reason;
  shoal_channel_send (self->channel, &message, NULL);
}

void
shoal_fetcher_reject (ShoalFetcher *self, ShoalServed *served, ShoalReject reason)
{
  if (!served->reading && served->data == NULL)
    g_queue_remove (&self->waiting, served);
  else if (served->data != NULL)
    g_queue_remove (&self->ready, served);
  send_reject (self, served->number, reason);
  let_go (self, served);
}

static void
tell_changed (ShoalFetcher *self, uint32_t file)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_CHANGED };

  if (self->changed == NULL)
    self->changed = g_hash_table_new (NULL, NULL);
  if (!g_hash_table_add (self->changed, GUINT_TO_POINTER (file)))
    return;

  message.changed.file = shoal_description_get_file (self->upload->description, file)->key;
  shoal_channel_send (self->channel, &message, NULL);
}

void
shoal_fetcher_fail (ShoalFetcher *self, ShoalServed *served, const GError *error)
{
  ShoalReject reason = SHOAL_REJECT_TROUBLE;

  g_debug ("cannot serve file %u: %s", served->file, error->message);
  if (g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_CHANGED))
    {
      tell_changed (self, served->file);
      reason = SHOAL_REJECT_CHANGED;
    }
  else if (g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_FOUND))
    {
      reason = SHOAL_REJECT_NOT_HERE;
    }
  shoal_fetcher_reject (self, served, reason);
}

void
shoal_fetcher_flush (ShoalFetcher *self)
{
  g_autoptr (ShoalUpload) upload = shoal_upload_ref (self->upload);
  ShoalServed *served;
  uint64_t sent = 0;

  while ((served = g_queue_peek_head (&self->ready)) != NULL
         && shoal_channel_wants_data (self->channel))
    {
      uint64_t size = MIN (served->bytes - served->sent, SHOAL_MAX_DATA_PAYLOAD);
      g_autoptr (GBytes) payload
        = g_bytes_new_from_bytes (served->data, (gsize) served->sent, (gsize) size);

      if (!shoal_channel_send_data (self->channel, served->number,
                                    (uint32_t) (served->sent / SHOAL_LEAF_SIZE), payload, NULL))
        break; /* the channel has ended, or is about to say so */
      served->sent += size;
      sent += size;
      if (served->sent == served->bytes)
        {
          g_queue_pop_head (&self->ready);
          let_go (self, served);
        }
    }

  if (sent == 0)
    return;
  upload->sent += sent;
  if (upload->events != NULL && upload->events->sent != NULL)
    upload->events->sent (upload, shoal_channel_get_device (self->channel), sent,
                          upload->user_data);
}

/* --- Reading ------------------------------------------------------------- */

static void
on_read (GBytes *bytes, const GError *error, gpointer user_data)
{
  ShoalServed *served = user_data;
  ShoalUploader *uploader = served->upload->uploader;
  ShoalFetcher *self = served->fetcher;

  served->reading = FALSE;
  if (self == NULL) /* cancelled, or gone */
    {
      uint64_t size = served->bytes;

      served_free (served);
      shoal_uploader_land (uploader, size);
      return;
    }

  if (error != NULL)
    {
      uint64_t size = served->bytes;

      self->ahead -= size;
      g_queue_push_head (&self->waiting, served); /* where a rejected one is looked for */
      shoal_fetcher_fail (self, served, error);
      shoal_uploader_land (uploader, size);
    }
  else
    {
      served->data = g_bytes_ref (bytes);
      g_queue_push_tail (&self->ready, served);
      shoal_fetcher_flush (self);
    }
  shoal_uploader_wake (uploader, self);
  shoal_upload_check_idle (self->upload);
}

gboolean
shoal_fetcher_can_read (ShoalFetcher *self)
{
  ShoalServed *next = g_queue_peek_head (&self->waiting);

  if (next == NULL || self->upload->closed)
    return FALSE;

  return !self->upload->vouches
         || shoal_upload_give_hashes (self->upload, self, next->file, next->first);
}

uint64_t
shoal_fetcher_read_next (ShoalFetcher *self)
{
  ShoalServed *served = g_queue_pop_head (&self->waiting);

  served->reading = TRUE;
  self->ahead += served->bytes;
  shoal_content_source_read_async (self->upload->source, served->file, served->first,
                                   served->leaves, on_read, served);
  return served->bytes;
}

/* --- What the fetcher asks ----------------------------------------------- */

/* Bytes of @leaves leaves from @first on, or 0 if the file has no such leaves. */
static uint64_t
extent_bytes (const ShoalFile *file, uint64_t first, uint32_t leaves)
{
  uint64_t n_leaves = shoal_merkle_n_leaves (file->length);

  if (first >= n_leaves || leaves > n_leaves - first)
    return 0;
  return MIN (file->length - first * SHOAL_LEAF_SIZE, (uint64_t) leaves * SHOAL_LEAF_SIZE);
}

static void
take_request (ShoalFetcher *self, const ShoalRequestEntry *entry)
{
  ShoalDescription *description = self->upload->description;
  ShoalServed *served;
  uint32_t file;
  uint64_t bytes;

  if (!shoal_description_find_key (description, &entry->file, &file)
      || (bytes = extent_bytes (shoal_description_get_file (description, file),
                                entry->first_leaf, entry->leaves)) == 0)
    {
      send_reject (self, entry->request, SHOAL_REJECT_NOT_HERE);
      return;
    }

  served = g_new0 (ShoalServed, 1);
  served->fetcher = self;
  served->upload = shoal_upload_ref (self->upload);
  served->number = entry->request;
  served->file = file;
  served->first = entry->first_leaf;
  served->leaves = entry->leaves;
  served->bytes = bytes;
  g_hash_table_insert (self->by_number, GUINT_TO_POINTER (entry->request), served);
  g_queue_push_tail (&self->waiting, served);
}

void
shoal_fetcher_take_requests (ShoalFetcher *self, const ShoalMessage *message)
{
  for (guint i = 0; i < message->request.n_entries; i++)
    take_request (self, &message->request.entries[i]);
  shoal_uploader_wake (self->upload->uploader, self);
}

void
shoal_fetcher_take_cancels (ShoalFetcher *self, const ShoalMessage *message)
{
  for (guint i = 0; i < message->cancel.n_requests; i++)
    {
      ShoalServed *served = g_hash_table_lookup (
        self->by_number, GUINT_TO_POINTER (message->cancel.requests[i]));

      if (served != NULL)
        shoal_fetcher_reject (self, served, SHOAL_REJECT_CANCELLED);
    }
  shoal_uploader_wake (self->upload->uploader, self);
}
