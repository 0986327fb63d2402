/* tracker-device.h: a device at a tracker, as far as meetings go.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-tracker-client.h"

static const uint8_t SECRET[] = "thirty-two bytes that are secret";
static const uint8_t OTHER[] = "thirty-two bytes, another secret";

typedef struct
{
  ShoalTrackerClient *client;
  ShoalMeeting       *meeting;
  ShoalDeviceId       id;
  guint               n_others, n_seen, n_offered, n_answered;
  ShoalSignalBody    *body;    /* (owned): the last heard */
  guint               offered; /* number of the last offer */
  guint               number;  /* of the last answer */
  gboolean            silent;  /* answer nothing */
} Device;

/* One meeting under @secret, at @urls. */
void             device_start (Device *device, ShoalRuntime *runtime, const char *const *urls,
                               guint8 id, const uint8_t *secret);
/* Another one: its events count with those of the first. */
ShoalMeeting    *device_meet  (Device *device, const uint8_t *secret);
void             device_stop  (Device *device);
/* What it says of itself. */
ShoalSignalBody *device_body  (Device *device);

#define WAIT_UNTIL(condition) \
  G_STMT_START { while (!(condition)) g_main_context_iteration (NULL, TRUE); } G_STMT_END
