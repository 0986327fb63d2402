/* shoal-hash-cache.h: hashes of files that have been read before.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Kept in the state database under the file's stamp: any change of device,
 * inode, size, mtime or ctime means not found. Holds the pieces root, the group
 * roots and the leaf layer of each file; bounded in bytes and age, the longest
 * unused go first. All of it can be made again, so putting never fails loudly.
 *
 * A file may be entered group by group while it is being hashed; what is there
 * when the process ends is found again.
 */
#pragma once

#include "shoal-database.h"
#include "shoal-file-stamp.h"
#include "shoal-merkle.h"

G_BEGIN_DECLS

/* Leaf layers of 256 GiB of files. */
#define SHOAL_HASH_CACHE_MAX_BYTES (G_GUINT64_CONSTANT (512) * 1024 * 1024)
#define SHOAL_HASH_CACHE_MAX_FILES 1000000u
#define SHOAL_HASH_CACHE_MAX_DAYS 180

/* --- Putting ------------------------------------------------------------- */

/* One thing to remember about one file. */
typedef struct
{
  ShoalFileStamp stamp;
  gboolean       has_root;
  ShoalHash      root;        /* if has_root */
  GBytes        *group_roots; /* (owned) (nullable): all of them, at layer 9; for files of several
                                 groups, with the root */
  GBytes        *leaves;      /* (owned) (nullable): of group `group`; not needed for one leaf */
  uint64_t       group;
} ShoalHashRecord;

void shoal_hash_record_clear (ShoalHashRecord *record);

/* An array that clears its elements. Returns: (transfer full) (element-type ShoalHashRecord) */
GArray *shoal_hash_records_new (void);

/* Asynchronous; takes @records (GArray, cleared and freed when written). The
 * root of a file may come before or after its groups. @func: (nullable): told
 * when the memory is free again, whether it worked or not. */
void shoal_hash_cache_put (ShoalDatabase *database, GArray *records, ShoalWrittenFunc func,
                           gpointer user_data);

/* Removes what is too much or too old, now and then: at start. Asynchronous. */
void shoal_hash_cache_prune (ShoalDatabase *database, uint64_t max_bytes, uint32_t max_files,
                             int max_days);

/* --- Getting ------------------------------------------------------------- */

typedef struct
{
  gboolean  has_root;
  gboolean  has_groups; /* but no root: hashing was interrupted; ask for leaves */
  ShoalHash root;
} ShoalHashFound;

/* @found: one for each stamp, in order, valid during the call; all empty if the
 * database could not be read. */
typedef void (*ShoalHashFoundFunc) (const ShoalHashFound *found, size_t n, gpointer user_data);
/* @hashes: (nullable): not there */
typedef void (*ShoalHashBytesFunc) (GBytes *hashes, gpointer user_data);

/* Asynchronous, like everything below; @stamps is copied. Counts as a use. */
void shoal_hash_cache_find (ShoalDatabase *database, const ShoalFileStamp *stamps, size_t n,
                            ShoalHashFoundFunc func, gpointer user_data);
/* Group roots of a file of several groups; checked against its root. */
void shoal_hash_cache_get_group_roots (ShoalDatabase *database, const ShoalFileStamp *stamp,
                                       ShoalHashBytesFunc func, gpointer user_data);
/* The leaves of one group, as they were put: check them. */
void shoal_hash_cache_get_leaves (ShoalDatabase *database, const ShoalFileStamp *stamp,
                                  uint64_t group, ShoalHashBytesFunc func, gpointer user_data);

G_END_DECLS
