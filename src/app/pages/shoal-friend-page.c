/* shoal-friend-page.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-friend-page.h"

#include "shoal-add-friend-dialog.h"
#include "shoal-commands-people.h"
#include "shoal-commands-settings.h"
#include "shoal-format.h"
#include "shoal-mark.h"
#include "shoal-message-dialog.h"
#include "shoal-offer-words.h"
#include "shoal-setting.h"
#include "shoal-window.h"

#include <glib/gi18n.h>

struct _ShoalFriendPage
{
  AdwBin           parent_instance;

  ShoalModel      *model;      /* (owned) */
  ShoalDeviceItem *item;       /* (owned) */
  gboolean         is_setting; /* rows follow the item; nobody has acted */

  AdwWindowTitle  *heading;
  GtkWidget       *friend_back_button;
  GtkWidget       *nickname_row;
  AdwActionRow    *nickname_trouble;
  AdwActionRow    *own_name_row;
  ShoalMark       *mark;
  AdwActionRow    *verified_row;
  GtkWidget       *compare_button;
  AdwComboRow     *limit_row;
  GtkWidget       *block_button, *forget_button;
};

G_DEFINE_FINAL_TYPE (ShoalFriendPage, shoal_friend_page, ADW_TYPE_BIN)

static void
leave (ShoalFriendPage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (ADW_IS_PREFERENCES_WINDOW (root))
    adw_preferences_window_close_subpage (ADW_PREFERENCES_WINDOW (root));
}

static void
on_back (ShoalFriendPage *self)
{
  leave (self);
}

/* --- What holds ---------------------------------------------------------- */

static void
show_nickname (ShoalFriendPage *self, const char *name)
{
  if (gtk_widget_has_css_class (self->nickname_row, "error")
      || (gtk_widget_get_state_flags (self->nickname_row) & GTK_STATE_FLAG_FOCUS_WITHIN) != 0
      || g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (self->nickname_row)), name) == 0)
    return;
  g_object_set (self->nickname_row, "show-apply-button", FALSE, NULL);
  gtk_editable_set_text (GTK_EDITABLE (self->nickname_row), name);
  g_object_set (self->nickname_row, "show-apply-button", TRUE, NULL);
}

static void
show_verified (ShoalFriendPage *self, gboolean is_verified)
{
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->verified_row),
                                 is_verified ? _("Verified") : _("Not Verified"));
  adw_action_row_set_subtitle (self->verified_row,
                               is_verified
                                 ? _("You have compared the codes of both screens")
                                 : _("Compare the codes of both screens to be sure who it is"));
  gtk_button_set_label (GTK_BUTTON (self->compare_button),
                        is_verified ? _("_Compare Again…") : _("_Compare…"));
}

static void
update (ShoalFriendPage *self)
{
  const ShoalDeviceInfo *info = shoal_device_item_get_info (self->item);
  const char *name = shoal_device_item_get_name (self->item);
  g_autofree char *words = shoal_mark_to_words (info->mark);

  if (!info->is_friend || info->is_blocked)
    {
      leave (self);
      return;
    }
  self->is_setting = TRUE;
  adw_window_title_set_title (self->heading, name);
  adw_window_title_set_subtitle (self->heading, shoal_format_reach (info->reach));
  show_nickname (self, info->nickname != NULL ? info->nickname : info->name);
  adw_action_row_set_subtitle (self->own_name_row,
                               info->name[0] != '\0' ? info->name : _("Nothing"));
  shoal_mark_set_mark (self->mark, info->mark);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->mark), words);
  show_verified (self, info->is_verified);
  adw_combo_row_set_selected (self->limit_row,
                              shoal_accept_limit_to_row (info->auto_accept, TRUE));
  self->is_setting = FALSE;
}

/* --- What a person changes ----------------------------------------------- */

static void
on_renamed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalFriendPage) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean done = shoal_model_rename_friend_finish (SHOAL_MODEL (source), result, &error);

  if (self->model == NULL)
    return; /* closed */
  if (done)
    shoal_setting_show_trouble (self->nickname_row, self->nickname_trouble, NULL);
  else
    shoal_setting_show_error (self->nickname_row, self->nickname_trouble, error);
}

static void
on_nickname_applied (ShoalFriendPage *self)
{
  g_autofree char *name
    = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->nickname_row))));

  shoal_model_rename_friend_async (self->model, shoal_device_item_get_id (self->item), name,
                                   on_renamed, g_object_ref (self));
}

static void
on_compare (ShoalFriendPage *self)
{
  ShoalWindow *window = shoal_window_of (GTK_WIDGET (self));

  if (window != NULL)
    shoal_add_friend_dialog_present (window, self->item);
}

static void
on_limit (ShoalFriendPage *self)
{
  guint row = adw_combo_row_get_selected (self->limit_row);

  if (!self->is_setting && row != GTK_INVALID_LIST_POSITION)
    shoal_model_set_auto_accept (self->model, shoal_device_item_get_id (self->item),
                                 shoal_accept_limit_of_row (row, TRUE));
}

static void
ask (ShoalFriendPage *self, const char *title, const char *body, const char *yes,
     GCallback on_response)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *dialog = shoal_message_dialog_new (GTK_WINDOW (root), title, body);

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "yes",
                                    yes, NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "yes",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", on_response, self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_block_response (ShoalFriendPage *self, const char *response)
{
  if (g_str_equal (response, "yes"))
    shoal_model_set_blocked (self->model, shoal_device_item_get_id (self->item), TRUE);
}

static void
on_block (ShoalFriendPage *self)
{
  g_autofree char *who = shoal_format_name (shoal_device_item_get_name (self->item));
  g_autofree char *title = g_strdup_printf (_("Block %s?"), who);

  ask (self, title,
       _("What runs between you ends, and this device is not heard any more. You can unblock it "
         "in the preferences."),
       _("_Block"), G_CALLBACK (on_block_response));
}

static void
on_forget_response (ShoalFriendPage *self, const char *response)
{
  if (g_str_equal (response, "yes"))
    shoal_model_forget_device (self->model, shoal_device_item_get_id (self->item));
}

static void
on_forget (ShoalFriendPage *self)
{
  g_autofree char *who = shoal_format_name (shoal_device_item_get_name (self->item));
  g_autofree char *title = g_strdup_printf (_("Forget %s?"), who);

  ask (self, title,
       _("You are friends no more. To become friends again, both of you compare the codes anew."),
       _("_Forget"), G_CALLBACK (on_forget_response));
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_friend_page_dispose (GObject *object)
{
  ShoalFriendPage *self = SHOAL_FRIEND_PAGE (object);

  g_clear_object (&self->item);
  g_clear_object (&self->model);
  gtk_widget_dispose_template (GTK_WIDGET (self), SHOAL_TYPE_FRIEND_PAGE);
  G_OBJECT_CLASS (shoal_friend_page_parent_class)->dispose (object);
}

static void
shoal_friend_page_class_init (ShoalFriendPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_friend_page_dispose;
  g_type_ensure (SHOAL_TYPE_MARK);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-friend-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendPage, heading);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendPage, friend_back_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendPage, nickname_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendPage, nickname_trouble);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendPage, own_name_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendPage, mark);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendPage, verified_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendPage, compare_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendPage, limit_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendPage, block_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendPage, forget_button);
  gtk_widget_class_bind_template_callback (widget_class, on_back);
  gtk_widget_class_bind_template_callback (widget_class, on_nickname_applied);
  gtk_widget_class_bind_template_callback (widget_class, on_compare);
  gtk_widget_class_bind_template_callback (widget_class, on_limit);
  gtk_widget_class_bind_template_callback (widget_class, on_block);
  gtk_widget_class_bind_template_callback (widget_class, on_forget);
}

static void
shoal_friend_page_init (ShoalFriendPage *self)
{
  g_auto (GStrv) limits = shoal_accept_limit_list (TRUE);
  g_autoptr (GtkStringList) list = gtk_string_list_new ((const char *const *) limits);

  self->is_setting = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  adw_combo_row_set_model (self->limit_row, G_LIST_MODEL (list));
}

/* The model may have let it go. */
static void
on_devices_changed (ShoalFriendPage *self)
{
  if (self->item != NULL
      && shoal_model_find_device (self->model, shoal_device_item_get_id (self->item))
           != self->item)
    leave (self);
}

GtkWidget *
shoal_friend_page_new (ShoalModel *model, ShoalDeviceItem *item)
{
  ShoalFriendPage *self = g_object_new (SHOAL_TYPE_FRIEND_PAGE, NULL);

  self->model = g_object_ref (model);
  self->item = g_object_ref (item);
  g_signal_connect_object (item, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (shoal_model_get_devices (model), "items-changed",
                           G_CALLBACK (on_devices_changed), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
