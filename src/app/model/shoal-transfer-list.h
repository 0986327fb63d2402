/* shoal-transfer-list.h: those transfers that run, or those that are over, in order.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-transfer-item.h"

G_BEGIN_DECLS

/**
 * ShoalTransferList:
 *
 * A GListModel over the model's transfers that is told of the smallest change
 * only: an item that stays in place is never announced, one that moves is taken
 * out and put in again by itself. GTK's thread.
 */
#define SHOAL_TYPE_TRANSFER_LIST (shoal_transfer_list_get_type ())
G_DECLARE_FINAL_TYPE (ShoalTransferList, shoal_transfer_list, SHOAL, TRANSFER_LIST, GObject)

/* @transfers: of ShoalTransferItem. @over: those that are over, latest first;
 * else those that are not, in the order of the queue. @limit: the list model has
 * so many at most: the first. */
ShoalTransferList *shoal_transfer_list_new (GListModel *transfers, gboolean over, guint limit);

/* @limit: not less than before. */
void  shoal_transfer_list_set_limit (ShoalTransferList *self, guint limit);
guint shoal_transfer_list_get_limit (ShoalTransferList *self);
/* Without the limit; as for peek() and find(). */
guint shoal_transfer_list_get_total (ShoalTransferList *self);

/* Leaves one out, or takes it in again. Unknown IDs are remembered. */
void shoal_transfer_list_set_hidden (ShoalTransferList *self, const char *id, gboolean hidden);

/* (transfer none); borrowed, unlike g_list_model_get_item() */
ShoalTransferItem *shoal_transfer_list_peek (ShoalTransferList *self, guint position);
/* FALSE: it is not in the list. */
gboolean           shoal_transfer_list_find (ShoalTransferList *self, const char *id,
                                             guint *position);

G_END_DECLS
