/* shoal-fair-window.h: what BBR leaves to others on a full line. Private to net.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * ShoalFairWindow:
 *
 * BBR takes no loss for a sign of anything, which is right on lossy lines and
 * wrong beside others: where the queue is as long as the line, one BBR flow
 * starves one of CUBIC. This bounds what is under way beside BBR's own window.
 * A loss while the queue is full (round trips long, as seen on this path), or of
 * many packets at once, is congestion: from then on the bound grows by CUBIC's
 * curve (RFC 9438) from 0.7 of what was under way, but is never below what the
 * rate of the last moments needs with next to no queue, and it is lifted where
 * there is no queue for some rounds. Other losses are noise and change nothing.
 *
 * Plain value; all zeroes is a path nothing is known of. Microseconds, bytes.
 */
typedef struct
{
  gint64   min_rtt;     /* 0: not known */
  gint64   max_rtt[2];  /* of this period and the last */
  gint64   period;      /* when this one began */
  uint64_t lost;        /* packets, at the last update */

  /* Rounds of one round trip, and the most that was carried in any lately. */
  gint64   round_began;
  uint64_t round_acked; /* `acked` when it began */
  uint64_t round_lost;  /* `lost` when it began */
  gint64   rate_period; /* when this one began */
  double   rates[2];    /* bytes/µs; this period's and the last one's best */
  size_t   peaks[2];    /* most under way in this round and the last */
  gboolean had_no_queue;      /* this round, for a moment */
  guint    n_empty, n_queued; /* rounds in a row that had none, and that had one */
  gint64   low_began;
  gint64   lows[2];     /* shortest round trip in this part of a round and the last */

  /* The bound. */
  gboolean is_bound;
  double   largest;     /* bytes, when the queue was full */
  double   window;      /* bytes, right after that */
  gint64   epoch;       /* when that was */
  double   k;           /* seconds from then until `largest` is reached again */
} ShoalFairWindow;

/* What is known now. @acked: bytes in all that have arrived; @lost: packets in
 * all; @rtt: of the latest packet acknowledged. */
void   shoal_fair_window_update (ShoalFairWindow *self, gint64 now, gint64 rtt, size_t in_flight,
                                 uint64_t acked, uint64_t lost);
/* The bound; G_MAXSIZE if there is none. */
size_t shoal_fair_window_get    (const ShoalFairWindow *self, gint64 now);

G_END_DECLS
