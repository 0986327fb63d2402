/* shoal-engine-shares.c: what is shared, kept over restarts, and found again.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A share is named by its content: one of each. A stored one is looked through
 * before it is served again, one after the other; what is not there, or not any
 * more what it was, is told with the way out. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-shares.h"

#include "shoal-engine-private.h"
#include "shoal-portal-path.h"
#include "shoal-sharing-private.h"

/* Uploaded bytes are written down when so many more have gone out. */
#define SAVE_BYTES (64u * 1024 * 1024)

/* --- Finding and storing ------------------------------------------------- */

ShoalSharing *
shoal_engine_find_sharing (ShoalEngine *self, const char *id, GError **error)
{
  for (guint i = 0; i < self->sharings->len; i++)
    {
      ShoalSharing *sharing = g_ptr_array_index (self->sharings, i);

      if (g_str_equal (sharing->id_text, id))
        return sharing;
    }
  shoal_error_set (error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL,
                   "Nothing of that ID is shared");
  return NULL;
}

void
shoal_sharing_save (ShoalSharing *sharing)
{
  ShoalStoredShare *stored = sharing->stored;
  uint64_t before = stored->bytes_uploaded;

  if (!sharing->is_kept)
    return;
  if (sharing->serving != NULL)
    stored->bytes_uploaded += shoal_serving_get_bytes (sharing->serving);
  sharing->saved_bytes = stored->bytes_uploaded;
  shoal_state_shares_save (sharing->engine->database, stored, NULL, NULL);
  stored->bytes_uploaded = before;
}

void
shoal_sharing_forget_stored (ShoalSharing *sharing)
{
  if (sharing->is_kept)
    shoal_state_shares_remove (sharing->engine->database, sharing->stored, NULL, NULL);
}

gboolean
shoal_engine_load_shares (ShoalEngine *self, GError **error)
{
  g_autoptr (GPtrArray) stored = shoal_state_shares_load (self->database, error);

  for (guint i = 0; stored != NULL && i < stored->len; i++)
    {
      ShoalSharing *sharing
        = shoal_sharing_new (self, shoal_stored_share_copy (g_ptr_array_index (stored, i)));

      sharing->is_kept = TRUE;
      sharing->saved_bytes = sharing->stored->bytes_uploaded;
      g_ptr_array_add (self->sharings, sharing);
    }
  return stored != NULL;
}

/* --- Policies ------------------------------------------------------------ */

static void
share_policy_free (SharePolicy *policy)
{
  g_array_unref (policy->devices);
  g_free (policy);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SharePolicy, share_policy_free)

static SharePolicy *
read_policy (ShoalEngine *self, const ShoalSharePolicy *policy, GError **error)
{
  g_autoptr (SharePolicy) read = g_new0 (SharePolicy, 1);

  read->is_private = policy->is_private;
  read->all_friends = policy->all_friends;
  read->keep = policy->keep;
  read->devices = g_array_new (FALSE, FALSE, sizeof (ShoalDeviceId));
  for (gsize i = 0; policy->devices != NULL && policy->devices[i] != NULL; i++)
    {
      ShoalDeviceId id;

      if (!shoal_engine_parse_device (self, policy->devices[i], &id, error))
        return NULL;
      g_array_append_val (read->devices, id);
    }
  return g_steal_pointer (&read);
}

gboolean
shoal_engine_set_share_policy (ShoalEngine *self, const char *share,
                               const ShoalSharePolicy *policy, GError **error)
{
  ShoalSharing *sharing = shoal_engine_find_sharing (self, share, error);
  g_autoptr (SharePolicy) read = NULL;

  if (sharing == NULL)
    return FALSE;
  read = read_policy (self, policy, error);
  if (read == NULL)
    return FALSE;

  shoal_sharing_forget_stored (sharing); /* its secret is part of its name there */
  shoal_sharing_set_policy (sharing, read);
  sharing->is_kept = read->keep;
  shoal_sharing_save (sharing);
  shoal_sharing_tell (sharing, SHOAL_EVENT_SHARE);
  return TRUE;
}

/* --- Content ------------------------------------------------------------- */

static char **
canonicalize (const char *const *paths)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (gsize i = 0; paths[i] != NULL; i++)
    {
      g_autofree char *path = g_canonicalize_filename (paths[i], NULL);

      g_strv_builder_add (builder, path);
    }
  return g_strv_builder_end (builder);
}

static gboolean
is_folder (ShoalDescription *description, char **roots)
{
  g_autofree char *name = g_path_get_basename (roots[0]);
  uint32_t file;

  if (roots[1] == NULL)
    return !shoal_description_is_single_file (description);
  return !shoal_description_find_path (description, name, &file);
}

void
shoal_sharing_take_content (ShoalSharing *sharing, ShoalHashed *hashed, const char *const *paths)
{
  ShoalStoredShare *stored = sharing->stored;

  stored->info_hash = *shoal_description_get_id (hashed->description);
  g_free (sharing->id_text);
  sharing->id_text = shoal_hash_to_hex (&stored->info_hash);
  g_free (stored->name);
  stored->name = g_strdup (shoal_description_get_name (hashed->description));
  stored->bytes = shoal_description_get_length (hashed->description);
  stored->files = shoal_description_get_n_files (hashed->description);
  g_strfreev (stored->roots);
  stored->roots = canonicalize (paths);
  stored->is_folder = is_folder (hashed->description, stored->roots);
  sharing->is_missing = FALSE;
  shoal_sharing_serve (sharing, hashed);
}

/* --- Sharing ------------------------------------------------------------- */

typedef struct
{
  SharePolicy *policy; /* (owned) */
  char       **paths;  /* (owned) */
} ShareCall;

static void
share_call_free (gpointer data)
{
  ShareCall *call = data;

  g_clear_pointer (&call->policy, share_policy_free);
  g_strfreev (call->paths);
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
  g_autofree char *id = NULL;
  ShoalSharing *sharing;

  if (hashed != NULL && !shoal_engine_check_running (self, &error))
    g_clear_pointer (&hashed, shoal_hashed_free);
  if (hashed == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  id = shoal_hash_to_hex (shoal_description_get_id (hashed->description));
  sharing = shoal_engine_find_sharing (self, id, NULL);
  if (sharing == NULL)
    {
      sharing = shoal_sharing_new (self, shoal_stored_share_new ());
      sharing->stored->created = shoal_runtime_wall_time (engine_runtime (self));
      g_ptr_array_add (self->sharings, sharing);
    }
  else
    {
      shoal_sharing_forget_stored (sharing);
      g_cancellable_cancel (sharing->cancellable);
    }
  shoal_sharing_set_policy (sharing, call->policy);
  sharing->is_kept |= call->policy->keep;
  shoal_sharing_take_content (sharing, hashed, (const char *const *) call->paths);
  shoal_sharing_save (sharing);
  shoal_hashed_free (hashed);
  shoal_sharing_tell (sharing, SHOAL_EVENT_SHARE);
  g_task_return_pointer (task, shoal_sharing_describe (sharing),
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
  GError *error = NULL;

  g_task_set_source_tag (task, shoal_engine_share_async);
  g_task_set_task_data (task, call, share_call_free);
  call->policy = read_policy (self, policy, &error);
  call->paths = canonicalize (paths);
  if (call->policy == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
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

void
shoal_sharing_drop (ShoalSharing *sharing)
{
  g_cancellable_cancel (sharing->cancellable);
  shoal_sharing_forget_stored (sharing);
  shoal_sharing_end_serving (sharing);
  shoal_sharing_tell (sharing, SHOAL_EVENT_SHARE_GONE);
  g_ptr_array_remove (sharing->engine->sharings, sharing);
}

gboolean
shoal_engine_unshare (ShoalEngine *self, const char *share, GError **error)
{
  ShoalSharing *sharing = shoal_engine_find_sharing (self, share, error);

  if (sharing == NULL)
    return FALSE;
  shoal_sharing_drop (sharing);
  return TRUE;
}

GPtrArray *
shoal_engine_get_shares (ShoalEngine *self)
{
  GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_share_info_unref);

  for (guint i = 0; i < self->sharings->len; i++)
    g_ptr_array_add (infos, shoal_sharing_describe (g_ptr_array_index (self->sharings, i)));
  return infos;
}

/* --- Looking through stored ones ----------------------------------------- */

GError *
shoal_sharing_missing_error (ShoalSharing *sharing)
{
  const char *root = sharing->stored->roots[0];
  GError *error = NULL;

  if (root != NULL && shoal_path_is_from_portal (root))
    {
      shoal_error_set_not_granted (&error, sharing->stored->name);
      return error;
    }
  return shoal_error_new (SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE,
                          "Put it back, or choose where it is now.",
                          "“%s” is not where it was, or Shoal may no longer read it",
                          sharing->stored->name);
}

GError *
shoal_sharing_changed_error (ShoalSharing *sharing)
{
  return shoal_error_new (SHOAL_ERROR_CHANGED, SHOAL_SIDE_HERE,
                          "Share it as it is now, or choose where it is unchanged.",
                          "“%s” is not what was shared any more", sharing->stored->name);
}

static void
on_looked_through (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree char *id = user_data;
  ShoalEngine *self = SHOAL_ENGINE (source);
  g_autoptr (GError) error = NULL;
  ShoalHashed *hashed = shoal_engine_hash_paths_finish (self, result, &error);
  ShoalSharing *sharing = self->stopping ? NULL : shoal_engine_find_sharing (self, id, NULL);

  self->waking_shares = FALSE;
  /* It may have been shared again, or chosen elsewhere, meanwhile. */
  if (sharing != NULL && sharing->state == SHOAL_SHARE_PREPARING)
    {
      g_clear_object (&sharing->cancellable);
      if (hashed == NULL)
        {
          sharing->is_missing = TRUE;
          shoal_sharing_fail (sharing, shoal_sharing_missing_error (sharing));
        }
      else if (!shoal_hash_equals (shoal_description_get_id (hashed->description),
                                   &sharing->stored->info_hash))
        {
          shoal_sharing_fail (sharing, shoal_sharing_changed_error (sharing));
        }
      else
        {
          shoal_sharing_serve (sharing, hashed);
        }
      shoal_sharing_tell (sharing, SHOAL_EVENT_SHARE);
    }
  g_clear_pointer (&hashed, shoal_hashed_free);
  if (!self->stopping)
    shoal_engine_wake_shares (self);
}

static void
on_progress (uint64_t bytes, uint64_t total, gpointer user_data)
{
  ShoalEngine *self = user_data;

  for (guint i = 0; i < self->sharings->len; i++)
    {
      ShoalSharing *sharing = g_ptr_array_index (self->sharings, i);

      if (sharing->cancellable == NULL)
        continue;
      sharing->hashed = bytes;
      sharing->to_hash = total;
      shoal_sharing_tell (sharing, SHOAL_EVENT_SHARE);
    }
}

/* One after the other: the disk is one. */
void
shoal_engine_wake_shares (ShoalEngine *self)
{
  for (guint i = 0; self->receives && !self->waking_shares && i < self->sharings->len; i++)
    {
      ShoalSharing *sharing = g_ptr_array_index (self->sharings, i);

      if (sharing->state != SHOAL_SHARE_PREPARING || sharing->cancellable != NULL)
        continue;
      self->waking_shares = TRUE;
      sharing->cancellable = g_cancellable_new ();
      shoal_engine_hash_paths_async (self, (const char *const *) sharing->stored->roots,
                                     on_progress, self, sharing->cancellable, on_looked_through,
                                     g_strdup (sharing->id_text));
    }
}

/* --- Now and then -------------------------------------------------------- */

static void
tend (ShoalSharing *sharing)
{
  uint64_t bytes = shoal_serving_get_bytes (sharing->serving);

  if (bytes == sharing->told_bytes)
    return;
  sharing->told_bytes = bytes;
  shoal_sharing_tell (sharing, SHOAL_EVENT_SHARE);
  if (sharing->stored->bytes_uploaded + bytes - sharing->saved_bytes >= SAVE_BYTES)
    shoal_sharing_save (sharing);
}

void
shoal_engine_tend_shares (ShoalEngine *self, gint64 now)
{
  for (guint i = 0; i < self->sharings->len; i++)
    {
      ShoalSharing *sharing = g_ptr_array_index (self->sharings, i);

      if (sharing->serving != NULL)
        tend (sharing);
    }
  shoal_engine_look_for_shares (self, now);
}

void
shoal_engine_stop_shares (ShoalEngine *self)
{
  for (guint i = 0; i < self->sharings->len; i++)
    {
      ShoalSharing *sharing = g_ptr_array_index (self->sharings, i);

      g_cancellable_cancel (sharing->cancellable);
      if (sharing->serving != NULL)
        shoal_sharing_save (sharing);
    }
}
