/* shoal-awake.h: the computer does not go to sleep by itself while bytes move.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalAwake:
 *
 * Asks those who put computers to sleep not to: the session manager, or the
 * Inhibit portal, as GTK does it; where there is no session manager (sway, KDE,
 * openbox) logind as well, whose word holds everywhere. Where nobody listens it
 * does nothing and says so to nobody.
 *
 * GTK's thread; nothing of our own blocks.
 */
typedef struct _ShoalAwake ShoalAwake;

/* @application: registered; must outlive it. */
ShoalAwake *shoal_awake_new  (GtkApplication *application);
/* @window: (nullable): for a dialogue of the desktop. Idempotent. */
void        shoal_awake_set  (ShoalAwake *self, gboolean awake, GtkWindow *window);
/* Lets it sleep. */
void        shoal_awake_free (ShoalAwake *self);

G_END_DECLS
