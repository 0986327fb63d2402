/* shoal-commands-history.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-commands-history.h"

#include "shoal-command.h"
#include "shoal-engine-transfers.h"

/* --- Order, passing on, taking off ------------------------------------------ */

static void
do_set_passing_on (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);
  GError *error = NULL;

  shoal_engine_set_passing_on (engine, arguments->id, arguments->number != 0, &error);
  shoal_answer_done (task, error);
}

void
shoal_model_set_passing_on (ShoalModel *self, const char *transfer, gboolean pass_on)
{
  ShoalArguments arguments = { .id = g_strdup (transfer), .number = pass_on };

  shoal_command_run (do_set_passing_on, shoal_command_new (self, arguments, NULL, NULL, NULL));
}

static void
do_move (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);
  GError *error = NULL;

  shoal_engine_move_transfer (engine, arguments->id, arguments->text, &error);
  shoal_answer_done (task, error);
}

void
shoal_model_move_transfer (ShoalModel *self, const char *transfer, const char *before)
{
  ShoalArguments arguments = { .id = g_strdup (transfer), .text = g_strdup (before) };

  shoal_command_run (do_move, shoal_command_new (self, arguments, NULL, NULL, NULL));
}

static gboolean
take_away (ShoalEngine *engine, const char *id, GError **error)
{
  /* That it is over already is no trouble: then removing does it. */
  shoal_engine_cancel (engine, id, NULL);
  return shoal_engine_remove_transfer (engine, id, error);
}

void
shoal_model_take_away (ShoalModel *self, const char *transfer)
{
  shoal_command_with_id (self, take_away, transfer);
}

/* --- Trying again ---------------------------------------------------------- */

static void
on_retried (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  char *id = shoal_engine_retry_finish (SHOAL_ENGINE (source), result, &error);

  if (id == NULL)
    shoal_answer_error (task, error);
  else
    shoal_answer_pointer (task, id, g_free);
}

static void
do_retry (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);

  shoal_engine_retry_async (engine, arguments->id, arguments->directory, on_retried, task);
}

void
shoal_model_retry_async (ShoalModel *self, const char *transfer, const char *directory,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  ShoalArguments arguments = { .id = g_strdup (transfer), .directory = g_strdup (directory) };

  shoal_command_run (do_retry, shoal_command_new (self, arguments, NULL, callback, user_data));
}

char *
shoal_model_retry_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}

/* --- Files ----------------------------------------------------------------- */

static void
file_list_free (gpointer list)
{
  shoal_file_list_unref (list);
}

static void
on_files_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  ShoalFileList *list = shoal_engine_list_files_finish (SHOAL_ENGINE (source), result, &error);

  if (list == NULL)
    shoal_answer_error (task, error);
  else
    shoal_answer_pointer (task, list, file_list_free);
}

static void
do_list_files (ShoalEngine *engine, GTask *task)
{
  shoal_engine_list_files_async (engine, shoal_command_get_arguments (task)->id,
                                 g_task_get_cancellable (task), on_files_listed, task);
}

void
shoal_model_list_files_async (ShoalModel *self, const char *id, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  ShoalArguments arguments = { .id = g_strdup (id) };

  shoal_command_run (do_list_files,
                     shoal_command_new (self, arguments, cancellable, callback, user_data));
}

ShoalFileList *
shoal_model_list_files_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}
