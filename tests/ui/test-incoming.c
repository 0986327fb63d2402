/* test-incoming.c: what comes in, and the answers to it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ui-fixture.h"

/* --- Accept and decline -------------------------------------------------- */

static void
test_accept (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *card;

  ui_offer_file (ui, anna, "Holiday.jpg", 300000);
  card = ui_above (ui_get (ui->window, "accept_button"), GTK_TYPE_BOX);
  g_assert_nonnull (card);
  g_assert_true (ui_shows (ui->window, "Anna wants to send you “Holiday.jpg”"));
  g_assert_true (ui_shows (ui->window, "300"));
  ui_picture (ui, NULL, "incoming-stranger");
  ui_click (ui_get (ui->window, "accept_button"));
  ui_wait_for (ui_find (ui->window, "accept_button") == NULL);
  ui_wait_for (g_list_model_get_n_items (shoal_model_get_transfers (ui->me->model)) == 1);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/incoming/accept", test_accept);
  return g_test_run ();
}
