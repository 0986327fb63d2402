/* shoal-tls.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-tls.h"

#include "shoal-error.h"
#include "shoal-limits.h"
#include "shoal-tls-policy.h"

#include <errno.h>

/* One system call's worth; more only spoils the cache. */
#define INPUT_SIZE (128 * 1024)
/* The certificates of both sides have about 400 bytes. */
#define MAX_HANDSHAKE_MESSAGE 16384
/* Alerts that mean nothing, in a row. */
#define MAX_WARNINGS 8
/* The largest plaintext of a record (RFC 8446, 5.1). */
#define RECORD_SIZE 16384

struct _ShoalTls
{
  gnutls_session_t session;  /* (owned) */
  ShoalTlsPeer     peer;
  gboolean         is_server;
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

/* --- Set-up -------------------------------------------------------------- */

static int
on_verify (gnutls_session_t session)
{
  ShoalTls *self = gnutls_session_get_ptr (session);

  return shoal_tls_peer_verify (&self->peer, session);
}

static int
set_up (ShoalTls *self)
{
  unsigned flags = GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS;
  gnutls_session_t session;
  int status;

  status = gnutls_init (&session, flags | (self->is_server ? GNUTLS_SERVER : GNUTLS_CLIENT));
  if (status < 0)
    return status;
  self->session = session;

  status = shoal_tls_peer_set_up (&self->peer, session, self->is_server, "");
  if (status < 0)
    return status;
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

  shoal_tls_peer_init (&self->peer, identity, expected);
  self->is_server = is_server;

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
  shoal_tls_peer_clear (&self->peer);
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
set_handshake_error (ShoalTls *self, int status, const char *where, GError **error)
{
  if (self->peer.error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->peer.error));
      return FALSE;
    }
  if (status == GNUTLS_E_FATAL_ALERT_RECEIVED)
    return shoal_tls_set_alert_error (gnutls_alert_get (self->session), where, error);
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

  if (status >= 0 && shoal_tls_peer_check (&self->peer, self->session, where, error))
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
  g_return_val_if_fail (self->peer.has_id, NULL);

  return &self->peer.id;
}

gboolean
shoal_tls_get_exporter (ShoalTls *self, uint8_t *exporter, GError **error)
{
  return shoal_tls_export (self->session, exporter, error);
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
