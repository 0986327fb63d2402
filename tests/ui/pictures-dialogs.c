/* pictures-dialogs.c: windows over the main one.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "pictures.h"

#include "shoal-commands-invites.h"
#include "shoal-commands-settings.h"
#include "shoal-commands.h"
#include "shoal-share-dialog.h"

static void
test_send_text (UiFixture *ui)
{
  ui_action (ui->window, "win.send-text", NULL);
  shoot_dialog (ui, "ShoalSendTextDialog", "send-text");
}

static void
test_receivers (UiFixture *ui)
{
  g_autofree char *path = ui_make_file (ui, "Holiday.zip", 100000);
  const char *const paths[] = { path, NULL };

  gather (ui);
  shoal_main_window_choose_receivers (ui->window, paths, NULL);
  shoot_dialog (ui, "ShoalReceiversDialog", "receivers");
}

static void
test_open_link (UiFixture *ui)
{
  ui_action (ui->window, "win.open-link", NULL);
  shoot_dialog (ui, "ShoalOpenLinkDialog", "open-link");
}

static void
test_connect (UiFixture *ui)
{
  GtkWidget *page = ui_get_class (ui->window, "ShoalPeoplePage");

  ui_action (page, "people.connect", NULL);
  shoot_dialog (ui, "ShoalConnectDialog", "connect");
}

static void
test_shortcuts (UiFixture *ui)
{
  ui_action (ui->window, "win.show-help-overlay", NULL);
  shoot_dialog (ui, "GtkShortcutsWindow", "shortcuts");
}

static void
test_about (UiFixture *ui)
{
  ui_action (ui->window, "app.about", NULL);
  shoot_dialog (ui, "AdwAboutWindow", "about");
}

static void
test_preferences (UiFixture *ui)
{
  static const char *const PAGES[] = { "general", "network", "internet", "friends" };

  ui_befriend (ui, ui_meet (ui, "Anna"));
  for (guint i = 0; i < G_N_ELEMENTS (PAGES); i++)
    {
      g_autofree char *view = g_strconcat ("preferences-", PAGES[i], NULL);

      ui_action (ui->window, "app.preferences", g_variant_new_string (PAGES[i]));
      shoot_dialog (ui, "ShoalPreferences", view);
    }
}

/* A tracker, or a STUN or TURN server. */
static void
test_servers (UiFixture *ui)
{
  static const char *const ACTIONS[] = { "add_tracker_button", "add_server_button" };
  GtkWidget *window;

  ui_action (ui->window, "app.preferences", g_variant_new_string ("internet"));
  window = ui_get_class (NULL, "ShoalPreferences");
  for (guint i = 0; i < G_N_ELEMENTS (ACTIONS); i++)
    {
      ui_click (ui_get (window, ACTIONS[i]));
      if (i == 1)
        adw_combo_row_set_selected (
          ADW_COMBO_ROW (ui_get (ui_get_class (NULL, "ShoalServerDialog"), "kind_row")), 1);
      shoot_dialog (ui, "ShoalServerDialog", i == 0 ? "tracker" : "server");
    }
}

/* Nobody outside is asked: port 9 discards. */
static void
use_own_servers (UiPerson *person)
{
  const char *const trackers[] = { "ws://127.0.0.1:9/", NULL };
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "trackers", g_variant_new_strv (trackers, -1));
  g_variant_dict_insert_value (&dict, "servers", g_variant_new_strv (NULL, 0));
  shoal_model_change_settings_async (person->model, g_variant_dict_end (&dict), NULL, NULL);
}

static void
on_invited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(char **) user_data = shoal_model_make_invite_finish (SHOAL_MODEL (source), result, NULL);
}

static void
test_invite (UiFixture *ui)
{
  UiPerson *anna = ui_person (ui, "Anna");
  g_autofree char *invite = NULL;

  use_own_servers (anna);
  use_own_servers (ui->me);
  shoal_model_make_invite_async (anna->model, on_invited, &invite);
  ui_wait_for (invite != NULL);
  ui_action (ui->window, "app.open", g_variant_new_string (invite));
  shoot_dialog (ui, "ShoalJoinDialog", "join");
  ui_action (ui->window, "win.invite", NULL);
  shoot_dialog (ui, "ShoalInviteDialog", "invite-ask");
  ui_action (ui->window, "win.invite", NULL);
  ui_click (ui_get (ui_get_class (NULL, "ShoalInviteDialog"), "make_invite_button"));
  ui_get (NULL, "invite_label");
  shoot_dialog (ui, "ShoalInviteDialog", "invite");
}

static void
test_link_consent (UiFixture *ui)
{
  ui_action (ui->window, "app.open",
             g_variant_new_string ("magnet:?xt=urn:btmh:1220"
                                   "00000000000000000000000000000000"
                                   "00000000000000000000000000000007"
                                   "&dn=Plan&tr=ws%3A%2F%2F127.0.0.1%3A9"));
  ui_get (NULL, "link_consent");
  shoot_dialog (ui, "ShoalOpenLinkDialog", "link-consent");
}

static void
test_add_friend (UiFixture *ui)
{
  ui_meet (ui, "Anna");
  ui_action (ui_get_class (ui->window, "ShoalPersonRow"), "person.add-friend",
             NULL);
  shoot_dialog (ui, "ShoalAddFriendDialog", "add-friend");
}

static void
test_help (UiFixture *ui)
{
  static const char *const PAGES[] = { "contents", "first-steps", "preferences", "hosting" };

  for (guint i = 0; i < G_N_ELEMENTS (PAGES); i++)
    {
      g_autofree char *view = g_strconcat ("help-", PAGES[i], NULL);

      ui_action (ui->window, "win.help-page", g_variant_new_string (PAGES[i]));
      shoot_dialog (ui, "ShoalHelpWindow", view);
    }
}

static void
test_rename (UiFixture *ui)
{
  ui_befriend (ui, ui_meet (ui, "Anna"));
  ui_action (ui_get_class (ui->window, "ShoalPersonRow"), "person.rename", NULL);
  shoot_dialog (ui, "ShoalRenameDialog", "rename");
}

static void
test_choose_files (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  ui_offer_folder (ui, anna, "Holiday", 12);
  ui_action (ui_get_class (ui->window, "ShoalOfferCard"), "offer.choose-files",
             NULL);
  shoot_dialog (ui, "ShoalChooseDialog", "choose-files");
}

static void
test_share (UiFixture *ui)
{
  g_autofree char *path = ui_make_file (ui, "Holiday.zip", 100000);
  const char *const paths[] = { path, NULL };

  ui_befriend (ui, ui_meet (ui, "Anna"));
  shoal_share_dialog_show (GTK_WINDOW (ui->window), ui->me->model, paths);
  shoot_dialog (ui, "ShoalShareDialog", "share");
}

/* --- All --------------------------------------------------------------------- */

void
add_dialogs (void)
{
  ui_add ("/pictures/send-text", test_send_text);
  ui_add ("/pictures/receivers", test_receivers);
  ui_add ("/pictures/open-link", test_open_link);
  ui_add ("/pictures/connect", test_connect);
  ui_add ("/pictures/shortcuts", test_shortcuts);
  ui_add ("/pictures/about", test_about);
  ui_add ("/pictures/preferences", test_preferences);
  ui_add ("/pictures/servers", test_servers);
  ui_add ("/pictures/invite", test_invite);
  ui_add ("/pictures/link-consent", test_link_consent);
  ui_add ("/pictures/add-friend", test_add_friend);
  ui_add ("/pictures/help", test_help);
  ui_add ("/pictures/rename", test_rename);
  ui_add ("/pictures/choose-files", test_choose_files);
  ui_add ("/pictures/share", test_share);
}
