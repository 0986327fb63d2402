/* shoal-bytes.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-base"

#include "config.h"

#include "shoal-bytes.h"

const uint8_t *
shoal_reader_bytes (ShoalReader *self, size_t size)
{
  const uint8_t *start = self->data;

  if (self->failed || size > self->left)
    {
      self->failed = TRUE;
      return NULL;
    }

  self->data += size;
  self->left -= size;
  return start;
}

static uint64_t
read_big_endian (ShoalReader *self, size_t size)
{
  const uint8_t *from = shoal_reader_bytes (self, size);
  uint64_t value = 0;

  for (size_t i = 0; from != NULL && i < size; i++)
    value = value << 8 | from[i];
  return value;
}

uint8_t
shoal_reader_u8 (ShoalReader *self)
{
  return (uint8_t) read_big_endian (self, 1);
}

uint16_t
shoal_reader_u16 (ShoalReader *self)
{
  return (uint16_t) read_big_endian (self, 2);
}

uint32_t
shoal_reader_u32 (ShoalReader *self)
{
  return (uint32_t) read_big_endian (self, 4);
}

uint64_t
shoal_reader_u64 (ShoalReader *self)
{
  return read_big_endian (self, 8);
}

gboolean
shoal_reader_hash (ShoalReader *self, ShoalHash *hash)
{
  const uint8_t *from = shoal_reader_bytes (self, SHOAL_HASH_SIZE);

  if (from == NULL)
    {
      memset (hash, 0, sizeof *hash);
      return FALSE;
    }

  memcpy (hash->bytes, from, SHOAL_HASH_SIZE);
  return TRUE;
}

char *
shoal_reader_string (ShoalReader *self, size_t max)
{
  size_t size = shoal_reader_u16 (self);
  const uint8_t *from;

  if (size > max)
    self->failed = TRUE;

  from = shoal_reader_bytes (self, size);
  if (from == NULL)
    return NULL;

  /* g_utf8_validate_len() also refuses an embedded NUL. */
  if (!g_utf8_validate_len ((const char *) from, size, NULL))
    {
      self->failed = TRUE;
      return NULL;
    }

  return g_strndup ((const char *) from, size);
}

gboolean
shoal_reader_finish (const ShoalReader *self)
{
  return !self->failed && self->left == 0;
}

static void
write_big_endian (GByteArray *out, uint64_t value, size_t size)
{
  uint8_t bytes[8];

  for (size_t i = 0; i < size; i++)
    bytes[i] = (uint8_t) (value >> (8 * (size - 1 - i)));
  g_byte_array_append (out, bytes, (guint) size);
}

void
shoal_write_u8 (GByteArray *out, uint8_t value)
{
  g_byte_array_append (out, &value, 1);
}

void
shoal_write_u16 (GByteArray *out, uint16_t value)
{
  write_big_endian (out, value, 2);
}

void
shoal_write_u32 (GByteArray *out, uint32_t value)
{
  write_big_endian (out, value, 4);
}

void
shoal_write_u64 (GByteArray *out, uint64_t value)
{
  write_big_endian (out, value, 8);
}

void
shoal_write_bytes (GByteArray *out, const void *data, size_t size)
{
  if (size > 0)
    g_byte_array_append (out, data, (guint) size);
}

void
shoal_write_hash (GByteArray *out, const ShoalHash *hash)
{
  g_byte_array_append (out, hash->bytes, SHOAL_HASH_SIZE);
}

void
shoal_write_string (GByteArray *out, const char *string)
{
  size_t size = string != NULL ? strlen (string) : 0;

  g_return_if_fail (size <= G_MAXUINT16);

  shoal_write_u16 (out, (uint16_t) size);
  shoal_write_bytes (out, string, size);
}

/* --- base64url ----------------------------------------------------------- */

char *
shoal_base64url_encode (const void *data, size_t size)
{
  char *text = g_base64_encode (data, size);

  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

uint8_t *
shoal_base64url_decode (const char *text, size_t *size)
{
  size_t length = strlen (text);
  g_autofree char *padded = g_strdup_printf ("%s%.*s", text, (int) (3 - (length + 3) % 4), "===");
  g_autofree char *again = NULL;
  g_autofree uint8_t *data = NULL;
  gsize decoded = 0;

  g_strdelimit (padded, "-", '+');
  g_strdelimit (padded, "_", '/');
  data = g_base64_decode (padded, &decoded);

  /* The decoder passes over what it does not know. */
  again = shoal_base64url_encode (data, decoded);
  if (!g_str_equal (again, text))
    return NULL;
  *size = decoded;
  return g_steal_pointer (&data);
}
