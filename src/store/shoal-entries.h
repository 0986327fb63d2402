/* shoal-entries.h: what a share puts on disk, as a flat list.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-attributes.h"
#include "shoal-description.h"

G_BEGIN_DECLS

/* One thing to be written: a file, or a folder that must exist. Borrowed
 * strings; whoever takes entries copies what it keeps. */
typedef struct
{
  const char *path;   /* beneath the destination, “/” between elements, its first element the
                       * share's top item; checked by the content room */
  uint64_t    length; /* 0 for a folder */
  ShoalHash   root;   /* pieces root, if `has_root`; an empty file needs none */
  gint64      mtime;  /* nanoseconds since 1970, if `has_mtime` */
  guint       has_root : 1;
  guint       has_mtime : 1;
  guint       is_folder : 1;
  guint       is_executable : 1;
} ShoalStoreEntry;

typedef struct
{
  ShoalStoreEntry *entries;     /* (owned): strings too */
  gsize            n_entries;
  gsize            n_files;     /* the first ones are the description's files, by its numbers */
  GStringChunk    *strings;     /* (owned) */
} ShoalEntryList;

/* Files, then all folders, then the share's own folder (unless it is a single
 * file). Paths begin with the share's name. @attributes: (nullable). Several
 * milliseconds for 100,000 files.
 * Returns: (transfer full) */
ShoalEntryList *shoal_entry_list_new  (ShoalDescription *description,
                                       const ShoalAttributes *attributes);
void            shoal_entry_list_free (ShoalEntryList *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalEntryList, shoal_entry_list_free)

G_END_DECLS
