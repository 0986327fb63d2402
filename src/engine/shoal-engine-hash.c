/* shoal-engine-hash.c: paths scanned and hashed, for shares and .torrent files.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-sharing-private.h"

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
