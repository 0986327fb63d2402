/* shoal-setting.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-setting.h"

#include "shoal-commands-settings.h"
#include "shoal-error.h"

/* Where the answer goes. */
typedef struct
{
  GWeakRef row;
  GWeakRef trouble;
} Change;

static void
change_free (Change *change)
{
  g_weak_ref_clear (&change->row);
  g_weak_ref_clear (&change->trouble);
  g_free (change);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

void
shoal_setting_show_trouble (GtkWidget *row, AdwActionRow *trouble, const char *text)
{
  if (text != NULL)
    {
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (trouble), text);
      gtk_widget_add_css_class (row, "error");
    }
  else
    {
      gtk_widget_remove_css_class (row, "error");
    }
  gtk_widget_set_visible (GTK_WIDGET (trouble), text != NULL);
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID,
                               text != NULL ? GTK_ACCESSIBLE_INVALID_TRUE
                                            : GTK_ACCESSIBLE_INVALID_FALSE, -1);
}

void
shoal_setting_show_error (GtkWidget *row, AdwActionRow *trouble, const GError *error)
{
  const char *next = shoal_error_get_next (error);
  g_autofree char *text
    = next != NULL ? g_strdup_printf ("%s. %s", error->message, next) : NULL;

  shoal_setting_show_trouble (row, trouble, text != NULL ? text : error->message);
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Change) change = user_data;
  g_autoptr (GtkWidget) row = g_weak_ref_get (&change->row);
  g_autoptr (AdwActionRow) trouble = g_weak_ref_get (&change->trouble);
  g_autoptr (GError) error = NULL;
  gboolean done = shoal_model_change_settings_finish (SHOAL_MODEL (source), result, &error);

  if (row != NULL && trouble != NULL && done)
    shoal_setting_show_trouble (row, trouble, NULL);
  else if (row != NULL && trouble != NULL)
    shoal_setting_show_error (row, trouble, error);
  else if (!done)
    shoal_model_tell_error (SHOAL_MODEL (source), error);
}

void
shoal_setting_change (ShoalModel *model, const char *key, GVariant *value, GtkWidget *row,
                      AdwActionRow *trouble)
{
  Change *change = g_new0 (Change, 1);
  GVariantBuilder changes;

  g_weak_ref_init (&change->row, row);
  g_weak_ref_init (&change->trouble, trouble);
  g_variant_builder_init (&changes, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&changes, "{sv}", key, value);
  shoal_model_change_settings_async (model, g_variant_builder_end (&changes), on_changed, change);
}
