/* shoal-message-private.h: how messages lie in bytes; for shoal-message*.c only.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-bytes.h"
#include "shoal-error.h"
#include "shoal-message.h"

G_BEGIN_DECLS

typedef enum
{
  SHOAL_FIELD_U8,
  SHOAL_FIELD_U16,
  SHOAL_FIELD_U32,
  SHOAL_FIELD_U64,
  SHOAL_FIELD_ONE_OF, /* u8; `max` is the set of its values, as bits */
  SHOAL_FIELD_HASH,
  SHOAL_FIELD_ID,     /* 16 bytes */
  SHOAL_FIELD_STRING, /* `max` is its size */
} ShoalFieldKind;

typedef struct
{
  const char    *name;
  ShoalFieldKind kind;
  size_t         offset; /* in ShoalMessage */
  uint64_t       max;
} ShoalField;

/* What follows the fields. */
typedef enum
{
  SHOAL_TAIL_NONE,
  SHOAL_TAIL_LIST,
  SHOAL_TAIL_INTRODUCE,
  SHOAL_TAIL_BLOB,
  SHOAL_TAIL_HASHES,
  SHOAL_TAIL_BITS,
  SHOAL_TAIL_REQUESTS,
  SHOAL_TAIL_CANCELS,
  SHOAL_TAIL_DATA,
  SHOAL_TAIL_PEERS,
  SHOAL_TAIL_PICTURE,
} ShoalTail;

typedef struct
{
  const ShoalField *fields;
  guint             n_fields;
  ShoalTail         tail;
} ShoalLayout;

/* NULL for types that do not exist. */
const ShoalLayout *shoal_message_get_layout (ShoalMessageType type);

/* Are all values within their bounds? Both for what came and for what is to
 * go; @side: whose fault it is if not. */
gboolean shoal_message_check (const ShoalMessage *self, ShoalSide side, GError **error);

/* Reads the tail into memory that @self owns or views of the frame; failure is
 * the reader's. Writes it. */
void shoal_message_read_tail  (ShoalMessage *self, ShoalTail tail, ShoalReader *in);
void shoal_message_write_tail (const ShoalMessage *self, ShoalTail tail, GByteArray *out);

/* A name or a reason, for people to read: spaces stand for what would play
 * tricks with a screen. NULL after a failure of the reader. */
const char *shoal_message_read_string (ShoalMessage *self, ShoalReader *in, size_t max);

/* Gives @memory to @self. */
gpointer shoal_message_own (ShoalMessage *self, gpointer memory);

G_END_DECLS
