/* hostile-tracker.h: a tracker that hears everything, and says only what a test makes it say.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-hour-runtime.h"
#include "tracker-device.h"

#include <libsoup/soup.h>

typedef struct
{
  ShoalMainRuntime *runtime;
  ShoalRuntime     *hour;      /* noon: one topic a secret */
  SoupServer       *server;
  char             *url;
  GPtrArray        *sockets;   /* (owned): of SoupWebsocketConnection, in order of coming */
  GPtrArray        *heard;     /* (owned): of ShoalTrackerMessage with an offer or answer */
  GPtrArray        *announced; /* (owned): of ShoalTrackerMessage, the others */
  GString          *bytes;     /* (owned): all there was to read */
  Device            anna, ben;
} Fixture;


void                     hostile_set_up        (Fixture *f, gconstpointer data);
void                     hostile_tear_down     (Fixture *f, gconstpointer data);
/* Comes back when @device is there. */
void                     hostile_start         (Fixture *f, Device *device, guint8 id);
void                     hostile_say           (SoupWebsocketConnection *to,
                                                const ShoalTrackerMessage *message);
void                     hostile_say_stats     (SoupWebsocketConnection *to,
                                                const ShoalTrackerId *topic);
/* All that was said to Anna before has been heard. */
void                     hostile_settle        (Fixture *f, SoupWebsocketConnection *to,
                                                const ShoalTrackerId *topic);
/* The newest socket: a device that was cut off comes back with another. */
SoupWebsocketConnection *hostile_last_socket   (Fixture *f);
/* Ben's offer, caught: it is not relayed. */
const ShoalTrackerMessage *hostile_catch_offer (Fixture *f);
/* As a tracker relays it. (transfer full) */
ShoalTrackerMessage     *hostile_relayed       (const ShoalTrackerMessage *caught);
guint                    hostile_count_answers (Fixture *f);
