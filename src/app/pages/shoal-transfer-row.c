/* shoal-transfer-row.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-transfer-row.h"

#include "shoal-commands-history.h"
#include "shoal-commands-transfers.h"
#include "shoal-format.h"
#include "shoal-steady-label.h"
#include "shoal-transfer-actions.h"
#include "shoal-transfer-words.h"
#include "shoal-window.h"

#include <glib/gi18n.h>

struct _ShoalTransferRow
{
  GtkListBoxRow      parent_instance;

  ShoalModel        *model; /* (owned) */
  ShoalTransferItem *item;  /* (owned) */
  gboolean           alone; /* not in the list, but above its details */

  /* Of the template. */
  GtkImage          *icon;
  GtkLabel          *name_label;
  GtkWidget         *verified_box;
  ShoalSteadyLabel  *line_label;
  GtkProgressBar    *bar;
  GtkLabel          *passing_label;
  GtkLabel          *code_label;
  GtkLabel          *trouble_label;
  GtkButton         *step_button;
  GtkButton         *pause_button;
  GtkButton         *cancel_button;
  GtkWidget         *open_button;
  GtkWidget         *folder_button;
  GtkMenuButton     *menu_button;
};

G_DEFINE_FINAL_TYPE (ShoalTransferRow, shoal_transfer_row, GTK_TYPE_LIST_BOX_ROW)

static const ShoalTransferInfo *
info_of (ShoalTransferRow *self)
{
  return shoal_transfer_item_get_info (self->item);
}

/* --- What it shows --------------------------------------------------------- */

/* Shows @label with @text (transfer full), or hides it. */
static void
show_text (GtkLabel *label, char *text)
{
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL);
  if (text != NULL)
    gtk_label_set_label (label, text);
  g_free (text);
}

static gboolean
has_bar (const ShoalTransferInfo *info)
{
  if (info->kind != SHOAL_CONTENT_FILES || info->total == 0)
    return FALSE;
  return info->phase == SHOAL_TRANSFER_RUNNING || info->phase == SHOAL_TRANSFER_SYNCING
         || (info->bytes > 0 && !shoal_transfer_words_is_over (info));
}

static void
update_bar (ShoalTransferRow *self, const ShoalTransferInfo *info)
{
  g_autofree char *words = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->bar), has_bar (info));
  if (!has_bar (info))
    return;

  gtk_progress_bar_set_fraction (self->bar, shoal_transfer_item_get_fraction (self->item));
  words = shoal_transfer_words_progress (info);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  info->name, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, words, -1);
}

/* GTK sets the same icon anew. */
static void
show_icon (GtkImage *image, const char *name)
{
  if (g_strcmp0 (gtk_image_get_icon_name (image), name) != 0)
    gtk_image_set_from_icon_name (image, name);
}

static void
update_texts (ShoalTransferRow *self, const ShoalTransferInfo *info)
{
  g_autofree char *name = shoal_format_name (info->name);
  g_autofree char *line = shoal_transfer_words_line (info);
  char *trouble = shoal_transfer_words_trouble (info);
  g_autofree char *description = shoal_format_join (line, trouble != NULL ? trouble : "", NULL);

  show_icon (self->icon, shoal_transfer_words_icon (info));
  gtk_label_set_label (self->name_label, name);
  shoal_steady_label_set_text (self->line_label, line);
  show_text (self->passing_label, shoal_transfer_words_passing (info));
  show_text (self->code_label, shoal_transfer_words_code (info));
  show_text (self->trouble_label, trouble);
  if (shoal_transfer_words_mood (info) == SHOAL_MOOD_WRONG)
    gtk_widget_add_css_class (GTK_WIDGET (self->trouble_label), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->trouble_label), "error");
  gtk_widget_set_visible (self->verified_box,
                          info->phase == SHOAL_TRANSFER_DONE && info->verified);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

/* An icon-only button tells what it does in its tooltip and to screen readers. */
static void
name_button (GtkButton *button, const char *icon_name, const char *words)
{
  if (g_strcmp0 (gtk_widget_get_tooltip_text (GTK_WIDGET (button)), words) == 0)
    return;
  gtk_button_set_icon_name (button, icon_name);
  gtk_widget_set_tooltip_text (GTK_WIDGET (button), words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
}

static void
set_enabled (ShoalTransferRow *self, GtkWidget *button, const char *action, gboolean enabled)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), action, enabled);
  if (button != NULL)
    gtk_widget_set_visible (button, enabled);
}

static void
update_actions (ShoalTransferRow *self, const ShoalTransferInfo *info)
{
  ShoalTransferStep step = shoal_transfer_words_step (info);
  const char *label = shoal_transfer_step_label (step);
  gboolean over = shoal_transfer_words_is_over (info);
  gboolean lies_here = shoal_transfer_actions_lies_here (info);

  name_button (self->pause_button,
               info->phase == SHOAL_TRANSFER_PAUSED ? "media-playback-start-symbolic"
                                                    : "media-playback-pause-symbolic",
               info->phase == SHOAL_TRANSFER_PAUSED ? _("Resume") : _("Pause"));
  name_button (self->cancel_button, "window-close-symbolic",
               info->phase == SHOAL_TRANSFER_WAITING ? _("Take Back") : _("Cancel"));
  set_enabled (self, GTK_WIDGET (self->pause_button), "transfer.pause",
               shoal_transfer_actions_can_pause (info));
  set_enabled (self, GTK_WIDGET (self->cancel_button), "transfer.cancel", !over);
  set_enabled (self, self->open_button, "transfer.open", lies_here);
  set_enabled (self, self->folder_button, "transfer.show-folder", lies_here);
  set_enabled (self, NULL, "transfer.retry", over && info->can_retry);
  set_enabled (self, GTK_WIDGET (self->step_button), "transfer.next-step", label != NULL);
  set_enabled (self, NULL, "transfer.move-first", !over && !self->alone);
  set_enabled (self, NULL, "transfer.move-up", !over && !self->alone);
  set_enabled (self, NULL, "transfer.move-down", !over && !self->alone);
  if (label != NULL && g_strcmp0 (gtk_button_get_label (self->step_button), label) != 0)
    gtk_button_set_label (self->step_button, label);
}

static void
on_changed (ShoalTransferItem *item, ShoalTransferRow *self)
{
  const ShoalTransferInfo *info = info_of (self);

  update_texts (self, info);
  update_bar (self, info);
  update_actions (self, info);
}

/* --- What it does ---------------------------------------------------------- */

static void
on_pause (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTransferRow *self = SHOAL_TRANSFER_ROW (widget);

  shoal_transfer_actions_pause (self->model, self->item);
}

static void
on_step (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTransferRow *self = SHOAL_TRANSFER_ROW (widget);

  shoal_transfer_actions_step (widget, self->model, self->item);
}

static void
on_retry (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTransferRow *self = SHOAL_TRANSFER_ROW (widget);

  shoal_transfer_actions_retry (self->model, self->item);
}

static void
on_details (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTransferRow *self = SHOAL_TRANSFER_ROW (widget);

  shoal_transfer_actions_show_details (widget, self->model, self->item);
}

static void
on_copy_details (GtkWidget *widget, const char *action, GVariant *parameter)
{
  shoal_transfer_actions_copy_details (widget, SHOAL_TRANSFER_ROW (widget)->item);
}

/* What belongs to the application or the page, with our ID: "transfer.open" is
 * "app.open-transfer"… */
static void
on_passed_on (GtkWidget *widget, const char *action, GVariant *parameter)
{
  static const char *const TARGETS[][2] = {
    { "transfer.open", "app.open-transfer" },
    { "transfer.show-folder", "app.show-folder" },
    { "transfer.cancel", "transfers.cancel" },
    { "transfer.remove", "transfers.remove" },
  };
  const char *id = shoal_transfer_item_get_id (SHOAL_TRANSFER_ROW (widget)->item);

  for (gsize i = 0; i < G_N_ELEMENTS (TARGETS); i++)
    if (g_str_equal (TARGETS[i][0], action))
      gtk_widget_activate_action (widget, TARGETS[i][1], "s", id);
}

static void
on_move (GtkWidget *widget, const char *action, GVariant *parameter)
{
  const char *id = shoal_transfer_item_get_id (SHOAL_TRANSFER_ROW (widget)->item);
  const char *how = action + strlen ("transfer.move-");

  gtk_widget_activate_action (widget, "transfers.move", "(ss)", id, how);
}

static void
on_secondary_press (GtkGestureClick *gesture, int n_press, double x, double y,
                    ShoalTransferRow *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_menu_button_popup (self->menu_button);
}

static void
on_menu (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gtk_menu_button_popup (SHOAL_TRANSFER_ROW (widget)->menu_button);
}

/* --- Dragging, to change the order ----------------------------------------- */

static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, ShoalTransferRow *self)
{
  if (self->alone || shoal_transfer_words_is_over (info_of (self)))
    return NULL;
  return gdk_content_provider_new_typed (SHOAL_TYPE_TRANSFER_ITEM, self->item);
}

static void
on_drag_begin (GtkDragSource *source, GdkDrag *drag, ShoalTransferRow *self)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (GTK_WIDGET (self));

  gtk_drag_source_set_icon (source, paintable, 24, 24);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, ShoalTransferRow *self)
{
  ShoalTransferItem *dropped = g_value_get_object (value);
  gboolean below = y > gtk_widget_get_height (GTK_WIDGET (self)) / 2.0;

  if (dropped == NULL || dropped == self->item || shoal_transfer_words_is_over (info_of (self)))
    return FALSE;
  gtk_widget_activate_action (GTK_WIDGET (self), "transfers.drop", "(ssb)",
                              shoal_transfer_item_get_id (dropped),
                              shoal_transfer_item_get_id (self->item), below);
  return TRUE;
}

static void
add_dragging (ShoalTransferRow *self)
{
  GtkDragSource *source = gtk_drag_source_new ();
  GtkDropTarget *target = gtk_drop_target_new (SHOAL_TYPE_TRANSFER_ITEM, GDK_ACTION_MOVE);

  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect (source, "prepare", G_CALLBACK (on_drag_prepare), self);
  g_signal_connect (source, "drag-begin", G_CALLBACK (on_drag_begin), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (source));
  g_signal_connect (target, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_transfer_row_dispose (GObject *object)
{
  ShoalTransferRow *self = SHOAL_TRANSFER_ROW (object);

  g_clear_object (&self->item);
  g_clear_object (&self->model);

  G_OBJECT_CLASS (shoal_transfer_row_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *klass)
{
  g_type_ensure (SHOAL_TYPE_STEADY_LABEL);
  gtk_widget_class_set_template_from_resource (klass, SHOAL_RESOURCES "shoal-transfer-row.ui");
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, icon);
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, name_label);
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, verified_box);
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, line_label);
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, bar);
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, passing_label);
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, code_label);
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, trouble_label);
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, step_button);
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, pause_button);
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, cancel_button);
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, open_button);
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, folder_button);
  gtk_widget_class_bind_template_child (klass, ShoalTransferRow, menu_button);
}

static void
install_actions (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "transfer.pause", NULL, on_pause);
  gtk_widget_class_install_action (klass, "transfer.cancel", NULL, on_passed_on);
  gtk_widget_class_install_action (klass, "transfer.remove", NULL, on_passed_on);
  gtk_widget_class_install_action (klass, "transfer.open", NULL, on_passed_on);
  gtk_widget_class_install_action (klass, "transfer.show-folder", NULL, on_passed_on);
  gtk_widget_class_install_action (klass, "transfer.retry", NULL, on_retry);
  gtk_widget_class_install_action (klass, "transfer.next-step", NULL, on_step);
  gtk_widget_class_install_action (klass, "transfer.details", NULL, on_details);
  gtk_widget_class_install_action (klass, "transfer.copy-details", NULL, on_copy_details);
  gtk_widget_class_install_action (klass, "transfer.move-first", NULL, on_move);
  gtk_widget_class_install_action (klass, "transfer.move-up", NULL, on_move);
  gtk_widget_class_install_action (klass, "transfer.move-down", NULL, on_move);
  gtk_widget_class_install_action (klass, "transfer.menu", NULL, on_menu);

  gtk_widget_class_add_binding_action (klass, GDK_KEY_p, GDK_CONTROL_MASK, "transfer.pause",
                                       NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_Delete, 0, "transfer.remove", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_KP_Delete, 0, "transfer.remove", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_Up, GDK_ALT_MASK, "transfer.move-up", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_Down, GDK_ALT_MASK, "transfer.move-down",
                                       NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_F10, GDK_SHIFT_MASK, "transfer.menu", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_Menu, 0, "transfer.menu", NULL);
}

static void
shoal_transfer_row_class_init (ShoalTransferRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_transfer_row_dispose;
  bind_children (widget_class);
  install_actions (widget_class);
}

static void
shoal_transfer_row_init (ShoalTransferRow *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "pressed", G_CALLBACK (on_secondary_press), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  add_dragging (self);
}

/* --- Public ---------------------------------------------------------------- */

GtkWidget *
shoal_transfer_row_new (ShoalModel *model, ShoalTransferItem *item)
{
  ShoalTransferRow *self = g_object_new (SHOAL_TYPE_TRANSFER_ROW, NULL);

  self->model = g_object_ref (model);
  self->item = g_object_ref (item);
  g_signal_connect_object (item, "changed", G_CALLBACK (on_changed), self, 0);
  on_changed (item, self);
  return GTK_WIDGET (self);
}

void
shoal_transfer_row_set_alone (ShoalTransferRow *self)
{
  g_return_if_fail (SHOAL_IS_TRANSFER_ROW (self));

  self->alone = TRUE;
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "transfer.details", FALSE);
  on_changed (self->item, self);
}

ShoalTransferItem *
shoal_transfer_row_get_item (ShoalTransferRow *self)
{
  g_return_val_if_fail (SHOAL_IS_TRANSFER_ROW (self), NULL);

  return self->item;
}
