/* shoal-friend-page.h: preferences: one friend.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * ShoalFriendPage:
 *
 * A page above the preferences: what we call a friend, whether the codes were
 * compared, what is accepted from it unasked; block and forget. Leaves by itself
 * when it is a friend no more. GTK thread.
 */
#define SHOAL_TYPE_FRIEND_PAGE (shoal_friend_page_get_type ())
G_DECLARE_FINAL_TYPE (ShoalFriendPage, shoal_friend_page, SHOAL, FRIEND_PAGE, AdwBin)

GtkWidget *shoal_friend_page_new (ShoalModel *model, ShoalDeviceItem *item);

G_END_DECLS
