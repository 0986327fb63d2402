/* shoal-quic-setup.c: a connection's beginning: TLS, settings, callbacks.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-quic-private.h"

#include "shoal-error.h"

/* Of the connection's window at first; ngtcp2 doubles it as it is used up
 * within a few round trips. A single stream's window never is the tighter one. */
#define FIRST_WINDOW (2 * 1024 * 1024)
/* Packets for each acknowledgement; a burst that comes at once gets one. */
#define ACK_THRESHOLD 8
/* The certificates of both sides have about 400 bytes. */
#define MAX_HANDSHAKE_MESSAGE 16384

/* --- Paths --------------------------------------------------------------- */

static void
to_ngtcp2_address (ShoalUdpAddress *from, ngtcp2_addr *to)
{
  to->addr = &from->any;
  to->addrlen = from->any.sa_family == AF_INET6 ? sizeof from->ipv6 : sizeof from->ipv4;
}

void
shoal_quic_to_ngtcp2_path (ShoalUdpPath *from, ngtcp2_path *to)
{
  *to = (ngtcp2_path){ 0 };
  to_ngtcp2_address (&from->local, &to->local);
  to_ngtcp2_address (&from->remote, &to->remote);
}

static void
from_ngtcp2_address (const ngtcp2_addr *from, ShoalUdpAddress *to)
{
  memset (to, 0, sizeof *to);
  if (from->addrlen <= sizeof *to)
    memcpy (to, from->addr, from->addrlen);
}

void
shoal_quic_from_ngtcp2_path (const ngtcp2_path *from, ShoalUdpPath *to)
{
  from_ngtcp2_address (&from->local, &to->local);
  from_ngtcp2_address (&from->remote, &to->remote);
}

/* --- TLS ----------------------------------------------------------------- */

static ngtcp2_conn *
get_conn (ngtcp2_crypto_conn_ref *ref)
{
  return ((ShoalQuic *) ref->user_data)->conn;
}

static int
on_verify (gnutls_session_t session)
{
  ngtcp2_crypto_conn_ref *ref = gnutls_session_get_ptr (session);
  ShoalQuic *self = ref->user_data;

  return shoal_tls_peer_verify (&self->peer, session);
}

int
shoal_quic_start_tls (ShoalQuic *self)
{
  unsigned flags = GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS
                   | GNUTLS_NO_END_OF_EARLY_DATA;
  int status;

  status = gnutls_init (&self->session, flags | (self->is_server ? GNUTLS_SERVER : GNUTLS_CLIENT));
  if (status < 0)
    return status;
  status = shoal_tls_peer_set_up (&self->peer, self->session, self->is_server,
                                  ":%DISABLE_TLS13_COMPAT_MODE");
  if (status < 0)
    return status;
  if ((self->is_server ? ngtcp2_crypto_gnutls_configure_server_session (self->session)
                       : ngtcp2_crypto_gnutls_configure_client_session (self->session)) != 0)
    return GNUTLS_E_INTERNAL_ERROR;

  self->ref.get_conn = get_conn;
  self->ref.user_data = self;
  gnutls_session_set_ptr (self->session, &self->ref);
  gnutls_session_set_verify_function (self->session, on_verify);
  gnutls_handshake_set_max_packet_length (self->session, MAX_HANDSHAKE_MESSAGE);
  return 0;
}

/* --- Callbacks ----------------------------------------------------------- */

static int
fail_callback (ShoalQuic *self, ShoalErrorCode code, const char *text)
{
  if (self->error == NULL)
    self->error = shoal_error_new (code, SHOAL_SIDE_THERE, NULL, "%s", text);
  return NGTCP2_ERR_CALLBACK_FAILURE;
}

static void
on_random (uint8_t *to, size_t size, const ngtcp2_rand_ctx *context)
{
  shoal_runtime_fill_random (context->native_handle, to, size);
}

static ShoalQuicId
get_id (const ngtcp2_cid *cid)
{
  ShoalQuicId id = { 0 };

  id.size = (uint8_t) MIN (cid->datalen, sizeof id.bytes);
  memcpy (id.bytes, cid->data, id.size);
  return id;
}

static void
tell_id (ShoalQuic *self, const ngtcp2_cid *cid, gboolean added)
{
  ShoalQuicId id = get_id (cid);

  if (self->events == NULL)
    return;
  if (added && self->events->id_added != NULL)
    self->events->id_added (&id, self->user_data);
  if (!added && self->events->id_removed != NULL)
    self->events->id_removed (&id, self->user_data);
}

static int
on_new_id (ngtcp2_conn *conn, ngtcp2_cid *cid, uint8_t *token, size_t size, gpointer user_data)
{
  ShoalQuic *self = user_data;

  cid->datalen = size;
  shoal_runtime_fill_random (self->runtime, cid->data, size);
  if (!self->has_reset_secret)
    shoal_runtime_fill_random (self->runtime, token, NGTCP2_STATELESS_RESET_TOKENLEN);
  else if (ngtcp2_crypto_generate_stateless_reset_token (token, self->reset_secret,
                                                         sizeof self->reset_secret, cid) != 0)
    return NGTCP2_ERR_CALLBACK_FAILURE;
  tell_id (self, cid, TRUE);
  return 0;
}

static int
on_removed_id (ngtcp2_conn *conn, const ngtcp2_cid *cid, gpointer user_data)
{
  tell_id (user_data, cid, FALSE);
  return 0;
}

static int
on_handshake_completed (ngtcp2_conn *conn, gpointer user_data)
{
  ShoalQuic *self = user_data;
  int64_t id;

  if (!shoal_tls_peer_check (&self->peer, self->session, self->where,
                             self->error == NULL ? &self->error : NULL))
    return NGTCP2_ERR_CALLBACK_FAILURE;
  /* Ours to number from 0; the client's are 2, 6, …, the server's 3, 7, …. */
  if (ngtcp2_conn_open_uni_stream (conn, &id, NULL) != 0)
    return fail_callback (self, SHOAL_ERROR_PROTOCOL, "The other device takes no messages");
  self->out[0].id = id;
  self->is_open = TRUE;
  return 0;
}

static int
on_stream_data (ngtcp2_conn *conn, uint32_t flags, int64_t id, uint64_t offset,
                const uint8_t *data, size_t size, gpointer user_data, gpointer stream_data)
{
  return shoal_quic_on_data (user_data, flags, id, data, size);
}

static int
on_acked (ngtcp2_conn *conn, int64_t id, uint64_t offset, uint64_t size, gpointer user_data,
          gpointer stream_data)
{
  return shoal_quic_on_acked (user_data, id, offset + size);
}

static int
on_stream_reset (ngtcp2_conn *conn, int64_t id, uint64_t final_size, uint64_t code,
                 gpointer user_data, gpointer stream_data)
{
  return shoal_quic_on_ended (user_data);
}

static int
on_stop_sending (ngtcp2_conn *conn, int64_t id, uint64_t code, gpointer user_data,
                 gpointer stream_data)
{
  return shoal_quic_on_ended (user_data);
}

static int
on_stateless_reset (ngtcp2_conn *conn, const ngtcp2_pkt_stateless_reset *reset, gpointer user_data)
{
  ShoalQuic *self = user_data;

  if (self->error == NULL)
    self->error = shoal_error_new (SHOAL_ERROR_CLOSED, SHOAL_SIDE_THERE, NULL,
                                   "The other device ended the connection without a word");
  return 0;
}

static const ngtcp2_callbacks callbacks = {
  .client_initial = ngtcp2_crypto_client_initial_cb,
  .recv_client_initial = ngtcp2_crypto_recv_client_initial_cb,
  .recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb,
  .handshake_completed = on_handshake_completed,
  .encrypt = ngtcp2_crypto_encrypt_cb,
  .decrypt = ngtcp2_crypto_decrypt_cb,
  .hp_mask = ngtcp2_crypto_hp_mask_cb,
  .recv_stream_data = on_stream_data,
  .acked_stream_data_offset = on_acked,
  .recv_stateless_reset = on_stateless_reset,
  .recv_retry = ngtcp2_crypto_recv_retry_cb,
  .rand = on_random,
  .get_new_connection_id = on_new_id,
  .remove_connection_id = on_removed_id,
  .update_key = ngtcp2_crypto_update_key_cb,
  .stream_reset = on_stream_reset,
  .delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb,
  .delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb,
  .get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb,
  .stream_stop_sending = on_stop_sending,
  .version_negotiation = ngtcp2_crypto_version_negotiation_cb,
};

/* --- Settings ------------------------------------------------------------ */

static ngtcp2_cc_algo
get_algorithm (ShoalCongestion congestion)
{
  switch (congestion)
    {
    case SHOAL_CONGESTION_CUBIC:
      return NGTCP2_CC_ALGO_CUBIC;

    case SHOAL_CONGESTION_BBR_NEW:
      return SHOAL_NGTCP2_CC_BBR_NEW;

    /* At 200 Mbit/s with 100 ms and 1 % loss 156 Mbit/s, BBR2 of 0.12 136; on
     * better lines both the same. That it takes no loss for a sign is mended by
     * ShoalFairWindow. */
    case SHOAL_CONGESTION_BBR:
    case SHOAL_CONGESTION_BBR_OLD:
    default:
      return SHOAL_NGTCP2_CC_BBR_OLD;
    }
}

static void
fill_settings (ShoalQuic *self, ngtcp2_settings *settings, ngtcp2_transport_params *params)
{
  ngtcp2_settings_default (settings);
  settings->cc_algo = get_algorithm (self->congestion);
  settings->initial_ts = shoal_quic_now (self);
  if (self->initial_rtt > 0)
    settings->initial_rtt = (ngtcp2_duration) self->initial_rtt * NGTCP2_MICROSECONDS;
  settings->max_tx_udp_payload_size = SHOAL_QUIC_MAX_DATAGRAM;
  settings->rand_ctx.native_handle = self->runtime;
  settings->max_window = SHOAL_QUIC_MAX_WINDOW;
  settings->max_stream_window = SHOAL_QUIC_MAX_WINDOW;
  settings->ack_thresh = ACK_THRESHOLD;
  settings->handshake_timeout = SHOAL_HANDSHAKE_SECONDS * NGTCP2_SECONDS;

  ngtcp2_transport_params_default (params);
  params->initial_max_stream_data_uni = SHOAL_QUIC_MAX_WINDOW;
  params->initial_max_data = FIRST_WINDOW;
  params->initial_max_streams_uni = SHOAL_QUIC_STREAMS;
  params->max_idle_timeout = SHOAL_LINK_SILENT_SECONDS * NGTCP2_SECONDS;
  /* The path is found by ICE or by dialling; a NAT that forgets is followed. */
  params->disable_active_migration = 1;
}

static void
draw_id (ShoalQuic *self, ngtcp2_cid *cid, size_t size)
{
  uint8_t bytes[SHOAL_QUIC_MAX_ID_SIZE];

  shoal_runtime_fill_random (self->runtime, bytes, size);
  ngtcp2_cid_init (cid, bytes, size);
}

static void
finish_start (ShoalQuic *self)
{
  ngtcp2_conn_set_tls_native_handle (self->conn, self->session);
  ngtcp2_conn_set_keep_alive_timeout (self->conn, SHOAL_KEEP_ALIVE_SECONDS * NGTCP2_SECONDS);
}

gboolean
shoal_quic_start_client (ShoalQuic *self, GError **error)
{
  ngtcp2_cid own, theirs;
  ngtcp2_settings settings;
  ngtcp2_transport_params params;
  ngtcp2_path path;
  int status;

  fill_settings (self, &settings, &params);
  draw_id (self, &own, SHOAL_QUIC_ID_SIZE);
  draw_id (self, &theirs, NGTCP2_MIN_INITIAL_DCIDLEN);
  shoal_quic_to_ngtcp2_path (&self->path, &path);
  status = ngtcp2_conn_client_new (&self->conn, &theirs, &own, &path, NGTCP2_PROTO_VER_V1,
                                   &callbacks, &settings, &params, NULL, self);
  if (status != 0)
    return shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                            "QUIC is not available here: %s", ngtcp2_strerror (status));
  tell_id (self, &own, TRUE);
  finish_start (self);
  return TRUE;
}

gboolean
shoal_quic_start_server (ShoalQuic *self, const uint8_t *data, size_t size)
{
  ngtcp2_cid own, original;
  ngtcp2_pkt_hd hd;
  ngtcp2_settings settings;
  ngtcp2_transport_params params;
  ngtcp2_path path;

  if (ngtcp2_accept (&hd, data, size) != 0 || hd.type != NGTCP2_PKT_INITIAL)
    return FALSE;

  fill_settings (self, &settings, &params);
  if (self->has_original_id)
    {
      ngtcp2_cid_init (&original, self->original_id.bytes, self->original_id.size);
      shoal_ngtcp2_set_original_ids (&params, &original, &hd.dcid);
      shoal_ngtcp2_set_token (&settings, &hd);
    }
  else
    shoal_ngtcp2_set_original_ids (&params, &hd.dcid, NULL);
  draw_id (self, &own, SHOAL_QUIC_ID_SIZE);
  if (self->has_reset_secret
      && ngtcp2_crypto_generate_stateless_reset_token (params.stateless_reset_token,
                                                       self->reset_secret,
                                                       sizeof self->reset_secret, &own) == 0)
    params.stateless_reset_token_present = 1;

  shoal_quic_to_ngtcp2_path (&self->path, &path);
  if (ngtcp2_conn_server_new (&self->conn, &hd.scid, &own, &path, hd.version, &callbacks,
                              &settings, &params, NULL, self) != 0)
    return FALSE;
  tell_id (self, &hd.dcid, TRUE);
  tell_id (self, &own, TRUE);
  finish_start (self);
  return TRUE;
}
