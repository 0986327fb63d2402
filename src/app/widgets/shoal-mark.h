/* shoal-mark.h: the four small shapes that tell devices of equal name apart.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalMark:
 *
 * Draws the mark of a snapshot, always in the same order and all shapes of one
 * size, whatever fonts there are. Properties: "mark" (nullable, four glyphs as
 * snapshots have them; NULL or empty: draws nothing and is hidden).
 */
#define SHOAL_TYPE_MARK (shoal_mark_get_type ())
G_DECLARE_FINAL_TYPE (ShoalMark, shoal_mark, SHOAL, MARK, GtkWidget)

GtkWidget  *shoal_mark_new      (const char *mark);
void        shoal_mark_set_mark (ShoalMark *self, const char *mark);
const char *shoal_mark_get_mark (ShoalMark *self);

/* The mark in words, translated, for whoever cannot see it: "disc, tent, star,
 * house". @mark: (nullable). Returns: (transfer full) */
char       *shoal_mark_to_words (const char *mark);

G_END_DECLS
