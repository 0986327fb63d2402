/* shoal-sightings.h: from single sightings to announcements with several addresses.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-discovery.h"
#include "shoal-runtime.h"

G_BEGIN_DECLS

/* What others may make a responder follow; a daemon lets one client have 1,024 objects, and each
 * sighting needs one. */
#define SHOAL_MAX_SIGHTINGS 900u

/**
 * ShoalSightings:
 *
 * mDNS speaks of each interface and IP family alone: the device with two cables is seen four
 * times, a few milliseconds apart, and so is each change to it. This table waits for what
 * belongs together and tells one announcement, with all its addresses, once.
 *
 * Sightings of one instance name with equal port and TXT record are one announcement. If they
 * differ on different interfaces for longer than a change takes to arrive everywhere, they are
 * different devices, of the same name, in different networks.
 */
typedef struct _ShoalSightings ShoalSightings;

typedef enum
{
  SHOAL_SIGHTING_FOUND,
  SHOAL_SIGHTING_CHANGED,
  SHOAL_SIGHTING_LOST,
} ShoalSightingEvent;

typedef void (*ShoalSightingsFunc) (ShoalSightingEvent event, const ShoalNearby *nearby,
                                    gpointer user_data);

/* @func is called from the loop only. */
ShoalSightings *shoal_sightings_new  (ShoalRuntime *runtime, ShoalSightingsFunc func,
                                      gpointer user_data);
void            shoal_sightings_free (ShoalSightings *self);
/* Forgets all; tells nothing. */
void            shoal_sightings_clear (ShoalSightings *self);

/* @name was resolved on @interface to @address, with @port in it (and a scope, if link-local);
 * or NULL: it exists but does not resolve (any more). */
void shoal_sightings_set    (ShoalSightings *self, guint interface, GSocketFamily family,
                             const char *name, GInetSocketAddress *address, GBytes *txt);
void shoal_sightings_remove (ShoalSightings *self, guint interface, GSocketFamily family,
                             const char *name);

/* For a change of responders: marks all there is, and later drops what has not been set again. */
void shoal_sightings_mark  (ShoalSightings *self);
void shoal_sightings_sweep (ShoalSightings *self);

G_END_DECLS
