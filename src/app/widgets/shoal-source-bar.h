/* shoal-source-bar.h: shares of a whole, as coloured segments of one bar.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalSourceBar:
 *
 * One bar in as many segments as there are parts, each in a colour of its own;
 * what is left is empty. An image to assistive technology: whoever makes it
 * describes it in words. A swatch is a small one in the colour of one part, for
 * a legend. GTK thread.
 */
#define SHOAL_TYPE_SOURCE_BAR (shoal_source_bar_get_type ())
G_DECLARE_FINAL_TYPE (ShoalSourceBar, shoal_source_bar, SHOAL, SOURCE_BAR, GtkWidget)

GtkWidget *shoal_source_bar_new        (void);
GtkWidget *shoal_source_bar_new_swatch (guint part);

/* @parts: of 1, in the order of their colours; copied. @words: the same as text. */
void       shoal_source_bar_set_parts  (ShoalSourceBar *self, const double *parts, guint n,
                                        const char *words);

G_END_DECLS
