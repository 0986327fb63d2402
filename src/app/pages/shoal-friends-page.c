/* shoal-friends-page.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-friends-page.h"

#include "shoal-avatar-ring.h"
#include "shoal-commands-people.h"
#include "shoal-format.h"
#include "shoal-friend-page.h"
#include "shoal-invites-group.h"

#include <glib/gi18n.h>

/* Key of a row's data: its ShoalDeviceItem. */
#define ITEM "shoal-device-item"

struct _ShoalFriendsPage
{
  AdwPreferencesPage parent_instance;

  ShoalModel        *model;        /* (owned) (nullable): set once */
  GtkFilter         *are_friends;  /* (owned) (nullable) */
  GtkFilter         *are_blocked;  /* (owned) (nullable) */

  GtkWidget         *friends_group, *blocked_group, *empty_group;
  GtkListBox        *friends, *blocked;
  ShoalInvitesGroup *invites_group;
};

G_DEFINE_FINAL_TYPE (ShoalFriendsPage, shoal_friends_page, ADW_TYPE_PREFERENCES_PAGE)

/* --- Rows ---------------------------------------------------------------- */

static GtkWidget *
make_row (ShoalDeviceItem *item)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *avatar = shoal_avatar_ring_new (shoal_device_item_get_name (item), 32);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), avatar);
  g_object_bind_property (item, "name", row, "title", G_BINDING_SYNC_CREATE);
  g_object_bind_property (item, "name", avatar, "text", G_BINDING_SYNC_CREATE);
  g_object_set_data_full (G_OBJECT (row), ITEM, g_object_ref (item), g_object_unref);
  return row;
}

static void
update_friend (GtkWidget *row, ShoalDeviceItem *item)
{
  const ShoalDeviceInfo *info = shoal_device_item_get_info (item);
  g_autofree char *size = NULL;
  g_autofree char *accepted = NULL;
  g_autofree char *subtitle = NULL;

  if (info->auto_accept == G_MAXINT64)
    accepted = g_strdup (_("accepted without asking"));
  else if (info->auto_accept > 0)
    {
      size = shoal_format_size ((uint64_t) info->auto_accept);
      accepted = g_strdup_printf (_("accepted up to %s"), size);
    }
  subtitle = shoal_format_join (info->is_verified ? _("Verified") : _("Not verified"),
                                accepted != NULL ? accepted : "", NULL);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
}

static GtkWidget *
make_friend (gpointer data, gpointer user_data)
{
  GtkWidget *row = make_row (data);

  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_signal_connect_object (data, "changed", G_CALLBACK (update_friend), row, G_CONNECT_SWAPPED);
  update_friend (row, data);
  return row;
}

static void
on_unblock (GtkWidget *button, ShoalFriendsPage *self)
{
  GtkWidget *row = gtk_widget_get_ancestor (button, ADW_TYPE_ACTION_ROW);

  shoal_model_set_blocked (self->model,
                           shoal_device_item_get_id (g_object_get_data (G_OBJECT (row), ITEM)),
                           FALSE);
}

static GtkWidget *
make_blocked (gpointer data, gpointer user_data)
{
  GtkWidget *row = make_row (data);
  GtkWidget *button = gtk_button_new_with_mnemonic (_("_Unblock"));

  gtk_widget_set_name (button, "unblock_button");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), button);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_unblock), user_data,
                           G_CONNECT_DEFAULT);
  return row;
}

static void
on_row_activated (ShoalFriendsPage *self, GtkListBoxRow *row)
{
  ShoalDeviceItem *item = g_object_get_data (G_OBJECT (row), ITEM);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (shoal_device_item_get_info (item)->is_friend && ADW_IS_PREFERENCES_WINDOW (root))
    adw_preferences_window_present_subpage (ADW_PREFERENCES_WINDOW (root),
                                            shoal_friend_page_new (self->model, item));
}

/* --- Lists --------------------------------------------------------------- */

static gboolean
is_friend (gpointer data, gpointer user_data)
{
  const ShoalDeviceInfo *info = shoal_device_item_get_info (data);

  return info->is_friend && !info->is_blocked;
}

static gboolean
is_blocked (gpointer data, gpointer user_data)
{
  return shoal_device_item_get_info (data)->is_blocked;
}

static void
on_standing_changed (ShoalFriendsPage *self)
{
  gtk_filter_changed (self->are_friends, GTK_FILTER_CHANGE_DIFFERENT);
  gtk_filter_changed (self->are_blocked, GTK_FILTER_CHANGE_DIFFERENT);
}

static void
watch_devices (ShoalFriendsPage *self, guint position, guint removed, guint added,
               GListModel *devices)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (devices, i);

      g_signal_connect_object (item, "notify::is-friend", G_CALLBACK (on_standing_changed), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (item, "notify::is-blocked", G_CALLBACK (on_standing_changed), self,
                               G_CONNECT_SWAPPED);
    }
}

static void
update_empty (ShoalFriendsPage *self)
{
  gboolean has_friends = gtk_list_box_get_row_at_index (self->friends, 0) != NULL;
  gboolean has_blocked = gtk_list_box_get_row_at_index (self->blocked, 0) != NULL;

  gtk_widget_set_visible (self->friends_group, has_friends);
  gtk_widget_set_visible (self->blocked_group, has_blocked);
  gtk_widget_set_visible (self->empty_group, !has_friends);
}

/* (transfer full): the filter of what @list shows */
static GtkFilter *
show_some (ShoalFriendsPage *self, GtkListBox *list, GtkCustomFilterFunc are,
           GtkListBoxCreateWidgetFunc make)
{
  GtkCustomFilter *filter = gtk_custom_filter_new (are, NULL, NULL);
  g_autoptr (GtkFilterListModel) some
    = gtk_filter_list_model_new (g_object_ref (shoal_model_get_devices (self->model)),
                                 g_object_ref (GTK_FILTER (filter)));

  gtk_list_box_bind_model (list, G_LIST_MODEL (some), make, self, NULL);
  g_signal_connect_object (some, "items-changed", G_CALLBACK (update_empty), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  return GTK_FILTER (filter);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_friends_page_dispose (GObject *object)
{
  ShoalFriendsPage *self = SHOAL_FRIENDS_PAGE (object);

  g_clear_object (&self->are_friends);
  g_clear_object (&self->are_blocked);
  g_clear_object (&self->model);
  gtk_widget_dispose_template (GTK_WIDGET (self), SHOAL_TYPE_FRIENDS_PAGE);
  G_OBJECT_CLASS (shoal_friends_page_parent_class)->dispose (object);
}

static void
shoal_friends_page_class_init (ShoalFriendsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_friends_page_dispose;
  g_type_ensure (SHOAL_TYPE_INVITES_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-friends-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendsPage, friends_group);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendsPage, blocked_group);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendsPage, empty_group);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendsPage, invites_group);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendsPage, friends);
  gtk_widget_class_bind_template_child (widget_class, ShoalFriendsPage, blocked);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
}

static void
shoal_friends_page_init (ShoalFriendsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
shoal_friends_page_set_model (ShoalFriendsPage *self, ShoalModel *model)
{
  GListModel *devices = shoal_model_get_devices (model);

  g_return_if_fail (SHOAL_IS_FRIENDS_PAGE (self) && self->model == NULL);

  self->model = g_object_ref (model);
  self->are_friends = show_some (self, self->friends, is_friend, make_friend);
  self->are_blocked = show_some (self, self->blocked, is_blocked, make_blocked);
  g_signal_connect_object (devices, "items-changed", G_CALLBACK (watch_devices), self,
                           G_CONNECT_SWAPPED);
  watch_devices (self, 0, 0, g_list_model_get_n_items (devices), devices);
  shoal_invites_group_set_model (self->invites_group, model);
  update_empty (self);
}
