/* shoal-window-actions.c: what one can do in the window, and what is handed to it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"
#define SHOAL_WINDOW_ITSELF

#include "config.h"

#include "shoal-window-private.h"

#include "shoal-error.h"
#include "shoal-help-window.h"
#include "shoal-invite-dialog.h"
#include "shoal-invite.h"
#include "shoal-join-dialog.h"
#include "shoal-open-link-dialog.h"
#include "shoal-sending.h"
#include "shoal-share-dialog.h"
#include "shoal-trouble-page.h"

#include <glib/gi18n.h>

/* --- Actions ------------------------------------------------------------- */

static void
on_show_page (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_window_show_page (SHOAL_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
on_show_person (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_window_show_person (SHOAL_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
on_trouble (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ShoalWindow *self = SHOAL_WINDOW (widget);

  shoal_window_push (self, shoal_trouble_page_new (self->model),
                     _("Can’t See the Other Device?"));
}

static void
on_help (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_help_window_show (SHOAL_WINDOW (widget), "contents");
}

static void
on_help_page (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_help_window_show (SHOAL_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
on_back (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_window_pop (SHOAL_WINDOW (widget));
}

static void
on_send_files (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_sending_choose (widget, NULL, FALSE);
}

static void
on_send_folder (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_sending_choose (widget, NULL, TRUE);
}

static void
on_send_text (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_sending_write (widget, NULL);
}

static void
on_paste (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_sending_paste (widget);
}

static void
on_open_link (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_open_link_dialog_show (GTK_WINDOW (widget), SHOAL_WINDOW (widget)->model, NULL);
}

static void
on_invite (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_invite_dialog_show (SHOAL_WINDOW (widget));
}

static void
on_share_files (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_share_dialog_choose_files (GTK_WINDOW (widget), SHOAL_WINDOW (widget)->model);
}

static void
on_share_folder (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_share_dialog_choose_folder (GTK_WINDOW (widget), SHOAL_WINDOW (widget)->model);
}

static const char *const NEED_ENGINE[] = {
  "win.show-page", "win.show-person", "win.trouble",    "win.send-files",  "win.send-folder",
  "win.send-text", "win.paste",       "win.open-link",  "win.share-files", "win.share-folder",
  "win.invite",
};

void
shoal_window_install_actions (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "win.show-page", "s", on_show_page);
  gtk_widget_class_install_action (klass, "win.show-person", "s", on_show_person);
  gtk_widget_class_install_action (klass, "win.trouble", NULL, on_trouble);
  gtk_widget_class_install_action (klass, "win.invite", NULL, on_invite);
  gtk_widget_class_install_action (klass, "win.help", NULL, on_help);
  gtk_widget_class_install_action (klass, "win.help-page", "s", on_help_page);
  gtk_widget_class_install_action (klass, "win.back", NULL, on_back);
  gtk_widget_class_install_action (klass, "win.send-files", NULL, on_send_files);
  gtk_widget_class_install_action (klass, "win.send-folder", NULL, on_send_folder);
  gtk_widget_class_install_action (klass, "win.send-text", NULL, on_send_text);
  gtk_widget_class_install_action (klass, "win.paste", NULL, on_paste);
  gtk_widget_class_install_action (klass, "win.open-link", NULL, on_open_link);
  gtk_widget_class_install_action (klass, "win.share-files", NULL, on_share_files);
  gtk_widget_class_install_action (klass, "win.share-folder", NULL, on_share_folder);

  /* Not keys of the application: those come before the focused entry's own. */
  gtk_widget_class_add_binding_action (klass, GDK_KEY_v, GDK_CONTROL_MASK, "win.paste", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_Escape, 0, "win.back", NULL);
}

void
shoal_window_enable_actions (ShoalWindow *self, gboolean running)
{
  for (gsize i = 0; i < G_N_ELEMENTS (NEED_ENGINE); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), NEED_ENGINE[i], running);
}

/* --- What is handed to the window ------------------------------------------ */

static gboolean
is_running (ShoalWindow *self)
{
  return shoal_model_get_state (self->model) == SHOAL_MODEL_RUNNING;
}

static void
wait_for_engine (ShoalWindow *self, GVariant *what)
{
  g_ptr_array_add (self->pending, g_variant_ref_sink (what));
}

void
shoal_window_choose_receivers (ShoalWindow *self, const char *const *paths, const char *text)
{
  g_autoptr (ShoalPayload) payload = NULL;
  g_autoptr (GError) error = NULL;

  if (!is_running (self))
    {
      wait_for_engine (self, paths != NULL ? g_variant_new_bytestring_array (paths, -1)
                                           : g_variant_new ("(s)", text));
      return;
    }
  payload = paths != NULL ? shoal_payload_new_files (paths) : shoal_payload_new_text (text, &error);
  if (payload != NULL)
    shoal_sending_ask (GTK_WIDGET (self), payload);
  else if (error != NULL)
    shoal_window_toast_error (self, error);
}

/* GVfs, which links from the desktop pass through, makes "shoal:///?xt=…" of
 * "shoal:?xt=…". (transfer full) */
static char *
undo_tidying (const char *what)
{
  static const char *const SCHEMES[] = { "shoal:", "magnet:" };

  for (guint i = 0; i < G_N_ELEMENTS (SCHEMES); i++)
    {
      gsize length = strlen (SCHEMES[i]);

      if (g_ascii_strncasecmp (what, SCHEMES[i], length) == 0
          && g_str_has_prefix (what + length, "///"))
        return g_strconcat (SCHEMES[i], what + length + strlen ("///"), NULL);
    }
  return g_strdup (what);
}

void
shoal_window_open_what (ShoalWindow *self, const char *what)
{
  g_autofree char *link = undo_tidying (what);

  if (!is_running (self))
    wait_for_engine (self, g_variant_new_bytestring (link));
  else if (shoal_invite_looks_like (link))
    shoal_join_dialog_show (self, link);
  else
    shoal_open_link_dialog_show (GTK_WINDOW (self), self->model, link);
}

static void
run_one (ShoalWindow *self, GVariant *what)
{
  if (g_variant_is_of_type (what, G_VARIANT_TYPE_BYTESTRING_ARRAY))
    {
      g_auto (GStrv) paths = g_variant_dup_bytestring_array (what, NULL);

      shoal_window_choose_receivers (self, (const char *const *) paths, NULL);
    }
  else if (g_variant_is_of_type (what, G_VARIANT_TYPE_BYTESTRING))
    shoal_window_open_what (self, g_variant_get_bytestring (what));
  else
    {
      const char *text;

      g_variant_get (what, "(&s)", &text);
      shoal_window_choose_receivers (self, NULL, text);
    }
}

void
shoal_window_run_pending (ShoalWindow *self)
{
  g_autoptr (GPtrArray) pending = g_steal_pointer (&self->pending);

  self->pending = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  for (guint i = 0; i < pending->len; i++)
    run_one (self, g_ptr_array_index (pending, i));
}

/* --- Errors -------------------------------------------------------------- */

static void
on_copy_details (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  if (g_str_equal (response, "copy"))
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (dialog)),
                            g_object_get_data (G_OBJECT (dialog), "details"));
}

/* What goes to the clipboard: everything, with the code. */
static char *
describe_error (const GError *error)
{
  const char *next = shoal_error_get_next (error);

  return g_strdup_printf ("%s\n%s%s(%s, %s, Shoal %s)", error->message, next != NULL ? next : "",
                          next != NULL ? "\n" : "", shoal_error_get_nick (error),
                          shoal_side_get_nick (shoal_error_get_side (error)), SHOAL_VERSION);
}

static void
on_details (AdwToast *toast, GError *error)
{
  GtkWidget *window = g_object_get_data (G_OBJECT (toast), "window");
  const char *next = shoal_error_get_next (error);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (window), error->message, next);

  g_object_set_data_full (G_OBJECT (dialog), "details", describe_error (error), g_free);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "copy", _("Copy _Details"),
                                    "close", _("_Close"), NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "close");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "close");
  g_signal_connect (dialog, "response", G_CALLBACK (on_copy_details), NULL);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
free_error (gpointer error, GClosure *closure)
{
  g_error_free (error);
}

void
shoal_window_toast_error (ShoalWindow *self, const GError *error)
{
  g_autofree char *markup = g_markup_escape_text (error->message, -1);
  AdwToast *toast = adw_toast_new (markup);

  adw_toast_set_button_label (toast, _("_Details"));
  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  g_object_set_data (G_OBJECT (toast), "window", self);
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (on_details), g_error_copy (error),
                         free_error, 0);
  shoal_window_add_toast (self, toast);
}
