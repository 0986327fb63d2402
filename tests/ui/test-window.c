/* test-window.c: the main window, its pages, and the fixture itself.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ui-fixture.h"

static void
test_meet (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  ui_settle (ui);
  ui_picture (ui, NULL, "window-meet");
  g_assert_cmpstr (shoal_device_item_get_name (ui_item (ui, anna)), ==, "Anna");
  g_assert_cmpstr (shoal_device_item_get_name (ui_me_item (ui, anna)), ==, "Me");
}

static void
test_pages (UiFixture *ui)
{
  static const char *const PAGES[]
    = { SHOAL_PAGE_PEOPLE, SHOAL_PAGE_TRANSFERS, SHOAL_PAGE_SHARED };

  for (guint i = 0; i < G_N_ELEMENTS (PAGES); i++)
    {
      g_autofree char *key = g_strdup_printf ("ctrl+%u", i + 1);

      ui_action (ui->window, "win.show-page", g_variant_new_string (PAGES[i]));
      g_assert_cmpstr (shoal_window_get_page (ui->window), ==, PAGES[i]);
      ui_action (ui->window, "win.show-page", g_variant_new_string (PAGES[(i + 1) % 3]));
      ui_key (ui, key);
      ui_wait_for (g_str_equal (shoal_window_get_page (ui->window), PAGES[i]));
    }
}

/* State is kept, and people who were met find us again. */
static void
test_restart (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  ShoalDeviceItem *item;

  ui_befriend (ui, anna);
  ui_restart (ui);
  ui_wait_for ((item = ui_item (ui, anna)) != NULL
               && shoal_device_item_get_info (item)->is_friend);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/window/meet", test_meet);
  ui_add ("/window/pages", test_pages);
  ui_add ("/window/restart", test_restart);
  return g_test_run ();
}
