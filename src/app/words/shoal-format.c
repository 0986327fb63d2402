/* shoal-format.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-format.h"

#include "shoal-portal-path.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define MINUTE 60.0
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* --- Sizes --------------------------------------------------------------- */

static const char *const SIZE_FORMATS[] = {
  NULL, N_("%s kB"), N_("%s MB"), N_("%s GB"), N_("%s TB"), N_("%s PB"), N_("%s EB"),
};

static const char *const RATE_FORMATS[] = {
  N_("%s B/s"), N_("%s kB/s"), N_("%s MB/s"), N_("%s GB/s"), N_("%s TB/s"), N_("%s PB/s"),
  N_("%s EB/s"),
};

/* Number and unit, the first two words, belong on one line. */
static char *
keep_together (char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", 2);

  g_free (text);
  return g_strjoinv (SHOAL_FORMAT_SPACE, words);
}

static char *
with_unit (const char *format, const char *number)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return keep_together (g_strdup_printf (_(format), number));
#pragma GCC diagnostic pop
}

/* The power of 1000 in which @value has at most three digits once rounded. */
static guint
unit_of (double value)
{
  guint unit = 0;

  while (value >= 999.5 && unit + 1 < G_N_ELEMENTS (SIZE_FORMATS))
    {
      value /= 1000;
      unit++;
    }
  return unit;
}

static char *
in_unit (double value, guint unit, double decimals_below)
{
  value /= pow (1000, unit);
  if (unit > 0 && value < decimals_below)
    return g_strdup_printf ("%.1f", value);
  return g_strdup_printf ("%.0f", value);
}

static char *
bytes_in_words (uint64_t bytes)
{
  return keep_together (g_strdup_printf (ngettext ("%u byte", "%u bytes", (gulong) bytes),
                                         (guint) bytes));
}

char *
shoal_format_code (const char *code)
{
  g_auto (GStrv) parts = g_strsplit (code, " ", -1);

  return g_strjoinv (SHOAL_FORMAT_SPACE, parts);
}

char *
shoal_format_size (uint64_t bytes)
{
  guint unit = unit_of ((double) bytes);
  g_autofree char *number = NULL;

  if (unit == 0)
    return bytes_in_words (bytes);

  number = in_unit ((double) bytes, unit, 99.95);
  return with_unit (SIZE_FORMATS[unit], number);
}

char *
shoal_format_progress (uint64_t done, uint64_t total)
{
  guint unit = unit_of ((double) total);
  g_autofree char *of = shoal_format_size (total);
  g_autofree char *number = NULL;

  if (done >= total)
    return g_steal_pointer (&of);

  /* The same unit is said once. */
  if (done == 0)
    number = g_strdup ("0");
  else if (unit_of ((double) done) == unit)
    number = in_unit ((double) done, unit, 99.95);
  else
    number = shoal_format_size (done);

  /* Translators: bytes done, then bytes in all: “1.2 of 3.4 GB”. */
  return g_strdup_printf (C_("bytes", "%s of %s"), number, of);
}

char *
shoal_format_rate (double rate)
{
  guint unit;
  g_autofree char *number = NULL;

  if (!(rate > 0) || isinf (rate))
    rate = 0;
  unit = unit_of (rate);
  number = in_unit (rate, unit, 9.95);
  return with_unit (RATE_FORMATS[unit], number);
}

char *
shoal_format_percent (uint64_t done, uint64_t total)
{
  guint percent = 100;

  if (done < total)
    percent = (guint) ((double) done * 100 / (double) total);
  /* Translators: a share of the whole, e.g. 42 %. */
  return keep_together (g_strdup_printf (C_("percent", "%u %%"), MIN (percent, 100)));
}

/* --- Times --------------------------------------------------------------- */

/* Nobody says "about 37 minutes". */
static guint
rounded_minutes (double seconds)
{
  double minutes = seconds / MINUTE;

  if (minutes > 10)
    return (guint) (5 * floor (minutes / 5 + 0.5));
  return (guint) floor (minutes + 0.5);
}

/* Never less than what is left, in steps that do not hurry the eye. */
static guint
rounded_seconds (double seconds)
{
  if (seconds > 20)
    return (guint) (5 * ceil (seconds / 5));
  return MAX (1, (guint) ceil (seconds));
}

char *
shoal_format_time_left (double seconds)
{
  guint n;

  if (!(seconds >= 0) || seconds > 30 * DAY)
    return NULL;

  if (seconds <= 55)
    {
      n = rounded_seconds (seconds);
      return keep_together (g_strdup_printf (ngettext ("%u s left", "%u s left", n), n));
    }
  if (seconds < 1.5 * MINUTE)
    return g_strdup (_("about a minute left"));
  if (seconds < 57.5 * MINUTE)
    {
      n = rounded_minutes (seconds);
      return g_strdup_printf (ngettext ("about %u minute left", "about %u minutes left", n), n);
    }
  if (seconds < 1.25 * HOUR)
    return g_strdup (_("about an hour left"));
  if (seconds < 1.75 * HOUR)
    return g_strdup (_("about an hour and a half left"));
  if (seconds < 1.5 * DAY)
    {
      n = (guint) floor (seconds / HOUR + 0.5);
      return g_strdup_printf (ngettext ("about %u hour left", "about %u hours left", n), n);
    }
  n = (guint) floor (seconds / DAY + 0.5);
  return g_strdup_printf (ngettext ("about %u day left", "about %u days left", n), n);
}

char *
shoal_format_duration (double seconds)
{
  guint n;

  if (!(seconds >= 0))
    seconds = 0;
  seconds = MIN (seconds, 1e9);

  if (seconds < 59.5)
    {
      n = MAX (1, (guint) floor (seconds + 0.5));
      return keep_together (g_strdup_printf (ngettext ("%u s", "%u s", n), n));
    }
  if (seconds < 59.5 * MINUTE)
    {
      n = MAX (1, rounded_minutes (seconds));
      return g_strdup_printf (ngettext ("%u minute", "%u minutes", n), n);
    }
  if (seconds < 1.5 * DAY)
    {
      n = (guint) floor (seconds / HOUR + 0.5);
      return g_strdup_printf (ngettext ("%u hour", "%u hours", n), n);
    }
  n = (guint) floor (seconds / DAY + 0.5);
  return g_strdup_printf (ngettext ("%u day", "%u days", n), n);
}

/* Days from the day of @then to the day of @now. */
static int
days_between (GDateTime *then, GDateTime *now)
{
  GDate a, b;

  g_date_clear (&a, 1);
  g_date_clear (&b, 1);
  g_date_set_dmy (&a, (GDateDay) g_date_time_get_day_of_month (then),
                  (GDateMonth) g_date_time_get_month (then),
                  (GDateYear) g_date_time_get_year (then));
  g_date_set_dmy (&b, (GDateDay) g_date_time_get_day_of_month (now),
                  (GDateMonth) g_date_time_get_month (now),
                  (GDateYear) g_date_time_get_year (now));
  return g_date_days_between (&a, &b);
}

char *
shoal_format_when (gint64 unix_seconds, GDateTime *now)
{
  g_autoptr (GDateTime) present = NULL;
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (unix_seconds);
  g_autoptr (GDateTime) then = NULL;
  int days;

  if (utc == NULL)
    return g_strdup ("");

  present = now != NULL ? g_date_time_ref (now) : g_date_time_new_now_local ();
  then = g_date_time_to_timezone (utc, g_date_time_get_timezone (present));
  days = days_between (then, present);
  if (days == 0)
    /* Translators: a time of today, for g_date_time_format(). */
    return g_date_time_format (then, _("%H:%M"));
  if (days == 1)
    /* Translators: for g_date_time_format(). */
    return g_date_time_format (then, _("yesterday at %H:%M"));
  if (g_date_time_get_year (then) == g_date_time_get_year (present))
    /* Translators: a day of this year, for g_date_time_format(). */
    return g_date_time_format (then, _("%-d %B"));
  /* Translators: a day of another year, for g_date_time_format(). */
  return g_date_time_format (then, _("%-d %B %Y"));
}

/* --- Counts and names ---------------------------------------------------- */

char *
shoal_format_count (uint64_t count)
{
  return g_strdup_printf ("%'" G_GUINT64_FORMAT, (guint64) count);
}

char *
shoal_format_files (guint files, guint folders)
{
  g_autofree char *in_files = NULL;
  g_autofree char *in_folders = NULL;

  if (files == 0 && folders == 0)
    return g_strdup (_("no files"));

  in_files = g_strdup_printf (ngettext ("%'u file", "%'u files", files), files);
  if (folders == 0)
    return g_steal_pointer (&in_files);
  in_folders = g_strdup_printf (ngettext ("%'u folder", "%'u folders", folders), folders);
  if (files == 0)
    return g_steal_pointer (&in_folders);

  /* Translators: folders, then files: “2 folders, 48 files”. */
  return g_strdup_printf (C_("counts", "%s, %s"), in_folders, in_files);
}

/* Scripts that run from right to left. */
static gboolean
is_right_to_left (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      GUnicodeScript script = g_unichar_get_script (g_utf8_get_char (p));

      if (script == G_UNICODE_SCRIPT_ARABIC || script == G_UNICODE_SCRIPT_HEBREW
          || script == G_UNICODE_SCRIPT_SYRIAC || script == G_UNICODE_SCRIPT_THAANA
          || script == G_UNICODE_SCRIPT_NKO)
        return TRUE;
    }
  return FALSE;
}

char *
shoal_format_folder (const char *path)
{
  const char *home = g_get_home_dir ();
  size_t size = strlen (home);
  g_autofree char *known = NULL;
  g_autofree char *rest = NULL;

  if (shoal_path_is_from_portal (path))
    {
      known = shoal_path_without_portal (path);
      return g_filename_display_name (known);
    }
  if (size < 2 || strncmp (path, home, size) != 0 || (path[size] != '/' && path[size] != '\0'))
    return g_filename_display_name (path);
  rest = g_filename_display_name (path + size);
  return g_strconcat ("~", rest, NULL);
}

char *
shoal_format_name (const char *name)
{
  g_autofree char *valid = NULL;

  if (name == NULL || *name == '\0')
    return g_strdup (C_("device or file", "Unnamed"));

  valid = g_utf8_make_valid (name, -1);
  if (is_right_to_left (valid))
    return g_strconcat ("\342\201\250", valid, "\342\201\251", NULL);
  return g_steal_pointer (&valid);
}

char *
shoal_format_people (const char *const *names, guint n)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  if (n == 0)
    return g_strdup ("");

  first = shoal_format_name (names[0]);
  if (n == 1)
    return g_steal_pointer (&first);
  if (n == 2)
    {
      second = shoal_format_name (names[1]);
      /* Translators: two names: “Anna and Kai”. */
      return g_strdup_printf (C_("people", "%s and %s"), first, second);
    }
  /* Translators: a name and how many more: “Anna and 2 others”. */
  return g_strdup_printf (ngettext ("%s and %u other", "%s and %u others", n - 1), first, n - 1);
}

char *
shoal_format_join (const char *first, ...)
{
  GString *line = g_string_new (NULL);
  va_list parts;

  va_start (parts, first);
  for (const char *part = first; part != NULL; part = va_arg (parts, const char *))
    {
      if (*part == '\0')
        continue;
      if (line->len > 0)
        g_string_append (line, SHOAL_FORMAT_DOT);
      g_string_append (line, part);
    }
  va_end (parts);
  return g_string_free (line, FALSE);
}

/* --- Ways ---------------------------------------------------------------- */

const char *
shoal_format_path (ShoalReach reach)
{
  switch (reach)
    {
    case SHOAL_REACH_NEARBY:
    case SHOAL_REACH_LOCAL:
      return _("on this network");
    case SHOAL_REACH_DIRECT:
      return C_("path", "direct");
    case SHOAL_REACH_RELAYED:
      return _("through a relay");
    case SHOAL_REACH_NONE:
    default:
      return _("not connected");
    }
}

const char *
shoal_format_reach (ShoalReach reach)
{
  switch (reach)
    {
    case SHOAL_REACH_NEARBY:
    case SHOAL_REACH_LOCAL:
      return _("on this network");
    case SHOAL_REACH_DIRECT:
      return _("online, direct");
    case SHOAL_REACH_RELAYED:
      return _("online, through a relay");
    case SHOAL_REACH_NONE:
    default:
      return _("offline");
    }
}
