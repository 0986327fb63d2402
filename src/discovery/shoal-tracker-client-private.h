/* shoal-tracker-client-private.h: what the client's files share.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_DISCOVERY_INSIDE
#error "This header belongs to the tracker client alone."
#endif

#include "shoal-tracker-client.h"

/* One tracker in use. */
typedef struct
{
  ShoalTrackerClient *client;
  uint64_t            number;  /* never used twice */
  ShoalTrackerSocket *socket;  /* (owned) */
} Tracker;

/* A topic at one tracker. */
typedef struct
{
  uint64_t       tracker;      /* its number */
  ShoalTrackerId peer;         /* ours: of this connection, as a dead one may linger there */
  gint64         next;         /* monotonic µs: when to announce again */
  guint          n_others;
  gboolean       started;      /* has announced on this connection */
} Presence;

/* A meeting's topic: one, or two near midnight. */
typedef struct
{
  ShoalMeeting   *meeting;
  ShoalTopic      topic;
  ShoalTrackerId  id;
  uint64_t        day;
  GArray         *presences;   /* (owned): of Presence */
} Place;

typedef struct
{
  guint            number;
  ShoalTrackerId   id;
  ShoalSignalBody *body;       /* (owned) */
  gint64           made;       /* monotonic µs */
  gboolean         answered;
} Offer;

/* How an offer of somebody else came, and where its answer goes. */
typedef struct
{
  uint64_t       tracker;      /* its number */
  ShoalTopic     topic;
  ShoalTrackerId peer;
} Way;

typedef struct
{
  guint            number;
  ShoalTrackerId   id;
  ShoalDeviceId    device;
  gint64           heard;      /* monotonic µs */
  GArray          *ways;       /* (owned): of Way */
  ShoalSignalBody *answer;     /* (owned) (nullable): not given, or withdrawn */
} Heard;

struct _ShoalMeeting
{
  ShoalTrackerClient *client;
  ShoalTopicKind      kind;
  uint8_t             secret[SHOAL_SECRET_SIZE];
  gboolean            is_complete;
  char              **urls;     /* (owned) (nullable) */
  ShoalMeetingFuncs   funcs;
  gpointer            user_data;
  GPtrArray          *places;   /* (owned): of Place (owned) */
  GPtrArray          *offers;   /* (owned): of Offer (owned) */
  GPtrArray          *heard;    /* (owned): of Heard (owned), oldest first */
  guint               last_offer; /* ours or not: numbers are never used twice */
};

struct _ShoalTrackerClient
{
  ShoalRuntime     *runtime;    /* (owned) */
  void            (*changed) (gpointer user_data);
  gpointer          user_data;
  char            **urls;       /* (owned) */
  GPtrArray        *trackers;   /* (owned): of Tracker (owned) */
  GPtrArray        *meetings;   /* of ShoalMeeting, not owned */
  ShoalReplayGuard *guard;      /* (owned) */
  uint64_t          last_tracker;
  guint             timer;
};

/* Trackers that no meeting uses go, those that one lacks come. */
void     shoal_tracker_client_update  (ShoalTrackerClient *self);
Tracker *shoal_tracker_client_find    (ShoalTrackerClient *self, uint64_t number);
gboolean shoal_meeting_uses           (ShoalMeeting *self, const char *url);
/* Brings the places to the day, and announces what is due. */
void     shoal_meeting_tick           (ShoalMeeting *self);
/* @tracker has opened, or is lost: announce there anew, or forget it. */
void     shoal_meeting_tracker_changed (ShoalMeeting *self, Tracker *tracker);
/* TRUE if @message was about a topic of this meeting; it may be freed then. */
gboolean shoal_meeting_hear           (ShoalMeeting *self, Tracker *tracker,
                                       const ShoalTrackerMessage *message);

/* An offer of somebody else came to @place. May free @self. */
void     shoal_meeting_hear_offer     (ShoalMeeting *self, Place *place, Tracker *tracker,
                                       const ShoalTrackerMessage *message);
/* NULL if it does not open, is old or came before. (transfer full) */
ShoalSignalBody *shoal_meeting_open   (ShoalMeeting *self, Place *place,
                                       const ShoalTrackerMessage *message,
                                       ShoalSignalDirection direction);
/* (nullable): ours at that tracker, where we still are under @topic */
const ShoalTrackerId *shoal_meeting_find_peer (ShoalMeeting *self, const ShoalTopic *topic,
                                               uint64_t tracker);
void     shoal_meeting_free_heard     (gpointer heard);
