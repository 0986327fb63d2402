/* shoal-shared-page.h: what this device shares, and with whom.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalSharedPage:
 *
 * The list of shares, each with who may get it, its link and QR code, what has
 * gone out and who fetches now. GTK thread.
 *
 * Property: model (set once it is known; construction by template is fine).
 */
#define SHOAL_TYPE_SHARED_PAGE (shoal_shared_page_get_type ())
G_DECLARE_FINAL_TYPE (ShoalSharedPage, shoal_shared_page, SHOAL, SHARED_PAGE, GtkWidget)

GtkWidget *shoal_shared_page_new (ShoalModel *model);

/* Scrolls to the row of a share and gives it the focus. FALSE: there is none. */
gboolean   shoal_shared_page_reveal (ShoalSharedPage *self, const char *share);

G_END_DECLS
