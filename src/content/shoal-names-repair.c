/* shoal-names-repair.c: safe names in place of unsafe or unwritable ones.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-names-private.h"

#include <string.h>

/* Bytes of an extension that survive when a name is cut, without the dot. */
#define MAX_EXTENSION 10

/* --- Repairing ----------------------------------------------------------- */

/* Start of the extension, dot included, or the end of the name. */
static size_t
find_extension (const char *name, size_t size)
{
  const char *dot = memrchr (name, '.', size);

  if (dot == NULL || dot == name || size - (size_t) (dot - name) > MAX_EXTENSION + 1)
    return size;
  return (size_t) (dot - name);
}

/* The largest number of bytes ≤ @max that does not cut a character. */
static size_t
whole_characters (const char *text, size_t max)
{
  while (max > 0 && ((uint8_t) text[max] & 0xc0) == 0x80)
    max--;
  return max;
}

/* Stem, @middle and extension, the stem cut so that all fits. */
static char *
join (const char *name, const char *middle)
{
  size_t size = strlen (name);
  size_t stem = find_extension (name, size);
  size_t rest = strlen (middle) + (size - stem);
  size_t kept = stem;

  if (stem + rest > SHOAL_MAX_NAME_BYTES)
    {
      kept = whole_characters (name, SHOAL_MAX_NAME_BYTES - rest);
      /* A joiner with nothing to join. */
      while (kept >= 3 && memcmp (name + kept - 3, "\xe2\x80", 2) == 0
             && (name[kept - 1] == '\x8c' || name[kept - 1] == '\x8d'))
        kept -= 3;
    }
  return g_strdup_printf ("%.*s%s%s", (int) kept, name, middle, name + stem);
}

char *
shoal_name_repair (const char *name, gssize given_size)
{
  size_t size = given_size < 0 ? strlen (name) : (size_t) given_size;
  g_autoptr (GString) out = g_string_sized_new (size + 1);
  g_autofree char *result = NULL;

  for (size_t i = 0; i < size;)
    {
      ShoalNameFault fault;
      gunichar c;
      size_t step = shoal_name_next_character (name, size, i, &c, &fault);

      if (fault == SHOAL_NAME_OK)
        g_string_append_len (out, name + i, (gssize) step);
      else if (fault != SHOAL_NAME_INVISIBLE)
        g_string_append_c (out, '_');
      i += step;
    }

  result = join (out->str, "");
  switch (shoal_name_check (result, -1))
    {
    case SHOAL_NAME_EMPTY:
      g_free (g_steal_pointer (&result));
      return g_strdup ("_");
    case SHOAL_NAME_DOTS:
    case SHOAL_NAME_RESERVED:
      result[strlen (result) - 1] = '_';
      break;
    case SHOAL_NAME_OK:
      break;
    case SHOAL_NAME_TOO_LONG:
    case SHOAL_NAME_NOT_UTF8:
    case SHOAL_NAME_SLASH:
    case SHOAL_NAME_CONTROL:
    case SHOAL_NAME_INVISIBLE:
    case SHOAL_NAME_CLASH:
    case SHOAL_NAME_PATH_LENGTH:
    case SHOAL_NAME_PATH_DEPTH:
    default:
      g_assert_not_reached ();
    }
  return g_steal_pointer (&result);
}

char *
shoal_name_add_number (const char *name, unsigned number)
{
  char middle[24];

  g_snprintf (middle, sizeof middle, " (%u)", number);
  return join (name, middle);
}

/* --- Windows file systems ------------------------------------------------ */

static const char WINDOWS_FORBIDDEN[] = "<>:\"|?*";

/* Bytes of the part that makes @name a DOS device, or 0. The extension does
 * not matter, and neither do spaces before it. */
static size_t
dos_device_size (const char *name)
{
  static const char *const WORDS[] = { "con", "prn", "aux", "nul", "clock$" };
  size_t size = strcspn (name, ".");

  while (size > 0 && name[size - 1] == ' ')
    size--;

  for (size_t i = 0; i < G_N_ELEMENTS (WORDS); i++)
    {
      if (size == strlen (WORDS[i]) && g_ascii_strncasecmp (name, WORDS[i], size) == 0)
        return size;
    }
  if (size == 4 && g_ascii_isdigit (name[3])
      && (g_ascii_strncasecmp (name, "com", 3) == 0 || g_ascii_strncasecmp (name, "lpt", 3) == 0))
    return size;
  return 0;
}

static gboolean
ends_badly (const char *name)
{
  size_t size = strlen (name);

  return size > 0 && (name[size - 1] == '.' || name[size - 1] == ' ');
}

gboolean
shoal_name_fits_windows (const char *name)
{
  return strpbrk (name, WINDOWS_FORBIDDEN) == NULL && !ends_badly (name)
         && dos_device_size (name) == 0;
}

char *
shoal_name_map_windows (const char *name)
{
  size_t device = dos_device_size (name);
  char *mapped;

  if (device > 0)
    mapped = g_strdup_printf ("%.*s_%s", (int) device, name, name + device);
  else
    mapped = g_strdup (name);

  g_strdelimit (mapped, WINDOWS_FORBIDDEN, '_');
  if (ends_badly (mapped))
    mapped[strlen (mapped) - 1] = '_';
  return mapped;
}
