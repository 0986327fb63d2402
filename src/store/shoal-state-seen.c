/* shoal-state-seen.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-state-seen.h"

#include "shoal-schema.h"
#include "shoal-sql.h"

const char *const shoal_schema_state_seen
  = "CREATE TABLE seen_messages ("
  "  salt BLOB PRIMARY KEY CHECK (length (salt) = 32),"
  "  time INTEGER NOT NULL"
  ") WITHOUT ROWID;"
  "CREATE INDEX seen_messages_by_time ON seen_messages (time);";

static gboolean
work_load (sqlite3 *db, gpointer data, GError **error)
{
  GArray *all = data;
  g_autoptr (GError) local = NULL;
  g_autoptr (ShoalStatement) stmt
    = shoal_sql_query (db, error, "SELECT salt, time FROM seen_messages ORDER BY time", "");

  if (stmt == NULL)
    return FALSE;
  while (shoal_sql_next (stmt, &local))
    {
      ShoalSeenMessage seen = { .time = shoal_sql_int (stmt, 1) };

      if (shoal_sql_hash (stmt, 0, &seen.salt))
        g_array_append_val (all, seen);
    }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

GArray *
shoal_state_seen_load (ShoalDatabase *database, GError **error)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (ShoalSeenMessage));

  if (!shoal_database_run_now (database, work_load, all, error))
    return NULL;
  return g_steal_pointer (&all);
}

typedef struct
{
  ShoalSeenMessage seen;
  gint64           since;
} Job;

static gboolean
work_add (sqlite3 *db, gpointer data, GError **error)
{
  Job *job = data;

  return shoal_sql_run (db, error, "DELETE FROM seen_messages WHERE time < ?", "i", job->since)
         && shoal_sql_run (db, error,
                           "INSERT OR REPLACE INTO seen_messages (salt, time) VALUES (?, ?)",
                           "hi", &job->seen.salt, job->seen.time);
}

void
shoal_state_seen_add (ShoalDatabase *database, const ShoalSeenMessage *seen, gint64 since)
{
  Job *job = g_new0 (Job, 1);

  job->seen = *seen;
  job->since = since;
  shoal_database_write (database, work_add, job, g_free, NULL, NULL);
}
