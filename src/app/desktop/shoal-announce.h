/* shoal-announce.h: saying something to whoever listens to the screen.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Has screen readers say @words, which is on the screen anyway; @urgent: at once,
 * whatever they are saying. With GTK before 4.14 nothing is said: what changed can
 * be read in the descriptions of rows and cards. */
void shoal_announce (GtkWidget *widget, const char *words, gboolean urgent);

G_END_DECLS
