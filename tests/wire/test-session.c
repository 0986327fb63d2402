/* test-session.c: one link: what is legal when, channels, and handlers that bite.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-bytes.h"
#include "shoal-error.h"
#include "wire-pair.h"
#include "wire-samples.h"

#define LEADER 0
#define FOLLOWER 1

static const ShoalHash ZERO = { { 0 } };

static WirePair *
make_pair (void)
{
  WirePair *pair = wire_pair_new ();

  wire_pair_link (pair, 0, 0);
  wire_pair_run (pair);
  g_string_truncate (pair->ends[0].log, 0);
  g_string_truncate (pair->ends[1].log, 0);
  return pair;
}

static guint
slot_of (const WirePair *pair, guint side)
{
  return pair->ends[side].sockets[0].slot;
}

static gboolean
send (WirePair *pair, guint side, const ShoalMessage *message, GError **error)
{
  return shoal_session_send (pair->ends[side].session, slot_of (pair, side), message, error);
}

static void
send_well (WirePair *pair, guint side, const ShoalMessage *message)
{
  g_autoptr (GError) error = NULL;

  send (pair, side, message, &error);
  g_assert_no_error (error);
}

static void
send_badly (WirePair *pair, guint side, const ShoalMessage *message, ShoalErrorCode code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (send (pair, side, message, &error));
  g_assert_error (error, SHOAL_ERROR, (int) code);
  g_assert_cmpint (shoal_error_get_side (error), ==, SHOAL_SIDE_HERE);
}

static uint16_t
open_channel (WirePair *pair, guint fetcher, uint8_t flags)
{
  ShoalMessage opened = { SHOAL_MESSAGE_OPENED, .opened = { ZERO, flags, 100000, 10, ZERO } };
  g_autoptr (GError) error = NULL;

  shoal_session_open (pair->ends[fetcher].session, slot_of (pair, fetcher), &ZERO, 0,
                      &opened.channel, &error);
  g_assert_no_error (error);
  wire_pair_run (pair);
  send_well (pair, 1 - fetcher, &opened);
  wire_pair_run (pair);
  g_string_truncate (pair->ends[0].log, 0);
  g_string_truncate (pair->ends[1].log, 0);
  return opened.channel;
}

static gboolean
send_data (WirePair *pair, guint side, uint16_t channel, uint32_t request, uint32_t offset,
           size_t size, GError **error)
{
  g_autoptr (GBytes) payload = g_bytes_new_take (g_malloc0 (MAX (size, 1)), size);

  return shoal_session_send_data (pair->ends[side].session, slot_of (pair, side), channel, request,
                                  offset, payload, error);
}

static void
assert_log (WirePair *pair, guint side, const char *log)
{
  g_assert_cmpstr (pair->ends[side].log->str, ==, log);
  g_string_truncate (pair->ends[side].log, 0);
}

static ShoalChannelState
channel_state (WirePair *pair, guint side, gboolean ours, uint16_t channel)
{
  return shoal_session_get_channel (pair->ends[side].session, slot_of (pair, side), ours, channel);
}

/* --- Refusals ------------------------------------------------------------ */

typedef enum
{
  STAGE_GREETING,
  STAGE_REVEALING,
  STAGE_USABLE,
  STAGE_ADOPTED,
  STAGE_CHANNELS, /* 0: ours, open; 1: ours, opening; 0: theirs, open; 1: theirs, opening */
  STAGE_DRAFT,    /* 0: ours, open on a draft */
} Stage;

/* @side has got that far; the other is silent from then on. */
static WirePair *
make_stage (Stage stage, guint side)
{
  WirePair *pair = wire_pair_new ();
  WireSocket *socket = &pair->ends[side].sockets[0];
  WireSocket *other = &pair->ends[1 - side].sockets[0];
  uint16_t channel;

  if (stage == STAGE_GREETING)
    {
      wire_end_attach (&pair->ends[side], 0, 0);
      return pair;
    }

  wire_pair_link (pair, 0, 0);
  wire_socket_deliver (socket, 0);
  if (stage >= STAGE_USABLE)
    {
      wire_socket_deliver (other, 0);
      wire_socket_deliver (socket, 0);
    }
  if (stage >= STAGE_ADOPTED)
    wire_pair_run (pair);
  if (stage == STAGE_DRAFT)
    open_channel (pair, side, SHOAL_OPENED_DRAFT);
  if (stage == STAGE_CHANNELS)
    {
      for (guint i = 0; i < 2; i++)
        {
          guint fetcher = i == 0 ? side : 1 - side;

          open_channel (pair, fetcher, 0);
          shoal_session_open (pair->ends[fetcher].session, slot_of (pair, fetcher), &ZERO, 0,
                              &channel, NULL);
        }
      wire_pair_run (pair);
    }
  g_byte_array_set_size (socket->inbox, 0);
  g_string_truncate (pair->ends[side].log, 0);
  return pair;
}

static const ShoalHash HASHES[520];

/* One message that ends the link, by stage. */
static const struct
{
  Stage          stage;
  guint          side;
  ShoalErrorCode code;
  ShoalMessage   message;
} REFUSALS[] = {
  { STAGE_GREETING, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REVEAL } },
  { STAGE_GREETING, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PING } },
  { STAGE_GREETING, FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_ADOPT } },
  { STAGE_GREETING, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PROFILE } },
  { STAGE_GREETING, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_OPEN } },
  { STAGE_GREETING, LEADER, SHOAL_ERROR_VERSION, { SHOAL_MESSAGE_HELLO } },
  { STAGE_GREETING, LEADER, SHOAL_ERROR_REFUSED, { SHOAL_MESSAGE_GOODBYE, .goodbye = { 4, "" } } },
  { STAGE_REVEALING, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_HELLO, .hello = { 1 } } },
  { STAGE_REVEALING, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REVEAL } },
  { STAGE_REVEALING, FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_ADOPT } },
  { STAGE_REVEALING, FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_DROP } },
  { STAGE_REVEALING, FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PING } },
  { STAGE_USABLE, FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REVEAL } },
  { STAGE_USABLE, FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PROFILE } },
  { STAGE_USABLE, FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_OPEN } },
  { STAGE_USABLE, FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PONG, .ping = { 1 } } },
  { STAGE_USABLE, FOLLOWER, SHOAL_ERROR_CLOSED, { SHOAL_MESSAGE_DROP } },
  { STAGE_ADOPTED, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_ADOPT } },
  { STAGE_ADOPTED, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_DROP } },
  { STAGE_ADOPTED, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_HELLO, .hello = { 1 } } },
  { STAGE_ADOPTED, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REVEAL } },
  { STAGE_ADOPTED, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PONG, .ping = { 1 } } },
  { STAGE_ADOPTED, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PONG, .ping = { 0 } } },
  { STAGE_ADOPTED, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_LIST } },
  { STAGE_ADOPTED, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_OPENED } },
  { STAGE_ADOPTED, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REFUSED } },
  { STAGE_ADOPTED, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_CLOSE } },
  { STAGE_ADOPTED, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_CLOSE, .close = { 1 } } },
  { STAGE_ADOPTED, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_HAVE, .have = { 0, 1 } } },
  { STAGE_ADOPTED, LEADER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_DATA, .data = { 0, 0, (const uint8_t *) "x", 1 } } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_OPEN, 0 } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_OPEN, 1 } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_OPENED, 0 } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REFUSED, 0 } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_CLOSE, 2 } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_HAVE, 1, .have = { 0, 1 } } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_CHANGED, 1 } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REKEY, 0 } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REJECT, 0 } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_BLOB, 0, .blob = { 0, 0, (const uint8_t *) "x", 1 } } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_HASHES, 0, .hashes = { { ZERO, 0, 0, 1 }, 0, HASHES } } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_HASH_REJECT, 0, .hash_reject = { { ZERO, 0, 0, 1 } } } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_DATA, 0, .data = { 0, 0, (const uint8_t *) "x", 1 } } },
  /* Requests of theirs. */
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_BLOB_REQUEST, 0, .blob_request = { 0, 99999, 2 } } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_BLOB_REQUEST, 0, .blob_request = { 1, 0, 11 } } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_BLOB_REQUEST, 0, .blob_request = { 2, 0, 1 } } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_BLOB_REQUEST, 1, .blob_request = { 0, 0, 1 } } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_CANCEL, 1, .cancel = { (const uint32_t[]){ 1 }, 1 } } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_REQUEST, 1,
      .request = { (const ShoalRequestEntry[]){ { 1, { { 0 } }, 0, 1 } }, 1 } } },
  { STAGE_CHANNELS, LEADER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_REQUEST, 0,
      .request = { (const ShoalRequestEntry[]){ { 1, { { 0 } }, 0, 1 }, { 1, { { 0 } }, 5, 1 } },
                   2 } } },
  /* Pushed hashes that are not a group. */
  { STAGE_DRAFT, FOLLOWER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_HASHES, 0, .hashes = { { ZERO, 0, 256, 256 }, 0, HASHES } } },
  { STAGE_DRAFT, FOLLOWER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_HASHES, 0, .hashes = { { ZERO, 1, 0, 512 }, 0, HASHES } } },
  { STAGE_DRAFT, FOLLOWER, SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_HASHES, 0, .hashes = { { ZERO, 0, 0, 512 }, 1, HASHES } } },
};

static void
test_refusals (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (REFUSALS); i++)
    {
      g_autoptr (WirePair) pair = make_stage (REFUSALS[i].stage, REFUSALS[i].side);
      WireEnd *end = &pair->ends[REFUSALS[i].side];
      const char *name = shoal_message_type_get_name ((uint8_t) REFUSALS[i].message.type);

      g_test_message ("%u: %s", i, name);
      wire_socket_inject_message (&end->sockets[0], &REFUSALS[i].message);
      wire_socket_deliver (&end->sockets[0], G_MAXSIZE);

      g_assert_cmpuint (end->sockets[0].drops, ==, 1);
      g_assert_error (end->dropped, SHOAL_ERROR, (int) REFUSALS[i].code);
      if (REFUSALS[i].code == SHOAL_ERROR_PROTOCOL)
        {
          g_assert_cmpint (shoal_error_get_side (end->dropped), ==, SHOAL_SIDE_THERE);
          g_assert_nonnull (strstr (end->dropped->message, name));
        }
      g_assert_nonnull (strstr (end->log->str, "drop"));
      g_assert_cmpuint (wire_end_count_slots (end), ==, 0);

      /* The other side is told why. */
      if (REFUSALS[i].stage == STAGE_CHANNELS)
        {
          wire_pair_run (pair);
          g_assert_error (pair->ends[1 - end->side].dropped, SHOAL_ERROR, SHOAL_ERROR_PROTOCOL);
          g_assert_cmpint (shoal_error_get_side (pair->ends[1 - end->side].dropped), ==,
                           SHOAL_SIDE_HERE);
        }
    }
}

/* Headers alone are refused: nothing is kept for what cannot be. */
static void
test_headers (void)
{
  static const struct
  {
    Stage          stage;
    ShoalErrorCode code;
    uint32_t       length;
    uint8_t        type;
  } cases[] = {
    { STAGE_GREETING, SHOAL_ERROR_PROTOCOL, 0, SHOAL_MESSAGE_HELLO },
    { STAGE_GREETING, SHOAL_ERROR_PROTOCOL, 10, SHOAL_MESSAGE_HELLO },
    { STAGE_GREETING, SHOAL_ERROR_LIMIT, 1026, SHOAL_MESSAGE_HELLO },
    { STAGE_GREETING, SHOAL_ERROR_PROTOCOL, 65547, SHOAL_MESSAGE_DATA },
    { STAGE_GREETING, SHOAL_ERROR_LIMIT, G_MAXUINT32, SHOAL_MESSAGE_HELLO },
    { STAGE_GREETING, SHOAL_ERROR_PROTOCOL, 5, 0x00 },
    { STAGE_GREETING, SHOAL_ERROR_PROTOCOL, 5, 0x08 },
    { STAGE_GREETING, SHOAL_ERROR_PROTOCOL, 5, 0x7f },
    { STAGE_GREETING, SHOAL_ERROR_LIMIT, 65537, 0x80 },
    { STAGE_ADOPTED, SHOAL_ERROR_LIMIT, 65548, SHOAL_MESSAGE_DATA },
    { STAGE_ADOPTED, SHOAL_ERROR_PROTOCOL, 11, SHOAL_MESSAGE_DATA },
    { STAGE_ADOPTED, SHOAL_ERROR_LIMIT, 65537, SHOAL_MESSAGE_LIST },
    { STAGE_ADOPTED, SHOAL_ERROR_LIMIT, 300000, SHOAL_MESSAGE_HASHES },
    { STAGE_ADOPTED, SHOAL_ERROR_LIMIT, 10, SHOAL_MESSAGE_PING },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WirePair) pair = make_stage (cases[i].stage, LEADER);
      WireEnd *end = &pair->ends[LEADER];
      uint8_t header[5];

      shoal_put_u32 (header, cases[i].length);
      header[4] = cases[i].type;
      wire_socket_inject (&end->sockets[0], header, sizeof header);
      wire_socket_deliver (&end->sockets[0], G_MAXSIZE);
      g_assert_cmpuint (end->sockets[0].drops, ==, 1);
      g_assert_error (end->dropped, SHOAL_ERROR, (int) cases[i].code);
    }
}

/* Types of the future are skipped, at any time. */
static void
test_skipped (void)
{
  g_autoptr (WirePair) pair = make_pair ();
  static const uint8_t frame[] = { 0, 0, 0, 4, 0xf0, 1, 2, 3, 0, 0, 0, 1, 0x80 };

  wire_socket_inject (&pair->ends[0].sockets[0], frame, sizeof frame);
  pair->chunk = 2;
  wire_end_say (&pair->ends[1]);
  wire_pair_run (pair);
  assert_log (pair, 0, "PROFILE; ");
}

/* --- Channels ------------------------------------------------------------ */

static void
test_close (void)
{
  ShoalMessage close = { SHOAL_MESSAGE_CLOSE };
  ShoalMessage have = { SHOAL_MESSAGE_HAVE, .have = { 0, 1 } };

  for (guint who = 0; who < 3; who++) /* fetcher, server, both at once */
    {
      g_autoptr (WirePair) pair = make_pair ();

      have.channel = close.channel = open_channel (pair, 0, 0);
      if (who != 1)
        {
          close.close.side = 0;
          send_well (pair, 0, &close);
          send_badly (pair, 0, &close, SHOAL_ERROR_CLOSED);
          g_assert_cmpint (channel_state (pair, 0, TRUE, close.channel), ==,
                           SHOAL_CHANNEL_STATE_CLOSING);
        }
      send_well (pair, 1, &have);
      if (who != 0)
        {
          close.close.side = 1;
          send_well (pair, 1, &close);
          send_badly (pair, 1, &have, SHOAL_ERROR_CLOSED);
        }
      wire_pair_run (pair);
      g_assert_cmpint (channel_state (pair, 0, TRUE, close.channel), ==, SHOAL_CHANNEL_STATE_NONE);
      g_assert_cmpint (channel_state (pair, 1, FALSE, close.channel), ==, SHOAL_CHANNEL_STATE_NONE);
      assert_log (pair, 0, who == 1 ? "HAVE 0; CLOSE 0; " : "");
      assert_log (pair, 1, who == 0 ? "CLOSE 0; " : "");
      g_assert_cmpuint (wire_end_count_slots (&pair->ends[0]), ==, 1);
    }
}

static void
test_refused (void)
{
  g_autoptr (WirePair) pair = make_pair ();
  ShoalMessage refused = { SHOAL_MESSAGE_REFUSED };
  ShoalMessage close = { SHOAL_MESSAGE_CLOSE };

  g_assert_true (shoal_session_open (pair->ends[1].session, slot_of (pair, 1), &ZERO, 0,
                                     &refused.channel, NULL));
  wire_pair_run (pair);
  assert_log (pair, 0, "OPEN 0; ");
  send_well (pair, 0, &refused);
  wire_pair_run (pair);
  assert_log (pair, 1, "REFUSED 0; ");
  g_assert_cmpint (channel_state (pair, 0, FALSE, 0), ==, SHOAL_CHANNEL_STATE_NONE);

  /* REFUSED crosses CLOSE. */
  g_assert_true (shoal_session_open (pair->ends[1].session, slot_of (pair, 1), &ZERO, 0,
                                     &refused.channel, NULL));
  g_assert_cmpuint (refused.channel, ==, 1);
  wire_pair_run (pair);
  close.channel = refused.channel;
  send_well (pair, 1, &close);
  send_well (pair, 0, &refused);
  wire_pair_run (pair);
  assert_log (pair, 0, "OPEN 1; ");
  assert_log (pair, 1, "");
  g_assert_cmpint (channel_state (pair, 0, FALSE, 1), ==, SHOAL_CHANNEL_STATE_NONE);
  g_assert_cmpint (channel_state (pair, 1, TRUE, 1), ==, SHOAL_CHANNEL_STATE_NONE);
}

static void
test_channel_limit (void)
{
  g_autoptr (WirePair) pair = make_pair ();
  g_autoptr (GError) error = NULL;
  ShoalMessage open = { SHOAL_MESSAGE_OPEN, 0xfff0 };
  uint16_t channel;

  for (guint i = 0; i < SHOAL_MAX_CHANNELS; i++)
    g_assert_true (shoal_session_open (pair->ends[0].session, slot_of (pair, 0), &ZERO, 0, &channel,
                                       NULL));
  g_assert_false (shoal_session_open (pair->ends[0].session, slot_of (pair, 0), &ZERO, 0, &channel,
                                      &error));
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
  g_autoptr (WirePair) pair = make_pair ();
  uint16_t kept = open_channel (pair, 0, 0);
  ShoalMessage close = { SHOAL_MESSAGE_CLOSE };

  for (guint i = 0; i < G_MAXUINT16 + 10; i++)
    {
      g_assert_true (shoal_session_open (pair->ends[0].session, slot_of (pair, 0), &ZERO, 0,
                                         &close.channel, NULL));
      g_assert_cmpuint (close.channel, !=, kept);
      send_well (pair, 0, &close);
      wire_pair_run (pair);
      g_string_truncate (pair->ends[1].log, 0);
    }
}

/* --- Requests ------------------------------------------------------------ */

static ShoalMessage
request (uint16_t channel, const ShoalRequestEntry *entries, guint n_entries)
{
  return (ShoalMessage){ SHOAL_MESSAGE_REQUEST, channel, .request = { entries, n_entries } };
}

static void
test_data (void)
{
  g_autoptr (WirePair) pair = make_pair ();
  uint16_t channel = open_channel (pair, 0, 0);
  const ShoalRequestEntry entries[] = { { 7, ZERO, 0, 6 }, { 8, ZERO, 6, 1 } };
  ShoalMessage message = request (channel, entries, 2);
  ShoalMessage reject = { SHOAL_MESSAGE_REJECT, channel, .reject = { 8, SHOAL_REJECT_NOT_HERE } };
  g_autoptr (GError) error = NULL;
  guint requests, leaves;

  send_well (pair, 0, &message);
  send_badly (pair, 0, &message, SHOAL_ERROR_INVALID);
  wire_pair_run (pair);
  shoal_session_get_load (pair->ends[1].session, slot_of (pair, 1), FALSE, &requests, &leaves);
  g_assert_cmpuint (requests, ==, 2);
  g_assert_cmpuint (leaves, ==, 7);

  g_assert_false (send_data (pair, 1, channel, 9, 0, 1, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_false (send_data (pair, 1, channel, 7, 1, 1, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (send_data (pair, 1, channel, 7, 0, 1, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (send_data (pair, 1, channel, 7, 0, 70000, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (send_data (pair, 1, channel, 8, 0, SHOAL_LEAF_SIZE + 1, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);

  g_assert_true (send_data (pair, 1, channel, 7, 0, SHOAL_MAX_DATA_PAYLOAD, NULL));
  g_assert_true (send_data (pair, 1, channel, 7, 4, SHOAL_LEAF_SIZE + 1, NULL));
  send_well (pair, 1, &reject);
  send_badly (pair, 1, &reject, SHOAL_ERROR_CLOSED);
  wire_pair_run (pair);
  assert_log (pair, 0, "DATA 0; DATA 0; REJECT 0; ");
  shoal_session_get_load (pair->ends[0].session, slot_of (pair, 0), TRUE, &requests, &leaves);
  g_assert_cmpuint (requests, ==, 0);
  g_assert_cmpuint (leaves, ==, 0);
}

/* Those over the limit are rejected by the session, and come to nobody's ears. */
static void
test_busy (void)
{
  g_autoptr (WirePair) pair = make_pair ();
  uint16_t channel = open_channel (pair, 0, 0);
  ShoalRequestEntry entries[33];
  ShoalMessage message = request (channel, entries, 32);
  ShoalMessage cancel = { SHOAL_MESSAGE_CANCEL, channel,
                          .cancel = { (const uint32_t[]){ 3, 99, 3, 4 }, 4 } };
  ShoalMessage close = { SHOAL_MESSAGE_CLOSE, channel };
  guint requests, leaves;

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    entries[i] = (ShoalRequestEntry){ i, ZERO, i * 64, 64 };
  send_well (pair, 0, &message);
  message = request (channel, &entries[32], 1);
  send_badly (pair, 0, &message, SHOAL_ERROR_BUSY);
  wire_pair_run (pair);
  assert_log (pair, 1, "REQUEST 0; ");

  wire_socket_inject_message (&pair->ends[1].sockets[0], &message);
  wire_socket_deliver (&pair->ends[1].sockets[0], 0);
  assert_log (pair, 1, "");
  /* Which the fetcher, who did not ask, takes amiss. */
  wire_pair_run (pair);
  g_assert_error (pair->ends[0].dropped, SHOAL_ERROR, SHOAL_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (pair->ends[0].dropped->message, "REJECT"));

  g_clear_pointer (&pair, wire_pair_free);
  pair = make_pair ();
  open_channel (pair, 0, 0);
  message = request (channel, entries, 32);
  send_well (pair, 0, &message);
  wire_pair_run (pair);
  g_string_truncate (pair->ends[1].log, 0);
  send_well (pair, 0, &cancel);
  send_well (pair, 0, &cancel);
  wire_pair_run (pair);
  assert_log (pair, 1, "CANCEL 0; ");

  /* A channel that ends takes its requests off the books. */
  send_well (pair, 0, &close);
  wire_pair_run (pair);
  for (guint side = 0; side < 2; side++)
    {
      shoal_session_get_load (pair->ends[side].session, slot_of (pair, side), side == 0, &requests,
                              &leaves);
      g_assert_cmpuint (requests + leaves, ==, 0);
    }
}

static void
test_blobs_and_hashes (void)
{
  g_autoptr (WirePair) pair = make_pair ();
  uint16_t channel = open_channel (pair, 0, SHOAL_OPENED_DRAFT);
  ShoalMessage ask = { SHOAL_MESSAGE_BLOB_REQUEST, channel, .blob_request = { 0, 0, 100 } };
  ShoalMessage blob = { SHOAL_MESSAGE_BLOB, channel, .blob = { 0, 0, (const uint8_t *) HASHES, 99 } };
  ShoalMessage roots = { SHOAL_MESSAGE_BLOB_REQUEST, channel, .blob_request = { 2, 0, 33 } };
  ShoalMessage rekey = { SHOAL_MESSAGE_REKEY, channel };
  ShoalMessage want = { SHOAL_MESSAGE_HASH_REQUEST, channel, .hash_request = { { ZERO, 4, 0, 8 }, 2 } };
  ShoalMessage hashes = { SHOAL_MESSAGE_HASHES, channel, .hashes = { { ZERO, 4, 0, 8 }, 3, HASHES } };
  ShoalMessage push = { SHOAL_MESSAGE_HASHES, channel, .hashes = { { ZERO, 0, 512, 300 }, 0, HASHES } };
  ShoalMessage reject = { SHOAL_MESSAGE_HASH_REJECT, channel, .hash_reject = { { ZERO, 4, 0, 8 } } };

  for (guint i = 0; i < SHOAL_MAX_BLOB_REQUESTS; i++)
    send_well (pair, 0, &ask);
  send_badly (pair, 0, &ask, SHOAL_ERROR_BUSY);
  wire_pair_run (pair);
  send_badly (pair, 1, &blob, SHOAL_ERROR_CLOSED);
  blob.blob.size = 100;
  for (guint i = 0; i < SHOAL_MAX_BLOB_REQUESTS; i++)
    send_well (pair, 1, &blob);
  send_badly (pair, 1, &blob, SHOAL_ERROR_CLOSED);

  send_badly (pair, 0, &roots, SHOAL_ERROR_INVALID);
  send_well (pair, 1, &rekey);
  send_badly (pair, 1, &rekey, SHOAL_ERROR_INVALID);
  wire_pair_run (pair);
  send_well (pair, 0, &roots);

  send_well (pair, 1, &push);
  for (guint i = 0; i < SHOAL_MAX_HASH_REQUESTS; i++)
    send_well (pair, 0, &want);
  send_badly (pair, 0, &want, SHOAL_ERROR_BUSY);
  wire_pair_run (pair);
  send_badly (pair, 1, &hashes, SHOAL_ERROR_CLOSED);
  hashes.hashes.uncles = 2;
  for (guint i = 0; i + 1 < SHOAL_MAX_HASH_REQUESTS; i++)
    send_well (pair, 1, &hashes);
  send_well (pair, 1, &reject);
  send_badly (pair, 1, &reject, SHOAL_ERROR_CLOSED);
  wire_pair_run (pair);
  g_assert_cmpuint (wire_end_count_slots (&pair->ends[0]), ==, 1);
  g_assert_cmpuint (wire_end_count_slots (&pair->ends[1]), ==, 1);
}

static void
test_lists (void)
{
  g_autoptr (WirePair) pair = make_pair ();
  ShoalMessage ask = { SHOAL_MESSAGE_LIST_REQUEST, .list_request = { 5, 0 } };
  ShoalMessage list = { SHOAL_MESSAGE_LIST, .list = { 5 } };

  send_badly (pair, 1, &list, SHOAL_ERROR_CLOSED);
  for (guint i = 0; i < SHOAL_MAX_LIST_REQUESTS; i++)
    send_well (pair, 0, &ask);
  send_badly (pair, 0, &ask, SHOAL_ERROR_BUSY);
  wire_pair_run (pair);
  send_well (pair, 1, &list);
  wire_pair_run (pair);
  assert_log (pair, 0, "LIST; ");

  for (guint i = 0; i < 2; i++)
    wire_socket_inject_message (&pair->ends[1].sockets[0], &ask);
  wire_pair_run (pair);
  g_assert_error (pair->ends[1].dropped, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
}

static void
test_send_illegal (void)
{
  g_autoptr (WirePair) pair = make_pair ();
  const ShoalMessageType types[] = { SHOAL_MESSAGE_HELLO, SHOAL_MESSAGE_ADOPT, SHOAL_MESSAGE_PING,
                                     SHOAL_MESSAGE_GOODBYE, SHOAL_MESSAGE_OPEN,
                                     SHOAL_MESSAGE_DATA };
  ShoalMessage have = { SHOAL_MESSAGE_HAVE, .have = { 0, 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      ShoalMessage message = { types[i] };

      send_badly (pair, 0, &message, SHOAL_ERROR_INVALID);
    }
  send_badly (pair, 0, &have, SHOAL_ERROR_CLOSED);
  g_assert_false (shoal_session_send (pair->ends[0].session, 0, &have, NULL));
  g_assert_false (shoal_session_send (pair->ends[0].session, 77, &have, NULL));
}

/* --- Streams ------------------------------------------------------------- */

static void
test_streams (void)
{
  g_autoptr (WirePair) pair = make_pair ();
  uint16_t channel = open_channel (pair, 0, 0);
  ShoalRequestEntry entry = { 1, ZERO, 0, 64 };
  ShoalMessage message = request (channel, &entry, 1);
  ShoalSession *session = pair->ends[0].session;
  guint slot = slot_of (pair, 0);
  g_autoptr (GByteArray) frame = NULL;
  g_autofree uint8_t *payload = g_malloc0 (SHOAL_LEAF_SIZE);
  ShoalMessage data = { SHOAL_MESSAGE_DATA, channel, .data = { 1, 0, payload, SHOAL_LEAF_SIZE } };

  send_well (pair, 0, &message);
  frame = wire_sample_frame (&data);
  for (guint i = 0; i < frame->len; i++)
    g_assert_true (shoal_session_receive (session, slot, 5, frame->data + i, 1, pair->now));
  assert_log (pair, 0, "DATA 0; ");

  /* Half frames on as many streams as may be, and one more. */
  for (guint i = 1; i <= 64; i++)
    g_assert_true (shoal_session_receive (session, slot, i, frame->data, 100, pair->now));
  g_assert_false (shoal_session_receive (session, slot, 65, frame->data, 100, pair->now));
  g_assert_error (pair->ends[0].dropped, SHOAL_ERROR, SHOAL_ERROR_LIMIT);

  g_clear_pointer (&pair, wire_pair_free);
  pair = make_pair ();
  g_byte_array_unref (frame);
  message = (ShoalMessage){ SHOAL_MESSAGE_PROFILE };
  frame = wire_sample_frame (&message);
  g_assert_false (shoal_session_receive (pair->ends[0].session, slot_of (pair, 0), 1, frame->data,
                                         frame->len, pair->now));
  g_assert_error (pair->ends[0].dropped, SHOAL_ERROR, SHOAL_ERROR_PROTOCOL);
}

/* --- Chunks -------------------------------------------------------------- */

static void
talk (WirePair *pair)
{
  uint16_t channel = open_channel (pair, 0, SHOAL_OPENED_DRAFT);
  const ShoalRequestEntry entries[] = { { 7, ZERO, 0, 64 }, { 8, ZERO, 64, 1 } };
  ShoalMessage message = request (channel, entries, 2);
  ShoalMessage hashes = { SHOAL_MESSAGE_HASHES, channel, .hashes = { { ZERO, 0, 0, 512 }, 0, HASHES } };

  send_well (pair, 0, &message);
  wire_end_say (&pair->ends[0]);
  wire_pair_run (pair);
  send_well (pair, 1, &hashes);
  for (guint i = 0; i < 3; i++)
    send_data (pair, 1, channel, 7, i * 4, SHOAL_MAX_DATA_PAYLOAD, NULL);
  wire_end_say (&pair->ends[1]);
  send_data (pair, 1, channel, 8, 0, 5, NULL);
  shoal_session_close (pair->ends[1].session, 0, SHOAL_GOODBYE_LEAVING, NULL);
  wire_pair_run (pair);
}

static void
test_chunks (void)
{
  for (guint round = 0; round < 20; round++)
    {
      g_autoptr (WirePair) pair = wire_pair_new ();

      pair->chunk = round == 0 ? 0 : round == 1 ? 1 : G_MAXUINT;
      wire_pair_link (pair, 0, 0);
      wire_pair_run (pair);
      talk (pair);
      assert_log (pair, 0, "HASHES 0; DATA 0; DATA 0; DATA 0; PROFILE; DATA 0; drop closed; "
                           "primary gone; ");
      assert_log (pair, 1, "REQUEST 0; PROFILE; drop closed; primary gone; ");
    }
}

/* What is kept of DATA is the very buffer if the frame had to be put together. */
static void
keep_payload (WireEnd *end, WireEvent event, guint slot, const ShoalMessage *message)
{
  if (event == WIRE_EVENT_MESSAGE && message->type == SHOAL_MESSAGE_DATA)
    {
      GBytes *kept = shoal_message_take (message, message->data.payload, message->data.size);

      g_ptr_array_add (end->hook_data, kept);
      g_assert_true ((g_bytes_get_data (kept, NULL) == message->data.payload)
                     == (end->pair->chunk != 0));
    }
}

static void
test_take (void)
{
  for (guint chunk = 0; chunk < 2; chunk++)
    {
      g_autoptr (WirePair) pair = wire_pair_new ();
      g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

      pair->ends[0].hook = keep_payload;
      pair->ends[0].hook_data = kept;
      wire_pair_link (pair, 0, 0);
      wire_pair_run (pair);
      pair->chunk = chunk * 7;
      talk (pair);
      g_assert_cmpuint (kept->len, ==, 4);
      g_assert_cmpuint (g_bytes_get_size (kept->pdata[0]), ==, SHOAL_MAX_DATA_PAYLOAD);
      g_assert_cmpuint (g_bytes_get_size (kept->pdata[3]), ==, 5);
    }
}

/* --- Handlers that call back --------------------------------------------- */

typedef enum
{
  BITE_FREE,
  BITE_DETACH,
  BITE_CLOSE_ALL,
  BITE_SAY,
  BITE_TICK,
  BITE_ATTACH,
  N_BITES,
} Bite;

typedef struct
{
  WireEvent event;
  Bite      bite;
  guint     skip; /* events of the kind to let pass */
  gboolean  bitten;
} Teeth;

static void
bite (WireEnd *end, WireEvent event, guint slot, const ShoalMessage *message)
{
  Teeth *teeth = end->hook_data;
  ShoalSession *session = end->session;

  if (event != teeth->event || teeth->bitten || teeth->skip-- > 0)
    return;

  teeth->bitten = TRUE;
  switch (teeth->bite)
    {
    case BITE_FREE:
      end->session = NULL;
      shoal_session_free (session);
      break;
    case BITE_DETACH:
      shoal_session_detach (session, slot, NULL);
      break;
    case BITE_CLOSE_ALL:
      shoal_session_close (session, 0, SHOAL_GOODBYE_LEAVING, NULL);
      break;
    case BITE_SAY:
      wire_end_say (end);
      break;
    case BITE_TICK:
      shoal_session_tick (session, end->pair->now + 100 * G_USEC_PER_SEC);
      break;
    case BITE_ATTACH:
      wire_end_attach (end, 4, 9);
      break;
    case N_BITES:
    default:
      g_assert_not_reached ();
    }
}

/* As talk(), but with an end that may be gone at any step. */
static void
talk_if_possible (WirePair *pair)
{
  ShoalMessage opened = { SHOAL_MESSAGE_OPENED, .opened = { ZERO, 0, 1, 1, ZERO } };
  ShoalMessage close = { SHOAL_MESSAGE_CLOSE };
  const ShoalRequestEntry entry = { 7, ZERO, 0, 8 };
  ShoalMessage message = request (0, &entry, 1);
  guint slots[2];

  for (guint stage = 0; stage < 6; stage++)
    {
      wire_pair_run (pair);
      for (guint side = 0; side < 2; side++)
        {
          if (pair->ends[side].session == NULL)
            return;
          slots[side] = shoal_session_get_primary (pair->ends[side].session);
        }

      if (stage == 0)
        shoal_session_open (pair->ends[0].session, slots[0], &ZERO, 0, &opened.channel, NULL);
      else if (stage == 1)
        shoal_session_send (pair->ends[1].session, slots[1], &opened, NULL);
      else if (stage == 2)
        shoal_session_send (pair->ends[0].session, slots[0], &message, NULL);
      else if (stage < 5)
        {
          g_autoptr (GBytes) payload = g_bytes_new_take (g_malloc0 (SHOAL_MAX_DATA_PAYLOAD),
                                                         SHOAL_MAX_DATA_PAYLOAD);

          shoal_session_send_data (pair->ends[1].session, slots[1], opened.channel, 7,
                                   (stage - 3) * 4, payload, NULL);
        }
      else
        shoal_session_send (pair->ends[0].session, slots[0], &close, NULL);
      message.channel = close.channel = opened.channel;
    }
}

static void
run_with_teeth (WireEvent event, Bite what, guint skip, guint side)
{
  g_autoptr (WirePair) pair = wire_pair_new ();
  Teeth teeth = { event, what, skip, FALSE };
  WireEnd *end = &pair->ends[side];

  end->hook = bite;
  end->hook_data = &teeth;
  wire_pair_link (pair, 0, 0);
  wire_pair_run (pair);
  if (end->session != NULL && wire_end_count_slots (end) == 1)
    wire_pair_link (pair, 1, side == 0 ? 1 : 0);
  wire_pair_run (pair);
  for (guint i = 0; i < 2; i++)
    {
      if (pair->ends[i].session != NULL)
        wire_end_say (&pair->ends[i]);
    }
  wire_pair_run (pair);
  talk_if_possible (pair);
  wire_pair_wait (pair, 20 * G_USEC_PER_SEC);

  for (guint i = 0; i < WIRE_MAX_LINKS; i++)
    g_assert_cmpuint (end->sockets[i].drops, <=, 1);
}

static void
test_reentry (void)
{
  for (guint event = 1; event < WIRE_N_EVENTS; event++)
    {
      for (guint what = 0; what < N_BITES; what++)
        {
          for (guint skip = 0; skip < 6; skip++)
            {
              run_with_teeth ((WireEvent) event, (Bite) what, skip, 0);
              run_with_teeth ((WireEvent) event, (Bite) what, skip, 1);
            }
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wire_be_quiet ();

  g_test_add_func ("/wire/session/refusals", test_refusals);
  g_test_add_func ("/wire/session/headers", test_headers);
  g_test_add_func ("/wire/session/skipped", test_skipped);
  g_test_add_func ("/wire/session/close", test_close);
  g_test_add_func ("/wire/session/refused", test_refused);
  g_test_add_func ("/wire/session/channel-limit", test_channel_limit);
  g_test_add_func ("/wire/session/numbers-wrap", test_numbers_wrap);
  g_test_add_func ("/wire/session/data", test_data);
  g_test_add_func ("/wire/session/busy", test_busy);
  g_test_add_func ("/wire/session/blobs-and-hashes", test_blobs_and_hashes);
  g_test_add_func ("/wire/session/lists", test_lists);
  g_test_add_func ("/wire/session/send-illegal", test_send_illegal);
  g_test_add_func ("/wire/session/streams", test_streams);
  g_test_add_func ("/wire/session/chunks", test_chunks);
  g_test_add_func ("/wire/session/take", test_take);
  g_test_add_func ("/wire/session/reentry", test_reentry);
  return g_test_run ();
}
