/* shoal-json.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-signal"

#include "config.h"

#include "shoal-json.h"

#include "shoal-error.h"

#include <string.h>

/* U+E000 in UTF-8. */
#define NUL_STAND_IN "\xEE\x80\x80"
#define LARGEST_NUMBER (G_GINT64_CONSTANT (1) << 53)

/* --- Checking before parsing ---------------------------------------------- */

typedef struct
{
  const char *at;
  const char *end;
  GString    *out;   /* (owned): the text that json-glib gets */
  guint       depth;
  gboolean    in_string;
  gboolean    ended;  /* the first value, if it is an object or array */
} Scan;

static gboolean
refuse (GError **error, const char *what)
{
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                          "This is not JSON as trackers speak it: %s", what);
}

/* The four digits after "\u", or -1. */
static int
read_unit (const char *at, const char *end)
{
  int unit = 0;

  if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
    return -1;
  for (int i = 2; i < 6; i++)
    {
      int digit = g_ascii_xdigit_value (at[i]);

      if (digit < 0)
        return -1;
      unit = unit << 4 | digit;
    }
  return unit;
}

static gboolean
scan_escape (Scan *scan, GError **error)
{
  int unit, low;

  if (scan->end - scan->at < 2)
    return refuse (error, "it ends in the middle of a string");
  if (scan->at[1] != 'u')
    {
      /* json-glib takes octal numbers, too, and makes bytes of them that are no UTF-8. */
      if (strchr ("\"\\/bfnrt", scan->at[1]) == NULL || scan->at[1] == '\0')
        return refuse (error, "a bad escape");
      g_string_append_len (scan->out, scan->at, 2);
      scan->at += 2;
      return TRUE;
    }

  unit = read_unit (scan->at, scan->end);
  if (unit < 0)
    return refuse (error, "a bad escape");
  if (unit == SHOAL_JSON_NUL)
    return refuse (error, "a character for private use");
  if (unit >= 0xD800 && unit < 0xE000)
    {
      low = read_unit (scan->at + 6, scan->end);
      if (unit >= 0xDC00 || low < 0xDC00 || low >= 0xE000)
        return refuse (error, "half a surrogate pair");
      g_string_append_unichar (scan->out, 0x10000u + ((gunichar) (unit - 0xD800) << 10) +
                                          (gunichar) (low - 0xDC00));
      scan->at += 12;
      return TRUE;
    }
  if (unit == 0)
    g_string_append (scan->out, NUL_STAND_IN);
  else
    g_string_append_len (scan->out, scan->at, 6);
  scan->at += 6;
  return TRUE;
}

static gboolean
scan_plain (Scan *scan, GError **error)
{
  char c = *scan->at;

  if (scan->ended && !g_ascii_isspace (c))
    return refuse (error, "something follows it"); /* which json-glib would take */
  if (c == '"')
    scan->in_string = !scan->in_string;
  else if (!scan->in_string && (c == '{' || c == '['))
    scan->depth++;
  else if (!scan->in_string && (c == '}' || c == ']') && scan->depth > 0)
    scan->ended = --scan->depth == 0;
  else if (!scan->in_string && (c == '/' || c == '#'))
    return refuse (error, "a comment"); /* which json-glib would take */

  if (scan->depth > SHOAL_JSON_MAX_DEPTH)
    return refuse (error, "it is nested too deeply");
  if (scan->end - scan->at >= 3 && memcmp (scan->at, NUL_STAND_IN, 3) == 0)
    return refuse (error, "a character for private use");

  g_string_append_c (scan->out, c);
  scan->at++;
  return TRUE;
}

JsonNode *
shoal_json_read (const char *text, size_t size, size_t max_size, GError **error)
{
  g_autoptr (GString) clean = NULL;
  g_autoptr (JsonParser) parser = NULL;
  Scan scan = { text, text + size };

  if (size > max_size)
    {
      shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_THERE, NULL,
                       "A message of %" G_GSIZE_FORMAT " bytes is longer than the limit of %"
                       G_GSIZE_FORMAT, size, max_size);
      return NULL;
    }
  if (!g_utf8_validate (text, (gssize) size, NULL))
    {
      refuse (error, "not UTF-8");
      return NULL;
    }

  clean = g_string_sized_new (size + 16);
  scan.out = clean;
  while (scan.at < scan.end)
    if (!(scan.in_string && *scan.at == '\\' ? scan_escape (&scan, error)
                                             : scan_plain (&scan, error)))
      return NULL;

  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, clean->str, (gssize) clean->len, NULL)
      || json_parser_get_root (parser) == NULL)
    {
      refuse (error, "a syntax error");
      return NULL;
    }
  return json_node_ref (json_parser_get_root (parser));
}

/* --- Writing --------------------------------------------------------------- */

char *
shoal_json_write (JsonNode *root)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (GString) text = NULL;

  json_generator_set_root (generator, root);
  text = g_string_new (NULL);
  json_generator_to_gstring (generator, text);
  g_string_replace (text, NUL_STAND_IN, "\\u0000", 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* --- Members --------------------------------------------------------------- */

static JsonNode *
get_value (JsonObject *object, const char *name, GType type)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type
           ? node : NULL;
}

const char *
shoal_json_get_string (JsonObject *object, const char *name)
{
  JsonNode *node = get_value (object, name, G_TYPE_STRING);

  return node != NULL ? json_node_get_string (node) : NULL;
}

JsonObject *
shoal_json_get_object (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
shoal_json_get_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

gint64
shoal_json_get_number (JsonObject *object, const char *name, gint64 fallback)
{
  JsonNode *node = get_value (object, name, G_TYPE_INT64);
  double value;

  if (node != NULL)
    {
      gint64 number = json_node_get_int (node);

      return number >= 0 && number <= LARGEST_NUMBER ? number : fallback;
    }

  node = get_value (object, name, G_TYPE_DOUBLE);
  if (node == NULL)
    return fallback;
  value = json_node_get_double (node);
  /* Written so that a NaN falls back as well. */
  return value >= 0 && value <= (double) LARGEST_NUMBER ? (gint64) value : fallback;
}
