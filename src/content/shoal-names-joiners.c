/* shoal-names-joiners.c: where the invisible joiners mean something.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * U+200C and U+200D show nothing themselves: a name that has one too many looks
 * like another name. But Persian and Indic words are misspelt without them, and
 * an emoji of several is a string of single ones. So they are let through where
 * they change how their neighbours are drawn: what Unicode's identifiers (UAX 31)
 * and IDNA (RFC 5892, A.1 and A.2) allow, and in emoji sequences.
 */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-names-private.h"

#include <string.h>

#define ZERO_WIDTH_NON_JOINER 0x200c
#define ZERO_WIDTH_JOINER 0x200d
#define EMOJI_PRESENTATION 0xfe0f
/* Canonical combining class of what suppresses a vowel and binds to the next. */
#define CLASS_VIRAMA 9

gboolean
shoal_name_is_joiner (gunichar c)
{
  return c == ZERO_WIDTH_NON_JOINER || c == ZERO_WIDTH_JOINER;
}

/* The character before *@at, which moves there; 0: none, or not UTF-8. */
static gunichar
step_back (const char *start, const char **at)
{
  const char *before = g_utf8_find_prev_char (start, *at);
  gunichar c;

  if (before == NULL)
    return 0;
  c = g_utf8_get_char_validated (before, *at - before);
  if (!g_unichar_validate (c) || g_utf8_next_char (before) != *at)
    c = 0;
  *at = before;
  return c;
}

static gboolean
is_mark (gunichar c)
{
  return g_unichar_ismark (c) && c != EMOJI_PRESENTATION;
}

/* Scripts whose letters take other shapes beside each other. */
static gboolean
is_cursive (GUnicodeScript script)
{
  static const GUnicodeScript CURSIVE[] = {
    G_UNICODE_SCRIPT_ARABIC,   G_UNICODE_SCRIPT_SYRIAC,   G_UNICODE_SCRIPT_MONGOLIAN,
    G_UNICODE_SCRIPT_NKO,      G_UNICODE_SCRIPT_MANDAIC,  G_UNICODE_SCRIPT_MANICHAEAN,
    G_UNICODE_SCRIPT_PHAGS_PA, G_UNICODE_SCRIPT_ADLAM,    G_UNICODE_SCRIPT_PSALTER_PAHLAVI,
    G_UNICODE_SCRIPT_SOGDIAN,  G_UNICODE_SCRIPT_HANIFI_ROHINGYA,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (CURSIVE); i++)
    {
      if (script == CURSIVE[i])
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_skin_tone (gunichar c)
{
  return c >= 0x1f3fb && c <= 0x1f3ff;
}

/* What emoji sequences are made of: the planes of pictures, and the older
 * symbols among which they lie. */
static gboolean
is_picture (gunichar c)
{
  return (c >= 0x1f000 && c <= 0x1faff && !is_skin_tone (c))
         || (c >= 0x2190 && c <= 0x21ff) || (c >= 0x2300 && c <= 0x23ff)
         || (c >= 0x25a0 && c <= 0x27bf) || (c >= 0x2b00 && c <= 0x2bff);
}

/* Between two pictures, the first with its colour or presentation. */
static gboolean
joins_pictures (const char *start, const char *at, gunichar next)
{
  gunichar c = step_back (start, &at);

  while (c == EMOJI_PRESENTATION || is_skin_tone (c))
    c = step_back (start, &at);
  return is_picture (c) && is_picture (next);
}

gboolean
shoal_name_joiner_fits (const char *start, const char *at, const char *end)
{
  const char *after = g_utf8_next_char (at);
  gunichar joiner = g_utf8_get_char (at);
  gunichar next = after < end ? g_utf8_get_char_validated (after, end - after) : 0;
  const char *back = at;
  gunichar before = step_back (start, &back);
  gboolean after_virama = g_unichar_combining_class (before) == CLASS_VIRAMA;

  if (!g_unichar_validate (next))
    next = 0;
  if (joiner == ZERO_WIDTH_JOINER && joins_pictures (start, at, next))
    return TRUE;

  while (before != 0 && is_mark (before))
    before = step_back (start, &back);
  if (!g_unichar_isalpha (before))
    return FALSE;
  if (after_virama)
    return TRUE;
  /* Bengali: ra that keeps its shape before the sign below it. */
  if (joiner == ZERO_WIDTH_JOINER && g_unichar_combining_class (next) == CLASS_VIRAMA)
    return g_unichar_get_script (before) == g_unichar_get_script (next);
  return g_unichar_isalpha (next) && is_cursive (g_unichar_get_script (before))
         && g_unichar_get_script (before) == g_unichar_get_script (next);
}

/* --- Labels -------------------------------------------------------------- */

gboolean
shoal_label_is_plain (const char *label)
{
  const char *end = label + strlen (label);

  for (const char *at = label; at < end; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      GUnicodeType type = g_unichar_type (c);

      if (shoal_name_is_joiner (c) ? !shoal_name_joiner_fits (label, at, end)
                                   : shoal_name_is_invisible (c) || g_unichar_iscntrl (c)
                                       || type == G_UNICODE_LINE_SEPARATOR
                                       || type == G_UNICODE_PARAGRAPH_SEPARATOR)
        return FALSE;
    }
  return TRUE;
}

char *
shoal_label_strip_invisible (const char *label)
{
  GString *out = g_string_sized_new (strlen (label));

  for (const char *at = label; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (!shoal_name_is_invisible (c) && c != 0xad && !(c >= 0xfe00 && c <= 0xfe0f))
        g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}
