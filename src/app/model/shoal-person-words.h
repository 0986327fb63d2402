/* shoal-person-words.h: what a row says of a person, and of ourselves.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-device-item.h"
#include "shoal-settings.h"

G_BEGIN_DECLS

/* How long a device that was just seen is waited for, µs. */
#define SHOAL_FIND_TIMEOUT (15 * G_USEC_PER_SEC)

/* FALSE: the beginning of an ID, from an announcement. */
gboolean shoal_is_whole_id (const char *id);

/* "on this network", "offline · 1 waiting", "on this network · code 482 913".
 * Returns: (transfer full) */
char *shoal_person_get_subtitle (ShoalDeviceItem *item);
/* The row in one sentence, for who hears it. Returns: (transfer full) */
char *shoal_person_describe     (ShoalDeviceItem *item);
/* The code is worth showing: there is something to compare it for. */
gboolean shoal_person_shows_code (ShoalDeviceItem *item);
/* What speaks against taking it for whom it says it is: "not your friend Anna";
 * NULL: nothing. Returns: (transfer full) (nullable) */
char *shoal_person_get_warning  (ShoalDeviceItem *item);

/* "Visible as “thinkpad” to friends". Returns: (transfer full) */
char *shoal_visibility_get_words (const ShoalSettings *settings, gboolean is_online);

G_END_DECLS
