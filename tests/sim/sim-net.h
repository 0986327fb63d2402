/* sim-net.h: devices and lines in memory, behind the peer room's channel interface.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-peer.h"
#include "shoal-sim-runtime.h"

G_BEGIN_DECLS

/* This library implements shoal-channel.h, and what the swarm uses of
 * shoal-peer.h, over the simulator's clock: linked in place of the peer room.
 * Every message is encoded, crosses the line as bytes, and is parsed again. */

typedef struct _SimNet SimNet;
typedef struct _SimNode SimNode;

typedef struct
{
  /* Somebody opens a channel here: accept or refuse it. */
  void (*channel) (SimNode *node, ShoalChannel *channel, gpointer user_data);
  /* A line has come up: what the hub's `ready` says. */
  void (*ready)   (SimNode *node, ShoalPeer *peer, gpointer user_data);
} SimNodeEvents;

SimNet *sim_net_new  (ShoalSimRuntime *runtime);
void    sim_net_free (SimNet *net);

/* @rate: bytes/s that leave the device, over all its lines; 0: no bound. */
SimNode *sim_node_new (SimNet *net, double rate, gint64 latency, const SimNodeEvents *events,
                       gpointer user_data);
const ShoalDeviceId *sim_node_get_id (SimNode *node);
/* @node's view of @other. (transfer none) */
ShoalPeer *sim_node_get_peer (SimNode *node, SimNode *other);
SimNode   *sim_peer_get_node (ShoalPeer *peer); /* the other one */

/* Lines are down at first. Going down ends all channels on both sides. */
void sim_net_connect    (SimNode *a, SimNode *b);
void sim_net_disconnect (SimNode *a, SimNode *b);
/* Every line of it goes. */
void sim_node_kill      (SimNode *node);
/* It sends nothing more, and lines stay up. */
void sim_node_set_silent (SimNode *node, gboolean silent);
/* One data frame in @one_in that it sends is damaged; 0: none. */
void sim_node_set_lies  (SimNode *node, guint one_in);
/* Bytes of DATA that have left it. */
uint64_t sim_node_get_sent (SimNode *node);
void sim_node_set_rate (SimNode *node, double rate);

G_END_DECLS
