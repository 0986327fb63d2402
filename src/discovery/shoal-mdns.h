/* shoal-mdns.h: discovery on the local network by mDNS/DNS-SD (RFC 6762, 6763).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-discovery.h"
#include "shoal-main-runtime.h"

G_BEGIN_DECLS

/* RFC 6335: at most 15 characters before the protocol. */
#define SHOAL_MDNS_SERVICE_TYPE "_shoal._tcp"

#define SHOAL_TYPE_MDNS (shoal_mdns_get_type ())
G_DECLARE_FINAL_TYPE (ShoalMdns, shoal_mdns, SHOAL, MDNS, ShoalDiscovery)

/* Which responder to use; tests force one. */
typedef enum
{
  SHOAL_MDNS_AUTO,     /* the daemon where there is one, else embedded */
  SHOAL_MDNS_DAEMON,   /* Avahi's daemon or nothing */
  SHOAL_MDNS_EMBEDDED, /* never the daemon */
  SHOAL_MDNS_OLD_DAEMON, /* as DAEMON, by the calls that Avahi had before 0.8 */
} ShoalMdnsMode;

/* Through avahi-daemon by D-Bus, or with libavahi-core inside where none runs; changes over
 * when one appears or goes. The runtime's context must be the thread-default one of its thread
 * (GIO answers there). Returns: (transfer full): a ShoalMdns */
ShoalDiscovery *shoal_mdns_new (ShoalMainRuntime *runtime, ShoalMdnsMode mode);

G_END_DECLS
