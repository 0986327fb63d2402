/* shoal-ice-private.h: what the attempt and the link over it share.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-ice.h"

#include <nice/agent.h>

G_BEGIN_DECLS

#define SHOAL_ICE_COMPONENT 1
/* Datagrams that came before the link was made: a first flight. */
#define SHOAL_ICE_MAX_EARLY 32

/**
 * ShoalIcePath:
 *
 * The agent and its stream: shared by the attempt and the link, so that the
 * link outlives the attempt. The last of them closes it.
 */
typedef struct
{
  guint             n_users;
  ShoalMainRuntime *runtime;      /* (owned) */
  NiceAgent        *agent;        /* (owned) */
  guint             stream;
  gint64            gathers_since; /* monotonic µs */

  GQueue            early;        /* of GBytes (owned) */
  ShoalQuicLink    *link;         /* (nullable): not owned, it owns us */
  guint             retry_timer;  /* the agent could not send */

  /* Where to send without libnice, which sends one datagram a call: */
  int               fd;           /* of the nominated pair's socket; -1: by a relay */
  ShoalUdpAddress   remote;
  gboolean          no_gso;
} ShoalIcePath;

/* Returns: (transfer full) */
GSocketAddress *shoal_ice_to_socket_address (const NiceAddress *address);

ShoalIcePath *shoal_ice_path_ref   (ShoalIcePath *self);
void          shoal_ice_path_unref (ShoalIcePath *self);
/* From libnice. */
void          shoal_ice_path_receive (ShoalIcePath *self, const uint8_t *data, size_t size);
/* The nominated pair is known, or another. */
void          shoal_ice_path_selected (ShoalIcePath *self);
ShoalPath     shoal_ice_path_get_kind (ShoalIcePath *self);
/* Is one of our candidates an address that others can see: told by a server, or
 * public by itself? */
gboolean      shoal_ice_path_is_known_outside (ShoalIcePath *self);
/* As of shoal_ice_connect(). @reason: if it is relayed. */
ShoalQuicLink *shoal_ice_path_connect (ShoalIcePath *self, ShoalIdentity *identity,
                                       gboolean is_offerer, const ShoalDeviceId *expected,
                                       ShoalRelayReason reason, ShoalQuicLinkReadyFunc ready,
                                       gpointer user_data);

G_END_DECLS
