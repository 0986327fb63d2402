/* shoal-invites.h: making somebody a friend by a link, wherever they are.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-window.h"

G_BEGIN_DECLS

/* Makes an invite and shows it: to copy, or to scan. */
void     shoal_invites_make (ShoalWindow *window);
/* Asks whether to become friends with whoever made @text, and says how it went.
 * FALSE: it is no invite. */
gboolean shoal_invites_open (ShoalWindow *window, const char *text);

G_END_DECLS
