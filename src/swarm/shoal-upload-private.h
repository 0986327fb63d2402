/* shoal-upload-private.h: the structs of serving, shared by its files.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_SWARM_COMPILATION
#error "only for src/swarm and its tests"
#endif

#include "shoal-bitmap.h"
#include "shoal-rate.h"
#include "shoal-upload.h"

G_BEGIN_DECLS

/* What a fetcher may send in its turn. */
#define QUANTUM (256 * 1024)
/* Read, or being read, and not yet sent: of one channel, of all. */
#define MIN_AHEAD (1u * 1024 * 1024)
#define MAX_AHEAD (4u * 1024 * 1024)
#define MAX_AHEAD_ALL (32u * 1024 * 1024)
#define FRAME_LEAVES (SHOAL_MAX_DATA_PAYLOAD / SHOAL_LEAF_SIZE)
#define HAVE_DELAY_US (50 * 1000)
#define TICK_US (250 * 1000)
/* What somebody else has been given already waits this long for the fetcher to
 * get it there, while there is anything that nobody has been given. */
#define REPEAT_DELAY_US (1500 * 1000)
/* Groups of hashes being made for those who came late. */
#define MAX_CATCH_UP 8u
#define BLOCK_LEAVES 64u
#define GROUP_BLOCKS (SHOAL_LEAVES_PER_GROUP / BLOCK_LEAVES)

typedef struct _Fetcher Fetcher;

typedef enum
{
  REQUEST_WAITING,
  REQUEST_READING,
  REQUEST_READY,
  REQUEST_OVER,    /* answered; only its read is still out */
} RequestState;

typedef struct
{
  Fetcher     *fetcher;  /* (owned) while READING, else (unowned) */
  uint32_t     id;
  uint32_t     file;
  uint64_t     first;
  uint32_t     leaves;
  uint32_t     bytes;
  uint32_t     sent;     /* leaves */
  RequestState state;
  GBytes      *data;     /* (owned) (nullable): READY */
  gint64       queued;
  GList        link;     /* in fetcher->waiting, or fetcher->ahead */
} Request;

/* A channel being served. */
struct _Fetcher
{
  grefcount     ref_count;
  ShoalServing *serving;     /* (unowned) (nullable): ended */
  ShoalChannel *channel;     /* (owned) (nullable): ended */
  GHashTable   *requests;    /* (owned): id → Request */
  GQueue        waiting;     /* of Request: as they came */
  GQueue        ahead;       /* of Request: READING, READY */
  uint32_t      ahead_bytes; /* not sent yet */
  gint64        deficit;
  uint64_t      bytes;       /* sent */
  ShoalRate     rate;
  gboolean      tell_others;
  gboolean      has_asked;   /* so hashes find a place there */
  ShoalBitmap   pushed;      /* draft: groups, by first block */
  uint64_t      catch_up;    /* block from which on known groups may be missing there */
};

/* What answers that are still out find it by. */
typedef struct
{
  grefcount     ref_count;
  ShoalServing *serving; /* (nullable): freed */
} ServingHandle;

struct _ShoalServing
{
  ServingHandle      *handle;      /* (owned) */
  ShoalUpload        *upload;      /* (unowned) */
  ShoalContentSource *source;      /* (owned) */
  ShoalDescription   *description; /* (owned) */
  GBytes             *attributes;  /* (owned) (nullable) */
  gboolean            complete;
  gboolean            push_hashes;
  gboolean            exchange;
  gboolean            introduce;
  const ShoalServingEvents *events;
  gpointer            user_data;

  GPtrArray          *fetchers;    /* (owned) of Fetcher */
  uint64_t            bytes;
  ShoalPaused         paused;
  char               *paused_text; /* (owned) (nullable) */
  GHashTable         *paused_peers; /* (owned): set of ShoalDeviceId */
  GHashTable         *lost_files;  /* (owned) */

  /* What is here, unless all is. */
  ShoalBitmap         pieces;
  ShoalBitmap         news;        /* pieces not told of yet */
  guint               have_timer;

  /* By block of up to 64 leaves, as the picker counts them. */
  uint32_t           *first_block; /* (owned): by file */
  uint32_t            n_blocks;
  uint64_t           *given;       /* (owned) (nullable): leaves sent to somebody */
  ShoalBitmap         known;       /* groups whose hashes have been made */
  GHashTable         *making;      /* (owned): first block of groups being made */

  /* What the draft has become. */
  gboolean            is_rekeyed;
  ShoalHash           info_hash;
  uint32_t            n_failed;
  GBytes             *roots;       /* (owned) (nullable) */
};

struct _ShoalUpload
{
  ShoalRuntime *runtime;     /* (owned) */
  GPtrArray    *servings;    /* (unowned) of ShoalServing */
  GPtrArray    *fetchers;    /* (unowned) of Fetcher: all, in turn */
  guint         turn;
  uint64_t      ahead_bytes;
  uint64_t      bytes;
  uint64_t      rate_limit;
  double        tokens;
  gint64        tokens_at;
  guint         pump_timer, tick_timer;
  gboolean      pumping;
};

/* --- shoal-upload.c --------------------------------------------------------- */

void     upload_pump_soon     (ShoalUpload *self);
void     upload_pump          (ShoalUpload *self);
gboolean fetcher_send         (Fetcher *fetcher, ShoalMessage *message);
void     fetcher_reject       (Fetcher *fetcher, uint32_t id, ShoalReject reason);
void     fetcher_enqueue      (Fetcher *fetcher, uint32_t id, uint32_t file, uint64_t first,
                               uint32_t leaves);
/* Answers @id with @reason, whatever has become of it. */
void     fetcher_drop_request (Fetcher *fetcher, uint32_t id, ShoalReject reason);
void     fetcher_drop_file    (Fetcher *fetcher, uint32_t file);

/* --- shoal-serving.c -------------------------------------------------------- */

Fetcher *fetcher_ref          (Fetcher *fetcher);
void     fetcher_unref        (Fetcher *fetcher);
void     fetcher_end          (Fetcher *fetcher);
/* First and count of the leaves lie in the file. */
gboolean serving_has          (ShoalServing *self, uint32_t file, uint64_t first,
                               uint32_t count);
ServingHandle *serving_handle_ref   (ServingHandle *handle);
void           serving_handle_unref (ServingHandle *handle);
uint64_t serving_block_mask   (uint64_t first, uint32_t count, uint64_t block);

/* Why it gets nothing now, or GOING_ON. */
ShoalPaused fetcher_get_paused (Fetcher *fetcher);
/* Tells that. */
void     fetcher_tell_paused  (Fetcher *fetcher);

/* --- shoal-serving-message.c ------------------------------------------------- */

void     fetcher_message      (Fetcher *fetcher, const ShoalMessage *message);
void     fetcher_greet        (Fetcher *fetcher);
void     fetcher_tell_rekey   (Fetcher *fetcher);

/* --- shoal-serving-draft.c --------------------------------------------------- */

/* TRUE if the hashes of the request's group have gone ahead of it. */
gboolean fetcher_has_hashes   (Fetcher *fetcher, const Request *request);
void     fetcher_want_hashes  (Fetcher *fetcher, uint32_t file, uint64_t leaf);
void     serving_catch_up     (ShoalServing *self);

G_END_DECLS
