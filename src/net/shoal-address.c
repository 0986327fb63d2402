/* shoal-address.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-address.h"

#include "shoal-error.h"
#include "shoal-limits.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

/* A host name has at most 253 characters; room for a scope and a port. */
#define MAX_TEXT 320

/* --- Reading ------------------------------------------------------------- */

static gboolean
set_parse_error (GError **error, const char *text)
{
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                          "Write it like 192.0.2.1, 192.0.2.1:27474, [2001:db8::1]:27474 or "
                          "name.example.",
                          "“%s” is not an address", text);
}

static gboolean
parse_port (const char *text, guint16 *port)
{
  guint64 value;

  if (!g_ascii_isdigit (text[0]) || !g_ascii_string_to_unsigned (text, 10, 0, 65535, &value, NULL))
    return FALSE;
  *port = (guint16) value;
  return TRUE;
}

/* Splits off ":PORT", if there is one, and the brackets of an IPv6 address.
 * Returns: (transfer full): what is left; NULL if the port is not one */
static char *
split_port (const char *text, guint16 *port, gboolean *has_port)
{
  const char *colon = strrchr (text, ':');
  const char *end = text + strlen (text);

  *has_port = FALSE;
  if (text[0] == '[')
    {
      const char *bracket = strchr (text, ']');

      if (bracket == NULL || (bracket[1] != '\0' && bracket[1] != ':'))
        return NULL;
      *has_port = bracket[1] == ':';
      if (*has_port && !parse_port (bracket + 2, port))
        return NULL;
      return g_strndup (text + 1, (size_t) (bracket - text) - 1);
    }

  /* Two colons: an IPv6 address without brackets, hence without a port. */
  if (colon != NULL && strchr (text, ':') == colon)
    {
      *has_port = TRUE;
      if (!parse_port (colon + 1, port))
        return NULL;
      end = colon;
    }
  return g_strndup (text, (size_t) (end - text));
}

static gboolean
is_host_name (const char *text)
{
  size_t length = strlen (text);

  if (length == 0 || length > 253 || text[0] == '.' || text[0] == '-')
    return FALSE;
  /* Letters beyond ASCII are for the resolver to judge (IDN). */
  for (const char *p = text; *p != '\0'; p++)
    if ((guchar) *p < 0x80 && !g_ascii_isalnum (*p) && strchr ("-._", *p) == NULL)
      return FALSE;
  return g_utf8_validate (text, -1, NULL);
}

/* "fe80::1%eth0" or "fe80::1%3", or without a scope. */
static GSocketAddress *
parse_numeric (const char *text, guint16 port)
{
  const char *percent = strchr (text, '%');
  g_autofree char *bare = percent != NULL ? g_strndup (text, (size_t) (percent - text)) : NULL;
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (bare != NULL ? bare : text);
  guint64 scope = 0;

  if (inet == NULL)
    return NULL;
  if (percent != NULL)
    {
      scope = if_nametoindex (percent + 1);
      if (scope == 0
          && (!g_ascii_isdigit (percent[1])
              || !g_ascii_string_to_unsigned (percent + 1, 10, 1, G_MAXINT32, &scope, NULL)))
        return NULL;
    }
  return shoal_address_new_on_interface (inet, port, (guint) scope);
}

gboolean
shoal_address_parse (const char *text, GSocketAddress **address, char **host, guint16 *port,
                     GError **error)
{
  g_autofree char *rest = NULL, *trimmed = NULL;
  g_autoptr (GSocketAddress) numeric = NULL;
  gboolean has_port = FALSE, looks_numeric;
  guint16 number = SHOAL_DEFAULT_PORT;

  g_return_val_if_fail (text != NULL && address != NULL && host != NULL && port != NULL, FALSE);

  *address = NULL;
  *host = NULL;
  if (strlen (text) > MAX_TEXT || !g_utf8_validate (text, -1, NULL))
    return set_parse_error (error, "…");

  trimmed = g_strstrip (g_strdup (text));
  rest = split_port (trimmed, &number, &has_port);
  if (rest == NULL || number == 0)
    return set_parse_error (error, text);

  numeric = parse_numeric (rest, number);
  /* Brackets are for IPv6 alone, and what only looks like an IPv4 address must
   * not become a host name. */
  looks_numeric = trimmed[0] == '[' || strspn (rest, "0123456789.") == strlen (rest);
  if (numeric == NULL && (looks_numeric || !is_host_name (rest)))
    return set_parse_error (error, text);

  if (numeric != NULL)
    *address = g_steal_pointer (&numeric);
  else
    *host = g_steal_pointer (&rest);
  *port = number;
  return TRUE;
}

gboolean
shoal_listen_address_parse (const char *text, GInetAddress **address, guint16 *port,
                            GError **error)
{
  g_autofree char *rest = NULL;
  gboolean has_port = FALSE;
  guint16 number = 0;

  g_return_val_if_fail (text != NULL && address != NULL && port != NULL, FALSE);

  *address = NULL;
  if (strlen (text) <= MAX_TEXT && g_utf8_validate (text, -1, NULL))
    rest = split_port (text, &number, &has_port);
  if (rest != NULL && has_port && rest[0] != '\0')
    *address = g_inet_address_new_from_string (rest);
  if (rest == NULL || !has_port || (rest[0] != '\0' && *address == NULL))
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                            "Write it like :27474, 192.0.2.1:27474 or [2001:db8::1]:27474; port 0 "
                            "takes any that is free.",
                            "“%s” is not an address and port to listen at",
                            g_utf8_validate (text, -1, NULL) ? text : "…");
  *port = number;
  return TRUE;
}

/* --- Interfaces ---------------------------------------------------------- */

#define INTERFACE_KEY "shoal-interface"

GSocketAddress *
shoal_address_new_on_interface (GInetAddress *address, guint16 port, guint interface)
{
  gboolean is_v6 = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6;
  GSocketAddress *self;

  self = g_object_new (G_TYPE_INET_SOCKET_ADDRESS, "address", address, "port", (guint) port,
                       "scope-id", is_v6 ? interface : 0, NULL);
  if (!is_v6 && interface != 0)
    g_object_set_data (G_OBJECT (self), INTERFACE_KEY, GUINT_TO_POINTER (interface));
  return self;
}

guint
shoal_address_get_interface (GSocketAddress *address)
{
  if (g_socket_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
    return g_inet_socket_address_get_scope_id (G_INET_SOCKET_ADDRESS (address));
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (address), INTERFACE_KEY));
}

/* --- Showing ------------------------------------------------------------- */

GSocketAddress *
shoal_address_unmap (GSocketAddress *address)
{
  g_autoptr (GInetAddress) inet = NULL;
  GInetSocketAddress *socket_address;
  const uint8_t *bytes;

  g_return_val_if_fail (G_IS_SOCKET_ADDRESS (address), NULL);

  if (!G_IS_INET_SOCKET_ADDRESS (address)
      || g_socket_address_get_family (address) != G_SOCKET_FAMILY_IPV6)
    return g_object_ref (address);
  socket_address = G_INET_SOCKET_ADDRESS (address);
  bytes = g_inet_address_to_bytes (g_inet_socket_address_get_address (socket_address));
  if (!IN6_IS_ADDR_V4MAPPED ((const struct in6_addr *) bytes))
    return g_object_ref (address);
  inet = g_inet_address_new_from_bytes (bytes + 12, G_SOCKET_FAMILY_IPV4);
  return g_inet_socket_address_new (inet, g_inet_socket_address_get_port (socket_address));
}

char *
shoal_address_to_text (GSocketAddress *address)
{
  g_autoptr (GSocketAddress) plain = NULL;
  g_autofree char *text = NULL;
  GInetSocketAddress *inet;
  char name[IF_NAMESIZE];
  guint scope;

  g_return_val_if_fail (G_IS_SOCKET_ADDRESS (address), NULL);

  plain = shoal_address_unmap (address);
  if (!G_IS_INET_SOCKET_ADDRESS (plain))
    return g_strdup ("?");
  inet = G_INET_SOCKET_ADDRESS (plain);
  text = g_inet_address_to_string (g_inet_socket_address_get_address (inet));
  if (g_socket_address_get_family (plain) == G_SOCKET_FAMILY_IPV4)
    return g_strdup_printf ("%s:%u", text, g_inet_socket_address_get_port (inet));

  scope = g_inet_socket_address_get_scope_id (inet);
  if (scope != 0 && if_indextoname (scope, name) == NULL)
    g_snprintf (name, sizeof name, "%u", scope);
  return g_strdup_printf ("[%s%s%s]:%u", text, scope != 0 ? "%" : "", scope != 0 ? name : "",
                          g_inet_socket_address_get_port (inet));
}

/* --- Path ---------------------------------------------------------------- */

static gboolean
same_network (const uint8_t *a, const uint8_t *b, const uint8_t *mask, size_t size)
{
  gboolean any = FALSE;

  for (size_t i = 0; i < size; i++)
    {
      if ((a[i] ^ b[i]) & mask[i])
        return FALSE;
      any = any || mask[i] != 0;
    }
  return any;
}

/* TRUE if an interface of ours is on the same network. */
static gboolean
is_on_link (GInetAddress *inet)
{
  gboolean is_v4 = g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV4;
  const uint8_t *bytes = g_inet_address_to_bytes (inet);
  struct ifaddrs *all = NULL;
  gboolean found = FALSE;

  if (getifaddrs (&all) != 0)
    return FALSE;
  for (struct ifaddrs *i = all; i != NULL && !found; i = i->ifa_next)
    {
      if (i->ifa_addr == NULL || i->ifa_netmask == NULL || (i->ifa_flags & IFF_POINTOPOINT) != 0
          || i->ifa_addr->sa_family != (is_v4 ? AF_INET : AF_INET6))
        continue;
      if (is_v4)
        found = same_network (bytes,
                              (uint8_t *) &((struct sockaddr_in *) i->ifa_addr)->sin_addr,
                              (uint8_t *) &((struct sockaddr_in *) i->ifa_netmask)->sin_addr, 4);
      else
        found = same_network (bytes,
                              (uint8_t *) &((struct sockaddr_in6 *) i->ifa_addr)->sin6_addr,
                              (uint8_t *) &((struct sockaddr_in6 *) i->ifa_netmask)->sin6_addr, 16);
    }
  freeifaddrs (all);
  return found;
}

ShoalPath
shoal_address_get_path (GSocketAddress *address)
{
  g_autoptr (GSocketAddress) plain = NULL;
  GInetAddress *inet;
  gboolean is_unique_local;

  g_return_val_if_fail (G_IS_SOCKET_ADDRESS (address), SHOAL_PATH_DIRECT);

  plain = shoal_address_unmap (address);
  if (!G_IS_INET_SOCKET_ADDRESS (plain))
    return SHOAL_PATH_LOCAL;
  inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (plain));
  is_unique_local = g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV6
                    && (g_inet_address_to_bytes (inet)[0] & 0xfe) == 0xfc;

  /* GIO's "site-local" is RFC 1918 for IPv4. */
  if (g_inet_address_get_is_loopback (inet) || g_inet_address_get_is_link_local (inet)
      || g_inet_address_get_is_site_local (inet) || is_unique_local || is_on_link (inet))
    return SHOAL_PATH_LOCAL;
  return SHOAL_PATH_DIRECT;
}
