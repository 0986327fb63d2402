/* shoal-file-row.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-file-row.h"

#include "shoal-file-tree.h"
#include "shoal-format.h"


struct _ShoalFileRow
{
  GtkWidget          parent_instance;

  ShoalFileTreeItem *item;       /* (owned) (nullable): while it is shown */
  gulong             changed;    /* handler on its tree */
  gboolean           is_setting; /* the check box follows; nobody has clicked */

  GtkTreeExpander   *expander;
  GtkCheckButton    *check;
  GtkImage          *icon;
  GtkLabel          *name, *size;
};

G_DEFINE_FINAL_TYPE (ShoalFileRow, shoal_file_row, GTK_TYPE_WIDGET)

static void
update (ShoalFileRow *self)
{
  ShoalChoice choice = shoal_file_tree_item_get_choice (self->item);

  self->is_setting = TRUE;
  gtk_check_button_set_inconsistent (self->check, choice == SHOAL_CHOICE_SOME);
  gtk_check_button_set_active (self->check, choice != SHOAL_CHOICE_NONE);
  self->is_setting = FALSE;
}

static void
on_toggled (ShoalFileRow *self)
{
  if (!self->is_setting && self->item != NULL)
    shoal_file_tree_item_choose (
      self->item, shoal_file_tree_item_get_choice (self->item) != SHOAL_CHOICE_ALL);
}

/* --- In a list ----------------------------------------------------------- */

static void
clear_item (ShoalFileRow *self)
{
  if (self->item != NULL)
    g_clear_signal_handler (&self->changed, shoal_file_tree_item_get_tree (self->item));
  g_clear_object (&self->item);
}

static void
set_icon (ShoalFileRow *self, const char *name)
{
  g_autofree char *type = NULL;
  g_autoptr (GIcon) icon = NULL;

  if (shoal_file_tree_item_is_folder (self->item))
    {
      gtk_image_set_from_icon_name (self->icon, "folder-symbolic");
      return;
    }
  type = g_content_type_guess (name, NULL, 0, NULL);
  icon = g_content_type_get_symbolic_icon (type);
  gtk_image_set_from_gicon (self->icon, icon);
}

static void
show (ShoalFileRow *self, GtkTreeListRow *row)
{
  const char *name;
  g_autofree char *size = NULL;

  clear_item (self);
  self->item = gtk_tree_list_row_get_item (row);
  self->changed
    = g_signal_connect_object (shoal_file_tree_item_get_tree (self->item), "changed",
                               G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  name = shoal_file_tree_item_get_name (self->item);
  size = shoal_format_size (shoal_file_tree_item_get_bytes (self->item));
  gtk_tree_expander_set_list_row (self->expander, row);
  gtk_label_set_label (self->name, name);
  gtk_label_set_label (self->size, size);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->check), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name, -1);
  set_icon (self, name);
  update (self);
}

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_child (item, g_object_new (SHOAL_TYPE_FILE_ROW, NULL));
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item)
{
  show (SHOAL_FILE_ROW (gtk_list_item_get_child (item)),
        GTK_TREE_LIST_ROW (gtk_list_item_get_item (item)));
}

static void
on_unbind (GtkListItemFactory *factory, GtkListItem *item)
{
  ShoalFileRow *self = SHOAL_FILE_ROW (gtk_list_item_get_child (item));

  gtk_tree_expander_set_list_row (self->expander, NULL);
  clear_item (self);
}

GtkListItemFactory *
shoal_file_row_factory_new (void)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  return factory;
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_file_row_dispose (GObject *object)
{
  ShoalFileRow *self = SHOAL_FILE_ROW (object);

  clear_item (self);
  gtk_widget_dispose_template (GTK_WIDGET (self), SHOAL_TYPE_FILE_ROW);
  G_OBJECT_CLASS (shoal_file_row_parent_class)->dispose (object);
}

static void
shoal_file_row_class_init (ShoalFileRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_file_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-file-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalFileRow, expander);
  gtk_widget_class_bind_template_child (widget_class, ShoalFileRow, check);
  gtk_widget_class_bind_template_child (widget_class, ShoalFileRow, icon);
  gtk_widget_class_bind_template_child (widget_class, ShoalFileRow, name);
  gtk_widget_class_bind_template_child (widget_class, ShoalFileRow, size);
  gtk_widget_class_bind_template_callback (widget_class, on_toggled);
}

static void
shoal_file_row_init (ShoalFileRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
