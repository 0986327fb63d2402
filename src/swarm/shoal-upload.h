/* shoal-upload.h: serving shares to those who fetch them, fairly.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-content-source.h"
#include "shoal-peer.h"

G_BEGIN_DECLS

/**
 * ShoalUploader:
 *
 * The one scheduler of everything this device serves. Requests of all channels
 * are answered by deficit round robin (Shreedhar and Varghese 1995), 256 KiB a
 * turn, each fetcher reading at most 1 MiB ahead of its link, all together at
 * most 32 MiB.
 *
 * Plain struct, one owner, engine context's thread; outlives its uploads.
 */
typedef struct _ShoalUploader ShoalUploader;

ShoalUploader *shoal_uploader_new  (ShoalRuntime *runtime);
void           shoal_uploader_free (ShoalUploader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalUploader, shoal_uploader_free)

/**
 * ShoalUpload:
 *
 * One share being served, to any number of fetchers: answers what they ask on
 * their channels, and in a draft gives the leaf hashes to all of them ahead of
 * the data. Who may fetch was decided before: shoal_upload_accept().
 *
 * Reference-counted, engine context's thread. Events come from the loop.
 */
typedef struct _ShoalUpload ShoalUpload;

/* Any may be NULL. */
typedef struct
{
  /* A fetcher came or went. */
  void (*fetchers_changed) (ShoalUpload *upload, gpointer user_data);
  /* Payload has gone out to @device. */
  void (*sent) (ShoalUpload *upload, const ShoalDeviceId *device, uint64_t bytes,
                gpointer user_data);
  /* In a draft: nobody waits for the hashes of any group, so the rest can be
   * hashed in peace. Told once each time that becomes so. */
  void (*idle) (ShoalUpload *upload, gpointer user_data);
} ShoalUploadEvents;

/* @source: kept by reference. @attributes: (nullable). Complete, unless
 * shoal_upload_set_pieces() says otherwise. */
ShoalUpload *shoal_upload_new   (ShoalUploader *uploader, ShoalContentSource *source,
                                 GBytes *attributes, const ShoalUploadEvents *events,
                                 gpointer user_data);
ShoalUpload *shoal_upload_ref   (ShoalUpload *self);
void         shoal_upload_unref (ShoalUpload *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalUpload, shoal_upload_unref)

/* This is a download in progress: only these pieces are there. @bits: highest
 * bit first, as in AVAILABILITY; copied. */
void shoal_upload_set_pieces (ShoalUpload *self, const uint8_t *bits);
/* More of them; told to all fetchers. */
void shoal_upload_have       (ShoalUpload *self, uint32_t first_piece, uint32_t count);
/* In a draft being passed on, hashes come from the offerer alone: none are
 * given, and requests wait for nothing. */
void shoal_upload_set_vouches (ShoalUpload *self, gboolean vouches);

/* The draft has become @description: @roots and @left_out by file of the draft
 * (shoal_seed_dup_roots()). Told to all fetchers, also later ones. */
void shoal_upload_rekey (ShoalUpload *self, ShoalDescription *description, const ShoalHash *roots,
                         const gboolean *left_out);

/* Serves @channel (theirs, not answered yet), whose proof was made with @key. */
gboolean shoal_upload_accept (ShoalUpload *self, ShoalChannel *channel, const ShoalHash *key,
                              GError **error);
/* Tells the fetchers that agreed to it of each other. */
void     shoal_upload_exchange_peers (ShoalUpload *self);
/* Ends serving @device (NULL: everybody). */
void     shoal_upload_stop  (ShoalUpload *self, const ShoalDeviceId *device);
/* Ends serving; no event comes afterwards. */
void     shoal_upload_close (ShoalUpload *self);

guint    shoal_upload_get_n_fetchers (ShoalUpload *self);
uint64_t shoal_upload_get_sent       (ShoalUpload *self);

G_END_DECLS
