/* shoal-commands-shares.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-commands-shares.h"

#include "shoal-command.h"

#define PROGRESS_US (100 * 1000)

/* One hashing of files, from the question to the answer. */
typedef struct
{
  /* Set once. */
  char               **paths;         /* (owned) */
  char                *file;          /* (owned) (nullable): else it is shared */
  char               **devices;       /* (owned) (nullable) */
  ShoalSharePolicy     policy;        /* its devices: those above */
  ShoalShareProgress   progress;      /* (nullable) */
  gpointer             progress_data;

  /* The engine's thread. */
  gint64               told;
} Hashing;

static void
hashing_free (gpointer data)
{
  Hashing *hashing = data;

  g_strfreev (hashing->paths);
  g_strfreev (hashing->devices);
  g_free (hashing->file);
  g_free (hashing);
}

/* --- Progress ------------------------------------------------------------ */

typedef struct
{
  GTask    *task; /* (owned) */
  uint64_t  bytes, total;
} Told;

/* On GTK's thread. */
static gboolean
on_told (gpointer user_data)
{
  Told *told = user_data;
  Hashing *hashing = g_task_get_task_data (told->task);
  GCancellable *cancellable = g_task_get_cancellable (told->task);

  if (!g_task_get_completed (told->task)
      && (cancellable == NULL || !g_cancellable_is_cancelled (cancellable)))
    hashing->progress (g_task_get_source_object (told->task), told->bytes, told->total,
                       hashing->progress_data);
  g_object_unref (told->task);
  g_free (told);
  return G_SOURCE_REMOVE;
}

/* On the engine's thread. */
static void
on_progress (uint64_t bytes, uint64_t total, gpointer user_data)
{
  GTask *task = user_data;
  Hashing *hashing = g_task_get_task_data (task);
  g_autoptr (GSource) source = NULL;
  Told told = { .task = task, .bytes = bytes, .total = total };
  gint64 now = g_get_monotonic_time ();

  if (hashing->progress == NULL || (now - hashing->told < PROGRESS_US && bytes < total))
    return;

  g_object_ref (task);
  hashing->told = now;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_told, g_memdup2 (&told, sizeof told), NULL);
  g_source_attach (source, g_task_get_context (task));
}

/* --- Sharing ------------------------------------------------------------- */

static void
on_shared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  ShoalShareInfo *info = shoal_engine_share_finish (SHOAL_ENGINE (source), result, &error);

  if (info != NULL)
    shoal_answer_pointer (task, info, (GDestroyNotify) shoal_share_info_unref);
  else
    shoal_answer_error (task, error);
}

static void
share (ShoalEngine *engine, GTask *task)
{
  Hashing *hashing = g_task_get_task_data (task);

  shoal_engine_share_async (engine, (const char *const *) hashing->paths, &hashing->policy,
                            on_progress, task, g_task_get_cancellable (task), on_shared, task);
}

static GTask *
hashing_task_new (ShoalModel *self, const char *const *paths, ShoalShareProgress progress,
                  gpointer progress_data, GCancellable *cancellable,
                  GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Hashing *hashing = g_new0 (Hashing, 1);

  g_task_set_source_tag (task, hashing_task_new);
  hashing->paths = g_strdupv ((char **) paths);
  hashing->progress = progress;
  hashing->progress_data = progress_data;
  g_task_set_task_data (task, hashing, hashing_free);
  return task;
}

void
shoal_model_share_async (ShoalModel *self, const char *const *paths,
                         const ShoalSharePolicy *policy, ShoalShareProgress progress,
                         gpointer progress_data, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = hashing_task_new (self, paths, progress, progress_data, cancellable, callback,
                                  user_data);
  Hashing *hashing = g_task_get_task_data (task);

  hashing->policy = *policy;
  hashing->devices = g_strdupv ((char **) policy->devices);
  hashing->policy.devices = (const char *const *) hashing->devices;
  shoal_command_run (share, task);
}

ShoalShareInfo *
shoal_model_share_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}

void
shoal_model_unshare (ShoalModel *self, const char *id)
{
  shoal_command_with_id (self, shoal_engine_unshare, id);
}

/* --- Exporting ----------------------------------------------------------- */

static void
on_exported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (ShoalShareInfo) info
    = shoal_engine_export_finish (SHOAL_ENGINE (source), result, &error);

  shoal_answer_done (user_data, error);
}

static void
export (ShoalEngine *engine, GTask *task)
{
  Hashing *hashing = g_task_get_task_data (task);

  shoal_engine_export_async (engine, (const char *const *) hashing->paths, hashing->file,
                             on_progress, task, g_task_get_cancellable (task), on_exported, task);
}

void
shoal_model_export_async (ShoalModel *self, const char *const *paths, const char *file,
                          ShoalShareProgress progress, gpointer progress_data,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = hashing_task_new (self, paths, progress, progress_data, cancellable, callback,
                                  user_data);

  ((Hashing *) g_task_get_task_data (task))->file = g_strdup (file);
  shoal_command_run (export, task);
}

gboolean
shoal_model_export_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return shoal_command_finish_boolean (self, result, error);
}
