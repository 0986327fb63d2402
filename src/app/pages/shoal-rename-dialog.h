/* shoal-rename-dialog.h: asks what to call a friend.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-window.h"

G_BEGIN_DECLS

/* Stays open with what is wrong, until the name will do. */
#define SHOAL_TYPE_RENAME_DIALOG (shoal_rename_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ShoalRenameDialog, shoal_rename_dialog, SHOAL, RENAME_DIALOG, AdwWindow)

void shoal_rename_dialog_present (ShoalWindow *parent, ShoalDeviceItem *item);

G_END_DECLS
