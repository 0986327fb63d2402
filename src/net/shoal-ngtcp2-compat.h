/* shoal-ngtcp2-compat.h: ngtcp2 0.12 (Debian 12) and 1.x, as one. Private to net.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The code is written in the words of 1.x; what 0.12 calls otherwise is
 * translated here, and nowhere else asks for the version. */
#pragma once

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include <glib.h>
#include <stdint.h>

#if NGTCP2_VERSION_NUM < 0x010000
#define SHOAL_NGTCP2_OLD 1

/* --- Closing ------------------------------------------------------------- */

typedef ngtcp2_connection_close_error ngtcp2_ccerr;
#define NGTCP2_CCERR_TYPE_TRANSPORT NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_TRANSPORT
#define NGTCP2_CCERR_TYPE_APPLICATION NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION
#define ngtcp2_ccerr_default ngtcp2_connection_close_error_default
#define ngtcp2_ccerr_set_application_error ngtcp2_connection_close_error_set_application_error
#define ngtcp2_ccerr_set_liberr ngtcp2_connection_close_error_set_transport_error_liberr
#define ngtcp2_ccerr_set_tls_alert ngtcp2_connection_close_error_set_transport_error_tls_alert

/* Why the other side has closed. */
static inline void
shoal_ngtcp2_get_close (ngtcp2_conn *conn, ngtcp2_ccerr *reason)
{
  ngtcp2_conn_get_connection_close_error (conn, reason);
}

#else
#define SHOAL_NGTCP2_OLD 0

static inline void
shoal_ngtcp2_get_close (ngtcp2_conn *conn, ngtcp2_ccerr *reason)
{
  *reason = *ngtcp2_conn_get_ccerr (conn);
}

#endif

/* --- Settings ------------------------------------------------------------ */

static inline void
shoal_ngtcp2_set_original_ids (ngtcp2_transport_params *params, const ngtcp2_cid *original,
                               const ngtcp2_cid *retry)
{
  params->original_dcid = *original;
#if !SHOAL_NGTCP2_OLD
  params->original_dcid_present = 1;
#endif
  if (retry != NULL)
    {
      params->retry_scid = *retry;
      params->retry_scid_present = 1;
    }
}

/* The token of the Initial packet that @hd was read from. */
static inline void
shoal_ngtcp2_set_token (ngtcp2_settings *settings, const ngtcp2_pkt_hd *hd)
{
#if SHOAL_NGTCP2_OLD
  settings->token = hd->token;
#else
  settings->token = hd->token;
  settings->tokenlen = hd->tokenlen;
  settings->token_type = NGTCP2_TOKEN_TYPE_RETRY;
#endif
}

static inline size_t
shoal_ngtcp2_get_token (const ngtcp2_pkt_hd *hd, const uint8_t **token)
{
#if SHOAL_NGTCP2_OLD
  *token = hd->token.base;
  return hd->token.len;
#else
  *token = hd->token;
  return hd->tokenlen;
#endif
}

/* 0.12 has an older and a newer BBR; 1.x calls the newer one BBR. */
#if SHOAL_NGTCP2_OLD
#define SHOAL_NGTCP2_CC_BBR_OLD NGTCP2_CC_ALGO_BBR
#define SHOAL_NGTCP2_CC_BBR_NEW NGTCP2_CC_ALGO_BBR2
#else
#define SHOAL_NGTCP2_CC_BBR_OLD NGTCP2_CC_ALGO_BBR
#define SHOAL_NGTCP2_CC_BBR_NEW NGTCP2_CC_ALGO_BBR
#endif

/* --- Stateless resets ---------------------------------------------------- */

/* 1.x has further names for what takes a token, and deprecates these. */
static inline ngtcp2_ssize
shoal_ngtcp2_write_reset (uint8_t *packet, size_t size, const uint8_t *token, const uint8_t *noise,
                          size_t noise_size)
{
  return ngtcp2_pkt_write_stateless_reset (packet, size, token, noise, noise_size);
}

/* --- Pacing -------------------------------------------------------------- */

typedef struct
{
  uint64_t smoothed_rtt; /* ns */
  uint64_t latest_rtt;   /* ns */
  uint64_t min_rtt;      /* ns */
  uint64_t cwnd;
  uint64_t in_flight;
} ShoalNgtcp2Stat;

static inline void
shoal_ngtcp2_get_stat (ngtcp2_conn *conn, ShoalNgtcp2Stat *stat)
{
#if SHOAL_NGTCP2_OLD
  ngtcp2_conn_stat info;

  ngtcp2_conn_get_conn_stat (conn, &info);
#else
  ngtcp2_conn_info info;

  ngtcp2_conn_get_conn_info (conn, &info);
#endif
  stat->smoothed_rtt = info.smoothed_rtt;
  stat->latest_rtt = info.latest_rtt;
  stat->min_rtt = info.min_rtt;
  stat->cwnd = info.cwnd;
  stat->in_flight = info.bytes_in_flight;
}

/* How late a main loop may be and still make up for it. */
#define SHOAL_NGTCP2_MAX_LAG (4 * NGTCP2_MILLISECONDS)

/**
 * shoal_ngtcp2_note_burst:
 * @bytes: sent in the burst
 * @planned: (inout): when the burst should have started; 0 at first
 * @now: when it did
 *
 * Tells the pacer that a burst has gone. A main loop wakes up to a millisecond
 * late, which at 100 MB/s is more than a burst takes; 1.x makes up for that by
 * itself, 0.12 is told that the burst went out when it was due.
 */
static inline void
shoal_ngtcp2_note_burst (ngtcp2_conn *conn, size_t bytes, ngtcp2_tstamp *planned,
                         ngtcp2_tstamp now)
{
#if SHOAL_NGTCP2_OLD
  ngtcp2_conn_stat info;
  double rate;

  ngtcp2_conn_get_conn_stat (conn, &info);
  rate = info.pacing_rate;
  if (!(rate > 0))
    rate = (double) info.cwnd / (double) MAX (info.smoothed_rtt, 1) * 1.25;
  if (*planned < now - MIN (now, SHOAL_NGTCP2_MAX_LAG) || *planned > now + NGTCP2_MILLISECONDS)
    *planned = now;
  ngtcp2_conn_update_pkt_tx_time (conn, *planned);
  *planned += (ngtcp2_duration) ((double) bytes / rate);
#else
  ngtcp2_conn_update_pkt_tx_time (conn, now);
#endif
}
