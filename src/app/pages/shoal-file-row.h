/* shoal-file-row.h: a file or folder with a check box, in a list of a tree.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalFileRow:
 *
 * Shows a GtkTreeListRow of a ShoalFileTreeItem: expander, check box, icon, name
 * and size. Made and reused by the list. GTK thread.
 */
#define SHOAL_TYPE_FILE_ROW (shoal_file_row_get_type ())
G_DECLARE_FINAL_TYPE (ShoalFileRow, shoal_file_row, SHOAL, FILE_ROW, GtkWidget)

/* For a GtkListView over a GtkTreeListModel. (transfer full) */
GtkListItemFactory *shoal_file_row_factory_new (void);

G_END_DECLS
