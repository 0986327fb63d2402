/* shoal-tls-policy.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-tls-policy.h"

#include "shoal-error.h"

#ifdef __aarch64__
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

/* TLS 1.3 from the first flight on: an older peer gets an alert. Only keys and
 * curves that make a handshake cheap, so that strangers cannot make it dear. */
#define PRIORITY                                                                                  \
  "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1"                       \
  ":-SIGN-ALL:+SIGN-EDDSA-ED25519:+SIGN-ECDSA-SECP256R1-SHA256:-CIPHER-ALL"
#define AES_FIRST ":+AES-128-GCM:+CHACHA20-POLY1305:+AES-256-GCM"
/* A server that is slow at AES insists on its own order. */
#define CHACHA_FIRST ":+CHACHA20-POLY1305:+AES-128-GCM:+AES-256-GCM:%SERVER_PRECEDENCE"

void
shoal_tls_peer_init (ShoalTlsPeer *self, ShoalIdentity *identity, const ShoalDeviceId *expected)
{
  *self = (ShoalTlsPeer){ .identity = shoal_identity_ref (identity) };
  if (expected != NULL)
    {
      self->has_expected = TRUE;
      self->expected = *expected;
    }
}

void
shoal_tls_peer_clear (ShoalTlsPeer *self)
{
  g_clear_pointer (&self->identity, shoal_identity_unref);
  g_clear_error (&self->error);
}

/* Without instructions for it AES is slow, and leaks its key by its timing. */
static gboolean
has_fast_aes (void)
{
#if defined __x86_64__ || defined __i386__
  return __builtin_cpu_supports ("aes") && __builtin_cpu_supports ("pclmul");
#elif defined __aarch64__
  return (getauxval (AT_HWCAP) & HWCAP_AES) != 0 && (getauxval (AT_HWCAP) & HWCAP_PMULL) != 0;
#else
  return FALSE;
#endif
}

int
shoal_tls_peer_set_up (ShoalTlsPeer *self, gnutls_session_t session, gboolean is_server,
                       const char *extra)
{
  static const gnutls_datum_t alpn = { (unsigned char *) SHOAL_TLS_ALPN,
                                       sizeof SHOAL_TLS_ALPN - 1 };
  g_autofree char *priority
    = g_strconcat (has_fast_aes () ? PRIORITY AES_FIRST : PRIORITY CHACHA_FIRST, extra, NULL);
  int status;

  if ((status = gnutls_priority_set_direct (session, priority, NULL)) < 0
      || (status = gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE,
                                           shoal_identity_get_credentials (self->identity))) < 0
      || (status = gnutls_alpn_set_protocols (session, &alpn, 1, GNUTLS_ALPN_MANDATORY)) < 0)
    return status;
  if (is_server)
    gnutls_certificate_server_set_request (session, GNUTLS_CERT_REQUIRE);
  return 0;
}

static gboolean
check_certificate (ShoalTlsPeer *self, gnutls_session_t session, GError **error)
{
  unsigned n = 0;
  const gnutls_datum_t *certificates = gnutls_certificate_get_peers (session, &n);
  g_autofree char *have = NULL, *want = NULL;

  if (certificates == NULL || n == 0)
    return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                            "The other side shows no device key");
  if (!shoal_identity_id_of_certificate (&certificates[0], &self->id, error))
    return FALSE;
  if (self->has_expected && !shoal_hash_equals (&self->id, &self->expected))
    {
      have = shoal_device_id_to_short (&self->id);
      want = shoal_device_id_to_short (&self->expected);
      return shoal_error_set (error, SHOAL_ERROR_WRONG_KEY, SHOAL_SIDE_THERE,
                              "If that device got a new key, forget it here and become friends "
                              "again, comparing the code; if not, somebody else has its address.",
                              "The device that answers is %s, not %s", have, want);
    }
  self->has_id = TRUE;
  return TRUE;
}

int
shoal_tls_peer_verify (ShoalTlsPeer *self, gnutls_session_t session)
{
  g_clear_error (&self->error);
  return check_certificate (self, session, &self->error) ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

gboolean
shoal_tls_peer_check (ShoalTlsPeer *self, gnutls_session_t session, const char *where,
                      GError **error)
{
  gnutls_datum_t alpn = { NULL, 0 };

  if (gnutls_protocol_get_version (session) != GNUTLS_TLS1_3
      || gnutls_alpn_get_selected_protocol (session, &alpn) < 0
      || alpn.size != strlen (SHOAL_TLS_ALPN)
      || memcmp (alpn.data, SHOAL_TLS_ALPN, alpn.size) != 0)
    return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE,
                            "Check the address and port.",
                            "What answers at %s speaks TLS, but not Shoal's protocol", where);
  if (!self->has_id)
    return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                            "The other side at %s shows no device key", where);
  return TRUE;
}

gboolean
shoal_tls_set_alert_error (gnutls_alert_description_t alert, const char *where, GError **error)
{
  const char *name = gnutls_alert_get_name (alert);

  if (alert == GNUTLS_A_PROTOCOL_VERSION || alert == GNUTLS_A_HANDSHAKE_FAILURE
      || alert == GNUTLS_A_NO_APPLICATION_PROTOCOL)
    return shoal_error_set (error, SHOAL_ERROR_VERSION, SHOAL_SIDE_THERE,
                            "Check the port, and that both devices run a current Shoal.",
                            "What answers at %s does not speak Shoal's protocol (%s)", where,
                            name != NULL ? name : "unknown alert");
  if (alert == GNUTLS_A_BAD_CERTIFICATE || alert == GNUTLS_A_CERTIFICATE_UNKNOWN
      || alert == GNUTLS_A_ACCESS_DENIED || alert == GNUTLS_A_CERTIFICATE_REVOKED)
    return shoal_error_set (error, SHOAL_ERROR_REFUSED, SHOAL_SIDE_THERE,
                            "Ask its owner whether this device's key is known there.",
                            "The device at %s does not accept this device's key", where);
  return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE,
                          "Check the address and port.", "The other side at %s gave up: %s",
                          where, name != NULL ? name : "unknown alert");
}

gboolean
shoal_tls_export (gnutls_session_t session, uint8_t *exporter, GError **error)
{
  int status = gnutls_prf_rfc5705 (session, strlen (SHOAL_TLS_EXPORTER_LABEL),
                                   SHOAL_TLS_EXPORTER_LABEL, 0, NULL, SHOAL_TLS_EXPORTER_SIZE,
                                   (char *) exporter);

  if (status < 0)
    return shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                            "Cannot derive a key from the connection: %s",
                            gnutls_strerror (status));
  return TRUE;
}
