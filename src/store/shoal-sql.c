/* shoal-sql.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-sql.h"

#include "shoal-error.h"

gboolean
shoal_sql_fail (sqlite3 *db, GError **error)
{
  int code = sqlite3_extended_errcode (db);
  const char *why = sqlite3_errmsg (db);

  switch (code & 0xff)
    {
    case SQLITE_FULL:
      return shoal_error_set (error, SHOAL_ERROR_DISK_FULL, SHOAL_SIDE_HERE,
                              "Free some space on the disk that holds Shoal's state.",
                              "The disk is full: Shoal cannot save its state");

    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return shoal_error_set (error, SHOAL_ERROR_CORRUPT, SHOAL_SIDE_HERE,
                              "Start Shoal again: it will set the damaged file aside.",
                              "Shoal's state database is damaged (%s)", why);

    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return shoal_error_set (error, SHOAL_ERROR_DISK, SHOAL_SIDE_HERE,
                              "Check the disk and the permissions of Shoal's state directory.",
                              "Could not use Shoal's state database: %s", why);

    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return shoal_error_set (error, SHOAL_ERROR_BUSY, SHOAL_SIDE_HERE,
                              "Close the program that has the database open.",
                              "Another program is using Shoal's state database");

    default:
      return shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                              "State database: %s", why);
    }
}

gboolean
shoal_sql_script (sqlite3 *db, const char *sql, GError **error)
{
  if (sqlite3_exec (db, sql, NULL, NULL, NULL) != SQLITE_OK)
    return shoal_sql_fail (db, error);
  return TRUE;
}

static int
bind_bytes (ShoalStatement *stmt, int i, const void *data, size_t size)
{
  /* A NULL pointer would bind NULL; an empty blob is not that. */
  return data == NULL && size == 0
           ? sqlite3_bind_zeroblob (stmt, i, 0)
           : sqlite3_bind_blob64 (stmt, i, data, size, SQLITE_STATIC);
}

static int
bind_one (ShoalStatement *stmt, int i, char type, va_list *args)
{
  switch (type)
    {
    case 'i':
      return sqlite3_bind_int64 (stmt, i, va_arg (*args, gint64));

    case 'd':
      return sqlite3_bind_double (stmt, i, va_arg (*args, double));

    case 's':
      return sqlite3_bind_text (stmt, i, va_arg (*args, const char *), -1, SQLITE_STATIC);

    case 'h':
      {
        const ShoalHash *hash = va_arg (*args, const ShoalHash *);

        return hash == NULL ? sqlite3_bind_null (stmt, i)
                            : bind_bytes (stmt, i, hash->bytes, SHOAL_HASH_SIZE);
      }

    case 'g':
      {
        GBytes *bytes = va_arg (*args, GBytes *);
        gsize size = 0;
        const void *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

        return bytes == NULL ? sqlite3_bind_null (stmt, i) : bind_bytes (stmt, i, data, size);
      }

    case 'b':
      {
        const void *data = va_arg (*args, const void *);
        size_t size = va_arg (*args, size_t);

        return bind_bytes (stmt, i, data, size);
      }

    default:
      g_assert_not_reached ();
    }
}

static gboolean
bind_all (ShoalStatement *stmt, const char *types, va_list args, GError **error)
{
  va_list copy;
  gboolean ok = TRUE;

  va_copy (copy, args);
  g_assert ((int) strlen (types) == sqlite3_bind_parameter_count (stmt));
  for (int i = 0; ok && types[i] != '\0'; i++)
    ok = bind_one (stmt, i + 1, types[i], &copy) == SQLITE_OK;
  va_end (copy);
  return ok || shoal_sql_fail (sqlite3_db_handle (stmt), error);
}

static ShoalStatement *
prepare (sqlite3 *db, const char *sql, const char *types, va_list args, GError **error)
{
  g_autoptr (ShoalStatement) stmt = NULL;

  if (sqlite3_prepare_v2 (db, sql, -1, &stmt, NULL) != SQLITE_OK)
    {
      shoal_sql_fail (db, error);
      return NULL;
    }
  if (!bind_all (stmt, types, args, error))
    return NULL;
  return g_steal_pointer (&stmt);
}

ShoalStatement *
shoal_sql_query (sqlite3 *db, GError **error, const char *sql, const char *types, ...)
{
  ShoalStatement *stmt;
  va_list args;

  va_start (args, types);
  stmt = prepare (db, sql, types, args, error);
  va_end (args);
  return stmt;
}

gboolean
shoal_sql_bind (ShoalStatement *self, GError **error, const char *types, ...)
{
  gboolean ok;
  va_list args;

  sqlite3_reset (self);
  va_start (args, types);
  ok = bind_all (self, types, args, error);
  va_end (args);
  return ok;
}

gboolean
shoal_sql_run (sqlite3 *db, GError **error, const char *sql, const char *types, ...)
{
  g_autoptr (ShoalStatement) stmt = NULL;
  int code;
  va_list args;

  va_start (args, types);
  stmt = prepare (db, sql, types, args, error);
  va_end (args);
  if (stmt == NULL)
    return FALSE;
  do
    code = sqlite3_step (stmt);
  while (code == SQLITE_ROW);
  return code == SQLITE_DONE || shoal_sql_fail (db, error);
}

gboolean
shoal_sql_next (ShoalStatement *self, GError **error)
{
  switch (sqlite3_step (self))
    {
    case SQLITE_ROW:
      return TRUE;

    case SQLITE_DONE:
      return FALSE;

    default:
      return shoal_sql_fail (sqlite3_db_handle (self), error);
    }
}

gint64
shoal_sql_int (ShoalStatement *self, int column)
{
  return sqlite3_column_int64 (self, column);
}

char *
shoal_sql_string (ShoalStatement *self, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (self, column));
}

GBytes *
shoal_sql_bytes (ShoalStatement *self, int column)
{
  const void *data;

  if (sqlite3_column_type (self, column) == SQLITE_NULL)
    return NULL;
  data = sqlite3_column_blob (self, column);
  return g_bytes_new (data, (gsize) sqlite3_column_bytes (self, column));
}

gboolean
shoal_sql_hash (ShoalStatement *self, int column, ShoalHash *hash)
{
  const void *data = sqlite3_column_blob (self, column);

  memset (hash, 0, sizeof *hash);
  if (data == NULL || sqlite3_column_bytes (self, column) != SHOAL_HASH_SIZE)
    return FALSE;
  memcpy (hash->bytes, data, SHOAL_HASH_SIZE);
  return TRUE;
}
