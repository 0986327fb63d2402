/* shoal-transfers-page.h: what moves now, what waits, and what has been.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalTransfersPage:
 *
 * The list of transfers: those that are not over in the order of the queue,
 * below them the history. A row leads to its details, which the window pushes.
 * GTK thread.
 *
 * Property: model (set once it is known; construction by template is fine).
 *
 * Actions of the page: transfers.clear-finished. Of a row (a child of it):
 * transfer.pause (pauses or resumes), .cancel, .retry, .open, .show-folder,
 * .remove, .details, .copy-details, .copy-text, .next-step, .move-up,
 * .move-down, .move-first.
 */
#define SHOAL_TYPE_TRANSFERS_PAGE (shoal_transfers_page_get_type ())
G_DECLARE_FINAL_TYPE (ShoalTransfersPage, shoal_transfers_page, SHOAL, TRANSFERS_PAGE, GtkWidget)

GtkWidget *shoal_transfers_page_new (ShoalModel *model);

/* Scrolls to the row of a transfer and gives it the focus. FALSE: there is none. */
gboolean   shoal_transfers_page_reveal (ShoalTransfersPage *self, const char *transfer);

G_END_DECLS
