/* shoal-sending.c: what a person does to send: choose, paste, drop, confirm.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-sending.h"

#include "shoal-background.h"
#include "shoal-chooser.h"
#include "shoal-commands.h"
#include "shoal-error.h"
#include "shoal-format.h"
#include "shoal-message-dialog.h"
#include "shoal-pasted.h"
#include "shoal-person-words.h"
#include "shoal-receivers-dialog.h"
#include "shoal-send-text-dialog.h"

#include <glib/gi18n.h>

/* --- Sending ------------------------------------------------------------- */

typedef struct
{
  ShoalWindow  *window;  /* (owned) */
  ShoalPayload *payload; /* (owned) */
  GPtrArray    *devices; /* (owned) of char * */
  guint         at;      /* the one whose whole ID is looked for */
  char        **sent;    /* (owned) (nullable): transfer IDs */
} Sending;

static void
sending_free (gpointer data)
{
  Sending *self = data;

  g_object_unref (self->window);
  shoal_payload_unref (self->payload);
  g_ptr_array_unref (self->devices);
  g_strfreev (self->sent);
  g_free (self);
}

static void
on_undo (AdwToast *toast, gpointer user_data)
{
  Sending *self = user_data;

  for (gsize i = 0; self->sent[i] != NULL; i++)
    shoal_model_cancel (shoal_window_get_model (self->window), self->sent[i]);
}

static void
closure_free (gpointer data, GClosure *closure)
{
  sending_free (data);
}

/* "Anna and 2 others": those of our devices that are away, or that are here. */
static char *
name_those (Sending *self, gboolean away, guint *n)
{
  ShoalModel *model = shoal_window_get_model (self->window);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < self->devices->len; i++)
    {
      ShoalDeviceItem *item = shoal_model_find_device (model, self->devices->pdata[i]);

      if (item != NULL && (shoal_device_item_get_info (item)->reach == SHOAL_REACH_NONE) == away)
        g_ptr_array_add (names, g_strdup (shoal_device_item_get_name (item)));
    }
  *n = names->len;
  return shoal_format_people ((const char *const *) names->pdata, names->len);
}

/* Says what becomes of it, and lets it be taken back; takes @self. */
static void
say_sent (Sending *self)
{
  guint n_away, n_here;
  g_autofree char *away = name_those (self, TRUE, &n_away);
  g_autofree char *here = name_those (self, FALSE, &n_here);
  g_autofree char *text = NULL;
  g_autofree char *markup = NULL;
  AdwToast *toast;

  if (n_away == 0)
    /* Translators: %s is a person, or several. */
    text = g_strdup_printf (_("Offered to %s"), here);
  else if (n_here == 0)
    text = g_strdup_printf (ngettext ("%s is offline: it goes out when both of you are there",
                                      "%s are offline: it goes out when they are there", n_away),
                            away);
  else
    text = g_strdup_printf (ngettext ("Offered to %s; waits for %s, who is offline",
                                      "Offered to %s; waits for %s, who are offline", n_away),
                            here, away);

  markup = g_markup_escape_text (text, -1);
  toast = adw_toast_new (markup);
  adw_toast_set_button_label (toast, _("_Undo"));
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (on_undo), self, closure_free,
                         G_CONNECT_DEFAULT);
  shoal_window_add_toast (self->window, toast);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sending *self = user_data;
  g_autoptr (GError) error = NULL;

  self->sent = shoal_model_send_finish (SHOAL_MODEL (source), result, &error);
  if (self->sent != NULL)
    {
      say_sent (self);
      return;
    }
  shoal_sending_explain (GTK_WIDGET (self->window), error,
                         self->devices->len == 1 ? self->devices->pdata[0] : NULL);
  sending_free (self);
}

static void go_on (Sending *self);

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sending *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDeviceInfo) info
    = shoal_model_find_finish (SHOAL_MODEL (source), result, &error);

  if (info == NULL)
    {
      shoal_window_toast_error (self->window, error);
      sending_free (self);
      return;
    }
  g_free (self->devices->pdata[self->at]);
  self->devices->pdata[self->at++] = g_strdup (info->id);
  go_on (self);
}

/* A device that is only known by its announcement is called first. */
static void
go_on (Sending *self)
{
  ShoalModel *model = shoal_window_get_model (self->window);

  while (self->at < self->devices->len && shoal_is_whole_id (self->devices->pdata[self->at]))
    self->at++;
  if (self->at < self->devices->len)
    {
      shoal_model_find_async (model, self->devices->pdata[self->at], SHOAL_FIND_TIMEOUT, NULL,
                              on_found, self);
      return;
    }

  g_ptr_array_add (self->devices, NULL);
  shoal_model_send_async (model, shoal_payload_get_paths (self->payload),
                          shoal_payload_get_text (self->payload),
                          (const char *const *) self->devices->pdata, on_sent, self);
  g_ptr_array_remove_index (self->devices, self->devices->len - 1);
}

void
shoal_sending_send (GtkWidget *widget, ShoalPayload *payload, const char *const *devices)
{
  ShoalWindow *window = shoal_window_of (widget);
  Sending *self;

  g_return_if_fail (window != NULL && payload != NULL && devices != NULL);

  self = g_new0 (Sending, 1);
  self->window = g_object_ref (window);
  self->payload = shoal_payload_ref (payload);
  self->devices = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; devices[i] != NULL; i++)
    g_ptr_array_add (self->devices, g_strdup (devices[i]));
  go_on (self);
}

void
shoal_sending_ask (GtkWidget *widget, ShoalPayload *payload)
{
  ShoalWindow *window = shoal_window_of (widget);

  g_return_if_fail (window != NULL && payload != NULL);

  shoal_receivers_dialog_present (window, payload);
}

/* --- Choosing ------------------------------------------------------------ */

typedef struct
{
  ShoalWindow *window; /* (owned) */
  char        *device; /* (owned) (nullable) */
} Choosing;

static void
choosing_free (Choosing *self)
{
  g_object_unref (self->window);
  g_free (self->device);
  g_free (self);
}

static void
send_or_ask (ShoalWindow *window, ShoalPayload *payload, const char *device)
{
  if (device != NULL)
    shoal_sending_send (GTK_WIDGET (window), payload, (const char *const[]){ device, NULL });
  else
    shoal_sending_ask (GTK_WIDGET (window), payload);
}

static void
on_chosen (GtkNativeDialog *native, int response, gpointer user_data)
{
  Choosing *self = user_data;
  g_autoptr (GListModel) files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (native));
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalPayload) payload = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    {
      payload = shoal_payload_new_model (files, &error);
      if (payload != NULL)
        send_or_ask (self->window, payload, self->device);
      else
        shoal_sending_explain (GTK_WIDGET (self->window), error, self->device);
    }
  choosing_free (self);
  g_object_unref (native);
}

void
shoal_sending_choose (GtkWidget *widget, const char *device, gboolean folders)
{
  ShoalWindow *window = shoal_window_of (widget);
  Choosing *self;
  GtkFileChooserNative *native;

  g_return_if_fail (window != NULL);

  self = g_new0 (Choosing, 1);
  self->window = g_object_ref (window);
  self->device = g_strdup (device);
  native = shoal_chooser_new (GTK_WINDOW (window), folders ? _("Send Folders") : _("Send Files"),
                              folders ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER
                                      : GTK_FILE_CHOOSER_ACTION_OPEN,
                              device != NULL ? _("_Send") : _("_Choose"));
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (native), TRUE);
  g_signal_connect (native, "response", G_CALLBACK (on_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (native));
}

void
shoal_sending_write (GtkWidget *widget, const char *device)
{
  ShoalWindow *window = shoal_window_of (widget);

  g_return_if_fail (window != NULL);

  shoal_send_text_dialog_present (window, device);
}

/* --- Pasting ------------------------------------------------------------- */

static void
on_pasted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalWindow) window = SHOAL_WINDOW (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalPayload) payload = shoal_pasted_finish (result, &error);

  if (payload != NULL)
    shoal_sending_ask (GTK_WIDGET (window), payload);
  else
    shoal_sending_explain (GTK_WIDGET (window), error, NULL);
}

void
shoal_sending_paste (GtkWidget *widget)
{
  ShoalWindow *window = shoal_window_of (widget);
  ShoalModel *model;

  g_return_if_fail (window != NULL);

  model = shoal_window_get_model (window);
  shoal_pasted_read_async (gtk_widget_get_clipboard (widget), shoal_model_get_state_dir (model),
                           on_pasted, g_object_ref (window));
}

/* --- What went wrong ----------------------------------------------------- */

static void
on_explained (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Choosing *self = user_data;

  if (g_str_equal (response, "files") || g_str_equal (response, "folder"))
    shoal_sending_choose (GTK_WIDGET (self->window), self->device,
                          g_str_equal (response, "folder"));
  choosing_free (self);
}

/* Whether choosing again can help: something could not be read, or is not here. */
static gboolean
is_about_files (const GError *error)
{
  return error->domain != SHOAL_ERROR || error->code == SHOAL_ERROR_NOT_FOUND
         || error->code == SHOAL_ERROR_NOT_GRANTED
         || error->code == SHOAL_ERROR_DISK || error->code == SHOAL_ERROR_UNSUPPORTED
         || (error->code == SHOAL_ERROR_INVALID
             && shoal_error_get_side (error) == SHOAL_SIDE_HERE);
}

void
shoal_sending_explain (GtkWidget *widget, const GError *error, const char *device)
{
  ShoalWindow *window = shoal_window_of (widget);
  Choosing *self;
  AdwMessageDialog *dialog;
  const char *happened = error->message;
  const char *next;

  g_return_if_fail (window != NULL && error != NULL);

  /* What the toolkit says of a portal that hands over no folders helps nobody. */
  if (error->domain != SHOAL_ERROR && shoal_background_is_sandboxed ())
    happened = _("The desktop does not let Shoal read what was dropped, as often with folders");
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!is_about_files (error))
    {
      shoal_window_toast_error (window, error);
      return;
    }

  self = g_new0 (Choosing, 1);
  self->window = g_object_ref (window);
  self->device = g_strdup (device);
  next = error->code == SHOAL_ERROR_UNSUPPORTED ? shoal_error_get_next (error) : NULL;
  dialog = ADW_MESSAGE_DIALOG (
    shoal_message_dialog_new (GTK_WINDOW (window), _("This Cannot Be Read"), NULL));
  adw_message_dialog_format_body (
    dialog, "%s. %s", happened,
    next != NULL ? next
                 : _("What you choose in the file chooser, Shoal is allowed to read."));
  adw_message_dialog_add_responses (dialog, "cancel", _("_Cancel"), "folder",
                                    _("Choose F_older…"), "files", _("Choose _Files…"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "files", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "files");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect (dialog, "response", G_CALLBACK (on_explained), self);
  gtk_window_present (GTK_WINDOW (dialog));
}
