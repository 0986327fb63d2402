/* sim-channel.c: shoal-channel.h and shoal-peer.h as the simulator has them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "sim-net"

#include "config.h"

#include "sim-net-private.h"

void
sim_frame_free (gpointer data)
{
  Frame *frame = data;

  g_bytes_unref (frame->bytes);
  g_free (frame);
}

gpointer
sim_channel_key (gboolean ours, uint16_t number)
{
  return GUINT_TO_POINTER ((guint) ours << 16 | number);
}

static ShoalPeer *
reverse (ShoalPeer *peer)
{
  return sim_node_get_peer (peer->other, peer->node);
}

/* --- Channels ------------------------------------------------------------------- */

ShoalChannel *
sim_channel_new (ShoalPeer *peer, gboolean ours, uint16_t number)
{
  ShoalChannel *self = g_new0 (ShoalChannel, 1);

  g_ref_count_init (&self->ref_count);
  self->peer = peer;
  self->ours = ours;
  self->number = number;
  g_queue_init (&self->bulk);
  g_hash_table_insert (peer->channels, sim_channel_key (ours, number), shoal_channel_ref (self));
  return self;
}

ShoalChannel *
shoal_channel_ref (ShoalChannel *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
shoal_channel_unref (ShoalChannel *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_assert (self->bulk.length == 0);
  g_free (self);
}

static void
drop_bulk (ShoalChannel *self)
{
  Frame *frame;

  g_queue_remove (&self->peer->node->ready, self);
  while ((frame = g_queue_pop_head (&self->bulk)) != NULL)
    {
      self->peer->queued -= g_bytes_get_size (frame->bytes);
      sim_frame_free (frame);
    }
}

void
sim_channel_end (ShoalChannel *self, const GError *error)
{
  g_autoptr (ShoalChannel) keep = shoal_channel_ref (self);

  if (self->ended)
    return;
  self->ended = TRUE;
  drop_bulk (self);
  g_hash_table_remove (self->peer->channels, sim_channel_key (self->ours, self->number));
  if (error != NULL && self->events != NULL && self->events->closed != NULL)
    self->events->closed (self, error, self->user_data);
}

static Frame *
frame_new (ShoalChannel *channel, GBytes *bytes)
{
  Frame *frame = g_new0 (Frame, 1);

  frame->to = reverse (channel->peer);
  frame->life = frame->to->life;
  frame->channel = channel->number;
  frame->from_fetcher = channel->ours;
  frame->bytes = bytes;
  return frame;
}

/* --- shoal-channel.h ------------------------------------------------------------------- */

gboolean
shoal_channel_send (ShoalChannel *self, ShoalMessage *message, GError **error)
{
  GBytes *bytes;
  g_autoptr (GError) problem = NULL;

  if (self->ended)
    return shoal_error_set (error, SHOAL_ERROR_CLOSED, SHOAL_SIDE_NETWORK, NULL, "Ended");
  message->channel = self->number;
  bytes = shoal_message_encode (message, &problem);
  g_assert_no_error (problem);
  g_queue_push_tail (&self->peer->node->control, frame_new (self, bytes));
  sim_transmit (self->peer->node);
  return TRUE;
}

ShoalChannel *
shoal_channel_open (ShoalPeer *peer, const ShoalHash *key, uint8_t flags,
                    const ShoalChannelEvents *events, gpointer user_data, GError **error)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_OPEN };
  ShoalChannel *self;

  if (!peer->up)
    {
      shoal_error_set (error, SHOAL_ERROR_CLOSED, SHOAL_SIDE_NETWORK, NULL, "No line");
      return NULL;
    }
  self = sim_channel_new (peer, TRUE, ++peer->last_number);
  self->events = events;
  self->user_data = user_data;
  message.open.proof = *key;
  message.open.flags = flags;
  shoal_channel_send (self, &message, NULL);
  return self;
}

gboolean
shoal_channel_is_for (ShoalChannel *self, const ShoalHash *key)
{
  return shoal_hash_equals (&self->key, key);
}

gboolean
shoal_channel_accept (ShoalChannel *self, const ShoalHash *key, uint8_t flags,
                      uint32_t description_size, uint32_t attributes_size, const ShoalHash *share,
                      const ShoalChannelEvents *events, gpointer user_data, GError **error)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_OPENED };

  self->events = events;
  self->user_data = user_data;
  message.opened.proof = *key;
  message.opened.flags = flags;
  message.opened.description_size = description_size;
  message.opened.attributes_size = attributes_size;
  message.opened.share = *share;
  return shoal_channel_send (self, &message, error);
}

void
shoal_channel_refuse (ShoalChannel *self, ShoalRefused reason)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_REFUSED, .refused = { (uint8_t) reason } };

  shoal_channel_send (self, &message, NULL);
  sim_channel_end (self, NULL);
}

uint8_t
shoal_channel_get_open_flags (ShoalChannel *self)
{
  return self->open_flags;
}

gboolean
shoal_channel_send_data (ShoalChannel *self, uint32_t request, uint32_t offset, GBytes *payload,
                         GError **error)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_DATA, .channel = self->number };
  g_autoptr (GBytes) header = NULL;
  GByteArray *whole;
  Frame *frame;

  if (self->ended)
    return shoal_error_set (error, SHOAL_ERROR_CLOSED, SHOAL_SIDE_NETWORK, NULL, "Ended");
  message.data.request = request;
  message.data.offset = offset;
  message.data.payload = g_bytes_get_data (payload, &message.data.size);
  header = shoal_message_encode (&message, NULL);
  g_assert_nonnull (header);
  whole = g_byte_array_new ();
  g_byte_array_append (whole, g_bytes_get_data (header, NULL), (guint) g_bytes_get_size (header));
  g_byte_array_append (whole, message.data.payload, (guint) message.data.size);
  frame = frame_new (self, g_byte_array_free_to_bytes (whole));
  frame->is_data = TRUE;
  self->peer->queued += g_bytes_get_size (frame->bytes);
  if (self->bulk.length == 0)
    g_queue_push_tail (&self->peer->node->ready, self);
  g_queue_push_tail (&self->bulk, frame);
  sim_transmit (self->peer->node);
  return TRUE;
}

gboolean
shoal_channel_wants_data (ShoalChannel *self)
{
  gboolean wants = !self->ended && self->peer->queued < HIGH_MARK;

  if (!wants)
    self->was_full = TRUE;
  return wants;
}

void
shoal_channel_close (ShoalChannel *self)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_CLOSE };

  self->events = NULL;
  if (self->ended)
    return;
  message.close.side = self->ours ? 0 : 1;
  shoal_channel_send (self, &message, NULL);
  sim_channel_end (self, NULL);
}

void
shoal_channel_set_reading (ShoalChannel *self, gboolean reading)
{
  ShoalPeer *peer = self->peer;

  if (!reading)
    {
      peer->n_stopped++;
      return;
    }
  g_assert (peer->n_stopped > 0);
  peer->n_stopped--;
  while (peer->n_stopped == 0 && peer->held.length > 0)
    sim_receive (g_queue_pop_head (&peer->held));
}

gboolean
shoal_channel_is_closed (ShoalChannel *self)
{
  return self->ended;
}

ShoalPeer *
shoal_channel_get_peer (ShoalChannel *self)
{
  return self->peer;
}

const ShoalDeviceId *
shoal_channel_get_device (ShoalChannel *self)
{
  return &self->peer->other->id;
}

ShoalPath
shoal_channel_get_path (ShoalChannel *self)
{
  return SHOAL_PATH_LOCAL;
}

gint64
shoal_channel_get_rtt (ShoalChannel *self)
{
  return self->peer->node->latency + self->peer->other->latency;
}

gboolean
shoal_channel_is_on_best_link (ShoalChannel *self)
{
  return TRUE;
}

/* --- shoal-peer.h ------------------------------------------------------------------------ */

ShoalPeer *
shoal_peer_ref (ShoalPeer *self)
{
  return self;
}

void
shoal_peer_unref (ShoalPeer *self)
{
}

const ShoalDeviceId *
shoal_peer_get_id (ShoalPeer *self)
{
  return &self->other->id;
}

gboolean
shoal_peer_is_connected (ShoalPeer *self)
{
  return self->up;
}

void
shoal_peer_hold (ShoalPeer *self)
{
}

void
shoal_peer_release (ShoalPeer *self)
{
}

guint
shoal_peer_get_addresses (ShoalPeer *self, ShoalWireAddress addresses[SHOAL_MAX_PEER_ADDRESSES])
{
  addresses[0] = (ShoalWireAddress){ 4, { 127, 0, 0, self->other->id.bytes[0] }, 1 };
  return 1;
}
