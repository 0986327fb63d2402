/* shoal-engine-people.h: what we think of other devices, and what we call them.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * @device is always a whole device ID as snapshots have it. All are told as
 * SHOAL_EVENT_DEVICE and stored. More: shoal_engine_add_friend() and others in
 * shoal-engine.h.
 */
#pragma once

#include "shoal-engine.h"

G_BEGIN_DECLS

/* Of a friend: accept whatever it offers, however large. */
#define SHOAL_AUTO_ACCEPT_ANY G_MAXINT64

/* Friends, here or away, by what they are called.
 * Returns: (transfer full) (element-type ShoalDeviceInfo) */
GPtrArray *shoal_engine_get_friends (ShoalEngine *self);
/* (transfer full) (element-type ShoalDeviceInfo) */
GPtrArray *shoal_engine_get_blocked (ShoalEngine *self);

/* What we call a friend, on this device only; nobody is told. NULL or empty: what
 * it calls itself. Friends that are called the same are devices of one person:
 * the name finds the one that is here, and labels tell them apart. INVALID for
 * names nobody could read; NOT_FOUND if @device is not a friend. */
gboolean   shoal_engine_rename_friend (ShoalEngine *self, const char *device,
                                       const char *nickname, GError **error);
/* The person has compared the codes on both screens (or has not). NOT_FOUND if
 * @device is not a friend. */
gboolean   shoal_engine_set_verified  (ShoalEngine *self, const char *device, gboolean verified,
                                       GError **error);
/* Bytes accepted from this friend unasked, per offer; 0: ask. Bound to its key:
 * a namesake is another device. NOT_FOUND if @device is not a friend. */
gboolean   shoal_engine_set_auto_accept (ShoalEngine *self, const char *device, gint64 limit,
                                         GError **error);
/* Forgets everything about a device: friendship, block, names, picture, addresses. */
gboolean   shoal_engine_forget_device (ShoalEngine *self, const char *device, GError **error);

G_END_DECLS
