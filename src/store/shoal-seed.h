/* shoal-seed.h: a share whose bytes lie in files of this computer.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-content-source.h"
#include "shoal-database.h"
#include "shoal-scan.h"

G_BEGIN_DECLS

/**
 * ShoalSeed:
 *
 * Reads and hashes the files that a scan found. It begins as a draft: files in
 * the hash cache have their roots at once, all others get them as their groups
 * are hashed, in whatever order they are asked for. When every file has its
 * root or has failed, shoal_seed_complete_async() gives the share it has become.
 *
 * A file whose stamp (shoal-file-stamp.h) is not that of the scan has changed:
 * it fails alone and for good.
 *
 * Memory: a record of about 100 bytes a file, the group roots of files that
 * are being hashed or proved (4 KiB a GiB), 4 MiB of leaf hashes (older ones are
 * read from the hash cache again, or made again), 64 descriptors.
 *
 * Belongs to the engine context.
 */
typedef struct _ShoalSeed ShoalSeed;

/* Told once for each file with bytes when its root is known (@root) or it
 * failed (@error), never from inside a call; and once more with @file
 * G_MAXUINT32 when that was the last one. */
typedef void (*ShoalSeedFileFunc) (ShoalSeed *seed, uint32_t file, const ShoalHash *root,
                                   const GError *error, gpointer user_data);

/**
 * shoal_seed_new:
 * @database: (nullable): where the hash cache lies
 * @func: (nullable): see above; called until shoal_seed_close()
 *
 * The cache is asked at once; calls that come before its answer wait for it.
 *
 * Returns: (transfer full): drop it with shoal_content_source_unref() after
 *   shoal_seed_close()
 */
ShoalSeed *shoal_seed_new (ShoalRuntime *runtime, ShoalDatabase *database, ShoalScan *scan,
                           ShoalSeedFileFunc func, gpointer user_data);

/* The seed as a source; its description is the draft. (transfer none) */
ShoalContentSource *shoal_seed_as_source (ShoalSeed *self);
ShoalScan          *shoal_seed_get_scan  (ShoalSeed *self);

/* Closes files, stops hashing ahead, tells @func nothing more. What waits is
 * answered with CANCELLED. */
void shoal_seed_close (ShoalSeed *self);

/* --- Roots --------------------------------------------------------------- */

/* TRUE once every file with bytes has its root or has failed. FALSE until the
 * cache has answered. */
gboolean         shoal_seed_is_hashed   (ShoalSeed *self);
/* (nullable): not known yet, failed, or empty. */
const ShoalHash *shoal_seed_get_root    (ShoalSeed *self, uint32_t file);
/* Why it failed. (nullable) */
const GError    *shoal_seed_get_failure (ShoalSeed *self, uint32_t file);
uint32_t         shoal_seed_get_n_failed (ShoalSeed *self);
/* Bytes of files that need hashing, and of those the hashed ones. */
void             shoal_seed_get_progress (ShoalSeed *self, uint64_t *hashed, uint64_t *total);

/* Answered once: NULL when the cache has been asked and, if @hash, everything
 * has been hashed. */
typedef void (*ShoalSeedReadyFunc) (ShoalSeed *seed, const GError *error, gpointer user_data);

/**
 * shoal_seed_hash_all_async:
 * @hash: FALSE: only wait for the cache (then ask shoal_seed_is_hashed())
 *
 * Hashes all that is not known yet, in order, as fast as disk and processors
 * go. Files that fail are no error here. CANCELLED by @cancellable (between
 * groups) or shoal_seed_close(); what was hashed stays known.
 */
void shoal_seed_hash_all_async (ShoalSeed *self, gboolean hash, GCancellable *cancellable,
                                ShoalSeedReadyFunc func, gpointer user_data);

/* @description: the share, (transfer none); @attributes: likewise, its shape. */
typedef void (*ShoalSeedCompleteFunc) (ShoalDescription *description,
                                       const ShoalAttributes *attributes, const GError *error,
                                       gpointer user_data);

/* What the draft has become; failed files are left out (NOT_FOUND if none is
 * left). Only when shoal_seed_is_hashed(). @func is told once, but not any more
 * after shoal_seed_close(). */
void shoal_seed_complete_async (ShoalSeed *self, ShoalSeedCompleteFunc func, gpointer user_data);

/* A view of the seed with the files numbered as in @description, which it has
 * become. Keeps the seed. Returns: (transfer full) */
ShoalContentSource *shoal_seed_view_new (ShoalSeed *self, ShoalDescription *description);

/* (array): the pieces root of every file of the draft (zeroes where none), and
 * TRUE for those that failed: for REKEY. (transfer container) */
ShoalHash *shoal_seed_dup_roots    (ShoalSeed *self);
gboolean  *shoal_seed_dup_left_out (ShoalSeed *self);

G_END_DECLS
