/* shoal-offer-item.h: an offer that waits for an answer here.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-snapshot.h"

G_BEGIN_DECLS

/**
 * ShoalOfferItem:
 *
 * One incoming offer, in the model from its arrival until it is answered,
 * withdrawn or expired. As a ShoalDeviceItem, it is updated in place and emits
 * "changed". GTK's thread.
 */
#define SHOAL_TYPE_OFFER_ITEM (shoal_offer_item_get_type ())
G_DECLARE_FINAL_TYPE (ShoalOfferItem, shoal_offer_item, SHOAL, OFFER_ITEM, GObject)

ShoalOfferItem *shoal_offer_item_new      (ShoalOfferInfo *info);
/* (transfer none): the newest snapshot; never NULL. */
ShoalOfferInfo *shoal_offer_item_get_info (ShoalOfferItem *self);
const char     *shoal_offer_item_get_id   (ShoalOfferItem *self);

/* For the model. */
void shoal_offer_item_update (ShoalOfferItem *self, ShoalOfferInfo *info);

G_END_DECLS
