/* shoal-main-window-actions.c: what one can do in the window, and what is handed to it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"
#define SHOAL_MAIN_WINDOW_ITSELF

#include "config.h"

#include "shoal-main-window-private.h"

#include "shoal-help-window.h"
#include "shoal-invite-dialog.h"
#include "shoal-open-link-dialog.h"
#include "shoal-opening.h"
#include "shoal-sending.h"
#include "shoal-share-dialog.h"
#include "shoal-trouble-page.h"

#include <glib/gi18n.h>

static ShoalModel *
get_model (GtkWidget *widget)
{
  return shoal_window_get_model (SHOAL_WINDOW (widget));
}

/* --- Actions ------------------------------------------------------------- */

static void
on_show_page (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_main_window_show_page (SHOAL_MAIN_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
on_show_person (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_main_window_show_person (SHOAL_MAIN_WINDOW (widget),
                                 g_variant_get_string (parameter, NULL));
}

static void
on_trouble (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_window_push (SHOAL_WINDOW (widget), shoal_trouble_page_new (get_model (widget)),
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
  shoal_open_link_dialog_show (GTK_WINDOW (widget), get_model (widget), NULL);
}

static void
on_invite (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_invite_dialog_show (SHOAL_WINDOW (widget));
}

static void
on_share_files (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_share_dialog_choose_files (GTK_WINDOW (widget), get_model (widget));
}

static void
on_share_folder (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_share_dialog_choose_folder (GTK_WINDOW (widget), get_model (widget));
}

static const char *const NEED_ENGINE[] = {
  "win.show-page", "win.show-person", "win.trouble",    "win.send-files",  "win.send-folder",
  "win.send-text", "win.paste",       "win.open-link",  "win.share-files", "win.share-folder",
  "win.invite",
};

void
shoal_main_window_install_actions (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "win.show-page", "s", on_show_page);
  gtk_widget_class_install_action (klass, "win.show-person", "s", on_show_person);
  gtk_widget_class_install_action (klass, "win.trouble", NULL, on_trouble);
  gtk_widget_class_install_action (klass, "win.invite", NULL, on_invite);
  gtk_widget_class_install_action (klass, "win.help", NULL, on_help);
  gtk_widget_class_install_action (klass, "win.help-page", "s", on_help_page);
  gtk_widget_class_install_action (klass, "win.send-files", NULL, on_send_files);
  gtk_widget_class_install_action (klass, "win.send-folder", NULL, on_send_folder);
  gtk_widget_class_install_action (klass, "win.send-text", NULL, on_send_text);
  gtk_widget_class_install_action (klass, "win.paste", NULL, on_paste);
  gtk_widget_class_install_action (klass, "win.open-link", NULL, on_open_link);
  gtk_widget_class_install_action (klass, "win.share-files", NULL, on_share_files);
  gtk_widget_class_install_action (klass, "win.share-folder", NULL, on_share_folder);

  /* Not keys of the application: those come before the focused entry's own. */
  gtk_widget_class_add_binding_action (klass, GDK_KEY_v, GDK_CONTROL_MASK, "win.paste", NULL);
}

void
shoal_main_window_enable_actions (ShoalMainWindow *self, gboolean running)
{
  for (gsize i = 0; i < G_N_ELEMENTS (NEED_ENGINE); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), NEED_ENGINE[i], running);
}

/* --- What is handed to the window ------------------------------------------ */

static gboolean
is_running (ShoalMainWindow *self)
{
  return shoal_model_get_state (get_model (GTK_WIDGET (self))) == SHOAL_MODEL_RUNNING;
}

static void
wait_for_engine (ShoalMainWindow *self, GVariant *what)
{
  g_ptr_array_add (self->pending, g_variant_ref_sink (what));
}

void
shoal_main_window_choose_receivers (ShoalMainWindow *self, const char *const *paths,
                                    const char *text)
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
    shoal_window_toast_error (SHOAL_WINDOW (self), error);
}

void
shoal_main_window_open_what (ShoalMainWindow *self, const char *what)
{
  if (is_running (self))
    shoal_opening_show (SHOAL_WINDOW (self), what);
  else
    wait_for_engine (self, g_variant_new_bytestring (what));
}

static void
run_one (ShoalMainWindow *self, GVariant *what)
{
  if (g_variant_is_of_type (what, G_VARIANT_TYPE_BYTESTRING_ARRAY))
    {
      g_auto (GStrv) paths = g_variant_dup_bytestring_array (what, NULL);

      shoal_main_window_choose_receivers (self, (const char *const *) paths, NULL);
    }
  else if (g_variant_is_of_type (what, G_VARIANT_TYPE_BYTESTRING))
    shoal_main_window_open_what (self, g_variant_get_bytestring (what));
  else
    {
      const char *text;

      g_variant_get (what, "(&s)", &text);
      shoal_main_window_choose_receivers (self, NULL, text);
    }
}

void
shoal_main_window_run_pending (ShoalMainWindow *self)
{
  g_autoptr (GPtrArray) pending = g_steal_pointer (&self->pending);

  self->pending = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  for (guint i = 0; i < pending->len; i++)
    run_one (self, g_ptr_array_index (pending, i));
}
