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
  char       *label;       /* what to call it: nickname, else name, else short ID; not empty */
  char       *name;        /* what it calls itself; may be empty */
  char       *nickname;    /* (nullable): what we call this friend */
  char       *mark;        /* four glyphs drawn from the ID */
  ShoalReach  reach;
  gboolean    is_friend;
  gboolean    is_blocked;
  gboolean    is_mutual;   /* both have made each other a friend */
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
} ShoalOfferInfo;

typedef enum
{
  SHOAL_TRANSFER_GET,  /* bytes come here */
  SHOAL_TRANSFER_SEND, /* an offer of ours to one device */
} ShoalTransferDirection;

typedef enum
{
  SHOAL_TRANSFER_PREPARING,  /* scanning, checking the destination, re-checking what is there */
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

typedef struct
{
  char    *device;  /* device ID */
  char    *name;
  char    *state;   /* "active", "stalled", "busy", "changed", "banned", "gone" */
  char    *why;     /* (nullable): reason of that state, for a person */
  uint64_t bytes;   /* verified bytes that came from it */
  double   rate;    /* bytes/s */
  ShoalReach reach;
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
  gint64                  started, finished; /* monotonic µs; 0: not yet */
  gboolean                verified;
  gboolean                passing_on;
  uint64_t                passed_on;  /* bytes given to other receivers */
  uint64_t                kept, refetched; /* bytes, of a resumed GET */
  char                   *directory;  /* (nullable): where it lies */
  char                  **paths;      /* (nullable): top-level items as they were named on disk */
  char                   *text;       /* (nullable): content of a TEXT or LINK that is DONE */
  char                   *reason;     /* (nullable): why PAUSED */
  GError                 *error;      /* (nullable): why FAILED or DECLINED */
  ShoalSourceInfo       **sources;    /* NULL-terminated */
} ShoalTransferInfo;

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
  uint64_t  uploaded;
  guint     fetchers;  /* connected now */
} ShoalShareInfo;

/* An entry of what another device shares with us. */
typedef struct
{
  char    *name;
  char    *id;         /* info hash, hex */
  uint64_t bytes;
  guint    files;
} ShoalListing;

ShoalDeviceInfo   *shoal_device_info_ref     (ShoalDeviceInfo *info);
void               shoal_device_info_unref   (ShoalDeviceInfo *info);
ShoalOfferInfo    *shoal_offer_info_ref      (ShoalOfferInfo *info);
void               shoal_offer_info_unref    (ShoalOfferInfo *info);
ShoalTransferInfo *shoal_transfer_info_ref   (ShoalTransferInfo *info);
void               shoal_transfer_info_unref (ShoalTransferInfo *info);
ShoalShareInfo    *shoal_share_info_ref      (ShoalShareInfo *info);
void               shoal_share_info_unref    (ShoalShareInfo *info);
void               shoal_listing_free        (ShoalListing *listing);

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

G_END_DECLS
