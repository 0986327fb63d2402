/* shoal-ice-asked.c: which STUN and TURN servers an attempt asks, and where they are.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-ice-private.h"

/* A TURN server more than this many is not worth its time. */
#define MAX_RELAYS 4

/* A server whose name is being looked up, and then where it is. */
typedef struct
{
  ShoalIceAsked      *asked;
  ShoalIceServerKind  kind;
  guint16             port;
  char               *user, *password; /* (owned) */
  GInetAddress       *address;         /* (owned) (nullable) */
} Server;

struct _ShoalIceAsked
{
  GPtrArray    *servers;     /* (owned): of Server (owned) */
  guint         n_resolving;
  GCancellable *cancel;      /* (owned): of the look-ups */
  void        (*resolved) (gpointer user_data);
  gpointer      user_data;
};

static gboolean
is_in_reach (GInetAddress *address, guint16 port)
{
  g_autoptr (GSocketAddress) there = g_inet_socket_address_new (address, port);
  g_autoptr (GInetAddress) from = shoal_interfaces_get_source (there);

  return from != NULL;
}

/* libnice asks at one address. IPv4 first: by IPv6 a server says nothing that is not
 * known, while nobody knows what a NAT makes of IPv4. */
static GInetAddress *
choose (GList *found, guint16 port)
{
  static const GSocketFamily FAMILIES[] = { G_SOCKET_FAMILY_IPV4, G_SOCKET_FAMILY_IPV6 };

  for (guint i = 0; i < G_N_ELEMENTS (FAMILIES); i++)
    for (GList *l = found; l != NULL; l = l->next)
      if (g_inet_address_get_family (l->data) == FAMILIES[i] && is_in_reach (l->data, port))
        return l->data;
  return found->data;
}

static void
on_resolved (GObject *resolver, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GList *found = g_resolver_lookup_by_name_finish (G_RESOLVER (resolver), result, &error);
  Server *server = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* the server may be gone */
  if (found != NULL)
    {
      g_set_object (&server->address, choose (found, server->port));
      g_resolver_free_addresses (found);
    }
  if (--server->asked->n_resolving == 0)
    server->asked->resolved (server->asked->user_data);
}

static void
free_server (gpointer data)
{
  Server *server = data;

  g_free (server->user);
  g_free (server->password);
  g_clear_object (&server->address);
  g_free (server);
}

static void
add (ShoalIceAsked *self, const ShoalIceServer *given)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  Server *server = g_new0 (Server, 1);

  server->asked = self;
  server->kind = given->kind;
  server->port = given->port;
  server->user = g_strdup (given->user);
  server->password = g_strdup (given->password);
  server->address = g_inet_address_new_from_string (given->host);
  g_ptr_array_add (self->servers, server);
  if (server->address != NULL)
    return;
  self->n_resolving++;
  g_resolver_lookup_by_name_async (resolver, given->host, self->cancel, on_resolved, server);
}

ShoalIceAsked *
shoal_ice_asked_new (GPtrArray *servers, void (*resolved) (gpointer user_data),
                     gpointer user_data)
{
  ShoalIceAsked *self = g_new0 (ShoalIceAsked, 1);

  self->servers = g_ptr_array_new_with_free_func (free_server);
  self->cancel = g_cancellable_new ();
  self->resolved = resolved;
  self->user_data = user_data;
  for (guint i = 0; servers != NULL && i < servers->len; i++)
    add (self, g_ptr_array_index (servers, i));
  return self;
}

void
shoal_ice_asked_free (ShoalIceAsked *self)
{
  g_cancellable_cancel (self->cancel);
  g_object_unref (self->cancel);
  g_ptr_array_unref (self->servers);
  g_free (self);
}

gboolean
shoal_ice_asked_is_resolving (ShoalIceAsked *self)
{
  return self->n_resolving > 0;
}

static guint
count (ShoalIceAsked *self, gboolean relays)
{
  guint n = 0;

  for (guint i = 0; i < self->servers->len; i++)
    {
      Server *server = g_ptr_array_index (self->servers, i);

      n += server->address != NULL && (server->kind != SHOAL_ICE_STUN) == relays;
    }
  return n;
}

gboolean
shoal_ice_asked_has (ShoalIceAsked *self, gboolean relays)
{
  return count (self, relays) > 0;
}

void
shoal_ice_asked_use_stun (ShoalIceAsked *self, ShoalIcePath *path)
{
  guint n = count (self, FALSE), chosen;

  if (n == 0)
    return;
  chosen = (guint) (shoal_runtime_random_u64 (SHOAL_RUNTIME (path->runtime)) % n);
  for (guint i = 0; i < self->servers->len; i++)
    {
      Server *server = g_ptr_array_index (self->servers, i);

      if (server->address != NULL && server->kind == SHOAL_ICE_STUN && chosen-- == 0)
        {
          g_autofree char *address = g_inet_address_to_string (server->address);

          g_object_set (path->agent, "stun-server", address, "stun-server-port",
                        (guint) server->port, NULL);
          return;
        }
    }
}

void
shoal_ice_asked_use_relays (ShoalIceAsked *self, ShoalIcePath *path)
{
  static const NiceRelayType TYPES[] = {
    [SHOAL_ICE_TURN] = NICE_RELAY_TYPE_TURN_UDP,
    [SHOAL_ICE_TURN_TCP] = NICE_RELAY_TYPE_TURN_TCP,
    [SHOAL_ICE_TURN_TLS] = NICE_RELAY_TYPE_TURN_TLS,
  };
  guint n = 0;

  for (guint i = 0; i < self->servers->len && n < MAX_RELAYS; i++)
    {
      Server *server = g_ptr_array_index (self->servers, i);
      g_autofree char *address = NULL;

      if (server->address == NULL || server->kind == SHOAL_ICE_STUN)
        continue;
      address = g_inet_address_to_string (server->address);
      n += nice_agent_set_relay_info (path->agent, path->stream, SHOAL_ICE_COMPONENT, address,
                                      server->port, server->user != NULL ? server->user : "",
                                      server->password != NULL ? server->password : "",
                                      TYPES[server->kind]);
    }
}
