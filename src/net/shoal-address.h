/* shoal-address.h: addresses as people type them, and what kind they are.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-link.h"

G_BEGIN_DECLS

/* "ADDRESS", "ADDRESS:PORT", "[V6]:PORT", "fe80::1%eth0", "host.example:PORT".
 * @port: SHOAL_DEFAULT_PORT where none is said. A host name is returned in
 * @host, a numeric address in @address; the other is NULL. Pure: asks nobody.
 * INVALID otherwise. (out) (transfer full) */
gboolean shoal_address_parse (const char *text, GSocketAddress **address, char **host,
                              guint16 *port, GError **error);

/* "192.0.2.1:27474", "[2001:db8::1]:27474", "[fe80::1%eth0]:27474".
 * Mapped IPv4 is shown as IPv4. Returns: (transfer full) */
char *shoal_address_to_text (GSocketAddress *address);

/* An address and the interface to reach it by (an index; 0: the kernel's
 * choice). For IPv6 that is the scope, for IPv4 something kept beside it.
 * Returns: (transfer full) */
GSocketAddress *shoal_address_new_on_interface (GInetAddress *address, guint16 port,
                                                guint interface);
guint           shoal_address_get_interface    (GSocketAddress *address);

/* IPv4 in IPv6 clothing (::ffff:a.b.c.d, of a dual-stack socket) as IPv4.
 * Returns: (transfer full) */
GSocketAddress *shoal_address_unmap (GSocketAddress *address);

/* LOCAL for loopback, link-local, private (RFC 1918, RFC 4193) and on-link
 * addresses, else DIRECT. Asks the kernel for our interfaces. */
ShoalPath shoal_address_get_path (GSocketAddress *address);

/* --listen's value: "[ADDRESS]:PORT" where ADDRESS may be missing or bracketed:
 * ":27474", "192.0.2.1:0", "[::1]:27474". @address: (nullable) out: NULL means
 * every address. INVALID otherwise. */
gboolean shoal_listen_address_parse (const char *text, GInetAddress **address, guint16 *port,
                                     GError **error);

G_END_DECLS
