/* shoal-file-list.h: the files of a transfer, an offer or a share, as a snapshot.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * ShoalFileList:
 *
 * The files of one share, in the share's order, and how far each is. Immutable,
 * atomically reference-counted, any thread. It shares names with other lists of
 * the same transfer: one of 100,000 files costs a megabyte, and any file is
 * looked up at once. Files keep their indices from one list to the next.
 */
typedef struct _ShoalFileList ShoalFileList;

typedef enum
{
  SHOAL_LISTED_OFFERED, /* no more than its name is known: offers, our shares and sends */
  SHOAL_LISTED_SKIPPED, /* not chosen */
  SHOAL_LISTED_MISSING, /* nothing of it is here */
  SHOAL_LISTED_PARTIAL,
  SHOAL_LISTED_DONE,    /* verified; under its final name once the transfer is done */
  SHOAL_LISTED_FAILED,  /* `why` says it */
} ShoalListedState;

#define SHOAL_TYPE_LISTED_STATE (shoal_listed_state_get_type ())
GType shoal_listed_state_get_type (void);

/* Points into the list: valid as long as it. */
typedef struct
{
  const char      *path;  /* inside the share, '/' between; checked names, valid UTF-8 */
  uint64_t         bytes;
  uint64_t         done;  /* verified bytes */
  ShoalListedState state;
  const char      *why;   /* (nullable): of FAILED, for a person */
} ShoalListedFile;

ShoalFileList *shoal_file_list_ref   (ShoalFileList *self);
void           shoal_file_list_unref (ShoalFileList *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalFileList, shoal_file_list_unref)

/* Of the share: the folder's, or the only file's. */
const char *shoal_file_list_get_name     (const ShoalFileList *self);
/* Whether the share is a single file, not a folder. */
gboolean    shoal_file_list_is_single_file (const ShoalFileList *self);
guint       shoal_file_list_get_n_files  (const ShoalFileList *self);
void        shoal_file_list_get          (const ShoalFileList *self, guint index,
                                          ShoalListedFile *file);
/* Folders, each before what it holds; also empty ones. */
guint       shoal_file_list_get_n_folders (const ShoalFileList *self);
const char *shoal_file_list_get_folder    (const ShoalFileList *self, guint index);

G_END_DECLS
