/* shoal-incoming-area.h: what came in and waits for a person, above every page.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalIncomingArea:
 *
 * The cards above the pages: offers that wait for an answer, texts and links that
 * came, and what waits for consent on a metered network. A card can be put away
 * and is then one click from being found again; it never answers by itself.
 * Takes no room while there is nothing. GTK thread.
 *
 * Property: model (set once it is known; construction by template is fine).
 */
#define SHOAL_TYPE_INCOMING_AREA (shoal_incoming_area_get_type ())
G_DECLARE_FINAL_TYPE (ShoalIncomingArea, shoal_incoming_area, SHOAL, INCOMING_AREA, GtkWidget)

GtkWidget *shoal_incoming_area_new (ShoalModel *model);

/* Takes the card of an offer or of a text (by transfer ID) out again if it was put
 * away, scrolls to it and gives it the focus. FALSE: there is none. */
gboolean   shoal_incoming_area_reveal (ShoalIncomingArea *self, const char *id);

G_END_DECLS
