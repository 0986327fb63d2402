/* test-shared.c: what we share, and links that are opened.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-commands.h"
#include "shoal-commands-settings.h"
#include "shoal-files-view.h"
#include "shoal-open-link-dialog.h"
#include "shoal-qr.h"
#include "shoal-share-dialog.h"
#include "shoal-share-row.h"
#include "shoal-shared-page.h"

#include <glib/gstdio.h>

#define KB 1000u

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
show_shared (UiFixture *ui)
{
  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_SHARED));
}

static GtkWidget *
row_of (UiFixture *ui, const char *name)
{
  return ui_above (ui_get_label (ui->window, name), SHOAL_TYPE_SHARE_ROW);
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

/* Somebody shares a file with whoever has the link, which is returned. */
static char *
share_as (UiPerson *person, const char *path)
{
  const char *const paths[] = { path, NULL };
  ShoalSharePolicy policy = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalShareInfo) info = NULL;

  shoal_model_share_async (person->model, paths, &policy, NULL, NULL, NULL, on_done, &result);
  ui_wait_for (result != NULL);
  info = shoal_model_share_finish (person->model, result, &error);
  g_assert_no_error (error);
  return g_strdup (info->link);
}

/* We share a file, through the dialogue, with whoever has the link. */
static void
share (UiFixture *ui, const char *path)
{
  const char *const paths[] = { path, NULL };
  GtkWidget *dialog;

  shoal_share_dialog_show (GTK_WINDOW (ui->window), ui->me->model, paths);
  dialog = ui_get_type (NULL, SHOAL_TYPE_SHARE_DIALOG);
  ui_click (ui_get (dialog, "share_button"));
  ui_get (dialog, "copy_shared_link_button");
  ui_click (ui_get (dialog, "cancel_share_button"));
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_SHARE_DIALOG) == NULL);
}

/* --- What we share -------------------------------------------------------------- */

static void
test_share_files (UiFixture *ui)
{
  g_autofree char *path = ui_make_file (ui, "slides.odp", 300 * KB);
  const char *const paths[] = { path, NULL };
  GtkWidget *dialog;
  g_autofree char *link = NULL;
  guint width;

  show_shared (ui);
  ui_get_label (ui->window, "Nothing Shared");
  g_assert_nonnull (ui_get (ui->window, "share_folder_empty_button"));
  g_assert_nonnull (ui_get (ui->window, "open_link_empty_button"));
  ui_click (ui_get (ui->window, "share_files_empty_button"));
  ui_choose (paths);
  dialog = ui_get_type (NULL, SHOAL_TYPE_SHARE_DIALOG);
  g_assert_true (gtk_check_button_get_active (GTK_CHECK_BUTTON (ui_get (dialog, "anyone_check"))));
  ui_action (dialog, "share.go", NULL);
  ui_get (dialog, "copy_shared_link_button");
  ui_get_type (dialog, SHOAL_TYPE_QR);
  ui_settle (ui);
  ui_picture (ui, dialog, "share-done");
  g_assert_nonnull (shoal_qr_get_modules (SHOAL_QR (ui_get (dialog, "done_qr")), &width));
  g_assert_cmpuint (width, >=, 21);
  ui_click (ui_get (dialog, "copy_shared_link_button"));
  link = clipboard_text (ui);
  g_assert_true (g_str_has_prefix (link, "magnet:?xt=urn:btmh:1220"));

  ui_wait_for (ui_shows (row_of (ui, "slides.odp"), "Anyone with the link"));
  ui_action (row_of (ui, "slides.odp"), "share.copy-link", NULL);
  g_assert_nonnull (ui_get (ui->window, "share_folder_button"));
  g_assert_nonnull (ui_get (ui->window, "share_files_button"));
}

static void
test_share_folder (UiFixture *ui)
{
  g_autofree char *file = ui_make_file (ui, "Holiday/one.jpg", 10 * KB);
  g_autofree char *path = g_path_get_dirname (file);
  const char *const paths[] = { path, NULL };
  GtkWidget *dialog;

  show_shared (ui);
  ui_action (ui->window, "win.share-folder", NULL);
  ui_choose (paths);
  dialog = ui_get_type (NULL, SHOAL_TYPE_SHARE_DIALOG);
  ui_click (ui_get (dialog, "private_switch"));
  ui_click (ui_get (dialog, "share_button"));
  ui_get (dialog, "copy_shared_link_button");
  ui_action (dialog, "share.copy-link", NULL);
  ui_wait_for (ui_shows (row_of (ui, "Holiday"), "Anyone with the secret link"));

  ui_click (ui_get (row_of (ui, "Holiday"), "link_menu_button"));
  ui_get (NULL, "copy_link_button");
  ui_settle (ui);
  ui_picture (ui, ui_above (ui_get (NULL, "copy_link_button"), GTK_TYPE_POPOVER), "share-popover");
  ui_click (ui_get (NULL, "copy_link_button"));
  ui_action (row_of (ui, "Holiday"), "share.files", NULL);
  ui_get_type (ui->window, SHOAL_TYPE_FILES_VIEW);
  ui_get_type (ui->window, GTK_TYPE_COLUMN_VIEW);
}

static void
test_policy (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *path = ui_make_file (ui, "slides.odp", 30 * KB);
  GtkWidget *dialog;

  ui_befriend (ui, anna);
  show_shared (ui);
  share (ui, path);
  ui_wait_for (ui_shows (row_of (ui, "slides.odp"), "Anyone with the link"));

  ui_action (row_of (ui, "slides.odp"), "share.edit", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_SHARE_DIALOG);
  ui_settle (ui);
  ui_click (ui_get (dialog, "friends_check"));
  ui_click (ui_get (dialog, "share_button"));
  ui_wait_for (ui_shows (row_of (ui, "slides.odp"), "All my friends"));

  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_SHARE_DIALOG) == NULL);
  ui_action (row_of (ui, "slides.odp"), "share.edit", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_SHARE_DIALOG);
  ui_click (ui_get (dialog, "chosen_check"));
  g_assert_false (gtk_widget_get_sensitive (ui_get (dialog, "share_button")));
  ui_click (ui_get_label (dialog, "Anna"));
  ui_settle (ui);
  ui_picture (ui, dialog, "share-policy");
  ui_click (ui_get (dialog, "share_button"));
  ui_wait_for (ui_shows (row_of (ui, "slides.odp"), "Anna"));
}

static void
test_export (UiFixture *ui)
{
  g_autofree char *path = ui_make_file (ui, "slides.odp", 30 * KB);
  g_autofree char *torrent = g_build_filename (ui->folder, "saved.torrent", NULL);
  const char *const paths[] = { torrent, NULL };
  GtkWidget *row;

  show_shared (ui);
  share (ui, path);
  row = row_of (ui, "slides.odp");
  ui_action (row, "share.export", NULL);
  ui_get_type (NULL, GTK_TYPE_FILE_CHOOSER_DIALOG);
  ui_settle (ui);
  ui_choose (paths);
  ui_wait_for (ui_shows (ui->window, "Torrent file saved"));
  g_assert_true (g_file_test (torrent, G_FILE_TEST_IS_REGULAR));

  g_assert_nonnull (ui_get (row, "share_menu_button"));
  ui_action (row, "share.stop", NULL);
  ui_get_label (ui->window, "Nothing Shared");
}

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

/* Somebody is in the midst of getting it: that is shown, and asked about. */
static void
test_stop (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *path = ui_make_file (ui, "film.mkv", 3000 * KB);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *link = NULL;
  g_autofree char *id = NULL;

  show_shared (ui);
  share (ui, path);
  ui_action (row_of (ui, "film.mkv"), "share.copy-link", NULL);
  link = clipboard_text (ui);
  set_limit (anna->model, "download-limit", 100 * KB);
  shoal_model_get_async (anna->model, link, anna->downloads, NULL, on_done, &result);
  ui_wait_for (result != NULL);
  id = shoal_model_get_finish (anna->model, result, &error);
  g_assert_no_error (error);
  ui_wait_for (ui_shows (row_of (ui, "film.mkv"), "Anna is getting it now"));
  ui_wait_for (ui_shows (row_of (ui, "film.mkv"), "given"));
  ui_settle (ui);
  ui_picture (ui, NULL, "shared");

  ui_action (row_of (ui, "film.mkv"), "share.stop", NULL);
  ui_answer ("cancel");
  ui_settle (ui);
  ui_get_label (ui->window, "film.mkv");
  ui_action (row_of (ui, "film.mkv"), "share.stop", NULL);
  ui_answer ("stop");
  ui_get_label (ui->window, "Nothing Shared");
}

/* The window is there before the state is read, as it is when a person starts Shoal. */
static void
test_start (UiFixture *ui)
{
  g_autofree char *path = ui_make_file (ui, "slides.odp", 30 * KB);

  show_shared (ui);
  share (ui, path);
  ui_quit (ui);
  ui_start (ui);
  ui_wait_for (shoal_model_get_state (ui->me->model) == SHOAL_MODEL_WELCOME);
  shoal_model_begin (ui->me->model);
  ui_wait_for (shoal_model_get_state (ui->me->model) == SHOAL_MODEL_RUNNING);
  show_shared (ui);
  ui_wait_for (ui_shows (row_of (ui, "slides.odp"), "Anyone with the link"));
}

/* The file changes, and is found changed when Shoal begins anew. */
static void
test_trouble (UiFixture *ui)
{
  g_autofree char *path = ui_make_file (ui, "notes.txt", 30 * KB);
  g_autofree char *moved = g_build_filename (ui->folder, "moved.txt", NULL);
  const char *const paths[] = { moved, NULL };
  g_autoptr (GError) error = NULL;

  show_shared (ui);
  share (ui, path);
  g_assert_cmpint (g_rename (path, moved), ==, 0);
  ui_restart (ui);
  show_shared (ui);
  ui_wait_for (ui_find (row_of (ui, "notes.txt"), "locate_button") != NULL);
  ui_picture (ui, NULL, "share-trouble");

  g_file_set_contents (path, "something else", -1, &error);
  g_assert_no_error (error);
  ui_restart (ui);
  show_shared (ui);
  ui_wait_for (ui_find (row_of (ui, "notes.txt"), "take_changes_button") != NULL);
  g_assert_cmpint (g_rename (moved, path), ==, 0);
  ui_click (ui_get (row_of (ui, "notes.txt"), "locate_button"));
  g_assert_cmpint (g_rename (path, moved), ==, 0);
  ui_choose (paths);
  ui_settle (ui);
  ui_action (row_of (ui, "notes.txt"), "share.locate", NULL);
  ui_choose (NULL);
  g_file_set_contents (path, "something else", -1, &error);
  g_assert_no_error (error);
  ui_action (row_of (ui, "notes.txt"), "share.take-changes", NULL);
  ui_wait_for (ui_find (row_of (ui, "notes.txt"), "take_changes_button") == NULL);
}

/* It is looked for as a folder, though there is a single file in it. */
static void
test_moved (UiFixture *ui)
{
  g_autofree char *file = ui_make_file (ui, "Holiday/one.jpg", 10 * KB);
  g_autofree char *path = g_path_get_dirname (file);
  g_autofree char *elsewhere = g_build_filename (ui->folder, "Elsewhere", NULL);
  g_autofree char *moved = g_build_filename (elsewhere, "Holiday", NULL);
  const char *const paths[] = { moved, NULL };
  GtkWidget *chooser;

  show_shared (ui);
  share (ui, path);
  g_assert_cmpint (g_mkdir (elsewhere, 0700), ==, 0);
  g_assert_cmpint (g_rename (path, moved), ==, 0);
  ui_restart (ui);
  show_shared (ui);
  ui_click (ui_get (row_of (ui, "Holiday"), "locate_button"));
  chooser = ui_get_type (NULL, GTK_TYPE_FILE_CHOOSER_DIALOG);
  g_assert_cmpint (gtk_file_chooser_get_action (GTK_FILE_CHOOSER (chooser)), ==,
                   GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER);
  ui_choose (paths);
  ui_wait_for (ui_find (row_of (ui, "Holiday"), "locate_button") == NULL);
}

/* --- Links ------------------------------------------------------------------------ */

static GtkWidget *
open_link (UiFixture *ui, const char *what)
{
  GtkWidget *dialog;

  ui_action (ui->window, "win.open-link", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_OPEN_LINK_DIALOG);
  if (what != NULL)
    {
      ui_type (ui_get (dialog, "link_entry"), what);
      ui_action (dialog, "link.look", NULL);
    }
  return dialog;
}

static void
close_link (GtkWidget *dialog)
{
  ui_click (ui_get (dialog, "cancel_link_button"));
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_OPEN_LINK_DIALOG) == NULL);
}

static void
test_get (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *path = ui_make_file (ui, "Anna/film.mkv", 400 * KB);
  g_autofree char *folder = g_build_filename (ui->folder, "Elsewhere", NULL);
  g_autofree char *got = g_build_filename (folder, "film.mkv", NULL);
  g_autofree char *link = share_as (anna, path);
  const char *const folders[] = { folder, NULL };
  GtkWidget *dialog;

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  dialog = open_link (ui, link);
  ui_get (dialog, "get_button");
  g_assert_true (ui_shows (dialog, "film.mkv"));
  g_assert_true (ui_shows (dialog, "from Anna"));
  ui_settle (ui);
  ui_picture (ui, dialog, "link-found");
  ui_click (ui_get (dialog, "directory_button"));
  ui_choose (folders);
  ui_wait_for (ui_shows (ui_get (dialog, "directory_row"), "Elsewhere"));
  ui_action (dialog, "link.get", NULL);
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_OPEN_LINK_DIALOG) == NULL);
  g_assert_cmpstr (shoal_main_window_get_page (ui->window), ==, SHOAL_PAGE_TRANSFERS);
  ui_wait_for (g_file_test (got, G_FILE_TEST_EXISTS) && ui_same_files (got, path));
}

/* By a .torrent file, chosen or dropped. */
static void
test_torrent (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *path = ui_make_file (ui, "Anna/film.mkv", 40 * KB);
  g_autofree char *torrent = g_build_filename (ui->folder, "film.torrent", NULL);
  g_autofree char *link = share_as (anna, path);
  const char *const exported[] = { path, NULL };
  const char *const chosen[] = { torrent, NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GtkWidget *dialog;

  shoal_model_export_async (anna->model, exported, torrent, NULL, NULL, NULL, on_done, &result);
  ui_wait_for (result != NULL);
  shoal_model_export_finish (anna->model, result, &error);
  g_assert_no_error (error);

  dialog = open_link (ui, NULL);
  ui_click (ui_get (dialog, "torrent_button"));
  ui_choose (chosen);
  ui_wait_for (ui_shows (dialog, "film.mkv"));
  close_link (dialog);
  dialog = open_link (ui, NULL);
  ui_action (dialog, "link.choose-torrent", NULL);
  ui_choose (NULL);
  g_assert_true (ui_drop_files (ui_get (dialog, "link_entry"), chosen));
  ui_wait_for (ui_shows (dialog, "film.mkv"));
  close_link (dialog);
}

static void
test_wrong (UiFixture *ui)
{
  static const struct { const char *input, *said; } TABLE[] = {
    { "", "Paste or type a link first." },
    { "hello", "This is no link that Shoal knows." },
    { "magnet:?xt=urn:btmh:1220abcd", "damaged or cut off" },
    { "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567", "older kind" },
    { "/nowhere/at/all.torrent", "no such file" },
  };
  GtkWidget *dialog = open_link (ui, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (TABLE); i++)
    {
      ui_type (ui_get (dialog, "link_entry"), TABLE[i].input);
      ui_click (ui_get (dialog, "look_button"));
      g_test_message ("%s", TABLE[i].input);
      ui_wait_for (ui_shows (dialog, TABLE[i].said));
    }
  ui_settle (ui);
  ui_picture (ui, dialog, "link-wrong");
  g_assert_true (ui_drop_text (ui_get (dialog, "link_entry"), "no link at all"));
  ui_wait_for (ui_shows (dialog, "neither a link"));
  close_link (dialog);
}

/* A magnet that no Shoal has. */
static void
test_nobody (UiFixture *ui)
{
  GtkWidget *dialog
    = open_link (ui, "magnet:?xt=urn:btmh:1220"
                     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                     "&dn=Some+Film&xl=12000000");

  ui_wait_for (ui_shows (dialog, "No Shoal that has it was found"));
  g_assert_true (ui_shows (dialog, "Some Film"));
  ui_settle (ui);
  ui_picture (ui, dialog, "link-nobody");
  g_assert_nonnull (ui_get (dialog, "elsewhere_button"));
  ui_action (dialog, "link.open-elsewhere", NULL);
  ui_wait_for (ui_shows (dialog, "There is no other app here that opens it."));
  ui_action (dialog, "link.choose-folder", NULL);
  ui_choose (NULL);
  /* Shoal waits for somebody who has it. */
  ui_click (ui_get (dialog, "get_button"));
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_OPEN_LINK_DIALOG) == NULL);
  ui_wait_for (ui_shows (ui->window, "Looking for somebody who has it"));
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/shared/files", test_share_files);
  ui_add ("/shared/folder", test_share_folder);
  ui_add ("/shared/policy", test_policy);
  ui_add ("/shared/export", test_export);
  ui_add ("/shared/stop", test_stop);
  ui_add ("/shared/start", test_start);
  ui_add ("/shared/moved", test_moved);
  ui_add ("/shared/trouble", test_trouble);
  ui_add ("/links/get", test_get);
  ui_add ("/links/torrent", test_torrent);
  ui_add ("/links/wrong", test_wrong);
  ui_add ("/links/nobody", test_nobody);
  return g_test_run ();
}
