/* shoal-upload.h: serving: the shares that others fetch from here.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-content-source.h"
#include "shoal-peer.h"

G_BEGIN_DECLS

/**
 * ShoalUpload:
 *
 * Everything this device serves. One per engine: it divides disk and line among
 * all fetchers by deficit round robin, 256 KiB a turn. Requests of a channel
 * wait in a queue; the first ones are read ahead, at most 4 MiB a channel and
 * 32 MiB in all; data goes to a link as long as its own queue wants it, so a
 * cancelled request costs little. Engine context's thread.
 */
typedef struct _ShoalUpload ShoalUpload;

ShoalUpload *shoal_upload_new  (ShoalRuntime *runtime);
/* Ends all servings. */
void         shoal_upload_free (ShoalUpload *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalUpload, shoal_upload_free)

/* Bytes/s over all fetchers; 0: none. */
void     shoal_upload_set_rate_limit (ShoalUpload *self, uint64_t limit);
uint64_t shoal_upload_get_bytes      (ShoalUpload *self); /* sent in all */

/**
 * ShoalServing:
 *
 * One share as it is served: a seed, or a download in progress. Whoever may
 * fetch it is the engine's decision: it proves a channel's key and hands the
 * channel over.
 *
 * A draft stays one on the wire for as long as it is served: hashes go ahead of
 * data, to every fetcher, and shoal_serving_rekey() tells what it has become,
 * also to those who come later. Only the offerer serves hashes of a draft.
 */
typedef struct _ShoalServing ShoalServing;

/* Any may be NULL. */
typedef struct
{
  /* A fetcher has come or gone: shoal_serving_get_fetchers(). */
  void (*fetchers_changed) (ShoalServing *self, gpointer user_data);
  /* This copy of @file is not what it was; the fetchers have been told. */
  void (*file_changed)     (ShoalServing *self, uint32_t file, const GError *error,
                            gpointer user_data);
} ShoalServingEvents;

typedef struct
{
  ShoalContentSource *source;      /* kept by reference; with its description */
  GBytes             *attributes;  /* (nullable): kept by reference */
  gboolean            complete;    /* everything is here; else shoal_serving_have() */
  gboolean            push_hashes; /* of a draft, here is its offerer */
  gboolean            exchange;    /* fetchers give to each other: nothing twice before
                                    * everything once */
  gboolean            introduce;   /* tell fetchers who agreed about each other (PEERS) */
  const ShoalServingEvents *events; /* static, or outlives the serving; (nullable) */
  gpointer            user_data;
} ShoalServingOptions;

/* Belongs to @upload. */
ShoalServing *shoal_serving_new  (ShoalUpload *upload, const ShoalServingOptions *options);
/* Closes its channels. */
void          shoal_serving_free (ShoalServing *self);

/**
 * shoal_serving_accept:
 * @channel: theirs, waiting for an answer
 * @key: that its proof was made with
 *
 * Answers OPENED and serves @channel until it ends. FALSE if it could not be
 * answered any more.
 */
gboolean shoal_serving_accept (ShoalServing *self, ShoalChannel *channel, const ShoalHash *key);

/* More pieces are here: fetchers are told within 100 ms. */
void shoal_serving_have       (ShoalServing *self, uint32_t first_piece, uint32_t count);
/* Everything is here now, in @source (nullable: as before). */
void shoal_serving_complete   (ShoalServing *self, ShoalContentSource *source);
/* The draft is hashed. @left_out: (nullable): TRUE for files that failed; both
 * arrays by file of the draft. Copied. */
void shoal_serving_rekey      (ShoalServing *self, const ShoalHash *info_hash,
                               const ShoalHash *roots, const gboolean *left_out);
/* A file of ours has changed: tell the fetchers. */
void shoal_serving_lose_file  (ShoalServing *self, uint32_t file, const GError *error);
void shoal_serving_set_exchange (ShoalServing *self, gboolean exchange);
/* PAUSED to all fetchers; SHOAL_PAUSED_GOING_ON ends it. @text: (nullable) */
void shoal_serving_set_paused (ShoalServing *self, ShoalPaused reason, const char *text);
/* The same for one device: what it is told while all are paused stays that. */
void shoal_serving_set_peer_paused (ShoalServing *self, const ShoalDeviceId *id, gboolean paused);
/* Ends the channels of one device. */
void shoal_serving_drop_peer  (ShoalServing *self, const ShoalDeviceId *id);

typedef struct
{
  ShoalPeer *peer;   /* (transfer none) */
  uint64_t   bytes;  /* sent to it */
  double     rate;   /* bytes/s */
  guint      n_queued; /* requests waiting */
} ShoalFetcherInfo;

/* (transfer container) (element-type ShoalFetcherInfo): valid until the next event */
GArray  *shoal_serving_get_fetchers (ShoalServing *self);
guint    shoal_serving_get_n_fetchers (ShoalServing *self);
/* Sent for this share: what a receiver has passed on. */
uint64_t shoal_serving_get_bytes    (ShoalServing *self);

G_END_DECLS
