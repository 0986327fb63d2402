/* shoal-file-cell.h: one cell in the table of files.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-file-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum
{
  SHOAL_FILE_CELL_NAME,  /* name, and below it the folder */
  SHOAL_FILE_CELL_SIZE,
  SHOAL_FILE_CELL_STATE,
} ShoalFileCellKind;

/**
 * ShoalFileCell:
 *
 * Draws text at one size whatever it says, and only where it is seen: another
 * item is another drawing, and no layout. So two hundred of them, which is what a
 * list keeps, take a new item each in a fraction of a frame. GTK thread.
 */
#define SHOAL_TYPE_FILE_CELL (shoal_file_cell_get_type ())
G_DECLARE_FINAL_TYPE (ShoalFileCell, shoal_file_cell, SHOAL, FILE_CELL, GtkWidget)

GtkWidget *shoal_file_cell_new      (ShoalFileCellKind kind);
/* @item: (nullable); held, and followed. */
void       shoal_file_cell_set_item (ShoalFileCell *self, ShoalFileItem *item);

G_END_DECLS
