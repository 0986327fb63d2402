/* shoal-tracker-message.h: the messages of the WebTorrent tracker protocol.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One JSON object a WebSocket text frame. No BEP describes it: the reference is
 * the bittorrent-tracker package, and aquatic_ws. Client and tracker read and
 * write with the same two functions. Pure; any thread. */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/* What a tracker takes in one message; aquatic_ws has the same limit. */
#define SHOAL_TRACKER_MAX_MESSAGE 65536u
/* Frames longer than this are cut off by aquatic_ws: ours are shorter. */
#define SHOAL_TRACKER_MAX_FRAME 16384u
/* Offers in one announcement: aquatic_ws relays no more. */
#define SHOAL_TRACKER_MAX_OFFERS 10u
/* A session description of an offer or answer; ours are sealed bodies. */
#define SHOAL_TRACKER_MAX_SDP 16384u
/* Topics in one scrape. */
#define SHOAL_TRACKER_MAX_SCRAPE 64u

/* 20 bytes: info hash (our topic), peer id, offer id. In JSON a string of 20
 * code points below U+0100. */
#define SHOAL_TRACKER_ID_SIZE 20

typedef struct
{
  uint8_t bytes[SHOAL_TRACKER_ID_SIZE];
} ShoalTrackerId;

/* @text: 20 printable ASCII characters, as our own ids are; FALSE otherwise. */
gboolean shoal_tracker_id_from_text (ShoalTrackerId *id, const char *text);
/* For GHashTable. */
guint    shoal_tracker_id_hash      (gconstpointer id);
gboolean shoal_tracker_id_equal     (gconstpointer a, gconstpointer b);

typedef enum
{
  /* Client to tracker. */
  SHOAL_TRACKER_ANNOUNCE, /* topic, peer, event, left, offers */
  SHOAL_TRACKER_ANSWER,   /* topic, peer, to_peer, offer_id, sdp; left */
  SHOAL_TRACKER_SCRAPE,   /* topics (empty: all) */
  /* Tracker to client. */
  SHOAL_TRACKER_STATS,    /* topic, complete, incomplete, interval; warning */
  SHOAL_TRACKER_OFFERED,  /* topic, peer, offer_id, sdp: somebody's offer */
  SHOAL_TRACKER_ANSWERED, /* topic, peer, offer_id, sdp: the answer to ours */
  SHOAL_TRACKER_SCRAPED,  /* counts */
  SHOAL_TRACKER_FAILURE,  /* failure; topic if has_topic */
} ShoalTrackerMessageType;

typedef enum
{
  SHOAL_TRACKER_EVENT_NONE, /* a regular announcement */
  SHOAL_TRACKER_EVENT_STARTED,
  SHOAL_TRACKER_EVENT_COMPLETED,
  SHOAL_TRACKER_EVENT_STOPPED,
} ShoalTrackerEvent;

typedef struct
{
  ShoalTrackerId  id;
  char           *sdp; /* (owned) */
} ShoalTrackerOffer;

typedef struct
{
  ShoalTrackerId topic;
  guint          complete, incomplete, downloaded;
} ShoalTrackerCount;

typedef struct
{
  ShoalTrackerMessageType type;
  gboolean           has_topic;
  ShoalTrackerId     topic, peer, to_peer, offer_id;
  ShoalTrackerEvent  event;
  gint64             left;          /* bytes missing; -1: not said */
  guint              wanted;        /* peers: numwant, for those that read it */
  GArray            *offers;        /* (owned) (nullable): of ShoalTrackerOffer */
  GArray            *topics;        /* (owned) (nullable): of ShoalTrackerId */
  GArray            *counts;        /* (owned) (nullable): of ShoalTrackerCount */
  char              *sdp;           /* (owned) (nullable) */
  guint              complete, incomplete;
  guint              interval;      /* seconds; 0: not said */
  char              *warning;       /* (owned) (nullable): for a person */
  char              *failure;       /* (owned) (nullable): for a person */
} ShoalTrackerMessage;

/* Returns: (transfer full) */
ShoalTrackerMessage *shoal_tracker_message_new   (ShoalTrackerMessageType type);
void                 shoal_tracker_message_free  (ShoalTrackerMessage *self);
void                 shoal_tracker_message_add_offer (ShoalTrackerMessage *self,
                                                      const ShoalTrackerId *id, const char *sdp);

/**
 * shoal_tracker_message_read:
 * @text: one frame's payload, need not end in NUL
 *
 * INVALID says which member is wrong, in the words trackers use ("invalid
 * info_hash"), so that a tracker can send it back; LIMIT for what is too long.
 * Offers beyond the limit are left out, as trackers do.
 *
 * Returns: (transfer full) (nullable)
 */
ShoalTrackerMessage *shoal_tracker_message_read  (const char *text, size_t size, GError **error);
/* Returns: (transfer full): one line of JSON */
char                *shoal_tracker_message_write (const ShoalTrackerMessage *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalTrackerMessage, shoal_tracker_message_free)

G_END_DECLS
