/* shoal-state.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-base"

#include "config.h"

#include "shoal-state.h"

static const char *
nick (GEnumClass *klass, int value)
{
  GEnumValue *found = g_enum_get_value (klass, value);

  return found != NULL ? found->value_nick : "?";
}

gboolean
shoal_state_step (GType enum_type, const ShoalStateEdge *edges, gsize n_edges, int from, int to)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (enum_type);

  for (gsize i = 0; i < n_edges; i++)
    {
      if (edges[i].from == from && edges[i].to == to)
        {
          g_debug ("%s: %s → %s", g_type_name (enum_type), nick (klass, from), nick (klass, to));
          return TRUE;
        }
    }

  g_critical ("%s: no edge %s → %s", g_type_name (enum_type), nick (klass, from), nick (klass, to));
  return FALSE;
}
