/* shoal-friends-page.h: preferences: friends, and who is blocked.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A page of the preferences, as ShoalGeneralPage; a row leads to a ShoalFriendPage. */
#define SHOAL_TYPE_FRIENDS_PAGE (shoal_friends_page_get_type ())
G_DECLARE_FINAL_TYPE (ShoalFriendsPage, shoal_friends_page, SHOAL, FRIENDS_PAGE,
                      AdwPreferencesPage)

/* Once, before it is shown. */
void shoal_friends_page_set_model (ShoalFriendsPage *self, ShoalModel *model);

G_END_DECLS
