/* test-channels.c: channels, requests and what answers them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "wire-talk.h"

/* --- Channels ------------------------------------------------------------ */

static void
test_close (void)
{
  ShoalMessage close = { SHOAL_MESSAGE_CLOSE };
  ShoalMessage have = { SHOAL_MESSAGE_HAVE, .have = { 0, 1 } };

  for (guint who = 0; who < 3; who++) /* fetcher, server, both at once */
    {
      g_autoptr (WirePair) pair = wire_make_pair ();

      have.channel = close.channel = wire_open_channel (pair, 0, 0);
      if (who != 1)
        {
          close.close.side = 0;
          wire_send_well (pair, 0, &close);
          wire_send_badly (pair, 0, &close, SHOAL_ERROR_CLOSED);
          g_assert_cmpint (wire_channel_state (pair, 0, TRUE, close.channel), ==,
                           SHOAL_CHANNEL_STATE_CLOSING);
        }
      wire_send_well (pair, 1, &have);
      if (who != 0)
        {
          close.close.side = 1;
          wire_send_well (pair, 1, &close);
          wire_send_badly (pair, 1, &have, SHOAL_ERROR_CLOSED);
        }
      wire_pair_run (pair);
      g_assert_cmpint (wire_channel_state (pair, 0, TRUE, close.channel), ==,
                       SHOAL_CHANNEL_STATE_NONE);
      g_assert_cmpint (wire_channel_state (pair, 1, FALSE, close.channel), ==,
                       SHOAL_CHANNEL_STATE_NONE);
      wire_assert_log (pair, 0, who == 1 ? "HAVE 0; CLOSE 0; " : "");
      wire_assert_log (pair, 1, who == 0 ? "CLOSE 0; " : "");
      g_assert_cmpuint (wire_end_count_slots (&pair->ends[0]), ==, 1);
    }
}

static void
test_refused (void)
{
  g_autoptr (WirePair) pair = wire_make_pair ();
  ShoalMessage refused = { SHOAL_MESSAGE_REFUSED };
  ShoalMessage close = { SHOAL_MESSAGE_CLOSE };

  g_assert_true (shoal_session_open (pair->ends[1].session, wire_slot_of (pair, 1), &WIRE_ZERO, 0,
                                     &refused.channel, NULL));
  wire_pair_run (pair);
  wire_assert_log (pair, 0, "OPEN 0; ");
  wire_send_well (pair, 0, &refused);
  wire_pair_run (pair);
  wire_assert_log (pair, 1, "REFUSED 0; ");
  g_assert_cmpint (wire_channel_state (pair, 0, FALSE, 0), ==, SHOAL_CHANNEL_STATE_NONE);

  /* REFUSED crosses CLOSE. */
  g_assert_true (shoal_session_open (pair->ends[1].session, wire_slot_of (pair, 1), &WIRE_ZERO, 0,
                                     &refused.channel, NULL));
  g_assert_cmpuint (refused.channel, ==, 1);
  wire_pair_run (pair);
  close.channel = refused.channel;
  wire_send_well (pair, 1, &close);
  wire_send_well (pair, 0, &refused);
  wire_pair_run (pair);
  wire_assert_log (pair, 0, "OPEN 1; ");
  wire_assert_log (pair, 1, "");
  g_assert_cmpint (wire_channel_state (pair, 0, FALSE, 1), ==, SHOAL_CHANNEL_STATE_NONE);
  g_assert_cmpint (wire_channel_state (pair, 1, TRUE, 1), ==, SHOAL_CHANNEL_STATE_NONE);
}

static void
test_channel_limit (void)
{
  g_autoptr (WirePair) pair = wire_make_pair ();
  g_autoptr (GError) error = NULL;
  ShoalMessage open = { SHOAL_MESSAGE_OPEN, 0xfff0 };
  uint16_t channel;

  for (guint i = 0; i < SHOAL_MAX_CHANNELS; i++)
    g_assert_true (shoal_session_open (pair->ends[0].session, wire_slot_of (pair, 0), &WIRE_ZERO, 0,
                                       &channel, NULL));
  g_assert_false (shoal_session_open (pair->ends[0].session, wire_slot_of (pair, 0), &WIRE_ZERO, 0,
                                      &channel, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_BUSY);
  wire_pair_run (pair);
  g_assert_cmpuint (wire_end_count_slots (&pair->ends[1]), ==, 1);

  wire_socket_inject_message (&pair->ends[1].sockets[0], &open);
  wire_pair_run (pair);
  g_assert_error (pair->ends[1].dropped, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
}

/* More channels than numbers, one after the other. */
static void
test_numbers_wrap (void)
{
  g_autoptr (WirePair) pair = wire_make_pair ();
  uint16_t kept = wire_open_channel (pair, 0, 0);
  ShoalMessage close = { SHOAL_MESSAGE_CLOSE };

  for (guint i = 0; i < G_MAXUINT16 + 10; i++)
    {
      g_assert_true (shoal_session_open (pair->ends[0].session, wire_slot_of (pair, 0), &WIRE_ZERO,
                                         0, &close.channel, NULL));
      g_assert_cmpuint (close.channel, !=, kept);
      wire_send_well (pair, 0, &close);
      wire_pair_run (pair);
      g_string_truncate (pair->ends[1].log, 0);
    }
}

/* --- Requests ------------------------------------------------------------ */

static void
test_data (void)
{
  g_autoptr (WirePair) pair = wire_make_pair ();
  uint16_t channel = wire_open_channel (pair, 0, 0);
  const ShoalRequestEntry entries[] = { { 7, WIRE_ZERO, 0, 6 }, { 8, WIRE_ZERO, 6, 1 } };
  ShoalMessage message = wire_request (channel, entries, 2);
  ShoalMessage reject = { SHOAL_MESSAGE_REJECT, channel, .reject = { 8, SHOAL_REJECT_NOT_HERE } };
  g_autoptr (GError) error = NULL;
  guint requests, leaves;

  wire_send_well (pair, 0, &message);
  wire_send_badly (pair, 0, &message, SHOAL_ERROR_INVALID);
  wire_pair_run (pair);
  shoal_session_get_load (pair->ends[1].session, wire_slot_of (pair, 1), FALSE, &requests, &leaves);
  g_assert_cmpuint (requests, ==, 2);
  g_assert_cmpuint (leaves, ==, 7);

  g_assert_false (wire_send_data (pair, 1, channel, 9, 0, 1, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_false (wire_send_data (pair, 1, channel, 7, 1, SHOAL_LEAF_SIZE, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (wire_send_data (pair, 1, channel, 7, 0, 1, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (wire_send_data (pair, 1, channel, 7, 0, 70000, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (wire_send_data (pair, 1, channel, 8, 0, SHOAL_LEAF_SIZE + 1, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);

  g_assert_true (wire_send_data (pair, 1, channel, 7, 0, SHOAL_MAX_DATA_PAYLOAD, NULL));
  g_assert_true (wire_send_data (pair, 1, channel, 7, 4, SHOAL_LEAF_SIZE + 1, NULL));
  wire_send_well (pair, 1, &reject);
  wire_send_badly (pair, 1, &reject, SHOAL_ERROR_CLOSED);
  wire_pair_run (pair);
  wire_assert_log (pair, 0, "DATA 0; DATA 0; REJECT 0; ");
  shoal_session_get_load (pair->ends[0].session, wire_slot_of (pair, 0), TRUE, &requests, &leaves);
  g_assert_cmpuint (requests, ==, 0);
  g_assert_cmpuint (leaves, ==, 0);
}

/* Control overtakes data in a link's queues: what still comes of a rejected
 * request is swallowed; what comes of a request never made is not. */
static void
test_late_data (void)
{
  g_autoptr (WirePair) pair = wire_make_pair ();
  uint16_t channel = wire_open_channel (pair, 0, 0);
  const ShoalRequestEntry entry = { 7, WIRE_ZERO, 0, 1 };
  ShoalMessage message = wire_request (channel, &entry, 1);
  ShoalMessage reject = { SHOAL_MESSAGE_REJECT, channel, .reject = { 7, SHOAL_REJECT_CANCELLED } };
  ShoalMessage data = { SHOAL_MESSAGE_DATA, channel, .data = { 7, 0, (const uint8_t *) "x", 1 } };

  wire_send_well (pair, 0, &message);
  wire_pair_run (pair);
  wire_send_well (pair, 1, &reject);
  wire_pair_run (pair);
  wire_assert_log (pair, 0, "REJECT 0; ");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GBytes) header = shoal_message_encode (&data, NULL);

      wire_socket_inject (&pair->ends[0].sockets[0], g_bytes_get_data (header, NULL),
                          g_bytes_get_size (header));
      wire_socket_inject (&pair->ends[0].sockets[0], "x", 1);
      wire_pair_run (pair);
      if (i == 0)
        wire_assert_log (pair, 0, "");
      data.data.request = 8;
    }
  g_assert_error (pair->ends[0].dropped, SHOAL_ERROR, SHOAL_ERROR_PROTOCOL);
}

/* Those over the limit are rejected by the session, and come to nobody's ears. */
static void
test_busy (void)
{
  g_autoptr (WirePair) pair = wire_make_pair ();
  uint16_t channel = wire_open_channel (pair, 0, 0);
  ShoalRequestEntry entries[33];
  ShoalMessage message = wire_request (channel, entries, 32);
  ShoalMessage cancel = { SHOAL_MESSAGE_CANCEL, channel,
                          .cancel = { (const uint32_t[]){ 3, 99, 3, 4 }, 4 } };
  ShoalMessage close = { SHOAL_MESSAGE_CLOSE, channel };
  guint requests, leaves;

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    entries[i] = (ShoalRequestEntry){ i, WIRE_ZERO, i * 64, 64 };
  wire_send_well (pair, 0, &message);
  message = wire_request (channel, &entries[32], 1);
  wire_send_badly (pair, 0, &message, SHOAL_ERROR_BUSY);
  wire_pair_run (pair);
  wire_assert_log (pair, 1, "REQUEST 0; ");

  wire_socket_inject_message (&pair->ends[1].sockets[0], &message);
  wire_socket_deliver (&pair->ends[1].sockets[0], 0);
  wire_assert_log (pair, 1, "");
  /* Which the fetcher, who did not ask, takes amiss. */
  wire_pair_run (pair);
  g_assert_error (pair->ends[0].dropped, SHOAL_ERROR, SHOAL_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (pair->ends[0].dropped->message, "REJECT"));

  g_clear_pointer (&pair, wire_pair_free);
  pair = wire_make_pair ();
  wire_open_channel (pair, 0, 0);
  message = wire_request (channel, entries, 32);
  wire_send_well (pair, 0, &message);
  wire_pair_run (pair);
  g_string_truncate (pair->ends[1].log, 0);
  wire_send_well (pair, 0, &cancel);
  wire_send_well (pair, 0, &cancel);
  wire_pair_run (pair);
  wire_assert_log (pair, 1, "CANCEL 0; ");

  /* A channel that ends takes its requests off the books. */
  wire_send_well (pair, 0, &close);
  shoal_session_get_load (pair->ends[0].session, wire_slot_of (pair, 0), TRUE, &requests, &leaves);
  g_assert_cmpuint (requests + leaves, ==, 0);
  wire_pair_run (pair);
  for (guint side = 0; side < 2; side++)
    {
      shoal_session_get_load (pair->ends[side].session, wire_slot_of (pair, side), side == 0,
                              &requests, &leaves);
      g_assert_cmpuint (requests + leaves, ==, 0);
    }
}

static void
test_blobs_and_hashes (void)
{
  g_autoptr (WirePair) pair = wire_make_pair ();
  uint16_t channel = wire_open_channel (pair, 0, SHOAL_OPENED_DRAFT);
  ShoalMessage ask = { SHOAL_MESSAGE_BLOB_REQUEST, channel, .blob_request = { 0, 0, 100 } };
  ShoalMessage blob
      = { SHOAL_MESSAGE_BLOB, channel, .blob = { 0, 0, (const uint8_t *)WIRE_HASHES, 99 } };
  ShoalMessage roots = { SHOAL_MESSAGE_BLOB_REQUEST, channel, .blob_request = { 2, 0, 33 } };
  ShoalMessage rekey = { SHOAL_MESSAGE_REKEY, channel };
  ShoalMessage want
      = { SHOAL_MESSAGE_HASH_REQUEST, channel, .hash_request = { { WIRE_ZERO, 4, 0, 8 }, 2 } };
  ShoalMessage hashes
      = { SHOAL_MESSAGE_HASHES, channel, .hashes = { { WIRE_ZERO, 4, 0, 8 }, 3, WIRE_HASHES } };
  ShoalMessage push
      = { SHOAL_MESSAGE_HASHES, channel, .hashes = { { WIRE_ZERO, 0, 512, 300 }, 0, WIRE_HASHES } };
  ShoalMessage reject
      = { SHOAL_MESSAGE_HASH_REJECT, channel, .hash_reject = { { WIRE_ZERO, 4, 0, 8 } } };

  for (guint i = 0; i < SHOAL_MAX_BLOB_REQUESTS; i++)
    wire_send_well (pair, 0, &ask);
  wire_send_badly (pair, 0, &ask, SHOAL_ERROR_BUSY);
  wire_pair_run (pair);
  wire_send_badly (pair, 1, &blob, SHOAL_ERROR_CLOSED);
  blob.blob.size = 100;
  for (guint i = 0; i < SHOAL_MAX_BLOB_REQUESTS; i++)
    wire_send_well (pair, 1, &blob);
  wire_send_badly (pair, 1, &blob, SHOAL_ERROR_CLOSED);

  wire_send_badly (pair, 0, &roots, SHOAL_ERROR_INVALID);
  wire_send_well (pair, 1, &rekey);
  wire_send_badly (pair, 1, &rekey, SHOAL_ERROR_INVALID);
  wire_pair_run (pair);
  wire_send_well (pair, 0, &roots);

  wire_send_well (pair, 1, &push);
  for (guint i = 0; i < SHOAL_MAX_HASH_REQUESTS; i++)
    wire_send_well (pair, 0, &want);
  wire_send_badly (pair, 0, &want, SHOAL_ERROR_BUSY);
  wire_pair_run (pair);
  wire_send_badly (pair, 1, &hashes, SHOAL_ERROR_CLOSED);
  hashes.hashes.uncles = 2;
  for (guint i = 0; i + 1 < SHOAL_MAX_HASH_REQUESTS; i++)
    wire_send_well (pair, 1, &hashes);
  wire_send_well (pair, 1, &reject);
  wire_send_badly (pair, 1, &reject, SHOAL_ERROR_CLOSED);
  wire_pair_run (pair);
  g_assert_cmpuint (wire_end_count_slots (&pair->ends[0]), ==, 1);
  g_assert_cmpuint (wire_end_count_slots (&pair->ends[1]), ==, 1);
}

static void
test_lists (void)
{
  g_autoptr (WirePair) pair = wire_make_pair ();
  ShoalMessage ask = { SHOAL_MESSAGE_LIST_REQUEST, .list_request = { 5, 0 } };
  ShoalMessage list = { SHOAL_MESSAGE_LIST, .list = { 5 } };

  wire_send_badly (pair, 1, &list, SHOAL_ERROR_CLOSED);
  for (guint i = 0; i < SHOAL_MAX_LIST_REQUESTS; i++)
    wire_send_well (pair, 0, &ask);
  wire_send_badly (pair, 0, &ask, SHOAL_ERROR_BUSY);
  wire_pair_run (pair);
  wire_send_well (pair, 1, &list);
  wire_pair_run (pair);
  wire_assert_log (pair, 0, "LIST; ");

  for (guint i = 0; i < 2; i++)
    wire_socket_inject_message (&pair->ends[1].sockets[0], &ask);
  wire_pair_run (pair);
  g_assert_error (pair->ends[1].dropped, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
}

static void
test_send_illegal (void)
{
  g_autoptr (WirePair) pair = wire_make_pair ();
  const ShoalMessageType types[] = { SHOAL_MESSAGE_HELLO, SHOAL_MESSAGE_ADOPT, SHOAL_MESSAGE_PING,
                                     SHOAL_MESSAGE_GOODBYE, SHOAL_MESSAGE_OPEN,
                                     SHOAL_MESSAGE_DATA };
  ShoalMessage have = { SHOAL_MESSAGE_HAVE, .have = { 0, 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      ShoalMessage message = { types[i] };

      wire_send_badly (pair, 0, &message, SHOAL_ERROR_INVALID);
    }
  wire_send_badly (pair, 0, &have, SHOAL_ERROR_CLOSED);
  have.channel = wire_open_channel (pair, 1, 0);
  g_assert_false (shoal_session_send (pair->ends[0].session, 0, &have, NULL));
  g_assert_false (shoal_session_send (pair->ends[0].session, 77, &have, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wire_be_quiet ();

  g_test_add_func ("/wire/channels/close", test_close);
  g_test_add_func ("/wire/channels/refused", test_refused);
  g_test_add_func ("/wire/channels/channel-limit", test_channel_limit);
  g_test_add_func ("/wire/channels/numbers-wrap", test_numbers_wrap);
  g_test_add_func ("/wire/channels/data", test_data);
  g_test_add_func ("/wire/channels/late-data", test_late_data);
  g_test_add_func ("/wire/channels/busy", test_busy);
  g_test_add_func ("/wire/channels/blobs-and-hashes", test_blobs_and_hashes);
  g_test_add_func ("/wire/channels/lists", test_lists);
  g_test_add_func ("/wire/channels/send-illegal", test_send_illegal);
  return g_test_run ();
}
