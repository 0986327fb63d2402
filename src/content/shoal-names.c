/* shoal-names.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-names-private.h"

#include <string.h>

static size_t
size_of (const char *name, gssize size)
{
  return size < 0 ? strlen (name) : (size_t) size;
}

/* --- Checking ------------------------------------------------------------ */

static gboolean
is_control (gunichar c)
{
  return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

/* Characters that show nothing, or change how the rest is shown: joiners (but
 * see shoal-names-joiners.c) and direction marks, embeddings, invisible operators,
 * isolates, the byte order mark. With them a name can look like another one. */
gboolean
shoal_name_is_invisible (gunichar c)
{
  return c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e)
         || (c >= 0x2060 && c <= 0x2064) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static gboolean
is_reserved (const char *name, size_t size)
{
  size_t suffix = strlen (SHOAL_PART_SUFFIX);

  return size >= suffix
         && g_ascii_strncasecmp (name + size - suffix, SHOAL_PART_SUFFIX, suffix) == 0;
}

static ShoalNameFault
check_character (gunichar c)
{
  if (c == '/' || c == '\\')
    return SHOAL_NAME_SLASH;
  if (is_control (c))
    return SHOAL_NAME_CONTROL;
  if (shoal_name_is_invisible (c))
    return SHOAL_NAME_INVISIBLE;
  return SHOAL_NAME_OK;
}

size_t
shoal_name_next_character (const char *name, size_t size, size_t at, gunichar *c,
                           ShoalNameFault *fault)
{
  const char *text = name + at;
  size_t step = 1;

  *c = (uint8_t) *text;
  if (*c >= 0x80)
    {
      *c = g_utf8_get_char_validated (text, (gssize) MIN (size - at, 6));
      if (!g_unichar_validate (*c))
        {
          *c = 0xfffd;
          *fault = SHOAL_NAME_NOT_UTF8;
          return 1;
        }
      step = (size_t) g_utf8_skip[(uint8_t) *text];
    }

  *fault = check_character (*c);
  if (shoal_name_is_joiner (*c) && shoal_name_joiner_fits (name, text, name + size))
    *fault = SHOAL_NAME_OK;
  return step;
}

ShoalNameFault
shoal_name_check (const char *name, gssize given_size)
{
  size_t size = size_of (name, given_size);
  ShoalNameFault fault = SHOAL_NAME_OK;

  if (size == 0)
    return SHOAL_NAME_EMPTY;
  if (name[0] == '.' && (size == 1 || (size == 2 && name[1] == '.')))
    return SHOAL_NAME_DOTS;
  if (size > SHOAL_MAX_NAME_BYTES)
    return SHOAL_NAME_TOO_LONG;

  for (size_t i = 0; i < size && fault == SHOAL_NAME_OK;)
    {
      gunichar c;

      i += shoal_name_next_character (name, size, i, &c, &fault);
    }

  if (fault == SHOAL_NAME_OK && is_reserved (name, size))
    return SHOAL_NAME_RESERVED;
  return fault;
}

ShoalNameFault
shoal_path_check (const char *path, gssize given_size)
{
  size_t left = size_of (path, given_size);
  size_t size = left;
  unsigned depth = 0;

  for (;;)
    {
      const char *slash = memchr (path, '/', left);
      size_t element = slash != NULL ? (size_t) (slash - path) : left;
      ShoalNameFault fault = shoal_name_check (path, (gssize) element);

      if (fault != SHOAL_NAME_OK)
        return fault;
      if (++depth > SHOAL_MAX_PATH_DEPTH)
        return SHOAL_NAME_PATH_DEPTH;
      if (slash == NULL)
        break;
      path = slash + 1;
      left -= element + 1;
    }

  return size > SHOAL_MAX_PATH_BYTES ? SHOAL_NAME_PATH_LENGTH : SHOAL_NAME_OK;
}

const char *
shoal_name_fault_get_text (ShoalNameFault fault)
{
  switch (fault)
    {
    case SHOAL_NAME_OK:
      return "is safe";
    case SHOAL_NAME_EMPTY:
      return "is empty";
    case SHOAL_NAME_DOTS:
      return "stands for a folder itself or the one above";
    case SHOAL_NAME_TOO_LONG:
      return "is longer than 240 bytes";
    case SHOAL_NAME_NOT_UTF8:
      return "is not valid UTF-8";
    case SHOAL_NAME_SLASH:
      return "contains a slash or backslash";
    case SHOAL_NAME_CONTROL:
      return "contains a control character";
    case SHOAL_NAME_INVISIBLE:
      return "contains an invisible or direction-changing character";
    case SHOAL_NAME_RESERVED:
      return "ends like an unfinished download (" SHOAL_PART_SUFFIX ")";
    case SHOAL_NAME_CLASH:
      return "differs from another name only in case or in how accents are spelled";
    case SHOAL_NAME_PATH_LENGTH:
      return "is longer than 1,024 bytes, with its folders";
    case SHOAL_NAME_PATH_DEPTH:
      return "lies more than 64 folders deep";
    default:
      g_return_val_if_reached ("is not safe");
    }
}

/* --- Showing ------------------------------------------------------------- */

static gboolean
is_shown_as_code (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return is_control (c) || shoal_name_is_invisible (c) || type == G_UNICODE_FORMAT
         || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

char *
shoal_name_escape (const char *name, gssize given_size, size_t max_chars)
{
  size_t size = size_of (name, given_size);
  GString *out = g_string_sized_new (size + 1);
  size_t shown = 0;

  for (size_t i = 0; i < size; shown++)
    {
      ShoalNameFault fault;
      gunichar c;
      size_t step = shoal_name_next_character (name, size, i, &c, &fault);

      if (max_chars > 0 && shown == max_chars)
        {
          g_string_append (out, "…");
          break;
        }
      if (fault == SHOAL_NAME_NOT_UTF8)
        g_string_append_printf (out, "\\x%02x", (uint8_t) name[i]);
      else if (c == '\\')
        g_string_append (out, "\\\\");
      else if (c < 0x80 && is_control (c))
        g_string_append_printf (out, "\\x%02x", c);
      else if (is_shown_as_code (c) && !(shoal_name_is_joiner (c) && fault == SHOAL_NAME_OK))
        g_string_append_printf (out, "\\u{%X}", c);
      else
        g_string_append_len (out, name + i, (gssize) step);
      i += step;
    }

  return g_string_free (out, FALSE);
}

/* --- Telling apart ------------------------------------------------------- */

/* As g_utf8_casefold(), which swaps the two cases of Cherokee. */
static char *
fold_case (const char *text)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);
  GString *out = g_string_sized_new (strlen (folded));

  for (const char *c = folded; *c != '\0'; c = g_utf8_next_char (c))
    g_string_append_unichar (out, g_unichar_tolower (g_utf8_get_char (c)));
  return g_string_free (out, FALSE);
}

/* Two names that differ in them alone look alike. */
static char *
strip_joiners (const char *name, size_t size)
{
  GString *out = g_string_sized_new (size);

  for (const char *c = name; c < name + size; c = g_utf8_next_char (c))
    {
      if (!shoal_name_is_joiner (g_utf8_get_char (c)))
        g_string_append_len (out, c, g_utf8_next_char (c) - c);
    }
  return g_string_free (out, FALSE);
}

char *
shoal_name_clash_key (const char *name, gssize given_size)
{
  size_t size = size_of (name, given_size);
  g_autofree char *visible = NULL;
  g_autofree char *composed = NULL;
  g_autofree char *folded = NULL;
  gboolean is_ascii = TRUE;

  for (size_t i = 0; i < size && is_ascii; i++)
    is_ascii = (uint8_t) name[i] < 0x80;
  if (is_ascii)
    return g_ascii_strdown (name, (gssize) size);

  /* Folding can undo composition ("ǰ"), hence the second round. */
  visible = strip_joiners (name, size);
  composed = g_utf8_normalize (visible, -1, G_NORMALIZE_NFC);
  folded = fold_case (composed);
  return g_utf8_normalize (folded, -1, G_NORMALIZE_NFC);
}
