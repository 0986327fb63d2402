/* shoal-engine-sharing.c: what is shared with whoever has the link, or friends.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-address.h"
#include "shoal-engine-private.h"

/* Progress of hashing is told this often. */
#define PROGRESS_US (100 * 1000)

/* --- Scanning and hashing ------------------------------------------------ */

typedef struct
{
  ShoalEngine      *engine;   /* (unowned): the task's */
  ShoalHashProgress progress; /* (nullable) */
  gpointer          progress_data;
  guint             timer;
  ShoalHashed      *hashed;   /* (owned) */
} HashCall;

void
shoal_hashed_free (gpointer data)
{
  ShoalHashed *hashed = data;

  if (hashed->seed != NULL)
    {
      shoal_seed_close (hashed->seed);
      shoal_content_source_unref (shoal_seed_as_source (hashed->seed));
    }
  g_clear_pointer (&hashed->description, shoal_description_unref);
  g_clear_pointer (&hashed->attributes, g_bytes_unref);
  g_free (hashed);
}

static void
hash_call_free (gpointer data)
{
  HashCall *call = data;

  /* A task drops its source, the engine, before its data. */
  g_assert (call->timer == 0);
  g_clear_pointer (&call->hashed, shoal_hashed_free);
  g_free (call);
}

static void
fail (GTask *task, const GError *error)
{
  HashCall *call = g_task_get_task_data (task);

  shoal_runtime_clear_timer (engine_runtime (call->engine), &call->timer);
  g_task_return_error (task, g_error_copy (error));
  g_object_unref (task);
}

static void
on_progress (gpointer user_data)
{
  HashCall *call = user_data;
  uint64_t hashed, total;

  shoal_seed_get_progress (call->hashed->seed, &hashed, &total);
  call->progress (hashed, total, call->progress_data);
  call->timer = shoal_runtime_add_timer (engine_runtime (call->engine), PROGRESS_US, on_progress,
                                         call);
}

static void
on_completed (ShoalDescription *description, const ShoalAttributes *attributes,
              const GError *error, gpointer user_data)
{
  GTask *task = user_data;
  HashCall *call = g_task_get_task_data (task);

  if (error != NULL)
    {
      fail (task, error);
      return;
    }
  shoal_runtime_clear_timer (engine_runtime (call->engine), &call->timer);
  call->hashed->description = shoal_description_ref (description);
  call->hashed->attributes = shoal_attributes_write (attributes);
  g_task_return_pointer (task, g_steal_pointer (&call->hashed), shoal_hashed_free);
  g_object_unref (task);
}

static void
on_hashed (ShoalSeed *seed, const GError *error, gpointer user_data)
{
  if (error != NULL)
    fail (user_data, error);
  else
    shoal_seed_complete_async (seed, on_completed, user_data);
}

static void
on_file_hashed (ShoalSeed *seed, uint32_t file, const ShoalHash *root, const GError *error,
                gpointer user_data)
{
  if (error != NULL)
    shoal_engine_tell_error (user_data, error);
}

static void
on_scanned (ShoalScan *scan, const GError *error, gpointer user_data)
{
  GTask *task = user_data;
  HashCall *call = g_task_get_task_data (task);
  const char *const *notes;

  if (error != NULL)
    {
      fail (task, error);
      return;
    }
  notes = shoal_scan_get_notes (scan);
  for (gsize i = 0; notes[i] != NULL; i++)
    shoal_engine_tell_notice (call->engine, "%s", notes[i]);
  call->hashed->seed = shoal_seed_new (engine_runtime (call->engine), call->engine->database, scan,
                                       on_file_hashed, call->engine);
  if (call->progress != NULL)
    call->timer = shoal_runtime_add_timer (engine_runtime (call->engine), PROGRESS_US,
                                           on_progress, call);
  shoal_seed_hash_all_async (call->hashed->seed, TRUE, g_task_get_cancellable (task), on_hashed,
                             task);
}

void
shoal_engine_hash_paths_async (ShoalEngine *self, const char *const *paths,
                               ShoalHashProgress progress, gpointer progress_data,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  HashCall *call = g_new0 (HashCall, 1);
  ShoalHash draft_id;

  g_task_set_source_tag (task, shoal_engine_hash_paths_async);
  g_task_set_task_data (task, call, hash_call_free);
  call->engine = self;
  call->progress = progress;
  call->progress_data = progress_data;
  call->hashed = g_new0 (ShoalHashed, 1);
  shoal_runtime_fill_random (engine_runtime (self), &draft_id, sizeof draft_id);
  shoal_scan_async (engine_runtime (self), paths, &draft_id, cancellable, on_scanned, task);
}

ShoalHashed *
shoal_engine_hash_paths_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Sharing ------------------------------------------------------------- */

static gboolean
is_for_link (ShoalSharing *self)
{
  return !self->all_friends && self->devices->len == 0;
}

static gboolean
lists_device (ShoalSharing *self, const ShoalDeviceId *device)
{
  for (guint i = 0; i < self->devices->len; i++)
    {
      if (shoal_hash_equals (&g_array_index (self->devices, ShoalDeviceId, i), device))
        return TRUE;
    }
  return FALSE;
}

gboolean
shoal_sharing_lists_to (ShoalSharing *self, const ShoalDeviceId *device)
{
  return (self->all_friends && shoal_device_book_is_friend (self->engine->book, device))
         || lists_device (self, device);
}

static gboolean
sharing_allows (gpointer owner, ShoalPeer *peer)
{
  ShoalSharing *self = owner;

  return is_for_link (self) || shoal_sharing_lists_to (self, shoal_peer_get_id (peer));
}

void
shoal_sharing_free (gpointer data)
{
  ShoalSharing *self = data;

  if (self->serving != NULL)
    {
      shoal_engine_remove_grant (self->engine, &self->grant);
      shoal_serving_free (self->serving);
    }
  shoal_content_source_unref (self->source);
  shoal_seed_close (self->seed);
  shoal_content_source_unref (shoal_seed_as_source (self->seed));
  shoal_description_unref (self->description);
  g_array_unref (self->devices);
  g_free (self);
}

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

static char *
format_link (ShoalEngine *self, ShoalDescription *description, const ShoalSharing *sharing)
{
  g_autoptr (ShoalShareLink) link = shoal_share_link_new (shoal_description_get_id (description));

  link->name = g_strdup (shoal_description_get_name (description));
  link->has_length = TRUE;
  link->length = shoal_description_get_length (description);
  if (sharing != NULL)
    {
      link->has_secret = sharing->is_private;
      memcpy (link->secret, sharing->grant.key.bytes, sizeof link->secret);
      g_array_append_vals (link->devices, shoal_hub_get_own_id (self->hub), 1);
      add_own_addresses (self, link);
    }
  return shoal_share_link_format (link, SHOAL_SHARE_LINK_MAGNET);
}

static ShoalShareInfo *
describe (ShoalEngine *self, ShoalDescription *description, const ShoalSharing *sharing)
{
  ShoalShareInfo *info = shoal_share_info_new ();

  info->id = shoal_hash_to_hex (shoal_description_get_id (description));
  info->name = g_strdup (shoal_description_get_name (description));
  info->link = format_link (self, description, sharing);
  info->bytes = shoal_description_get_length (description);
  info->files = shoal_description_get_n_files (description);
  info->for_devices = g_new0 (char *, 1 + (sharing != NULL ? sharing->devices->len : 0));
  info->receivers = g_new0 (ShoalSourceInfo *, 1);
  info->paths = g_new0 (char *, 1);
  if (sharing == NULL)
    return info;

  info->is_private = sharing->is_private;
  info->for_all_friends = sharing->all_friends;
  for (guint i = 0; i < sharing->devices->len; i++)
    info->for_devices[i]
      = shoal_device_id_to_text (&g_array_index (sharing->devices, ShoalDeviceId, i));
  info->uploaded = shoal_serving_get_bytes (sharing->serving);
  info->fetchers = shoal_serving_get_n_fetchers (sharing->serving);
  return info;
}

static void
on_fetchers_changed (ShoalServing *serving, gpointer user_data)
{
  ShoalSharing *self = user_data;
  g_autoptr (ShoalShareInfo) info = describe (self->engine, self->description, self);

  shoal_engine_tell (self->engine, &(ShoalEvent){ .type = SHOAL_EVENT_SHARE, .share = info });
}

static void
on_file_changed (ShoalServing *serving, uint32_t file, const GError *error, gpointer user_data)
{
  ShoalSharing *self = user_data;

  shoal_engine_tell_error (self->engine, error);
}

static const ShoalServingEvents serving_events = {
  .fetchers_changed = on_fetchers_changed,
  .file_changed = on_file_changed,
};

typedef struct
{
  gboolean is_private;
  gboolean all_friends;
  GArray  *devices; /* (owned) of ShoalDeviceId */
} ShareCall;

static void
share_call_free (gpointer data)
{
  ShareCall *call = data;

  g_array_unref (call->devices);
  g_free (call);
}

static void
on_ready_to_share (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ShoalEngine *self = SHOAL_ENGINE (source);
  ShareCall *call = g_task_get_task_data (task);
  GError *error = NULL;
  ShoalHashed *hashed = shoal_engine_hash_paths_finish (self, result, &error);
  ShoalServingOptions options = { 0 };
  ShoalSharing *sharing;

  if (hashed != NULL && !shoal_engine_check_running (self, &error))
    g_clear_pointer (&hashed, shoal_hashed_free);
  if (hashed == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  sharing = g_new0 (ShoalSharing, 1);
  sharing->engine = self;
  sharing->is_private = call->is_private;
  sharing->all_friends = call->all_friends;
  sharing->devices = g_array_ref (call->devices);
  sharing->seed = g_steal_pointer (&hashed->seed);
  sharing->description = shoal_description_ref (hashed->description);
  sharing->source = shoal_seed_view_new (sharing->seed, sharing->description);
  options = (ShoalServingOptions){
    .source = sharing->source,
    .attributes = hashed->attributes,
    .complete = TRUE,
    .exchange = FALSE,
    .introduce = TRUE,
    .events = &serving_events,
    .user_data = sharing,
  };
  sharing->serving = shoal_serving_new (self->upload, &options);
  sharing->grant = (ShoalGrant){ *shoal_description_get_id (sharing->description),
                                 sharing->serving, sharing_allows, sharing };
  if (sharing->is_private)
    shoal_runtime_fill_random (engine_runtime (self), &sharing->grant.key,
                               sizeof sharing->grant.key);
  shoal_engine_add_grant (self, &sharing->grant);
  g_ptr_array_add (self->sharings, sharing);
  shoal_hashed_free (hashed);
  g_task_return_pointer (task, describe (self, sharing->description, sharing),
                         (GDestroyNotify) shoal_share_info_unref);
}

void
shoal_engine_share_async (ShoalEngine *self, const char *const *paths,
                          const ShoalSharePolicy *policy, ShoalHashProgress progress,
                          gpointer progress_data, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  ShareCall *call = g_new0 (ShareCall, 1);

  g_task_set_source_tag (task, shoal_engine_share_async);
  g_task_set_task_data (task, call, share_call_free);
  call->is_private = policy->is_private;
  call->all_friends = policy->all_friends;
  call->devices = g_array_new (FALSE, FALSE, sizeof (ShoalDeviceId));
  for (gsize i = 0; policy->devices != NULL && policy->devices[i] != NULL; i++)
    {
      GError *error = NULL;
      ShoalDeviceId id;

      if (!shoal_engine_parse_device (self, policy->devices[i], &id, &error))
        {
          g_task_return_error (task, error);
          g_object_unref (task);
          return;
        }
      g_array_append_val (call->devices, id);
    }
  shoal_engine_hash_paths_async (self, paths, progress, progress_data, cancellable,
                                 on_ready_to_share, task);
}

ShoalShareInfo *
shoal_engine_share_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
shoal_engine_unshare (ShoalEngine *self, const char *share, GError **error)
{
  for (guint i = 0; i < self->sharings->len; i++)
    {
      ShoalSharing *sharing = g_ptr_array_index (self->sharings, i);
      g_autofree char *id = shoal_hash_to_hex (shoal_description_get_id (sharing->description));

      if (g_str_equal (id, share))
        {
          g_ptr_array_remove_index (self->sharings, i);
          return TRUE;
        }
    }
  return shoal_error_set (error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL,
                          "Nothing of that ID is shared");
}

ShoalShareInfo *
shoal_engine_describe_share (ShoalEngine *self, ShoalDescription *description)
{
  return describe (self, description, NULL);
}
