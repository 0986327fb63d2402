/* shoal-internet-private.h: appointments and invites of the engine.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_ENGINE_ROOM
#error "only for the engine room"
#endif

#include "shoal-engine-internet.h"
#include "shoal-engine-private.h"
#include "shoal-invite.h"
#include "shoal-rendezvous.h"

G_BEGIN_DECLS

/* An appointment that the engine has reason to keep. */
typedef struct
{
  ShoalInternet    *internet;
  ShoalTopicKind    kind;
  uint8_t           secret[SHOAL_SECRET_SIZE];
  char             *transfer;    /* (owned) (nullable): of a GET: its ID */
  gboolean          kept;        /* there is still reason for it */
  gboolean          seeks;
  ShoalAppointment *appointment; /* (owned) */
} ShoalInternetEntry;

/* An invite of somebody else that is being opened. */
typedef struct
{
  ShoalInternet *internet;
  ShoalInvite   *invite; /* (owned) */
  GTask         *task;   /* (owned) */
  guint          timer;
} ShoalOpening;

struct _ShoalInternet
{
  ShoalEngine     *engine;     /* (unowned): owns this */
  ShoalRendezvous *rendezvous; /* (owned) (nullable): not needed so far */
  GPtrArray       *entries;    /* (owned) of ShoalInternetEntry */
  GPtrArray       *invites;    /* (owned) of ShoalInvite: ours, not used yet */
  GPtrArray       *openings;   /* (owned) of ShoalOpening */
  GArray          *seen;       /* (owned) (nullable) of ShoalSeenMessage: of before */
  gint64           tended;
};

/* The trackers that hold now. (transfer none) */
const char *const *shoal_internet_get_trackers (ShoalInternet *self);
void               shoal_internet_turn_on      (ShoalInternet *self);

/* shoal-engine-invites.c */
void               shoal_internet_load_invites (ShoalInternet *self, const char *stored);
/* Forgets those that have ended, and openings that were given up. */
void               shoal_internet_tend_invites (ShoalInternet *self);
/* The device has proved the secret of the topic it was met under. */
void               shoal_internet_invite_met   (ShoalInternet *self, const uint8_t *secret,
                                                const ShoalDeviceId *device);
void               shoal_internet_end_openings (ShoalInternet *self);

G_END_DECLS
