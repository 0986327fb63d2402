/* shoal-application-closing.c: closing, staying, leaving, and coming back at login.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"
#define SHOAL_APPLICATION_ITSELF

#include "config.h"

#include "shoal-application-private.h"
#include "shoal-background.h"
#include "shoal-commands-settings.h"
#include "shoal-message-dialog.h"

#include <glib/gi18n.h>

/* How long it stays after the last window, if it is to quit on close. */
#define LEAVE_AFTER_S 10

/* --- Leaving ------------------------------------------------------------- */

static gboolean
is_window_open (ShoalApplication *self)
{
  return self->window != NULL && gtk_widget_get_visible (GTK_WIDGET (self->window));
}

static gboolean
keeps_receiving (ShoalApplication *self)
{
  ShoalSettings *settings = shoal_model_get_settings (self->model);

  return self->stays || (settings != NULL && settings->on_close == SHOAL_ON_CLOSE_KEEP);
}

/* Nobody looks, nothing moves, and it is not to stay. */
static gboolean
may_leave (ShoalApplication *self)
{
  return !is_window_open (self) && !keeps_receiving (self)
         && !shoal_model_is_moving (self->model) && self->n_hosted == 0;
}

static gboolean
on_leave (gpointer user_data)
{
  ShoalApplication *self = user_data;

  self->leave_timer = 0;
  if (may_leave (self))
    shoal_application_end (self);
  return G_SOURCE_REMOVE;
}

void
shoal_application_consider_leaving (ShoalApplication *self)
{
  g_clear_handle_id (&self->leave_timer, g_source_remove);
  if (!self->quitting && may_leave (self))
    self->leave_timer = g_timeout_add_seconds (LEAVE_AFTER_S, on_leave, self);
}

void
shoal_application_window_visible (ShoalApplication *self)
{
  shoal_model_set_attended (self->model, is_window_open (self));
  shoal_application_consider_leaving (self);
}

/* --- Closing ------------------------------------------------------------- */

static void
on_close_answer (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  ShoalApplication *self = user_data;
  gboolean keep = g_str_equal (response, "keep");
  GVariantDict changes;

  if (!keep && !g_str_equal (response, "quit"))
    return;

  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert (&changes, "on-close", "s", keep ? "keep" : "quit");
  shoal_model_change_settings_async (self->model, g_variant_dict_end (&changes), NULL, NULL);
  if (keep)
    gtk_widget_set_visible (GTK_WIDGET (self->window), FALSE);
  else
    shoal_application_end (self);
}

static void
ask_what_closing_means (ShoalApplication *self)
{
  GtkWidget *dialog = shoal_message_dialog_new (
    GTK_WINDOW (self->window), _("Keep Receiving?"),
    _("Shoal can go on receiving when its window is closed; you are told when something "
      "arrives. This can be changed in the preferences."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "quit",
                                    _("_Quit"), "keep", _("_Keep Receiving"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "keep",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "keep");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_close_answer), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
shoal_application_close_window (ShoalApplication *self)
{
  ShoalSettings *settings = shoal_model_get_settings (self->model);
  gboolean running = shoal_model_get_state (self->model) == SHOAL_MODEL_RUNNING;

  if (running && (shoal_model_is_moving (self->model) || keeps_receiving (self)))
    gtk_widget_set_visible (GTK_WIDGET (self->window), FALSE);
  else if (running && settings->on_close == SHOAL_ON_CLOSE_ASK)
    ask_what_closing_means (self);
  else
    shoal_application_end (self);
}

/* --- Starting at login ------------------------------------------------------ */

/* What the desktop was told last, and the settings, become what it allows: a
 * switch that does nothing goes back. */
static void
take_back (ShoalApplication *self, const ShoalBackground *allowed)
{
  ShoalSettings *settings = shoal_model_get_settings (self->model);
  GVariantDict changes;

  self->background_told = allowed->at_login ? 2 : allowed->stays ? 1 : 0;
  g_variant_dict_init (&changes, NULL);
  if (settings->start_at_login != allowed->at_login)
    g_variant_dict_insert (&changes, "start-at-login", "b", allowed->at_login);
  if (settings->on_close == SHOAL_ON_CLOSE_KEEP && !allowed->stays)
    g_variant_dict_insert (&changes, "on-close", "s", "ask");
  shoal_model_change_settings_async (self->model, g_variant_dict_end (&changes), NULL, NULL);
}

static void
on_background_set (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalApplication) self = user_data;
  g_autoptr (GError) error = NULL;
  ShoalBackground allowed;

  if (shoal_background_set_finish (result, &allowed, &error))
    return;
  g_debug ("Start at login: %s", error->message);
  if (self->model == NULL)
    return;
  take_back (self, &allowed);
  shoal_model_tell_error (self->model, error);
}

/* The desktop is asked when a setting says otherwise than what it was told last;
 * at first only what is on is told, or what may have been switched off elsewhere. */
void
shoal_application_settings_changed (ShoalApplication *self)
{
  ShoalSettings *settings = shoal_model_get_settings (self->model);
  gboolean background = settings->on_close == SHOAL_ON_CLOSE_KEEP || settings->start_at_login;
  int wanted = settings->start_at_login ? 2 : background ? 1 : 0;
  gboolean asks = shoal_background_is_sandboxed ();

  shoal_application_consider_leaving (self);
  if (!settings->first_run_done || wanted == self->background_told)
    return;
  if (asks ? wanted > 0 || self->background_told > 0
           : (wanted == 2) != (self->background_told == 2) || self->background_told < 0)
    shoal_background_set_async (g_application_get_application_id (G_APPLICATION (self)),
                                settings->start_at_login, on_background_set, g_object_ref (self));
  self->background_told = wanted;
}
