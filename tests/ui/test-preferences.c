/* test-preferences.c: what a person can set, and their friends.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "shoal-add-friend-dialog.h"
#include "shoal-commands.h"
#include "shoal-commands-settings.h"
#include "shoal-preferences.h"
#include "ui-fixture.h"

#include <glib/gstdio.h>

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

static void
test_folder (UiFixture *ui)
{
  GtkWidget *window = open_preferences (ui, "");
  g_autofree char *folder = g_build_filename (ui->folder, "Received", NULL);
  g_autofree char *gone = g_build_filename (ui->folder, "Gone", NULL);
  const char *const paths[] = { folder, NULL };

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  ui_click (ui_get (window, "choose_folder_button"));
  ui_choose (paths);
  ui_wait_for (g_strcmp0 (settings (ui)->directory, folder) == 0);
  ui_wait_for (ui_shows (window, folder));

  /* It goes: what is used instead, and why, is said. */
  g_assert_cmpint (g_rename (folder, gone), ==, 0);
  g_assert_true (g_file_set_contents (folder, "no folder", -1, NULL));
  ui_restart (ui);
  window = open_preferences (ui, "");
  if (settings (ui)->directory_trouble != NULL)
    ui_wait_for (ui_find (window, "folder_trouble") != NULL);
}

static GtkWidget *
choose_picture (UiFixture *ui, const char *path)
{
  GtkWidget *window = open_preferences (ui, "");
  const char *const paths[] = { path, NULL };

  ui_click (ui_get (window, "choose_picture_button"));
  ui_choose (paths);
  return window;
}

static void
test_picture (UiFixture *ui)
{
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 900, 500);
  g_autofree char *path = g_build_filename (ui->folder, "me.png", NULL);
  g_autofree char *text = ui_make_file (ui, "no-picture.png", 3000);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GdkPixbuf) stored = NULL;
  GtkWidget *window;

  gdk_pixbuf_fill (pixbuf, 0x3584e4ff);
  g_assert_true (gdk_pixbuf_save (pixbuf, path, "png", NULL, NULL));
  window = choose_picture (ui, path);
  ui_wait_for (settings (ui)->picture != NULL);
  g_assert_cmpuint (g_bytes_get_size (settings (ui)->picture), <=, SHOAL_MAX_PICTURE_BYTES);
  stream = g_memory_input_stream_new_from_bytes (settings (ui)->picture);
  stored = gdk_pixbuf_new_from_stream (stream, NULL, NULL);
  g_assert_cmpint (gdk_pixbuf_get_width (stored), ==, gdk_pixbuf_get_height (stored));

  choose_picture (ui, text);
  ui_wait_for (ui_find (window, "picture_trouble") != NULL);
  g_assert_nonnull (settings (ui)->picture);
  ui_click (ui_get (window, "remove_picture_button"));
  ui_wait_for (settings (ui)->picture == NULL);
}

static void
test_choices (UiFixture *ui)
{
  GtkWidget *window = open_preferences (ui, SHOAL_PREFERENCES_GENERAL);

  adw_combo_row_set_selected (ADW_COMBO_ROW (ui_get (window, "seen_by_row")),
                              SHOAL_SEEN_BY_NOBODY);
  ui_wait_for (settings (ui)->seen_by == SHOAL_SEEN_BY_NOBODY);
  adw_combo_row_set_selected (ADW_COMBO_ROW (ui_get (window, "accept_row")),
                              SHOAL_ACCEPT_FRIENDS);
  ui_wait_for (settings (ui)->accept == SHOAL_ACCEPT_FRIENDS);
  {
    gboolean pass_on = settings (ui)->pass_on;

    ui_click (ui_get (window, "pass_on_switch"));
    ui_wait_for (settings (ui)->pass_on != pass_on);
  }
  ui_click (ui_get (window, "keep_switch"));
  ui_wait_for (settings (ui)->on_close == SHOAL_ON_CLOSE_KEEP);
  ui_click (ui_get (window, "keep_switch"));
  ui_wait_for (settings (ui)->on_close == SHOAL_ON_CLOSE_QUIT);
  ui_click (ui_get (window, "login_switch"));
  ui_wait_for (settings (ui)->start_at_login);
  ui_click (ui_get (window, "login_switch"));
  ui_wait_for (!settings (ui)->start_at_login);
}

/* --- Network ------------------------------------------------------------- */

static void
test_speed (UiFixture *ui)
{
  GtkWidget *window = open_preferences (ui, SHOAL_PREFERENCES_NETWORK);
  GtkWidget *limit = ui_get (window, "download_limit");

  picture (ui, window, "preferences-network");
  g_assert_true (ui_shows (window, "No Limit"));
  /* As a person types it. */
  ui_type (limit, "2.5 MB/s");
  gtk_spin_button_update (GTK_SPIN_BUTTON (limit));
  ui_wait_for (settings (ui)->download_limit == 2500000);
  ui_wait_for (ui_shows (window, "2.5\302\240MB/s"));
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (ui_get (window, "upload_limit")), 1);
  ui_wait_for (settings (ui)->upload_limit == 1000000);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (ui_get (window, "slow_download_limit")), 0.5);
  ui_wait_for (settings (ui)->slow_download_limit == 500000);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (ui_get (window, "slow_upload_limit")), 0.25);
  ui_wait_for (settings (ui)->slow_upload_limit == 250000);
  ui_click (ui_get (window, "slow_switch"));
  ui_wait_for (settings (ui)->slow_mode);
  g_assert_cmpuint (settings (ui)->effective_download_limit, ==, 500000);
  ui_type (limit, "750 kB/s");
  gtk_spin_button_update (GTK_SPIN_BUTTON (limit));
  ui_wait_for (settings (ui)->download_limit == 750000);
  gtk_spin_button_update (GTK_SPIN_BUTTON (limit));
  g_assert_cmpfloat (gtk_spin_button_get_value (GTK_SPIN_BUTTON (limit)), ==, 0.75);
  ui_type (limit, "no limit");
  gtk_spin_button_update (GTK_SPIN_BUTTON (limit));
  ui_wait_for (settings (ui)->download_limit == 0);
  ui_click (ui_get (window, "metered_switch"));
  ui_wait_for (settings (ui)->metered_consent);
}

static void
test_port (UiFixture *ui)
{
  static const char *const BAD[] = { "70000", "-1", "http", "12 34" };
  GtkWidget *window = open_preferences (ui, SHOAL_PREFERENCES_NETWORK);
  GtkWidget *row = ui_get (window, "port_row");

  for (guint i = 0; i < G_N_ELEMENTS (BAD); i++)
    {
      ui_type (row, BAD[i]);
      g_signal_emit_by_name (row, "apply");
      ui_wait_for (ui_find (window, "port_trouble") != NULL);
      g_assert_cmpuint (settings (ui)->port, ==, 0);
      if (i == 0)
        picture (ui, window, "preferences-bad-port");
      ui_type (row, "0");
      g_signal_emit_by_name (row, "apply");
      ui_wait_for (ui_find (window, "port_trouble") == NULL);
    }
  ui_type (row, "45678");
  g_signal_emit_by_name (row, "apply");
  ui_wait_for (settings (ui)->port == 45678 || ui_find (window, "port_trouble") != NULL);
}

static void
test_interfaces (UiFixture *ui)
{
  GtkWidget *window = open_preferences (ui, SHOAL_PREFERENCES_NETWORK);

  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (ui_get (window, "interfaces_row")), TRUE);
  ui_get (window, "all_interfaces_switch");
  picture (ui, window, "preferences-interfaces");
  ui_click (ui_get (window, "all_interfaces_switch"));
  /* Those there are, or, where there is none, the reason why not. */
  ui_wait_for (settings (ui)->interfaces[0] != NULL
               || ui_find (window, "interfaces_trouble") != NULL);
  ui_click (ui_get (window, "all_interfaces_switch"));
  ui_wait_for (settings (ui)->interfaces[0] == NULL);
  ui_wait_for (ui_find (window, "interfaces_trouble") == NULL);
}

/* --- Friends ------------------------------------------------------------- */

static GtkWidget *
open_friend (UiFixture *ui, UiPerson *person)
{
  GtkWidget *window = open_preferences (ui, SHOAL_PREFERENCES_FRIENDS);
  GtkWidget *row = ui_above (ui_get_label (window, person->name), ADW_TYPE_ACTION_ROW);

  picture (ui, window, "preferences-friends");
  g_signal_emit_by_name (gtk_widget_get_parent (row), "row-activated", row);
  ui_get (window, "nickname_row");
  return window;
}

static void
test_no_friends (UiFixture *ui)
{
  GtkWidget *window = open_preferences (ui, SHOAL_PREFERENCES_FRIENDS);

  ui_wait_for (ui_shows (window, "No Friends Yet"));
  picture (ui, window, "preferences-no-friends");
}

static void
test_friend (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *window, *row, *dialog;

  ui_befriend (ui, anna);
  window = open_friend (ui, anna);
  row = ui_get (window, "nickname_row");
  ui_type (row, "Anna from work");
  g_signal_emit_by_name (row, "apply");
  ui_wait_for (g_strcmp0 (shoal_device_item_get_name (ui_item (ui, anna)), "Anna from work") == 0);
  g_assert_true (ui_shows (window, "Anna"));
  {
    g_autofree char *long_name = g_strnfill (5000, 'a');

    ui_type (row, long_name);
    g_signal_emit_by_name (row, "apply");
    ui_wait_for (ui_find (window, "nickname_trouble") != NULL);
  }
  ui_type (row, "");
  g_signal_emit_by_name (row, "apply");
  ui_wait_for (g_strcmp0 (shoal_device_item_get_name (ui_item (ui, anna)), "Anna") == 0);

  adw_combo_row_set_selected (ADW_COMBO_ROW (ui_get (window, "limit_row")), 2);
  ui_wait_for (shoal_device_item_get_info (ui_item (ui, anna))->auto_accept == 1000000000);
  picture (ui, window, "preferences-friend");

  g_assert_false (shoal_device_item_get_info (ui_item (ui, anna))->is_verified);
  ui_click (ui_get (window, "compare_button"));
  dialog = ui_get_type (NULL, SHOAL_TYPE_ADD_FRIEND_DIALOG);
  ui_click (ui_get (dialog, "same_button"));
  ui_wait_for (shoal_device_item_get_info (ui_item (ui, anna))->is_verified);
  ui_wait_for (ui_shows (window, "Verified"));
  ui_click (ui_get (window, "friend_back_button"));
  ui_wait_for (ui_find (window, "nickname_row") == NULL);
}

static void
test_block (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *window;

  ui_befriend (ui, anna);
  window = open_friend (ui, anna);
  ui_click (ui_get (window, "block_button"));
  ui_answer ("cancel");
  ui_click (ui_get (window, "block_button"));
  ui_answer ("yes");
  ui_wait_for (shoal_device_item_get_info (ui_item (ui, anna))->is_blocked);
  /* Its page is left, and it is among the blocked. */
  ui_wait_for (ui_find (window, "nickname_row") == NULL);
  ui_get (window, "unblock_button");
  picture (ui, window, "preferences-blocked");
  ui_click (ui_get (window, "unblock_button"));
  ui_wait_for (!shoal_device_item_get_info (ui_item (ui, anna))->is_blocked);
}

static void
test_forget (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *window;

  ui_befriend (ui, anna);
  window = open_friend (ui, anna);
  ui_click (ui_get (window, "forget_button"));
  ui_answer ("yes");
  ui_wait_for (ui_item (ui, anna) == NULL
               || !shoal_device_item_get_info (ui_item (ui, anna))->is_friend);
  ui_wait_for (ui_find (window, "nickname_row") == NULL);
  ui_wait_for (ui_shows (window, "No Friends Yet"));
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/preferences/name", test_name);
  ui_add ("/preferences/folder", test_folder);
  ui_add ("/preferences/picture", test_picture);
  ui_add ("/preferences/choices", test_choices);
  ui_add ("/preferences/speed", test_speed);
  ui_add ("/preferences/port", test_port);
  ui_add ("/preferences/interfaces", test_interfaces);
  ui_add ("/preferences/no-friends", test_no_friends);
  ui_add ("/preferences/friend", test_friend);
  ui_add ("/preferences/block", test_block);
  ui_add ("/preferences/forget", test_forget);
  return g_test_run ();
}
