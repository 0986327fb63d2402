/* test-preferences.c: what a person can set, and their friends.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "shoal-preferences.h"
#include "ui-fixture.h"

static GtkWidget *
open_preferences (UiFixture *ui, const char *page)
{
  GtkWidget *window;

  ui_action (ui->window, "app.preferences", g_variant_new_string (page));
  window = ui_get_type (NULL, SHOAL_TYPE_PREFERENCES);
  ui_settle (ui);
  return window;
}

static void
picture (UiFixture *ui, GtkWidget *window, const char *name)
{
  gtk_test_widget_wait_for_draw (window);
  ui_picture (ui, window, name);
}

static const ShoalSettings *
settings (UiFixture *ui)
{
  return shoal_model_get_settings (ui->me->model);
}

/* --- General ------------------------------------------------------------- */

static void
test_name (UiFixture *ui)
{
  GtkWidget *window = open_preferences (ui, "");
  GtkWidget *row = ui_get (window, "name_row");

  ui_type (row, "Kai's laptop");
  g_signal_emit_by_name (row, "apply");
  ui_wait_for (g_str_equal (settings (ui)->name, "Kai's laptop"));
  picture (ui, window, "preferences-general");

  /* What nobody could read is said where it was typed, and nothing changes. */
  ui_type (row, "   ");
  g_signal_emit_by_name (row, "apply");
  g_assert_true (gtk_widget_get_visible (ui_get (window, "name_trouble")));
  g_assert_cmpstr (settings (ui)->name, ==, "Kai's laptop");
  picture (ui, window, "preferences-bad-name");
  ui_type (row, "Kai");
  g_signal_emit_by_name (row, "apply");
  ui_wait_for (ui_find (window, "name_trouble") == NULL);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/preferences/name", test_name);
  return g_test_run ();
}
