/* shoal-transfer-details.h: one transfer, looked at closely.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalTransferDetails:
 *
 * Speed as a graph, the sources with their share of the bytes, passing on, the
 * files, and everything about it to copy. For shoal_window_push(). GTK thread.
 */
#define SHOAL_TYPE_TRANSFER_DETAILS (shoal_transfer_details_get_type ())
G_DECLARE_FINAL_TYPE (ShoalTransferDetails, shoal_transfer_details, SHOAL, TRANSFER_DETAILS,
                      GtkWidget)

/* @origin: in the list it was opened from; held weakly: its actions
 * transfers.cancel and transfers.remove take the transfer off. */
GtkWidget *shoal_transfer_details_new (ShoalModel *model, ShoalTransferItem *item,
                                       GtkWidget *origin);

G_END_DECLS
