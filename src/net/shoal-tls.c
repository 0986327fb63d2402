/* shoal-tls.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-tls.h"

#include "shoal-error.h"
#include "shoal-limits.h"

#include <errno.h>
#ifdef __aarch64__
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

/* One system call's worth; more only spoils the cache. */
#define INPUT_SIZE (128 * 1024)
/* The certificates of both sides have about 400 bytes. */
#define MAX_HANDSHAKE_MESSAGE 16384
/* Alerts that mean nothing, in a row. */
#define MAX_WARNINGS 8
/* The largest plaintext of a record (RFC 8446, 5.1). */
#define RECORD_SIZE 16384

/* TLS 1.3 from the first flight on: an older peer gets an alert. Only keys and
 * curves that make a handshake cheap, so that strangers cannot make it dear. */
#define PRIORITY                                                                                  \
  "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1"                       \
  ":-SIGN-ALL:+SIGN-EDDSA-ED25519:+SIGN-ECDSA-SECP256R1-SHA256:-CIPHER-ALL"
#define AES_FIRST ":+AES-128-GCM:+CHACHA20-POLY1305:+AES-256-GCM"
/* A server that is slow at AES insists on its own order. */
#define CHACHA_FIRST ":+CHACHA20-POLY1305:+AES-128-GCM:+AES-256-GCM:%SERVER_PRECEDENCE"

struct _ShoalTls
{
  gnutls_session_t session;  /* (owned) */
  ShoalIdentity   *identity; /* (owned): the session uses its credentials */
  gboolean         is_server;
  gboolean         has_expected;
  ShoalDeviceId    expected;

  gboolean         has_peer_id;
  ShoalDeviceId    peer_id;

  /* Set where the reason would be lost in GnuTLS. */
  GError          *error;    /* (owned) (nullable) */
  guint            n_warnings;

  uint8_t         *input;    /* (owned) (nullable): INPUT_SIZE */
  size_t           input_start;
  size_t           input_end;
  gboolean         input_ended;

  uint8_t         *output;   /* (owned) (nullable) */
  size_t           output_start;
  size_t           output_end;
  size_t           output_size;

  uint8_t         *staged;   /* (owned) (nullable): RECORD_SIZE; small pieces */
  size_t           n_staged;
};

/* --- GnuTLS's transport -------------------------------------------------- */

static ssize_t
pull (gnutls_transport_ptr_t data, void *to, size_t size)
{
  ShoalTls *self = data;

  size = MIN (size, self->input_end - self->input_start);
  if (size > 0)
    {
      memcpy (to, self->input + self->input_start, size);
      self->input_start += size;
      return (ssize_t) size;
    }
  if (self->input_ended)
    return 0;
  gnutls_transport_set_errno (self->session, EAGAIN);
  return -1;
}

/* Never called by TLS (as against DTLS) without a time-out set; GnuTLS wants
 * one as soon as it does not own the socket. */
static int
pull_timeout (gnutls_transport_ptr_t data, unsigned milliseconds)
{
  ShoalTls *self = data;

  return self->input_ended || shoal_tls_has_input (self);
}

static ssize_t
push (gnutls_transport_ptr_t data, const void *from, size_t size)
{
  ShoalTls *self = data;

  if (self->output_end + size > self->output_size)
    {
      self->output_size = MAX (2 * self->output_size, self->output_end + size);
      self->output = g_realloc (self->output, self->output_size);
    }
  memcpy (self->output + self->output_end, from, size);
  self->output_end += size;
  return (ssize_t) size;
}

/* --- The peer's key ------------------------------------------------------ */

static gboolean
check_peer (ShoalTls *self, GError **error)
{
  unsigned n = 0;
  const gnutls_datum_t *certificates = gnutls_certificate_get_peers (self->session, &n);
  g_autofree char *have = NULL, *want = NULL;

  if (certificates == NULL || n == 0)
    return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                            "The other side shows no device key");
  if (!shoal_identity_id_of_certificate (&certificates[0], &self->peer_id, error))
    return FALSE;
  if (self->has_expected && !shoal_hash_equals (&self->peer_id, &self->expected))
    {
      have = shoal_device_id_to_short (&self->peer_id);
      want = shoal_device_id_to_short (&self->expected);
      return shoal_error_set (error, SHOAL_ERROR_WRONG_KEY, SHOAL_SIDE_THERE,
                              "If that device got a new key, forget it here and become friends "
                              "again, comparing the code; if not, somebody else has its address.",
                              "The device that answers is %s, not %s", have, want);
    }
  self->has_peer_id = TRUE;
  return TRUE;
}

/* During the handshake, before our certificate goes out. That the peer holds
 * the key is proved by its signature, which GnuTLS checks. */
static int
on_verify (gnutls_session_t session)
{
  ShoalTls *self = gnutls_session_get_ptr (session);

  g_clear_error (&self->error);
  return check_peer (self, &self->error) ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

/* --- Set-up -------------------------------------------------------------- */

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

static int
set_up (ShoalTls *self)
{
  static const gnutls_datum_t alpn = { (unsigned char *) SHOAL_TLS_ALPN,
                                       sizeof SHOAL_TLS_ALPN - 1 };
  unsigned flags = GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS;
  const char *priority = has_fast_aes () ? PRIORITY AES_FIRST : PRIORITY CHACHA_FIRST;
  gnutls_session_t session;
  int status;

  status = gnutls_init (&session, flags | (self->is_server ? GNUTLS_SERVER : GNUTLS_CLIENT));
  if (status < 0)
    return status;
  self->session = session;

  if ((status = gnutls_priority_set_direct (session, priority, NULL)) < 0
      || (status = gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE,
                                           shoal_identity_get_credentials (self->identity))) < 0
      || (status = gnutls_alpn_set_protocols (session, &alpn, 1, GNUTLS_ALPN_MANDATORY)) < 0)
    return status;

  if (self->is_server)
    gnutls_certificate_server_set_request (session, GNUTLS_CERT_REQUIRE);
  gnutls_session_set_ptr (session, self);
  gnutls_session_set_verify_function (session, on_verify);
  gnutls_handshake_set_max_packet_length (session, MAX_HANDSHAKE_MESSAGE);
  gnutls_transport_set_ptr (session, self);
  gnutls_transport_set_pull_function (session, pull);
  gnutls_transport_set_pull_timeout_function (session, pull_timeout);
  gnutls_transport_set_push_function (session, push);
  return 0;
}

ShoalTls *
shoal_tls_new (ShoalIdentity *identity, gboolean is_server, const ShoalDeviceId *expected,
               GError **error)
{
  g_autoptr (ShoalTls) self = g_new0 (ShoalTls, 1);
  int status;

  self->identity = shoal_identity_ref (identity);
  self->is_server = is_server;
  if (expected != NULL)
    {
      self->has_expected = TRUE;
      self->expected = *expected;
    }

  status = set_up (self);
  if (status < 0)
    {
      shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE,
                       "Check the system's policy for encryption.",
                       "Encryption (TLS 1.3) is not available here: %s", gnutls_strerror (status));
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
shoal_tls_free (ShoalTls *self)
{
  g_clear_pointer (&self->session, gnutls_deinit);
  g_clear_pointer (&self->identity, shoal_identity_unref);
  g_clear_error (&self->error);
  g_free (self->input);
  g_free (self->output);
  g_free (self->staged);
  g_free (self);
}

/* --- Buffers ------------------------------------------------------------- */

uint8_t *
shoal_tls_get_input_space (ShoalTls *self, size_t *size)
{
  if (self->input == NULL)
    self->input = g_malloc (INPUT_SIZE);
  if (self->input_start > 0)
    {
      memmove (self->input, self->input + self->input_start, self->input_end - self->input_start);
      self->input_end -= self->input_start;
      self->input_start = 0;
    }
  *size = INPUT_SIZE - self->input_end;
  return self->input + self->input_end;
}

void
shoal_tls_add_input (ShoalTls *self, size_t size)
{
  g_assert (self->input_end + size <= INPUT_SIZE);
  self->input_end += size;
}

gboolean
shoal_tls_has_input (ShoalTls *self)
{
  return self->input_end > self->input_start;
}

void
shoal_tls_end_input (ShoalTls *self)
{
  self->input_ended = TRUE;
}

const uint8_t *
shoal_tls_get_output (ShoalTls *self, size_t *size)
{
  *size = self->output_end - self->output_start;
  return *size > 0 ? self->output + self->output_start : NULL;
}

void
shoal_tls_sent_output (ShoalTls *self, size_t size)
{
  self->output_start += size;
  g_assert (self->output_start <= self->output_end);
  if (self->output_start == self->output_end)
    self->output_start = self->output_end = 0;
}

void
shoal_tls_trim (ShoalTls *self)
{
  if (!shoal_tls_has_input (self))
    {
      g_clear_pointer (&self->input, g_free);
      self->input_start = self->input_end = 0;
    }
  if (self->output_end == 0)
    {
      g_clear_pointer (&self->output, g_free);
      self->output_size = 0;
    }
  if (self->n_staged == 0)
    g_clear_pointer (&self->staged, g_free);
}

/* --- Handshake ----------------------------------------------------------- */

static gboolean
set_alert_error (ShoalTls *self, const char *where, GError **error)
{
  gnutls_alert_description_t alert = gnutls_alert_get (self->session);
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

static gboolean
set_handshake_error (ShoalTls *self, int status, const char *where, GError **error)
{
  if (self->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->error));
      return FALSE;
    }
  if (status == GNUTLS_E_FATAL_ALERT_RECEIVED)
    return set_alert_error (self, where, error);
  if (status == GNUTLS_E_PREMATURE_TERMINATION
      || (self->input_ended && !shoal_tls_has_input (self)))
    return shoal_error_set (error, SHOAL_ERROR_CLOSED, SHOAL_SIDE_THERE,
                            "Try again; if it goes on, check the address and port.",
                            "%s hung up before the devices knew each other", where);
  return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE,
                          "Check the address and port, and that both devices run a current Shoal.",
                          "What answers at %s does not speak Shoal's protocol (%s)", where,
                          gnutls_strerror (status));
}

/* What the handshake must have brought, whatever GnuTLS made of our wishes. */
static gboolean
check_handshake (ShoalTls *self, const char *where, GError **error)
{
  gnutls_datum_t alpn = { NULL, 0 };

  if (gnutls_protocol_get_version (self->session) != GNUTLS_TLS1_3
      || gnutls_alpn_get_selected_protocol (self->session, &alpn) < 0
      || alpn.size != strlen (SHOAL_TLS_ALPN)
      || memcmp (alpn.data, SHOAL_TLS_ALPN, alpn.size) != 0)
    return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE,
                            "Check the address and port.",
                            "What answers at %s speaks TLS, but not Shoal's protocol", where);
  if (!self->has_peer_id)
    return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                            "The other side at %s shows no device key", where);
  return TRUE;
}

ShoalTlsStatus
shoal_tls_handshake (ShoalTls *self, const char *where, GError **error)
{
  int status;

  while ((status = gnutls_handshake (self->session)) < 0)
    {
      if (status == GNUTLS_E_AGAIN)
        return SHOAL_TLS_AGAIN;
      if (gnutls_error_is_fatal (status) || ++self->n_warnings > MAX_WARNINGS)
        break;
    }

  if (status >= 0 && check_handshake (self, where, error))
    return SHOAL_TLS_DONE;
  if (status < 0)
    {
      gnutls_alert_send_appropriate (self->session, status);
      set_handshake_error (self, status, where, error);
    }
  else
    gnutls_alert_send (self->session, GNUTLS_AL_FATAL, GNUTLS_A_NO_APPLICATION_PROTOCOL);
  return SHOAL_TLS_FAILED;
}

const ShoalDeviceId *
shoal_tls_get_peer_id (ShoalTls *self)
{
  g_return_val_if_fail (self->has_peer_id, NULL);

  return &self->peer_id;
}

gboolean
shoal_tls_get_exporter (ShoalTls *self, uint8_t *exporter, GError **error)
{
  int status = gnutls_prf_rfc5705 (self->session, strlen (SHOAL_TLS_EXPORTER_LABEL),
                                   SHOAL_TLS_EXPORTER_LABEL, 0, NULL, SHOAL_TLS_EXPORTER_SIZE,
                                   (char *) exporter);

  if (status < 0)
    return shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                            "Cannot derive a key from the connection: %s",
                            gnutls_strerror (status));
  return TRUE;
}

/* --- Records ------------------------------------------------------------- */

static gboolean
set_read_error (ShoalTls *self, ssize_t status, GError **error)
{
  /* In the middle of a record GnuTLS has another word for it. */
  if (status == GNUTLS_E_PREMATURE_TERMINATION
      || (self->input_ended && !shoal_tls_has_input (self)))
    return shoal_error_set (error, SHOAL_ERROR_CLOSED, SHOAL_SIDE_THERE, NULL,
                            "The other device ended the connection without a word");
  if (status == GNUTLS_E_FATAL_ALERT_RECEIVED)
    {
      const char *name = gnutls_alert_get_name (gnutls_alert_get (self->session));

      return shoal_error_set (error, SHOAL_ERROR_REFUSED, SHOAL_SIDE_THERE, NULL,
                              "The other device ended the connection: %s",
                              name != NULL ? name : "unknown alert");
    }
  return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_NONE, NULL,
                          "What came over the connection is damaged: %s",
                          gnutls_strerror ((int) status));
}

ShoalTlsStatus
shoal_tls_read (ShoalTls *self, uint8_t *data, size_t size, size_t *n, GError **error)
{
  ssize_t status;

  for (;;)
    {
      status = gnutls_record_recv (self->session, data, size);
      if (status >= 0)
        {
          self->n_warnings = 0;
          *n = (size_t) status;
          return SHOAL_TLS_DONE;
        }
      /* AGAIN comes also after a record that was not data, a key update. */
      if (status == GNUTLS_E_AGAIN && !shoal_tls_has_input (self))
        return SHOAL_TLS_AGAIN;
      if (gnutls_error_is_fatal ((int) status) || ++self->n_warnings > MAX_WARNINGS)
        break;
    }

  gnutls_alert_send_appropriate (self->session, (int) status);
  set_read_error (self, status, error);
  return SHOAL_TLS_FAILED;
}

static gboolean
encrypt (ShoalTls *self, const uint8_t *data, size_t size, GError **error)
{
  while (size > 0)
    {
      ssize_t n = gnutls_record_send (self->session, data, size);

      /* The output takes everything, so AGAIN cannot be. */
      if (n <= 0)
        return shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                                "Cannot encrypt: %s", gnutls_strerror ((int) n));
      data += n;
      size -= (size_t) n;
    }
  return TRUE;
}

gboolean
shoal_tls_finish_write (ShoalTls *self, GError **error)
{
  size_t size = self->n_staged;

  self->n_staged = 0;
  return encrypt (self, self->staged, size, error);
}

gboolean
shoal_tls_write (ShoalTls *self, const uint8_t *data, size_t size, GError **error)
{
  /* What fills half a record is encrypted from where it lies: a copy would cost
   * more than one more record. */
  if (size >= RECORD_SIZE / 2)
    return shoal_tls_finish_write (self, error) && encrypt (self, data, size, error);

  if (self->n_staged + size > RECORD_SIZE && !shoal_tls_finish_write (self, error))
    return FALSE;
  if (self->staged == NULL)
    self->staged = g_malloc (RECORD_SIZE);
  if (size > 0)
    memcpy (self->staged + self->n_staged, data, size);
  self->n_staged += size;
  return TRUE;
}

void
shoal_tls_bye (ShoalTls *self)
{
  gnutls_bye (self->session, GNUTLS_SHUT_WR);
}
