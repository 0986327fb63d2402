/* fuzz-reader.c: the bounded reader, driven by its own input.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first half says which reads to make, the second half is what is read.
 */

#include "config.h"

#include "shoal-bytes.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
read_one (ShoalReader *in, uint8_t op)
{
  g_autofree char *text = NULL;
  size_t left = in->left;
  ShoalHash hash;

  switch (op % 7)
    {
    case 0: shoal_reader_u8 (in); break;
    case 1: shoal_reader_u16 (in); break;
    case 2: shoal_reader_u32 (in); break;
    case 3: shoal_reader_u64 (in); break;
    case 4: shoal_reader_hash (in, &hash); break;
    case 5: shoal_reader_bytes (in, op); break;
    default: text = shoal_reader_string (in, op); break;
    }

  g_assert (in->left <= left);
  g_assert (text == NULL || (strlen (text) <= op && g_utf8_validate (text, -1, NULL)));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  size_t n_ops = size / 2;
  ShoalReader in = shoal_reader (data + n_ops, size - n_ops);

  for (size_t i = 0; i < n_ops; i++)
    read_one (&in, data[i]);

  if (shoal_reader_finish (&in))
    g_assert (in.left == 0 && !in.failed);
  return 0;
}
