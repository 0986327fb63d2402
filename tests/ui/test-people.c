/* test-people.c: the People page: rows, drops, the chooser, texts, the clipboard.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-avatar-ring.h"
#include "shoal-commands.h"
#include "shoal-drop.h"
#include "shoal-mark.h"
#include "shoal-open-link-dialog.h"
#include "shoal-payload.h"
#include "shoal-people-list.h"
#include "shoal-person-row.h"
#include "shoal-receiver-row.h"
#include "shoal-receivers-dialog.h"
#include "shoal-send-text-dialog.h"
#include "shoal-share-dialog.h"

/* The row of @person, once it is there. */
static GtkWidget *
get_row (UiFixture *ui, UiPerson *person)
{
  return ui_above (ui_get_label (ui->window, person->name), SHOAL_TYPE_PERSON_ROW);
}

static guint
count_offers (UiPerson *person)
{
  return g_list_model_get_n_items (shoal_model_get_offers (person->model));
}

/* The only transfer of ours, of so many. (transfer none) */
static ShoalTransferInfo *
get_transfer (UiFixture *ui, guint of)
{
  GListModel *transfers = shoal_model_get_transfers (ui->me->model);
  g_autoptr (ShoalTransferItem) item = NULL;

  ui_wait_for (g_list_model_get_n_items (transfers) == of);
  item = g_list_model_get_item (transfers, of - 1);
  return shoal_transfer_item_get_info (item);
}

static guint
count_transfers (UiFixture *ui)
{
  return g_list_model_get_n_items (shoal_model_get_transfers (ui->me->model));
}

/* --- The page ---------------------------------------------------------------- */

static void
test_empty (UiFixture *ui)
{
  ui_get (ui->window, "empty_trouble_button");
  ui_settle (ui);
  ui_picture (ui, NULL, "people-empty");
  g_assert_true (ui_shows (ui->window, "Nobody Here Yet"));
  ui_click (ui_get (ui->window, "empty_connect_button"));
  ui_get (NULL, "connect_button");
}

static void
test_rows (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  UiPerson *bert = ui_meet (ui, "Bert");
  GtkWidget *anna_row = get_row (ui, anna);
  GtkWidget *bert_row = get_row (ui, bert);

  g_assert_true (ui_shows (anna_row, "on this network"));
  g_assert_false (ui_shows (ui->window, "Nobody Here Yet"));
  g_assert_null (ui_find (ui->window, "friends_heading"));
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (anna_row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Anna · on this network");

  /* A friend moves to the friends; the other's row is the same widget still. */
  ui_befriend (ui, anna);
  ui_get (ui->window, "friends_heading");
  g_assert_true (bert_row == get_row (ui, bert));
  anna_row = get_row (ui, anna);
  ui_settle (ui);
  ui_picture (ui, NULL, "people-rows");

  /* Who goes is offline as a friend, and gone as a stranger. */
  ui_go (ui, anna);
  ui_go (ui, bert);
  ui_wait_for (ui_shows (anna_row, "offline"));
  ui_wait_for (ui_find_label (ui->window, "Bert") == NULL);
  g_assert_true (anna_row == get_row (ui, anna));
}

static void
test_same_names (UiFixture *ui)
{
  UiPerson *friend = ui_meet (ui, "Anna");
  UiPerson *other;
  ShoalDeviceItem *item;
  GtkWidget *row;

  g_assert_null (ui_find_type (get_row (ui, friend), SHOAL_TYPE_MARK));
  ui_befriend (ui, friend);
  other = ui_meet (ui, "Anna");
  item = ui_item (ui, other);
  ui_wait_for (ui_shows (ui->window, "not your friend Anna"));
  row = ui_above (ui_find_type (ui_get (ui->window, "nearby_list"), SHOAL_TYPE_MARK),
                  SHOAL_TYPE_PERSON_ROW);
  g_assert_true (shoal_person_row_get_item (SHOAL_PERSON_ROW (row)) == item);
  g_assert_cmpint (g_utf8_strlen (shoal_mark_get_mark (SHOAL_MARK (
                                    ui_find_type (row, SHOAL_TYPE_MARK))),
                                  -1),
                   ==, 4);
  /* The friend bears its mark as well now. */
  ui_wait_for (ui_find_type (ui_get (ui->window, "friends_list"), SHOAL_TYPE_MARK) != NULL);
  ui_settle (ui);
  ui_picture (ui, NULL, "people-same-names");
}

static void
test_menu (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *row = get_row (ui, anna);

  ui_click (ui_get (row, "menu_button"));
  ui_get_label (row, "Send Files…");
  g_assert_null (ui_find_label (row, "Rename…"));
  ui_get_label (row, "Add as a Friend…");
  ui_settle (ui);
  ui_picture (ui, ui_find_type (row, GTK_TYPE_POPOVER), "people-menu");
  gtk_menu_button_popdown (GTK_MENU_BUTTON (ui_get (row, "menu_button")));

  /* The same by the keyboard, from the row. */
  gtk_widget_grab_focus (row);
  ui_key (ui, "Menu");
  ui_get_label (row, "Send Files…");
  gtk_menu_button_popdown (GTK_MENU_BUTTON (ui_get (row, "menu_button")));
  ui_wait_for (ui_find_label (row, "Send Files…") == NULL);
  gtk_widget_grab_focus (row);
  ui_key (ui, "shift+F10");
  ui_get_label (row, "Send Files…");
  /* An open menu has the keyboard, and would keep it from the next test. */
  gtk_menu_button_popdown (GTK_MENU_BUTTON (ui_get (row, "menu_button")));
  ui_wait_for (ui_find_label (row, "Send Files…") == NULL);
}

static void
test_copy_id (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (ui->window));
  g_auto (GValue) value = G_VALUE_INIT;

  ui_action (get_row (ui, anna), "person.copy-id", NULL);
  g_value_init (&value, G_TYPE_STRING);
  g_assert_true (
    gdk_content_provider_get_value (gdk_clipboard_get_content (clipboard), &value, NULL));
  g_assert_cmpstr (g_value_get_string (&value), ==, shoal_model_get_id (anna->model));
}

/* --- Dropping ---------------------------------------------------------------- */

static void
test_drop_on_person (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *path = ui_make_file (ui, "here/Holiday.jpg", 100000);
  g_autofree char *there = g_build_filename (anna->downloads, "Holiday.jpg", NULL);
  const char *const paths[] = { path, NULL };
  GtkWidget *row = get_row (ui, anna);
  ShoalTransferInfo *info;

  g_assert_true (ui_drop_files (row, paths));
  ui_wait_for (count_offers (anna) == 1);
  ui_wait_for (ui_shows (ui->window, "Offered to Anna"));
  /* First contact: both see the code until it is answered. */
  ui_wait_for (ui_shows (row, "code "));
  ui_wait_for (ui_shows (row, "1 waiting"));
  ui_settle (ui);
  ui_picture (ui, NULL, "people-offered");
  ui_accept_there (anna);
  ui_wait_for ((info = get_transfer (ui, 1))->phase == SHOAL_TRANSFER_DONE);
  g_assert_cmpstr (info->device_name, ==, "Anna");
  ui_wait_for (ui_same_files (path, there));
  ui_wait_for (!ui_shows (row, "1 waiting") && !ui_shows (row, "code "));
}

static void
test_drop_text (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autoptr (ShoalOfferItem) item = NULL;

  g_assert_true (ui_drop_text (get_row (ui, anna), "https://example.org/"));
  ui_wait_for (count_offers (anna) == 1);
  item = g_list_model_get_item (shoal_model_get_offers (anna->model), 0);
  g_assert_cmpint (shoal_offer_item_get_info (item)->kind, !=, SHOAL_CONTENT_FILES);

  /* Nothing is not sent. */
  g_assert_true (ui_drop_text (get_row (ui, anna), " \n"));
  ui_answer ("cancel");
  ui_settle (ui);
  g_assert_cmpuint (count_transfers (ui), ==, 1);
}

static void
test_undo (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *path = ui_make_file (ui, "here/wrong.txt", 10);
  const char *const paths[] = { path, NULL };

  g_assert_true (ui_drop_files (get_row (ui, anna), paths));
  ui_wait_for (count_offers (anna) == 1);
  ui_click (ui_get_label (ui->window, "Undo"));
  ui_wait_for (count_offers (anna) == 0);
}

static void
test_drop_offline (UiFixture *ui)
{
  UiPerson *rosa = ui_meet (ui, "Rosa");
  g_autofree char *path = ui_make_file (ui, "here/Letter.pdf", 5000);
  g_autofree char *there = g_build_filename (rosa->downloads, "Letter.pdf", NULL);
  const char *const paths[] = { path, NULL };
  GtkWidget *row;

  ui_befriend (ui, rosa);
  row = get_row (ui, rosa);
  ui_go (ui, rosa);
  ui_wait_for (ui_shows (row, "offline"));
  g_assert_true (ui_drop_files (row, paths));
  ui_wait_for (ui_shows (ui->window, "Rosa is offline: it goes out when both of you are there"));
  ui_wait_for (ui_shows (row, "offline · 1 waiting"));
  ui_settle (ui);
  ui_picture (ui, NULL, "people-offline");

  ui_come (ui, rosa);
  ui_accept_there (rosa);
  ui_wait_for (ui_same_files (path, there));
}

/* What is not there, and what lies elsewhere: said, with a way out. */
static void
test_drop_unreadable (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *gone = g_build_filename (ui->folder, "gone.txt", NULL);
  g_autofree char *path = ui_make_file (ui, "here/there.txt", 10);
  const char *const paths[] = { gone, NULL };
  const char *const chosen[] = { path, NULL };
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_true (ui_drop_files (get_row (ui, anna), paths));
  ui_get_type (NULL, ADW_TYPE_MESSAGE_DIALOG);
  g_assert_true (ui_shows (NULL, "gone.txt"));
  ui_settle (ui);
  ui_picture (ui, ui_get_type (NULL, ADW_TYPE_MESSAGE_DIALOG), "people-unreadable");
  ui_answer ("files");
  ui_choose (chosen);
  ui_wait_for (count_offers (anna) == 1);

  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, g_slist_append (NULL, g_file_new_for_uri ("sftp://far/away.txt")));
  g_assert_true (shoal_drop_feed (get_row (ui, anna), &value));
  ui_get_type (NULL, ADW_TYPE_MESSAGE_DIALOG);
  g_assert_true (ui_shows (NULL, "does not lie on this computer"));
  ui_answer ("folder");
  ui_choose (NULL);
  g_assert_cmpuint (count_transfers (ui), ==, 1);
}

static GtkEventController *
get_drop_target (GtkWidget *widget)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_DROP_TARGET_ASYNC (controller))
        return controller;
    }
  return NULL;
}

/* A row lifts and says what dropping means. */
static void
test_hover (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *row = get_row (ui, anna);
  GtkEventController *target = get_drop_target (row);
  GdkDragAction action = 0;

  g_signal_emit_by_name (target, "drag-enter", NULL, 1.0, 1.0, &action);
  g_assert_cmpint (action, ==, GDK_ACTION_COPY);
  g_assert_true (ui_shows (row, "Drop to send to Anna"));
  ui_settle (ui);
  ui_picture (ui, NULL, "people-hover");
  g_signal_emit_by_name (target, "drag-leave", NULL);
  g_assert_false (ui_shows (row, "Drop to send to Anna"));

  target = get_drop_target (gtk_widget_get_ancestor (row, g_type_from_name ("ShoalPeoplePage")));
  g_signal_emit_by_name (target, "drag-enter", NULL, 1.0, 1.0, &action);
  g_assert_true (ui_shows (ui->window, "Drop on a person to send at once"));
  g_signal_emit_by_name (target, "drag-leave", NULL);
  g_assert_true (ui_shows (ui->window, "Drop files on a person"));
}

/* --- The chooser ------------------------------------------------------------- */

static GtkWidget *
get_receiver (const char *name)
{
  GtkWidget *dialog = ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG);

  return ui_above (ui_get_label (dialog, name), SHOAL_TYPE_RECEIVER_ROW);
}

static void
test_chooser (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  UiPerson *bert = ui_meet (ui, "Bert");
  UiPerson *carl = ui_meet (ui, "Carl");
  g_autofree char *one = ui_make_file (ui, "here/one.txt", 10);
  g_autofree char *two = ui_make_file (ui, "here/two.txt", 10);
  const char *const paths[] = { one, two, NULL };
  GtkWidget *dialog;

  g_assert_true (ui_drop_files (ui_get (ui->window, "hint_label"), paths));
  dialog = ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG);
  g_assert_true (ui_shows (dialog, "2 items"));
  g_assert_false (gtk_widget_is_sensitive (ui_get (dialog, "receivers_send_button")));
  g_assert_true (gtk_test_accessible_has_property (GTK_ACCESSIBLE (get_receiver ("Anna")),
                                                   GTK_ACCESSIBLE_PROPERTY_LABEL));
  ui_click (get_receiver ("Anna"));
  ui_click (get_receiver ("Bert"));
  ui_click (get_receiver ("Carl"));
  ui_click (get_receiver ("Carl"));
  ui_settle (ui);
  ui_picture (ui, dialog, "people-chooser");

  /* Who goes while one chooses is not sent anything. */
  ui_go (ui, bert);
  ui_wait_for (ui_find_label (dialog, "Bert") == NULL);
  ui_click (ui_get (dialog, "receivers_send_button"));
  ui_wait_for (count_offers (anna) == 1);
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG) == NULL);
  g_assert_cmpuint (count_offers (carl), ==, 0);
  g_assert_cmpuint (count_transfers (ui), ==, 1);
}

static void
test_chooser_ways_out (UiFixture *ui)
{
  g_autofree char *torrent = ui_make_file (ui, "here/thing.torrent", 10);
  const char *const paths[] = { torrent, NULL };
  GtkWidget *dialog;

  /* Nobody is there: one can still make a link, or open what opens. */
  g_assert_true (ui_drop_files (ui_get (ui->window, "empty_connect_button"), paths));
  dialog = ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG);
  g_assert_true (ui_shows (dialog, "Nobody is here yet"));
  ui_settle (ui);
  ui_picture (ui, dialog, "people-chooser-nobody");
  ui_click (ui_get (dialog, "link_row"));
  gtk_window_close (GTK_WINDOW (ui_get_type (NULL, SHOAL_TYPE_SHARE_DIALOG)));
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG) == NULL);

  shoal_main_window_choose_receivers (ui->window, paths, NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG);
  ui_get (dialog, "open_row");
  ui_action (dialog, "receivers.open", NULL);
  gtk_window_close (GTK_WINDOW (ui_get_type (NULL, SHOAL_TYPE_OPEN_LINK_DIALOG)));

  shoal_main_window_choose_receivers (ui->window, paths, NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG);
  ui_action (dialog, "receivers.link", NULL);
  gtk_window_close (GTK_WINDOW (ui_get_type (NULL, SHOAL_TYPE_SHARE_DIALOG)));

  shoal_main_window_choose_receivers (ui->window, paths, NULL);
  ui_click (ui_get (NULL, "receivers_cancel_button"));
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG) == NULL);

  /* A text is no share. */
  g_assert_true (ui_drop_text (ui_get (ui->window, "empty_connect_button"), "Hello"));
  dialog = ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG);
  g_assert_null (ui_find (dialog, "link_row"));
  g_assert_null (ui_find (dialog, "open_row"));
  g_assert_true (ui_shows (dialog, "Hello"));
  ui_key (ui, "Escape");
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG) == NULL);
  g_assert_cmpuint (count_transfers (ui), ==, 0);
}

static void
test_choose_files (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *path = ui_make_file (ui, "here/deep/one.txt", 10);
  g_autofree char *folder = g_path_get_dirname (path);
  const char *const files[] = { path, NULL };
  const char *const folders[] = { folder, NULL };
  GtkWidget *row = get_row (ui, anna);

  ui_click (ui_get (row, "send_button"));
  ui_choose (files);
  ui_wait_for (count_offers (anna) == 1);
  ui_action (row, "person.send-folder", NULL);
  ui_choose (folders);
  ui_wait_for (count_offers (anna) == 2);
  ui_action (row, "person.send-files", NULL);
  ui_choose (NULL);

  /* Without a person: whom it is for is asked then. */
  ui_action (ui->window, "win.send-files", NULL);
  ui_choose (files);
  ui_click (get_receiver ("Anna"));
  ui_action (ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG), "receivers.send", NULL);
  ui_wait_for (count_offers (anna) == 3);
}

/* --- Texts ------------------------------------------------------------------- */

static void
test_send_text (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  g_autofree char *long_text = g_strnfill (70000, 'x');
  GtkWidget *dialog;

  ui_action (get_row (ui, anna), "person.send-text", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_SEND_TEXT_DIALOG);
  g_assert_true (ui_shows (dialog, "to Anna"));
  g_assert_false (gtk_widget_is_sensitive (ui_get (dialog, "send_button")));
  ui_type (ui_get (dialog, "text_view"), long_text);
  g_assert_false (gtk_widget_is_sensitive (ui_get (dialog, "send_button")));
  g_assert_true (ui_shows (dialog, "Save it as a file"));
  ui_type (ui_get (dialog, "text_view"), "Grüße 🐟");
  g_assert_false (ui_shows (dialog, "Save it as a file"));
  ui_settle (ui);
  ui_picture (ui, dialog, "people-text");
  ui_action (dialog, "text.send", NULL);
  ui_accept_there (anna);
  ui_wait_for (get_transfer (ui, 1)->phase == SHOAL_TRANSFER_DONE);

  ui_action (ui->window, "win.send-text", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_SEND_TEXT_DIALOG);
  ui_type (ui_get (dialog, "text_view"), "Two");
  ui_click (ui_get (dialog, "send_button"));
  ui_click (get_receiver ("Anna"));
  ui_click (ui_get (NULL, "receivers_send_button"));
  ui_wait_for (count_offers (anna) == 1);

  ui_action (ui->window, "win.send-text", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_SEND_TEXT_DIALOG);
  ui_click (ui_get (dialog, "text_cancel_button"));
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_SEND_TEXT_DIALOG) == NULL);
}

static void
test_paste (UiFixture *ui)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (ui->window));
  g_autofree char *path = ui_make_file (ui, "here/copied.txt", 10);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 16, 16);
  g_autoptr (GdkTexture) texture = NULL;
  GtkWidget *dialog;

  gdk_clipboard_set (clipboard, G_TYPE_FILE, file);
  ui_key (ui, "ctrl+v");
  dialog = ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG);
  g_assert_true (ui_shows (dialog, "copied.txt"));
  ui_click (ui_get (dialog, "receivers_cancel_button"));
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG) == NULL);

  gdk_clipboard_set_text (clipboard, "Pasted words");
  ui_action (ui->window, "win.paste", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG);
  g_assert_true (ui_shows (dialog, "Pasted words"));
  ui_click (ui_get (dialog, "receivers_cancel_button"));
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG) == NULL);

  gdk_pixbuf_fill (pixbuf, 0x336699ff);
  texture = gdk_texture_new_for_pixbuf (pixbuf);
  gdk_clipboard_set_texture (clipboard, texture);
  ui_action (ui->window, "win.paste", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_RECEIVERS_DIALOG);
  g_assert_true (ui_shows (dialog, "Pasted picture"));
  g_assert_true (ui_shows (dialog, ".png"));
  ui_settle (ui);
  ui_picture (ui, dialog, "people-pasted");
  gtk_window_close (GTK_WINDOW (dialog));

  /* Nothing is there; last, as the display takes a while to see that. */
  gdk_clipboard_set_content (clipboard, NULL);
  ui_action (ui->window, "win.paste", NULL);
  ui_wait_for (ui_shows (ui->window, "nothing on the clipboard"));

  /* Never by itself. */
  g_assert_cmpuint (count_transfers (ui), ==, 0);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/people/empty", test_empty);
  ui_add ("/people/rows", test_rows);
  ui_add ("/people/same-names", test_same_names);
  ui_add ("/people/menu", test_menu);
  ui_add ("/people/copy-id", test_copy_id);
  ui_add ("/people/drop-on-person", test_drop_on_person);
  ui_add ("/people/drop-text", test_drop_text);
  ui_add ("/people/undo", test_undo);
  ui_add ("/people/drop-offline", test_drop_offline);
  ui_add ("/people/drop-unreadable", test_drop_unreadable);
  ui_add ("/people/hover", test_hover);
  ui_add ("/people/chooser", test_chooser);
  ui_add ("/people/chooser-ways-out", test_chooser_ways_out);
  ui_add ("/people/choose-files", test_choose_files);
  ui_add ("/people/send-text", test_send_text);
  ui_add ("/people/paste", test_paste);
  return g_test_run ();
}
