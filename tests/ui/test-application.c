/* test-application.c: what the desktop calls, closing and quitting, help, trouble at
 * the start, starting at login.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-application.h"
#include "shoal-background.h"
#include "shoal-commands.h"
#include "shoal-commands-settings.h"
#include "shoal-help-window.h"
#include "shoal-open-link-dialog.h"
#include "shoal-receivers-dialog.h"
#include "shoal-trouble-page.h"

#define LINK                                                                                    \
  "shoal:?xt=urn:btmh:1220aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* As GVfs makes it. */
#define TIDIED_LINK                                                                             \
  "shoal:///?xt=urn:btmh:1220aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"    \
  "&dn=Holiday"

static void
change (UiPerson *person, const char *key, GVariant *value)
{
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert_value (&changes, key, value);
  shoal_model_change_settings_async (person->model, g_variant_dict_end (&changes), NULL, NULL);
}

static gboolean
is_visible (UiFixture *ui)
{
  return gtk_widget_get_visible (GTK_WIDGET (ui->window));
}

/* --- What is handed to the application -------------------------------------- */

static void
test_send (UiFixture *ui)
{
  g_autofree char *path = ui_make_file (ui, "a photo.jpg", 1000);
  const char *const paths[] = { path, NULL };
  GtkWidget *dialog;

  ui_meet (ui, "Anna");
  ui_action (ui->window, "app.send", g_variant_new_strv (paths, -1));
  dialog = ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG);
  ui_wait_for (ui_shows (dialog, "a photo.jpg"));
  ui_click (ui_get (dialog, "receivers_cancel_button"));

  /* Nothing to send asks for nothing. */
  ui_action (ui->window, "app.send", g_variant_new_strv (NULL, 0));
  ui_settle (ui);
  g_assert_null (ui_find_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG));
}

static void
test_open (UiFixture *ui)
{
  GtkWidget *dialog;

  ui_action (ui->window, "app.open", g_variant_new_string (LINK));
  dialog = ui_get_type (NULL, SHOAL_TYPE_OPEN_LINK_DIALOG);
  gtk_window_destroy (GTK_WINDOW (dialog));
  ui_action (ui->window, "app.open", g_variant_new_string (TIDIED_LINK));
  dialog = ui_get_type (NULL, SHOAL_TYPE_OPEN_LINK_DIALOG);
  ui_wait_for (ui_shows (dialog, "Holiday"));
  gtk_window_destroy (GTK_WINDOW (dialog));

  gtk_widget_set_visible (GTK_WIDGET (ui->window), FALSE);
  g_action_group_activate_action (G_ACTION_GROUP (ui->application), "show", NULL); /* "app.show" */
  ui_wait_for (is_visible (ui));
}

/* What comes before the first run is left is done after it. */
static void
test_before_first_run (UiFixture *ui)
{
  g_autofree char *path = ui_make_file (ui, "early.bin", 10);
  const char *const paths[] = { path, NULL };

  g_assert_cmpint (shoal_model_get_state (ui->me->model), ==, SHOAL_MODEL_WELCOME);
  ui_action (ui->window, "app.send", g_variant_new_strv (paths, -1));
  ui_settle (ui);
  g_assert_null (ui_find_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG));
  shoal_model_begin (ui->me->model);
  ui_wait_for (ui_shows (ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG), "early.bin"));
  gtk_window_destroy (GTK_WINDOW (ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG)));
}

/* Whoever asks for files and then for none is left in peace. */
static void
test_choosers (UiFixture *ui)
{
  static const char *const ACTIONS[]
    = { "win.send-files", "win.send-folder", "win.share-files", "win.share-folder" };

  for (guint i = 0; i < G_N_ELEMENTS (ACTIONS); i++)
    {
      ui_action (ui->window, ACTIONS[i], NULL);
      ui_choose (NULL);
      ui_settle (ui);
      g_assert_null (ui_find_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG));
    }
}

/* --- Closing and quitting ------------------------------------------------------ */

static void
test_close (UiFixture *ui)
{
  gtk_window_close (GTK_WINDOW (ui->window));
  ui_wait_for (ui_shows (NULL, "Keep Receiving?"));
  ui_picture (ui, NULL, "close");
  ui_answer ("cancel");
  ui_settle (ui);
  g_assert_true (is_visible (ui));

  gtk_window_close (GTK_WINDOW (ui->window));
  ui_answer ("keep");
  ui_wait_for (!is_visible (ui));
  ui_wait_for (shoal_model_get_settings (ui->me->model)->on_close == SHOAL_ON_CLOSE_KEEP);
  ui_wait_for (!shoal_model_get_settings (ui->me->model)->is_attended);
  g_assert_cmpint (shoal_model_get_state (ui->me->model), ==, SHOAL_MODEL_RUNNING);

  /* The second time it is known. */
  g_action_group_activate_action (G_ACTION_GROUP (ui->application), "show", NULL);
  ui_wait_for (is_visible (ui));
  ui_wait_for (shoal_model_get_settings (ui->me->model)->is_attended);
  gtk_window_close (GTK_WINDOW (ui->window));
  ui_wait_for (!is_visible (ui));
  g_action_group_activate_action (G_ACTION_GROUP (ui->application), "show", NULL);
}

/* While bytes move closing hides, and quitting asks. */
static void
test_moving (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  ShoalOfferItem *offer;

  change (anna, "upload-limit", g_variant_new_uint64 (100000));
  ui_wait_for (shoal_model_get_settings (anna->model)->upload_limit == 100000);
  offer = ui_offer_file (ui, anna, "large.bin", 30 << 20);
  shoal_model_accept (ui->me->model, shoal_offer_item_get_id (offer), NULL, NULL);
  ui_wait_for (shoal_model_is_moving (ui->me->model));
  g_assert_cmpuint (shoal_model_get_n_active (ui->me->model), ==, 1);

  gtk_window_close (GTK_WINDOW (ui->window));
  ui_wait_for (!is_visible (ui));
  g_action_group_activate_action (G_ACTION_GROUP (ui->application), "show", NULL);
  ui_wait_for (is_visible (ui));

  ui_action (ui->window, "app.quit", NULL);
  ui_wait_for (ui_shows (NULL, "Stop What Is Being Transferred?"));
  ui_answer ("cancel");
  ui_settle (ui);
  g_assert_true (shoal_model_is_moving (ui->me->model));
  g_assert_cmpint (shoal_model_get_state (ui->me->model), ==, SHOAL_MODEL_RUNNING);
}

/* --- Menus, help, about ---------------------------------------------------------- */

static void
test_menus (UiFixture *ui)
{
  static const char *const BUTTONS[] = { "add_menu_button", "primary_menu_button" };

  for (guint i = 0; i < G_N_ELEMENTS (BUTTONS); i++)
    {
      GtkMenuButton *button = GTK_MENU_BUTTON (ui_get (ui->window, BUTTONS[i]));

      gtk_menu_button_popup (button);
      ui_wait_for (gtk_widget_get_mapped (GTK_WIDGET (gtk_menu_button_get_popover (button))));
      ui_settle (ui);
      ui_picture (ui, NULL, BUTTONS[i]);
      gtk_menu_button_popdown (button);
    }
}

static GtkWidget *
find_help (void)
{
  return ui_find_type (NULL, SHOAL_TYPE_HELP_WINDOW);
}

/* The contents, a page, a link to a section of another, and all the way back. */
static void
test_help (UiFixture *ui)
{
  GtkWidget *help;

  ui_key (ui, "F1");
  ui_wait_for (find_help () != NULL && ui_shows (find_help (), "Six digits"));
  help = find_help ();
  ui_settle (ui);
  ui_picture (ui, help, "help");
  ui_action (help, "help.page", g_variant_new_string ("receive"));
  ui_wait_for (ui_shows (help, "Who is it?"));
  ui_settle (ui);
  ui_picture (ui, help, "help-receive");
  ui_action (help, "help.page", g_variant_new_string ("troubleshooting#firewall"));
  ui_wait_for (ui_shows (help, "Troubleshooting"));
  ui_settle (ui);
  ui_picture (ui, help, "help-section");
  ui_action (help, "help.page", g_variant_new_string ("no-such-page"));
  ui_wait_for (ui_shows (help, "Troubleshooting"));
  ui_action (help, "help.back", NULL);
  ui_wait_for (ui_shows (help, "Who is it?"));
  ui_action (help, "help.back", NULL);
  ui_wait_for (ui_shows (help, "Six digits"));
  ui_action (help, "help.back", NULL);
  ui_wait_for (find_help () == NULL);
}

/* From where help is wanted; what is asked for again is shown in the same window. */
static void
test_help_page (UiFixture *ui)
{
  GtkWidget *help;

  ui_action (ui->window, "win.trouble", NULL);
  ui_click (ui_get (ui->window, "trouble_guide_button"));
  ui_wait_for (find_help () != NULL && ui_shows (find_help (), "Troubleshooting"));
  help = find_help ();
  ui_action (ui->window, "win.help-page", g_variant_new_string ("privacy"));
  ui_wait_for (ui_shows (help, "Privacy"));
  g_assert_true (find_help () == help);
  ui_action (ui->window, "win.help", NULL);
  ui_wait_for (ui_shows (help, "Six digits"));
}

/* The build has made something of each page that can be shown. */
static void
test_help_pages (UiFixture *ui)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names
    = g_resources_enumerate_children (SHOAL_RESOURCES "guide", G_RESOURCE_LOOKUP_FLAGS_NONE,
                                      &error);
  guint n = 0;

  g_assert_no_error (error);
  ui_action (ui->window, "win.help", NULL);
  ui_wait_for (find_help () != NULL);
  for (guint i = 0; names[i] != NULL; i++)
    {
      if (!g_str_has_suffix (names[i], ".ui"))
        continue;
      names[i][strlen (names[i]) - strlen (".ui")] = '\0';
      ui_action (find_help (), "help.page", g_variant_new_string (names[i]));
      ui_settle (ui);
      ui_picture (ui, find_help (), names[i]);
      g_assert_false (ui_shows (find_help (), "Six digits"));
      ui_action (find_help (), "help.back", NULL);
      ui_wait_for (ui_shows (find_help (), "Six digits"));
      n++;
    }
  g_assert_cmpuint (n, >=, 12);
}

static void
click_help (const char *id, const char *action)
{
  GtkWidget *button = ui_get (find_help (), id);

  g_assert_cmpstr (gtk_actionable_get_action_name (GTK_ACTIONABLE (button)), ==, action);
  ui_click (button);
}

/* What the contents offer to do is done in the main window. */
static void
test_help_buttons (UiFixture *ui)
{
  ui_action (ui->window, "win.help", NULL);
  ui_wait_for (find_help () != NULL);
  click_help ("help_trouble_button", "help.trouble");
  ui_wait_for (ui_find_type (ui->window, SHOAL_TYPE_TROUBLE_PAGE) != NULL && find_help () == NULL);
  ui_action (ui->window, "win.help", NULL);
  ui_wait_for (find_help () != NULL);
  click_help ("help_shortcuts_button", "help.shortcuts");
  ui_get_type (NULL, GTK_TYPE_SHORTCUTS_WINDOW);
}

static void
test_about (UiFixture *ui)
{
  GtkWidget *about;
  g_autofree char *info = NULL;

  ui_action (ui->window, "app.about", NULL);
  about = ui_get_type (NULL, ADW_TYPE_ABOUT_WINDOW);
  g_object_get (about, "debug-info", &info, NULL);
  g_test_message ("%s", info);
  g_assert_nonnull (strstr (info, "\nListening: 127.0.0.1:"));
  g_assert_nonnull (strstr (info, "\nState: SHOAL_MODEL_RUNNING\n"));
  /* Nothing that names the person. */
  g_assert_null (strstr (info, "Me\n"));
  g_assert_null (strstr (info, shoal_model_get_id (ui->me->model)));
  gtk_window_destroy (GTK_WINDOW (about));
}

/* --- Trouble at the start -------------------------------------------------------- */

static void
test_in_use (UiFixture *ui)
{
  ShoalEngineOptions options = { .state_dir = ui->me->folder, .listen_port = -1,
                                 .no_discovery = TRUE, .visibility = -1 };
  ShoalModel *model = shoal_model_new (&options);
  ShoalMainWindow *window = shoal_main_window_new (ui->application, model);
  const GError *error;

  gtk_window_present (GTK_WINDOW (window));
  ui_wait_for (shoal_model_get_state (model) == SHOAL_MODEL_FAILED);
  ui_wait_for (ui_shows (window, "Shoal Cannot Start"));
  g_assert_true (ui_shows (window, ui->me->folder));
  ui_picture (ui, GTK_WIDGET (window), "in-use");
  error = shoal_model_get_error (model);
  g_assert_nonnull (strstr (error->message, ui->me->folder));

  ui_click (ui_get (window, "retry_button"));
  ui_wait_for (shoal_model_get_state (model) == SHOAL_MODEL_STARTING);
  ui_wait_for (shoal_model_get_state (model) == SHOAL_MODEL_FAILED);
  gtk_menu_button_popup (GTK_MENU_BUTTON (ui_get (window, "trouble_menu_button")));
  ui_settle (ui);
  gtk_window_destroy (GTK_WINDOW (window));
  shoal_model_stop (model);
  g_assert_cmpint (shoal_model_get_state (model), ==, SHOAL_MODEL_STOPPED);
  g_object_unref (model);
}

/* --- At login -------------------------------------------------------------------- */

/* What the entry at @path starts; NULL: not written yet. */
static char *
read_exec (const char *path)
{
  g_autoptr (GKeyFile) entry = g_key_file_new ();

  g_key_file_load_from_file (entry, path, G_KEY_FILE_NONE, NULL);
  return g_key_file_get_string (entry, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_EXEC,
                                NULL);
}

static void
test_at_login (UiFixture *ui)
{
  const char *id = g_application_get_application_id (G_APPLICATION (ui->application));
  g_autofree char *name = g_strconcat (id, ".desktop", NULL);
  g_autofree char *path
    = g_build_filename (g_get_user_config_dir (), "autostart", name, NULL);
  g_autofree char *exec = NULL;

  change (ui->me, "first-run-done", g_variant_new_boolean (TRUE));
  change (ui->me, "start-at-login", g_variant_new_boolean (TRUE));
  ui_wait_for ((exec = read_exec (path)) != NULL);
  g_assert_true (g_str_has_suffix (exec, " --background"));

  change (ui->me, "start-at-login", g_variant_new_boolean (FALSE));
  ui_wait_for (!g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_entry (UiFixture *ui)
{
  g_autofree char *text = shoal_background_describe_entry ("a.b.c", "/opt/50% \"off\" $x/shoal");
  g_autoptr (GKeyFile) entry = g_key_file_new ();
  g_autofree char *exec = NULL;
  g_auto (GStrv) words = NULL;

  g_assert_true (g_key_file_load_from_data (entry, text, strlen (text), 0, NULL));
  exec = g_key_file_get_string (entry, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_EXEC, NULL);
  g_assert_true (g_shell_parse_argv (exec, NULL, &words, NULL));
  /* A shell reads it as the specification does, but for the percent sign. */
  g_assert_cmpstr (words[0], ==, "/opt/50%% \"off\" $x/shoal");
  g_assert_cmpstr (words[1], ==, "--background");
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/application/send", test_send);
  ui_add ("/application/open", test_open);
  ui_add_first_run ("/application/before-first-run", test_before_first_run);
  ui_add ("/application/choosers", test_choosers);
  ui_add ("/application/close", test_close);
  ui_add ("/application/moving", test_moving);
  ui_add ("/application/menus", test_menus);
  ui_add ("/application/help", test_help);
  ui_add ("/application/help/buttons", test_help_buttons);
  ui_add ("/application/help/page", test_help_page);
  ui_add ("/application/help/pages", test_help_pages);
  ui_add ("/application/about", test_about);
  ui_add ("/application/in-use", test_in_use);
  ui_add ("/application/at-login", test_at_login);
  ui_add ("/application/entry", test_entry);
  return g_test_run ();
}
