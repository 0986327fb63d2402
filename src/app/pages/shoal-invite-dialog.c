/* shoal-invite-dialog.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-invite-dialog.h"

#include "shoal-commands-invites.h"
#include "shoal-dialog.h"
#include "shoal-error.h"
#include "shoal-invites-group.h"
#include "shoal-preferences.h"
#include "shoal-qr.h"
#include "shoal-transfer-words.h"

#include <glib/gi18n.h>

struct _ShoalInviteDialog
{
  AdwWindow    parent_instance;

  ShoalWindow *window; /* (unowned): we are transient for it */
  ShoalModel  *model;  /* (owned) (nullable): NULL: closed */
  char        *invite; /* (owned) (nullable): once it is made */
  GHashTable  *before; /* (owned) (nullable) of IDs: who was a friend when it was made */

  GtkStack    *stack;
  GtkWidget   *make_invite_button, *copy_invite_button;
  ShoalQr     *invite_qr;
  GtkLabel    *invite_hint, *invite_label, *invite_state;
  GtkImage    *over_icon;
  GtkLabel    *over_label;
  GtkWidget   *over_servers_button;
};

G_DEFINE_FINAL_TYPE (ShoalInviteDialog, shoal_invite_dialog, ADW_TYPE_WINDOW)

static void
show_over (ShoalInviteDialog *self, const char *icon, const char *words, gboolean servers)
{
  gtk_image_set_from_icon_name (self->over_icon, icon);
  gtk_label_set_label (self->over_label, words);
  gtk_widget_set_visible (self->over_servers_button, servers);
  gtk_stack_set_visible_child_name (self->stack, "over");
}

/* --- Who has used it ------------------------------------------------------- */

/* (transfer full): IDs of those who are friends now */
static GHashTable *
list_friends (ShoalInviteDialog *self, ShoalDeviceItem **found)
{
  GHashTable *friends = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GListModel *devices = shoal_model_get_devices (self->model);

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (ShoalDeviceItem) item = g_list_model_get_item (devices, i);
      const char *id = shoal_device_item_get_id (item);

      if (!shoal_device_item_get_info (item)->is_friend)
        continue;
      if (self->before != NULL && !g_hash_table_contains (self->before, id))
        *found = item; /* the model holds it */
      g_hash_table_add (friends, g_strdup (id));
    }
  return friends;
}

/* The name comes a moment after the person. */
static void
show_met (ShoalInviteDialog *self, ShoalDeviceItem *item)
{
  g_autofree char *words
    = g_strdup_printf (_("%s is now your friend."), shoal_device_item_get_name (item));

  show_over (self, "emblem-ok-symbolic", words, FALSE);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalInviteDialog) self = user_data;
  g_auto (GStrv) waiting = shoal_model_list_invites_finish (SHOAL_MODEL (source), result, NULL);
  g_autoptr (GHashTable) friends = NULL;
  ShoalDeviceItem *item = NULL;

  if (self->model == NULL || self->invite == NULL || waiting == NULL
      || g_strv_contains ((const char *const *) waiting, self->invite))
    return;
  /* Used: by the one who is a friend only since then. */
  friends = list_friends (self, &item);
  if (item == NULL)
    return;
  g_clear_pointer (&self->invite, g_free);
  g_signal_connect_object (item, "changed", G_CALLBACK (show_met), self, G_CONNECT_SWAPPED);
  show_met (self, item);
}

static void
look_who_came (ShoalInviteDialog *self)
{
  g_autoptr (GHashTable) friends = NULL;
  ShoalDeviceItem *item = NULL;

  if (self->invite == NULL)
    return;
  friends = list_friends (self, &item);
  if (item != NULL)
    shoal_model_list_invites_async (self->model, on_listed, g_object_ref (self));
}

/* Names and friends change in items, which tell it; new ones come with the list. */
static void
watch_devices (ShoalInviteDialog *self, guint position, guint removed, guint added,
               GListModel *devices)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (devices, i);

      g_signal_connect_object (item, "changed", G_CALLBACK (look_who_came), self,
                               G_CONNECT_SWAPPED);
    }
  look_who_came (self);
}

/* --- Making one ------------------------------------------------------------ */

static void
show_invite (ShoalInviteDialog *self, char *invite)
{
  GListModel *devices = shoal_model_get_devices (self->model);
  g_autofree char *day = shoal_invite_until (invite);
  /* Translators: %s is a day. */
  g_autofree char *hint = g_strdup_printf (
    _("Give it to one person, by a way that nobody else sees. It works once, until %s."), day);
  ShoalDeviceItem *item = NULL;

  self->before = list_friends (self, &item);
  self->invite = invite;
  gtk_label_set_label (self->invite_hint, hint);
  gtk_label_set_label (self->invite_label, invite);
  gtk_widget_set_visible (GTK_WIDGET (self->invite_qr),
                          shoal_qr_set_text (self->invite_qr, invite));
  gtk_label_set_label (self->invite_state,
                       _("Shoal waits for your friend, also when this window is closed."));
  gtk_stack_set_visible_child_name (self->stack, "invite");
  gtk_window_set_default_widget (GTK_WINDOW (self), self->copy_invite_button);
  gtk_widget_grab_focus (self->copy_invite_button);
  g_signal_connect_object (devices, "items-changed", G_CALLBACK (watch_devices), self,
                           G_CONNECT_SWAPPED);
  watch_devices (self, 0, 0, g_list_model_get_n_items (devices), devices);
}

static void
on_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalInviteDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  char *invite = shoal_model_make_invite_finish (SHOAL_MODEL (source), result, &error);
  g_autofree char *what = NULL;
  g_autofree char *next = NULL;
  g_autofree char *both = NULL;

  if (self->model == NULL)
    {
      /* Closed before anybody could have seen it. */
      if (invite != NULL)
        shoal_model_cancel_invite (SHOAL_MODEL (source), invite);
      g_free (invite);
      return;
    }
  if (invite != NULL)
    {
      show_invite (self, invite);
      return;
    }
  what = shoal_words_error (error, NULL);
  next = shoal_words_next (error, NULL);
  both = g_strdup_printf ("%s %s", what, next);
  show_over (self, "dialog-warning-symbolic", both,
             g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_UNSUPPORTED));
}

static void
make (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalInviteDialog *self = SHOAL_INVITE_DIALOG (widget);

  gtk_widget_action_set_enabled (widget, "invite.make", FALSE);
  shoal_model_make_invite_async (self->model, on_made, g_object_ref (self));
}

/* --- What one can do with it ----------------------------------------------- */

static void
copy (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalInviteDialog *self = SHOAL_INVITE_DIALOG (widget);

  if (self->invite == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), self->invite);
  gtk_label_set_label (self->invite_state, _("Copied. Shoal waits for your friend, also when "
                                             "this window is closed."));
}

static void
take_back (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalInviteDialog *self = SHOAL_INVITE_DIALOG (widget);

  if (self->invite == NULL)
    return;
  shoal_model_cancel_invite (self->model, self->invite);
  shoal_window_toast (self->window, _("The invite does not work any more"));
  gtk_window_close (GTK_WINDOW (self));
}

static void
show_servers (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalInviteDialog *self = SHOAL_INVITE_DIALOG (widget);

  shoal_preferences_show (GTK_WINDOW (self->window), self->model, SHOAL_PREFERENCES_INTERNET);
  gtk_window_close (GTK_WINDOW (self));
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_invite_dialog_dispose (GObject *object)
{
  ShoalInviteDialog *self = SHOAL_INVITE_DIALOG (object);

  g_clear_pointer (&self->invite, g_free);
  g_clear_pointer (&self->before, g_hash_table_unref);
  g_clear_object (&self->model);

  G_OBJECT_CLASS (shoal_invite_dialog_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *klass)
{
  gtk_widget_class_bind_template_child (klass, ShoalInviteDialog, stack);
  gtk_widget_class_bind_template_child (klass, ShoalInviteDialog, make_invite_button);
  gtk_widget_class_bind_template_child (klass, ShoalInviteDialog, copy_invite_button);
  gtk_widget_class_bind_template_child (klass, ShoalInviteDialog, invite_qr);
  gtk_widget_class_bind_template_child (klass, ShoalInviteDialog, invite_hint);
  gtk_widget_class_bind_template_child (klass, ShoalInviteDialog, invite_label);
  gtk_widget_class_bind_template_child (klass, ShoalInviteDialog, invite_state);
  gtk_widget_class_bind_template_child (klass, ShoalInviteDialog, over_icon);
  gtk_widget_class_bind_template_child (klass, ShoalInviteDialog, over_label);
  gtk_widget_class_bind_template_child (klass, ShoalInviteDialog, over_servers_button);
}

static void
shoal_invite_dialog_class_init (ShoalInviteDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_invite_dialog_dispose;
  g_type_ensure (SHOAL_TYPE_QR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-invite-dialog.ui");
  bind_children (widget_class);
  gtk_widget_class_install_action (widget_class, "invite.make", NULL, make);
  gtk_widget_class_install_action (widget_class, "invite.copy", NULL, copy);
  gtk_widget_class_install_action (widget_class, "invite.take-back", NULL, take_back);
  gtk_widget_class_install_action (widget_class, "invite.servers", NULL, show_servers);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
shoal_invite_dialog_init (ShoalInviteDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  shoal_dialog_dispose_when_closed (GTK_WINDOW (self));
}

/* --- Public ---------------------------------------------------------------- */

void
shoal_invite_dialog_show (ShoalWindow *parent)
{
  ShoalInviteDialog *self
    = g_object_new (SHOAL_TYPE_INVITE_DIALOG, "transient-for", parent, NULL);

  self->window = parent;
  self->model = g_object_ref (shoal_window_get_model (parent));
  gtk_window_set_default_widget (GTK_WINDOW (self), self->make_invite_button);
  gtk_window_present (GTK_WINDOW (self));
  gtk_widget_grab_focus (self->make_invite_button);
  /* Whoever has agreed once is not asked again. */
  if (shoal_model_get_settings (self->model)->internet)
    gtk_widget_activate_action (GTK_WIDGET (self), "invite.make", NULL);
}
