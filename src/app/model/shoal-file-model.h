/* shoal-file-model.h: the files of a transfer, for a list of any length.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-file-list.h"

G_BEGIN_DECLS

/**
 * ShoalFileItem:
 *
 * One file as a row binds to it: made when a row wants it, gone with the row.
 *
 * Properties (read-only strings): name, folder ("" at the top), size, state (in
 * words), icon-name (of the state), label (all of it, for screen readers).
 */
#define SHOAL_TYPE_FILE_ITEM (shoal_file_item_get_type ())
G_DECLARE_FINAL_TYPE (ShoalFileItem, shoal_file_item, SHOAL, FILE_ITEM, GObject)

/**
 * ShoalFileModel:
 *
 * A GListModel of ShoalFileItem over a ShoalFileList. Only items that somebody
 * holds exist; a newer list updates them in place. GTK's thread.
 */
#define SHOAL_TYPE_FILE_MODEL (shoal_file_model_get_type ())
G_DECLARE_FINAL_TYPE (ShoalFileModel, shoal_file_model, SHOAL, FILE_MODEL, GObject)

ShoalFileModel *shoal_file_model_new        (void);
/* @list: (nullable) */
void            shoal_file_model_set_list   (ShoalFileModel *self, ShoalFileList *list);
/* Shows only files whose path contains @text, in whatever case; "" shows all. */
void            shoal_file_model_set_search (ShoalFileModel *self, const char *text);
/* Items that exist now; for tests of how few they are. */
guint           shoal_file_model_count_live (ShoalFileModel *self);

G_END_DECLS
