/* shoal-arrival-card.h: a text or a link that has come.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * ShoalArrivalCard:
 *
 * Shows what came, to copy or, a link, to open once the person has seen all of
 * it. Signal "dismissed": it has been read. GTK thread.
 */
#define SHOAL_TYPE_ARRIVAL_CARD (shoal_arrival_card_get_type ())
G_DECLARE_FINAL_TYPE (ShoalArrivalCard, shoal_arrival_card, SHOAL, ARRIVAL_CARD, AdwBin)

/* @transfer: a GET of a text or link that is DONE. */
GtkWidget         *shoal_arrival_card_new          (ShoalModel *model,
                                                    ShoalTransferItem *transfer);
ShoalTransferItem *shoal_arrival_card_get_transfer (ShoalArrivalCard *self);

/* Whether @text is a link that may be offered to be opened: a whole one, of a kind
 * that leads to a page or a share. @host: (out) (optional) (nullable): where to. */
gboolean           shoal_link_check                (const char *text, char **host);

G_END_DECLS
