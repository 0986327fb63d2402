/* shoal-frame.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-wire"

#include "config.h"

#include "shoal-frame.h"

#include "shoal-bytes.h"
#include "shoal-error.h"
#include "shoal-message.h"

/* From here up, types are of the future: skipped. */
#define FIRST_SKIPPED_TYPE 0x80u

#define HASH SHOAL_HASH_SIZE
#define OFFER_ID SHOAL_OFFER_ID_SIZE
#define CHANNEL 2u
#define LABEL SHOAL_MAX_LABEL_BYTES
#define REASON SHOAL_MAX_REASON_BYTES
#define ANY (SHOAL_MAX_CONTROL_FRAME - 1)
#define RANGE (HASH + 1u + 8u + 4u)
#define REQUEST (4u + HASH + 8u + 4u)
#define PEERS (SHOAL_MAX_PEERS * (HASH + 1u + SHOAL_MAX_PEER_ADDRESSES * 19u))
#define MAX_BITS ((SHOAL_MAX_AVAILABILITY_BITS + 7u) / 8u)

/* Sizes of bodies, without the type. A HELLO may be longer than version 1's:
 * a later version may append to it. */
static const struct
{
  const char *name;
  uint32_t    min, max;
} TYPES[FIRST_SKIPPED_TYPE] = {
  [SHOAL_MESSAGE_HELLO] = { "HELLO", 33 + HASH, 1024 },
  [SHOAL_MESSAGE_REVEAL] = { "REVEAL", HASH, HASH },
  [SHOAL_MESSAGE_ADOPT] = { "ADOPT", 0, 0 },
  [SHOAL_MESSAGE_DROP] = { "DROP", 0, 0 },
  [SHOAL_MESSAGE_PING] = { "PING", 8, 8 },
  [SHOAL_MESSAGE_PONG] = { "PONG", 8, 8 },
  [SHOAL_MESSAGE_GOODBYE] = { "GOODBYE", 4, 4 + REASON },

  [SHOAL_MESSAGE_PROFILE] = { "PROFILE", 5, 5 + LABEL },
  [SHOAL_MESSAGE_FRIEND] = { "FRIEND", HASH, HASH },
  [SHOAL_MESSAGE_LIST_REQUEST] = { "LIST_REQUEST", 8, 8 },
  [SHOAL_MESSAGE_LIST] = { "LIST", 12, ANY },
  [SHOAL_MESSAGE_PICTURE] = { "PICTURE", HASH, HASH },
  [SHOAL_MESSAGE_PICTURE_REQUEST] = { "PICTURE_REQUEST", HASH, HASH },
  [SHOAL_MESSAGE_PICTURE_BYTES] = { "PICTURE_BYTES", HASH + 1, HASH + SHOAL_MAX_PICTURE_BYTES },
  [SHOAL_MESSAGE_CALL_ME] = { "CALL_ME", 4, 4 },
  [SHOAL_MESSAGE_CALLED] = { "CALLED", 7, 7 + LABEL },

  [SHOAL_MESSAGE_OFFER] = { "OFFER", OFFER_ID + 2 * HASH + 28, OFFER_ID + 2 * HASH + 28 + LABEL },
  [SHOAL_MESSAGE_SEEN] = { "SEEN", OFFER_ID, OFFER_ID },
  [SHOAL_MESSAGE_ACCEPT] = { "ACCEPT", OFFER_ID + 13, OFFER_ID + 13 },
  [SHOAL_MESSAGE_DECLINE] = { "DECLINE", OFFER_ID + 3, OFFER_ID + 3 + REASON },
  [SHOAL_MESSAGE_WITHDRAW] = { "WITHDRAW", OFFER_ID + 3, OFFER_ID + 3 + REASON },
  [SHOAL_MESSAGE_RECEIVED] = { "RECEIVED", OFFER_ID + 27, OFFER_ID + 27 + REASON },
  [SHOAL_MESSAGE_COMMITTED] = { "COMMITTED", OFFER_ID + 16, OFFER_ID + 16 },
  [SHOAL_MESSAGE_INTRODUCE] = { "INTRODUCE", OFFER_ID + 4, OFFER_ID + 4 + PEERS },

  [SHOAL_MESSAGE_OPEN] = { "OPEN", CHANNEL + HASH + 1, CHANNEL + HASH + 1 },
  [SHOAL_MESSAGE_OPENED] = { "OPENED", CHANNEL + 2 * HASH + 9, CHANNEL + 2 * HASH + 9 },
  [SHOAL_MESSAGE_REFUSED] = { "REFUSED", CHANNEL + 1, CHANNEL + 1 },
  [SHOAL_MESSAGE_CLOSE] = { "CLOSE", CHANNEL + 1, CHANNEL + 1 },
  [SHOAL_MESSAGE_BLOB_REQUEST] = { "BLOB_REQUEST", CHANNEL + 9, CHANNEL + 9 },
  [SHOAL_MESSAGE_BLOB] = { "BLOB", CHANNEL + 6, CHANNEL + 5 + SHOAL_MAX_BLOB_BYTES },
  [SHOAL_MESSAGE_HASH_REQUEST] = { "HASH_REQUEST", CHANNEL + RANGE + 1, CHANNEL + RANGE + 1 },
  [SHOAL_MESSAGE_HASHES] = { "HASHES", CHANNEL + RANGE + 1 + HASH,
                             CHANNEL + RANGE + 1 + (SHOAL_MAX_HASHES + SHOAL_MAX_LAYER) * HASH },
  [SHOAL_MESSAGE_HASH_REJECT] = { "HASH_REJECT", CHANNEL + RANGE, CHANNEL + RANGE },
  [SHOAL_MESSAGE_AVAILABILITY] = { "AVAILABILITY", CHANNEL + 9, CHANNEL + 8 + MAX_BITS },
  [SHOAL_MESSAGE_HAVE] = { "HAVE", CHANNEL + 8, CHANNEL + 8 },
  [SHOAL_MESSAGE_REQUEST] = { "REQUEST", CHANNEL + REQUEST,
                              CHANNEL + SHOAL_MAX_REQUEST_ENTRIES * REQUEST },
  [SHOAL_MESSAGE_CANCEL] = { "CANCEL", CHANNEL + 4, CHANNEL + SHOAL_MAX_CANCEL_ENTRIES * 4 },
  [SHOAL_MESSAGE_REJECT] = { "REJECT", CHANNEL + 5, CHANNEL + 5 },
  [SHOAL_MESSAGE_CHANGED] = { "CHANGED", CHANNEL + HASH, CHANNEL + HASH },
  [SHOAL_MESSAGE_REKEY] = { "REKEY", CHANNEL + HASH + 4, CHANNEL + HASH + 4 },
  [SHOAL_MESSAGE_DATA] = { "DATA", CHANNEL + 9, CHANNEL + 8 + SHOAL_MAX_DATA_PAYLOAD },
  [SHOAL_MESSAGE_PAUSED] = { "PAUSED", CHANNEL + 3, CHANNEL + 3 + REASON },
  [SHOAL_MESSAGE_PEERS] = { "PEERS", CHANNEL, CHANNEL + PEERS },
};

G_STATIC_ASSERT (HASH + SHOAL_MAX_PICTURE_BYTES <= ANY);
G_STATIC_ASSERT (CHANNEL + SHOAL_MAX_REQUEST_ENTRIES * REQUEST <= ANY);
G_STATIC_ASSERT (CHANNEL + SHOAL_MAX_CANCEL_ENTRIES * 4 <= ANY);
G_STATIC_ASSERT (CHANNEL + 8 + MAX_BITS <= ANY);
G_STATIC_ASSERT (CHANNEL + RANGE + 1 + (SHOAL_MAX_HASHES + SHOAL_MAX_LAYER) * HASH
                 < SHOAL_MAX_HASH_FRAME);

const char *
shoal_message_type_get_name (uint8_t type)
{
  if (type >= FIRST_SKIPPED_TYPE || TYPES[type].name == NULL)
    return "unknown";
  return TYPES[type].name;
}

gboolean
shoal_frame_get_bounds (uint8_t type, size_t *min, size_t *max)
{
  if (type >= FIRST_SKIPPED_TYPE || TYPES[type].name == NULL)
    return FALSE;

  *min = TYPES[type].min;
  *max = TYPES[type].max;
  return TRUE;
}

/* --- Parsing ------------------------------------------------------------- */

static gboolean
check_header (ShoalFrameParser *self, uint8_t type, uint32_t length, GError **error)
{
  size_t min = 0, max = SHOAL_MAX_CONTROL_FRAME - 1;
  size_t body;

  if (length == 0)
    return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                            "A frame without a type");

  body = length - 1;
  if (type < FIRST_SKIPPED_TYPE)
    {
      if (!shoal_frame_get_bounds (type, &min, &max))
        return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                                "A frame of the unknown type 0x%02x", type);
      if (self->last_type != 0 && type > self->last_type)
        return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                                "%s before it is allowed", shoal_message_type_get_name (type));
    }

  if (body > max)
    return shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_THERE, NULL,
                            "A frame of type 0x%02x (%s) of %zu bytes, more than %zu", type,
                            shoal_message_type_get_name (type), body, max);
  if (body < min)
    return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                            "%s of %zu bytes, less than %zu", shoal_message_type_get_name (type),
                            body, min);
  return TRUE;
}

/* TRUE if a header is complete: @header is then in the input or in @self. */
static gboolean
take_header (ShoalFrameParser *self, const uint8_t **data, size_t *size, const uint8_t **header)
{
  size_t wanted = SHOAL_FRAME_HEADER_SIZE - self->header_filled;
  size_t taken = MIN (wanted, *size);

  if (self->header_filled == 0 && taken == wanted)
    {
      *header = *data;
    }
  else
    {
      memcpy (self->header + self->header_filled, *data, taken);
      *header = self->header;
    }

  *data += taken;
  *size -= taken;
  self->header_filled = (uint8_t) (self->header_filled + taken);
  return self->header_filled == SHOAL_FRAME_HEADER_SIZE;
}

/* Begins the body that follows @header. READY if there is nothing to collect. */
static ShoalFrameStatus
begin_body (ShoalFrameParser *self, const uint8_t *header, const uint8_t **data, size_t *size,
            ShoalFrame *frame, GError **error)
{
  uint32_t length = shoal_get_u32 (header);
  uint8_t type = header[4];
  size_t body;

  self->header_filled = 0;
  if (!check_header (self, type, length, error))
    {
      self->failed = TRUE;
      return SHOAL_FRAME_FAILED;
    }

  body = length - 1;
  if (type >= FIRST_SKIPPED_TYPE)
    {
      self->left = body;
      return SHOAL_FRAME_MORE;
    }

  if (body <= *size)
    {
      *frame = (ShoalFrame){ type, *data, body, NULL };
      *data += body;
      *size -= body;
      return SHOAL_FRAME_READY;
    }

  self->header[4] = type;
  self->buffer = g_malloc (body);
  self->filled = 0;
  self->left = body;
  return SHOAL_FRAME_MORE;
}

/* Goes on with the body that was begun, to keep or to skip it. */
static ShoalFrameStatus
continue_body (ShoalFrameParser *self, const uint8_t **data, size_t *size, ShoalFrame *frame)
{
  size_t taken = MIN (self->left, *size);

  if (self->buffer != NULL)
    memcpy (self->buffer + self->filled, *data, taken);
  self->filled += taken;
  self->left -= taken;
  *data += taken;
  *size -= taken;

  if (self->left > 0 || self->buffer == NULL)
    return SHOAL_FRAME_MORE;

  self->assembled = g_bytes_new_take (g_steal_pointer (&self->buffer), self->filled);
  *frame = (ShoalFrame){ self->header[4], g_bytes_get_data (self->assembled, NULL), self->filled,
                         self->assembled };
  return SHOAL_FRAME_READY;
}

ShoalFrameStatus
shoal_frame_parser_next (ShoalFrameParser *self, const uint8_t **data, size_t *size,
                         ShoalFrame *frame, GError **error)
{
  g_clear_pointer (&self->assembled, g_bytes_unref);

  if (self->failed)
    {
      shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                       "More after a broken frame");
      return SHOAL_FRAME_FAILED;
    }

  while (*size > 0)
    {
      ShoalFrameStatus status = SHOAL_FRAME_MORE;
      const uint8_t *header = NULL;

      if (self->left > 0)
        status = continue_body (self, data, size, frame);
      else if (take_header (self, data, size, &header))
        status = begin_body (self, header, data, size, frame, error);

      if (status != SHOAL_FRAME_MORE)
        return status;
    }

  return SHOAL_FRAME_MORE;
}

void
shoal_frame_parser_clear (ShoalFrameParser *self)
{
  g_clear_pointer (&self->buffer, g_free);
  g_clear_pointer (&self->assembled, g_bytes_unref);
  self->left = 0;
  self->header_filled = 0;
  self->failed = FALSE;
}

gboolean
shoal_frame_parser_is_idle (const ShoalFrameParser *self)
{
  return self->header_filled == 0 && self->left == 0 && !self->failed;
}

GBytes *
shoal_frame_take (const ShoalFrame *self, const uint8_t *data, size_t size)
{
  g_assert (data >= self->body && size <= self->size
            && (size_t) (data - self->body) <= self->size - size);

  if (self->assembled == NULL)
    return g_bytes_new (data, size);
  return g_bytes_new_from_bytes (self->assembled, (size_t) (data - self->body), size);
}

/* --- Encoding ------------------------------------------------------------ */

GByteArray *
shoal_frame_begin (ShoalMessageType type)
{
  GByteArray *frame = g_byte_array_sized_new (64);

  shoal_write_u32 (frame, 0);
  shoal_write_u8 (frame, (uint8_t) type);
  return frame;
}

GBytes *
shoal_frame_finish (GByteArray *frame, size_t extra)
{
  shoal_put_u32 (frame->data, (uint32_t) (frame->len - 4 + extra));
  return g_byte_array_free_to_bytes (frame);
}
