/* shoal-hub-network.c: where this device listens, by which interfaces, and what
 * changes of the network mean for its links.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-address.h"
#include "shoal-error.h"
#include "shoal-peer-private.h"

/* Numbers of any port to try until TCP and UDP both have it. */
#define ANY_PORT_TRIES 8
/* Whoever was asleep for so long has been given up by the others. */
#define LONG_SLEEP_US (SHOAL_LINK_SILENT_SECONDS * G_USEC_PER_SEC)

/* --- Listening ----------------------------------------------------------- */

void
shoal_hub_listen_no_more (ShoalHub *self)
{
  shoal_listener_stop (self->listener);
  shoal_quic_listener_stop (self->quic_listener);
}

/* TCP and UDP at one number. TRUE if both could be had. */
static gboolean
listen_at (ShoalHub *self, GInetAddress *address, int port, GError **error)
{
  if (!shoal_listener_start (self->listener, address, port, error))
    return FALSE;
  if (shoal_quic_listener_start (self->quic_listener, address,
                                 shoal_listener_get_port (self->listener), error))
    return TRUE;
  shoal_listener_stop (self->listener);
  return FALSE;
}

gboolean
shoal_hub_listen (ShoalHub *self, GInetAddress *address, int port, GError **error)
{
  guint n_usual = port == SHOAL_LISTEN_USUAL_PORT ? SHOAL_DEFAULT_PORTS : 0;
  guint n_any = port <= 0 ? ANY_PORT_TRIES : 1;

  for (guint i = 0; i < n_usual + n_any; i++)
    {
      int number = i < n_usual ? SHOAL_DEFAULT_PORT + (int) i : MAX (port, 0);

      if (listen_at (self, address, number, NULL))
        return TRUE;
    }
  /* UDP is a gain across networks; TCP is a must. */
  if (!shoal_listener_start (self->listener, address, port, error))
    return FALSE;
  g_debug ("no UDP port %u to listen at", shoal_hub_get_port (self));
  return TRUE;
}

gboolean
shoal_hub_listen_anew (ShoalHub *self, GInetAddress *address, int port, GError **error)
{
  g_autoptr (GPtrArray) old = shoal_listener_get_addresses (self->listener);
  gboolean done;

  /* The new one may be a better choice only once the old one is free. */
  shoal_hub_listen_no_more (self);
  done = shoal_hub_listen (self, address, port, error);
  if (!done && old->len > 0)
    {
      GInetSocketAddress *inet = g_ptr_array_index (old, 0);
      GInetAddress *any = g_inet_socket_address_get_address (inet);

      shoal_hub_listen (self, g_inet_address_get_is_any (any) ? NULL : any,
                        g_inet_socket_address_get_port (inet), NULL);
    }
  shoal_hub_announce (self);
  shoal_hub_tell_profile (self); /* the port in it */
  return done;
}

GPtrArray *
shoal_hub_get_listening (ShoalHub *self)
{
  return shoal_listener_get_addresses (self->listener);
}

guint16
shoal_hub_get_port (ShoalHub *self)
{
  return shoal_listener_get_port (self->listener);
}

GPtrArray *
shoal_hub_list_own_addresses (ShoalHub *self)
{
  g_autoptr (GPtrArray) bound = shoal_hub_get_listening (self);
  g_autoptr (GPtrArray) own = shoal_interfaces_list_own (self->interfaces);
  GPtrArray *addresses = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < bound->len; i++)
    {
      GInetSocketAddress *inet = g_ptr_array_index (bound, i);
      GInetAddress *at = g_inet_socket_address_get_address (inet);

      if (!g_inet_address_get_is_any (at) && !g_inet_address_get_is_link_local (at))
        g_ptr_array_add (addresses, g_object_ref (inet));
      for (guint j = 0; g_inet_address_get_is_any (at) && j < own->len; j++)
        g_ptr_array_add (addresses,
                         g_inet_socket_address_new (g_ptr_array_index (own, j),
                                                    g_inet_socket_address_get_port (inet)));
    }
  return addresses;
}

/* --- Links that have lost their network ---------------------------------- */

static GInetAddress *
get_own_end (ShoalPeerLink *link, GSocketAddress **keep)
{
  GSocketAddress *own = shoal_link_get_local_address (link->link);

  *keep = own != NULL ? shoal_address_unmap (own) : NULL;
  return *keep != NULL && G_IS_INET_SOCKET_ADDRESS (*keep)
           ? g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (*keep)) : NULL;
}

/* TRUE if the link goes by an interface that may not be used (any more). */
static gboolean
goes_astray (ShoalHub *self, ShoalPeerLink *link)
{
  g_autoptr (GSocketAddress) keep = NULL;
  GInetAddress *own = get_own_end (link, &keep);

  return own != NULL && !shoal_interfaces_may_use_own (self->interfaces, own);
}

/* TRUE if this computer has lost the address that the link goes from. */
static gboolean
is_cut_off (ShoalHub *self, ShoalPeerLink *link)
{
  g_autoptr (GSocketAddress) keep = NULL;
  GInetAddress *own = get_own_end (link, &keep);

  return own != NULL && !shoal_interfaces_is_own (own);
}

/* Ends those links of @peer for which @is_over. @goodbye: (nullable): else the link
 * is taken for dead, and nobody is told anything over it. */
static void
end_links (ShoalHub *self, ShoalPeer *peer,
           gboolean (*is_over) (ShoalHub *self, ShoalPeerLink *link), const char *goodbye)
{
  g_autoptr (GError) error
    = shoal_error_new (SHOAL_ERROR_CLOSED, SHOAL_SIDE_HERE, NULL,
                       "This computer’s connection to the network has changed");

  for (guint i = peer->links->len; i-- > 0;)
    {
      ShoalPeerLink *link = g_ptr_array_index (peer->links, i);

      if (link->slot != 0 && (is_over == NULL || is_over (self, link)))
        {
          if (goodbye != NULL)
            shoal_session_close (peer->session, link->slot, SHOAL_GOODBYE_OTHER, goodbye);
          else
            shoal_session_detach (peer->session, link->slot, error);
        }
      i = MIN (i, peer->links->len);
    }
}

void
shoal_hub_set_interfaces (ShoalHub *self, const char *const *names)
{
  g_autoptr (GPtrArray) peers = NULL;

  if (g_strv_equal ((const char *const *) self->interface_names, names))
    return;

  g_strfreev (self->interface_names);
  self->interface_names = g_strdupv ((char **) names);
  shoal_interfaces_set_names (self->interfaces, names);
  if (self->discovery != NULL)
    shoal_discovery_set_interfaces (self->discovery, names);
  peers = shoal_hub_get_peers (self);
  for (guint i = 0; i < peers->len; i++)
    end_links (self, g_ptr_array_index (peers, i), goes_astray,
               "That device does not use this network any more");
}

ShoalInterfaces *
shoal_hub_get_interfaces (ShoalHub *self)
{
  return self->interfaces;
}

void
shoal_hub_set_policy (ShoalHub *self, ShoalIcePolicy policy)
{
  self->policy = policy;
}

/* Addresses of nobody, to ask the kernel for the way to everybody; nothing is sent. */
static const char *const OUTSIDE[] = { "192.0.2.1", "2001:db8::1" };

/* --- Change -------------------------------------------------------------- */

/* Without those of containers, which come and go and lead nowhere. */
static char *
describe_own (void)
{
  g_autoptr (GPtrArray) interfaces = shoal_interfaces_list ();
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < interfaces->len; i++)
    {
      ShoalInterface *interface = g_ptr_array_index (interfaces, i);

      if (!interface->is_up || interface->kind == SHOAL_INTERFACE_CONTAINER)
        continue;
      for (guint j = 0; j < interface->addresses->len; j++)
        {
          g_autofree char *one
            = g_inet_address_to_string (g_ptr_array_index (interface->addresses, j));

          g_string_append_printf (text, "%s ", one);
        }
    }
  /* An address is of no use before there is a way out from it. */
  for (guint i = 0; i < G_N_ELEMENTS (OUTSIDE); i++)
    {
      g_autoptr (GSocketAddress) outside
        = g_inet_socket_address_new_from_string (OUTSIDE[i], SHOAL_DEFAULT_PORT);
      g_autoptr (GInetAddress) from = shoal_interfaces_get_source (outside);
      g_autofree char *one = from != NULL ? g_inet_address_to_string (from) : NULL;

      g_string_append_printf (text, "> %s ", one != NULL ? one : "-");
    }
  return g_string_free (text, FALSE);
}

/* UDP may have been somebody else's when TCP could be had. */
static void
listen_by_udp_again (ShoalHub *self)
{
  g_autoptr (GPtrArray) bound = shoal_listener_get_addresses (self->listener);
  GInetSocketAddress *inet = bound->len > 0 ? g_ptr_array_index (bound, 0) : NULL;
  GInetAddress *at = inet != NULL ? g_inet_socket_address_get_address (inet) : NULL;

  if (at != NULL && shoal_quic_listener_get_port (self->quic_listener) == 0)
    shoal_quic_listener_start (self->quic_listener, g_inet_address_get_is_any (at) ? NULL : at,
                               g_inet_socket_address_get_port (inet), NULL);
}

gboolean
shoal_hub_check_network (ShoalHub *self)
{
  g_autofree char *own = describe_own ();
  gint64 slept = shoal_main_runtime_get_slept (self->runtime);
  gint64 nap = slept - self->slept;
  gboolean changed = self->own_addresses != NULL
                     && (nap >= G_USEC_PER_SEC || !g_str_equal (own, self->own_addresses));
  g_autoptr (GPtrArray) peers = NULL;

  g_free (self->own_addresses);
  self->own_addresses = g_steal_pointer (&own);
  self->slept = slept;
  if (!self->stopping)
    listen_by_udp_again (self);
  if (!changed || self->stopping)
    return FALSE;

  g_debug ("addresses now: %s", self->own_addresses);
  peers = shoal_hub_get_peers (self);
  for (guint i = 0; i < peers->len && nap >= LONG_SLEEP_US; i++)
    end_links (self, g_ptr_array_index (peers, i), NULL, NULL);
  return TRUE;
}

void
shoal_hub_network_changed (ShoalHub *self)
{
  g_autoptr (GPtrArray) peers = shoal_hub_get_peers (self);

  for (guint i = 0; i < peers->len; i++)
    {
      ShoalPeer *peer = g_ptr_array_index (peers, i);

      end_links (self, peer, is_cut_off, NULL);
      if (peer->hub == NULL)
        continue;
      /* What did not answer there may answer here. */
      peer->dial_failures = 0;
      shoal_runtime_clear_timer (hub_runtime (self), &peer->dial_timer);
      shoal_hub_want_peer (self, peer);
      shoal_hub_seek_better (self, peer);
    }
}
