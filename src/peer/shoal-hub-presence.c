/* shoal-hub-presence.c: who is announced on the local network, and what we announce.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-announcement.h"
#include "shoal-error.h"
#include "shoal-peer-private.h"

/* Whoever has the higher ID waits this long for the other's call, so that two
 * devices do not always call each other at once. */
#define POLITE_US (400 * 1000)
/* A device we do not call ourselves is probed by a bare TCP connection: gone
 * after two that fail, so within 20 s. */
#define PROBE_INTERVAL_US (6 * G_USEC_PER_SEC)
#define PROBE_TIMEOUT_S 3
#define PROBES_UNTIL_GONE 2
/* Anybody can announce any number of devices at anybody's address: calls and probes
 * at once, those of them to one host, and how long the others wait. */
#define MAX_DIALS 256
#define MAX_DIALS_PER_HOST 4
#define LATER_US G_USEC_PER_SEC
/* Changes that come in a burst are announced once. */
#define ANNOUNCE_DELAY_US (50 * 1000)
/* Tags are padded to a multiple of this, so that they do not count friends. */
#define TAG_STEP 8

G_STATIC_ASSERT (SHOAL_ANNOUNCEMENT_TAG_SIZE == SHOAL_FRIEND_TAG_SIZE);
G_STATIC_ASSERT (SHOAL_ANNOUNCEMENT_NONCE_SIZE == SHOAL_FRIEND_NONCE_SIZE);

/* --- Sightings ----------------------------------------------------------- */

void
shoal_sighting_free (gpointer data)
{
  ShoalSighting *sighting = data;

  g_free (sighting->name);
  g_ptr_array_unref (sighting->addresses);
  g_clear_pointer (&sighting->peer, shoal_peer_unref);
  if (sighting->dial != NULL)
    g_cancellable_cancel (sighting->dial);
  g_clear_object (&sighting->dial);
  g_assert (sighting->timer == 0);
  g_free (sighting);
}

static void
tell_sighted (ShoalHub *self, ShoalSighting *sighting, gboolean there)
{
  if (sighting->told == there)
    return;

  sighting->told = there;
  if (self->events->sighted != NULL && !self->stopping)
    self->events->sighted (sighting->prefix.digits, there ? sighting->name : NULL,
                           g_ptr_array_index (sighting->addresses, 0), self->user_data);
}

static void
set_answers (ShoalHub *self, ShoalSighting *sighting, gboolean answers)
{
  if (sighting->answers == answers)
    return;

  sighting->answers = answers;
  if (sighting->peer != NULL)
    {
      sighting->peer->n_sightings += answers ? 1 : -1;
      shoal_peer_changed (sighting->peer);
    }
  else
    {
      tell_sighted (self, sighting, answers);
    }
}

static void
bind_to (ShoalHub *self, ShoalSighting *sighting, ShoalPeer *peer)
{
  tell_sighted (self, sighting, FALSE);
  sighting->peer = shoal_peer_ref (peer);
  peer->n_sightings += sighting->answers ? 1 : 0;
  peer->dial_failures = 0;
  /* Anybody can announce the beginning of anybody's ID: what the device itself has
   * said, or was remembered by, stays. */
  if (*peer->name == '\0')
    shoal_peer_set_name (peer, sighting->name);
  shoal_runtime_clear_timer (hub_runtime (self), &sighting->timer);
}

static void
unbind (ShoalHub *self, ShoalSighting *sighting)
{
  g_autoptr (ShoalPeer) peer = g_steal_pointer (&sighting->peer);

  if (peer == NULL)
    return;
  if (sighting->answers)
    peer->n_sightings--;
  shoal_peer_changed (peer);
  shoal_hub_maybe_forget (self, peer);
}

void
shoal_hub_match_sightings (ShoalHub *self, ShoalPeer *peer)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->sightings);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalSighting *sighting = value;

      if (sighting->peer == NULL && sighting->prefix.n_digits > 0
          && shoal_device_id_prefix_matches (&sighting->prefix, &peer->id))
        bind_to (self, sighting, peer);
    }
}

void
shoal_hub_add_nearby_addresses (ShoalHub *self, ShoalPeer *peer, GPtrArray *addresses)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->sightings);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalSighting *sighting = value;

      for (guint i = 0; sighting->peer == peer && i < sighting->addresses->len; i++)
        g_ptr_array_add (addresses, g_object_ref (g_ptr_array_index (sighting->addresses, i)));
    }
}

/* --- Calling and probing ------------------------------------------------- */

static void schedule (ShoalHub *self, ShoalSighting *sighting, gint64 delay);

typedef struct
{
  ShoalHub *hub;
  guint64   key;
} SightingRef;

static void
on_called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree SightingRef *ref = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalLink) link
    = shoal_connector_connect_finish (SHOAL_CONNECTOR (source), result, &error);
  ShoalSighting *sighting;

  /* Cancelled means that the sighting, or the hub, is gone. */
  if (g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_CANCELLED))
    return;

  sighting = g_hash_table_lookup (ref->hub->sightings, &ref->key);
  if (sighting == NULL)
    return;
  g_clear_object (&sighting->dial);

  if (link != NULL)
    {
      sighting->failures = 0;
      set_answers (ref->hub, sighting, TRUE);
      shoal_hub_take_link (ref->hub, link); /* binds it, if it is who it says */
      return;
    }

  g_debug ("announced device does not answer: %s", error->message);
  sighting->failures++;
  set_answers (ref->hub, sighting, FALSE);
  schedule (ref->hub, sighting,
            MIN ((gint64) sighting->failures * 2 * G_USEC_PER_SEC, 10 * G_USEC_PER_SEC));
  shoal_hub_update_finds (ref->hub);
}

void
shoal_hub_call_sighting (ShoalHub *self, ShoalSighting *sighting)
{
  SightingRef *ref;

  if (sighting->peer != NULL || sighting->dial != NULL || self->stopping)
    return;

  ref = g_new (SightingRef, 1);
  *ref = (SightingRef){ self, sighting->key };
  sighting->dial = g_cancellable_new ();
  shoal_connector_connect_async (self->connector, sighting->addresses, NULL, 0, sighting->dial,
                                 on_called, ref);
}

static void
on_probed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree SightingRef *ref = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection
    = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);
  ShoalSighting *sighting;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  sighting = g_hash_table_lookup (ref->hub->sightings, &ref->key);
  if (sighting == NULL)
    return;
  g_clear_object (&sighting->dial);
  sighting->failures = connection != NULL ? 0 : sighting->failures + 1;
  if (sighting->failures == 0)
    set_answers (ref->hub, sighting, TRUE);
  else if (sighting->failures >= PROBES_UNTIL_GONE)
    set_answers (ref->hub, sighting, FALSE);
  schedule (ref->hub, sighting, PROBE_INTERVAL_US);
}

static void
probe (ShoalHub *self, ShoalSighting *sighting)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  SightingRef *ref = g_new (SightingRef, 1);

  *ref = (SightingRef){ self, sighting->key };
  g_socket_client_set_timeout (client, PROBE_TIMEOUT_S);
  g_socket_client_set_enable_proxy (client, FALSE);
  sighting->dial = g_cancellable_new ();
  g_socket_client_connect_async (
    client, G_SOCKET_CONNECTABLE (g_ptr_array_index (sighting->addresses, 0)), sighting->dial,
    on_probed, ref);
}

static GInetAddress *
get_host (ShoalSighting *sighting)
{
  return g_inet_socket_address_get_address (g_ptr_array_index (sighting->addresses, 0));
}

static gboolean
may_dial (ShoalSighting *self)
{
  guint n = 0, n_here = 0;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->hub->sightings);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalSighting *other = value;

      if (other->dial == NULL)
        continue;
      n++;
      n_here += g_inet_address_equal (get_host (other), get_host (self));
    }
  return n < MAX_DIALS && n_here < MAX_DIALS_PER_HOST;
}

static void
on_sighting_timer (gpointer user_data)
{
  ShoalSighting *sighting = user_data;

  sighting->timer = 0;
  if (sighting->peer != NULL || sighting->dial != NULL)
    return;
  if (!may_dial (sighting))
    schedule (sighting->hub, sighting, LATER_US);
  else if (sighting->hub->visibility == SHOAL_VISIBLE_EVERYONE)
    shoal_hub_call_sighting (sighting->hub, sighting);
  else
    probe (sighting->hub, sighting);
}

static void
schedule (ShoalHub *self, ShoalSighting *sighting, gint64 delay)
{
  if (sighting->timer == 0 && !self->stopping)
    sighting->timer
      = shoal_runtime_add_timer (hub_runtime (self), delay, on_sighting_timer, sighting);
}

/* --- What others announce ------------------------------------------------ */

/* The friend that announces itself with tags that only friends understand. */
static ShoalPeer *
find_by_tag (ShoalHub *self, const ShoalAnnouncement *announcement)
{
  g_autoptr (GPtrArray) records = shoal_device_book_get_all (self->book);

  for (guint i = 0; i < records->len; i++)
    {
      ShoalDeviceRecord *record = g_ptr_array_index (records, i);
      uint8_t secret[SHOAL_SECRET_SIZE];
      ShoalAnnouncementTag tag;

      if (!shoal_device_book_get_pair_secret (self->book, shoal_hub_get_own_id (self),
                                              &record->id, secret))
        continue;
      shoal_friend_tag_make (secret, announcement->nonce, &record->id, tag.bytes);
      if (shoal_announcement_has_tag (announcement, &tag))
        return shoal_hub_ensure_peer (self, &record->id);
      shoal_friend_tag_make (secret, announcement->nonce, shoal_hub_get_own_id (self), tag.bytes);
      if (shoal_announcement_has_tag (announcement, &tag))
        {
          self->heard_itself = TRUE;
          return NULL;
        }
    }
  return NULL;
}

static ShoalPeer *
find_by_prefix (ShoalHub *self, const ShoalDeviceIdPrefix *prefix)
{
  g_autoptr (GPtrArray) records = shoal_device_book_get_all (self->book);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      if (shoal_device_id_prefix_matches (prefix, &((ShoalPeer *) value)->id))
        return shoal_peer_ref (value);
    }
  for (guint i = 0; i < records->len; i++)
    {
      ShoalDeviceRecord *record = g_ptr_array_index (records, i);

      if (shoal_device_id_prefix_matches (prefix, &record->id))
        return shoal_hub_ensure_peer (self, &record->id);
    }
  return NULL;
}

static void
set_addresses (ShoalSighting *sighting, const ShoalNearby *nearby)
{
  g_ptr_array_set_size (sighting->addresses, 0);
  for (guint i = 0; i < nearby->addresses->len; i++)
    {
      ShoalNearbyAddress *address = g_ptr_array_index (nearby->addresses, i);

      g_ptr_array_add (sighting->addresses, g_object_ref (address->address));
    }
}

static void
lose (ShoalHub *self, guint64 key)
{
  ShoalSighting *sighting = g_hash_table_lookup (self->sightings, &key);

  if (sighting == NULL)
    return;

  g_hash_table_steal (self->sightings, &key);
  tell_sighted (self, sighting, FALSE);
  unbind (self, sighting);
  shoal_runtime_clear_timer (hub_runtime (self), &sighting->timer);
  shoal_sighting_free (sighting);
  shoal_hub_update_finds (self);
}

/* Calls at once, or after the other has had its chance to call. */
static gint64
first_delay (ShoalHub *self, const ShoalDeviceIdPrefix *prefix)
{
  ShoalDeviceIdPrefix own;

  shoal_device_id_prefix_init (&own, shoal_hub_get_own_id (self), prefix->n_digits);
  return g_strcmp0 (own.digits, prefix->digits) < 0 ? 0 : POLITE_US;
}

static void
on_found (ShoalDiscovery *discovery, const ShoalNearby *nearby, gpointer user_data)
{
  ShoalHub *self = user_data;
  g_auto (ShoalAnnouncement) announcement = { 0 };
  g_autoptr (ShoalPeer) peer = NULL;
  ShoalDeviceIdPrefix prefix = { 0 };
  ShoalSighting *sighting;

  lose (self, nearby->key);
  if (self->stopping || nearby->addresses->len == 0
      || !shoal_announcement_parse (nearby->txt, &announcement, NULL))
    return;

  if (announcement.id[0] != '\0')
    {
      if (!shoal_device_id_prefix_parse (announcement.id, &prefix, NULL))
        return;
      if (shoal_device_id_prefix_matches (&prefix, shoal_hub_get_own_id (self)))
        {
          self->heard_itself = TRUE;
          return;
        }
      peer = find_by_prefix (self, &prefix);
    }
  else
    {
      peer = find_by_tag (self, &announcement);
      if (peer == NULL)
        return; /* not for us, or ours: we learn nothing */
    }

  sighting = g_new0 (ShoalSighting, 1);
  sighting->hub = self;
  sighting->key = nearby->key;
  sighting->prefix = prefix;
  sighting->name = g_strdup (announcement.name != NULL ? announcement.name : "");
  sighting->addresses = g_ptr_array_new_with_free_func (g_object_unref);
  sighting->answers = TRUE;
  set_addresses (sighting, nearby);
  g_hash_table_insert (self->sightings, &sighting->key, sighting);

  if (peer != NULL)
    {
      bind_to (self, sighting, peer);
      shoal_runtime_clear_timer (hub_runtime (self), &peer->dial_timer);
      shoal_hub_want_peer (self, peer);
      shoal_hub_seek_better (self, peer);
      shoal_peer_changed (peer);
    }
  else
    {
      if (self->visibility != SHOAL_VISIBLE_EVERYONE)
        tell_sighted (self, sighting, TRUE);
      schedule (self, sighting, first_delay (self, &prefix));
      shoal_hub_update_finds (self);
    }
}

static void
on_lost (ShoalDiscovery *discovery, const ShoalNearby *nearby, gpointer user_data)
{
  lose (user_data, nearby->key);
}

const ShoalDiscoveryListener shoal_hub_discovery_listener = {
  .found = on_found,
  .changed = on_found,
  .lost = on_lost,
};

void
shoal_hub_forget_nearby (ShoalHub *self)
{
  g_autoptr (GList) keys = g_hash_table_get_keys (self->sightings);

  for (GList *l = keys; l != NULL; l = l->next)
    lose (self, *(guint64 *) l->data);
}

/* --- What we announce ---------------------------------------------------- */

static void
announce_one (ShoalHub *self, const char *instance, const ShoalAnnouncement *announcement)
{
  g_autoptr (GBytes) txt = shoal_announcement_format (announcement);
  guint id = shoal_discovery_announce (self->discovery, instance, shoal_hub_get_port (self), txt);

  g_array_append_val (self->announced, id);
}

static void
announce_to_everyone (ShoalHub *self)
{
  ShoalAnnouncement announcement = { .version = SHOAL_PROTOCOL_VERSION, .name = self->name };
  g_autofree char *instance = shoal_announcement_instance_name (self->name);
  ShoalDeviceIdPrefix prefix;

  shoal_device_id_prefix_init (&prefix, shoal_hub_get_own_id (self),
                               SHOAL_ANNOUNCEMENT_ID_CHARS);
  g_strlcpy (announcement.id, prefix.digits, sizeof announcement.id);
  announce_one (self, instance, &announcement);
}

static void
flush_tags (ShoalHub *self, ShoalAnnouncement *announcement)
{
  char instance[2 * sizeof (uint64_t) + 1];

  while (announcement->n_tags % TAG_STEP != 0)
    shoal_runtime_fill_random (hub_runtime (self),
                               announcement->tags[announcement->n_tags++].bytes,
                               SHOAL_ANNOUNCEMENT_TAG_SIZE);
  g_snprintf (instance, sizeof instance, "%016" G_GINT64_MODIFIER "x",
              shoal_runtime_random_u64 (hub_runtime (self)));
  announce_one (self, instance, announcement);
  announcement->n_tags = 0;
  shoal_runtime_fill_random (hub_runtime (self), announcement->nonce, sizeof announcement->nonce);
}

static void
announce_to_friends (ShoalHub *self)
{
  g_autoptr (GPtrArray) records = shoal_device_book_get_all (self->book);
  g_autofree ShoalAnnouncement *announcement = g_new0 (ShoalAnnouncement, 1);
  guint most = SHOAL_ANNOUNCEMENT_MAX_TAGS / TAG_STEP * TAG_STEP;

  announcement->version = SHOAL_PROTOCOL_VERSION;
  shoal_runtime_fill_random (hub_runtime (self), announcement->nonce, sizeof announcement->nonce);
  for (guint i = 0; i < records->len; i++)
    {
      ShoalDeviceRecord *record = g_ptr_array_index (records, i);
      uint8_t secret[SHOAL_SECRET_SIZE];

      if (!shoal_device_book_get_pair_secret (self->book, shoal_hub_get_own_id (self),
                                              &record->id, secret))
        continue;
      shoal_friend_tag_make (secret, announcement->nonce, shoal_hub_get_own_id (self),
                             announcement->tags[announcement->n_tags++].bytes);
      if (announcement->n_tags == most)
        flush_tags (self, announcement);
    }
  if (announcement->n_tags > 0)
    flush_tags (self, announcement);
}

static void
on_announce (gpointer user_data)
{
  ShoalHub *self = user_data;

  self->announce_timer = 0;
  for (guint i = 0; i < self->announced->len; i++)
    shoal_discovery_withdraw (self->discovery, &g_array_index (self->announced, guint, i));
  g_array_set_size (self->announced, 0);
  if (shoal_hub_get_port (self) == 0)
    return;

  if (self->visibility == SHOAL_VISIBLE_EVERYONE)
    announce_to_everyone (self);
  else if (self->visibility == SHOAL_VISIBLE_FRIENDS)
    announce_to_friends (self);
}

void
shoal_hub_announce (ShoalHub *self)
{
  if (self->discovery == NULL || self->announce_timer != 0 || self->stopping
      || self->started == 0)
    return;

  self->announce_timer = shoal_runtime_add_timer (
    hub_runtime (self), self->announced->len == 0 ? 0 : ANNOUNCE_DELAY_US, on_announce, self);
}
