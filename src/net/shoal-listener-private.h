/* shoal-listener-private.h: what listeners of TCP and of QUIC share.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/* One number per household: an IPv4 address, or the network half of an IPv6
 * one, as its owner has all the rest; of a link-local one the other half. */
uint64_t shoal_listener_get_origin (GSocketAddress *address);

/* Why it cannot listen there, in words. Always FALSE. */
gboolean shoal_listener_set_error (GError **error, int saved_errno, GInetAddress *address,
                                   int port);

G_END_DECLS
