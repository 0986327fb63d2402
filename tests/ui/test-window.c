/* test-window.c: the main window, its pages and menus, and what the desktop calls.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-receivers-dialog.h"

static void
test_meet (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  ui_wait_for (ui_shows (ui->window, "Anna"));
  ui_settle (ui);
  ui_picture (ui, NULL, "window-meet");
  g_assert_cmpstr (shoal_device_item_get_name (ui_item (ui, anna)), ==, "Anna");
  g_assert_cmpstr (shoal_device_item_get_name (ui_me_item (ui, anna)), ==, "Me");
}

static void
test_pages (UiFixture *ui)
{
  static const char *const PAGES[]
    = { SHOAL_PAGE_PEOPLE, SHOAL_PAGE_TRANSFERS, SHOAL_PAGE_SHARED };

  for (guint i = 0; i < G_N_ELEMENTS (PAGES); i++)
    {
      g_autofree char *key = g_strdup_printf ("ctrl+%u", i + 1);

      ui_action (ui->window, "win.show-page", g_variant_new_string (PAGES[i]));
      g_assert_cmpstr (shoal_main_window_get_page (ui->window), ==, PAGES[i]);
      ui_action (ui->window, "win.show-page", g_variant_new_string (PAGES[(i + 1) % 3]));
      ui_key (ui, key);
      ui_wait_for (g_str_equal (shoal_main_window_get_page (ui->window), PAGES[i]));
    }
}

/* Ways back from a page over the others; @key: NULL for the action. */
static void
go_back (UiFixture *ui, const char *key)
{
  ui_get (ui->window, "empty_page");
  ui_action (ui->window, "win.trouble", NULL);
  ui_wait_for (ui_find (ui->window, "empty_page") == NULL);
  ui_settle (ui);
  if (key != NULL)
    ui_key (ui, key);
  else
    ui_action (ui->window, "win.back", NULL);
  ui_get (ui->window, "empty_page");
}

static void
test_back_action (UiFixture *ui)
{
  go_back (ui, NULL);
}

static void
test_back_escape (UiFixture *ui)
{
  go_back (ui, "Escape");
}

static void
test_back_key (UiFixture *ui)
{
  go_back (ui, "alt+Left");
}

static void
on_page_gone (gpointer user_data, GObject *page)
{
  ++*(guint *) user_data;
}

/* Pages over each other are left one by one, and nothing is left of them. */
static void
test_back_twice (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  guint gone = 0;

  ui_action (ui->window, "win.trouble", NULL);
  g_object_weak_ref (G_OBJECT (ui_get_class (ui->window, "ShoalTroublePage")), on_page_gone,
                     &gone);
  ui_action (ui->window, "win.show-person",
             g_variant_new_string (shoal_model_get_id (anna->model)));
  g_object_weak_ref (G_OBJECT (ui_get_class (ui->window, "ShoalPersonPage")), on_page_gone,
                     &gone);
  ui_wait_for (ui_find (ui->window, "checks_list") == NULL);
  ui_key (ui, "Escape");
  ui_get (ui->window, "checks_list");
  ui_wait_for (gone == 1);
  ui_key (ui, "Escape");
  ui_get (ui->window, "nearby_list");
  ui_wait_for (gone == 2);
}

/* Also while the last page is still on its way out. */
static void
test_back_again (UiFixture *ui)
{
  go_back (ui, "Escape");
  go_back (ui, "Escape");
  go_back (ui, "alt+Left");
  go_back (ui, "Escape");
}

static void
test_menus (UiFixture *ui)
{
  ui_click (ui_get (ui->window, "add_menu_button"));
  ui_get_label (ui->window, "Send Files…");
  ui_get_label (ui->window, "Open Link…");
  gtk_menu_button_popdown (GTK_MENU_BUTTON (ui_get (ui->window, "add_menu_button")));
  ui_wait_for (ui_find_label (ui->window, "Send Files…") == NULL);
  ui_click (ui_get (ui->window, "primary_menu_button"));
  ui_get_label (ui->window, "Keyboard Shortcuts");
  gtk_menu_button_popdown (GTK_MENU_BUTTON (ui_get (ui->window, "primary_menu_button")));
  ui_wait_for (ui_find_label (ui->window, "Keyboard Shortcuts") == NULL);
}

/* Menu, keys and D-Bus ask for files before they ask for people. */
static void
test_choosers (UiFixture *ui)
{
  static const char *const ACTIONS[]
    = { "win.send-files", "win.send-folder", "win.share-files", "win.share-folder" };

  for (guint i = 0; i < G_N_ELEMENTS (ACTIONS); i++)
    {
      ui_action (ui->window, ACTIONS[i], NULL);
      ui_choose (NULL);
      ui_wait_for (ui_find_type (NULL, GTK_TYPE_FILE_CHOOSER_DIALOG) == NULL);
    }
}

/* State is kept, and people who were met find us again. */
static void
test_restart (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  ShoalDeviceItem *item;

  ui_befriend (ui, anna);
  ui_restart (ui);
  ui_wait_for ((item = ui_item (ui, anna)) != NULL
               && shoal_device_item_get_info (item)->is_friend);
  g_assert_cmpstr (shoal_model_get_name (ui->me->model), ==, "Me");
}

/* Themes drop icons; one that is missing shows as a broken picture. */
static void
test_icons (UiFixture *ui)
{
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gdk_display_get_default ());
  g_autoptr (GRegex) regex = g_regex_new ("icon-name\">([^<]+)<", 0, 0, NULL);
  g_auto (GStrv) files
    = g_resources_enumerate_children ("/io/github/shoal/Shoal", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  g_assert_nonnull (files);
  for (guint i = 0; files[i] != NULL; i++)
    {
      g_autofree char *path = g_strconcat ("/io/github/shoal/Shoal/", files[i], NULL);
      g_autoptr (GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
      g_autoptr (GMatchInfo) match = NULL;

      if (bytes == NULL || !g_str_has_suffix (path, ".ui"))
        continue;
      g_regex_match_full (regex, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes),
                          0, 0, &match, NULL);
      for (; g_match_info_matches (match); g_match_info_next (match, NULL))
        {
          g_autofree char *name = g_match_info_fetch (match, 1);

          if (!gtk_icon_theme_has_icon (theme, name))
            {
              g_test_message ("%s: there is no icon %s", files[i], name);
              g_test_fail ();
            }
        }
    }
}

/* --- What the desktop calls ---------------------------------------------------- */

static void
test_show (UiFixture *ui)
{
  gtk_widget_set_visible (GTK_WIDGET (ui->window), FALSE);
  ui_wait_for (!gtk_widget_get_mapped (GTK_WIDGET (ui->window)));
  g_action_group_activate_action (G_ACTION_GROUP (ui->application), "show", NULL); /* "app.show" */
  ui_wait_for (gtk_widget_get_mapped (GTK_WIDGET (ui->window)));
}

static void
test_send (UiFixture *ui)
{
  g_autofree char *path = ui_make_file (ui, "Holiday.zip", 1000);
  const char *const paths[] = { path, NULL };
  GtkWidget *dialog;

  ui_action (ui->window, "app.send", g_variant_new_strv (paths, -1));
  dialog = ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG);
  ui_wait_for (ui_shows (dialog, "Holiday.zip"));
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
test_open (UiFixture *ui)
{
  GtkWidget *dialog;

  ui_action (ui->window, "app.open", g_variant_new_string ("shoal:?xt=urn:btmh:1220"));
  dialog = ui_get_class (NULL, "ShoalOpenLinkDialog");
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
on_quit (gpointer application)
{
  g_action_group_activate_action (application, "quit", NULL); /* "app.quit" */
}

/* Quitting ends the engine well, and only then the program. */
static void
test_quit (UiFixture *ui)
{
  ui_meet (ui, "Anna");
  ui_run (ui, on_quit);
  g_assert_cmpint (shoal_model_get_state (ui->me->model), ==, SHOAL_MODEL_STOPPED);
  g_assert_null (ui->window);
}

/* --- What prevents starting ----------------------------------------------------- */

/* Another program has our state: the page says so, and trying again helps when
 * that one has ended. */
static void
test_in_use (UiFixture *ui)
{
  UiPerson *other = ui_person (ui, "Other");
  char *ours = ui->me->folder;

  ui_quit (ui);
  ui->me->folder = g_strdup (other->folder);
  ui_start (ui);
  ui_get (ui->window, "retry_button");
  ui_wait_for (shoal_model_get_state (ui->me->model) == SHOAL_MODEL_FAILED);
  ui_settle (ui);
  ui_picture (ui, NULL, "window-in-use");
  ui_click (ui_get (ui->window, "trouble_menu_button"));
  ui_get_label (ui->window, "About Shoal");
  gtk_menu_button_popdown (GTK_MENU_BUTTON (ui_get (ui->window, "trouble_menu_button")));
  ui_click (ui_get (ui->window, "retry_button"));
  ui_wait_for (shoal_model_get_state (ui->me->model) == SHOAL_MODEL_FAILED);
  ui_go (ui, other);
  ui_click (ui_get (ui->window, "retry_button"));
  ui_wait_for (ui_find (ui->window, "retry_button") == NULL
               && shoal_model_get_state (ui->me->model) != SHOAL_MODEL_STARTING);
  g_assert_no_error (shoal_model_get_error (ui->me->model));
  g_free (ours);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/window/meet", test_meet);
  ui_add ("/window/pages", test_pages);
  ui_add ("/window/back/action", test_back_action);
  ui_add ("/window/back/escape", test_back_escape);
  ui_add ("/window/back/key", test_back_key);
  ui_add ("/window/back/again", test_back_again);
  ui_add ("/window/back/twice", test_back_twice);
  ui_add ("/window/menus", test_menus);
  ui_add ("/window/choosers", test_choosers);
  ui_add ("/window/icons", test_icons);
  ui_add ("/window/restart", test_restart);
  ui_add ("/window/show", test_show);
  ui_add ("/window/send", test_send);
  ui_add ("/window/open", test_open);
  ui_add ("/window/quit", test_quit);
  ui_add ("/window/in-use", test_in_use);
  return g_test_run ();
}
