/* test-window.c: the main window, its pages, and the fixture itself.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ui-fixture.h"

static void
test_meet (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  ui_wait_for (ui_shows (ui->window, "Anna"));
  ui_settle (ui);
  ui_picture (ui, NULL, "window-meet");
  g_assert_cmpstr (shoal_device_item_get_name (ui_item (ui, anna)), ==, "Anna");
  g_assert_cmpstr (shoal_device_item_get_name (ui_me_item (ui, anna)), ==, "Me");
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/window/meet", test_meet);
  return g_test_run ();
}
