/* shoal-offer-card.h: an offer that waits for an answer.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-folder-room.h"
#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * ShoalOfferCard:
 *
 * Says who offers what, where it would go and whether there is room, and takes
 * the answer. Lives as long as the offer; dialogues that it has opened survive
 * it and say that the offer is gone. GTK thread.
 *
 * Signal "put-away": the person wants it out of sight, without an answer.
 */
#define SHOAL_TYPE_OFFER_CARD (shoal_offer_card_get_type ())
G_DECLARE_FINAL_TYPE (ShoalOfferCard, shoal_offer_card, SHOAL, OFFER_CARD, AdwBin)

/* @watch: of the download folder; shared by all cards. */
GtkWidget      *shoal_offer_card_new       (ShoalModel *model, ShoalOfferItem *offer,
                                            ShoalRoomWatch *watch);
ShoalOfferItem *shoal_offer_card_get_offer (ShoalOfferCard *self);

G_END_DECLS
