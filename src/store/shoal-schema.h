/* shoal-schema.h: the steps that bring an older database up to date.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the room. Each module keeps the SQL of its tables beside its code
 * and declares it below; the list in shoal-schema.c puts them in order. A step
 * that was released is never edited: append another. `PRAGMA user_version`
 * counts the steps done.
 */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

extern const char *const shoal_schema_state_1; /* shoal-schema-state.c */
extern const char *const shoal_schema_state_people; /* shoal-schema-state.c */
extern const char *const shoal_schema_state_seen; /* shoal-state-seen.c */
extern const char *const shoal_schema_hashes_1; /* shoal-schema-hashes.c */
extern const char *const shoal_schema_pieces_1;
extern const char *const shoal_schema_state_2;
extern const char *const shoal_schema_state_folders;

/* Brings @db up to date in one transaction. VERSION if it is newer than us. */
gboolean shoal_schema_migrate (sqlite3 *db, GError **error);
/* As shoal_schema_migrate(), over another list: for tests. */
gboolean shoal_schema_migrate_list (sqlite3 *db, const char *const *steps, int n_steps,
                                    GError **error);
/* The number of steps known: user_version of a database that is up to date. */
int      shoal_schema_version (void);
/* Copies what it can read from @damaged of what a person entered (settings,
 * device book, shares). Best effort. Returns: rows copied. */
gint64   shoal_schema_salvage (sqlite3 *db, sqlite3 *damaged);

G_END_DECLS
