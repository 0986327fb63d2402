/* shoal-network.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-network.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>

gboolean
shoal_network_is_there (void)
{
  const unsigned int up = IFF_UP | IFF_RUNNING;
  struct ifaddrs *addresses = NULL;
  gboolean found = FALSE;

  if (getifaddrs (&addresses) != 0)
    return FALSE;
  for (struct ifaddrs *a = addresses; a != NULL && !found; a = a->ifa_next)
    found = a->ifa_addr != NULL && (a->ifa_flags & up) == up && !(a->ifa_flags & IFF_LOOPBACK)
            && (a->ifa_addr->sa_family == AF_INET || a->ifa_addr->sa_family == AF_INET6);
  freeifaddrs (addresses);
  return found;
}
