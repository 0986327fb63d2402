/* shoal-transfer-row.h: one transfer in the list.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalTransferRow:
 *
 * What moves, how far it is, and what can be done about it. Follows its item.
 * Where it stands in the list, and taking it off, are the page's: actions
 * transfers.move, transfers.cancel, transfers.remove. GTK thread.
 */
#define SHOAL_TYPE_TRANSFER_ROW (shoal_transfer_row_get_type ())
G_DECLARE_FINAL_TYPE (ShoalTransferRow, shoal_transfer_row, SHOAL, TRANSFER_ROW, GtkListBoxRow)

GtkWidget         *shoal_transfer_row_new       (ShoalModel *model, ShoalTransferItem *item);
/* It stands at the head of its own details: no way there, no order. */
void               shoal_transfer_row_set_alone (ShoalTransferRow *self);
/* (transfer none) */
ShoalTransferItem *shoal_transfer_row_get_item  (ShoalTransferRow *self);

G_END_DECLS
