/* shoal-listing-item.h: something a friend shares, as a list binds to it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-snapshot.h"

G_BEGIN_DECLS

/* Immutable. Properties: name, details ("12 files, 1.2 GB"). */
#define SHOAL_TYPE_LISTING_ITEM (shoal_listing_item_get_type ())
G_DECLARE_FINAL_TYPE (ShoalListingItem, shoal_listing_item, SHOAL, LISTING_ITEM, GObject)

ShoalListingItem *shoal_listing_item_new      (const ShoalListing *listing);
const char       *shoal_listing_item_get_id   (ShoalListingItem *self);
const char       *shoal_listing_item_get_name (ShoalListingItem *self);

G_END_DECLS
