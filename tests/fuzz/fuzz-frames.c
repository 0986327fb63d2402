/* fuzz-frames.c: a stream cut into frames, whole and in pieces.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first byte says how long pieces are and which types are let through; the
 * rest is the stream. It must be cut alike however it comes.
 */

#include "config.h"

#include "shoal-message.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* All frames, one after the other, and how it ended. */
static GByteArray *
cut (const uint8_t *data, size_t size, size_t piece, uint8_t last_type)
{
  ShoalFrameParser parser = { .last_type = last_type };
  GByteArray *all = g_byte_array_new ();
  ShoalFrameStatus status = SHOAL_FRAME_MORE;

  while (size > 0 && status != SHOAL_FRAME_FAILED)
    {
      size_t left = MIN (piece, size);
      g_autofree uint8_t *copy = g_memdup2 (data, left);
      const uint8_t *at = copy;
      ShoalFrame frame;

      data += left;
      size -= left;
      while ((status = shoal_frame_parser_next (&parser, &at, &left, &frame, NULL))
             == SHOAL_FRAME_READY)
        {
          g_autoptr (GBytes) taken = shoal_frame_take (&frame, frame.body, frame.size);
          size_t min, max;

          g_assert (shoal_frame_get_bounds (frame.type, &min, &max));
          g_assert (frame.size >= min && frame.size <= max);
          g_assert (last_type == 0 || frame.type <= last_type);
          g_byte_array_append (all, &frame.type, 1);
          g_byte_array_append (all, g_bytes_get_data (taken, NULL), (guint) frame.size);
        }
      g_assert (left == 0 || status == SHOAL_FRAME_FAILED);
    }

  g_byte_array_append (all, (const uint8_t *) (status == SHOAL_FRAME_FAILED ? "!" : "."), 1);
  if (shoal_frame_parser_is_idle (&parser))
    g_byte_array_append (all, (const uint8_t *) "i", 1);
  shoal_frame_parser_clear (&parser);
  return all;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GByteArray) whole = NULL;
  g_autoptr (GByteArray) pieces = NULL;
  uint8_t last_type;

  if (size == 0)
    return 0;

  last_type = (data[0] & 0x80) != 0 ? SHOAL_MESSAGE_GOODBYE : 0;
  whole = cut (data + 1, size - 1, G_MAXSIZE, last_type);
  pieces = cut (data + 1, size - 1, 1 + (data[0] & 0x7f), last_type);
  g_assert (whole->len == pieces->len && memcmp (whole->data, pieces->data, whole->len) == 0);
  return 0;
}
