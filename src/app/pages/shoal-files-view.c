/* shoal-files-view.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-files-view.h"

#include "shoal-commands-history.h"
#include "shoal-file-cell.h"
#include "shoal-transfer-words.h"

#include <adwaita.h>

#define LOOK_AGAIN_S 1

struct _ShoalFilesView
{
  GtkWidget       parent_instance;

  ShoalModel     *model; /* (owned) (nullable) */
  char           *id;    /* (owned) (nullable) */
  ShoalFileModel *files; /* (owned) */
  GCancellable   *look;  /* (owned) (nullable): of the list that is asked for */
  guint           timer; /* while shown */

  /* Of the template. */
  GtkWidget           *top;
  GtkWidget           *search_entry;
  GtkStack            *stack;
  GtkSpinner          *spinner;
  AdwStatusPage       *trouble;
  GtkColumnView       *view;
  GtkColumnViewColumn *state_column;
};

G_DEFINE_FINAL_TYPE (ShoalFilesView, shoal_files_view, GTK_TYPE_WIDGET)

/* --- Looking --------------------------------------------------------------- */

static void
show_page (ShoalFilesView *self)
{
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (self->files)) > 0;

  gtk_spinner_set_spinning (self->spinner, FALSE);
  gtk_stack_set_visible_child_name (self->stack, any ? "files" : "nothing");
}

/* What only goes out has no state of its own. */
static void
set_list (ShoalFilesView *self, ShoalFileList *list)
{
  ShoalListedFile file = { .state = SHOAL_LISTED_OFFERED };

  if (shoal_file_list_get_n_files (list) > 0)
    shoal_file_list_get (list, 0, &file);
  gtk_column_view_column_set_visible (self->state_column, file.state != SHOAL_LISTED_OFFERED);
  shoal_file_model_set_list (self->files, list);
  show_page (self);
}

static void
show_trouble (ShoalFilesView *self, const GError *error)
{
  g_autofree char *what = shoal_words_error (error, NULL);
  g_autofree char *escaped = g_markup_escape_text (what, -1);

  gtk_spinner_set_spinning (self->spinner, FALSE);
  adw_status_page_set_description (self->trouble, escaped);
  gtk_stack_set_visible_child_name (self->stack, "trouble");
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalFilesView) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalFileList) list
    = shoal_model_list_files_finish (SHOAL_MODEL (source), result, &error);

  g_clear_object (&self->look);
  if (self->files == NULL)
    return; /* disposed */
  if (list != NULL)
    set_list (self, list);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
           && gtk_stack_get_visible_child (self->stack) != NULL
           && g_str_equal (gtk_stack_get_visible_child_name (self->stack), "loading"))
    show_trouble (self, error);
}

static void
look (ShoalFilesView *self)
{
  if (self->look != NULL || self->id == NULL)
    return;
  self->look = g_cancellable_new ();
  shoal_model_list_files_async (self->model, self->id, self->look, on_listed,
                                g_object_ref (self));
}

static gboolean
on_time (gpointer user_data)
{
  ShoalFilesView *self = user_data;
  ShoalTransferItem *item = shoal_model_find_transfer (self->model, self->id);

  look (self);
  if (item != NULL && shoal_transfer_item_is_active (item))
    return G_SOURCE_CONTINUE;
  self->timer = 0;
  return G_SOURCE_REMOVE;
}

static void
shoal_files_view_map (GtkWidget *widget)
{
  ShoalFilesView *self = SHOAL_FILES_VIEW (widget);

  GTK_WIDGET_CLASS (shoal_files_view_parent_class)->map (widget);
  look (self);
  if (self->timer == 0 && self->id != NULL)
    self->timer = g_timeout_add_seconds (LOOK_AGAIN_S, on_time, self);
}

static void
shoal_files_view_unmap (GtkWidget *widget)
{
  ShoalFilesView *self = SHOAL_FILES_VIEW (widget);

  g_clear_handle_id (&self->timer, g_source_remove);
  GTK_WIDGET_CLASS (shoal_files_view_parent_class)->unmap (widget);
}

static void
on_search_changed (GtkSearchEntry *entry, ShoalFilesView *self)
{
  shoal_file_model_set_search (self->files, gtk_editable_get_text (GTK_EDITABLE (entry)));
  show_page (self);
}

/* --- Cells ------------------------------------------------------------------- */

static void
on_setup_name (GtkSignalListItemFactory *factory, GtkListItem *cell)
{
  gtk_list_item_set_child (cell, shoal_file_cell_new (SHOAL_FILE_CELL_NAME));
}

static void
on_setup_size (GtkSignalListItemFactory *factory, GtkListItem *cell)
{
  gtk_list_item_set_child (cell, shoal_file_cell_new (SHOAL_FILE_CELL_SIZE));
}

static void
on_setup_state (GtkSignalListItemFactory *factory, GtkListItem *cell)
{
  gtk_list_item_set_child (cell, shoal_file_cell_new (SHOAL_FILE_CELL_STATE));
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *cell)
{
  shoal_file_cell_set_item (SHOAL_FILE_CELL (gtk_list_item_get_child (cell)),
                            gtk_list_item_get_item (cell));
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *cell)
{
  shoal_file_cell_set_item (SHOAL_FILE_CELL (gtk_list_item_get_child (cell)), NULL);
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_files_view_dispose (GObject *object)
{
  ShoalFilesView *self = SHOAL_FILES_VIEW (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->look != NULL)
    g_cancellable_cancel (self->look);
  g_clear_pointer (&self->top, gtk_widget_unparent);
  g_clear_pointer ((GtkWidget **) &self->stack, gtk_widget_unparent);
  g_clear_object (&self->files);
  g_clear_object (&self->model);
  g_clear_pointer (&self->id, g_free);

  G_OBJECT_CLASS (shoal_files_view_parent_class)->dispose (object);
}

static void
shoal_files_view_class_init (ShoalFilesViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_files_view_dispose;
  widget_class->map = shoal_files_view_map;
  widget_class->unmap = shoal_files_view_unmap;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-files-view.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalFilesView, top);
  gtk_widget_class_bind_template_child (widget_class, ShoalFilesView, search_entry);
  gtk_widget_class_bind_template_child (widget_class, ShoalFilesView, stack);
  gtk_widget_class_bind_template_child (widget_class, ShoalFilesView, spinner);
  gtk_widget_class_bind_template_child (widget_class, ShoalFilesView, trouble);
  gtk_widget_class_bind_template_child (widget_class, ShoalFilesView, view);
  gtk_widget_class_bind_template_child (widget_class, ShoalFilesView, state_column);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_setup_name);
  gtk_widget_class_bind_template_callback (widget_class, on_setup_size);
  gtk_widget_class_bind_template_callback (widget_class, on_setup_state);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
  gtk_widget_class_bind_template_callback (widget_class, on_unbind);
}

static void
shoal_files_view_init (ShoalFilesView *self)
{
  GtkNoSelection *selection;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->files = shoal_file_model_new ();
  selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->files)));
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (selection));
  g_object_unref (selection);
  gtk_search_entry_set_key_capture_widget (GTK_SEARCH_ENTRY (self->search_entry),
                                           GTK_WIDGET (self));
  gtk_spinner_set_spinning (self->spinner, TRUE);
}

/* --- Public ---------------------------------------------------------------- */

GtkWidget *
shoal_files_view_new (ShoalModel *model, const char *id)
{
  ShoalFilesView *self = g_object_new (SHOAL_TYPE_FILES_VIEW, NULL);

  self->model = g_object_ref (model);
  self->id = g_strdup (id);
  return GTK_WIDGET (self);
}

void
shoal_files_view_set_list (ShoalFilesView *self, ShoalFileList *list)
{
  g_return_if_fail (SHOAL_IS_FILES_VIEW (self));

  g_clear_pointer (&self->id, g_free);
  set_list (self, list);
}
