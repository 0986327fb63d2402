/* shoal-own-addresses.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-discovery"

#include "config.h"

#include "shoal-own-addresses.h"

#include <glib-unix.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* Changes come in flocks. */
#define SETTLE (300 * G_TIME_SPAN_MILLISECOND)
/* Of one interface: what fits into a packet beside the rest. */
#define MAX_PER_INTERFACE 8u

/* --- List ---------------------------------------------------------------- */

static void
own_address_free (ShoalOwnAddress *self)
{
  g_object_unref (self->address);
  g_free (self);
}

static ShoalOwnAddress *
own_address_new (const struct ifaddrs *entry)
{
  ShoalOwnAddress *self;
  g_autoptr (GSocketAddress) address = NULL;
  size_t size;

  if (entry->ifa_addr == NULL || (entry->ifa_flags & IFF_UP) == 0
      || (entry->ifa_flags & IFF_POINTOPOINT) != 0)
    return NULL;
  if (entry->ifa_addr->sa_family == AF_INET)
    size = sizeof (struct sockaddr_in);
  else if (entry->ifa_addr->sa_family == AF_INET6)
    size = sizeof (struct sockaddr_in6);
  else
    return NULL;

  address = g_socket_address_new_from_native (entry->ifa_addr, size);
  self = g_new0 (ShoalOwnAddress, 1);
  self->interface = if_nametoindex (entry->ifa_name);
  self->address = g_object_ref (
    g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
  return self;
}

/* Whether there is something better than @self on its interface, or enough before it. */
static gboolean
is_superfluous (GPtrArray *all, guint index)
{
  const ShoalOwnAddress *self = g_ptr_array_index (all, index);
  GSocketFamily family = g_inet_address_get_family (self->address);
  gboolean is_local = g_inet_address_get_is_link_local (self->address);
  guint before = 0;

  for (guint i = 0; i < all->len; i++)
    {
      const ShoalOwnAddress *other = g_ptr_array_index (all, i);

      if (other->interface != self->interface
          || g_inet_address_get_family (other->address) != family)
        continue;
      if (is_local && !g_inet_address_get_is_link_local (other->address))
        return TRUE;
      before += i < index;
    }
  return before >= MAX_PER_INTERFACE;
}

GPtrArray *
shoal_own_addresses_list (void)
{
  g_autoptr (GPtrArray) all
    = g_ptr_array_new_with_free_func ((GDestroyNotify) own_address_free);
  g_autoptr (GPtrArray) kept
    = g_ptr_array_new_with_free_func ((GDestroyNotify) own_address_free);
  struct ifaddrs *entries = NULL;

  if (getifaddrs (&entries) != 0)
    return g_steal_pointer (&kept);

  for (const struct ifaddrs *entry = entries; entry != NULL; entry = entry->ifa_next)
    {
      ShoalOwnAddress *address = own_address_new (entry);

      if (address != NULL)
        g_ptr_array_add (all, address);
    }
  freeifaddrs (entries);

  for (guint i = 0; i < all->len; i++)
    if (!is_superfluous (all, i))
      {
        const ShoalOwnAddress *address = g_ptr_array_index (all, i);
        ShoalOwnAddress *copy = g_new0 (ShoalOwnAddress, 1);

        copy->interface = address->interface;
        copy->address = g_object_ref (address->address);
        g_ptr_array_add (kept, copy);
      }
  return g_steal_pointer (&kept);
}

/* --- Watch --------------------------------------------------------------- */

struct _ShoalAddressWatch
{
  ShoalRuntime  *runtime; /* (unowned) */
  int            fd;
  GSource       *source;  /* (owned) (nullable) */
  guint          timer;
  ShoalTimerFunc func;
  gpointer       user_data;
};

static void
on_settled (gpointer user_data)
{
  ShoalAddressWatch *self = user_data;

  self->timer = 0;
  self->func (self->user_data);
}

static gboolean
on_netlink (gint fd, GIOCondition condition, gpointer user_data)
{
  ShoalAddressWatch *self = user_data;
  char buffer[8192];

  /* What changed does not matter, and an overrun is a change too. */
  for (int i = 0; i < 64 && recv (fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0; i++)
    ;
  if (self->timer == 0)
    self->timer = shoal_runtime_add_timer (self->runtime, SETTLE, on_settled, self);
  return G_SOURCE_CONTINUE;
}

ShoalAddressWatch *
shoal_address_watch_new (ShoalRuntime  *runtime,
                         GMainContext  *context,
                         ShoalTimerFunc func,
                         gpointer       user_data)
{
  ShoalAddressWatch *self = g_new0 (ShoalAddressWatch, 1);
  const struct sockaddr_nl address = {
    .nl_family = AF_NETLINK,
    .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
  };

  self->runtime = runtime;
  self->func = func;
  self->user_data = user_data;
  self->fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (self->fd >= 0
      && bind (self->fd, (const struct sockaddr *) &address, sizeof address) == 0)
    {
      self->source = g_unix_fd_source_new (self->fd, G_IO_IN);
      g_source_set_callback (self->source, G_SOURCE_FUNC (on_netlink), self, NULL);
      g_source_set_static_name (self->source, "Shoal addresses");
      g_source_attach (self->source, context);
    }
  else
    g_message ("Changes of the network go unnoticed: %s", g_strerror (errno));
  return self;
}

void
shoal_address_watch_free (ShoalAddressWatch *self)
{
  shoal_runtime_clear_timer (self->runtime, &self->timer);
  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_source_unref (self->source);
    }
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}
