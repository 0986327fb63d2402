/* shoal-network-page.h: preferences: how fast, which way, at which port.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A page of the preferences, as ShoalGeneralPage. */
#define SHOAL_TYPE_NETWORK_PAGE (shoal_network_page_get_type ())
G_DECLARE_FINAL_TYPE (ShoalNetworkPage, shoal_network_page, SHOAL, NETWORK_PAGE,
                      AdwPreferencesPage)

/* Once, before it is shown. */
void shoal_network_page_set_model (ShoalNetworkPage *self, ShoalModel *model);

G_END_DECLS
