/* shoal-swarms.h: who is under which topic at a tracker, and what to tell whom.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tracker without its sockets: messages of members in, messages to members
 * out. Reference: the server of the bittorrent-tracker package, and the limits
 * of aquatic_ws. No thread of its own; the clock and the randomness are its
 * caller's. */
#pragma once

#include "shoal-tracker-message.h"

G_BEGIN_DECLS

/* A member's socket, as its owner calls it; never 0. */
typedef guint64 ShoalSocketId;

/* Topics one socket may be under: friends and shares of one person. */
#define SHOAL_SWARMS_MAX_TOPICS_PER_SOCKET 200u
/* Offers relayed to one socket that it has not answered. */
#define SHOAL_SWARMS_MAX_PENDING_PER_SOCKET 256u
/* Members of one topic, as the reference has it; the longest silent one goes. */
#define SHOAL_SWARMS_MAX_MEMBERS 1000u
/* An offer is forgotten after this long, as its maker has given it up. */
#define SHOAL_SWARMS_OFFER_SECONDS 120

typedef struct
{
  /* Hands @message to @socket, now or later; it must not call back. */
  void    (*send)   (ShoalSocketId socket, const ShoalTrackerMessage *message,
                     gpointer user_data);
  /* A number below @bound, evenly. */
  guint32 (*random) (guint32 bound, gpointer user_data);
} ShoalSwarmsFuncs;

typedef struct _ShoalSwarms ShoalSwarms;

/* @interval: seconds between announcements, told to members; one that is silent
 * for two and a half of them is forgotten. Returns: (transfer full) */
ShoalSwarms *shoal_swarms_new  (const ShoalSwarmsFuncs *funcs, gpointer user_data,
                                guint interval);
void         shoal_swarms_free (ShoalSwarms *self);

/* @message came from @socket at @now (monotonic µs). What is wrong with it is
 * told to the socket. */
void         shoal_swarms_take (ShoalSwarms *self, ShoalSocketId socket,
                                const ShoalTrackerMessage *message, gint64 now);
/* @socket is closed: as if it had said "stopped" everywhere. */
void         shoal_swarms_drop (ShoalSwarms *self, ShoalSocketId socket);
/* Forgets what is too old; call it every few seconds. */
void         shoal_swarms_expire (ShoalSwarms *self, gint64 now);

typedef struct
{
  guint   topics, members, pending;
  guint64 announces, offers_relayed, answers_relayed, refused;
} ShoalSwarmsCounts;

void         shoal_swarms_count (ShoalSwarms *self, ShoalSwarmsCounts *counts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalSwarms, shoal_swarms_free)

G_END_DECLS
