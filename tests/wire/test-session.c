/* test-session.c: one link: what is legal when, and handlers that bite.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-bytes.h"
#include "wire-samples.h"
#include "wire-talk.h"

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
    wire_open_channel (pair, side, SHOAL_OPENED_DRAFT);
  if (stage == STAGE_CHANNELS)
    {
      for (guint i = 0; i < 2; i++)
        {
          guint fetcher = i == 0 ? side : 1 - side;

          wire_open_channel (pair, fetcher, 0);
          shoal_session_open (pair->ends[fetcher].session, wire_slot_of (pair, fetcher), &WIRE_ZERO,
                              0, &channel, NULL);
        }
      wire_pair_run (pair);
    }
  g_byte_array_set_size (socket->inbox, 0);
  g_string_truncate (pair->ends[side].log, 0);
  return pair;
}

/* One message that ends the link, by stage. */
static const struct
{
  Stage          stage;
  guint          side;
  ShoalErrorCode code;
  ShoalMessage   message;
} REFUSALS[] = {
  { STAGE_GREETING, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REVEAL } },
  { STAGE_GREETING, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PING } },
  { STAGE_GREETING, WIRE_FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_ADOPT } },
  { STAGE_GREETING, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PROFILE } },
  { STAGE_GREETING, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_OPEN } },
  { STAGE_GREETING, WIRE_LEADER, SHOAL_ERROR_VERSION, { SHOAL_MESSAGE_HELLO } },
  { STAGE_GREETING,
    WIRE_LEADER,
    SHOAL_ERROR_REFUSED,
    { SHOAL_MESSAGE_GOODBYE, .goodbye = { 4, "" } } },
  { STAGE_REVEALING, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_HELLO, .hello = { 1 } } },
  { STAGE_REVEALING, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REVEAL } },
  { STAGE_REVEALING, WIRE_FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_ADOPT } },
  { STAGE_REVEALING, WIRE_FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_DROP } },
  { STAGE_REVEALING, WIRE_FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PING } },
  { STAGE_USABLE, WIRE_FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REVEAL } },
  { STAGE_USABLE, WIRE_FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PROFILE } },
  { STAGE_USABLE, WIRE_FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_OPEN } },
  { STAGE_USABLE, WIRE_FOLLOWER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PONG, .ping = { 1 } } },
  { STAGE_USABLE, WIRE_FOLLOWER, SHOAL_ERROR_CLOSED, { SHOAL_MESSAGE_DROP } },
  { STAGE_ADOPTED, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_ADOPT } },
  { STAGE_ADOPTED, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_DROP } },
  { STAGE_ADOPTED, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_HELLO, .hello = { 1 } } },
  { STAGE_ADOPTED, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REVEAL } },
  { STAGE_ADOPTED, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PONG, .ping = { 1 } } },
  { STAGE_ADOPTED, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_PONG, .ping = { 0 } } },
  { STAGE_ADOPTED, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_LIST } },
  { STAGE_ADOPTED, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_OPENED } },
  { STAGE_ADOPTED, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REFUSED } },
  { STAGE_ADOPTED, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_CLOSE } },
  { STAGE_ADOPTED, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_CLOSE, .close = { 1 } } },
  { STAGE_ADOPTED, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_HAVE, .have = { 0, 1 } } },
  { STAGE_ADOPTED,
    WIRE_LEADER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_DATA, .data = { 0, 0, (const uint8_t *)"x", 1 } } },
  { STAGE_CHANNELS, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_OPEN, 0 } },
  { STAGE_CHANNELS, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_OPEN, 1 } },
  { STAGE_CHANNELS, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_OPENED, 0 } },
  { STAGE_CHANNELS, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REFUSED, 0 } },
  { STAGE_CHANNELS, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_CLOSE, 2 } },
  { STAGE_CHANNELS,
    WIRE_LEADER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_HAVE, 1, .have = { 0, 1 } } },
  { STAGE_CHANNELS, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_CHANGED, 1 } },
  { STAGE_CHANNELS, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REKEY, 0 } },
  { STAGE_CHANNELS, WIRE_LEADER, SHOAL_ERROR_PROTOCOL, { SHOAL_MESSAGE_REJECT, 0 } },
  { STAGE_CHANNELS,
    WIRE_LEADER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_BLOB, 0, .blob = { 0, 0, (const uint8_t *)"x", 1 } } },
  { STAGE_CHANNELS,
    WIRE_LEADER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_HASHES, 0, .hashes = { { { { 0 } }, 0, 0, 1 }, 0, WIRE_HASHES } } },
  { STAGE_CHANNELS,
    WIRE_LEADER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_HASH_REJECT, 0, .hash_reject = { { { { 0 } }, 0, 0, 1 } } } },
  { STAGE_CHANNELS,
    WIRE_LEADER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_DATA, 0, .data = { 0, 0, (const uint8_t *)"x", 1 } } },
  /* Requests of theirs. */
  { STAGE_CHANNELS,
    WIRE_LEADER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_BLOB_REQUEST, 0, .blob_request = { 0, 99999, 2 } } },
  { STAGE_CHANNELS,
    WIRE_LEADER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_BLOB_REQUEST, 0, .blob_request = { 1, 0, 11 } } },
  { STAGE_CHANNELS,
    WIRE_LEADER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_BLOB_REQUEST, 0, .blob_request = { 2, 0, 1 } } },
  { STAGE_CHANNELS,
    WIRE_LEADER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_BLOB_REQUEST, 1, .blob_request = { 0, 0, 1 } } },
  { STAGE_CHANNELS,
    WIRE_LEADER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_CANCEL, 1, .cancel = { (const uint32_t[]){ 1 }, 1 } } },
  { STAGE_CHANNELS,
    WIRE_LEADER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_REQUEST, 1,
      .request = { (const ShoalRequestEntry[]){ { 1, { { 0 } }, 0, 1 } }, 1 } } },
  { STAGE_CHANNELS,
    WIRE_LEADER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_REQUEST, 0,
      .request
      = { (const ShoalRequestEntry[]){ { 1, { { 0 } }, 0, 1 }, { 1, { { 0 } }, 5, 1 } }, 2 } } },
  /* Pushed hashes that are not a group. */
  { STAGE_DRAFT,
    WIRE_FOLLOWER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_HASHES, 0, .hashes = { { { { 0 } }, 0, 256, 256 }, 0, WIRE_HASHES } } },
  { STAGE_DRAFT,
    WIRE_FOLLOWER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_HASHES, 0, .hashes = { { { { 0 } }, 1, 0, 512 }, 0, WIRE_HASHES } } },
  { STAGE_DRAFT,
    WIRE_FOLLOWER,
    SHOAL_ERROR_PROTOCOL,
    { SHOAL_MESSAGE_HASHES, 0, .hashes = { { { { 0 } }, 0, 0, 512 }, 1, WIRE_HASHES } } },
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
    { STAGE_REVEALING, SHOAL_ERROR_PROTOCOL, 65547, SHOAL_MESSAGE_DATA },
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
      g_autoptr (WirePair) pair = make_stage (cases[i].stage, WIRE_LEADER);
      WireEnd *end = &pair->ends[WIRE_LEADER];
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
  g_autoptr (WirePair) pair = wire_make_pair ();
  static const uint8_t frame[] = { 0, 0, 0, 4, 0xf0, 1, 2, 3, 0, 0, 0, 1, 0x80 };

  wire_socket_inject (&pair->ends[0].sockets[0], frame, sizeof frame);
  pair->chunk = 2;
  wire_end_say (&pair->ends[1]);
  wire_pair_run (pair);
  wire_assert_log (pair, 0, "PROFILE; ");
}

/* --- Streams ------------------------------------------------------------- */

static void
test_streams (void)
{
  g_autoptr (WirePair) pair = wire_make_pair ();
  uint16_t channel = wire_open_channel (pair, 0, 0);
  ShoalRequestEntry entry = { 1, WIRE_ZERO, 0, 64 };
  ShoalMessage message = wire_request (channel, &entry, 1);
  ShoalSession *session = pair->ends[0].session;
  guint slot = wire_slot_of (pair, 0);
  g_autoptr (GByteArray) frame = NULL;
  g_autofree uint8_t *payload = g_malloc0 (SHOAL_LEAF_SIZE);
  ShoalMessage data = { SHOAL_MESSAGE_DATA, channel, .data = { 1, 0, payload, SHOAL_LEAF_SIZE } };

  wire_send_well (pair, 0, &message);
  frame = wire_sample_frame (&data);
  for (guint i = 0; i < frame->len; i++)
    g_assert_true (shoal_session_receive (session, slot, 5, frame->data + i, 1, pair->now));
  wire_assert_log (pair, 0, "DATA 0; ");

  /* Half frames on as many streams as may be, and one more. */
  for (guint i = 1; i <= 64; i++)
    g_assert_true (shoal_session_receive (session, slot, i, frame->data, 100, pair->now));
  g_assert_false (shoal_session_receive (session, slot, 65, frame->data, 100, pair->now));
  g_assert_error (pair->ends[0].dropped, SHOAL_ERROR, SHOAL_ERROR_LIMIT);

  g_clear_pointer (&pair, wire_pair_free);
  pair = wire_make_pair ();
  g_byte_array_unref (frame);
  message = (ShoalMessage){ SHOAL_MESSAGE_PROFILE };
  frame = wire_sample_frame (&message);
  g_assert_false (shoal_session_receive (pair->ends[0].session, wire_slot_of (pair, 0), 1,
                                         frame->data, frame->len, pair->now));
  g_assert_error (pair->ends[0].dropped, SHOAL_ERROR, SHOAL_ERROR_PROTOCOL);
}

/* --- Chunks -------------------------------------------------------------- */

static void
test_chunks (void)
{
  for (guint round = 0; round < 20; round++)
    {
      g_autoptr (WirePair) pair = wire_pair_new ();

      pair->chunk = round == 0 ? 0 : round == 1 ? 1 : G_MAXUINT;
      wire_pair_link (pair, 0, 0);
      wire_pair_run (pair);
      wire_talk (pair);
      wire_assert_log (pair, 0, "HASHES 0; DATA 0; DATA 0; DATA 0; PROFILE; DATA 0; drop closed; "
                           "primary gone; ");
      wire_assert_log (pair, 1, "REQUEST 0; PROFILE; drop closed; primary gone; ");
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
      wire_talk (pair);
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
  ShoalMessage opened = { SHOAL_MESSAGE_OPENED, .opened = { WIRE_ZERO, 0, 1, 1, WIRE_ZERO } };
  ShoalMessage close = { SHOAL_MESSAGE_CLOSE };
  const ShoalRequestEntry entry = { 7, WIRE_ZERO, 0, 8 };
  ShoalMessage message = wire_request (0, &entry, 1);
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
        shoal_session_open (pair->ends[0].session, slots[0], &WIRE_ZERO, 0, &opened.channel, NULL);
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
  g_test_add_func ("/wire/session/streams", test_streams);
  g_test_add_func ("/wire/session/chunks", test_chunks);
  g_test_add_func ("/wire/session/take", test_take);
  g_test_add_func ("/wire/session/reentry", test_reentry);
  return g_test_run ();
}
