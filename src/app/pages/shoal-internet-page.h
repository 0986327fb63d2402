/* shoal-internet-page.h: what is asked of servers beyond this network, and of which.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define SHOAL_TYPE_INTERNET_PAGE (shoal_internet_page_get_type ())
G_DECLARE_FINAL_TYPE (ShoalInternetPage, shoal_internet_page, SHOAL, INTERNET_PAGE,
                      AdwPreferencesPage)

/* Once. */
void shoal_internet_page_set_model (ShoalInternetPage *self, ShoalModel *model);

G_END_DECLS
