/* shoal-dialog.h: what dialogues that wait for answers have in common.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* To be called in the init of a window: its dispose runs when it is closed, though an
 * answer that has not come holds it still. GTK would wait for the last reference,
 * and by then its parent may be gone. */
void shoal_dialog_dispose_when_closed (GtkWindow *window);

G_END_DECLS
