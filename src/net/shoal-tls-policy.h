/* shoal-tls-policy.h: what TCP and QUIC links ask of TLS alike. Private to net.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-identity.h"

G_BEGIN_DECLS

#define SHOAL_TLS_ALPN "shoal/1"
#define SHOAL_TLS_EXPORTER_LABEL "EXPORTER-shoal-1"
#define SHOAL_TLS_EXPORTER_SIZE 32

/* The other end of a TLS session. A plain struct inside the session's owner. */
typedef struct
{
  ShoalIdentity *identity; /* (owned): ours; the session uses its credentials */
  gboolean       has_expected;
  ShoalDeviceId  expected;
  gboolean       has_id;
  ShoalDeviceId  id;
  /* Set where the reason would be lost in GnuTLS. */
  GError        *error;    /* (owned) (nullable) */
} ShoalTlsPeer;

/* @expected: (nullable): the only key to accept, checked before our own
 * certificate is shown; copied. */
void shoal_tls_peer_init  (ShoalTlsPeer *self, ShoalIdentity *identity,
                           const ShoalDeviceId *expected);
void shoal_tls_peer_clear (ShoalTlsPeer *self);

/* TLS 1.3 and nothing older, both certificates demanded, no CA, ALPN; @extra
 * is appended to the priorities. Returns a GnuTLS status. */
int shoal_tls_peer_set_up (ShoalTlsPeer *self, gnutls_session_t session, gboolean is_server,
                           const char *extra);

/* For GnuTLS's verify function: during the handshake, before our certificate
 * goes out. That the peer holds the key is proved by its signature, which
 * GnuTLS checks. Returns 0, or an error status with @error kept in @self. */
int shoal_tls_peer_verify (ShoalTlsPeer *self, gnutls_session_t session);

/* What a finished handshake must have brought, whatever GnuTLS made of our
 * wishes. @where: the address, for the error. */
gboolean shoal_tls_peer_check (ShoalTlsPeer *self, gnutls_session_t session, const char *where,
                               GError **error);

/* An alert of the other side during the handshake, in words. Always FALSE. */
gboolean shoal_tls_set_alert_error (gnutls_alert_description_t alert, const char *where,
                                    GError **error);

/* @exporter: 32 bytes. */
gboolean shoal_tls_export (gnutls_session_t session, uint8_t *exporter, GError **error);

G_END_DECLS
