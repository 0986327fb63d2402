/* shoal-piece-records.h: the SQL of downloads: what is kept over a stop or crash.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the room. All run inside a job of ShoalDatabase. `store` is the
 * row of a download in piece_stores.
 */
#pragma once

#include "shoal-file-stamp.h"
#include "shoal-hash.h"

#include <gio/gio.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/* One row of piece_files. Plain struct, owning its pointers. */
typedef struct
{
  guint          file;
  gboolean       is_final; /* else a part */
  char          *path;     /* (nullable): of the part or final file, if it is not the usual one */
  GBytes        *have;     /* (nullable): the bitmap, of a part */
  ShoalFileStamp stamp;    /* taken after the sync that the bitmap speaks of */
} ShoalPieceRecord;

void shoal_piece_record_clear (ShoalPieceRecord *self);

typedef struct
{
  gint64    id;      /* row of the download */
  gboolean  is_new;  /* made just now */
  GVariant *names;   /* (nullable): shoal_name_plan_save() */
  gboolean  claimed; /* top folders are ours */
  GArray   *records; /* of ShoalPieceRecord */
} ShoalPieceState;

void shoal_piece_state_clear (ShoalPieceState *self);

/* Reads everything but hashes; makes the row if there is none. Clear @state
 * also after a failure. */
gboolean shoal_piece_records_load   (sqlite3 *db, const void *transfer, size_t transfer_size,
                                     const char *destination, ShoalPieceState *state,
                                     GError **error);
gboolean shoal_piece_records_set_names (sqlite3 *db, gint64 store, GVariant *names,
                                        gboolean claimed, GError **error);
gboolean shoal_piece_records_save   (sqlite3 *db, gint64 store, const ShoalPieceRecord *records,
                                     gsize n_records, GError **error);
gboolean shoal_piece_records_forget_file (sqlite3 *db, gint64 store, guint file, GError **error);
gboolean shoal_piece_records_remove (sqlite3 *db, const void *transfer, size_t transfer_size,
                                     GError **error);

gboolean shoal_piece_records_add_hashes (sqlite3 *db, gint64 store, guint file, uint64_t group,
                                         const ShoalHash *root, GBytes *hashes, GError **error);
/* A finished download can hash its files again; its hashes are 0.2 % of them. */
gboolean shoal_piece_records_drop_hashes (sqlite3 *db, gint64 store, GError **error);
/* NULL without error: not there. Returns: (transfer full) (nullable) */
GBytes  *shoal_piece_records_get_hashes (sqlite3 *db, gint64 store, guint file, uint64_t group,
                                         GError **error);

/* What is known of hashes, without the hashes. */
typedef struct
{
  guint     file;
  uint64_t  group;
  ShoalHash root; /* of the group */
} ShoalKnownGroup;

/* Of all files, in order. Returns: (transfer full) (nullable): of ShoalKnownGroup */
GArray  *shoal_piece_records_get_groups (sqlite3 *db, gint64 store, GError **error);

G_END_DECLS
