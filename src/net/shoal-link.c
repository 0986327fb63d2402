/* shoal-link.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-link-impl.h"

#include "shoal-error.h"
#include "shoal-limits.h"
#include "shoal-rate.h"
#include "shoal-state.h"
#include "shoal-thread.h"

/* For queued control and the goodbye to go out. */
#define FLUSH_TIME (2 * G_USEC_PER_SEC)
/* How often the size of the queue follows the rate. */
#define RATE_INTERVAL (G_USEC_PER_SEC / 4)

typedef enum
{
  STATE_NEW,
  STATE_OPEN,
  STATE_CLOSING,
  STATE_CLOSED,
} State;

typedef struct
{
  /* Set once. */
  ShoalOwnerThread       owner;
  ShoalRuntime          *runtime;   /* (owned) */
  ShoalLinkFacts         facts;     /* (addresses owned) */

  State                  state;     /* Written only by set_state(). */
  gboolean               keeps_self; /* holds a reference on itself */

  const ShoalLinkEvents *events;    /* (nullable) */
  gpointer               user_data;
  gboolean               had_events;
  gboolean               reading;
  GError                *error;     /* (owned) (nullable): why it is CLOSED */

  guint                  tell_timer;
  guint                  flush_timer;

  ShoalSendQueue         queue;
  ShoalRate              rate;
  gint64                 rate_used;
  uint64_t               bytes_received;
  uint64_t               bytes_sent;
} ShoalLinkPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (ShoalLink, shoal_link, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (ShoalPath, shoal_path,
  G_DEFINE_ENUM_VALUE (SHOAL_PATH_LOCAL, "local"),
  G_DEFINE_ENUM_VALUE (SHOAL_PATH_DIRECT, "direct"),
  G_DEFINE_ENUM_VALUE (SHOAL_PATH_RELAYED, "relayed"))

G_DEFINE_ENUM_TYPE (ShoalCarrier, shoal_carrier,
  G_DEFINE_ENUM_VALUE (SHOAL_CARRIER_TCP, "tcp"),
  G_DEFINE_ENUM_VALUE (SHOAL_CARRIER_QUIC, "quic"))

G_DEFINE_ENUM_TYPE (ShoalRelayReason, shoal_relay_reason,
  G_DEFINE_ENUM_VALUE (SHOAL_RELAY_NONE, "none"),
  G_DEFINE_ENUM_VALUE (SHOAL_RELAY_CHOSEN, "chosen"),
  G_DEFINE_ENUM_VALUE (SHOAL_RELAY_CHOSEN_THERE, "chosen-there"),
  G_DEFINE_ENUM_VALUE (SHOAL_RELAY_NO_STUN, "no-stun"),
  G_DEFINE_ENUM_VALUE (SHOAL_RELAY_ROUTERS, "routers"))

#define SHOAL_TYPE_LINK_STATE (shoal_link_state_get_type ())
static GType shoal_link_state_get_type (void);

typedef State ShoalLinkState;
static G_DEFINE_ENUM_TYPE (ShoalLinkState, shoal_link_state,
  G_DEFINE_ENUM_VALUE (STATE_NEW, "new"),
  G_DEFINE_ENUM_VALUE (STATE_OPEN, "open"),
  G_DEFINE_ENUM_VALUE (STATE_CLOSING, "closing"),
  G_DEFINE_ENUM_VALUE (STATE_CLOSED, "closed"))

static ShoalLinkPrivate *
get_private (ShoalLink *self)
{
  ShoalLinkPrivate *priv = shoal_link_get_instance_private (self);

  shoal_owner_thread_assert (&priv->owner);
  return priv;
}

/* --- State --------------------------------------------------------------- */

static const ShoalStateEdge EDGES[] = {
  { STATE_NEW,     STATE_OPEN },    /* the maker has proved the peer */
  { STATE_NEW,     STATE_CLOSED },  /* it failed to */
  { STATE_OPEN,    STATE_CLOSING }, /* the owner closes */
  { STATE_OPEN,    STATE_CLOSED },  /* the peer or the line ended it */
  { STATE_CLOSING, STATE_CLOSED },  /* flushed, or no time left */
};

static gboolean
set_state (ShoalLinkPrivate *priv, State to)
{
  if (!shoal_state_step (SHOAL_TYPE_LINK_STATE, EDGES, G_N_ELEMENTS (EDGES), priv->state, to))
    return FALSE;
  priv->state = to;
  return TRUE;
}

/* --- Events -------------------------------------------------------------- */

static void
emit_writable (ShoalLink *self, ShoalLinkPrivate *priv)
{
  if (priv->state == STATE_OPEN && shoal_send_queue_take_drained (&priv->queue)
      && priv->events != NULL && priv->events->writable != NULL)
    priv->events->writable (self, priv->user_data);
}

static void
emit_closed (ShoalLink *self, ShoalLinkPrivate *priv)
{
  const ShoalLinkEvents *events = g_steal_pointer (&priv->events);

  if (events != NULL && events->closed != NULL)
    events->closed (self, priv->error, priv->user_data);
  if (priv->keeps_self)
    {
      priv->keeps_self = FALSE;
      g_object_unref (self);
    }
}

static void
on_tell (gpointer user_data)
{
  g_autoptr (ShoalLink) self = g_object_ref (user_data);
  ShoalLinkPrivate *priv = get_private (self);

  priv->tell_timer = 0;
  if (priv->state == STATE_CLOSED)
    emit_closed (self, priv);
  else
    emit_writable (self, priv);
}

/* Events come from the main loop only. */
static void
tell_soon (ShoalLink *self, ShoalLinkPrivate *priv)
{
  if (priv->tell_timer == 0)
    priv->tell_timer = shoal_runtime_add_timer (priv->runtime, 0, on_tell, self);
}

static void
on_flush_timeout (gpointer user_data)
{
  ShoalLinkPrivate *priv = get_private (user_data);

  priv->flush_timer = 0;
  shoal_link_ended (user_data, NULL);
}

static void
keep_self (ShoalLink *self, ShoalLinkPrivate *priv)
{
  if (!priv->keeps_self)
    {
      priv->keeps_self = TRUE;
      g_object_ref (self);
    }
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_link_dispose (GObject *object)
{
  ShoalLink *self = SHOAL_LINK (object);
  ShoalLinkPrivate *priv = get_private (self);

  /* The last reference is gone without close(): nobody is left to be told. */
  priv->events = NULL;
  shoal_link_ended (self, NULL);
  if (priv->runtime != NULL)
    shoal_runtime_clear_timer (priv->runtime, &priv->tell_timer);

  G_OBJECT_CLASS (shoal_link_parent_class)->dispose (object);
}

static void
shoal_link_finalize (GObject *object)
{
  ShoalLinkPrivate *priv = get_private (SHOAL_LINK (object));

  shoal_send_queue_clear (&priv->queue);
  g_clear_error (&priv->error);
  g_clear_object (&priv->facts.remote_address);
  g_clear_object (&priv->facts.local_address);
  g_clear_object (&priv->runtime);

  G_OBJECT_CLASS (shoal_link_parent_class)->finalize (object);
}

static void
shoal_link_class_init (ShoalLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = shoal_link_dispose;
  object_class->finalize = shoal_link_finalize;
}

static void
shoal_link_init (ShoalLink *self)
{
  ShoalLinkPrivate *priv = shoal_link_get_instance_private (self);

  shoal_owner_thread_init (&priv->owner);
  shoal_send_queue_init (&priv->queue);
  priv->reading = TRUE;
}

/* --- For implementations ------------------------------------------------- */

void
shoal_link_set_runtime (ShoalLink *self, ShoalRuntime *runtime)
{
  g_set_object (&get_private (self)->runtime, runtime);
}

ShoalRuntime *
shoal_link_get_runtime (ShoalLink *self)
{
  return get_private (self)->runtime;
}

void
shoal_link_opened (ShoalLink *self, const ShoalLinkFacts *facts)
{
  ShoalLinkPrivate *priv = get_private (self);

  if (!set_state (priv, STATE_OPEN))
    return;
  priv->facts = *facts;
  if (facts->remote_address != NULL)
    g_object_ref (facts->remote_address);
  if (facts->local_address != NULL)
    g_object_ref (facts->local_address);
}

ShoalSendQueue *
shoal_link_get_send_queue (ShoalLink *self)
{
  return &get_private (self)->queue;
}

gboolean
shoal_link_is_reading (ShoalLink *self)
{
  ShoalLinkPrivate *priv = get_private (self);

  return priv->state == STATE_OPEN && priv->reading && priv->events != NULL;
}

gboolean
shoal_link_is_closing (ShoalLink *self)
{
  return get_private (self)->state == STATE_CLOSING;
}

void
shoal_link_emit_received (ShoalLink *self, guint stream, const uint8_t *data, size_t size)
{
  ShoalLinkPrivate *priv = get_private (self);

  priv->bytes_received += size;
  if (priv->events != NULL && priv->events->received != NULL)
    priv->events->received (self, stream, data, size, priv->user_data);
}

void
shoal_link_wrote (ShoalLink *self, size_t bytes)
{
  ShoalLinkPrivate *priv = get_private (self);
  gint64 now = shoal_runtime_now (priv->runtime);

  priv->bytes_sent += bytes;
  shoal_rate_add (&priv->rate, now, bytes);
  if (now - priv->rate_used >= RATE_INTERVAL)
    {
      priv->rate_used = now;
      shoal_send_queue_set_rate (&priv->queue, shoal_rate_get (&priv->rate, now));
    }
  emit_writable (self, priv);
}

void
shoal_link_ended (ShoalLink *self, GError *error)
{
  ShoalLinkPrivate *priv = get_private (self);

  /* Whatever happens after close() is no error. */
  if (priv->state == STATE_CLOSED || priv->state == STATE_CLOSING)
    g_clear_error (&error);
  if (priv->state == STATE_CLOSED || !set_state (priv, STATE_CLOSED))
    return;

  g_debug ("link %p ended: %s", (void *) self, error != NULL ? error->message : "closed here");
  priv->error = error;
  if (priv->runtime != NULL)
    shoal_runtime_clear_timer (priv->runtime, &priv->flush_timer);
  SHOAL_LINK_GET_CLASS (self)->stop (self);
  shoal_send_queue_clear (&priv->queue);
  shoal_send_queue_init (&priv->queue);
  if (priv->keeps_self)
    tell_soon (self, priv);
}

/* --- Public -------------------------------------------------------------- */

const char *
shoal_path_get_nick (ShoalPath path)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (SHOAL_TYPE_PATH);
  GEnumValue *value = g_enum_get_value (klass, (int) path);

  g_return_val_if_fail (value != NULL, "direct");
  return value->value_nick;
}

const char *
shoal_carrier_get_nick (ShoalCarrier carrier)
{
  return carrier == SHOAL_CARRIER_QUIC ? "quic" : "tcp";
}

void
shoal_link_set_events (ShoalLink *self, const ShoalLinkEvents *events, gpointer user_data)
{
  ShoalLinkPrivate *priv = get_private (self);
  gboolean closed_told = priv->state == STATE_CLOSED && priv->had_events && !priv->keeps_self;

  g_return_if_fail (priv->state != STATE_NEW);

  if (closed_told)
    return;
  priv->events = events;
  priv->user_data = user_data;
  if (events == NULL)
    return;

  priv->had_events = TRUE;
  keep_self (self, priv);
  if (priv->state == STATE_CLOSED)
    tell_soon (self, priv);
  else if (priv->state == STATE_OPEN)
    SHOAL_LINK_GET_CLASS (self)->kick (self);
}

const ShoalDeviceId *
shoal_link_get_peer_id (ShoalLink *self)
{
  return &get_private (self)->facts.peer_id;
}

const uint8_t *
shoal_link_get_exporter (ShoalLink *self)
{
  return get_private (self)->facts.exporter;
}

ShoalPath
shoal_link_get_path (ShoalLink *self)
{
  return get_private (self)->facts.path;
}

GSocketAddress *
shoal_link_get_remote_address (ShoalLink *self)
{
  return get_private (self)->facts.remote_address;
}

GSocketAddress *
shoal_link_get_local_address (ShoalLink *self)
{
  return get_private (self)->facts.local_address;
}

gboolean
shoal_link_is_outgoing (ShoalLink *self)
{
  return get_private (self)->facts.is_outgoing;
}

ShoalCarrier
shoal_link_get_carrier (ShoalLink *self)
{
  return get_private (self)->facts.carrier;
}

gint64
shoal_link_get_rtt (ShoalLink *self)
{
  ShoalLinkPrivate *priv = get_private (self);

  if (priv->state == STATE_CLOSED || SHOAL_LINK_GET_CLASS (self)->get_rtt == NULL)
    return 0;
  return SHOAL_LINK_GET_CLASS (self)->get_rtt (self);
}

gboolean
shoal_link_is_by_ice (ShoalLink *self)
{
  return get_private (self)->facts.is_by_ice;
}

ShoalRelayReason
shoal_link_get_relay_reason (ShoalLink *self)
{
  return get_private (self)->facts.relay_reason;
}

void
shoal_link_send_control (ShoalLink *self, GBytes *frame)
{
  ShoalLinkPrivate *priv = get_private (self);

  g_return_if_fail (frame != NULL);

  if (priv->state != STATE_OPEN)
    return;
  shoal_send_queue_push_control (&priv->queue, frame);
  if (priv->queue.control_bytes > SHOAL_MAX_QUEUED_CONTROL)
    shoal_link_ended (self, shoal_error_new (SHOAL_ERROR_LIMIT, SHOAL_SIDE_THERE,
                                             "Try again; if it happens again, restart Shoal on "
                                             "the other device.",
                                             "The other device takes no messages any more"));
  else
    SHOAL_LINK_GET_CLASS (self)->kick (self);
}

void
shoal_link_send_bulk (ShoalLink *self, guint channel, GBytes *header, GBytes *payload)
{
  ShoalLinkPrivate *priv = get_private (self);
  size_t size;

  g_return_if_fail (header != NULL && channel < SHOAL_MAX_CHANNELS);
  size = g_bytes_get_size (header) + (payload != NULL ? g_bytes_get_size (payload) : 0);
  g_return_if_fail (size <= SHOAL_MAX_BULK_FRAME);

  if (priv->state != STATE_OPEN)
    return;
  shoal_send_queue_push_bulk (&priv->queue, channel, header, payload);
  SHOAL_LINK_GET_CLASS (self)->kick (self);
}

gboolean
shoal_link_wants_bulk (ShoalLink *self)
{
  ShoalLinkPrivate *priv = get_private (self);

  return priv->state == STATE_OPEN && !priv->queue.is_full;
}

size_t
shoal_link_drop_bulk (ShoalLink *self, guint channel)
{
  ShoalLinkPrivate *priv = get_private (self);
  size_t dropped = shoal_send_queue_drop (&priv->queue, channel);

  if (dropped > 0 && priv->state == STATE_OPEN)
    tell_soon (self, priv);
  return dropped;
}

size_t
shoal_link_get_queued_control (ShoalLink *self)
{
  return get_private (self)->queue.control_bytes;
}

size_t
shoal_link_get_queued_bulk (ShoalLink *self)
{
  return get_private (self)->queue.bulk_bytes;
}

void
shoal_link_set_reading (ShoalLink *self, gboolean reading)
{
  ShoalLinkPrivate *priv = get_private (self);

  if (priv->reading == reading)
    return;
  priv->reading = reading;
  if (priv->state == STATE_OPEN)
    SHOAL_LINK_GET_CLASS (self)->kick (self);
}

uint64_t
shoal_link_get_bytes_received (ShoalLink *self)
{
  return get_private (self)->bytes_received;
}

uint64_t
shoal_link_get_bytes_sent (ShoalLink *self)
{
  return get_private (self)->bytes_sent;
}

void
shoal_link_close (ShoalLink *self)
{
  ShoalLinkPrivate *priv = get_private (self);

  g_return_if_fail (priv->state != STATE_NEW);

  if (priv->state != STATE_OPEN)
    return;
  keep_self (self, priv);
  set_state (priv, STATE_CLOSING);
  shoal_send_queue_drop_all_bulk (&priv->queue);
  priv->flush_timer = shoal_runtime_add_timer (priv->runtime, FLUSH_TIME, on_flush_timeout, self);
  SHOAL_LINK_GET_CLASS (self)->close (self);
}

gboolean
shoal_link_is_closed (ShoalLink *self)
{
  ShoalLinkPrivate *priv = get_private (self);

  return priv->state == STATE_CLOSING || priv->state == STATE_CLOSED;
}
