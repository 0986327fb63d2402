/* shoal-dialog.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-dialog.h"

static void
on_closed (gpointer user_data)
{
  g_object_run_dispose (user_data);
  g_object_unref (user_data);
}

static void
on_unrealize (GtkWidget *window, gpointer user_data)
{
  gtk_window_set_transient_for (GTK_WINDOW (window), NULL);
  /* The rest not in the midst of it: GTK has not finished closing. */
  g_idle_add_once (on_closed, g_object_ref (window));
}

void
shoal_dialog_dispose_when_closed (GtkWindow *window)
{
  g_signal_connect (window, "unrealize", G_CALLBACK (on_unrealize), NULL);
}
