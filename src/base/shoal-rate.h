/* shoal-rate.h: how fast bytes come, from moving averages over 1 s and 5 s.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Plain value; all zeroes is a meter that has seen nothing. Times are
 * monotonic microseconds, from the runtime's clock. */
typedef struct
{
  gint64   started; /* of the first sample; 0: none yet */
  gint64   updated;
  double   fast;    /* bytes/s over about 1 s */
  double   slow;    /* bytes/s over about 5 s */
  uint64_t pending; /* bytes since `updated` */
  uint64_t total;
} ShoalRate;

void   shoal_rate_add (ShoalRate *self, gint64 now, uint64_t bytes);
/* Bytes per second: the lower of the two averages, so that a burst does not
 * count at once; decays while nothing is added. */
double shoal_rate_get (ShoalRate *self, gint64 now);

G_END_DECLS
