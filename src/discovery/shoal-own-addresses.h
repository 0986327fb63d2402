/* shoal-own-addresses.h: the addresses of this computer, and when they change.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the discovery room.
 */
#pragma once

#include "shoal-runtime.h"

G_BEGIN_DECLS

typedef struct
{
  guint         interface;
  GInetAddress *address; /* (owned) */
} ShoalOwnAddress;

/* Those worth announcing: of interfaces that are up and not point to point; of each family the
 * routable ones, the link-local ones only where there are no others.
 * Returns: (transfer full) (element-type ShoalOwnAddress) */
GPtrArray *shoal_own_addresses_list (void);

typedef struct _ShoalAddressWatch ShoalAddressWatch;

/* Calls @func, from the loop, some time after an address or interface came, went or changed. */
ShoalAddressWatch *shoal_address_watch_new  (ShoalRuntime *runtime, GMainContext *context,
                                             ShoalTimerFunc func, gpointer user_data);
void               shoal_address_watch_free (ShoalAddressWatch *self);

G_END_DECLS
