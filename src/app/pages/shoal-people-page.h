/* shoal-people-page.h: home: who is near, and our friends.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * ShoalPeoplePage:
 *
 * A page of the window: our own visibility, friends, who is near. Takes drops
 * anywhere. Property "model" (writable once, so that the window's template or
 * code may set it).
 */
#define SHOAL_TYPE_PEOPLE_PAGE (shoal_people_page_get_type ())
G_DECLARE_FINAL_TYPE (ShoalPeoplePage, shoal_people_page, SHOAL, PEOPLE_PAGE, AdwBin)

GtkWidget *shoal_people_page_new (ShoalModel *model);

G_END_DECLS
