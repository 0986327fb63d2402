/* shoal-share-row.h: one share of ours in the list.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalShareRow:
 *
 * What is shared, with whom, what has gone out, its link; follows its item.
 * GTK thread.
 *
 * Actions: share.edit, .copy-link, .files, .export, .stop, .locate,
 * .take-changes.
 */
#define SHOAL_TYPE_SHARE_ROW (shoal_share_row_get_type ())
G_DECLARE_FINAL_TYPE (ShoalShareRow, shoal_share_row, SHOAL, SHARE_ROW, GtkListBoxRow)

GtkWidget      *shoal_share_row_new      (ShoalModel *model, ShoalShareItem *item);
/* (transfer none) */
ShoalShareItem *shoal_share_row_get_item (ShoalShareRow *self);

G_END_DECLS
