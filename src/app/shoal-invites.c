/* shoal-invites.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-invites.h"

#include "shoal-commands-invites.h"
#include "shoal-invite.h"
#include "shoal-qr.h"

#include <glib/gi18n.h>

#define QR_SIZE 200

/* --- Making one ----------------------------------------------------------- */

static void
on_made_answer (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  const char *invite = g_object_get_data (G_OBJECT (dialog), "invite");
  GtkWindow *window = gtk_window_get_transient_for (GTK_WINDOW (dialog));

  if (g_str_equal (response, "copy"))
    {
      gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (dialog)), invite);
      shoal_window_toast (SHOAL_WINDOW (window), _("Invite copied"));
    }
  else if (g_str_equal (response, "take-back"))
    {
      shoal_model_cancel_invite (shoal_window_get_model (SHOAL_WINDOW (window)), invite);
    }
}

static GtkWidget *
describe_invite (const char *invite)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *qr = shoal_qr_new ();
  GtkWidget *label = gtk_label_new (invite);

  gtk_widget_set_size_request (qr, QR_SIZE, QR_SIZE);
  gtk_widget_set_halign (qr, GTK_ALIGN_CENTER);
  gtk_widget_set_visible (qr, shoal_qr_set_text (SHOAL_QR (qr), invite));
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 30);
  gtk_widget_add_css_class (label, "monospace");
  gtk_widget_set_name (label, "invite_label");
  gtk_box_append (GTK_BOX (box), qr);
  gtk_box_append (GTK_BOX (box), label);
  return box;
}

static void
show_invite (ShoalWindow *window, const char *invite)
{
  GtkWidget *dialog = adw_message_dialog_new (
    GTK_WINDOW (window), _("Invite a Friend"),
    _("Give this to one person, by a way that nobody else sees. Once, within a week, it makes "
      "you friends, wherever they are. To meet, both of you ask a tracker."));

  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), describe_invite (invite));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "take-back", _("_Take Back"),
                                    "close", _("C_lose"), "copy", _("_Copy"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "copy",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "copy");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "close");
  g_object_set_data_full (G_OBJECT (dialog), "invite", g_strdup (invite), g_free);
  g_signal_connect (dialog, "response", G_CALLBACK (on_made_answer), NULL);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *invite
    = shoal_model_make_invite_finish (SHOAL_MODEL (source), result, &error);

  if (!gtk_widget_get_visible (GTK_WIDGET (window)))
    return;
  if (invite != NULL)
    show_invite (window, invite);
  else
    shoal_window_toast_error (window, error);
}

void
shoal_invites_make (ShoalWindow *window)
{
  shoal_model_make_invite_async (shoal_window_get_model (window), on_made,
                                 g_object_ref (window));
}

/* --- Opening one ------------------------------------------------------------ */

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = shoal_model_open_invite_finish (SHOAL_MODEL (source), result, &error);
  ShoalDeviceItem *item = id != NULL ? shoal_model_find_device (SHOAL_MODEL (source), id) : NULL;
  g_autofree char *text = NULL;

  if (id == NULL)
    {
      shoal_window_toast_error (window, error);
      return;
    }
  text = item != NULL
           ? g_strdup_printf (_("%s is now your friend"), shoal_device_item_get_name (item))
           : g_strdup (_("You are friends now"));
  shoal_window_toast (window, text);
}

static void
on_open_answer (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  ShoalWindow *window
    = SHOAL_WINDOW (gtk_window_get_transient_for (GTK_WINDOW (dialog)));

  if (!g_str_equal (response, "add"))
    return;
  shoal_window_toast (window, _("Looking for your friend…"));
  shoal_model_open_invite_async (shoal_window_get_model (window),
                                 g_object_get_data (G_OBJECT (dialog), "invite"), NULL, on_opened,
                                 g_object_ref (window));
}

gboolean
shoal_invites_open (ShoalWindow *window, const char *text)
{
  GtkWidget *dialog;

  if (!shoal_invite_looks_like (text))
    return FALSE;

  dialog = adw_message_dialog_new (
    GTK_WINDOW (window), _("Become Friends?"),
    _("This invite makes you and whoever gave it to you friends. To meet, Shoal asks the tracker "
      "that the invite names."));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "add",
                                    _("_Add as a Friend"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "add",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "add");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "invite", g_strdup (text), g_free);
  g_signal_connect (dialog, "response", G_CALLBACK (on_open_answer), NULL);
  gtk_window_present (GTK_WINDOW (dialog));
  return TRUE;
}
