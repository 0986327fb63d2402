/* shoal-add-friend-dialog.c: does the other screen show the same code?
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-add-friend-dialog.h"

#include "shoal-avatar-ring.h"
#include "shoal-commands.h"
#include "shoal-dialog.h"
#include "shoal-error.h"
#include "shoal-format.h"
#include "shoal-mark.h"
#include "shoal-person-words.h"

#include <glib/gi18n.h>

struct _ShoalAddFriendDialog
{
  AdwWindow        parent_instance;

  ShoalWindow     *window;  /* (unowned): we are transient for it */
  char            *device;  /* (owned): ID; whole once it is known */
  ShoalDeviceItem *item;    /* (owned) (nullable): NULL: gone */
  gboolean         was_friend; /* then the codes are compared only */
  GCancellable    *cancel;  /* (owned): of the search */

  AdwWindowTitle  *title;
  ShoalAvatarRing *avatar;
  ShoalMark       *mark;
  GtkLabel        *question_label;
  GtkStack        *stack;
  GtkLabel        *code_label;
  GtkLabel        *connecting_label;
  GtkLabel        *trouble_label;
  GtkLabel        *hint_label;
  GtkButton       *same_button;
};

G_DEFINE_FINAL_TYPE (ShoalAddFriendDialog, shoal_add_friend_dialog, ADW_TYPE_WINDOW)

/* --- What it shows ------------------------------------------------------- */

static const char *
get_name (ShoalAddFriendDialog *self)
{
  return shoal_device_item_get_name (self->item);
}

static const char *
get_code (ShoalAddFriendDialog *self)
{
  return self->item != NULL ? shoal_device_item_get_info (self->item)->code : NULL;
}

static void
show_code (ShoalAddFriendDialog *self)
{
  const char *code = get_code (self);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "friend.same", code != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "friend.different", code != NULL);
  if (code != NULL)
    {
      g_autofree char *shown = shoal_format_code (code);

      gtk_label_set_label (self->code_label, shown);
      gtk_stack_set_visible_child_name (self->stack, "code");
    }
  else if (g_str_equal (gtk_stack_get_visible_child_name (self->stack), "code"))
    {
      gtk_stack_set_visible_child_name (self->stack, "connecting");
    }
}

static void
show_name (ShoalAddFriendDialog *self)
{
  ShoalDeviceInfo *info = shoal_device_item_get_info (self->item);
  const char *name = get_name (self);
  g_autofree char *question = g_strdup_printf (_("Does %s’s screen show this code?"), name);
  g_autofree char *connecting = g_strdup_printf (_("Connecting to %s…"), name);
  /* Translators: the first %s is a person, the second the name of this device. */
  g_autofree char *hint = g_strdup_printf (
    _("It is shown there when %s chooses “Add as a Friend” for “%s”. If the codes are the same, "
      "nobody is listening in between, and this is really that device."),
    name, shoal_model_get_name (shoal_window_get_model (self->window)));

  gtk_label_set_label (self->question_label, question);
  gtk_label_set_label (self->connecting_label, connecting);
  gtk_label_set_label (self->hint_label, hint);
  shoal_avatar_ring_set_text (self->avatar, name);
  shoal_avatar_ring_set_picture (self->avatar, info->picture);
  shoal_mark_set_mark (self->mark, info->mark);
}

static void
show_trouble (ShoalAddFriendDialog *self, const char *words)
{
  gtk_label_set_label (self->trouble_label, words);
  gtk_stack_set_visible_child_name (self->stack, "trouble");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "friend.same", FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "friend.different", FALSE);
}

static void
on_item_changed (ShoalAddFriendDialog *self)
{
  show_name (self);
  show_code (self);
}

static void
set_item (ShoalAddFriendDialog *self, ShoalDeviceItem *item)
{
  if (item == self->item)
    return;
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_set_object (&self->item, item);
  if (item == NULL)
    return;
  g_signal_connect_swapped (item, "changed", G_CALLBACK (on_item_changed), self);
  on_item_changed (self);
}

/* Whoever was known by the beginning of an ID only gets a new item. */
static void
on_devices_changed (ShoalAddFriendDialog *self)
{
  ShoalDeviceItem *item
    = shoal_model_find_device (shoal_window_get_model (self->window), self->device);

  if (item != NULL)
    set_item (self, item);
}

/* --- Connecting ---------------------------------------------------------- */

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalAddFriendDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDeviceInfo) info
    = shoal_model_find_finish (SHOAL_MODEL (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancel) || self->item == NULL)
    return;
  if (info == NULL)
    {
      show_trouble (self, error->message);
      return;
    }

  g_free (self->device);
  self->device = g_strdup (info->id);
  on_devices_changed (self);
  if (info->reach == SHOAL_REACH_NONE)
    {
      g_autofree char *words = g_strdup_printf (
        _("%s is offline. The codes can be compared when both of you are there."),
        get_name (self));

      show_trouble (self, words);
    }
}

static void
look_for (ShoalAddFriendDialog *self)
{
  gtk_stack_set_visible_child_name (self->stack, "connecting");
  shoal_model_find_async (shoal_window_get_model (self->window), self->device,
                          SHOAL_FIND_TIMEOUT, self->cancel, on_found, g_object_ref (self));
}

/* --- Answers ------------------------------------------------------------- */

static void
on_same (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalAddFriendDialog *self = SHOAL_ADD_FRIEND_DIALOG (widget);
  ShoalModel *model = shoal_window_get_model (self->window);
  g_autofree char *text
    = g_strdup_printf (self->was_friend ? _("%s is verified") : _("%s is your friend now"),
                       get_name (self));

  if (!self->was_friend)
    shoal_model_add_friend (model, self->device);
  shoal_model_set_verified (model, self->device, TRUE);
  shoal_window_toast (self->window, text);
  gtk_window_close (GTK_WINDOW (self));
}

static void
on_different (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalAddFriendDialog *self = SHOAL_ADD_FRIEND_DIALOG (widget);
  g_autofree char *words = g_strdup_printf (
    _("Then this is not the device you are looking at, or somebody is in between. Nothing was "
      "added. Accept nothing from it, and send it nothing, before you know why. “Block” in the "
      "menu of %s keeps it away."),
    get_name (self));

  if (self->was_friend)
    shoal_model_set_verified (shoal_window_get_model (self->window), self->device, FALSE);
  show_trouble (self, words);
  g_signal_handlers_disconnect_by_data (self->item, self);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_add_friend_dialog_dispose (GObject *object)
{
  ShoalAddFriendDialog *self = SHOAL_ADD_FRIEND_DIALOG (object);

  g_cancellable_cancel (self->cancel);
  set_item (self, NULL);
  G_OBJECT_CLASS (shoal_add_friend_dialog_parent_class)->dispose (object);
}

static void
shoal_add_friend_dialog_finalize (GObject *object)
{
  ShoalAddFriendDialog *self = SHOAL_ADD_FRIEND_DIALOG (object);

  g_object_unref (self->cancel);
  g_free (self->device);
  G_OBJECT_CLASS (shoal_add_friend_dialog_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, ShoalAddFriendDialog, title);
  gtk_widget_class_bind_template_child (widget_class, ShoalAddFriendDialog, avatar);
  gtk_widget_class_bind_template_child (widget_class, ShoalAddFriendDialog, mark);
  gtk_widget_class_bind_template_child (widget_class, ShoalAddFriendDialog, question_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalAddFriendDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, ShoalAddFriendDialog, code_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalAddFriendDialog, connecting_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalAddFriendDialog, trouble_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalAddFriendDialog, hint_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalAddFriendDialog, same_button);
}

static void
shoal_add_friend_dialog_class_init (ShoalAddFriendDialogClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_add_friend_dialog_dispose;
  object_class->finalize = shoal_add_friend_dialog_finalize;

  g_type_ensure (SHOAL_TYPE_AVATAR_RING);
  g_type_ensure (SHOAL_TYPE_MARK);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-add-friend-dialog.ui");
  bind_children (widget_class);

  gtk_widget_class_install_action (widget_class, "friend.same", NULL, on_same);
  gtk_widget_class_install_action (widget_class, "friend.different", NULL, on_different);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
shoal_add_friend_dialog_init (ShoalAddFriendDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  shoal_dialog_dispose_when_closed (GTK_WINDOW (self));
  self->cancel = g_cancellable_new ();
}

void
shoal_add_friend_dialog_present (ShoalWindow *parent, ShoalDeviceItem *item)
{
  ShoalAddFriendDialog *self;

  g_return_if_fail (SHOAL_IS_WINDOW (parent) && SHOAL_IS_DEVICE_ITEM (item));

  self = g_object_new (SHOAL_TYPE_ADD_FRIEND_DIALOG, "transient-for", parent, NULL);
  self->window = parent;
  self->device = g_strdup (shoal_device_item_get_id (item));
  self->was_friend = shoal_device_item_get_info (item)->is_friend;
  if (self->was_friend)
    {
      adw_window_title_set_title (self->title, _("Compare Codes"));
      gtk_button_set_label (self->same_button, _("_Same Code"));
    }
  set_item (self, item);
  g_signal_connect_object (shoal_model_get_devices (shoal_window_get_model (parent)),
                           "items-changed", G_CALLBACK (on_devices_changed), self,
                           G_CONNECT_SWAPPED);
  if (get_code (self) == NULL)
    look_for (self);
  gtk_window_present (GTK_WINDOW (self));
}
