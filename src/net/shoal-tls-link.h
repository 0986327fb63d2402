/* shoal-tls-link.h: a link by TLS over TCP, from its first packet on. Private to net.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-identity.h"
#include "shoal-link-impl.h"
#include "shoal-main-runtime.h"

G_BEGIN_DECLS

#define SHOAL_TYPE_TLS_LINK (shoal_tls_link_get_type ())
G_DECLARE_FINAL_TYPE (ShoalTlsLink, shoal_tls_link, SHOAL, TLS_LINK, ShoalLink)

/* Exactly once per link, from the main loop, unless the link is dropped before:
 * it is open (@error is NULL), or never will be. May unref the link. */
typedef void (*ShoalTlsLinkReadyFunc) (ShoalTlsLink *link, const GError *error,
                                       gpointer user_data);

/* Both begin at once; the only reference is the caller's, and dropping it
 * drops the connection. Fails after SHOAL_HANDSHAKE_SECONDS. */
ShoalTlsLink *shoal_tls_link_dial   (ShoalMainRuntime *runtime, ShoalIdentity *identity,
                                     GSocketAddress *address, const ShoalDeviceId *expected,
                                     ShoalTlsLinkReadyFunc ready, gpointer user_data);
/* @fd: accepted, non-blocking; taken over. */
ShoalTlsLink *shoal_tls_link_accept (ShoalMainRuntime *runtime, ShoalIdentity *identity, int fd,
                                     GSocketAddress *remote_address, ShoalTlsLinkReadyFunc ready,
                                     gpointer user_data);

/* What to say if there is no more time for a link that is not open yet.
 * Returns: (transfer full) */
GError *shoal_tls_link_new_timeout_error (ShoalTlsLink *self);

G_END_DECLS
