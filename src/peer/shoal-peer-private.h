/* shoal-peer-private.h: what peer, channel and hub know of each other.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_PEER_ROOM
#error "only for the peer room"
#endif

#include "shoal-hub.h"
#include "shoal-quic-listener.h"
#include "shoal-verification.h"

G_BEGIN_DECLS

/* One link of the session; the session's slot. */
typedef struct
{
  ShoalPeer *peer;            /* (unowned): owns this */
  ShoalLink *link;            /* (owned) */
  guint      slot;            /* 0 until attached */
  uint8_t    nonce[SHOAL_CODE_NONCE_SIZE];
  int        code;            /* -1: not yet */
  guint      n_stopped;       /* channels that do not want to read */
  gboolean   control_full;    /* the other side does not read its answers */
  gboolean   tried_other;     /* the other carrier was tried at the same address */
  gboolean   looked_twice;    /* whether it suits its line */
} ShoalPeerLink;

/* What is told of a device on the local network by one announcement. */
typedef struct
{
  ShoalHub            *hub;       /* (unowned): owns this */
  guint64              key;       /* of the discovery */
  ShoalDeviceIdPrefix  prefix;    /* of announcements to everyone */
  char                *name;      /* (owned) */
  GPtrArray           *addresses; /* (owned) of GSocketAddress */
  ShoalPeer           *peer;      /* (owned) (nullable): once the whole ID is known */
  GCancellable        *dial;      /* (owned) (nullable): a call to learn the ID */
  guint                timer;     /* next call or probe */
  guint                failures;
  gboolean             answers;   /* to the probe; TRUE until it fails */
  gboolean             told;      /* `sighted` has been told */
} ShoalSighting;

struct _ShoalPeer
{
  grefcount      ref_count;
  ShoalHub      *hub;            /* (unowned) (nullable): NULL once the hub is gone */
  ShoalDeviceId  id;
  char          *name;           /* (owned): from HELLO, an announcement or the book */
  uint16_t       port;           /* where it says it listens */

  ShoalHash      told_picture;   /* of the picture it says it has; zero: none */
  gboolean       awaits_picture; /* it was asked for */
  gboolean       owes_picture;   /* ours was stated, and not asked for yet */

  ShoalSession  *session;        /* (owned) */
  GPtrArray     *links;          /* (owned) of ShoalPeerLink */
  GHashTable    *channels;       /* (owned): key → ShoalChannel (owned) */
  gboolean       connected;      /* a primary link is there */
  guint          telling_slot;   /* where the message came from that is being told; 0: none */
  guint          deadline_timer;
  gint64         deadline;       /* of that timer */

  GPtrArray     *told_addresses; /* (owned) of GSocketAddress, newest first */
  guint          n_sightings;    /* that answer */

  guint          holds;
  guint          pins;
  GCancellable  *dial;           /* (owned) (nullable): the call under way */
  guint          dial_timer;
  guint          dial_failures;
  GCancellable  *better;         /* (owned) (nullable): a call for a better way than there is */
  gboolean       better_again;   /* look again when that call is over */
  guint          better_timer;
  guint          n_better;       /* looks since it has been relayed */
  GPtrArray     *waiters;        /* (owned) of GTask: wait for the session */
  gint64         connected_at;
  gint64         called_at;      /* when we last called it because it asked for it */
  gint64         last_active;    /* for choosing whom to let go */
};

struct _ShoalHub
{
  ShoalMainRuntime     *runtime;   /* (owned) */
  ShoalIdentity        *identity;  /* (owned) */
  ShoalDeviceBook      *book;      /* (unowned) */
  ShoalListener        *listener;  /* (owned) */
  ShoalQuicListener    *quic_listener; /* (owned) */
  ShoalConnector       *connector; /* (owned) */
  ShoalDiscovery       *discovery; /* (owned) (nullable) */
  ShoalInterfaces      *interfaces; /* (owned): that may be used; shared with the above */
  char                **interface_names; /* (owned) */
  ShoalIcePolicy        policy;
  char                 *own_addresses; /* (owned) (nullable): when last looked */
  gint64                slept;     /* µs this computer has slept in all, likewise */
  gboolean              heard_itself; /* what we announce has come back */
  const ShoalHubEvents *events;
  gpointer              user_data;

  char                 *name;      /* (owned) */
  GBytes               *picture;   /* (owned) (nullable) */
  ShoalHash             picture_hash; /* of it */
  char                 *agent;     /* (owned) */
  ShoalDeviceKind       kind;
  ShoalVisibility       visibility;
  uint8_t               instance[SHOAL_INSTANCE_SIZE];

  GHashTable           *peers;     /* (owned): ShoalDeviceId → ShoalPeer (owned) */
  GHashTable           *sightings; /* (owned): guint64 → ShoalSighting (owned) */
  GArray               *announced; /* (owned) of guint: identifiers in the discovery */
  guint                 announce_timer;
  GPtrArray            *asked_calls; /* (owned) of Asked, see shoal-hub-call.c */
  GCancellable         *calls_cancellable; /* (owned): of calls that others asked for */
  guint                 n_calls;   /* of them */
  GPtrArray            *finds;     /* (owned) of Find, see shoal-hub-find.c */
  gint64                started;   /* 0: not running */
  gboolean              stopping;
  void                (*stop_done) (gpointer user_data);
  gpointer              stop_data;
  guint                 stop_timer;
};

static inline ShoalRuntime *
hub_runtime (ShoalHub *hub)
{
  return SHOAL_RUNTIME (hub->runtime);
}

/* --- shoal-peer.c -------------------------------------------------------- */

ShoalPeer     *shoal_peer_new          (ShoalHub *hub, const ShoalDeviceId *id);
/* Takes an open link into the session. (transfer none) */
void           shoal_peer_take_link    (ShoalPeer *self, ShoalLink *link);
/* The hub goes away: ends everything without a word. */
void           shoal_peer_orphan       (ShoalPeer *self);
void           shoal_peer_say_goodbye  (ShoalPeer *self, ShoalGoodbye code, const char *text);
ShoalPeerLink *shoal_peer_get_link     (ShoalPeer *self, guint slot);
void           shoal_peer_rearm        (ShoalPeer *self);
void           shoal_peer_state_trust  (ShoalPeer *self);
void           shoal_peer_set_name     (ShoalPeer *self, const char *name);
void           shoal_peer_changed      (ShoalPeer *self);
gboolean       shoal_peer_is_idle      (ShoalPeer *self);

/* Keeps where its links say that it can be called. */
void           shoal_peer_remember_address (ShoalPeer *self);

/* --- shoal-peer-profile.c ------------------------------------------------ */

void           shoal_peer_state_profile (ShoalPeer *self);
void           shoal_peer_state_picture (ShoalPeer *self);
void           shoal_peer_ask_picture   (ShoalPeer *self);
/* FALSE: it is about something else. */
gboolean       shoal_peer_take_profile_message (ShoalPeer *self, const ShoalMessage *message);

/* --- shoal-peer-link.c --------------------------------------------------- */

void            shoal_peer_link_free           (gpointer link);
void            shoal_peer_link_update_reading (ShoalPeerLink *link);
/* Where its other end can be called: its address with the port it says it
 * listens on. Returns: (transfer full) (nullable) */
GSocketAddress *shoal_peer_link_get_address    (ShoalPeerLink *link);
gboolean        shoal_is_link_local            (GSocketAddress *address);

/* --- shoal-channel.c ----------------------------------------------------- */

gpointer shoal_channel_key          (guint slot, gboolean ours, uint16_t number);
/* Theirs, from OPEN. Returns: (transfer full) */
ShoalChannel *shoal_channel_new_theirs (ShoalPeer *peer, guint slot, const ShoalMessage *open);
void     shoal_channel_take_message (ShoalChannel *self, const ShoalMessage *message);
void     shoal_channel_take_writable (ShoalChannel *self);
void     shoal_channel_end          (ShoalChannel *self, const GError *error);
guint    shoal_channel_get_slot     (ShoalChannel *self);
/* The session is queueing data for the channel that is sending. */
void     shoal_channel_note_lane    (ShoalPeer *peer, guint slot, guint lane);

/* --- shoal-hub-dial.c ---------------------------------------------------- */

/* Calls the device if somebody wants it and nothing is under way. */
void shoal_hub_want_peer     (ShoalHub *self, ShoalPeer *peer);
/* Where it may be, best first. (transfer full) (element-type GSocketAddress) */
GPtrArray *shoal_hub_list_addresses (ShoalHub *self, ShoalPeer *peer);
void shoal_hub_stop_dialling (ShoalHub *self, ShoalPeer *peer);
/* A call of the connector to @peer has come to its end: @call (of the peer) is dropped,
 * a link taken. FALSE: there is none. The hub may be gone. */
gboolean shoal_hub_end_call  (ShoalPeer *peer, GCancellable **call, GObject *source,
                              GAsyncResult *result, GError **error);
/* The last link is gone: calls again if somebody wants it, soon or later. @lasted:
 * microseconds that there was a session; -1: there was none. */
void shoal_hub_call_again    (ShoalHub *self, ShoalPeer *peer, gint64 lasted,
                              const GError *error);
/* Waits for a session with @peer: the task's result is the peer. (transfer full) */
void shoal_hub_await         (ShoalHub *self, ShoalPeer *peer, GTask *task);
void shoal_hub_answer_waiters (ShoalHub *self, ShoalPeer *peer, const GError *error);

/* --- shoal-hub-better.c -------------------------------------------------- */

/* How good a link is; higher is better. */
int  shoal_hub_rank_link     (ShoalPeer *peer, ShoalLink *link);
/* There is a session, or news of where the device is: is there a better way? */
void shoal_hub_seek_better   (ShoalHub *self, ShoalPeer *peer);
void shoal_hub_stop_seeking  (ShoalHub *self, ShoalPeer *peer);

/* --- shoal-hub-network.c ------------------------------------------------- */

gboolean shoal_hub_listen    (ShoalHub *self, GInetAddress *address, int port, GError **error);
void shoal_hub_listen_no_more (ShoalHub *self);

/* --- shoal-hub-presence.c ------------------------------------------------ */

extern const ShoalDiscoveryListener shoal_hub_discovery_listener;
void shoal_hub_announce       (ShoalHub *self);
void shoal_hub_forget_nearby  (ShoalHub *self);
/* Binds announcements to a device whose whole ID has become known. */
void shoal_hub_match_sightings (ShoalHub *self, ShoalPeer *peer);
/* Addresses at which @peer is announced, appended to @addresses. */
void shoal_hub_add_nearby_addresses (ShoalHub *self, ShoalPeer *peer, GPtrArray *addresses);
/* Calls an announced device to learn its ID, whatever our visibility. */
void shoal_hub_call_sighting  (ShoalHub *self, ShoalSighting *sighting);
void shoal_sighting_free      (gpointer sighting);

/* --- shoal-hub-call.c ---------------------------------------------------- */

/* FALSE: it is about something else. */
gboolean shoal_hub_take_call_message (ShoalPeer *peer, guint slot, const ShoalMessage *message);
/* The device is not connected any more; NULL: everything ends. */
void     shoal_hub_cancel_calls (ShoalHub *self, const ShoalDeviceId *device);

/* --- shoal-hub-find.c ---------------------------------------------------- */

/* Something has changed that a search may wait for. */
void shoal_hub_update_finds (ShoalHub *self);
void shoal_hub_cancel_finds (ShoalHub *self);

/* --- shoal-hub.c --------------------------------------------------------- */

void shoal_hub_tell_profile (ShoalHub *self);
void shoal_hub_tell_changed (ShoalHub *self, ShoalPeer *peer);
/* Lets go of a peer nobody needs. */
void shoal_hub_maybe_forget (ShoalHub *self, ShoalPeer *peer);

G_END_DECLS
