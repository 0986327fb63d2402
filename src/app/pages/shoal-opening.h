/* shoal-opening.h: what is handed over to be opened gets the dialogue it needs.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-window.h"

G_BEGIN_DECLS

/* @what: a link, an invite or the path of a .torrent file; copied. Shows what it
 * is and asks. The engine runs; GTK's thread. */
void shoal_opening_show (ShoalWindow *parent, const char *what);

G_END_DECLS
