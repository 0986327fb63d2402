/* test-choose.c: choosing among very many files, and among those nobody tells.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define SHOAL_ENGINE_ROOM

#include "shoal-choose-dialog.h"
#include "shoal-commands.h"
#include "shoal-file-list-private.h"
#include "shoal-file-row.h"
#include "shoal-file-tree.h"
#include "ui-fixture.h"

#define MANY 100000u
/* More than a card asks for by itself. */
#define SEVERAL 2001u

static ShoalFileTree *
make_tree (const char *const *paths, guint n)
{
  ShoalDescriptionBuilder *builder = shoal_description_builder_new ("Offer", FALSE);
  g_autoptr (ShoalDescription) description = NULL;
  g_autoptr (ShoalFileList) files = NULL;
  g_autoptr (GError) error = NULL;
  ShoalHash id = { { 1 } };

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name
        = paths != NULL ? g_strdup (paths[i]) : g_strdup_printf ("part %u/file %u", i / 1000, i);

      shoal_description_builder_add_file (builder, name, 10, NULL, &error);
      g_assert_no_error (error);
    }
  description = shoal_description_builder_finish (builder, &id, NULL, NULL, &error);
  g_assert_no_error (error);
  shoal_description_builder_free (builder);
  files = shoal_file_list_new (description);
  return shoal_file_tree_new (files);
}

static ShoalFileTreeItem *
get (GListModel *level, guint position)
{
  return g_list_model_get_item (level, position);
}

/* --- The tree ------------------------------------------------------------ */

static void
assert_chosen (ShoalFileTree *tree, const char *expected)
{
  g_auto (GStrv) chosen = shoal_file_tree_dup_chosen (tree);
  g_autofree char *joined = chosen != NULL ? g_strjoinv (" ", chosen) : NULL;

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_tree (UiFixture *ui)
{
  static const char *const PATHS[] = { "a", "a.b", "b/c/d", "b/c/e", "b/f", "bb/g", "z" };
  g_autoptr (ShoalFileTree) tree = make_tree (PATHS, G_N_ELEMENTS (PATHS));
  g_autoptr (GListModel) top = shoal_file_tree_get_top (tree);
  g_autoptr (ShoalFileTreeItem) b = get (top, 0);
  g_autoptr (ShoalFileTreeItem) again = get (top, 0);
  g_autoptr (GListModel) in_b = shoal_file_tree_item_get_children (b);
  g_autoptr (ShoalFileTreeItem) c = get (in_b, 0);
  g_autoptr (GListModel) in_c = shoal_file_tree_item_get_children (c);
  g_autoptr (ShoalFileTreeItem) d = get (in_c, 0);

  /* Folders first: b, bb, a, a.b, z. */
  g_assert_cmpuint (g_list_model_get_n_items (top), ==, 5);
  g_assert_true (again == b);
  g_assert_cmpstr (shoal_file_tree_item_get_name (b), ==, "b");
  g_assert_cmpuint (shoal_file_tree_item_get_bytes (b), ==, 30);
  g_assert_cmpuint (shoal_file_tree_item_get_n_files (b), ==, 3);
  g_assert_cmpstr (shoal_file_tree_item_get_name (d), ==, "d");
  g_assert_null (shoal_file_tree_item_get_children (d));
  assert_chosen (tree, NULL);

  shoal_file_tree_item_choose (d, FALSE);
  g_assert_cmpint (shoal_file_tree_item_get_choice (b), ==, SHOAL_CHOICE_SOME);
  g_assert_cmpint (shoal_file_tree_item_get_choice (c), ==, SHOAL_CHOICE_SOME);
  g_assert_cmpuint (shoal_file_tree_get_n_chosen (tree), ==, 6);
  g_assert_cmpuint (shoal_file_tree_get_chosen_bytes (tree), ==, 60);
  assert_chosen (tree, "a a.b b/c/e b/f bb z");

  shoal_file_tree_item_choose (c, FALSE);
  assert_chosen (tree, "a a.b b/f bb z");
  shoal_file_tree_choose_all (tree, FALSE);
  assert_chosen (tree, "");
  shoal_file_tree_item_choose (b, TRUE);
  assert_chosen (tree, "b");
  shoal_file_tree_choose_all (tree, TRUE);
  assert_chosen (tree, NULL);
}

/* --- Very many ----------------------------------------------------------- */

static guint
count_rows (GtkWidget *widget)
{
  guint n = SHOAL_IS_FILE_ROW (widget);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count_rows (child);
  return n;
}

static GListModel *
create_children (gpointer item, gpointer user_data)
{
  return shoal_file_tree_item_get_children (item);
}

/* Rows there are only for what is seen, however far one scrolls. */
static void
test_many (UiFixture *ui)
{
  g_autoptr (ShoalFileTree) tree = make_tree (NULL, MANY);
  g_autoptr (GtkListItemFactory) factory = shoal_file_row_factory_new ();
  GtkTreeListModel *rows = gtk_tree_list_model_new (shoal_file_tree_get_top (tree), FALSE, TRUE,
                                                    create_children, NULL, NULL);
  GtkWidget *list, *window = gtk_window_new (), *scroller = gtk_scrolled_window_new ();
  GtkAdjustment *adjustment;

  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (rows)), ==, MANY + MANY / 1000);
  list = gtk_list_view_new (
    GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (rows))), g_steal_pointer (&factory));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), list);
  gtk_window_set_child (GTK_WINDOW (window), scroller);
  gtk_window_set_default_size (GTK_WINDOW (window), 400, 600);
  gtk_window_present (GTK_WINDOW (window));
  gtk_test_widget_wait_for_draw (window);
  adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  for (guint i = 0; i <= 20; i++)
    {
      gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment) * i / 20);
      gtk_test_widget_wait_for_draw (window);
      g_assert_cmpuint (count_rows (list), >, 0);
      g_assert_cmpuint (count_rows (list), <=, 300);
    }
  shoal_file_tree_choose_all (tree, FALSE);
  g_assert_cmpuint (shoal_file_tree_get_n_chosen (tree), ==, 0);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* --- Nobody tells -------------------------------------------------------- */

static void
offer_several (UiFixture *ui, UiPerson *person)
{
  g_autofree char *folder = NULL;
  const char *const devices[] = { shoal_model_get_id (ui->me->model), NULL };
  const char *paths[] = { NULL, NULL };

  for (guint i = 0; i < SEVERAL; i++)
    {
      g_autofree char *within = g_strdup_printf ("%s/Many/%u", person->name, i);
      g_autofree char *path = ui_make_file (ui, within, 1);

      if (folder == NULL)
        folder = g_path_get_dirname (path);
    }
  paths[0] = folder;
  shoal_model_send_async (person->model, paths, NULL, devices, NULL, NULL);
  ui_get (ui->window, "accept_button");
}

/* Who offers has gone; what to do is said, and does when they are back. */
static void
test_away (UiFixture *ui)
{
  UiPerson *anna = ui_meet (ui, "Anna");
  GtkWidget *dialog;

  offer_several (ui, anna);
  ui_go (ui, anna);
  ui_action (ui_get (ui->window, "accept_button"), "offer.choose-files", NULL);
  dialog = ui_get_type (NULL, SHOAL_TYPE_CHOOSE_DIALOG);
  ui_wait_for (ui_shows (dialog, "Cannot Be Listed"));
  gtk_test_widget_wait_for_draw (dialog);
  ui_picture (ui, dialog, "choose-away");
  ui_come (ui, anna);
  ui_wait_for (ui_item (ui, anna) != NULL);
  do
    {
      ui_click (ui_get (dialog, "ask_again_button"));
      ui_wait_for (ui_shows (dialog, "2,001 of 2,001") || ui_shows (dialog, "2001 of 2001")
                   || ui_find (dialog, "ask_again_button") != NULL);
    }
  while (ui_find (dialog, "ask_again_button") != NULL);
  ui_click (ui_get (dialog, "cancel_button"));
  ui_wait_for (ui_find_type (NULL, SHOAL_TYPE_CHOOSE_DIALOG) == NULL);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/choose/tree", test_tree);
  ui_add ("/choose/many", test_many);
  ui_add ("/choose/away", test_away);
  return g_test_run ();
}
