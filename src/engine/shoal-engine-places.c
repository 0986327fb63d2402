/* shoal-engine-places.c: where shares lie: gone, back again, or elsewhere now.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-engine-shares.h"
#include "shoal-sharing-private.h"

#include <unistd.h>

/* Whether files are where they were is looked up this often. */
#define LOOK_US (20 * G_USEC_PER_SEC)

/* --- Looking whether they are there --------------------------------------- */

typedef struct
{
  ShoalEngine *engine; /* (owned) */
  GPtrArray   *ids;    /* (owned): of shares */
  GPtrArray   *roots;  /* (owned) of char **: by share */
  gboolean    *there;  /* (owned): by share */
} LookJob;

static void
work_look (gpointer data)
{
  LookJob *job = data;

  for (guint i = 0; i < job->ids->len; i++)
    {
      char **roots = g_ptr_array_index (job->roots, i);

      job->there[i] = TRUE;
      for (gsize j = 0; roots[j] != NULL; j++)
        job->there[i] &= access (roots[j], R_OK) == 0;
    }
}

static void
take_sight (ShoalSharing *sharing, gboolean there)
{
  if (!there && sharing->state == SHOAL_SHARE_SERVED)
    {
      sharing->is_missing = TRUE;
      shoal_sharing_fail (sharing, shoal_sharing_missing_error (sharing));
      shoal_sharing_tell (sharing, SHOAL_EVENT_SHARE);
    }
  else if (there && sharing->state == SHOAL_SHARE_TROUBLE && sharing->is_missing)
    {
      sharing->is_missing = FALSE;
      sharing->state = SHOAL_SHARE_PREPARING;
      g_clear_error (&sharing->error);
      shoal_sharing_tell (sharing, SHOAL_EVENT_SHARE);
    }
}

static void
done_look (gpointer data)
{
  LookJob *job = data;
  ShoalEngine *self = job->engine;

  for (guint i = 0; !self->stopping && i < job->ids->len; i++)
    {
      ShoalSharing *sharing
        = shoal_engine_find_sharing (self, g_ptr_array_index (job->ids, i), NULL);

      if (sharing != NULL
          && g_strv_equal ((const char *const *) sharing->stored->roots,
                           g_ptr_array_index (job->roots, i)))
        take_sight (sharing, job->there[i]);
    }
  if (!self->stopping)
    shoal_engine_wake_shares (self);
  g_ptr_array_unref (job->ids);
  g_ptr_array_unref (job->roots);
  g_free (job->there);
  g_object_unref (self);
  g_free (job);
}

void
shoal_engine_look_for_shares (ShoalEngine *self, gint64 now)
{
  LookJob *job;

  if (now - self->shares_looked_at < LOOK_US || self->sharings->len == 0)
    return;

  self->shares_looked_at = now;
  job = g_new0 (LookJob, 1);
  job->engine = g_object_ref (self);
  job->ids = g_ptr_array_new_with_free_func (g_free);
  job->roots = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  job->there = g_new0 (gboolean, self->sharings->len);
  for (guint i = 0; i < self->sharings->len; i++)
    {
      ShoalSharing *sharing = g_ptr_array_index (self->sharings, i);

      g_ptr_array_add (job->ids, g_strdup (sharing->id_text));
      g_ptr_array_add (job->roots, g_strdupv (sharing->stored->roots));
    }
  shoal_runtime_submit (engine_runtime (self), SHOAL_POOL_DISK, work_look, done_look, job);
}

/* --- Elsewhere ----------------------------------------------------------- */

typedef struct
{
  char    *id;    /* (owned): of the share */
  char   **paths; /* (owned) */
  gboolean take_changes;
} RelocateCall;

static void
relocate_call_free (gpointer data)
{
  RelocateCall *call = data;

  g_free (call->id);
  g_strfreev (call->paths);
  g_free (call);
}

/* The content is another: another name, and another link. */
static void
replace_content (ShoalSharing *sharing, ShoalHashed *hashed, const char *const *paths)
{
  ShoalEngine *self = sharing->engine;
  g_autofree char *id = shoal_hash_to_hex (shoal_description_get_id (hashed->description));
  ShoalSharing *same = shoal_engine_find_sharing (self, id, NULL);

  if (same != NULL && same != sharing)
    shoal_sharing_drop (same);
  shoal_sharing_forget_stored (sharing);
  shoal_sharing_end_serving (sharing);
  shoal_sharing_tell (sharing, SHOAL_EVENT_SHARE_GONE);
  sharing->stored->bytes_uploaded = 0;
  shoal_sharing_take_content (sharing, hashed, paths);
}

static void
on_hashed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ShoalEngine *self = SHOAL_ENGINE (source);
  RelocateCall *call = g_task_get_task_data (task);
  const char *const *paths = (const char *const *) call->paths;
  GError *error = NULL;
  ShoalHashed *hashed = shoal_engine_hash_paths_finish (self, result, &error);
  ShoalSharing *sharing
    = hashed != NULL && shoal_engine_check_running (self, &error)
        ? shoal_engine_find_sharing (self, call->id, &error) : NULL;

  if (sharing == NULL)
    {
      g_clear_pointer (&hashed, shoal_hashed_free);
      g_task_return_error (task, error);
      return;
    }

  if (shoal_hash_equals (shoal_description_get_id (hashed->description),
                         &sharing->stored->info_hash))
    {
      g_cancellable_cancel (sharing->cancellable);
      shoal_sharing_take_content (sharing, hashed, paths);
    }
  else if (call->take_changes)
    {
      g_cancellable_cancel (sharing->cancellable);
      replace_content (sharing, hashed, paths);
    }
  else
    {
      shoal_hashed_free (hashed);
      g_task_return_error (task, shoal_sharing_changed_error (sharing));
      return;
    }
  shoal_hashed_free (hashed);
  shoal_sharing_save (sharing);
  shoal_sharing_tell (sharing, SHOAL_EVENT_SHARE);
  g_task_return_pointer (task, shoal_sharing_describe (sharing),
                         (GDestroyNotify) shoal_share_info_unref);
}

void
shoal_engine_relocate_share_async (ShoalEngine *self, const char *share, const char *const *paths,
                                   gboolean take_changes, ShoalHashProgress progress,
                                   gpointer progress_data, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  RelocateCall *call = g_new0 (RelocateCall, 1);
  GError *error = NULL;
  ShoalSharing *sharing = shoal_engine_find_sharing (self, share, &error);

  g_task_set_source_tag (task, shoal_engine_relocate_share_async);
  g_task_set_task_data (task, call, relocate_call_free);
  if (sharing == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  call->id = g_strdup (share);
  call->paths = paths != NULL ? g_strdupv ((char **) paths) : g_strdupv (sharing->stored->roots);
  call->take_changes = take_changes;
  shoal_engine_hash_paths_async (self, (const char *const *) call->paths, progress, progress_data,
                                 cancellable, on_hashed, task);
}

ShoalShareInfo *
shoal_engine_relocate_share_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
