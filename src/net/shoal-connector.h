/* shoal-connector.h: dials other devices.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-identity.h"
#include "shoal-interfaces.h"
#include "shoal-link.h"
#include "shoal-main-runtime.h"

G_BEGIN_DECLS

#define SHOAL_TYPE_CONNECTOR (shoal_connector_get_type ())
G_DECLARE_FINAL_TYPE (ShoalConnector, shoal_connector, SHOAL, CONNECTOR, GObject)

/**
 * ShoalConnector:
 *
 * Makes outgoing links: by TCP to addresses of this network; by QUIC to others,
 * and by TCP as well, should UDP not get through. It tries the next way 250 ms
 * after the last, or at once when one fails; the first to finish the handshake
 * with the right key wins and the others are closed.
 *
 * Engine context's thread. Any number of dials may run at once.
 */
ShoalConnector *shoal_connector_new (ShoalMainRuntime *runtime, ShoalIdentity *identity);

/* Which interfaces may be used; kept by reference; before the first dial. An
 * address that none of them leads to is not tried. */
void shoal_connector_set_interfaces (ShoalConnector *self, ShoalInterfaces *interfaces);

/**
 * shoal_connector_connect_async:
 * @addresses: (element-type GSocketAddress): in order of preference; at most
 *   SHOAL_MAX_PEER_ADDRESSES are tried. One made by
 *   shoal_address_new_on_interface() is dialled by that interface
 * @expected: (nullable): the only device to accept; copied. NULL: any
 * @timeout: microseconds for everything; 0: SHOAL_HANDSHAKE_SECONDS
 * @cancellable: (nullable): ends the dial with CANCELLED
 *
 * The callback runs on the engine context (which must be the thread's default
 * one, as for every GTask), never from inside this call.
 *
 * Errors, all with side and next step: WRONG_KEY (another device answers
 * there; names both), UNREACHABLE (refused, no route, no answer, no such host),
 * TIMED_OUT (answers TCP, then falls silent), PROTOCOL or VERSION (what answers
 * is not Shoal), CLOSED, INVALID (the address is this device itself; no
 * address; not an address), CANCELLED. Of several failures the most telling one.
 */
void shoal_connector_connect_async (ShoalConnector *self, GPtrArray *addresses,
                                    const ShoalDeviceId *expected, gint64 timeout,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);

/* As above, for something a person typed: "host", "host:port", "[v6%if]:port";
 * host names are looked up first. */
void shoal_connector_connect_to_host_async (ShoalConnector *self, const char *host_and_port,
                                            const ShoalDeviceId *expected, gint64 timeout,
                                            GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);

/* As of shoal_connector_connect_async(), to one address, by @carrier alone. */
void shoal_connector_connect_by_async (ShoalConnector *self, ShoalCarrier carrier,
                                       GSocketAddress *address, const ShoalDeviceId *expected,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);

/* For all. An open link, no events set. Returns: (transfer full) */
ShoalLink *shoal_connector_connect_finish (ShoalConnector *self, GAsyncResult *result,
                                           GError **error);

G_END_DECLS
