/* shoal-picker-private.h: the picker's own structs, shared by its files.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_SWARM_COMPILATION
#error "only for src/swarm and its tests"
#endif

#include "shoal-bitmap.h"
#include "shoal-picker.h"
#include "shoal-rate.h"

G_BEGIN_DECLS

/* A block is up to 64 leaves of one file: a mebibyte, one bit mask. Blocks are
 * numbered through all files; each file begins a new one. */
#define BLOCK_LEAVES 64u
#define BLOCK_BYTES (BLOCK_LEAVES * SHOAL_LEAF_SIZE)
#define GROUP_BLOCKS (SHOAL_LEAVES_PER_GROUP / BLOCK_LEAVES)

#define MIN_DEPTH (64.0 * 1024)
#define MAX_DEPTH (16.0 * 1024 * 1024)
/* What a source is thought to do before it has shown anything. */
#define DEFAULT_RATE (256.0 * 1000)
#define LANE_BYTES (8.0 * 1024 * 1024)
#define LANE_SECONDS 20.0
/* Requests the picker lets wait at one source; below what the protocol allows
 * so that cancelled ones not yet answered have room. */
#define MAX_REQUESTS (SHOAL_MAX_QUEUED_REQUESTS / 2)
#define MAX_UNVERIFIED (16u * 1024 * 1024)
/* Hash requests out at one source: two full groups, or many small files. */
#define MAX_HASH_LEAVES (2 * SHOAL_LEAVES_PER_GROUP)
#define MAX_HASH_REQUESTS 64u
#define HASH_TIMEOUT_US (3 * G_USEC_PER_SEC)
#define MIN_TIMEOUT_US (2 * G_USEC_PER_SEC)
#define MAX_TIMEOUT_US (25 * G_USEC_PER_SEC)
#define PROBE_US (5 * G_USEC_PER_SEC)
#define DEAD_US (30 * G_USEC_PER_SEC)
#define BUSY_US (1 * G_USEC_PER_SEC)
#define MIN_DUPLICATES (4u * 1024 * 1024)

typedef struct
{
  uint64_t length;
  uint64_t left;        /* leaves not on disk */
  uint32_t first_block;
  uint32_t first_piece;
  gboolean wanted;
} File;

typedef struct _Request Request;

/* A request lives from being asked until its last data or its REJECT. Once
 * nothing of it is expected any more (mask is 0) it is on no list but its
 * source's table. */
struct _Request
{
  ShoalPickerSource *source;
  uint32_t           id;
  uint32_t           file;
  uint32_t           block;
  uint32_t           first_bit;  /* of the block's leaves */
  uint32_t           count;
  uint32_t           received;   /* leaves seen, in order */
  uint64_t           mask;       /* of the block's leaves: expected from here */
  gint64             asked;
  double             expected;   /* seconds until it should have been done */
  gboolean           cancelled;
  Request           *next_in_block;
  Request           *prev, *next; /* in the source's queue, in the order asked */
};

/* A block that is being worked on. */
typedef struct
{
  uint64_t  received; /* leaves here, not yet on disk */
  Request  *requests; /* (unowned) those with a mask */
} Open;

/* A group of leaves whose hashes are not here, and that somebody cares about. */
typedef struct
{
  uint32_t           first_block;
  uint32_t           file;
  uint32_t           leaves;
  ShoalPickerSource *source;     /* (nullable): who was asked */
  ShoalPickerSource *last;       /* (nullable): who was asked before; never followed */
  gint64             since;
  uint64_t           unverified; /* bytes asked for and received */
} Group;

struct _ShoalPickerSource
{
  gpointer         user_data;
  ShoalSourceState state;
  gboolean         complete;
  gboolean         vouches;
  gboolean         paused;       /* by the other side */
  gboolean         no_hashes;    /* a partial one that cannot prove what it has */

  /* What it has; all NULL words: everything. */
  gboolean         has_maps;
  ShoalBitmap      pieces;
  ShoalBitmap      blocks;       /* with at least one of the pieces */
  GHashTable      *lost_files;   /* (owned): files never to be asked for again */
  uint32_t         bad_files;
  uint32_t         bad_leaves;

  /* What is asked of it. */
  GHashTable      *requests;     /* (owned): id → Request (owned) */
  Request         *head, *tail;  /* those with a mask */
  uint32_t         n_live;
  uint32_t         last_id;
  uint64_t         outstanding;
  uint32_t         hash_requests, hash_leaves;

  /* How it does. */
  ShoalRate        rate_meter;
  double           rate;         /* bytes/s; estimate() */
  double           data_rate;    /* … when data last came */
  double           srtt;         /* s */
  gboolean         slow_start;
  double           window;       /* bytes, in slow start */
  double           cap;          /* bytes, after BUSY; MAX_DEPTH: none */
  gint64           last_grown;
  double           last_rate;
  gint64           idle_since;   /* nothing outstanding; 0: something is */
  gint64           progress;     /* last data, or first asked after idleness */
  gint64           silent_since; /* as progress, but probes do not count */
  gint64           served;       /* last request done */
  double           service_mean, service_dev; /* s a request takes at the head */
  gint64           hold_until;   /* BUSY, or between probes */
  gboolean         told_dead;
  gboolean         may_steal;    /* from much slower ones, once a tick */
  uint64_t         received, duplicate;

  /* Its stretch of blocks: next … end. */
  uint32_t         lane_next, lane_end;
  uint32_t         rare_from;
};

struct _ShoalPicker
{
  /* Set once. */
  File         *files;        /* (owned) */
  uint32_t      n_files;
  uint32_t      n_blocks;
  uint32_t      n_pieces;
  uint32_t      piece_leaves;
  uint32_t      start_block;  /* fan-out: our part of the share */
  uint32_t      end_block;
  uint64_t      total;        /* bytes of all files */
  gboolean      is_draft;
  ShoalBudget  *budget;       /* (owned) */

  /* Per block. Zero at first, so memory is touched as work proceeds. */
  uint64_t     *done;         /* (owned): leaves on disk */
  uint64_t     *taken;        /* (owned): leaves asked for or received */
  ShoalBitmap   open;         /* with leaves to give out */
  ShoalBitmap   begun;        /* of those, with leaves not to give out */
  ShoalBitmap   hashed;       /* whose leaf hashes are here */
  ShoalBitmap   scarce;       /* with a piece that no partial source has */
  GHashTable   *opened;       /* (owned): block → Open */
  GHashTable   *groups;       /* (owned): first block → Group */
  uint16_t     *availability; /* (owned): per piece, partial sources that have it */

  GPtrArray    *sources;      /* (owned) of ShoalPickerSource */
  guint         n_partial;
  gboolean      paused;
  gboolean      refill;       /* leaves came back: others may take them */
  gboolean      orphans;      /* groups wait for somebody to be asked */
  uint64_t      free_bytes;   /* to give out */
  uint64_t      asked_bytes;  /* sum of outstanding */
  uint64_t      unwritten;    /* received, not on disk */
  uint64_t      unverified;   /* sum over groups */
  uint64_t      missing;      /* wanted, not on disk */
  uint64_t      duplicated;
  ShoalShaperUser *shaper;    /* (owned) (nullable): the limit of all downloads */
  uint64_t      rate_limit;   /* of this one; bytes/s; 0: none */
  double        tokens;       /* bytes that may be asked for under it */
  gint64        tokens_at;
  GQueue        picks;        /* of ShoalPick (owned) */
};

/* A run of leaves inside one block. */
typedef struct
{
  uint32_t file;
  uint32_t block;
  uint64_t mask;
} Choice;

/* --- shoal-picker.c: geometry --------------------------------------------- */

uint32_t picker_file_of_block  (ShoalPicker *self, uint32_t block);
uint32_t picker_n_blocks       (const File *file);
uint64_t picker_full_mask      (ShoalPicker *self, uint32_t file, uint32_t block);
uint64_t picker_free_mask      (ShoalPicker *self, uint32_t file, uint32_t block);
uint64_t picker_mask_bytes     (ShoalPicker *self, uint32_t file, uint32_t block, uint64_t mask);
/* The only place where masks change. */
void     picker_set_masks      (ShoalPicker *self, uint32_t file, uint32_t block, uint64_t done,
                                uint64_t taken);
void     picker_push           (ShoalPicker *self, ShoalPickType type, ShoalPickerSource *source,
                                uint32_t request, uint32_t file, uint64_t first, uint32_t count);

static inline uint64_t
picker_run (uint32_t first, uint32_t count)
{
  return (count >= 64 ? ~G_GUINT64_CONSTANT (0) : (G_GUINT64_CONSTANT (1) << count) - 1) << first;
}

static inline ShoalPickerSource *
picker_source (ShoalPicker *self, guint index)
{
  return g_ptr_array_index (self->sources, index);
}

/* --- shoal-picker-ledger.c: what is asked of whom -------------------------- */

Open    *picker_get_open       (ShoalPicker *self, uint32_t block, gboolean create);
void     picker_put_open       (ShoalPicker *self, uint32_t block);
uint64_t picker_asked_mask     (const Open *open);
/* @choice->mask must be one run. */
void     picker_ask            (ShoalPicker *self, ShoalPickerSource *source,
                                const Choice *choice, gint64 now);
/* Nothing of @request is expected any more; its leaves can be given out again. */
void     picker_take_back      (ShoalPicker *self, Request *request, gint64 now);
void     picker_cancel         (ShoalPicker *self, Request *request, gint64 now);
void     picker_cancel_all     (ShoalPicker *self, ShoalPickerSource *source, gint64 now);
void     picker_request_free   (gpointer request);

/* --- shoal-picker-source.c ------------------------------------------------- */

/* The blocks that @piece lies in: several, or part of one. */
void     picker_blocks_of_piece (ShoalPicker *self, uint32_t piece, uint32_t *first,
                                 uint32_t *end);
uint64_t picker_source_mask    (ShoalPicker *self, const ShoalPickerSource *source, uint32_t file,
                                uint32_t block);
void     picker_source_lose    (ShoalPicker *self, ShoalPickerSource *source, uint32_t first_piece,
                                uint32_t n_pieces, gint64 now);
void     picker_source_free    (gpointer source);

/* --- shoal-picker-pace.c --------------------------------------------------- */

double   picker_estimate       (ShoalPicker *self, ShoalPickerSource *source, gint64 now);
/* Seconds until @source would have delivered @bytes more. */
double   picker_finish_time    (const ShoalPickerSource *source, double bytes);
double   picker_depth          (ShoalPicker *self, ShoalPickerSource *source, gint64 now);
gboolean picker_source_usable  (ShoalPicker *self, const ShoalPickerSource *source);
void     picker_source_data    (ShoalPicker *self, ShoalPickerSource *source, uint64_t bytes,
                                gint64 now);
void     picker_source_served  (ShoalPickerSource *source, const Request *request, gint64 now);
void     picker_fill_source    (ShoalPicker *self, ShoalPickerSource *source, gint64 now);

/* --- shoal-picker-choose.c ------------------------------------------------- */

/* Something nobody was asked for; at most @leaves (a power of two) of it. */
gboolean picker_choose_fresh   (ShoalPicker *self, ShoalPickerSource *source, uint32_t leaves,
                                gint64 now, Choice *choice);
/* FALSE if another source would clearly be done with @choice sooner. */
gboolean picker_is_worth       (ShoalPicker *self, ShoalPickerSource *source,
                                const Choice *choice);

/* --- shoal-picker-endgame.c ------------------------------------------------ */

/* Takes from a source that is @ratio times slower; @choice is then free. */
gboolean picker_steal          (ShoalPicker *self, ShoalPickerSource *source, uint32_t leaves,
                                double ratio, gint64 now, Choice *choice);
/* A second copy of something asked of another. */
gboolean picker_duplicate      (ShoalPicker *self, ShoalPickerSource *source, uint32_t leaves,
                                Choice *choice);

/* --- shoal-picker-hashes.c ------------------------------------------------- */

/* TRUE if data of @block may be asked of @source now; asks for hashes if that
 * is what is missing. */
gboolean picker_may_verify     (ShoalPicker *self, ShoalPickerSource *source, uint32_t file,
                                uint32_t block, gint64 now);
void     picker_hashes_ahead   (ShoalPicker *self, ShoalPickerSource *source, gint64 now);
void     picker_hashes_tick    (ShoalPicker *self, gint64 now);
void     picker_hashes_forget  (ShoalPicker *self, ShoalPickerSource *source);
void     picker_hashes_adopt   (ShoalPicker *self, gint64 now);
void     picker_add_unverified (ShoalPicker *self, uint32_t file, uint32_t block, gint64 bytes);
/* Maps to look through for @source: besides `open` and its own blocks. */
const ShoalBitmap *picker_hash_map (ShoalPicker *self, const ShoalPickerSource *source);

G_END_DECLS
