/* shoal-txt.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-discovery"

#include "config.h"

#include "shoal-txt.h"

GPtrArray *
shoal_txt_strings_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

void
shoal_txt_strings_add (GPtrArray *strings, const void *data, size_t size)
{
  if (size >= 1 && size <= 255)
    g_ptr_array_add (strings, g_bytes_new (data, size));
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return g_bytes_compare (*(GBytes *const *) a, *(GBytes *const *) b);
}

GBytes *
shoal_txt_join (GPtrArray *strings)
{
  GByteArray *out = g_byte_array_new ();

  g_ptr_array_sort (strings, compare);
  for (guint i = 0; i < strings->len; i++)
    {
      size_t size;
      const void *data = g_bytes_get_data (g_ptr_array_index (strings, i), &size);

      if (out->len + 1 + size > SHOAL_TXT_MAX_SIZE)
        break;
      shoal_write_u8 (out, (uint8_t) size);
      shoal_write_bytes (out, data, size);
    }
  return g_byte_array_free_to_bytes (out);
}

GPtrArray *
shoal_txt_split (GBytes *txt)
{
  g_autoptr (GPtrArray) strings = shoal_txt_strings_new ();
  ShoalReader in = shoal_reader (g_bytes_get_data (txt, NULL), g_bytes_get_size (txt));

  if (in.left > SHOAL_TXT_MAX_SIZE)
    return NULL;

  while (in.left > 0)
    {
      uint8_t size = shoal_reader_u8 (&in);
      const uint8_t *data = shoal_reader_bytes (&in, size);

      if (data == NULL)
        return NULL;
      shoal_txt_strings_add (strings, data, size);
    }
  return g_steal_pointer (&strings);
}
