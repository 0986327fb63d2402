/* shoal-general-page.h: preferences: who we are, what is received, and when.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * ShoalGeneralPage:
 *
 * A page of the preferences; shows what the engine obeys as it changes. What will
 * not do is said beneath its row. GTK thread.
 */
#define SHOAL_TYPE_GENERAL_PAGE (shoal_general_page_get_type ())
G_DECLARE_FINAL_TYPE (ShoalGeneralPage, shoal_general_page, SHOAL, GENERAL_PAGE,
                      AdwPreferencesPage)

/* Once, before it is shown. */
void shoal_general_page_set_model (ShoalGeneralPage *self, ShoalModel *model);

G_END_DECLS
