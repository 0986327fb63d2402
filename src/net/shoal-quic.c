/* shoal-quic.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-quic-private.h"

#include "shoal-error.h"

/* What closes a connection: docs/protocol.md, section 1. */
#define CLOSE_IN_ORDER 0
#define CLOSE_PROTOCOL 1
/* GnuTLS alerts in QUIC's codes (RFC 9001, 4.8). */
#define CRYPTO_ERROR 0x100
#define CRYPTO_ERROR_END 0x200

guint
shoal_quic_id_hash (gconstpointer id)
{
  const ShoalQuicId *self = id;
  guint hash = self->size;

  /* Ours are random, a client's first one should be. */
  for (guint i = 0; i < self->size; i++)
    hash = hash * 31 + self->bytes[i];
  return hash;
}

gboolean
shoal_quic_id_equal (gconstpointer a, gconstpointer b)
{
  const ShoalQuicId *one = a, *other = b;

  return one->size == other->size && memcmp (one->bytes, other->bytes, one->size) == 0;
}

/* --- Life ---------------------------------------------------------------- */

ShoalQuic *
shoal_quic_new (const ShoalQuicConfig *config, GError **error)
{
  g_autoptr (ShoalQuic) self = g_new0 (ShoalQuic, 1);
  int status;

  self->runtime = g_object_ref (config->runtime);
  self->is_server = config->is_server;
  self->where = g_strdup (config->where);
  self->congestion = config->congestion;
  self->initial_rtt = config->initial_rtt;
  self->has_reset_secret = config->reset_secret != NULL;
  if (config->reset_secret != NULL)
    memcpy (self->reset_secret, config->reset_secret, sizeof self->reset_secret);
  self->has_original_id = config->original_id != NULL;
  if (config->original_id != NULL)
    self->original_id = *config->original_id;
  self->events = config->events;
  self->user_data = config->user_data;
  self->path = config->path;
  if (self->path.local.any.sa_family == AF_UNSPEC)
    self->path.local.any.sa_family = AF_INET;
  if (self->path.remote.any.sa_family == AF_UNSPEC)
    self->path.remote.any.sa_family = AF_INET;
  ngtcp2_ccerr_default (&self->close_reason);
  shoal_quic_streams_init (self);
  shoal_tls_peer_init (&self->peer, config->identity, config->expected);

  status = shoal_quic_start_tls (self);
  if (status < 0)
    {
      shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE,
                       "Check the system's policy for encryption.",
                       "Encryption (TLS 1.3) is not available here: %s", gnutls_strerror (status));
      return NULL;
    }
  if (!self->is_server && !shoal_quic_start_client (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
shoal_quic_free (ShoalQuic *self)
{
  /* Deleting it makes no calls, and needs the session. */
  g_clear_pointer (&self->conn, ngtcp2_conn_del);
  g_clear_pointer (&self->session, gnutls_deinit);
  shoal_tls_peer_clear (&self->peer);
  shoal_quic_streams_clear (self);
  g_clear_error (&self->error);
  g_clear_object (&self->runtime);
  g_free (self->where);
  g_free (self);
}

/* --- The end ------------------------------------------------------------- */

static void
set_closed_by_peer (ShoalQuic *self, GError **error)
{
  ngtcp2_ccerr reason;

  ngtcp2_ccerr_default (&reason);
  shoal_ngtcp2_get_close (self->conn, &reason);
  if (reason.type == NGTCP2_CCERR_TYPE_APPLICATION && reason.error_code == CLOSE_IN_ORDER)
    shoal_error_set (error, SHOAL_ERROR_CLOSED, SHOAL_SIDE_THERE, NULL,
                     self->is_open ? "The other device closed the connection"
                                   : "The other device hung up before the devices knew each other");
  else if (reason.type == NGTCP2_CCERR_TYPE_TRANSPORT && reason.error_code >= CRYPTO_ERROR
           && reason.error_code < CRYPTO_ERROR_END)
    shoal_tls_set_alert_error ((gnutls_alert_description_t) (reason.error_code - CRYPTO_ERROR),
                               self->where, error);
  else if (reason.type == NGTCP2_CCERR_TYPE_TRANSPORT
           && reason.error_code == NGTCP2_CONNECTION_REFUSED)
    shoal_error_set (error, SHOAL_ERROR_BUSY, SHOAL_SIDE_THERE, "Try again in a moment.",
                     "The device at %s is too busy", self->where);
  else
    shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_NONE, NULL,
                     "The other device ended the connection: QUIC error %" G_GINT64_MODIFIER "u",
                     reason.error_code);
}

static void
set_broken (ShoalQuic *self, int status, GError **error)
{
  switch (status)
    {
    case NGTCP2_ERR_DRAINING:
      set_closed_by_peer (self, error);
      break;

    case NGTCP2_ERR_IDLE_CLOSE:
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
      shoal_error_set (error, SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_NETWORK,
                       "Check the network; a transfer goes on where it stopped.",
                       "The other device does not answer any more");
      break;

    case NGTCP2_ERR_CRYPTO:
      shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE,
                       "Check the address and port, and that both devices run a current Shoal.",
                       "What answers at %s does not speak Shoal's protocol", self->where);
      break;

    default:
      shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_NONE, NULL,
                       "What came over the connection is damaged: %s", ngtcp2_strerror (status));
    }
}

void
shoal_quic_fail (ShoalQuic *self, int status, GError **error)
{
  gboolean by_us = self->error != NULL || self->peer.error != NULL;

  self->is_over = TRUE;
  if (self->peer.error != NULL)
    g_propagate_error (error, g_steal_pointer (&self->peer.error));
  else if (self->error != NULL)
    g_propagate_error (error, g_steal_pointer (&self->error));
  else
    set_broken (self, status, error);

  if (status == NGTCP2_ERR_DRAINING || status == NGTCP2_ERR_IDLE_CLOSE
      || status == NGTCP2_ERR_HANDSHAKE_TIMEOUT || status == NGTCP2_ERR_DROP_CONN
      || status == NGTCP2_ERR_RETRY || status == NGTCP2_ERR_CLOSING)
    self->close_written = TRUE;
  else if (status == NGTCP2_ERR_CRYPTO)
    ngtcp2_ccerr_set_tls_alert (&self->close_reason, ngtcp2_conn_get_tls_alert (self->conn), NULL,
                                0);
  else if (by_us)
    ngtcp2_ccerr_set_application_error (&self->close_reason, CLOSE_PROTOCOL, NULL, 0);
  else
    ngtcp2_ccerr_set_liberr (&self->close_reason, status, NULL, 0);
}

/* --- Packets ------------------------------------------------------------- */

static gboolean
set_over (GError **error)
{
  return shoal_error_set (error, SHOAL_ERROR_CLOSED, SHOAL_SIDE_NONE, NULL, "Connection is over");
}

gboolean
shoal_quic_receive (ShoalQuic *self, const ShoalUdpPath *path, const uint8_t *data, size_t size,
                    GError **error)
{
  ShoalUdpPath from = path != NULL ? *path : self->path;
  ngtcp2_pkt_info info = { 0 };
  ngtcp2_path where;
  int status;

  if (self->is_over)
    return set_over (error);
  if (size == 0)
    return TRUE;
  if (self->conn == NULL && !shoal_quic_start_server (self, data, size))
    return TRUE;

  shoal_quic_to_ngtcp2_path (&from, &where);
  status = ngtcp2_conn_read_pkt (self->conn, &where, &info, data, size, shoal_quic_now (self));
  if (status != 0)
    {
      shoal_quic_fail (self, status, error);
      return FALSE;
    }
  self->has_answer = TRUE;
  return TRUE;
}

gint64
shoal_quic_get_timer (ShoalQuic *self)
{
  ngtcp2_tstamp expiry;

  if (self->conn == NULL || self->is_over)
    return G_MAXINT64;
  expiry = ngtcp2_conn_get_expiry (self->conn);
  if (expiry >= (ngtcp2_tstamp) G_MAXINT64)
    return G_MAXINT64;
  return (gint64) ((expiry + NGTCP2_MICROSECONDS - 1) / NGTCP2_MICROSECONDS);
}

gboolean
shoal_quic_on_timer (ShoalQuic *self, GError **error)
{
  ngtcp2_tstamp now = shoal_quic_now (self);
  int status;

  if (self->is_over)
    return set_over (error);
  if (self->conn == NULL || ngtcp2_conn_get_expiry (self->conn) > now)
    return TRUE;
  status = ngtcp2_conn_handle_expiry (self->conn, now);
  if (status != 0)
    shoal_quic_fail (self, status, error);
  return status == 0;
}

/* What the line has told since the last burst. */
static void
update_fair_window (ShoalQuic *self)
{
  ShoalNgtcp2Stat stat;
  uint64_t lost = 0, gone;

  shoal_ngtcp2_get_stat (self->conn, &stat);
  self->in_flight = (size_t) stat.in_flight;
  if (!self->is_open || self->congestion == SHOAL_CONGESTION_CUBIC)
    return;
  for (guint i = 0; i <= self->n_lanes; i++)
    lost += ngtcp2_conn_get_stream_loss_count (self->conn, self->out[i].id);
  gone = self->in_flight + lost * ngtcp2_conn_get_path_max_tx_udp_payload_size (self->conn);
  shoal_fair_window_update (&self->fair, shoal_runtime_now (self->runtime),
                            (gint64) (stat.latest_rtt / NGTCP2_MICROSECONDS), self->in_flight,
                            self->n_written - MIN (gone, self->n_written), lost);
}

size_t
shoal_quic_get_burst (ShoalQuic *self)
{
  if (self->conn != NULL && !self->is_over)
    update_fair_window (self);
  return self->conn != NULL
           ? MAX (ngtcp2_conn_get_send_quantum (self->conn), SHOAL_QUIC_MAX_DATAGRAM)
           : SHOAL_QUIC_MAX_DATAGRAM;
}

static size_t
get_window (ShoalQuic *self)
{
  return shoal_fair_window_get (&self->fair, shoal_runtime_now (self->runtime));
}

gssize
shoal_quic_write (ShoalQuic *self, ShoalSendQueue *queue, uint8_t *packet, ShoalUdpPath *path,
                  size_t *taken, GError **error)
{
  gboolean blocked[2] = { FALSE, self->in_flight + self->burst_bytes >= get_window (self) };
  ngtcp2_tstamp now = shoal_quic_now (self);
  ngtcp2_path_storage where;
  ngtcp2_pkt_info info;

  if (self->is_over)
    {
      set_over (error);
      return -1;
    }
  if (self->conn == NULL)
    return 0;

  /* Of control and bulk. */
  ngtcp2_path_storage_zero (&where);
  for (;;)
    {
      int stream = shoal_quic_pick (self, queue, blocked[0], blocked[1], taken);
      ngtcp2_vec vectors[SHOAL_QUIC_MAX_VECTORS];
      size_t n_vectors
        = stream >= 0 ? shoal_quic_get_vectors (self, (guint) stream, vectors) : 0;
      ngtcp2_ssize used = -1;
      ngtcp2_ssize n;

      if (self->error != NULL)
        {
          shoal_quic_fail (self, NGTCP2_ERR_CALLBACK_FAILURE, error);
          return -1;
        }
      n = ngtcp2_conn_writev_stream (
        self->conn, &where.path, &info, packet, SHOAL_QUIC_MAX_DATAGRAM, &used,
        stream >= 0 ? NGTCP2_WRITE_STREAM_FLAG_MORE : NGTCP2_WRITE_STREAM_FLAG_NONE,
        stream >= 0 ? self->out[stream].id : -1, vectors, n_vectors, now);

      if (stream >= 0 && used > 0)
        shoal_quic_advance (self, (guint) stream, (size_t) used);
      if (n == NGTCP2_ERR_WRITE_MORE)
        continue;
      if (n == NGTCP2_ERR_STREAM_DATA_BLOCKED && stream >= 0)
        {
          blocked[stream > 0] = TRUE;
          continue;
        }
      if (n < 0)
        {
          shoal_quic_fail (self, (int) n, error);
          return -1;
        }
      if (n > 0)
        {
          shoal_quic_from_ngtcp2_path (&where.path, path);
          self->burst_bytes += (size_t) n;
          self->n_written += (size_t) n;
        }
      return (gssize) n;
    }
}

void
shoal_quic_burst_ended (ShoalQuic *self)
{
  if (self->conn != NULL && self->burst_bytes > 0 && !self->is_over)
    shoal_ngtcp2_note_burst (self->conn, self->burst_bytes, &self->planned, shoal_quic_now (self));
  self->burst_bytes = 0;
}

size_t
shoal_quic_write_close (ShoalQuic *self, uint8_t *packet, ShoalUdpPath *path)
{
  ngtcp2_path_storage where;
  ngtcp2_pkt_info info;
  ngtcp2_ssize n;

  if (self->conn == NULL || self->close_written)
    return 0;
  if (!self->is_over)
    ngtcp2_ccerr_set_application_error (&self->close_reason, CLOSE_IN_ORDER, NULL, 0);
  self->is_over = TRUE;
  self->close_written = TRUE;

  ngtcp2_path_storage_zero (&where);
  n = ngtcp2_conn_write_connection_close (self->conn, &where.path, &info, packet,
                                          SHOAL_QUIC_MAX_DATAGRAM, &self->close_reason,
                                          shoal_quic_now (self));
  if (n <= 0)
    return 0;
  shoal_quic_from_ngtcp2_path (&where.path, path);
  return (size_t) n;
}

gint64
shoal_quic_get_close_time (ShoalQuic *self)
{
  return self->conn != NULL ? (gint64) (3 * ngtcp2_conn_get_pto (self->conn) / NGTCP2_MICROSECONDS)
                            : 0;
}

/* --- Facts --------------------------------------------------------------- */

gboolean
shoal_quic_is_open (ShoalQuic *self)
{
  return self->is_open;
}

gboolean
shoal_quic_has_answer (ShoalQuic *self)
{
  return self->has_answer;
}

const ShoalDeviceId *
shoal_quic_get_peer_id (ShoalQuic *self)
{
  g_return_val_if_fail (self->is_open, NULL);

  return &self->peer.id;
}

gboolean
shoal_quic_get_exporter (ShoalQuic *self, uint8_t *exporter, GError **error)
{
  return shoal_tls_export (self->session, exporter, error);
}

gint64
shoal_quic_get_rtt (ShoalQuic *self)
{
  ShoalNgtcp2Stat stat;

  if (self->conn == NULL || !self->is_open)
    return -1;
  shoal_ngtcp2_get_stat (self->conn, &stat);
  return (gint64) (stat.smoothed_rtt / NGTCP2_MICROSECONDS);
}

gint64
shoal_quic_get_shortest_rtt (ShoalQuic *self)
{
  ShoalNgtcp2Stat stat;

  if (self->conn == NULL || !self->is_open)
    return 0;
  shoal_ngtcp2_get_stat (self->conn, &stat);
  return stat.min_rtt != UINT64_MAX ? (gint64) (stat.min_rtt / NGTCP2_MICROSECONDS) : 0;
}

size_t
shoal_quic_get_datagram_size (ShoalQuic *self)
{
  return self->conn != NULL ? ngtcp2_conn_get_path_max_tx_udp_payload_size (self->conn)
                            : SHOAL_QUIC_MIN_DATAGRAM;
}
