/* shoal-bencode.h: bencoding (BEP 3), canonical form only.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-error.h"

#include <stdint.h>

G_BEGIN_DECLS

/**
 * ShoalBencode:
 *
 * A parsed document: a flat table of eight bytes a token over bytes that it
 * keeps a reference to, so that a description of 250,000 entries costs one
 * allocation that grows, not one per value.
 *
 * Parsing refuses everything that has a second spelling: leading zeroes, "-0",
 * keys unsorted or double, bytes after the end; and everything beyond
 * SHOAL_MAX_BENCODE_DEPTH and SHOAL_MAX_BENCODE_TOKENS (dictionary keys and the
 * ends of lists and dictionaries count as tokens).
 *
 * Immutable: any thread, several at once.
 */
typedef struct _ShoalBencode ShoalBencode;

typedef enum
{
  SHOAL_BENCODE_NONE, /* of a node that is not there */
  SHOAL_BENCODE_INTEGER,
  SHOAL_BENCODE_STRING,
  SHOAL_BENCODE_LIST,
  SHOAL_BENCODE_DICT,
} ShoalBencodeType;

/* One value of a document; valid as long as that is. All zeroes: none. Every
 * getter takes any node, none included, and returns FALSE for the wrong type. */
typedef struct
{
  const ShoalBencode *document;
  uint32_t            token;
} ShoalBencodeNode;

/* A string's bytes, not NUL-terminated, and not checked to be UTF-8. */
typedef struct
{
  const char *data;
  size_t      size;
} ShoalSpan;

/* SHOAL_ERROR_INVALID or SHOAL_ERROR_LIMIT; the message says at which byte. */
ShoalBencode    *shoal_bencode_parse    (GBytes *bytes, GError **error);
void             shoal_bencode_free     (ShoalBencode *self);
ShoalBencodeNode shoal_bencode_get_root (const ShoalBencode *self);

ShoalBencodeType shoal_bencode_get_type    (ShoalBencodeNode node);
gboolean         shoal_bencode_get_integer (ShoalBencodeNode node, int64_t *value);
gboolean         shoal_bencode_get_string  (ShoalBencodeNode node, ShoalSpan *value);
/* The value as it is spelled in the document. */
gboolean         shoal_bencode_get_raw     (ShoalBencodeNode node, ShoalSpan *value);
/* The same, as a new reference into the document's bytes: the info dictionary
 * that an info hash is taken of. Returns: (transfer full) (nullable) */
GBytes          *shoal_bencode_dup_raw     (ShoalBencodeNode node);
/* None unless @dict is a dictionary that has @key. Linear in the entries. */
ShoalBencodeNode shoal_bencode_lookup      (ShoalBencodeNode dict, const char *key);

static inline gboolean
shoal_span_equals (ShoalSpan span, const char *string)
{
  return span.size == strlen (string) && memcmp (span.data, string, span.size) == 0;
}

/* Walks a list or a dictionary, in order; over anything else, no steps. */
typedef struct
{
  const ShoalBencode *document;
  uint32_t            next;
  uint32_t            end;
  gboolean            is_dict;
} ShoalBencodeIter;

void     shoal_bencode_iter_init (ShoalBencodeIter *self, ShoalBencodeNode container);
/* @key (nullable) is empty in a list. */
gboolean shoal_bencode_iter_next (ShoalBencodeIter *self, ShoalSpan *key, ShoalBencodeNode *value);

/* Writing appends to @out. Balancing and sorting are the caller's part. */
void shoal_bencode_begin_dict  (GByteArray *out);
void shoal_bencode_begin_list  (GByteArray *out);
void shoal_bencode_end         (GByteArray *out);
void shoal_bencode_add_integer (GByteArray *out, int64_t value);
void shoal_bencode_add_bytes   (GByteArray *out, const void *data, size_t size);
void shoal_bencode_add_string  (GByteArray *out, const char *string);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalBencode, shoal_bencode_free)

G_END_DECLS
