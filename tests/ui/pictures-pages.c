/* pictures-pages.c: what the main window shows.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "pictures.h"

#include "shoal-commands-settings.h"
#include "shoal-commands.h"

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

UiPerson *
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

static void
test_arrivals (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  ShoalOfferItem *offer;

  offer = ui_offer_text (ui, anna, "The train leaves at 9:40, platform 3.");
  shoal_model_accept (ui->me->model, shoal_offer_item_get_id (offer), NULL, NULL);
  offer = ui_offer_text (ui, anna, "https://www.example.org/timetable");
  shoal_model_accept (ui->me->model, shoal_offer_item_get_id (offer), NULL, NULL);
  ui_get_class (ui->window, "ShoalArrivalCard");
  ui_wait_for (ui_shows (ui->window, "timetable"));
  shoot (ui, "incoming-text");
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

/* Set @key of a device, as preferences would. */
static void
change (ShoalModel *model, const char *key, GVariant *value)
{
  GVariantBuilder changes = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&changes, "{sv}", key, value);
  shoal_model_change_settings_async (model, g_variant_builder_end (&changes), NULL, NULL);
}

/* A download that goes on long enough to be looked at. */
static ShoalTransferItem *
run_one (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  ShoalOfferItem *offer = ui_offer_file (ui, anna, "Holiday.zip", 32 * 1000 * 1000);
  g_autofree char *folder = g_build_filename (g_get_home_dir (), "Downloads", NULL);
  g_autoptr (ShoalTransferItem) item = NULL;
  guint n = 0;

  ui_befriend (ui, anna);
  change (ui->me->model, "download-limit", g_variant_new_uint64 (1000 * 1000));
  g_mkdir_with_parents (folder, 0700);
  shoal_model_accept (ui->me->model, shoal_offer_item_get_id (offer), folder, NULL);
  ui_wait_for (g_list_model_get_n_items (shoal_model_get_transfers (ui->me->model)) == 1);
  item = g_list_model_get_item (shoal_model_get_transfers (ui->me->model), 0);
  while (n < 4)
    {
      g_autofree double *rates = shoal_transfer_item_dup_rates (item, &n);

      ui_iterate (ui_get_deadline (), G_STRLOC, "rates for the graph");
    }
  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_TRANSFERS));
  return item; /* the model holds it */
}

static void
test_running (UiFixture *ui)
{
  run_one (ui);
  shoot (ui, "transfers-running");
}

static void
test_details (UiFixture *ui)
{
  run_one (ui);
  ui_action (ui_get_class (ui->window, "ShoalTransferRow"), "transfer.details",
             NULL);
  ui_get_class (ui->window, "ShoalTransferDetails");
  shoot (ui, "details");
}

/* One folder for friends, one for whoever has the link. */
static void
share (UiFixture *ui, UiPerson *person)
{
  for (guint i = 0; i < 2; i++)
    {
      const char *names[] = { "Recipes", "Concert in the Park" };
      g_autofree char *inside = g_build_filename (names[i], "one.jpg", NULL);
      g_autofree char *file = ui_make_file (ui, inside, 200000);
      g_autofree char *folder = g_path_get_dirname (file);
      const char *const paths[] = { folder, NULL };
      ShoalSharePolicy policy = { .all_friends = i == 0, .keep = TRUE };
      GListModel *shares = shoal_model_get_shares (person->model);

      shoal_model_share_async (person->model, paths, &policy, NULL, NULL, NULL, NULL, NULL);
      ui_wait_for (g_list_model_get_n_items (shares) == i + 1);
    }
}

static void
test_shared (UiFixture *ui)
{
  share (ui, ui->me);
  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_SHARED));
  shoot (ui, "shared");
}

static void
test_listing (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  ui_befriend (ui, anna);
  share (ui, anna);
  ui_action (ui->window, "win.show-person",
             g_variant_new_string (shoal_model_get_id (anna->model)));
  ui_wait_for (ui_shows (ui->window, "Recipes"));
  shoot (ui, "person-shares");
}

static void
test_shared_none (UiFixture *ui)
{
  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_SHARED));
  shoot (ui, "shared-none");
}

/* --- For README and AppStream -------------------------------------------------- */

static void
publish (UiFixture *ui, const char *name)
{
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      ADW_COLOR_SCHEME_FORCE_LIGHT);
  ui_resize (ui, 760, 560);
  ui_settle (ui);
  ui_picture (ui, NULL, name);
}

static void
test_screenshot_people (UiFixture *ui)
{
  ui_befriend (ui, ui_meet (ui, "Jo"));
  gather (ui);
  publish (ui, "screenshot-people");
}

static void
test_screenshot_offer (UiFixture *ui)
{
  UiPerson *anna = gather (ui);

  ui_offer_folder (ui, anna, "Holiday", 48);
  publish (ui, "screenshot-offer");
}

static void
test_screenshot_speed (UiFixture *ui)
{
  ShoalTransferItem *item = run_one (ui);
  guint n = 0;

  ui_action (ui_get_class (ui->window, "ShoalTransferRow"), "transfer.details", NULL);
  ui_get_class (ui->window, "ShoalTransferDetails");
  /* What is over has no more to come. */
  while (n < 20 && shoal_transfer_item_is_active (item))
    {
      g_autofree double *rates = shoal_transfer_item_dup_rates (item, &n);

      ui_iterate (ui_get_deadline (), G_STRLOC, "rates for the graph");
    }
  publish (ui, "screenshot-speed");
}

static void
test_screenshot_shared (UiFixture *ui)
{
  share (ui, ui->me);
  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_SHARED));
  publish (ui, "screenshot-shared");
}

/* --- All --------------------------------------------------------------------- */

/* Only for take-screenshots: they take long. */
static void
add_screenshots (void)
{
  ui_add ("/screenshots/people", test_screenshot_people);
  ui_add ("/screenshots/offer", test_screenshot_offer);
  ui_add ("/screenshots/speed", test_screenshot_speed);
  ui_add ("/screenshots/shared", test_screenshot_shared);
}

void
add_pages (void)
{
  if (g_getenv ("SHOAL_UI_WM") != NULL)
    add_screenshots ();
  ui_add_first_run ("/pictures/first-run", test_first_run);
  ui_add ("/pictures/people-nobody", test_nobody);
  ui_add ("/pictures/people", test_people);
  ui_add ("/pictures/person", test_person);
  ui_add ("/pictures/trouble", test_trouble);
  ui_add ("/pictures/incoming", test_incoming);
  ui_add ("/pictures/incoming-text", test_arrivals);
  ui_add ("/pictures/transfers-none", test_transfers_none);
  ui_add ("/pictures/transfers", test_transfers);
  ui_add ("/pictures/transfers-running", test_running);
  ui_add ("/pictures/details", test_details);
  ui_add ("/pictures/person-shares", test_listing);
  ui_add ("/pictures/shared", test_shared);
  ui_add ("/pictures/shared-none", test_shared_none);
}
