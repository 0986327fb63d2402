/* shoal-picker.h: decides what to ask of whom, for one download.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-budget.h"
#include "shoal-limits.h"
#include "shoal-shaper.h"
#include "shoal-message.h"

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * ShoalPicker:
 *
 * A decision without I/O: facts go in (what is missing, who has what, what has
 * arrived, what time it is), actions come out (ask, cancel, fetch hashes). It
 * names a file by its index in the share and a leaf by its number in the file.
 *
 * How it decides, in short. Each source may have so many bytes outstanding as
 * its rate and round trip deserve, and is asked for more whenever data comes
 * in. Complete sources work forward, each in its own lane of at most 8 MiB.
 * An extent goes to a source only if nobody else will finish it sooner. When
 * nothing is left to give out, idle sources take over what slow ones have not
 * begun, and at the very end fetch a second copy, within bounds. A source that
 * falls silent or dies loses its extents at once. docs/architecture.md tells
 * the reasons.
 *
 * Work per call does not grow with the share: leaves are bits of 64-bit masks,
 * one mask per mebibyte, and those that matter are found through bitmaps.
 *
 * Engine thread only; times are monotonic microseconds given by the caller.
 */
typedef struct _ShoalPicker       ShoalPicker;
typedef struct _ShoalPickerSource ShoalPickerSource;

/* Table of the share's files, in the order of its description. */
typedef struct
{
  uint64_t length;
  gboolean wanted;      /* FALSE: never asked for */
  gboolean has_hashes;  /* every leaf can be verified already (one-leaf files of
                         * a share that is no draft always can) */
} ShoalPickerFile;

typedef struct
{
  const ShoalPickerFile *files;        /* copied */
  uint32_t               n_files;
  uint32_t               piece_length; /* power of two, ≥ 16 KiB: unit of availability */
  gboolean               is_draft;     /* hashes are pushed, never asked for */
  /* Fan-out: begin @start_index / @start_count of the way into the share. */
  uint32_t               start_index;
  uint32_t               start_count;  /* 0 or 1: from the start */
  ShoalBudget           *budget;       /* referenced; (nullable): an own one */
  ShoalShaper           *shaper;       /* referenced; (nullable): bytes/s of all pickers; tick
                                        * every 50 ms while it limits */
} ShoalPickerConfig;

typedef enum
{
  SHOAL_SOURCE_ACTIVE,
  SHOAL_SOURCE_STALLED, /* silent with requests out: gets one leaf every 5 s */
  SHOAL_SOURCE_BUSY,    /* told us to ask later */
  SHOAL_SOURCE_CLOSING, /* gets nothing more */
} ShoalSourceState;

/* What another person may read of a source; the picker alone writes. */
typedef struct
{
  gpointer         user_data;   /* as given */
  ShoalSourceState state;
  gboolean         complete;
  uint64_t         outstanding; /* bytes asked and not here */
  uint32_t         n_requests;
  uint64_t         received;    /* bytes accepted from it */
  uint64_t         duplicate;   /* bytes that were here already */
  double           rate;        /* bytes/s, as of the last tick */
  uint32_t         bad_leaves;
} ShoalSourceStats;

typedef enum
{
  SHOAL_PICK_REQUEST, /* ask @source for @count leaves of @file from @first, as number @request */
  SHOAL_PICK_CANCEL,  /* tell @source that @request is not wanted any more; it stays known
                       * until shoal_picker_request_ended() */
  SHOAL_PICK_HASHES,  /* ask @source for the leaf hashes @first … @first + @count of @file */
  SHOAL_PICK_STALLED, /* @source has fallen silent (for the user; requests are cancelled apart) */
  SHOAL_PICK_REVIVED, /* … and speaks again */
  SHOAL_PICK_DEAD,    /* nothing from @source for 30 s: close it, then _remove_source() it */
} ShoalPickType;

typedef struct
{
  ShoalPickType      type;
  ShoalPickerSource *source;
  uint32_t           request; /* unique per source */
  uint32_t           file;
  uint64_t           first;
  uint32_t           count;
} ShoalPick;

ShoalPicker *shoal_picker_new  (const ShoalPickerConfig *config);
/* Gives back to the budget what it still holds there. */
void         shoal_picker_free (ShoalPicker *self);

/* The next action, oldest first; FALSE if there is none. Call it after any of
 * the functions below that take @now. Actions for a removed source vanish. */
gboolean shoal_picker_next (ShoalPicker *self, ShoalPick *pick);

/* --- What is here --------------------------------------------------------- */

/* Leaves that are on disk and verified (at start, or from elsewhere). */
void     shoal_picker_set_done    (ShoalPicker *self, uint32_t file, uint64_t first,
                                   uint64_t count);
/* They are not on disk any more (or never were: a check has failed). */
void     shoal_picker_set_missing (ShoalPicker *self, uint32_t file, uint64_t first,
                                   uint64_t count);
/* Its leaves are to be verified one by one: hashes are needed after all. */
void     shoal_picker_forget_hashes (ShoalPicker *self, uint32_t file);
/* Choose or leave out a file, also while running. */
void     shoal_picker_set_wanted  (ShoalPicker *self, uint32_t file, gboolean wanted);
/* Pausing takes all requests back. */
void     shoal_picker_set_paused  (ShoalPicker *self, gboolean paused, gint64 now);

/* As of the configuration: fan-out begins here, also when told while running. */
void     shoal_picker_set_start   (ShoalPicker *self, uint32_t index, uint32_t count);
/* Bytes/s over all sources; 0: none. Tick every 50 ms then. */
void     shoal_picker_set_rate_limit (ShoalPicker *self, uint64_t limit, gint64 now);

gboolean shoal_picker_is_done     (ShoalPicker *self); /* every wanted leaf is on disk */
gboolean shoal_picker_is_file_done(ShoalPicker *self, uint32_t file);
/* FALSE if something of @file is missing that is not on its way, and that no
 * source has. */
gboolean shoal_picker_can_get     (ShoalPicker *self, uint32_t file);
gboolean shoal_picker_has_piece   (ShoalPicker *self, uint32_t piece);
/* The pieces that leaf @leaf of @file is in. */
uint32_t shoal_picker_piece_of    (ShoalPicker *self, uint32_t file, uint64_t leaf);
uint64_t shoal_picker_get_missing (ShoalPicker *self); /* wanted bytes not on disk */

/* --- Sources -------------------------------------------------------------- */

/* @complete: has every piece. Otherwise nothing until _source_have(). */
ShoalPickerSource *shoal_picker_add_source    (ShoalPicker *self, gpointer user_data,
                                               gboolean complete, gint64 now);
/* Returns everything asked of it at once and frees it. */
void     shoal_picker_remove_source  (ShoalPicker *self, ShoalPickerSource *source, gint64 now);
/* A draft's offerer: it sends hashes ahead of data, so may be asked without. */
void     shoal_picker_source_set_vouches (ShoalPickerSource *source, gboolean vouches);
/* Smoothed round trip of its link, microseconds. */
void     shoal_picker_source_set_rtt (ShoalPickerSource *source, gint64 rtt);
/* It has @count pieces from @first on. Out of range is ignored. */
void     shoal_picker_source_have    (ShoalPicker *self, ShoalPickerSource *source,
                                      uint32_t first, uint32_t count, gint64 now);
/* Its copy of @file is not to be asked for any more (CHANGED, or bad data). */
void     shoal_picker_source_lose_file (ShoalPicker *self, ShoalPickerSource *source,
                                        uint32_t file, gint64 now);
/* PAUSED by the other side, or going on. */
void     shoal_picker_source_set_paused (ShoalPicker *self, ShoalPickerSource *source,
                                         gboolean paused, gint64 now);
/* Nothing more is asked of it; what is out may still come. */
void     shoal_picker_source_close   (ShoalPickerSource *source);
void     shoal_picker_source_get_stats (ShoalPickerSource *source, ShoalSourceStats *stats);
uint32_t shoal_picker_get_n_pieces   (ShoalPicker *self);

/* --- What comes in -------------------------------------------------------- */

typedef struct
{
  uint32_t file;
  uint64_t first;  /* of the data's leaves */
  uint32_t count;
  uint64_t fresh;  /* bit i: leaf first + i is new and must be kept */
  uint32_t left;   /* leaves of the request still to come */
} ShoalPickData;

/* DATA came: @count leaves (1–64) of @request, from its leaf @offset on. FALSE
 * if no such request is or was out: the other side breaks the protocol. Bytes
 * of fresh leaves are now counted as unwritten. What comes after the request
 * has ended is nothing (count 0). */
gboolean shoal_picker_data     (ShoalPicker *self, ShoalPickerSource *source, uint32_t request,
                                uint32_t offset, uint32_t count, gint64 now,
                                ShoalPickData *data);

/* REJECT came. FALSE if no such request is out. */
gboolean shoal_picker_rejected (ShoalPicker *self, ShoalPickerSource *source, uint32_t request,
                                ShoalReject reason, gint64 now);

/* Fresh leaves are on disk, verified. */
void     shoal_picker_written  (ShoalPicker *self, uint32_t file, uint64_t first, uint32_t count,
                                gint64 now);
/* Fresh leaves could not be kept through nobody's fault (disk full): missing again. */
void     shoal_picker_dropped  (ShoalPicker *self, uint32_t file, uint64_t first, uint32_t count,
                                gint64 now);

typedef enum
{
  SHOAL_BLAME_CHANGED, /* its copy of this file is not asked for any more */
  SHOAL_BLAME_BAN,     /* the second file, or a failed proof: do not talk to it */
} ShoalBlame;

/* A fresh leaf from @source (NULL if that has gone) did not verify: missing again. */
ShoalBlame shoal_picker_bad_leaf (ShoalPicker *self, ShoalPickerSource *source, uint32_t file,
                                  uint64_t leaf, gint64 now);

/* Hashes of these leaves are known now. */
void     shoal_picker_have_hashes   (ShoalPicker *self, uint32_t file, uint64_t first,
                                     uint64_t count, gint64 now);
/* @source has no hashes there, or its proof was wrong: another is asked. */
void     shoal_picker_reject_hashes (ShoalPicker *self, ShoalPickerSource *source, uint32_t file,
                                     uint64_t first, gint64 now);

/* Rates, time-outs, stealing from slow ones. Every 250 ms while there are sources. */
void     shoal_picker_tick (ShoalPicker *self, gint64 now);
/* Ask whoever has room; the budget's watch calls it. */
void     shoal_picker_fill (ShoalPicker *self, gint64 now);

#define SHOAL_PICKER_TICK_US (250 * 1000)

/* --- For tests ------------------------------------------------------------ */

/* Recounts everything from the leaves up and compares; aborts on a difference. */
void     shoal_picker_check (ShoalPicker *self);
uint64_t shoal_picker_get_duplicated (ShoalPicker *self); /* bytes asked for twice on purpose */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalPicker, shoal_picker_free)

G_END_DECLS
