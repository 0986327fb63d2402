/* shoal-state-settings.h: settings that the engine obeys.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-database.h"

G_BEGIN_DECLS

/* All of them: key → value, both text. Synchronous: before the loop runs.
 * Returns: (transfer full) (nullable) */
GHashTable *shoal_state_settings_load (ShoalDatabase *database, GError **error);
/* Asynchronous. @value: (nullable): forget it. @func: (nullable). */
void        shoal_state_settings_set  (ShoalDatabase *database, const char *key, const char *value,
                                       ShoalWrittenFunc func, gpointer user_data);
/* Several, all or none. @changes: (transfer full): key → value (both text, owned;
 * NULL value: forget it). */
void        shoal_state_settings_change (ShoalDatabase *database, GHashTable *changes,
                                         ShoalWrittenFunc func, gpointer user_data);

G_END_DECLS
