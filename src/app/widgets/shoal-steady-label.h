/* shoal-steady-label.h: words that change many times a second and move nothing else.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A GtkLabel asks for other room with every new text, and the whole window is
 * laid out again; where labels wrap that takes tens of milliseconds. This one
 * wraps as well, but asks only when its text needs another number of lines. */
#define SHOAL_TYPE_STEADY_LABEL (shoal_steady_label_get_type ())
G_DECLARE_FINAL_TYPE (ShoalSteadyLabel, shoal_steady_label, SHOAL, STEADY_LABEL, GtkWidget)

void        shoal_steady_label_set_text (ShoalSteadyLabel *self, const char *text);
const char *shoal_steady_label_get_text (ShoalSteadyLabel *self);

/* A figure in one line, at the end of a row: its room grows with it and never
 * shrinks, so that it stands still. */
GtkWidget *shoal_figure_new      (void);
void       shoal_figure_set_text (GtkInscription *figure, const char *text);

G_END_DECLS
