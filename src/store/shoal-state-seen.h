/* shoal-state-seen.h: sealed messages that were opened lately, by their salts, so that
 * a tracker cannot have them opened again after a restart.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-database.h"
#include "shoal-hash.h"

G_BEGIN_DECLS

typedef struct
{
  ShoalHash salt;
  gint64    time; /* µs since 1970: when it was opened */
} ShoalSeenMessage;

/* The oldest first. Synchronous: before the loop runs.
 * Returns: (transfer full) (nullable) (element-type ShoalSeenMessage) */
GArray *shoal_state_seen_load (ShoalDatabase *database, GError **error);
/* Asynchronous. Those from before @since are forgotten. */
void    shoal_state_seen_add  (ShoalDatabase *database, const ShoalSeenMessage *seen,
                               gint64 since);

G_END_DECLS
