/* test-message.c: every message there and back, cut short, and out of bounds.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-error.h"
#include "wire-samples.h"

/* A copy of just these bytes, so that a read beyond them is seen. */
static gboolean
decode_copy (ShoalMessage *message, uint8_t type, const uint8_t *body, size_t size, GError **error)
{
  g_autofree uint8_t *copy = g_memdup2 (body, MAX (size, 1));
  ShoalFrame frame = { type, copy, size, NULL };
  gboolean good = shoal_message_decode (message, &frame, error);

  if (good)
    shoal_message_clear (message);
  return good;
}

static void
test_round_trip (void)
{
  guint n;
  const ShoalMessage *samples = wire_samples (&n);
  guint types = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GByteArray) bytes = wire_sample_frame (&samples[i]);
      g_autoptr (GByteArray) again = NULL;
      g_autoptr (GError) error = NULL;
      g_auto (ShoalMessage) message = { 0 };
      ShoalFrame frame = { bytes->data[4], bytes->data + 5, bytes->len - 5, NULL };
      size_t min, max;

      g_assert_cmphex (frame.type, ==, samples[i].type);
      g_assert_true (shoal_frame_get_bounds (frame.type, &min, &max));
      g_assert_cmpuint (frame.size, >=, min);
      g_assert_cmpuint (frame.size, <=, max);

      g_assert_true (shoal_message_decode (&message, &frame, &error));
      g_assert_no_error (error);
      g_assert_cmphex (message.type, ==, samples[i].type);
      g_assert_cmpuint (message.channel, ==, samples[i].channel);
      again = wire_sample_frame (&message);
      g_assert_cmpmem (again->data, again->len, bytes->data, bytes->len);
    }

  for (guint type = 0; type < 0x100; type++)
    {
      size_t min, max;

      types += shoal_frame_get_bounds ((uint8_t) type, &min, &max) ? 1 : 0;
    }
  g_assert_cmpuint (types, ==, n);
}

/* What some look like on the wire: a table alone could be wrong twice. */
static void
test_bytes (void)
{
  static const uint8_t PING[] = { 0, 0, 0, 9, 5, 1, 2, 3, 4, 5, 6, 7, 8 };
  static const uint8_t GOODBYE[]
    = { 0, 0, 0, 12, 7, 0, 3, 0, 7, 'z', 'u', ' ', 'v', 'i', 'e', 'l' };
  static const uint8_t HAVE[] = { 0, 0, 0, 11, 0x3a, 0, 1, 0, 0, 0, 0, 0, 0x20, 0, 0 };
  static const uint8_t DATA[] = { 0, 0, 0x40, 0x6f, 0x40, 0, 1, 0, 0, 0, 1, 0, 0, 0, 62 };
  const struct
  {
    ShoalMessageType type;
    const uint8_t   *bytes;
    size_t           size;
  } cases[] = {
    { SHOAL_MESSAGE_PING, PING, sizeof PING },
    { SHOAL_MESSAGE_GOODBYE, GOODBYE, sizeof GOODBYE },
    { SHOAL_MESSAGE_HAVE, HAVE, sizeof HAVE },
    { SHOAL_MESSAGE_DATA, DATA, sizeof DATA },
  };
  guint n;
  const ShoalMessage *samples = wire_samples (&n);

  for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      g_autoptr (GBytes) bytes = NULL;
      guint i = 0;

      while (samples[i].type != cases[c].type)
        i++;
      bytes = shoal_message_encode (&samples[i], NULL);
      g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), cases[c].bytes,
                       cases[c].size);
    }
}

/* Types whose length is not told by what comes first. */
static gboolean
runs_to_end (ShoalMessageType type)
{
  return type == SHOAL_MESSAGE_BLOB || type == SHOAL_MESSAGE_DATA
         || type == SHOAL_MESSAGE_PICTURE_BYTES;
}

static gboolean
is_batch (ShoalMessageType type)
{
  return type == SHOAL_MESSAGE_LIST || type == SHOAL_MESSAGE_INTRODUCE
         || type == SHOAL_MESSAGE_PEERS || type == SHOAL_MESSAGE_REQUEST
         || type == SHOAL_MESSAGE_CANCEL;
}

static void
test_truncated (void)
{
  guint n;
  const ShoalMessage *samples = wire_samples (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GByteArray) bytes = wire_sample_frame (&samples[i]);
      guint refused = 0;

      for (size_t size = 0; size + 5 < bytes->len; size++)
        {
          g_autoptr (GError) error = NULL;
          ShoalMessage message;

          if (decode_copy (&message, bytes->data[4], bytes->data + 5, size, &error))
            {
              g_assert_true (runs_to_end (samples[i].type) || is_batch (samples[i].type));
              continue;
            }
          refused++;
          g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_PROTOCOL);
          g_assert_cmpint (shoal_error_get_side (error), ==, SHOAL_SIDE_THERE);
          g_assert_nonnull (strstr (error->message, shoal_message_type_get_name (bytes->data[4])));
        }
      if (!runs_to_end (samples[i].type))
        g_assert_cmpuint (refused + (is_batch (samples[i].type) ? 3 : 0), >=, bytes->len - 5);
    }
}

/* One byte more than there should be. */
static void
test_trailing (void)
{
  guint n;
  const ShoalMessage *samples = wire_samples (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GByteArray) bytes = wire_sample_frame (&samples[i]);
      ShoalMessage message;

      g_byte_array_append (bytes, (const uint8_t *) "", 1);
      if (!runs_to_end (samples[i].type))
        g_assert_false (decode_copy (&message, bytes->data[4], bytes->data + 5, bytes->len - 5,
                                     NULL));
    }
}

/* One field of a legal message put out of bounds: by the offset of a byte in the
 * body, and its new value. Encoding the same is refused too.
 * long: a table of every bound */
static void
test_out_of_bounds (void)
{
  const struct
  {
    ShoalMessageType type;
    guint            offset;
    uint8_t          value;
  } cases[] = {
    { SHOAL_MESSAGE_HELLO, 61, 0xff },          /* name: length */
    { SHOAL_MESSAGE_HELLO, 64, 0 },             /* NUL in name */
    { SHOAL_MESSAGE_GOODBYE, 2, 0xff },         /* text: length */
    { SHOAL_MESSAGE_GOODBYE, 5, 0xff },         /* not UTF-8 */
    { SHOAL_MESSAGE_PROFILE, 0, 4 },            /* kind */
    { SHOAL_MESSAGE_PROFILE, 3, 0xff },         /* name: length */
    { SHOAL_MESSAGE_CALLED, 4, 6 },             /* result */
    { SHOAL_MESSAGE_CALLED, 5, 0xff },          /* address: length */
    { SHOAL_MESSAGE_LIST, 7, 6 },               /* total: 6, first: 5, two entries */
    { SHOAL_MESSAGE_LIST, 12 + 64, 0xff },      /* bytes */
    { SHOAL_MESSAGE_LIST, 12 + 72, 0xff },      /* files */
    { SHOAL_MESSAGE_OFFER, 81, 3 },             /* kind */
    { SHOAL_MESSAGE_OFFER, 81, 1 },             /* a text of three files */
    { SHOAL_MESSAGE_OFFER, 82, 0xff },          /* bytes */
    { SHOAL_MESSAGE_OFFER, 90, 1 },             /* files */
    { SHOAL_MESSAGE_OFFER, 94, 1 },             /* folders */
    { SHOAL_MESSAGE_ACCEPT, 17, 1 },            /* bytes */
    { SHOAL_MESSAGE_ACCEPT, 25, 1 },            /* files */
    { SHOAL_MESSAGE_DECLINE, 16, 6 },           /* reason */
    { SHOAL_MESSAGE_WITHDRAW, 16, 3 },          /* reason */
    { SHOAL_MESSAGE_RECEIVED, 16, 1 },          /* verified */
    { SHOAL_MESSAGE_RECEIVED, 24, 1 },          /* from others */
    { SHOAL_MESSAGE_RECEIVED, 40, 6 },          /* state */
    { SHOAL_MESSAGE_COMMITTED, 16, 1 },         /* bytes */
    { SHOAL_MESSAGE_COMMITTED, 24, 1 },         /* files */
    { SHOAL_MESSAGE_INTRODUCE, 17, 3 },         /* index 3 of 3 */
    { SHOAL_MESSAGE_INTRODUCE, 20 + 32, 17 },   /* addresses */
    { SHOAL_MESSAGE_INTRODUCE, 20 + 33, 5 },    /* family */
    { SHOAL_MESSAGE_OPENED, 35, 3 },            /* description size */
    { SHOAL_MESSAGE_OPENED, 39, 3 },            /* attributes size */
    { SHOAL_MESSAGE_REFUSED, 2, 2 },            /* reason */
    { SHOAL_MESSAGE_CLOSE, 2, 2 },              /* side */
    { SHOAL_MESSAGE_BLOB_REQUEST, 2, 3 },       /* what */
    { SHOAL_MESSAGE_BLOB_REQUEST, 3, 2 },       /* offset + length */
    { SHOAL_MESSAGE_BLOB_REQUEST, 9, 0xff },    /* length */
    { SHOAL_MESSAGE_BLOB, 2, 3 },               /* what */
    { SHOAL_MESSAGE_BLOB, 3, 3 },               /* offset */
    { SHOAL_MESSAGE_HASH_REQUEST, 34, 35 },     /* layer */
    { SHOAL_MESSAGE_HASH_REQUEST, 34, 30 },     /* layer, for this index */
    { SHOAL_MESSAGE_HASH_REQUEST, 35, 1 },      /* index */
    { SHOAL_MESSAGE_HASH_REQUEST, 42, 1 },      /* alignment */
    { SHOAL_MESSAGE_HASH_REQUEST, 44, 1 },      /* count */
    { SHOAL_MESSAGE_HASH_REQUEST, 45, 0 },      /* count 0 */
    { SHOAL_MESSAGE_HASH_REQUEST, 47, 35 },     /* proof layers */
    { SHOAL_MESSAGE_HASHES, 47, 1 },            /* uncles, fewer than there are */
    { SHOAL_MESSAGE_HASHES, 46, 255 },          /* count, more than there are */
    { SHOAL_MESSAGE_HASH_REJECT, 42, 1 },       /* alignment */
    { SHOAL_MESSAGE_AVAILABILITY, 2, 1 },       /* first */
    { SHOAL_MESSAGE_AVAILABILITY, 9, 25 },      /* count, more than there are */
    { SHOAL_MESSAGE_AVAILABILITY, 12, 0xb0 },   /* spare bit */
    { SHOAL_MESSAGE_HAVE, 5, 1 },               /* first + count */
    { SHOAL_MESSAGE_HAVE, 7, 0 },               /* count 0 */
    { SHOAL_MESSAGE_REQUEST, 2 + 4 + 32, 1 },   /* first leaf */
    { SHOAL_MESSAGE_REQUEST, 2 + 47, 65 },      /* leaves */
    { SHOAL_MESSAGE_REQUEST, 2 + 47, 0 },       /* leaves */
    { SHOAL_MESSAGE_REQUEST, 2 + 2 * 48 + 47, 2 }, /* beyond the largest file */
    { SHOAL_MESSAGE_REJECT, 6, 5 },             /* reason */
    { SHOAL_MESSAGE_REKEY, 34, 1 },             /* failed */
    { SHOAL_MESSAGE_DATA, 9, 64 },              /* offset */
    { SHOAL_MESSAGE_DATA, 9, 63 },              /* offset + leaves */
    { SHOAL_MESSAGE_PAUSED, 2, 4 },             /* reason */
    { SHOAL_MESSAGE_PEERS, 2 + 32, 17 },        /* addresses */
    { SHOAL_MESSAGE_PEERS, 60, 0 },             /* port 0 */
  };
  guint n;
  const ShoalMessage *samples = wire_samples (&n);

  for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      guint i = 0;
      g_autoptr (GByteArray) bytes = NULL;
      g_autoptr (GError) error = NULL;
      ShoalMessage message;

      while (samples[i].type != cases[c].type)
        i++;
      bytes = wire_sample_frame (&samples[i]);
      bytes->data[5 + cases[c].offset] = cases[c].value;
      if (decode_copy (&message, bytes->data[4], bytes->data + 5, bytes->len - 5, &error))
        g_error ("%s with byte %u = %u was accepted", shoal_message_type_get_name (bytes->data[4]),
                 cases[c].offset, cases[c].value);
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_PROTOCOL);
      g_assert_cmpint (shoal_error_get_side (error), ==, SHOAL_SIDE_THERE);
    }
}

static void
check_refused (const ShoalMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = shoal_message_encode (message, &error);

  g_assert_null (bytes);
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
  g_assert_cmpint (shoal_error_get_side (error), ==, SHOAL_SIDE_HERE);
}

static void
test_encode_bounds (void)
{
  g_autofree char *name = g_strnfill (SHOAL_MAX_LABEL_BYTES + 1, 'x');
  g_autofree char *reason = g_strnfill (SHOAL_MAX_REASON_BYTES + 1, 'x');
  g_autofree ShoalPeerEntry *peers = g_new0 (ShoalPeerEntry, SHOAL_MAX_PEERS + 1);
  g_autofree ShoalListEntry *list = g_new0 (ShoalListEntry, 2000);
  g_autofree uint8_t *data = g_malloc0 (SHOAL_MAX_DATA_PAYLOAD + 1);
  ShoalMessage message = { (ShoalMessageType) 0x50 };
  g_autoptr (GBytes) bytes = NULL;

  check_refused (&message);
  message = (ShoalMessage){ SHOAL_MESSAGE_PROFILE, .profile = { 0, name } };
  check_refused (&message);
  message = (ShoalMessage){ SHOAL_MESSAGE_PROFILE, .profile = { 0, "\xff" } };
  check_refused (&message);
  message = (ShoalMessage){ SHOAL_MESSAGE_GOODBYE, .goodbye = { 0, reason } };
  check_refused (&message);
  message = (ShoalMessage){ SHOAL_MESSAGE_PEERS, .peers = { peers, SHOAL_MAX_PEERS + 1 } };
  check_refused (&message);
  message
    = (ShoalMessage){ SHOAL_MESSAGE_DATA, .data = { 0, 0, data, SHOAL_MAX_DATA_PAYLOAD + 1 } };
  check_refused (&message);
  message = (ShoalMessage){ SHOAL_MESSAGE_PICTURE_BYTES,
                            .picture_bytes = { { { 1 } }, data, SHOAL_MAX_PICTURE_BYTES + 1 } };
  check_refused (&message);
  message.picture_bytes.size = 0;
  check_refused (&message);
  message = (ShoalMessage){ SHOAL_MESSAGE_PICTURE_REQUEST };
  check_refused (&message);
  message = (ShoalMessage){ SHOAL_MESSAGE_REQUEST };
  check_refused (&message);
  message = (ShoalMessage){ SHOAL_MESSAGE_LIST, .list = { 0, 2000, 0, list, 2000 } };
  check_refused (&message);

  message.list.n_entries = shoal_message_count_fitting (list, 2000);
  g_assert_cmpuint (message.list.n_entries, ==, (65535 - 12) / 78);
  bytes = shoal_message_encode (&message, NULL);
  g_assert_nonnull (bytes);
  g_assert_cmpuint (g_bytes_get_size (bytes), <=, 4 + SHOAL_MAX_CONTROL_FRAME);
  g_assert_cmpuint (shoal_message_count_fitting (list, 0), ==, 0);
}

/* Fifty-one devices, more than fit. */
static void
test_too_many_peers (void)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  uint8_t entry[SHOAL_HASH_SIZE + 1] = { 1 };
  ShoalMessage message;

  g_byte_array_append (body, (const uint8_t *) "\0\1", 2);
  for (guint i = 0; i < SHOAL_MAX_PEERS; i++)
    g_byte_array_append (body, entry, sizeof entry);
  g_assert_true (decode_copy (&message, SHOAL_MESSAGE_PEERS, body->data, body->len, NULL));
  g_byte_array_append (body, entry, sizeof entry);
  g_assert_false (decode_copy (&message, SHOAL_MESSAGE_PEERS, body->data, body->len, NULL));
}

/* A HELLO of version 2 may say more, and kinds and codes that we do not know. */
static void
test_future (void)
{
  guint n;
  const ShoalMessage *samples = wire_samples (&n);
  ShoalMessage hello = samples[0];
  g_autoptr (GByteArray) bytes = NULL;
  g_auto (ShoalMessage) message = { 0 };
  ShoalFrame frame;

  hello.hello.version = 2;
  hello.hello.kind = 99;
  bytes = wire_sample_frame (&hello);
  g_byte_array_append (bytes, (const uint8_t *) "more", 4);
  frame = (ShoalFrame){ SHOAL_MESSAGE_HELLO, bytes->data + 5, bytes->len - 5, NULL };
  g_assert_true (shoal_message_decode (&message, &frame, NULL));
  g_assert_cmpuint (message.hello.kind, ==, SHOAL_DEVICE_KIND_UNKNOWN);
  g_assert_cmpstr (message.hello.agent, ==, "shoal-cli 0.1");
}

/* Random bytes of every type: no crash, and what is accepted is encoded alike. */
static void
test_random (void)
{
  for (guint round = 0; round < 20000; round++)
    {
      uint8_t body[128];
      size_t size = (size_t) g_test_rand_int_range (0, sizeof body);
      uint8_t type = (uint8_t) g_test_rand_int_range (0, 0x43);
      ShoalFrame frame = { type, body, size, NULL };
      g_auto (ShoalMessage) message = { 0 };

      for (size_t i = 0; i < size; i++)
        body[i] = g_test_rand_bit () ? (uint8_t) g_test_rand_int () : 0;
      if (shoal_message_decode (&message, &frame, NULL))
        {
          g_autoptr (GByteArray) again = NULL;

          if (type == SHOAL_MESSAGE_HELLO || type == SHOAL_MESSAGE_GOODBYE)
            continue;
          again = wire_sample_frame (&message);
          g_assert_cmpmem (again->data + 5, again->len - 5, body, size);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/wire/message/round-trip", test_round_trip);
  g_test_add_func ("/wire/message/bytes", test_bytes);
  g_test_add_func ("/wire/message/truncated", test_truncated);
  g_test_add_func ("/wire/message/trailing", test_trailing);
  g_test_add_func ("/wire/message/out-of-bounds", test_out_of_bounds);
  g_test_add_func ("/wire/message/encode-bounds", test_encode_bounds);
  g_test_add_func ("/wire/message/too-many-peers", test_too_many_peers);
  g_test_add_func ("/wire/message/future", test_future);
  g_test_add_func ("/wire/message/random", test_random);
  return g_test_run ();
}
