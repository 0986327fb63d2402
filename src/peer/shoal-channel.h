/* shoal-channel.h: one share being fetched by one device from another, on one link.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-device-id.h"
#include "shoal-link.h"
#include "shoal-message.h"

G_BEGIN_DECLS

typedef struct _ShoalPeer ShoalPeer;

/**
 * ShoalChannel:
 *
 * What the swarm sees of another device: a channel of docs/protocol.md,
 * section 4. Ours is one on which we fetch; theirs is one on which we serve.
 * It lives on the link it was opened on and ends with it.
 *
 * Plain struct, reference-counted, on the engine context's thread. The owner
 * (who opened or accepted it) holds a reference and calls
 * shoal_channel_close() when done; events come from the main loop, never from
 * inside a call on the channel.
 */
typedef struct _ShoalChannel ShoalChannel;

/* Any may be NULL. The table must outlive the channel. */
typedef struct
{
  /* OPENED (ours; its proof has been checked), then whatever the other side
   * says on this channel. Valid during the call. REFUSED comes as `closed`. */
  void (*message)  (ShoalChannel *channel, const ShoalMessage *message, gpointer user_data);
  /* shoal_channel_wants_data() was FALSE and is TRUE now. */
  void (*writable) (ShoalChannel *channel, gpointer user_data);
  /* Exactly once, the last event: REFUSED if the other side refused, CLOSED
   * if it closed the channel, else what ended the link. Not told after
   * shoal_channel_close(). */
  void (*closed)   (ShoalChannel *channel, const GError *error, gpointer user_data);
} ShoalChannelEvents;

ShoalChannel *shoal_channel_ref   (ShoalChannel *self);
void          shoal_channel_unref (ShoalChannel *self);

/**
 * shoal_channel_open:
 * @key: 32 bytes: offer key, secret of a private link, or info hash
 * @flags: SHOAL_OPEN_…
 *
 * Opens a channel on the device's best link. Fails with CLOSED when there is
 * no session, BUSY when too many channels are open.
 *
 * Returns: (transfer full)
 */
ShoalChannel *shoal_channel_open (ShoalPeer *peer, const ShoalHash *key, uint8_t flags,
                                  const ShoalChannelEvents *events, gpointer user_data,
                                  GError **error);

/* Theirs, told by the hub's `channel`: TRUE if its proof was made with @key. */
gboolean shoal_channel_is_for (ShoalChannel *self, const ShoalHash *key);
/* Sends OPENED with our proof for @key, and takes events from then on. */
gboolean shoal_channel_accept (ShoalChannel *self, const ShoalHash *key, uint8_t flags,
                               uint32_t description_size, uint32_t attributes_size,
                               const ShoalHash *share, const ShoalChannelEvents *events,
                               gpointer user_data, GError **error);
void     shoal_channel_refuse (ShoalChannel *self, ShoalRefused reason);
/* What the fetcher said in OPEN. */
uint8_t  shoal_channel_get_open_flags (ShoalChannel *self);

/* Fills in the channel number. Errors as of shoal_session_send(). */
gboolean shoal_channel_send      (ShoalChannel *self, ShoalMessage *message, GError **error);
/* As of shoal_session_send_data(). Ask wants_data() first. */
gboolean shoal_channel_send_data (ShoalChannel *self, uint32_t request, uint32_t offset,
                                  GBytes *payload, GError **error);
/* FALSE while the link's bulk queue is full; then `writable` tells. */
gboolean shoal_channel_wants_data (ShoalChannel *self);

/* Says CLOSE and forgets queued data; no event comes afterwards. Idempotent. */
void shoal_channel_close (ShoalChannel *self);

/* FALSE stops reading this channel's link: back-pressure while a byte budget
 * is full. Every FALSE needs its TRUE; an ended channel gives it back. */
void shoal_channel_set_reading (ShoalChannel *self, gboolean reading);

/* --- Facts --------------------------------------------------------------- */

gboolean             shoal_channel_is_closed  (ShoalChannel *self);
ShoalPeer           *shoal_channel_get_peer   (ShoalChannel *self); /* (transfer none) */
const ShoalDeviceId *shoal_channel_get_device (ShoalChannel *self);
ShoalPath            shoal_channel_get_path   (ShoalChannel *self);
gint64               shoal_channel_get_rtt    (ShoalChannel *self); /* µs; -1: unknown */
/* FALSE once a better link than this channel's carries the session: open
 * another channel there and close this one when its requests are done. */
gboolean             shoal_channel_is_on_best_link (ShoalChannel *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalChannel, shoal_channel_unref)

G_END_DECLS
