/* shoal-join-dialog.h: becoming friends with whoever made an invite.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-window.h"

G_BEGIN_DECLS

#define SHOAL_TYPE_JOIN_DIALOG (shoal_join_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ShoalJoinDialog, shoal_join_dialog, SHOAL, JOIN_DIALOG, AdwWindow)

/* @text: an invite, or what looks like one (shoal_invite_looks_like()). Asks, looks
 * for the other device, and says how it went. Nobody is contacted before the
 * person agrees. */
void shoal_join_dialog_show (ShoalWindow *parent, const char *text);

G_END_DECLS
