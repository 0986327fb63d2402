/* shoal-serving-message.c: what fetchers ask, and what they are told.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-upload-private.h"

#include "shoal-error.h"

/* --- Greeting ------------------------------------------------------------------- */

static void
tell_availability (Fetcher *fetcher)
{
  const ShoalBitmap *pieces = &fetcher->serving->pieces;
  g_autofree uint8_t *bits = g_malloc (SHOAL_MAX_AVAILABILITY_BITS / 8 + 1);

  for (uint64_t first = 0; first < pieces->size; first += SHOAL_MAX_AVAILABILITY_BITS)
    {
      ShoalMessage message = { .type = SHOAL_MESSAGE_AVAILABILITY };
      uint32_t count = (uint32_t) MIN (pieces->size - first, SHOAL_MAX_AVAILABILITY_BITS);

      if (shoal_bitmap_next (pieces, NULL, NULL, first, first + count) == SHOAL_BITMAP_NONE)
        continue;
      memset (bits, 0, count / 8 + 1);
      for (uint32_t i = 0; i < count; i++)
        {
          if (shoal_bitmap_get (pieces, first + i))
            bits[i / 8] |= (uint8_t) (0x80u >> (i % 8));
        }
      message.availability.first = (uint32_t) first;
      message.availability.count = count;
      message.availability.bits = bits;
      fetcher_send (fetcher, &message);
    }
}

void
fetcher_tell_rekey (Fetcher *fetcher)
{
  ShoalServing *serving = fetcher->serving;
  ShoalMessage message = { .type = SHOAL_MESSAGE_REKEY };

  if (!serving->is_rekeyed)
    return;
  message.rekey.info_hash = serving->info_hash;
  message.rekey.failed = serving->n_failed;
  fetcher_send (fetcher, &message);
}

static void
describe_peer (Fetcher *fetcher, ShoalPeerEntry *entry)
{
  entry->device = *shoal_channel_get_device (fetcher->channel);
  entry->n_addresses = (uint8_t) shoal_peer_get_addresses (
    shoal_channel_get_peer (fetcher->channel), entry->addresses);
}

/* The one who has come is told of the others, and they of it: those who agreed. */
static void
introduce (Fetcher *fetcher)
{
  ShoalServing *serving = fetcher->serving;
  ShoalMessage message = { .type = SHOAL_MESSAGE_PEERS };
  g_autofree ShoalPeerEntry *others = g_new0 (ShoalPeerEntry, SHOAL_MAX_PEERS);
  ShoalPeerEntry own = { 0 };
  guint n = 0;

  if (!serving->introduce || !fetcher->tell_others)
    return;
  describe_peer (fetcher, &own);
  message.peers.entries = &own;
  message.peers.n_entries = 1;
  for (guint i = 0; i < serving->fetchers->len && n < SHOAL_MAX_PEERS; i++)
    {
      Fetcher *other = g_ptr_array_index (serving->fetchers, i);

      if (!other->tell_others
          || shoal_hash_equals (shoal_channel_get_device (other->channel), &own.device))
        continue;
      fetcher_send (other, &message);
      describe_peer (other, &others[n++]);
    }
  message.peers.entries = others;
  message.peers.n_entries = n;
  if (n > 0)
    fetcher_send (fetcher, &message);
}

void
fetcher_greet (Fetcher *fetcher)
{
  ShoalServing *serving = fetcher->serving;
  GHashTableIter iter;
  gpointer file;

  if (!serving->complete)
    tell_availability (fetcher);
  g_hash_table_iter_init (&iter, serving->lost_files);
  while (g_hash_table_iter_next (&iter, &file, NULL))
    {
      ShoalMessage message = { .type = SHOAL_MESSAGE_CHANGED };

      message.changed.file
        = shoal_description_get_file (serving->description, GPOINTER_TO_UINT (file))->key;
      fetcher_send (fetcher, &message);
    }
  fetcher_tell_rekey (fetcher);
  if (fetcher_get_paused (fetcher) != SHOAL_PAUSED_GOING_ON)
    fetcher_tell_paused (fetcher);
  introduce (fetcher);
}

/* --- Blobs ------------------------------------------------------------------------ */

static void
on_blob_request (Fetcher *fetcher, const ShoalMessage *message)
{
  ShoalServing *serving = fetcher->serving;
  ShoalMessage answer = { .type = SHOAL_MESSAGE_BLOB };
  uint32_t offset = message->blob_request.offset;
  uint32_t length = message->blob_request.length;
  GBytes *bytes = NULL;

  switch ((ShoalBlob) message->blob_request.what)
    {
    case SHOAL_BLOB_DESCRIPTION:
      bytes = shoal_description_get_bytes (serving->description);
      break;

    case SHOAL_BLOB_ATTRIBUTES:
      bytes = serving->attributes;
      break;

    case SHOAL_BLOB_ROOTS:
      bytes = serving->roots;
      break;

    default:
      break;
    }

  /* Sizes were told: who asks beyond them is not worth an answer. */
  if (bytes == NULL || length == 0 || offset > g_bytes_get_size (bytes)
      || length > g_bytes_get_size (bytes) - offset)
    {
      fetcher_end (fetcher);
      return;
    }
  answer.blob.what = message->blob_request.what;
  answer.blob.offset = offset;
  answer.blob.data = (const uint8_t *) g_bytes_get_data (bytes, NULL) + offset;
  answer.blob.size = length;
  fetcher_send (fetcher, &answer);
}

/* --- Hashes -------------------------------------------------------------------------- */

typedef struct
{
  Fetcher         *fetcher; /* (owned) */
  ShoalHashRange   asked;
  ShoalMerkleRange range;
} Proving;

static void
reject_hashes (Fetcher *fetcher, const ShoalHashRange *range)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_HASH_REJECT };

  message.hash_reject.range = *range;
  fetcher_send (fetcher, &message);
}

/* As many nodes as were asked for: those over padding alone are computed over
 * there, so a request for more than is left has no answer. */
static void
on_proved (const ShoalHash *hashes, uint32_t n, const GError *error, gpointer user_data)
{
  Proving *proving = user_data;
  ShoalMessage message = { .type = SHOAL_MESSAGE_HASHES };

  if (hashes == NULL || n < proving->asked.count
      || n != proving->asked.count + proving->range.n_uncles)
    reject_hashes (proving->fetcher, &proving->asked);
  else
    {
      message.hashes.range = proving->asked;
      message.hashes.uncles = (uint8_t) (n - proving->asked.count);
      message.hashes.hashes = hashes;
      fetcher_send (proving->fetcher, &message);
    }
  fetcher_unref (proving->fetcher);
  g_free (proving);
}

static void
on_hash_request (Fetcher *fetcher, const ShoalMessage *message)
{
  ShoalServing *serving = fetcher->serving;
  const ShoalHashRange *asked = &message->hash_request.range;
  ShoalMerkleRange range;
  Proving *proving;
  uint32_t file;

  if (shoal_description_is_draft (serving->description)
      || !shoal_description_find_key (serving->description, &asked->file, &file)
      || !shoal_merkle_range_init (
        &range, shoal_description_get_file (serving->description, file)->length, asked->layer,
        asked->index, asked->count, message->hash_request.proof_layers, SHOAL_MAX_HASHES))
    {
      reject_hashes (fetcher, asked);
      return;
    }
  proving = g_new (Proving, 1);
  *proving = (Proving){ fetcher_ref (fetcher), *asked, range };
  shoal_content_source_prove_async (serving->source, file, &range, on_proved, proving);
}

/* --- Requests --------------------------------------------------------------------------- */

/* The first file of that content whose copy here is good. */
static gboolean
find_file (ShoalServing *serving, const ShoalRequestEntry *entry, uint32_t *file,
           ShoalReject *reason)
{
  *reason = SHOAL_REJECT_NOT_HERE;
  if (!shoal_description_find_key (serving->description, &entry->file, file))
    return FALSE;
  while (*file != G_MAXUINT32)
    {
      const ShoalFile *f = shoal_description_get_file (serving->description, *file);
      uint64_t n = shoal_merkle_n_leaves (f->length);

      if (g_hash_table_contains (serving->lost_files, GUINT_TO_POINTER (*file)))
        *reason = SHOAL_REJECT_CHANGED;
      else if (entry->first_leaf < n && entry->leaves <= n - entry->first_leaf
               && serving_has (serving, *file, entry->first_leaf, entry->leaves))
        return TRUE;
      *file = f->next_same;
    }
  return FALSE;
}

static void
on_request (Fetcher *fetcher, const ShoalMessage *message)
{
  ShoalServing *serving = fetcher->serving;

  fetcher->has_asked = TRUE;
  for (guint i = 0; i < message->request.n_entries && fetcher->channel != NULL; i++)
    {
      const ShoalRequestEntry *entry = &message->request.entries[i];
      ShoalReject reason;
      uint32_t file;

      if (fetcher_get_paused (fetcher) != SHOAL_PAUSED_GOING_ON)
        fetcher_reject (fetcher, entry->request, SHOAL_REJECT_BUSY);
      else if (!find_file (serving, entry, &file, &reason))
        fetcher_reject (fetcher, entry->request, reason);
      else
        {
          fetcher_enqueue (fetcher, entry->request, file, entry->first_leaf, entry->leaves);
          if (serving->push_hashes)
            {
              fetcher_want_hashes (fetcher, file, entry->first_leaf);
              fetcher_want_hashes (fetcher, file, entry->first_leaf + entry->leaves - 1);
            }
        }
    }
  /* Not at once: a burst of requests is read together. */
  upload_pump_soon (serving->upload);
}

static void
on_cancel (Fetcher *fetcher, const ShoalMessage *message)
{
  for (guint i = 0; i < message->cancel.n_requests && fetcher->channel != NULL; i++)
    fetcher_drop_request (fetcher, message->cancel.requests[i], SHOAL_REJECT_CANCELLED);
  upload_pump_soon (fetcher->serving->upload);
}

void
fetcher_message (Fetcher *fetcher, const ShoalMessage *message)
{
  switch ((int) message->type)
    {
    case SHOAL_MESSAGE_BLOB_REQUEST:
      on_blob_request (fetcher, message);
      break;

    case SHOAL_MESSAGE_HASH_REQUEST:
      on_hash_request (fetcher, message);
      break;

    case SHOAL_MESSAGE_REQUEST:
      on_request (fetcher, message);
      break;

    case SHOAL_MESSAGE_CANCEL:
      on_cancel (fetcher, message);
      break;

    default:
      break;
    }
}
