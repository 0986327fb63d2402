/* test-internet.c: the servers that are asked beyond this network, and consent to it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-commands-settings.h"
#include "shoal-preferences.h"
#include "shoal-server-dialog.h"

/* Port 9 discards: nobody outside is asked. */
#define DISCARDING "ws://127.0.0.1:9/"

static const ShoalSettings *
settings (UiFixture *ui)
{
  return shoal_model_get_settings (ui->me->model);
}

static void
change (UiFixture *ui, const char *key, const char *const *texts)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, key, g_variant_new_strv (texts, -1));
  shoal_model_change_settings_async (ui->me->model, g_variant_dict_end (&dict), NULL, NULL);
}

/* None of the public servers may be asked by a test. */
static void
use_own_servers (UiFixture *ui)
{
  const char *const trackers[] = { DISCARDING, NULL };
  const char *const servers[]
    = { "stun:127.0.0.1:9", "turn:anna:secret-word@127.0.0.1:9", NULL };

  change (ui, "trackers", trackers);
  change (ui, "servers", servers);
  ui_wait_for (g_strv_equal ((const char *const *) settings (ui)->trackers, trackers)
               && g_strv_equal ((const char *const *) settings (ui)->servers, servers));
}

static GtkWidget *
open_page (UiFixture *ui)
{
  GtkWidget *window;

  use_own_servers (ui);
  ui_action (ui->window, "app.preferences",
             g_variant_new_string (SHOAL_PREFERENCES_INTERNET));
  window = ui_get_type (NULL, SHOAL_TYPE_PREFERENCES);
  ui_get (window, "internet_switch");
  ui_settle (ui);
  return window;
}

static gboolean
has (char **texts, const char *text)
{
  return g_strv_contains ((const char *const *) texts, text);
}

static GtkWidget *
get_dialog (void)
{
  return ui_get_type (NULL, SHOAL_TYPE_SERVER_DIALOG);
}

static void
wait_until_closed (void)
{
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_SERVER_DIALOG) == NULL);
}

/* Types it, and expects to be told what is wrong, and where. */
static void
expect_refusal (GtkWidget *dialog, const char *row, const char *text, const char *words)
{
  ui_type (ui_get (dialog, row), text);
  ui_click (ui_get (dialog, "server_save_button")); /* "server.save" */
  ui_wait_for (ui_shows (ui_get (dialog, "server_trouble"), words));
  if (g_str_equal (row, "user_row")) /* that one is right */
    row = "password_row";
  g_assert_true (gtk_widget_has_css_class (ui_get (dialog, row), "error"));
}

/* --- The page ------------------------------------------------------------------ */

static void
test_switch (UiFixture *ui)
{
  GtkWidget *window = open_page (ui);

  g_assert_false (settings (ui)->internet);
  g_assert_false (gtk_switch_get_active (GTK_SWITCH (ui_get (window, "internet_switch"))));
  g_assert_true (ui_shows (window, "see this computer’s address"));
  ui_click (ui_get (window, "internet_switch"));
  ui_wait_for (settings (ui)->internet);
  /* Nobody is looked for yet. */
  ui_wait_for (ui_shows (window, "Not needed now"));
  ui_picture (ui, window, "preferences-internet");
  ui_click (ui_get (window, "internet_switch"));
  ui_wait_for (!settings (ui)->internet);
  ui_wait_for (!ui_shows (window, "Not needed now"));
}

static void
test_tracker (UiFixture *ui)
{
  GtkWidget *window = open_page (ui);
  GtkWidget *dialog;

  ui_click (ui_get (window, "add_tracker_button")); /* "internet.add-tracker" */
  dialog = get_dialog ();
  expect_refusal (dialog, "url_row", " ", "Type the address of a tracker first.");
  expect_refusal (dialog, "url_row", "tracker", "This is no address of a tracker.");
  expect_refusal (dialog, "url_row", "udp://tracker.example.org:80", "of another kind");
  expect_refusal (dialog, "url_row", DISCARDING, "in the list already");
  ui_picture (ui, dialog, "server-tracker-wrong");
  ui_type (ui_get (dialog, "url_row"), " wss://127.0.0.1:9/one ");
  g_assert_null (ui_find (dialog, "server_trouble"));
  ui_click (ui_get (dialog, "server_save_button"));
  wait_until_closed ();
  ui_wait_for (has (settings (ui)->trackers, "wss://127.0.0.1:9/one"));
  ui_wait_for (ui_shows (window, "127.0.0.1:9/one"));

  ui_action (ui_get (window, "internet_page"), "internet.edit",
             g_variant_new ("(si)", "trackers", 1));
  dialog = get_dialog ();
  ui_wait_for (ui_shows (dialog, "wss://127.0.0.1:9/one"));
  ui_type (ui_get (dialog, "url_row"), "wss://127.0.0.1:9/two");
  ui_click (ui_get (dialog, "server_save_button"));
  ui_wait_for (has (settings (ui)->trackers, "wss://127.0.0.1:9/two"));
  g_assert_false (has (settings (ui)->trackers, "wss://127.0.0.1:9/one"));
  wait_until_closed ();

  /* Thought better of. */
  ui_click (ui_get (window, "add_tracker_button"));
  ui_click (ui_get (get_dialog (), "server_cancel_button"));
  wait_until_closed ();
  g_assert_cmpuint (g_strv_length (settings (ui)->trackers), ==, 2);
}

static void
test_server (UiFixture *ui)
{
  GtkWidget *window = open_page (ui);
  GtkWidget *dialog;

  ui_click (ui_get (window, "add_server_button")); /* "internet.add-server" */
  dialog = get_dialog ();
  g_assert_null (ui_find (dialog, "password_row")); /* STUN needs none */
  expect_refusal (dialog, "host_row", "", "Type the name or address of a server first.");
  expect_refusal (dialog, "host_row", "two words", "no name or address");
  ui_type (ui_get (dialog, "host_row"), "turn.example.org");
  expect_refusal (dialog, "server_port_row", "70000", "no port");
  adw_combo_row_set_selected (ADW_COMBO_ROW (ui_get (dialog, "kind_row")), 2);
  ui_type (ui_get (dialog, "server_port_row"), "");
  expect_refusal (dialog, "user_row", "ben", "Type the password of this user.");
  ui_type (ui_get (dialog, "password_row"), "p@ss:word");
  ui_picture (ui, dialog, "server-turn");
  ui_click (ui_get (dialog, "server_save_button"));
  wait_until_closed ();
  ui_wait_for (has (settings (ui)->servers,
                    "turn:ben:p%40ss%3Aword@turn.example.org?transport=tcp"));
  ui_wait_for (ui_shows (window, "turn.example.org"));
  ui_wait_for (ui_shows (window, "TURN over TCP · as ben"));
  g_assert_false (ui_shows (window, "p@ss"));

  /* A whole address is taken apart. */
  ui_click (ui_get (window, "add_server_button"));
  dialog = get_dialog ();
  ui_type (ui_get (dialog, "host_row"), "turns:carl:word@turn.example.net:443");
  ui_wait_for (ui_shows (dialog, "443"));
  ui_click (ui_get (dialog, "server_save_button"));
  wait_until_closed ();
  ui_wait_for (has (settings (ui)->servers, "turns:carl:word@turn.example.net:443"));
}

/* What is stored is not shown, and kept unless another one is typed. */
static void
test_password (UiFixture *ui)
{
  GtkWidget *window = open_page (ui);
  GtkWidget *page = ui_get (window, "internet_page");
  GtkWidget *dialog;

  g_assert_false (ui_shows (NULL, "secret-word"));
  ui_action (page, "internet.edit", g_variant_new ("(si)", "servers", 1));
  dialog = get_dialog ();
  ui_wait_for (ui_shows (dialog, "anna"));
  g_assert_false (ui_shows (NULL, "secret-word"));
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (ui_get (dialog, "password_row"))), ==, "");
  ui_type (ui_get (dialog, "server_port_row"), "99");
  ui_click (ui_get (dialog, "server_save_button"));
  wait_until_closed ();
  ui_wait_for (has (settings (ui)->servers, "turn:anna:secret-word@127.0.0.1:99"));

  ui_action (page, "internet.edit", g_variant_new ("(si)", "servers", 1));
  dialog = get_dialog ();
  ui_type (ui_get (dialog, "password_row"), "another");
  ui_click (ui_get (dialog, "server_save_button"));
  ui_wait_for (has (settings (ui)->servers, "turn:anna:another@127.0.0.1:99"));
  wait_until_closed ();
}

static void
test_remove (UiFixture *ui)
{
  GtkWidget *window = open_page (ui);
  GtkWidget *page = ui_get (window, "internet_page");

  ui_action (page, "internet.remove", g_variant_new ("(si)", "servers", 0));
  ui_wait_for (g_strv_length (settings (ui)->servers) == 1);
  ui_click (ui_get_label (window, "Undo"));
  ui_wait_for (g_strv_length (settings (ui)->servers) == 2);
  ui_wait_for (ui_shows (window, "STUN · port 9"));

  ui_click (ui_get (window, "remove_server_button")); /* the tracker's: the first */
  ui_wait_for (g_strv_length (settings (ui)->trackers) == 0);
  ui_wait_for (ui_find (window, "no_trackers_row") != NULL);
  ui_wait_for (gtk_window_get_focus (GTK_WINDOW (window)) != NULL);

  ui_click (ui_get (window, "restore_button")); /* "internet.restore" */
  ui_wait_for (g_strv_length (settings (ui)->trackers) > 0);
  g_assert_false (settings (ui)->internet);
  ui_wait_for (ui_find (window, "no_trackers_row") == NULL);
  ui_click (ui_get_label (window, "Undo"));
  ui_wait_for (g_strv_length (settings (ui)->trackers) == 0);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/internet/switch", test_switch);
  ui_add ("/internet/tracker", test_tracker);
  ui_add ("/internet/server", test_server);
  ui_add ("/internet/password", test_password);
  ui_add ("/internet/remove", test_remove);
  return g_test_run ();
}
