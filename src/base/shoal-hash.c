/* shoal-hash.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-base"

#include "config.h"

#include "shoal-hash.h"

guint
shoal_hash_hash (gconstpointer hash)
{
  guint value;

  memcpy (&value, hash, sizeof value);
  return value;
}

gboolean
shoal_hash_equal (gconstpointer a, gconstpointer b)
{
  return shoal_hash_equals (a, b);
}

char *
shoal_hash_to_hex (const ShoalHash *hash)
{
  static const char DIGITS[] = "0123456789abcdef";
  char *hex = g_malloc (SHOAL_HASH_SIZE * 2 + 1);

  for (size_t i = 0; i < SHOAL_HASH_SIZE; i++)
    {
      hex[2 * i] = DIGITS[hash->bytes[i] >> 4];
      hex[2 * i + 1] = DIGITS[hash->bytes[i] & 15];
    }
  hex[SHOAL_HASH_SIZE * 2] = '\0';
  return hex;
}

gboolean
shoal_hash_from_hex (const char *hex, ShoalHash *hash)
{
  ShoalHash result;

  if (strlen (hex) != SHOAL_HASH_SIZE * 2)
    return FALSE;

  for (size_t i = 0; i < SHOAL_HASH_SIZE; i++)
    {
      int high = g_ascii_xdigit_value (hex[2 * i]);
      int low = g_ascii_xdigit_value (hex[2 * i + 1]);

      if (high < 0 || low < 0)
        return FALSE;
      result.bytes[i] = (uint8_t) (high << 4 | low);
    }

  *hash = result;
  return TRUE;
}

gboolean
shoal_constant_time_equal (const void *a, const void *b, size_t size)
{
  const volatile uint8_t *left = a;
  const volatile uint8_t *right = b;
  uint8_t difference = 0;

  for (size_t i = 0; i < size; i++)
    difference |= left[i] ^ right[i];
  return difference == 0;
}
