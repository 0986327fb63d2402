/* shoal-commands-invites.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-commands-invites.h"

#include "shoal-command.h"
#include "shoal-engine-internet.h"

static void
make_invite (ShoalEngine *engine, GTask *task)
{
  GError *error = NULL;
  char *invite = shoal_engine_make_invite (engine, &error);

  if (invite != NULL)
    shoal_answer_pointer (task, invite, g_free);
  else
    shoal_answer_error (task, error);
}

void
shoal_model_make_invite_async (ShoalModel *self, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  shoal_command_run (make_invite, shoal_command_new (self, (ShoalArguments){ 0 }, NULL, callback,
                                                     user_data));
}

char *
shoal_model_make_invite_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}

static gboolean
cancel_invite (ShoalEngine *engine, const char *invite, GError **error)
{
  shoal_engine_cancel_invite (engine, invite, NULL);
  return TRUE;
}

void
shoal_model_cancel_invite (ShoalModel *self, const char *invite)
{
  shoal_command_with_id (self, cancel_invite, invite);
}

static void
list_invites (ShoalEngine *engine, GTask *task)
{
  shoal_answer_pointer (task, shoal_engine_get_invites (engine), (GDestroyNotify) g_strfreev);
}

void
shoal_model_list_invites_async (ShoalModel *self, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  shoal_command_run (list_invites, shoal_command_new (self, (ShoalArguments){ 0 }, NULL, callback,
                                                      user_data));
}

char **
shoal_model_list_invites_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  char *id = shoal_engine_open_invite_finish (SHOAL_ENGINE (source), result, &error);

  if (id != NULL)
    shoal_answer_pointer (task, id, g_free);
  else
    shoal_answer_error (task, error);
}

static void
open_invite (ShoalEngine *engine, GTask *task)
{
  shoal_engine_open_invite_async (engine, shoal_command_get_arguments (task)->text,
                                  g_task_get_cancellable (task), on_opened, task);
}

void
shoal_model_open_invite_async (ShoalModel *self, const char *invite, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  ShoalArguments arguments = { .text = g_strdup (invite) };

  shoal_command_run (open_invite,
                     shoal_command_new (self, arguments, cancellable, callback, user_data));
}

char *
shoal_model_open_invite_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}

static void
list_trackers (ShoalEngine *engine, GTask *task)
{
  shoal_answer_pointer (task, shoal_engine_get_trackers (engine),
                        (GDestroyNotify) g_ptr_array_unref);
}

void
shoal_model_list_trackers_async (ShoalModel *self, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  shoal_command_run (list_trackers, shoal_command_new (self, (ShoalArguments){ 0 }, NULL,
                                                       callback, user_data));
}

GPtrArray *
shoal_model_list_trackers_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}
