/* shoal-upload-private.h: the parts of serving.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_UPLOAD_PARTS
#error "only for shoal-upload*.c"
#endif

#include "shoal-bitmap.h"
#include "shoal-upload.h"

G_BEGIN_DECLS

/* Requests of one fetcher are read this far ahead of its link. */
#define UPLOAD_READ_AHEAD (4 * 1024 * 1024)
/* Read and not yet given to a link, of all fetchers together. */
#define UPLOAD_MAX_IN_FLIGHT (32 * 1024 * 1024)
/* Bytes a fetcher may read in its turn. */
#define UPLOAD_QUANTUM (256 * 1024)

typedef struct _ShoalFetcher ShoalFetcher;

struct _ShoalUploader
{
  ShoalRuntime *runtime;  /* (owned) */
  GQueue        ring;     /* of ShoalFetcher (unowned): has requests and may read ahead */
  uint64_t      in_flight;
  gboolean      stepping;
};

struct _ShoalUpload
{
  grefcount                ref_count;
  ShoalUploader           *uploader;    /* (unowned): outlives us */
  ShoalContentSource      *source;      /* (owned) */
  ShoalDescription        *description; /* (owned): of the source */
  GBytes                  *attributes;  /* (owned) */
  GBytes                  *roots;       /* (owned) (nullable): blob 2, once re-keyed */
  ShoalHash                rekeyed;     /* valid with roots */
  uint32_t                 n_failed;
  const ShoalUploadEvents *events;      /* (nullable): NULL once closed */
  gpointer                 user_data;
  GPtrArray               *fetchers;    /* (owned) of ShoalFetcher */
  uint8_t                 *pieces;      /* (owned) (nullable): NULL: complete */
  uint64_t                 sent;
  gboolean                 closed;

  /* Drafts whose hashes we make: see shoal-upload-draft.c. */
  gboolean                 vouches;
  uint64_t                *first_group; /* (owned): of each file, and the end */
  ShoalBitmap              known;       /* groups whose hashes were made */
  ShoalBitmap              asked;       /* groups being made */
  guint                    n_asked;
  guint                    feed_timer;
  gboolean                 told_idle;
};

/* One REQUEST entry. Freed when answered and when its read, if any, is back. */
typedef struct
{
  ShoalFetcher *fetcher;   /* (unowned) (nullable): NULL once the fetcher is gone */
  ShoalUpload  *upload;    /* (owned) */
  uint32_t      number;
  uint32_t      file;
  uint64_t      first;
  uint32_t      leaves;
  uint64_t      bytes;
  gboolean      reading;
  gboolean      ended;     /* rejected: drop what is read */
  GBytes       *data;      /* (owned) (nullable): read, being sent */
  uint64_t      sent;      /* bytes of it */
} ShoalServed;

struct _ShoalFetcher
{
  ShoalUpload  *upload;      /* (unowned): owns this */
  ShoalChannel *channel;     /* (owned) */
  GQueue        waiting;     /* of ShoalServed (owned): not read yet */
  GQueue        ready;       /* of ShoalServed (owned): read, in order of answers */
  GHashTable   *by_number;   /* (owned): number → ShoalServed: waiting, reading or ready */
  uint64_t      ahead;       /* bytes being read or ready */
  int64_t       deficit;
  gboolean      in_ring;
  gboolean      tells_others;
  GHashTable   *changed;     /* (owned) (nullable): files it was told about */
  ShoalBitmap   given;       /* draft: groups whose hashes it has */
};

/* --- shoal-upload-fetcher.c ---------------------------------------------- */

ShoalFetcher *shoal_fetcher_new  (ShoalUpload *upload, ShoalChannel *channel);
void          shoal_fetcher_free (gpointer fetcher);
void          shoal_fetcher_take_requests (ShoalFetcher *self, const ShoalMessage *message);
void          shoal_fetcher_take_cancels  (ShoalFetcher *self, const ShoalMessage *message);
/* Sends what is ready while the link wants it. */
void          shoal_fetcher_flush (ShoalFetcher *self);
/* Its next request may be read now (in a draft: hashes have been given). */
gboolean      shoal_fetcher_can_read (ShoalFetcher *self);
/* Starts reading its next request; returns its size. */
uint64_t      shoal_fetcher_read_next (ShoalFetcher *self);
void          shoal_fetcher_reject (ShoalFetcher *self, ShoalServed *served, ShoalReject reason);
void          shoal_fetcher_fail   (ShoalFetcher *self, ShoalServed *served, const GError *error);

/* --- shoal-uploader.c ---------------------------------------------------- */

/* Puts the fetcher in the ring if it has something to read, and lets all read
 * whose turn it is. */
void shoal_uploader_wake   (ShoalUploader *self, ShoalFetcher *fetcher);
void shoal_uploader_forget (ShoalUploader *self, ShoalFetcher *fetcher);
void shoal_uploader_land   (ShoalUploader *self, uint64_t bytes);

/* --- shoal-upload-draft.c ------------------------------------------------ */

void     shoal_upload_draft_init  (ShoalUpload *self);
void     shoal_upload_draft_clear (ShoalUpload *self);
uint64_t shoal_upload_group_of    (ShoalUpload *self, uint32_t file, uint64_t leaf);
/* TRUE if the fetcher has the hashes of these leaves; else they are made, given
 * to everybody, and the fetchers woken. */
gboolean shoal_upload_give_hashes (ShoalUpload *self, ShoalFetcher *fetcher, uint32_t file,
                                   uint64_t first_leaf);
/* A fetcher has come: it gets in time what was given before. */
void     shoal_upload_feed        (ShoalUpload *self);
void     shoal_upload_check_idle  (ShoalUpload *self);

G_END_DECLS
