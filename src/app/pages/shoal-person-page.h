/* shoal-person-page.h: one person: what they share, and what one can do.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* For shoal_window_push(). Takes drops for this person. */
#define SHOAL_TYPE_PERSON_PAGE (shoal_person_page_get_type ())
G_DECLARE_FINAL_TYPE (ShoalPersonPage, shoal_person_page, SHOAL, PERSON_PAGE, AdwBin)

/* @device: its ID; (nullable) if there is no such device (any more). */
GtkWidget *shoal_person_page_new (ShoalModel *model, const char *device);

G_END_DECLS
