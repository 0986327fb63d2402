/* shoal-state-shares.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-state-shares.h"

#include "shoal-sql.h"

ShoalStoredShare *
shoal_stored_share_new (void)
{
  ShoalStoredShare *self = g_new0 (ShoalStoredShare, 1);

  self->name = g_strdup ("");
  self->roots = g_new0 (char *, 1);
  self->devices = g_array_new (FALSE, TRUE, sizeof (ShoalHash));
  return self;
}

ShoalStoredShare *
shoal_stored_share_copy (const ShoalStoredShare *self)
{
  ShoalStoredShare *copy = g_memdup2 (self, sizeof *self);

  copy->name = g_strdup (self->name);
  copy->roots = g_strdupv (self->roots);
  copy->devices = g_array_copy (self->devices);
  return copy;
}

void
shoal_stored_share_free (ShoalStoredShare *self)
{
  g_free (self->name);
  g_strfreev (self->roots);
  g_array_unref (self->devices);
  g_free (self);
}

/* --- Loading ------------------------------------------------------------- */

static gboolean
end_of_rows (GError **local, GError **error)
{
  if (*local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (local));
  return FALSE;
}

static gboolean
load_roots (sqlite3 *db, gint64 id, ShoalStoredShare *share, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GStrvBuilder) roots = g_strv_builder_new ();
  g_autoptr (ShoalStatement) stmt = shoal_sql_query (
    db, error, "SELECT path FROM share_roots WHERE share = ? ORDER BY position", "i", id);

  if (stmt == NULL)
    return FALSE;
  while (shoal_sql_next (stmt, &local))
    g_strv_builder_add (roots, (const char *) sqlite3_column_text (stmt, 0));
  g_strfreev (share->roots);
  share->roots = g_strv_builder_end (roots);
  return end_of_rows (&local, error);
}

static gboolean
load_devices (sqlite3 *db, gint64 id, ShoalStoredShare *share, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (ShoalStatement) stmt = shoal_sql_query (
    db, error, "SELECT device FROM share_devices WHERE share = ? ORDER BY device", "i", id);
  ShoalHash device;

  if (stmt == NULL)
    return FALSE;
  while (shoal_sql_next (stmt, &local))
    if (shoal_sql_hash (stmt, 0, &device))
      g_array_append_val (share->devices, device);
  return end_of_rows (&local, error);
}

static gboolean
work_load (sqlite3 *db, gpointer data, GError **error)
{
  GPtrArray *shares = data;
  g_autoptr (GError) local = NULL;
  g_autoptr (ShoalStatement) stmt = shoal_sql_query (
    db, error,
    "SELECT id, info_hash, secret, policy, name, created, bytes_uploaded, bytes, files, is_folder"
    " FROM shares ORDER BY created, id",
    "");

  if (stmt == NULL)
    return FALSE;
  while (shoal_sql_next (stmt, &local))
    {
      ShoalStoredShare *share = shoal_stored_share_new ();
      gint64 id = shoal_sql_int (stmt, 0);

      g_ptr_array_add (shares, share);
      shoal_sql_hash (stmt, 1, &share->info_hash);
      share->has_secret = shoal_sql_hash (stmt, 2, &share->secret);
      share->policy = (ShoalShareFor) shoal_sql_int (stmt, 3);
      g_free (share->name);
      share->name = shoal_sql_string (stmt, 4);
      share->created = shoal_sql_int (stmt, 5);
      share->bytes_uploaded = (uint64_t) shoal_sql_int (stmt, 6);
      share->bytes = (uint64_t) shoal_sql_int (stmt, 7);
      share->files = (uint32_t) shoal_sql_int (stmt, 8);
      share->is_folder = shoal_sql_int (stmt, 9) != 0;
      if (!load_roots (db, id, share, error) || !load_devices (db, id, share, error))
        return FALSE;
    }
  return end_of_rows (&local, error);
}

GPtrArray *
shoal_state_shares_load (ShoalDatabase *database, GError **error)
{
  g_autoptr (GPtrArray) shares
    = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_stored_share_free);

  if (!shoal_database_run_now (database, work_load, shares, error))
    return NULL;
  return g_steal_pointer (&shares);
}

/* --- Writing ------------------------------------------------------------- */

static size_t
secret_size (const ShoalStoredShare *share)
{
  return share->has_secret ? SHOAL_HASH_SIZE : 0;
}

static gboolean
work_remove (sqlite3 *db, gpointer data, GError **error)
{
  ShoalStoredShare *share = data;

  return shoal_sql_run (db, error, "DELETE FROM shares WHERE info_hash = ? AND secret = ?", "hb",
                        &share->info_hash, share->secret.bytes, secret_size (share));
}

static gboolean
work_save (sqlite3 *db, gpointer data, GError **error)
{
  ShoalStoredShare *share = data;
  gint64 id;

  if (!work_remove (db, share, error)
      || !shoal_sql_run (db, error,
                         "INSERT INTO shares (info_hash, secret, policy, name, created,"
                         " bytes_uploaded, bytes, files, is_folder)"
                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         "hbisiiiii", &share->info_hash, share->secret.bytes, secret_size (share),
                         (gint64) share->policy, share->name, share->created,
                         (gint64) share->bytes_uploaded, (gint64) share->bytes,
                         (gint64) share->files, (gint64) share->is_folder))
    return FALSE;

  id = sqlite3_last_insert_rowid (db);
  for (gint64 i = 0; share->roots[i] != NULL; i++)
    if (!shoal_sql_run (db, error,
                        "INSERT INTO share_roots (share, position, path) VALUES (?, ?, ?)", "iib",
                        id, i, share->roots[i], strlen (share->roots[i])))
      return FALSE;
  for (guint i = 0; i < share->devices->len; i++)
    if (!shoal_sql_run (db, error,
                        "INSERT OR IGNORE INTO share_devices (share, device) VALUES (?, ?)", "ih",
                        id, &g_array_index (share->devices, ShoalHash, i)))
      return FALSE;
  return TRUE;
}

void
shoal_state_shares_save (ShoalDatabase *database, const ShoalStoredShare *share,
                         ShoalWrittenFunc func, gpointer user_data)
{
  shoal_database_write (database, work_save, shoal_stored_share_copy (share),
                        (GDestroyNotify) shoal_stored_share_free, func, user_data);
}

void
shoal_state_shares_remove (ShoalDatabase *database, const ShoalStoredShare *share,
                           ShoalWrittenFunc func, gpointer user_data)
{
  shoal_database_write (database, work_remove, shoal_stored_share_copy (share),
                        (GDestroyNotify) shoal_stored_share_free, func, user_data);
}

static gboolean
work_update (sqlite3 *db, gpointer data, GError **error)
{
  ShoalStoredShare *share = data;

  return shoal_sql_run (db, error,
                        "UPDATE shares SET bytes_uploaded = ? WHERE info_hash = ? AND secret = ?",
                        "ihb", (gint64) share->bytes_uploaded, &share->info_hash,
                        share->secret.bytes, secret_size (share));
}

void
shoal_state_shares_update (ShoalDatabase *database, const ShoalStoredShare *share)
{
  shoal_database_write (database, work_update, shoal_stored_share_copy (share),
                        (GDestroyNotify) shoal_stored_share_free, NULL, NULL);
}
