/* shoal-listener.h: lets other devices connect.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-identity.h"
#include "shoal-interfaces.h"
#include "shoal-link.h"
#include "shoal-main-runtime.h"

G_BEGIN_DECLS

#define SHOAL_TYPE_LISTENER (shoal_listener_get_type ())
G_DECLARE_FINAL_TYPE (ShoalListener, shoal_listener, SHOAL, LISTENER, GObject)

/**
 * ShoalListener:
 *
 * Accepts TCP, completes the handshake (at most SHOAL_HANDSHAKE_SECONDS, at
 * most SHOAL_MAX_HALF_OPEN at once and SHOAL_MAX_CONNECTIONS_PER_ADDRESS of
 * one address; a newcomer beyond that pushes out the oldest, for honest
 * handshakes take milliseconds), and hands out open links. A connection that
 * fails is dropped without a word to anybody.
 *
 * Signals: "accepted" (ShoalLink *link), once per link, no events set; a link
 * nobody takes a reference on is closed.
 *
 * Engine context's thread.
 */
ShoalListener *shoal_listener_new (ShoalMainRuntime *runtime, ShoalIdentity *identity);

/* SHOAL_DEFAULT_PORT; taken: the next nine; then any. */
#define SHOAL_LISTEN_USUAL_PORT (-1)

/* @address: (nullable): NULL listens on every address, IPv6 and IPv4.
 * @port: SHOAL_LISTEN_USUAL_PORT, 0 for any, or that port and no other. At
 * once, without blocking. Errors: IN_USE, INVALID (not an address of this
 * device), REFUSED (a port that needs privileges); next step included. */
gboolean shoal_listener_start (ShoalListener *self, GInetAddress *address, int port,
                               GError **error);
/* Which interfaces may be used; kept by reference; before start. A connection that
 * comes in by another is closed at once. */
void     shoal_listener_set_interfaces (ShoalListener *self, ShoalInterfaces *interfaces);
/* Closes the socket and all half-open connections; links live on. */
void     shoal_listener_stop  (ShoalListener *self);

/* 0 when not started. */
guint16    shoal_listener_get_port      (ShoalListener *self);
/* What it is bound to: "[::]:27474" or the like, GSocketAddress. Empty when
 * not started. Returns: (transfer container) (element-type GSocketAddress) */
GPtrArray *shoal_listener_get_addresses (ShoalListener *self);
/* Connections whose key is not proved yet. */
guint      shoal_listener_get_n_half_open (ShoalListener *self);

G_END_DECLS
