/* shoal-add-friend-dialog.h: does the other screen show the same code?
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-window.h"

G_BEGIN_DECLS

/**
 * ShoalAddFriendDialog:
 *
 * Makes a friend of somebody, or lets one compare the codes of a friend. Connects
 * first, if need be; only "yes, the same" adds or verifies.
 */
#define SHOAL_TYPE_ADD_FRIEND_DIALOG (shoal_add_friend_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ShoalAddFriendDialog, shoal_add_friend_dialog, SHOAL, ADD_FRIEND_DIALOG,
                      AdwWindow)

void shoal_add_friend_dialog_present (ShoalWindow *parent, ShoalDeviceItem *item);

G_END_DECLS
