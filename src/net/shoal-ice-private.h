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
/* As of shoal_ice_get_candidates(). */
GPtrArray    *shoal_ice_path_list_candidates (ShoalIcePath *self, ShoalIcePolicy policy);
/* Can others reach one of our candidates: is it known outside, or at a relay? */
gboolean      shoal_ice_path_is_reachable (ShoalIcePath *self);
gboolean      shoal_ice_path_has_relay (ShoalIcePath *self);
/* Is one of our candidates an address that others can see: told by a server, or
 * public by itself? */
gboolean      shoal_ice_path_is_known_outside (ShoalIcePath *self);
/* As of shoal_ice_connect(). @reason: if it is relayed. */
ShoalQuicLink *shoal_ice_path_connect (ShoalIcePath *self, ShoalIdentity *identity,
                                       gboolean is_offerer, const ShoalDeviceId *expected,
                                       ShoalRelayReason reason, ShoalQuicLinkReadyFunc ready,
                                       gpointer user_data);

/**
 * ShoalIceAsked:
 *
 * The servers of one attempt: their names are looked up, then the agent is told.
 */
typedef struct _ShoalIceAsked ShoalIceAsked;

/* @resolved: from the main loop, once all names are known or not to be known; not if
 * there are none. Returns: (transfer full) */
ShoalIceAsked *shoal_ice_asked_new          (GPtrArray *servers,
                                             void (*resolved) (gpointer user_data),
                                             gpointer user_data);
void           shoal_ice_asked_free         (ShoalIceAsked *self);
gboolean       shoal_ice_asked_is_resolving (ShoalIceAsked *self);
/* Is the address of a STUN server known, or with @relays: of a TURN server? */
gboolean       shoal_ice_asked_has          (ShoalIceAsked *self, gboolean relays);
void           shoal_ice_asked_use_stun     (ShoalIceAsked *self, ShoalIcePath *path);
void           shoal_ice_asked_use_relays   (ShoalIceAsked *self, ShoalIcePath *path);

G_END_DECLS
