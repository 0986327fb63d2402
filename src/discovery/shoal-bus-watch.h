/* shoal-bus-watch.h: whether a service is on the system bus.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the discovery room.
 */
#pragma once

#include "shoal-runtime.h"

G_BEGIN_DECLS

/* Both are called from the loop only. @owner is the service's unique name; when it has a new one,
 * `appeared` comes again, after `vanished`. @reason is for the user. */
typedef void (*ShoalBusAppeared) (GDBusConnection *bus, const char *owner, gpointer user_data);
typedef void (*ShoalBusVanished) (const char *reason, gpointer user_data);

typedef struct _ShoalBusWatch ShoalBusWatch;

/* Connects to the system bus, with a connection of its own, and again when that ends; asks the bus
 * once to start @name if it can. One of the two functions is called within seconds, unless the
 * bus takes its time to start the service. */
ShoalBusWatch *shoal_bus_watch_new  (ShoalRuntime *runtime, GMainContext *context, const char *name,
                                     ShoalBusAppeared appeared, ShoalBusVanished vanished,
                                     gpointer user_data);
/* @done is called from the loop when all that was sent is on its way and the connection is
 * closed. */
void           shoal_bus_watch_free (ShoalBusWatch *self, ShoalTimerFunc done, gpointer user_data);

G_END_DECLS
