/* shoal-invites-group.h: invites that nobody has used yet, in the preferences.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* Hidden while there are none. Invites come and go without a word from the engine,
 * so it asks while it is to be seen. */
#define SHOAL_TYPE_INVITES_GROUP (shoal_invites_group_get_type ())
G_DECLARE_FINAL_TYPE (ShoalInvitesGroup, shoal_invites_group, SHOAL, INVITES_GROUP,
                      AdwPreferencesGroup)

/* Once. */
void  shoal_invites_group_set_model (ShoalInvitesGroup *self, ShoalModel *model);

/* The day on which @invite ends, as in “Sunday, 29 November”. Returns: (transfer full) */
char *shoal_invite_until (const char *invite);

G_END_DECLS
