/* shoal-schema.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-schema.h"

#include "shoal-error.h"
#include "shoal-sql.h"

/* Append only, once released. */
static const char *const *const STEPS[] = {
  &shoal_schema_state_1,
  &shoal_schema_hashes_1,
  &shoal_schema_pieces_1,
  &shoal_schema_state_2,
  &shoal_schema_state_people,
  &shoal_schema_state_seen,
  &shoal_schema_state_folders,
};

int
shoal_schema_version (void)
{
  return (int) G_N_ELEMENTS (STEPS);
}

static int
read_version (sqlite3 *db, GError **error)
{
  g_autoptr (ShoalStatement) stmt = shoal_sql_query (db, error, "PRAGMA user_version", "");
  g_autoptr (GError) step_error = NULL;

  if (stmt == NULL)
    return -1;
  if (shoal_sql_next (stmt, &step_error))
    return (int) shoal_sql_int (stmt, 0);
  if (step_error != NULL)
    g_propagate_error (error, g_steal_pointer (&step_error));
  return -1;
}

static gboolean
run_steps (sqlite3 *db, const char *const *steps, int from, int to, GError **error)
{
  g_autofree char *set_version = g_strdup_printf ("PRAGMA user_version = %d", to);

  for (int i = from; i < to; i++)
    if (!shoal_sql_script (db, steps[i], error))
      return FALSE;
  return shoal_sql_script (db, set_version, error);
}

gboolean
shoal_schema_migrate_list (sqlite3 *db, const char *const *steps, int n_steps, GError **error)
{
  int version = read_version (db, error);

  if (version < 0)
    return FALSE;
  if (version > n_steps)
    return shoal_error_set (error, SHOAL_ERROR_VERSION, SHOAL_SIDE_HERE,
                            "Update Shoal, or choose another state directory.",
                            "A newer version of Shoal has written this state (%d, known: %d)",
                            version, n_steps);
  if (version == n_steps)
    return TRUE;

  if (!shoal_sql_script (db, "BEGIN IMMEDIATE", error))
    return FALSE;
  if (run_steps (db, steps, version, n_steps, error) && shoal_sql_script (db, "COMMIT", error))
    return TRUE;
  sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

gboolean
shoal_schema_migrate (sqlite3 *db, GError **error)
{
  const char *steps[G_N_ELEMENTS (STEPS)];

  for (gsize i = 0; i < G_N_ELEMENTS (STEPS); i++)
    steps[i] = *STEPS[i];
  return shoal_schema_migrate_list (db, steps, (int) G_N_ELEMENTS (STEPS), error);
}

/* --- Salvage ------------------------------------------------------------- */

/* The columns of @table in either database, as "a","b"; NULL if none. */
static char *
list_columns (sqlite3 *db, const char *table)
{
  g_autoptr (ShoalStatement) stmt = NULL;
  g_autoptr (GString) list = g_string_new (NULL);

  stmt = shoal_sql_query (db, NULL, "SELECT name FROM pragma_table_info(?1)", "s", table);
  while (stmt != NULL && shoal_sql_next (stmt, NULL))
    g_string_append_printf (list, "%s\"%s\"", list->len > 0 ? "," : "",
                            (const char *) sqlite3_column_text (stmt, 0));
  return list->len > 0 ? g_strdup (list->str) : NULL;
}

static ShoalStatement *
prepare_insert (sqlite3 *db, const char *table, const char *columns, int n_columns)
{
  g_autoptr (GString) sql = g_string_new (NULL);
  ShoalStatement *stmt = NULL;

  g_string_printf (sql, "INSERT OR IGNORE INTO \"%s\" (%s) VALUES (", table, columns);
  for (int i = 0; i < n_columns; i++)
    g_string_append (sql, i > 0 ? ",?" : "?");
  g_string_append (sql, ")");
  sqlite3_prepare_v2 (db, sql->str, -1, &stmt, NULL);
  return stmt;
}

/* Row by row: one statement for all would undo the good rows at the first bad
 * page. Columns that the new schema lacks make the insert fail to prepare;
 * then there is nothing to do for that table. */
static gint64
salvage_table (sqlite3 *db, sqlite3 *damaged, const char *table)
{
  g_autofree char *columns = list_columns (damaged, table);
  g_autofree char *sql = g_strdup_printf ("SELECT %s FROM \"%s\"", columns, table);
  g_autoptr (ShoalStatement) from = NULL;
  g_autoptr (ShoalStatement) to = NULL;
  gint64 rows = 0;

  if (columns == NULL || sqlite3_prepare_v2 (damaged, sql, -1, &from, NULL) != SQLITE_OK)
    return 0;
  to = prepare_insert (db, table, columns, sqlite3_column_count (from));
  while (to != NULL && sqlite3_step (from) == SQLITE_ROW)
    {
      sqlite3_reset (to);
      for (int i = 0; i < sqlite3_column_count (from); i++)
        sqlite3_bind_value (to, i + 1, sqlite3_column_value (from, i));
      if (sqlite3_step (to) == SQLITE_DONE)
        rows += sqlite3_changes (db);
    }
  return rows;
}

gint64
shoal_schema_salvage (sqlite3 *db, sqlite3 *damaged)
{
  static const char *const TABLES[] = {
    "settings", "devices", "device_addresses", "shares", "share_roots", "share_devices",
  };
  gint64 rows = 0;

  sqlite3_exec (db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (TABLES); i++)
    rows += salvage_table (db, damaged, TABLES[i]);
  sqlite3_exec (db, "COMMIT", NULL, NULL, NULL);
  return rows;
}
