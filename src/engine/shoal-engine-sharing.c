/* shoal-engine-sharing.c: one share as it is served: who may fetch it, its link.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-address.h"
#include "shoal-engine-private.h"
#include "shoal-sharing-private.h"

/* --- Who ----------------------------------------------------------------- */

static gboolean
is_for_link (ShoalSharing *self)
{
  return self->stored->policy == SHOAL_SHARE_FOR_LINK;
}

static gboolean
lists_device (ShoalSharing *self, const ShoalDeviceId *device)
{
  for (guint i = 0; i < self->stored->devices->len; i++)
    {
      if (shoal_hash_equals (&g_array_index (self->stored->devices, ShoalDeviceId, i), device))
        return TRUE;
    }
  return FALSE;
}

gboolean
shoal_sharing_lists_to (ShoalSharing *self, const ShoalDeviceId *device)
{
  return (self->stored->policy == SHOAL_SHARE_FOR_FRIENDS
          && shoal_device_book_is_friend (self->engine->book, device))
         || lists_device (self, device);
}

static gboolean
allows (gpointer owner, ShoalPeer *peer)
{
  ShoalSharing *self = owner;

  return is_for_link (self) || shoal_sharing_lists_to (self, shoal_peer_get_id (peer));
}

static const ShoalHash *
key_of (ShoalSharing *self)
{
  return self->stored->has_secret ? &self->stored->secret : &self->stored->info_hash;
}

/* Whoever fetches and may not any more. */
static void
cut_off (ShoalSharing *self, gboolean all)
{
  g_autoptr (GArray) fetchers = shoal_serving_get_fetchers (self->serving);
  g_autoptr (GPtrArray) peers
    = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_peer_unref);

  for (guint i = 0; i < fetchers->len; i++)
    g_ptr_array_add (peers,
                     shoal_peer_ref (g_array_index (fetchers, ShoalFetcherInfo, i).peer));
  for (guint i = 0; i < peers->len; i++)
    {
      ShoalPeer *peer = g_ptr_array_index (peers, i);

      if (all || !allows (self, peer))
        shoal_serving_drop_peer (self->serving, shoal_peer_get_id (peer));
    }
}

void
shoal_sharing_set_policy (ShoalSharing *self, const SharePolicy *policy)
{
  ShoalStoredShare *stored = self->stored;
  gboolean other_key = stored->has_secret != policy->is_private;

  stored->policy = policy->all_friends        ? SHOAL_SHARE_FOR_FRIENDS
                   : policy->devices->len > 0 ? SHOAL_SHARE_FOR_DEVICES
                                              : SHOAL_SHARE_FOR_LINK;
  g_array_unref (stored->devices);
  stored->devices = g_array_copy (policy->devices);
  if (policy->is_private && !stored->has_secret)
    shoal_runtime_fill_random (engine_runtime (self->engine), &stored->secret,
                               sizeof stored->secret);
  stored->has_secret = policy->is_private;
  self->grant.key = *key_of (self);
  if (self->serving != NULL)
    cut_off (self, other_key);
}

/* --- Serving ------------------------------------------------------------- */

static void
on_fetchers_changed (ShoalServing *serving, gpointer user_data)
{
  shoal_sharing_tell (user_data, SHOAL_EVENT_SHARE);
}

static void
on_file_changed (ShoalServing *serving, uint32_t file, const GError *error, gpointer user_data)
{
  ShoalSharing *self = user_data;

  /* The rest goes on; the first trouble is shown beside it. */
  if (self->error == NULL)
    self->error = g_error_copy (error);
  shoal_engine_tell_error (self->engine, error);
  shoal_sharing_tell (self, SHOAL_EVENT_SHARE);
}

static const ShoalServingEvents serving_events = {
  .fetchers_changed = on_fetchers_changed,
  .file_changed = on_file_changed,
};

void
shoal_sharing_serve (ShoalSharing *self, ShoalHashed *hashed)
{
  ShoalServingOptions options = { 0 };

  shoal_sharing_end_serving (self);
  g_clear_error (&self->error);
  self->seed = g_steal_pointer (&hashed->seed);
  self->description = shoal_description_ref (hashed->description);
  self->source = shoal_seed_view_new (self->seed, self->description);
  options = (ShoalServingOptions){
    .source = self->source,
    .attributes = hashed->attributes,
    .complete = TRUE,
    .introduce = TRUE,
    .events = &serving_events,
    .user_data = self,
  };
  self->serving = shoal_serving_new (self->engine->upload, &options);
  self->grant = (ShoalGrant){ *key_of (self), self->serving, allows, self };
  shoal_engine_add_grant (self->engine, &self->grant);
  self->state = SHOAL_SHARE_SERVED;
}

void
shoal_sharing_end_serving (ShoalSharing *self)
{
  if (self->serving != NULL)
    {
      self->stored->bytes_uploaded += shoal_serving_get_bytes (self->serving);
      self->told_bytes = 0;
      shoal_engine_remove_grant (self->engine, &self->grant);
      g_clear_pointer (&self->serving, shoal_serving_free);
    }
  g_clear_pointer (&self->source, shoal_content_source_unref);
  if (self->seed != NULL)
    {
      shoal_seed_close (self->seed);
      shoal_content_source_unref (shoal_seed_as_source (self->seed));
      self->seed = NULL;
    }
  g_clear_pointer (&self->description, shoal_description_unref);
}

/* @error is taken. */
void
shoal_sharing_fail (ShoalSharing *self, GError *error)
{
  shoal_sharing_end_serving (self);
  self->state = SHOAL_SHARE_TROUBLE;
  g_clear_error (&self->error);
  self->error = error;
}

void
shoal_sharing_free (gpointer data)
{
  ShoalSharing *self = data;

  shoal_sharing_end_serving (self);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  shoal_stored_share_free (self->stored);
  g_free (self->id_text);
  g_free (self);
}

ShoalSharing *
shoal_sharing_new (ShoalEngine *engine, ShoalStoredShare *stored)
{
  ShoalSharing *self = g_new0 (ShoalSharing, 1);

  self->engine = engine;
  self->stored = stored;
  self->id_text = shoal_hash_to_hex (&stored->info_hash);
  self->state = SHOAL_SHARE_PREPARING;
  return self;
}

/* --- Telling ------------------------------------------------------------- */

/* Where others can reach us: numeric, without scope, not loopback unless we
 * listen there alone. */
static void
add_own_addresses (ShoalEngine *self, ShoalShareLink *link)
{
  g_autoptr (GPtrArray) addresses = shoal_hub_get_listening (self->hub);

  for (guint i = 0; i < addresses->len; i++)
    {
      GInetSocketAddress *address = g_ptr_array_index (addresses, i);
      GInetAddress *inet = g_inet_socket_address_get_address (address);

      if (!g_inet_address_get_is_any (inet) && !g_inet_address_get_is_link_local (inet))
        g_ptr_array_add (link->addresses, shoal_address_to_text (G_SOCKET_ADDRESS (address)));
    }
}

/* @self: (nullable): NULL: it is not shared here. */
static char *
format_link (ShoalEngine *engine, const ShoalHash *id, const char *name, uint64_t bytes,
             const ShoalSharing *self)
{
  g_autoptr (ShoalShareLink) link = shoal_share_link_new (id);

  link->name = g_strdup (name);
  link->has_length = TRUE;
  link->length = bytes;
  if (self != NULL)
    {
      link->has_secret = self->stored->has_secret;
      memcpy (link->secret, self->stored->secret.bytes, sizeof link->secret);
      g_array_append_vals (link->devices, shoal_hub_get_own_id (engine->hub), 1);
      add_own_addresses (engine, link);
      for (const char *const *url = shoal_internet_get_link_trackers (engine->internet);
           *url != NULL; url++)
        g_ptr_array_add (link->trackers, g_strdup (*url));
    }
  return shoal_share_link_format (link, SHOAL_SHARE_LINK_MAGNET);
}

ShoalShareInfo *
shoal_engine_describe_share (ShoalEngine *self, ShoalDescription *description)
{
  ShoalShareInfo *info = shoal_share_info_new ();
  const ShoalHash *id = shoal_description_get_id (description);

  info->id = shoal_hash_to_hex (id);
  info->name = g_strdup (shoal_description_get_name (description));
  info->bytes = shoal_description_get_length (description);
  info->files = shoal_description_get_n_files (description);
  info->link = format_link (self, id, info->name, info->bytes, NULL);
  info->for_devices = g_new0 (char *, 1);
  info->paths = g_new0 (char *, 1);
  info->receivers = g_new0 (ShoalSourceInfo *, 1);
  return info;
}

ShoalShareInfo *
shoal_sharing_describe (ShoalSharing *self)
{
  const ShoalStoredShare *stored = self->stored;
  ShoalShareInfo *info = shoal_share_info_new ();

  info->id = g_strdup (self->id_text);
  info->name = g_strdup (stored->name);
  info->bytes = stored->bytes;
  info->files = stored->files;
  info->link
    = format_link (self->engine, &stored->info_hash, stored->name, stored->bytes, self);
  info->is_private = stored->has_secret;
  info->for_all_friends = stored->policy == SHOAL_SHARE_FOR_FRIENDS;
  info->for_devices = g_new0 (char *, 1 + stored->devices->len);
  for (guint i = 0; i < stored->devices->len; i++)
    info->for_devices[i]
      = shoal_device_id_to_text (&g_array_index (stored->devices, ShoalDeviceId, i));
  info->is_kept = self->is_kept;
  info->state = self->state;
  info->error = self->error != NULL ? g_error_copy (self->error) : NULL;
  info->paths = g_strdupv (stored->roots);
  info->is_folder = stored->is_folder;
  info->created_at = stored->created;
  info->hashed = self->hashed;
  info->to_hash = self->to_hash;
  info->uploaded = stored->bytes_uploaded;
  if (self->serving != NULL)
    {
      info->uploaded += shoal_serving_get_bytes (self->serving);
      info->fetchers = shoal_serving_get_n_fetchers (self->serving);
    }
  info->receivers = shoal_engine_describe_fetchers (self->engine, self->serving, NULL);
  return info;
}

void
shoal_sharing_tell (ShoalSharing *self, ShoalEventType type)
{
  g_autoptr (ShoalShareInfo) info = shoal_sharing_describe (self);

  shoal_engine_tell (self->engine, &(ShoalEvent){ .type = type, .share = info });
}
