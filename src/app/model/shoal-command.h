/* shoal-command.h: what commands are made of; for shoal-commands-*.c only.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-answer.h"
#include "shoal-model.h"

G_BEGIN_DECLS

/* The arguments of a command; each may be unset. Freed with its task. */
typedef struct
{
  char          *id;        /* each pointer (owned) (nullable) */
  char          *text;
  char          *directory;
  char         **paths;
  char         **devices;
  GVariant      *variant;
  gint64         number;
} ShoalArguments;

/* @arguments: (transfer full) its strings and all; copied. @callback: (nullable):
 * then a failure makes the model emit "error". The cancellable of a task is seen
 * by both threads: the engine only polls it or waits by a source of its own.
 * Returns: (transfer full): for shoal_command_run() */
GTask *shoal_command_new (ShoalModel *model, ShoalArguments arguments, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);
/* Takes @task over. */
void   shoal_command_run (ShoalEngineTaskFunc func, GTask *task);
/* (transfer none): on either thread. */
const ShoalArguments *shoal_command_get_arguments (GTask *task);

/* The ends of most commands. */
gboolean shoal_command_finish_boolean (ShoalModel *model, GAsyncResult *result, GError **error);
gpointer shoal_command_finish_pointer (ShoalModel *model, GAsyncResult *result, GError **error);

/* A whole command around an engine call that answers at once. */
typedef gboolean (*ShoalIdFunc) (ShoalEngine *engine, const char *id, GError **error);
void shoal_command_with_id (ShoalModel *model, ShoalIdFunc func, const char *id);

G_END_DECLS
