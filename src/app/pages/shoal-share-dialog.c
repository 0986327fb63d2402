/* shoal-share-dialog.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-share-dialog.h"

#include "shoal-chooser.h"
#include "shoal-commands-links.h"
#include "shoal-commands-settings.h"
#include "shoal-commands-shares.h"
#include "shoal-dialog.h"
#include "shoal-format.h"
#include "shoal-message-dialog.h"
#include "shoal-qr.h"
#include "shoal-share-words.h"
#include "shoal-transfer-words.h"
#include "shoal-window.h"

#include <glib/gi18n.h>

struct _ShoalShareDialog
{
  AdwWindow            parent_instance;

  ShoalModel          *model; /* (owned) */
  char               **paths; /* (owned) (nullable): NULL: edits `share` */
  char                *share; /* (owned) (nullable): the ID of one that is there */
  char                *link;  /* (owned) (nullable): once it is shared */
  GCancellable        *reading; /* (owned) (nullable): while files are read */

  /* Of the template. */
  AdwWindowTitle      *title;
  GtkButton           *cancel_share_button;
  GtkButton           *share_button;
  GtkStack            *stack;
  GtkLabel            *policy_error;
  GtkCheckButton      *anyone_check;
  GtkCheckButton      *friends_check;
  GtkCheckButton      *chosen_check;
  GtkWidget           *private_group;
  GtkSwitch           *private_switch;
  GtkWidget           *internet_row;
  GtkSwitch           *share_internet_switch;
  GtkWidget           *friends_group;
  GtkListBox          *friends_list;
  GtkWidget           *no_friends;
  GtkProgressBar      *reading_bar;
  GtkLabel            *reading_label;
  GtkLabel            *done_label;
  ShoalQr             *done_qr;
  GtkLabel            *done_link;
};

G_DEFINE_FINAL_TYPE (ShoalShareDialog, shoal_share_dialog, ADW_TYPE_WINDOW)

/* --- Who may get it -------------------------------------------------------- */

/* IDs of the friends that are ticked, ended by NULL; they belong to the rows. */
static GPtrArray *
chosen_friends (ShoalShareDialog *self)
{
  GPtrArray *chosen = g_ptr_array_new ();
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->friends_list, i)) != NULL; i++)
    {
      GtkWidget *check = adw_action_row_get_activatable_widget (ADW_ACTION_ROW (row));

      if (gtk_check_button_get_active (GTK_CHECK_BUTTON (check)))
        g_ptr_array_add (chosen, g_object_get_data (G_OBJECT (row), "device"));
    }
  g_ptr_array_add (chosen, NULL);
  return chosen;
}

static void
on_policy_changed (ShoalShareDialog *self)
{
  g_autoptr (GPtrArray) chosen = chosen_friends (self);
  gboolean some = gtk_check_button_get_active (self->chosen_check);

  gtk_widget_set_visible (self->friends_group, some);
  gtk_widget_set_visible (self->private_group, gtk_check_button_get_active (self->anyone_check));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "share.go", !some || chosen->len > 1);
}

static void
add_friend (ShoalShareDialog *self, ShoalDeviceItem *item, gboolean chosen)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *check = gtk_check_button_new ();
  const char *name = shoal_device_item_get_name (item);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  gtk_widget_set_valign (check, GTK_ALIGN_CENTER);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), chosen);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  -1);
  g_signal_connect_swapped (check, "toggled", G_CALLBACK (on_policy_changed), self);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), adw_avatar_new (32, name, TRUE));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), check);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), check);
  g_object_set_data_full (G_OBJECT (row), "device", g_strdup (shoal_device_item_get_id (item)),
                          g_free);
  gtk_list_box_append (self->friends_list, row);
}

/* @chosen: (nullable): IDs that are ticked. */
static void
fill_friends (ShoalShareDialog *self, const char *const *chosen)
{
  GListModel *devices = shoal_model_get_devices (self->model);
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (ShoalDeviceItem) item = g_list_model_get_item (devices, i);

      if (!shoal_device_item_get_info (item)->is_friend)
        continue;
      add_friend (self, item,
                  chosen != NULL && g_strv_contains (chosen, shoal_device_item_get_id (item)));
      n++;
    }
  gtk_widget_set_visible (GTK_WIDGET (self->friends_list), n > 0);
  gtk_widget_set_visible (self->no_friends, n == 0);
}

static void
show_error (ShoalShareDialog *self, const GError *error)
{
  g_autofree char *what = shoal_words_error (error, NULL);
  g_autofree char *next = shoal_words_next (error, NULL);
  g_autofree char *both = g_strstrip (g_strdup_printf ("%s %s", what, next));

  gtk_label_set_label (self->policy_error, both);
  gtk_widget_set_visible (GTK_WIDGET (self->policy_error), TRUE);
  gtk_stack_set_visible_child_name (self->stack, "policy");
  gtk_widget_set_visible (GTK_WIDGET (self->share_button), TRUE);
}

/* --- Sharing --------------------------------------------------------------- */

static void
on_progress (ShoalModel *model, uint64_t bytes, uint64_t total, gpointer user_data)
{
  ShoalShareDialog *self = user_data;
  g_autofree char *words = shoal_format_progress (bytes, total);

  gtk_progress_bar_set_fraction (self->reading_bar,
                                 total > 0 ? (double) bytes / (double) total : 0);
  gtk_label_set_label (self->reading_label, words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->reading_bar),
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, words, -1);
}

static void
show_link (ShoalShareDialog *self, const ShoalShareInfo *info)
{
  g_autofree char *hint = shoal_share_words_hint (self->model, info);

  g_free (self->link);
  self->link = g_strdup (info->link);
  gtk_label_set_label (self->done_label, hint);
  gtk_label_set_label (self->done_link, info->link);
  gtk_widget_set_visible (GTK_WIDGET (self->done_qr),
                          shoal_qr_set_text (self->done_qr, info->link));
  adw_window_title_set_title (self->title, _("Shared"));
  adw_window_title_set_subtitle (self->title, info->name);
  gtk_button_set_label (self->cancel_share_button, _("_Close"));
  gtk_widget_set_visible (GTK_WIDGET (self->share_button), FALSE);
  gtk_stack_set_visible_child_name (self->stack, "done");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "share.copy-link", TRUE);
}

static void
on_shared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalShareDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalShareInfo) info
    = shoal_model_share_finish (SHOAL_MODEL (source), result, &error);

  g_clear_object (&self->reading);
  if (self->paths == NULL)
    return; /* closed meanwhile */
  if (info != NULL)
    show_link (self, info);
  else
    show_error (self, error);
}

static void
on_edited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalShareDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (self->share == NULL)
    return; /* closed meanwhile */
  if (shoal_model_set_share_policy_finish (SHOAL_MODEL (source), result, &error))
    gtk_window_close (GTK_WINDOW (self));
  else
    show_error (self, error);
}

/* Before the link is made, which names the trackers. */
static void
turn_internet_on (ShoalShareDialog *self)
{
  GVariantDict dict;

  if (!gtk_check_button_get_active (self->anyone_check)
      || !gtk_switch_get_active (self->share_internet_switch)
      || shoal_model_get_settings (self->model)->internet)
    return;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "internet", "b", TRUE);
  shoal_model_change_settings_async (self->model, g_variant_dict_end (&dict), NULL, NULL);
}

static void
go (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalShareDialog *self = SHOAL_SHARE_DIALOG (widget);
  g_autoptr (GPtrArray) chosen = chosen_friends (self);
  ShoalSharePolicy policy = { .keep = TRUE };

  policy.all_friends = gtk_check_button_get_active (self->friends_check);
  if (gtk_check_button_get_active (self->chosen_check))
    policy.devices = (const char *const *) chosen->pdata;
  if (gtk_check_button_get_active (self->anyone_check))
    policy.is_private = gtk_switch_get_active (self->private_switch);

  gtk_widget_set_visible (GTK_WIDGET (self->policy_error), FALSE);
  turn_internet_on (self);
  if (self->share != NULL)
    {
      shoal_model_set_share_policy_async (self->model, self->share, &policy, on_edited,
                                          g_object_ref (self));
      return;
    }

  self->reading = g_cancellable_new ();
  gtk_label_set_label (self->reading_label, "");
  gtk_progress_bar_set_fraction (self->reading_bar, 0);
  gtk_stack_set_visible_child_name (self->stack, "reading");
  gtk_widget_set_visible (GTK_WIDGET (self->share_button), FALSE);
  shoal_model_share_async (self->model, (const char *const *) self->paths, &policy, on_progress,
                           self, self->reading, on_shared, g_object_ref (self));
}

static void
copy_link (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalShareDialog *self = SHOAL_SHARE_DIALOG (widget);
  ShoalWindow *window = shoal_window_of (widget);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), self->link);
  if (window != NULL)
    shoal_window_toast (window, _("Link copied"));
  gtk_window_close (GTK_WINDOW (self));
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_share_dialog_dispose (GObject *object)
{
  ShoalShareDialog *self = SHOAL_SHARE_DIALOG (object);

  /* Closing while files are read gives the share up. */
  if (self->reading != NULL)
    g_cancellable_cancel (self->reading);
  g_clear_object (&self->model);
  g_clear_pointer (&self->paths, g_strfreev);
  g_clear_pointer (&self->share, g_free);
  g_clear_pointer (&self->link, g_free);

  G_OBJECT_CLASS (shoal_share_dialog_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *klass)
{
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, title);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, cancel_share_button);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, share_button);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, stack);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, policy_error);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, anyone_check);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, friends_check);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, chosen_check);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, private_group);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, private_switch);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, internet_row);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, share_internet_switch);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, friends_group);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, friends_list);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, no_friends);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, reading_bar);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, reading_label);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, done_label);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, done_qr);
  gtk_widget_class_bind_template_child (klass, ShoalShareDialog, done_link);
  gtk_widget_class_bind_template_callback (klass, on_policy_changed);
}

static void
shoal_share_dialog_class_init (ShoalShareDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_share_dialog_dispose;
  g_type_ensure (SHOAL_TYPE_QR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-share-dialog.ui");
  bind_children (widget_class);
  gtk_widget_class_install_action (widget_class, "share.go", NULL, go);
  gtk_widget_class_install_action (widget_class, "share.copy-link", NULL, copy_link);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
shoal_share_dialog_init (ShoalShareDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  shoal_dialog_dispose_when_closed (GTK_WINDOW (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "share.copy-link", FALSE);
}

/* --- Public ---------------------------------------------------------------- */

static ShoalShareDialog *
dialog_new (GtkWindow *parent, ShoalModel *model)
{
  ShoalShareDialog *self = g_object_new (SHOAL_TYPE_SHARE_DIALOG, "transient-for", parent, NULL);

  self->model = g_object_ref (model);
  gtk_widget_set_visible (self->internet_row, !shoal_model_get_settings (model)->internet);
  return self;
}

void
shoal_share_dialog_show (GtkWindow *parent, ShoalModel *model, const char *const *paths)
{
  ShoalShareDialog *self;
  g_autofree char *name = NULL;

  g_return_if_fail (paths != NULL && paths[0] != NULL);

  self = dialog_new (parent, model);
  self->paths = g_strdupv ((char **) paths);
  name = g_filename_display_basename (paths[0]);
  if (paths[1] != NULL)
    {
      guint n = g_strv_length (self->paths);

      g_free (name);
      name = g_strdup_printf (ngettext ("%u item", "%u items", n), n);
    }
  adw_window_title_set_title (self->title, _("Share"));
  adw_window_title_set_subtitle (self->title, name);
  gtk_window_set_title (GTK_WINDOW (self), _("Share"));
  fill_friends (self, NULL);
  on_policy_changed (self);
  gtk_window_present (GTK_WINDOW (self));
}

void
shoal_share_dialog_edit (GtkWindow *parent, ShoalModel *model, ShoalShareItem *item)
{
  ShoalShareDialog *self = dialog_new (parent, model);
  const ShoalShareInfo *info = shoal_share_item_get_info (item);
  gboolean some = info->for_devices != NULL && info->for_devices[0] != NULL;

  self->share = g_strdup (info->id);
  adw_window_title_set_title (self->title, _("Who May Get It"));
  adw_window_title_set_subtitle (self->title, info->name);
  gtk_window_set_title (GTK_WINDOW (self), _("Who May Get It"));
  gtk_button_set_label (self->share_button, _("_Save"));
  fill_friends (self, (const char *const *) info->for_devices);
  gtk_switch_set_active (self->private_switch, info->is_private);
  if (info->for_all_friends)
    gtk_check_button_set_active (self->friends_check, TRUE);
  else if (some)
    gtk_check_button_set_active (self->chosen_check, TRUE);
  on_policy_changed (self);
  gtk_window_present (GTK_WINDOW (self));
}

/* --- Choosing what --------------------------------------------------------- */

static void
on_chosen (GtkNativeDialog *chooser, int response, ShoalModel *model)
{
  g_autoptr (GListModel) files = NULL;
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  GtkWindow *parent = gtk_native_dialog_get_transient_for (chooser);

  if (response == GTK_RESPONSE_ACCEPT)
    files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (chooser));
  for (guint i = 0; files != NULL && i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);

      if (g_file_peek_path (file) != NULL)
        g_ptr_array_add (paths, g_file_get_path (file));
    }
  if (paths->len > 0)
    {
      g_ptr_array_add (paths, NULL);
      shoal_share_dialog_show (parent, model, (const char *const *) paths->pdata);
    }
  gtk_native_dialog_destroy (chooser);
  g_object_unref (chooser);
}

static void
choose (GtkWindow *parent, ShoalModel *model, GtkFileChooserAction action, const char *title)
{
  GtkFileChooserNative *chooser
    = shoal_chooser_new (parent, title, action, _("_Share…"));

  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (chooser), TRUE);
  g_signal_connect_data (chooser, "response", G_CALLBACK (on_chosen), g_object_ref (model),
                         (GClosureNotify) (void (*) (void)) g_object_unref, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

void
shoal_share_dialog_choose_files (GtkWindow *parent, ShoalModel *model)
{
  choose (parent, model, GTK_FILE_CHOOSER_ACTION_OPEN, _("Share Files"));
}

void
shoal_share_dialog_choose_folder (GtkWindow *parent, ShoalModel *model)
{
  choose (parent, model, GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("Share a Folder"));
}

static void
on_told_to_choose (AdwMessageDialog *dialog, const char *response, ShoalModel *model)
{
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (dialog));

  if (g_str_equal (response, "files"))
    shoal_share_dialog_choose_files (parent, model);
  else if (g_str_equal (response, "folder"))
    shoal_share_dialog_choose_folder (parent, model);
}

void
shoal_share_dialog_ask_to_choose (GtkWindow *parent, ShoalModel *model)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (
    shoal_message_dialog_new (parent, _("Choose What to Share"),
                              _("What is dropped, Shoal may read only until you log out. Choose it "
                                "in the file chooser, and it may be shared for as long as you "
                                "like.")));

  adw_message_dialog_add_responses (dialog, "cancel", _("_Cancel"), "folder",
                                    _("Choose F_older…"), "files", _("Choose _Files…"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "folder", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "folder");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_told_to_choose),
                         g_object_ref (model), (GClosureNotify) (void (*) (void)) g_object_unref,
                         0);
  gtk_window_present (GTK_WINDOW (dialog));
}
