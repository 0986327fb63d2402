/* shoal-answer.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-answer.h"

typedef struct
{
  GTask          *task;    /* (owned) */
  gboolean        is_pointer;
  gpointer        pointer;
  GDestroyNotify  destroy;
  gboolean        boolean;
  GError         *error;   /* (owned) (nullable) */
} Answer;

/* On the task's thread. */
static gboolean
on_answer (gpointer user_data)
{
  Answer *answer = user_data;

  if (answer->error != NULL)
    g_task_return_error (answer->task, answer->error);
  else if (answer->is_pointer)
    g_task_return_pointer (answer->task, answer->pointer, answer->destroy);
  else
    g_task_return_boolean (answer->task, answer->boolean);
  g_object_unref (answer->task);
  g_free (answer);
  return G_SOURCE_REMOVE;
}

static void
answer_with (GTask *task, Answer answer)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  answer.task = task;
  g_source_set_callback (source, on_answer, g_memdup2 (&answer, sizeof answer), NULL);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_attach (source, g_task_get_context (task));
}

void
shoal_answer_pointer (GTask *task, gpointer result, GDestroyNotify destroy)
{
  answer_with (task, (Answer){ .is_pointer = TRUE, .pointer = result, .destroy = destroy });
}

void
shoal_answer_boolean (GTask *task, gboolean result)
{
  answer_with (task, (Answer){ .boolean = result });
}

void
shoal_answer_error (GTask *task, GError *error)
{
  answer_with (task, (Answer){ .error = error });
}

void
shoal_answer_done (GTask *task, GError *error)
{
  answer_with (task, (Answer){ .boolean = TRUE, .error = error });
}
