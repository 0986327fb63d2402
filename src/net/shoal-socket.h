/* shoal-socket.h: sockets the way links need them. Private to net.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A non-blocking TCP socket on its way to @address, by its interface if it has
 * one. -1 with @error if that is hopeless from the start. */
int  shoal_socket_connect (GSocketAddress *address, GError **error);
/* Makes it go by the interface that @address names, if any. FALSE with errno. */
gboolean shoal_socket_bind_to_interface (int fd, GSocketAddress *address);
/* Why there is no connection to @address, in words. */
void     shoal_socket_set_connect_error (GError **error, int saved_errno, GSocketAddress *address);
/* What became of it; TRUE if connected. */
gboolean shoal_socket_check_connected (int fd, GSocketAddress *address, GError **error);

/* A non-blocking listening TCP socket, or -1 with errno. IPv6 sockets of the
 * unspecified address take IPv4 too. */
int  shoal_socket_listen (GSocketAddress *address);

/* For a connected socket: no Nagle, small unsent backlog, dead peers noticed. */
void shoal_socket_tune (int fd);

/* The shortest round trip so far, in microseconds; 0: not known. */
gint64 shoal_socket_get_rtt (int fd);

/* (transfer full) (nullable) */
GSocketAddress *shoal_socket_get_local_address  (int fd);
GSocketAddress *shoal_socket_get_remote_address (int fd);

/* Why a working connection ended, in words. Returns: (transfer full) */
GError *shoal_socket_error (int saved_errno);

G_END_DECLS
