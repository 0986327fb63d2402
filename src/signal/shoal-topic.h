/* shoal-topic.h: under which name devices find each other at a tracker.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A topic takes the place of the info hash in the WebTorrent tracker protocol.
 * It says nothing to those who do not know the secret it is derived from:
 *
 *   HKDF-SHA256 (salt: "shoal topic 1", secret, info: kind (u8) ‖ day (u64))
 *     = 15 bytes, in base64url the 20 characters of the topic,
 *       ‖ 32 bytes, the key that seals bodies under it
 *
 * Printable, as ids with NUL are cut by some JSON parsers. Pure; any thread. */
#pragma once

#include "shoal-secrets.h"

G_BEGIN_DECLS

#define SHOAL_TOPIC_LENGTH 20

typedef enum
{
  SHOAL_TOPIC_SHARE = 1,   /* secret: the info hash, or the private link's secret */
  SHOAL_TOPIC_FRIENDS = 2, /* secret: the pair secret; another topic each UTC day */
  SHOAL_TOPIC_INVITE = 3,  /* secret: the invite's */
} ShoalTopicKind;

typedef struct
{
  char    name[SHOAL_TOPIC_LENGTH + 1];
  uint8_t key[SHOAL_SECRET_SIZE];
} ShoalTopic;

/* @secret: 32 bytes. @day: days since 1970, for FRIENDS alone; else 0. */
void  shoal_topic_init (ShoalTopic *self, ShoalTopicKind kind, const uint8_t *secret,
                        uint64_t day);

/* The UTC day of @wall_time (µs since 1970), and the one that devices with
 * another clock may be in: the neighbour within two hours of midnight, else
 * the same day again. */
void  shoal_topic_days (gint64 wall_time, uint64_t *today, uint64_t *neighbour);

G_END_DECLS
