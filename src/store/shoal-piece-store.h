/* shoal-piece-store.h: one download on disk: verified writes, resume, finish.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-database.h"
#include "shoal-destination.h"
#include "shoal-hash.h"
#include "shoal-limits.h"
#include "shoal-runtime.h"

G_BEGIN_DECLS

/**
 * ShoalPieceStore:
 *
 * Puts the files of one share into a folder. Bytes come in any order; each
 * leaf is hashed, compared with its leaf hash, and only then written, into a
 * hidden-until-done “.part” beside its final name. When the last leaf of a
 * file is verified the file is synced, given its time and mode, and renamed,
 * never over something else. Nothing visible is made before something of it
 * is verified. “Committed” is said when everything chosen is synced under its
 * final name.
 *
 * Leaf hashes must be known before the data they vouch for
 * (shoal_piece_store_add_hashes()), with two exceptions in a full share: a
 * file of one leaf is its own hash, and whole small files given to
 * shoal_piece_store_write_files() are checked against their pieces root.
 *
 * Belongs to the engine context's thread; every callback and event comes
 * there, never from inside the call that asked. All disk work is done on the
 * runtime's workers. Every `_async` function calls its callback exactly once,
 * also after close or remove, then with an error. Memory does not grow with
 * the length of files, except for two bits a leaf.
 *
 * Indices: `file` is the index of an entry as given to shoal_piece_store_new():
 * those of shoal_entry_list_new() begin with the description's files, so they
 * agree; `leaf` counts 16 KiB units from 0 within its file; `group`
 * counts SHOAL_LEAVES_PER_GROUP leaves. Arguments are the caller's word: check
 * what peers say before.
 */
typedef struct _ShoalPieceStore ShoalPieceStore;

#define SHOAL_TRANSFER_ID_SIZE 16

/* Files up to this length are best written whole, many at once. */
#define SHOAL_SMALL_FILE_LENGTH (1024u * 1024)
/* Limits of one write. */
#define SHOAL_MAX_WRITE_LEAVES 64u
#define SHOAL_MAX_WRITE_FILES 256u
#define SHOAL_MAX_WRITE_FILES_BYTES (4u * 1024 * 1024)

typedef enum
{
  SHOAL_PIECE_STORE_STATE_NEW,
  SHOAL_PIECE_STORE_STATE_OPENING,
  SHOAL_PIECE_STORE_STATE_RUNNING,
  SHOAL_PIECE_STORE_STATE_PAUSED,    /* the disk is full; goes on by itself */
  SHOAL_PIECE_STORE_STATE_COMMITTED, /* all chosen files are final; leaves can be read */
  SHOAL_PIECE_STORE_STATE_FAILED,    /* nothing is left to do, but some files failed */
  SHOAL_PIECE_STORE_STATE_CLOSING,
  SHOAL_PIECE_STORE_STATE_CLOSED,
} ShoalPieceStoreState;

#define SHOAL_TYPE_PIECE_STORE_STATE (shoal_piece_store_state_get_type ())
GType shoal_piece_store_state_get_type (void);

typedef enum
{
  SHOAL_FILE_STATE_SKIPPED,  /* not chosen */
  SHOAL_FILE_STATE_PARTIAL,  /* leaves are missing or being checked */
  SHOAL_FILE_STATE_COMPLETE, /* every leaf is verified; not yet synced and renamed (a draft's
                              * file also waits here for its root) */
  SHOAL_FILE_STATE_FINAL,    /* synced, under its final name */
  SHOAL_FILE_STATE_FAILED,
} ShoalFileState;

typedef enum
{
  SHOAL_LEAF_MISSING,
  SHOAL_LEAF_CHECKING, /* on disk since before a crash, being hashed again: wait for it */
  SHOAL_LEAF_HAVE,     /* verified and written: may be read and served */
} ShoalLeafState;

/* What the owner hears. Any may be NULL. */
typedef struct
{
  /* Leaves changed outside of a write: found by the re-check, known to be all
   * zeroes from their hash alone (HAVE), or lost (MISSING) because the disk
   * failed to keep them, a check failed or the file was changed by others. */
  void (*leaves_changed) (ShoalPieceStore *store, guint file, uint64_t first_leaf,
                          uint64_t n_leaves, ShoalLeafState state, gpointer user_data);
  /* PARTIAL → COMPLETE → FINAL, or FAILED with @error (transfer none), naming the file. COMPLETE
   * may go back to PARTIAL if the file was changed by others. */
  void (*file_changed)   (ShoalPieceStore *store, guint file, ShoalFileState state,
                          const GError *error, gpointer user_data);
  /* After a resume: the re-check of what lay on disk is over. */
  void (*checked)        (ShoalPieceStore *store, uint64_t kept, uint64_t refetched,
                          gpointer user_data);
  /* PAUSED: @error is DISK_FULL and @needed_bytes must become free; RUNNING:
   * it goes on; COMMITTED; FAILED: @error is the first failed file's. */
  void (*state_changed)  (ShoalPieceStore *store, ShoalPieceStoreState state, const GError *error,
                          uint64_t needed_bytes, gpointer user_data);
} ShoalPieceStoreEvents;

typedef struct
{
  ShoalRuntime          *runtime;     /* kept by reference */
  ShoalDatabase         *database;    /* kept by reference */
  uint8_t                transfer[SHOAL_TRANSFER_ID_SIZE]; /* names the resume state */
  const char            *destination; /* absolute path; made if missing */
  const ShoalStoreEntry *entries;     /* copied */
  gsize                  n_entries;
  const uint8_t         *chosen;      /* (nullable): bit i of byte i / 8, lowest first; NULL: all */
  gboolean               is_draft;    /* entries have no roots yet */
  const ShoalDisk       *disk;        /* (nullable): NULL is the real one */
  const ShoalPieceStoreEvents *events; /* static, or outlives the store; (nullable) */
  gpointer               user_data;   /* for events */
} ShoalPieceStoreOptions;

typedef void (*ShoalPieceStoreDone) (ShoalPieceStore *store, const GError *error,
                                     gpointer user_data);

ShoalPieceStore     *shoal_piece_store_new       (const ShoalPieceStoreOptions *options);
ShoalPieceStore     *shoal_piece_store_ref       (ShoalPieceStore *self);
/* Work under way holds a reference. Close first, or the bitmap is only as new
 * as the last save. */
void                 shoal_piece_store_unref     (ShoalPieceStore *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalPieceStore, shoal_piece_store_unref)

/**
 * shoal_piece_store_open_async:
 *
 * Once, first. Probes the destination, plans the names, loads the resume
 * state. When @done is called without error the knowledge below is right and writes
 * may start; leaves in doubt are CHECKING and settle in the background.
 *
 * Errors: as of shoal_destination_probe(), _check_room() and
 * shoal_name_plan_new(): nothing was written. With DISK_FULL and a resume
 * state it opens PAUSED instead.
 */
void shoal_piece_store_open_async   (ShoalPieceStore *self, ShoalPieceStoreDone done,
                                     gpointer user_data);

/* Stops: lets running jobs end, syncs, saves the bitmap. What is complete but
 * not final is finished at the next open. No event comes afterwards. Writes
 * that wait for room end with CANCELLED. */
void shoal_piece_store_close_async  (ShoalPieceStore *self, ShoalPieceStoreDone done,
                                     gpointer user_data);

/* Cancels: as close, then deletes parts, folders made for them that are empty, and the state.
 * Final files stay. Also allowed after close. */
void shoal_piece_store_remove_async (ShoalPieceStore *self, ShoalPieceStoreDone done,
                                     gpointer user_data);

/* --- Hashes -------------------------------------------------------------- */

/**
 * shoal_piece_store_add_hashes_async:
 * @hashes: all leaf hashes of @group: SHOAL_LEAVES_PER_GROUP, fewer only in
 *   the file's last group; copied
 * @done: once they are committed: from then on the group is known
 *
 * In a full share the caller has proved them against the root; in a draft the
 * offerer's session vouches for them. Adding a known group again does nothing, whether it is the
 * same or not. Leaves known by their hash to be all zeroes need not
 * be fetched where the disk keeps sparse files: leaves_changed says HAVE.
 */
void     shoal_piece_store_add_hashes_async (ShoalPieceStore *self, guint file, uint64_t group,
                                             const ShoalHash *hashes, guint n_hashes,
                                             ShoalPieceStoreDone done, gpointer user_data);
/* TRUE if the leaves of this group can be checked. */
gboolean shoal_piece_store_knows_group      (ShoalPieceStore *self, guint file, uint64_t group);

/**
 * shoal_piece_store_complete_draft:
 * @roots: (array length=n): by file index, as for shoal_description_complete();
 *   those of empty files are ignored
 * @left_out: (array length=n) (nullable): TRUE where the offerer had to give
 *   the file up: it fails with CHANGED
 * @n: the number of files (entries after them are folders)
 *
 * The offerer's final word on a draft. Each file's root is computed from its
 * stored leaf hashes; one that differs fails alone with CORRUPT. May come
 * before all data has; from then on this is a full share. Files become FINAL
 * only after this or shoal_piece_store_confirm_file(), so that nothing bears
 * its final name before it is right. Not kept over a close: say it again.
 */
void shoal_piece_store_complete_draft (ShoalPieceStore *self, const ShoalHash *roots,
                                       const gboolean *left_out, gsize n);
/* The same for one file, as soon as the offerer knows its root. NULL: given up, also in a full
 * share; ignored if all of it is here and its root is known. */
void shoal_piece_store_confirm_file   (ShoalPieceStore *self, guint file, const ShoalHash *root);

/* --- Writing ------------------------------------------------------------- */

/* Bit i is leaf first_leaf + i. @good: verified and written (or had already);
 * @bad: its hash is wrong; neither: not written, see @error: INVALID if the group is not known,
 * CANCELLED after close, else what failed the file. */
typedef void (*ShoalWriteDone) (ShoalPieceStore *store, guint file, uint64_t first_leaf,
                                uint64_t good, uint64_t bad, const GError *error,
                                gpointer user_data);

/**
 * shoal_piece_store_write_async:
 * @data: whole leaves (only the file's last may be short), 1 to
 *   SHOAL_MAX_WRITE_LEAVES, within one group; kept by reference, not copied
 *
 * While the disk is full, callbacks wait until there is room. Neighbours that
 * wait together are written together.
 */
void shoal_piece_store_write_async (ShoalPieceStore *self, guint file, uint64_t first_leaf,
                                    GBytes *data, ShoalWriteDone done, gpointer user_data);

typedef struct
{
  guint   file;
  GBytes *data; /* the whole file, at most SHOAL_SMALL_FILE_LENGTH */
} ShoalWholeFile;

/* @results: (array length=n_files): TRUE: verified and written. FALSE with no
 * @error: bad bytes. With @error some were not written: see their state. */
typedef void (*ShoalWriteFilesDone) (ShoalPieceStore *store, const ShoalWholeFile *files,
                                     const gboolean *results, gsize n_files, const GError *error,
                                     gpointer user_data);

/* Whole files, at most SHOAL_MAX_WRITE_FILES and SHOAL_MAX_WRITE_FILES_BYTES in one call: one
 * job hashes and writes them all. @files is copied, data referenced. */
void shoal_piece_store_write_files_async (ShoalPieceStore *self, const ShoalWholeFile *files,
                                          gsize n_files, ShoalWriteFilesDone done,
                                          gpointer user_data);

/* Bytes given and not yet answered: what a byte budget counts. */
uint64_t shoal_piece_store_get_pending_bytes (ShoalPieceStore *self);

/* --- Reading ------------------------------------------------------------- */

/* @data is NULL with @error: NOT_FOUND if a leaf is not HAVE, CHANGED if
 * somebody changed the file since, DISK. */
typedef void (*ShoalReadDone)   (ShoalPieceStore *store, GBytes *data, const GError *error,
                                 gpointer user_data);
typedef void (*ShoalHashesDone) (ShoalPieceStore *store, const ShoalHash *hashes, guint n_hashes,
                                 const GError *error, gpointer user_data);

/* At most SHOAL_MAX_REQUEST_LEAVES. Also in COMMITTED, from the final files. */
void shoal_piece_store_read_async       (ShoalPieceStore *self, guint file, uint64_t first_leaf,
                                         guint n_leaves, ShoalReadDone done, gpointer user_data);
/* The leaf hashes of a known group; NOT_FOUND if it is not known. */
void shoal_piece_store_get_hashes_async (ShoalPieceStore *self, guint file, uint64_t group,
                                         ShoalHashesDone done, gpointer user_data);

/* --- Knowledge (cheap; for the picker) ------------------------------------ */

ShoalPieceStoreState shoal_piece_store_get_state      (ShoalPieceStore *self);
/* (nullable) (transfer none): why PAUSED or FAILED */
const GError        *shoal_piece_store_get_error      (ShoalPieceStore *self);
guint                shoal_piece_store_get_n_files    (ShoalPieceStore *self);
ShoalFileState       shoal_piece_store_get_file_state (ShoalPieceStore *self, guint file);
uint64_t             shoal_piece_store_get_n_leaves   (ShoalPieceStore *self, guint file);
/* Leaves that are MISSING in @file. */
uint64_t             shoal_piece_store_get_n_missing  (ShoalPieceStore *self, guint file);
ShoalLeafState       shoal_piece_store_get_leaf       (ShoalPieceStore *self, guint file,
                                                       uint64_t leaf);
/* How many leaves from @leaf on are in the same state as it (at least 1, at
 * most to the end of the file). */
uint64_t             shoal_piece_store_get_run        (ShoalPieceStore *self, guint file,
                                                       uint64_t leaf, ShoalLeafState *state);
/* Bytes of the chosen files, and those of them that are verified. */
uint64_t             shoal_piece_store_get_total_bytes    (ShoalPieceStore *self);
uint64_t             shoal_piece_store_get_verified_bytes (ShoalPieceStore *self);
/* After open: bytes of an earlier run kept, and those that did not verify;
 * final once nothing is CHECKING. Returns: FALSE if this is no resume. */
gboolean             shoal_piece_store_get_resumed    (ShoalPieceStore *self, uint64_t *kept,
                                                       uint64_t *refetched);

/* --- Names --------------------------------------------------------------- */

/* Where a file is or will be, beneath the destination; known after open. May
 * still change to “name (1).ext” at the moment it becomes FINAL, if somebody
 * took the name meanwhile. (transfer none) */
const char *shoal_piece_store_get_path        (ShoalPieceStore *self, guint file);
const char *shoal_piece_store_get_destination (ShoalPieceStore *self);
/* What a FINAL file was when it became so; FALSE if it is not, or not known well
 * enough to know it by. */
gboolean    shoal_piece_store_get_final       (ShoalPieceStore *self, guint file,
                                               uint64_t *inode, gint64 *mtime);
/* Names that differ from the share's: tell the user. Known after open. */
const ShoalMappedName *shoal_piece_store_get_mapped_names (ShoalPieceStore *self, gsize *n_mapped);
/* What the file system can do. Known after open. (transfer none) */
const ShoalDestination *shoal_piece_store_get_probe (ShoalPieceStore *self);

G_END_DECLS
