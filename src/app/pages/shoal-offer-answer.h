/* shoal-offer-answer.h: the ways to answer an offer that ask something first.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @widget finds the window, which says what goes wrong; it may go while a
 * dialogue is open, and so may the offer. Only one is open for an offer. */

/* Accepts. @directory: (nullable): the download folder; @chosen: (nullable): all. */
void shoal_offer_accept        (GtkWidget *widget, ShoalModel *model, ShoalOfferItem *offer,
                                const char *directory, const char *const *chosen);
/* Asks for a folder, looks whether there is room, then accepts. */
void shoal_offer_save_as       (GtkWidget *widget, ShoalModel *model, ShoalOfferItem *offer);
/* Shows what is in it, to choose from. */
void shoal_offer_choose_files  (GtkWidget *widget, ShoalModel *model, ShoalOfferItem *offer);
/* Asks up to which size, then accepts this one and remembers it of the friend. */
void shoal_offer_always_accept (GtkWidget *widget, ShoalModel *model, ShoalOfferItem *offer);

G_END_DECLS
