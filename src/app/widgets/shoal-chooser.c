/* shoal-chooser.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-chooser.h"

/* GTK's own dialogue asks for the names of the folders above the one it is in, and what it
 * does when it hears that this was cancelled touches widgets that went with the dialogue
 * (GtkPathBar, seen in 4.18): whoever answered fast lost the program. So the dialogue lives,
 * hidden, until any disk has told them. */
#define LINGER_SECONDS 10

static void
on_response (GtkNativeDialog *chooser)
{
  g_timeout_add_once (LINGER_SECONDS * 1000, g_object_unref, g_object_ref (chooser));
}

GtkFileChooserNative *
shoal_chooser_new (GtkWindow *parent, const char *title, GtkFileChooserAction action,
                   const char *accept_label)
{
  GtkFileChooserNative *chooser
    = gtk_file_chooser_native_new (title, parent, action, accept_label, NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect (chooser, "response", G_CALLBACK (on_response), NULL);
  return chooser;
}
