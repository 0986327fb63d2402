/* shoal-choose-dialog.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-choose-dialog.h"

#include "shoal-commands-history.h"
#include "shoal-error.h"
#include "shoal-file-row.h"
#include "shoal-file-tree.h"
#include "shoal-folder-room.h"
#include "shoal-format.h"
#include "shoal-offer-answer.h"

#include <glib/gi18n.h>

struct _ShoalChooseDialog
{
  AdwWindow       parent_instance;

  ShoalModel     *model;  /* (owned) */
  ShoalOfferItem *offer;  /* (owned) */
  ShoalRoomWatch *watch;  /* (owned): of the download folder */
  ShoalFileTree  *tree;   /* (owned) (nullable): once the files are known */
  GCancellable   *cancel; /* (owned) */
  gboolean        is_setting; /* the check box follows; nobody has clicked */

  AdwWindowTitle *heading;
  GtkStack       *stack;
  GtkLabel       *asking;
  AdwStatusPage  *failure;
  GtkWidget      *ask_again_button, *cancel_button, *accept_chosen_button;
  GtkListView    *list;
  GtkCheckButton *all_button;
  GtkLabel       *summary;
};

G_DEFINE_FINAL_TYPE (ShoalChooseDialog, shoal_choose_dialog, ADW_TYPE_WINDOW)

/* --- What is ticked ------------------------------------------------------ */

static void
update_all (ShoalChooseDialog *self)
{
  guint n = shoal_file_tree_get_n_files (self->tree);
  guint n_chosen = shoal_file_tree_get_n_chosen (self->tree);

  self->is_setting = TRUE;
  gtk_check_button_set_inconsistent (self->all_button, n_chosen > 0 && n_chosen < n);
  gtk_check_button_set_active (self->all_button, n_chosen > 0);
  self->is_setting = FALSE;
}

static char *
sum_up (ShoalChooseDialog *self)
{
  uint64_t bytes = shoal_file_tree_get_chosen_bytes (self->tree);
  g_autofree char *size = shoal_format_size (bytes);
  g_autofree char *chosen = shoal_format_count (shoal_file_tree_get_n_chosen (self->tree));
  g_autofree char *all = shoal_format_count (shoal_file_tree_get_n_files (self->tree));

  /* Translators: how many of the files are chosen, of how many, and their size. */
  return g_strdup_printf (_("%s of %s · %s"), chosen, all, size);
}

static void
update (ShoalChooseDialog *self)
{
  const char *directory = shoal_room_watch_get_directory (self->watch);
  g_autofree char *sum = NULL;
  g_autofree char *trouble = NULL;

  if (self->tree == NULL || g_cancellable_is_cancelled (self->cancel))
    return; /* not known yet, or the offer is gone */
  sum = sum_up (self);
  if (directory != NULL)
    trouble = shoal_folder_room_explain (shoal_room_watch_get_room (self->watch), directory,
                                         shoal_file_tree_get_chosen_bytes (self->tree));
  gtk_label_set_label (self->summary, trouble != NULL ? trouble : sum);
  if (trouble != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->summary), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->summary), "error");
  gtk_widget_set_sensitive (self->accept_chosen_button,
                            trouble == NULL && shoal_file_tree_get_n_chosen (self->tree) > 0);
  update_all (self);
}

static void
on_all_toggled (ShoalChooseDialog *self)
{
  guint n;

  if (self->is_setting || self->tree == NULL)
    return;
  n = shoal_file_tree_get_n_files (self->tree);
  shoal_file_tree_choose_all (self->tree, shoal_file_tree_get_n_chosen (self->tree) < n);
}

/* Enter on a row: opens or closes a folder, ticks a file. */
static void
on_row_activated (ShoalChooseDialog *self, guint position)
{
  g_autoptr (GtkTreeListRow) row
    = g_list_model_get_item (G_LIST_MODEL (gtk_list_view_get_model (self->list)), position);
  g_autoptr (ShoalFileTreeItem) item = gtk_tree_list_row_get_item (row);

  if (gtk_tree_list_row_is_expandable (row))
    gtk_tree_list_row_set_expanded (row, !gtk_tree_list_row_get_expanded (row));
  else
    shoal_file_tree_item_choose (item,
                                 shoal_file_tree_item_get_choice (item) != SHOAL_CHOICE_ALL);
}

static void
on_accepted (ShoalChooseDialog *self)
{
  g_auto (GStrv) chosen = shoal_file_tree_dup_chosen (self->tree);
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));

  shoal_offer_accept (GTK_WIDGET (parent), self->model, self->offer, NULL,
                      (const char *const *) chosen);
  gtk_window_destroy (GTK_WINDOW (self));
}

/* --- The files ----------------------------------------------------------- */

static GListModel *
create_children (gpointer item, gpointer user_data)
{
  return shoal_file_tree_item_get_children (item);
}

static void
show_files (ShoalChooseDialog *self, ShoalFileList *files)
{
  GtkTreeListModel *rows;

  self->tree = shoal_file_tree_new (files);
  g_signal_connect_object (self->tree, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  rows = gtk_tree_list_model_new (shoal_file_tree_get_top (self->tree), FALSE, FALSE,
                                  create_children, NULL, NULL);
  gtk_list_view_set_model (
    self->list, GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (rows))));
  gtk_stack_set_visible_child_name (self->stack, "files");
  gtk_widget_grab_focus (GTK_WIDGET (self->list));
  update (self);
}

static void
show_failure (ShoalChooseDialog *self, const char *title, const char *text, gboolean can_ask)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_status_page_set_title (self->failure, title);
  adw_status_page_set_description (self->failure, escaped);
  gtk_widget_set_visible (self->ask_again_button, can_ask);
  gtk_widget_set_sensitive (self->accept_chosen_button, FALSE);
  gtk_stack_set_visible_child_name (self->stack, "failed");
}

static void
on_files (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalChooseDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalFileList) files
    = shoal_model_list_files_finish (SHOAL_MODEL (source), result, &error);
  const char *next = error != NULL ? shoal_error_get_next (error) : NULL;

  if (g_cancellable_is_cancelled (self->cancel))
    return; /* closed, or the offer is gone */
  if (files != NULL)
    {
      show_files (self, files);
      return;
    }
  if (next != NULL)
    {
      g_autofree char *text = g_strdup_printf ("%s\n%s", error->message, next);

      show_failure (self, _("The Files Cannot Be Listed"), text, TRUE);
      return;
    }
  show_failure (self, _("The Files Cannot Be Listed"), error->message, TRUE);
}

static void
ask (ShoalChooseDialog *self)
{
  gtk_stack_set_visible_child_name (self->stack, "asking");
  shoal_model_list_files_async (self->model, shoal_offer_item_get_id (self->offer), self->cancel,
                                on_files, g_object_ref (self));
}

static void
on_ask_again (ShoalChooseDialog *self)
{
  ask (self);
}

/* The offer may be answered, or taken back, while we ask. */
static void
on_offers_changed (ShoalChooseDialog *self)
{
  const ShoalOfferInfo *info = shoal_offer_item_get_info (self->offer);
  g_autofree char *who = NULL;
  g_autofree char *text = NULL;

  if (shoal_model_find_offer (self->model, info->id) != NULL
      || g_cancellable_is_cancelled (self->cancel))
    return;
  g_cancellable_cancel (self->cancel);
  who = shoal_format_name (info->from->label);
  text = g_strdup_printf (_("%s took it back, or it was answered elsewhere."), who);
  show_failure (self, _("This Offer Is Gone"), text, FALSE);
  gtk_button_set_label (GTK_BUTTON (self->cancel_button), _("_Close"));
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_choose_dialog_dispose (GObject *object)
{
  ShoalChooseDialog *self = SHOAL_CHOOSE_DIALOG (object);

  if (self->cancel != NULL)
    g_cancellable_cancel (self->cancel);
  if (self->watch != NULL)
    shoal_room_watch_set_active (self->watch, FALSE);
  g_clear_object (&self->tree);
  g_clear_object (&self->watch);
  g_clear_object (&self->offer);
  g_clear_object (&self->model);
  gtk_widget_dispose_template (GTK_WIDGET (self), SHOAL_TYPE_CHOOSE_DIALOG);
  G_OBJECT_CLASS (shoal_choose_dialog_parent_class)->dispose (object);
}

static void
shoal_choose_dialog_finalize (GObject *object)
{
  ShoalChooseDialog *self = SHOAL_CHOOSE_DIALOG (object);

  g_clear_object (&self->cancel);
  G_OBJECT_CLASS (shoal_choose_dialog_parent_class)->finalize (object);
}

static void
shoal_choose_dialog_class_init (ShoalChooseDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_choose_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = shoal_choose_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-choose-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalChooseDialog, heading);
  gtk_widget_class_bind_template_child (widget_class, ShoalChooseDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, ShoalChooseDialog, asking);
  gtk_widget_class_bind_template_child (widget_class, ShoalChooseDialog, failure);
  gtk_widget_class_bind_template_child (widget_class, ShoalChooseDialog, ask_again_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalChooseDialog, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalChooseDialog, accept_chosen_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalChooseDialog, list);
  gtk_widget_class_bind_template_child (widget_class, ShoalChooseDialog, all_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalChooseDialog, summary);
  gtk_widget_class_bind_template_callback (widget_class, on_accepted);
  gtk_widget_class_bind_template_callback (widget_class, on_ask_again);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_all_toggled);
}

static void
shoal_choose_dialog_init (ShoalChooseDialog *self)
{
  g_autoptr (GtkListItemFactory) factory = shoal_file_row_factory_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancel = g_cancellable_new ();
  self->watch = shoal_room_watch_new ();
  gtk_list_view_set_factory (self->list, factory);
  g_signal_connect_object (self->watch, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
}

GtkWindow *
shoal_choose_dialog_new (GtkWindow *parent, ShoalModel *model, ShoalOfferItem *offer)
{
  ShoalChooseDialog *self
    = g_object_new (SHOAL_TYPE_CHOOSE_DIALOG, "transient-for", parent, NULL);
  const ShoalOfferInfo *info = shoal_offer_item_get_info (offer);
  g_autofree char *who = shoal_format_name (info->from->label);
  g_autofree char *asking = g_strdup_printf (_("Asking %s what is in it…"), who);

  self->model = g_object_ref (model);
  self->offer = g_object_ref (offer);
  adw_window_title_set_subtitle (self->heading, info->name);
  gtk_label_set_label (self->asking, asking);
  g_signal_connect_object (shoal_model_get_offers (model), "items-changed",
                           G_CALLBACK (on_offers_changed), self, G_CONNECT_SWAPPED);
  shoal_room_watch_set_directory (self->watch, shoal_model_get_settings (model)->directory);
  shoal_room_watch_set_active (self->watch, TRUE);
  ask (self);
  return GTK_WINDOW (self);
}
