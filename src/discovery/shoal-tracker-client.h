/* shoal-tracker-client.h: meeting those who know the same secret, at trackers.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-signal-body.h"
#include "shoal-tracker-socket.h"

G_BEGIN_DECLS

/* An offer of ours is worth answering for this long: its maker keeps what it
 * gathered, and who comes to a tracker meanwhile is offered it as well. */
#define SHOAL_MEETING_OFFER_SECONDS 50

/**
 * ShoalTrackerClient:
 *
 * Keeps a socket to each tracker that a meeting uses, and none without one: so
 * no server learns of us before the user wants to meet somebody. Says it is
 * there as often as the tracker asks, under the topic of the day. Everything
 * that is said to others is sealed; what does not open, is old, or was seen
 * before is dropped here. Lives on the engine context.
 */
typedef struct _ShoalTrackerClient ShoalTrackerClient;
typedef struct _ShoalMeeting ShoalMeeting;

/* None of these may free the meeting's client. */
typedef struct
{
  /* How many others are under the topic, as the tracker that knows most says;
   * told whenever a tracker says so, changed or not. */
  void (*seen)     (ShoalMeeting *meeting, guint n_others, gpointer user_data);
  /* Somebody wants to connect: @body says how. Told once, by however many trackers
   * and topics the offer @number comes. */
  void (*offered)  (ShoalMeeting *meeting, guint number, const ShoalSignalBody *body,
                    gpointer user_data);
  /* Somebody answered the offer @number; only the first answer is told. */
  void (*answered) (ShoalMeeting *meeting, guint number, const ShoalSignalBody *body,
                    gpointer user_data);
} ShoalMeetingFuncs;

typedef struct
{
  char              *url;
  ShoalTrackerState  state;
  char              *trouble; /* (nullable): for a person */
} ShoalTrackerStatus;

void                shoal_tracker_status_free (ShoalTrackerStatus *status);

/* @changed: (nullable): called with @user_data when a tracker's state changes.
 * Returns: (transfer full) */
ShoalTrackerClient *shoal_tracker_client_new  (ShoalRuntime *runtime,
                                               void (*changed) (gpointer user_data),
                                               gpointer user_data);
/* Every meeting must have been left. */
void                shoal_tracker_client_free (ShoalTrackerClient *self);

/* The trackers that meetings use which name none of their own. Those that are no
 * URL of a tracker are left out. */
void                shoal_tracker_client_set_urls   (ShoalTrackerClient *self,
                                                     const char *const *urls);
/* (transfer full) (element-type ShoalTrackerStatus): of trackers in use */
GPtrArray          *shoal_tracker_client_get_status (ShoalTrackerClient *self);
/* What has been opened, of all meetings. (transfer none) */
ShoalReplayGuard   *shoal_tracker_client_get_guard  (ShoalTrackerClient *self);
/* The network has changed. */
void                shoal_tracker_client_nudge      (ShoalTrackerClient *self);

/**
 * shoal_meeting_new:
 * @secret: 32 bytes: see ShoalTopicKind
 * @is_complete: told to trackers: this side has everything (shares)
 * @urls: (nullable): trackers of its own, instead of the client's
 *
 * Goes to the trackers and stays. Returns: (transfer full)
 */
ShoalMeeting *shoal_meeting_new   (ShoalTrackerClient *client, ShoalTopicKind kind,
                                   const uint8_t *secret, gboolean is_complete,
                                   const char *const *urls, const ShoalMeetingFuncs *funcs,
                                   gpointer user_data);
/* Leaves. Allowed from inside `seen`, `offered` and `answered`. */
void          shoal_meeting_free  (ShoalMeeting *self);

/* Offers @body to one of the others, whom the tracker chooses: where several
 * trackers are used, to one at each. The answer comes under the number that is
 * returned, until it is withdrawn or too old. 0 if @body cannot be carried. */
guint         shoal_meeting_offer    (ShoalMeeting *self, const ShoalSignalBody *body,
                                      GError **error);
/* Answers the offer @number of somebody else by every way that it came, and by those
 * that it still comes. UNREACHABLE if all of them are gone: another offer will come. */
gboolean      shoal_meeting_answer   (ShoalMeeting *self, guint number,
                                      const ShoalSignalBody *body, GError **error);
/* Nothing more is said or heard of the offer @number, ours or not. */
void          shoal_meeting_withdraw (ShoalMeeting *self, guint number);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalTrackerClient, shoal_tracker_client_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalTrackerStatus, shoal_tracker_status_free)

G_END_DECLS
