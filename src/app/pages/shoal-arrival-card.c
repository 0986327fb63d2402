/* shoal-arrival-card.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-arrival-card.h"

#include "shoal-avatar-ring.h"
#include "shoal-format.h"
#include "shoal-message-dialog.h"
#include "shoal-opening.h"

#include <glib/gi18n.h>
#include <string.h>

/* What is shown before all is asked for; laying out more takes its time. */
#define SHORT_CHARS 600
#define SHORT_LINES 6

struct _ShoalArrivalCard
{
  AdwBin             parent_instance;

  ShoalModel        *model;    /* (owned) */
  ShoalTransferItem *transfer; /* (owned) */

  ShoalAvatarRing   *avatar;
  GtkLabel          *title, *when, *text;
  GtkWidget         *dismiss_button, *show_all_button, *copy_button, *open_link_button;
};

G_DEFINE_FINAL_TYPE (ShoalArrivalCard, shoal_arrival_card, ADW_TYPE_BIN)

enum
{
  DISMISSED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* --- Links --------------------------------------------------------------- */

gboolean
shoal_link_check (const char *text, char **host)
{
  static const char *const schemes[] = { "http", "https", "ftp", "magnet", "shoal", NULL };
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  g_autoptr (GUri) uri = g_uri_parse (stripped, G_URI_FLAGS_NONE, NULL);

  if (uri == NULL || !g_strv_contains (schemes, g_uri_get_scheme (uri)))
    return FALSE;
  if (host != NULL && g_uri_get_host (uri) != NULL)
    *host = g_hostname_to_ascii (g_uri_get_host (uri));
  return TRUE;
}

/* Ours open here, where it is shown what they name. */
static gboolean
is_share_link (const char *link)
{
  return g_ascii_strncasecmp (link, "shoal:", 6) == 0
         || g_ascii_strncasecmp (link, "magnet:", 7) == 0;
}

static void
on_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  ShoalWindow *window = SHOAL_WINDOW (source);

  if (!gtk_show_uri_full_finish (GTK_WINDOW (source), result, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    shoal_window_toast_error (window, error);
}

static void
on_open_response (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  ShoalWindow *window = SHOAL_WINDOW (gtk_window_get_transient_for (GTK_WINDOW (dialog)));

  if (!g_str_equal (response, "open") || window == NULL)
    return;
  if (is_share_link (user_data))
    shoal_opening_show (window, user_data);
  else
    gtk_show_uri_full (GTK_WINDOW (window), user_data, GDK_CURRENT_TIME, NULL, on_shown, NULL);
}

static void
free_with_closure (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
on_open (ShoalArrivalCard *self)
{
  char *link = g_strstrip (g_strdup (shoal_transfer_item_get_info (self->transfer)->text));
  g_autofree char *host = NULL;
  g_autofree char *body = NULL;
  GtkWidget *dialog;

  if (shoal_link_check (link, &host) && host != NULL)
    /* Translators: a link, and the name of the computer that it leads to. */
    body = g_strdup_printf (_("%s\n\nIt leads to %s."), link, host);
  dialog = shoal_message_dialog_new (GTK_WINDOW (shoal_window_of (GTK_WIDGET (self))),
                                   _("Open This Link?"), body != NULL ? body : link);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "open",
                                    _("_Open"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "open",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_open_response), link,
                         free_with_closure, G_CONNECT_DEFAULT);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- The card ------------------------------------------------------------ */

static void
on_copy (ShoalArrivalCard *self)
{
  ShoalWindow *window = shoal_window_of (GTK_WIDGET (self));

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)),
                          shoal_transfer_item_get_info (self->transfer)->text);
  if (window != NULL)
    shoal_window_toast (window, _("Copied"));
}

static void
on_dismiss (ShoalArrivalCard *self)
{
  g_signal_emit (self, signals[DISMISSED], 0);
}

/* Where the part ends that is shown at first; NULL: all of it is. */
static const char *
find_end (const char *text)
{
  guint n_chars = 0, n_lines = 0;

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      n_lines += *at == '\n';
      if (++n_chars > SHORT_CHARS || n_lines >= SHORT_LINES)
        return at;
    }
  return NULL;
}

static void
show_text (ShoalArrivalCard *self, gboolean all)
{
  const char *text = shoal_transfer_item_get_info (self->transfer)->text;
  const char *end = all ? NULL : find_end (text);
  g_autofree char *cut = end != NULL ? g_strndup (text, (gsize) (end - text)) : NULL;
  g_autofree char *beginning = cut != NULL ? g_strconcat (cut, "…", NULL) : NULL;

  gtk_label_set_text (self->text, beginning != NULL ? beginning : text);
}

static void
on_show_all (ShoalArrivalCard *self)
{
  show_text (self, gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->show_all_button)));
}

static void
fill (ShoalArrivalCard *self)
{
  const ShoalTransferInfo *info = shoal_transfer_item_get_info (self->transfer);
  ShoalDeviceItem *device
    = info->device != NULL ? shoal_model_find_device (self->model, info->device) : NULL;
  gboolean is_link = shoal_link_check (info->text, NULL);
  const char *name = device != NULL ? shoal_device_item_get_name (device) : info->device_name;
  g_autofree char *who = shoal_format_name (name);
  g_autofree char *when = shoal_format_when (info->finished_at / G_USEC_PER_SEC, NULL);
  g_autofree char *title
    = is_link ? g_strdup_printf (_("%s sent you a link"), who)
              : g_strdup_printf (_("%s sent you a text"), who);

  shoal_avatar_ring_set_text (self->avatar, name);
  if (device != NULL)
    shoal_avatar_ring_set_picture (self->avatar, shoal_device_item_get_info (device)->picture);
  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->when, when);
  gtk_widget_set_visible (GTK_WIDGET (self->when), info->finished_at != 0);
  gtk_widget_set_visible (self->show_all_button, find_end (info->text) != NULL);
  gtk_widget_set_visible (self->open_link_button, is_link);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  -1);
  show_text (self, FALSE);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_arrival_card_dispose (GObject *object)
{
  ShoalArrivalCard *self = SHOAL_ARRIVAL_CARD (object);

  g_clear_object (&self->transfer);
  g_clear_object (&self->model);
  gtk_widget_dispose_template (GTK_WIDGET (self), SHOAL_TYPE_ARRIVAL_CARD);
  G_OBJECT_CLASS (shoal_arrival_card_parent_class)->dispose (object);
}

static void
shoal_arrival_card_class_init (ShoalArrivalCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_arrival_card_dispose;
  signals[DISMISSED] = g_signal_new ("dismissed", SHOAL_TYPE_ARRIVAL_CARD, G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_type_ensure (SHOAL_TYPE_AVATAR_RING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-arrival-card.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalArrivalCard, avatar);
  gtk_widget_class_bind_template_child (widget_class, ShoalArrivalCard, title);
  gtk_widget_class_bind_template_child (widget_class, ShoalArrivalCard, when);
  gtk_widget_class_bind_template_child (widget_class, ShoalArrivalCard, text);
  gtk_widget_class_bind_template_child (widget_class, ShoalArrivalCard, dismiss_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalArrivalCard, show_all_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalArrivalCard, copy_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalArrivalCard, open_link_button);
  gtk_widget_class_bind_template_callback (widget_class, on_dismiss);
  gtk_widget_class_bind_template_callback (widget_class, on_show_all);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
  gtk_widget_class_bind_template_callback (widget_class, on_open);
}

static void
shoal_arrival_card_init (ShoalArrivalCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
shoal_arrival_card_new (ShoalModel *model, ShoalTransferItem *transfer)
{
  ShoalArrivalCard *self = g_object_new (SHOAL_TYPE_ARRIVAL_CARD, NULL);

  self->model = g_object_ref (model);
  self->transfer = g_object_ref (transfer);
  fill (self);
  return GTK_WIDGET (self);
}

ShoalTransferItem *
shoal_arrival_card_get_transfer (ShoalArrivalCard *self)
{
  g_return_val_if_fail (SHOAL_IS_ARRIVAL_CARD (self), NULL);

  return self->transfer;
}
