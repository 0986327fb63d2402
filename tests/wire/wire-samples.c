/* wire-samples.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "wire-samples.h"

#define H(n) { { n, n + 1, n + 2, [31] = n } }
#define OFFER_ID { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } }

static const ShoalListEntry LIST[] = {
  { H (1), H (2), 12345, 3, "Ferien" },
  { H (3), H (4), SHOAL_MAX_SHARE_LENGTH, SHOAL_MAX_ENTRIES, "" },
};
static const ShoalPeerEntry PEERS[] = {
  { H (9), 2, { { 4, { 192, 0, 2, 1 }, 47474 }, { 6, { 0x20, 1, 0xd, 0xb8, [15] = 1 }, 1 } } },
  { H (10), 0 },
};
static const ShoalHash HASHES[] = { H (20), H (21), H (22), H (23), H (24), H (25) };
static const uint8_t BITS[] = { 0xff, 0x00, 0xa0 };
static const ShoalRequestEntry REQUESTS[] = {
  { 1, H (30), 0, 64 },
  { 2, H (30), 64, 1 },
  { G_MAXUINT32, H (31), SHOAL_MAX_LEAVES - 1, 1 },
};
static const uint32_t CANCELS[] = { 1, 2, 0xffffffff };
static const uint8_t PAYLOAD[SHOAL_LEAF_SIZE + 100] = { 1, 2, 3 };

static const ShoalMessage SAMPLES[] = {
  { SHOAL_MESSAGE_HELLO,
    .hello = { 1, 0, { 7, 7, 7 }, H (5), 47474, 2, "Annas Rechner", "shoal-cli 0.1" } },
  { SHOAL_MESSAGE_REVEAL, .reveal = { H (6) } },
  { SHOAL_MESSAGE_ADOPT },
  { SHOAL_MESSAGE_DROP },
  { SHOAL_MESSAGE_PING, .ping = { G_GUINT64_CONSTANT (0x0102030405060708) } },
  { SHOAL_MESSAGE_PONG, .ping = { 1 } },
  { SHOAL_MESSAGE_GOODBYE, .goodbye = { SHOAL_GOODBYE_LIMIT, "zu viel" } },
  { SHOAL_MESSAGE_PROFILE, .profile = { SHOAL_DEVICE_KIND_SERVER, "Größer", 27474 } },
  { SHOAL_MESSAGE_FRIEND, .friend = { H (7) } },
  { SHOAL_MESSAGE_LIST_REQUEST, .list_request = { 3, 0 } },
  { SHOAL_MESSAGE_LIST, .list = { 3, 7, 5, LIST, G_N_ELEMENTS (LIST) } },
  { SHOAL_MESSAGE_PICTURE, .picture = { H (20) } },
  { SHOAL_MESSAGE_PICTURE_REQUEST, .picture = { H (20) } },
  { SHOAL_MESSAGE_PICTURE_BYTES, .picture_bytes = { H (20), PAYLOAD, 12 } },
  { SHOAL_MESSAGE_CALL_ME, .called = { 77 } },
  { SHOAL_MESSAGE_CALLED, .called = { 77, SHOAL_CALLED_OTHER_KEY, "192.0.2.1:27474" } },
  { SHOAL_MESSAGE_OFFER,
    .offer = { OFFER_ID, H (8), H (9), SHOAL_OFFER_DRAFT, SHOAL_OFFER_KIND_FILES, 1 << 20, 3, 1,
               1700000000, "Bilder" } },
  { SHOAL_MESSAGE_SEEN, .seen = { OFFER_ID } },
  { SHOAL_MESSAGE_ACCEPT, .accept = { OFFER_ID, SHOAL_ACCEPT_PASS_ON, 1 << 20, 3 } },
  { SHOAL_MESSAGE_DECLINE, .decline = { OFFER_ID, SHOAL_DECLINE_NO_SPACE, "kein Platz" } },
  { SHOAL_MESSAGE_WITHDRAW, .decline = { OFFER_ID, SHOAL_WITHDRAW_OTHER, "" } },
  { SHOAL_MESSAGE_RECEIVED,
    .received = { OFFER_ID, 5, 3, 2, SHOAL_RECEIVED_PAUSED_OTHER, "warum" } },
  { SHOAL_MESSAGE_COMMITTED, .committed = { OFFER_ID, 10, 3, 1 } },
  { SHOAL_MESSAGE_INTRODUCE, .introduce = { OFFER_ID, 1, 3, PEERS, G_N_ELEMENTS (PEERS) } },
  { SHOAL_MESSAGE_OPEN, 1, .open = { H (11), SHOAL_OPEN_TELL_OTHERS } },
  { SHOAL_MESSAGE_OPENED, 1,
    .opened = { H (12), SHOAL_OPENED_DRAFT, 100000, 10, H (13) } },
  { SHOAL_MESSAGE_REFUSED, 1, .refused = { SHOAL_REFUSED_TOO_MANY } },
  { SHOAL_MESSAGE_CLOSE, 1, .close = { 1 } },
  { SHOAL_MESSAGE_BLOB_REQUEST, 1,
    .blob_request = { SHOAL_BLOB_DESCRIPTION, 61440, SHOAL_MAX_BLOB_BYTES } },
  { SHOAL_MESSAGE_BLOB, 1, .blob = { SHOAL_BLOB_ATTRIBUTES, 0, PAYLOAD, 10 } },
  { SHOAL_MESSAGE_HASH_REQUEST, 1, .hash_request = { { H (14), 0, 512, 512 }, 4 } },
  { SHOAL_MESSAGE_HASHES, 1, .hashes = { { H (14), 2, 4, 4 }, 2, HASHES } },
  { SHOAL_MESSAGE_HASH_REJECT, 1, .hash_reject = { { H (14), 0, 512, 300 } } },
  { SHOAL_MESSAGE_AVAILABILITY, 1, .availability = { 5, 19, BITS } },
  { SHOAL_MESSAGE_HAVE, 1, .have = { 0, SHOAL_MAX_PIECES } },
  { SHOAL_MESSAGE_REQUEST, 1, .request = { REQUESTS, G_N_ELEMENTS (REQUESTS) } },
  { SHOAL_MESSAGE_CANCEL, 1, .cancel = { CANCELS, G_N_ELEMENTS (CANCELS) } },
  { SHOAL_MESSAGE_REJECT, 1, .reject = { 1, SHOAL_REJECT_TROUBLE } },
  { SHOAL_MESSAGE_CHANGED, 1, .changed = { H (15) } },
  { SHOAL_MESSAGE_REKEY, 1, .rekey = { H (16), 2 } },
  { SHOAL_MESSAGE_DATA, 1, .data = { 1, 62, PAYLOAD, sizeof PAYLOAD } },
  { SHOAL_MESSAGE_PAUSED, 1, .paused = { SHOAL_PAUSED_SLOW_MODE, "langsam" } },
  { SHOAL_MESSAGE_PEERS, 1, .peers = { PEERS, G_N_ELEMENTS (PEERS) } },
};

const ShoalMessage *
wire_samples (guint *n_samples)
{
  *n_samples = G_N_ELEMENTS (SAMPLES);
  return SAMPLES;
}

GByteArray *
wire_sample_frame (const ShoalMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = shoal_message_encode (message, &error);
  GByteArray *frame = g_byte_array_new ();

  g_assert_no_error (error);
  g_byte_array_append (frame, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
  if (message->type == SHOAL_MESSAGE_DATA)
    g_byte_array_append (frame, message->data.payload, (guint) message->data.size);
  return frame;
}

ShoalHashRange
wire_sample_hash_range (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (SAMPLES); i++)
    {
      if (SAMPLES[i].type == SHOAL_MESSAGE_HASHES)
        return SAMPLES[i].hashes.range;
    }
  g_assert_not_reached ();
}
