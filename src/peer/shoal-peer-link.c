/* shoal-peer-link.c: the links of a peer's session.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-address.h"
#include "shoal-error.h"
#include "shoal-peer-private.h"

/* Control queued for a peer that does not read: beyond this we stop reading
 * from it, and look again soon. */
#define MAX_QUEUED_CONTROL (1024 * 1024)
#define CONTROL_CHECK_US (20 * 1000)

void
shoal_peer_link_free (gpointer data)
{
  ShoalPeerLink *link = data;

  shoal_link_set_events (link->link, NULL, NULL);
  shoal_link_close (link->link);
  g_object_unref (link->link);
  g_free (link);
}

/* --- Events -------------------------------------------------------------- */

void
shoal_peer_link_update_reading (ShoalPeerLink *link)
{
  shoal_link_set_reading (link->link, link->n_stopped == 0 && !link->control_full);
  /* A peer that does not read its answers is not excused from keeping alive. */
  if (link->peer->hub != NULL)
    shoal_session_set_reading (link->peer->session, link->slot, link->n_stopped == 0,
                               shoal_runtime_now (hub_runtime (link->peer->hub)));
}

static void
check_control (gpointer user_data)
{
  g_autoptr (ShoalPeer) self = user_data;
  gboolean again = FALSE;

  if (self->hub == NULL)
    return;

  for (guint i = 0; i < self->links->len; i++)
    {
      ShoalPeerLink *link = g_ptr_array_index (self->links, i);

      if (!link->control_full)
        continue;
      link->control_full = shoal_link_get_queued_control (link->link) > MAX_QUEUED_CONTROL / 2;
      again |= link->control_full;
      shoal_peer_link_update_reading (link);
    }
  if (again)
    shoal_runtime_add_timer (hub_runtime (self->hub), CONTROL_CHECK_US, check_control,
                             shoal_peer_ref (self));
}

static void
on_received (ShoalLink *link, guint stream, const uint8_t *data, size_t size, gpointer user_data)
{
  ShoalPeerLink *peer_link = user_data;
  g_autoptr (ShoalPeer) self = shoal_peer_ref (peer_link->peer);
  guint slot = peer_link->slot;

  if (!shoal_session_receive (self->session, slot, stream, data, size,
                              shoal_runtime_now (hub_runtime (self->hub))))
    return;

  if (self->hub == NULL)
    return;
  peer_link = shoal_peer_get_link (self, slot);
  if (peer_link != NULL && !peer_link->control_full
      && shoal_link_get_queued_control (link) > MAX_QUEUED_CONTROL)
    {
      peer_link->control_full = TRUE;
      shoal_peer_link_update_reading (peer_link);
      shoal_runtime_add_timer (hub_runtime (self->hub), CONTROL_CHECK_US, check_control,
                               shoal_peer_ref (self));
    }
  shoal_peer_rearm (self);
}

static void
on_writable (ShoalLink *link, gpointer user_data)
{
  ShoalPeerLink *peer_link = user_data;
  g_autoptr (ShoalPeer) self = shoal_peer_ref (peer_link->peer);
  g_autoptr (GPtrArray) waiting
    = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_channel_unref);
  guint slot = peer_link->slot;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->channels);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      if (shoal_channel_get_slot (value) == slot)
        g_ptr_array_add (waiting, shoal_channel_ref (value));
    }
  for (guint i = 0; i < waiting->len; i++)
    shoal_channel_take_writable (g_ptr_array_index (waiting, i));
}

static void
on_closed (ShoalLink *link, const GError *error, gpointer user_data)
{
  ShoalPeerLink *peer_link = user_data;
  g_autoptr (ShoalPeer) self = shoal_peer_ref (peer_link->peer);

  shoal_session_detach (self->session, peer_link->slot, error);
  shoal_peer_rearm (self);
}

static const ShoalLinkEvents link_events = {
  .received = on_received,
  .writable = on_writable,
  .closed = on_closed,
};

/* A line is known better the longer it is used. FALSE if the hub is gone since. */
static gboolean
rank_anew (ShoalPeer *self)
{
  guint slots[SHOAL_MAX_LINKS_PER_DEVICE];
  guint n = shoal_session_get_slots (self->session, slots);

  for (guint i = 0; i < n; i++)
    {
      ShoalPeerLink *link = shoal_peer_get_link (self, slots[i]);

      if (link != NULL)
        shoal_session_set_rank (self->session, slots[i], shoal_hub_rank_link (self, link->link));
    }
  return self->hub != NULL;
}

void
shoal_peer_take_link (ShoalPeer *self, ShoalLink *link)
{
  ShoalHub *hub = self->hub;
  ShoalPeerLink *peer_link = g_new0 (ShoalPeerLink, 1);
  gboolean visible = hub->visibility == SHOAL_VISIBLE_EVERYONE || shoal_link_is_outgoing (link)
                     || shoal_device_book_is_friend (hub->book, &self->id);
  ShoalSlotConfig config = {
    .link = peer_link,
    .outgoing = shoal_link_is_outgoing (link),
    .rank = shoal_hub_rank_link (self, link),
    .port = shoal_hub_get_port (hub),
    .kind = hub->kind,
    .name = visible ? hub->name : NULL,
    .agent = hub->agent,
  };
  g_autoptr (GError) error = NULL;

  if (!rank_anew (self))
    {
      g_free (peer_link);
      shoal_link_close (link);
      return;
    }
  peer_link->peer = self;
  peer_link->link = g_object_ref (link);
  peer_link->code = -1;
  shoal_runtime_fill_random (hub_runtime (hub), peer_link->nonce, sizeof peer_link->nonce);
  memcpy (config.r.bytes, peer_link->nonce, sizeof peer_link->nonce);
  shoal_code_commit (shoal_hub_get_own_id (hub), peer_link->nonce, &config.commit);
  g_ptr_array_add (self->links, peer_link);

  peer_link->slot = shoal_session_attach (self->session, &config,
                                          shoal_runtime_now (hub_runtime (hub)), &error);
  if (peer_link->slot == 0)
    {
      g_debug ("link not taken: %s", error->message);
      g_ptr_array_remove (self->links, peer_link);
      return;
    }
  shoal_link_set_events (link, &link_events, peer_link);
  shoal_peer_rearm (self);
}

/* --- Addresses ----------------------------------------------------------- */

gboolean
shoal_is_link_local (GSocketAddress *address)
{
  GInetAddress *inet;

  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return FALSE;
  inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  return g_inet_address_get_is_link_local (inet);
}

GSocketAddress *
shoal_peer_link_get_address (ShoalPeerLink *link)
{
  ShoalPeer *self = link->peer;
  g_autoptr (GSocketAddress) remote = NULL;
  GSocketAddress *raw = shoal_link_get_remote_address (link->link);
  GInetSocketAddress *inet;

  if (raw == NULL || !G_IS_INET_SOCKET_ADDRESS (raw)
      || shoal_link_get_path (link->link) == SHOAL_PATH_RELAYED)
    return NULL;

  remote = shoal_address_unmap (raw);
  inet = G_INET_SOCKET_ADDRESS (remote);
  if (shoal_link_is_outgoing (link->link) && !shoal_link_is_by_ice (link->link))
    return g_steal_pointer (&remote);
  if (self->port == 0)
    return NULL;
  return shoal_address_new_on_interface (g_inet_socket_address_get_address (inet), self->port,
                                         shoal_address_get_interface (remote));
}

guint
shoal_peer_get_addresses (ShoalPeer *self, ShoalWireAddress addresses[SHOAL_MAX_PEER_ADDRESSES])
{
  guint n = 0;

  for (guint i = 0; i < self->links->len && n < SHOAL_MAX_PEER_ADDRESSES; i++)
    {
      g_autoptr (GSocketAddress) address
        = shoal_peer_link_get_address (g_ptr_array_index (self->links, i));
      ShoalWireAddress *to = &addresses[n];
      GInetAddress *inet;

      if (address == NULL || shoal_is_link_local (address))
        continue;
      inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
      to->family = g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV4 ? 4 : 6;
      memset (to->bytes, 0, sizeof to->bytes);
      memcpy (to->bytes, g_inet_address_to_bytes (inet), g_inet_address_get_native_size (inet));
      to->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
      if (to->port != 0)
        n++;
    }
  return n;
}

char **
shoal_peer_get_address_texts (ShoalPeer *self)
{
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_object_unref);
  GStrvBuilder *texts = g_strv_builder_new ();
  char **result;

  for (guint i = 0; i < self->links->len; i++)
    {
      GSocketAddress *address = shoal_peer_link_get_address (g_ptr_array_index (self->links, i));

      if (address != NULL)
        g_ptr_array_add (addresses, address);
    }
  if (self->hub != NULL)
    shoal_hub_add_nearby_addresses (self->hub, self, addresses);
  for (guint i = 0; i < addresses->len; i++)
    {
      g_autofree char *text = shoal_address_to_text (g_ptr_array_index (addresses, i));

      g_strv_builder_add (texts, text);
    }
  result = g_strv_builder_end (texts);
  g_strv_builder_unref (texts);
  return result;
}
