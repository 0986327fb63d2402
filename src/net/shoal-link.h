/* shoal-link.h: an authenticated connection to another device.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-device-id.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* How a link goes. */
typedef enum
{
  SHOAL_PATH_LOCAL,   /* on this network: private, link-local or on-link */
  SHOAL_PATH_DIRECT,  /* across the internet, nobody in between */
  SHOAL_PATH_RELAYED, /* through a relay, which sees only ciphertext */
} ShoalPath;

#define SHOAL_TYPE_PATH (shoal_path_get_type ())
GType       shoal_path_get_type (void);
/* "local", "direct", "relayed": as in shoal-cli's JSON. */
const char *shoal_path_get_nick (ShoalPath path);

/* What moves a link's bytes. */
typedef enum
{
  SHOAL_CARRIER_TCP,  /* TLS over TCP: cheapest, and fastest where packets do not get lost */
  SHOAL_CARRIER_QUIC, /* over UDP: keeps its rate on long and lossy lines */
} ShoalCarrier;

#define SHOAL_TYPE_CARRIER (shoal_carrier_get_type ())
GType       shoal_carrier_get_type (void);
/* "tcp", "quic": as in shoal-cli's JSON. */
const char *shoal_carrier_get_nick (ShoalCarrier carrier);

/* Why a link goes through a relay. */
typedef enum
{
  SHOAL_RELAY_NONE,         /* it does not */
  SHOAL_RELAY_CHOSEN,       /* nothing else was allowed on this device */
  SHOAL_RELAY_CHOSEN_THERE, /* the other device named no other way */
  SHOAL_RELAY_NO_STUN,      /* no server has told this device its address outside */
  SHOAL_RELAY_ROUTERS,      /* nothing got through between the two */
} ShoalRelayReason;

#define SHOAL_TYPE_RELAY_REASON (shoal_relay_reason_get_type ())
GType shoal_relay_reason_get_type (void);

#define SHOAL_LINK_EXPORTER_SIZE 32

#define SHOAL_TYPE_LINK (shoal_link_get_type ())
G_DECLARE_DERIVABLE_TYPE (ShoalLink, shoal_link, SHOAL, LINK, GObject)

/**
 * ShoalLink:
 *
 * Moves bytes to and from one device whose key is proved. A link is open when
 * its maker hands it out, and knows nothing of trust, frames' contents, or
 * sessions. Kinds: TLS over TCP (from ShoalConnector and ShoalListener), the
 * tests' memory link; implementers see shoal-link-impl.h.
 *
 * Writing has two lanes. Control frames go first, always, in order. Bulk
 * frames belong to a channel (a small number the caller chooses, one per
 * share); channels take turns frame by frame. A frame once begun is finished.
 * On a link of one stream (TCP: stream 0 in both directions) receivers see
 * whole frames one after the other; a link of several streams keeps order
 * inside control and inside each channel, and nothing between them.
 *
 * Life: everything happens on the engine context's thread. Events come from
 * the main loop only, never from inside a call on the link, so callers need
 * not expect re-entry. After set_events() the link keeps itself alive until
 * `closed` has been called; an owner that loses interest calls
 * shoal_link_close() (and set_events (NULL)) and unrefs.
 */

/* Set by the owner; any member may be NULL. */
typedef struct
{
  /* @size > 0 bytes of @stream, in order; @data is valid during the call and
   * must be consumed whole. At most 256 KiB at a time. */
  void (*received) (ShoalLink *link, guint stream, const uint8_t *data, size_t size,
                    gpointer user_data);
  /* shoal_link_wants_bulk() was FALSE and is TRUE now. */
  void (*writable) (ShoalLink *link, gpointer user_data);
  /* Exactly once, the last event. @error is NULL after shoal_link_close(),
   * else what ended the link, in words for the user; CLOSED when the other
   * side ended it in order. Queued bytes are gone. */
  void (*closed)   (ShoalLink *link, const GError *error, gpointer user_data);
} ShoalLinkEvents;

/* Nothing is read before the first call; a link that dies before then says
 * `closed` soon after it. @events must outlive the link (static const); NULL
 * detaches: nobody is told anything more, and what arrives is not read. */
void shoal_link_set_events (ShoalLink *self, const ShoalLinkEvents *events, gpointer user_data);

/* --- Facts, fixed while the link is open --------------------------------- */

/* (transfer none) */
const ShoalDeviceId *shoal_link_get_peer_id        (ShoalLink *self);
/* 32 bytes, the same on both sides and on no other link: RFC 8446 §7.5
 * exporter, label "EXPORTER-shoal-1", no context. (transfer none) */
const uint8_t       *shoal_link_get_exporter       (ShoalLink *self);
ShoalPath            shoal_link_get_path           (ShoalLink *self);
/* (transfer none) (nullable): a memory link has none */
GSocketAddress      *shoal_link_get_remote_address (ShoalLink *self);
/* The address of ours that the peer sees us by, before any NAT.
 * (transfer none) (nullable) */
GSocketAddress      *shoal_link_get_local_address  (ShoalLink *self);
/* TRUE if this side dialled. */
gboolean             shoal_link_is_outgoing        (ShoalLink *self);
ShoalCarrier         shoal_link_get_carrier        (ShoalLink *self);
/* The shortest round trip so far, in microseconds; 0: not known. */
gint64               shoal_link_get_rtt            (ShoalLink *self);
/* TRUE if ICE found the way: then the remote address is no port that listens. */
gboolean             shoal_link_is_by_ice          (ShoalLink *self);
ShoalRelayReason     shoal_link_get_relay_reason   (ShoalLink *self);

/* --- Writing ------------------------------------------------------------- */

/* All of these do nothing on a link that is closing or closed. Nothing is
 * copied: the GBytes are referenced until written. Asynchronous: written from
 * the main loop, frames queued in one turn share records and packets. */

/* Queues a whole control frame before all bulk. Accepted always; but beyond
 * SHOAL_MAX_QUEUED_CONTROL bytes unsent the peer is not reading and the link
 * closes with LIMIT. */
void shoal_link_send_control (ShoalLink *self, GBytes *frame);

/* Queues one bulk frame: @header, then @payload (nullable), together at most
 * SHOAL_MAX_BULK_FRAME bytes. @channel: below SHOAL_MAX_CHANNELS. Accepted
 * also when wants_bulk() is FALSE, by one frame or two: the bound is kept by
 * asking first. */
void shoal_link_send_bulk (ShoalLink *self, guint channel, GBytes *header, GBytes *payload);

/* TRUE while the bulk queue is below its mark (about half a second of the
 * link's rate, 128 KiB to 1 MiB). After a FALSE, `writable` will tell. */
gboolean shoal_link_wants_bulk (ShoalLink *self);

/* Forgets the channel's frames that are not begun. Returns the number of bytes
 * forgotten. May make wants_bulk() TRUE; then `writable` tells. */
size_t shoal_link_drop_bulk (ShoalLink *self, guint channel);

/* Control bytes, and bulk bytes, accepted and not yet given to the kernel. */
size_t shoal_link_get_queued_control (ShoalLink *self);
size_t shoal_link_get_queued_bulk    (ShoalLink *self);

/* --- Reading and the rest ------------------------------------------------ */

/* FALSE stops reading the socket, so that the peer's sending stalls: for
 * back-pressure. Reading is on at first. No `received` follows, not even of
 * bytes that have come already, until it is TRUE again; a connection that
 * breaks meanwhile is still told. */
void shoal_link_set_reading (ShoalLink *self, gboolean reading);

/* Bytes of frames received and sent, without the link's own overhead. */
uint64_t shoal_link_get_bytes_received (ShoalLink *self);
uint64_t shoal_link_get_bytes_sent     (ShoalLink *self);

/* Forgets queued bulk, tries for two seconds to send queued control and an
 * orderly end, then `closed` with NULL. Idempotent. Nothing is received any
 * more. */
void shoal_link_close (ShoalLink *self);

/* TRUE from shoal_link_close() or the link's death on. */
gboolean shoal_link_is_closed (ShoalLink *self);

G_END_DECLS
