/* shoal-download-hashes.c: leaf hashes: proved to the root, or vouched for.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-download-private.h"

typedef struct
{
  ShoalDownload *download; /* (owned) */
  uint32_t       file;
  uint64_t       group;
} Adding;

/* The whole group is asked for, or what is left of the file. */
void
conn_ask_hashes (Conn *conn, uint32_t file, uint64_t first, uint32_t count)
{
  ShoalDownload *self = conn->source->download;
  const ShoalFile *f = shoal_description_get_file (self->description, file);
  ShoalMessage message = { .type = SHOAL_MESSAGE_HASH_REQUEST };

  message.hash_request.range = (ShoalHashRange){ f->key, 0, first, count };
  message.hash_request.proof_layers
    = (uint8_t) shoal_merkle_proof_layers_to_root (f->length, 0);
  /* No room for it in the session: the picker asks again after its time-out. */
  shoal_channel_send (conn->channel, &message, NULL);
}

static void
on_added (ShoalPieceStore *store, const GError *error, gpointer user_data)
{
  Adding *adding = user_data;
  ShoalDownload *self = adding->download;

  if (error == NULL && self->picker != NULL && !self->stopping)
    {
      uint64_t length = shoal_description_get_file (self->description, adding->file)->length;

      shoal_picker_have_hashes (self->picker, adding->file,
                                adding->group * SHOAL_LEAVES_PER_GROUP,
                                shoal_merkle_group_size (length, adding->group),
                                download_now (self));
      download_wake_writes (self, adding->file, adding->group);
      download_pump (self);
    }
  else if (error != NULL)
    self->file_flags[adding->file] &= (uint8_t) ~FILE_HASHED;
  if (error != NULL && !self->stopping
      && !g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_CANCELLED))
    g_debug ("Hashes were not kept: %s", error->message);
  shoal_download_unref (self);
  g_free (adding);
}

/* Files of one content have one tree: what proves one proves all. */
static void
add (ShoalDownload *self, uint32_t file, uint64_t group, const ShoalHash *hashes, uint32_t n)
{
  for (uint32_t i = file; i != G_MAXUINT32;
       i = shoal_description_get_file (self->description, i)->next_same)
    {
      Adding *adding;

      if (shoal_piece_store_knows_group (self->store, i, group)
          || (group == 0 && (self->file_flags[i] & FILE_HASHED) != 0))
        continue;
      if (group == 0)
        self->file_flags[i] |= FILE_HASHED;
      adding = g_new (Adding, 1);
      *adding = (Adding){ shoal_download_ref (self), i, group };
      shoal_piece_store_add_hashes_async (self->store, i, group, hashes, n, on_added, adding);
    }
}

/* In a draft: pushed by the offerer; nobody else is believed. */
static void
add_pushed (Conn *conn, uint32_t file, const ShoalMessage *message)
{
  ShoalDownload *self = conn->source->download;
  uint64_t length = shoal_description_get_file (self->description, file)->length;
  uint64_t group = message->hashes.range.index / SHOAL_LEAVES_PER_GROUP;

  if (!conn->vouches || message->hashes.range.layer != 0 || message->hashes.uncles != 0
      || message->hashes.range.index % SHOAL_LEAVES_PER_GROUP != 0
      || message->hashes.range.count != shoal_merkle_group_size (length, group))
    {
      conn_fail (conn, "it sent hashes that it may not send");
      return;
    }
  add (self, file, group, message->hashes.hashes, message->hashes.range.count);
}

void
conn_hashes (Conn *conn, const ShoalMessage *message)
{
  ShoalDownload *self = conn->source->download;
  const ShoalHashRange *range = &message->hashes.range;
  ShoalMerkleRange wanted;
  const ShoalFile *f;
  uint32_t file;

  /* Pushed before there is anywhere to put them: they are pushed again for
   * each group that is asked for. */
  if (!self->store_open || self->picker == NULL)
    return;
  if (!shoal_description_find_key (self->description, &range->file, &file))
    {
      conn_fail (conn, "it sent hashes of another file");
      return;
    }
  if (self->is_draft)
    {
      add_pushed (conn, file, message);
      return;
    }

  f = shoal_description_get_file (self->description, file);
  if (range->index % SHOAL_LEAVES_PER_GROUP != 0
      || range->count != shoal_merkle_group_size (f->length, range->index / SHOAL_LEAVES_PER_GROUP)
      || !shoal_merkle_range_init (&wanted, f->length, range->layer, range->index, range->count,
                                   shoal_merkle_proof_layers_to_root (f->length, range->layer),
                                   SHOAL_MERKLE_MAX_RANGE)
      || range->layer != 0 || message->hashes.uncles != wanted.n_uncles
      || !shoal_merkle_verify (&wanted, f->length, message->hashes.hashes, range->count,
                               message->hashes.hashes + range->count, &f->key))
    {
      source_ban (conn->source, "It sent hashes that prove nothing");
      return;
    }
  add (self, file, range->index / SHOAL_LEAVES_PER_GROUP, message->hashes.hashes, range->count);
}

void
conn_hash_reject (Conn *conn, const ShoalMessage *message)
{
  ShoalDownload *self = conn->source->download;
  uint32_t file;

  if (conn->pick == NULL
      || !shoal_description_find_key (self->description, &message->hash_reject.range.file, &file))
    return;
  for (; file != G_MAXUINT32;
       file = shoal_description_get_file (self->description, file)->next_same)
    shoal_picker_reject_hashes (self->picker, conn->pick, file, message->hash_reject.range.index,
                                download_now (self));
}
