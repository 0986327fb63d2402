/* shoal-commands-diagnosis.c: the command behind “Can't see the other device?”.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-commands-diagnosis.h"

#include "shoal-command.h"

typedef struct
{
  char             *device;    /* (owned) (nullable) */
  ShoalCheckedFunc  func;
  gpointer          func_data; /* GTK's thread only */
} Diagnosing;

static void
diagnosing_free (gpointer data)
{
  Diagnosing *self = data;

  g_free (self->device);
  g_free (self);
}

typedef struct
{
  GTask      *task;  /* (owned) */
  ShoalCheck *check; /* (owned) */
} Told;

/* On GTK's thread. */
static gboolean
on_told (gpointer user_data)
{
  Told *told = user_data;
  Diagnosing *self = g_task_get_task_data (told->task);
  GCancellable *cancellable = g_task_get_cancellable (told->task);

  if (!g_task_get_completed (told->task)
      && (cancellable == NULL || !g_cancellable_is_cancelled (cancellable)))
    self->func (told->check, self->func_data);
  shoal_check_unref (told->check);
  g_object_unref (told->task);
  g_free (told);
  return G_SOURCE_REMOVE;
}

/* On the engine's thread. */
static void
on_check (ShoalCheck *check, gpointer user_data)
{
  GTask *task = user_data;
  Told told = { .task = g_object_ref (task), .check = shoal_check_ref (check) };
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_told, g_memdup2 (&told, sizeof told), NULL);
  g_source_attach (source, g_task_get_context (task));
}

static void
on_diagnosed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) checks
    = shoal_engine_diagnose_finish (SHOAL_ENGINE (source), result, &error);

  shoal_answer_done (user_data, error);
}

static void
diagnose (ShoalEngine *engine, GTask *task)
{
  Diagnosing *self = g_task_get_task_data (task);

  shoal_engine_diagnose_async (engine, self->device, on_check, task,
                               g_task_get_cancellable (task), on_diagnosed, task);
}

void
shoal_model_diagnose_async (ShoalModel *self, const char *device, ShoalCheckedFunc func,
                            gpointer func_data, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Diagnosing *diagnosing = g_new0 (Diagnosing, 1);

  g_task_set_source_tag (task, shoal_model_diagnose_async);
  diagnosing->device = g_strdup (device);
  diagnosing->func = func;
  diagnosing->func_data = func_data;
  g_task_set_task_data (task, diagnosing, diagnosing_free);
  shoal_command_run (diagnose, task);
}

gboolean
shoal_model_diagnose_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return shoal_command_finish_boolean (self, result, error);
}
