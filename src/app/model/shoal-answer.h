/* shoal-answer.h: how a command of the engine's thread answers GTK's.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* On the engine's thread: answer @task (transfer full) on its own thread, where
 * it is also dropped, and with it what it holds. @error: (transfer full). */
void shoal_answer_pointer (GTask *task, gpointer result, GDestroyNotify destroy);
void shoal_answer_boolean (GTask *task, gboolean result);
void shoal_answer_error   (GTask *task, GError *error);
/* TRUE unless @error is set; the usual end of a call that answers at once. */
void shoal_answer_done    (GTask *task, GError *error);

G_END_DECLS
