/* shoal-receiver-row.c: a person to choose, with a check mark.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-receiver-row.h"

#include "shoal-avatar-ring.h"
#include "shoal-format.h"
#include "shoal-mark.h"
#include "shoal-person-words.h"

#include <glib/gi18n.h>

struct _ShoalReceiverRow
{
  GtkListBoxRow    parent_instance;

  ShoalDeviceItem *item; /* (owned) */

  GtkCheckButton  *check;
  ShoalAvatarRing *avatar;
  GtkLabel        *name_label;
  ShoalMark       *mark;
  GtkLabel        *subtitle_label;
};

G_DEFINE_FINAL_TYPE (ShoalReceiverRow, shoal_receiver_row, GTK_TYPE_LIST_BOX_ROW)

static guint toggled_signal;

static void
on_changed (ShoalDeviceItem *item, gpointer user_data)
{
  ShoalReceiverRow *self = user_data;
  ShoalDeviceInfo *info = shoal_device_item_get_info (item);
  const char *name = shoal_device_item_get_name (item);
  g_autofree char *warning = shoal_person_get_warning (item);
  g_autofree char *description = shoal_person_describe (item);
  g_autofree char *subtitle
    = info->reach == SHOAL_REACH_NONE
        ? g_strdup (_("offline: it goes out when both of you are there"))
        : shoal_person_get_subtitle (item);

  gtk_label_set_label (self->name_label, name);
  gtk_label_set_label (self->subtitle_label, subtitle);
  shoal_mark_set_mark (self->mark, info->unique_name && warning == NULL ? NULL : info->mark);
  shoal_avatar_ring_set_text (self->avatar, name);
  shoal_avatar_ring_set_picture (self->avatar, info->picture);
  shoal_avatar_ring_set_dimmed (self->avatar, info->reach == SHOAL_REACH_NONE);
  /* Newer versions of GTK make no name of what is in a row. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  description, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->check), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  description, -1);
}

static void
on_check_toggled (GtkCheckButton *check, gpointer user_data)
{
  g_signal_emit (user_data, toggled_signal, 0);
}

static void
shoal_receiver_row_activate (GtkListBoxRow *row)
{
  shoal_receiver_row_toggle (SHOAL_RECEIVER_ROW (row));
}

static void
shoal_receiver_row_dispose (GObject *object)
{
  ShoalReceiverRow *self = SHOAL_RECEIVER_ROW (object);

  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
  G_OBJECT_CLASS (shoal_receiver_row_parent_class)->dispose (object);
}

static void
shoal_receiver_row_class_init (ShoalReceiverRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_receiver_row_dispose;
  GTK_LIST_BOX_ROW_CLASS (klass)->activate = shoal_receiver_row_activate;

  toggled_signal = g_signal_new ("toggled", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (SHOAL_TYPE_AVATAR_RING);
  g_type_ensure (SHOAL_TYPE_MARK);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-receiver-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiverRow, check);
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiverRow, avatar);
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiverRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiverRow, mark);
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiverRow, subtitle_label);
}

static void
shoal_receiver_row_init (ShoalReceiverRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* --- Public -------------------------------------------------------------- */

GtkWidget *
shoal_receiver_row_new (ShoalDeviceItem *item, gboolean chosen)
{
  ShoalReceiverRow *self;

  g_return_val_if_fail (SHOAL_IS_DEVICE_ITEM (item), NULL);

  self = g_object_new (SHOAL_TYPE_RECEIVER_ROW, NULL);
  self->item = g_object_ref (item);
  gtk_check_button_set_active (self->check, chosen);
  g_signal_connect (self->check, "toggled", G_CALLBACK (on_check_toggled), self);
  g_signal_connect (item, "changed", G_CALLBACK (on_changed), self);
  on_changed (item, self);
  return GTK_WIDGET (self);
}

ShoalDeviceItem *
shoal_receiver_row_get_item (ShoalReceiverRow *self)
{
  g_return_val_if_fail (SHOAL_IS_RECEIVER_ROW (self), NULL);

  return self->item;
}

gboolean
shoal_receiver_row_is_chosen (ShoalReceiverRow *self)
{
  g_return_val_if_fail (SHOAL_IS_RECEIVER_ROW (self), FALSE);

  return gtk_check_button_get_active (self->check);
}

void
shoal_receiver_row_toggle (ShoalReceiverRow *self)
{
  g_return_if_fail (SHOAL_IS_RECEIVER_ROW (self));

  gtk_check_button_set_active (self->check, !gtk_check_button_get_active (self->check));
}
