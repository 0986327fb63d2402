/* test-database.c: jobs, owner, schema steps and damage of the state database.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-database.h"
#include "shoal-main-runtime.h"
#include "shoal-schema.h"
#include "shoal-sql.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  ShoalMainRuntime *runtime;
  char             *directory;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->runtime = shoal_main_runtime_new (NULL);
  f->directory = g_dir_make_tmp ("shoal-database-XXXXXX", &error);
  g_assert_no_error (error);
}

static void
remove_all (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      g_unlink (path);
    }
  g_rmdir (directory);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  shoal_main_runtime_drain (f->runtime);
  g_assert_finalize_object (f->runtime);
  remove_all (f->directory);
  g_free (f->directory);
}

static ShoalDatabase *
open_it (Fixture *f, GError **error)
{
  return shoal_database_open (SHOAL_RUNTIME (f->runtime), f->directory, error);
}

/* --- Jobs ---------------------------------------------------------------- */

typedef struct
{
  int      number;
  gboolean fail;
  GString *log; /* (unowned): touched on the engine context only */
} Put;

static gboolean
work_put (sqlite3 *db, gpointer data, GError **error)
{
  Put *put = data;
  g_autofree char *key = g_strdup_printf ("k%d", put->number);

  if (!shoal_sql_run (db, error, "INSERT INTO settings (key, value) VALUES (?, ?)", "ss", key, "v"))
    return FALSE;
  if (put->fail)
    return shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL, "on purpose");
  return TRUE;
}

static void
done_put (gpointer data, const GError *error)
{
  Put *put = data;

  g_assert_true (put->fail == (error != NULL));
  g_string_append_printf (put->log, "%d ", put->number);
  g_free (put);
}

static void
put (ShoalDatabase *db, int number, gboolean fail, GString *log)
{
  Put *job = g_new0 (Put, 1);

  job->number = number;
  job->fail = fail;
  job->log = log;
  shoal_database_submit (db, SHOAL_DATABASE_WRITE, work_put, done_put, job);
}

static gboolean
work_list (sqlite3 *db, gpointer data, GError **error)
{
  g_autoptr (ShoalStatement) stmt
    = shoal_sql_query (db, error, "SELECT key FROM settings ORDER BY key", "");
  g_autoptr (GError) local = NULL;
  GString *keys = data;

  if (stmt == NULL)
    return FALSE;
  while (shoal_sql_next (stmt, &local))
    g_string_append_printf (keys, "%s ", (const char *) sqlite3_column_text (stmt, 0));
  g_assert_no_error (local);
  return TRUE;
}

static char *
list_keys (ShoalDatabase *db)
{
  g_autoptr (GString) keys = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  shoal_database_run_now (db, work_list, keys, &error);
  g_assert_no_error (error);
  return g_strdup (keys->str);
}

static void
test_order_and_failure (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDatabase) db = open_it (f, &error);
  g_autoptr (GString) log = g_string_new (NULL);
  g_autofree char *keys = NULL;

  g_assert_no_error (error);
  for (int i = 0; i < 6; i++)
    put (db, i, i == 3, log);
  g_assert_cmpstr (log->str, ==, "");
  shoal_main_runtime_drain (f->runtime);
  g_assert_cmpstr (log->str, ==, "0 1 2 3 4 5 ");
  /* The one that failed took only its own row back. */
  keys = list_keys (db);
  g_assert_cmpstr (keys, ==, "k0 k1 k2 k4 k5 ");
}

static void
test_survives (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) log = g_string_new (NULL);
  ShoalDatabase *db = open_it (f, &error);
  g_autofree char *keys = NULL;
  g_autofree char *path = g_build_filename (f->directory, "shoal.db", NULL);
  GStatBuf buf;

  g_assert_no_error (error);
  put (db, 7, FALSE, log);
  /* The job keeps what it needs. */
  shoal_database_unref (db);
  shoal_main_runtime_drain (f->runtime);
  g_assert_cmpint (g_stat (path, &buf), ==, 0);
  g_assert_cmpint (buf.st_mode & 0777, ==, 0600);

  db = open_it (f, &error);
  g_assert_no_error (error);
  g_assert_null (shoal_database_get_notice (db));
  keys = list_keys (db);
  g_assert_cmpstr (keys, ==, "k7 ");
  shoal_database_unref (db);
}

static gboolean
work_limit (sqlite3 *db, gpointer data, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("PRAGMA max_page_count = %d", *(int *) data);

  return shoal_sql_script (db, sql, error);
}

static gboolean
work_fill (sqlite3 *db, gpointer data, GError **error)
{
  return shoal_sql_run (db, error, "INSERT INTO settings (key, value) VALUES ('big', hex (?))",
                        "b", data, (size_t) 100000);
}

static void
on_written (const GError *error, gpointer user_data)
{
  GString *log = user_data;

  g_string_append_printf (log, "%s ", error == NULL ? "ok" : shoal_error_get_nick (error));
}

/* A full disk is said, takes nothing that was there, and is over when there is
 * room again. */
static void
test_full (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDatabase) db = open_it (f, &error);
  g_autoptr (GString) log = g_string_new (NULL);
  g_autofree void *big = g_malloc0 (100000);
  g_autofree char *keys = NULL;
  int few = 1, many = 100000;

  put (db, 1, FALSE, log);
  shoal_main_runtime_drain (f->runtime);
  g_string_truncate (log, 0);
  shoal_database_run_now (db, work_limit, &few, &error);
  g_assert_no_error (error);
  shoal_database_write (db, work_fill, big, NULL, on_written, log);
  shoal_main_runtime_drain (f->runtime);
  g_assert_cmpstr (log->str, ==, "disk-full ");

  shoal_database_run_now (db, work_limit, &many, &error);
  g_assert_no_error (error);
  shoal_database_write (db, work_fill, big, NULL, on_written, log);
  shoal_main_runtime_drain (f->runtime);
  g_assert_cmpstr (log->str, ==, "disk-full ok ");
  keys = list_keys (db);
  g_assert_cmpstr (keys, ==, "big k1 ");
}

static void
done_read (gpointer data, const GError *error)
{
  g_assert_no_error (error);
}

/* A read behind a write that finds no room is read all the same. */
static void
test_full_reads (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDatabase) db = open_it (f, &error);
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (GString) keys = g_string_new (NULL);
  g_autofree void *big = g_malloc0 (100000);
  int few = 1;

  put (db, 1, FALSE, log);
  shoal_main_runtime_drain (f->runtime);
  shoal_database_run_now (db, work_limit, &few, &error);
  g_assert_no_error (error);
  g_string_truncate (log, 0);
  /* The first goes alone, the others wait for it together. */
  shoal_database_submit (db, SHOAL_DATABASE_READ, work_list, done_read, log);
  shoal_database_write (db, work_fill, big, NULL, on_written, log);
  shoal_database_submit (db, SHOAL_DATABASE_READ, work_list, done_read, keys);
  shoal_main_runtime_drain (f->runtime);
  g_assert_cmpstr (log->str, ==, "k1 disk-full ");
  g_assert_cmpstr (keys->str, ==, "k1 ");
}

/* --- Another process ----------------------------------------------------- */

typedef struct
{
  GPid pid;
  int  to;
  int  from;
} Child;

/* Owns the directory, writes one setting, says so, waits for a byte. */
static int
run_child (const char *directory)
{
  ShoalMainRuntime *runtime = shoal_main_runtime_new (NULL);
  ShoalDatabase *db = shoal_database_open (SHOAL_RUNTIME (runtime), directory, NULL);
  g_autoptr (GString) log = g_string_new (NULL);
  char byte = 'x';

  put (db, 1, FALSE, log);
  shoal_main_runtime_drain (runtime);
  if (write (STDOUT_FILENO, &byte, 1) != 1 || read (STDIN_FILENO, &byte, 1) != 1)
    return 2;
  if (byte == 'k')
    kill (getpid (), SIGKILL);
  _exit (0); /* without closing anything */
}

static void
start_child (Fixture *f, Child *child)
{
  char *argv[] = { "/proc/self/exe", "--child", f->directory, NULL };
  g_autoptr (GError) error = NULL;
  char byte = 0;

  g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &child->pid,
                            &child->to, &child->from, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read (child->from, &byte, 1), ==, 1);
}

static void
end_child (Child *child, char how)
{
  int status;

  g_assert_cmpint (write (child->to, &how, 1), ==, 1);
  g_assert_cmpint (waitpid (child->pid, &status, 0), ==, child->pid);
  g_assert_true (how == 'k' ? WIFSIGNALED (status) : status == 0);
  close (child->to);
  close (child->from);
}

/* A process killed after a commit was told has lost nothing. */
static void
test_kill (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDatabase) db = NULL;
  g_autofree char *keys = NULL;
  Child child;

  start_child (f, &child);
  end_child (&child, 'k');

  db = open_it (f, &error);
  g_assert_no_error (error);
  g_assert_null (shoal_database_get_notice (db));
  keys = list_keys (db);
  g_assert_cmpstr (keys, ==, "k1 ");
}

static void
test_one_owner (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDatabase) db = NULL;
  g_autofree char *owner = NULL;
  Child child;

  start_child (f, &child);
  db = open_it (f, &error);
  g_assert_null (db);
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_IN_USE);
  owner = g_strdup_printf ("Process %d (", (int) child.pid);
  g_assert_true (g_str_has_prefix (error->message, owner));
  g_assert_nonnull (strstr (error->message, "--child"));
  g_assert_nonnull (shoal_error_get_next (error));
  g_clear_error (&error);

  end_child (&child, 'q');
  db = open_it (f, &error);
  g_assert_no_error (error);
}

/* --- Schema -------------------------------------------------------------- */

static void
test_migration (void)
{
  static const char *const STEPS[] = {
    "CREATE TABLE a (x)",
    "INSERT INTO a VALUES (1); ALTER TABLE a ADD COLUMN y DEFAULT 5",
    "nonsense",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalStatement) stmt = NULL;
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (":memory:", &db), ==, SQLITE_OK);
  shoal_schema_migrate_list (db, STEPS, 1, &error);
  g_assert_no_error (error);
  shoal_schema_migrate_list (db, STEPS, 2, &error);
  g_assert_no_error (error);
  shoal_schema_migrate_list (db, STEPS, 2, &error);
  g_assert_no_error (error);
  stmt = shoal_sql_query (db, &error, "SELECT count (*), max (y) FROM a", "");
  g_assert_true (shoal_sql_next (stmt, &error));
  g_assert_cmpint (shoal_sql_int (stmt, 0), ==, 1);
  g_assert_cmpint (shoal_sql_int (stmt, 1), ==, 5);
  g_clear_pointer (&stmt, shoal_statement_free);

  /* A step that fails leaves the old version. */
  g_assert_false (shoal_schema_migrate_list (db, STEPS, 3, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  stmt = shoal_sql_query (db, &error, "PRAGMA user_version", "");
  g_assert_true (shoal_sql_next (stmt, &error));
  g_assert_cmpint (shoal_sql_int (stmt, 0), ==, 2);
  g_clear_pointer (&stmt, shoal_statement_free);

  g_assert_false (shoal_schema_migrate_list (db, STEPS, 1, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_VERSION);
  sqlite3_close (db);
}

static void
test_newer (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDatabase) db = NULL;
  g_autofree char *path = g_build_filename (f->directory, "shoal.db", NULL);
  sqlite3 *raw = NULL;

  g_assert_cmpint (sqlite3_open (path, &raw), ==, SQLITE_OK);
  sqlite3_exec (raw, "PRAGMA user_version = 9999", NULL, NULL, NULL);
  sqlite3_close (raw);
  db = open_it (f, &error);
  g_assert_null (db);
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_VERSION);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* --- Damage -------------------------------------------------------------- */

static char *
find_aside (Fixture *f)
{
  g_autoptr (GDir) dir = g_dir_open (f->directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (strstr (name, ".damaged-") != NULL && !g_str_has_suffix (name, "-wal")
        && !g_str_has_suffix (name, "-shm"))
      return g_build_filename (f->directory, name, NULL);
  return NULL;
}

static void
test_not_a_database (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDatabase) db = NULL;
  g_autofree char *path = g_build_filename (f->directory, "shoal.db", NULL);
  g_autofree char *aside = NULL;
  g_autofree char *kept = NULL;
  g_autofree char *keys = NULL;
  g_autofree char *text = g_strnfill (8192, 'x');

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  db = open_it (f, &error);
  g_assert_no_error (error);
  g_assert_error (shoal_database_get_notice (db), SHOAL_ERROR, SHOAL_ERROR_CORRUPT);
  aside = find_aside (f);
  g_assert_nonnull (aside);
  g_assert_nonnull (strstr (shoal_database_get_notice (db)->message, aside));
  g_file_get_contents (aside, &kept, NULL, &error);
  g_assert_cmpstr (kept, ==, text);
  keys = list_keys (db);
  g_assert_cmpstr (keys, ==, "");
}

/* Breaks the last page of a table that nobody looks at when opening: only the
 * check finds it, and the settings come over. */
static void
test_damaged_page (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDatabase) db = open_it (f, &error);
  g_autoptr (GString) log = g_string_new (NULL);
  g_autofree char *path = g_build_filename (f->directory, "shoal.db", NULL);
  g_autofree char *aside = NULL;
  g_autofree char *keys = NULL;
  sqlite3 *raw = NULL;
  int fd;

  g_assert_no_error (error);
  put (db, 1, FALSE, log);
  put (db, 2, FALSE, log);
  shoal_main_runtime_drain (f->runtime);
  g_clear_pointer (&db, shoal_database_unref);

  g_assert_cmpint (sqlite3_open (path, &raw), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (raw, "CREATE TABLE zz (x);"
                                 "WITH RECURSIVE n (i) AS"
                                 " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
                                 " INSERT INTO zz SELECT i FROM n;"
                                 "PRAGMA wal_checkpoint (TRUNCATE)", NULL, NULL, NULL),
                   ==, SQLITE_OK);
  sqlite3_close (raw);
  fd = open (path, O_WRONLY);
  g_assert_cmpint (lseek (fd, -4096, SEEK_END), >, 0);
  for (int i = 0; i < 4096 / 8; i++)
    g_assert_cmpint (write (fd, "\377\1\2\3\4\5\6\7", 8), ==, 8);
  close (fd);

  db = open_it (f, &error);
  g_assert_no_error (error);
  g_assert_error (shoal_database_get_notice (db), SHOAL_ERROR, SHOAL_ERROR_CORRUPT);
  aside = find_aside (f);
  g_assert_nonnull (aside);
  keys = list_keys (db);
  g_assert_cmpstr (keys, ==, "k1 k2 ");
}

static void
test_unusable (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (f->directory, "file", NULL);
  g_autofree char *below = g_build_filename (path, "state", NULL);

  g_file_set_contents (path, "", 0, &error);
  g_assert_null (shoal_database_open (SHOAL_RUNTIME (f->runtime), below, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_DISK);
}

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--child"))
    return run_child (argv[2]);

  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/store/database/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("order-and-failure", test_order_and_failure);
  ADD ("full", test_full);
  ADD ("full-reads", test_full_reads);
  ADD ("survives", test_survives);
  ADD ("kill", test_kill);
  ADD ("one-owner", test_one_owner);
  ADD ("newer", test_newer);
  ADD ("not-a-database", test_not_a_database);
  ADD ("damaged-page", test_damaged_page);
  ADD ("unusable", test_unusable);
  g_test_add_func ("/store/database/migration", test_migration);
  return g_test_run ();
}
