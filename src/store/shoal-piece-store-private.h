/* shoal-piece-store-private.h: what the files of the piece store share.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * shoal-piece-store.c holds life, knowledge and the driver; -open.c the start
 * and resume; -check.c the re-hashing of what lay on disk; -hashes.c leaf
 * hashes and roots; -write.c single leaves; -small.c whole files; -room.c the
 * full disk; -save.c syncing and the bitmap; -settle.c the finish; -close.c
 * the end; -read.c reading.
 *
 * Everything in these structs belongs to the engine context's thread. A job
 * that goes to a worker owns copies of, or references on, all it needs.
 */
#pragma once

#include "shoal-leaf-set.h"
#include "shoal-part.h"
#include "shoal-piece-records.h"
#include "shoal-piece-store.h"
#include "shoal-thread.h"

#include <errno.h>

G_BEGIN_DECLS

/* What is needed of a file while leaves of it come and go; from the first hash
 * or leaf until it is complete. */
typedef struct
{
  ShoalLeafSet have;     /* verified and written */
  ShoalLeafSet saved;    /* of those, synced too: what survives a failing disk */
  ShoalLeafSet checking; /* on disk, to be hashed again */
  ShoalLeafSet groups;   /* whose leaf hashes are stored */
  ShoalHash   *roots;    /* (owned) (nullable): of the groups, where there are several */
  ShoalPart   *part;     /* (owned) (nullable) */
  gboolean     exists;   /* the part is on disk (perhaps not open) */
  gboolean     is_opening;
  gboolean     is_dirty; /* written to since the last sync began */
  gboolean     is_queued; /* for a check */
  gboolean     is_published; /* what exists bears the final name already: never write to it */
  uint64_t     inode;    /* of the part, if it exists */
  gint64       last_mtime; /* when the part was closed, or was found */
  guint        n_writing; /* write jobs under way */
  uint64_t     unkicked; /* bytes since write-back was last started */
} ShoalFileWork;

typedef struct
{
  const char    *path;      /* as described; in `strings` */
  uint64_t       length;
  gint64         mtime;
  ShoalHash      root;
  char          *final_path; /* (owned) (nullable): if it is not the planned one */
  char          *part_path;  /* (owned) (nullable): if it is not the usual one */
  ShoalFileWork *work;       /* (owned) (nullable) */
  GError        *error;      /* (owned) (nullable): FAILED */
  uint64_t       inode;      /* COMPLETE without work, FINAL: to know it again */
  gint64         final_mtime;
  guint          state : 4;  /* ShoalFileState */
  guint          has_mtime : 1;
  guint          is_executable : 1;
  guint          is_folder : 1;
  guint          has_root : 1;      /* the offerer's word, or the share's */
  guint          has_group : 1;     /* of one group only, and its leaf hashes are stored */
  guint          is_computed : 1;   /* `root` was computed from leaf hashes */
  guint          is_settling : 1;
  guint          is_renamed : 1;    /* has its final name, if not yet FINAL */
} ShoalStoreFile;

/* Leaf hashes of one group in memory. */
typedef struct _ShoalGroupCache ShoalGroupCache;

typedef struct _ShoalLeafWrite ShoalLeafWrite;   /* -write.c */
typedef struct _ShoalFilesWrite ShoalFilesWrite; /* -small.c */

struct _ShoalPieceStore
{
  gint                         refs;

  /* Set once. */
  ShoalOwnerThread             owner;
  ShoalRuntime                *runtime;     /* (owned) */
  ShoalDatabase               *database;    /* (owned) */
  const ShoalDisk             *disk;
  const ShoalPieceStoreEvents *events;      /* (nullable) */
  gpointer                     user_data;
  uint8_t                      transfer[SHOAL_TRANSFER_ID_SIZE];
  char                         token[8];    /* of the names of parts */
  char                        *destination; /* (owned) */
  GStringChunk                *strings;     /* (owned) */
  ShoalStoreEntry             *entries;     /* (owned): strings in `strings` */
  ShoalStoreFile              *files;       /* (owned) */
  guint                        n_files;
  uint8_t                     *chosen;      /* (owned) (nullable) */
  uint64_t                     total_bytes; /* of the chosen files */
  gboolean                     is_draft;    /* until complete_draft() */
  gboolean                     began_as_draft;

  /* Written only by set_state(). */
  ShoalPieceStoreState         state;
  GError                      *error;       /* (owned) (nullable) */

  /* Set by open. */
  gint64                       row;
  ShoalDestination             probe;
  mode_t                       umask;
  ShoalFolderCache            *folders;     /* (owned) (nullable); workers use it too */
  ShoalNamePlan               *plan;        /* (owned) (nullable) */

  guint                        n_jobs;      /* on workers, each holding a reference */
  uint64_t                     verified_bytes;
  guint                        n_unsettled; /* chosen files neither FINAL nor FAILED */
  guint                        n_failed;
  guint                        n_partial;   /* files with bytes that are PARTIAL */

  /* Claiming the top folders. */
  gboolean                     claimed;
  gboolean                     is_claiming;

  /* Leaf hashes. */
  ShoalGroupCache             *groups;      /* (owned) */
  GQueue                       deferred_hashes; /* adds that wait for room */

  /* Writing. */
  GQueue                       writes;      /* of ShoalLeafWrite (owned) */
  gboolean                     wants_empty; /* empty files are to be made */
  GQueue                       file_writes; /* of ShoalFilesWrite (owned) */
  guint                        n_write_jobs;
  uint64_t                     pending_bytes;
  GArray                      *open_files;  /* of guint: those with a part open, oldest first */

  /* Checking. */
  GQueue                       checks;      /* of file numbers */
  gboolean                     is_checking;
  gboolean                     is_resume;
  gboolean                     resume_told;
  uint64_t                     kept, refetched;

  /* Saving the bitmap. */
  guint                        save_timer;
  gboolean                     is_saving;
  uint64_t                     unsaved_bytes;

  /* Finishing. */
  GArray                      *complete;    /* of guint: files to settle */
  guint                        settle_timer;
  gboolean                     settle_due;
  gboolean                     is_settling;
  gboolean                     is_finishing;
  gboolean                     distrusts_syncfs; /* files are synced one by one from now on */

  /* Room. */
  guint                        room_timer;
  gboolean                     is_trying;   /* one write is out to see whether there is room */
  gint64                       room_delay;

  /* The end. */
  gboolean                     wants_close;
  gboolean                     wants_remove;
  gboolean                     final_save_done;
  gboolean                     was_committed;
  GArray                      *enders;      /* of Ender, see -close.c */

  guint                        pump_timer;  /* a call of the driver is on its way */
};

#define SHOAL_STORE_NO_FILE G_MAXUINT

/* --- Life and driver (shoal-piece-store.c) -------------------------------- */

/* Give a job to a worker and back; keep a reference and the count. @done must
 * call shoal_piece_store_end_job() last. */
void shoal_piece_store_submit  (ShoalPieceStore *self, ShoalPool pool, ShoalJobFunc work,
                                ShoalJobFunc done, gpointer job);
void shoal_piece_store_query   (ShoalPieceStore *self, ShoalDatabaseAccess access,
                                ShoalDatabaseWork work, ShoalDatabaseDone done, gpointer job);
void shoal_piece_store_end_job (ShoalPieceStore *self);

/* Looks at what is to do next and starts it. Cheap; callbacks may run. */
void shoal_piece_store_advance (ShoalPieceStore *self);
/* The same, soon, from the loop. */
void shoal_piece_store_advance_soon (ShoalPieceStore *self);
void shoal_piece_store_set_state (ShoalPieceStore *self, ShoalPieceStoreState state,
                                  const GError *error, uint64_t needed_bytes);
/* TRUE in RUNNING and PAUSED, while not closing. */
gboolean shoal_piece_store_is_active (ShoalPieceStore *self);

gboolean       shoal_piece_store_is_chosen   (ShoalPieceStore *self, guint file);
ShoalFileWork *shoal_piece_store_ensure_work (ShoalPieceStore *self, guint file);
void           shoal_piece_store_drop_work   (ShoalPieceStore *self, guint file);
void           shoal_piece_store_set_file_state (ShoalPieceStore *self, guint file,
                                                 ShoalFileState state, const GError *error);
/* FAILED with a copy of @error; what waits for it is answered. */
void           shoal_piece_store_fail_file   (ShoalPieceStore *self, guint file,
                                              const GError *error);
void           shoal_piece_store_fail_file_errno (ShoalPieceStore *self, guint file,
                                                  int saved_errno, const char *verb);
/* What the leaves of a set hold. */
uint64_t       shoal_piece_store_count_bytes (ShoalPieceStore *self, guint file,
                                              const ShoalLeafSet *leaves);
/* As fail, and takes the part away: it is of no use to anybody. */
void           shoal_piece_store_discard_file (ShoalPieceStore *self, guint file,
                                               const GError *error);
/* None of its leaves is known to be right, whatever is on disk. */
void           shoal_piece_store_forget_leaves (ShoalPieceStore *self, guint file);
/* Nothing of the file is on disk any more: everything is MISSING. */
void           shoal_piece_store_lose_file   (ShoalPieceStore *self, guint file);
/* Leaves of the set are HAVE or MISSING now; tells, completes. */
void           shoal_piece_store_leaf_found  (ShoalPieceStore *self, guint file, uint64_t leaf);
void           shoal_piece_store_leaf_lost   (ShoalPieceStore *self, guint file, uint64_t leaf);
void           shoal_piece_store_tell_leaves (ShoalPieceStore *self, guint file, uint64_t first,
                                              uint64_t n, ShoalLeafState state);
/* After leaves were added: COMPLETE if none is missing. */
void           shoal_piece_store_check_complete (ShoalPieceStore *self, guint file);
/* What the finished file's mode is to be. */
mode_t         shoal_piece_store_get_mode    (ShoalPieceStore *self, guint file);
char          *shoal_piece_store_dup_part_path (ShoalPieceStore *self, guint file);
void           shoal_piece_store_file_opened (ShoalPieceStore *self, guint file, ShoalPart *part);
void           shoal_piece_store_close_part  (ShoalPieceStore *self, guint file);

/* --- Others --------------------------------------------------------------- */

void     shoal_piece_store_claim         (ShoalPieceStore *self);               /* -claim.c */
void     shoal_piece_store_check         (ShoalPieceStore *self);               /* -check.c */
void     shoal_piece_store_queue_check   (ShoalPieceStore *self, guint file);
/* Somebody changed what is on disk: look at all of it again. */
void     shoal_piece_store_check_again   (ShoalPieceStore *self, guint file);
/* Hashes of it have come: what bore its final name before may be what we wrote. */
void     shoal_piece_store_check_candidate (ShoalPieceStore *self, guint file); /* -open.c */
gboolean shoal_is_zero                   (const void *data, size_t size);
const ShoalHash *shoal_zero_leaf_hash    (void);
void     shoal_piece_store_pump_writes   (ShoalPieceStore *self);               /* -write.c */
void     shoal_piece_store_answer_writes (ShoalPieceStore *self);
void     shoal_piece_store_drop_writes   (ShoalPieceStore *self, guint file, const GError *error);
void     shoal_piece_store_pump_files    (ShoalPieceStore *self);               /* -small.c */
void     shoal_piece_store_drop_files    (ShoalPieceStore *self, const GError *error);
void     shoal_piece_store_write_empty   (ShoalPieceStore *self);
void     shoal_piece_store_save          (ShoalPieceStore *self);               /* -save.c */
/* Takes back what was not synced: the disk may have dropped it. */
void     shoal_piece_store_revert        (ShoalPieceStore *self, guint file);
void     shoal_piece_store_schedule_save (ShoalPieceStore *self);
void     shoal_piece_store_queue_settle  (ShoalPieceStore *self, guint file);   /* -settle.c */
void     shoal_piece_store_settle        (ShoalPieceStore *self);
void     shoal_piece_store_finish        (ShoalPieceStore *self);
void     shoal_piece_store_pause         (ShoalPieceStore *self, int saved_errno); /* -room.c */
void     shoal_piece_store_found_room    (ShoalPieceStore *self);
void     shoal_piece_store_no_room_yet   (ShoalPieceStore *self);
void     shoal_piece_store_step_close    (ShoalPieceStore *self);               /* -close.c */

/* -hashes.c */
ShoalGroupCache *shoal_group_cache_new   (void);
void             shoal_group_cache_free  (ShoalGroupCache *self);
/* The hashes of a group: (transfer full), or NULL: then *waits tells whether
 * they are being loaded (ask again when the driver runs) or not known. */
GBytes          *shoal_piece_store_get_group (ShoalPieceStore *self, guint file, uint64_t group,
                                              gboolean *waits);
/* Hashes of the group are on their way into the database. */
gboolean         shoal_piece_store_is_adding    (ShoalPieceStore *self, guint file, uint64_t group);
void             shoal_piece_store_retry_hashes (ShoalPieceStore *self);
void             shoal_piece_store_drop_hashes  (ShoalPieceStore *self, const GError *error);
/* FALSE: failed, and the file with it. */
gboolean         shoal_piece_store_check_root   (ShoalPieceStore *self, guint file);

static inline gboolean
shoal_errno_is_full (int saved_errno)
{
  return saved_errno == ENOSPC || saved_errno == EDQUOT;
}

G_END_DECLS
