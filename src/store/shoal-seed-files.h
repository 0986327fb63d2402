/* shoal-seed-files.h: reading and hashing the files of a scan, blocking.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the room: the worker half of shoal-seed.h. Any thread.
 */
#pragma once

#include "shoal-scan.h"

G_BEGIN_DECLS

/* The files of one scan and a few open descriptors. */
typedef struct _ShoalSeedFiles ShoalSeedFiles;

ShoalSeedFiles *shoal_seed_files_new  (ShoalScan *scan);
void            shoal_seed_files_free (ShoalSeedFiles *self);
/* Closes what is not in use. */
void            shoal_seed_files_rest (ShoalSeedFiles *self);

/* Exactly @size bytes at @offset, from the file as it was scanned: CHANGED if
 * it is another one or another one's bytes may be among them; DISK. */
gboolean shoal_seed_files_read (ShoalSeedFiles *self, uint32_t file, uint64_t offset, void *data,
                                size_t size, GError **error);

/* Hashes one group of leaves into @leaves, which has room for 512; returns how
 * many, 0 on error. Holes are not read. */
uint32_t shoal_seed_files_hash (ShoalSeedFiles *self, uint32_t file, uint64_t group,
                                ShoalHash *leaves, GError **error);

/* TRUE if all these are the hash of a leaf of zeroes, and there are several. */
gboolean shoal_seed_files_are_zero (const ShoalHash *leaves, uint32_t n_leaves);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalSeedFiles, shoal_seed_files_free)

G_END_DECLS
