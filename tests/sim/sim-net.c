/* sim-net.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "sim-net"

#include "config.h"

#include "sim-net-private.h"

/* --- Arriving --------------------------------------------------------------------- */

static void
on_open (ShoalPeer *peer, const ShoalMessage *message)
{
  g_autoptr (ShoalChannel) channel = sim_channel_new (peer, FALSE, message->channel);

  channel->key = message->open.proof;
  channel->open_flags = message->open.flags;
  peer->node->events->channel (peer->node, channel, peer->node->user_data);
}

static void
receive_message (ShoalPeer *peer, const Frame *frame, const ShoalMessage *message)
{
  ShoalChannel *channel;

  if (message->type == SHOAL_MESSAGE_OPEN)
    {
      on_open (peer, message);
      return;
    }
  channel = g_hash_table_lookup (peer->channels,
                                 sim_channel_key (!frame->from_fetcher, frame->channel));
  if (channel == NULL)
    return;
  if (message->type == SHOAL_MESSAGE_CLOSE || message->type == SHOAL_MESSAGE_REFUSED)
    {
      g_autoptr (GError) error
        = shoal_error_new (message->type == SHOAL_MESSAGE_CLOSE ? SHOAL_ERROR_CLOSED
                                                                : SHOAL_ERROR_REFUSED,
                           SHOAL_SIDE_THERE, NULL, "The other side ended it");

      sim_channel_end (channel, error);
      return;
    }
  if (message->type == SHOAL_MESSAGE_OPENED)
    channel->opened = TRUE;
  if (channel->events != NULL && channel->events->message != NULL)
    {
      g_autoptr (ShoalChannel) keep = shoal_channel_ref (channel);

      channel->events->message (channel, message, channel->user_data);
    }
}

void
sim_receive (Frame *frame)
{
  g_auto (ShoalMessage) message = { 0 };
  ShoalFrameParser parser = { 0 };
  g_autoptr (GError) error = NULL;
  size_t size;
  const uint8_t *data = g_bytes_get_data (frame->bytes, &size);
  ShoalFrame view;

  g_assert_cmpint (shoal_frame_parser_next (&parser, &data, &size, &view, &error), ==,
                   SHOAL_FRAME_READY);
  g_assert_no_error (error);
  g_assert_cmpuint (size, ==, 0);
  shoal_message_decode (&message, &view, &error);
  g_assert_no_error (error);
  receive_message (frame->to, frame, &message);
  shoal_frame_parser_clear (&parser);
  sim_frame_free (frame);
}

static void
on_arrival (gpointer data)
{
  Frame *frame = data;
  ShoalPeer *peer = frame->to;

  if (!peer->up || peer->life != frame->life || peer->node->net->closing)
    sim_frame_free (frame);
  else if (peer->n_stopped > 0 || peer->held.length > 0)
    g_queue_push_tail (&peer->held, frame);
  else
    sim_receive (frame);
}

/* --- Leaving ------------------------------------------------------------------------ */

/* A lie: bytes of a leaf are not what they were. */
static void
damage (SimNode *node, Frame *frame)
{
  size_t size;
  g_autofree uint8_t *copy = NULL;

  if (node->lies == 0 || !frame->is_data || !shoal_sim_runtime_one_in (node->net->sim, node->lies))
    return;
  copy = g_memdup2 (g_bytes_get_data (frame->bytes, NULL), g_bytes_get_size (frame->bytes));
  size = g_bytes_get_size (frame->bytes);
  copy[size - 1] ^= 0x55;
  g_bytes_unref (frame->bytes);
  frame->bytes = g_bytes_new (copy, size);
}

static void
on_sent (gpointer data)
{
  SimNode *node = data;

  node->sending = FALSE;
  sim_transmit (node);
}

static Frame *
next_frame (SimNode *node)
{
  Frame *frame = g_queue_pop_head (&node->control);
  ShoalChannel *channel;
  ShoalPeer *peer;

  if (frame != NULL)
    return frame;
  channel = g_queue_pop_head (&node->ready);
  if (channel == NULL)
    return NULL;
  peer = channel->peer;
  frame = g_queue_pop_head (&channel->bulk);
  peer->queued -= g_bytes_get_size (frame->bytes);
  node->sent += g_bytes_get_size (frame->bytes) - 16;
  if (channel->bulk.length > 0)
    g_queue_push_tail (&node->ready, channel);
  return frame;
}

static void
on_writable (gpointer data)
{
  ShoalChannel *channel = data;

  if (!channel->ended && channel->events != NULL && channel->events->writable != NULL)
    channel->events->writable (channel, channel->user_data);
  shoal_channel_unref (channel);
}

static void
tell_writable (SimNode *node)
{
  for (guint i = 0; i < node->peers->len; i++)
    {
      ShoalPeer *peer = g_ptr_array_index (node->peers, i);
      GHashTableIter iter;
      ShoalChannel *channel;

      if (peer->queued > HIGH_MARK / 2)
        continue;
      g_hash_table_iter_init (&iter, peer->channels);
      while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &channel))
        {
          if (!channel->was_full)
            continue;
          channel->was_full = FALSE;
          shoal_runtime_add_timer (node->net->runtime, 0, on_writable,
                                   shoal_channel_ref (channel));
        }
    }
}

void
sim_transmit (SimNode *node)
{
  while (!node->sending && !node->silent)
    {
      Frame *frame = next_frame (node);
      gint64 time;

      if (frame == NULL)
        return;
      time = node->rate > 0 ? (gint64) ((double) g_bytes_get_size (frame->bytes) / node->rate
                                        * G_USEC_PER_SEC) : 1;
      damage (node, frame);
      shoal_runtime_add_timer (node->net->runtime, time + node->latency, on_arrival, frame);
      node->sending = TRUE;
      shoal_runtime_add_timer (node->net->runtime, time, on_sent, node);
      tell_writable (node);
    }
}

/* --- Nodes and lines ------------------------------------------------------------------------ */

SimNet *
sim_net_new (ShoalSimRuntime *runtime)
{
  SimNet *net = g_new0 (SimNet, 1);

  net->sim = runtime;
  net->runtime = SHOAL_RUNTIME (runtime);
  net->nodes = g_ptr_array_new ();
  return net;
}

static void
line_down (ShoalPeer *peer)
{
  g_autoptr (GError) error = shoal_error_new (SHOAL_ERROR_CLOSED, SHOAL_SIDE_NETWORK, NULL,
                                              "The line is down");
  g_autoptr (GPtrArray) channels = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer channel;

  peer->up = FALSE;
  peer->life++;
  g_hash_table_iter_init (&iter, peer->channels);
  while (g_hash_table_iter_next (&iter, NULL, &channel))
    g_ptr_array_add (channels, shoal_channel_ref (channel));
  for (guint i = 0; i < channels->len; i++)
    {
      sim_channel_end (g_ptr_array_index (channels, i), error);
      shoal_channel_unref (g_ptr_array_index (channels, i));
    }
  g_queue_clear_full (&peer->held, sim_frame_free);
  g_assert (peer->n_stopped == 0);
}

void
sim_net_disconnect (SimNode *a, SimNode *b)
{
  ShoalPeer *ab = sim_node_get_peer (a, b);
  ShoalPeer *ba = sim_node_get_peer (b, a);

  if (!ab->up)
    return;
  ab->up = ba->up = FALSE;
  line_down (ab);
  line_down (ba);
}

void
sim_net_connect (SimNode *a, SimNode *b)
{
  ShoalPeer *ab = sim_node_get_peer (a, b);
  ShoalPeer *ba = sim_node_get_peer (b, a);

  if (ab->up)
    return;
  ab->up = ba->up = TRUE;
  a->events->ready (a, ab, a->user_data);
  b->events->ready (b, ba, b->user_data);
}

void
sim_node_kill (SimNode *node)
{
  for (guint i = 0; i < node->net->nodes->len; i++)
    {
      if (g_ptr_array_index (node->net->nodes, i) != node)
        sim_net_disconnect (node, g_ptr_array_index (node->net->nodes, i));
    }
}

SimNode *
sim_node_new (SimNet *net, double rate, gint64 latency, const SimNodeEvents *events,
              gpointer user_data)
{
  SimNode *node = g_new0 (SimNode, 1);

  node->net = net;
  node->rate = rate;
  node->latency = latency;
  node->events = events;
  node->user_data = user_data;
  node->peers = g_ptr_array_new ();
  shoal_runtime_fill_random (net->runtime, &node->id, sizeof node->id);
  g_queue_init (&node->control);
  g_queue_init (&node->ready);
  g_ptr_array_add (net->nodes, node);
  return node;
}

ShoalPeer *
sim_node_get_peer (SimNode *node, SimNode *other)
{
  ShoalPeer *peer;

  for (guint i = 0; i < node->peers->len; i++)
    {
      peer = g_ptr_array_index (node->peers, i);
      if (peer->other == other)
        return peer;
    }
  peer = g_new0 (ShoalPeer, 1);
  peer->node = node;
  peer->other = other;
  peer->channels = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) shoal_channel_unref);
  g_queue_init (&peer->held);
  g_ptr_array_add (node->peers, peer);
  return peer;
}

/* After all channels have been closed by their owners. */
void
sim_net_free (SimNet *net)
{
  net->closing = TRUE;
  for (guint i = 0; i < net->nodes->len; i++)
    sim_node_kill (g_ptr_array_index (net->nodes, i));
  /* What is on its way arrives nowhere. */
  shoal_sim_runtime_run_until_idle (net->sim);
  for (guint i = 0; i < net->nodes->len; i++)
    {
      SimNode *node = g_ptr_array_index (net->nodes, i);

      for (guint j = 0; j < node->peers->len; j++)
        {
          ShoalPeer *peer = g_ptr_array_index (node->peers, j);

          g_assert (g_hash_table_size (peer->channels) == 0);
          g_hash_table_unref (peer->channels);
          g_free (peer);
        }
      g_ptr_array_unref (node->peers);
      g_queue_clear_full (&node->control, sim_frame_free);
      g_free (node);
    }
  g_ptr_array_unref (net->nodes);
  g_free (net);
}

const ShoalDeviceId *
sim_node_get_id (SimNode *node)
{
  return &node->id;
}

SimNode *
sim_peer_get_node (ShoalPeer *peer)
{
  return peer->other;
}

void
sim_node_set_silent (SimNode *node, gboolean silent)
{
  node->silent = silent;
  sim_transmit (node);
}

void
sim_node_set_lies (SimNode *node, guint one_in)
{
  node->lies = one_in;
}

uint64_t
sim_node_get_sent (SimNode *node)
{
  return node->sent;
}

void
sim_node_set_rate (SimNode *node, double rate)
{
  node->rate = rate;
}
