/* shoal-commands-settings.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-commands-settings.h"

#include "shoal-command.h"
#include "shoal-engine-people.h"

/* Strings are copied. */
static GTask *
command_new (ShoalModel *self, const char *id, const char *text, gint64 number,
             GAsyncReadyCallback callback, gpointer user_data)
{
  ShoalArguments arguments = {
    .id = g_strdup (id),
    .text = g_strdup (text),
    .number = number,
  };

  return shoal_command_new (self, arguments, NULL, callback, user_data);
}

/* --- Settings ------------------------------------------------------------ */

static void
on_settings_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  shoal_engine_change_settings_finish (SHOAL_ENGINE (source), result, &error);
  shoal_answer_done (user_data, error);
}

static void
change_settings (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);

  shoal_engine_change_settings_async (engine, arguments->variant, NULL, on_settings_changed, task);
}

void
shoal_model_change_settings_async (ShoalModel *self, GVariant *changes,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  ShoalArguments arguments = { .variant = g_variant_ref_sink (changes) };

  shoal_command_run (change_settings,
                     shoal_command_new (self, arguments, NULL, callback, user_data));
}

gboolean
shoal_model_change_settings_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return shoal_command_finish_boolean (self, result, error);
}

static void
list_interfaces (ShoalEngine *engine, GTask *task)
{
  shoal_answer_pointer (task, shoal_engine_list_interfaces (engine),
                        (GDestroyNotify) g_ptr_array_unref);
}

void
shoal_model_list_interfaces_async (ShoalModel *self, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  shoal_command_run (list_interfaces, command_new (self, NULL, NULL, 0, callback, user_data));
}

GPtrArray *
shoal_model_list_interfaces_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}

static void
consent (ShoalEngine *engine, gpointer data)
{
  shoal_engine_consent_to_metered (engine);
}

void
shoal_model_consent_to_metered (ShoalModel *self)
{
  g_return_if_fail (SHOAL_IS_MODEL (self));

  shoal_engine_thread_call (shoal_model_get_thread (self), consent, NULL, NULL);
}

/* --- Friends ------------------------------------------------------------- */

static void
rename_friend (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);
  GError *error = NULL;

  shoal_engine_rename_friend (engine, arguments->id, arguments->text, &error);
  shoal_answer_done (task, error);
}

void
shoal_model_rename_friend_async (ShoalModel *self, const char *device, const char *nickname,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  shoal_command_run (rename_friend,
                     command_new (self, device, nickname, 0, callback, user_data));
}

gboolean
shoal_model_rename_friend_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return shoal_command_finish_boolean (self, result, error);
}

static void
set_verified (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);
  GError *error = NULL;

  shoal_engine_set_verified (engine, arguments->id, arguments->number != 0, &error);
  shoal_answer_done (task, error);
}

void
shoal_model_set_verified (ShoalModel *self, const char *device, gboolean verified)
{
  shoal_command_run (set_verified, command_new (self, device, NULL, verified, NULL, NULL));
}

static void
set_auto_accept (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);
  GError *error = NULL;

  shoal_engine_set_auto_accept (engine, arguments->id, arguments->number, &error);
  shoal_answer_done (task, error);
}

void
shoal_model_set_auto_accept (ShoalModel *self, const char *device, gint64 limit)
{
  shoal_command_run (set_auto_accept, command_new (self, device, NULL, limit, NULL, NULL));
}

void
shoal_model_forget_device (ShoalModel *self, const char *device)
{
  shoal_command_with_id (self, shoal_engine_forget_device, device);
}

/* --- Answers ------------------------------------------------------------- */

static void
accept_offer (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);
  GError *error = NULL;
  char *id = shoal_engine_accept (engine, arguments->id, arguments->directory,
                                  (const char *const *) arguments->paths, &error);

  if (id == NULL)
    shoal_answer_error (task, error);
  else
    shoal_answer_pointer (task, id, g_free);
}

void
shoal_model_accept_async (ShoalModel *self, const char *offer, const char *directory,
                          const char *const *chosen, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  ShoalArguments arguments = {
    .id = g_strdup (offer),
    .directory = g_strdup (directory),
    .paths = g_strdupv ((char **) chosen),
  };

  shoal_command_run (accept_offer, shoal_command_new (self, arguments, NULL, callback, user_data));
}

char *
shoal_model_accept_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}
