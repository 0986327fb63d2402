/* shoal-rendezvous-private.h: what the rendezvous and its attempts know of each other.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_PEER_ROOM
#error "only for the peer room"
#endif

#include "shoal-rendezvous.h"

G_BEGIN_DECLS

typedef struct _ShoalAttempt ShoalAttempt;

/* A call outlives its attempt, if only to be told of its end. */
typedef struct
{
  ShoalAttempt *attempt;     /* (nullable): over */
  GCancellable *cancellable; /* (owned) */
} ShoalAttemptCall;

/* One try to reach one device: an offer of ours, or our answer to one. */
struct _ShoalAttempt
{
  ShoalRendezvous    *rendezvous;
  ShoalAppointment   *appointment;
  gboolean            is_offer;
  ShoalIce           *ice;        /* (owned) */
  ShoalQuicLink      *link;       /* (owned) (nullable): its handshake runs */
  ShoalAttemptCall   *call;       /* (nullable): to where it says that it listens */
  guint               number;     /* of the offer: theirs, or ours when it is out */
  ShoalSignalBody    *theirs;     /* (owned) (nullable): not heard yet */
  gint64              made;       /* monotonic µs */
  guint               timer;      /* nobody answered */
};

struct _ShoalAppointment
{
  ShoalRendezvous     *rendezvous;
  ShoalMeeting        *meeting;      /* (owned) */
  ShoalTopicKind       kind;
  gboolean             has_expected;
  ShoalDeviceId        expected;
  gboolean             seeks;
  gboolean             forced;       /* once, even if there is a session */
  ShoalAppointmentMet  met;
  gpointer             user_data;
  guint                n_others;
  gint64               next_offer;   /* monotonic µs */
  gint64               wait;         /* µs: until the one after it */
  guint                n_upgrades;   /* tries to leave a relay */
  gint64               next_upgrade; /* monotonic µs; 0: not relayed */
  GArray              *devices;      /* (owned) of ShoalDeviceId: met here, while connected */
};

struct _ShoalRendezvous
{
  ShoalMainRuntime   *runtime;       /* (owned) */
  ShoalIdentity      *identity;      /* (owned) */
  ShoalHub           *hub;           /* (unowned) */
  ShoalDeviceBook    *book;          /* (unowned) */
  ShoalTrackerClient *client;        /* (owned) */
  GPtrArray          *servers;       /* (owned) (nullable) */
  ShoalIcePolicy      policy;
  GPtrArray          *appointments;  /* of ShoalAppointment, not owned */
  GPtrArray          *attempts;      /* (owned): of ShoalAttempt (owned) */
  guint               timer;
};

static inline ShoalRuntime *
rendezvous_runtime (ShoalRendezvous *self)
{
  return SHOAL_RUNTIME (self->runtime);
}

/* Offers. @policy: of this one. */
void shoal_attempt_offer  (ShoalAppointment *appointment, ShoalIcePolicy policy);
/* Answers @body, the offer @number. */
void shoal_attempt_answer (ShoalAppointment *appointment, guint number,
                           const ShoalSignalBody *body);
/* The answer to an offer of ours. */
void shoal_attempt_answered (ShoalAttempt *self, const ShoalSignalBody *body);
/* Frees it. */
void shoal_attempt_end    (ShoalAttempt *self);

void shoal_appointment_met    (ShoalAppointment *self, ShoalLink *link);
/* An attempt has come to nothing, and is gone. */
void shoal_appointment_failed (ShoalAppointment *self);

G_END_DECLS
