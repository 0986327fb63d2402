/* test-internet.c: the servers that are asked beyond this network, and consent to it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-commands-invites.h"
#include "shoal-commands-settings.h"
#include "shoal-invite.h"
#include "shoal-preferences.h"
#include "shoal-server-dialog.h"
#include "shoal-share-dialog.h"

#include <string.h>

/* Port 9 discards: nobody outside is asked. */
#define DISCARDING "ws://127.0.0.1:9/"

static const ShoalSettings *
settings (UiFixture *ui)
{
  return shoal_model_get_settings (ui->me->model);
}

static void
change (ShoalModel *model, const char *key, const char *const *texts)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, key, g_variant_new_strv (texts, -1));
  shoal_model_change_settings_async (model, g_variant_dict_end (&dict), NULL, NULL);
}

/* None of the public servers may be asked by a test. */
static void
use_own_servers (UiFixture *ui)
{
  const char *const trackers[] = { DISCARDING, NULL };
  const char *const servers[]
    = { "stun:127.0.0.1:9", "turn:anna:secret-word@127.0.0.1:9", NULL };

  change (ui->me->model, "trackers", trackers);
  change (ui->me->model, "servers", servers);
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

/* --- Invites, and links of the internet ------------------------------------------ */

static GtkWidget *
get_invite_dialog (void)
{
  return ui_get_class (NULL, "ShoalInviteDialog");
}

static void
wait_until_gone (const char *name)
{
  GType type = g_type_from_name (name);

  ui_wait_for (ui_find_type (NULL, type) == NULL);
}

/* Nothing is turned on before somebody has agreed; then no more questions. */
static void
test_invite (UiFixture *ui)
{
  GdkClipboard *clipboard = gdk_display_get_clipboard (gdk_display_get_default ());
  g_auto (GValue) value = G_VALUE_INIT;
  g_autofree char *first = NULL, *second = NULL;
  GtkWidget *dialog;

  use_own_servers (ui);
  ui_click (ui_get (ui->window, "empty_invite_button")); /* "win.invite" */
  dialog = get_invite_dialog ();
  ui_get (dialog, "consent_label");
  ui_settle (ui);
  g_assert_false (settings (ui)->internet);
  ui_click (ui_get (dialog, "invite_close_button"));
  wait_until_gone ("ShoalInviteDialog");
  g_assert_false (settings (ui)->internet);

  ui_action (ui->window, "win.invite", NULL);
  dialog = get_invite_dialog ();
  ui_click (ui_get (dialog, "make_invite_button")); /* "invite.make" */
  first = ui_dup_text (ui_get (dialog, "invite_label"));
  g_assert_true (g_str_has_prefix (first, "shoal:i/"));
  ui_wait_for (settings (ui)->internet);
  ui_get (dialog, "invite_qr");
  ui_click (ui_get (dialog, "copy_invite_button")); /* "invite.copy" */
  ui_wait_for (ui_shows (dialog, "Copied."));
  g_value_init (&value, G_TYPE_STRING);
  g_assert_true (
    gdk_content_provider_get_value (gdk_clipboard_get_content (clipboard), &value, NULL));
  g_assert_cmpstr (g_value_get_string (&value), ==, first);
  gtk_window_close (GTK_WINDOW (dialog));
  wait_until_gone ("ShoalInviteDialog");

  ui_action (ui->window, "win.invite", NULL);
  dialog = get_invite_dialog ();
  second = ui_dup_text (ui_get (dialog, "invite_label"));
  g_assert_cmpstr (first, !=, second);
  ui_click (ui_get (dialog, "take_back_button")); /* "invite.take-back" */
  ui_wait_for (ui_shows (ui->window, "does not work any more"));
}

/* Those that nobody has used yet: the preferences have them, to copy and to take back. */
static void
test_waiting_invites (UiFixture *ui)
{
  GdkClipboard *clipboard = gdk_display_get_clipboard (gdk_display_get_default ());
  g_auto (GValue) value = G_VALUE_INIT;
  g_autofree char *invite = NULL;
  GtkWidget *dialog, *window;

  use_own_servers (ui);
  ui_action (ui->window, "win.invite", NULL);
  dialog = get_invite_dialog ();
  ui_click (ui_get (dialog, "make_invite_button"));
  invite = ui_dup_text (ui_get (dialog, "invite_label"));
  gtk_window_close (GTK_WINDOW (dialog));
  wait_until_gone ("ShoalInviteDialog");

  ui_action (ui->window, "app.preferences", g_variant_new_string (SHOAL_PREFERENCES_FRIENDS));
  window = ui_get_type (NULL, SHOAL_TYPE_PREFERENCES);
  ui_click (ui_get (window, "copy_waiting_button")); /* "invites.copy" */
  ui_wait_for (ui_shows (window, "Invite copied"));
  ui_picture (ui, window, "waiting-invites");
  g_value_init (&value, G_TYPE_STRING);
  g_assert_true (
    gdk_content_provider_get_value (gdk_clipboard_get_content (clipboard), &value, NULL));
  g_assert_cmpstr (g_value_get_string (&value), ==, invite);
  ui_click (ui_get (window, "take_back_waiting_button")); /* "invites.take-back" */
  ui_wait_for (ui_find (window, "invite_row") == NULL);
  gtk_window_close (GTK_WINDOW (window));
}

/* Without a tracker there is a way to the preferences. */
static void
test_invite_without_tracker (UiFixture *ui)
{
  const char *const none[] = { NULL };
  GtkWidget *dialog;

  use_own_servers (ui);
  change (ui->me->model, "trackers", none);
  ui_wait_for (settings (ui)->trackers[0] == NULL);
  ui_action (ui->window, "win.invite", NULL);
  ui_click (ui_get (get_invite_dialog (), "invite_servers_button"));
  gtk_window_close (GTK_WINDOW (ui_get_type (NULL, SHOAL_TYPE_PREFERENCES)));
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_PREFERENCES) == NULL);
  ui_action (ui->window, "win.invite", NULL);
  dialog = get_invite_dialog ();
  ui_click (ui_get (dialog, "make_invite_button"));
  ui_wait_for (ui_shows (dialog, "Without a tracker"));
  ui_click (ui_get (dialog, "over_servers_button")); /* "invite.servers" */
  ui_get (ui_get_type (NULL, SHOAL_TYPE_PREFERENCES), "no_trackers_row");
  g_assert_null (ui_find_type (NULL, g_type_from_name ("ShoalInviteDialog")));
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* As the person would make it; @days: until it ends. */
static char *
make_invite (UiPerson *person, int days)
{
  const char *const trackers[] = { DISCARDING, NULL };
  const char *const servers[] = { "stun:127.0.0.1:9", NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalInvite) invite = NULL;
  g_autofree char *made = NULL;

  change (person->model, "trackers", trackers);
  change (person->model, "servers", servers);
  shoal_model_make_invite_async (person->model, on_done, &result);
  ui_wait_for (result != NULL);
  made = shoal_model_make_invite_finish (person->model, result, &error);
  g_assert_no_error (error);
  invite = shoal_invite_parse (made, &error);
  g_assert_no_error (error);
  invite->ends = g_get_real_time () + days * G_TIME_SPAN_DAY;
  return shoal_invite_format (invite);
}

/* What can be known without asking anybody is said at once. */
static void
expect_over (UiFixture *ui, const char *invite, const char *words)
{
  GtkWidget *dialog;

  ui_action (ui->window, "app.open", g_variant_new_string (invite));
  dialog = ui_get_class (NULL, "ShoalJoinDialog");
  ui_wait_for (ui_shows (ui_get (dialog, "join_over"), words));
  g_assert_null (ui_find (dialog, "join_again_button"));
  g_assert_null (ui_find (dialog, "join_button"));
  ui_click (ui_get (dialog, "join_close_button"));
  wait_until_gone ("ShoalJoinDialog");
  g_assert_false (settings (ui)->internet);
}

static void
test_join_wrong (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *good = make_invite (anna, 1);
  g_autofree char *old = make_invite (anna, -1);
  g_autofree char *cut = g_strndup (good, strlen (good) / 2);

  use_own_servers (ui);
  expect_over (ui, old, "Ask Anna for a new one.");
  expect_over (ui, cut, "damaged or cut off");
  ui_befriend (ui, anna);
  expect_over (ui, good, "You and Anna are friends already.");
}

static void
test_join_own (UiFixture *ui)
{
  g_autofree char *own = make_invite (ui->me, 1);

  ui_action (ui->window, "app.open", g_variant_new_string (own));
  ui_wait_for (ui_shows (ui_get_class (NULL, "ShoalJoinDialog"),
                         "You made this invite yourself."));
}

/* The other one does not answer; giving up ends it, and nobody becomes a friend. */
static void
test_join (UiFixture *ui)
{
  UiPerson *ben = ui_person (ui, "Ben");
  g_autofree char *invite = make_invite (ben, 1);
  GtkWidget *dialog;

  use_own_servers (ui);
  ui_action (ui->window, "win.open-link", NULL);
  dialog = ui_get_class (NULL, "ShoalOpenLinkDialog");
  ui_type (ui_get (dialog, "link_entry"), invite);
  ui_click (ui_get (dialog, "look_button"));
  dialog = ui_get_class (NULL, "ShoalJoinDialog");
  wait_until_gone ("ShoalOpenLinkDialog");
  ui_wait_for (ui_shows (dialog, "Become Friends with Ben?"));
  ui_wait_for (ui_shows (dialog, "(127.0.0.1), which then see this computer’s address"));
  g_assert_false (settings (ui)->internet);
  ui_click (ui_get (dialog, "join_button")); /* "join.go" */
  ui_get (dialog, "join_spinner");
  ui_wait_for (settings (ui)->internet);
  ui_key (ui, "Escape");
  wait_until_gone ("ShoalJoinDialog");
  g_assert_cmpuint (g_list_model_get_n_items (shoal_model_get_devices (ui->me->model)), ==, 0);
}

/* A link that names trackers asks before they are asked. */
static void
test_link (UiFixture *ui)
{
  g_autofree char *link
    = g_strdup_printf ("magnet:?xt=urn:btmh:1220%064d&dn=Plan&tr=ws%%3A%%2F%%2F127.0.0.1%%3A9%%2F",
                       7);
  GtkWidget *dialog;

  use_own_servers (ui);
  ui_action (ui->window, "app.open", g_variant_new_string (link));
  dialog = ui_get_class (NULL, "ShoalOpenLinkDialog");
  ui_get (dialog, "link_consent");
  g_assert_false (settings (ui)->internet);
  ui_click (ui_get (dialog, "link_here_button")); /* "link.here" */
  ui_get (dialog, "found_name");
  g_assert_false (settings (ui)->internet);
  gtk_window_close (GTK_WINDOW (dialog));
  wait_until_gone ("ShoalOpenLinkDialog");

  ui_action (ui->window, "app.open", g_variant_new_string (link));
  dialog = ui_get_class (NULL, "ShoalOpenLinkDialog");
  ui_click (ui_get (dialog, "link_internet_button")); /* "link.internet" */
  ui_wait_for (settings (ui)->internet);
  gtk_window_close (GTK_WINDOW (dialog));
}

/* A link of ours names trackers once somebody has said so. */
static void
test_share (UiFixture *ui)
{
  g_autofree char *path = ui_make_file (ui, "Plan.txt", 1000);
  const char *const paths[] = { path, NULL };
  g_autofree char *link = NULL;
  GtkWidget *dialog;

  use_own_servers (ui);
  shoal_share_dialog_show (GTK_WINDOW (ui->window), ui->me->model, paths);
  dialog = ui_get_class (NULL, "ShoalShareDialog");
  g_assert_false (gtk_switch_get_active (GTK_SWITCH (ui_get (dialog, "share_internet_switch"))));
  ui_click (ui_get (dialog, "share_internet_switch"));
  g_assert_false (settings (ui)->internet);
  ui_action (dialog, "share.go", NULL);
  link = ui_dup_text (ui_get (dialog, "done_link"));
  g_assert_true (settings (ui)->internet);
  g_assert_nonnull (strstr (link, "&tr=ws"));
  gtk_window_close (GTK_WINDOW (dialog));
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
  ui_add ("/internet/invite", test_invite);
  ui_add ("/internet/waiting-invites", test_waiting_invites);
  ui_add ("/internet/invite-without-tracker", test_invite_without_tracker);
  ui_add ("/internet/join-wrong", test_join_wrong);
  ui_add ("/internet/join-own", test_join_own);
  ui_add ("/internet/join", test_join);
  ui_add ("/internet/link", test_link);
  ui_add ("/internet/share", test_share);
  return g_test_run ();
}
