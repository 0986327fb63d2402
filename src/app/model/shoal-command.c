/* shoal-command.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-command.h"

typedef struct
{
  ShoalArguments arguments;
  ShoalIdFunc    id_func;
} Command;

static void
command_free (gpointer data)
{
  Command *command = data;
  ShoalArguments *arguments = &command->arguments;

  g_free (arguments->id);
  g_free (arguments->text);
  g_free (arguments->directory);
  g_strfreev (arguments->paths);
  g_strfreev (arguments->devices);
  g_clear_pointer (&arguments->variant, g_variant_unref);
  g_free (command);
}

/* Of a command nobody waits for. */
static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  Command *command = g_task_get_task_data (G_TASK (result));

  /* Pointers are of no use to nobody: commands without a callback answer yes or no. */
  g_assert (command != NULL);
  if (!g_task_propagate_boolean (G_TASK (result), &error) && error != NULL)
    shoal_model_tell_error (SHOAL_MODEL (source), error);
}

GTask *
shoal_command_new (ShoalModel *model, ShoalArguments arguments, GCancellable *cancellable,
                   GAsyncReadyCallback callback, gpointer user_data)
{
  Command *command = g_new0 (Command, 1);
  GTask *task = g_task_new (model, cancellable, callback != NULL ? callback : on_done, user_data);

  command->arguments = arguments;
  g_task_set_source_tag (task, shoal_command_new);
  g_task_set_task_data (task, command, command_free);
  return task;
}

void
shoal_command_run (ShoalEngineTaskFunc func, GTask *task)
{
  ShoalModel *model = g_task_get_source_object (task);

  shoal_engine_thread_run (shoal_model_get_thread (model), func, task);
}

const ShoalArguments *
shoal_command_get_arguments (GTask *task)
{
  return &((Command *) g_task_get_task_data (task))->arguments;
}

gboolean
shoal_command_finish_boolean (ShoalModel *model, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, model), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

gpointer
shoal_command_finish_pointer (ShoalModel *model, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, model), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- One argument, an answer at once -------------------------------------- */

static void
run_with_id (ShoalEngine *engine, GTask *task)
{
  Command *command = g_task_get_task_data (task);
  GError *error = NULL;

  command->id_func (engine, command->arguments.id, &error);
  shoal_answer_done (task, error);
}

void
shoal_command_with_id (ShoalModel *model, ShoalIdFunc func, const char *id)
{
  GTask *task
    = shoal_command_new (model, (ShoalArguments){ .id = g_strdup (id) }, NULL, NULL, NULL);

  ((Command *) g_task_get_task_data (task))->id_func = func;
  shoal_command_run (run_with_id, task);
}
