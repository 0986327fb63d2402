/* shoal-download-private.h: a download's own structs, shared by its files.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_SWARM_COMPILATION
#error "only for src/swarm and its tests"
#endif

#include "shoal-download.h"
#include "shoal-picker.h"
#include "shoal-rate.h"
#include "shoal-thread.h"

G_BEGIN_DECLS

/* Verified leaves may wait this long for their neighbours. */
#define HOLD_US (G_USEC_PER_SEC / 2)
/* Whole small files wait this long for company. */
#define BATCH_US (20 * 1000)
#define BATCH_FILES 128u
#define BATCH_BYTES (2u * 1024 * 1024)
#define FIRST_RETRY_US (1 * G_USEC_PER_SEC)
#define LAST_RETRY_US (60 * G_USEC_PER_SEC)

typedef struct _Source Source;
typedef struct _Conn Conn;

/* A device to fetch from. Outlives its channels, so that what it did wrong is
 * remembered. */
struct _Source
{
  ShoalDownload           *download;   /* (unowned) (nullable): has let go */
  grefcount                ref_count;
  ShoalPeer               *peer;       /* (owned) */
  ShoalDownloadSourceState state;
  char                    *why;        /* (owned) (nullable) */
  Conn                    *conn;       /* (owned) (nullable): the one in use */
  GHashTable              *bad_files;  /* (owned): sent wrong, or changed over there */
  guint                    n_bad;      /* of those, with data that did not verify */
  uint64_t                 verified, bad_bytes;
  gint64                   retry_at;
  gint64                   retry_delay;
};

/* A channel to it. Several while one on a worse link runs dry. */
struct _Conn
{
  grefcount          ref_count;
  Source            *source;        /* (owned) */
  ShoalChannel      *channel;       /* (owned) (nullable): ended */
  ShoalPickerSource *pick;          /* (nullable): not open yet, no store yet, or ended */
  gboolean           opened;
  gboolean           draining;
  gboolean           not_reading;   /* holds the link's reading up */
  gboolean           complete;
  gboolean           vouches;
  gboolean           paused;
  uint32_t           description_size, attributes_size;
  uint8_t           *early_pieces;  /* (owned) (nullable): told before there was a picker */
  GHashTable        *gathers;       /* (owned): request → Gather (owned) */
  GArray            *requests;      /* (owned) of ShoalRequestEntry: to send */
  GArray            *cancels;       /* (owned) of uint32_t: to send */
};

/* Leaves of one request, in order, that will be written together. */
typedef struct
{
  uint32_t file;
  uint64_t first;
  uint32_t count;
  uint8_t *buffer;   /* (owned) */
  size_t   filled, size;
  gint64   started;
} Gather;

/* A small file that is written whole. */
typedef struct
{
  uint32_t file;
  uint64_t mask;     /* leaves here */
  Conn    *conn;     /* (owned) (nullable): all came from it */
  gboolean mixed;    /* they came from several */
  uint8_t *buffer;   /* (owned) */
} Small;

/* Bytes of a blob being fetched, from one source. */
typedef struct
{
  Conn    *conn;     /* (owned) (nullable): none is fetched */
  uint8_t  what;     /* ShoalBlob */
  uint8_t *buffer;   /* (owned) */
  uint32_t size, asked, received;
} Blob;

/* A write that waits for the hashes of its group. */
typedef struct
{
  Conn    *conn;     /* (owned) */
  uint32_t file;
  uint64_t first;
  uint32_t count;
  GBytes  *bytes;    /* (owned) */
} Write;

enum
{
  FILE_WHOLE = 1 << 0,   /* gathered in a Small */
  FILE_FAILED = 1 << 1,
  FILE_HASHED = 1 << 2,  /* a small file of a draft: the store has been given its hashes */
};

struct _ShoalDownload
{
  grefcount            ref_count;
  ShoalOwnerThread     owner;

  /* Set once. */
  ShoalRuntime        *runtime;     /* (owned) */
  ShoalDatabase       *database;    /* (owned) */
  ShoalBudget         *budget;      /* (owned) */
  uint8_t              transfer[SHOAL_TRANSFER_ID_SIZE];
  ShoalHash            key, share;
  gboolean             is_draft;
  ShoalDeviceId        offerer;
  gboolean             tell_others;
  const ShoalDisk     *disk;
  const ShoalDownloadEvents *events;
  gpointer             user_data;

  /* Written only by set_state(). */
  ShoalDownloadState   state;
  GError              *error;       /* (owned) (nullable): of FAILED */

  /* What it is. */
  ShoalDescription    *description; /* (owned) (nullable) */
  ShoalDescription    *final;       /* (owned) (nullable): what a draft has become */
  GBytes              *attributes;  /* (owned) (nullable) */
  Blob                 blob;
  gboolean             parsing;
  gboolean             rekey_seen;
  ShoalHash            rekey_hash;
  Conn                *rekey_conn;  /* (owned) (nullable): who said so, until its blob is here */
  ShoalHash           *final_roots; /* (owned) (nullable): waits for the store */
  gboolean            *final_left_out; /* (owned) (nullable) */

  /* Where it goes. */
  char                *directory;   /* (owned) (nullable) */
  uint8_t             *chosen;      /* (owned) (nullable) */
  ShoalPieceStore     *store;       /* (owned) (nullable) */
  gboolean             store_open;
  ShoalPicker         *picker;      /* (owned) (nullable): from FETCHING on */
  uint8_t             *file_flags;  /* (owned) */
  uint32_t             start_index, start_count;
  uint32_t             n_chosen, n_final, n_failed;
  gboolean             tell_pieces; /* nothing is being checked any more */

  /* What is on its way. */
  GPtrArray           *sources;     /* (owned) of Source */
  GPtrArray           *conns;       /* (owned) of Conn: those with a channel */
  GHashTable          *smalls;      /* (owned): file → Small */
  GPtrArray           *batch;       /* (owned) of Small: complete */
  size_t               batch_bytes;
  guint                batch_timer;
  GQueue               waiting;     /* of Write (owned) */
  ShoalRate            rate;
  uint64_t             received;
  gboolean             first_byte;
  gboolean             disk_full;
  gint64               lost_since;  /* files wait for somebody who has them; 0: none do */
  gboolean             paused;
  ShoalShaper         *shaper;      /* (owned) (nullable) */
  uint64_t             rate_limit;

  guint                tick_timer, budget_timer, described_timer;
  guint                budget_watch;
  gboolean             pumping;

  gboolean             stopping, removing;
  ShoalDownloadDone    stop_done;
  gpointer             stop_data;
  guint                stop_timer;
};

/* --- shoal-download.c ------------------------------------------------------- */

gint64   download_now          (ShoalDownload *self);
gboolean download_is_live      (ShoalDownload *self); /* neither stopped, failed nor done */
void     download_set_state    (ShoalDownload *self, ShoalDownloadState to, const GError *error);
void     download_fail         (ShoalDownload *self, const GError *error);
/* The description is known: tells so, goes on if there is a destination. */
void     download_described    (ShoalDownload *self);
/* Does what the picker wants done. After every change of the picker. */
void     download_pump         (ShoalDownload *self);
void     download_update_reading (ShoalDownload *self);

/* --- shoal-download-open.c -------------------------------------------------- */

/* Opens the store once both description and destination are known. */
void     download_open_store   (ShoalDownload *self);
void     download_apply_roots  (ShoalDownload *self);
void     download_check_done   (ShoalDownload *self);
void     download_tell_pieces  (ShoalDownload *self, uint32_t file, uint64_t first,
                                uint64_t count);

/* --- shoal-download-source.c ------------------------------------------------ */

Source  *source_ref            (Source *source);
void     source_unref          (Source *source);
void     source_set_state      (Source *source, ShoalDownloadSourceState state, const char *why);
void     source_ban            (Source *source, const char *why);
Source  *download_find_source  (ShoalDownload *self, const ShoalDeviceId *id);
void     download_tick_sources (ShoalDownload *self, gint64 now);
void     download_close_sources (ShoalDownload *self);
/* Opened channels become sources of the picker. */
void     download_enlist       (ShoalDownload *self);

Conn    *conn_ref              (Conn *conn);
void     conn_unref            (Conn *conn);
/* Closes the channel; the source tries again later. @why: (nullable) */
void     conn_end              (Conn *conn, const char *why);
/* It broke the protocol. */
void     conn_fail             (Conn *conn, const char *what);
/* What the picker wants sent to it. */
void     conn_flush            (Conn *conn);

/* --- shoal-download-message.c ------------------------------------------------ */

void     conn_message          (Conn *conn, const ShoalMessage *message);

/* --- shoal-download-data.c --------------------------------------------------- */

void     conn_data             (Conn *conn, const ShoalMessage *message);
/* What has been gathered of @request, or of all requests, is to be written. */
void     conn_flush_gather     (Conn *conn, uint32_t request);
void     conn_flush_gathers    (Conn *conn, gint64 older_than);
void     download_flush_batch  (ShoalDownload *self);
/* The hashes of @group are known: what waited for them is written. */
void     download_wake_writes  (ShoalDownload *self, uint32_t file, uint64_t group);
void     download_drop_data    (ShoalDownload *self);
void     gather_free           (gpointer gather);
void     small_free            (gpointer small);
void     write_free            (gpointer write);

/* Leaves of @file that wait for hashes are given up. */
void     download_drop_unknown (ShoalDownload *self, uint32_t file);

/* --- shoal-download-lost.c --------------------------------------------------- */

/* Gives up what neither the offerer nor anybody else can give. */
void     download_tick_lost    (ShoalDownload *self, gint64 now);

/* --- shoal-download-hashes.c ------------------------------------------------- */

void     conn_ask_hashes       (Conn *conn, uint32_t file, uint64_t first, uint32_t count);
void     conn_hashes           (Conn *conn, const ShoalMessage *message);
void     conn_hash_reject      (Conn *conn, const ShoalMessage *message);

/* --- shoal-download-describe.c ------------------------------------------------ */

/* Asks @conn for the next blob that is missing, if nobody else is asked. */
void     download_fetch_blobs  (ShoalDownload *self, Conn *conn);
void     conn_blob             (Conn *conn, const ShoalMessage *message);
void     conn_rekey            (Conn *conn, const ShoalMessage *message);
void     download_forget_blob  (ShoalDownload *self, Conn *conn);
void     download_clear_blob   (ShoalDownload *self);

G_END_DECLS
