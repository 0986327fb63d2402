/* shoal-message.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-wire"

#include "config.h"

#include "shoal-message.h"

#include "shoal-message-private.h"

/* Messages are described by tables (shoal-message-layout.c), so that reading,
 * writing and checking one cannot differ. */

gboolean
shoal_message_type_is_channel (ShoalMessageType type)
{
  return type >= SHOAL_MESSAGE_OPEN;
}

gboolean
shoal_message_type_is_from_fetcher (ShoalMessageType type)
{
  return type == SHOAL_MESSAGE_OPEN || type == SHOAL_MESSAGE_BLOB_REQUEST
         || type == SHOAL_MESSAGE_HASH_REQUEST || type == SHOAL_MESSAGE_REQUEST
         || type == SHOAL_MESSAGE_CANCEL;
}

gpointer
shoal_message_own (ShoalMessage *self, gpointer memory)
{
  if (memory == NULL)
    return NULL;

  if (self->owned == NULL)
    self->owned = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->owned, memory);
  return memory;
}

void
shoal_message_clear (ShoalMessage *self)
{
  g_clear_pointer (&self->owned, g_ptr_array_unref);
}

GBytes *
shoal_message_take (const ShoalMessage *self, const void *data, size_t size)
{
  g_return_val_if_fail (self->frame != NULL, NULL);

  return shoal_frame_take (self->frame, data, size);
}

guint
shoal_message_count_fitting (const ShoalListEntry *entries, guint n_entries)
{
  size_t left = SHOAL_MAX_CONTROL_FRAME - 1 - 12;

  for (guint i = 0; i < n_entries; i++)
    {
      size_t size = 2 * SHOAL_HASH_SIZE + 14 + (entries[i].name ? strlen (entries[i].name) : 0);

      if (size > left)
        return MAX (i, 1);
      left -= size;
    }

  return n_entries;
}

/* --- Writing ------------------------------------------------------------- */

static void
write_field (const ShoalMessage *self, const ShoalField *field, GByteArray *out)
{
  const uint8_t *at = (const uint8_t *) self + field->offset;

  switch (field->kind)
    {
    case SHOAL_FIELD_U8:
    case SHOAL_FIELD_ONE_OF:
      shoal_write_u8 (out, *at);
      break;

    case SHOAL_FIELD_U16:
      shoal_write_u16 (out, *(const uint16_t *) at);
      break;

    case SHOAL_FIELD_U32:
      shoal_write_u32 (out, *(const uint32_t *) at);
      break;

    case SHOAL_FIELD_U64:
      shoal_write_u64 (out, *(const uint64_t *) at);
      break;

    case SHOAL_FIELD_HASH:
      shoal_write_bytes (out, at, SHOAL_HASH_SIZE);
      break;

    case SHOAL_FIELD_ID:
      shoal_write_bytes (out, at, SHOAL_OFFER_ID_SIZE);
      break;

    case SHOAL_FIELD_STRING:
      shoal_write_string (out, *(const char *const *) at);
      break;
    }
}

GBytes *
shoal_message_encode (const ShoalMessage *self, GError **error)
{
  const ShoalLayout *layout = shoal_message_get_layout (self->type);
  GByteArray *out;

  if (layout == NULL)
    {
      shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                       "No message has the type 0x%02x", (guint) self->type);
      return NULL;
    }
  if (!shoal_message_check (self, SHOAL_SIDE_HERE, error))
    return NULL;

  out = shoal_frame_begin (self->type);
  if (shoal_message_type_is_channel (self->type))
    shoal_write_u16 (out, self->channel);
  for (guint i = 0; i < layout->n_fields; i++)
    write_field (self, &layout->fields[i], out);
  shoal_message_write_tail (self, layout->tail, out);

  return shoal_frame_finish (out, layout->tail == SHOAL_TAIL_DATA ? self->data.size : 0);
}

/* --- Reading ------------------------------------------------------------- */

/* Whether a character moves the cursor, or turns or hides what stands beside
 * it: a stranger's name must not do that to a terminal or a sentence. */
static gboolean
is_unprintable (gunichar c)
{
  return g_unichar_iscntrl (c) || c == 0x61c || (c >= 0x200e && c <= 0x200f)
         || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

const char *
shoal_message_read_string (ShoalMessage *self, ShoalReader *in, size_t max)
{
  char *string = shoal_reader_string (in, max);

  for (char *c = string; c != NULL && *c != '\0';)
    {
      char *next = g_utf8_next_char (c);

      if (is_unprintable (g_utf8_get_char (c)))
        memset (c, ' ', (size_t) (next - c));
      c = next;
    }
  return shoal_message_own (self, string);
}

static void
read_bytes (ShoalReader *in, void *to, size_t size)
{
  const uint8_t *from = shoal_reader_bytes (in, size);

  if (from != NULL)
    memcpy (to, from, size);
}

static void
read_field (ShoalMessage *self, const ShoalField *field, ShoalReader *in)
{
  uint8_t *at = (uint8_t *) self + field->offset;

  switch (field->kind)
    {
    case SHOAL_FIELD_U8:
    case SHOAL_FIELD_ONE_OF:
      *at = shoal_reader_u8 (in);
      break;

    case SHOAL_FIELD_U16:
      *(uint16_t *) at = shoal_reader_u16 (in);
      break;

    case SHOAL_FIELD_U32:
      *(uint32_t *) at = shoal_reader_u32 (in);
      break;

    case SHOAL_FIELD_U64:
      *(uint64_t *) at = shoal_reader_u64 (in);
      break;

    case SHOAL_FIELD_HASH:
      read_bytes (in, at, SHOAL_HASH_SIZE);
      break;

    case SHOAL_FIELD_ID:
      read_bytes (in, at, SHOAL_OFFER_ID_SIZE);
      break;

    case SHOAL_FIELD_STRING:
      *(const char **) at = shoal_message_read_string (self, in, field->max);
      break;
    }
}

/* What a later version may say before it knows ours. */
static void
accept_future (ShoalMessage *self, ShoalReader *in)
{
  if (self->type == SHOAL_MESSAGE_HELLO)
    {
      if (self->hello.kind > SHOAL_DEVICE_KIND_SERVER)
        self->hello.kind = SHOAL_DEVICE_KIND_UNKNOWN;
      if (self->hello.version > SHOAL_PROTOCOL_VERSION)
        shoal_reader_bytes (in, in->left);
    }
  else if (self->type == SHOAL_MESSAGE_GOODBYE && self->goodbye.code > SHOAL_GOODBYE_OTHER)
    {
      self->goodbye.code = SHOAL_GOODBYE_OTHER;
    }
}

gboolean
shoal_message_decode (ShoalMessage *self, const ShoalFrame *frame, GError **error)
{
  const ShoalLayout *layout = shoal_message_get_layout ((ShoalMessageType) frame->type);
  ShoalReader in = shoal_reader (frame->body, frame->size);

  memset (self, 0, sizeof *self);
  if (layout == NULL)
    return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                            "A frame of the unknown type 0x%02x", frame->type);

  self->type = (ShoalMessageType) frame->type;
  self->frame = frame;
  if (shoal_message_type_is_channel (self->type))
    self->channel = shoal_reader_u16 (&in);
  for (guint i = 0; i < layout->n_fields; i++)
    read_field (self, &layout->fields[i], &in);
  shoal_message_read_tail (self, layout->tail, &in);
  accept_future (self, &in);

  if (!shoal_reader_finish (&in))
    {
      shoal_message_clear (self);
      return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                              "%s is malformed", shoal_message_type_get_name (frame->type));
    }
  if (!shoal_message_check (self, SHOAL_SIDE_THERE, error))
    {
      shoal_message_clear (self);
      return FALSE;
    }

  return TRUE;
}
