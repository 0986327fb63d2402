/* shoal-engine.h: the only door to the engine: commands in, snapshots out.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-runtime.h"
#include "shoal-settings.h"
#include "shoal-snapshot.h"
#include "shoal-visibility.h"

G_BEGIN_DECLS

/**
 * ShoalEngine:
 *
 * One device: its identity, its state on disk, its links, shares and transfers.
 * Lives on the thread of its runtime's context; every call and every event
 * happens there. shoal_engine_stop_async() ends it; then drop the reference.
 */
#define SHOAL_TYPE_ENGINE (shoal_engine_get_type ())
G_DECLARE_FINAL_TYPE (ShoalEngine, shoal_engine, SHOAL, ENGINE, GObject)

/* What holds for one run, whatever is stored; nothing of it is stored. */
typedef struct
{
  const char       *state_dir;      /* created, mode 0700 */
  const char       *listen_address; /* (nullable): all */
  int               listen_port;    /* -1: as stored, else the default or the next free; 0: any */
  gboolean          no_discovery;
  int               visibility;     /* ShoalVisibility; -1: as stored, else EVERYONE */
  gboolean          no_listen;      /* for one-shot verbs that only dial */
  gboolean          receive;        /* answer offers as the settings say, and go on with what is
                                     * stored: offers that wait for their receivers, downloads,
                                     * kept shares; else from shoal_engine_set_acceptance() on */
  /* For this run, in place of the settings; any of them turns the internet on. */
  const char *const *trackers;      /* (nullable): URLs */
  const char *const *servers;       /* (nullable): stun:… and turn:… */
  int               path;           /* ShoalReach: LOCAL: no internet; DIRECT or RELAYED: nothing
                                     * else beyond this network; 0: any */
} ShoalEngineOptions;

typedef enum
{
  SHOAL_EVENT_LISTENING, /* text: ADDRESS:PORT; once per address */
  SHOAL_EVENT_DEVICE,    /* device: new or changed */
  SHOAL_EVENT_DEVICE_GONE, /* device: no longer reachable and not a friend */
  SHOAL_EVENT_OFFER,     /* offer: waits for shoal_engine_accept() or _decline() */
  SHOAL_EVENT_OFFER_GONE,/* offer: withdrawn, answered or expired */
  SHOAL_EVENT_ACCEPTED,  /* transfer: SEND: the receiver accepted; GET: accepted here */
  SHOAL_EVENT_FIRST_BYTE,/* transfer: the first payload byte came in (GET) */
  SHOAL_EVENT_TRANSFER,  /* transfer: changed; at most ten a second each, and at every phase */
  SHOAL_EVENT_RESUMED,   /* transfer: kept, refetched are final */
  SHOAL_EVENT_TRANSFER_GONE, /* transfer: removed from the list, for good */
  SHOAL_EVENT_SHARE,     /* share: new or changed */
  SHOAL_EVENT_SETTINGS,  /* settings: changed; also when only what follows from them has */
  SHOAL_EVENT_SHARE_GONE,/* share: not shared any more */
  SHOAL_EVENT_NOTICE,    /* text: something a person should know (mapped or left-out names) */
  SHOAL_EVENT_ERROR,     /* error: trouble that belongs to no transfer */
} ShoalEventType;

typedef struct
{
  ShoalEventType     type;
  ShoalDeviceInfo   *device;   /* each (nullable), valid during the call: ref to keep */
  ShoalOfferInfo    *offer;
  ShoalTransferInfo *transfer;
  ShoalShareInfo    *share;
  ShoalSettings     *settings;
  const char        *text;
  const GError      *error;
} ShoalEvent;

typedef void (*ShoalEventFunc) (ShoalEngine *engine, const ShoalEvent *event, gpointer user_data);

/**
 * shoal_engine_new:
 * @options: copied
 * @func: is told every event
 *
 * Takes the state directory (blocking, short): fails with IN_USE naming the
 * process that owns it, or with what is wrong with the key or the state.
 * Nothing is announced or dialled before shoal_engine_start().
 *
 * Returns: (transfer full)
 */
ShoalEngine *shoal_engine_new (ShoalRuntime *runtime, const ShoalEngineOptions *options,
                               ShoalEventFunc func, gpointer user_data, GError **error);

/* Listens, announces, looks around, repeats what waits. Fails if the address
 * or port asked for cannot be had. */
gboolean     shoal_engine_start (ShoalEngine *self, GError **error);

/* Saves, says goodbye, takes the announcement back, waits for workers. No event
 * comes after @callback. */
void         shoal_engine_stop_async  (ShoalEngine *self, GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean     shoal_engine_stop_finish (ShoalEngine *self, GAsyncResult *result, GError **error);

/* --- Ourselves ----------------------------------------------------------- */

const char *shoal_engine_get_id   (ShoalEngine *self); /* with check characters */
const char *shoal_engine_get_mark (ShoalEngine *self);
const char *shoal_engine_get_name (ShoalEngine *self);
/* Stored, and told to connected devices. Empty or over-long names fail. This and
 * all the rest that is stored: shoal-engine-settings.h. */
gboolean    shoal_engine_set_name (ShoalEngine *self, const char *name, GError **error);
/* For this run: who may see us. */
void        shoal_engine_set_visibility (ShoalEngine *self, ShoalVisibility visibility);
/* For this run: how offers are answered, and where accepted ones go; @directory:
 * (nullable): as stored. */
void        shoal_engine_set_acceptance (ShoalEngine *self, ShoalAcceptPolicy policy,
                                         const char *directory, gboolean pass_on);

/* --- Devices ------------------------------------------------------------- */

/* Friends, blocked ones, and whoever is near or connected.
 * Returns: (transfer full) (element-type ShoalDeviceInfo) */
GPtrArray *shoal_engine_get_devices (ShoalEngine *self);

/**
 * shoal_engine_find_device_async:
 * @text: a name, a device ID or a prefix of one, or ADDRESS:PORT
 * @timeout: microseconds to wait for discovery
 *
 * A name means the friend that bears it; among strangers an ambiguous one fails
 * with AMBIGUOUS and lists IDs. An address is dialled. A friend, and whoever is
 * named by the whole ID, is found even if away. NOT_FOUND, UNREACHABLE,
 * WRONG_KEY say what to do. Answers with a ShoalDeviceInfo.
 */
void             shoal_engine_find_device_async  (ShoalEngine *self, const char *text,
                                                  gint64 timeout, GCancellable *cancellable,
                                                  GAsyncReadyCallback callback,
                                                  gpointer user_data);
ShoalDeviceInfo *shoal_engine_find_device_finish (ShoalEngine *self, GAsyncResult *result,
                                                  GError **error);

/* @device: a device ID as snapshots have it. Become friends, stop being
 * friends (and forget), block (and end what runs), unblock. */
gboolean shoal_engine_add_friend    (ShoalEngine *self, const char *device, GError **error);
gboolean shoal_engine_remove_friend (ShoalEngine *self, const char *device, GError **error);
gboolean shoal_engine_set_blocked   (ShoalEngine *self, const char *device, gboolean blocked,
                                     GError **error);
/* Forget the key remembered for ADDRESS:PORT: the way out of WRONG_KEY. */
gboolean shoal_engine_forget_address (ShoalEngine *self, const char *address, GError **error);

/* What @device shares with us. Answers with a (element-type ShoalListing). */
void       shoal_engine_list_async  (ShoalEngine *self, const char *device,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
GPtrArray *shoal_engine_list_finish (ShoalEngine *self, GAsyncResult *result, GError **error);

/* --- Sending and receiving ----------------------------------------------- */

/**
 * shoal_engine_send_async:
 * @paths: (nullable): files and folders; or
 * @text: (nullable): a text (or link) of at most 64 KiB
 * @devices: device IDs
 *
 * Scans @paths and offers them as one share to each device; hashing goes on
 * behind. Answers when the offers are out (not when answered) with one transfer
 * ID a device, in order; their events tell the rest. A device that is not
 * reachable keeps its offer waiting.
 */
void   shoal_engine_send_async  (ShoalEngine *self, const char *const *paths, const char *text,
                                 const char *const *devices, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
char **shoal_engine_send_finish (ShoalEngine *self, GAsyncResult *result, GError **error);

/* @directory: (nullable): as set by set_acceptance(). @chosen: (nullable): paths
 * inside the offer, files or folders; NULL means all. Returns the transfer's ID.
 * Returns: (transfer full) (nullable) */
char    *shoal_engine_accept  (ShoalEngine *self, const char *offer, const char *directory,
                               const char *const *chosen, GError **error);
gboolean shoal_engine_decline (ShoalEngine *self, const char *offer, const char *reason,
                               GError **error);
/* Files inside an offer, as paths, folders with a trailing slash; asked of the
 * offerer. Answers with a (element-type utf8) GPtrArray. With sizes, and cheaper
 * if there are many: shoal_engine_list_files_async(). */
void       shoal_engine_get_offer_files_async  (ShoalEngine *self, const char *offer,
                                                GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *shoal_engine_get_offer_files_finish (ShoalEngine *self, GAsyncResult *result,
                                                GError **error);

/* --- Sharing and getting ------------------------------------------------- */

typedef struct
{
  gboolean           is_private;    /* a random secret replaces the info hash */
  gboolean           all_friends;
  const char *const *devices;       /* (nullable): device IDs; none, and not all friends:
                                     * whoever has the link */
  gboolean           keep;          /* stored: served again after a restart */
} ShoalSharePolicy;

/* Called while a share is hashed; @total grows until the scan is done. */
typedef void (*ShoalHashProgress) (uint64_t bytes, uint64_t total, gpointer user_data);

/* Scans, hashes what is not in the hash cache, and serves until unshared or the
 * engine stops. Answers with a ShoalShareInfo (the link is in it). */
void            shoal_engine_share_async  (ShoalEngine *self, const char *const *paths,
                                           const ShoalSharePolicy *policy,
                                           ShoalHashProgress progress, gpointer progress_data,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data);
ShoalShareInfo *shoal_engine_share_finish (ShoalEngine *self, GAsyncResult *result,
                                           GError **error);
gboolean        shoal_engine_unshare      (ShoalEngine *self, const char *share, GError **error);

/**
 * shoal_engine_get_async:
 * @what: a share link, the path of a .torrent file, or DEVICE/NAME
 * @directory: created if needed
 * @from: (nullable): ADDRESS:PORT of sources to try, beside those in the link,
 *   those found near, and friends
 *
 * The same share into the same directory again resumes. Answers with the
 * transfer's ID as soon as it exists.
 */
void  shoal_engine_get_async  (ShoalEngine *self, const char *what, const char *directory,
                               const char *const *from, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
char *shoal_engine_get_finish (ShoalEngine *self, GAsyncResult *result, GError **error);

/* --- Without other devices ----------------------------------------------- */

/* Describes @paths in a .torrent file, replaced atomically. Answers with the
 * share's snapshot (not served). */
void            shoal_engine_export_async  (ShoalEngine *self, const char *const *paths,
                                            const char *file, ShoalHashProgress progress,
                                            gpointer progress_data, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
ShoalShareInfo *shoal_engine_export_finish (ShoalEngine *self, GAsyncResult *result,
                                            GError **error);

/* A bad file: missing, wrong length, or bad leaves. */
typedef struct
{
  char     *path;
  char     *trouble;      /* for a person */
  uint64_t  first_offset; /* of the first bad block */
  uint64_t  bad_blocks;   /* 16 KiB each */
} ShoalBadFile;

void shoal_bad_file_free (ShoalBadFile *bad);

/* Compares @directory with a .torrent file, or with a link whose description is
 * known here or can be fetched. Answers with a (element-type ShoalBadFile),
 * empty when all is well. */
void       shoal_engine_verify_async  (ShoalEngine *self, const char *what, const char *directory,
                                       ShoalHashProgress progress, gpointer progress_data,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);
GPtrArray *shoal_engine_verify_finish (ShoalEngine *self, GAsyncResult *result, GError **error);

G_END_DECLS
