/* shoal-message-check.c: bounds of values, the same for both directions.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-wire"

#include "config.h"

#include "shoal-message-private.h"

/* Each check returns NULL, or what is wrong with the message. */

static const char *
check_list (const ShoalMessage *self)
{
  size_t size = 12;

  if (self->list.n_entries > 0
      && (self->list.first >= self->list.total
          || self->list.n_entries > self->list.total - self->list.first))
    return "more entries than its total";

  for (guint i = 0; i < self->list.n_entries; i++)
    {
      const ShoalListEntry *entry = &self->list.entries[i];
      size_t length = entry->name != NULL ? strlen (entry->name) : 0;

      if (length > SHOAL_MAX_LABEL_BYTES || !g_utf8_validate_len (entry->name ? entry->name : "",
                                                                  length, NULL))
        return "a bad name";
      if (entry->bytes > SHOAL_MAX_SHARE_LENGTH || entry->files > SHOAL_MAX_ENTRIES)
        return "a share that is too large";
      size += 2 * SHOAL_HASH_SIZE + 14 + length;
    }

  return size > SHOAL_MAX_CONTROL_FRAME - 1 ? "too many entries" : NULL;
}

static const char *
check_offer (const ShoalMessage *self)
{
  if (self->offer.files + self->offer.folders > SHOAL_MAX_ENTRIES)
    return "too many files and folders";
  if (self->offer.kind != SHOAL_OFFER_KIND_FILES
      && (self->offer.files != 1 || self->offer.folders != 0
          || self->offer.bytes > SHOAL_MAX_TEXT_BYTES))
    return "a text that is not one small file";
  return NULL;
}

static const char *
check_peers (const ShoalPeerEntry *entries, guint n_entries)
{
  if (n_entries > SHOAL_MAX_PEERS)
    return "too many devices";

  for (guint i = 0; i < n_entries; i++)
    {
      if (entries[i].n_addresses > SHOAL_MAX_PEER_ADDRESSES)
        return "too many addresses";
      for (guint j = 0; j < entries[i].n_addresses; j++)
        {
          const ShoalWireAddress *address = &entries[i].addresses[j];

          if ((address->family != 4 && address->family != 6) || address->port == 0)
            return "a bad address";
        }
    }

  return NULL;
}

/* docs/protocol.md, HASH_REQUEST: a power of two of hashes, aligned, or what is
 * left of a layer, which begins where a power of two would. */
static const char *
check_range (const ShoalHashRange *range)
{
  uint64_t span = 1;

  if (range->count == 0 || range->count > SHOAL_MAX_HASHES)
    return "a bad number of hashes";

  while (span < range->count)
    span *= 2;
  if (range->index % span != 0)
    return "hashes that are not aligned";
  if (range->index + range->count > SHOAL_MAX_LEAVES >> range->layer)
    return "hashes beyond the largest file";
  return NULL;
}

static const char *
check_availability (const ShoalMessage *self)
{
  uint32_t count = self->availability.count;

  if (count == 0 || count > SHOAL_MAX_AVAILABILITY_BITS
      || self->availability.first > SHOAL_MAX_PIECES - count)
    return "pieces out of range";
  if (self->availability.bits == NULL)
    return "no bits";
  if (count % 8 != 0 && (self->availability.bits[count / 8] & (0xff >> (count % 8))) != 0)
    return "spare bits that are set";
  return NULL;
}

static const char *
check_requests (const ShoalMessage *self)
{
  if (self->request.n_entries == 0 || self->request.n_entries > SHOAL_MAX_REQUEST_ENTRIES)
    return "a bad number of requests";

  for (guint i = 0; i < self->request.n_entries; i++)
    {
      const ShoalRequestEntry *entry = &self->request.entries[i];

      if (entry->leaves == 0 || entry->leaves > SHOAL_MAX_REQUEST_LEAVES)
        return "a request of a bad length";
      if (entry->first_leaf > SHOAL_MAX_LEAVES - entry->leaves)
        return "a request beyond the largest file";
    }

  return NULL;
}

static const char *
check_data (const ShoalMessage *self)
{
  if (self->data.size == 0 || self->data.size > SHOAL_MAX_DATA_PAYLOAD)
    return "a bad number of bytes";
  if (self->data.offset + (self->data.size + SHOAL_LEAF_SIZE - 1) / SHOAL_LEAF_SIZE
      > SHOAL_MAX_REQUEST_LEAVES)
    return "leaves beyond the largest request";
  return NULL;
}

static const char *
check_blob (uint32_t offset, size_t size)
{
  if (size == 0 || size > SHOAL_MAX_BLOB_BYTES)
    return "a bad number of bytes";
  return offset > SHOAL_MAX_DESCRIPTION_SIZE - size ? "bytes beyond the largest description" : NULL;
}

static gboolean
is_zero (const ShoalHash *hash)
{
  static const ShoalHash zero;

  return shoal_hash_equals (hash, &zero);
}

/* What the fields alone do not say. */
static const char *
check_whole (const ShoalMessage *self)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum"
  /* Most types have nothing beyond their fields' own bounds. */
  switch (self->type)
    {
    case SHOAL_MESSAGE_LIST:
      return check_list (self);
    case SHOAL_MESSAGE_PICTURE_REQUEST:
      return is_zero (&self->picture.hash) ? "no picture" : NULL;
    case SHOAL_MESSAGE_PICTURE_BYTES:
      return self->picture_bytes.size == 0 || self->picture_bytes.size > SHOAL_MAX_PICTURE_BYTES
               ? "a bad number of bytes"
               : NULL;
    case SHOAL_MESSAGE_OFFER:
      return check_offer (self);
    case SHOAL_MESSAGE_INTRODUCE:
      if (self->introduce.index >= self->introduce.count)
        return "an index that is not below its count";
      return check_peers (self->introduce.entries, self->introduce.n_entries);
    case SHOAL_MESSAGE_PEERS:
      return check_peers (self->peers.entries, self->peers.n_entries);
    case SHOAL_MESSAGE_BLOB_REQUEST:
      return check_blob (self->blob_request.offset, self->blob_request.length);
    case SHOAL_MESSAGE_BLOB:
      return check_blob (self->blob.offset, self->blob.size);
    case SHOAL_MESSAGE_HASH_REQUEST:
      return check_range (&self->hash_request.range);
    case SHOAL_MESSAGE_HASHES:
      return check_range (&self->hashes.range);
    case SHOAL_MESSAGE_HASH_REJECT:
      return check_range (&self->hash_reject.range);
    case SHOAL_MESSAGE_AVAILABILITY:
      return check_availability (self);
    case SHOAL_MESSAGE_HAVE:
      return self->have.count == 0 || self->have.first > SHOAL_MAX_PIECES - self->have.count
               ? "pieces out of range"
               : NULL;
    case SHOAL_MESSAGE_REQUEST:
      return check_requests (self);
    case SHOAL_MESSAGE_CANCEL:
      return self->cancel.n_requests == 0 || self->cancel.n_requests > SHOAL_MAX_CANCEL_ENTRIES
               ? "a bad number of requests"
               : NULL;
    case SHOAL_MESSAGE_DATA:
      return check_data (self);
    default:
      return NULL;
    }
#pragma GCC diagnostic pop
}

/* --- Fields -------------------------------------------------------------- */

static gboolean
check_string (const char *string, uint64_t max)
{
  size_t length = string != NULL ? strlen (string) : 0;

  return length <= max && (length == 0 || g_utf8_validate_len (string, length, NULL));
}

static gboolean
check_field (const ShoalMessage *self, const ShoalField *field)
{
  const uint8_t *at = (const uint8_t *) self + field->offset;

  switch (field->kind)
    {
    case SHOAL_FIELD_U8:
      return *at <= field->max;
    case SHOAL_FIELD_U16:
      return *(const uint16_t *) at <= field->max;
    case SHOAL_FIELD_U32:
      return *(const uint32_t *) at <= field->max;
    case SHOAL_FIELD_U64:
      return *(const uint64_t *) at <= field->max;
    case SHOAL_FIELD_ONE_OF:
      return *at < 32 && (field->max >> *at & 1) != 0;
    case SHOAL_FIELD_STRING:
      return check_string (*(const char *const *) at, field->max);
    case SHOAL_FIELD_HASH:
    case SHOAL_FIELD_ID:
    default:
      return TRUE;
    }
}

gboolean
shoal_message_check (const ShoalMessage *self, ShoalSide side, GError **error)
{
  const ShoalLayout *layout = shoal_message_get_layout (self->type);
  const char *name = shoal_message_type_get_name ((uint8_t) self->type);
  ShoalErrorCode code = side == SHOAL_SIDE_HERE ? SHOAL_ERROR_INVALID : SHOAL_ERROR_PROTOCOL;
  const char *problem;

  for (guint i = 0; i < layout->n_fields; i++)
    {
      const ShoalField *field = &layout->fields[i];

      if (!check_field (self, field))
        return shoal_error_set (error, code, side, NULL, "%s: %s is out of bounds", name,
                                field->name);
    }

  problem = check_whole (self);
  if (problem != NULL)
    return shoal_error_set (error, code, side, NULL, "%s: %s", name, problem);
  return TRUE;
}
