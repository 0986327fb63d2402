/* shoal-write-job.h: a run of leaves on its way through a worker.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the piece store: shoal-piece-store-write.c fills jobs in and takes
 * what they found.
 */
#pragma once

#include "shoal-piece-store-private.h"

G_BEGIN_DECLS

/* One job: a megabyte, of as many pieces as single leaves make. */
#define SHOAL_WRITE_JOB_MAX_BYTES (1024u * 1024)
#define SHOAL_WRITE_JOB_MAX_WRITES 64

struct _ShoalLeafWrite
{
  guint          file;
  uint64_t       first_leaf;
  guint          n_leaves;
  GBytes        *data;    /* (owned) */
  ShoalWriteDone done;
  gpointer       user_data;
  GError        *error;   /* (owned) (nullable): the answer already */

  /* While a job has it. */
  GBytes        *hashes;  /* (owned): of its group */
  uint64_t       have;    /* leaves that need not be written */
  uint64_t       good, bad;
  uint64_t       written; /* of the good ones */
};

typedef struct
{
  ShoalPieceStore  *store;
  guint             file;
  ShoalLeafWrite   *writes[SHOAL_WRITE_JOB_MAX_WRITES]; /* (owned), each following the one before */
  guint             n_writes;
  const ShoalDisk  *disk;
  ShoalFolderCache *folders;
  ShoalPart        *part;      /* (owned) (nullable): opened by the job if NULL */
  char             *part_path; /* (owned) (nullable) */
  char             *path;      /* (owned) (nullable) */
  const char       *token;
  guint             max_name_bytes;
  gboolean          exists;    /* so open it, and it must be `inode` */
  uint64_t          inode;
  uint64_t          length;    /* to make a new part as long as; 0: let it grow */
  gboolean          sparse;
  gboolean          kick;
  gboolean          is_trial;  /* whether the disk has room again */
  gboolean          opened;    /* the job opened or made it */
  int               saved_errno;
  gboolean          is_lost;   /* the part is not there, or another file is */
  const ShoalDestination *probe;
  gint64            known_mtime; /* of a part that exists; 0: not known */
  gboolean          is_changed;  /* by somebody else */
} ShoalWriteJob;

/* The work function. */
void shoal_write_job_run (gpointer job);

G_END_DECLS
