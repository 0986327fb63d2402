/* test-transfers.c: the list of transfers, and all one can do there, with real
 * engines at both ends.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-commands.h"
#include "shoal-commands-history.h"
#include "shoal-commands-settings.h"
#include "shoal-files-view.h"
#include "shoal-peer-row.h"
#include "shoal-speed-graph.h"
#include "shoal-transfer-details.h"
#include "shoal-transfer-row.h"
#include "shoal-transfer-words.h"
#include "shoal-transfers-page.h"

#include <glib/gstdio.h>

#define KB 1000u

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* --- Bringing transfers about ------------------------------------------------ */

static void
set_limit (ShoalModel *model, const char *key, guint64 limit)
{
  GVariantDict changes;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert (&changes, key, "t", limit);
  shoal_model_change_settings_async (model, g_variant_dict_end (&changes), on_done, &result);
  ui_wait_for (result != NULL);
  shoal_model_change_settings_finish (model, result, &error);
  g_assert_no_error (error);
}

/* So that there is something to see for a while. */
static void
slow_down (UiFixture *ui)
{
  set_limit (ui->me->model, "download-limit", 100 * KB);
}

static ShoalTransferItem *
newest (ShoalModel *model, guint before)
{
  GListModel *transfers = shoal_model_get_transfers (model);
  g_autoptr (ShoalTransferItem) item = NULL;

  ui_wait_for (g_list_model_get_n_items (transfers) > before);
  item = g_list_model_get_item (transfers, g_list_model_get_n_items (transfers) - 1);
  return item; /* the model holds it */
}

/* Anna offers a file, which we accept. */
static ShoalTransferItem *
receive (UiFixture *ui, UiPerson *anna, const char *name, gsize size)
{
  guint before = g_list_model_get_n_items (shoal_model_get_transfers (ui->me->model));
  ShoalOfferItem *offer = ui_offer_file (ui, anna, name, size);

  shoal_model_accept (ui->me->model, shoal_offer_item_get_id (offer), NULL, NULL);
  return newest (ui->me->model, before);
}

static void
receive_all (UiFixture *ui, UiPerson *anna, const char *name)
{
  ShoalTransferItem *item = receive (ui, anna, name, 5 * KB);

  ui_wait_for (shoal_transfer_item_get_info (item)->phase == SHOAL_TRANSFER_DONE);
}

/* We offer a file. */
static ShoalTransferItem *
send (UiFixture *ui, const char *device, const char *name, gsize size)
{
  guint before = g_list_model_get_n_items (shoal_model_get_transfers (ui->me->model));
  g_autofree char *path = ui_make_file (ui, name, size);
  const char *const paths[] = { path, NULL };
  const char *const devices[] = { device, NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) ids = NULL;

  shoal_model_send_async (ui->me->model, paths, NULL, devices, on_done, &result);
  ui_wait_for (result != NULL);
  ids = shoal_model_send_finish (ui->me->model, result, &error);
  g_assert_no_error (error);
  return newest (ui->me->model, before);
}

static ShoalTransferPhase
phase_of (ShoalTransferItem *item)
{
  return shoal_transfer_item_get_info (item)->phase;
}

static void
show_transfers (UiFixture *ui)
{
  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_TRANSFERS));
}

/* The row of a transfer, once it is there. */
static GtkWidget *
row_of (UiFixture *ui, const char *name)
{
  return ui_above (ui_get_label (ui->window, name), SHOAL_TYPE_TRANSFER_ROW);
}

static gboolean
is_listed (UiFixture *ui, const char *name)
{
  GtkWidget *label = ui_find_label (ui->window, name);

  return label != NULL && ui_above (label, SHOAL_TYPE_TRANSFER_ROW) != NULL;
}

static char *
clipboard_text (UiFixture *ui)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (ui->window));
  g_autoptr (GAsyncResult) result = NULL;

  gdk_clipboard_read_text_async (clipboard, NULL, on_done, &result);
  ui_wait_for (result != NULL);
  return gdk_clipboard_read_text_finish (clipboard, result, NULL);
}

/* --- What comes ---------------------------------------------------------------- */

static void
test_receive (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  ShoalTransferItem *item;
  g_autofree char *details = NULL;
  g_autofree char *here = NULL;
  g_autofree char *there = NULL;

  show_transfers (ui);
  item = receive (ui, anna, "photo.raw", 300 * KB);
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_DONE);
  ui_wait_for (ui_shows (row_of (ui, "photo.raw"), "Verified"));
  g_assert_true (ui_shows (row_of (ui, "photo.raw"), "from Anna"));
  here = g_build_filename (ui->me->downloads, "photo.raw", NULL);
  there = g_build_filename (ui->folder, "Anna", "Documents", "photo.raw", NULL);
  g_assert_true (ui_same_files (here, there));

  /* What may open it is the application's affair; here the buttons and keys lead there. */
  g_assert_nonnull (ui_get (row_of (ui, "photo.raw"), "open_button"));
  ui_action (row_of (ui, "photo.raw"), "transfer.open", NULL);
  ui_settle (ui);
  g_assert_nonnull (ui_get (row_of (ui, "photo.raw"), "folder_button"));
  ui_action (row_of (ui, "photo.raw"), "transfer.show-folder", NULL);
  ui_settle (ui);

  ui_action (row_of (ui, "photo.raw"), "transfer.copy-details", NULL);
  details = clipboard_text (ui);
  g_assert_nonnull (strstr (details, "direction: get"));
  g_assert_nonnull (strstr (details, "phase: done"));
}

/* What cannot even begin where it was to go says why, and goes where one chooses. */
static void
test_other_folder (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *no_folder = ui_make_file (ui, "Me/no folder", 1);
  g_autofree char *beneath = g_build_filename (no_folder, "Films", NULL);
  const char *const other[] = { ui->folder, NULL };
  g_autofree char *here = g_build_filename (ui->folder, "film.mkv", NULL);
  g_autofree char *there = g_build_filename (ui->folder, "Anna", "Documents", "film.mkv", NULL);
  ShoalOfferItem *offer;
  ShoalTransferItem *item;

  show_transfers (ui);
  offer = ui_offer_file (ui, anna, "film.mkv", 300 * KB);
  shoal_model_accept (ui->me->model, shoal_offer_item_get_id (offer), beneath, NULL);
  item = newest (ui->me->model, 0);
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_FAILED);
  ui_wait_for (ui_shows (row_of (ui, "film.mkv"),
                         "Nothing can be written to the folder “Films”. Choose another one."));
  g_assert_true (ui_shows (row_of (ui, "film.mkv"), "Other Folder…"));
  ui_picture (ui, NULL, "transfers-other-folder");

  /* Who chooses none is left in peace. */
  ui_click (ui_get (row_of (ui, "film.mkv"), "step_button"));
  ui_choose (NULL);
  ui_settle (ui);
  g_assert_cmpint (phase_of (item), ==, SHOAL_TRANSFER_FAILED);
  ui_wait_for (phase_of (newest (anna->model, 0)) == SHOAL_TRANSFER_FAILED);
  ui_click (ui_get (row_of (ui, "film.mkv"), "step_button"));
  ui_choose (other);
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_DONE);
  g_assert_true (ui_same_files (here, there));
}

/* The source goes or changes on the way: both rows say whose file it is, and what now. */
static void
lose_source (UiFixture *ui, const char *name, gboolean changed)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *path = g_build_filename (ui->folder, "Anna", "Documents", name, NULL);
  ShoalTransferItem *item, *theirs;

  slow_down (ui);
  show_transfers (ui);
  item = receive (ui, anna, name, 3000 * KB);
  ui_wait_for (shoal_transfer_item_get_info (item)->bytes > 0);
  if (changed)
    g_assert_true (g_file_set_contents (path, "something else", -1, NULL));
  else
    g_assert_cmpint (g_unlink (path), ==, 0);
  set_limit (ui->me->model, "download-limit", 0);
  theirs = newest (anna->model, 0);
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_FAILED);
  ui_wait_for (phase_of (theirs) == SHOAL_TRANSFER_FAILED);
  {
    g_autofree char *ours = shoal_transfer_words_trouble (shoal_transfer_item_get_info (item));
    g_autofree char *hers = shoal_transfer_words_trouble (shoal_transfer_item_get_info (theirs));

    g_test_message ("ours: %s", ours);
    g_test_message ("hers: %s", hers);
    ui_wait_for (ui_shows (row_of (ui, name), ours));
  }
}

static void
test_source_changed (UiFixture *ui)
{
  lose_source (ui, "film.mkv", TRUE);
}

static void
test_source_gone (UiFixture *ui)
{
  lose_source (ui, "film.mkv", FALSE);
}

static void
test_pause (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  ShoalTransferItem *item;

  slow_down (ui);
  show_transfers (ui);
  item = receive (ui, anna, "film.mkv", 3000 * KB);
  ui_wait_for (shoal_transfer_item_get_info (item)->bytes > 0);
  ui_wait_for (ui_find (row_of (ui, "film.mkv"), "bar") != NULL);

  ui_click (ui_get (row_of (ui, "film.mkv"), "pause_button"));
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_PAUSED);
  ui_wait_for (ui_shows (row_of (ui, "film.mkv"), "Paused"));

  /* The same by key, on the focused row. */
  gtk_widget_grab_focus (row_of (ui, "film.mkv"));
  ui_key (ui, "ctrl+p");
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_RUNNING);
  ui_action (row_of (ui, "film.mkv"), "transfer.pause", NULL);
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_PAUSED);
  set_limit (ui->me->model, "download-limit", 0);
  ui_action (row_of (ui, "film.mkv"), "transfer.pause", NULL);
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_DONE);
}

/* Cancelling a download can be undone as long as the toast is there. */
static void
test_cancel (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  ShoalTransferItem *item;

  slow_down (ui);
  show_transfers (ui);
  item = receive (ui, anna, "film.mkv", 3000 * KB);
  ui_wait_for (shoal_transfer_item_get_info (item)->bytes > 0);

  ui_click (ui_get (row_of (ui, "film.mkv"), "cancel_button"));
  ui_wait_for (!is_listed (ui, "film.mkv"));
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_PAUSED);
  ui_click (ui_get_label (ui->window, "Undo"));
  ui_wait_for (is_listed (ui, "film.mkv"));
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_RUNNING);

  ui_action (row_of (ui, "film.mkv"), "transfer.cancel", NULL);
  ui_wait_for (!is_listed (ui, "film.mkv"));
  ui_click (ui_get_label (ui->window, "Undo"));
  ui_wait_for (is_listed (ui, "film.mkv"));
  ui_action (ui_get_type (ui->window, SHOAL_TYPE_TRANSFERS_PAGE), "transfers.cancel",
             g_variant_new_string (shoal_transfer_item_get_id (item)));
  ui_wait_for (!is_listed (ui, "film.mkv"));
  ui_action (ui_get_type (ui->window, SHOAL_TYPE_TRANSFERS_PAGE), "transfers.settle", NULL);
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_FAILED);
  ui_wait_for (ui_shows (row_of (ui, "film.mkv"), "Cancelled"));
}

/* --- What goes ------------------------------------------------------------------ */

static void
decline_there (UiPerson *person)
{
  GListModel *offers = shoal_model_get_offers (person->model);
  g_autoptr (ShoalOfferItem) offer = NULL;

  ui_wait_for (g_list_model_get_n_items (offers) > 0);
  offer = g_list_model_get_item (offers, 0);
  shoal_model_decline (person->model, shoal_offer_item_get_id (offer), NULL);
}

static void
test_decline (UiFixture *ui)
{
  static const char *const AGAIN[] = { "transfer.retry", "transfer.next-step" };
  UiPerson *anna = ui_meet (ui, "Anna");
  ShoalTransferItem *item
    = send (ui, shoal_model_get_id (anna->model), "brochure.pdf", 40 * KB);

  show_transfers (ui);
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_WAITING);
  ui_wait_for (ui_shows (row_of (ui, "brochure.pdf"), "Not answered yet by Anna"));
  /* First contact: the code to compare stands in the sender's row. */
  ui_wait_for (ui_find (row_of (ui, "brochure.pdf"), "code_label") != NULL);

  decline_there (anna);
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_DECLINED);
  ui_wait_for (ui_shows (row_of (ui, "brochure.pdf"), "Declined by Anna"));
  g_assert_null (ui_find (row_of (ui, "brochure.pdf"), "code_label"));

  for (guint i = 0; i < G_N_ELEMENTS (AGAIN); i++)
    {
      ui_action (row_of (ui, "brochure.pdf"), AGAIN[i], NULL);
      ui_wait_for (ui_shows (row_of (ui, "brochure.pdf"), "Not answered yet by Anna"));
      decline_there (anna);
      ui_wait_for (ui_shows (row_of (ui, "brochure.pdf"), "Declined by Anna"));
    }
  ui_click (ui_get (row_of (ui, "brochure.pdf"), "step_button"));
  ui_accept_there (anna);
  ui_wait_for (ui_shows (row_of (ui, "brochure.pdf"), "Delivered"));
}

static void
test_offline (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *id = g_strdup (shoal_model_get_id (anna->model));
  ShoalTransferItem *item;

  ui_befriend (ui, anna);
  ui_go (ui, anna);
  ui_wait_for (shoal_device_item_get_info (shoal_model_find_device (ui->me->model, id))->reach
               == SHOAL_REACH_NONE);
  item = send (ui, id, "later.txt", 10 * KB);
  show_transfers (ui);
  ui_wait_for (ui_shows (row_of (ui, "later.txt"), "Anna is offline"));
  ui_come (ui, anna);
  ui_connect (ui, anna);
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_WAITING);
  ui_wait_for (ui_shows (row_of (ui, "later.txt"), "Not answered yet by Anna"));

  /* An offer is taken back at once. */
  ui_click (ui_get (row_of (ui, "later.txt"), "cancel_button"));
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_FAILED
               || phase_of (item) == SHOAL_TRANSFER_DECLINED);
  ui_wait_for (g_list_model_get_n_items (shoal_model_get_offers (anna->model)) == 0);
}

/* The source goes away in the midst, and comes back. */
static void
test_lost (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  ShoalTransferItem *item;

  ui_befriend (ui, anna);
  slow_down (ui);
  show_transfers (ui);
  item = receive (ui, anna, "film.mkv", 3000 * KB);
  ui_wait_for (shoal_transfer_item_get_info (item)->bytes > 0);
  ui_go (ui, anna);
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_CONNECTING);
  ui_wait_for (ui_shows (row_of (ui, "film.mkv"), "Anna is offline; it goes on by itself"));
  set_limit (ui->me->model, "download-limit", 0);
  ui_come (ui, anna);
  ui_connect (ui, anna);
  ui_wait_for (phase_of (item) == SHOAL_TRANSFER_DONE);
}

/* --- The list -------------------------------------------------------------------- */

static void
test_history (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  show_transfers (ui);
  receive_all (ui, anna, "one.txt");
  receive_all (ui, anna, "two.txt");
  receive_all (ui, anna, "three.txt");
  ui_wait_for (is_listed (ui, "one.txt") && is_listed (ui, "two.txt"));

  ui_restart (ui);
  show_transfers (ui);
  ui_wait_for (is_listed (ui, "one.txt") && is_listed (ui, "two.txt"));

  gtk_widget_grab_focus (row_of (ui, "one.txt"));
  ui_key (ui, "Delete");
  ui_wait_for (!is_listed (ui, "one.txt"));
  ui_click (ui_get_label (ui->window, "Undo"));
  ui_wait_for (is_listed (ui, "one.txt"));
  ui_action (row_of (ui, "one.txt"), "transfer.remove", NULL);
  ui_wait_for (!is_listed (ui, "one.txt"));
  /* What is taken off next settles what was taken off before. */
  ui_action (ui_get_type (ui->window, SHOAL_TYPE_TRANSFERS_PAGE), "transfers.remove",
             g_variant_new_string (shoal_transfer_item_get_id (
               shoal_transfer_row_get_item (SHOAL_TRANSFER_ROW (row_of (ui, "two.txt"))))));
  ui_wait_for (!is_listed (ui, "two.txt"));
  ui_click (ui_get (ui->window, "clear_button"));
  ui_wait_for (!is_listed (ui, "three.txt"));
  ui_wait_for (ui_shows (ui->window, "No Transfers"));
  ui_action (ui_get_type (ui->window, SHOAL_TYPE_TRANSFERS_PAGE), "transfers.settle", NULL);
  ui_wait_for (g_list_model_get_n_items (shoal_model_get_transfers (ui->me->model)) == 0);

  ui_restart (ui);
  show_transfers (ui);
  ui_settle (ui);
  g_assert_true (ui_shows (ui->window, "No Transfers"));
}

static guint
position_of (UiFixture *ui, const char *name)
{
  GtkWidget *row = row_of (ui, name);

  return (guint) gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (row));
}

static void
test_order (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  slow_down (ui);
  show_transfers (ui);
  receive (ui, anna, "one.bin", 3000 * KB);
  receive (ui, anna, "two.bin", 3000 * KB);
  receive (ui, anna, "three.bin", 3000 * KB);
  ui_wait_for (is_listed (ui, "three.bin"));
  ui_wait_for (position_of (ui, "one.bin") == 0 && position_of (ui, "three.bin") == 2);

  ui_action (row_of (ui, "three.bin"), "transfer.move-first", NULL);
  ui_wait_for (position_of (ui, "three.bin") == 0);
  ui_action (row_of (ui, "three.bin"), "transfer.move-down", NULL);
  ui_wait_for (position_of (ui, "three.bin") == 1);
  ui_action (row_of (ui, "two.bin"), "transfer.move-up", NULL);
  ui_wait_for (position_of (ui, "two.bin") == 1);
  gtk_widget_grab_focus (row_of (ui, "two.bin"));
  ui_key (ui, "alt+Up");
  ui_wait_for (position_of (ui, "two.bin") == 0);

  ui_action (ui_get_type (ui->window, SHOAL_TYPE_TRANSFERS_PAGE), "transfers.move",
             g_variant_new ("(ss)",
                            shoal_transfer_item_get_id (shoal_transfer_row_get_item (
                              SHOAL_TRANSFER_ROW (row_of (ui, "three.bin")))),
                            "up"));
  ui_wait_for (position_of (ui, "three.bin") == 1);
  ui_action (row_of (ui, "three.bin"), "transfer.move-down", NULL);
  ui_wait_for (position_of (ui, "three.bin") == 2);

  /* Dropping a row onto another. */
  ui_action (ui_get_type (ui->window, SHOAL_TYPE_TRANSFERS_PAGE), "transfers.drop",
             g_variant_new ("(ssb)",
                            shoal_transfer_item_get_id (shoal_transfer_row_get_item (
                              SHOAL_TRANSFER_ROW (row_of (ui, "two.bin")))),
                            shoal_transfer_item_get_id (shoal_transfer_row_get_item (
                              SHOAL_TRANSFER_ROW (row_of (ui, "three.bin")))),
                            TRUE));
  ui_wait_for (position_of (ui, "two.bin") == 2);
}

/* --- Details ---------------------------------------------------------------------- */

static void
test_details (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  ShoalTransferItem *item;
  GtkWidget *details;
  g_autofree char *text = NULL;

  slow_down (ui);
  show_transfers (ui);
  item = receive (ui, anna, "film.mkv", 3000 * KB);
  ui_wait_for (shoal_transfer_item_get_info (item)->bytes > 0);
  ui_action (row_of (ui, "film.mkv"), "transfer.details", NULL);
  details = ui_get_type (ui->window, SHOAL_TYPE_TRANSFER_DETAILS);
  ui_wait_for (ui_find_type (details, SHOAL_TYPE_PEER_ROW) != NULL);
  g_assert_true (ui_shows (ui_get_type (details, SHOAL_TYPE_PEER_ROW), "on this network"));
  ui_get_type (details, SHOAL_TYPE_SPEED_GRAPH);

  if (shoal_transfer_item_get_info (item)->can_pass_on)
    {
      gboolean before = shoal_transfer_item_get_info (item)->may_pass_on;

      ui_click (ui_get (details, "passing_switch"));
      ui_wait_for (shoal_transfer_item_get_info (item)->may_pass_on != before);
    }
  ui_click (ui_get (details, "copy_button"));
  text = clipboard_text (ui);
  g_assert_nonnull (strstr (text, "phase: "));
  ui_action (details, "details.copy", NULL);

  ui_action (details, "details.files", NULL);
  ui_wait_for (ui_find_type (ui->window, SHOAL_TYPE_FILES_VIEW) != NULL);
  ui_get_type (ui->window, GTK_TYPE_COLUMN_VIEW);
  ui_action (ui->window, "win.back", NULL);
}

static void
test_menu (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *row;

  show_transfers (ui);
  receive_all (ui, anna, "one.txt");
  row = row_of (ui, "one.txt");
  ui_action (row, "transfer.menu", NULL);
  ui_wait_for (gtk_toggle_button_get_active (
    GTK_TOGGLE_BUTTON (gtk_widget_get_first_child (ui_get (row, "menu_button")))));
  gtk_menu_button_popdown (GTK_MENU_BUTTON (ui_get (row, "menu_button")));
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/transfers/receive", test_receive);
  ui_add ("/transfers/other-folder", test_other_folder);
  ui_add ("/transfers/source-changed", test_source_changed);
  ui_add ("/transfers/source-gone", test_source_gone);
  ui_add ("/transfers/pause", test_pause);
  ui_add ("/transfers/cancel", test_cancel);
  ui_add ("/transfers/decline", test_decline);
  ui_add ("/transfers/offline", test_offline);
  ui_add ("/transfers/lost", test_lost);
  ui_add ("/transfers/history", test_history);
  ui_add ("/transfers/order", test_order);
  ui_add ("/transfers/details", test_details);
  ui_add ("/transfers/menu", test_menu);
  return g_test_run ();
}
