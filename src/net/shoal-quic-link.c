/* shoal-quic-link.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-quic-link.h"

#include "shoal-address.h"
#include "shoal-datagram-batch.h"
#include "shoal-error.h"
#include "shoal-limits.h"
#include "shoal-state.h"

/* Handed up at once; and per turn of the main loop and direction. */
#define RECEIVED_SIZE (256 * 1024)
#define TURN_BYTES (1024 * 1024)
/* While the carrier is full, timers are looked at so often, in microseconds. */
#define BLOCKED_TIMER 1000

/**
 * ShoalQuicLink:
 *
 * A ShoalQuic on timers of the runtime, between a carrier of datagrams and the
 * link's send queue. Everything that happens (a datagram, a queued frame, a
 * timer) kicks it; in its next turn it hands up what has come, writes packets
 * as far as pacing, windows and carrier allow, and sets its timer anew.
 *
 * Closing: queued control goes out and is acknowledged, then the packet that
 * closes the connection, which also answers what still comes for a while.
 */

typedef enum
{
  STATE_HANDSHAKING,
  STATE_OPEN,
  STATE_FLUSHING, /* control on its way out */
  STATE_CLOSING,  /* the last packet is sent, and sent again when asked for */
  STATE_CLOSED,
} ShoalQuicLinkState;

struct _ShoalQuicLink
{
  ShoalLink                 parent_instance;

  /* Set once. */
  ShoalLinkFacts            facts;      /* (addresses owned); complete when OPEN */
  ShoalDeviceId             own_id;
  const ShoalDatagramFuncs *funcs;
  gpointer                  carrier;    /* (nullable): until CLOSED */
  gboolean                  is_mute;    /* the carrier has failed */

  ShoalQuicLinkState        state;      /* Written only by set_state(). */
  ShoalQuicLinkReadyFunc    ready;      /* (nullable): not yet called */
  gpointer                  ready_data;
  ShoalQuic                *quic;       /* (owned) (nullable): until CLOSED */
  GError                   *end_error;  /* (owned) (nullable): over; to be told next */

  guint                     kick_timer;
  guint                     timer;
  gint64                    timer_due;
  guint                     handshake_timer;
  guint                     closing_timer;

  ShoalDatagramBatch        batch;      /* packets not yet with the carrier */

  GBytes                   *close_packet; /* (owned) (nullable) */
  ShoalUdpPath              close_path;
  guint                     n_after_close;
};

G_DEFINE_FINAL_TYPE (ShoalQuicLink, shoal_quic_link, SHOAL_TYPE_LINK)

#define SHOAL_TYPE_QUIC_LINK_STATE (shoal_quic_link_state_get_type ())
static GType shoal_quic_link_state_get_type (void);
static G_DEFINE_ENUM_TYPE (ShoalQuicLinkState, shoal_quic_link_state,
  G_DEFINE_ENUM_VALUE (STATE_HANDSHAKING, "handshaking"),
  G_DEFINE_ENUM_VALUE (STATE_OPEN, "open"),
  G_DEFINE_ENUM_VALUE (STATE_FLUSHING, "flushing"),
  G_DEFINE_ENUM_VALUE (STATE_CLOSING, "closing"),
  G_DEFINE_ENUM_VALUE (STATE_CLOSED, "closed"))

static void kick (ShoalQuicLink *self);

/* --- State --------------------------------------------------------------- */

static const ShoalStateEdge EDGES[] = {
  { STATE_HANDSHAKING, STATE_OPEN },     /* both keys are proved */
  { STATE_HANDSHAKING, STATE_CLOSED },   /* wrong key, silence, nobody wants it */
  { STATE_OPEN,        STATE_FLUSHING }, /* close() */
  { STATE_OPEN,        STATE_CLOSED },   /* the peer or the line */
  { STATE_FLUSHING,    STATE_CLOSING },  /* all control is acknowledged */
  { STATE_FLUSHING,    STATE_CLOSED },   /* the peer was faster, or no time left */
  { STATE_CLOSING,     STATE_CLOSED },   /* long enough */
};

static void
set_state (ShoalQuicLink *self, ShoalQuicLinkState to)
{
  if (shoal_state_step (SHOAL_TYPE_QUIC_LINK_STATE, EDGES, G_N_ELEMENTS (EDGES),
                        (int) self->state, (int) to))
    self->state = to;
}

static ShoalRuntime *
get_runtime (ShoalQuicLink *self)
{
  return shoal_link_get_runtime (SHOAL_LINK (self));
}

/* Ends the link, in any state. The caller holds a reference. */
static void
fail (ShoalQuicLink *self, GError *error)
{
  ShoalQuicLinkReadyFunc ready = g_steal_pointer (&self->ready);
  g_autoptr (GError) copy = error != NULL ? g_error_copy (error) : NULL;

  shoal_link_ended (SHOAL_LINK (self), error);
  if (ready != NULL && copy != NULL)
    ready (self, copy, self->ready_data);
}

/* One attempt to say that it is over. */
static void
say_closed (ShoalQuicLink *self)
{
  uint8_t packet[SHOAL_QUIC_MAX_DATAGRAM];
  ShoalUdpPath path;
  size_t size = shoal_quic_write_close (self->quic, packet, &path);

  if (size == 0)
    return;
  self->funcs->send (self->carrier, &path, packet, size, size);
  self->close_packet = g_bytes_new (packet, size);
  self->close_path = path;
}

/* It is over by @error, which is told after what has come before it. */
static void
end_soon (ShoalQuicLink *self, GError *error)
{
  say_closed (self);
  if (self->end_error == NULL)
    self->end_error = error;
  else
    g_error_free (error);
  kick (self);
}

static void
on_handshake_timeout (gpointer user_data)
{
  g_autoptr (ShoalQuicLink) self = g_object_ref (user_data);

  self->handshake_timer = 0;
  fail (self, shoal_quic_link_new_timeout_error (self));
}

/* --- Steps --------------------------------------------------------------- */

static void
open_link (ShoalQuicLink *self)
{
  ShoalQuicLinkReadyFunc ready;
  GError *error = NULL;

  self->facts.peer_id = *shoal_quic_get_peer_id (self->quic);
  if (shoal_hash_equals (&self->facts.peer_id, &self->own_id))
    shoal_error_set (&error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                     "Give the address of the other device.",
                     "That address is this device itself");
  else
    shoal_quic_get_exporter (self->quic, self->facts.exporter, &error);
  if (error != NULL)
    {
      end_soon (self, error);
      return;
    }

  shoal_runtime_clear_timer (get_runtime (self), &self->handshake_timer);
  set_state (self, STATE_OPEN);
  shoal_link_opened (SHOAL_LINK (self), &self->facts);
  ready = g_steal_pointer (&self->ready);
  if (ready != NULL)
    ready (self, NULL, self->ready_data);
}

/* Hands up what has come, control first. */
static void
deliver (ShoalQuicLink *self)
{
  ShoalLink *link = SHOAL_LINK (self);
  size_t total = 0;

  for (guint stream = 0; stream < SHOAL_QUIC_STREAMS && total < TURN_BYTES; stream++)
    {
      const uint8_t *data;
      size_t size;

      while (shoal_link_is_reading (link) && self->quic != NULL && total < TURN_BYTES
             && (data = shoal_quic_peek (self->quic, stream, &size)) != NULL)
        {
          size = MIN (size, RECEIVED_SIZE);
          total += size;
          shoal_link_emit_received (link, stream, data, size);
          if (self->quic != NULL)
            shoal_quic_consume (self->quic, stream, size);
        }
    }
  if (total >= TURN_BYTES)
    kick (self);
}

/* One burst. Returns its bytes; 0: nothing to send now. */
static size_t
write_burst (ShoalQuicLink *self, size_t *taken)
{
  ShoalSendQueue *queue = shoal_link_get_send_queue (SHOAL_LINK (self));
  size_t burst = shoal_quic_get_burst (self->quic), total = 0;
  GError *error = NULL;
  ShoalUdpPath path;
  gssize n = 0;

  while (total < burst && !self->batch.is_blocked
         && (n = shoal_quic_write (self->quic, queue,
                                   shoal_datagram_batch_get_room (&self->batch), &path, taken,
                                   &error)) > 0)
    {
      total += (size_t) n;
      shoal_datagram_batch_add (&self->batch, (size_t) n, &path, self->funcs->send,
                                self->carrier);
    }
  shoal_quic_burst_ended (self->quic);
  if (n < 0)
    {
      end_soon (self, error);
      return 0;
    }
  if (!self->batch.is_blocked)
    shoal_datagram_batch_flush (&self->batch, self->funcs->send, self->carrier);
  return total;
}

static void
write_packets (ShoalQuicLink *self)
{
  size_t taken = 0, total = 0, n;

  if (!self->batch.is_blocked
      && shoal_datagram_batch_flush (&self->batch, self->funcs->send, self->carrier))
    while (total < TURN_BYTES && self->end_error == NULL && !self->batch.is_blocked
           && (n = write_burst (self, &taken)) > 0)
      total += n;
  if (total >= TURN_BYTES)
    kick (self);
  if (self->batch.size == 0 && shoal_quic_get_unacked_bulk (self->quic) == 0)
    shoal_datagram_batch_clear (&self->batch);
  /* Anything may happen in it. */
  if (taken > 0)
    shoal_link_wrote (SHOAL_LINK (self), taken);
}

static void
on_closing_over (gpointer user_data)
{
  g_autoptr (ShoalQuicLink) self = g_object_ref (user_data);

  self->closing_timer = 0;
  fail (self, NULL);
}

static void
step_flushing (ShoalQuicLink *self)
{
  if (!shoal_send_queue_is_empty (shoal_link_get_send_queue (SHOAL_LINK (self)))
      || shoal_quic_get_unacked_control (self->quic) > 0)
    return;
  set_state (self, STATE_CLOSING);
  self->closing_timer = shoal_runtime_add_timer (get_runtime (self),
                                                 shoal_quic_get_close_time (self->quic),
                                                 on_closing_over, self);
  say_closed (self);
}

static void on_timer (gpointer user_data);

static void
set_timer (ShoalQuicLink *self)
{
  gint64 due = shoal_quic_get_timer (self->quic);
  gint64 now = shoal_runtime_now (get_runtime (self));

  if (self->batch.is_blocked && due < now + BLOCKED_TIMER)
    due = now + BLOCKED_TIMER;
  if (self->timer != 0 && due == self->timer_due)
    return;
  shoal_runtime_clear_timer (get_runtime (self), &self->timer);
  self->timer_due = due;
  if (due != G_MAXINT64)
    self->timer = shoal_runtime_add_timer (get_runtime (self), MAX (due - now, 0), on_timer, self);
}

/* The one driver. The caller holds a reference. */
static void
step (ShoalQuicLink *self)
{
  GError *error = NULL;

  if (self->state == STATE_CLOSED || self->state == STATE_CLOSING)
    return;
  if (self->quic == NULL)
    {
      fail (self, g_steal_pointer (&self->end_error));
      return;
    }
  if (self->end_error == NULL && !shoal_quic_on_timer (self->quic, &error))
    end_soon (self, error);
  deliver (self);
  if (self->quic != NULL && self->end_error == NULL)
    write_packets (self);
  if (self->quic != NULL && self->end_error == NULL && self->state == STATE_FLUSHING)
    step_flushing (self);

  if (self->quic == NULL)
    return;
  if (self->end_error == NULL)
    set_timer (self);
  else if (!shoal_link_is_reading (SHOAL_LINK (self)) || shoal_quic_is_drained (self->quic))
    fail (self, g_steal_pointer (&self->end_error));
}

static void
on_timer (gpointer user_data)
{
  g_autoptr (ShoalQuicLink) self = g_object_ref (user_data);

  self->timer = 0;
  step (self);
}

static void
on_kick (gpointer user_data)
{
  g_autoptr (ShoalQuicLink) self = g_object_ref (user_data);

  self->kick_timer = 0;
  step (self);
}

static void
kick (ShoalQuicLink *self)
{
  if (self->kick_timer == 0 && self->state != STATE_CLOSED)
    self->kick_timer = shoal_runtime_add_timer (get_runtime (self), 0, on_kick, self);
}

/* --- ShoalLink ----------------------------------------------------------- */

static void
shoal_quic_link_kick (ShoalLink *link)
{
  kick (SHOAL_QUIC_LINK (link));
}

static void
shoal_quic_link_close (ShoalLink *link)
{
  ShoalQuicLink *self = SHOAL_QUIC_LINK (link);

  set_state (self, STATE_FLUSHING);
  kick (self);
}

static void
shoal_quic_link_stop (ShoalLink *link)
{
  ShoalQuicLink *self = SHOAL_QUIC_LINK (link);
  ShoalRuntime *runtime = get_runtime (self);
  gpointer carrier = self->carrier;

  if (self->quic != NULL && carrier != NULL && !self->is_mute)
    say_closed (self);
  set_state (self, STATE_CLOSED);
  shoal_runtime_clear_timer (runtime, &self->kick_timer);
  shoal_runtime_clear_timer (runtime, &self->timer);
  shoal_runtime_clear_timer (runtime, &self->handshake_timer);
  shoal_runtime_clear_timer (runtime, &self->closing_timer);
  g_clear_pointer (&self->quic, shoal_quic_free);
  shoal_datagram_batch_clear (&self->batch);
  self->carrier = NULL;
  if (carrier != NULL)
    self->funcs->release (carrier, self);
}

static gint64
shoal_quic_link_get_shortest_rtt (ShoalLink *link)
{
  ShoalQuicLink *self = SHOAL_QUIC_LINK (link);

  return self->quic != NULL ? shoal_quic_get_shortest_rtt (self->quic) : 0;
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_quic_link_finalize (GObject *object)
{
  ShoalQuicLink *self = SHOAL_QUIC_LINK (object);

  /* Disposing of the parent has stopped it. */
  g_assert (self->quic == NULL && self->kick_timer == 0 && self->timer == 0);

  g_clear_object (&self->facts.remote_address);
  g_clear_object (&self->facts.local_address);
  g_clear_pointer (&self->close_packet, g_bytes_unref);
  g_clear_error (&self->end_error);

  G_OBJECT_CLASS (shoal_quic_link_parent_class)->finalize (object);
}

static void
shoal_quic_link_class_init (ShoalQuicLinkClass *klass)
{
  ShoalLinkClass *link_class = SHOAL_LINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = shoal_quic_link_finalize;

  link_class->kick = shoal_quic_link_kick;
  link_class->close = shoal_quic_link_close;
  link_class->get_rtt = shoal_quic_link_get_shortest_rtt;
  link_class->stop = shoal_quic_link_stop;
}

static void
shoal_quic_link_init (ShoalQuicLink *self)
{
}

/* --- Public -------------------------------------------------------------- */

static void
on_id_added (const ShoalQuicId *id, gpointer user_data)
{
  ShoalQuicLink *self = user_data;

  if (self->funcs->id_added != NULL && self->carrier != NULL)
    self->funcs->id_added (self->carrier, self, id);
}

static void
on_id_removed (const ShoalQuicId *id, gpointer user_data)
{
  ShoalQuicLink *self = user_data;

  if (self->funcs->id_removed != NULL && self->carrier != NULL)
    self->funcs->id_removed (self->carrier, self, id);
}

static const ShoalQuicEvents quic_events = {
  .id_added = on_id_added,
  .id_removed = on_id_removed,
};

ShoalQuicLink *
shoal_quic_link_new (const ShoalQuicLinkConfig *config, ShoalQuicLinkReadyFunc ready,
                     gpointer user_data)
{
  ShoalQuicLink *self = g_object_new (SHOAL_TYPE_QUIC_LINK, NULL);
  g_autofree char *where = NULL;
  ShoalQuicConfig quic = {
    .runtime = config->runtime,
    .identity = config->identity,
    .is_server = !config->is_outgoing,
    .expected = config->expected,
    .path = config->udp_path,
    .initial_rtt = config->initial_rtt,
    .congestion = config->congestion,
    .reset_secret = config->reset_secret,
    .original_id = config->original_id,
    .events = &quic_events,
    .user_data = self,
  };

  shoal_link_set_runtime (SHOAL_LINK (self), config->runtime);
  self->own_id = *shoal_identity_get_id (config->identity);
  self->funcs = config->funcs;
  self->carrier = config->carrier;
  self->facts.path = config->path;
  self->facts.is_outgoing = config->is_outgoing;
  self->facts.carrier = SHOAL_CARRIER_QUIC;
  self->facts.is_by_ice = config->is_by_ice;
  self->facts.relay_reason = config->relay_reason;
  g_set_object (&self->facts.remote_address, config->remote_address);
  g_set_object (&self->facts.local_address, config->local_address);
  self->ready = ready;
  self->ready_data = user_data;

  if (config->remote_address != NULL)
    where = shoal_address_to_text (config->remote_address);
  quic.where = where != NULL ? where : "the other end";
  self->quic = shoal_quic_new (&quic, &self->end_error);
  self->handshake_timer = shoal_runtime_add_timer (config->runtime,
                                                   SHOAL_HANDSHAKE_SECONDS * G_USEC_PER_SEC,
                                                   on_handshake_timeout, self);
  kick (self);
  return self;
}

/* Every second, fourth, eighth … packet is answered, so that two that have
 * closed do not keep each other busy. */
static void
answer_closing (ShoalQuicLink *self)
{
  size_t size;
  const uint8_t *packet;

  self->n_after_close++;
  if (self->close_packet == NULL || (self->n_after_close & (self->n_after_close - 1)) != 0)
    return;
  packet = g_bytes_get_data (self->close_packet, &size);
  self->funcs->send (self->carrier, &self->close_path, packet, size, size);
}

void
shoal_quic_link_receive (ShoalQuicLink *link, const ShoalUdpPath *path, const uint8_t *data,
                         size_t size)
{
  g_autoptr (ShoalQuicLink) self = g_object_ref (link);
  GError *error = NULL;

  if (self->state == STATE_CLOSED || self->end_error != NULL)
    return;
  if (self->state == STATE_CLOSING)
    {
      answer_closing (self);
      return;
    }
  if (!shoal_quic_receive (self->quic, path, data, size, &error))
    end_soon (self, error);
  else if (self->state == STATE_HANDSHAKING && shoal_quic_is_open (self->quic))
    open_link (self);
  kick (self);
}

void
shoal_quic_link_writable (ShoalQuicLink *self)
{
  self->batch.is_blocked = FALSE;
  kick (self);
}

void
shoal_quic_link_carrier_failed (ShoalQuicLink *link, GError *error)
{
  g_autoptr (ShoalQuicLink) self = g_object_ref (link);

  if (self->state == STATE_CLOSED || self->end_error != NULL)
    {
      g_error_free (error);
      return;
    }
  self->end_error = error;
  self->is_mute = TRUE;
  kick (self);
}

GError *
shoal_quic_link_new_timeout_error (ShoalQuicLink *self)
{
  g_autofree char *text = self->facts.remote_address != NULL
                            ? shoal_address_to_text (self->facts.remote_address) : NULL;

  if (self->quic != NULL && shoal_quic_has_answer (self->quic))
    return shoal_error_new (SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_THERE,
                            "Try again; check that Shoal runs on the other device.",
                            "%s answers, but says nothing of use",
                            text != NULL ? text : "The other device");
  return shoal_error_new (SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_NETWORK,
                          "Check that the device is on, and that no firewall blocks the port.",
                          "Nobody answers at %s", text != NULL ? text : "the other device");
}

gboolean
shoal_quic_link_has_answer (ShoalQuicLink *self)
{
  return self->quic != NULL && shoal_quic_has_answer (self->quic);
}

gint64
shoal_quic_link_get_rtt (ShoalQuicLink *self)
{
  return self->quic != NULL ? shoal_quic_get_rtt (self->quic) : -1;
}

size_t
shoal_quic_link_get_datagram_size (ShoalQuicLink *self)
{
  return self->quic != NULL ? shoal_quic_get_datagram_size (self->quic) : 0;
}
