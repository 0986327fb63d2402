/* shoal-quic-link.h: a link over QUIC, whatever carries its datagrams. Private to net.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-link-impl.h"
#include "shoal-quic.h"

G_BEGIN_DECLS

#define SHOAL_TYPE_QUIC_LINK (shoal_quic_link_get_type ())
G_DECLARE_FINAL_TYPE (ShoalQuicLink, shoal_quic_link, SHOAL, QUIC_LINK, ShoalLink)

/**
 * ShoalDatagramFuncs:
 * @send: sends the datagrams that lie in @bytes end to end, each of @segment
 *   bytes but for the last, which may be shorter. Returns how many bytes were
 *   taken, whole datagrams; one that got lost on this computer was taken. When
 *   it takes less than @size, shoal_quic_link_writable() must follow
 * @id_added: (nullable): packets with this ID are for @link: for carriers that
 *   several links share
 * @id_removed: (nullable): no more
 * @release: the link needs its carrier no more: the last call
 *
 * What carries the datagrams of a link: a UDP socket, an ICE component, the
 * simulator. Its owner hands what arrives to shoal_quic_link_receive(). None of
 * them may call the link from inside.
 */
typedef struct
{
  size_t (*send)       (gpointer carrier, const ShoalUdpPath *path, const uint8_t *bytes,
                        size_t size, size_t segment);
  void   (*id_added)   (gpointer carrier, ShoalQuicLink *link, const ShoalQuicId *id);
  void   (*id_removed) (gpointer carrier, ShoalQuicLink *link, const ShoalQuicId *id);
  void   (*release)    (gpointer carrier, ShoalQuicLink *link);
} ShoalDatagramFuncs;

typedef struct
{
  ShoalRuntime             *runtime;
  ShoalIdentity            *identity;
  gboolean                  is_outgoing;    /* the QUIC client */
  const ShoalDeviceId      *expected;       /* (nullable): the only device to accept */
  const ShoalDatagramFuncs *funcs;          /* must outlive the link */
  gpointer                  carrier;
  ShoalUdpPath              udp_path;       /* zeroes where the carrier knows */
  ShoalPath                 path;
  GSocketAddress           *remote_address; /* (nullable) */
  GSocketAddress           *local_address;  /* (nullable) */
  gboolean                  is_by_ice;
  ShoalRelayReason          relay_reason;
  gint64                    initial_rtt;    /* microseconds; 0: not known */
  ShoalCongestion           congestion;
  const uint8_t            *reset_secret;   /* (nullable): 32 bytes */
  const ShoalQuicId        *original_id;    /* (nullable) */
} ShoalQuicLinkConfig;

/* The link is open, or has failed with @error. Once, from the main loop, and
 * never after the last reference is gone. */
typedef void (*ShoalQuicLinkReadyFunc) (ShoalQuicLink *link, const GError *error,
                                        gpointer user_data);

/* Starts a handshake of at most SHOAL_HANDSHAKE_SECONDS. The caller keeps the
 * only reference; dropping it before `ready` ends the attempt in silence.
 * Errors as of shoal_connector_connect_async(). Returns: (transfer full) */
ShoalQuicLink *shoal_quic_link_new (const ShoalQuicLinkConfig *config,
                                    ShoalQuicLinkReadyFunc ready, gpointer user_data);

/* --- For the owner of the carrier, from the main loop -------------------- */

/* One datagram. @path: (nullable): as of shoal_quic_receive(). */
void shoal_quic_link_receive  (ShoalQuicLink *self, const ShoalUdpPath *path,
                               const uint8_t *data, size_t size);
/* The carrier takes datagrams again. */
void shoal_quic_link_writable (ShoalQuicLink *self);
/* The carrier is gone for good. @error: (transfer full) */
void shoal_quic_link_carrier_failed (ShoalQuicLink *self, GError *error);

/* What to say if there is no more time for a link that is not open yet.
 * Returns: (transfer full) */
GError *shoal_quic_link_new_timeout_error (ShoalQuicLink *self);

/* --- Facts --------------------------------------------------------------- */

/* FALSE until the other side has answered at all. */
gboolean shoal_quic_link_has_answer    (ShoalQuicLink *self);
/* Microseconds, as measured by QUIC; -1: not known. */
gint64   shoal_quic_link_get_rtt       (ShoalQuicLink *self);
/* Bytes a datagram may have on the path, as found out so far. */
size_t   shoal_quic_link_get_datagram_size (ShoalQuicLink *self);

G_END_DECLS
