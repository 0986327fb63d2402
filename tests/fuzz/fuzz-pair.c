/* fuzz-pair.c: two honest sessions never find fault with each other.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The input is a script of what the two ends do, what arrives when, links that
 * die, and time. Calls may be refused; but whatever one session has let its owner
 * send, the other must find legal.
 */

#include "config.h"

#include "shoal-bytes.h"
#include "shoal-error.h"
#include "wire-pair.h"
#include "wire-samples.h"

#define MAX_STEPS 400
#define N_LINKS 3

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
int LLVMFuzzerInitialize (int *argc, char ***argv);

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING | G_LOG_LEVEL_ERROR);
  return 0;
}

static void
on_event (WireEnd *end, WireEvent event, guint slot, const ShoalMessage *message)
{
  if (event == WIRE_EVENT_DROP)
    g_assert (g_error_matches (end->dropped, SHOAL_ERROR, SHOAL_ERROR_CLOSED)
              || g_error_matches (end->dropped, SHOAL_ERROR, SHOAL_ERROR_TIMED_OUT)
              || g_error_matches (end->dropped, SHOAL_ERROR, SHOAL_ERROR_FAILED));
}

static void
send_sample (WireEnd *end, guint slot, uint8_t index, uint8_t number)
{
  guint n;
  const ShoalMessage *samples = wire_samples (&n);
  ShoalMessage message = samples[index % n];
  const ShoalRequestEntry entries[] = { { number, { { 0 } }, 0, 1 + number % 8 },
                                        { number + 1u, { { 0 } }, 0, 64 } };

  message.channel = number % 4;
  if (message.type == SHOAL_MESSAGE_CLOSE)
    message.close.side = number >> 7;
  if (message.type == SHOAL_MESSAGE_REQUEST)
    {
      message.request.entries = entries;
      message.request.n_entries = 1 + (number >> 6 & 1);
    }
  if (message.type == SHOAL_MESSAGE_BLOB_REQUEST)
    message.blob_request.length = 10;
  if (message.type == SHOAL_MESSAGE_BLOB)
    {
      message.blob.what = SHOAL_BLOB_DESCRIPTION;
      message.blob.offset = 61440;
    }
  if (message.type == SHOAL_MESSAGE_HASH_REQUEST)
    message.hash_request.range = wire_sample_hash_range ();
  if (message.type == SHOAL_MESSAGE_HASH_REJECT)
    message.hash_reject.range = wire_sample_hash_range ();
  if (message.type == SHOAL_MESSAGE_REJECT)
    message.reject.request = number;
  shoal_session_send (end->session, slot, &message, NULL);
}

static void
send_data (WireEnd *end, guint slot, uint8_t request, uint8_t how)
{
  size_t size = 1 + (how % 16) * (size_t) 4096;
  g_autoptr (GBytes) payload = g_bytes_new_take (g_malloc0 (size), size);

  for (guint offset = 0; offset < 8; offset++)
    shoal_session_send_data (end->session, slot, request % 4, request, offset, payload, NULL);
}

static void
run_step (WirePair *pair, uint8_t op, uint8_t a, uint8_t b)
{
  WireEnd *end = &pair->ends[op & 1];
  guint link = (op >> 1) % N_LINKS;
  WireSocket *socket = &end->sockets[link];
  const ShoalHash proof = { { 0 } };
  uint16_t channel;

  switch (op >> 3 & 15)
    {
    case 0:
      if (socket->slot == 0 && !pair->cut[link])
        wire_end_attach (end, link, a % 3);
      break;
    case 1:
      shoal_session_detach (end->session, socket->slot, NULL);
      break;
    case 2:
      pair->cut[link] = TRUE;
      break;
    case 3:
      pair->now += a * (G_USEC_PER_SEC / 16);
      shoal_session_tick (pair->ends[0].session, pair->now);
      shoal_session_tick (pair->ends[1].session, pair->now);
      break;
    case 4:
      wire_end_say (end);
      break;
    case 5:
      shoal_session_open (end->session, socket->slot, &proof, 0, &channel, NULL);
      break;
    case 6:
      send_data (end, socket->slot, a, b);
      break;
    case 7:
      wire_pair_run (pair);
      break;
    case 8:
      if (a % 16 == 0)
        shoal_session_close (end->session, socket->slot, SHOAL_GOODBYE_LEAVING, "bye");
      break;
    case 9:
    case 10:
    case 11:
      send_sample (end, socket->slot, a, b);
      break;
    default:
      if (wire_socket_is_pending (socket))
        wire_socket_deliver (socket, a);
      break;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (WirePair) pair = wire_pair_new ();
  ShoalReader in = shoal_reader (data, size);

  pair->ends[0].hook = pair->ends[1].hook = on_event;
  wire_pair_link (pair, 0, 1);

  for (guint i = 0; i < MAX_STEPS && in.left >= 3; i++)
    {
      uint8_t op = shoal_reader_u8 (&in);
      uint8_t a = shoal_reader_u8 (&in);

      run_step (pair, op, a, shoal_reader_u8 (&in));
    }
  wire_pair_run (pair);
  return 0;
}
