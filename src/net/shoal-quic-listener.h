/* shoal-quic-listener.h: lets other devices connect by QUIC.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-identity.h"
#include "shoal-interfaces.h"
#include "shoal-link.h"
#include "shoal-main-runtime.h"

G_BEGIN_DECLS

#define SHOAL_TYPE_QUIC_LISTENER (shoal_quic_listener_get_type ())
G_DECLARE_FINAL_TYPE (ShoalQuicListener, shoal_quic_listener, SHOAL, QUIC_LISTENER, GObject)

/**
 * ShoalQuicListener:
 *
 * One UDP socket for all who dial it; packets are told apart by connection ID.
 * Limits as of ShoalListener. From a few unfinished handshakes on, newcomers
 * must first prove that they can be reached at their address (Retry), so that
 * forged ones cost nothing. Packets for connections that are gone are answered
 * by a stateless reset, also after a restart of the program.
 *
 * Signals: "accepted" (ShoalLink *link), once per link, no events set; a link
 * nobody takes a reference on is closed.
 *
 * Engine context's thread.
 */
ShoalQuicListener *shoal_quic_listener_new (ShoalMainRuntime *runtime, ShoalIdentity *identity);

/* @address: (nullable): NULL listens on every address, IPv6 and IPv4. @port: 0
 * for any. Errors as of shoal_listener_start(). */
gboolean shoal_quic_listener_start (ShoalQuicListener *self, GInetAddress *address, guint16 port,
                                    GError **error);
/* Which interfaces may be used; kept by reference; before start. Whoever comes in by
 * another gets no answer. */
void     shoal_quic_listener_set_interfaces (ShoalQuicListener *self, ShoalInterfaces *interfaces);
/* Takes nobody new and drops half-open connections; links live on, and the
 * socket with them. */
void     shoal_quic_listener_stop  (ShoalQuicListener *self);

/* 0 when not started. */
guint16  shoal_quic_listener_get_port        (ShoalQuicListener *self);
/* Connections whose key is not proved yet. */
guint    shoal_quic_listener_get_n_half_open (ShoalQuicListener *self);

G_END_DECLS
