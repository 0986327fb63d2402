/* shoal-speed-graph.h: rates over time, as a filled line.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalSpeedGraph:
 *
 * Draws the latest rates in the accent colour, newest at the end of the line
 * (left in right-to-left text), scaled to the highest with three guide lines. An
 * image to assistive technology, described in words. GTK thread.
 */
#define SHOAL_TYPE_SPEED_GRAPH (shoal_speed_graph_get_type ())
G_DECLARE_FINAL_TYPE (ShoalSpeedGraph, shoal_speed_graph, SHOAL, SPEED_GRAPH, GtkWidget)

GtkWidget *shoal_speed_graph_new (void);

/* @rates: bytes/s, oldest first; copied. @capacity: how many fill the width. */
void       shoal_speed_graph_set_rates (ShoalSpeedGraph *self, const double *rates, guint n,
                                        guint capacity);

G_END_DECLS
