/* shoal-rename-dialog.c: asks what to call a friend.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-rename-dialog.h"

#include "shoal-commands.h"
#include "shoal-dialog.h"

#include <glib/gi18n.h>

struct _ShoalRenameDialog
{
  AdwWindow    parent_instance;

  ShoalWindow *window; /* (unowned): we are transient for it */
  char        *device; /* (owned) */

  AdwEntryRow *name_row;
  GtkLabel    *own_name_label;
  GtkLabel    *trouble_label;
};

G_DEFINE_FINAL_TYPE (ShoalRenameDialog, shoal_rename_dialog, ADW_TYPE_WINDOW)

static void
show_trouble (ShoalRenameDialog *self, const char *words)
{
  gtk_label_set_label (self->trouble_label, words != NULL ? words : "");
  gtk_widget_set_visible (GTK_WIDGET (self->trouble_label), words != NULL);
  if (words != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->name_row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->name_row), "error");
}

static void
on_name_changed (ShoalRenameDialog *self)
{
  show_trouble (self, NULL);
}

static void
on_renamed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalRenameDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (shoal_model_rename_friend_finish (SHOAL_MODEL (source), result, &error))
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "rename.apply", TRUE);
  show_trouble (self, error->message);
}

static void
on_apply (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalRenameDialog *self = SHOAL_RENAME_DIALOG (widget);
  g_autofree char *name
    = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name_row))));

  gtk_widget_action_set_enabled (widget, "rename.apply", FALSE);
  shoal_model_rename_friend_async (shoal_window_get_model (self->window), self->device, name,
                                   on_renamed, g_object_ref (self));
}

static void
shoal_rename_dialog_dispose (GObject *object)
{
  ShoalRenameDialog *self = SHOAL_RENAME_DIALOG (object);

  g_clear_pointer (&self->device, g_free);
  G_OBJECT_CLASS (shoal_rename_dialog_parent_class)->dispose (object);
}

static void
shoal_rename_dialog_class_init (ShoalRenameDialogClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_rename_dialog_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-rename-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalRenameDialog, name_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalRenameDialog, own_name_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalRenameDialog, trouble_label);
  gtk_widget_class_bind_template_callback (widget_class, on_name_changed);

  gtk_widget_class_install_action (widget_class, "rename.apply", NULL, on_apply);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
on_entry_activated (ShoalRenameDialog *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "rename.apply", NULL);
}

static void
shoal_rename_dialog_init (ShoalRenameDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  shoal_dialog_dispose_when_closed (GTK_WINDOW (self));
  g_signal_connect_swapped (self->name_row, "entry-activated", G_CALLBACK (on_entry_activated),
                            self);
}

void
shoal_rename_dialog_present (ShoalWindow *parent, ShoalDeviceItem *item)
{
  ShoalRenameDialog *self;
  ShoalDeviceInfo *info;
  g_autofree char *own = NULL;

  g_return_if_fail (SHOAL_IS_WINDOW (parent) && SHOAL_IS_DEVICE_ITEM (item));

  info = shoal_device_item_get_info (item);
  self = g_object_new (SHOAL_TYPE_RENAME_DIALOG, "transient-for", parent, NULL);
  self->window = parent;
  self->device = g_strdup (info->id);
  gtk_editable_set_text (GTK_EDITABLE (self->name_row),
                         info->nickname != NULL ? info->nickname : info->name);
  /* Translators: %s is the name that the other device gives itself. */
  own = g_strdup_printf (_("Only you see this name. It calls itself “%s”; leave the entry empty "
                           "to use that. Devices that you call the same belong to one person."),
                         info->name);
  gtk_label_set_label (self->own_name_label, own);
  show_trouble (self, NULL);
  gtk_window_present (GTK_WINDOW (self));
  gtk_widget_grab_focus (GTK_WIDGET (self->name_row));
}
