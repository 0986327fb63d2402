/* shoal-engine-private.h: what the parts of the engine know of each other.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_ENGINE_ROOM
#error "only for the engine room"
#endif

#include "shoal-download.h"
#include "shoal-engine-transfers.h"
#include "shoal-error.h"
#include "shoal-hub.h"
#include "shoal-ice.h"
#include "shoal-mdns.h"
#include "shoal-rate.h"
#include "shoal-seed.h"
#include "shoal-settings-private.h"
#include "shoal-share-link.h"
#include "shoal-state-devices.h"
#include "shoal-state-settings.h"
#include "shoal-state-transfers.h"
#include "shoal-thread.h"
#include "shoal-upload.h"
#include "shoal-verification.h"

G_BEGIN_DECLS

/* Offers wait a week (docs/protocol.md, section 3). */
#define SHOAL_OFFER_LIFE_US (G_GINT64_CONSTANT (7) * 24 * 3600 * G_USEC_PER_SEC)
/* The one who offers gives up a little earlier, so that it is never made again to
 * somebody who has just let it lapse. */
#define SHOAL_OFFER_MARGIN_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
/* An offer that has not reached its receiver, and one that was accepted by somebody
 * who has not been heard of since, are kept for a month. */
#define SHOAL_SEND_LIFE_US (G_GINT64_CONSTANT (30) * 24 * 3600 * G_USEC_PER_SEC)

typedef struct _ShoalTransfer ShoalTransfer;
typedef struct _ShoalOffering ShoalOffering;
typedef struct _ShoalSharing  ShoalSharing;
typedef struct _ShoalLook     ShoalLook;
typedef struct _ShoalInternet ShoalInternet;
typedef struct _ShoalHashed   ShoalHashed;
typedef struct _ShoalDescribing ShoalDescribing;

/* One answer to the question "may this device fetch what it has proved to know
 * the key of?" Everything that is served has one. */
typedef struct
{
  ShoalHash     key;
  ShoalServing *serving; /* (unowned): its owner removes the grant first */
  gboolean    (*allows) (gpointer owner, ShoalPeer *peer);
  gpointer      owner;
} ShoalGrant;

struct _ShoalEngine
{
  GObject            parent_instance;

  /* Set once, by shoal_engine_new(). */
  ShoalOwnerThread   owner;
  ShoalMainRuntime  *runtime;     /* (owned) */
  ShoalIdentity     *identity;    /* (owned) */
  ShoalDatabase     *database;    /* (owned) */
  ShoalDeviceBook   *book;        /* (owned) */
  ShoalHub          *hub;         /* (owned) */
  ShoalUpload       *upload;      /* (owned) */
  ShoalBudget       *budget;      /* (owned) */
  ShoalShaper       *shaper;      /* (owned): the limit of all downloads */
  ShoalEventFunc     func;
  gpointer           user_data;
  char              *state_dir;   /* (owned) */
  char              *listen_address; /* (owned) (nullable) */
  int                listen_port;
  gboolean           no_listen;
  char              *id_text;     /* (owned) */
  char              *mark;        /* (owned) */

  /* What a person has chosen, and what holds for this run in place of it:
   * shoal-engine-settings.c. */
  ShoalSettings     *settings;    /* (owned) */
  struct
  {
    int               visibility; /* -1: by the settings */
    gboolean          has_acceptance;
    ShoalAcceptPolicy accept_policy;
    char             *directory;  /* (owned) (nullable) */
    gboolean          pass_on;
    gboolean          metered_consent;
    gboolean          internet;   /* trackers or servers were named for this run */
    gboolean          local_only;
    char            **trackers;   /* (owned) (nullable) */
    char            **servers;    /* (owned) (nullable) */
    ShoalIcePolicy    ice_policy;
  } run;
  ShoalAcceptPolicy  accept_policy; /* as it follows */
  gboolean           pass_on;
  gboolean           receives;    /* offers are taken unasked, if the policy says so */
  gboolean           started;

  GHashTable        *sightings;   /* (owned): ID prefix → ShoalDeviceInfo: near, not called */
  GPtrArray         *diagnoses;   /* (owned) of ShoalDiagnosis, see shoal-diagnosis.c */
  GHashTable        *told_names;  /* (owned): device ID → trust and name, as last told */
  GHashTable        *offers_told; /* (owned): ShoalDeviceId → guint: as devices were told */
  GHashTable        *transfers;   /* (owned): ID text → ShoalTransfer (owned) */
  GPtrArray         *offerings;   /* (owned) of ShoalOffering */
  GPtrArray         *sharings;    /* (owned) of ShoalSharing */
  GPtrArray         *grants;      /* (owned) of ShoalGrant (unowned) */
  GHashTable        *lists;       /* (owned): guint → ListCall: questions to other devices */
  guint              last_list;
  GPtrArray         *looks;       /* (owned) of ShoalLook: into offers that wait */
  GPtrArray         *describings; /* (owned) of ShoalDescribing: what links name */
  guint              last_describing;
  char              *listed_id;   /* (owned) (nullable): whose description was parsed last, */
  ShoalDescription  *listed;      /* (owned) (nullable): to list its files */
  GBytes            *listed_chosen; /* (owned) (nullable) */
  GHashTable        *answers;     /* (owned): see shoal-answers.c */
  GQueue             answers_by_age;

  guint              last_position; /* of a transfer in the queue */
  guint              max_running; /* GETs; 0: all */
  gboolean           queue_changed; /* its order, or how many may run */
  gboolean           wakes;       /* what is stored goes on by itself */
  GCancellable      *cancellable; /* (owned): of scans and hashing nobody waits for */
  GPtrArray         *remembering; /* (owned) of what has come, to be looked at */
  GPtrArray         *dials;       /* (owned) of SourceCall (unowned): to be tried again */
  gboolean           waking_shares; /* one of them is being looked through */
  gint64             shares_looked_at; /* when their files were last looked for */
  gint64             lapsed_at;   /* when it was last looked what has waited too long */

  ShoalInternet     *internet;    /* (owned) */
  char              *stored_invites; /* (owned) (nullable): until there is `internet` */

  guint              tick_timer;
  gboolean           stopping;
  GTask             *stop_task;   /* (owned) (nullable) */
  guint              n_closing;   /* transfers that are saving */
};

static inline ShoalRuntime *
engine_runtime (ShoalEngine *self)
{
  return SHOAL_RUNTIME (self->runtime);
}

/* --- shoal-engine.c ------------------------------------------------------ */

/* All of them, to go through while telling: whoever is told may start others.
 * (transfer container) (element-type ShoalTransfer) */
GPtrArray *shoal_engine_list_transfers (ShoalEngine *self);
/* For calls that come to an end after shoal_engine_stop_async(). */
gboolean shoal_engine_check_running (ShoalEngine *self, GError **error);
void shoal_engine_tell        (ShoalEngine *self, const ShoalEvent *event);
void shoal_engine_tell_notice (ShoalEngine *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void shoal_engine_tell_error  (ShoalEngine *self, const GError *error);
void shoal_engine_add_grant    (ShoalEngine *self, ShoalGrant *grant);
void shoal_engine_remove_grant (ShoalEngine *self, ShoalGrant *grant);
/* One transfer less is saving itself. */
void shoal_engine_closed_one  (ShoalEngine *self);

/* At first, or on another port: 0 is the usual one. */
gboolean shoal_engine_listen  (ShoalEngine *self, guint16 port, GError **error);
void     shoal_engine_tell_listening (ShoalEngine *self);

/* --- shoal-engine-settings.c --------------------------------------------- */

gboolean shoal_engine_load_settings   (ShoalEngine *self, GError **error);
/* To the hub and the others that are there now. */
void     shoal_engine_obey_settings   (ShoalEngine *self);
/* Is the folder for downloads still there? Told if that changes. */
void     shoal_engine_check_directory (ShoalEngine *self);

/* --- shoal-engine-internet.c --------------------------------------------- */

/* @stored_invites: (nullable) */
ShoalInternet *shoal_internet_new  (ShoalEngine *engine, const char *stored_invites,
                                    GError **error);
/* Leaves everything: before the hub says goodbye. */
void           shoal_internet_stop (ShoalInternet *self);
void           shoal_internet_free (ShoalInternet *self);
/* On every tick. */
void           shoal_internet_tend (ShoalInternet *self, gint64 now);
void           shoal_internet_obey (ShoalInternet *self);
/* A session has come or gone. */
void           shoal_internet_look (ShoalInternet *self);
/* By the user: one that names trackers allows them. */
void           shoal_internet_link_opened (ShoalInternet *self, const ShoalShareLink *link);
/* The key that those who have it meet under, and the link's trackers; NULL: of a
 * file. (nullable) (transfer none) */
const ShoalHash *shoal_describing_get_key (ShoalDescribing *self, const char *const **trackers);
/* For links made here; empty while the internet is off. (transfer none) */
const char *const *shoal_internet_get_link_trackers (ShoalInternet *self);

/* --- shoal-answers.c ----------------------------------------------------- */

void     shoal_engine_init_answers  (ShoalEngine *self);
void     shoal_engine_clear_answers (ShoalEngine *self);
/* Those that are stored. */
gboolean shoal_engine_load_answers  (ShoalEngine *self, GError **error);
/* A GET of an offer is over. Other transfers are ignored. */
void     shoal_engine_note_answer   (ShoalEngine *self, const ShoalStoredTransfer *stored);
/* Answers an offer that is over as before. FALSE if it is not known. */
gboolean shoal_engine_repeat_answer (ShoalEngine *self, ShoalPeer *peer,
                                     const ShoalOfferId *offer);

/* --- shoal-engine-devices.c ---------------------------------------------- */

extern const ShoalDeviceKeeper shoal_engine_device_keeper;
gboolean         shoal_engine_load_devices (ShoalEngine *self, GError **error);
ShoalDeviceInfo *shoal_engine_describe_peer (ShoalEngine *self, ShoalPeer *peer);
gboolean         shoal_engine_is_online    (ShoalEngine *self, const ShoalDeviceId *id);
/* From the book alone, for somebody who is away. */
ShoalDeviceInfo *shoal_engine_describe_device (ShoalEngine *self, const ShoalDeviceId *id);
/* For messages: its name, or the short ID. Returns: (transfer full) */
char            *shoal_engine_name_device  (ShoalEngine *self, const ShoalDeviceId *id);
/* Of another device: our own ID is INVALID. */
gboolean         shoal_engine_parse_device (ShoalEngine *self, const char *text, ShoalDeviceId *id,
                                            GError **error);
void             shoal_engine_peer_changed (ShoalEngine *self, ShoalPeer *peer);
void             shoal_engine_peer_gone    (ShoalEngine *self, ShoalPeer *peer);
void             shoal_engine_sighted      (ShoalEngine *self, const char *id_prefix,
                                            const char *name, GSocketAddress *address);

/* --- shoal-engine-people.c ----------------------------------------------- */

/* Of offers that are not answered: from the device, and to it. */
void             shoal_engine_count_offers (ShoalEngine *self, const ShoalDeviceId *id, guint *in,
                                            guint *out);
/* Tells of devices whose numbers of offers have changed; on every tick. */
void             shoal_engine_tell_offers  (ShoalEngine *self);

/* --- shoal-diagnosis.c --------------------------------------------------- */

void shoal_engine_end_diagnoses (ShoalEngine *self);

/* --- shoal-engine-lists.c ------------------------------------------------ */

void shoal_engine_take_list_request (ShoalEngine *self, ShoalPeer *peer,
                                     const ShoalMessage *message);
void shoal_engine_take_list         (ShoalEngine *self, ShoalPeer *peer,
                                     const ShoalMessage *message);
/* A session is there (again): what is not answered is asked anew. */
void shoal_engine_lists_ready       (ShoalEngine *self, ShoalPeer *peer);
void shoal_engine_cancel_lists      (ShoalEngine *self);
/* As shoal_engine_list_async(), but the answer's elements are ShoalListedShare. */
typedef struct
{
  ShoalHash info_hash, key;
  uint64_t  bytes;
  uint32_t  files;
  char     *name;
} ShoalListedShare;
void       shoal_engine_ask_list_async  (ShoalEngine *self, const ShoalDeviceId *device,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
GPtrArray *shoal_engine_ask_list_finish (ShoalEngine *self, GAsyncResult *result, GError **error);

/* --- shoal-engine-describe.c --------------------------------------------- */

void     shoal_engine_describings_ready (ShoalEngine *self, ShoalPeer *peer);
void     shoal_engine_end_describings   (ShoalEngine *self);

/* --- shoal-engine-look.c ------------------------------------------------- */

/* Is this what was offered? */
gboolean shoal_engine_check_description (ShoalTransfer *transfer, ShoalDescription *description,
                                         GError **error);
/* @attributes: (nullable). To be saved by the caller. */
void     shoal_engine_keep_description  (ShoalTransfer *transfer, ShoalDescription *description,
                                         GBytes *attributes);
/* What an offer that waits holds; asked of the offerer if it is not known. */
void     shoal_engine_look_async        (ShoalEngine *self, const char *offer,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
/* (transfer full) (nullable) */
ShoalDescription *shoal_engine_look_finish (ShoalEngine *self, GAsyncResult *result,
                                            GError **error);
void     shoal_engine_looks_ready       (ShoalEngine *self, ShoalPeer *peer);
/* @transfer: (nullable): NULL ends all. */
void     shoal_engine_end_looks         (ShoalEngine *self, ShoalTransfer *transfer,
                                         ShoalErrorCode code, const char *why);

/* --- shoal-transfer.c ---------------------------------------------------- */

struct _ShoalTransfer
{
  ShoalEngine         *engine;  /* (unowned): owns this */
  ShoalStoredTransfer *stored;  /* (owned): what survives a restart */
  char                *id_text; /* (owned) */
  char                *offer_text; /* (owned) (nullable): SEND: the offer's ID; GET: ours, as
                                    * that of the offer is its offerer's choice */
  ShoalTransferPhase   phase;
  gint64               started, finished;
  GError              *error;   /* (owned) (nullable) */
  char                *reason;  /* (owned) (nullable): why it is paused */
  gint64               told;    /* when it was last told */
  gboolean             dirty;   /* something is to be told */

  /* The device that offers (GET) or is offered to (SEND); NULL: GET of a link. */
  ShoalPeer           *peer;    /* (owned) (nullable): pinned; held while not over */
  gboolean             holding;

  /* GET */
  ShoalDownload       *download;   /* (owned) (nullable): NULL: dormant, or over */
  GArray              *asked;      /* (owned) (nullable) of ShoalDeviceId: named by the person */
  GPtrArray           *others;     /* (owned) (nullable) of ShoalPeer: sources, whenever it runs */
  gboolean             starting;   /* its description is being read */
  gboolean             closing;    /* its last download is */
  gboolean             starts_again; /* when that is over */
  char               **chosen;     /* (owned) (nullable): paths, until they are a bitmap */
  ShoalServing        *passing;    /* (owned) (nullable): passes on what is here */
  ShoalGrant           grant;      /* for it; in use if passing */
  gint64               idle_since; /* nobody fetches from a finished one; 0: somebody does */
  uint64_t             kept, refetched;
  GHashTable          *file_errors; /* (owned) (nullable): file → why it failed */
  GPtrArray           *file_calls; /* (owned) (nullable) of GTask: wait for the description */
  GHashTable          *told_lost;  /* (owned) (nullable): set of what was said of sources */
  gint64               reported;   /* when RECEIVED was last sent */
  gboolean             waits;      /* an offer not answered yet */
  int                  shown_code; /* as it was shown with; NOT_SHOWN: it was not */
  gboolean             committed;  /* on disk, told so */
  gboolean             reviving;   /* has failed, and is being loaded to go on */
  gboolean             introduced; /* the offer has other receivers */
  gboolean             held_back;  /* its download is paused, as others go first */
  gint64               begun;      /* when its download was made */

  /* SEND */
  ShoalOffering       *offering;   /* (unowned) (nullable) */
  guint                index;      /* among the receivers */
  gboolean             accepted;
  gboolean             they_pass_on;
  gboolean             waking;     /* its files are being looked through again */
  gboolean             lapsed;     /* it fails because nobody answered in time */
  char                *unreadable; /* (owned) (nullable): which of its roots is not granted */
  gboolean             lacks_folder; /* that is one */
  ShoalRate            rate;

  gboolean             retired;    /* over for good: history, whose blobs are on disk alone */
};

ShoalTransfer *shoal_transfer_new    (ShoalEngine *engine, ShoalStoredTransfer *stored);
void           shoal_transfer_free   (gpointer transfer);
ShoalTransfer *shoal_engine_find_transfer (ShoalEngine *self, const char *id, GError **error);
/* Steps to a phase and tells; persists what follows from it. @error is taken. */
void           shoal_transfer_set_phase (ShoalTransfer *self, ShoalTransferPhase phase,
                                         GError *error);
gboolean       shoal_transfer_is_over   (ShoalTransfer *self);
/* Numbers have changed: told within a tenth of a second. */
void           shoal_transfer_touch     (ShoalTransfer *self);
/* A file of a link that a source has lost: others may have it, but who waits
 * should know what for. (Of an offer it fails, and is told as that.) */
void           shoal_transfer_tell_lost (ShoalTransfer *self);
void           shoal_transfer_tell      (ShoalTransfer *self, ShoalEventType type);
/* All of it; while it is not retired. */
void           shoal_transfer_save      (ShoalTransfer *self);
/* Numbers, times and state: cheap. */
void           shoal_transfer_update    (ShoalTransfer *self);
/* (nullable): the offerer or the receiver; of a GET of a link, nobody */
const ShoalDeviceId *shoal_transfer_get_device (ShoalTransfer *self);
/* It becomes history: no word of others finds it any more. */
void           shoal_transfer_retire    (ShoalTransfer *self);
/* It is not over any more. @stored: (nullable): as it is on disk, taken, if it has
 * retired. */
void           shoal_transfer_revive    (ShoalTransfer *self, ShoalStoredTransfer *stored);
/* Whether anybody is told of it: not an offer that waits, nor what was taken off. */
gboolean       shoal_transfer_is_listed (ShoalTransfer *self);
/* An offer that no person has answered leaves no trace: strangers make as many as
 * they like. */
gboolean       shoal_transfer_leaves_no_trace (ShoalTransfer *self);
void           shoal_transfer_hold      (ShoalTransfer *self);
void           shoal_transfer_release   (ShoalTransfer *self);
char          *shoal_id_to_text         (const void *id);
gboolean       shoal_offer_ids_equal    (const ShoalTransferId *id, const ShoalOfferId *offer);

/* --- shoal-transfer-info.c ----------------------------------------------- */

ShoalTransferInfo *shoal_transfer_describe (ShoalTransfer *self);
/* NULL-terminated. @serving, @only: (nullable): NULL: nobody; all. */
ShoalReach         shoal_engine_get_reach     (ShoalPeer *peer);
/* As a sentence, or NULL: why it goes through a relay. (transfer full) (nullable) */
char              *shoal_engine_explain_reach (ShoalPeer *peer);
/* Fills in how @peer is reached. */
void               shoal_engine_describe_way  (ShoalPeer *peer, ShoalSourceInfo *info);
ShoalSourceInfo  **shoal_engine_describe_fetchers (ShoalEngine *self, ShoalServing *serving,
                                                   ShoalPeer *only);

/* --- shoal-engine-history.c ---------------------------------------------- */

/* Those that go on, and those that are over. */
gboolean shoal_engine_load_transfers   (ShoalEngine *self, GError **error);
/* Now and then: what is over becomes history, and what is too much of it goes. */
void     shoal_engine_tend_history     (ShoalEngine *self, gint64 now);
/* Forgets it, here and on disk, and tells. Frees it. */
void     shoal_engine_drop_transfer    (ShoalEngine *self, ShoalTransfer *transfer);
/* Takes it off the list; the answer it was given is kept for the other device. */
void     shoal_engine_hide_transfer    (ShoalEngine *self, ShoalTransfer *transfer);
/* When an offer of ours that was not answered lapses, or one that was accepted and
 * nobody has fetched since; µs since 1970. */
gint64   shoal_transfer_get_lapse_time (ShoalTransfer *self);
/* Ends what has waited too long, both ways. */
void     shoal_engine_lapse_offers     (ShoalEngine *self);

/* --- shoal-engine-sources.c: who a download fetches from --------------------- */

/* @from: (nullable): ADDRESS:PORT that the person gave. @link: (nullable). */
void shoal_get_add_sources  (ShoalTransfer *transfer, const char *const *from,
                             const ShoalShareLink *link);
void shoal_get_add_device   (ShoalTransfer *transfer, const ShoalDeviceId *id);
/* The sources of an earlier run. */
void shoal_get_find_again   (ShoalTransfer *transfer);
/* Takes the device that @teller told of as a further source, calling it if need be. */
void shoal_get_add_other    (ShoalTransfer *transfer, ShoalPeer *teller,
                             const ShoalPeerEntry *entry);
/* Says once of each source that the person named if it refuses. */
void shoal_get_tell_refused (ShoalTransfer *transfer);
void shoal_engine_end_dials (ShoalEngine *self);

/* --- shoal-engine-queue.c: which GETs run ------------------------------------ */

void     shoal_queue_load   (ShoalEngine *self, GHashTable *settings);
/* Whether @transfer, which does not run, may begin. */
gboolean shoal_queue_admits (ShoalTransfer *transfer);
/* Lets as many run as may, in their order. */
void     shoal_queue_tend   (ShoalEngine *self, gint64 now);
/* The position after all others. */
uint32_t shoal_queue_next   (ShoalEngine *self);

/* --- shoal-engine-offering.c: what we offer ------------------------------ */

struct _ShoalOffering
{
  ShoalEngine      *engine;      /* (unowned): owns this */
  ShoalTransferId   offer;
  ShoalHash         key;
  GPtrArray        *transfers;   /* (owned) of ShoalTransfer (unowned), by index */
  char            **roots;       /* (owned): the paths */
  GBytes           *text;        /* (owned) (nullable): to be kept with the transfers */
  char             *text_file;   /* (owned) (nullable): the text, as the file it is offered as */
  ShoalStoredKind   kind;
  ShoalSeed        *seed;        /* (owned) */
  ShoalDescription *description; /* (owned): what is offered: a draft, or a share */
  gboolean          is_draft;
  ShoalContentSource *source;    /* (owned) */
  GBytes           *attributes;  /* (owned) */
  ShoalServing     *serving;     /* (owned) */
  ShoalGrant        grant;
  gboolean          hashing;     /* the rest, ahead of need */
  gboolean          resting;     /* its files are not granted: it ends soon */
};

/* What nobody asked for is hashed as well, so that the draft can end. */
void shoal_offering_hash_rest     (ShoalOffering *self);

/* Has the scan hashed as it is needed. */
void shoal_offering_take_scan     (ShoalOffering *self, ShoalScan *scan);
/* Everything is known: serves it, and makes the offer to all. */
void shoal_offering_begin         (ShoalOffering *self);
void shoal_offering_free          (gpointer offering);
void shoal_offering_peer_ready    (ShoalEngine *self, ShoalPeer *peer);
void shoal_offering_peer_lost     (ShoalEngine *self, ShoalPeer *peer);

/* --- shoal-engine-grants.c: files handed to a sandbox ------------------------- */

/* Whether such files are sent. */
gboolean shoal_grants_concern (ShoalTransfer *transfer);
/* They are not to be read any more: its offer rests with all its receivers. */
void     shoal_grants_lost    (ShoalTransfer *transfer);

/* --- shoal-engine-wake.c: what is stored goes on ------------------------------ */

/* Looks through the files of an offer of an earlier run, and makes it again. */
void shoal_wake_send       (ShoalTransfer *transfer);
void shoal_wake_peer_ready (ShoalEngine *self, ShoalPeer *peer);
/* At the start. */
void shoal_wake_stored     (ShoalEngine *self);

/* --- shoal-engine-send.c ------------------------------------------------------ */

/* Whether @scan found what a draft's ID stands for. */
gboolean shoal_send_is_same_draft (ShoalTransfer *earlier, ShoalScan *scan);

/* --- shoal-engine-receivers.c: what they answer -------------------------- */

/* SEEN, ACCEPT, DECLINE, RECEIVED, COMMITTED. */
void shoal_offering_take_message  (ShoalEngine *self, ShoalPeer *peer, const ShoalMessage *message);
gboolean shoal_offering_cancel    (ShoalTransfer *transfer);
/* Says so now, or when the receiver is back. */
void shoal_offering_withdraw      (ShoalTransfer *transfer, ShoalWithdraw reason);
void shoal_offering_pause         (ShoalTransfer *transfer, gboolean pause);
/* The transfer is over: the offering ends with its last one. */
void shoal_offering_drop          (ShoalTransfer *transfer);

/* --- shoal-engine-incoming.c: what is offered to us ---------------------- */

/* OFFER, WITHDRAW, INTRODUCE. */
void shoal_incoming_take_message (ShoalEngine *self, ShoalPeer *peer, const ShoalMessage *message);
/* What has waited for consent alone is accepted. */
void shoal_incoming_obey_consent (ShoalEngine *self);
/* For trouble with the download, as far as it is the offerer's business. */
void shoal_incoming_send_trouble (ShoalTransfer *transfer, const GError *error);
void shoal_incoming_send_decline (ShoalTransfer *transfer, ShoalDecline reason, const char *text);
void shoal_incoming_send_accept  (ShoalTransfer *transfer);
void shoal_incoming_send_received (ShoalTransfer *transfer);
void shoal_incoming_send_committed (ShoalTransfer *transfer);
ShoalOfferInfo *shoal_incoming_describe (ShoalTransfer *transfer);
void shoal_incoming_tell_gone (ShoalTransfer *transfer);
/* One of an earlier run: it can be answered while the offerer is away. */
void shoal_incoming_tell_waiting (ShoalTransfer *transfer);
#define SHOAL_NOT_SHOWN (-2)

/* (nullable): an offer that is not answered. (transfer none) */
ShoalTransfer *shoal_incoming_find_waiting (ShoalEngine *self, const char *offer, GError **error);

/* --- shoal-engine-get.c: bytes that come here ---------------------------- */

/* Makes the download of a GET that is wanted, when it is its turn. */
void shoal_get_start       (ShoalTransfer *transfer);
/* Fetches from @peer too, now and after it has been stopped for a while. */
void shoal_get_add_source  (ShoalTransfer *transfer, ShoalPeer *peer);
/* What was running when the engine stopped last. */
void shoal_get_wake_offers (ShoalEngine *self);
void shoal_get_peer_ready  (ShoalEngine *self, ShoalPeer *peer);
void shoal_get_peer_lost   (ShoalEngine *self, ShoalPeer *peer);
void shoal_get_stop        (ShoalTransfer *transfer, gboolean remove);

/* --- shoal-engine-stored.c: what is stored of a transfer -------------------- */

/* @description: (nullable) (transfer none): nothing is stored, or it does not parse
 * any more. @chosen: (nullable): as stored. */
typedef void (*ShoalParsedFunc) (ShoalEngine *self, const char *transfer,
                                 ShoalDescription *description, GBytes *chosen,
                                 gpointer user_data);
/* Parses its description: a long one elsewhere, told from the main loop; a short one
 * is told at once. Told also when the engine stops meanwhile. */
void shoal_engine_parse_stored   (ShoalEngine *self, const ShoalStoredTransfer *stored,
                                  ShoalParsedFunc func, gpointer user_data);
/* As it is on disk, if it is not here. */
void shoal_engine_load_stored    (ShoalEngine *self, ShoalTransfer *transfer,
                                  ShoalParsedFunc func, gpointer user_data);
/* Deletes what a GET that does not run has left unfinished. */
void shoal_engine_discard_parts  (ShoalEngine *self, const ShoalStoredTransfer *stored);

/* --- shoal-engine-passing.c: what comes here is given on ---------------------- */

/* Gives what is here to others who fetch it, if they exist and we agreed to. */
void shoal_get_pass_on     (ShoalTransfer *transfer);
void shoal_get_stop_passing_on (ShoalTransfer *transfer);
/* Stops, or goes on, giving to others. */
void shoal_get_obey_consent (ShoalEngine *self);
void shoal_get_tick        (ShoalTransfer *transfer, gint64 now);
/* Whether passing on could begin now, or goes on. */
gboolean shoal_get_can_pass_on (ShoalTransfer *transfer);
/* Lets go of whoever fetches; nothing else ends. */
void shoal_get_end_passing (ShoalTransfer *transfer);
void shoal_get_tend_passing (ShoalTransfer *transfer, gint64 now);

/* --- shoal-engine-list.c: lists of files ------------------------------------ */

/* It is described, or over: whoever waits for its files is answered. */
void shoal_list_answer     (ShoalTransfer *transfer);
void shoal_list_note_error (ShoalTransfer *transfer, uint32_t file, const GError *error);

/* --- shoal-engine-retry.c: what is over goes on ------------------------------ */

/* An ACCEPT of what has failed: the receiver tries again. FALSE: it is not to be had. */
gboolean shoal_retry_for_receiver (ShoalEngine *self, ShoalPeer *peer, const ShoalOfferId *offer);

/* --- shoal-engine-remember.c --------------------------------------------------- */

/* What has just come need not be hashed when it is shared. */
void shoal_get_remember_hashes (ShoalTransfer *transfer);
void shoal_engine_tend_remembered (ShoalEngine *self, gint64 now);
void shoal_engine_forget_remembered (ShoalEngine *self);

/* --- shoal-engine-texts.c: texts are files for a while --------------------- */

/* Reads the text that has come, then ends the transfer with @done. */
void shoal_get_take_text      (ShoalTransfer *transfer, void (*done) (ShoalTransfer *transfer));
/* The file, and the folder made for it. */
void shoal_engine_remove_text (ShoalEngine *self, const char *path);

G_END_DECLS
