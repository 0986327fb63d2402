/* test-trouble.c: the first run, visibility, typed addresses, the page for trouble.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-check-row.h"
#include "shoal-commands.h"
#include "shoal-connect-dialog.h"
#include "shoal-first-run.h"
#include "shoal-trouble-page.h"

static ShoalSettings *
get_settings (UiFixture *ui)
{
  return shoal_model_get_settings (ui->me->model);
}

/* --- First run --------------------------------------------------------------- */

static void
test_first_run (UiFixture *ui)
{
  GtkWidget *page = ui_get_type (ui->window, SHOAL_TYPE_FIRST_RUN);
  g_autofree char *folder = g_build_filename (ui->folder, "Arrivals", NULL);
  const char *const folders[] = { folder, NULL };
  g_autofree char *name = ui_dup_text (ui_get (page, "name_row"));

  /* Nobody knows of us yet. */
  g_assert_cmpint (shoal_model_get_state (ui->me->model), ==, SHOAL_MODEL_WELCOME);
  g_assert_null (shoal_model_get_listening (ui->me->model)[0]);
  g_assert_cmpstr (name, !=, "");
  g_assert_cmpstr (name, !=, g_get_real_name ());
  ui_settle (ui);
  ui_picture (ui, NULL, "first-run");

  ui_type (ui_get (page, "name_row"), "  ");
  g_assert_false (gtk_widget_is_sensitive (ui_get (page, "start_button")));
  ui_type (ui_get (page, "name_row"), "My Laptop");
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  ui_click (ui_get (page, "folder_button"));
  ui_choose (folders);
  ui_wait_for (ui_shows (page, "Arrivals"));
  adw_combo_row_set_selected (ADW_COMBO_ROW (ui_get (page, "seen_by_row")), 2);
  ui_click (ui_get (page, "start_button"));
  ui_wait_for (shoal_model_get_state (ui->me->model) == SHOAL_MODEL_RUNNING);
  g_assert_true (get_settings (ui)->first_run_done);
  g_assert_cmpstr (get_settings (ui)->name, ==, "My Laptop");
  g_assert_cmpstr (get_settings (ui)->directory, ==, folder);
  g_assert_cmpint (get_settings (ui)->seen_by, ==, SHOAL_SEEN_BY_FRIENDS);
  ui_get (ui->window, "visibility_button");

  /* Once. */
  ui_restart (ui);
  g_assert_cmpint (shoal_model_get_state (ui->me->model), ==, SHOAL_MODEL_RUNNING);
}

static void
test_first_run_escape (UiFixture *ui)
{
  GtkWidget *page = ui_get_type (ui->window, SHOAL_TYPE_FIRST_RUN);
  g_autofree char *name = ui_dup_text (ui_get (page, "name_row"));

  ui_type (ui_get (page, "name_row"), "Typed and thought better of");
  ui_key (ui, "Escape");
  ui_wait_for (shoal_model_get_state (ui->me->model) == SHOAL_MODEL_RUNNING);
  g_assert_cmpstr (get_settings (ui)->name, ==, name);
  g_assert_cmpint (get_settings (ui)->seen_by, ==, SHOAL_SEEN_WHILE_OPEN);
}

static void
test_first_run_wrong (UiFixture *ui)
{
  GtkWidget *page = ui_get_type (ui->window, SHOAL_TYPE_FIRST_RUN);
  g_autofree char *long_name = g_strnfill (1000, 'x');

  ui_action (page, "first-run.choose-folder", NULL);
  ui_choose (NULL);
  ui_type (ui_get (page, "name_row"), long_name);
  ui_action (page, "first-run.start", NULL);
  ui_wait_for (ui_find (page, "trouble_label") != NULL);
  g_assert_cmpint (shoal_model_get_state (ui->me->model), ==, SHOAL_MODEL_WELCOME);
  ui_settle (ui);
  ui_picture (ui, NULL, "first-run-wrong");
  ui_action (page, "first-run.defaults", NULL);
  ui_wait_for (shoal_model_get_state (ui->me->model) == SHOAL_MODEL_RUNNING);
}

/* --- Visibility -------------------------------------------------------------- */

static void
test_visibility (UiFixture *ui)
{
  static const struct
  {
    const char *nick;
    const char *words;
  } CASES[] = {
    { "nobody", "“Me” is hidden from everyone" },
    { "friends", "Visible as “Me” to friends" },
    { "everyone", "Visible as “Me” to everyone" },
    { "friends", "Visible as “Me” to friends" },
    { "while-open", "Visible as “Me” to everyone" },
  };
  GtkWidget *button = ui_get (ui->window, "visibility_button");

  for (gsize i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      ui_action (button, "people.seen-by", g_variant_new_string (CASES[i].nick));
      ui_get_label (button, CASES[i].words);
    }
}

/* --- Addresses --------------------------------------------------------------- */

static GtkWidget *
open_connect (UiFixture *ui)
{
  ui_action (ui_get (ui->window, "visibility_button"), "people.connect", NULL);
  return ui_get_type (NULL, SHOAL_TYPE_CONNECT_DIALOG);
}

static void
test_connect (UiFixture *ui)
{
  UiPerson *anna = ui_person (ui, "Anna");
  g_autofree char *address = g_strdup_printf (" 127.0.0.1:%d ", anna->port);
  GtkWidget *dialog = open_connect (ui);

  g_assert_false (gtk_widget_is_sensitive (ui_get (dialog, "connect_button")));
  ui_type (ui_get (dialog, "address_row"), "127.0.0.1:99999");
  ui_click (ui_get (dialog, "connect_button"));
  ui_wait_for (ui_shows (dialog, "is not an address"));
  ui_type (ui_get (dialog, "address_row"), "two words");
  ui_click (ui_get (dialog, "connect_button"));
  ui_wait_for (ui_find (dialog, "trouble_label") != NULL);
  ui_settle (ui);
  ui_picture (ui, dialog, "connect-wrong");

  ui_type (ui_get (dialog, "address_row"), address);
  g_assert_null (ui_find (dialog, "trouble_label"));
  ui_action (dialog, "connect.go", NULL);
  ui_get_label (ui->window, "Anna");
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_CONNECT_DIALOG) == NULL);
  ui_wait_for (ui_shows (ui->window, "Connected to Anna"));
}

static void
test_connect_nobody (UiFixture *ui)
{
  UiPerson *anna = ui_person (ui, "Anna");
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%d", anna->port);
  GtkWidget *dialog = open_connect (ui);

  ui_go (ui, anna);
  ui_type (ui_get (dialog, "address_row"), address);
  ui_click (ui_get (dialog, "connect_button"));
  ui_wait_for (ui_find (dialog, "trouble_label") != NULL);
  g_assert_null (ui_find (dialog, "forget_button"));
  ui_settle (ui);
  ui_picture (ui, dialog, "connect-nobody");
  ui_click (ui_get (dialog, "connect_cancel_button"));
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_CONNECT_DIALOG) == NULL);
}

/* Another device answers where Anna was: refused, until one says so. */
static void
test_connect_other_key (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  UiPerson *bert;
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%d", anna->port);
  GtkWidget *dialog;

  ui_befriend (ui, anna);
  ui_go (ui, anna);
  bert = ui_person (ui, "Bert");
  ui_go (ui, bert);
  bert->port = anna->port;
  ui_come (ui, bert);
  dialog = open_connect (ui);
  ui_type (ui_get (dialog, "address_row"), address);
  ui_click (ui_get (dialog, "connect_button"));
  ui_get (dialog, "forget_button");
  ui_settle (ui);
  ui_picture (ui, dialog, "connect-other-key");
  g_assert_null (ui_find_label (ui->window, "Bert"));
  ui_action (dialog, "connect.forget", NULL);
  ui_get_label (ui->window, "Bert");
}

/* --- Checks ------------------------------------------------------------------ */

static void
test_checks (UiFixture *ui)
{
  GtkWidget *page;

  ui_meet (ui, "Anna");
  ui_click (ui_get (ui->window, "trouble_button"));
  page = ui_get_type (ui->window, SHOAL_TYPE_TROUBLE_PAGE);
  ui_get_type (page, SHOAL_TYPE_CHECK_ROW);
  ui_wait_for (gtk_widget_is_sensitive (ui_get (page, "again_button")));
  ui_settle (ui);
  ui_picture (ui, NULL, "trouble");
  ui_click (ui_get (page, "again_button"));
  ui_wait_for (gtk_widget_is_sensitive (ui_get (page, "again_button")));
  ui_action (page, "trouble.again", NULL);
  ui_click (ui_get (page, "trouble_connect_button"));
  gtk_window_close (GTK_WINDOW (ui_get_type (NULL, SHOAL_TYPE_CONNECT_DIALOG)));
  ui_action (page, "trouble.connect", NULL);
  gtk_window_close (GTK_WINDOW (ui_get_type (NULL, SHOAL_TYPE_CONNECT_DIALOG)));
}

/* Each remedy does what it says. */
static void
test_remedies (UiFixture *ui)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (ui->window));
  g_auto (GValue) value = G_VALUE_INIT;
  GtkWidget *page;

  ui_action (ui_get (ui->window, "visibility_button"), "people.seen-by",
             g_variant_new_string ("nobody"));
  ui_wait_for (get_settings (ui)->seen_by == SHOAL_SEEN_BY_NOBODY);
  ui_action (ui->window, "win.trouble", NULL);
  page = ui_get_type (ui->window, SHOAL_TYPE_TROUBLE_PAGE);
  ui_click (ui_get_label (page, "Be Visible"));
  ui_wait_for (get_settings (ui)->seen_by == SHOAL_SEEN_WHILE_OPEN);
  ui_wait_for (ui_find_label (page, "Be Visible") == NULL);

  ui_action (page, "trouble.copy", g_variant_new_string ("firewall-cmd --add-service=shoal"));
  g_value_init (&value, G_TYPE_STRING);
  g_assert_true (
    gdk_content_provider_get_value (gdk_clipboard_get_content (clipboard), &value, NULL));
  g_assert_cmpstr (g_value_get_string (&value), ==, "firewall-cmd --add-service=shoal");

  ui_action (page, "trouble.remedy", g_variant_new_string ("connect-by-address"));
  gtk_window_close (GTK_WINDOW (ui_get_type (NULL, SHOAL_TYPE_CONNECT_DIALOG)));
  ui_action (page, "trouble.remedy", g_variant_new_string ("open-network-settings"));
  ui_wait_for (ui_shows (ui->window, "Open the network settings of your system"));
}

/* The page opens at its beginning, and stays there while it grows. */
static void
test_top (UiFixture *ui)
{
  GtkWidget *page, *scrolled;
  GtkAdjustment *adjustment;

  ui_action (ui->window, "win.trouble", NULL);
  page = ui_get_type (ui->window, SHOAL_TYPE_TROUBLE_PAGE);
  scrolled = ui_get_type (page, GTK_TYPE_SCROLLED_WINDOW);
  adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));
  ui_wait_for (!ui_shows (page, "Checking each step"));
  ui_settle (ui);
  g_assert_cmpfloat (gtk_adjustment_get_upper (adjustment), >,
                     gtk_adjustment_get_page_size (adjustment));
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), <, 1);
  /* The button is still there when it is pressed by the keyboard. */
  gtk_widget_grab_focus (ui_get (page, "again_button"));
  ui_click (ui_get (page, "again_button"));
  ui_wait_for (ui_shows (page, "Checking each step"));
  g_assert_true (gtk_widget_is_focus (ui_get (page, "again_button")));
}

/* As the engine makes them. */
static ShoalCheck *
check_new (ShoalCheckState state)
{
  ShoalCheck *check = g_atomic_rc_box_new0 (ShoalCheck);

  check->id = g_strdup ("firewall");
  check->title = g_strdup ("Nothing keeps others out");
  check->state = state;
  return check;
}

/* A step that fails says why and what to do, with a button and a text to copy. */
static void
test_failed_check (UiFixture *ui)
{
  GtkWidget *window = gtk_window_new ();
  ShoalCheck *check = check_new (SHOAL_CHECK_RUNNING);
  g_autoptr (ShoalCheckItem) item = shoal_check_item_new (check);
  GtkWidget *row = shoal_check_row_new (item);
  GtkWidget *list = gtk_list_box_new ();

  gtk_list_box_append (GTK_LIST_BOX (list), row);
  gtk_window_set_child (GTK_WINDOW (window), list);
  gtk_window_present (GTK_WINDOW (window));
  ui_get (row, "title_label");
  g_assert_null (ui_find (row, "remedy_button"));
  g_assert_null (ui_find (row, "copy_button"));
  shoal_check_unref (check);

  check = check_new (SHOAL_CHECK_FAILED);
  check->cause = g_strdup ("A firewall is on");
  check->remedy = g_strdup ("Let Shoal through");
  check->remedy_id = g_strdup ("change-port");
  check->detail = g_strdup ("ufw allow shoal");
  shoal_check_item_set (item, check);
  shoal_check_unref (check);
  ui_get (row, "remedy_button");
  ui_get (row, "copy_button");
  g_assert_true (ui_shows (row, "Let Shoal through"));
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Nothing keeps others out · not working · A firewall is on");
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add_first_run ("/first-run/start", test_first_run);
  ui_add_first_run ("/first-run/escape", test_first_run_escape);
  ui_add_first_run ("/first-run/wrong", test_first_run_wrong);
  ui_add ("/visibility", test_visibility);
  ui_add ("/connect/address", test_connect);
  ui_add ("/connect/nobody", test_connect_nobody);
  ui_add ("/connect/other-key", test_connect_other_key);
  ui_add ("/trouble/checks", test_checks);
  ui_add ("/trouble/remedies", test_remedies);
  ui_add ("/trouble/failed", test_failed_check);
  ui_add ("/trouble/top", test_top);
  return g_test_run ();
}
