/* shoal-state-transfers.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-state-transfers.h"

#include "shoal-sql.h"

/* --- Loading ------------------------------------------------------------- */

/* The order that read_transfer() and work_save() go by. */
#define COLUMNS                                                                                   \
  "id, direction, kind, state, flags, share_key, offer, offer_key, secret, name, destination,"   \
  " link, text, total_bytes, done_bytes, total_files, created, updated, finished, error_code,"   \
  " error_message, error_side, error_next, total_folders, wanted_bytes, wanted_files,"            \
  " failed_files, passed_on, position, started, told, heard, saved_as"
#define BLOB_COLUMNS ", description, attributes, chosen"
#define FIRST_BLOB 33

static gboolean
read_id (ShoalStatement *stmt, int column, ShoalTransferId *id)
{
  const void *data = sqlite3_column_blob (stmt, column);

  if (data == NULL || sqlite3_column_bytes (stmt, column) != SHOAL_TRANSFER_ID_SIZE)
    return FALSE;
  memcpy (id->bytes, data, SHOAL_TRANSFER_ID_SIZE);
  return TRUE;
}

static ShoalStoredTransfer *
read_transfer (ShoalStatement *stmt)
{
  ShoalTransferId id = { 0 };
  ShoalStoredTransfer *t;

  read_id (stmt, 0, &id);
  t = shoal_stored_transfer_new (&id);
  t->direction = (ShoalStoredDirection) shoal_sql_int (stmt, 1);
  t->kind = (ShoalStoredKind) shoal_sql_int (stmt, 2);
  t->state = (ShoalStoredState) shoal_sql_int (stmt, 3);
  t->flags = (uint32_t) shoal_sql_int (stmt, 4);
  shoal_sql_hash (stmt, 5, &t->share_key);
  t->has_offer = read_id (stmt, 6, &t->offer) && shoal_sql_hash (stmt, 7, &t->offer_key);
  t->has_secret = shoal_sql_hash (stmt, 8, &t->secret);
  g_free (t->name);
  t->name = shoal_sql_string (stmt, 9);
  t->destination = shoal_sql_string (stmt, 10);
  t->link = shoal_sql_string (stmt, 11);
  t->text = shoal_sql_bytes (stmt, 12);
  t->total_bytes = (uint64_t) shoal_sql_int (stmt, 13);
  t->done_bytes = (uint64_t) shoal_sql_int (stmt, 14);
  t->total_files = (uint32_t) shoal_sql_int (stmt, 15);
  t->created = shoal_sql_int (stmt, 16);
  t->updated = shoal_sql_int (stmt, 17);
  t->finished = shoal_sql_int (stmt, 18);
  t->error_code = shoal_sql_string (stmt, 19);
  t->error_message = shoal_sql_string (stmt, 20);
  t->error_side = (uint32_t) shoal_sql_int (stmt, 21);
  t->error_next = shoal_sql_string (stmt, 22);
  t->total_folders = (uint32_t) shoal_sql_int (stmt, 23);
  t->wanted_bytes = (uint64_t) shoal_sql_int (stmt, 24);
  t->wanted_files = (uint32_t) shoal_sql_int (stmt, 25);
  t->failed_files = (uint32_t) shoal_sql_int (stmt, 26);
  t->passed_on = (uint64_t) shoal_sql_int (stmt, 27);
  t->position = (uint32_t) shoal_sql_int (stmt, 28);
  t->started = shoal_sql_int (stmt, 29);
  t->told = shoal_sql_int (stmt, 30);
  t->heard = shoal_sql_int (stmt, 31);
  t->saved_as = shoal_sql_string (stmt, 32);
  if (sqlite3_column_count (stmt) > FIRST_BLOB)
    {
      t->description = shoal_sql_bytes (stmt, FIRST_BLOB);
      t->attributes = shoal_sql_bytes (stmt, FIRST_BLOB + 1);
      t->chosen = shoal_sql_bytes (stmt, FIRST_BLOB + 2);
    }
  return t;
}

static gboolean
end_of_rows (GError **local, GError **error)
{
  if (*local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (local));
  return FALSE;
}

static gboolean
load_peers (sqlite3 *db, ShoalStoredTransfer *t, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (ShoalStatement) stmt = shoal_sql_query (
    db, error,
    "SELECT device, state, addresses FROM transfer_peers WHERE transfer = ? ORDER BY position",
    "b", t->id.bytes, sizeof t->id.bytes);
  ShoalHash device;

  if (stmt == NULL)
    return FALSE;
  while (shoal_sql_next (stmt, &local))
    {
      g_autofree char *text = shoal_sql_string (stmt, 2);
      g_auto (GStrv) addresses = g_strsplit (text, "\n", -1);

      if (shoal_sql_hash (stmt, 0, &device))
        shoal_stored_transfer_add_peer (t, &device, (uint32_t) shoal_sql_int (stmt, 1),
                                        (const char *const *) addresses);
    }
  return end_of_rows (&local, error);
}

static gboolean
load_roots (sqlite3 *db, ShoalStoredTransfer *t, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GStrvBuilder) roots = g_strv_builder_new ();
  g_autoptr (ShoalStatement) stmt = shoal_sql_query (
    db, error, "SELECT path FROM transfer_roots WHERE transfer = ? ORDER BY position", "b",
    t->id.bytes, sizeof t->id.bytes);

  if (stmt == NULL)
    return FALSE;
  while (shoal_sql_next (stmt, &local))
    g_strv_builder_add (roots, (const char *) sqlite3_column_text (stmt, 0));
  g_strfreev (t->roots);
  t->roots = g_strv_builder_end (roots);
  return end_of_rows (&local, error);
}

static gboolean
load_all (ShoalStatement *stmt, GPtrArray *transfers, GError **error)
{
  sqlite3 *db = sqlite3_db_handle (stmt);
  g_autoptr (GError) local = NULL;

  while (shoal_sql_next (stmt, &local))
    {
      ShoalStoredTransfer *t = read_transfer (stmt);

      g_ptr_array_add (transfers, t);
      if (!load_peers (db, t, error) || !load_roots (db, t, error))
        return FALSE;
    }
  return end_of_rows (&local, error);
}

static gboolean
work_load (sqlite3 *db, gpointer data, GError **error)
{
  g_autoptr (ShoalStatement) stmt = shoal_sql_query (
    db, error,
    "SELECT " COLUMNS BLOB_COLUMNS " FROM transfers WHERE state < ? ORDER BY created", "i",
    (gint64) SHOAL_STORED_FIRST_OVER);

  return stmt != NULL && load_all (stmt, data, error);
}

static GPtrArray *
new_transfers (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_stored_transfer_free);
}

GPtrArray *
shoal_state_transfers_load (ShoalDatabase *database, GError **error)
{
  g_autoptr (GPtrArray) transfers = new_transfers ();

  if (!shoal_database_run_now (database, work_load, transfers, error))
    return NULL;
  return g_steal_pointer (&transfers);
}

typedef struct
{
  gint64     since;
  GPtrArray *transfers; /* (owned) */
} Answers;

static gboolean
work_load_answers (sqlite3 *db, gpointer data, GError **error)
{
  Answers *answers = data;
  g_autoptr (ShoalStatement) stmt = shoal_sql_query (
    db, error,
    "SELECT " COLUMNS " FROM transfers WHERE state >= ? AND direction = ? AND offer IS NOT NULL"
    " AND updated >= ? ORDER BY updated", "iii",
    (gint64) SHOAL_STORED_FIRST_OVER, (gint64) SHOAL_STORED_GET, answers->since);

  return stmt != NULL && load_all (stmt, answers->transfers, error);
}

GPtrArray *
shoal_state_answers_load (ShoalDatabase *database, gint64 since, GError **error)
{
  g_autoptr (GPtrArray) transfers = new_transfers ();
  Answers answers = { since, transfers };

  if (!shoal_database_run_now (database, work_load_answers, &answers, error))
    return NULL;
  return g_steal_pointer (&transfers);
}

/* --- Writing ------------------------------------------------------------- */

static gboolean
work_remove (sqlite3 *db, gpointer data, GError **error)
{
  return shoal_sql_run (db, error, "DELETE FROM transfers WHERE id = ?", "b",
                        ((ShoalTransferId *) data)->bytes, (size_t) SHOAL_TRANSFER_ID_SIZE);
}

static gboolean
save_lists (sqlite3 *db, const ShoalStoredTransfer *t, GError **error)
{
  for (guint i = 0; i < t->peers->len; i++)
    {
      const ShoalStoredPeer *peer = &g_array_index (t->peers, ShoalStoredPeer, i);
      g_autofree char *addresses = g_strjoinv ("\n", peer->addresses);

      if (!shoal_sql_run (db, error,
                          "INSERT OR REPLACE INTO transfer_peers"
                          " (transfer, position, device, state, addresses) VALUES (?, ?, ?, ?, ?)",
                          "bihis", t->id.bytes, sizeof t->id.bytes, (gint64) i, &peer->device,
                          (gint64) peer->state, addresses))
        return FALSE;
    }
  for (gint64 i = 0; t->roots[i] != NULL; i++)
    if (!shoal_sql_run (db, error,
                        "INSERT INTO transfer_roots (transfer, position, path) VALUES (?, ?, ?)",
                        "bib", t->id.bytes, sizeof t->id.bytes, i, t->roots[i],
                        strlen (t->roots[i])))
      return FALSE;
  return TRUE;
}

/* An upsert, so that rows of other modules that hang on the transfer stay. */
#define SAVE                                                                                      \
  "INSERT INTO transfers (" COLUMNS BLOB_COLUMNS ")"                                              \
  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"   \
  " ?, ?, ?, ?, ?, ?, ?, ?)"                                                                      \
  " ON CONFLICT (id) DO UPDATE SET direction = excluded.direction, kind = excluded.kind,"         \
  " state = excluded.state, flags = excluded.flags, share_key = excluded.share_key,"              \
  " offer = excluded.offer, offer_key = excluded.offer_key, secret = excluded.secret,"            \
  " name = excluded.name, destination = excluded.destination, link = excluded.link,"              \
  " text = excluded.text, total_bytes = excluded.total_bytes, done_bytes = excluded.done_bytes,"  \
  " total_files = excluded.total_files, created = excluded.created,"                              \
  " updated = excluded.updated, finished = excluded.finished,"                                    \
  " error_code = excluded.error_code, error_message = excluded.error_message,"                    \
  " error_side = excluded.error_side, error_next = excluded.error_next,"                          \
  " total_folders = excluded.total_folders, wanted_bytes = excluded.wanted_bytes,"                \
  " wanted_files = excluded.wanted_files, failed_files = excluded.failed_files,"                  \
  " passed_on = excluded.passed_on, position = excluded.position, started = excluded.started,"    \
  " told = excluded.told, heard = excluded.heard, saved_as = excluded.saved_as,"                  \
  " description = excluded.description, attributes = excluded.attributes,"                        \
  " chosen = excluded.chosen"

static gboolean
work_save (sqlite3 *db, gpointer data, GError **error)
{
  ShoalStoredTransfer *t = data;
  g_autoptr (GBytes) offer = NULL;

  if (t->has_offer)
    offer = g_bytes_new_static (t->offer.bytes, sizeof t->offer.bytes);
  return shoal_sql_run (
           db, error, SAVE, "biiiihghhsssgiiiiiissisiiiiiiiiisggg", t->id.bytes, sizeof t->id.bytes,
           (gint64) t->direction, (gint64) t->kind, (gint64) t->state, (gint64) t->flags,
           &t->share_key, offer, t->has_offer ? &t->offer_key : NULL,
           t->has_secret ? &t->secret : NULL, t->name, t->destination, t->link, t->text,
           (gint64) t->total_bytes, (gint64) t->done_bytes, (gint64) t->total_files, t->created,
           t->updated, t->finished, t->error_code, t->error_message, (gint64) t->error_side,
           t->error_next, (gint64) t->total_folders, (gint64) t->wanted_bytes,
           (gint64) t->wanted_files, (gint64) t->failed_files, (gint64) t->passed_on,
           (gint64) t->position, t->started, t->told, t->heard, t->saved_as, t->description,
           t->attributes, t->chosen)
         && shoal_sql_run (db, error, "DELETE FROM transfer_peers WHERE transfer = ?", "b",
                           t->id.bytes, sizeof t->id.bytes)
         && shoal_sql_run (db, error, "DELETE FROM transfer_roots WHERE transfer = ?", "b",
                           t->id.bytes, sizeof t->id.bytes)
         && save_lists (db, t, error);
}

void
shoal_state_transfers_save (ShoalDatabase *database, const ShoalStoredTransfer *transfer,
                            ShoalWrittenFunc func, gpointer user_data)
{
  shoal_database_write (database, work_save, shoal_stored_transfer_copy (transfer),
                        (GDestroyNotify) shoal_stored_transfer_free, func, user_data);
}

static gboolean
work_update (sqlite3 *db, gpointer data, GError **error)
{
  ShoalStoredTransfer *t = data;

  return shoal_sql_run (
    db, error,
    "UPDATE transfers SET state = ?, flags = ?, done_bytes = ?, wanted_bytes = ?,"
    " wanted_files = ?, failed_files = ?, passed_on = ?, position = ?, updated = ?, finished = ?,"
    " started = ?, told = ?, heard = ?, saved_as = ?, error_code = ?, error_message = ?,"
    " error_side = ?, error_next = ? WHERE id = ?", "iiiiiiiiiiiiisssisb",
    (gint64) t->state, (gint64) t->flags, (gint64) t->done_bytes, (gint64) t->wanted_bytes,
    (gint64) t->wanted_files, (gint64) t->failed_files, (gint64) t->passed_on,
    (gint64) t->position, t->updated, t->finished, t->started, t->told, t->heard, t->saved_as,
    t->error_code, t->error_message, (gint64) t->error_side, t->error_next, t->id.bytes,
    sizeof t->id.bytes);
}

void
shoal_state_transfers_update (ShoalDatabase *database, const ShoalStoredTransfer *transfer,
                              ShoalWrittenFunc func, gpointer user_data)
{
  shoal_database_write (database, work_update, shoal_stored_transfer_copy_row (transfer),
                        (GDestroyNotify) shoal_stored_transfer_free, func, user_data);
}

void
shoal_state_transfers_remove (ShoalDatabase *database, const ShoalTransferId *id,
                              ShoalWrittenFunc func, gpointer user_data)
{
  shoal_database_write (database, work_remove, g_memdup2 (id, sizeof *id), g_free, func,
                        user_data);
}

/* --- One ----------------------------------------------------------------- */

typedef struct
{
  ShoalTransferId         id;
  GPtrArray              *transfers; /* (owned): at most one */
  ShoalStoredTransferFunc func;
  gpointer                user_data;
} One;

static gboolean
work_load_one (sqlite3 *db, gpointer data, GError **error)
{
  One *one = data;
  g_autoptr (ShoalStatement) stmt
    = shoal_sql_query (db, error, "SELECT " COLUMNS BLOB_COLUMNS " FROM transfers WHERE id = ?",
                       "b", one->id.bytes, sizeof one->id.bytes);

  return stmt != NULL && load_all (stmt, one->transfers, error);
}

static void
done_load_one (gpointer data, const GError *error)
{
  One *one = data;

  one->func (error == NULL && one->transfers->len > 0 ? one->transfers->pdata[0] : NULL, error,
             one->user_data);
  g_ptr_array_unref (one->transfers);
  g_free (one);
}

void
shoal_state_transfers_load_one (ShoalDatabase *database, const ShoalTransferId *id,
                                ShoalStoredTransferFunc func, gpointer user_data)
{
  One *one = g_new0 (One, 1);

  one->id = *id;
  one->transfers = new_transfers ();
  one->func = func;
  one->user_data = user_data;
  shoal_database_submit (database, SHOAL_DATABASE_READ, work_load_one, done_load_one, one);
}

/* --- History ------------------------------------------------------------- */

typedef struct
{
  uint32_t   limit;
  GPtrArray *transfers; /* (unowned) */
} History;

static gboolean
work_history (sqlite3 *db, gpointer data, GError **error)
{
  History *history = data;
  g_autoptr (ShoalStatement) stmt = shoal_sql_query (
    db, error,
    "SELECT " COLUMNS " FROM transfers WHERE state >= ? ORDER BY finished DESC, updated DESC"
    " LIMIT ?", "ii", (gint64) SHOAL_STORED_FIRST_OVER, (gint64) history->limit);

  return stmt != NULL && load_all (stmt, history->transfers, error);
}

GPtrArray *
shoal_state_history_load (ShoalDatabase *database, uint32_t limit, GError **error)
{
  g_autoptr (GPtrArray) transfers = new_transfers ();
  History history = { limit, transfers };

  if (!shoal_database_run_now (database, work_history, &history, error))
    return NULL;
  return g_steal_pointer (&transfers);
}

typedef struct
{
  uint32_t keep;
  uint64_t blob_bytes;
} Prune;

static gboolean
work_prune (sqlite3 *db, gpointer data, GError **error)
{
  const Prune *prune = data;

  return shoal_sql_run (db, error,
                        "DELETE FROM transfers WHERE state >= ?1 AND id NOT IN "
                        "(SELECT id FROM transfers WHERE state >= ?1 "
                        " ORDER BY finished DESC, updated DESC LIMIT ?2)", "ii",
                        (gint64) SHOAL_STORED_FIRST_OVER, (gint64) prune->keep)
         && shoal_sql_run (db, error,
                           "UPDATE transfers SET description = NULL, attributes = NULL WHERE id IN"
                           " (SELECT id FROM (SELECT id, SUM (ifnull (length (description), 0)"
                           " + ifnull (length (attributes), 0))"
                           " OVER (ORDER BY finished DESC, updated DESC, id) AS bytes"
                           " FROM transfers WHERE state >= ?1) WHERE bytes > ?2)"
                           " AND (description NOT NULL OR attributes NOT NULL)", "ii",
                           (gint64) SHOAL_STORED_FIRST_OVER, (gint64) prune->blob_bytes);
}

void
shoal_state_history_prune (ShoalDatabase *database, uint32_t keep, uint64_t blob_bytes)
{
  Prune prune = { keep, blob_bytes };

  shoal_database_write (database, work_prune, g_memdup2 (&prune, sizeof prune), g_free, NULL,
                        NULL);
}
