/* test-frame.c: cutting a stream into frames.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-bytes.h"
#include "shoal-error.h"
#include "wire-samples.h"

static GByteArray *
all_samples (void)
{
  GByteArray *stream = g_byte_array_new ();
  guint n;
  const ShoalMessage *samples = wire_samples (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GByteArray) frame = wire_sample_frame (&samples[i]);

      g_byte_array_append (stream, frame->data, frame->len);
      /* One to be skipped. */
      g_byte_array_append (stream, (const uint8_t *) "\0\0\0\6\xff\1\2\3\4\5", 10);
    }
  return stream;
}

/* Feeds pieces of @sizes in turn (the last for ever); checks every frame. */
static void
feed (const GByteArray *stream, const size_t *sizes, guint n_sizes)
{
  ShoalFrameParser parser = { 0 };
  guint n_samples, seen = 0;
  const ShoalMessage *samples = wire_samples (&n_samples);
  size_t done = 0;

  for (guint turn = 0; done < stream->len; turn++)
    {
      size_t size = MIN (sizes[MIN (turn, n_sizes - 1)], stream->len - done);
      g_autofree uint8_t *piece = g_memdup2 (stream->data + done, size);
      const uint8_t *data = piece;
      g_autoptr (GError) error = NULL;
      ShoalFrame frame;

      done += size;
      while (shoal_frame_parser_next (&parser, &data, &size, &frame, &error) == SHOAL_FRAME_READY)
        {
          g_autoptr (GByteArray) expected = wire_sample_frame (&samples[seen++]);

          g_assert_cmphex (frame.type, ==, expected->data[4]);
          g_assert_cmpmem (frame.body, frame.size, expected->data + 5, expected->len - 5);
        }
      g_assert_no_error (error);
      g_assert_cmpuint (size, ==, 0);
    }

  g_assert_cmpuint (seen, ==, n_samples);
  g_assert_true (shoal_frame_parser_is_idle (&parser));
  shoal_frame_parser_clear (&parser);
}

static void
test_pieces (void)
{
  g_autoptr (GByteArray) stream = all_samples ();
  const size_t each[] = { 1, 2, 3, 4, 5, 6, 7, 64, 1000, 16384, G_MAXSIZE };

  for (guint i = 0; i < G_N_ELEMENTS (each); i++)
    feed (stream, &each[i], 1);
  for (size_t cut = 1; cut < stream->len; cut += cut < 5000 ? 1 : 97)
    feed (stream, (const size_t[]){ cut, G_MAXSIZE }, 2);
  for (guint round = 0; round < 50; round++)
    {
      size_t sizes[200];

      for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
        sizes[i] = (size_t) g_test_rand_int_range (1, 600);
      feed (stream, sizes, G_N_ELEMENTS (sizes));
    }
}

/* Whole frames are views; others are given away without a copy, and what was
 * taken outlives the parser. */
static void
test_views (void)
{
  g_autofree uint8_t *payload = g_malloc0 (SHOAL_MAX_DATA_PAYLOAD);
  ShoalMessage message = { SHOAL_MESSAGE_DATA, 1,
                           .data = { 1, 0, payload, SHOAL_MAX_DATA_PAYLOAD } };
  g_autoptr (GByteArray) bytes = wire_sample_frame (&message);
  g_autoptr (GBytes) taken = NULL, copied = NULL;
  ShoalFrameParser parser = { 0 };
  const uint8_t *data = bytes->data;
  size_t size = bytes->len;
  ShoalFrame frame;

  g_assert_cmpint (shoal_frame_parser_next (&parser, &data, &size, &frame, NULL), ==,
                   SHOAL_FRAME_READY);
  g_assert_true (frame.body == bytes->data + 5);
  copied = shoal_frame_take (&frame, frame.body + 10, frame.size - 10);
  g_assert_true (g_bytes_get_data (copied, NULL) != frame.body + 10);

  data = bytes->data;
  size = 100;
  g_assert_cmpint (shoal_frame_parser_next (&parser, &data, &size, &frame, NULL), ==,
                   SHOAL_FRAME_MORE);
  g_assert_false (shoal_frame_parser_is_idle (&parser));
  size = bytes->len - 100;
  g_assert_cmpint (shoal_frame_parser_next (&parser, &data, &size, &frame, NULL), ==,
                   SHOAL_FRAME_READY);
  taken = shoal_frame_take (&frame, frame.body + 10, frame.size - 10);
  g_assert_true (g_bytes_get_data (taken, NULL) == frame.body + 10);
  shoal_frame_parser_clear (&parser);
  g_assert_cmpmem (g_bytes_get_data (taken, NULL), g_bytes_get_size (taken), payload,
                   SHOAL_MAX_DATA_PAYLOAD);
}

static void
test_failure_sticks (void)
{
  ShoalFrameParser parser = { 0 };
  g_autoptr (GError) error = NULL;
  const uint8_t *data = (const uint8_t *) "\0\0\0\1\x7f\0\0\0\1\3";
  size_t size = 10;
  ShoalFrame frame;

  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpint (shoal_frame_parser_next (&parser, &data, &size, &frame, &error), ==,
                       SHOAL_FRAME_FAILED);
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_PROTOCOL);
      g_clear_error (&error);
    }
  g_assert_false (shoal_frame_parser_is_idle (&parser));
}

/* Every type: one byte below and above its bounds is refused on the header. */
static void
test_bounds (void)
{
  for (guint type = 0; type < 0x100; type++)
    {
      size_t min = 0, max = SHOAL_MAX_CONTROL_FRAME - 1;
      gboolean known = type >= 0x80 || shoal_frame_get_bounds ((uint8_t) type, &min, &max);
      const size_t bodies[] = { min, max, max + 1, min - 1 };

      for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
        {
          ShoalFrameParser parser = { 0 };
          uint8_t header[5];
          const uint8_t *data = header;
          size_t size = sizeof header;
          g_autoptr (GError) error = NULL;
          ShoalFrame frame;
          ShoalFrameStatus status;

          shoal_put_u32 (header, (uint32_t) (bodies[i] + 1));
          header[4] = (uint8_t) type;
          status = shoal_frame_parser_next (&parser, &data, &size, &frame, &error);
          if (known && i < 2)
            {
              g_assert_no_error (error);
            }
          else
            {
              g_assert_cmpint (status, ==, SHOAL_FRAME_FAILED);
              g_assert_true (g_error_matches (error, SHOAL_ERROR,
                                              known && i == 2 ? SHOAL_ERROR_LIMIT
                                                              : SHOAL_ERROR_PROTOCOL));
            }
          shoal_frame_parser_clear (&parser);
        }
    }
}

/* Not a test of anything: run with -m perf. @step: bytes given at once. */
static void
measure (size_t step, gboolean copy)
{
  g_autofree uint8_t *payload = g_malloc0 (SHOAL_MAX_DATA_PAYLOAD);
  g_autofree uint8_t *sink = g_malloc (SHOAL_MAX_DATA_PAYLOAD);
  ShoalMessage message = { SHOAL_MESSAGE_DATA, 1,
                           .data = { 1, 0, payload, SHOAL_MAX_DATA_PAYLOAD } };
  g_autoptr (GByteArray) one = wire_sample_frame (&message);
  g_autoptr (GByteArray) many = g_byte_array_new ();
  ShoalFrameParser parser = { 0 };
  size_t total = 0;

  for (guint i = 0; i < 64; i++)
    g_byte_array_append (many, one->data, one->len);

  g_test_timer_start ();
  while (g_test_timer_elapsed () < 1.0)
    {
      for (size_t done = 0; done < many->len; done += step)
        {
          const uint8_t *data = many->data + done;
          size_t size = MIN (step, many->len - done);
          ShoalFrame frame;

          while (shoal_frame_parser_next (&parser, &data, &size, &frame, NULL) == SHOAL_FRAME_READY)
            {
              g_auto (ShoalMessage) got = { 0 };

              g_assert_true (shoal_message_decode (&got, &frame, NULL));
              total += got.data.size;
              if (copy && frame.assembled == NULL)
                memcpy (sink, got.data.payload, got.data.size);
            }
        }
    }
  g_test_maximized_result ((double) total / g_test_timer_last () / 1e9,
                           "DATA, %zu bytes at once, %s: %.1f GB/s", step,
                           copy ? "views copied" : "views looked at",
                           (double) total / g_test_timer_last () / 1e9);
  shoal_frame_parser_clear (&parser);
}

static void
test_speed (void)
{
  if (!g_test_perf ())
    {
      g_test_skip ("only with -m perf");
      return;
    }

  for (guint copy = 0; copy < 2; copy++)
    {
      measure (16384, copy != 0);
      measure (65536, copy != 0);
      measure (262144, copy != 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/wire/frame/pieces", test_pieces);
  g_test_add_func ("/wire/frame/views", test_views);
  g_test_add_func ("/wire/frame/failure-sticks", test_failure_sticks);
  g_test_add_func ("/wire/frame/bounds", test_bounds);
  g_test_add_func ("/wire/frame/speed", test_speed);
  return g_test_run ();
}
