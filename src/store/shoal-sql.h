/* shoal-sql.h: short ways to say common things to SQLite.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For work functions of ShoalDatabase. A statement's parameters are described
 * by one letter each, followed by their values:
 *   i  gint64 (cast it)        s  const char * (NULL: SQL NULL)
 *   d  double                  h  const ShoalHash * (NULL: SQL NULL)
 *   g  GBytes * (NULL: SQL NULL)   b  const void *, then size_t
 * Values are borrowed until the statement is reset or finalized.
 */
#pragma once

#include "shoal-hash.h"

#include <gio/gio.h>
#include <sqlite3.h>

G_BEGIN_DECLS

typedef sqlite3_stmt ShoalStatement;

static inline void
shoal_statement_free (ShoalStatement *self)
{
  sqlite3_finalize (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalStatement, shoal_statement_free)

/* Several statements without parameters. */
gboolean shoal_sql_script (sqlite3 *db, const char *sql, GError **error);
/* One statement, to its end. */
gboolean shoal_sql_run    (sqlite3 *db, GError **error, const char *sql, const char *types, ...);
/* Prepares and binds; then shoal_sql_next() for each row. @types "" for none.
 * Returns: (transfer full) (nullable) */
ShoalStatement *shoal_sql_query (sqlite3 *db, GError **error, const char *sql, const char *types,
                                 ...);
/* Rewinds a statement and binds again: for loops. */
gboolean shoal_sql_bind (ShoalStatement *self, GError **error, const char *types, ...);
/* TRUE: there is a row. FALSE without error: no more. Reset or finalized by the
 * caller; @error must not be NULL if the difference matters. */
gboolean shoal_sql_next (ShoalStatement *self, GError **error);

/* Columns of the current row. (nullable) (transfer full) for pointers. */
gint64    shoal_sql_int    (ShoalStatement *self, int column);
char     *shoal_sql_string (ShoalStatement *self, int column);
GBytes   *shoal_sql_bytes  (ShoalStatement *self, int column);
/* FALSE (and @hash zeroed) if it is not a blob of 32 bytes. */
gboolean  shoal_sql_hash   (ShoalStatement *self, int column, ShoalHash *hash);

/* Sets @error from the last failure on @db: DISK_FULL, CORRUPT, DISK or
 * FAILED, on our side. Always FALSE. */
gboolean shoal_sql_fail (sqlite3 *db, GError **error);

G_END_DECLS
