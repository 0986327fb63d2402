/* shoal-bencode.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-bencode.h"

#include "shoal-limits.h"

#include <string.h>

/* A string, integer, list, dictionary, or the end of one of these two, told
 * apart by the byte it starts with. Keys are tokens too. */
typedef struct
{
  uint32_t offset;
  uint32_t skip;   /* tokens from here to the next value; over the end token */
} Token;

struct _ShoalBencode
{
  GBytes        *bytes; /* (owned) */
  const uint8_t *data;
  size_t         size;
  GArray        *tokens; /* (owned): of Token */
};

static inline const Token *
token_at (const ShoalBencode *self, uint32_t index)
{
  return &g_array_index (self->tokens, Token, index);
}

/* --- Parsing ------------------------------------------------------------- */

/* A list or dictionary that is open. */
typedef struct
{
  uint32_t  token;
  gboolean  is_dict;
  gboolean  wants_value; /* in a dictionary, after a key */
  gboolean  has_key;
  ShoalSpan key;         /* the last one */
} Frame;

typedef struct
{
  ShoalBencode *document;
  size_t        position;
  unsigned      depth;
  Frame         frames[SHOAL_MAX_BENCODE_DEPTH];
} Parser;

static gboolean
fail (const Parser *self, GError **error, const char *what)
{
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_NONE, NULL,
                          "Not canonical bencoding: %s at byte %" G_GSIZE_FORMAT, what,
                          self->position);
}

static gboolean
add_token (Parser *self, GError **error)
{
  Token token = { (uint32_t) self->position, 1 };

  if (self->document->tokens->len >= SHOAL_MAX_BENCODE_TOKENS)
    return shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_NONE, NULL,
                            "Bencoding with more than %u values", SHOAL_MAX_BENCODE_TOKENS);

  g_array_append_val (self->document->tokens, token);
  return TRUE;
}

/* Digits up to @end without leading zeroes and at most @max; moves @position to
 * the end byte. */
static gboolean
scan_number (const ShoalBencode *self, size_t *position, char end, uint64_t max, uint64_t *value)
{
  size_t start = *position, i = start;
  uint64_t number = 0;

  for (; i < self->size && self->data[i] != (uint8_t) end; i++)
    {
      unsigned digit = self->data[i] - (unsigned) '0';

      if (digit > 9 || number > (max - digit) / 10)
        return FALSE;
      number = number * 10 + digit;
    }
  if (i == self->size || i == start || (self->data[start] == '0' && i - start > 1))
    return FALSE;

  *position = i;
  *value = number;
  return TRUE;
}

static gboolean
scan_string (const ShoalBencode *self, size_t *position, ShoalSpan *span)
{
  uint64_t size;

  if (!scan_number (self, position, ':', G_MAXUINT32, &size) || size > self->size - *position - 1)
    return FALSE;

  span->data = (const char *) self->data + *position + 1;
  span->size = (size_t) size;
  *position += 1 + (size_t) size;
  return TRUE;
}

static gboolean
scan_integer (const ShoalBencode *self, size_t *position, int64_t *value)
{
  gboolean negative;
  uint64_t number;

  *position += 1;
  negative = *position < self->size && self->data[*position] == '-';
  *position += negative;
  if (!scan_number (self, position, 'e', (uint64_t) G_MAXINT64 + (negative ? 1 : 0), &number)
      || (negative && number == 0))
    return FALSE;

  *position += 1;
  *value = negative ? (int64_t) (0 - number) : (int64_t) number;
  return TRUE;
}

static gboolean
parse_key (Parser *self, Frame *frame, GError **error)
{
  ShoalSpan key;

  if (!add_token (self, error))
    return FALSE;
  if (!scan_string (self->document, &self->position, &key))
    return fail (self, error, "a key is not a string");
  if (frame->has_key)
    {
      int order = memcmp (frame->key.data, key.data, MIN (frame->key.size, key.size));

      if (order > 0 || (order == 0 && frame->key.size >= key.size))
        return fail (self, error, "keys are not in order");
    }

  frame->key = key;
  frame->has_key = TRUE;
  frame->wants_value = TRUE;
  return TRUE;
}

static gboolean
open_container (Parser *self, gboolean is_dict, GError **error)
{
  if (self->depth == SHOAL_MAX_BENCODE_DEPTH)
    return shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_NONE, NULL,
                            "Bencoding nested deeper than %u", SHOAL_MAX_BENCODE_DEPTH);

  self->frames[self->depth++]
    = (Frame){ .token = self->document->tokens->len - 1, .is_dict = is_dict };
  self->position++;
  return TRUE;
}

static gboolean
close_container (Parser *self, GError **error)
{
  Frame *frame = &self->frames[self->depth - 1];

  if (frame->wants_value)
    return fail (self, error, "a key has no value");
  if (!add_token (self, error))
    return FALSE;

  g_array_index (self->document->tokens, Token, frame->token).skip
    = self->document->tokens->len - frame->token;
  self->depth--;
  self->position++;
  return TRUE;
}

/* One value, or the beginning of a list or dictionary. */
static gboolean
parse_value (Parser *self, GError **error)
{
  const ShoalBencode *document = self->document;
  ShoalSpan span;
  int64_t number;

  if (!add_token (self, error))
    return FALSE;

  switch (document->data[self->position])
    {
    case 'd':
      return open_container (self, TRUE, error);
    case 'l':
      return open_container (self, FALSE, error);
    case 'i':
      return scan_integer (document, &self->position, &number)
             || fail (self, error, "a bad integer");
    default:
      return scan_string (document, &self->position, &span) || fail (self, error, "a bad value");
    }
}

static gboolean
parse_step (Parser *self, GError **error)
{
  Frame *frame = self->depth > 0 ? &self->frames[self->depth - 1] : NULL;

  if (self->position >= self->document->size)
    return fail (self, error, "it ends too early");
  if (frame != NULL && self->document->data[self->position] == 'e')
    return close_container (self, error);
  if (frame != NULL && frame->is_dict && !frame->wants_value)
    return parse_key (self, frame, error);

  if (frame != NULL)
    frame->wants_value = FALSE;
  return parse_value (self, error);
}

ShoalBencode *
shoal_bencode_parse (GBytes *bytes, GError **error)
{
  g_autoptr (ShoalBencode) self = g_new0 (ShoalBencode, 1);
  Parser parser = { .document = self };

  self->bytes = g_bytes_ref (bytes);
  self->data = g_bytes_get_data (bytes, &self->size);
  self->tokens = g_array_sized_new (FALSE, FALSE, sizeof (Token), (guint) MIN (self->size, 64));
  if (self->size > SHOAL_MAX_TORRENT_SIZE)
    {
      shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_NONE, NULL,
                       "Bencoding of more than %u bytes", SHOAL_MAX_TORRENT_SIZE);
      return NULL;
    }

  do
    {
      if (!parse_step (&parser, error))
        return NULL;
    }
  while (parser.depth > 0);

  if (parser.position != self->size)
    {
      fail (&parser, error, "something follows the end");
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
shoal_bencode_free (ShoalBencode *self)
{
  if (self == NULL)
    return;

  g_bytes_unref (self->bytes);
  g_array_unref (self->tokens);
  g_free (self);
}

/* --- Reading ------------------------------------------------------------- */

ShoalBencodeNode
shoal_bencode_get_root (const ShoalBencode *self)
{
  return (ShoalBencodeNode){ self, 0 };
}

ShoalBencodeType
shoal_bencode_get_type (ShoalBencodeNode node)
{
  if (node.document == NULL)
    return SHOAL_BENCODE_NONE;

  switch (node.document->data[token_at (node.document, node.token)->offset])
    {
    case 'd':
      return SHOAL_BENCODE_DICT;
    case 'l':
      return SHOAL_BENCODE_LIST;
    case 'i':
      return SHOAL_BENCODE_INTEGER;
    default:
      return SHOAL_BENCODE_STRING;
    }
}

gboolean
shoal_bencode_get_integer (ShoalBencodeNode node, int64_t *value)
{
  size_t position;

  if (shoal_bencode_get_type (node) != SHOAL_BENCODE_INTEGER)
    return FALSE;

  position = token_at (node.document, node.token)->offset;
  return scan_integer (node.document, &position, value);
}

gboolean
shoal_bencode_get_string (ShoalBencodeNode node, ShoalSpan *value)
{
  size_t position;

  if (shoal_bencode_get_type (node) != SHOAL_BENCODE_STRING)
    return FALSE;

  position = token_at (node.document, node.token)->offset;
  return scan_string (node.document, &position, value);
}

/* Offset of the byte after a value. */
static size_t
end_of (ShoalBencodeNode node)
{
  const Token *token = token_at (node.document, node.token);
  size_t position = token->offset;
  ShoalSpan span;
  int64_t number;

  switch (shoal_bencode_get_type (node))
    {
    case SHOAL_BENCODE_LIST:
    case SHOAL_BENCODE_DICT:
      return token_at (node.document, node.token + token->skip - 1)->offset + 1;
    case SHOAL_BENCODE_INTEGER:
      scan_integer (node.document, &position, &number);
      return position;
    case SHOAL_BENCODE_STRING:
    case SHOAL_BENCODE_NONE:
    default:
      scan_string (node.document, &position, &span);
      return position;
    }
}

gboolean
shoal_bencode_get_raw (ShoalBencodeNode node, ShoalSpan *value)
{
  size_t start;

  if (node.document == NULL)
    return FALSE;

  start = token_at (node.document, node.token)->offset;
  value->data = (const char *) node.document->data + start;
  value->size = end_of (node) - start;
  return TRUE;
}

GBytes *
shoal_bencode_dup_raw (ShoalBencodeNode node)
{
  size_t start;

  if (node.document == NULL)
    return NULL;

  start = token_at (node.document, node.token)->offset;
  return g_bytes_new_from_bytes (node.document->bytes, start, end_of (node) - start);
}

ShoalBencodeNode
shoal_bencode_lookup (ShoalBencodeNode dict, const char *key)
{
  ShoalBencodeIter iter;
  ShoalBencodeNode value;
  ShoalSpan found;

  shoal_bencode_iter_init (&iter, dict);
  while (iter.is_dict && shoal_bencode_iter_next (&iter, &found, &value))
    {
      if (shoal_span_equals (found, key))
        return value;
    }
  return (ShoalBencodeNode){ NULL, 0 };
}

void
shoal_bencode_iter_init (ShoalBencodeIter *self, ShoalBencodeNode container)
{
  ShoalBencodeType type = shoal_bencode_get_type (container);

  *self = (ShoalBencodeIter){ container.document, 0, 0, type == SHOAL_BENCODE_DICT };
  if (type == SHOAL_BENCODE_DICT || type == SHOAL_BENCODE_LIST)
    {
      self->next = container.token + 1;
      self->end = container.token + token_at (container.document, container.token)->skip - 1;
    }
}

gboolean
shoal_bencode_iter_next (ShoalBencodeIter *self, ShoalSpan *key, ShoalBencodeNode *value)
{
  ShoalSpan span = { "", 0 };

  if (self->next >= self->end)
    return FALSE;

  if (self->is_dict)
    {
      size_t position = token_at (self->document, self->next++)->offset;

      scan_string (self->document, &position, &span);
    }
  if (key != NULL)
    *key = span;
  *value = (ShoalBencodeNode){ self->document, self->next };
  self->next += token_at (self->document, self->next)->skip;
  return TRUE;
}

/* --- Writing ------------------------------------------------------------- */

void
shoal_bencode_begin_dict (GByteArray *out)
{
  g_byte_array_append (out, (const uint8_t *) "d", 1);
}

void
shoal_bencode_begin_list (GByteArray *out)
{
  g_byte_array_append (out, (const uint8_t *) "l", 1);
}

void
shoal_bencode_end (GByteArray *out)
{
  g_byte_array_append (out, (const uint8_t *) "e", 1);
}

/* "<before><value><after>"; either character may be missing. */
static void
add_number (GByteArray *out, char before, uint64_t value, gboolean negative, char after)
{
  char text[24];
  char *start = text + sizeof text;

  *--start = after;
  do
    *--start = (char) ('0' + value % 10);
  while ((value /= 10) != 0);
  if (negative)
    *--start = '-';
  if (before != '\0')
    *--start = before;
  g_byte_array_append (out, (const uint8_t *) start, (guint) (text + sizeof text - start));
}

void
shoal_bencode_add_integer (GByteArray *out, int64_t value)
{
  gboolean negative = value < 0;

  add_number (out, 'i', negative ? 0 - (uint64_t) value : (uint64_t) value, negative, 'e');
}

void
shoal_bencode_add_bytes (GByteArray *out, const void *data, size_t size)
{
  add_number (out, '\0', size, FALSE, ':');
  if (size > 0)
    g_byte_array_append (out, data, (guint) size);
}

void
shoal_bencode_add_string (GByteArray *out, const char *string)
{
  shoal_bencode_add_bytes (out, string, strlen (string));
}
