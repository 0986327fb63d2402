/* shoal-state-settings.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-state-settings.h"

#include "shoal-sql.h"

static gboolean
work_load (sqlite3 *db, gpointer data, GError **error)
{
  GHashTable *settings = data;
  g_autoptr (GError) local = NULL;
  g_autoptr (ShoalStatement) stmt
    = shoal_sql_query (db, error, "SELECT key, value FROM settings", "");

  if (stmt == NULL)
    return FALSE;
  while (shoal_sql_next (stmt, &local))
    g_hash_table_insert (settings, shoal_sql_string (stmt, 0), shoal_sql_string (stmt, 1));
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

GHashTable *
shoal_state_settings_load (ShoalDatabase *database, GError **error)
{
  g_autoptr (GHashTable) settings
    = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  if (!shoal_database_run_now (database, work_load, settings, error))
    return NULL;
  return g_steal_pointer (&settings);
}

static gboolean
work_set (sqlite3 *db, gpointer data, GError **error)
{
  char **pair = data;

  if (pair[1] == NULL)
    return shoal_sql_run (db, error, "DELETE FROM settings WHERE key = ?", "s", pair[0]);
  return shoal_sql_run (db, error, "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)",
                        "ss", pair[0], pair[1]);
}

void
shoal_state_settings_set (ShoalDatabase *database, const char *key, const char *value,
                          ShoalWrittenFunc func, gpointer user_data)
{
  char **pair = g_new0 (char *, 3);

  pair[0] = g_strdup (key);
  pair[1] = g_strdup (value);
  shoal_database_write (database, work_set, pair, (GDestroyNotify) g_strfreev, func, user_data);
}
