/* shoal-snapshot.h: what the engine tells: immutable values, safe on any thread.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Every snapshot is an atomically reference-counted, read-only struct: take it
 * with its _ref(), drop it with its _unref(); strings and arrays belong to it.
 * Identifiers are text, so that they can be typed, logged and compared. */

/* How the other device is reached, best first. */
typedef enum
{
  SHOAL_REACH_NONE,    /* not now */
  SHOAL_REACH_NEARBY,  /* seen on this network, no session yet */
  SHOAL_REACH_LOCAL,   /* session on this network */
  SHOAL_REACH_DIRECT,  /* session across networks */
  SHOAL_REACH_RELAYED, /* session through a relay */
} ShoalReach;

#define SHOAL_TYPE_REACH (shoal_reach_get_type ())
GType shoal_reach_get_type (void);

typedef struct
{
  char       *id;          /* full device ID with check characters */
  char       *label;       /* what to call it: nickname, else name, else short ID; not empty.
                           * "Anna · laptop" for one of several that we call Anna */
  char       *name;        /* what it calls itself; may be empty */
  char       *nickname;    /* (nullable): what we call this friend */
  char       *mark;        /* four glyphs drawn from the ID */
  ShoalReach  reach;
  char       *reach_why;   /* (nullable): why it goes through a relay, as a sentence */
  gboolean    is_friend;
  gboolean    is_blocked;
  gboolean    is_mutual;   /* both have made each other a friend */
  gboolean    has_added_us; /* it has made us a friend, and we have not made it one */
  gboolean    is_verified; /* a person has compared the codes of this friend */
  gboolean    unique_name; /* no other listed device has this name */
  char       *not_friend;  /* (nullable): a friend's name that this stranger bears */
  char       *code;        /* (nullable): verification code of the session, "482 913" */
  char      **addresses;   /* ADDRESS:PORT, where it was last reached or seen */
  GBytes     *picture;     /* (nullable): a friend's: PNG or JPEG, as it sent it */
  gint64      auto_accept; /* bytes accepted from this friend unasked; 0: ask; G_MAXINT64: any */
  gint64      first_seen;  /* µs since 1970; 0: never */
  gint64      last_seen;
  guint       offers_in;   /* of it, that we have not answered */
  guint       offers_out;  /* of ours, that it has not answered or not even seen */
} ShoalDeviceInfo;

typedef enum
{
  SHOAL_CONTENT_FILES,
  SHOAL_CONTENT_TEXT,
  SHOAL_CONTENT_LINK,
} ShoalContentKind;

#define SHOAL_TYPE_CONTENT_KIND (shoal_content_kind_get_type ())
GType shoal_content_kind_get_type (void);

typedef struct
{
  char           *id;
  ShoalDeviceInfo *from;    /* (owned) */
  char           *name;
  ShoalContentKind  kind;
  uint64_t        bytes;
  guint           files;
  guint           folders;
  char           *code;     /* (nullable): at first contact, i.e. from a stranger */
  gint64          created;  /* µs since 1970 */
  gint64          expires;  /* µs since 1970: unanswered, it lapses then */
} ShoalOfferInfo;

typedef enum
{
  SHOAL_TRANSFER_GET,  /* bytes come here */
  SHOAL_TRANSFER_SEND, /* an offer of ours to one device */
} ShoalTransferDirection;

/* What has become of the offer that a transfer belongs to, as far as this device
 * knows. "Is the other one there now" is ShoalTransferInfo.is_online. */
typedef enum
{
  SHOAL_OFFER_NONE,      /* no offer: a GET of a link */
  SHOAL_OFFER_QUEUED,    /* SEND: not told yet; goes out by itself when both are online */
  SHOAL_OFFER_UNANSWERED,/* told; whether SEEN over there or not, no person has answered */
  SHOAL_OFFER_ACCEPTED,
  SHOAL_OFFER_DECLINED,  /* by a person */
  SHOAL_OFFER_LAPSED,    /* nobody answered for a week */
  SHOAL_OFFER_WITHDRAWN, /* by whoever made it */
} ShoalOfferState;

#define SHOAL_TYPE_OFFER_STATE (shoal_offer_state_get_type ())
GType shoal_offer_state_get_type (void);

typedef enum
{
  SHOAL_TRANSFER_PREPARING,  /* scanning, checking the destination, re-checking what is there */
  SHOAL_TRANSFER_QUEUED,     /* GET: as many as may are running; goes on by itself */
  SHOAL_TRANSFER_CONNECTING, /* no source or receiver is connected */
  SHOAL_TRANSFER_WAITING,    /* SEND: offered, not answered yet */
  SHOAL_TRANSFER_RUNNING,
  SHOAL_TRANSFER_PAUSED,
  SHOAL_TRANSFER_SYNCING,    /* all there; making it safe on disk */
  SHOAL_TRANSFER_DONE,       /* GET: verified and synced; SEND: the receiver says so */
  SHOAL_TRANSFER_DECLINED,   /* SEND: the receiver said no */
  SHOAL_TRANSFER_FAILED,
} ShoalTransferPhase;

#define SHOAL_TYPE_TRANSFER_PHASE (shoal_transfer_phase_get_type ())
GType shoal_transfer_phase_get_type (void);

/* A device that bytes come from, or go to. */
typedef struct
{
  char    *device;  /* device ID */
  char    *name;
  char    *state;   /* "active", "stalled", "busy", "changed", "banned", "gone" */
  char    *why;     /* (nullable): reason of that state, for a person */
  uint64_t bytes;   /* verified bytes that came from it; or sent to it */
  uint64_t bad_bytes; /* bytes that did not verify */
  double   rate;    /* bytes/s */
  gboolean is_complete; /* it has all of it */
  ShoalReach reach;
  char    *reach_why;   /* (nullable): why it goes through a relay, as a sentence */
  const char *carrier;  /* (nullable): "tcp" or "quic", while connected; static */
} ShoalSourceInfo;

typedef struct
{
  char                   *id;
  ShoalTransferDirection  direction;
  ShoalContentKind          kind;
  ShoalTransferPhase      phase;
  char                   *name;
  char                   *offer;      /* (nullable): the offer it belongs to */
  char                   *device;     /* (nullable): SEND: to; GET of an offer: from */
  char                   *device_name;/* (nullable) */
  char                   *code;       /* (nullable): SEND at first contact, until answered */
  uint64_t                bytes;      /* verified (GET) or received over there (SEND) */
  uint64_t                total;      /* of the chosen files */
  guint                   files, files_done, files_failed;
  double                  rate;       /* bytes/s */
  double                  seconds_left; /* negative: unknown */
  gint64                  started, finished; /* monotonic µs, this run's; 0: not yet, or earlier */
  gint64                  created_at, started_at, finished_at; /* µs since 1970; 0: not yet */
  ShoalOfferState         offer_state;
  gint64                  expires;    /* µs since 1970: SEND: lapses then, unless answered; or 0 */
  gboolean                is_online;  /* @device is connected now */
  gboolean                can_retry;  /* FAILED or DECLINED: shoal_engine_retry_async() may help */
  guint                   position;   /* order in the queue: lower goes first; over: 0 */
  gboolean                verified;
  gboolean                may_pass_on;/* GET: the switch: shoal_engine_set_passing_on() */
  gboolean                can_pass_on;/* GET: the switch can be turned (again) */
  gboolean                passing_on; /* others can fetch it from here now; SEND: from them */
  uint64_t                passed_on;  /* bytes given to other receivers */
  uint64_t                kept, refetched; /* bytes, of a resumed GET */
  char                   *link;       /* (nullable): GET: the share link it came from */
  char                   *share;      /* (nullable): info hash, hex, once known */
  char                   *directory;  /* (nullable): GET: where it lies */
  char                  **paths;      /* (nullable): top-level items as they were named on disk */
  char                   *text;       /* (nullable): content of a TEXT or LINK that is DONE */
  char                   *reason;     /* (nullable): why PAUSED */
  char                   *unreadable; /* (nullable): SEND: that of `paths` which has to be chosen
                                       * again: NOT_GRANTED */
  gboolean                lacks_folder; /* that was one */
  gboolean                is_held_up; /* PAUSED by trouble, not by the person here */
  GError                 *error;      /* (nullable): why FAILED or DECLINED; PAUSED for want of
                                       * room on a disk: DISK_FULL; of leave to read:
                                       * NOT_GRANTED */
  ShoalSourceInfo       **sources;    /* NULL-terminated: GET */
  ShoalSourceInfo       **receivers;  /* NULL-terminated: who fetches it from here now: SEND, or
                                       * a GET that is passed on */
} ShoalTransferInfo;

typedef enum
{
  SHOAL_SHARE_PREPARING, /* stored; being looked through before it is served again */
  SHOAL_SHARE_SERVED,
  SHOAL_SHARE_TROUBLE,   /* not served: `error` says why, and what to do */
} ShoalShareState;

#define SHOAL_TYPE_SHARE_STATE (shoal_share_state_get_type ())
GType shoal_share_state_get_type (void);

typedef struct
{
  char     *id;        /* info hash, hex */
  char     *name;
  char     *link;      /* magnet link */
  uint64_t  bytes;
  guint     files;
  gboolean  is_private;
  gboolean  for_all_friends;
  char    **for_devices; /* device IDs; empty: anybody with the link unless for_all_friends */
  gboolean  is_kept;   /* stored: served again after a restart */
  ShoalShareState state;
  GError   *error;     /* (nullable): of TROUBLE */
  char    **paths;     /* what is shared: absolute */
  gboolean  is_folder; /* the first of `paths` is one */
  gint64    created_at;/* µs since 1970; 0: not shared */
  uint64_t  hashed, to_hash; /* bytes, while PREPARING */
  uint64_t  uploaded;  /* bytes, of all runs */
  guint     fetchers;  /* connected now */
  ShoalSourceInfo **receivers; /* NULL-terminated: them */
} ShoalShareInfo;

/* An entry of what another device shares with us. */
typedef struct
{
  char    *name;
  char    *id;         /* info hash, hex */
  uint64_t bytes;
  guint    files;
} ShoalListing;

/* What a link or a .torrent file names, before it is fetched. */
typedef struct
{
  char             *what;     /* as it was asked for */
  char             *id;       /* info hash, hex */
  char             *name;     /* may be empty, if the link says nothing and nobody was found */
  uint64_t          bytes;    /* 0 if unknown */
  guint             files;    /* 0 if unknown */
  gboolean          is_private;
  gboolean          is_described; /* name, bytes and files are the description's own; else
                                   * the link's word */
  ShoalDeviceInfo **sources;  /* NULL-terminated: who has it, or some of it; empty: no Shoal
                               * source is known */
  char             *transfer; /* (nullable): a GET of it that is not over */
} ShoalDescribed;

ShoalDeviceInfo   *shoal_device_info_ref     (ShoalDeviceInfo *info);
void               shoal_device_info_unref   (ShoalDeviceInfo *info);
ShoalOfferInfo    *shoal_offer_info_ref      (ShoalOfferInfo *info);
void               shoal_offer_info_unref    (ShoalOfferInfo *info);
ShoalTransferInfo *shoal_transfer_info_ref   (ShoalTransferInfo *info);
void               shoal_transfer_info_unref (ShoalTransferInfo *info);
ShoalShareInfo    *shoal_share_info_ref      (ShoalShareInfo *info);
void               shoal_share_info_unref    (ShoalShareInfo *info);
void               shoal_listing_free        (ShoalListing *listing);
void               shoal_described_free      (ShoalDescribed *described);

/* New, all zero, with one reference; filled in by the engine before it is told. */
ShoalDeviceInfo   *shoal_device_info_new     (void);
ShoalOfferInfo    *shoal_offer_info_new      (void);
ShoalTransferInfo *shoal_transfer_info_new   (void);
ShoalShareInfo    *shoal_share_info_new      (void);
void               shoal_source_info_free    (ShoalSourceInfo *source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalDeviceInfo, shoal_device_info_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalOfferInfo, shoal_offer_info_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalTransferInfo, shoal_transfer_info_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalShareInfo, shoal_share_info_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalListing, shoal_listing_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalDescribed, shoal_described_free)

G_END_DECLS
