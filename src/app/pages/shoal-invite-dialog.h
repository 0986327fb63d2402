/* shoal-invite-dialog.h: making a friend by a link, wherever they are.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-window.h"

G_BEGIN_DECLS

#define SHOAL_TYPE_INVITE_DIALOG (shoal_invite_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ShoalInviteDialog, shoal_invite_dialog, SHOAL, INVITE_DIALOG, AdwWindow)

/* Makes an invite and shows it, to copy or to scan, and who has used it. While
 * nothing beyond this network is used yet, says first what servers see. */
void shoal_invite_dialog_show (ShoalWindow *parent);

G_END_DECLS
