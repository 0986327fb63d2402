/* shoal-quic.h: QUIC as Shoal speaks it, without any I/O. Private to net.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-identity.h"
#include "shoal-runtime.h"
#include "shoal-send-queue.h"

#include <netinet/in.h>

G_BEGIN_DECLS

/**
 * ShoalQuic:
 *
 * One end of one QUIC connection (RFC 9000, RFC 9001) by ngtcp2: datagrams in,
 * datagrams out; time and randomness from the runtime, so that the simulator
 * can drive it. TLS as on TCP links: both certificates, ALPN, exporter.
 *
 * All streams are unidirectional; each side opens its own, never ends one, and
 * numbers them from 0: stream 0 carries control frames, the others bulk, one
 * for each channel while there are enough of them. Frames come from a
 * ShoalSendQueue just when a packet has room, so control is never behind bulk
 * that could still wait.
 *
 * Not a GObject; one owner, one thread. Events come from inside receive(),
 * write() and free(); in them nothing may be called on the connection.
 */
typedef struct _ShoalQuic ShoalQuic;

/* Stream 0 and one for each of 63 channels; then they share. The session holds
 * so many frames in the middle. */
#define SHOAL_QUIC_STREAMS 64u
/* The connection IDs that we choose. */
#define SHOAL_QUIC_ID_SIZE 8
#define SHOAL_QUIC_MAX_ID_SIZE 20
/* Every path must carry so much (RFC 9000, 14). */
#define SHOAL_QUIC_MIN_DATAGRAM 1200
/* The largest one written. */
#define SHOAL_QUIC_MAX_DATAGRAM 1472
/* What one connection may have under way, and what a peer may make us hold:
 * 300 ms of 400 Mbit/s. Granted step by step, as it is used. */
#define SHOAL_QUIC_MAX_WINDOW (16 * 1024 * 1024)

typedef struct
{
  uint8_t size;
  uint8_t bytes[SHOAL_QUIC_MAX_ID_SIZE];
} ShoalQuicId;

guint    shoal_quic_id_hash  (gconstpointer id);
gboolean shoal_quic_id_equal (gconstpointer a, gconstpointer b);

typedef union
{
  struct sockaddr     any;
  struct sockaddr_in  ipv4;
  struct sockaddr_in6 ipv6;
} ShoalUdpAddress;

/* From where, to where. AF_UNSPEC addresses are allowed where the path is
 * known by other means. */
typedef struct
{
  ShoalUdpAddress local;
  ShoalUdpAddress remote;
} ShoalUdpPath;

/* The ways to find out how much a path takes. */
typedef enum
{
  SHOAL_CONGESTION_BBR,     /* the one that measured best */
  SHOAL_CONGESTION_BBR_OLD, /* of ngtcp2 0.12; with 1.x as above */
  SHOAL_CONGESTION_BBR_NEW, /* BBR2 of 0.12, BBR of 1.x */
  SHOAL_CONGESTION_CUBIC,
} ShoalCongestion;

typedef struct
{
  /* Another ID by which packets for this connection may come / no more.
   * (nullable) */
  void (*id_added)   (const ShoalQuicId *id, gpointer user_data);
  void (*id_removed) (const ShoalQuicId *id, gpointer user_data);
} ShoalQuicEvents;

typedef struct
{
  ShoalRuntime          *runtime;
  ShoalIdentity         *identity;
  gboolean               is_server;
  const ShoalDeviceId   *expected;     /* (nullable): as in shoal_tls_peer_init() */
  const char            *where;        /* the other's address, for errors */
  ShoalUdpPath           path;
  gint64                 initial_rtt;  /* microseconds; 0: not known */
  ShoalCongestion        congestion;
  /* For tokens of stateless resets; NULL: random ones. 32 bytes. */
  const uint8_t         *reset_secret; /* (nullable) */
  /* A server whose client was sent a Retry: the ID it used at first. */
  const ShoalQuicId     *original_id;  /* (nullable) */
  const ShoalQuicEvents *events;       /* (nullable) */
  gpointer               user_data;
} ShoalQuicConfig;

/* A client will write its first packet; a server awaits it. NULL with @error
 * if encryption is not available here. Returns: (transfer full) */
ShoalQuic *shoal_quic_new  (const ShoalQuicConfig *config, GError **error);
void       shoal_quic_free (ShoalQuic *self);

/* --- Packets ------------------------------------------------------------- */

/* One datagram. FALSE: the connection is over, @error says why (CLOSED if the
 * other side ended it in order); a last packet may be written by
 * shoal_quic_write_close(). Garbage is ignored.
 * @path: (nullable): NULL means the path of the configuration. */
gboolean shoal_quic_receive (ShoalQuic *self, const ShoalUdpPath *path, const uint8_t *data,
                             size_t size, GError **error);

/* When to call shoal_quic_on_timer() and then write; G_MAXINT64: never. */
gint64   shoal_quic_get_timer (ShoalQuic *self);
/* As of shoal_quic_receive(). Call it when the time has come, and not sooner. */
gboolean shoal_quic_on_timer  (ShoalQuic *self, GError **error);

/* How many bytes to write at most before shoal_quic_burst_ended(). */
size_t shoal_quic_get_burst (ShoalQuic *self);

/**
 * shoal_quic_write:
 * @queue: (nullable): where frames come from
 * @packet: room for SHOAL_QUIC_MAX_DATAGRAM bytes
 * @path: (out): where it goes
 * @taken: (inout): grows by the bytes of frames that left @queue
 *
 * The next packet. Returns its size; 0: nothing to send now; -1: over, as
 * above.
 */
gssize shoal_quic_write (ShoalQuic *self, ShoalSendQueue *queue, uint8_t *packet,
                         ShoalUdpPath *path, size_t *taken, GError **error);
/* After the packets of one burst: paces the next. */
void   shoal_quic_burst_ended (ShoalQuic *self);

/* A packet that ends the connection: in order, or by what went wrong. After it
 * nothing is received or written any more. 0: there is nobody to tell. */
size_t shoal_quic_write_close (ShoalQuic *self, uint8_t *packet, ShoalUdpPath *path);
/* After it: how long packets are to be answered by it again, in microseconds. */
gint64 shoal_quic_get_close_time (ShoalQuic *self);

/* --- Streams ------------------------------------------------------------- */

/* What has come on @stream and was not consumed; NULL if nothing. Valid until
 * the next call. */
const uint8_t *shoal_quic_peek    (ShoalQuic *self, guint stream, size_t *size);
/* Lets the other side send as much again. */
void           shoal_quic_consume (ShoalQuic *self, guint stream, size_t size);
/* TRUE if nothing waits to be consumed. */
gboolean       shoal_quic_is_drained (ShoalQuic *self);

/* Bytes of control and of bulk taken from the queue and not yet acknowledged. */
size_t shoal_quic_get_unacked_control (ShoalQuic *self);
size_t shoal_quic_get_unacked_bulk    (ShoalQuic *self);

/* --- Facts --------------------------------------------------------------- */

/* The handshake is over and the other side's key proved. */
gboolean             shoal_quic_is_open      (ShoalQuic *self);
/* Something has come that was a packet of this connection. */
gboolean             shoal_quic_has_answer   (ShoalQuic *self);
const ShoalDeviceId *shoal_quic_get_peer_id  (ShoalQuic *self);
/* 32 bytes. */
gboolean             shoal_quic_get_exporter (ShoalQuic *self, uint8_t *exporter, GError **error);
/* Microseconds; -1: not known. */
gint64               shoal_quic_get_rtt      (ShoalQuic *self);
/* The shortest so far; 0: not known. */
gint64               shoal_quic_get_shortest_rtt (ShoalQuic *self);
/* Bytes a datagram may have on this path, as found out so far. */
size_t               shoal_quic_get_datagram_size (ShoalQuic *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalQuic, shoal_quic_free)

G_END_DECLS
