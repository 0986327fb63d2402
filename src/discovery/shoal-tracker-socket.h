/* shoal-tracker-socket.h: one WebSocket to one tracker, kept open.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-runtime.h"
#include "shoal-tracker-message.h"

G_BEGIN_DECLS

typedef enum
{
  SHOAL_TRACKER_CONNECTING,
  SHOAL_TRACKER_OPEN,
  SHOAL_TRACKER_WAITING, /* failed; tries again after a while */
} ShoalTrackerState;

#define SHOAL_TYPE_TRACKER_STATE (shoal_tracker_state_get_type ())
GType shoal_tracker_state_get_type (void);

/**
 * ShoalTrackerSocket:
 *
 * Connects at once, and again after every failure: after 5 s, doubling up to a
 * quarter of an hour, each with up to half of it more at random, so that
 * clients of a tracker that restarts do not come back together. Pings every
 * minute, as trackers drop who is silent. Proxies of the desktop are used.
 * Lives on the engine context.
 */
typedef struct _ShoalTrackerSocket ShoalTrackerSocket;

typedef struct
{
  /* OPEN, or no longer. */
  void (*changed) (ShoalTrackerSocket *socket, gpointer user_data);
  void (*heard)   (ShoalTrackerSocket *socket, const ShoalTrackerMessage *message,
                   gpointer user_data);
} ShoalTrackerSocketFuncs;

/* TRUE if @url is a ws:// or wss:// URL with a host. */
gboolean            shoal_tracker_socket_check_url (const char *url, GError **error);

/* @url: checked before. Returns: (transfer full) */
ShoalTrackerSocket *shoal_tracker_socket_new   (ShoalRuntime *runtime, const char *url,
                                                const ShoalTrackerSocketFuncs *funcs,
                                                gpointer user_data);
/* Says goodbye if it is open. No callback comes any more. */
void                shoal_tracker_socket_free  (ShoalTrackerSocket *self);
/* FALSE unless it is open. */
gboolean            shoal_tracker_socket_send  (ShoalTrackerSocket *self,
                                                const ShoalTrackerMessage *message);
/* The network has changed: try at once if waiting, reconnect if open. */
void                shoal_tracker_socket_nudge (ShoalTrackerSocket *self);

const char         *shoal_tracker_socket_get_url   (ShoalTrackerSocket *self);
ShoalTrackerState   shoal_tracker_socket_get_state (ShoalTrackerSocket *self);
/* (nullable): why it waits, or what the tracker complained about last */
const char         *shoal_tracker_socket_get_trouble (ShoalTrackerSocket *self);

G_END_DECLS
