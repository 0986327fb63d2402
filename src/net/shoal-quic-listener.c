/* shoal-quic-listener.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-quic-listener.h"

#include "shoal-address.h"
#include "shoal-error.h"
#include "shoal-limits.h"
#include "shoal-listener-private.h"
#include "shoal-ngtcp2-compat.h"
#include "shoal-quic-link.h"
#include "shoal-thread.h"
#include "shoal-udp.h"

#include <errno.h>

/* From so many unfinished handshakes on, addresses are checked first. */
#define RETRY_FROM 8
/* A handshake that is younger is not pushed out by a newcomer. */
#define GRACE (2 * G_USEC_PER_SEC)
#define RETRY_SECONDS 10
/* Answers to packets of nobody (resets, retries, versions), a second. */
#define MAX_ANSWERS 100
#define RESET_LABEL "shoal stateless reset 1"
/* Shorter packets are not worth a reset, which must be shorter than they are. */
#define MIN_RESET_CAUSE 43

/* The socket, shared by listener and links: lives as long as either. */
typedef struct
{
  grefcount          ref_count;
  ShoalQuicListener *listener;  /* (unowned) (nullable): stopped */
  ShoalQuicListener *home;      /* (unowned) (nullable): gone */
  ShoalUdp          *udp;       /* (owned) */
  GHashTable        *ids;       /* (owned): ShoalQuicId (owned) → ShoalQuicLink (unowned) */
} Port;

typedef struct
{
  ShoalQuicLink *link;   /* (owned) */
  uint64_t       origin;
  gint64         since;
} HalfOpen;

struct _ShoalQuicListener
{
  GObject           parent_instance;

  ShoalOwnerThread  owner;
  ShoalMainRuntime *runtime;   /* (owned) */
  ShoalIdentity    *identity;  /* (owned) */
  ShoalInterfaces  *interfaces; /* (owned) (nullable): all */
  Port             *port;      /* (owned) (nullable): not started */
  GPtrArray        *ports;     /* (owned) of Port, not owned: this, and those of old links */
  GPtrArray        *half_open; /* (owned) of HalfOpen, oldest first */
  uint8_t           reset_secret[32];
  uint8_t           retry_secret[32];
  gint64            answers_since;
  guint             n_answers;
};

enum
{
  ACCEPTED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ShoalQuicListener, shoal_quic_listener, G_TYPE_OBJECT)

/* --- The port ------------------------------------------------------------ */

static Port *
port_ref (Port *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

static void
port_unref (Port *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  if (self->home != NULL)
    g_ptr_array_remove_fast (self->home->ports, self);
  g_clear_pointer (&self->udp, shoal_udp_free);
  g_hash_table_unref (self->ids);
  g_free (self);
}

static size_t
port_send (gpointer carrier, const ShoalUdpPath *path, const uint8_t *bytes, size_t size,
           size_t segment)
{
  return shoal_udp_send (((Port *) carrier)->udp, path, bytes, size, segment);
}

static void
port_id_added (gpointer carrier, ShoalQuicLink *link, const ShoalQuicId *id)
{
  Port *self = carrier;

  /* A client draws its first ID itself: it cannot take over another's. */
  if (!g_hash_table_contains (self->ids, id))
    g_hash_table_insert (self->ids, g_memdup2 (id, sizeof *id), link);
}

static void
port_id_removed (gpointer carrier, ShoalQuicLink *link, const ShoalQuicId *id)
{
  Port *self = carrier;

  if (g_hash_table_lookup (self->ids, id) == link)
    g_hash_table_remove (self->ids, id);
}

static gboolean
is_of_link (gpointer id, gpointer link, gpointer wanted)
{
  return link == wanted;
}

static void
port_release (gpointer carrier, ShoalQuicLink *link)
{
  Port *self = carrier;

  g_hash_table_foreach_remove (self->ids, is_of_link, link);
  port_unref (self);
}

static const ShoalDatagramFuncs port_funcs = {
  .send = port_send,
  .id_added = port_id_added,
  .id_removed = port_id_removed,
  .release = port_release,
};

/* --- Answers to packets of nobody ---------------------------------------- */

static gboolean
may_answer (ShoalQuicListener *self)
{
  gint64 now = shoal_runtime_now (SHOAL_RUNTIME (self->runtime));

  if (now - self->answers_since >= G_USEC_PER_SEC)
    {
      self->answers_since = now;
      self->n_answers = 0;
    }
  return self->n_answers++ < MAX_ANSWERS;
}

static void
answer (ShoalQuicListener *self, const ShoalUdpPath *path, const uint8_t *packet,
        ngtcp2_ssize size)
{
  if (size > 0)
    shoal_udp_send (self->port->udp, path, packet, (size_t) size, (size_t) size);
}

static void
send_versions (ShoalQuicListener *self, const ShoalUdpPath *path, const ngtcp2_version_cid *ids)
{
  static const uint32_t versions[] = { NGTCP2_PROTO_VER_V1 };
  uint8_t packet[SHOAL_QUIC_MIN_DATAGRAM], noise;

  shoal_runtime_fill_random (SHOAL_RUNTIME (self->runtime), &noise, 1);
  answer (self, path, packet,
          ngtcp2_pkt_write_version_negotiation (packet, sizeof packet, noise, ids->scid,
                                                ids->scidlen, ids->dcid, ids->dcidlen, versions,
                                                G_N_ELEMENTS (versions)));
}

/* For a connection of before a restart, or closed here. Shorter than what
 * caused it, so that two such ends do not go on for ever. */
static void
send_reset (ShoalQuicListener *self, const ShoalUdpPath *path, const ngtcp2_version_cid *ids,
            size_t cause)
{
  uint8_t packet[SHOAL_QUIC_MIN_DATAGRAM], token[NGTCP2_STATELESS_RESET_TOKENLEN], noise[24];
  ngtcp2_cid cid;

  if (cause < MIN_RESET_CAUSE)
    return;
  ngtcp2_cid_init (&cid, ids->dcid, ids->dcidlen);
  shoal_runtime_fill_random (SHOAL_RUNTIME (self->runtime), noise, sizeof noise);
  if (ngtcp2_crypto_generate_stateless_reset_token (token, self->reset_secret,
                                                    sizeof self->reset_secret, &cid) == 0)
    answer (self, path, packet,
            shoal_ngtcp2_write_reset (packet, sizeof packet, token, noise, sizeof noise));
}

static void
send_retry (ShoalQuicListener *self, const ShoalUdpPath *path, const ngtcp2_pkt_hd *hd)
{
  uint8_t packet[SHOAL_QUIC_MIN_DATAGRAM], token[NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN];
  uint8_t bytes[SHOAL_QUIC_ID_SIZE];
  ngtcp2_ssize size;
  ngtcp2_cid id;

  shoal_runtime_fill_random (SHOAL_RUNTIME (self->runtime), bytes, sizeof bytes);
  ngtcp2_cid_init (&id, bytes, sizeof bytes);
  size = ngtcp2_crypto_generate_retry_token (
    token, self->retry_secret, sizeof self->retry_secret, hd->version, &path->remote.any,
    shoal_udp_address_get_size (&path->remote), &id, &hd->dcid,
    (ngtcp2_tstamp) shoal_runtime_now (SHOAL_RUNTIME (self->runtime)) * NGTCP2_MICROSECONDS);
  if (size > 0)
    answer (self, path, packet,
            ngtcp2_crypto_write_retry (packet, sizeof packet, hd->version, &hd->scid, &id,
                                       &hd->dcid, token, (size_t) size));
}

/* TRUE if the client was sent a Retry, and what ID it had before. */
static gboolean
check_retry (ShoalQuicListener *self, const ShoalUdpPath *path, const ngtcp2_pkt_hd *hd,
             ShoalQuicId *original)
{
  const uint8_t *token;
  size_t size = shoal_ngtcp2_get_token (hd, &token);
  ngtcp2_cid id;

  if (size == 0
      || ngtcp2_crypto_verify_retry_token (
           &id, token, size, self->retry_secret, sizeof self->retry_secret, hd->version,
           &path->remote.any, shoal_udp_address_get_size (&path->remote), &hd->dcid,
           RETRY_SECONDS * NGTCP2_SECONDS,
           (ngtcp2_tstamp) shoal_runtime_now (SHOAL_RUNTIME (self->runtime))
             * NGTCP2_MICROSECONDS) != 0)
    return FALSE;
  original->size = (uint8_t) id.datalen;
  memcpy (original->bytes, id.data, id.datalen);
  return TRUE;
}

/* --- Newcomers ----------------------------------------------------------- */

static void
free_half_open (gpointer data)
{
  HalfOpen *half = data;

  g_clear_object (&half->link);
  g_free (half);
}

static void
on_ready (ShoalQuicLink *link, const GError *error, gpointer user_data)
{
  g_autoptr (ShoalQuicListener) self = g_object_ref (user_data);
  g_autoptr (ShoalQuicLink) kept = g_object_ref (link);

  for (guint i = 0; i < self->half_open->len; i++)
    if (((HalfOpen *) g_ptr_array_index (self->half_open, i))->link == link)
      {
        g_ptr_array_remove_index (self->half_open, i);
        break;
      }
  if (error != NULL)
    g_debug ("dropped: %s", error->message);
  else
    g_signal_emit (self, signals[ACCEPTED], 0, link);
}

/* TRUE if there is room for one more of @origin, having made some if need be. */
static gboolean
make_room (ShoalQuicListener *self, uint64_t origin, gboolean is_local)
{
  gint64 now = shoal_runtime_now (SHOAL_RUNTIME (self->runtime));
  guint n = 0, oldest = 0;

  for (guint i = self->half_open->len; i-- > 0 && !is_local;)
    if (((HalfOpen *) g_ptr_array_index (self->half_open, i))->origin == origin)
      {
        n++;
        oldest = i;
      }
  if (n < SHOAL_MAX_CONNECTIONS_PER_ADDRESS)
    {
      if (self->half_open->len < SHOAL_MAX_HALF_OPEN)
        return TRUE;
      oldest = 0;
    }
  if (now - ((HalfOpen *) g_ptr_array_index (self->half_open, oldest))->since < GRACE)
    return FALSE;
  g_ptr_array_remove_index (self->half_open, oldest);
  return TRUE;
}

static void
take (ShoalQuicListener *self, const ShoalUdpPath *path, GSocketAddress *remote,
      const ShoalQuicId *original, const uint8_t *data, size_t size)
{
  g_autoptr (GSocketAddress) local = shoal_udp_address_to_socket_address (&path->local);
  ShoalQuicLinkConfig config = {
    .runtime = SHOAL_RUNTIME (self->runtime),
    .identity = self->identity,
    .funcs = &port_funcs,
    .carrier = self->port,
    .udp_path = *path,
    .path = shoal_address_get_path (remote),
    .remote_address = remote,
    .local_address = local,
    .reset_secret = self->reset_secret,
    .original_id = original,
  };
  HalfOpen *half = g_new0 (HalfOpen, 1);

  half->origin = shoal_listener_get_origin (remote);
  half->since = shoal_runtime_now (config.runtime);
  port_ref (self->port);
  half->link = shoal_quic_link_new (&config, on_ready, self);
  g_ptr_array_add (self->half_open, half);
  shoal_quic_link_receive (half->link, path, data, size);
}

/* TRUE if it came by an interface that may be used. */
static gboolean
is_welcome (ShoalQuicListener *self, const ShoalUdpPath *path)
{
  g_autoptr (GSocketAddress) local = NULL;

  if (self->interfaces == NULL || shoal_interfaces_are_all (self->interfaces))
    return TRUE;
  local = shoal_udp_address_to_socket_address (&path->local);
  return local == NULL
         || shoal_interfaces_may_use_own (
           self->interfaces, g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (local)));
}

static void
consider (ShoalQuicListener *self, const ShoalUdpPath *path, const uint8_t *data, size_t size)
{
  g_autoptr (GSocketAddress) remote = shoal_udp_address_to_socket_address (&path->remote);
  ShoalQuicId original;
  gboolean retried, is_local;
  ngtcp2_pkt_hd hd;

  if (size < SHOAL_QUIC_MIN_DATAGRAM || remote == NULL || ngtcp2_accept (&hd, data, size) != 0
      || hd.type != NGTCP2_PKT_INITIAL || !is_welcome (self, path))
    return;
  retried = check_retry (self, path, &hd, &original);
  if (!retried && self->half_open->len >= RETRY_FROM)
    {
      if (may_answer (self))
        send_retry (self, path, &hd);
      return;
    }
  is_local = g_inet_address_get_is_loopback (
    g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)));
  if (make_room (self, shoal_listener_get_origin (remote), is_local))
    take (self, path, remote, retried ? &original : NULL, data, size);
  else
    g_debug ("too many connections");
}

static void
on_received (ShoalUdp *udp, const ShoalUdpPath *path, const uint8_t *data, size_t size,
             gpointer user_data)
{
  Port *port = user_data;
  ShoalQuicListener *self = port->listener;
  ngtcp2_version_cid ids;
  int status = ngtcp2_pkt_decode_version_cid (&ids, data, size, SHOAL_QUIC_ID_SIZE);
  ShoalQuicLink *link;
  ShoalQuicId id;

  if (status != 0 && status != NGTCP2_ERR_VERSION_NEGOTIATION)
    return;
  if (ids.dcidlen <= sizeof id.bytes)
    {
      id.size = (uint8_t) ids.dcidlen;
      memcpy (id.bytes, ids.dcid, ids.dcidlen);
      link = g_hash_table_lookup (port->ids, &id);
      if (link != NULL)
        {
          shoal_quic_link_receive (link, path, data, size);
          return;
        }
    }
  if (self == NULL)
    return;
  if (status == NGTCP2_ERR_VERSION_NEGOTIATION)
    {
      if (size >= SHOAL_QUIC_MIN_DATAGRAM && may_answer (self))
        send_versions (self, path, &ids);
    }
  else if (ids.version != 0)
    consider (self, path, data, size);
  else if (may_answer (self))
    send_reset (self, path, &ids, size);
}

static void
on_writable (ShoalUdp *udp, gpointer user_data)
{
  Port *port = user_data;
  GHashTableIter iter;
  gpointer link;

  /* Waking one that does not wait is harmless; it only looks again. */
  g_hash_table_iter_init (&iter, port->ids);
  while (g_hash_table_iter_next (&iter, NULL, &link))
    shoal_quic_link_writable (link);
}

static const ShoalUdpEvents udp_events = {
  .received = on_received,
  .writable = on_writable,
};

/* --- GObject ------------------------------------------------------------- */

static void
shoal_quic_listener_dispose (GObject *object)
{
  shoal_quic_listener_stop (SHOAL_QUIC_LISTENER (object));

  G_OBJECT_CLASS (shoal_quic_listener_parent_class)->dispose (object);
}

static void
shoal_quic_listener_finalize (GObject *object)
{
  ShoalQuicListener *self = SHOAL_QUIC_LISTENER (object);

  g_ptr_array_unref (self->half_open);
  for (guint i = 0; i < self->ports->len; i++)
    ((Port *) g_ptr_array_index (self->ports, i))->home = NULL;
  g_ptr_array_unref (self->ports);
  g_clear_object (&self->runtime);
  g_clear_pointer (&self->identity, shoal_identity_unref);
  g_clear_pointer (&self->interfaces, shoal_interfaces_unref);

  G_OBJECT_CLASS (shoal_quic_listener_parent_class)->finalize (object);
}

static void
shoal_quic_listener_class_init (ShoalQuicListenerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = shoal_quic_listener_dispose;
  object_class->finalize = shoal_quic_listener_finalize;

  signals[ACCEPTED] = g_signal_new ("accepted", SHOAL_TYPE_QUIC_LISTENER, G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 1, SHOAL_TYPE_LINK);
}

static void
shoal_quic_listener_init (ShoalQuicListener *self)
{
  shoal_owner_thread_init (&self->owner);
  self->half_open = g_ptr_array_new_with_free_func (free_half_open);
  self->ports = g_ptr_array_new ();
}

/* --- Public -------------------------------------------------------------- */

ShoalQuicListener *
shoal_quic_listener_new (ShoalMainRuntime *runtime, ShoalIdentity *identity)
{
  ShoalQuicListener *self;

  g_return_val_if_fail (SHOAL_IS_MAIN_RUNTIME (runtime) && identity != NULL, NULL);

  self = g_object_new (SHOAL_TYPE_QUIC_LISTENER, NULL);
  self->runtime = g_object_ref (runtime);
  self->identity = shoal_identity_ref (identity);
  shoal_identity_derive (identity, RESET_LABEL, self->reset_secret, sizeof self->reset_secret);
  shoal_runtime_fill_random (SHOAL_RUNTIME (runtime), self->retry_secret,
                             sizeof self->retry_secret);
  return self;
}

static ShoalUdp *
bind_at (ShoalQuicListener *self, GInetAddress *address, guint16 port, Port *to)
{
  g_autoptr (GSocketAddress) socket_address = g_inet_socket_address_new (address, port);

  return shoal_udp_new_bound (self->runtime, socket_address, &udp_events, to);
}

static Port *
new_port (ShoalQuicListener *self, GInetAddress *address, guint16 number)
{
  g_autoptr (GInetAddress) any6 = g_inet_address_new_any (G_SOCKET_FAMILY_IPV6);
  g_autoptr (GInetAddress) any4 = g_inet_address_new_any (G_SOCKET_FAMILY_IPV4);
  Port *port = g_new0 (Port, 1);

  g_ref_count_init (&port->ref_count);
  port->ids = g_hash_table_new_full (shoal_quic_id_hash, shoal_quic_id_equal, g_free, NULL);
  port->udp = bind_at (self, address != NULL ? address : any6, number, port);
  if (port->udp == NULL && address == NULL
      && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL || errno == EPROTONOSUPPORT))
    port->udp = bind_at (self, any4, number, port);
  if (port->udp == NULL)
    {
      g_hash_table_unref (port->ids);
      g_free (port);
      return NULL;
    }
  port->home = self;
  g_ptr_array_add (self->ports, port);
  return port;
}

static gboolean
is_at (Port *port, GInetAddress *address, guint16 number)
{
  g_autoptr (GSocketAddress) bound = shoal_udp_get_local_address (port->udp);
  GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS (bound);
  GInetAddress *at = inet != NULL ? g_inet_socket_address_get_address (inet) : NULL;

  if (at == NULL || g_inet_socket_address_get_port (inet) != number)
    return FALSE;
  return address != NULL ? g_inet_address_equal (at, address) : g_inet_address_get_is_any (at);
}

/* Where listening was stopped, links may still hold the very port. */
static Port *
find_port (ShoalQuicListener *self, GInetAddress *address, guint16 number)
{
  for (guint i = 0; i < self->ports->len; i++)
    if (is_at (g_ptr_array_index (self->ports, i), address, number))
      return port_ref (g_ptr_array_index (self->ports, i));
  return NULL;
}

gboolean
shoal_quic_listener_start (ShoalQuicListener *self, GInetAddress *address, guint16 port,
                           GError **error)
{
  g_return_val_if_fail (SHOAL_IS_QUIC_LISTENER (self) && self->port == NULL, FALSE);
  shoal_owner_thread_assert (&self->owner);

  self->port = find_port (self, address, port);
  if (self->port == NULL)
    self->port = new_port (self, address, port);
  if (self->port == NULL)
    return shoal_listener_set_error (error, errno, address, port);
  self->port->listener = self;
  return TRUE;
}

void
shoal_quic_listener_set_interfaces (ShoalQuicListener *self, ShoalInterfaces *interfaces)
{
  g_return_if_fail (SHOAL_IS_QUIC_LISTENER (self) && self->interfaces == NULL);

  self->interfaces = shoal_interfaces_ref (interfaces);
}

void
shoal_quic_listener_stop (ShoalQuicListener *self)
{
  g_return_if_fail (SHOAL_IS_QUIC_LISTENER (self));
  shoal_owner_thread_assert (&self->owner);

  g_ptr_array_set_size (self->half_open, 0);
  if (self->port != NULL)
    self->port->listener = NULL;
  g_clear_pointer (&self->port, port_unref);
}

guint16
shoal_quic_listener_get_port (ShoalQuicListener *self)
{
  g_autoptr (GSocketAddress) address = NULL;

  g_return_val_if_fail (SHOAL_IS_QUIC_LISTENER (self), 0);

  if (self->port == NULL)
    return 0;
  address = shoal_udp_get_local_address (self->port->udp);
  return address != NULL ? g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)) : 0;
}

guint
shoal_quic_listener_get_n_half_open (ShoalQuicListener *self)
{
  g_return_val_if_fail (SHOAL_IS_QUIC_LISTENER (self), 0);

  return self->half_open->len;
}
