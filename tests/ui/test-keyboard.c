/* test-keyboard.c: a whole session by the keyboard alone; the focus is never lost.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-commands.h"
#include "shoal-preferences.h"
#include "shoal-receivers-dialog.h"

/* More stops than any window has. */
#define MANY 60

static GtkWidget *
get_focus (GtkWidget *window)
{
  return gtk_window_get_focus (GTK_WINDOW (window));
}

static gboolean
has_focus (GtkWidget *window, GtkWidget *widget)
{
  GtkWidget *focus = get_focus (window);

  return focus != NULL && (focus == widget || gtk_widget_is_ancestor (focus, widget));
}

static void
wait_until_active (GtkWidget *window)
{
  ui_wait_for (gtk_window_is_active (GTK_WINDOW (window)));
}

/* Tab after Tab, each of which goes somewhere that is to be seen. */
static void
tab_to (UiFixture *ui, GtkWidget *window, GtkWidget *wanted)
{
  wait_until_active (window);
  for (guint i = 0; i < MANY && !has_focus (window, wanted); i++)
    {
      GtkWidget *before = get_focus (window);

      ui_key (ui, "Tab");
      ui_wait_for (get_focus (window) != before);
      g_assert_nonnull (get_focus (window));
      g_assert_true (gtk_widget_get_mapped (get_focus (window)));
    }
  g_assert_true (has_focus (window, wanted));
}

static void
wait_until_closed (GType type)
{
  ui_wait_for (ui_find_type (NULL, type) == NULL);
}

static void
leave_first_run (UiFixture *ui)
{
  tab_to (ui, GTK_WIDGET (ui->window), ui_get (ui->window, "start_button"));
  ui_key (ui, "Return");
  ui_wait_for (shoal_model_get_state (ui->me->model) == SHOAL_MODEL_RUNNING);
}

/* The file chooser is GTK's or the desktop's own. */
static void
send (UiFixture *ui, UiPerson *anna)
{
  g_autofree char *path = ui_make_file (ui, "Holiday.zip", 100000);
  const char *const paths[] = { path, NULL };
  GtkWidget *dialog;

  wait_until_active (GTK_WIDGET (ui->window));
  ui_key (ui, "ctrl+o");
  ui_choose (paths);
  dialog = ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG);
  tab_to (ui, dialog, ui_get_class (dialog, "ShoalReceiverRow"));
  ui_key (ui, "space");
  ui_wait_for (gtk_widget_is_sensitive (ui_get (dialog, "receivers_send_button")));
  ui_key (ui, "ctrl+Return");
  wait_until_closed (SHOAL_TYPE_RECEIVERS_DIALOG);
  ui_accept_there (anna);
}

static void
accept (UiFixture *ui, UiPerson *anna)
{
  g_autofree char *got = g_build_filename (ui->me->downloads, "Plan.pdf", NULL);

  ui_offer_file (ui, anna, "Plan.pdf", 70000);
  tab_to (ui, GTK_WIDGET (ui->window), ui_get (ui->window, "accept_button"));
  ui_key (ui, "Return");
  ui_wait_for (g_file_test (got, G_FILE_TEST_EXISTS));
  /* The card goes, and with it what had the focus. */
  ui_wait_for (ui_find (ui->window, "accept_button") == NULL);
}

static void
look_at_details (UiFixture *ui)
{
  GtkWidget *row;

  ui_key (ui, "ctrl+2");
  ui_wait_for (g_str_equal (shoal_main_window_get_page (ui->window), SHOAL_PAGE_TRANSFERS));
  row = ui_above (ui_get_label (ui->window, "Plan.pdf"), GTK_TYPE_LIST_BOX_ROW);
  g_assert_nonnull (row);
  tab_to (ui, GTK_WIDGET (ui->window), row);
  gtk_widget_grab_focus (row);
  ui_key (ui, "Return");
  ui_get_class (ui->window, "ShoalTransferDetails");
  ui_settle (ui);
  g_assert_true (has_focus (GTK_WIDGET (ui->window),
                            ui_get_class (ui->window, "ShoalTransferDetails")));
  ui_key (ui, "alt+Left");
  ui_wait_for (ui_find_type (ui->window, g_type_from_name ("ShoalTransferDetails")) == NULL);
  ui_wait_for (has_focus (GTK_WIDGET (ui->window), row));
}

static void
look_at_preferences (UiFixture *ui)
{
  GtkWidget *window, *before = get_focus (GTK_WIDGET (ui->window));

  ui_key (ui, "ctrl+comma");
  window = ui_get_type (NULL, SHOAL_TYPE_PREFERENCES);
  tab_to (ui, window, ui_get (window, "name_row"));
  ui_key (ui, "Escape");
  wait_until_closed (SHOAL_TYPE_PREFERENCES);
  wait_until_active (GTK_WIDGET (ui->window));
  g_assert_true (get_focus (GTK_WIDGET (ui->window)) == before);
}

static void
on_quit (gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) xdotool
    = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "xdotool", "key", "ctrl+q", NULL);

  g_assert_no_error (error);
}

static void
test_session (UiFixture *ui)
{
  UiPerson *anna;

  leave_first_run (ui);
  shoal_model_set_acceptance (ui->me->model, SHOAL_ACCEPT_ASK, ui->me->downloads, TRUE);
  anna = ui_meet (ui, "Anna");
  send (ui, anna);
  accept (ui, anna);
  look_at_details (ui);
  look_at_preferences (ui);
  ui_run (ui, on_quit);
  g_assert_cmpint (shoal_model_get_state (ui->me->model), ==, SHOAL_MODEL_STOPPED);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add_first_run ("/keyboard/session", test_session);
  return g_test_run ();
}
