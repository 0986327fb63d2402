/* shoal-hub.c: the devices we are in contact with; listening, announcing, stopping.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-hub.h"

#include "shoal-address.h"
#include "shoal-error.h"
#include "shoal-peer-private.h"
#include "shoal-sha256.h"

/* Time for the last frames to leave before the program may end. */
#define FAREWELL_US (100 * 1000)

/* --- Peers --------------------------------------------------------------- */

ShoalPeer *
shoal_hub_get_peer (ShoalHub *self, const ShoalDeviceId *id)
{
  return g_hash_table_lookup (self->peers, id);
}

ShoalPeer *
shoal_hub_ensure_peer (ShoalHub *self, const ShoalDeviceId *id)
{
  ShoalPeer *peer = shoal_hub_get_peer (self, id);

  if (peer == NULL)
    {
      peer = shoal_peer_new (self, id);
      g_hash_table_insert (self->peers, &peer->id, peer);
      shoal_hub_match_sightings (self, peer);
    }
  return shoal_peer_ref (peer);
}

GPtrArray *
shoal_hub_get_peers (ShoalHub *self)
{
  GPtrArray *peers = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_peer_unref);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (peers, shoal_peer_ref (value));
  return peers;
}

void
shoal_hub_tell_changed (ShoalHub *self, ShoalPeer *peer)
{
  if (self->events->changed != NULL && !self->stopping)
    self->events->changed (peer, self->user_data);
  shoal_hub_update_finds (self);
}

void
shoal_hub_maybe_forget (ShoalHub *self, ShoalPeer *peer)
{
  g_autoptr (ShoalPeer) keep = shoal_peer_ref (peer);

  if (peer->holds > 0 || peer->pins > 0 || peer->links->len > 0 || peer->n_sightings > 0
      || peer->dial != NULL || peer->better != NULL || peer->waiters->len > 0
      || shoal_device_book_is_friend (self->book, &peer->id)
      || self->stopping)
    return;

  if (!g_hash_table_remove (self->peers, &peer->id))
    return;
  if (self->events->gone != NULL)
    self->events->gone (peer, self->user_data);
  shoal_peer_orphan (peer);
  shoal_device_book_drop_stranger (self->book, &keep->id);
}

/* Strangers hold sessions too. Beyond the limit the one that has been silent
 * longest, and that nobody needs, makes room. */
static void
make_room (ShoalHub *self)
{
  ShoalPeer *oldest = NULL;
  guint n_connected = 0;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalPeer *peer = value;

      if (peer->links->len == 0)
        continue;
      n_connected++;
      if (shoal_peer_is_idle (peer) && !shoal_device_book_is_friend (self->book, &peer->id)
          && (oldest == NULL || peer->last_active < oldest->last_active))
        oldest = peer;
    }
  if (n_connected >= SHOAL_MAX_SESSIONS && oldest != NULL)
    shoal_peer_say_goodbye (oldest, SHOAL_GOODBYE_LIMIT, "Too many devices are connected");
}

/* TRUE unless only other ways are allowed. */
static gboolean
may_go (ShoalHub *self, ShoalLink *link)
{
  ShoalPath path = shoal_link_get_path (link);

  return self->policy == SHOAL_ICE_ANY
         || (self->policy == SHOAL_ICE_RELAY_ONLY) == (path == SHOAL_PATH_RELAYED);
}

void
shoal_hub_take_link (ShoalHub *self, ShoalLink *link)
{
  const ShoalDeviceId *id = shoal_link_get_peer_id (link);
  g_autoptr (ShoalPeer) peer = NULL;

  if (self->stopping || shoal_hash_equals (id, shoal_hub_get_own_id (self))
      || shoal_device_book_is_blocked (self->book, id) || !may_go (self, link))
    {
      shoal_link_close (link);
      return;
    }

  make_room (self);
  peer = shoal_hub_ensure_peer (self, id);
  shoal_peer_take_link (peer, link);
}

static void
on_accepted (gpointer listener, ShoalLink *link, gpointer user_data)
{
  shoal_hub_take_link (user_data, link);
}

/* --- Life ---------------------------------------------------------------- */

ShoalHub *
shoal_hub_new (const ShoalHubOptions *options)
{
  ShoalHub *self = g_new0 (ShoalHub, 1);

  self->runtime = g_object_ref (options->runtime);
  self->identity = shoal_identity_ref (options->identity);
  self->book = options->book;
  self->name = g_strdup (options->name);
  self->agent = g_strdup (options->agent);
  self->kind = options->kind;
  self->visibility = options->visibility;
  self->events = options->events;
  self->user_data = options->user_data;
  self->listener = shoal_listener_new (self->runtime, self->identity);
  self->quic_listener = shoal_quic_listener_new (self->runtime, self->identity);
  self->connector = shoal_connector_new (self->runtime, self->identity);
  self->interfaces = shoal_interfaces_new ();
  self->interface_names = g_new0 (char *, 1);
  shoal_listener_set_interfaces (self->listener, self->interfaces);
  shoal_quic_listener_set_interfaces (self->quic_listener, self->interfaces);
  shoal_connector_set_interfaces (self->connector, self->interfaces);
  self->peers = g_hash_table_new_full (shoal_hash_hash, shoal_hash_equal, NULL,
                                       (GDestroyNotify) shoal_peer_unref);
  self->sightings = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, shoal_sighting_free);
  self->announced = g_array_new (FALSE, FALSE, sizeof (guint));
  self->finds = g_ptr_array_new ();
  self->asked_calls = g_ptr_array_new ();
  self->calls_cancellable = g_cancellable_new ();
  shoal_runtime_fill_random (hub_runtime (self), self->instance, sizeof self->instance);

  g_signal_connect (self->listener, "accepted", G_CALLBACK (on_accepted), self);
  g_signal_connect (self->quic_listener, "accepted", G_CALLBACK (on_accepted), self);
  if (options->discovery != NULL)
    {
      self->discovery = g_object_ref (options->discovery);
      shoal_discovery_set_listener (self->discovery, &shoal_hub_discovery_listener, self);
    }
  return self;
}

void
shoal_hub_free (ShoalHub *self)
{
  GHashTableIter iter;
  gpointer value;

  self->stopping = TRUE;
  shoal_hub_cancel_finds (self);
  shoal_hub_cancel_calls (self, NULL);
  shoal_hub_forget_nearby (self);
  shoal_runtime_clear_timer (hub_runtime (self), &self->announce_timer);
  shoal_runtime_clear_timer (hub_runtime (self), &self->stop_timer);
  if (self->discovery != NULL)
    shoal_discovery_set_listener (self->discovery, NULL, NULL);
  g_signal_handlers_disconnect_by_data (self->listener, self);
  g_signal_handlers_disconnect_by_data (self->quic_listener, self);
  shoal_hub_listen_no_more (self);

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      g_hash_table_iter_steal (&iter);
      shoal_peer_orphan (value);
      shoal_peer_unref (value);
      g_hash_table_iter_init (&iter, self->peers);
    }

  g_hash_table_unref (self->peers);
  g_hash_table_unref (self->sightings);
  g_array_unref (self->announced);
  g_ptr_array_unref (self->finds);
  g_ptr_array_unref (self->asked_calls);
  g_object_unref (self->calls_cancellable);
  g_object_unref (self->listener);
  g_object_unref (self->quic_listener);
  g_object_unref (self->connector);
  g_clear_object (&self->discovery);
  shoal_interfaces_unref (self->interfaces);
  g_strfreev (self->interface_names);
  g_free (self->own_addresses);
  shoal_identity_unref (self->identity);
  g_object_unref (self->runtime);
  g_free (self->name);
  g_clear_pointer (&self->picture, g_bytes_unref);
  g_free (self->agent);
  g_free (self);
}

gboolean
shoal_hub_start (ShoalHub *self, gboolean listen, GInetAddress *address, int port, GError **error)
{
  g_autoptr (GPtrArray) records = NULL;
  g_autoptr (GPtrArray) peers = NULL;

  if (listen && !shoal_hub_listen (self, address, port, error))
    return FALSE;

  self->started = shoal_runtime_now (hub_runtime (self));
  if (self->discovery != NULL)
    {
      shoal_hub_announce (self);
      shoal_discovery_start (self->discovery);
    }

  /* Friends are always listed, and called where they were last. */
  records = shoal_device_book_get_all (self->book);
  for (guint i = 0; i < records->len; i++)
    {
      ShoalDeviceRecord *record = g_ptr_array_index (records, i);

      if (record->is_friend && !record->is_blocked)
        shoal_peer_unref (shoal_hub_ensure_peer (self, &record->id));
    }
  peers = shoal_hub_get_peers (self);
  for (guint i = 0; i < peers->len; i++)
    shoal_hub_want_peer (self, g_ptr_array_index (peers, i));
  return TRUE;
}

/* --- Stopping ------------------------------------------------------------ */

static void
on_farewell (gpointer user_data)
{
  ShoalHub *self = user_data;

  self->stop_timer = 0;
  self->stop_done (self->stop_data);
}

static void
on_discovery_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalHub *self = user_data;

  shoal_discovery_stop_finish (SHOAL_DISCOVERY (source), result);
  self->stop_timer
    = shoal_runtime_add_timer (hub_runtime (self), FAREWELL_US, on_farewell, self);
}

void
shoal_hub_stop_async (ShoalHub *self, void (*done) (gpointer user_data), gpointer user_data)
{
  g_autoptr (GPtrArray) peers = shoal_hub_get_peers (self);
  g_autoptr (GError) error
    = shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL, "Shoal is stopping");

  self->stopping = TRUE;
  self->stop_done = done;
  self->stop_data = user_data;
  shoal_hub_cancel_finds (self);
  shoal_hub_cancel_calls (self, NULL);
  shoal_runtime_clear_timer (hub_runtime (self), &self->announce_timer);
  shoal_hub_listen_no_more (self);
  for (guint i = 0; i < peers->len; i++)
    {
      ShoalPeer *peer = g_ptr_array_index (peers, i);

      shoal_hub_stop_dialling (self, peer);
      shoal_hub_stop_seeking (self, peer);
      shoal_hub_answer_waiters (self, peer, error);
      shoal_peer_say_goodbye (peer, SHOAL_GOODBYE_LEAVING, NULL);
    }

  if (self->discovery != NULL)
    shoal_discovery_stop_async (self->discovery, on_discovery_stopped, self);
  else
    self->stop_timer
      = shoal_runtime_add_timer (hub_runtime (self), FAREWELL_US, on_farewell, self);
}

/* --- Facts and settings -------------------------------------------------- */

const ShoalDeviceId *
shoal_hub_get_own_id (ShoalHub *self)
{
  return shoal_identity_get_id (self->identity);
}

ShoalDeviceBook *
shoal_hub_get_book (ShoalHub *self)
{
  return self->book;
}

void
shoal_hub_tell_profile (ShoalHub *self)
{
  g_autoptr (GPtrArray) peers = shoal_hub_get_peers (self);

  for (guint i = 0; i < peers->len; i++)
    {
      ShoalPeer *peer = g_ptr_array_index (peers, i);

      if (peer->connected
          && (self->visibility == SHOAL_VISIBLE_EVERYONE
              || shoal_device_book_is_friend (self->book, &peer->id)))
        shoal_peer_state_profile (peer);
    }
}

ShoalDiscoveryState
shoal_hub_get_discovery (ShoalHub *self, const char **reason)
{
  *reason = self->discovery != NULL ? shoal_discovery_get_reason (self->discovery) : "";
  return self->discovery != NULL ? shoal_discovery_get_state (self->discovery)
                                 : SHOAL_DISCOVERY_STATE_STOPPED;
}

gboolean
shoal_hub_has_heard_itself (ShoalHub *self, guint *others)
{
  *others = g_hash_table_size (self->sightings);
  return self->heard_itself;
}

gboolean
shoal_hub_announces (ShoalHub *self)
{
  return self->announced->len > 0;
}

void
shoal_hub_set_picture (ShoalHub *self, GBytes *picture)
{
  g_autoptr (GPtrArray) peers = NULL;
  gsize size;
  const void *data;

  if (self->picture == picture
      || (self->picture != NULL && picture != NULL && g_bytes_equal (self->picture, picture)))
    return;

  g_clear_pointer (&self->picture, g_bytes_unref);
  if (picture != NULL)
    {
      self->picture = g_bytes_ref (picture);
      data = g_bytes_get_data (picture, &size);
      shoal_sha256 (data, size, &self->picture_hash);
    }
  peers = shoal_hub_get_peers (self);
  for (guint i = 0; i < peers->len; i++)
    shoal_peer_state_picture (g_ptr_array_index (peers, i));
}

void
shoal_hub_set_name (ShoalHub *self, const char *name)
{
  if (g_str_equal (self->name, name))
    return;

  g_free (self->name);
  self->name = g_strdup (name);
  shoal_hub_tell_profile (self);
  shoal_hub_announce (self);
}

void
shoal_hub_set_visibility (ShoalHub *self, ShoalVisibility visibility)
{
  if (self->visibility == visibility)
    return;

  self->visibility = visibility;
  shoal_hub_announce (self);
  if (visibility == SHOAL_VISIBLE_EVERYONE)
    shoal_hub_tell_profile (self); /* to those who were told no name */
}

void
shoal_hub_trust_changed (ShoalHub *self, const ShoalDeviceId *id)
{
  ShoalPeer *peer = shoal_hub_get_peer (self, id);

  if (peer != NULL && shoal_device_book_is_blocked (self->book, id))
    shoal_peer_say_goodbye (peer, SHOAL_GOODBYE_UNWELCOME, NULL);
  else if (peer != NULL)
    shoal_peer_state_trust (peer);
  shoal_hub_announce (self);

  peer = shoal_hub_get_peer (self, id);
  if (peer == NULL)
    return;
  shoal_hub_tell_changed (self, peer);
  if (!shoal_device_book_is_blocked (self->book, id))
    shoal_hub_maybe_forget (self, peer); /* a friend no more */
}
