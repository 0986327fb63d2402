/* shoal-listing-row.c: something a friend shares, with Get.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-listing-row.h"

#include <glib/gi18n.h>

struct _ShoalListingRow
{
  AdwBin     parent_instance;

  GtkLabel  *name_label;
  GtkLabel  *details_label;
  GtkButton *get_button;
  GtkButton *get_to_button;
};

G_DEFINE_FINAL_TYPE (ShoalListingRow, shoal_listing_row, ADW_TYPE_BIN)

static void
shoal_listing_row_class_init (ShoalListingRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-listing-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalListingRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalListingRow, details_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalListingRow, get_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalListingRow, get_to_button);
}

static void
shoal_listing_row_init (ShoalListingRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* The target first: an action without one is no such action. */
static void
set_action (GtkButton *button, const char *name, ShoalListingItem *item)
{
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s",
                                    shoal_listing_item_get_id (item));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), name);
}

void
shoal_listing_row_set_item (ShoalListingRow *self, ShoalListingItem *item)
{
  const char *name;
  g_autofree char *details = NULL;
  g_autofree char *label = NULL;

  g_return_if_fail (SHOAL_IS_LISTING_ROW (self) && SHOAL_IS_LISTING_ITEM (item));

  name = shoal_listing_item_get_name (item);
  g_object_get (item, "details", &details, NULL);
  /* Translators: gets what is called %s. */
  label = g_strdup_printf (_("Get %s"), name);
  gtk_label_set_label (self->name_label, name);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name_label), name);
  gtk_label_set_label (self->details_label, details);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->get_button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  set_action (self->get_button, "shares.get", item);
  set_action (self->get_to_button, "shares.get-to", item);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  gtk_list_item_set_child (list_item, g_object_new (SHOAL_TYPE_LISTING_ROW, NULL));
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  shoal_listing_row_set_item (SHOAL_LISTING_ROW (gtk_list_item_get_child (list_item)),
                              gtk_list_item_get_item (list_item));
}

GtkListItemFactory *
shoal_listing_row_make_factory (void)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  return factory;
}
