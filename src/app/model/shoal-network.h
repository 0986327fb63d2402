/* shoal-network.h: whether there is any network, the internet or not.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Some card beside loopback is up and has an address. GNetworkMonitor asks for a
 * way to everywhere, which two computers on one cable do not have. Asks the
 * kernel alone; does not block. */
gboolean shoal_network_is_there (void);

G_END_DECLS
