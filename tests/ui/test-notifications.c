/* test-notifications.c: what the desktop is told, and what its buttons do.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "shoal-commands-settings.h"
#include "shoal-commands.h"
#include "shoal-error.h"
#include "shoal-notification-words.h"
#include "ui-fixture.h"

#include <glib/gstdio.h>

/* Somebody works with another program. */
static GtkWindow *
look_away (UiFixture *ui)
{
  GtkWindow *other = GTK_WINDOW (gtk_window_new ());

  gtk_window_set_title (other, "Other program");
  gtk_window_present (other);
  ui_wait_for (!gtk_window_is_active (GTK_WINDOW (ui->window)) && gtk_window_is_active (other));
  return other;
}

static void
look_back (UiFixture *ui)
{
  gtk_window_present (GTK_WINDOW (ui->window));
  ui_wait_for (gtk_window_is_active (GTK_WINDOW (ui->window)));
}

static const ShoalTransferInfo *
only_transfer (UiPerson *person)
{
  GListModel *transfers = shoal_model_get_transfers (person->model);
  g_autoptr (ShoalTransferItem) item = g_list_model_get_item (transfers, 0);

  return item != NULL ? shoal_transfer_item_get_info (item) : NULL;
}

static gboolean
is_in_phase (UiPerson *person, ShoalTransferPhase phase)
{
  const ShoalTransferInfo *info = only_transfer (person);

  return info != NULL && info->phase == phase;
}

/* The button, and the action that the desktop calls for it: it works through
 * D-Bus too. @label: NULL: the notification itself. */
static void
press (UiNotification *notification, const char *label, const char *action)
{
  gboolean is_there = label == NULL;

  for (guint i = 0; notification->actions[i] != NULL; i += 2)
    is_there = is_there || (g_strcmp0 (notification->actions[i + 1], label) == 0
                            && g_str_has_prefix (notification->actions[i], action));
  g_assert_true (is_there);
  ui_press_notification (notification, label);
}

/* --- Offers -------------------------------------------------------------- */

/* From the question to the end, in one place, without a window to look at. */
static void
test_accept (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  UiNotification *asked, *done;

  look_away (ui);
  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  asked = ui_notification ("Anna wants to send you “Holiday.jpg”");
  /* First contact: the code is there too. */
  g_assert_true (ui_text_has (asked->body,
                              shoal_device_item_get_info (ui_me_item (ui, anna))->code));
  press (asked, "Accept", "app.accept-offer");
  done = ui_notification ("“Holiday.jpg” has come");
  /* The question, and the end: nothing for progress. */
  g_assert_cmpuint (ui_count_notifications (), ==, 2);
  g_assert_true (is_in_phase (ui->me, SHOAL_TRANSFER_DONE));
  g_assert_nonnull (strstr (done->body, "from Anna"));

  /* Seen: it goes. */
  look_back (ui);
  ui_settle (ui);
  g_assert_false (done->withdrawn);
  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_TRANSFERS));
  ui_wait_for (done->withdrawn);
}

static void
test_decline (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  look_away (ui);
  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  press (ui_notification ("Holiday.jpg"), "Decline", "app.decline-offer");
  ui_wait_for (is_in_phase (anna, SHOAL_TRANSFER_DECLINED));
  g_assert_cmpuint (ui_count_notifications (), ==, 1);
}

/* Pressed itself, it leads to the card, which was put away. */
static void
test_show_offer (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  UiNotification *asked;

  look_away (ui);
  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  asked = ui_notification ("Holiday.jpg");
  ui_click (ui_get (ui->window, "put_away_button"));
  press (asked, NULL, "app.show-offer");
  ui_get (ui->window, "accept_button");
}

static void
test_seen (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  UiNotification *asked;

  /* Nobody is told what they are looking at. */
  look_back (ui);
  ui_offer_file (ui, anna, "First.jpg", 3000);
  ui_get (ui->window, "accept_button");
  g_assert_cmpuint (ui_count_notifications (), ==, 0);

  look_away (ui);
  ui_offer_file (ui, anna, "Second.jpg", 3000);
  asked = ui_notification ("Second.jpg");
  /* GLib takes nothing back before the service has told it the number. */
  ui_settle (ui);
  look_back (ui);
  ui_wait_for (asked->withdrawn);
}

/* Whoever looks, and may not see, hears it; whoever looks elsewhere does not. */
static void
test_announced (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");

  look_back (ui);
  ui_offer_file (ui, anna, "First.jpg", 3000);
  ui_wait_for (ui_has_announced ("Anna wants to send you “First.jpg”", 2));
  ui_click (ui_get (ui->window, "accept_button"));
  ui_wait_for (ui_has_announced ("“First.jpg” has come", 1));

  look_away (ui);
  ui_offer_file (ui, anna, "Second.jpg", 3000);
  ui_notification ("Second.jpg");
  g_assert_true (ui_has_announced ("“First.jpg” has come", 1));
}

static void
test_withdrawn (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  UiNotification *asked;

  look_away (ui);
  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  asked = ui_notification ("Holiday.jpg");
  /* GLib takes nothing back before the service has told it the number. */
  ui_settle (ui);
  shoal_model_cancel (anna->model, only_transfer (anna)->id);
  ui_wait_for (asked->withdrawn);

  /* A press that comes too late is told so. */
  g_action_group_activate_action (G_ACTION_GROUP (ui->application), "accept-offer",
                                  g_variant_new_string ("gone"));
  ui_wait_for (ui_shows (ui->window, "This offer is gone"));
}

/* Accept, and no room: the window says why. */
static void
test_no_room (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *stick = g_build_filename (ui->folder, "stick", NULL);
  g_autofree char *folder = g_build_filename (stick, "Films", NULL);
  GVariantBuilder changes;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_variant_builder_init (&changes, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&changes, "{sv}", "download-directory",
                         g_variant_new_bytestring (folder));
  shoal_model_change_settings_async (ui->me->model, g_variant_builder_end (&changes), NULL, NULL);
  ui_wait_for (g_strcmp0 (shoal_model_get_settings (ui->me->model)->directory, folder) == 0);
  look_away (ui);
  ui_offer_file (ui, anna, "Film.mkv", 3000);
  g_rmdir (folder);
  g_rmdir (stick);
  ui_press_notification (ui_notification ("Film.mkv"), "Accept");
  ui_wait_for (ui_shows (ui->window, "is not there any more"));
  g_assert_cmpuint (g_list_model_get_n_items (shoal_model_get_offers (ui->me->model)), ==, 1);
}

/* --- Transfers ----------------------------------------------------------- */

static void
test_sent (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *path = ui_make_file (ui, "Me/Report.pdf", 3000);
  const char *const paths[] = { path, NULL };
  const char *const devices[] = { shoal_model_get_id (anna->model), NULL };

  look_away (ui);
  shoal_model_send_async (ui->me->model, paths, NULL, devices, NULL, NULL);
  ui_accept_there (anna);
  press (ui_notification ("Anna has received “Report.pdf”"), NULL, "app.show-transfer");
  ui_wait_for (g_str_equal (shoal_main_window_get_page (ui->window), SHOAL_PAGE_TRANSFERS));
}

static void
test_refused (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *path = ui_make_file (ui, "Me/Report.pdf", 3000);
  const char *const paths[] = { path, NULL };
  const char *const devices[] = { shoal_model_get_id (anna->model), NULL };
  GListModel *offers = shoal_model_get_offers (anna->model);
  g_autoptr (ShoalOfferItem) offer = NULL;

  look_away (ui);
  shoal_model_send_async (ui->me->model, paths, NULL, devices, NULL, NULL);
  ui_wait_for (g_list_model_get_n_items (offers) == 1);
  offer = g_list_model_get_item (offers, 0);
  shoal_model_decline (anna->model, shoal_offer_item_get_id (offer), "too large");
  g_assert_nonnull (strstr (ui_notification ("Anna declined “Report.pdf”")->body, "too large"));
}

static void
test_open (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  UiNotification *done;
  g_autofree char *path = NULL;

  look_away (ui);
  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  ui_press_notification (ui_notification ("Holiday.jpg"), "Accept");
  done = ui_notification ("“Holiday.jpg” has come");
  path = g_build_filename (ui->me->downloads, "Holiday.jpg", NULL);
  g_unlink (path);
  /* What was deleted since is said, in the window. */
  press (done, "Open", "app.open-transfer");
  ui_wait_for (ui_shows (ui->window, "“Holiday.jpg” was moved or deleted"));
}

static void
on_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
         const char *method, GVariant *parameters, GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  g_autofree const char **uris = NULL;

  g_variant_get (parameters, "(^a&s&s)", &uris, NULL);
  *(char **) user_data = g_strdup (uris[0]);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

/* Plays the file manager. */
static void
test_show_folder (UiFixture *ui)
{
  static const GDBusInterfaceVTable VTABLE = { .method_call = on_call };
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (
    "<node><interface name='org.freedesktop.FileManager1'><method name='ShowItems'>"
    "<arg type='as' direction='in'/><arg type='s' direction='in'/></method></interface></node>",
    NULL);
  g_autofree char *shown = NULL;
  guint object = g_dbus_connection_register_object (bus, "/org/freedesktop/FileManager1",
                                                    node->interfaces[0], &VTABLE, &shown, NULL,
                                                    NULL);
  guint name = g_bus_own_name_on_connection (bus, "org.freedesktop.FileManager1",
                                             G_BUS_NAME_OWNER_FLAGS_NONE, NULL, NULL, NULL, NULL);

  look_away (ui);
  ui_offer_file (ui, anna, "Holiday.jpg", 3000);
  ui_press_notification (ui_notification ("Holiday.jpg"), "Accept");
  press (ui_notification ("“Holiday.jpg” has come"), "Show in Folder", "app.show-folder");
  ui_wait_for (shown != NULL);
  g_assert_true (g_str_has_suffix (shown, "/Downloads/Holiday.jpg"));
  g_bus_unown_name (name);
  g_dbus_connection_unregister_object (bus, object);
}

typedef struct
{
  char    *text;
  gboolean done;
} Clipboard;

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Clipboard *clipboard = user_data;

  clipboard->text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
  clipboard->done = TRUE;
}

static void
test_text (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  Clipboard clipboard = { 0 };

  look_away (ui);
  ui_offer_text (ui, anna, "The key is under the mat");
  ui_press_notification (ui_notification ("Anna wants to send you a text"), "Show");
  press (ui_notification ("The key is under the mat"), "Copy", "app.copy-text");
  ui_settle (ui);
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (ui->window)), NULL,
                                 on_read, &clipboard);
  ui_wait_for (clipboard.done);
  g_assert_cmpstr (clipboard.text, ==, "The key is under the mat");
  g_free (clipboard.text);
}

/* --- What is told at all ------------------------------------------------- */

static const struct
{
  ShoalTransferDirection direction;
  ShoalTransferPhase     phase;
  gboolean               is_held_up;
  gint64                 started_at;
  int                    code;  /* ShoalErrorCode, or -1 */
  const char            *title; /* NULL: nothing */
} TOLD[] = {
  { SHOAL_TRANSFER_GET, SHOAL_TRANSFER_RUNNING, FALSE, 1, -1, NULL },
  { SHOAL_TRANSFER_GET, SHOAL_TRANSFER_QUEUED, FALSE, 1, -1, NULL },
  { SHOAL_TRANSFER_GET, SHOAL_TRANSFER_SYNCING, FALSE, 1, -1, NULL },
  { SHOAL_TRANSFER_GET, SHOAL_TRANSFER_PAUSED, FALSE, 1, -1, NULL },
  { SHOAL_TRANSFER_GET, SHOAL_TRANSFER_PAUSED, TRUE, 1, -1, "“Film” waits" },
  { SHOAL_TRANSFER_SEND, SHOAL_TRANSFER_PAUSED, TRUE, 1, -1, NULL },
  { SHOAL_TRANSFER_GET, SHOAL_TRANSFER_FAILED, FALSE, 1, SHOAL_ERROR_DISK_FULL,
    "“Film” could not be received" },
  { SHOAL_TRANSFER_GET, SHOAL_TRANSFER_FAILED, FALSE, 1, SHOAL_ERROR_CANCELLED, NULL },
  { SHOAL_TRANSFER_GET, SHOAL_TRANSFER_FAILED, FALSE, 1, SHOAL_ERROR_WITHDRAWN,
    "“Film” could not be received" },
  { SHOAL_TRANSFER_GET, SHOAL_TRANSFER_FAILED, FALSE, 0, SHOAL_ERROR_WITHDRAWN, NULL },
  { SHOAL_TRANSFER_GET, SHOAL_TRANSFER_DECLINED, FALSE, 0, -1, NULL },
  { SHOAL_TRANSFER_SEND, SHOAL_TRANSFER_FAILED, FALSE, 1, SHOAL_ERROR_UNREACHABLE,
    "“Film” could not be sent to Anna" },
  { SHOAL_TRANSFER_SEND, SHOAL_TRANSFER_DECLINED, FALSE, 0, SHOAL_ERROR_DECLINED,
    "Anna declined “Film”" },
};

static void
test_told (UiFixture *ui)
{
  for (guint i = 0; i < G_N_ELEMENTS (TOLD); i++)
    {
      g_autoptr (ShoalTransferInfo) info = shoal_transfer_info_new ();
      g_autoptr (GNotification) notification = NULL;

      info->id = g_strdup ("1");
      info->direction = TOLD[i].direction;
      info->phase = TOLD[i].phase;
      info->is_held_up = TOLD[i].is_held_up;
      info->started_at = TOLD[i].started_at;
      info->name = g_strdup ("Film");
      info->device_name = g_strdup ("Anna");
      info->reason = g_strdup_printf ("The disk is full %u", i);
      if (TOLD[i].code >= 0)
        info->error = shoal_error_new ((ShoalErrorCode) TOLD[i].code, SHOAL_SIDE_HERE,
                                       "Make room.", "Case %u", i);
      notification = shoal_notification_for_transfer (info);
      g_assert_cmpint (notification != NULL, ==, TOLD[i].title != NULL);
      if (notification == NULL)
        continue;
      g_application_send_notification (G_APPLICATION (ui->application), "told", notification);
      ui_notification (TOLD[i].title);
    }
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/notifications/accept", test_accept);
  ui_add ("/notifications/decline", test_decline);
  ui_add ("/notifications/show-offer", test_show_offer);
  ui_add ("/notifications/seen", test_seen);
  ui_add ("/notifications/announced", test_announced);
  ui_add ("/notifications/withdrawn", test_withdrawn);
  ui_add ("/notifications/no-room", test_no_room);
  ui_add ("/notifications/sent", test_sent);
  ui_add ("/notifications/refused", test_refused);
  ui_add ("/notifications/open", test_open);
  ui_add ("/notifications/show-folder", test_show_folder);
  ui_add ("/notifications/text", test_text);
  ui_add ("/notifications/told", test_told);
  return g_test_run ();
}
