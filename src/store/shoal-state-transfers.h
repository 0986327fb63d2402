/* shoal-state-transfers.h: offers and transfers as they are stored, and history.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-database.h"
#include "shoal-hash.h"

G_BEGIN_DECLS

#define SHOAL_TRANSFER_ID_SIZE 16

typedef struct
{
  uint8_t bytes[SHOAL_TRANSFER_ID_SIZE];
} ShoalTransferId;

/* All numbers below are stored: never change them. */
typedef enum
{
  SHOAL_STORED_GET  = 0, /* bytes come here */
  SHOAL_STORED_SEND = 1, /* an offer of ours to one device */
} ShoalStoredDirection;

typedef enum
{
  SHOAL_STORED_FILES = 0,
  SHOAL_STORED_TEXT  = 1,
  SHOAL_STORED_LINK  = 2,
} ShoalStoredKind;

typedef enum
{
  SHOAL_STORED_OFFERED   = 0, /* not answered yet, by them (SEND) or here (GET) */
  SHOAL_STORED_RUNNING   = 1, /* accepted; goes on after a restart */
  SHOAL_STORED_PAUSED    = 2, /* by the person; stays so after a restart */
  SHOAL_STORED_PASSING   = 3, /* a GET that is done and is still given to others */
  /* From here on it is over: history. */
  SHOAL_STORED_DONE      = 16,
  SHOAL_STORED_DECLINED  = 17,
  SHOAL_STORED_WITHDRAWN = 18,
  SHOAL_STORED_FAILED    = 19,
  SHOAL_STORED_CANCELLED = 20,
  SHOAL_STORED_LAPSED    = 21, /* nobody answered in time */
} ShoalStoredState;

#define SHOAL_STORED_FIRST_OVER SHOAL_STORED_DONE

typedef enum
{
  SHOAL_STORED_IS_DRAFT = 1 << 0, /* share_key is a draft ID, description a manifest */
  SHOAL_STORED_PASS_ON  = 1 << 1,
  SHOAL_STORED_OWES_WITHDRAW = 1 << 2, /* over, and the receiver has not heard of it */
  SHOAL_STORED_HIDDEN   = 1 << 3, /* over, and taken off the list: only the answer is kept */
} ShoalStoredFlags;

/* A device that takes part: SEND: the receiver; GET: offerer first, then others. */
typedef struct
{
  ShoalHash device;
  uint32_t  state;     /* the engine's */
  char    **addresses; /* (owned): ADDRESS:PORT where it may be found */
} ShoalStoredPeer;

/* Plain data; make with shoal_stored_transfer_new(). Times are microseconds
 * since 1970, 0: not yet. */
typedef struct
{
  ShoalTransferId      id;
  ShoalStoredDirection direction;
  ShoalStoredKind      kind;
  ShoalStoredState     state;
  uint32_t             flags;         /* ShoalStoredFlags */
  ShoalHash            share_key;     /* info hash, or draft ID */
  gboolean             has_offer;
  ShoalTransferId      offer;         /* the offer's ID */
  ShoalHash            offer_key;     /* if has_offer */
  gboolean             has_secret;
  ShoalHash            secret;        /* of a private link */
  char                *name;
  char                *destination;   /* (nullable): folder, absolute */
  char                *link;          /* (nullable): the link it came from */
  GBytes              *text;          /* (nullable): a TEXT or LINK itself */
  GBytes              *description;   /* (nullable): info dictionary or manifest */
  GBytes              *attributes;    /* (nullable) */
  GBytes              *chosen;        /* (nullable): one bit a file, as the piece store takes it */
  uint64_t             total_bytes, done_bytes;
  uint32_t             total_files, total_folders;
  uint64_t             wanted_bytes;  /* of the chosen files; 0: not known yet */
  uint32_t             wanted_files;
  uint32_t             failed_files;
  uint64_t             passed_on;     /* bytes given to others */
  uint32_t             position;      /* among those that run */
  gint64               created, updated, finished;
  gint64               started;       /* accepted, or fetched from then on */
  gint64               told;          /* SEND: the receiver has known of it since */
  gint64               heard;         /* SEND: the receiver last said something about it */
  char                *saved_as;      /* (nullable): GET: its name beneath the destination */
  char                *error_code;    /* (nullable): nick */
  char                *error_message; /* (nullable) */
  uint32_t             error_side;
  char                *error_next;    /* (nullable) */
  GArray              *peers;         /* of ShoalStoredPeer */
  char               **roots;         /* SEND: absolute paths, shoal_scan_get_roots() */
} ShoalStoredTransfer;

/* Returns: (transfer full) */
ShoalStoredTransfer *shoal_stored_transfer_new  (const ShoalTransferId *id);
/* Blobs are shared, not copied. */
ShoalStoredTransfer *shoal_stored_transfer_copy (const ShoalStoredTransfer *self);
/* Only what shoal_state_transfers_update() writes. */
ShoalStoredTransfer *shoal_stored_transfer_copy_row (const ShoalStoredTransfer *self);
void                 shoal_stored_transfer_free (ShoalStoredTransfer *self);
/* Takes copies. */
void                 shoal_stored_transfer_add_peer (ShoalStoredTransfer *self,
                                                     const ShoalHash *device, uint32_t state,
                                                     const char *const *addresses);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalStoredTransfer, shoal_stored_transfer_free)

/* Those that are not over, oldest first. Synchronous: before the loop runs.
 * Returns: (transfer full) (element-type ShoalStoredTransfer) (nullable) */
GPtrArray *shoal_state_transfers_load (ShoalDatabase *database, GError **error);

/* One of them, over or not, with all that is known of it. @transfer: (nullable):
 * not there; valid during the call. Asynchronous. */
typedef void (*ShoalStoredTransferFunc) (const ShoalStoredTransfer *transfer, const GError *error,
                                         gpointer user_data);
void shoal_state_transfers_load_one (ShoalDatabase *database, const ShoalTransferId *id,
                                     ShoalStoredTransferFunc func, gpointer user_data);

/* GETs of offers that have ended after @since (microseconds since 1970), oldest
 * first, without blobs. Synchronous likewise.
 * Returns: (transfer full) (element-type ShoalStoredTransfer) (nullable) */
GPtrArray *shoal_state_answers_load (ShoalDatabase *database, gint64 since, GError **error);

/* Asynchronous, all below; what is passed is copied; @func: (nullable). Wait for
 * @func before telling another device what depends on it. */
void shoal_state_transfers_save   (ShoalDatabase *database, const ShoalStoredTransfer *transfer,
                                   ShoalWrittenFunc func, gpointer user_data);
/* Only numbers, times, saved_as and error: neither names nor blobs, peers or
 * roots. Cheap, often. */
void shoal_state_transfers_update (ShoalDatabase *database, const ShoalStoredTransfer *transfer,
                                   ShoalWrittenFunc func, gpointer user_data);
void shoal_state_transfers_remove (ShoalDatabase *database, const ShoalTransferId *id,
                                   ShoalWrittenFunc func, gpointer user_data);

/* --- History ------------------------------------------------------------- */

/* Transfers remembered after they are over. */
#define SHOAL_STATE_MAX_HISTORY 1000u
/* Bytes of descriptions kept of them, latest first. */
#define SHOAL_STATE_MAX_HISTORY_BLOBS (64u * 1024 * 1024)

/* Those that are over, latest first, without blobs but the text. Synchronous:
 * before the loop runs.
 * Returns: (transfer full) (element-type ShoalStoredTransfer) (nullable) */
GPtrArray *shoal_state_history_load  (ShoalDatabase *database, uint32_t limit, GError **error);
/* Forgets what is over, but for the latest @keep, and descriptions beyond the
 * latest @blob_bytes. Asynchronous. */
void       shoal_state_history_prune (ShoalDatabase *database, uint32_t keep,
                                      uint64_t blob_bytes);

G_END_DECLS
