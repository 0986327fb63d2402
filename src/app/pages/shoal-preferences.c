/* shoal-preferences.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-preferences.h"

#include "shoal-friends-page.h"
#include "shoal-general-page.h"
#include "shoal-internet-page.h"
#include "shoal-network-page.h"

struct _ShoalPreferences
{
  AdwPreferencesWindow parent_instance;

  ShoalGeneralPage    *general_page;
  ShoalNetworkPage    *network_page;
  ShoalInternetPage   *internet_page;
  ShoalFriendsPage    *friends_page;
};

G_DEFINE_FINAL_TYPE (ShoalPreferences, shoal_preferences, ADW_TYPE_PREFERENCES_WINDOW)

static void
shoal_preferences_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), SHOAL_TYPE_PREFERENCES);
  G_OBJECT_CLASS (shoal_preferences_parent_class)->dispose (object);
}

static void
shoal_preferences_class_init (ShoalPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_preferences_dispose;
  g_type_ensure (SHOAL_TYPE_GENERAL_PAGE);
  g_type_ensure (SHOAL_TYPE_NETWORK_PAGE);
  g_type_ensure (SHOAL_TYPE_INTERNET_PAGE);
  g_type_ensure (SHOAL_TYPE_FRIENDS_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalPreferences, general_page);
  gtk_widget_class_bind_template_child (widget_class, ShoalPreferences, network_page);
  gtk_widget_class_bind_template_child (widget_class, ShoalPreferences, internet_page);
  gtk_widget_class_bind_template_child (widget_class, ShoalPreferences, friends_page);
}

static void
shoal_preferences_init (ShoalPreferences *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static ShoalPreferences *
find_open (GtkWindow *parent)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (SHOAL_IS_PREFERENCES (window) && gtk_window_get_transient_for (window) == parent)
        return SHOAL_PREFERENCES (window);
    }
  return NULL;
}

void
shoal_preferences_show (GtkWindow *parent, ShoalModel *model, const char *page)
{
  ShoalPreferences *self = find_open (parent);

  g_return_if_fail (SHOAL_IS_MODEL (model));

  if (self == NULL)
    {
      self = g_object_new (SHOAL_TYPE_PREFERENCES, "transient-for", parent, NULL);
      shoal_general_page_set_model (self->general_page, model);
      shoal_network_page_set_model (self->network_page, model);
      shoal_internet_page_set_model (self->internet_page, model);
      shoal_friends_page_set_model (self->friends_page, model);
    }
  if (page != NULL)
    adw_preferences_window_set_visible_page_name (ADW_PREFERENCES_WINDOW (self), page);
  gtk_window_present (GTK_WINDOW (self));
}
