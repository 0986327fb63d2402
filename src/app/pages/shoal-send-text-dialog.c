/* shoal-send-text-dialog.c: asks for a text to send.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-send-text-dialog.h"

#include "shoal-error.h"
#include "shoal-sending.h"

#include <glib/gi18n.h>

struct _ShoalSendTextDialog
{
  AdwWindow       parent_instance;

  ShoalWindow    *window; /* (unowned): we are transient for it */
  char           *device; /* (owned) (nullable) */

  AdwWindowTitle *title;
  GtkButton      *send_button;
  GtkTextView    *text_view;
  GtkLabel       *placeholder;
  GtkLabel       *trouble_label;
};

G_DEFINE_FINAL_TYPE (ShoalSendTextDialog, shoal_send_text_dialog, ADW_TYPE_WINDOW)

/* (nullable) (transfer full) */
static ShoalPayload *
get_payload (ShoalSendTextDialog *self, GError **error)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text_view);
  GtkTextIter start, end;
  g_autofree char *text = NULL;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  text = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  return shoal_payload_new_text (text, error);
}

static void
on_text_changed (ShoalSendTextDialog *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text_view);
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalPayload) payload = get_payload (self, &error);
  gboolean too_long = g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_LIMIT);

  gtk_widget_set_visible (GTK_WIDGET (self->placeholder),
                          gtk_text_buffer_get_char_count (buffer) == 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "text.send", payload != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->trouble_label), too_long);
  if (too_long)
    {
      g_autofree char *words
        = g_strdup_printf ("%s. %s", error->message, shoal_error_get_next (error));

      gtk_label_set_label (self->trouble_label, words);
    }
}

static void
on_send (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalSendTextDialog *self = SHOAL_SEND_TEXT_DIALOG (widget);
  g_autoptr (ShoalPayload) payload = get_payload (self, NULL);
  g_autofree char *device = g_strdup (self->device);
  GtkWidget *window = GTK_WIDGET (self->window);

  if (payload == NULL)
    return;
  gtk_window_close (GTK_WINDOW (self));
  if (device != NULL)
    shoal_sending_send (window, payload, (const char *const[]){ device, NULL });
  else
    shoal_sending_ask (window, payload);
}

static void
shoal_send_text_dialog_dispose (GObject *object)
{
  ShoalSendTextDialog *self = SHOAL_SEND_TEXT_DIALOG (object);

  g_clear_pointer (&self->device, g_free);
  G_OBJECT_CLASS (shoal_send_text_dialog_parent_class)->dispose (object);
}

static void
shoal_send_text_dialog_class_init (ShoalSendTextDialogClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_send_text_dialog_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-send-text-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalSendTextDialog, title);
  gtk_widget_class_bind_template_child (widget_class, ShoalSendTextDialog, send_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalSendTextDialog, text_view);
  gtk_widget_class_bind_template_child (widget_class, ShoalSendTextDialog, placeholder);
  gtk_widget_class_bind_template_child (widget_class, ShoalSendTextDialog, trouble_label);

  gtk_widget_class_install_action (widget_class, "text.send", NULL, on_send);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Return, GDK_CONTROL_MASK,
                                       "text.send", NULL);
}

static void
shoal_send_text_dialog_init (ShoalSendTextDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (gtk_text_view_get_buffer (self->text_view), "changed",
                            G_CALLBACK (on_text_changed), self);
  on_text_changed (self);
}

void
shoal_send_text_dialog_present (ShoalWindow *parent, const char *device)
{
  ShoalSendTextDialog *self;
  ShoalDeviceItem *item;

  g_return_if_fail (SHOAL_IS_WINDOW (parent));

  self = g_object_new (SHOAL_TYPE_SEND_TEXT_DIALOG, "transient-for", parent, NULL);
  self->window = parent;
  self->device = g_strdup (device);
  item = device != NULL ? shoal_model_find_device (shoal_window_get_model (parent), device) : NULL;
  if (item != NULL)
    {
      /* Translators: below the title "Send Text": to whom. */
      g_autofree char *subtitle
        = g_strdup_printf (_("to %s"), shoal_device_item_get_name (item));

      adw_window_title_set_subtitle (self->title, subtitle);
    }
  if (device == NULL)
    gtk_button_set_label (self->send_button, _("_Next"));
  gtk_window_present (GTK_WINDOW (self));
}
