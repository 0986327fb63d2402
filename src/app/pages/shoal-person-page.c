/* shoal-person-page.c: one person: what they share, and what one can do.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-person-page.h"

#include "shoal-avatar-ring.h"
#include "shoal-chooser.h"
#include "shoal-commands.h"
#include "shoal-drop.h"
#include "shoal-error.h"
#include "shoal-format.h"
#include "shoal-listing-row.h"
#include "shoal-mark.h"
#include "shoal-person-actions.h"
#include "shoal-person-words.h"
#include "shoal-sending.h"

#include <glib/gi18n.h>

struct _ShoalPersonPage
{
  AdwBin           parent_instance;

  ShoalModel      *model;  /* (owned) */
  ShoalDeviceItem *item;   /* (owned) (nullable) */
  GListStore      *shares; /* (owned) of ShoalListingItem */
  GCancellable    *cancel; /* (owned) (nullable): while it is asked what there is */
  gboolean         asked;  /* in this presence of the other device */
  gboolean         over;

  ShoalAvatarRing *avatar;
  GtkLabel        *name_label;
  GtkWidget       *verified_icon;
  ShoalMark       *mark;
  GtkLabel        *subtitle_label;
  GtkLabel        *reason_label;
  GtkWidget       *add_button;
  GtkWidget       *compare_button;
  GtkWidget       *shares_box;
  GtkStack        *shares_stack;
  AdwStatusPage   *nothing_page;
  GtkListView     *shares_list;
  GtkMenuButton   *menu_button;
};

G_DEFINE_FINAL_TYPE (ShoalPersonPage, shoal_person_page, ADW_TYPE_BIN)

/* --- What they share ----------------------------------------------------- */

static void
show_nothing (ShoalPersonPage *self, const char *title, const char *description)
{
  g_autofree char *markup = g_markup_escape_text (description, -1);

  /* Of the two, only the second is read as markup. */
  adw_status_page_set_title (self->nothing_page, title);
  adw_status_page_set_description (self->nothing_page, markup);
  gtk_stack_set_visible_child_name (self->shares_stack, "nothing");
}

/* New ones in their places; those that are there still stay as they are. */
static void
merge_shares (ShoalPersonPage *self, GPtrArray *listed)
{
  GListModel *model = G_LIST_MODEL (self->shares);

  for (guint i = 0; i < listed->len; i++)
    {
      const ShoalListing *listing = g_ptr_array_index (listed, i);
      guint found = i;

      for (; found < g_list_model_get_n_items (model); found++)
        {
          g_autoptr (ShoalListingItem) item = g_list_model_get_item (model, found);

          if (g_str_equal (shoal_listing_item_get_id (item), listing->id))
            break;
        }
      if (found < g_list_model_get_n_items (model))
        {
          g_list_store_splice (self->shares, i, found - i, NULL, 0);
        }
      else
        {
          g_autoptr (ShoalListingItem) item = shoal_listing_item_new (listing);

          g_list_store_insert (self->shares, i, item);
        }
    }
  g_list_store_splice (self->shares, listed->len, g_list_model_get_n_items (model) - listed->len,
                       NULL, 0);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalPersonPage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) listed = shoal_model_list_finish (SHOAL_MODEL (source), result, &error);
  g_autofree char *title = NULL;

  if (self->cancel == NULL || self->item == NULL)
    return;
  g_clear_object (&self->cancel);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "shares.refresh", TRUE);
  if (listed == NULL)
    {
      show_nothing (self, _("It Does Not Tell What It Shares"), error->message);
      return;
    }

  merge_shares (self, listed);
  if (listed->len > 0)
    {
      gtk_stack_set_visible_child_name (self->shares_stack, "shares");
      return;
    }
  title = g_strdup_printf (_("%s Shares Nothing with You"),
                           shoal_device_item_get_name (self->item));
  show_nothing (self, title,
                shoal_device_item_get_info (self->item)->is_mutual
                  ? _("What they share with friends, or with you alone, appears here.")
                  : _("They have not added you as a friend. What friends share with you appears "
                      "here once they have."));
}

static void
ask_for_shares (ShoalPersonPage *self)
{
  if (self->cancel != NULL)
    return;
  self->asked = TRUE;
  self->cancel = g_cancellable_new ();
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "shares.refresh", FALSE);
  if (g_list_model_get_n_items (G_LIST_MODEL (self->shares)) == 0)
    gtk_stack_set_visible_child_name (self->shares_stack, "asking");
  shoal_model_list_async (self->model, shoal_device_item_get_id (self->item), self->cancel,
                          on_listed, g_object_ref (self));
}

/* Asked once each time the friend comes. */
static void
show_shares (ShoalPersonPage *self)
{
  ShoalDeviceInfo *info = shoal_device_item_get_info (self->item);
  gboolean is_here = info->reach >= SHOAL_REACH_LOCAL;

  gtk_widget_set_visible (self->shares_box, info->is_friend);
  if (!info->is_friend)
    return;
  if (is_here && !self->asked)
    {
      ask_for_shares (self);
    }
  else if (!is_here)
    {
      g_autofree char *title
        = g_strdup_printf (_("%s Is Offline"), shoal_device_item_get_name (self->item));

      self->asked = FALSE;
      gtk_widget_action_set_enabled (GTK_WIDGET (self), "shares.refresh", FALSE);
      if (g_list_model_get_n_items (G_LIST_MODEL (self->shares)) == 0)
        show_nothing (self, title,
                      _("What you send waits here. What they share with you appears when both of "
                        "you are there."));
    }
}

/* --- Getting ------------------------------------------------------------- */

typedef struct
{
  ShoalWindow *window; /* (owned) */
  char        *what;   /* (owned): DEVICE/ID */
  char        *name;   /* (owned) */
} Getting;

static void
getting_free (Getting *self)
{
  g_object_unref (self->window);
  g_free (self->what);
  g_free (self->name);
  g_free (self);
}

static void
on_got (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Getting *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *transfer
    = shoal_model_get_finish (SHOAL_MODEL (source), result, &error);

  if (transfer == NULL)
    {
      shoal_window_toast_error (self->window, error);
    }
  else
    {
      g_autofree char *text = g_strdup_printf (_("Getting “%s”"), self->name);
      g_autofree char *markup = g_markup_escape_text (text, -1);
      AdwToast *toast = adw_toast_new (markup);

      adw_toast_set_button_label (toast, _("_Show"));
      adw_toast_set_action_name (toast, "win.show-page");
      adw_toast_set_action_target_value (toast, g_variant_new_string (SHOAL_PAGE_TRANSFERS));
      shoal_window_add_toast (self->window, toast);
    }
  getting_free (self);
}

/* (transfer full) (nullable): the share of that ID is not listed any more. */
static Getting *
getting_new (ShoalPersonPage *self, const char *id)
{
  GListModel *model = G_LIST_MODEL (self->shares);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (ShoalListingItem) item = g_list_model_get_item (model, i);
      Getting *getting;

      if (!g_str_equal (shoal_listing_item_get_id (item), id))
        continue;
      getting = g_new0 (Getting, 1);
      getting->window = g_object_ref (shoal_window_of (GTK_WIDGET (self)));
      getting->what
        = g_strdup_printf ("%s/%s", shoal_device_item_get_id (self->item), id);
      getting->name = g_strdup (shoal_listing_item_get_name (item));
      return getting;
    }
  return NULL;
}

static void
on_get (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalPersonPage *self = SHOAL_PERSON_PAGE (widget);
  Getting *getting = getting_new (self, g_variant_get_string (parameter, NULL));
  ShoalSettings *settings = shoal_model_get_settings (self->model);

  if (getting != NULL && settings != NULL)
    shoal_model_get_async (self->model, getting->what, settings->directory, NULL, on_got, getting);
}

static void
on_folder_chosen (GtkNativeDialog *native, int response, gpointer user_data)
{
  Getting *getting = user_data;
  g_autoptr (GFile) folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (native));
  g_autoptr (GError) error = NULL;

  if (response != GTK_RESPONSE_ACCEPT || folder == NULL)
    {
      getting_free (getting);
    }
  else if (g_file_peek_path (folder) == NULL)
    {
      shoal_error_set (&error, SHOAL_ERROR_UNSUPPORTED, SHOAL_SIDE_HERE,
                       _("Choose a folder on this computer."),
                       _("That folder does not lie on this computer"));
      shoal_window_toast_error (getting->window, error);
      getting_free (getting);
    }
  else
    {
      shoal_model_get_async (shoal_window_get_model (getting->window), getting->what,
                             g_file_peek_path (folder), NULL, on_got, getting);
    }
  g_object_unref (native);
}

static void
on_get_to (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalPersonPage *self = SHOAL_PERSON_PAGE (widget);
  Getting *getting = getting_new (self, g_variant_get_string (parameter, NULL));
  GtkFileChooserNative *native;

  if (getting == NULL)
    return;
  native = shoal_chooser_new (GTK_WINDOW (getting->window), _("Get Into Folder"),
                              GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Get"));
  g_signal_connect (native, "response", G_CALLBACK (on_folder_chosen), getting);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (native));
}

static void
on_refresh (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ask_for_shares (SHOAL_PERSON_PAGE (widget));
}

static void
on_share_activated (GtkListView *list, guint position, gpointer user_data)
{
  ShoalPersonPage *self = user_data;
  g_autoptr (ShoalListingItem) item
    = g_list_model_get_item (G_LIST_MODEL (self->shares), position);

  gtk_widget_activate_action (GTK_WIDGET (self), "shares.get", "s",
                              shoal_listing_item_get_id (item));
}

/* --- The person ---------------------------------------------------------- */

static void
show_subtitle (ShoalPersonPage *self)
{
  const char *name = shoal_device_item_get_name (self->item);
  g_autofree char *text = self->over ? g_strdup_printf (_("Drop to send to %s"), name)
                                     : shoal_person_get_subtitle (self->item);

  gtk_label_set_label (self->subtitle_label, text);
}

static void
on_changed (ShoalDeviceItem *item, gpointer user_data)
{
  ShoalPersonPage *self = user_data;
  ShoalDeviceInfo *info = shoal_device_item_get_info (item);
  const char *name = shoal_device_item_get_name (item);
  const char *reason = info->reach_why;

  gtk_label_set_label (self->name_label, name);
  gtk_widget_set_visible (self->verified_icon, info->is_friend && info->is_verified);
  shoal_mark_set_mark (self->mark, info->mark);
  shoal_avatar_ring_set_text (self->avatar, name);
  shoal_avatar_ring_set_picture (self->avatar, info->picture);
  shoal_avatar_ring_set_fraction (self->avatar, shoal_device_item_get_progress (item));
  shoal_avatar_ring_set_dimmed (self->avatar, info->reach == SHOAL_REACH_NONE);
  gtk_label_set_label (self->reason_label, reason != NULL ? reason : "");
  gtk_widget_set_visible (GTK_WIDGET (self->reason_label), reason != NULL);
  gtk_widget_set_visible (self->add_button, !info->is_friend);
  gtk_widget_set_visible (self->compare_button, info->is_friend && !info->is_verified);
  show_subtitle (self);
  show_shares (self);
}

/* Somebody who is no friend has gone: nothing can be done here any more. */
static void
on_devices_changed (ShoalPersonPage *self)
{
  ShoalWindow *window = shoal_window_of (GTK_WIDGET (self));

  if (self->item == NULL || window == NULL
      || shoal_model_find_device (self->model, shoal_device_item_get_id (self->item)) != NULL)
    return;
  g_signal_handlers_disconnect_by_func (shoal_model_get_devices (self->model),
                                        on_devices_changed, self);
  shoal_window_pop (window);
}

/* --- Dropping ------------------------------------------------------------ */

static void
on_hover (GtkWidget *widget, gboolean over)
{
  ShoalPersonPage *self = SHOAL_PERSON_PAGE (widget);

  self->over = over;
  if (over)
    gtk_widget_add_css_class (widget, "drop-anywhere");
  else
    gtk_widget_remove_css_class (widget, "drop-anywhere");
  show_subtitle (self);
}

static void
on_dropped (GtkWidget *widget, ShoalPayload *payload)
{
  ShoalPersonPage *self = SHOAL_PERSON_PAGE (widget);

  shoal_sending_send (widget, payload,
                      (const char *const[]){ shoal_device_item_get_id (self->item), NULL });
}

static void
on_failed (GtkWidget *widget, const GError *error)
{
  ShoalPersonPage *self = SHOAL_PERSON_PAGE (widget);

  shoal_sending_explain (widget, error, shoal_device_item_get_id (self->item));
}

static const ShoalDropFuncs drop_funcs = {
  .hover = on_hover,
  .dropped = on_dropped,
  .failed = on_failed,
};

/* --- GObject ------------------------------------------------------------- */

static void
shoal_person_page_dispose (GObject *object)
{
  ShoalPersonPage *self = SHOAL_PERSON_PAGE (object);

  if (self->cancel != NULL)
    g_cancellable_cancel (self->cancel);
  g_clear_object (&self->cancel);
  if (self->item != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->item, self);
      shoal_person_actions_install (GTK_WIDGET (self), NULL);
    }
  g_clear_object (&self->item);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (shoal_person_page_parent_class)->dispose (object);
}

static void
shoal_person_page_finalize (GObject *object)
{
  g_object_unref (SHOAL_PERSON_PAGE (object)->shares);
  G_OBJECT_CLASS (shoal_person_page_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonPage, avatar);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonPage, name_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonPage, verified_icon);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonPage, mark);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonPage, subtitle_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonPage, reason_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonPage, add_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonPage, compare_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonPage, shares_box);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonPage, shares_stack);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonPage, nothing_page);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonPage, shares_list);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonPage, menu_button);
}

static void
shoal_person_page_class_init (ShoalPersonPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_person_page_dispose;
  object_class->finalize = shoal_person_page_finalize;

  g_type_ensure (SHOAL_TYPE_AVATAR_RING);
  g_type_ensure (SHOAL_TYPE_MARK);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-person-page.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, on_share_activated);

  gtk_widget_class_install_action (widget_class, "shares.get", "s", on_get);
  gtk_widget_class_install_action (widget_class, "shares.get-to", "s", on_get_to);
  gtk_widget_class_install_action (widget_class, "shares.refresh", NULL, on_refresh);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F5, 0, "shares.refresh", NULL);
}

static void
shoal_person_page_init (ShoalPersonPage *self)
{
  g_autoptr (GtkListItemFactory) factory = shoal_listing_row_make_factory ();
  g_autoptr (GtkNoSelection) none = NULL;

  self->shares = g_list_store_new (SHOAL_TYPE_LISTING_ITEM);
  none = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->shares)));
  gtk_widget_init_template (GTK_WIDGET (self));
  g_object_set (self->shares_list, "factory", factory, "model", none, NULL);
  shoal_drop_add (GTK_WIDGET (self), &drop_funcs);
}

GtkWidget *
shoal_person_page_new (ShoalModel *model, const char *device)
{
  ShoalPersonPage *self;
  ShoalDeviceItem *item;

  g_return_val_if_fail (SHOAL_IS_MODEL (model) && device != NULL, NULL);

  item = shoal_model_find_device (model, device);
  if (item == NULL)
    return NULL;
  self = g_object_new (SHOAL_TYPE_PERSON_PAGE, NULL);
  self->model = g_object_ref (model);
  self->item = g_object_ref (item);
  gtk_menu_button_set_menu_model (self->menu_button, shoal_person_menu_get ());
  shoal_person_actions_install (GTK_WIDGET (self), item);
  g_signal_connect (item, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_object (shoal_model_get_devices (model), "items-changed",
                           G_CALLBACK (on_devices_changed), self, G_CONNECT_SWAPPED);
  on_changed (item, self);
  return GTK_WIDGET (self);
}
