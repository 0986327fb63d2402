/* shoal-message-layout.c: the fields of every message, in their order.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-wire"

#include "config.h"

#include "shoal-message-private.h"

#define AT(member) #member, .offset = offsetof (ShoalMessage, member)
#define U8(member) { .name = AT (member), .kind = SHOAL_FIELD_U8, .max = G_MAXUINT8 }
#define U16(member) { .name = AT (member), .kind = SHOAL_FIELD_U16, .max = G_MAXUINT16 }
#define U32(member) { .name = AT (member), .kind = SHOAL_FIELD_U32, .max = G_MAXUINT32 }
#define U64(member) { .name = AT (member), .kind = SHOAL_FIELD_U64, .max = G_MAXUINT64 }
#define UP_TO8(member, most) { .name = AT (member), .kind = SHOAL_FIELD_U8, .max = (most) }
#define UP_TO32(member, most) { .name = AT (member), .kind = SHOAL_FIELD_U32, .max = (most) }
#define UP_TO64(member, most) { .name = AT (member), .kind = SHOAL_FIELD_U64, .max = (most) }
#define ONE_OF(member, set) { .name = AT (member), .kind = SHOAL_FIELD_ONE_OF, .max = (set) }
#define HASH(member) { .name = AT (member), .kind = SHOAL_FIELD_HASH }
#define ID(member) { .name = AT (member), .kind = SHOAL_FIELD_ID }
#define LABEL(member) \
  { .name = AT (member), .kind = SHOAL_FIELD_STRING, .max = SHOAL_MAX_LABEL_BYTES }
#define REASON(member) \
  { .name = AT (member), .kind = SHOAL_FIELD_STRING, .max = SHOAL_MAX_REASON_BYTES }

/* The values 0 to @last. */
#define FIRST(last) ((2u << (last)) - 1)
#define BIT(value) (1u << (value))

static const ShoalField HELLO[] = {
  U16 (hello.version), U64 (hello.features),  ID (hello.instance), HASH (hello.commit),
  U16 (hello.port),    U8 (hello.kind),       LABEL (hello.name),  LABEL (hello.agent),
};
static const ShoalField REVEAL[] = { HASH (reveal.r) };
static const ShoalField PING[] = { U64 (ping.value) };
static const ShoalField GOODBYE[] = { U16 (goodbye.code), REASON (goodbye.text) };

static const ShoalField PROFILE[] = {
  ONE_OF (profile.kind, FIRST (SHOAL_DEVICE_KIND_SERVER)),
  U16 (profile.port),
  LABEL (profile.name),
};
static const ShoalField FRIEND[] = { HASH (friend.contribution) };
static const ShoalField LIST_REQUEST[] = { U32 (list_request.id), U32 (list_request.first) };
static const ShoalField LIST[] = { U32 (list.id), U32 (list.total), U32 (list.first) };

static const ShoalField PICTURE[] = { HASH (picture.hash) };
static const ShoalField PICTURE_BYTES[] = { HASH (picture_bytes.hash) };
static const ShoalField CALL_ME[] = { U32 (called.id) };
static const ShoalField CALLED[] = {
  U32 (called.id),
  ONE_OF (called.result, FIRST (SHOAL_CALLED_OTHER)),
  LABEL (called.address),
};

static const ShoalField OFFER[] = {
  ID (offer.offer),
  HASH (offer.key),
  HASH (offer.share),
  U8 (offer.flags),
  ONE_OF (offer.kind, FIRST (SHOAL_OFFER_KIND_LINK)),
  UP_TO64 (offer.bytes, SHOAL_MAX_SHARE_LENGTH),
  UP_TO32 (offer.files, SHOAL_MAX_ENTRIES),
  UP_TO32 (offer.folders, SHOAL_MAX_ENTRIES),
  U64 (offer.created),
  LABEL (offer.name),
};
static const ShoalField SEEN[] = { ID (seen.offer) };
static const ShoalField ACCEPT[] = {
  ID (accept.offer),
  U8 (accept.flags),
  UP_TO64 (accept.bytes, SHOAL_MAX_SHARE_LENGTH),
  UP_TO32 (accept.files, SHOAL_MAX_ENTRIES),
};
static const ShoalField DECLINE[] = {
  ID (decline.offer),
  ONE_OF (decline.reason, FIRST (SHOAL_DECLINE_OTHER)),
  REASON (decline.text),
};
static const ShoalField WITHDRAW[] = {
  ID (decline.offer),
  ONE_OF (decline.reason, FIRST (SHOAL_WITHDRAW_EXPIRED) | BIT (SHOAL_WITHDRAW_OTHER)),
  REASON (decline.text),
};
static const ShoalField RECEIVED[] = {
  ID (received.offer),
  UP_TO64 (received.verified, SHOAL_MAX_SHARE_LENGTH),
  UP_TO64 (received.from_others, SHOAL_MAX_SHARE_LENGTH),
  U64 (received.passed_on),
  ONE_OF (received.state, FIRST (SHOAL_RECEIVED_PAUSED_OTHER)),
  REASON (received.text),
};
static const ShoalField COMMITTED[] = {
  ID (committed.offer),
  UP_TO64 (committed.bytes, SHOAL_MAX_SHARE_LENGTH),
  UP_TO32 (committed.files, SHOAL_MAX_ENTRIES),
  UP_TO32 (committed.failed, SHOAL_MAX_ENTRIES),
};
static const ShoalField INTRODUCE[] = {
  ID (introduce.offer),
  U16 (introduce.index),
  U16 (introduce.count),
};

static const ShoalField OPEN[] = { HASH (open.proof), U8 (open.flags) };
static const ShoalField OPENED[] = {
  HASH (opened.proof),
  U8 (opened.flags),
  UP_TO32 (opened.description_size, SHOAL_MAX_DESCRIPTION_SIZE),
  UP_TO32 (opened.attributes_size, SHOAL_MAX_DESCRIPTION_SIZE),
  HASH (opened.share),
};
static const ShoalField REFUSED[] = { ONE_OF (refused.reason, FIRST (SHOAL_REFUSED_TOO_MANY)) };
static const ShoalField CLOSE[] = { ONE_OF (close.side, FIRST (1)) };
static const ShoalField BLOB_REQUEST[] = {
  ONE_OF (blob_request.what, FIRST (SHOAL_BLOB_ROOTS)),
  UP_TO32 (blob_request.offset, SHOAL_MAX_DESCRIPTION_SIZE),
  UP_TO32 (blob_request.length, SHOAL_MAX_BLOB_BYTES),
};
static const ShoalField BLOB[] = {
  ONE_OF (blob.what, FIRST (SHOAL_BLOB_ROOTS)),
  UP_TO32 (blob.offset, SHOAL_MAX_DESCRIPTION_SIZE),
};
/* The three that begin with a range are alike there. */
#define RANGE(message) \
  HASH (message.range.file), UP_TO8 (message.range.layer, SHOAL_MAX_LAYER), \
    UP_TO64 (message.range.index, SHOAL_MAX_LEAVES), UP_TO32 (message.range.count, SHOAL_MAX_HASHES)
static const ShoalField HASH_REQUEST[] = {
  RANGE (hash_request),
  UP_TO8 (hash_request.proof_layers, SHOAL_MAX_LAYER),
};
static const ShoalField HASHES[] = {
  RANGE (hashes),
  UP_TO8 (hashes.uncles, SHOAL_MAX_LAYER),
};
static const ShoalField HASH_REJECT[] = { RANGE (hash_reject) };
static const ShoalField AVAILABILITY[] = {
  UP_TO32 (availability.first, SHOAL_MAX_PIECES),
  UP_TO32 (availability.count, SHOAL_MAX_AVAILABILITY_BITS),
};
static const ShoalField HAVE[] = {
  UP_TO32 (have.first, SHOAL_MAX_PIECES),
  UP_TO32 (have.count, SHOAL_MAX_PIECES),
};
static const ShoalField REJECT[] = {
  U32 (reject.request),
  ONE_OF (reject.reason, FIRST (SHOAL_REJECT_TROUBLE)),
};
static const ShoalField CHANGED[] = { HASH (changed.file) };
static const ShoalField REKEY[] = {
  HASH (rekey.info_hash),
  UP_TO32 (rekey.failed, SHOAL_MAX_ENTRIES),
};
static const ShoalField DATA[] = {
  U32 (data.request),
  UP_TO32 (data.offset, SHOAL_MAX_REQUEST_LEAVES - 1),
};
static const ShoalField PAUSED[] = {
  ONE_OF (paused.reason, FIRST (SHOAL_PAUSED_SLOW_MODE) | BIT (SHOAL_PAUSED_OTHER)),
  REASON (paused.text),
};

#define FIELDS(name) .fields = name, .n_fields = G_N_ELEMENTS (name)

static const ShoalLayout LAYOUTS[] = {
  [SHOAL_MESSAGE_HELLO] = { FIELDS (HELLO) },
  [SHOAL_MESSAGE_REVEAL] = { FIELDS (REVEAL) },
  [SHOAL_MESSAGE_ADOPT] = { NULL },
  [SHOAL_MESSAGE_DROP] = { NULL },
  [SHOAL_MESSAGE_PING] = { FIELDS (PING) },
  [SHOAL_MESSAGE_PONG] = { FIELDS (PING) },
  [SHOAL_MESSAGE_GOODBYE] = { FIELDS (GOODBYE) },
  [SHOAL_MESSAGE_PROFILE] = { FIELDS (PROFILE) },
  [SHOAL_MESSAGE_FRIEND] = { FIELDS (FRIEND) },
  [SHOAL_MESSAGE_LIST_REQUEST] = { FIELDS (LIST_REQUEST) },
  [SHOAL_MESSAGE_LIST] = { FIELDS (LIST), SHOAL_TAIL_LIST },
  [SHOAL_MESSAGE_PICTURE] = { FIELDS (PICTURE) },
  [SHOAL_MESSAGE_PICTURE_REQUEST] = { FIELDS (PICTURE) },
  [SHOAL_MESSAGE_PICTURE_BYTES] = { FIELDS (PICTURE_BYTES), SHOAL_TAIL_PICTURE },
  [SHOAL_MESSAGE_CALL_ME] = { FIELDS (CALL_ME) },
  [SHOAL_MESSAGE_CALLED] = { FIELDS (CALLED) },
  [SHOAL_MESSAGE_OFFER] = { FIELDS (OFFER) },
  [SHOAL_MESSAGE_SEEN] = { FIELDS (SEEN) },
  [SHOAL_MESSAGE_ACCEPT] = { FIELDS (ACCEPT) },
  [SHOAL_MESSAGE_DECLINE] = { FIELDS (DECLINE) },
  [SHOAL_MESSAGE_WITHDRAW] = { FIELDS (WITHDRAW) },
  [SHOAL_MESSAGE_RECEIVED] = { FIELDS (RECEIVED) },
  [SHOAL_MESSAGE_COMMITTED] = { FIELDS (COMMITTED) },
  [SHOAL_MESSAGE_INTRODUCE] = { FIELDS (INTRODUCE), SHOAL_TAIL_INTRODUCE },
  [SHOAL_MESSAGE_OPEN] = { FIELDS (OPEN) },
  [SHOAL_MESSAGE_OPENED] = { FIELDS (OPENED) },
  [SHOAL_MESSAGE_REFUSED] = { FIELDS (REFUSED) },
  [SHOAL_MESSAGE_CLOSE] = { FIELDS (CLOSE) },
  [SHOAL_MESSAGE_BLOB_REQUEST] = { FIELDS (BLOB_REQUEST) },
  [SHOAL_MESSAGE_BLOB] = { FIELDS (BLOB), SHOAL_TAIL_BLOB },
  [SHOAL_MESSAGE_HASH_REQUEST] = { FIELDS (HASH_REQUEST) },
  [SHOAL_MESSAGE_HASHES] = { FIELDS (HASHES), SHOAL_TAIL_HASHES },
  [SHOAL_MESSAGE_HASH_REJECT] = { FIELDS (HASH_REJECT) },
  [SHOAL_MESSAGE_AVAILABILITY] = { FIELDS (AVAILABILITY), SHOAL_TAIL_BITS },
  [SHOAL_MESSAGE_HAVE] = { FIELDS (HAVE) },
  [SHOAL_MESSAGE_REQUEST] = { .tail = SHOAL_TAIL_REQUESTS },
  [SHOAL_MESSAGE_CANCEL] = { .tail = SHOAL_TAIL_CANCELS },
  [SHOAL_MESSAGE_REJECT] = { FIELDS (REJECT) },
  [SHOAL_MESSAGE_CHANGED] = { FIELDS (CHANGED) },
  [SHOAL_MESSAGE_REKEY] = { FIELDS (REKEY) },
  [SHOAL_MESSAGE_DATA] = { FIELDS (DATA), SHOAL_TAIL_DATA },
  [SHOAL_MESSAGE_PAUSED] = { FIELDS (PAUSED) },
  [SHOAL_MESSAGE_PEERS] = { .tail = SHOAL_TAIL_PEERS },
};

const ShoalLayout *
shoal_message_get_layout (ShoalMessageType type)
{
  size_t min, max;

  if ((guint) type >= G_N_ELEMENTS (LAYOUTS)
      || !shoal_frame_get_bounds ((uint8_t) type, &min, &max))
    return NULL;
  return &LAYOUTS[type];
}
