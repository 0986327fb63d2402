/* wire-talk.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "wire-talk.h"

const ShoalHash WIRE_ZERO = { { 0 } };
const ShoalHash WIRE_HASHES[520];

WirePair *
wire_make_pair (void)
{
  WirePair *pair = wire_pair_new ();

  wire_pair_link (pair, 0, 0);
  wire_pair_run (pair);
  g_string_truncate (pair->ends[0].log, 0);
  g_string_truncate (pair->ends[1].log, 0);
  return pair;
}

guint
wire_slot_of (const WirePair *pair, guint side)
{
  return pair->ends[side].sockets[0].slot;
}

gboolean
wire_send (WirePair *pair, guint side, const ShoalMessage *message, GError **error)
{
  return shoal_session_send (pair->ends[side].session, wire_slot_of (pair, side), message, error);
}

void
wire_send_well (WirePair *pair, guint side, const ShoalMessage *message)
{
  g_autoptr (GError) error = NULL;

  wire_send (pair, side, message, &error);
  g_assert_no_error (error);
}

void
wire_send_badly (WirePair *pair, guint side, const ShoalMessage *message, ShoalErrorCode code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (wire_send (pair, side, message, &error));
  g_assert_error (error, SHOAL_ERROR, (int) code);
  g_assert_cmpint (shoal_error_get_side (error), ==, SHOAL_SIDE_HERE);
}

uint16_t
wire_open_channel (WirePair *pair, guint fetcher, uint8_t flags)
{
  ShoalMessage opened
      = { SHOAL_MESSAGE_OPENED, .opened = { WIRE_ZERO, flags, 100000, 10, WIRE_ZERO } };
  g_autoptr (GError) error = NULL;

  shoal_session_open (pair->ends[fetcher].session, wire_slot_of (pair, fetcher), &WIRE_ZERO, 0,
                      &opened.channel, &error);
  g_assert_no_error (error);
  wire_pair_run (pair);
  wire_send_well (pair, 1 - fetcher, &opened);
  wire_pair_run (pair);
  g_string_truncate (pair->ends[0].log, 0);
  g_string_truncate (pair->ends[1].log, 0);
  return opened.channel;
}

gboolean
wire_send_data (WirePair *pair, guint side, uint16_t channel, uint32_t request, uint32_t offset,
           size_t size, GError **error)
{
  g_autoptr (GBytes) payload = g_bytes_new_take (g_malloc0 (MAX (size, 1)), size);

  return shoal_session_send_data (pair->ends[side].session, wire_slot_of (pair, side), channel,
                                  request, offset, payload, error);
}

void
wire_assert_log (WirePair *pair, guint side, const char *log)
{
  g_assert_cmpstr (pair->ends[side].log->str, ==, log);
  g_string_truncate (pair->ends[side].log, 0);
}

ShoalChannelState
wire_channel_state (WirePair *pair, guint side, gboolean ours, uint16_t channel)
{
  return shoal_session_get_channel (pair->ends[side].session, wire_slot_of (pair, side), ours,
                                    channel);
}

ShoalMessage
wire_request (uint16_t channel, const ShoalRequestEntry *entries, guint n_entries)
{
  return (ShoalMessage){ SHOAL_MESSAGE_REQUEST, channel, .request = { entries, n_entries } };
}

void
wire_talk (WirePair *pair)
{
  uint16_t channel = wire_open_channel (pair, 0, SHOAL_OPENED_DRAFT);
  const ShoalRequestEntry entries[] = { { 7, WIRE_ZERO, 0, 64 }, { 8, WIRE_ZERO, 64, 1 } };
  ShoalMessage message = wire_request (channel, entries, 2);
  ShoalMessage hashes
      = { SHOAL_MESSAGE_HASHES, channel, .hashes = { { WIRE_ZERO, 0, 0, 512 }, 0, WIRE_HASHES } };

  wire_send_well (pair, 0, &message);
  wire_end_say (&pair->ends[0]);
  wire_pair_run (pair);
  wire_send_well (pair, 1, &hashes);
  for (guint i = 0; i < 3; i++)
    wire_send_data (pair, 1, channel, 7, i * 4, SHOAL_MAX_DATA_PAYLOAD, NULL);
  wire_end_say (&pair->ends[1]);
  wire_send_data (pair, 1, channel, 8, 0, 5, NULL);
  shoal_session_close (pair->ends[1].session, 0, SHOAL_GOODBYE_LEAVING, NULL);
  wire_pair_run (pair);
}
