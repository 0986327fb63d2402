/* shoal-interfaces.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-interfaces.h"

#include "shoal-address.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

G_DEFINE_ENUM_TYPE (ShoalInterfaceKind, shoal_interface_kind,
  G_DEFINE_ENUM_VALUE (SHOAL_INTERFACE_ETHERNET, "ethernet"),
  G_DEFINE_ENUM_VALUE (SHOAL_INTERFACE_WIFI, "wifi"),
  G_DEFINE_ENUM_VALUE (SHOAL_INTERFACE_VPN, "vpn"),
  G_DEFINE_ENUM_VALUE (SHOAL_INTERFACE_CONTAINER, "container"),
  G_DEFINE_ENUM_VALUE (SHOAL_INTERFACE_OTHER, "other"))

struct _ShoalInterfaces
{
  grefcount ref_count;
  char    **names; /* (owned): empty: all */
};

/* --- What there is ------------------------------------------------------- */

void
shoal_interface_free (ShoalInterface *self)
{
  g_free (self->name);
  g_ptr_array_unref (self->addresses);
  g_free (self);
}

static gboolean
has_prefix (const char *name, const char *const *prefixes)
{
  for (; *prefixes != NULL; prefixes++)
    {
      if (g_str_has_prefix (name, *prefixes))
        return TRUE;
    }
  return FALSE;
}

ShoalInterfaceKind
shoal_interface_guess_kind (const char *name, gboolean point_to_point, gboolean wireless)
{
  static const char *const CONTAINER[] = {
    "docker", "br-", "veth", "virbr", "vnet", "vboxnet", "vmnet", "lxcbr", "lxdbr", "incusbr",
    "podman", "cni", "cali", "flannel", "waydroid", NULL,
  };
  static const char *const VPN[] = {
    "tun", "tap", "wg", "ppp", "tailscale", "zt", "nordlynx", "proton", "mullvad", "ipsec", "vti",
    "outline", "gpd", "cscotun", NULL,
  };
  static const char *const WIRED[] = { "eth", "en", "usb", "bond", "br", NULL };

  if (wireless)
    return SHOAL_INTERFACE_WIFI;
  if (has_prefix (name, CONTAINER))
    return SHOAL_INTERFACE_CONTAINER;
  if (point_to_point || has_prefix (name, VPN))
    return SHOAL_INTERFACE_VPN;
  if (has_prefix (name, WIRED))
    return SHOAL_INTERFACE_ETHERNET;
  return g_str_has_prefix (name, "wl") ? SHOAL_INTERFACE_WIFI : SHOAL_INTERFACE_OTHER;
}

static gboolean
is_wireless (const char *name)
{
  g_autofree char *path = g_build_filename ("/sys/class/net", name, "phy80211", NULL);

  return access (path, F_OK) == 0;
}

static ShoalInterface *
ensure (GPtrArray *interfaces, const struct ifaddrs *entry)
{
  ShoalInterface *self;

  for (guint i = 0; i < interfaces->len; i++)
    {
      self = g_ptr_array_index (interfaces, i);
      if (g_str_equal (self->name, entry->ifa_name))
        return self;
    }
  self = g_new0 (ShoalInterface, 1);
  self->name = g_strdup (entry->ifa_name);
  self->index = if_nametoindex (entry->ifa_name);
  self->kind = shoal_interface_guess_kind (self->name, (entry->ifa_flags & IFF_POINTOPOINT) != 0,
                                           is_wireless (self->name));
  self->addresses = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (interfaces, self);
  return self;
}

static GInetAddress *
address_of (const struct ifaddrs *entry)
{
  g_autoptr (GSocketAddress) address = NULL;
  int family = entry->ifa_addr != NULL ? entry->ifa_addr->sa_family : AF_UNSPEC;

  if (family != AF_INET && family != AF_INET6)
    return NULL;
  address = g_socket_address_new_from_native (entry->ifa_addr,
                                              family == AF_INET ? sizeof (struct sockaddr_in)
                                                                : sizeof (struct sockaddr_in6));
  return g_object_ref (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
}

GPtrArray *
shoal_interfaces_list (void)
{
  GPtrArray *interfaces
    = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_interface_free);
  struct ifaddrs *entries = NULL;

  if (getifaddrs (&entries) != 0)
    return interfaces;

  for (const struct ifaddrs *entry = entries; entry != NULL; entry = entry->ifa_next)
    {
      ShoalInterface *interface;
      GInetAddress *address;

      if ((entry->ifa_flags & IFF_LOOPBACK) != 0)
        continue;
      interface = ensure (interfaces, entry);
      address = address_of (entry);
      if (address == NULL)
        continue;
      g_ptr_array_add (interface->addresses, address);
      interface->is_up |= (entry->ifa_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
    }
  freeifaddrs (entries);
  return interfaces;
}

/* --- Which may be used --------------------------------------------------- */

ShoalInterfaces *
shoal_interfaces_new (void)
{
  ShoalInterfaces *self = g_new0 (ShoalInterfaces, 1);

  g_ref_count_init (&self->ref_count);
  self->names = g_new0 (char *, 1);
  return self;
}

ShoalInterfaces *
shoal_interfaces_ref (ShoalInterfaces *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
shoal_interfaces_unref (ShoalInterfaces *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_strfreev (self->names);
  g_free (self);
}

void
shoal_interfaces_set_names (ShoalInterfaces *self, const char *const *names)
{
  g_strfreev (self->names);
  self->names = names != NULL ? g_strdupv ((char **) names) : g_new0 (char *, 1);
}

gboolean
shoal_interfaces_are_all (ShoalInterfaces *self)
{
  return self->names[0] == NULL;
}

static gboolean
is_named (ShoalInterfaces *self, const char *name)
{
  return g_strv_contains ((const char *const *) self->names, name);
}

gboolean
shoal_interfaces_may_use (ShoalInterfaces *self, guint index)
{
  char name[IF_NAMESIZE];

  if (shoal_interfaces_are_all (self) || index == 0)
    return TRUE;
  if (if_indextoname (index, name) == NULL)
    return FALSE;
  return is_named (self, name) || g_str_equal (name, "lo");
}

static gboolean
has_address (const ShoalInterface *interface, GInetAddress *address)
{
  for (guint i = 0; i < interface->addresses->len; i++)
    {
      if (g_inet_address_equal (g_ptr_array_index (interface->addresses, i), address))
        return TRUE;
    }
  return FALSE;
}

gboolean
shoal_interfaces_may_use_own (ShoalInterfaces *self, GInetAddress *own)
{
  g_autoptr (GPtrArray) interfaces = NULL;

  if (shoal_interfaces_are_all (self) || g_inet_address_get_is_loopback (own))
    return TRUE;
  interfaces = shoal_interfaces_list ();
  for (guint i = 0; i < interfaces->len; i++)
    {
      ShoalInterface *interface = g_ptr_array_index (interfaces, i);

      if (is_named (self, interface->name) && has_address (interface, own))
        return TRUE;
    }
  return FALSE;
}

gboolean
shoal_interfaces_is_own (GInetAddress *address)
{
  g_autoptr (GPtrArray) interfaces = NULL;

  if (g_inet_address_get_is_loopback (address))
    return TRUE;
  interfaces = shoal_interfaces_list ();
  for (guint i = 0; i < interfaces->len; i++)
    {
      if (has_address (g_ptr_array_index (interfaces, i), address))
        return TRUE;
    }
  return FALSE;
}

GPtrArray *
shoal_interfaces_list_own (ShoalInterfaces *self)
{
  GPtrArray *own = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) interfaces = shoal_interfaces_list ();

  for (guint i = 0; i < interfaces->len; i++)
    {
      ShoalInterface *interface = g_ptr_array_index (interfaces, i);

      if (!interface->is_up
          || !(shoal_interfaces_are_all (self) || is_named (self, interface->name)))
        continue;
      for (guint j = 0; j < interface->addresses->len; j++)
        {
          GInetAddress *address = g_ptr_array_index (interface->addresses, j);

          if (!g_inet_address_get_is_link_local (address))
            g_ptr_array_add (own, g_object_ref (address));
        }
    }
  return own;
}

/* --- Ways ---------------------------------------------------------------- */

/* The address the kernel would leave from, which a datagram socket finds out
 * without a packet. (transfer full) (nullable) */
GInetAddress *
shoal_interfaces_get_source (GSocketAddress *to)
{
  struct sockaddr_storage native;
  gssize size = g_socket_address_get_native_size (to);
  socklen_t own_size = sizeof native;
  g_autoptr (GSocketAddress) own = NULL;
  int fd;

  if (size <= 0 || (gsize) size > sizeof native
      || !g_socket_address_to_native (to, &native, sizeof native, NULL))
    return NULL;
  fd = socket (native.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return NULL;
  if (connect (fd, (struct sockaddr *) &native, (socklen_t) size) == 0
      && getsockname (fd, (struct sockaddr *) &native, &own_size) == 0)
    own = g_socket_address_new_from_native (&native, own_size);
  close (fd);
  if (own == NULL || !G_IS_INET_SOCKET_ADDRESS (own))
    return NULL;
  return g_object_ref (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (own)));
}

static gboolean
has_family (const ShoalInterface *interface, GSocketFamily family)
{
  for (guint i = 0; i < interface->addresses->len; i++)
    {
      if (g_inet_address_get_family (g_ptr_array_index (interface->addresses, i)) == family)
        return TRUE;
    }
  return FALSE;
}

GPtrArray *
shoal_interfaces_route (ShoalInterfaces *self, GSocketAddress *address)
{
  GPtrArray *ways = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) interfaces = NULL;
  g_autoptr (GInetAddress) own = NULL;
  GInetSocketAddress *inet;
  GInetAddress *to;

  if (shoal_interfaces_are_all (self) || !G_IS_INET_SOCKET_ADDRESS (address))
    {
      g_ptr_array_add (ways, g_object_ref (address));
      return ways;
    }
  if (shoal_address_get_interface (address) != 0)
    {
      if (shoal_interfaces_may_use (self, shoal_address_get_interface (address)))
        g_ptr_array_add (ways, g_object_ref (address));
      return ways;
    }

  inet = G_INET_SOCKET_ADDRESS (address);
  to = g_inet_socket_address_get_address (inet);
  own = shoal_interfaces_get_source (address);
  if (own != NULL && shoal_interfaces_may_use_own (self, own))
    {
      g_ptr_array_add (ways, g_object_ref (address));
      return ways;
    }
  interfaces = shoal_interfaces_list ();
  for (guint i = 0; i < interfaces->len; i++)
    {
      ShoalInterface *interface = g_ptr_array_index (interfaces, i);

      if (interface->is_up && is_named (self, interface->name)
          && has_family (interface, g_inet_address_get_family (to)))
        g_ptr_array_add (ways, shoal_address_new_on_interface (
                                 to, g_inet_socket_address_get_port (inet), interface->index));
    }
  return ways;
}
