/* shoal-state.h: explicit state machines: a table of legal edges.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef struct
{
  int from, to;
} ShoalStateEdge;

/* TRUE if the edge is listed; logs both nicks. Otherwise g_critical(), FALSE. */
gboolean shoal_state_step (GType enum_type, const ShoalStateEdge *edges, gsize n_edges, int from,
                           int to);

G_END_DECLS
