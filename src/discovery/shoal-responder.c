/* shoal-responder.c: what both responders need.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-discovery"

#include "config.h"

#include "shoal-responder.h"

#include "shoal-txt.h"

#include <avahi-common/address.h>
#include <avahi-common/alternative.h>
#include <avahi-common/malloc.h>
#include <net/if.h>

/* A name skips at most 2^this alternatives. */
#define MAX_SKIP_BITS 4u

#define LOOPBACK 1u /* Linux gives `lo` this index in every network namespace */

static gboolean
is_usable (GInetAddress *address, guint interface)
{
  return !g_inet_address_get_is_any (address) && !g_inet_address_get_is_multicast (address)
         && (interface == LOOPBACK || !g_inet_address_get_is_loopback (address));
}

/* --- Interfaces ---------------------------------------------------------- */

gboolean
shoal_responder_uses_all (ShoalResponder *self)
{
  return self->interfaces == NULL || self->interfaces[0] == NULL;
}

static gboolean
may_use (ShoalResponder *self, guint interface)
{
  char name[IF_NAMESIZE];

  return shoal_responder_uses_all (self) || interface == LOOPBACK
         || (if_indextoname (interface, name) != NULL
             && g_strv_contains (self->interfaces, name));
}

GArray *
shoal_responder_list_interfaces (ShoalResponder *self)
{
  GArray *indices = g_array_new (FALSE, FALSE, sizeof (int));
  int all = AVAHI_IF_UNSPEC;

  if (shoal_responder_uses_all (self))
    {
      g_array_append_val (indices, all);
      return indices;
    }
  for (guint i = 0; self->interfaces[i] != NULL; i++)
    {
      int index = (int) if_nametoindex (self->interfaces[i]);

      if (index > 0)
        g_array_append_val (indices, index);
    }
  return indices;
}

/* --- Found --------------------------------------------------------------- */

void
shoal_responder_resolved (ShoalResponder *self,
                          guint           interface,
                          GSocketFamily   family,
                          const char     *name,
                          GInetAddress   *address,
                          uint16_t        port,
                          GPtrArray      *txt_strings)
{
  g_autoptr (GInetSocketAddress) socket_address = NULL;
  g_autoptr (GBytes) txt = NULL;
  gboolean scoped;

  if (port == 0 || !is_usable (address, interface) || !may_use (self, interface)
      || !g_utf8_validate (name, -1, NULL))
    {
      shoal_sightings_set (self->sightings, interface, family, name, NULL, NULL);
      return;
    }

  scoped = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6
           && g_inet_address_get_is_link_local (address);
  socket_address = g_object_new (G_TYPE_INET_SOCKET_ADDRESS, "address", address, "port",
                                 (guint) port, "scope-id", scoped ? interface : 0u, NULL);
  txt = shoal_txt_join (txt_strings);
  shoal_sightings_set (self->sightings, interface, family, name, socket_address, txt);
}

void
shoal_responder_rename (ShoalService *service, guint attempt, ShoalRuntime *runtime)
{
  uint64_t skipped
    = shoal_runtime_random_u64 (runtime) & ((UINT64_C (1) << MIN (attempt, MAX_SKIP_BITS)) - 1);

  for (uint64_t i = 0; i <= skipped; i++)
    {
      char *name = avahi_alternative_service_name (service->name);

      g_free (service->name);
      service->name = g_strdup (name);
      avahi_free (name);
    }
}
