/* shoal-peer.h: another device as we are in contact with it: session and links.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-channel.h"
#include "shoal-device-book.h"
#include "shoal-session.h"

G_BEGIN_DECLS

typedef struct _ShoalHub ShoalHub;

/* How the device is reached. */
typedef enum
{
  SHOAL_PRESENCE_AWAY,    /* no session, not seen or not answering */
  SHOAL_PRESENCE_NEARBY,  /* announced on this network and answering */
  SHOAL_PRESENCE_SESSION, /* connected: ask the path */
} ShoalPresence;

/**
 * ShoalPeer:
 *
 * One per device ID, as long as somebody is interested: it has a session, is
 * near, is dialled, held or pinned. Owned by the hub; reference-counted; engine
 * context's thread.
 */
ShoalPeer *shoal_peer_ref   (ShoalPeer *self);
void       shoal_peer_unref (ShoalPeer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalPeer, shoal_peer_unref)

const ShoalDeviceId *shoal_peer_get_id       (ShoalPeer *self);
/* What it calls itself; may be empty. (transfer none) */
const char          *shoal_peer_get_name     (ShoalPeer *self);
ShoalPresence        shoal_peer_get_presence (ShoalPeer *self);
/* Of the link that carries the session; LOCAL without one. */
ShoalPath            shoal_peer_get_path     (ShoalPeer *self);
/* Of the same link; TCP and NONE without one. */
ShoalCarrier         shoal_peer_get_carrier  (ShoalPeer *self);
ShoalRelayReason     shoal_peer_get_relay_reason (ShoalPeer *self);
gboolean             shoal_peer_is_connected (ShoalPeer *self);
/* The verification code of the link that carries the session, below 1,000,000;
 * -1: none. */
int                  shoal_peer_get_code     (ShoalPeer *self);
/* Where others can reach it: its links' remote addresses with the port it
 * listens on. Never link-local. Returns how many. */
guint shoal_peer_get_addresses (ShoalPeer *self,
                                ShoalWireAddress addresses[SHOAL_MAX_PEER_ADDRESSES]);
/* The same for people, best first, link-local with scope. (transfer full) */
char               **shoal_peer_get_address_texts (ShoalPeer *self);

/* A device-level message (types 0x10 to 0x2f), on the primary link. */
gboolean shoal_peer_send (ShoalPeer *self, const ShoalMessage *message, GError **error);

/* The same on the link over which the message came that is being told now: for
 * answers that belong there. */
gboolean shoal_peer_reply (ShoalPeer *self, const ShoalMessage *message, GError **error);

/* Holds the device: while held, the hub keeps dialling it (with back-off)
 * whenever there is no session. Counted. */
void shoal_peer_hold    (ShoalPeer *self);
void shoal_peer_release (ShoalPeer *self);

/* Pins the device: it stays the one peer of its ID, whether it is away or not;
 * nobody calls it for that. Whoever keeps a reference to know it by when it comes
 * back does this. Counted. */
void shoal_peer_pin   (ShoalPeer *self);
void shoal_peer_unpin (ShoalPeer *self);

/* Adds addresses to dial, as told by @teller. This host's own ports are dialled
 * on the word of nobody but this host. */
void shoal_peer_add_addresses (ShoalPeer *self, ShoalPeer *teller,
                               const ShoalWireAddress *addresses, guint n);

G_END_DECLS
