/* shoal-listing-row.h: something a friend shares, with Get.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-listing-item.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A child for a list view; its buttons are the page's actions shares.get and
 * shares.get-to. */
#define SHOAL_TYPE_LISTING_ROW (shoal_listing_row_get_type ())
G_DECLARE_FINAL_TYPE (ShoalListingRow, shoal_listing_row, SHOAL, LISTING_ROW, AdwBin)

GtkListItemFactory *shoal_listing_row_make_factory (void);
void                shoal_listing_row_set_item     (ShoalListingRow *self, ShoalListingItem *item);

G_END_DECLS
