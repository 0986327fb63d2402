/* shoal-database.h: the SQLite file of one state directory, and who owns it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-error.h"
#include "shoal-runtime.h"

#include <sqlite3.h>

G_BEGIN_DECLS

typedef struct _ShoalDatabase ShoalDatabase;

/* Runs on the database worker, one at a time, in the order submitted. @job must
 * own all it touches. FALSE with @error set undoes what this job wrote, and
 * only that. Use the helpers of shoal-sql.h. */
typedef gboolean (*ShoalDatabaseWork) (sqlite3 *db, gpointer job, GError **error);
/* Then runs on the engine context, always, and frees @job. For a write, no
 * error means it is committed: it survives the end of the process. */
typedef void (*ShoalDatabaseDone) (gpointer job, const GError *error);

typedef enum
{
  SHOAL_DATABASE_READ,
  SHOAL_DATABASE_WRITE,
} ShoalDatabaseAccess;

/**
 * shoal_database_open:
 * @runtime: whose SHOAL_POOL_DATABASE does the work
 * @directory: (nullable): the state directory, made (0700) if missing; NULL: a
 *   database in memory without a lock, for tests and the simulator
 *
 * Takes the directory's lock, opens `shoal.db` (0600) in it and brings the
 * schema up to date. Synchronous: call it before the loop runs. A damaged file
 * is moved aside, what can be saved of it is copied over, and the database
 * opens with a notice: see shoal_database_get_notice().
 *
 * Errors: IN_USE if another process owns the directory (the message names its
 * process ID and command); VERSION if a newer Shoal wrote it; DISK, DISK_FULL.
 *
 * Belongs to the runtime's thread.
 *
 * Returns: (transfer full)
 */
ShoalDatabase *shoal_database_open  (ShoalRuntime *runtime, const char *directory, GError **error);
ShoalDatabase *shoal_database_ref   (ShoalDatabase *self);
/* Jobs already given keep the database; drain the runtime to have them done.
 * With the last reference file and lock are closed. */
void           shoal_database_unref (ShoalDatabase *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalDatabase, shoal_database_unref)

/* What the user must be told about opening: code CORRUPT, with the name of the
 * file moved aside. (nullable) (transfer none) */
const GError *shoal_database_get_notice    (ShoalDatabase *self);
ShoalRuntime *shoal_database_get_runtime   (ShoalDatabase *self);
/* (nullable) (transfer none) */
const char   *shoal_database_get_directory (ShoalDatabase *self);

/* Asynchronous. Jobs run in the order given; those that wait while others run
 * are put into one transaction, so many small writes cost one commit. */
void shoal_database_submit (ShoalDatabase *self, ShoalDatabaseAccess access, ShoalDatabaseWork work,
                            ShoalDatabaseDone done, gpointer job);

/* Told on the engine context: NULL when committed. */
typedef void (*ShoalWrittenFunc) (const GError *error, gpointer user_data);

/* A write whose job is plain data: @free_job frees it afterwards, @func
 * (nullable) is told. Without @func an error goes to the trouble function. */
void shoal_database_write (ShoalDatabase *self, ShoalDatabaseWork work, gpointer job,
                           GDestroyNotify free_job, ShoalWrittenFunc func, gpointer user_data);

/* @func: told of failed writes that nobody waits for; NULL: nobody. */
void shoal_database_set_trouble_func (ShoalDatabase *self, ShoalWrittenFunc func,
                                      gpointer user_data);

/* The same at once, in a transaction, on the caller's thread: only before the
 * loop runs (loading at start) and in tests; never while jobs are waiting. */
gboolean shoal_database_run_now (ShoalDatabase *self, ShoalDatabaseWork work, gpointer job,
                                 GError **error);

G_END_DECLS
