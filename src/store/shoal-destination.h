/* shoal-destination.h: what a folder's file system can do, found before the first byte.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-disk.h"
#include "shoal-entries.h"
#include "shoal-error.h"

G_BEGIN_DECLS

/* What was found. Plain value. */
typedef struct
{
  uint64_t free_bytes;      /* for this user, now */
  uint64_t max_file_length; /* of the largest file it takes */
  uint32_t block_size;      /* what the smallest file takes up */
  guint    max_name_bytes;
  guint    windows_names : 1;    /* vfat, exFAT, NTFS, SMB: no < > : " | ? * \, no trailing
                                  * dot or space, no device names */
  guint    ignores_case : 1;     /* “A” and “a” are one file */
  guint    has_sparse_files : 1;
  guint    has_no_replace : 1;   /* renameat2 (RENAME_NOREPLACE) */
  guint    has_links : 1;        /* hard links, the second best against replacing */
  guint    has_executable : 1;   /* keeps the executable bit */
  guint    is_remote : 1;        /* a network or FUSE file system: sync file by file, and do
                                  * not wonder at times that move */
  guint    has_inodes : 1;       /* a file keeps its inode number as long as it lives */
  gint64   mtime_step;           /* nanoseconds that times are rounded to */
} ShoalDestination;

/* A path that is not written under its own name. */
typedef struct
{
  gsize entry; /* index */
  char *path;  /* (owned): beneath the destination */
} ShoalMappedName;

/* Where each entry goes. */
typedef struct _ShoalNamePlan ShoalNamePlan;

/**
 * shoal_destination_probe:
 * @folder: descriptor of the destination
 * @disk: (nullable): NULL for the real calls
 *
 * Looks at the kind of file system and tries what the kind does not tell (a
 * FUSE driver hides what lies behind it) with a hidden temporary name, which is gone
 * afterwards. Blocks: run it on a worker.
 *
 * Errors: DISK (read-only, no permission), DISK_FULL.
 */
gboolean shoal_destination_probe (ShoalDestination *self, int folder, const ShoalDisk *disk,
                                  GError **error);

/**
 * shoal_destination_check_room:
 * @shown: the folder as users know it, for the message
 * @chosen: (nullable): bit i of byte i / 8 (lowest first) is entry i; NULL: all
 * @present: bytes of them that are on disk already
 *
 * Errors: UNSUPPORTED “the file X is 5 GB; the disk at Y takes at most 4 GB
 * files”; DISK_FULL “3.1 GB more are needed at Y” (the bytes missing plus 1 %,
 * at least 16 MiB at most 256 MiB, must be free).
 */
gboolean shoal_destination_check_room (const ShoalDestination *self, const char *shown,
                                       const ShoalStoreEntry *entries, gsize n_entries,
                                       const uint8_t *chosen, uint64_t present, GError **error);

/**
 * shoal_name_plan_new:
 * @folder: descriptor of the destination, to see which names are taken
 * @saved: (nullable): shoal_name_plan_save() of an earlier run with the same
 *   entries: gives the same names again, whatever exists by now
 *
 * Names the whole description at once, predictably: the same entries in the
 * same kind of folder get the same names. Characters that the file system does
 * not take become “_”; names that would be one file get “ (1)” before the
 * extension; a top item that exists already in @folder gets “ (1)” too, so
 * nothing that is there is touched. Blocks.
 *
 * Errors: LIMIT if 500 names clash; DISK.
 *
 * Returns: (transfer full)
 */
ShoalNamePlan         *shoal_name_plan_new         (const ShoalDestination *destination, int folder,
                                                    const ShoalDisk *disk,
                                                    const ShoalStoreEntry *entries, gsize n_entries,
                                                    GVariant *saved, GError **error);
void                   shoal_name_plan_free        (ShoalNamePlan *self);
/* Returns: (transfer full), not floating */
GVariant              *shoal_name_plan_save        (const ShoalNamePlan *self);
/* The path for an entry, or NULL if it goes under its own. (transfer none) */
const char            *shoal_name_plan_get_path    (const ShoalNamePlan *self, gsize entry);
/* Those that differ, in order of entries: what a user is told. */
const ShoalMappedName *shoal_name_plan_get_mapped  (const ShoalNamePlan *self, gsize *n_mapped);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalNamePlan, shoal_name_plan_free)

G_END_DECLS
