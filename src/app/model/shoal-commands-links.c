/* shoal-commands-links.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-commands-links.h"

#include "shoal-command.h"
#include "shoal-engine-shares.h"

/* A policy without its devices, as one number. */
enum
{
  IS_PRIVATE = 1 << 0,
  ALL_FRIENDS = 1 << 1,
  KEEP = 1 << 2,
};

/* --- Who may get it -------------------------------------------------------- */

static void
do_set_policy (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);
  ShoalSharePolicy policy = {
    .is_private = (arguments->number & IS_PRIVATE) != 0,
    .all_friends = (arguments->number & ALL_FRIENDS) != 0,
    .keep = (arguments->number & KEEP) != 0,
    .devices = (const char *const *) arguments->devices,
  };
  GError *error = NULL;

  shoal_engine_set_share_policy (engine, arguments->id, &policy, &error);
  shoal_answer_done (task, error);
}

void
shoal_model_set_share_policy_async (ShoalModel *self, const char *share,
                                    const ShoalSharePolicy *policy, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  ShoalArguments arguments = {
    .id = g_strdup (share),
    .devices = g_strdupv ((char **) policy->devices),
    .number = (policy->is_private ? IS_PRIVATE : 0) | (policy->all_friends ? ALL_FRIENDS : 0) |
              (policy->keep ? KEEP : 0),
  };

  shoal_command_run (do_set_policy,
                     shoal_command_new (self, arguments, NULL, callback, user_data));
}

gboolean
shoal_model_set_share_policy_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return shoal_command_finish_boolean (self, result, error);
}

/* --- Where it lies --------------------------------------------------------- */

static void
on_relocated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  ShoalShareInfo *info
    = shoal_engine_relocate_share_finish (SHOAL_ENGINE (source), result, &error);

  g_clear_pointer (&info, shoal_share_info_unref);
  shoal_answer_done (user_data, error);
}

static void
do_relocate (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);

  shoal_engine_relocate_share_async (engine, arguments->id,
                                     (const char *const *) arguments->paths,
                                     arguments->number != 0, NULL, NULL, NULL, on_relocated,
                                     task);
}

void
shoal_model_relocate_share_async (ShoalModel *self, const char *share, const char *const *paths,
                                  gboolean take_changes, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  ShoalArguments arguments = {
    .id = g_strdup (share), .paths = g_strdupv ((char **) paths), .number = take_changes,
  };

  shoal_command_run (do_relocate, shoal_command_new (self, arguments, NULL, callback, user_data));
}

gboolean
shoal_model_relocate_share_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return shoal_command_finish_boolean (self, result, error);
}

/* --- As a .torrent file ---------------------------------------------------- */

static void
on_exported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  shoal_engine_export_share_finish (SHOAL_ENGINE (source), result, &error);
  shoal_answer_done (user_data, error);
}

static void
do_export (ShoalEngine *engine, GTask *task)
{
  const ShoalArguments *arguments = shoal_command_get_arguments (task);

  shoal_engine_export_share_async (engine, arguments->id, arguments->text, NULL, on_exported,
                                   task);
}

void
shoal_model_export_share_async (ShoalModel *self, const char *share, const char *file,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  ShoalArguments arguments = { .id = g_strdup (share), .text = g_strdup (file) };

  shoal_command_run (do_export, shoal_command_new (self, arguments, NULL, callback, user_data));
}

gboolean
shoal_model_export_share_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return shoal_command_finish_boolean (self, result, error);
}

/* --- What a link names ----------------------------------------------------- */

static void
described_free (gpointer described)
{
  shoal_described_free (described);
}

static void
on_described (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  ShoalDescribed *described = shoal_engine_describe_finish (SHOAL_ENGINE (source), result, &error);

  if (described == NULL)
    shoal_answer_error (task, error);
  else
    shoal_answer_pointer (task, described, described_free);
}

static void
do_describe (ShoalEngine *engine, GTask *task)
{
  shoal_engine_describe_async (engine, shoal_command_get_arguments (task)->text, NULL,
                               g_task_get_cancellable (task), on_described, task);
}

void
shoal_model_describe_async (ShoalModel *self, const char *what, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  ShoalArguments arguments = { .text = g_strdup (what) };

  shoal_command_run (do_describe,
                     shoal_command_new (self, arguments, cancellable, callback, user_data));
}

ShoalDescribed *
shoal_model_describe_finish (ShoalModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return shoal_command_finish_pointer (self, result, error);
}
