/* shoal-signal-body.h: what an offer or answer says, sealed, so that the tracker
 * that carries it can only refuse to.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A body takes the place of the SDP. Sealed under the topic's key and bound to
 * topic, offer id and direction, padded to a multiple of 1 KiB, in base64:
 *
 *   u8 version (1) ‖ u64 seconds since 1970 ‖ 32 bytes device ID
 *   ‖ string ufrag ‖ string pwd (RFC 8445; empty where there is no ICE)
 *   ‖ u8 n ‖ n × string candidate (RFC 8839 without "a=")
 *   ‖ u8 n ‖ n × string ADDRESS:PORT that listens for TCP
 *   ‖ zeros
 *
 * The device ID is the key that the link made of it must then prove. What is
 * inside has passed limits on number, length and character set alone: its
 * reader judges each candidate and address. Pure; any thread. */
#pragma once

#include "shoal-device-id.h"
#include "shoal-topic.h"
#include "shoal-tracker-message.h"

G_BEGIN_DECLS

#define SHOAL_SIGNAL_MAX_CANDIDATES 32u
#define SHOAL_SIGNAL_MAX_ADDRESSES 16u
#define SHOAL_SIGNAL_MAX_CANDIDATE_BYTES 200u
#define SHOAL_SIGNAL_MAX_CREDENTIAL_BYTES 200u

/* How far the clocks of two devices may be apart, with the time on its way. */
#define SHOAL_SIGNAL_WINDOW_SECONDS 900

typedef enum
{
  SHOAL_SIGNAL_OFFER = 1,
  SHOAL_SIGNAL_ANSWER = 2,
} ShoalSignalDirection;

typedef struct
{
  ShoalDeviceId device;
  gint64        time;        /* µs since 1970, whole seconds */
  char         *ufrag;       /* (owned): may be empty */
  char         *password;    /* (owned): may be empty */
  GPtrArray    *candidates;  /* (owned) (element-type utf8) */
  GPtrArray    *addresses;   /* (owned) (element-type utf8) */
} ShoalSignalBody;

/* Returns: (transfer full) */
ShoalSignalBody *shoal_signal_body_new  (const ShoalDeviceId *device);
ShoalSignalBody *shoal_signal_body_copy (const ShoalSignalBody *self);
void             shoal_signal_body_free (ShoalSignalBody *self);

/**
 * shoal_signal_body_seal:
 * @salt: 32 random bytes, new each time
 * @now: µs since 1970
 *
 * LIMIT if there is more in it than a reader takes.
 *
 * Returns: (transfer full) (nullable): text for an offer's or answer's sdp
 */
char            *shoal_signal_body_seal (const ShoalSignalBody *self, const ShoalTopic *topic,
                                         const ShoalTrackerId *offer_id,
                                         ShoalSignalDirection direction, const uint8_t *salt,
                                         gint64 now, GError **error);

/* INVALID: not sealed for this, or nonsense; TIMED_OUT: older (or newer) than
 * the window, so an old message or a wrong clock. A second opening of the same
 * text is for ShoalReplayGuard to notice.
 * Returns: (transfer full) (nullable) */
ShoalSignalBody *shoal_signal_body_open (const char *text, const ShoalTopic *topic,
                                         const ShoalTrackerId *offer_id,
                                         ShoalSignalDirection direction, gint64 now,
                                         GError **error);

/* --- Replays --------------------------------------------------------------- */

/* What was opened is remembered for so long: one from the future is valid for twice
 * the window. */
#define SHOAL_REPLAY_SECONDS (2 * SHOAL_SIGNAL_WINDOW_SECONDS)

/* Remembers what was opened: at most @max. */
typedef struct _ShoalReplayGuard ShoalReplayGuard;

/* Returns: (transfer full) */
ShoalReplayGuard *shoal_replay_guard_new   (guint max);
void              shoal_replay_guard_free  (ShoalReplayGuard *self);
/* TRUE the first time; FALSE for a text seen before. @now: µs since 1970. A full
 * guard refuses what it cannot remember, rather than forget what is recent. */
gboolean          shoal_replay_guard_admit (ShoalReplayGuard *self, const char *text, gint64 now);

/* A box has a random salt of its own, and nobody else can seal under it. @time: when
 * it was opened, µs since 1970. */
typedef void (*ShoalReplayKeep) (const ShoalHash *salt, gint64 time, gpointer user_data);

/* From now on @keep is told what is admitted, to remember it beyond this process… */
void              shoal_replay_guard_set_keep (ShoalReplayGuard *self, ShoalReplayKeep keep,
                                               gpointer user_data);
/* …and what it has kept comes back so, the oldest first. */
void              shoal_replay_guard_restore  (ShoalReplayGuard *self, const ShoalHash *salt,
                                               gint64 time);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalSignalBody, shoal_signal_body_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalReplayGuard, shoal_replay_guard_free)

G_END_DECLS
