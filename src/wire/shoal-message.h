/* shoal-message.h: every message of docs/protocol.md as one tagged struct.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-frame.h"
#include "shoal-hash.h"
#include "shoal-limits.h"

G_BEGIN_DECLS

#define SHOAL_PROTOCOL_VERSION 1u
#define SHOAL_INSTANCE_SIZE 16
#define SHOAL_OFFER_ID_SIZE 16

/* Reasons in words: GOODBYE, DECLINE, WITHDRAW, RECEIVED, PAUSED. */
#define SHOAL_MAX_REASON_BYTES 1024u
/* Bytes in one BLOB; BLOB_REQUESTs outstanding on a channel. */
#define SHOAL_MAX_BLOB_BYTES 61440u
#define SHOAL_MAX_BLOB_REQUESTS 8u
/* Hashes in one HASHES; HASH_REQUESTs and their hashes outstanding on a link. */
#define SHOAL_MAX_HASHES 8192u
#define SHOAL_MAX_HASH_REQUESTS 64u
#define SHOAL_MAX_QUEUED_HASHES 32768u
/* LIST_REQUESTs outstanding on a link. */
#define SHOAL_MAX_LIST_REQUESTS 4u
/* Leaves of the largest file, and so the largest layer of a tree. */
#define SHOAL_MAX_LEAVES (SHOAL_MAX_FILE_LENGTH / SHOAL_LEAF_SIZE)
#define SHOAL_MAX_LAYER 34u
/* Entries and bits that fit one frame. */
#define SHOAL_MAX_REQUEST_ENTRIES 1365u
#define SHOAL_MAX_CANCEL_ENTRIES 16383u
#define SHOAL_MAX_AVAILABILITY_BITS 520000u

typedef enum
{
  SHOAL_DEVICE_KIND_UNKNOWN,
  SHOAL_DEVICE_KIND_DESKTOP,
  SHOAL_DEVICE_KIND_LAPTOP,
  SHOAL_DEVICE_KIND_SERVER,
} ShoalDeviceKind;

typedef enum
{
  SHOAL_GOODBYE_LEAVING,
  SHOAL_GOODBYE_PROTOCOL,
  SHOAL_GOODBYE_VERSION,
  SHOAL_GOODBYE_LIMIT,
  SHOAL_GOODBYE_UNWELCOME,
  SHOAL_GOODBYE_OTHER,
} ShoalGoodbye;

/* What came of CALL_ME. */
typedef enum
{
  SHOAL_CALLED_THROUGH,    /* it answered, and proved its key */
  SHOAL_CALLED_NO_ANSWER,
  SHOAL_CALLED_OTHER_KEY,  /* another device answered there */
  SHOAL_CALLED_NO_ADDRESS, /* there is none to call: relayed, or it listens nowhere */
  SHOAL_CALLED_NOT_NOW,    /* asked too often, or not called by us */
  SHOAL_CALLED_OTHER,
} ShoalCalled;

typedef enum
{
  SHOAL_OFFER_KIND_FILES,
  SHOAL_OFFER_KIND_TEXT,
  SHOAL_OFFER_KIND_LINK,
} ShoalOfferKind;

typedef enum
{
  SHOAL_DECLINE_PERSON,
  SHOAL_DECLINE_NO_SPACE,
  SHOAL_DECLINE_CANNOT_HOLD,
  SHOAL_DECLINE_TOO_MANY,
  SHOAL_DECLINE_STOPPED,
  SHOAL_DECLINE_OTHER,
} ShoalDecline;

typedef enum
{
  SHOAL_WITHDRAW_PERSON = 0,
  SHOAL_WITHDRAW_GONE = 1,
  SHOAL_WITHDRAW_EXPIRED = 2,
  SHOAL_WITHDRAW_OTHER = 5,
} ShoalWithdraw;

typedef enum
{
  SHOAL_RECEIVED_FETCHING,
  SHOAL_RECEIVED_PAUSED_PERSON,
  SHOAL_RECEIVED_PAUSED_DISK_FULL,
  SHOAL_RECEIVED_SYNCING,
  SHOAL_RECEIVED_PASSING_ON,
  SHOAL_RECEIVED_PAUSED_OTHER,
} ShoalReceivedState;

typedef enum
{
  SHOAL_REFUSED_NOT_ALLOWED, /* or unknown, or a wrong proof: all the same */
  SHOAL_REFUSED_TOO_MANY,
} ShoalRefused;

typedef enum
{
  SHOAL_BLOB_DESCRIPTION, /* info dictionary; of a draft: the manifest */
  SHOAL_BLOB_ATTRIBUTES,
  SHOAL_BLOB_ROOTS,       /* of a draft that was re-keyed */
} ShoalBlob;

typedef enum
{
  SHOAL_REJECT_BUSY,
  SHOAL_REJECT_CHANGED,
  SHOAL_REJECT_NOT_HERE,
  SHOAL_REJECT_CANCELLED,
  SHOAL_REJECT_TROUBLE,
} ShoalReject;

typedef enum
{
  SHOAL_PAUSED_GOING_ON = 0,
  SHOAL_PAUSED_PERSON = 1,
  SHOAL_PAUSED_DISK = 2,
  SHOAL_PAUSED_SLOW_MODE = 3,
  SHOAL_PAUSED_OTHER = 5,
} ShoalPaused;

/* Bits of the flags. Unknown bits are let through and mean nothing. */
#define SHOAL_OFFER_DRAFT 1u
#define SHOAL_ACCEPT_PASS_ON 1u
#define SHOAL_OPEN_TELL_OTHERS 1u
#define SHOAL_OPENED_DRAFT 1u
#define SHOAL_OPENED_COMPLETE 2u
#define SHOAL_OPENED_RESUMABLE 4u

typedef struct
{
  uint8_t id[SHOAL_OFFER_ID_SIZE];
} ShoalOfferId;

typedef struct
{
  uint8_t  family;    /* 4 or 6 */
  uint8_t  bytes[16]; /* 4 or 16 of them */
  uint16_t port;      /* never 0 */
} ShoalWireAddress;

typedef struct
{
  ShoalHash        device;
  uint8_t          n_addresses;
  ShoalWireAddress addresses[SHOAL_MAX_PEER_ADDRESSES];
} ShoalPeerEntry;

typedef struct
{
  ShoalHash   info_hash;
  ShoalHash   key;
  uint64_t    bytes;
  uint32_t    files;
  const char *name;
} ShoalListEntry;

/* Leaves @first_leaf … of the file, 1 to SHOAL_MAX_REQUEST_LEAVES of them. */
typedef struct
{
  uint32_t  request;
  ShoalHash file;
  uint64_t  first_leaf;
  uint32_t  leaves;
} ShoalRequestEntry;

/* What HASH_REQUEST, HASHES and HASH_REJECT have in common. */
typedef struct
{
  ShoalHash file;
  uint8_t   layer;
  uint64_t  index;
  uint32_t  count;
} ShoalHashRange;

/**
 * ShoalMessage:
 *
 * To send one, fill it in (all pointers borrowed; NULL strings are empty).
 * A decoded one points into the frame and into memory of its own: it is valid
 * as long as both, and to be cleared with shoal_message_clear(). Inside
 * a ShoalSession handler that is: during the call; copy what is to stay.
 *
 * Every value of a decoded message is within its documented bounds, strings
 * are valid UTF-8 without NUL, enumerations have a listed value.
 */
typedef struct
{
  ShoalMessageType type;
  uint16_t         channel; /* of types 0x30 and up */

  union
  {
    struct
    {
      uint16_t    version;
      uint64_t    features;
      uint8_t     instance[SHOAL_INSTANCE_SIZE];
      ShoalHash   commit;
      uint16_t    port;
      uint8_t     kind;  /* ShoalDeviceKind; values of the future are UNKNOWN */
      const char *name;  /* ≤ SHOAL_MAX_LABEL_BYTES; may be empty */
      const char *agent; /* likewise */
    } hello;
    struct
    {
      ShoalHash r;
    } reveal;
    struct
    {
      uint64_t value;
    } ping; /* and PONG */
    struct
    {
      uint16_t    code; /* ShoalGoodbye; values of the future are OTHER */
      const char *text;
    } goodbye;

    struct
    {
      uint8_t     kind; /* ShoalDeviceKind */
      const char *name;
      uint16_t    port; /* where it listens now; 0: nowhere */
    } profile;
    struct
    {
      ShoalHash contribution;
    } friend;
    struct
    {
      uint32_t id, first;
    } list_request;
    struct
    {
      uint32_t              id, total, first;
      const ShoalListEntry *entries;
      guint                 n_entries;
    } list;
    struct
    {
      ShoalHash hash; /* SHA-256; all zeroes: there is none */
    } picture; /* and PICTURE_REQUEST, never zero */
    struct
    {
      ShoalHash      hash;
      const uint8_t *data;
      size_t         size; /* 1 to SHOAL_MAX_PICTURE_BYTES */
    } picture_bytes;
    struct
    {
      uint32_t    id;
      uint8_t     result; /* ShoalCalled; of CALLED */
      const char *address; /* of CALLED: where it called; for a person */
    } called; /* and CALL_ME */

    struct
    {
      ShoalOfferId   offer;
      ShoalHash      key;
      ShoalHash      share;
      uint8_t        flags; /* SHOAL_OFFER_DRAFT */
      uint8_t        kind;  /* ShoalOfferKind */
      uint64_t       bytes;
      uint32_t       files, folders;
      uint64_t       created; /* seconds since 1970 */
      const char    *name;
    } offer;
    struct
    {
      ShoalOfferId offer;
    } seen;
    struct
    {
      ShoalOfferId offer;
      uint8_t      flags; /* SHOAL_ACCEPT_PASS_ON */
      uint64_t     bytes;
      uint32_t     files;
    } accept;
    struct
    {
      ShoalOfferId offer;
      uint8_t      reason; /* ShoalDecline, or ShoalWithdraw */
      const char  *text;
    } decline; /* and WITHDRAW */
    struct
    {
      ShoalOfferId offer;
      uint64_t     verified, from_others, passed_on;
      uint8_t      state; /* ShoalReceivedState */
      const char  *text;
    } received;
    struct
    {
      ShoalOfferId offer;
      uint64_t     bytes;
      uint32_t     files, failed;
    } committed;
    struct
    {
      ShoalOfferId          offer;
      uint16_t              index, count; /* index < count */
      const ShoalPeerEntry *entries;
      guint                 n_entries;
    } introduce;

    struct
    {
      ShoalHash proof;
      uint8_t   flags; /* SHOAL_OPEN_TELL_OTHERS */
    } open;
    struct
    {
      ShoalHash proof;
      uint8_t   flags; /* SHOAL_OPENED_… */
      uint32_t  description_size;
      uint32_t  attributes_size;
      ShoalHash share;
    } opened;
    struct
    {
      uint8_t reason; /* ShoalRefused */
    } refused;
    struct
    {
      uint8_t side; /* 0: the sender of this frame opened the channel; 1: the other */
    } close;
    struct
    {
      uint8_t  what; /* ShoalBlob */
      uint32_t offset, length;
    } blob_request;
    struct
    {
      uint8_t        what;
      uint32_t       offset;
      const uint8_t *data;
      size_t         size;
    } blob;
    struct
    {
      ShoalHashRange range;
      uint8_t        proof_layers;
    } hash_request;
    struct
    {
      ShoalHashRange   range;
      uint8_t          uncles;
      const ShoalHash *hashes; /* count + uncles of them */
    } hashes;
    struct
    {
      ShoalHashRange range;
    } hash_reject;
    struct
    {
      uint32_t       first, count;
      const uint8_t *bits; /* (count + 7) / 8 bytes, highest bit first, spare bits 0 */
    } availability;
    struct
    {
      uint32_t first, count;
    } have;
    struct
    {
      const ShoalRequestEntry *entries;
      guint                    n_entries; /* 1 to SHOAL_MAX_REQUEST_ENTRIES */
    } request;
    struct
    {
      const uint32_t *requests;
      guint           n_requests; /* 1 to SHOAL_MAX_CANCEL_ENTRIES */
    } cancel;
    struct
    {
      uint32_t request;
      uint8_t  reason; /* ShoalReject */
    } reject;
    struct
    {
      ShoalHash file;
    } changed;
    struct
    {
      ShoalHash info_hash;
      uint32_t  failed;
    } rekey;
    struct
    {
      uint32_t       request, offset; /* in leaves, from the request's first */
      const uint8_t *payload;         /* of decoded ones; see shoal_message_take() */
      size_t         size;            /* 1 to SHOAL_MAX_DATA_PAYLOAD */
    } data;
    struct
    {
      uint8_t     reason; /* ShoalPaused */
      const char *text;
    } paused;
    struct
    {
      const ShoalPeerEntry *entries;
      guint                 n_entries;
    } peers;
  };

  /*< private >*/
  GPtrArray        *owned; /* (nullable): strings and arrays of a decoded one */
  const ShoalFrame *frame; /* (nullable): that it was decoded from */
} ShoalMessage;

/* Types 0x30 and up travel on a channel. TRUE if this one goes from the
 * channel's fetcher to its server, so that a received one speaks of a channel
 * that the other device opened. CLOSE says it itself. */
gboolean shoal_message_type_is_channel      (ShoalMessageType type);
gboolean shoal_message_type_is_from_fetcher (ShoalMessageType type);

/**
 * shoal_message_encode:
 *
 * The whole frame; of DATA only the header, in front of data.size bytes that
 * the caller sends right after it. INVALID or LIMIT (side HERE) for a value
 * outside its bounds, with the message's name.
 *
 * Returns: (transfer full) (nullable)
 */
GBytes *shoal_message_encode (const ShoalMessage *self, GError **error);

/**
 * shoal_message_decode:
 * @self: (out caller-allocates): to be cleared if TRUE is returned
 * @frame: must stay as long as @self is used
 *
 * Strict: every byte must be accounted for. DATA costs no allocation. PROTOCOL
 * or LIMIT on the side THERE, naming the message.
 */
gboolean shoal_message_decode (ShoalMessage *self, const ShoalFrame *frame, GError **error);
void     shoal_message_clear  (ShoalMessage *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShoalMessage, shoal_message_clear)

/* @size bytes at @data, a view in a decoded message (data.payload, blob.data,
 * hashes.hashes), to keep after the call: no copy if the frame had to be
 * assembled, else one. Consumers that copy into their own buffer anyway read
 * the view instead. Returns: (transfer full) */
GBytes *shoal_message_take (const ShoalMessage *self, const void *data, size_t size);

/* How many of the first entries of a LIST fit its frame: at least 1 unless
 * there is none. */
guint shoal_message_count_fitting (const ShoalListEntry *entries, guint n_entries);

/* The value of piece @i counted from `first`. */
static inline gboolean
shoal_message_has_piece (const ShoalMessage *self, uint32_t i)
{
  return (self->availability.bits[i / 8] >> (7 - i % 8) & 1) != 0;
}

G_END_DECLS
