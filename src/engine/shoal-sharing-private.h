/* shoal-sharing-private.h: what the parts of the engine know of shares.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_ENGINE_ROOM
#error "only for the engine room"
#endif

#include "shoal-engine-private.h"
#include "shoal-state-shares.h"
#include "shoal-torrent.h"

G_BEGIN_DECLS

/* --- shoal-engine-sharing.c ---------------------------------------------- */

struct _ShoalSharing
{
  ShoalEngine       *engine;      /* (unowned): owns this */
  ShoalStoredShare  *stored;      /* (owned) */
  char              *id_text;     /* (owned): the info hash */
  gboolean           is_kept;     /* is in the database */
  ShoalShareState    state;
  GError            *error;       /* (owned) (nullable): of TROUBLE; or what a file of it lacks */
  gboolean           is_missing;  /* in TROUBLE because it is not there: it may come back */
  GCancellable      *cancellable; /* (owned) (nullable): while it is looked through */
  uint64_t           hashed, to_hash;
  uint64_t           told_bytes;  /* as uploaded when last told */
  uint64_t           saved_bytes;

  /* Only while it is SERVED. */
  ShoalSeed         *seed;        /* (owned) */
  ShoalContentSource *source;     /* (owned): the view of it */
  ShoalDescription  *description; /* (owned) */
  ShoalServing      *serving;     /* (owned) */
  ShoalGrant         grant;
};

/* ShoalSharePolicy, read. */
typedef struct
{
  gboolean is_private;
  gboolean all_friends;
  gboolean keep;
  GArray  *devices; /* (owned) of ShoalDeviceId */
} SharePolicy;

/* @stored is taken. */
ShoalSharing *shoal_sharing_new (ShoalEngine *engine, ShoalStoredShare *stored);
void     shoal_sharing_free     (gpointer sharing);
gboolean shoal_sharing_lists_to (ShoalSharing *self, const ShoalDeviceId *device);
void     shoal_sharing_set_policy (ShoalSharing *self, const SharePolicy *policy);
/* Takes the seed out of @hashed. */
void     shoal_sharing_serve    (ShoalSharing *self, ShoalHashed *hashed);
void     shoal_sharing_end_serving (ShoalSharing *self);
/* It is in TROUBLE; @error is taken. */
void     shoal_sharing_fail     (ShoalSharing *self, GError *error);
ShoalShareInfo *shoal_sharing_describe (ShoalSharing *self);
void     shoal_sharing_tell     (ShoalSharing *self, ShoalEventType type);

/* --- shoal-engine-shares.c ------------------------------------------------- */

void     shoal_sharing_save          (ShoalSharing *self);
void     shoal_sharing_forget_stored (ShoalSharing *self);
/* It is what was found at @paths; @hashed: its seed is taken. */
void     shoal_sharing_take_content  (ShoalSharing *self, ShoalHashed *hashed,
                                      const char *const *paths);
/* Ends it, for good, and frees it. */
void     shoal_sharing_drop          (ShoalSharing *self);
/* Why it is not served, and what to do. (transfer full) */
GError  *shoal_sharing_missing_error (ShoalSharing *self);
GError  *shoal_sharing_changed_error (ShoalSharing *self);
/* --- shoal-engine-places.c */
void     shoal_engine_look_for_shares (ShoalEngine *self, gint64 now);
gboolean shoal_engine_load_shares (ShoalEngine *self, GError **error);
/* Looks through what is stored, to serve it. */
void     shoal_engine_wake_shares (ShoalEngine *self);
/* Uploaded bytes; what has vanished, or is there again. */
void     shoal_engine_tend_shares (ShoalEngine *self, gint64 now);
void     shoal_engine_stop_shares (ShoalEngine *self);
/* (nullable); @id: info hash, hex */
ShoalSharing *shoal_engine_find_sharing (ShoalEngine *self, const char *id, GError **error);

/* --- shoal-engine-hash.c --------------------------------------------------- */

/* What is known when paths have been scanned and hashed. */
struct _ShoalHashed
{
  ShoalSeed        *seed;        /* (owned) */
  ShoalDescription *description; /* (owned) */
  GBytes           *attributes;  /* (owned) */
};

void shoal_hashed_free (gpointer hashed);
/* Scans and hashes @paths, with progress. Answers with a ShoalHashed. */
void         shoal_engine_hash_paths_async  (ShoalEngine *self, const char *const *paths,
                                             ShoalHashProgress progress, gpointer progress_data,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
ShoalHashed *shoal_engine_hash_paths_finish (ShoalEngine *self, GAsyncResult *result,
                                             GError **error);

/* In a worker: reads a file of bounded size. Returns: (transfer full) */
ShoalTorrent *shoal_engine_read_torrent (const char *path, GError **error);

/* A snapshot of something that is not shared. (transfer full) */
ShoalShareInfo *shoal_engine_describe_share (ShoalEngine *self, ShoalDescription *description);

G_END_DECLS
