/* shoal-scan-private.h: the walk through the folders of a scan.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For shoal-scan*.c alone.
 */
#pragma once

#include "shoal-scan.h"

G_BEGIN_DECLS

/* One of the paths given. */
typedef struct
{
  char    *path; /* (owned): absolute, links resolved */
  char    *name; /* (owned): what it is called in the share */
  gboolean is_folder;
} ShoalScanRoot;

/* A file or folder that was found. */
typedef struct
{
  size_t         path;      /* offset into `paths`, NUL-terminated: path in the share */
  uint32_t       root;
  gboolean       is_folder;
  gboolean       is_executable;
  ShoalFileStamp stamp;
} ShoalScanFound;

typedef struct
{
  GCancellable            *cancellable; /* (nullable) */
  ShoalDescriptionBuilder *builder;
  GArray                  *roots;       /* of ShoalScanRoot */
  GArray                  *found;       /* of ShoalScanFound */
  GByteArray              *paths;
  GPtrArray               *notes;       /* of char * */
  uint32_t                 n_notes;
  gboolean                 several;     /* paths in the share begin with the root's name */
} ShoalScanWalk;

/* Adds a line about @path (escaped here): “path” and the rest of the sentence. */
void     shoal_scan_note     (ShoalScanWalk *walk, const char *path, const char *format, ...)
  G_GNUC_PRINTF (3, 4);

/* Adds root number @root and, if it is a folder, all beneath it. FALSE only for
 * what ends the whole scan: LIMIT, CANCELLED, a root that cannot be read. */
gboolean shoal_scan_add_root (ShoalScanWalk *walk, uint32_t root, GError **error);

G_END_DECLS
