/* shoal-topic.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-signal"

#include "config.h"

#include "shoal-topic.h"

#include "shoal-bytes.h"

#define NAME_BYTES 15
#define DAY (G_GINT64_CONSTANT (24) * 60 * 60 * G_USEC_PER_SEC)
#define NEAR_MIDNIGHT (G_GINT64_CONSTANT (2) * 60 * 60 * G_USEC_PER_SEC)

void
shoal_topic_init (ShoalTopic *self, ShoalTopicKind kind, const uint8_t *secret, uint64_t day)
{
  static const char SALT[] = "shoal topic 1";
  uint8_t info[9] = { (uint8_t) kind };
  uint8_t derived[NAME_BYTES + SHOAL_SECRET_SIZE];
  g_autofree char *name = NULL;

  shoal_put_u32 (info + 1, (uint32_t) (day >> 32));
  shoal_put_u32 (info + 5, (uint32_t) day);
  shoal_hkdf_sha256 (SALT, strlen (SALT), secret, SHOAL_SECRET_SIZE, info, sizeof info, derived,
                     sizeof derived);

  name = shoal_base64url_encode (derived, NAME_BYTES);
  g_strlcpy (self->name, name, sizeof self->name);
  memcpy (self->key, derived + NAME_BYTES, SHOAL_SECRET_SIZE);
}

void
shoal_topic_days (gint64 wall_time, uint64_t *today, uint64_t *neighbour)
{
  gint64 time = MAX (wall_time, 0);
  gint64 since_midnight = time % DAY;

  *today = (uint64_t) (time / DAY);
  *neighbour = *today;
  if (since_midnight < NEAR_MIDNIGHT && *today > 0)
    *neighbour = *today - 1;
  else if (since_midnight >= DAY - NEAR_MIDNIGHT)
    *neighbour = *today + 1;
}
