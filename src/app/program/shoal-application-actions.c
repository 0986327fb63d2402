/* shoal-application-actions.c: what the desktop, notifications and keys call.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"
#define SHOAL_APPLICATION_ITSELF

#include "config.h"

#include "shoal-application-private.h"
#include "shoal-message-dialog.h"
#include "shoal-preferences.h"

#include <glib/gi18n.h>

static void
on_show (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  shoal_application_present (user_data);
}

static void
on_send (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_autofree const char **paths = g_variant_get_strv (parameter, NULL);

  if (paths[0] != NULL)
    shoal_main_window_choose_receivers (shoal_application_present (user_data), paths, NULL);
}

static void
on_open (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  shoal_main_window_open_what (shoal_application_present (user_data),
                          g_variant_get_string (parameter, NULL));
}

static void
on_preferences (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ShoalApplication *self = user_data;
  const char *page = g_variant_get_string (parameter, NULL);

  shoal_preferences_show (GTK_WINDOW (shoal_application_present (self)), self->model,
                          *page != '\0' ? page : NULL);
}

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  shoal_application_show_about (user_data);
}

static void
on_quit_answer (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  if (g_str_equal (response, "quit"))
    shoal_application_end (user_data);
}

static void
ask_to_quit (ShoalApplication *self)
{
  GtkWidget *dialog
    = shoal_message_dialog_new (GTK_WINDOW (shoal_application_present (self)),
                                _("Stop What Is Being Transferred?"),
                                _("Files are on their way. They go on where they stopped when "
                                  "Shoal runs again."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "quit",
                                    _("_Quit"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "quit",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_quit_answer), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ShoalApplication *self = user_data;

  if (shoal_model_is_moving (self->model))
    ask_to_quit (self);
  else
    shoal_application_end (self);
}

static void
set_keys (GtkApplication *application)
{
  static const struct
  {
    const char *action;
    const char *keys[3];
  } table[] = {
    { "app.preferences::", { "<Control>comma" } },
    { "app.quit", { "<Control>q" } },
    { "win.help", { "F1" } },
    { "window.close", { "<Control>w" } },
    { "win.send-files", { "<Control>o" } },
    { "win.send-folder", { "<Control><Shift>o" } },
    { "win.open-link", { "<Control>l" } },
    { "win.show-page::" SHOAL_PAGE_PEOPLE, { "<Control>1" } },
    { "win.show-page::" SHOAL_PAGE_TRANSFERS, { "<Control>2" } },
    { "win.show-page::" SHOAL_PAGE_SHARED, { "<Control>3" } },
    { "win.back", { "<Alt>Left", "Back" } },
    { "win.show-help-overlay", { "<Control>question" } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    gtk_application_set_accels_for_action (application, table[i].action, table[i].keys);
}

void
shoal_application_add_actions (ShoalApplication *self)
{
  static const GActionEntry entries[] = {
    { "show", on_show, NULL, NULL, NULL },
    { "send", on_send, "as", NULL, NULL },
    { "open", on_open, "s", NULL, NULL },
    { "preferences", on_preferences, "s", NULL, NULL },
    { "about", on_about, NULL, NULL, NULL },
    { "quit", on_quit, NULL, NULL, NULL },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  set_keys (GTK_APPLICATION (self));
}
