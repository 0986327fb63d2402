/* shoal-person-row.c: a person in a list, to drop things on.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-person-row.h"

#include "shoal-avatar-ring.h"
#include "shoal-drop.h"
#include "shoal-format.h"
#include "shoal-mark.h"
#include "shoal-person-actions.h"
#include "shoal-person-words.h"
#include "shoal-sending.h"

#include <glib/gi18n.h>

#define DROP_CLASS "drop-here"

struct _ShoalPersonRow
{
  GtkListBoxRow    parent_instance;

  ShoalDeviceItem *item; /* (owned) */
  gboolean         over; /* something that can be dropped is over it */

  ShoalAvatarRing *avatar;
  GtkLabel        *name_label;
  GtkWidget       *verified_icon;
  ShoalMark       *mark;
  GtkLabel        *subtitle_label;
  GtkWidget       *send_button;
  GtkMenuButton   *menu_button;
};

G_DEFINE_FINAL_TYPE (ShoalPersonRow, shoal_person_row, GTK_TYPE_LIST_BOX_ROW)

/* --- What it shows ------------------------------------------------------- */

/* These come several times a second while bytes move, and GTK would look where
 * the pointer is each time. */
static void
set_tooltip (GtkWidget *widget, const char *text)
{
  if (g_strcmp0 (gtk_widget_get_tooltip_text (widget), text) != 0)
    gtk_widget_set_tooltip_text (widget, text);
}

static void
set_class (GtkWidget *widget, const char *name, gboolean wanted)
{
  if (wanted)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

static void
show_subtitle (ShoalPersonRow *self)
{
  const char *name = shoal_device_item_get_name (self->item);
  g_autofree char *text = self->over
                            /* Translators: %s is a person. */
                            ? g_strdup_printf (_("Drop to send to %s"), name)
                            : shoal_person_get_subtitle (self->item);

  gtk_label_set_label (self->subtitle_label, text);
  set_tooltip (GTK_WIDGET (self->subtitle_label), text);
}

static void
on_changed (ShoalDeviceItem *item, gpointer user_data)
{
  ShoalPersonRow *self = user_data;
  ShoalDeviceInfo *info = shoal_device_item_get_info (item);
  const char *name = shoal_device_item_get_name (item);
  g_autofree char *warning = shoal_person_get_warning (item);
  g_autofree char *description = shoal_person_describe (item);
  g_autofree char *send = g_strdup_printf (_("Send Files to %s"), name);

  gtk_label_set_label (self->name_label, name);
  gtk_widget_set_visible (self->verified_icon, info->is_friend && info->is_verified);
  shoal_mark_set_mark (self->mark, info->unique_name && warning == NULL ? NULL : info->mark);
  shoal_avatar_ring_set_text (self->avatar, name);
  shoal_avatar_ring_set_picture (self->avatar, info->picture);
  shoal_avatar_ring_set_fraction (self->avatar, shoal_device_item_get_progress (item));
  shoal_avatar_ring_set_dimmed (self->avatar, info->reach == SHOAL_REACH_NONE);
  set_class (GTK_WIDGET (self->subtitle_label), "warning", warning != NULL);
  set_class (GTK_WIDGET (self->subtitle_label), "dim-label", warning == NULL);
  show_subtitle (self);

  set_tooltip (self->send_button, send);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->send_button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, send, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  description, -1);
}

/* --- Dropping ------------------------------------------------------------ */

static void
on_hover (GtkWidget *widget, gboolean over)
{
  ShoalPersonRow *self = SHOAL_PERSON_ROW (widget);

  self->over = over;
  set_class (widget, DROP_CLASS, over);
  show_subtitle (self);
}

static void
on_dropped (GtkWidget *widget, ShoalPayload *payload)
{
  ShoalPersonRow *self = SHOAL_PERSON_ROW (widget);

  shoal_sending_send (widget, payload,
                      (const char *const[]){ shoal_device_item_get_id (self->item), NULL });
}

static void
on_failed (GtkWidget *widget, const GError *error)
{
  ShoalPersonRow *self = SHOAL_PERSON_ROW (widget);

  shoal_sending_explain (widget, error, shoal_device_item_get_id (self->item));
}

static const ShoalDropFuncs drop_funcs = {
  .hover = on_hover,
  .dropped = on_dropped,
  .failed = on_failed,
};

/* --- Menu ---------------------------------------------------------------- */

/* Not before it is wanted: a list may have hundreds of rows. */
static void
on_create_menu (GtkMenuButton *button, gpointer user_data)
{
  if (gtk_menu_button_get_menu_model (button) == NULL)
    gtk_menu_button_set_menu_model (button, shoal_person_menu_get ());
}

static void
on_secondary_pressed (GtkGestureClick *gesture, int n_press, double x, double y,
                      gpointer user_data)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  shoal_person_row_popup (user_data);
}

static void
on_long_pressed (GtkGestureLongPress *gesture, double x, double y, gpointer user_data)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  shoal_person_row_popup (user_data);
}

static gboolean
on_menu_key (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  shoal_person_row_popup (SHOAL_PERSON_ROW (widget));
  return TRUE;
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_person_row_dispose (GObject *object)
{
  ShoalPersonRow *self = SHOAL_PERSON_ROW (object);

  if (self->item != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->item, self);
      shoal_person_actions_install (GTK_WIDGET (self), NULL);
    }
  g_clear_object (&self->item);
  G_OBJECT_CLASS (shoal_person_row_parent_class)->dispose (object);
}

static void
shoal_person_row_class_init (ShoalPersonRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_person_row_dispose;

  g_type_ensure (SHOAL_TYPE_AVATAR_RING);
  g_type_ensure (SHOAL_TYPE_MARK);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-person-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonRow, avatar);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonRow, verified_icon);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonRow, mark);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonRow, subtitle_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonRow, send_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalPersonRow, menu_button);
  gtk_widget_class_bind_template_callback (widget_class, on_secondary_pressed);
  gtk_widget_class_bind_template_callback (widget_class, on_long_pressed);

  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, on_menu_key, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, on_menu_key, NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F2, 0, "person.rename", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "person.remove", NULL);
}

static void
shoal_person_row_init (ShoalPersonRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_menu_button_set_create_popup_func (self->menu_button, on_create_menu, NULL, NULL);
  shoal_drop_add (GTK_WIDGET (self), &drop_funcs);
}

/* --- Public -------------------------------------------------------------- */

GtkWidget *
shoal_person_row_new (ShoalDeviceItem *item)
{
  ShoalPersonRow *self;

  g_return_val_if_fail (SHOAL_IS_DEVICE_ITEM (item), NULL);

  self = g_object_new (SHOAL_TYPE_PERSON_ROW, NULL);
  self->item = g_object_ref (item);
  shoal_person_actions_install (GTK_WIDGET (self), item);
  g_signal_connect (item, "changed", G_CALLBACK (on_changed), self);
  on_changed (item, self);
  return GTK_WIDGET (self);
}

ShoalDeviceItem *
shoal_person_row_get_item (ShoalPersonRow *self)
{
  g_return_val_if_fail (SHOAL_IS_PERSON_ROW (self), NULL);

  return self->item;
}

void
shoal_person_row_popup (ShoalPersonRow *self)
{
  g_return_if_fail (SHOAL_IS_PERSON_ROW (self));

  gtk_menu_button_popup (self->menu_button);
}
