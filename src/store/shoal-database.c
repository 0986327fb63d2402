/* shoal-database.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-database.h"

#include "shoal-database-file.h"
#include "shoal-sql.h"
#include "shoal-state-lock.h"
#include "shoal-thread.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/**
 * ShoalDatabase:
 *
 * One connection, used by one worker at a time. Jobs wait in `waiting` while a
 * batch is out; when it comes back, all that wait (up to a bound) go as the
 * next batch, in one transaction. Each write in it is a savepoint, so that one
 * that fails takes nothing with it.
 */

/* So that a read does not wait behind more than this. */
#define MAX_BATCH 256

typedef struct
{
  ShoalDatabaseAccess access;
  ShoalDatabaseWork   work;
  ShoalDatabaseDone   done;
  gpointer            data;  /* (owned by `done`) */
  gboolean            ran;
  GError             *error; /* (owned) (nullable) */
} Job;

typedef struct
{
  ShoalDatabase *database; /* (owned) */
  sqlite3       *db;       /* (unowned) */
  GPtrArray     *jobs;     /* of Job (owned) */
} Batch;

struct _ShoalDatabase
{
  int              ref_count;

  /* Set once, when opened. */
  ShoalOwnerThread owner;
  ShoalRuntime    *runtime;   /* (owned) */
  char            *directory; /* (owned) (nullable) */
  int              lock_fd;   /* -1: in memory */
  GError          *notice;    /* (owned) (nullable) */
  sqlite3         *db;        /* (owned): the worker's while a batch is out */

  /* The owner's thread only. */
  GQueue           waiting;   /* of Job (owned) */
  gboolean         is_busy;   /* a batch is out */
  ShoalWrittenFunc trouble_func;
  gpointer         trouble_data;
};

static void start_batch (ShoalDatabase *self);

/* --- On the worker ------------------------------------------------------- */

static gboolean
run_write (sqlite3 *db, ShoalDatabaseWork work, gpointer data, GError **error)
{
  if (!shoal_sql_script (db, "SAVEPOINT job", error))
    return FALSE;
  if (work (db, data, error))
    return shoal_sql_script (db, "RELEASE job", error);
  sqlite3_exec (db, "ROLLBACK TO job; RELEASE job", NULL, NULL, NULL);
  return FALSE;
}

/* A full disk or an I/O error ends the whole transaction: all its writes are
 * undone, so all are told. */
static void
fail_writes (Batch *batch, const GError *error)
{
  for (guint i = 0; i < batch->jobs->len; i++)
    {
      Job *job = batch->jobs->pdata[i];

      if (job->access == SHOAL_DATABASE_WRITE && job->error == NULL)
        job->error = g_error_copy (error);
    }
}

static gboolean
has_writes (Batch *batch)
{
  for (guint i = 0; i < batch->jobs->len; i++)
    if (((Job *) batch->jobs->pdata[i])->access == SHOAL_DATABASE_WRITE)
      return TRUE;
  return FALSE;
}

/* FALSE with @error if the transaction is lost. */
static gboolean
run_jobs (Batch *batch, gboolean writes, GError **error)
{
  sqlite3 *db = batch->db;

  for (guint i = 0; i < batch->jobs->len; i++)
    {
      Job *job = batch->jobs->pdata[i];
      gboolean ok;

      job->ran = TRUE;
      if (job->access == SHOAL_DATABASE_WRITE)
        ok = run_write (db, job->work, job->data, &job->error);
      else
        ok = job->work (db, job->data, &job->error);
      g_assert (ok == (job->error == NULL));

      if (writes && sqlite3_get_autocommit (db))
        {
          g_propagate_error (error, g_error_copy (job->error));
          return FALSE;
        }
    }
  return TRUE;
}

/* What came behind a write that ended the transaction can be read all the same. */
static void
run_other_reads (Batch *batch)
{
  for (guint i = 0; i < batch->jobs->len; i++)
    {
      Job *job = batch->jobs->pdata[i];

      if (job->access == SHOAL_DATABASE_READ && !job->ran)
        job->work (batch->db, job->data, &job->error);
    }
}

static void
work_batch (gpointer data)
{
  Batch *batch = data;
  gboolean writes = has_writes (batch);
  g_autoptr (GError) error = NULL;

  if (writes && !shoal_sql_script (batch->db, "BEGIN IMMEDIATE", &error))
    {
      fail_writes (batch, error);
      run_other_reads (batch);
      return;
    }
  if (run_jobs (batch, writes, &error)
      && (!writes || shoal_sql_script (batch->db, "COMMIT", &error)))
    return;

  if (!sqlite3_get_autocommit (batch->db))
    sqlite3_exec (batch->db, "ROLLBACK", NULL, NULL, NULL);
  fail_writes (batch, error);
  run_other_reads (batch);
}

/* --- Jobs ---------------------------------------------------------------- */

static void
tell_job (ShoalDatabase *self, Job *job)
{
  if (job->error != NULL && g_error_matches (job->error, SHOAL_ERROR, SHOAL_ERROR_CORRUPT)
      && self->directory != NULL)
    shoal_database_file_suspect (self->directory);
  job->done (job->data, job->error);
  g_clear_error (&job->error);
  g_free (job);
}

static void
done_batch (gpointer data)
{
  Batch *batch = data;
  ShoalDatabase *self = batch->database;

  /* The next one first: the jobs' owners may take their time. */
  self->is_busy = FALSE;
  start_batch (self);

  for (guint i = 0; i < batch->jobs->len; i++)
    tell_job (self, batch->jobs->pdata[i]);
  g_ptr_array_unref (batch->jobs);
  g_free (batch);
  shoal_database_unref (self);
}

static void
start_batch (ShoalDatabase *self)
{
  Batch *batch;
  Job *job;

  if (self->is_busy || g_queue_is_empty (&self->waiting))
    return;

  batch = g_new0 (Batch, 1);
  batch->database = shoal_database_ref (self);
  batch->db = self->db;
  batch->jobs = g_ptr_array_new ();
  while (batch->jobs->len < MAX_BATCH && (job = g_queue_pop_head (&self->waiting)) != NULL)
    g_ptr_array_add (batch->jobs, job);

  self->is_busy = TRUE;
  shoal_runtime_submit (self->runtime, SHOAL_POOL_DATABASE, work_batch, done_batch, batch);
}

/* --- Public -------------------------------------------------------------- */

ShoalDatabase *
shoal_database_open (ShoalRuntime *runtime, const char *directory, GError **error)
{
  g_autoptr (ShoalDatabase) self = g_new0 (ShoalDatabase, 1);

  g_return_val_if_fail (SHOAL_IS_RUNTIME (runtime), NULL);

  self->ref_count = 1;
  self->lock_fd = -1;
  shoal_owner_thread_init (&self->owner);
  self->runtime = g_object_ref (runtime);
  self->directory = g_strdup (directory);
  g_queue_init (&self->waiting);

  if (directory == NULL)
    {
      self->db = shoal_database_file_open_memory (error);
      return self->db != NULL ? g_steal_pointer (&self) : NULL;
    }

  if (g_mkdir_with_parents (directory, 0700) != 0)
    {
      shoal_error_set_errno (error, errno, "make the state directory “%s”", directory);
      return NULL;
    }
  self->lock_fd = shoal_state_lock_take (directory, error);
  if (self->lock_fd < 0)
    return NULL;
  self->db = shoal_database_file_open (directory, &self->notice, error);
  return self->db != NULL ? g_steal_pointer (&self) : NULL;
}

ShoalDatabase *
shoal_database_ref (ShoalDatabase *self)
{
  self->ref_count++;
  return self;
}

void
shoal_database_unref (ShoalDatabase *self)
{
  shoal_owner_thread_assert (&self->owner);
  if (--self->ref_count > 0)
    return;

  /* A batch holds a reference, and while any waits one is out. */
  g_assert (!self->is_busy && g_queue_is_empty (&self->waiting));
  if (self->db != NULL)
    sqlite3_close (self->db);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_clear_error (&self->notice);
  g_free (self->directory);
  g_object_unref (self->runtime);
  g_free (self);
}

const GError *
shoal_database_get_notice (ShoalDatabase *self)
{
  return self->notice;
}

ShoalRuntime *
shoal_database_get_runtime (ShoalDatabase *self)
{
  return self->runtime;
}

const char *
shoal_database_get_directory (ShoalDatabase *self)
{
  return self->directory;
}

void
shoal_database_submit (ShoalDatabase *self, ShoalDatabaseAccess access, ShoalDatabaseWork work,
                       ShoalDatabaseDone done, gpointer job)
{
  Job *item;

  g_return_if_fail (work != NULL && done != NULL);
  shoal_owner_thread_assert (&self->owner);

  item = g_new0 (Job, 1);
  item->access = access;
  item->work = work;
  item->done = done;
  item->data = job;
  g_queue_push_tail (&self->waiting, item);
  start_batch (self);
}

typedef struct
{
  ShoalDatabase    *database; /* (unowned): the batch keeps it */
  ShoalDatabaseWork work;
  gpointer          data;     /* (owned) */
  GDestroyNotify    free_data;
  ShoalWrittenFunc  func;
  gpointer          user_data;
} Write;

static gboolean
work_write (sqlite3 *db, gpointer data, GError **error)
{
  Write *write = data;

  return write->work (db, write->data, error);
}

static void
done_write (gpointer data, const GError *error)
{
  Write *write = data;
  ShoalDatabase *self = write->database;

  if (write->func != NULL)
    write->func (error, write->user_data);
  else if (error != NULL && self->trouble_func != NULL)
    self->trouble_func (error, self->trouble_data);
  if (write->free_data != NULL)
    write->free_data (write->data);
  g_free (write);
}

void
shoal_database_write (ShoalDatabase *self, ShoalDatabaseWork work, gpointer job,
                      GDestroyNotify free_job, ShoalWrittenFunc func, gpointer user_data)
{
  Write *write = g_new0 (Write, 1);

  write->database = self;
  write->work = work;
  write->data = job;
  write->free_data = free_job;
  write->func = func;
  write->user_data = user_data;
  shoal_database_submit (self, SHOAL_DATABASE_WRITE, work_write, done_write, write);
}

void
shoal_database_set_trouble_func (ShoalDatabase *self, ShoalWrittenFunc func, gpointer user_data)
{
  self->trouble_func = func;
  self->trouble_data = user_data;
}

gboolean
shoal_database_run_now (ShoalDatabase *self, ShoalDatabaseWork work, gpointer job, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean ok;

  shoal_owner_thread_assert (&self->owner);
  g_assert (!self->is_busy);

  ok = shoal_sql_script (self->db, "BEGIN IMMEDIATE", &local)
       && work (self->db, job, &local)
       && shoal_sql_script (self->db, "COMMIT", &local);
  if (ok)
    return TRUE;

  if (!sqlite3_get_autocommit (self->db))
    sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
  if (self->directory != NULL && g_error_matches (local, SHOAL_ERROR, SHOAL_ERROR_CORRUPT))
    shoal_database_file_suspect (self->directory);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
