/* shoal-transfer-item.h: a transfer, as lists and rows bind to it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-snapshot.h"

G_BEGIN_DECLS

/* Rates are sampled once a second; this many are kept for the graph. */
#define SHOAL_TRANSFER_ITEM_RATES 120

/**
 * ShoalTransferItem:
 *
 * One transfer in the model; updated in place: "changed" after every new snapshot,
 * "rates-changed" when a sample was added. GTK's thread.
 */
#define SHOAL_TYPE_TRANSFER_ITEM (shoal_transfer_item_get_type ())
G_DECLARE_FINAL_TYPE (ShoalTransferItem, shoal_transfer_item, SHOAL, TRANSFER_ITEM, GObject)

ShoalTransferItem *shoal_transfer_item_new       (ShoalTransferInfo *info);
/* (transfer none): the newest snapshot; never NULL. */
ShoalTransferInfo *shoal_transfer_item_get_info  (ShoalTransferItem *self);
const char        *shoal_transfer_item_get_id    (ShoalTransferItem *self);
/* How much of it is done: 0–1. */
double             shoal_transfer_item_get_fraction (ShoalTransferItem *self);
/* Not over. */
gboolean           shoal_transfer_item_is_active (ShoalTransferItem *self);
/* Bytes move now: no suspending. */
gboolean           shoal_transfer_item_is_moving (ShoalTransferItem *self);

/* The latest rates in bytes/s, oldest first; @n: how many, at most
 * SHOAL_TRANSFER_ITEM_RATES. Returns: (transfer full) (array length=n) */
double            *shoal_transfer_item_dup_rates (ShoalTransferItem *self, guint *n);

/* For the model. @now: monotonic µs. */
void shoal_transfer_item_update (ShoalTransferItem *self, ShoalTransferInfo *info);
void shoal_transfer_item_sample (ShoalTransferItem *self, gint64 now);

G_END_DECLS
