/* shoal-share-item.h: something we share, as lists and rows bind to it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-snapshot.h"

G_BEGIN_DECLS

/**
 * ShoalShareItem:
 *
 * One share of ours in the model; updated in place as the other items are, and
 * emits "changed". GTK's thread.
 */
#define SHOAL_TYPE_SHARE_ITEM (shoal_share_item_get_type ())
G_DECLARE_FINAL_TYPE (ShoalShareItem, shoal_share_item, SHOAL, SHARE_ITEM, GObject)

ShoalShareItem *shoal_share_item_new      (ShoalShareInfo *info);
/* (transfer none): the newest snapshot; never NULL. */
ShoalShareInfo *shoal_share_item_get_info (ShoalShareItem *self);
const char     *shoal_share_item_get_id   (ShoalShareItem *self);

/* For the model. */
void shoal_share_item_update (ShoalShareItem *self, ShoalShareInfo *info);

G_END_DECLS
