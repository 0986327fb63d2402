/* test-incoming.c: what comes in, and the answers to it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "shoal-add-friend-dialog.h"
#include "shoal-choose-dialog.h"
#include "shoal-commands.h"
#include "shoal-commands-settings.h"
#include "ui-fixture.h"

#include <glib/gstdio.h>
#include <unistd.h>

/* The only transfer of a person, or NULL. */
static const ShoalTransferInfo *
only_transfer (UiPerson *person)
{
  GListModel *transfers = shoal_model_get_transfers (person->model);
  g_autoptr (ShoalTransferItem) item = g_list_model_get_item (transfers, 0);

  return item != NULL ? shoal_transfer_item_get_info (item) : NULL;
}

static gboolean
is_in_phase (UiPerson *person, ShoalTransferPhase phase)
{
  const ShoalTransferInfo *info = only_transfer (person);

  return info != NULL && info->phase == phase;
}

static gboolean
has_come (UiFixture *ui, const char *name)
{
  g_autofree char *path = g_build_filename (ui->me->downloads, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static GtkWidget *
card_of (UiFixture *ui)
{
  return ui_above (ui_get (ui->window, "accept_button"), ADW_TYPE_BIN);
}

/* Lets a person offer a folder of three files. */
static void
offer_folder (UiFixture *ui, UiPerson *person)
{
  static const char *const NAMES[] = { "Holiday/beach.jpg", "Holiday/hills.jpg",
                                       "Holiday/notes/plan.txt" };
  g_autofree char *folder = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (NAMES); i++)
    {
      g_autofree char *within = g_build_filename (person->name, NAMES[i], NULL);
      g_autofree char *path = ui_make_file (ui, within, 20000);
      const char *const paths[] = { folder, NULL };
      const char *const devices[] = { shoal_model_get_id (ui->me->model), NULL };

      if (folder == NULL)
        folder = g_path_get_dirname (path);
      if (i + 1 == G_N_ELEMENTS (NAMES))
        shoal_model_send_async (person->model, paths, NULL, devices, NULL, NULL);
    }
  ui_get (ui->window, "accept_button");
}

/* --- Accept and decline -------------------------------------------------- */

static void
test_accept (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  ui_offer_file (ui, anna, "Holiday.jpg", 300000);
  ui_wait_for (ui_shows (ui->window, "Anna wants to send you “Holiday.jpg”"));
  g_assert_true (ui_shows (ui->window, "300"));
  /* At first contact both screens show the code. */
  g_assert_true (ui_shows (ui_get (ui->window, "code"),
                           shoal_device_item_get_info (ui_me_item (ui, anna))->code));
  ui_wait_for (ui_shows (ui->window, "GB free"));
  ui_settle (ui);
  ui_picture (ui, NULL, "incoming-stranger");
  ui_click (ui_get (ui->window, "accept_button"));
  ui_wait_for (ui_find (ui->window, "accept_button") == NULL);
  ui_wait_for (is_in_phase (ui->me, SHOAL_TRANSFER_DONE));
  g_assert_true (has_come (ui, "Holiday.jpg"));
}

static void
test_decline (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  ui_click (ui_get (ui->window, "decline_button"));
  ui_type (ui_get (ui->window, "reason"), "not now");
  ui_settle (ui);
  ui_picture (ui, NULL, "incoming-decline");
  ui_click (ui_get (ui->window, "confirm_decline_button"));
  ui_wait_for (ui_find (ui->window, "accept_button") == NULL);
  ui_wait_for (is_in_phase (anna, SHOAL_TRANSFER_DECLINED));
  g_assert_nonnull (strstr (only_transfer (anna)->error->message, "not now"));
  g_assert_false (has_come (ui, "Holiday.jpg"));
}

/* Out of sight is no answer, and neither is the end of the program. */
static void
test_put_away (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  ui_click (ui_get (ui->window, "put_away_button"));
  g_assert_null (ui_find (ui->window, "accept_button"));
  ui_settle (ui);
  ui_picture (ui, NULL, "incoming-put-away");
  ui_click (ui_get (ui->window, "show_more_button"));
  ui_get (ui->window, "accept_button");

  ui_click (ui_get (ui->window, "put_away_button"));
  ui_restart (ui);
  ui_get (ui->window, "accept_button");
  g_assert_true (is_in_phase (anna, SHOAL_TRANSFER_WAITING)
                 || is_in_phase (anna, SHOAL_TRANSFER_CONNECTING));
}

static void
test_withdrawn (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  ui_get (ui->window, "accept_button");
  shoal_model_cancel (anna->model, only_transfer (anna)->id);
  ui_wait_for (ui_find (ui->window, "accept_button") == NULL);
}

static void
test_add_friend (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *dialog;

  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  ui_click (ui_get (ui->window, "add_friend_button"));
  dialog = ui_get_type (NULL, SHOAL_TYPE_ADD_FRIEND_DIALOG);
  ui_click (ui_get (dialog, "same_button"));
  ui_wait_for (shoal_device_item_get_info (ui_item (ui, anna))->is_friend);
  /* The code is for first contact; the offer still waits. */
  ui_wait_for (ui_find (ui->window, "code") == NULL);
  ui_get (ui->window, "accept_button");
}

/* --- Where to, and how much ---------------------------------------------- */

static void
test_save_as (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *folder = g_build_filename (ui->folder, "Elsewhere", NULL);
  g_autofree char *path = g_build_filename (folder, "Holiday.jpg", NULL);
  const char *const paths[] = { folder, NULL };

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  ui_action (card_of (ui), "offer.save-as", NULL);
  ui_choose (NULL);
  ui_get (ui->window, "accept_button");
  ui_action (card_of (ui), "offer.save-as", NULL);
  ui_choose (paths);
  ui_wait_for (is_in_phase (ui->me, SHOAL_TRANSFER_DONE));
  g_assert_cmpstr (only_transfer (ui->me)->directory, ==, folder);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* Taken back while a folder is being chosen. */
static void
test_save_as_late (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  const char *const paths[] = { ui->folder, NULL };

  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  ui_action (card_of (ui), "offer.save-as", NULL);
  ui_get_type (NULL, GTK_TYPE_FILE_CHOOSER_DIALOG);
  shoal_model_cancel (anna->model, only_transfer (anna)->id);
  ui_wait_for (ui_find (ui->window, "accept_button") == NULL);
  ui_choose (paths);
  ui_wait_for (ui_shows (ui->window, "This offer is gone"));
}

/* Too large for any disk there is: said before Accept, which leads elsewhere. */
static void
test_no_room (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *path = ui_make_file (ui, "Anna/Film.mkv", 1);
  const char *const paths[] = { path, NULL };
  const char *const devices[] = { shoal_model_get_id (ui->me->model), NULL };
  const char *const elsewhere[] = { ui->folder, NULL };

  if (truncate (path, G_GINT64_CONSTANT (1) << 42) != 0)
    {
      g_test_skip ("no sparse files of 4 TiB here");
      return;
    }
  shoal_model_send_async (anna->model, paths, NULL, devices, NULL, NULL);
  ui_wait_for (ui_shows (ui->window, "There is not enough room"));
  ui_settle (ui);
  ui_picture (ui, NULL, "incoming-no-room");
  g_assert_true (ui_shows (ui->window, "Save As…"));
  ui_click (ui_get (ui->window, "accept_button"));
  ui_choose (elsewhere);
  ui_answer ("cancel");
  g_assert_cmpuint (g_list_model_get_n_items (shoal_model_get_offers (ui->me->model)), ==, 1);
  shoal_model_cancel (anna->model, only_transfer (anna)->id);
  ui_wait_for (ui_find (ui->window, "accept_button") == NULL);
}

static void
set_download_directory (UiFixture *ui, const char *folder)
{
  GVariantBuilder changes;

  g_variant_builder_init (&changes, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&changes, "{sv}", "download-directory",
                         g_variant_new_bytestring (folder));
  shoal_model_change_settings_async (ui->me->model, g_variant_builder_end (&changes), NULL, NULL);
}

static void
test_folder_gone (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *stick = g_build_filename (ui->folder, "stick", NULL);
  g_autofree char *folder = g_build_filename (stick, "Films", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  set_download_directory (ui, folder);
  ui_wait_for (g_strcmp0 (shoal_model_get_settings (ui->me->model)->directory, folder) == 0);
  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  ui_wait_for (ui_shows (ui->window, "To “Films”"));
  g_rmdir (folder);
  g_rmdir (stick);
  ui_wait_for (ui_shows (ui->window, "The folder “Films” is not there any more"));
  /* It is back: so is the way there. */
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  ui_wait_for (ui_shows (ui->window, "To “Films”"));
}

static void
test_always (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  ui_befriend (ui, anna);
  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  g_assert_null (ui_find (ui->window, "code"));
  ui_action (card_of (ui), "offer.always-accept", NULL);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (ui_get (NULL, "accept_limit")), 1);
  ui_answer ("always");
  ui_wait_for (has_come (ui, "Holiday.jpg"));
  ui_wait_for (shoal_device_item_get_info (ui_item (ui, anna))->auto_accept == 1000000000);

  /* The next comes by itself. */
  {
    g_autofree char *path = ui_make_file (ui, "Anna/Second.jpg", 3000);
    const char *const paths[] = { path, NULL };
    const char *const devices[] = { shoal_model_get_id (ui->me->model), NULL };

    shoal_model_send_async (anna->model, paths, NULL, devices, NULL, NULL);
  }
  ui_wait_for (has_come (ui, "Second.jpg"));
}

/* --- Choosing ------------------------------------------------------------ */

static void
test_choose (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *dialog;

  offer_folder (ui, anna);
  ui_wait_for (ui_shows (ui->window, "beach.jpg, hills.jpg, plan.txt"));
  ui_settle (ui);
  ui_picture (ui, NULL, "incoming-folder");
  ui_action (card_of (ui), "offer.choose-files", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_CHOOSE_DIALOG);
  ui_wait_for (ui_shows (dialog, "3 of 3"));

  /* Nothing at all is no answer. */
  ui_click (ui_get (dialog, "all_button"));
  ui_wait_for (ui_shows (dialog, "0 of 3"));
  g_assert_false (gtk_widget_get_sensitive (ui_get (dialog, "accept_chosen_button")));
  /* The first row is the folder. */
  ui_click (ui_get (dialog, "check"));
  ui_wait_for (ui_shows (dialog, "1 of 3"));
  gtk_test_widget_wait_for_draw (dialog);
  ui_picture (ui, dialog, "incoming-choose");
  ui_click (ui_get (dialog, "accept_chosen_button"));
  ui_wait_for (is_in_phase (ui->me, SHOAL_TRANSFER_DONE));
  g_assert_true (has_come (ui, "Holiday/notes/plan.txt"));
  g_assert_false (has_come (ui, "Holiday/beach.jpg"));
}

static void
test_choose_withdrawn (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *dialog;

  offer_folder (ui, anna);
  ui_action (card_of (ui), "offer.choose-files", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_CHOOSE_DIALOG);
  ui_wait_for (ui_shows (dialog, "3 of 3"));
  shoal_model_cancel (anna->model, only_transfer (anna)->id);
  ui_wait_for (ui_shows (dialog, "This Offer Is Gone"));
  gtk_test_widget_wait_for_draw (dialog);
  ui_picture (ui, dialog, "incoming-choose-gone");
  g_assert_false (gtk_widget_get_sensitive (ui_get (dialog, "accept_chosen_button")));
  ui_click (ui_get (dialog, "cancel_button"));
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_CHOOSE_DIALOG) == NULL);
}

/* --- Texts and links ----------------------------------------------------- */

typedef struct
{
  char    *text;
  gboolean done;
} Clipboard;

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Clipboard *clipboard = user_data;

  clipboard->text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
  clipboard->done = TRUE;
}

static void
assert_clipboard (UiFixture *ui, const char *text)
{
  Clipboard clipboard = { 0 };

  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (ui->window)), NULL,
                                 on_read, &clipboard);
  ui_wait_for (clipboard.done);
  g_assert_cmpstr (clipboard.text, ==, text);
  g_free (clipboard.text);
}

static void
test_text (UiFixture *ui)
{
  static const char TEXT[] = "Milk\nbread\nbutter\ncheese\napples\npears\nand <b>chocolate</b>";
  UiPerson *anna = ui_meet (ui, "Anna");

  ui_offer_text (ui, anna, TEXT);
  ui_wait_for (ui_shows (ui->window, "Anna wants to send you a text"));
  ui_click (ui_get (ui->window, "accept_button"));
  ui_wait_for (ui_shows (ui->window, "Anna sent you a text"));
  ui_settle (ui);
  ui_picture (ui, NULL, "incoming-text");
  ui_click (ui_get (ui->window, "show_all_button"));
  ui_wait_for (ui_shows (ui->window, "and <b>chocolate</b>"));
  ui_click (ui_get (ui->window, "copy_button"));
  assert_clipboard (ui, TEXT);

  /* It stays until it is dismissed, and then for good. */
  ui_restart (ui);
  ui_get (ui->window, "dismiss_button");
  ui_click (ui_get (ui->window, "dismiss_button"));
  ui_wait_for (ui_find (ui->window, "dismiss_button") == NULL);
  ui_restart (ui);
  ui_wait_for (g_list_model_get_n_items (shoal_model_get_transfers (ui->me->model)) == 1);
  ui_settle (ui);
  g_assert_null (ui_find (ui->window, "dismiss_button"));
}

static void
test_link (UiFixture *ui)
{
  static const char LINK[] = "https://example.org/a/long/way?to=go#here";
  UiPerson *anna = ui_meet (ui, "Anna");

  ui_offer_text (ui, anna, LINK);
  ui_click (ui_get (ui->window, "accept_button"));
  ui_wait_for (ui_shows (ui->window, "Anna sent you a link"));
  ui_click (ui_get (ui->window, "open_link_button"));
  /* All of it is seen before it is opened. */
  ui_wait_for (ui_shows (ui_get_type (NULL, ADW_TYPE_MESSAGE_DIALOG), LINK));
  ui_picture (ui, NULL, "incoming-link");
  ui_answer ("cancel");
  ui_click (ui_get (ui->window, "copy_button"));
  assert_clipboard (ui, LINK);
}

/* --- Metered networks ---------------------------------------------------- */

static void
set_metered (ShoalEngine *engine, gpointer data)
{
  shoal_engine_set_metered (engine, GPOINTER_TO_INT (data));
}

static void
test_metered (UiFixture *ui)
{
  ShoalEngineThread *thread = shoal_model_get_thread (ui->me->model);

  g_assert_null (ui_find (ui->window, "consent_button"));
  shoal_engine_thread_call (thread, set_metered, GINT_TO_POINTER (TRUE), NULL);
  ui_get (ui->window, "consent_button");
  ui_settle (ui);
  ui_picture (ui, NULL, "incoming-metered");
  ui_click (ui_get (ui->window, "metered_put_away_button"));
  g_assert_null (ui_find (ui->window, "consent_button"));
  /* On the next such network the question comes anew. */
  shoal_engine_thread_call (thread, set_metered, GINT_TO_POINTER (FALSE), NULL);
  ui_wait_for (!shoal_model_get_settings (ui->me->model)->waits_for_consent);
  shoal_engine_thread_call (thread, set_metered, GINT_TO_POINTER (TRUE), NULL);
  ui_click (ui_get (ui->window, "consent_button"));
  ui_wait_for (ui_find (ui->window, "consent_button") == NULL);
  g_assert_false (shoal_model_get_settings (ui->me->model)->waits_for_consent);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/incoming/accept", test_accept);
  ui_add ("/incoming/decline", test_decline);
  ui_add ("/incoming/put-away", test_put_away);
  ui_add ("/incoming/withdrawn", test_withdrawn);
  ui_add ("/incoming/add-friend", test_add_friend);
  ui_add ("/incoming/save-as", test_save_as);
  ui_add ("/incoming/save-as-late", test_save_as_late);
  ui_add ("/incoming/no-room", test_no_room);
  ui_add ("/incoming/folder-gone", test_folder_gone);
  ui_add ("/incoming/always", test_always);
  ui_add ("/incoming/choose", test_choose);
  ui_add ("/incoming/choose-withdrawn", test_choose_withdrawn);
  ui_add ("/incoming/text", test_text);
  ui_add ("/incoming/link", test_link);
  ui_add ("/incoming/metered", test_metered);
  return g_test_run ();
}
