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
work_change (sqlite3 *db, gpointer data, GError **error)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, data);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      if (value == NULL
            ? !shoal_sql_run (db, error, "DELETE FROM settings WHERE key = ?", "s", key)
            : !shoal_sql_run (db, error,
                              "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", "ss",
                              key, value))
        return FALSE;
    }
  return TRUE;
}

void
shoal_state_settings_change (ShoalDatabase *database, GHashTable *changes, ShoalWrittenFunc func,
                             gpointer user_data)
{
  shoal_database_write (database, work_change, changes, (GDestroyNotify) g_hash_table_unref, func,
                        user_data);
}

void
shoal_state_settings_set (ShoalDatabase *database, const char *key, const char *value,
                          ShoalWrittenFunc func, gpointer user_data)
{
  GHashTable *changes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  g_hash_table_insert (changes, g_strdup (key), g_strdup (value));
  shoal_state_settings_change (database, changes, func, user_data);
}
