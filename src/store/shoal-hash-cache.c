/* shoal-hash-cache.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-hash-cache.h"

#include "shoal-sql.h"

/* Groups of a file are consecutive rows: file << 25 | group (2²⁵ groups of
 * 8 MiB are 2⁴⁸ bytes, the longest file). */
#define GROUP_BITS 25

/* Bytes that a row costs beside its hashes, about. */
#define ROW_BYTES 150

/* `used` is a day, so that finding a file again writes at most once a day. */
#define DAY (G_GINT64_CONSTANT (86400) * 1000000)

static gint64
today (ShoalDatabase *database)
{
  return shoal_runtime_wall_time (shoal_database_get_runtime (database)) / DAY;
}

/* --- Records ------------------------------------------------------------- */

void
shoal_hash_record_clear (ShoalHashRecord *record)
{
  g_clear_pointer (&record->group_roots, g_bytes_unref);
  g_clear_pointer (&record->leaves, g_bytes_unref);
}

GArray *
shoal_hash_records_new (void)
{
  GArray *records = g_array_new (FALSE, TRUE, sizeof (ShoalHashRecord));

  g_array_set_clear_func (records, (GDestroyNotify) shoal_hash_record_clear);
  return records;
}

/* --- Putting ------------------------------------------------------------- */

typedef struct
{
  GArray *records; /* (owned) */
  gint64  today;
} Put;

static void
put_free (gpointer data)
{
  g_array_unref (((Put *) data)->records);
  g_free (data);
}

/* One for all records of a job. */
typedef struct
{
  sqlite3        *db;
  ShoalStatement *find, *forget, *add, *set_root, *add_group, *add_bytes; /* (owned) */
} Statements;

static void
statements_clear (Statements *s)
{
  sqlite3_finalize (s->find);
  sqlite3_finalize (s->forget);
  sqlite3_finalize (s->add);
  sqlite3_finalize (s->set_root);
  sqlite3_finalize (s->add_group);
  sqlite3_finalize (s->add_bytes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Statements, statements_clear)

static gboolean
prepare (sqlite3 *db, ShoalStatement **stmt, const char *sql, GError **error)
{
  return sqlite3_prepare_v2 (db, sql, -1, stmt, NULL) == SQLITE_OK || shoal_sql_fail (db, error);
}

static gboolean
statements_init (Statements *s, sqlite3 *db, GError **error)
{
  s->db = db;
  return prepare (db, &s->find,
                  "SELECT id, size, mtime, ctime, root FROM hash_files"
                  " WHERE device = ? AND inode = ?", error)
         && prepare (db, &s->forget, "DELETE FROM hash_files WHERE id = ?", error)
         && prepare (db, &s->add,
                     "INSERT INTO hash_files (device, inode, size, mtime, ctime, used, bytes)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?)", error)
         && prepare (db, &s->set_root,
                     "UPDATE hash_files SET root = ?2, group_roots = ?3, bytes = bytes + ?4"
                     " WHERE id = ?1 AND root IS NULL", error)
         && prepare (db, &s->add_group,
                     "INSERT OR IGNORE INTO hash_groups (key, leaves) VALUES (?, ?)", error)
         && prepare (db, &s->add_bytes, "UPDATE hash_files SET bytes = bytes + ? WHERE id = ?",
                     error);
}

static gboolean
run_bound (ShoalStatement *stmt, GError **error)
{
  gboolean ok = sqlite3_step (stmt) == SQLITE_DONE
                || shoal_sql_fail (sqlite3_db_handle (stmt), error);

  sqlite3_reset (stmt);
  return ok;
}

static gboolean
row_matches (ShoalStatement *row, const ShoalFileStamp *stamp)
{
  return (uint64_t) shoal_sql_int (row, 1) == stamp->size
         && shoal_sql_int (row, 2) == stamp->mtime && shoal_sql_int (row, 3) == stamp->ctime;
}

/* The row of @stamp in @find (see Statements), 0 if there is none; @old: a row
 * of another stamp in its place. The statement stands on the row. */
static gint64
find_row (ShoalStatement *find, const ShoalFileStamp *stamp, gint64 *old, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 id;

  *old = 0;
  if (!shoal_sql_bind (find, error, "ii", (gint64) stamp->device, (gint64) stamp->inode))
    return 0;
  if (!shoal_sql_next (find, &local))
    {
      if (local != NULL)
        g_propagate_error (error, g_steal_pointer (&local));
      return 0;
    }
  id = shoal_sql_int (find, 0);
  if (row_matches (find, stamp))
    return id;
  *old = id;
  return 0;
}

/* 0 on error. */
static gint64
find_or_add_row (Statements *s, const ShoalFileStamp *stamp, gint64 day, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 old;
  gint64 id = find_row (s->find, stamp, &old, &local);

  sqlite3_reset (s->find);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return 0;
    }
  if (id != 0)
    return id;
  if (old != 0
      && (!shoal_sql_bind (s->forget, error, "i", old) || !run_bound (s->forget, error)))
    return 0;
  if (!shoal_sql_bind (s->add, error, "iiiiiii", (gint64) stamp->device, (gint64) stamp->inode,
                       (gint64) stamp->size, stamp->mtime, stamp->ctime, day, (gint64) ROW_BYTES)
      || !run_bound (s->add, error))
    return 0;
  return sqlite3_last_insert_rowid (s->db);
}

static gint64
bytes_size (GBytes *bytes)
{
  return bytes != NULL ? (gint64) g_bytes_get_size (bytes) : 0;
}

static gboolean
put_record (Statements *s, const ShoalHashRecord *r, gint64 day, GError **error)
{
  gint64 id = find_or_add_row (s, &r->stamp, day, error);

  if (id == 0)
    return FALSE;
  if (r->has_root
      && (!shoal_sql_bind (s->set_root, error, "ihgi", id, &r->root, r->group_roots,
                           bytes_size (r->group_roots))
          || !run_bound (s->set_root, error)))
    return FALSE;
  if (r->leaves == NULL)
    return TRUE;
  if (!shoal_sql_bind (s->add_group, error, "ig", (id << GROUP_BITS) | (gint64) r->group,
                       r->leaves)
      || !run_bound (s->add_group, error))
    return FALSE;
  return sqlite3_changes (s->db) == 0
         || (shoal_sql_bind (s->add_bytes, error, "ii", bytes_size (r->leaves), id)
             && run_bound (s->add_bytes, error));
}

static gboolean
work_put (sqlite3 *db, gpointer data, GError **error)
{
  Put *put = data;
  g_auto (Statements) s = { 0 };

  if (!statements_init (&s, db, error))
    return FALSE;
  for (guint i = 0; i < put->records->len; i++)
    if (!put_record (&s, &g_array_index (put->records, ShoalHashRecord, i), put->today, error))
      return FALSE;
  return TRUE;
}

static void
on_put (const GError *error, gpointer user_data)
{
  if (error != NULL)
    g_debug ("Hash cache: %s", error->message);
}

void
shoal_hash_cache_put (ShoalDatabase *database, GArray *records, ShoalWrittenFunc func,
                      gpointer user_data)
{
  Put *put = g_new0 (Put, 1);

  put->records = records;
  put->today = today (database);
  shoal_database_write (database, work_put, put, put_free, func != NULL ? func : on_put, user_data);
}

/* --- Bounds -------------------------------------------------------------- */

typedef struct
{
  uint64_t max_bytes;
  uint32_t max_files;
  gint64   oldest_day;
} Prune;

/* Deletes the longest unused while there is too much. */
static gboolean
prune_excess (sqlite3 *db, gint64 bytes, gint64 files, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GError) local = NULL;
  g_autoptr (ShoalStatement) stmt = NULL;

  stmt = shoal_sql_query (db, error, "SELECT id, bytes FROM hash_files ORDER BY used, id", "");
  if (stmt == NULL)
    return FALSE;
  while ((bytes > 0 || files > 0) && shoal_sql_next (stmt, &local))
    {
      gint64 id = shoal_sql_int (stmt, 0);

      bytes -= shoal_sql_int (stmt, 1);
      files--;
      g_array_append_val (ids, id);
    }
  g_clear_pointer (&stmt, shoal_statement_free);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }

  stmt = shoal_sql_query (db, error, "DELETE FROM hash_files WHERE id = ?", "i", (gint64) 0);
  if (stmt == NULL)
    return FALSE;
  for (guint i = 0; i < ids->len; i++)
    if (!shoal_sql_bind (stmt, error, "i", g_array_index (ids, gint64, i))
        || !run_bound (stmt, error))
      return FALSE;
  return TRUE;
}

static gboolean
work_prune (sqlite3 *db, gpointer data, GError **error)
{
  Prune *prune = data;
  g_autoptr (ShoalStatement) stmt = NULL;
  gint64 bytes, files;

  if (!shoal_sql_run (db, error, "DELETE FROM hash_files WHERE used < ?", "i", prune->oldest_day))
    return FALSE;
  stmt = shoal_sql_query (db, error, "SELECT total (bytes), count (*) FROM hash_files", "");
  if (stmt == NULL || !shoal_sql_next (stmt, error))
    return FALSE;
  bytes = shoal_sql_int (stmt, 0) - (gint64) prune->max_bytes;
  files = shoal_sql_int (stmt, 1) - prune->max_files;
  g_clear_pointer (&stmt, shoal_statement_free);
  return prune_excess (db, bytes, files, error)
         && shoal_sql_run (db, error, "PRAGMA incremental_vacuum (4096)", "");
}

void
shoal_hash_cache_prune (ShoalDatabase *database, uint64_t max_bytes, uint32_t max_files,
                        int max_days)
{
  Prune *prune = g_new0 (Prune, 1);

  prune->max_bytes = max_bytes;
  prune->max_files = max_files;
  prune->oldest_day = today (database) - max_days;
  shoal_database_write (database, work_prune, prune, g_free, on_put, NULL);
}

/* --- Finding ------------------------------------------------------------- */

typedef struct
{
  size_t             n;
  ShoalFileStamp    *stamps; /* (owned) */
  ShoalHashFound    *found;  /* (owned) */
  gint64             today;
  ShoalHashFoundFunc func;
  gpointer           user_data;
} Find;

static gboolean
work_find (sqlite3 *db, gpointer data, GError **error)
{
  Find *find = data;
  g_autoptr (ShoalStatement) row = NULL;
  g_autoptr (ShoalStatement) use = NULL;

  if (!prepare (db, &row,
                "SELECT id, size, mtime, ctime, root, used FROM hash_files"
                " WHERE device = ? AND inode = ?", error)
      || !prepare (db, &use, "UPDATE hash_files SET used = ? WHERE id = ?", error))
    return FALSE;
  for (size_t i = 0; i < find->n; i++)
    {
      g_autoptr (GError) local = NULL;
      gint64 old, id = find_row (row, &find->stamps[i], &old, &local);
      gint64 used = id != 0 ? shoal_sql_int (row, 5) : 0;

      if (local != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (id == 0)
        continue;
      find->found[i].has_root = shoal_sql_hash (row, 4, &find->found[i].root);
      find->found[i].has_groups = !find->found[i].has_root;
      sqlite3_reset (row);
      if (used != find->today
          && (!shoal_sql_bind (use, error, "ii", find->today, id) || !run_bound (use, error)))
        return FALSE;
    }
  return TRUE;
}

static void
done_find (gpointer data, const GError *error)
{
  Find *find = data;

  if (error != NULL)
    memset (find->found, 0, find->n * sizeof *find->found);
  find->func (find->found, find->n, find->user_data);
  g_free (find->stamps);
  g_free (find->found);
  g_free (find);
}

void
shoal_hash_cache_find (ShoalDatabase *database, const ShoalFileStamp *stamps, size_t n,
                       ShoalHashFoundFunc func, gpointer user_data)
{
  Find *find = g_new0 (Find, 1);

  find->n = n;
  find->stamps = g_memdup2 (stamps, n * sizeof *stamps);
  find->found = g_new0 (ShoalHashFound, n);
  find->today = today (database);
  find->func = func;
  find->user_data = user_data;
  shoal_database_submit (database, SHOAL_DATABASE_WRITE, work_find, done_find, find);
}

/* --- Layers -------------------------------------------------------------- */

typedef struct
{
  ShoalFileStamp     stamp;
  gint64             group; /* -1: the group roots */
  GBytes            *bytes; /* (owned) (nullable) */
  ShoalHashBytesFunc func;
  gpointer           user_data;
} Get;

static gboolean
query_layer (sqlite3 *db, Get *get, gint64 id)
{
  g_autoptr (ShoalStatement) stmt = NULL;

  if (get->group < 0)
    stmt = shoal_sql_query (db, NULL, "SELECT group_roots FROM hash_files WHERE id = ?", "i", id);
  else
    stmt = shoal_sql_query (db, NULL, "SELECT leaves FROM hash_groups WHERE key = ?", "i",
                            (id << GROUP_BITS) | get->group);
  if (stmt == NULL || !shoal_sql_next (stmt, NULL))
    return FALSE;
  get->bytes = shoal_sql_bytes (stmt, 0);
  return get->bytes != NULL;
}

static gboolean
is_group_layer_of (GBytes *bytes, uint64_t length, const ShoalHash *root)
{
  ShoalHash computed;
  gsize size;
  const ShoalHash *nodes = g_bytes_get_data (bytes, &size);

  if (size != shoal_merkle_n_groups (length) * SHOAL_HASH_SIZE)
    return FALSE;
  shoal_merkle_root (length, MIN (SHOAL_MERKLE_GROUP_LAYER, shoal_merkle_height (length)), nodes,
                     &computed);
  return shoal_hash_equals (&computed, root);
}

static gboolean
work_get (sqlite3 *db, gpointer data, GError **error)
{
  Get *get = data;
  g_autoptr (ShoalStatement) row = NULL;
  ShoalHash root;
  gboolean has_root;
  gint64 old, id;

  if (!prepare (db, &row,
                "SELECT id, size, mtime, ctime, root FROM hash_files"
                " WHERE device = ? AND inode = ?", error))
    return FALSE;
  id = find_row (row, &get->stamp, &old, NULL);
  if (id == 0)
    return TRUE;
  has_root = shoal_sql_hash (row, 4, &root);
  sqlite3_reset (row);
  if (query_layer (db, get, id) && get->group < 0
      && !(has_root && is_group_layer_of (get->bytes, get->stamp.size, &root)))
    g_clear_pointer (&get->bytes, g_bytes_unref);
  return TRUE;
}

static void
done_get (gpointer data, const GError *error)
{
  Get *get = data;

  get->func (get->bytes, get->user_data);
  g_clear_pointer (&get->bytes, g_bytes_unref);
  g_free (get);
}

static void
submit_get (ShoalDatabase *database, const ShoalFileStamp *stamp, gint64 group,
            ShoalHashBytesFunc func, gpointer user_data)
{
  Get *get = g_new0 (Get, 1);

  get->stamp = *stamp;
  get->group = group;
  get->func = func;
  get->user_data = user_data;
  shoal_database_submit (database, SHOAL_DATABASE_READ, work_get, done_get, get);
}

void
shoal_hash_cache_get_group_roots (ShoalDatabase *database, const ShoalFileStamp *stamp,
                                  ShoalHashBytesFunc func, gpointer user_data)
{
  submit_get (database, stamp, -1, func, user_data);
}

void
shoal_hash_cache_get_leaves (ShoalDatabase *database, const ShoalFileStamp *stamp, uint64_t group,
                             ShoalHashBytesFunc func, gpointer user_data)
{
  submit_get (database, stamp, (gint64) group, func, user_data);
}
