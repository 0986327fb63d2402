/* test-pictures.c: every view, at each width, in each style; what must hold for all of them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* usage: test-pictures [--right-to-left] [-p PATH]
 *
 * The language is LANGUAGE's, with the catalogues of SHOAL_UI_LOCALES; high
 * contrast is ADW_DEBUG_HIGH_CONTRAST's. SHOAL_UI_PICTURES keeps the pictures:
 * VIEW-WIDTH-STYLE.png. */

#include "config.h"

#include "ui-checks.h"

#include "shoal-commands.h"

#include <libintl.h>

static const int WIDTHS[] = { 360, 760, 1920 };

/* In languages and high contrast nothing else changes between light and dark. */
static gboolean both_styles;

static void
shoot_style (UiFixture *ui, GtkWidget *window, const char *view, int width, gboolean dark)
{
  g_autofree char *name = g_strdup_printf ("%s-%d-%s", view, width, dark ? "dark" : "light");

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                           : ADW_COLOR_SCHEME_FORCE_LIGHT);
  ui_settle (ui);
  ui_check_view (ui, window, name);
}

static void
shoot_styles (UiFixture *ui, GtkWidget *window, const char *view, int width)
{
  shoot_style (ui, window, view, width, FALSE);
  if (both_styles)
    shoot_style (ui, window, view, width, TRUE);
}

/* What the main window shows. */
static void
shoot (UiFixture *ui, const char *view)
{
  for (guint i = 0; i < G_N_ELEMENTS (WIDTHS); i++)
    {
      ui_resize (ui, WIDTHS[i], WIDTHS[i] == 1920 ? 1080 : 640);
      ui_check_least_width (GTK_WIDGET (ui->window), view, WIDTHS[0]);
      shoot_styles (ui, GTK_WIDGET (ui->window), view, WIDTHS[i]);
    }
}

/* A dialogue has one size, which must be possible on the narrowest screen. */
static void
shoot_dialog (UiFixture *ui, GType type, const char *view)
{
  GtkWidget *dialog = ui_get_type (NULL, type);
  int border;

  ui_settle (ui);
  border = gdk_surface_get_width (gtk_native_get_surface (GTK_NATIVE (dialog)))
           - gtk_widget_get_width (dialog);
  /* GTK's window of shortcuts is for whoever has a keyboard, and a screen. */
  if (type != GTK_TYPE_SHORTCUTS_WINDOW)
    ui_check_least_width (dialog, view, WIDTHS[0]);
  shoot_styles (ui, dialog, view, gtk_widget_get_width (dialog));
  if (gtk_window_get_resizable (GTK_WINDOW (dialog)))
    {
      gtk_window_set_default_size (GTK_WINDOW (dialog), WIDTHS[0] + border, 600 + border);
      ui_settle (ui);
      shoot_styles (ui, dialog, view, WIDTHS[0]);
    }
  gtk_window_destroy (GTK_WINDOW (dialog));
}

/* --- People ------------------------------------------------------------------ */

static void
test_first_run (UiFixture *ui)
{
  ui_get (ui->window, "start_button");
  shoot (ui, "first-run");
}

static void
test_nobody (UiFixture *ui)
{
  ui_get (ui->window, "empty_page");
  shoot (ui, "people-nobody");
}

/* A friend near, a stranger, a friend who is away and for whom files wait. */
static UiPerson *
gather (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna"), *rosa = ui_meet (ui, "Rosa");
  g_autofree char *path = ui_make_file (ui, "Holiday.zip", 100000);
  const char *const paths[] = { path, NULL };
  g_autofree char *id = g_strdup (shoal_model_get_id (rosa->model));
  const char *const devices[] = { id, NULL };
  ShoalDeviceItem *item;

  ui_befriend (ui, anna);
  ui_befriend (ui, rosa);
  ui_meet (ui, "Kai’s Desktop");
  ui_go (ui, rosa);
  ui_wait_for ((item = shoal_model_find_device (ui->me->model, id)) != NULL
               && shoal_device_item_get_info (item)->reach == SHOAL_REACH_NONE);
  shoal_model_send_async (ui->me->model, paths, NULL, devices, NULL, NULL);
  ui_wait_for (shoal_device_item_get_waiting (item) == 1);
  return anna;
}

static void
test_people (UiFixture *ui)
{
  gather (ui);
  shoot (ui, "people");
}

static void
test_person (UiFixture *ui)
{
  UiPerson *anna = gather (ui);

  ui_action (ui->window, "win.show-person",
             g_variant_new_string (shoal_model_get_id (anna->model)));
  shoot (ui, "person");
}

static void
test_trouble (UiFixture *ui)
{
  ui_action (ui->window, "win.trouble", NULL);
  shoot (ui, "trouble");
}

/* --- Incoming ---------------------------------------------------------------- */

static void
test_incoming (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna"), *ben = ui_meet (ui, "Ben");

  ui_befriend (ui, anna);
  ui_offer_file (ui, anna, "Holiday.zip", 3000000);
  ui_offer_file (ui, ben, "Report.pdf", 70000);
  ui_settle (ui);
  shoot (ui, "incoming");
}

/* --- Transfers --------------------------------------------------------------- */

static gboolean
is_over (ShoalModel *model, guint n)
{
  GListModel *transfers = shoal_model_get_transfers (model);
  guint over = 0;

  for (guint i = 0; i < g_list_model_get_n_items (transfers); i++)
    {
      g_autoptr (ShoalTransferItem) item = g_list_model_get_item (transfers, i);

      over += !shoal_transfer_item_is_active (item);
    }
  return over >= n;
}

static void
test_transfers_none (UiFixture *ui)
{
  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_TRANSFERS));
  shoot (ui, "transfers-none");
}

/* One that came, one that was declined, one that waits for an answer. */
static void
test_transfers (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  ShoalOfferItem *offer = ui_offer_file (ui, anna, "Holiday.zip", 3000000);
  const char *const devices[] = { shoal_model_get_id (anna->model), NULL };
  GListModel *there = shoal_model_get_offers (anna->model);

  shoal_model_accept (ui->me->model, shoal_offer_item_get_id (offer), NULL, NULL);
  ui_wait_for (is_over (ui->me->model, 1));
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *name = g_strdup_printf ("Plan %u.odt", i + 1);
      g_autofree char *path = ui_make_file (ui, name, 50000);
      const char *const paths[] = { path, NULL };
      g_autoptr (ShoalOfferItem) arrived = NULL;

      shoal_model_send_async (ui->me->model, paths, NULL, devices, NULL, NULL);
      ui_wait_for (g_list_model_get_n_items (there) > 0);
      arrived = g_list_model_get_item (there, 0);
      if (i == 0)
        {
          shoal_model_decline (anna->model, shoal_offer_item_get_id (arrived), NULL);
          ui_wait_for (is_over (ui->me->model, 2));
        }
    }
  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_TRANSFERS));
  shoot (ui, "transfers");
}

static void
test_shared_none (UiFixture *ui)
{
  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_SHARED));
  shoot (ui, "shared-none");
}

/* --- Dialogues --------------------------------------------------------------- */

static void
test_send_text (UiFixture *ui)
{
  ui_action (ui->window, "win.send-text", NULL);
  shoot_dialog (ui, g_type_from_name ("ShoalSendTextDialog"), "send-text");
}

static void
test_receivers (UiFixture *ui)
{
  g_autofree char *path = ui_make_file (ui, "Holiday.zip", 100000);
  const char *const paths[] = { path, NULL };

  gather (ui);
  shoal_window_choose_receivers (ui->window, paths, NULL);
  shoot_dialog (ui, g_type_from_name ("ShoalReceiversDialog"), "receivers");
}

static void
test_open_link (UiFixture *ui)
{
  ui_action (ui->window, "win.open-link", NULL);
  shoot_dialog (ui, g_type_from_name ("ShoalOpenLinkDialog"), "open-link");
}

static void
test_connect (UiFixture *ui)
{
  GtkWidget *page = ui_get_type (ui->window, g_type_from_name ("ShoalPeoplePage"));

  ui_action (page, "people.connect", NULL);
  shoot_dialog (ui, g_type_from_name ("ShoalConnectDialog"), "connect");
}

static void
test_shortcuts (UiFixture *ui)
{
  ui_action (ui->window, "win.show-help-overlay", NULL);
  shoot_dialog (ui, GTK_TYPE_SHORTCUTS_WINDOW, "shortcuts");
}

static void
test_about (UiFixture *ui)
{
  ui_action (ui->window, "app.about", NULL);
  shoot_dialog (ui, ADW_TYPE_ABOUT_WINDOW, "about");
}

static void
test_preferences (UiFixture *ui)
{
  ui_action (ui->window, "app.preferences", g_variant_new_string (""));
  shoot_dialog (ui, ADW_TYPE_PREFERENCES_WINDOW, "preferences");
}

/* --- All --------------------------------------------------------------------- */

static void
allow_names (void)
{
  static const char *const NAMES[] = { "/tmp/", "magnet:", "shoal:" };

  for (guint i = 0; i < G_N_ELEMENTS (NAMES); i++)
    ui_checks_allow_ellipsis (NAMES[i]);
}

int
main (int argc, char **argv)
{
  const char *locales = g_getenv ("SHOAL_UI_LOCALES");
  gboolean right_to_left = argc > 1 && g_str_equal (argv[1], "--right-to-left");

  ui_init (&argc, &argv);
  if (locales != NULL)
    {
      bindtextdomain (GETTEXT_PACKAGE, locales);
      bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
      textdomain (GETTEXT_PACKAGE);
    }
  if (right_to_left)
    gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  both_styles = !right_to_left && locales == NULL;
  allow_names ();

  ui_add_first_run ("/pictures/first-run", test_first_run);
  ui_add ("/pictures/people-nobody", test_nobody);
  ui_add ("/pictures/people", test_people);
  ui_add ("/pictures/person", test_person);
  ui_add ("/pictures/trouble", test_trouble);
  ui_add ("/pictures/incoming", test_incoming);
  ui_add ("/pictures/transfers-none", test_transfers_none);
  ui_add ("/pictures/transfers", test_transfers);
  ui_add ("/pictures/shared-none", test_shared_none);
  ui_add ("/pictures/send-text", test_send_text);
  ui_add ("/pictures/receivers", test_receivers);
  ui_add ("/pictures/open-link", test_open_link);
  ui_add ("/pictures/connect", test_connect);
  ui_add ("/pictures/shortcuts", test_shortcuts);
  ui_add ("/pictures/about", test_about);
  ui_add ("/pictures/preferences", test_preferences);
  return g_test_run ();
}
