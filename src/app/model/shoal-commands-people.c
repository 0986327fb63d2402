/* shoal-commands-people.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-commands-people.h"

#include "shoal-command.h"

/* --- Ourselves ----------------------------------------------------------- */

static void
set_name (ShoalEngine *engine, GTask *task)
{
  GError *error = NULL;

  shoal_engine_set_name (engine, shoal_command_get_arguments (task)->text, &error);
  shoal_answer_done (task, error);
}

void
shoal_model_set_name_async (ShoalModel *self, const char *name, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  ShoalArguments arguments = { .text = g_strdup (name) };

  shoal_command_run (set_name, shoal_command_new (self, arguments, NULL, callback, user_data));
}

gboolean
shoal_model_set_name_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return shoal_command_finish_boolean (self, result, error);
}

static void
set_visibility (ShoalEngine *engine, gpointer data)
{
  shoal_engine_set_visibility (engine, (ShoalVisibility) GPOINTER_TO_INT (data));
}

void
shoal_model_set_visibility (ShoalModel *self, ShoalVisibility visibility)
{
  shoal_engine_thread_call (shoal_model_get_thread (self), set_visibility,
                            GINT_TO_POINTER (visibility), NULL);
}

static void
set_acceptance (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);

  shoal_engine_set_acceptance (engine, (ShoalAcceptPolicy) (arguments->number >> 1),
                               arguments->directory, (arguments->number & 1) != 0);
  shoal_answer_boolean (task, TRUE);
}

void
shoal_model_set_acceptance (ShoalModel *self, ShoalAcceptPolicy policy, const char *directory,
                            gboolean pass_on)
{
  ShoalArguments arguments = {
    .directory = g_strdup (directory),
    .number = ((gint64) policy << 1) | (pass_on ? 1 : 0),
  };

  shoal_command_run (set_acceptance, shoal_command_new (self, arguments, NULL, NULL, NULL));
}

/* --- Devices ------------------------------------------------------------- */

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  ShoalDeviceInfo *info
    = shoal_engine_find_device_finish (SHOAL_ENGINE (source), result, &error);

  if (info != NULL)
    shoal_answer_pointer (task, info, (GDestroyNotify) shoal_device_info_unref);
  else
    shoal_answer_error (task, error);
}

static void
find (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);

  shoal_engine_find_device_async (engine, arguments->text, arguments->number,
                                  g_task_get_cancellable (task), on_found, task);
}

void
shoal_model_find_async (ShoalModel *self, const char *text, gint64 timeout,
                        GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  ShoalArguments arguments = { .text = g_strdup (text), .number = timeout };

  shoal_command_run (find, shoal_command_new (self, arguments, cancellable, callback, user_data));
}

ShoalDeviceInfo *
shoal_model_find_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}

void
shoal_model_add_friend (ShoalModel *self, const char *device)
{
  shoal_command_with_id (self, shoal_engine_add_friend, device);
}

void
shoal_model_remove_friend (ShoalModel *self, const char *device)
{
  shoal_command_with_id (self, shoal_engine_remove_friend, device);
}

static gboolean
block (ShoalEngine *engine, const char *device, GError **error)
{
  return shoal_engine_set_blocked (engine, device, TRUE, error);
}

static gboolean
unblock (ShoalEngine *engine, const char *device, GError **error)
{
  return shoal_engine_set_blocked (engine, device, FALSE, error);
}

void
shoal_model_set_blocked (ShoalModel *self, const char *device, gboolean blocked)
{
  shoal_command_with_id (self, blocked ? block : unblock, device);
}

void
shoal_model_forget_address (ShoalModel *self, const char *address)
{
  shoal_command_with_id (self, shoal_engine_forget_address, address);
}

/* --- What they share ------------------------------------------------------ */

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  GPtrArray *list = shoal_engine_list_finish (SHOAL_ENGINE (source), result, &error);

  if (list != NULL)
    shoal_answer_pointer (task, list, (GDestroyNotify) g_ptr_array_unref);
  else
    shoal_answer_error (task, error);
}

static void
list (ShoalEngine *engine, GTask *task)
{
  shoal_engine_list_async (engine, shoal_command_get_arguments (task)->id,
                           g_task_get_cancellable (task), on_listed, task);
}

void
shoal_model_list_async (ShoalModel *self, const char *device, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  ShoalArguments arguments = { .id = g_strdup (device) };

  shoal_command_run (list, shoal_command_new (self, arguments, cancellable, callback, user_data));
}

GPtrArray *
shoal_model_list_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}
