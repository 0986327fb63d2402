/* shoal-quic-private.h: what the halves of ShoalQuic share.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-fair-window.h"
#include "shoal-limits.h"
#include "shoal-ngtcp2-compat.h"
#include "shoal-quic.h"
#include "shoal-tls-policy.h"

G_BEGIN_DECLS

/* Of one stream in one packet. */
#define SHOAL_QUIC_MAX_VECTORS 4

/* A piece of a frame on its way out; it stays in place until acknowledged. */
typedef struct
{
  GBytes  *bytes;  /* (owned) */
  uint64_t offset; /* of its first byte in the stream */
} ShoalQuicChunk;

typedef struct
{
  int64_t  id;     /* -1: not opened */
  GQueue   chunks; /* of ShoalQuicChunk (owned), not all acknowledged */
  GList   *next;   /* (nullable): the chunk that holds `sent`; NULL: all is sent */
  uint64_t end;    /* of all bytes taken from the queue */
  uint64_t sent;   /* handed to ngtcp2 */
  uint64_t acked;  /* without a gap */
} ShoalQuicOut;

typedef struct
{
  GByteArray *bytes; /* (owned) (nullable) */
  size_t      start; /* consumed of them */
} ShoalQuicIn;

struct _ShoalQuic
{
  /* Set once. */
  ShoalRuntime          *runtime;      /* (owned) */
  gboolean               is_server;
  char                  *where;        /* (owned) */
  ShoalCongestion        congestion;
  gint64                 initial_rtt;
  gboolean               has_reset_secret;
  uint8_t                reset_secret[32];
  gboolean               has_original_id;
  ShoalQuicId            original_id;
  const ShoalQuicEvents *events;       /* (nullable) */
  gpointer               user_data;

  ngtcp2_crypto_conn_ref ref;          /* GnuTLS knows us by it */
  gnutls_session_t       session;      /* (owned) */
  ShoalTlsPeer           peer;
  ngtcp2_conn           *conn;         /* (owned) (nullable): a server's before the first packet */
  ShoalUdpPath           path;         /* of the configuration */

  gboolean               is_open;
  gboolean               has_answer;
  gboolean               is_over;
  gboolean               close_written;
  GError                *error;        /* (owned) (nullable): told by a callback */
  ngtcp2_ccerr           close_reason;
  ngtcp2_tstamp          planned;      /* of the next burst */
  size_t                 burst_bytes;
  ShoalFairWindow        fair;
  size_t                 in_flight;    /* before this burst */
  uint64_t               n_written;    /* bytes of packets */

  ShoalQuicOut           out[SHOAL_QUIC_STREAMS];
  guint                  out_bulk;     /* the stream whose frame is begun; 0: none */
  guint                  n_lanes;
  uint8_t                lanes[SHOAL_MAX_CHANNELS]; /* channel → stream; 0: none yet */
  uint64_t               n_bulk_taken; /* bytes from the queue */
  uint64_t               n_bulk_acked; /* of them: whole chunks */

  ShoalQuicIn            in[SHOAL_QUIC_STREAMS];
  size_t                 n_waiting;    /* bytes in all of `in` */
};

static inline ngtcp2_tstamp
shoal_quic_now (ShoalQuic *self)
{
  return (ngtcp2_tstamp) shoal_runtime_now (self->runtime) * NGTCP2_MICROSECONDS;
}

/* shoal-quic-streams.c */
void shoal_quic_streams_init  (ShoalQuic *self);
void shoal_quic_streams_clear (ShoalQuic *self);
/* ngtcp2's callbacks: 0 or NGTCP2_ERR_CALLBACK_FAILURE with self->error set. */
int  shoal_quic_on_data  (ShoalQuic *self, uint32_t flags, int64_t id, const uint8_t *data,
                          size_t size);
int  shoal_quic_on_acked (ShoalQuic *self, int64_t id, uint64_t end);
int  shoal_quic_on_ended (ShoalQuic *self);
/* Which stream comes next, or -1: control before bulk, always. Takes frames
 * from @queue (nullable). */
int    shoal_quic_pick        (ShoalQuic *self, ShoalSendQueue *queue, gboolean control_blocked,
                               gboolean bulk_blocked, size_t *taken);
/* What is to be sent next on @stream: their number. */
size_t shoal_quic_get_vectors (ShoalQuic *self, guint stream, ngtcp2_vec *vectors);
/* So much of it was put into a packet. */
void   shoal_quic_advance     (ShoalQuic *self, guint stream, size_t size);

/* Marks the connection as over by ngtcp2's @status; always sets @error. */
void shoal_quic_fail (ShoalQuic *self, int status, GError **error);

/* shoal-quic-setup.c */
int      shoal_quic_start_tls    (ShoalQuic *self);
gboolean shoal_quic_start_client (ShoalQuic *self, GError **error);
/* FALSE: @data is not the first packet of a client. */
gboolean shoal_quic_start_server (ShoalQuic *self, const uint8_t *data, size_t size);
void     shoal_quic_to_ngtcp2_path   (ShoalUdpPath *from, ngtcp2_path *to);
void     shoal_quic_from_ngtcp2_path (const ngtcp2_path *from, ShoalUdpPath *to);

G_END_DECLS
