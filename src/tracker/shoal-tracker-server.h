/* shoal-tracker-server.h: a WebTorrent tracker on libsoup.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-runtime.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  guint            interval;        /* seconds between announcements */
  guint            max_sockets;     /* in all */
  guint            max_per_address; /* an IPv4 address or an IPv6 /64 */
  GTlsCertificate *certificate;     /* (nullable): serve wss:// instead of ws:// */
  gboolean         public_metrics;  /* else /metrics answers this computer alone */
  /* Connections from this computer are a reverse proxy's: whom they count for,
   * its X-Forwarded-For says. */
  gboolean         behind_proxy;
} ShoalTrackerOptions;

/**
 * ShoalTrackerServer:
 *
 * Accepts WebSockets under any path, keeps no log of who speaks, and forgets
 * everything when it ends. GET / is a short page, GET /metrics counts in the
 * text format of Prometheus. Lives on the thread that made it.
 */
typedef struct _ShoalTrackerServer ShoalTrackerServer;

/* Connections that wait for something together: see ShoalNestedContext. */
#define SHOAL_TRACKER_SOCKETS_PER_CONTEXT 128

/* Returns: (transfer full) */
ShoalTrackerServer *shoal_tracker_server_new    (ShoalRuntime *runtime,
                                                 const ShoalTrackerOptions *options);
/* May be called several times. Port 0 is any. (out) @bound: where it listens. */
gboolean            shoal_tracker_server_listen (ShoalTrackerServer *self,
                                                 GSocketAddress *address,
                                                 GSocketAddress **bound, GError **error);
/* Takes nobody new, and tells every socket that it goes ("going away", 1001). */
void                shoal_tracker_server_close  (ShoalTrackerServer *self);
guint               shoal_tracker_server_get_n_sockets (ShoalTrackerServer *self);
/* Cuts what is still open. */
void                shoal_tracker_server_free   (ShoalTrackerServer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalTrackerServer, shoal_tracker_server_free)

G_END_DECLS
