/* shoal-share-row.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-share-row.h"

#include "shoal-chooser.h"
#include "shoal-commands-links.h"
#include "shoal-commands-shares.h"
#include "shoal-error.h"
#include "shoal-files-view.h"
#include "shoal-format.h"
#include "shoal-link-button.h"
#include "shoal-message-dialog.h"
#include "shoal-payload.h"
#include "shoal-share-dialog.h"
#include "shoal-share-words.h"
#include "shoal-steady-label.h"
#include "shoal-window.h"

#include <glib/gi18n.h>

struct _ShoalShareRow
{
  GtkListBoxRow     parent_instance;

  ShoalModel       *model; /* (owned) */
  ShoalShareItem   *item;  /* (owned) */

  /* Of the template. */
  GtkImage         *icon;
  GtkLabel         *name_label;
  GtkLabel         *line_label;
  ShoalSteadyLabel *use_label;
  GtkProgressBar   *bar;
  GtkLabel         *trouble_label;
  GtkWidget        *remedies;
  GtkButton        *locate_button;
  GtkWidget        *take_changes_button;
  ShoalLinkButton  *link_button;
};

G_DEFINE_FINAL_TYPE (ShoalShareRow, shoal_share_row, GTK_TYPE_LIST_BOX_ROW)

static const ShoalShareInfo *
info_of (ShoalShareRow *self)
{
  return shoal_share_item_get_info (self->item);
}

/* --- What it shows --------------------------------------------------------- */

static void
update_bar (ShoalShareRow *self, const ShoalShareInfo *info)
{
  g_autofree char *words = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->bar), info->state == SHOAL_SHARE_PREPARING);
  if (info->state != SHOAL_SHARE_PREPARING)
    return;
  words = shoal_format_progress (info->hashed, info->to_hash);
  gtk_progress_bar_set_fraction (
    self->bar, info->to_hash > 0 ? (double) info->hashed / (double) info->to_hash : 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->bar), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                  words, -1);
}

static void
update_trouble (ShoalShareRow *self, const ShoalShareInfo *info)
{
  g_autofree char *trouble = shoal_share_words_trouble (info);
  gboolean changed = g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_CHANGED);
  gboolean refused = g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_NOT_GRANTED);

  gtk_widget_set_visible (GTK_WIDGET (self->trouble_label), trouble != NULL);
  gtk_widget_set_visible (self->remedies, trouble != NULL);
  gtk_widget_set_visible (self->take_changes_button, changed);
  gtk_button_set_label (self->locate_button, refused ? _("Choose _Again…") : _("_Locate…"));
  gtk_label_set_label (self->trouble_label, trouble != NULL ? trouble : "");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "share.locate", trouble != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "share.take-changes", changed);
}

static void
on_changed (ShoalShareItem *item, ShoalShareRow *self)
{
  const ShoalShareInfo *info = info_of (self);
  g_autofree char *name = shoal_format_name (info->name);
  g_autofree char *line = shoal_share_words_line (self->model, info);
  g_autofree char *use = shoal_share_words_use (info);
  g_autofree char *hint = shoal_share_words_hint (self->model, info);
  gboolean is_file = info->files == 1 && !info->is_folder;
  const char *icon = is_file ? "text-x-generic-symbolic" : "folder-symbolic";
  gboolean served = info->state == SHOAL_SHARE_SERVED;
  g_autofree char *description = shoal_format_join (line, use, NULL);

  if (g_strcmp0 (gtk_image_get_icon_name (self->icon), icon) != 0)
    gtk_image_set_from_icon_name (self->icon, icon);
  gtk_label_set_label (self->name_label, name);
  gtk_label_set_label (self->line_label, line);
  shoal_steady_label_set_text (self->use_label, use);
  gtk_widget_set_visible (GTK_WIDGET (self->use_label), *use != '\0');
  update_bar (self, info);
  update_trouble (self, info);
  shoal_link_button_set_link (self->link_button, served ? info->link : NULL, hint);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "share.copy-link",
                                 served && info->link != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "share.export", served);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

/* --- What it does ---------------------------------------------------------- */

static GtkWindow *
window_of (ShoalShareRow *self)
{
  return GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

static void
edit (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalShareRow *self = SHOAL_SHARE_ROW (widget);

  shoal_share_dialog_edit (window_of (self), self->model, self->item);
}

static void
copy_link (GtkWidget *widget, const char *action, GVariant *parameter)
{
  shoal_link_button_copy (SHOAL_SHARE_ROW (widget)->link_button);
}

static void
show_files (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalShareRow *self = SHOAL_SHARE_ROW (widget);
  ShoalWindow *window = shoal_window_of (widget);

  if (window != NULL)
    shoal_window_push (window,
                       shoal_files_view_new (self->model, shoal_share_item_get_id (self->item)),
                       info_of (self)->name);
}

static void
stop_now (ShoalShareRow *self)
{
  ShoalWindow *window = shoal_window_of (GTK_WIDGET (self));
  g_autofree char *name = shoal_format_name (info_of (self)->name);
  g_autofree char *said = g_strdup_printf (_("“%s” is not shared any more"), name);

  shoal_model_unshare (self->model, shoal_share_item_get_id (self->item));
  if (window != NULL)
    shoal_window_toast (window, said);
}

static void
on_stop_answered (AdwMessageDialog *dialog, const char *response, ShoalShareRow *self)
{
  if (g_str_equal (response, "stop"))
    stop_now (self);
}

/* Whoever is in the midst of getting it would be cut off: asks first. */
static void
stop (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalShareRow *self = SHOAL_SHARE_ROW (widget);
  const ShoalShareInfo *info = info_of (self);
  g_autofree char *use = NULL;
  GtkWidget *dialog;

  if (info->fetchers == 0)
    {
      stop_now (self);
      return;
    }
  use = shoal_share_words_use (info);
  dialog = shoal_message_dialog_new (window_of (self), _("Stop Sharing?"), use);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Keep Sharing"),
                                    "stop", _("_Stop Sharing"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "stop",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_stop_answered), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- As a .torrent file ------------------------------------------------------ */

static void
on_exported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalShareRow) self = user_data;
  g_autoptr (GError) error = NULL;
  ShoalWindow *window = shoal_window_of (GTK_WIDGET (self));

  if (!shoal_model_export_share_finish (SHOAL_MODEL (source), result, &error))
    shoal_model_tell_error (SHOAL_MODEL (source), error);
  else if (window != NULL)
    shoal_window_toast (window, _("Torrent file saved"));
}

static void
on_export_chosen (GtkNativeDialog *chooser, int response, ShoalShareRow *self)
{
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  if (file != NULL && g_file_peek_path (file) != NULL && self->item != NULL)
    shoal_model_export_share_async (self->model, shoal_share_item_get_id (self->item),
                                    g_file_peek_path (file), on_exported, g_object_ref (self));
  gtk_native_dialog_destroy (chooser);
  g_object_unref (chooser);
}

static void
export (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalShareRow *self = SHOAL_SHARE_ROW (widget);
  GtkFileChooserNative *chooser
    = shoal_chooser_new (window_of (self), _("Save as .torrent File"),
                         GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"));
  g_autofree char *name = g_strdup_printf ("%s.torrent", info_of (self)->name);
  g_autoptr (GFile) folder = g_file_new_for_path (g_get_home_dir ());
  gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (chooser), folder, NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), name);
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_export_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* --- Where it lies now ------------------------------------------------------ */

static void
on_relocated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!shoal_model_relocate_share_finish (SHOAL_MODEL (source), result, &error))
    shoal_model_tell_error (SHOAL_MODEL (source), error);
}

static void
on_located (GtkNativeDialog *chooser, int response, ShoalShareRow *self)
{
  g_autoptr (GListModel) files = NULL;
  g_autoptr (ShoalPayload) payload = NULL;
  g_autoptr (GError) error = NULL;

  if (response == GTK_RESPONSE_ACCEPT && self->item != NULL)
    {
      files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (chooser));
      payload = shoal_payload_new_model (files, &error);
    }
  if (payload != NULL)
    shoal_model_relocate_share_async (self->model, shoal_share_item_get_id (self->item),
                                      shoal_payload_get_paths (payload), FALSE, on_relocated,
                                      NULL);
  else if (error != NULL)
    shoal_model_tell_error (self->model, error);
  gtk_native_dialog_destroy (chooser);
  g_object_unref (chooser);
}

static void
locate (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalShareRow *self = SHOAL_SHARE_ROW (widget);
  const ShoalShareInfo *info = info_of (self);
  gboolean refused = g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_NOT_GRANTED);
  gboolean several = g_strv_length (info->paths) > 1;
  /* Of the oldest it is not known. */
  gboolean is_folder = info->is_folder || (info->files != 1 && !several);
  g_autofree char *again = g_strdup_printf (_("Choose “%s” Again"), info->name);
  GtkFileChooserNative *chooser
    = shoal_chooser_new (window_of (self), refused ? again : _("Where Is It Now?"),
                         is_folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER
                                   : GTK_FILE_CHOOSER_ACTION_OPEN,
                         _("_Choose"));

  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (chooser), several);
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_located), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
take_changes (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalShareRow *self = SHOAL_SHARE_ROW (widget);

  shoal_model_relocate_share_async (self->model, shoal_share_item_get_id (self->item), NULL, TRUE,
                                    on_relocated, NULL);
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_share_row_dispose (GObject *object)
{
  ShoalShareRow *self = SHOAL_SHARE_ROW (object);

  g_clear_object (&self->item);
  g_clear_object (&self->model);

  G_OBJECT_CLASS (shoal_share_row_parent_class)->dispose (object);
}

static void
shoal_share_row_class_init (ShoalShareRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_share_row_dispose;
  g_type_ensure (SHOAL_TYPE_LINK_BUTTON);
  g_type_ensure (SHOAL_TYPE_STEADY_LABEL);
  gtk_widget_class_set_template_from_resource (widget_class, SHOAL_RESOURCES "shoal-share-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalShareRow, icon);
  gtk_widget_class_bind_template_child (widget_class, ShoalShareRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalShareRow, line_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalShareRow, use_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalShareRow, bar);
  gtk_widget_class_bind_template_child (widget_class, ShoalShareRow, trouble_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalShareRow, remedies);
  gtk_widget_class_bind_template_child (widget_class, ShoalShareRow, locate_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalShareRow, take_changes_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalShareRow, link_button);

  gtk_widget_class_install_action (widget_class, "share.edit", NULL, edit);
  gtk_widget_class_install_action (widget_class, "share.copy-link", NULL, copy_link);
  gtk_widget_class_install_action (widget_class, "share.files", NULL, show_files);
  gtk_widget_class_install_action (widget_class, "share.export", NULL, export);
  gtk_widget_class_install_action (widget_class, "share.stop", NULL, stop);
  gtk_widget_class_install_action (widget_class, "share.locate", NULL, locate);
  gtk_widget_class_install_action (widget_class, "share.take-changes", NULL, take_changes);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "share.stop", NULL);
}

static void
shoal_share_row_init (ShoalShareRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* --- Public ---------------------------------------------------------------- */

GtkWidget *
shoal_share_row_new (ShoalModel *model, ShoalShareItem *item)
{
  ShoalShareRow *self = g_object_new (SHOAL_TYPE_SHARE_ROW, NULL);

  self->model = g_object_ref (model);
  self->item = g_object_ref (item);
  g_signal_connect_object (item, "changed", G_CALLBACK (on_changed), self, 0);
  on_changed (item, self);
  return GTK_WIDGET (self);
}

ShoalShareItem *
shoal_share_row_get_item (ShoalShareRow *self)
{
  g_return_val_if_fail (SHOAL_IS_SHARE_ROW (self), NULL);

  return self->item;
}
