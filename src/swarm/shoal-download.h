/* shoal-download.h: one share being fetched, from all who have it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-attributes.h"
#include "shoal-budget.h"
#include "shoal-content-source.h"
#include "shoal-peer.h"
#include "shoal-piece-store.h"

G_BEGIN_DECLS

/* The life of a download. Legal steps: EDGES in shoal-download.c. */
typedef enum
{
  SHOAL_DOWNLOAD_DESCRIBING, /* description and attributes are being fetched */
  SHOAL_DOWNLOAD_DESCRIBED,  /* waits for shoal_download_begin() */
  SHOAL_DOWNLOAD_OPENING,    /* looks at the destination and at what is there */
  SHOAL_DOWNLOAD_FETCHING,   /* also while no source is connected */
  SHOAL_DOWNLOAD_PAUSED,     /* by the person, or the disk is full: see the error */
  SHOAL_DOWNLOAD_SYNCING,    /* every leaf is here; being made safe, or waiting for REKEY */
  SHOAL_DOWNLOAD_COMMITTED,  /* all chosen files are verified, renamed, synced */
  SHOAL_DOWNLOAD_FAILED,
  SHOAL_DOWNLOAD_CLOSED,
} ShoalDownloadState;

#define SHOAL_TYPE_DOWNLOAD_STATE (shoal_download_state_get_type ())
GType shoal_download_state_get_type (void);

/**
 * ShoalDownload:
 *
 * Drives picker, piece store and the channels to its sources. Plain struct,
 * reference-counted, engine context's thread. Events come from the loop, never
 * from inside a call.
 */
typedef struct _ShoalDownload ShoalDownload;

/* What a source is like, for snapshots. */
typedef struct
{
  ShoalDeviceId device;
  ShoalPath     path;
  const char   *state; /* "active", "stalled", "busy", "changed", "banned", "gone"; static */
  const char   *why;   /* (nullable): in words for a person */
  uint64_t      bytes; /* verified bytes that came from it */
  double        rate;  /* bytes/s */
} ShoalSourceStatus;

/* Any may be NULL. */
typedef struct
{
  /* DESCRIBED: description and attributes can be read and stored; then call
   * shoal_download_begin(). PAUSED and FAILED come with an @error. */
  void (*state_changed) (ShoalDownload *download, ShoalDownloadState state, const GError *error,
                         gpointer user_data);
  /* The first payload byte of this run has come in. */
  void (*first_byte)    (ShoalDownload *download, gpointer user_data);
  /* What lay here from an earlier run has been checked. */
  void (*resumed)       (ShoalDownload *download, uint64_t kept, uint64_t refetched,
                         gpointer user_data);
  /* A source came, went, or changed its state (not its numbers). */
  void (*source_changed) (ShoalDownload *download, const ShoalSourceStatus *status,
                          gpointer user_data);
  /* A source tells of others that have this share. */
  void (*peers)         (ShoalDownload *download, const ShoalPeerEntry *entries, guint n,
                         gpointer user_data);
  /* A draft has become the share @description (store it). */
  void (*rekeyed)       (ShoalDownload *download, ShoalDescription *description,
                         gpointer user_data);
  /* Pieces that are verified and on disk, to be passed on. */
  void (*have)          (ShoalDownload *download, uint32_t first_piece, uint32_t count,
                         gpointer user_data);
  /* One chosen file failed for good; the others go on. */
  void (*file_failed)   (ShoalDownload *download, uint32_t file, const GError *error,
                         gpointer user_data);
} ShoalDownloadEvents;

typedef struct
{
  ShoalRuntime  *runtime;
  ShoalDatabase *database;
  ShoalBudget   *budget;      /* shared by all downloads */
  uint8_t        transfer[SHOAL_TRANSFER_ID_SIZE]; /* names the state on disk */
  ShoalHash      share;       /* info hash, or draft ID */
  gboolean       is_draft;
  ShoalHash      key;         /* what the proof of OPEN is made with */
  GBytes        *description; /* (nullable): known already (resume, .torrent) */
  GBytes        *attributes;  /* (nullable): likewise */
  ShoalNames     names;       /* REPAIR for descriptions from .torrent files */
  uint8_t        open_flags;  /* SHOAL_OPEN_… */
  const ShoalDownloadEvents *events;
  gpointer       user_data;
} ShoalDownloadOptions;

/* Returns: (transfer full). With a known description it is DESCRIBED soon. */
ShoalDownload *shoal_download_new   (const ShoalDownloadOptions *options);
ShoalDownload *shoal_download_ref   (ShoalDownload *self);
void           shoal_download_unref (ShoalDownload *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalDownload, shoal_download_unref)

/* In DESCRIBED, once. @destination: absolute, made if missing. @chosen:
 * (nullable): bit i of byte i / 8, lowest first, is file i; NULL: all. */
void shoal_download_begin (ShoalDownload *self, const char *destination, const uint8_t *chosen);

/* Uses a connected device as a source: opens a channel to it. Again after a
 * reconnect. One that is a source already, or is banned, is left alone.
 * @vouches: it is the offerer, whose word counts for the hashes of a draft. */
void shoal_download_add_source (ShoalDownload *self, ShoalPeer *peer, gboolean vouches);
/* Fan-out: this device is receiver @index of @count; before begin, or while
 * nothing is asked for yet. */
void shoal_download_set_start  (ShoalDownload *self, uint32_t index, uint32_t count);

void shoal_download_pause  (ShoalDownload *self); /* by the person */
void shoal_download_resume (ShoalDownload *self);

/* Stops asking, closes channels, saves. @done on the loop; no event after it. */
void shoal_download_close_async  (ShoalDownload *self, void (*done) (gpointer user_data),
                                  gpointer user_data);
/* The same, and removes everything that is not final. */
void shoal_download_remove_async (ShoalDownload *self, void (*done) (gpointer user_data),
                                  gpointer user_data);

/* --- Facts --------------------------------------------------------------- */

ShoalDownloadState shoal_download_get_state (ShoalDownload *self);
/* (nullable) (transfer none): from DESCRIBED on; the share's, once re-keyed */
ShoalDescription  *shoal_download_get_description (ShoalDownload *self);
/* (nullable) (transfer none): as it came over the wire; from DESCRIBED on */
GBytes            *shoal_download_get_attributes_bytes (ShoalDownload *self);
/* What is here already, for serving it while it comes: valid until closed.
 * NULL before FETCHING. Returns: (transfer full) (nullable) */
ShoalContentSource *shoal_download_as_source (ShoalDownload *self);
/* (nullable) (transfer none): from FETCHING on */
ShoalPieceStore   *shoal_download_get_store (ShoalDownload *self);
/* Sets bit i (highest first) of @bits for each piece that is verified; @bits has
 * (n_pieces + 7) / 8 bytes, zeroed. */
void               shoal_download_get_pieces (ShoalDownload *self, uint8_t *bits);

typedef struct
{
  uint64_t bytes, total;     /* verified, of chosen files */
  guint    files, files_done, files_failed;
  double   rate;             /* bytes/s */
  double   seconds_left;     /* negative: unknown */
  guint    n_sources;        /* connected */
} ShoalDownloadProgress;

void shoal_download_get_progress (ShoalDownload *self, ShoalDownloadProgress *progress);
/* Those that are or were sources. Returns: (transfer full) (element-type ShoalSourceStatus),
 * strings static or valid until the download changes */
GArray *shoal_download_get_sources (ShoalDownload *self);

G_END_DECLS
