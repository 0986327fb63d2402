/* shoal-transfer-actions.h: what rows and details can do about a transfer.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @widget: where it was asked for; leads to the window and the clipboard. */

gboolean shoal_transfer_actions_can_pause (const ShoalTransferInfo *info);
/* Files that came and can be opened. */
gboolean shoal_transfer_actions_lies_here (const ShoalTransferInfo *info);

/* Pauses or resumes. */
void shoal_transfer_actions_pause        (ShoalModel *model, ShoalTransferItem *item);
/* Tries again; a failure is told by the model. */
void shoal_transfer_actions_retry        (ShoalModel *model, ShoalTransferItem *item);
/* The one thing to do next: see ShoalTransferStep. */
void shoal_transfer_actions_step         (GtkWidget *widget, ShoalModel *model,
                                          ShoalTransferItem *item);
void shoal_transfer_actions_show_details (GtkWidget *widget, ShoalModel *model,
                                          ShoalTransferItem *item);
void shoal_transfer_actions_copy_details (GtkWidget *widget, ShoalTransferItem *item);

G_END_DECLS
