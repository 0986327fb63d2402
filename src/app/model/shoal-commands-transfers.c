/* shoal-commands-transfers.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-commands-transfers.h"

#include "shoal-command.h"
#include "shoal-engine-grants.h"
#include "shoal-engine-transfers.h"

/* --- Sending ------------------------------------------------------------- */

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  char **ids = shoal_engine_send_finish (SHOAL_ENGINE (source), result, &error);

  if (ids != NULL)
    shoal_answer_pointer (task, ids, (GDestroyNotify) g_strfreev);
  else
    shoal_answer_error (task, error);
}

static void
send_to (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);

  shoal_engine_send_async (engine, (const char *const *) arguments->paths, arguments->text,
                           (const char *const *) arguments->devices,
                           g_task_get_cancellable (task), on_sent, task);
}

void
shoal_model_send_async (ShoalModel *self, const char *const *paths, const char *text,
                        const char *const *devices, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  ShoalArguments arguments = {
    .paths = g_strdupv ((char **) paths),
    .text = g_strdup (text),
    .devices = g_strdupv ((char **) devices),
  };

  shoal_command_run (send_to, shoal_command_new (self, arguments, NULL, callback, user_data));
}

char **
shoal_model_send_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}

/* --- Answering ----------------------------------------------------------- */

static void
accept_offer (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);
  GError *error = NULL;

  g_free (shoal_engine_accept (engine, arguments->id, arguments->directory,
                               (const char *const *) arguments->paths, &error));
  shoal_answer_done (task, error);
}

void
shoal_model_accept (ShoalModel *self, const char *offer, const char *directory,
                    const char *const *chosen)
{
  ShoalArguments arguments = {
    .id = g_strdup (offer),
    .directory = g_strdup (directory),
    .paths = g_strdupv ((char **) chosen),
  };

  shoal_command_run (accept_offer, shoal_command_new (self, arguments, NULL, NULL, NULL));
}

static void
decline_offer (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);
  GError *error = NULL;

  shoal_engine_decline (engine, arguments->id, arguments->text, &error);
  shoal_answer_done (task, error);
}

void
shoal_model_decline (ShoalModel *self, const char *offer, const char *reason)
{
  ShoalArguments arguments = { .id = g_strdup (offer), .text = g_strdup (reason) };

  shoal_command_run (decline_offer, shoal_command_new (self, arguments, NULL, NULL, NULL));
}

static void
on_offer_files (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  GPtrArray *files
    = shoal_engine_get_offer_files_finish (SHOAL_ENGINE (source), result, &error);

  if (files != NULL)
    shoal_answer_pointer (task, files, (GDestroyNotify) g_ptr_array_unref);
  else
    shoal_answer_error (task, error);
}

static void
offer_files (ShoalEngine *engine, GTask *task)
{
  shoal_engine_get_offer_files_async (engine, shoal_command_get_arguments (task)->id,
                                      on_offer_files, task);
}

void
shoal_model_offer_files_async (ShoalModel *self, const char *offer, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  ShoalArguments arguments = { .id = g_strdup (offer) };

  shoal_command_run (offer_files,
                     shoal_command_new (self, arguments, NULL, callback, user_data));
}

GPtrArray *
shoal_model_offer_files_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}

/* --- Getting ------------------------------------------------------------- */

static void
on_got (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  char *id = shoal_engine_get_finish (SHOAL_ENGINE (source), result, &error);

  if (id != NULL)
    shoal_answer_pointer (task, id, g_free);
  else
    shoal_answer_error (task, error);
}

static void
get (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);

  shoal_engine_get_async (engine, arguments->text, arguments->directory,
                          (const char *const *) arguments->devices,
                          g_task_get_cancellable (task), on_got, task);
}

void
shoal_model_get_async (ShoalModel *self, const char *what, const char *directory,
                       const char *const *from, GAsyncReadyCallback callback, gpointer user_data)
{
  ShoalArguments arguments = {
    .text = g_strdup (what),
    .directory = g_strdup (directory),
    .devices = g_strdupv ((char **) from),
  };

  shoal_command_run (get, shoal_command_new (self, arguments, NULL, callback, user_data));
}

char *
shoal_model_get_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}

/* --- Running transfers ---------------------------------------------------- */

void
shoal_model_pause (ShoalModel *self, const char *transfer)
{
  shoal_command_with_id (self, shoal_engine_pause, transfer);
}

void
shoal_model_resume (ShoalModel *self, const char *transfer)
{
  shoal_command_with_id (self, shoal_engine_resume, transfer);
}

void
shoal_model_cancel (ShoalModel *self, const char *transfer)
{
  shoal_command_with_id (self, shoal_engine_cancel, transfer);
}

/* --- Files that have to be chosen again ------------------------------------ */

static void
on_goes_on (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  shoal_engine_choose_again_finish (SHOAL_ENGINE (source), result, &error);
  shoal_answer_done (user_data, error);
}

static void
choose_again (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);

  shoal_engine_choose_again_async (engine, arguments->id,
                                   (const char *const *) arguments->paths, on_goes_on, task);
}

void
shoal_model_choose_again (ShoalModel *self, const char *transfer, const char *const *paths)
{
  ShoalArguments arguments = { .id = g_strdup (transfer), .paths = g_strdupv ((char **) paths) };

  shoal_command_run (choose_again, shoal_command_new (self, arguments, NULL, NULL, NULL));
}
