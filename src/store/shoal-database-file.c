/* shoal-database-file.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-database-file.h"

#include "shoal-error.h"
#include "shoal-schema.h"
#include "shoal-sql.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "shoal.db"
#define SUSPECT_NAME "shoal.db.suspect"
/* A file up to this is checked at every start: 30 ms. A larger one only after
 * an error: nearly all of it are hash layers, which are made again. */
#define MAX_ROUTINE_CHECK (16 * 1024 * 1024)

/* WAL: readers and the one writer do not wait for the disk; NORMAL: a power cut
 * may lose the last commits, never the file; the end of the process loses
 * nothing. Secrets are overwritten when deleted. */
static const char SETUP[]
  = "PRAGMA auto_vacuum = INCREMENTAL;"
  "PRAGMA foreign_keys = ON;"
  "PRAGMA trusted_schema = OFF;"
  "PRAGMA secure_delete = FAST;"
  "PRAGMA cache_size = -4096;"
  "PRAGMA journal_size_limit = 16777216;";

static void
close_db (sqlite3 *db)
{
  sqlite3_close (db);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3, close_db)

static char *
file_path (const char *directory, const char *suffix)
{
  return g_strconcat (directory, G_DIR_SEPARATOR_S FILE_NAME, suffix, NULL);
}

void
shoal_database_file_suspect (const char *directory)
{
  g_autofree char *path = g_build_filename (directory, SUSPECT_NAME, NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd >= 0)
    close (fd);
}

static gboolean
clear_suspicion (const char *directory)
{
  g_autofree char *path = g_build_filename (directory, SUSPECT_NAME, NULL);

  return g_unlink (path) == 0;
}

static sqlite3 *
open_handle (const char *path, GError **error)
{
  g_autoptr (sqlite3) db = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;

  if (sqlite3_open_v2 (path, &db, flags, NULL) != SQLITE_OK)
    {
      if (db != NULL)
        shoal_sql_fail (db, error);
      else
        shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                         "Not enough memory for the state database");
      return NULL;
    }
  sqlite3_extended_result_codes (db, 1);
  sqlite3_busy_timeout (db, 5000);
  return g_steal_pointer (&db);
}

/* File systems without shared memory cannot do WAL; then full syncs. */
static gboolean
choose_journal (sqlite3 *db, GError **error)
{
  g_autoptr (ShoalStatement) stmt = shoal_sql_query (db, error, "PRAGMA journal_mode = WAL", "");
  g_autoptr (GError) local = NULL;
  gboolean is_wal;

  if (stmt == NULL)
    return FALSE;
  if (!shoal_sql_next (stmt, &local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  is_wal = g_strcmp0 ((const char *) sqlite3_column_text (stmt, 0), "wal") == 0;
  g_clear_pointer (&stmt, shoal_statement_free);
  return shoal_sql_script (db, is_wal ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL",
                           error);
}

static gboolean
check_whole (sqlite3 *db, GError **error)
{
  g_autoptr (ShoalStatement) stmt = shoal_sql_query (db, error, "PRAGMA quick_check(1)", "");
  g_autoptr (GError) local = NULL;
  const char *answer;

  if (stmt == NULL)
    return FALSE;
  if (!shoal_sql_next (stmt, &local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  answer = (const char *) sqlite3_column_text (stmt, 0);
  if (g_strcmp0 (answer, "ok") == 0)
    return TRUE;
  return shoal_error_set (error, SHOAL_ERROR_CORRUPT, SHOAL_SIDE_HERE, NULL,
                          "Shoal's state database is damaged (%s)", answer);
}

static gboolean
needs_check (const char *directory)
{
  g_autofree char *path = file_path (directory, "");
  GStatBuf buf;

  return clear_suspicion (directory)
         || (g_stat (path, &buf) == 0 && buf.st_size <= MAX_ROUTINE_CHECK);
}

static sqlite3 *
open_and_prepare (const char *path, gboolean check, GError **error)
{
  g_autoptr (sqlite3) db = open_handle (path, error);

  if (db == NULL || !shoal_sql_script (db, SETUP, error) || !choose_journal (db, error)
      || (check && !check_whole (db, error)) || !shoal_schema_migrate (db, error))
    return NULL;
  return g_steal_pointer (&db);
}

/* The log and the index of a WAL database belong to the file: they move along
 * with it. Returns the new path. */
static char *
move_aside (const char *directory, GError **error)
{
  static const char *const PARTS[] = { "-wal", "-shm", "" };
  /* not replayed: names a file nobody reads back */
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%d-%H%M%S");
  g_autofree char *base = NULL;

  for (int n = 0; base == NULL || g_file_test (base, G_FILE_TEST_EXISTS); n++)
    {
      g_autofree char *suffix = n == 0 ? g_strdup_printf (".damaged-%s", stamp)
                                       : g_strdup_printf (".damaged-%s-%d", stamp, n);
      g_free (base);
      base = file_path (directory, suffix);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (PARTS); i++)
    {
      g_autofree char *from = file_path (directory, PARTS[i]);
      g_autofree char *to = g_strconcat (base, PARTS[i], NULL);

      if (g_rename (from, to) != 0 && errno != ENOENT)
        {
          shoal_error_set_errno (error, errno, "move the damaged “%s” aside", from);
          return NULL;
        }
    }
  return g_steal_pointer (&base);
}

static sqlite3 *
start_over (const char *directory, const char *why, GError **notice, GError **error)
{
  g_autofree char *path = file_path (directory, "");
  g_autofree char *aside = move_aside (directory, error);
  g_autoptr (sqlite3) db = NULL;
  g_autoptr (sqlite3) damaged = NULL;
  gint64 rows = 0;

  if (aside == NULL)
    return NULL;
  db = open_and_prepare (path, FALSE, error);
  if (db == NULL)
    return NULL;
  if (sqlite3_open_v2 (aside, &damaged, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK)
    rows = shoal_schema_salvage (db, damaged);

  shoal_error_set (notice, SHOAL_ERROR_CORRUPT, SHOAL_SIDE_HERE,
                   "Check your friends and settings; downloads begun before are not resumed.",
                   "%s. It is kept as “%s”; %" G_GINT64_FORMAT
                   " entries of settings, devices and shares could be read from it",
                   why, aside, rows);
  return g_steal_pointer (&db);
}

sqlite3 *
shoal_database_file_open (const char *directory, GError **notice, GError **error)
{
  g_autofree char *path = file_path (directory, "");
  g_autoptr (sqlite3) db = NULL;
  g_autoptr (GError) local = NULL;
  int fd;

  /* Secrets live here: never readable by others, not even for a moment. */
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    {
      shoal_error_set_errno (error, errno, "open “%s”", path);
      return NULL;
    }
  close (fd);

  db = open_and_prepare (path, needs_check (directory), &local);
  if (db != NULL)
    return g_steal_pointer (&db);
  if (g_error_matches (local, SHOAL_ERROR, SHOAL_ERROR_CORRUPT))
    return start_over (directory, local->message, notice, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

sqlite3 *
shoal_database_file_open_memory (GError **error)
{
  g_autoptr (sqlite3) db = open_handle (":memory:", error);

  if (db == NULL || !shoal_sql_script (db, SETUP, error) || !shoal_schema_migrate (db, error))
    return NULL;
  return g_steal_pointer (&db);
}
