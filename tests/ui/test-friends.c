/* test-friends.c: adding, comparing, renaming, removing, blocking; a friend's page.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-add-friend-dialog.h"
#include "shoal-commands.h"
#include "shoal-mark.h"
#include "shoal-person-page.h"
#include "shoal-person-row.h"
#include "shoal-rename-dialog.h"

static GtkWidget *
get_row (UiFixture *ui, UiPerson *person)
{
  return ui_above (ui_get_label (ui->window, person->name), SHOAL_TYPE_PERSON_ROW);
}

static ShoalDeviceInfo *
get_info (UiFixture *ui, UiPerson *person)
{
  return shoal_device_item_get_info (ui_item (ui, person));
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* The person shares a file of that name with all friends. */
static void
share_there (UiFixture *ui, UiPerson *person, const char *name)
{
  g_autofree char *within = g_build_filename (person->name, "Shared", name, NULL);
  g_autofree char *path = ui_make_file (ui, within, 4000);
  const char *const paths[] = { path, NULL };
  ShoalSharePolicy policy = { .all_friends = TRUE };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalShareInfo) info = NULL;

  shoal_model_share_async (person->model, paths, &policy, NULL, NULL, NULL, on_done, &result);
  ui_wait_for (result != NULL);
  info = shoal_model_share_finish (person->model, result, &error);
  g_assert_no_error (error);
}

static GtkWidget *
open_page (UiFixture *ui, UiPerson *person)
{
  ui_click (get_row (ui, person));
  return ui_get_type (ui->window, SHOAL_TYPE_PERSON_PAGE);
}

/* --- Adding ------------------------------------------------------------------ */

static void
test_add (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  const char *code;
  GtkWidget *dialog;

  ui_wait_for ((code = get_info (ui, anna)->code) != NULL);
  g_assert_cmpstr (code, ==, shoal_device_item_get_info (ui_me_item (ui, anna))->code);
  ui_action (get_row (ui, anna), "person.add-friend", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_ADD_FRIEND_DIALOG);
  g_assert_true (ui_shows (dialog, "Does Anna’s screen show this code?"));
  g_assert_true (ui_shows (dialog, code));
  ui_settle (ui);
  ui_picture (ui, dialog, "friends-add");
  ui_click (ui_get (dialog, "same_button"));
  ui_wait_for (get_info (ui, anna)->is_friend && get_info (ui, anna)->is_verified);
  ui_wait_for (ui_find (get_row (ui, anna), "verified_icon") != NULL);
  ui_get (ui->window, "friends_heading");
  ui_settle (ui);
  ui_picture (ui, NULL, "friends-added");
}

/* Whoever was added learns of it, sees the code, and can do the same. */
static void
test_added_us (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *row = get_row (ui, anna);

  shoal_model_add_friend (anna->model, shoal_model_get_id (ui->me->model));
  ui_wait_for (ui_shows (row, "has added you as a friend"));
  g_assert_true (ui_shows (row, get_info (ui, anna)->code));
  ui_settle (ui);
  ui_picture (ui, NULL, "friends-added-us");
  ui_action (row, "person.add-friend", NULL);
  ui_click (ui_get (NULL, "same_button"));
  ui_wait_for (get_info (ui, anna)->is_mutual);
  ui_wait_for (!ui_shows (ui->window, "has added you as a friend"));
}

static void
test_add_different (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *dialog;

  ui_action (get_row (ui, anna), "person.add-friend", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_ADD_FRIEND_DIALOG);
  ui_wait_for (gtk_widget_is_sensitive (ui_get (dialog, "different_button")));
  ui_action (dialog, "friend.different", NULL);
  g_assert_true (ui_shows (dialog, "somebody is in between"));
  g_assert_false (gtk_widget_is_sensitive (ui_get (dialog, "same_button")));
  ui_settle (ui);
  ui_picture (ui, dialog, "friends-different");
  gtk_window_close (GTK_WINDOW (dialog));
  g_assert_false (get_info (ui, anna)->is_friend);
}

/* Who goes before the codes are compared cannot be added. */
static void
test_add_lost (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *dialog;

  ui_action (get_row (ui, anna), "person.add-friend", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_ADD_FRIEND_DIALOG);
  ui_wait_for (gtk_widget_is_sensitive (ui_get (dialog, "same_button")));
  ui_go (ui, anna);
  ui_wait_for (!gtk_widget_is_sensitive (ui_get (dialog, "same_button")));
  ui_wait_for (ui_shows (dialog, "Connecting to Anna…") || ui_shows (dialog, "Anna has gone"));
  gtk_window_close (GTK_WINDOW (dialog));
}

static void
test_compare (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *dialog;

  ui_befriend (ui, anna);
  g_assert_false (get_info (ui, anna)->is_verified);
  ui_action (get_row (ui, anna), "person.compare", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_ADD_FRIEND_DIALOG);
  ui_wait_for (gtk_widget_is_sensitive (ui_get (dialog, "same_button")));
  ui_action (dialog, "friend.same", NULL);
  ui_wait_for (get_info (ui, anna)->is_verified);
}

/* --- Names ------------------------------------------------------------------- */

static void
test_rename (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *long_name = g_strnfill (400, 'x');
  GtkWidget *dialog;

  ui_befriend (ui, anna);
  ui_action (get_row (ui, anna), "person.rename", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_RENAME_DIALOG);
  g_assert_true (ui_shows (dialog, "It calls itself “Anna”"));
  ui_type (ui_get (dialog, "name_row"), long_name);
  ui_click (ui_get (dialog, "rename_button"));
  ui_wait_for (ui_find (dialog, "trouble_label") != NULL);
  ui_settle (ui);
  ui_picture (ui, dialog, "friends-rename");
  ui_type (ui_get (dialog, "name_row"), "My sister");
  g_assert_null (ui_find (dialog, "trouble_label"));
  ui_action (dialog, "rename.apply", NULL);
  ui_get_label (ui->window, "My sister");
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_RENAME_DIALOG) == NULL);

  /* Empty: its own name again. By the key of renaming. */
  gtk_widget_grab_focus (
    ui_above (ui_get_label (ui->window, "My sister"), SHOAL_TYPE_PERSON_ROW));
  ui_key (ui, "F2");
  dialog = ui_get_type (NULL, SHOAL_TYPE_RENAME_DIALOG);
  ui_type (ui_get (dialog, "name_row"), "");
  ui_click (ui_get (dialog, "rename_button"));
  ui_get_label (ui->window, "Anna");
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_RENAME_DIALOG) == NULL);
  ui_action (get_row (ui, anna), "person.rename", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_RENAME_DIALOG);
  ui_click (ui_get (dialog, "rename_cancel_button"));
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_RENAME_DIALOG) == NULL);
}

/* --- Removing and blocking --------------------------------------------------- */

static void
test_remove (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  ui_befriend (ui, anna);
  ui_action (get_row (ui, anna), "person.remove", NULL);
  ui_settle (ui);
  ui_picture (ui, ui_get_type (NULL, ADW_TYPE_MESSAGE_DIALOG), "friends-remove");
  ui_answer ("cancel");
  ui_wait_for (ui_find_type (NULL, ADW_TYPE_MESSAGE_DIALOG) == NULL);
  g_assert_true (get_info (ui, anna)->is_friend);
  ui_action (get_row (ui, anna), "person.remove", NULL);
  ui_answer ("remove");
  ui_wait_for (ui_find (ui->window, "friends_heading") == NULL);
}

static void
test_block (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  /* A friend stays in the book, and must not stay on the page. */
  ui_befriend (ui, anna);
  ui_action (get_row (ui, anna), "person.block", NULL);
  ui_answer ("cancel");
  ui_wait_for (ui_find_type (NULL, ADW_TYPE_MESSAGE_DIALOG) == NULL);
  ui_action (get_row (ui, anna), "person.block", NULL);
  ui_answer ("block");
  ui_wait_for (ui_find_label (ui->window, "Anna") == NULL);
  ui_wait_for (ui_item (ui, anna) == NULL || get_info (ui, anna)->is_blocked);
}

/* --- A person's page --------------------------------------------------------- */

static void
test_stranger_page (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *page = open_page (ui, anna);

  g_assert_true (ui_shows (page, "on this network"));
  g_assert_nonnull (ui_find_type (page, SHOAL_TYPE_MARK));
  g_assert_null (ui_find (page, "shares_heading"));
  ui_settle (ui);
  ui_picture (ui, NULL, "friends-stranger-page");
  ui_click (ui_get (page, "add_friend_button"));
  gtk_window_close (GTK_WINDOW (ui_get_type (NULL, SHOAL_TYPE_ADD_FRIEND_DIALOG)));
  ui_click (ui_get (page, "send_files_button"));
  ui_choose (NULL);
  ui_click (ui_get (page, "send_text_button"));
  gtk_window_close (GTK_WINDOW (ui_above (ui_get (NULL, "text_view"), GTK_TYPE_WINDOW)));

  /* When a stranger goes, there is nothing left to look at. */
  ui_go (ui, anna);
  ui_wait_for (ui_find_type (ui->window, SHOAL_TYPE_PERSON_PAGE) == NULL);
}

static void
test_friend_page (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  const char *downloads = shoal_model_get_settings (ui->me->model)->directory;
  g_autofree char *got = g_build_filename (downloads, "Recipes.txt", NULL);
  g_autofree char *elsewhere = g_build_filename (ui->folder, "elsewhere", NULL);
  g_autofree char *got_there = g_build_filename (elsewhere, "Music.ogg", NULL);
  g_autofree char *original
    = g_build_filename (ui->folder, "Anna", "Shared", "Recipes.txt", NULL);
  g_autofree char *other = g_build_filename (ui->folder, "Anna", "Shared", "Music.ogg", NULL);
  const char *const folders[] = { elsewhere, NULL };
  GtkWidget *page;

  ui_befriend (ui, anna);
  share_there (ui, anna, "Recipes.txt");
  page = open_page (ui, anna);
  ui_get_label (page, "Recipes.txt");
  g_assert_true (ui_shows (page, "1 file"));
  g_assert_nonnull (ui_find (page, "compare_codes_button"));
  ui_click (ui_get (page, "get_button"));
  ui_wait_for (ui_shows (ui->window, "Getting “Recipes.txt”"));
  ui_wait_for (ui_same_files (original, got));

  /* One more, into another folder; the row that was there stays. */
  share_there (ui, anna, "Music.ogg");
  ui_click (ui_get (page, "refresh_button"));
  ui_get_label (page, "Music.ogg");
  ui_settle (ui);
  ui_picture (ui, NULL, "friends-page");
  g_assert_cmpint (g_mkdir_with_parents (elsewhere, 0700), ==, 0);
  ui_click (ui_get (ui_above (ui_get_label (page, "Music.ogg"),
                              g_type_from_name ("ShoalListingRow")),
                    "get_to_button"));
  ui_choose (folders);
  ui_wait_for (ui_same_files (other, got_there));

  ui_go (ui, anna);
  ui_wait_for (ui_shows (page, "offline"));
  g_assert_false (gtk_widget_is_sensitive (ui_get (page, "refresh_button")));
  ui_come (ui, anna);
  ui_action (ui->window, "win.back", NULL);
  ui_wait_for (ui_find_type (ui->window, SHOAL_TYPE_PERSON_PAGE) == NULL);
}

static void
test_friend_page_empty (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *page;

  shoal_model_add_friend (ui->me->model, shoal_model_get_id (anna->model));
  ui_wait_for (get_info (ui, anna)->is_friend);
  page = open_page (ui, anna);
  ui_wait_for (ui_shows (page, "They have not added you as a friend"));
  ui_settle (ui);
  ui_picture (ui, NULL, "friends-page-empty");
  ui_action (page, "shares.refresh", NULL);
  ui_wait_for (ui_shows (page, "They have not added you as a friend"));
  g_assert_false (gtk_widget_activate_action (page, "shares.get", "s", "nonsense")
                  && g_list_model_get_n_items (shoal_model_get_transfers (ui->me->model)) > 0);
  gtk_widget_activate_action (page, "shares.get-to", "s", "nonsense");
  g_assert_null (ui_find_type (NULL, GTK_TYPE_FILE_CHOOSER_DIALOG));
  ui_go (ui, anna);
  ui_wait_for (ui_shows (page, "Anna Is Offline"));
}

/* Names are never taken for markup or a format. */
static void
test_odd_name (UiFixture *ui)
{
  static const char NAME[] = "<b>A & %s</b>";
  UiPerson *odd = ui_meet (ui, NAME);
  GtkWidget *page;

  ui_action (get_row (ui, odd), "person.add-friend", NULL);
  ui_click (ui_get (NULL, "same_button"));
  ui_wait_for (get_info (ui, odd)->is_friend);
  page = open_page (ui, odd);
  ui_wait_for (ui_shows (page, "<b>A & %s</b> Shares Nothing with You"));
  ui_action (page, "person.send-text", NULL);
  ui_type (ui_get (NULL, "text_view"), "x");
  ui_click (ui_get (NULL, "send_button"));
  ui_wait_for (ui_shows (ui->window, "Offered to <b>A & %s</b>"));
  ui_go (ui, odd);
  ui_wait_for (ui_shows (page, "<b>A & %s</b> Is Offline"));
  ui_action (page, "person.block", NULL);
  ui_answer ("block");
  ui_wait_for (ui_shows (ui->window, "<b>A & %s</b> is blocked"));
}

static void
test_page_drop (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *path = ui_make_file (ui, "here/page.txt", 10);
  const char *const paths[] = { path, NULL };
  GtkWidget *page;

  ui_action (get_row (ui, anna), "person.open", NULL);
  page = ui_get_type (ui->window, SHOAL_TYPE_PERSON_PAGE);
  g_assert_true (ui_drop_files (page, paths));
  ui_wait_for (g_list_model_get_n_items (shoal_model_get_offers (anna->model)) == 1);
  ui_click (ui_get (page, "menu_button"));
  ui_get_label (page, "Block…");
  gtk_menu_button_popdown (GTK_MENU_BUTTON (ui_get (page, "menu_button")));
  ui_wait_for (ui_find_label (page, "Block…") == NULL);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/friends/add", test_add);
  ui_add ("/friends/added-us", test_added_us);
  ui_add ("/friends/add-different", test_add_different);
  ui_add ("/friends/add-lost", test_add_lost);
  ui_add ("/friends/compare", test_compare);
  ui_add ("/friends/rename", test_rename);
  ui_add ("/friends/remove", test_remove);
  ui_add ("/friends/block", test_block);
  ui_add ("/friends/stranger-page", test_stranger_page);
  ui_add ("/friends/friend-page", test_friend_page);
  ui_add ("/friends/friend-page-empty", test_friend_page_empty);
  ui_add ("/friends/odd-name", test_odd_name);
  ui_add ("/friends/page-drop", test_page_drop);
  return g_test_run ();
}
