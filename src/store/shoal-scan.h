/* shoal-scan.h: what lies under the paths that somebody wants to share.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-attributes.h"
#include "shoal-description.h"
#include "shoal-file-stamp.h"
#include "shoal-runtime.h"

G_BEGIN_DECLS

/**
 * ShoalScan:
 *
 * The files and folders under some paths, described as a draft, with where each
 * lies. Immutable, atomically reference-counted: any thread.
 *
 * One path: the share bears its name and is that file or that folder. Several
 * paths: a folder called “3 items” that holds them side by side; the second of
 * two with one name is called “name (1)”, and a note says so. A symbolic link
 * given as a path is followed and keeps its own name; one found inside is never
 * followed.
 *
 * Left out, each with a note: symbolic links, special files, what cannot be
 * read, names that shoal_name_check() refuses, names equal but for case.
 */
typedef struct _ShoalScan ShoalScan;

/* Notes beyond this are only counted. */
#define SHOAL_SCAN_MAX_NOTES 100u

/* Exactly one of @scan (transfer none: ref to keep) and @error is set. */
typedef void (*ShoalScanFunc) (ShoalScan *scan, const GError *error, gpointer user_data);

/**
 * shoal_scan_async:
 * @paths: (array zero-terminated=1): at least one; absolute, or relative to the
 *   working directory
 * @draft_id: what the draft is called; random unless a stored offer goes on
 * @cancellable: (nullable)
 * @func: told once, on the engine context
 *
 * One job on SHOAL_POOL_DISK; reads no file's contents.
 *
 * Errors: NOT_FOUND (a path, or nothing is left to share), UNSAFE_NAME (a path's
 * own name), UNSUPPORTED (a path that is neither file nor folder), LIMIT, DISK,
 * CANCELLED.
 */
void shoal_scan_async (ShoalRuntime *runtime, const char *const *paths, const ShoalHash *draft_id,
                       GCancellable *cancellable, ShoalScanFunc func, gpointer user_data);

/* The same at once, on any thread. Returns: (transfer full) (nullable) */
ShoalScan *shoal_scan_now (const char *const *paths, const ShoalHash *draft_id,
                           GCancellable *cancellable, GError **error);

ShoalScan *shoal_scan_ref   (ShoalScan *self);
void       shoal_scan_unref (ShoalScan *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalScan, shoal_scan_unref)

/* The draft; its files and folders are numbered as below. (transfer none) */
ShoalDescription *shoal_scan_get_description (ShoalScan *self);
/* Times and modes, of the same shape: shoal_attributes_write() sends it. (transfer none) */
const ShoalAttributes *shoal_scan_get_attributes (ShoalScan *self);

/* One line each about what was left out or renamed, names escaped:
 * NULL-terminated, at most SHOAL_SCAN_MAX_NOTES. (transfer none) */
const char *const *shoal_scan_get_notes   (ShoalScan *self);
/* How many there were in all. */
uint32_t           shoal_scan_get_n_notes (ShoalScan *self);

/* --- Where things lie ---------------------------------------------------- */

/* As it was when scanned. */
const ShoalFileStamp *shoal_scan_get_stamp (ShoalScan *self, uint32_t file);

/* The paths given, absolute and with links resolved, in the order given:
 * NULL-terminated; what to store in order to scan again. (transfer none) */
const char *const *shoal_scan_get_roots (ShoalScan *self);
/* Which root file @file lies under, and where: "" if the root is the file.
 * (transfer none) */
uint32_t    shoal_scan_get_root_of     (ShoalScan *self, uint32_t file);
const char *shoal_scan_get_path_beneath (ShoalScan *self, uint32_t file);
/* Absolute, for messages; opening goes through the root (shoal-beneath.h).
 * Returns: (transfer full) */
char       *shoal_scan_get_location    (ShoalScan *self, uint32_t file);

G_END_DECLS
