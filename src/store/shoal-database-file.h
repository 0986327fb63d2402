/* shoal-database-file.h: opening, checking and setting aside `shoal.db`.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the room: the blocking half of shoal-database.h.
 */
#pragma once

#include <gio/gio.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/* @notice: set if a damaged file was moved aside. Returns: (nullable) */
sqlite3 *shoal_database_file_open        (const char *directory, GError **notice, GError **error);
sqlite3 *shoal_database_file_open_memory (GError **error);
/* Leaves a mark, so that the next opening checks the whole file. */
void     shoal_database_file_suspect     (const char *directory);

G_END_DECLS
