/* wire-talk.h: two sessions that have adopted a link, and short ways to talk.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-error.h"
#include "wire-pair.h"

#define WIRE_LEADER 0
#define WIRE_FOLLOWER 1

extern const ShoalHash WIRE_ZERO;
extern const ShoalHash WIRE_HASHES[520]; /* all zero */

/* With link 0 adopted, and empty logs. */
WirePair         *wire_make_pair     (void);
guint             wire_slot_of       (const WirePair *pair, guint side);
gboolean          wire_send          (WirePair *pair, guint side, const ShoalMessage *message,
                                      GError **error);
/* Asserting that it goes well, or does not. */
void              wire_send_well     (WirePair *pair, guint side, const ShoalMessage *message);
void              wire_send_badly    (WirePair *pair, guint side, const ShoalMessage *message,
                                      ShoalErrorCode code);
/* @size zeroes. */
gboolean          wire_send_data     (WirePair *pair, guint side, uint16_t channel,
                                      uint32_t request, uint32_t offset, size_t size,
                                      GError **error);
ShoalMessage      wire_request       (uint16_t channel, const ShoalRequestEntry *entries,
                                      guint n_entries);
/* Opened and accepted; a description of 100,000 bytes and 10 of attributes. */
uint16_t          wire_open_channel  (WirePair *pair, guint fetcher, uint8_t flags);
ShoalChannelState wire_channel_state (WirePair *pair, guint side, gboolean ours,
                                      uint16_t channel);
/* And empties it. */
void              wire_assert_log    (WirePair *pair, guint side, const char *log);
/* A bit of everything, then GOODBYE by the follower. */
void              wire_talk          (WirePair *pair);
