/* shoal-download.h: one share being fetched from all who have it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-budget.h"
#include "shoal-peer.h"
#include "shoal-piece-store.h"
#include "shoal-shaper.h"

G_BEGIN_DECLS

/**
 * ShoalDownload:
 *
 * Everything is a download: an accepted offer, a link, a torrent file. It knows
 * the share's name (info hash or draft ID) and the key that opens it, is given
 * devices to fetch from, opens a channel to each, fetches the description
 * unless it has it, and when told where to, opens a piece store there, asks for
 * what is missing, has each leaf verified and written, names who sent bad ones,
 * and says when all of it is synced under its final names.
 *
 * Life: new; add_peer() as devices become known; `described`; then
 * set_destination(); stop_async(), and drop the last reference after its
 * callback. Reference-counted; engine context's thread. Events come from the
 * main loop, or from inside calls of channels and the store, never from inside
 * a call on the download (but for stop).
 */
typedef struct _ShoalDownload ShoalDownload;

/* Legal steps: EDGES in shoal-download.c. */
typedef enum
{
  SHOAL_DOWNLOAD_STATE_DESCRIBING, /* the description is being fetched */
  SHOAL_DOWNLOAD_STATE_DESCRIBED,  /* waits for set_destination() */
  SHOAL_DOWNLOAD_STATE_OPENING,    /* the store is being opened */
  SHOAL_DOWNLOAD_STATE_FETCHING,
  SHOAL_DOWNLOAD_STATE_FINISHING,  /* nothing is missing: syncing, or waiting for a draft's roots */
  SHOAL_DOWNLOAD_STATE_DONE,       /* verified, synced, final; but for files that failed alone */
  SHOAL_DOWNLOAD_STATE_FAILED,
  SHOAL_DOWNLOAD_STATE_STOPPED,
} ShoalDownloadState;

#define SHOAL_TYPE_DOWNLOAD_STATE (shoal_download_state_get_type ())
GType shoal_download_state_get_type (void);

typedef enum
{
  SHOAL_DOWNLOAD_SOURCE_WAITING, /* no session, or between attempts */
  SHOAL_DOWNLOAD_SOURCE_OPENING,
  SHOAL_DOWNLOAD_SOURCE_ACTIVE,
  SHOAL_DOWNLOAD_SOURCE_STALLED,
  SHOAL_DOWNLOAD_SOURCE_BUSY,
  SHOAL_DOWNLOAD_SOURCE_PAUSED,  /* by the other side */
  SHOAL_DOWNLOAD_SOURCE_CHANGED, /* active, but its copy of some file is not used */
  SHOAL_DOWNLOAD_SOURCE_REFUSED,
  SHOAL_DOWNLOAD_SOURCE_BANNED,  /* it lied twice; never asked again */
} ShoalDownloadSourceState;

#define SHOAL_TYPE_DOWNLOAD_SOURCE_STATE (shoal_download_source_state_get_type ())
/* Nicks are the `state` of shoal-cli's JSON. */
GType shoal_download_source_state_get_type (void);

typedef struct
{
  ShoalPeer               *peer; /* (transfer none) */
  ShoalDownloadSourceState state;
  const char              *why;  /* (nullable): for a person */
  uint64_t                 bytes;     /* verified bytes that came from it */
  double                   rate;      /* bytes/s */
  uint64_t                 bad_bytes; /* that did not verify */
  gboolean                 complete;  /* has all of it */
} ShoalDownloadSourceInfo;

typedef struct
{
  uint64_t total;    /* bytes of the chosen files; 0 before OPENING is over */
  uint64_t verified; /* on disk, with what was there at the start */
  uint64_t received; /* fresh bytes in this run */
  double   rate;     /* bytes/s, of what is received */
  guint    n_active; /* sources that are open */
  uint32_t files, files_done, files_failed; /* chosen ones */
} ShoalDownloadProgress;

/* Any may be NULL. */
typedef struct
{
  /* @error: of FAILED; valid during the call. */
  void (*state_changed) (ShoalDownload *self, ShoalDownloadState state, const GError *error,
                         gpointer user_data);
  /* Description and attributes are known: choose files and a destination. */
  void (*described)     (ShoalDownload *self, ShoalDescription *description, gpointer user_data);
  void (*first_byte)    (ShoalDownload *self, gpointer user_data);
  /* A source's state or reason has changed: shoal_download_get_sources(). */
  void (*sources_changed) (ShoalDownload *self, gpointer user_data);
  /* Others who have or fetch it, told by a source: connect, then add_peer(). */
  void (*peers)         (ShoalDownload *self, ShoalPeer *teller, const ShoalPeerEntry *entries,
                         guint n, gpointer user_data);
  /* It lied twice, or cannot prove what it sends: ban it for 24 h, tell the user. */
  void (*banned)        (ShoalDownload *self, ShoalPeer *peer, const char *why,
                         gpointer user_data);
  /* Whole pieces are verified and on disk: for shoal_serving_have(). */
  void (*pieces_done)   (ShoalDownload *self, uint32_t first, uint32_t count, gpointer user_data);
  /* A file is final, or failed with @error. */
  void (*file_changed)  (ShoalDownload *self, uint32_t file, ShoalFileState state,
                         const GError *error, gpointer user_data);
  /* The disk is full (@error, @needed bytes), or NULL: it goes on. */
  void (*disk_full)     (ShoalDownload *self, const GError *error, uint64_t needed,
                         gpointer user_data);
  /* What was there from an earlier run has been looked through. */
  void (*resumed)       (ShoalDownload *self, uint64_t kept, uint64_t refetched,
                         gpointer user_data);
  /* The draft has become a share: its roots agree. */
  void (*rekeyed)       (ShoalDownload *self, ShoalDescription *description, gpointer user_data);
} ShoalDownloadEvents;

typedef struct
{
  ShoalRuntime     *runtime;     /* kept by reference */
  ShoalDatabase    *database;    /* kept by reference */
  ShoalBudget      *budget;      /* kept by reference; shared by all downloads */
  ShoalShaper      *shaper;      /* (nullable): kept by reference; the limit of all downloads */
  uint8_t           transfer[SHOAL_TRANSFER_ID_SIZE]; /* names the resume state */
  ShoalHash         key;         /* opens it: offer key, private link's secret, info hash */
  ShoalHash         share;       /* info hash, or draft ID */
  gboolean          is_draft;
  ShoalDeviceId     offerer;     /* of a draft: who vouches for its hashes */
  ShoalDescription *description; /* (nullable): known already; kept by reference */
  GBytes           *attributes;  /* (nullable) */
  gboolean          tell_others; /* may be told to others as a source */
  const ShoalDisk  *disk;        /* (nullable): for tests */
  const ShoalDownloadEvents *events; /* static, or outlives the download */
  gpointer          user_data;
} ShoalDownloadOptions;

ShoalDownload *shoal_download_new   (const ShoalDownloadOptions *options);
ShoalDownload *shoal_download_ref   (ShoalDownload *self);
void           shoal_download_unref (ShoalDownload *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalDownload, shoal_download_unref)

/* --- Sources -------------------------------------------------------------- */

/* Fetch from @peer too, when there is a session; holds it until removed. A
 * second call for one device does nothing. */
void shoal_download_add_peer    (ShoalDownload *self, ShoalPeer *peer);
void shoal_download_remove_peer (ShoalDownload *self, const ShoalDeviceId *id);
/* The hub's `ready`: a session is there (again). Others than sources are ignored. */
void shoal_download_peer_ready  (ShoalDownload *self, ShoalPeer *peer);
/* INTRODUCE: where to begin; or where to go on, if it has begun. */
void shoal_download_set_start   (ShoalDownload *self, uint32_t index, uint32_t count);

/* (transfer container) (element-type ShoalDownloadSourceInfo): valid until the
 * next event */
GArray *shoal_download_get_sources (ShoalDownload *self);
guint   shoal_download_get_n_sources (ShoalDownload *self);

/* --- Running -------------------------------------------------------------- */

/* @directory: absolute; made if missing. @chosen: (nullable): bit i of byte
 * i / 8 for file i, as the piece store takes it; copied. Before or after
 * `described`. Trouble with the destination comes as FAILED. */
void shoal_download_set_destination (ShoalDownload *self, const char *directory,
                                     const uint8_t *chosen, size_t chosen_size);
/* By the person. Sources are kept, nothing is asked of them. */
void shoal_download_set_paused      (ShoalDownload *self, gboolean paused);
/* Bytes/s; 0: none. Requests are withheld to keep it. */
void shoal_download_set_rate_limit  (ShoalDownload *self, uint64_t limit);

typedef void (*ShoalDownloadDone) (ShoalDownload *self, gpointer user_data);

/* Lets go of all sources, closes the store with all it knows saved (@remove:
 * deletes parts and state). No event comes any more. @done: (nullable): comes
 * from the main loop. Once. */
void shoal_download_stop_async (ShoalDownload *self, gboolean remove, ShoalDownloadDone done,
                                gpointer user_data);

/* --- Facts ---------------------------------------------------------------- */

ShoalDownloadState shoal_download_get_state       (ShoalDownload *self);
void               shoal_download_get_progress    (ShoalDownload *self,
                                                   ShoalDownloadProgress *progress);
/* (nullable) (transfer none): the manifest, for a draft, also once re-keyed */
ShoalDescription  *shoal_download_get_description (ShoalDownload *self);
/* (nullable) (transfer none): as they came */
GBytes            *shoal_download_get_attributes  (ShoalDownload *self);
/* (nullable) (transfer none): of a draft that has been re-keyed */
ShoalDescription  *shoal_download_get_final       (ShoalDownload *self);
/* (nullable) (transfer none): from OPENING on; its paths are the user's */
ShoalPieceStore   *shoal_download_get_store       (ShoalDownload *self);
/* TRUE if piece @piece is verified and on disk. */
gboolean           shoal_download_has_piece       (ShoalDownload *self, uint32_t piece);
gboolean           shoal_download_is_paused       (ShoalDownload *self);

G_END_DECLS
