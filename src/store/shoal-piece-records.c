/* shoal-piece-records.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-records.h"

#include "shoal-schema.h"
#include "shoal-sql.h"

#include <string.h>

/* Leaf hashes are blobs of up to 16 KiB: a table with row numbers keeps their
 * overflow pages out of the index. */
const char *const shoal_schema_pieces_1
  = "CREATE TABLE piece_stores ("
  "  id INTEGER PRIMARY KEY,"
  "  transfer BLOB NOT NULL UNIQUE,"
  "  destination BLOB NOT NULL,"
  "  names BLOB,"
  "  claimed INTEGER NOT NULL DEFAULT 0"
  ");"
  "CREATE TABLE piece_files ("
  "  store INTEGER NOT NULL REFERENCES piece_stores (id) ON DELETE CASCADE,"
  "  file INTEGER NOT NULL,"
  "  is_final INTEGER NOT NULL,"
  "  path BLOB,"
  "  inode INTEGER NOT NULL,"
  "  size INTEGER NOT NULL,"
  "  mtime INTEGER NOT NULL,"
  "  ctime INTEGER NOT NULL,"
  "  have BLOB,"
  "  PRIMARY KEY (store, file)"
  ") WITHOUT ROWID;"
  "CREATE TABLE piece_hashes ("
  "  store INTEGER NOT NULL REFERENCES piece_stores (id) ON DELETE CASCADE,"
  "  file INTEGER NOT NULL,"
  "  position INTEGER NOT NULL," /* the group */
  "  root BLOB NOT NULL,"
  "  hashes BLOB NOT NULL,"
  "  UNIQUE (store, file, position)"
  ");"
  "CREATE TRIGGER pieces_of_transfer AFTER DELETE ON transfers BEGIN"
  "  DELETE FROM piece_stores WHERE transfer = OLD.id;"
  " END;";

void
shoal_piece_record_clear (ShoalPieceRecord *self)
{
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->have, g_bytes_unref);
}

void
shoal_piece_state_clear (ShoalPieceState *self)
{
  g_clear_pointer (&self->names, g_variant_unref);
  g_clear_pointer (&self->records, g_array_unref);
}

/* --- Loading ------------------------------------------------------------- */

static void
clear_record (gpointer record)
{
  shoal_piece_record_clear (record);
}

static gboolean
load_files (sqlite3 *db, ShoalPieceState *state, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  g_autoptr (ShoalStatement) stmt
    = shoal_sql_query (db, error,
                       "SELECT file, is_final, path, inode, size, mtime, ctime, have"
                       " FROM piece_files WHERE store = ?1 ORDER BY file", "i", state->id);

  if (stmt == NULL)
    return FALSE;
  while (shoal_sql_next (stmt, &step_error))
    {
      ShoalPieceRecord record = {
        .file = (guint) shoal_sql_int (stmt, 0),
        .is_final = shoal_sql_int (stmt, 1) != 0,
        .path = shoal_sql_string (stmt, 2),
        .stamp = {
          .inode = (uint64_t) shoal_sql_int (stmt, 3),
          .size = (uint64_t) shoal_sql_int (stmt, 4),
          .mtime = shoal_sql_int (stmt, 5),
          .ctime = shoal_sql_int (stmt, 6),
        },
        .have = shoal_sql_bytes (stmt, 7),
      };

      g_array_append_val (state->records, record);
    }
  if (step_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

static gboolean
add_store (sqlite3 *db, const void *transfer, size_t transfer_size, const char *destination,
           ShoalPieceState *state, GError **error)
{
  if (!shoal_sql_run (db, error,
                      "INSERT INTO piece_stores (transfer, destination) VALUES (?1, ?2)", "bs",
                      transfer, transfer_size, destination))
    return FALSE;
  state->id = sqlite3_last_insert_rowid (db);
  state->is_new = TRUE;
  return TRUE;
}

gboolean
shoal_piece_records_load (sqlite3 *db, const void *transfer, size_t transfer_size,
                          const char *destination, ShoalPieceState *state, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  g_autoptr (GBytes) names = NULL;
  g_autoptr (ShoalStatement) stmt = NULL;

  *state = (ShoalPieceState){ 0 };
  state->records = g_array_new (FALSE, FALSE, sizeof (ShoalPieceRecord));
  g_array_set_clear_func (state->records, clear_record);

  stmt = shoal_sql_query (db, error,
                          "SELECT id, names, claimed FROM piece_stores WHERE transfer = ?1", "b",
                          transfer, transfer_size);
  if (stmt == NULL)
    return FALSE;
  if (!shoal_sql_next (stmt, &step_error))
    {
      if (step_error == NULL)
        return add_store (db, transfer, transfer_size, destination, state, error);
      g_propagate_error (error, g_steal_pointer (&step_error));
      return FALSE;
    }

  state->id = shoal_sql_int (stmt, 0);
  state->claimed = shoal_sql_int (stmt, 2) != 0;
  names = shoal_sql_bytes (stmt, 1);
  if (names != NULL)
    state->names = g_variant_ref_sink (
      g_variant_new_from_bytes (G_VARIANT_TYPE ("(bua{ss})"), names, FALSE));
  return load_files (db, state, error);
}

/* --- Saving -------------------------------------------------------------- */

gboolean
shoal_piece_records_set_names (sqlite3 *db, gint64 store, GVariant *names, gboolean claimed,
                               GError **error)
{
  g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (names);

  return shoal_sql_run (db, error,
                        "UPDATE piece_stores SET names = ?2, claimed = ?3 WHERE id = ?1", "igi",
                        store, bytes, (gint64) claimed);
}

gboolean
shoal_piece_records_save (sqlite3 *db, gint64 store, const ShoalPieceRecord *records,
                          gsize n_records, GError **error)
{
  g_autoptr (ShoalStatement) stmt = NULL;

  for (gsize i = 0; i < n_records; i++)
    {
      const ShoalPieceRecord *record = &records[i];
      const char *types = "iiisiiiig";
      g_autoptr (GError) step_error = NULL;

      if (stmt == NULL)
        stmt = shoal_sql_query (db, error,
                                "INSERT OR REPLACE INTO piece_files (store, file, is_final, path,"
                                " inode, size, mtime, ctime, have)"
                                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                                types, store, (gint64) record->file, (gint64) record->is_final,
                                record->path, (gint64) record->stamp.inode,
                                (gint64) record->stamp.size, record->stamp.mtime,
                                record->stamp.ctime, record->have);
      else if (!shoal_sql_bind (stmt, error, types, store, (gint64) record->file,
                                (gint64) record->is_final, record->path,
                                (gint64) record->stamp.inode, (gint64) record->stamp.size,
                                record->stamp.mtime, record->stamp.ctime, record->have))
        return FALSE;
      if (stmt == NULL)
        return FALSE;
      shoal_sql_next (stmt, &step_error);
      if (step_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&step_error));
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
shoal_piece_records_forget_file (sqlite3 *db, gint64 store, guint file, GError **error)
{
  return shoal_sql_run (db, error, "DELETE FROM piece_files WHERE store = ?1 AND file = ?2", "ii",
                        store, (gint64) file);
}

gboolean
shoal_piece_records_remove (sqlite3 *db, const void *transfer, size_t transfer_size,
                            GError **error)
{
  static const char *const STATEMENTS[] = {
    "DELETE FROM piece_hashes WHERE store IN (SELECT id FROM piece_stores WHERE transfer = ?1)",
    "DELETE FROM piece_files WHERE store IN (SELECT id FROM piece_stores WHERE transfer = ?1)",
    "DELETE FROM piece_stores WHERE transfer = ?1",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (STATEMENTS); i++)
    if (!shoal_sql_run (db, error, STATEMENTS[i], "b", transfer, transfer_size))
      return FALSE;
  return TRUE;
}

/* --- Hashes -------------------------------------------------------------- */

gboolean
shoal_piece_records_add_hashes (sqlite3 *db, gint64 store, guint file, uint64_t group,
                                const ShoalHash *root, GBytes *hashes, GError **error)
{
  return shoal_sql_run (db, error,
                        "INSERT OR IGNORE INTO piece_hashes (store, file, position, root, hashes)"
                        " VALUES (?1, ?2, ?3, ?4, ?5)",
                        "iiihg", store, (gint64) file, (gint64) group, root, hashes);
}

gboolean
shoal_piece_records_drop_hashes (sqlite3 *db, gint64 store, GError **error)
{
  return shoal_sql_run (db, error, "DELETE FROM piece_hashes WHERE store = ?1", "i", store);
}

GBytes *
shoal_piece_records_get_hashes (sqlite3 *db, gint64 store, guint file, uint64_t group,
                                GError **error)
{
  g_autoptr (ShoalStatement) stmt
    = shoal_sql_query (db, error,
                       "SELECT hashes FROM piece_hashes"
                       " WHERE store = ?1 AND file = ?2 AND position = ?3",
                       "iii", store, (gint64) file, (gint64) group);

  return stmt != NULL && shoal_sql_next (stmt, error) ? shoal_sql_bytes (stmt, 0) : NULL;
}

GArray *
shoal_piece_records_get_groups (sqlite3 *db, gint64 store, GError **error)
{
  g_autoptr (GArray) groups = g_array_new (FALSE, FALSE, sizeof (ShoalKnownGroup));
  g_autoptr (GError) step_error = NULL;
  g_autoptr (ShoalStatement) stmt
    = shoal_sql_query (db, error,
                       "SELECT file, position, root FROM piece_hashes WHERE store = ?1"
                       " ORDER BY file, position", "i", store);

  if (stmt == NULL)
    return NULL;
  while (shoal_sql_next (stmt, &step_error))
    {
      ShoalKnownGroup group = {
        .file = (guint) shoal_sql_int (stmt, 0),
        .group = (uint64_t) shoal_sql_int (stmt, 1),
      };

      if (shoal_sql_hash (stmt, 2, &group.root))
        g_array_append_val (groups, group);
    }
  if (step_error == NULL)
    return g_steal_pointer (&groups);
  g_propagate_error (error, g_steal_pointer (&step_error));
  return NULL;
}
