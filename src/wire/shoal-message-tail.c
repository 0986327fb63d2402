/* shoal-message-tail.c: what repeats or runs to the end of a message.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-wire"

#include "config.h"

#include "shoal-message-private.h"

#define REQUEST_ENTRY_SIZE 48u

/* --- Reading ------------------------------------------------------------- */

static void
read_list (ShoalMessage *self, ShoalReader *in)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (ShoalListEntry));

  while (in->left > 0 && !in->failed)
    {
      ShoalListEntry entry = { 0 };

      shoal_reader_hash (in, &entry.info_hash);
      shoal_reader_hash (in, &entry.key);
      entry.bytes = shoal_reader_u64 (in);
      entry.files = shoal_reader_u32 (in);
      entry.name = shoal_message_read_string (self, in, SHOAL_MAX_LABEL_BYTES);
      if (!in->failed)
        g_array_append_val (entries, entry);
    }

  self->list.n_entries = entries->len;
  self->list.entries = shoal_message_own (self, g_array_free (g_steal_pointer (&entries), FALSE));
}

static ShoalWireAddress
read_address (ShoalReader *in)
{
  ShoalWireAddress address = { .family = shoal_reader_u8 (in) };
  size_t size = address.family == 4 ? 4 : 16;
  const uint8_t *bytes;

  if (address.family != 4 && address.family != 6)
    in->failed = TRUE;

  bytes = shoal_reader_bytes (in, size);
  if (bytes != NULL)
    memcpy (address.bytes, bytes, size);
  address.port = shoal_reader_u16 (in);
  return address;
}

static const ShoalPeerEntry *
read_peers (ShoalMessage *self, ShoalReader *in, guint *n_entries)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (ShoalPeerEntry));

  while (in->left > 0 && !in->failed)
    {
      ShoalPeerEntry entry = { 0 };

      shoal_reader_hash (in, &entry.device);
      entry.n_addresses = shoal_reader_u8 (in);
      if (entry.n_addresses > SHOAL_MAX_PEER_ADDRESSES || entries->len == SHOAL_MAX_PEERS)
        in->failed = TRUE;
      for (guint i = 0; i < entry.n_addresses && !in->failed; i++)
        entry.addresses[i] = read_address (in);
      if (!in->failed)
        g_array_append_val (entries, entry);
    }

  *n_entries = entries->len;
  return shoal_message_own (self, g_array_free (g_steal_pointer (&entries), FALSE));
}

static void
read_requests (ShoalMessage *self, ShoalReader *in)
{
  guint n = (guint) (in->left / REQUEST_ENTRY_SIZE);
  ShoalRequestEntry *entries = g_new (ShoalRequestEntry, n);

  self->request.entries = shoal_message_own (self, entries);
  self->request.n_entries = n;
  for (guint i = 0; i < n; i++)
    {
      entries[i].request = shoal_reader_u32 (in);
      shoal_reader_hash (in, &entries[i].file);
      entries[i].first_leaf = shoal_reader_u64 (in);
      entries[i].leaves = shoal_reader_u32 (in);
    }
}

static void
read_cancels (ShoalMessage *self, ShoalReader *in)
{
  guint n = (guint) (in->left / 4);
  uint32_t *requests = g_new (uint32_t, n);

  self->cancel.requests = shoal_message_own (self, requests);
  self->cancel.n_requests = n;
  for (guint i = 0; i < n; i++)
    requests[i] = shoal_reader_u32 (in);
}

void
shoal_message_read_tail (ShoalMessage *self, ShoalTail tail, ShoalReader *in)
{
  switch (tail)
    {
    case SHOAL_TAIL_NONE:
      break;

    case SHOAL_TAIL_LIST:
      read_list (self, in);
      break;

    case SHOAL_TAIL_INTRODUCE:
      self->introduce.entries = read_peers (self, in, &self->introduce.n_entries);
      break;

    case SHOAL_TAIL_PEERS:
      self->peers.entries = read_peers (self, in, &self->peers.n_entries);
      break;

    case SHOAL_TAIL_BLOB:
      self->blob.size = in->left;
      self->blob.data = shoal_reader_bytes (in, in->left);
      break;

    case SHOAL_TAIL_PICTURE:
      self->picture_bytes.size = in->left;
      self->picture_bytes.data = shoal_reader_bytes (in, in->left);
      break;

    case SHOAL_TAIL_HASHES:
      self->hashes.hashes
        = (const ShoalHash *) shoal_reader_bytes (in, ((size_t) self->hashes.range.count
                                                       + self->hashes.uncles) * SHOAL_HASH_SIZE);
      break;

    case SHOAL_TAIL_BITS:
      self->availability.bits
        = shoal_reader_bytes (in, ((size_t) self->availability.count + 7) / 8);
      break;

    case SHOAL_TAIL_REQUESTS:
      read_requests (self, in);
      break;

    case SHOAL_TAIL_CANCELS:
      read_cancels (self, in);
      break;

    case SHOAL_TAIL_DATA:
      self->data.size = in->left;
      self->data.payload = shoal_reader_bytes (in, in->left);
      break;
    }
}

/* --- Writing ------------------------------------------------------------- */

static void
write_list (const ShoalMessage *self, GByteArray *out)
{
  for (guint i = 0; i < self->list.n_entries; i++)
    {
      const ShoalListEntry *entry = &self->list.entries[i];

      shoal_write_hash (out, &entry->info_hash);
      shoal_write_hash (out, &entry->key);
      shoal_write_u64 (out, entry->bytes);
      shoal_write_u32 (out, entry->files);
      shoal_write_string (out, entry->name);
    }
}

static void
write_peers (const ShoalPeerEntry *entries, guint n_entries, GByteArray *out)
{
  for (guint i = 0; i < n_entries; i++)
    {
      const ShoalPeerEntry *entry = &entries[i];

      shoal_write_hash (out, &entry->device);
      shoal_write_u8 (out, entry->n_addresses);
      for (guint j = 0; j < entry->n_addresses; j++)
        {
          const ShoalWireAddress *address = &entry->addresses[j];

          shoal_write_u8 (out, address->family);
          shoal_write_bytes (out, address->bytes, address->family == 4 ? 4 : 16);
          shoal_write_u16 (out, address->port);
        }
    }
}

static void
write_requests (const ShoalMessage *self, GByteArray *out)
{
  for (guint i = 0; i < self->request.n_entries; i++)
    {
      const ShoalRequestEntry *entry = &self->request.entries[i];

      shoal_write_u32 (out, entry->request);
      shoal_write_hash (out, &entry->file);
      shoal_write_u64 (out, entry->first_leaf);
      shoal_write_u32 (out, entry->leaves);
    }
}

void
shoal_message_write_tail (const ShoalMessage *self, ShoalTail tail, GByteArray *out)
{
  switch (tail)
    {
    case SHOAL_TAIL_NONE:
    case SHOAL_TAIL_DATA: /* the payload goes by itself */
      break;

    case SHOAL_TAIL_LIST:
      write_list (self, out);
      break;

    case SHOAL_TAIL_INTRODUCE:
      write_peers (self->introduce.entries, self->introduce.n_entries, out);
      break;

    case SHOAL_TAIL_PEERS:
      write_peers (self->peers.entries, self->peers.n_entries, out);
      break;

    case SHOAL_TAIL_BLOB:
      shoal_write_bytes (out, self->blob.data, self->blob.size);
      break;

    case SHOAL_TAIL_PICTURE:
      shoal_write_bytes (out, self->picture_bytes.data, self->picture_bytes.size);
      break;

    case SHOAL_TAIL_HASHES:
      shoal_write_bytes (out, self->hashes.hashes,
                         ((size_t) self->hashes.range.count + self->hashes.uncles)
                           * SHOAL_HASH_SIZE);
      break;

    case SHOAL_TAIL_BITS:
      shoal_write_bytes (out, self->availability.bits,
                         ((size_t) self->availability.count + 7) / 8);
      break;

    case SHOAL_TAIL_REQUESTS:
      write_requests (self, out);
      break;

    case SHOAL_TAIL_CANCELS:
      for (guint i = 0; i < self->cancel.n_requests; i++)
        shoal_write_u32 (out, self->cancel.requests[i]);
      break;
    }
}
