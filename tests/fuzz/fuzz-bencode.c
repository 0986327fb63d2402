/* fuzz-bencode.c: what parses is canonical: written again, it is the same.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-bencode.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
write_again (ShoalBencodeNode node, GByteArray *out)
{
  ShoalBencodeType type = shoal_bencode_get_type (node);
  ShoalBencodeIter iter;
  ShoalBencodeNode value;
  ShoalSpan key, string;
  int64_t number;

  if (type == SHOAL_BENCODE_INTEGER && shoal_bencode_get_integer (node, &number))
    shoal_bencode_add_integer (out, number);
  else if (type == SHOAL_BENCODE_STRING && shoal_bencode_get_string (node, &string))
    shoal_bencode_add_bytes (out, string.data, string.size);
  else
    {
      size_t start = out->len;
      ShoalSpan raw;

      if (type == SHOAL_BENCODE_DICT)
        shoal_bencode_begin_dict (out);
      else
        shoal_bencode_begin_list (out);
      shoal_bencode_iter_init (&iter, node);
      while (shoal_bencode_iter_next (&iter, &key, &value))
        {
          if (type == SHOAL_BENCODE_DICT)
            shoal_bencode_add_bytes (out, key.data, key.size);
          write_again (value, out);
        }
      shoal_bencode_end (out);
      g_assert (shoal_bencode_get_raw (node, &raw) && raw.size == out->len - start);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalBencode) document = shoal_bencode_parse (bytes, &error);

  g_assert ((document == NULL) == (error != NULL));
  if (document == NULL)
    return 0;

  write_again (shoal_bencode_get_root (document), out);
  g_assert (out->len == size && memcmp (out->data, data, size) == 0);
  g_assert (shoal_bencode_get_type (shoal_bencode_lookup (shoal_bencode_get_root (document),
                                                          "a key that is not there")) ==
            SHOAL_BENCODE_NONE);
  return 0;
}
