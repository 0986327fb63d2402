/* shoal-rendezvous.h: reaching devices beyond this network.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-hub.h"
#include "shoal-ice.h"
#include "shoal-tracker-client.h"

G_BEGIN_DECLS

/* ICE attempts at once, those of them with anybody who comes, and of one appointment
 * with one device. */
#define SHOAL_RENDEZVOUS_MAX_ATTEMPTS 12
#define SHOAL_RENDEZVOUS_MAX_OPEN 8
#define SHOAL_RENDEZVOUS_MAX_PER_DEVICE 2

typedef struct
{
  const char *const *trackers; /* (nullable): URLs; copied */
  GPtrArray         *servers;  /* (nullable) (element-type ShoalIceServer): referenced */
  ShoalIcePolicy     policy;
} ShoalRendezvousConfig;

/**
 * ShoalRendezvous:
 *
 * Keeps appointments: with a friend (a secret of the two), with all who hold a
 * share, with whoever has an invite. For each it is at the trackers; when
 * somebody is wanted and somebody is there, it makes an offer; an offer of
 * others it answers; of each comes an ICE attempt, and of that a QUIC link to
 * the device that the sealed body named, which the hub takes into the session.
 *
 * A session over a relay is tried again, for a direct way, after 5 s,
 * 30 s and 5 min, by the device with the lower ID. Nothing here decides who may
 * do what: a link is a link.
 *
 * Engine context's thread. The hub outlives it.
 */
typedef struct _ShoalRendezvous  ShoalRendezvous;
typedef struct _ShoalAppointment ShoalAppointment;

/* @changed: (nullable): a tracker has come or gone.
 * Returns: (transfer full) */
ShoalRendezvous *shoal_rendezvous_new  (ShoalMainRuntime *runtime, ShoalIdentity *identity,
                                        ShoalHub *hub, ShoalDeviceBook *book,
                                        void (*changed) (gpointer user_data),
                                        gpointer user_data);
/* Every appointment must have been ended. */
void             shoal_rendezvous_free (ShoalRendezvous *self);

/* For attempts from now on; trackers at once. */
void             shoal_rendezvous_configure  (ShoalRendezvous *self,
                                              const ShoalRendezvousConfig *config);
/* (transfer full) (element-type ShoalTrackerStatus) */
GPtrArray       *shoal_rendezvous_get_status (ShoalRendezvous *self);
/* (transfer none) */
ShoalReplayGuard *shoal_rendezvous_get_guard (ShoalRendezvous *self);
/* The network of this computer has changed: all over again, at once. */
void             shoal_rendezvous_nudge      (ShoalRendezvous *self);
/* A session has come or gone: what follows need not wait for the next tick. */
void             shoal_rendezvous_look       (ShoalRendezvous *self);

/* --- Appointments ------------------------------------------------------------ */

/* Just before the hub gets a link to @device that this appointment has brought.
 * The appointment may be ended in it. */
typedef void (*ShoalAppointmentMet) (ShoalAppointment *appointment, const ShoalDeviceId *device,
                                     gpointer user_data);

typedef struct
{
  ShoalTopicKind       kind;
  const uint8_t       *secret;      /* 32 bytes; copied */
  const ShoalDeviceId *expected;    /* (nullable): nobody else is answered; copied */
  gboolean             seeks;       /* offers, as long as it is so; else only answers */
  gboolean             is_complete; /* told to trackers: has all of the share */
  const char *const   *trackers;    /* (nullable): instead of the configured ones */
  ShoalAppointmentMet  met;         /* (nullable) */
  gpointer             user_data;
} ShoalAppointmentConfig;

/* Nobody is sought who is connected: the one that is expected, however that came;
 * else, as many as were met here. Returns: (transfer full) */
ShoalAppointment *shoal_appointment_new       (ShoalRendezvous *rendezvous,
                                               const ShoalAppointmentConfig *config);
/* Leaves; attempts end, links stay. */
void              shoal_appointment_free      (ShoalAppointment *self);
void              shoal_appointment_set_seeks (ShoalAppointment *self, gboolean seeks);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalRendezvous, shoal_rendezvous_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalAppointment, shoal_appointment_free)

G_END_DECLS
