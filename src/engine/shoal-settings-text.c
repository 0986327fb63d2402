/* shoal-settings-text.c: settings as people type them, and as they are stored.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-internet.h"
#include "shoal-error.h"
#include "shoal-server.h"
#include "shoal-settings-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* --- Typed --------------------------------------------------------------- */

static gboolean
parse_boolean (const char *text, gboolean *value, GError **error)
{
  static const char *const YES[] = { "on", "yes", "true", "1", NULL };
  static const char *const NO[] = { "off", "no", "false", "0", NULL };
  g_autofree char *lower = g_ascii_strdown (text, -1);

  *value = g_strv_contains (YES, lower);
  if (*value || g_strv_contains (NO, lower))
    return TRUE;
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                          _("“%s” is neither “on” nor “off”"), text);
}

/* In small letters, with a point, and spaces that can be seen: as
 * g_format_size() does not write them everywhere. */
static char *
plain_number (const char *text)
{
  g_autofree char *lower = g_ascii_strdown (text, -1);
  g_auto (GStrv) parts = g_strsplit (lower, "\u00a0", -1);
  char *joined = g_strjoinv (" ", parts);

  return g_strdelimit (g_strstrip (joined), ",", '.');
}

/* "2 MB/s", "500k", "1.5 MiB": factors as their letters say. */
static gboolean
parse_limit (const char *text, uint64_t *value, GError **error)
{
  static const struct
  {
    const char *unit;
    double      factor;
  } UNITS[] = {
    { "", 1 },       { "b", 1 },      { "k", 1e3 },          { "kb", 1e3 },  { "m", 1e6 },
    { "mb", 1e6 },   { "g", 1e9 },    { "gb", 1e9 },         { "kib", 1024 }, { "mib", 1048576 },
    { "gib", 1073741824 },
  };
  g_autofree char *lower = plain_number (text);
  char *end = NULL;
  double number;

  if (g_str_has_suffix (lower, "/s"))
    lower[strlen (lower) - 2] = '\0';
  if (g_str_equal (lower, "none") || g_str_equal (lower, "off"))
    {
      *value = 0;
      return TRUE;
    }
  number = g_ascii_strtod (lower, &end);
  g_strstrip (end);
  for (gsize i = 0; i < G_N_ELEMENTS (UNITS) && end != lower && number >= 0 && number < 1e15; i++)
    {
      if (g_str_equal (end, UNITS[i].unit))
        {
          *value = (uint64_t) llround (number * UNITS[i].factor);
          return TRUE;
        }
    }
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                          _("Say for example “500 kB/s”, “2 MB/s” or “none”."),
                          _("“%s” is not a speed"), text);
}

static GVariant *
parse_names (const char *text)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();

  for (guint i = 0; names[i] != NULL; i++)
    {
      if (*g_strstrip (names[i]) != '\0' && !g_str_equal (text, "all"))
        g_ptr_array_add (kept, names[i]);
    }
  return g_variant_new_strv ((const char *const *) kept->pdata, kept->len);
}

/* "default", "none", or addresses with commas between them. */
static GVariant *
parse_addresses (const char *key, const char *text, GError **error)
{
  g_autoptr (GVariant) value = NULL;

  if (g_str_equal (text, "default"))
    return g_variant_new_strv (g_str_equal (key, "trackers") ? SHOAL_DEFAULT_TRACKERS
                                                             : SHOAL_DEFAULT_SERVERS, -1);
  if (g_str_equal (text, "none"))
    return g_variant_new_strv (NULL, 0);
  if (g_str_equal (key, "servers") && strstr (text, ":" SHOAL_SERVER_HIDDEN "@") != NULL)
    {
      shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                       _("Write the password itself in its place."),
                       _("“…” stands for a password that is not shown"));
      return NULL;
    }
  value = g_variant_ref_sink (parse_names (text));
  return shoal_settings_check_value (key, value, error) ? g_steal_pointer (&value) : NULL;
}

static GVariant *
parse_port (const char *text, GError **error)
{
  guint64 port = 0;

  if (g_str_equal (text, "default")
      || g_ascii_string_to_unsigned (text, 10, 0, SHOAL_MAX_PORT, &port, NULL))
    return g_variant_new_uint32 ((guint32) port);
  shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                   _("Choose 1024 to 65535, or “default”."), _("“%s” is not a port"), text);
  return NULL;
}

/* The picture of a file; "none" for none. Reads it: for programs without a loop. */
static GVariant *
parse_picture (const char *text, GError **error)
{
  g_autofree char *data = NULL;
  gsize size = 0;

  if (!g_str_equal (text, "none") && *text != '\0'
      && !g_file_get_contents (text, &data, &size, error))
    return NULL;
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1);
}

GVariant *
shoal_settings_parse_value (const char *key, const char *text, GError **error)
{
  const GVariantType *type = shoal_settings_get_key_type (key);
  GVariant *value = NULL;
  gboolean yes;
  uint64_t limit = 0;

  if (type == NULL)
    shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                     _("“shoal-cli settings” lists them all."), _("There is no setting “%s”"), key);
  else if (!g_variant_type_equal (type, G_VARIANT_TYPE_BYTESTRING)
           && !g_utf8_validate (text, -1, NULL))
    shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                     _("The value of “%s” is not valid text"), key);
  else if (g_variant_type_equal (type, G_VARIANT_TYPE_STRING))
    value = g_variant_new_string (text);
  else if (g_str_equal (key, "picture"))
    value = parse_picture (text, error);
  else if (g_variant_type_equal (type, G_VARIANT_TYPE_BYTESTRING))
    {
      g_autofree char *path = *text == '\0' || g_str_equal (text, "default")
                                ? g_strdup ("") : g_canonicalize_filename (text, NULL);

      value = g_variant_new_bytestring (path);
    }
  else if (g_variant_type_equal (type, G_VARIANT_TYPE_BOOLEAN))
    value = parse_boolean (text, &yes, error) ? g_variant_new_boolean (yes) : NULL;
  else if (g_variant_type_equal (type, G_VARIANT_TYPE_UINT64))
    value = parse_limit (text, &limit, error) ? g_variant_new_uint64 (limit) : NULL;
  else if (g_str_equal (key, "trackers") || g_str_equal (key, "servers"))
    value = parse_addresses (key, text, error);
  else if (g_variant_type_equal (type, G_VARIANT_TYPE_STRING_ARRAY))
    value = parse_names (text);
  else
    value = parse_port (text, error);
  return value != NULL ? g_variant_take_ref (value) : NULL;
}

static char *
format_names (const char *key, GVariant *value)
{
  g_autofree const char **names = g_variant_get_strv (value, NULL);
  g_autoptr (GStrvBuilder) shown = g_strv_builder_new ();
  g_auto (GStrv) texts = NULL;

  if (names[0] == NULL)
    return g_strdup (g_str_equal (key, "interfaces") ? _("all") : _("none"));
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *text = shoal_server_mask (names[i]);

      g_strv_builder_add (shown, g_str_equal (key, "servers") ? text : names[i]);
    }
  texts = g_strv_builder_end (shown);
  return g_strjoinv (",", texts);
}

static char *
format_limit (uint64_t limit)
{
  g_autofree char *size = NULL;

  if (limit == 0)
    return g_strdup (_("none"));
  size = g_format_size (limit);
  return g_strdup_printf (_("%s/s"), size);
}

char *
shoal_settings_format_value (const char *key, GVariant *value)
{
  const GVariantType *type = shoal_settings_get_key_type (key);

  if (g_variant_type_equal (type, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_str_equal (key, "picture"))
    return g_variant_n_children (value) == 0
             ? g_strdup (_("none"))
             : g_strdup_printf (_("%u bytes"), (guint) g_variant_n_children (value));
  if (g_variant_type_equal (type, G_VARIANT_TYPE_BYTESTRING))
    {
      const char *path = g_variant_get_bytestring (value);

      return *path != '\0' ? g_filename_display_name (path) : g_strdup (_("default"));
    }
  if (g_variant_type_equal (type, G_VARIANT_TYPE_BOOLEAN))
    return g_strdup (g_variant_get_boolean (value) ? "on" : "off");
  if (g_variant_type_equal (type, G_VARIANT_TYPE_UINT64))
    return format_limit (g_variant_get_uint64 (value));
  if (g_variant_type_equal (type, G_VARIANT_TYPE_STRING_ARRAY))
    return format_names (key, value);
  if (g_variant_get_uint32 (value) == 0)
    return g_strdup (_("default"));
  return g_strdup_printf ("%u", g_variant_get_uint32 (value));
}

/* --- Stored -------------------------------------------------------------- */

/* Text as it stands, bytes as base64, the rest as GVariant prints it. */
char *
shoal_settings_to_stored (const char *key, GVariant *value)
{
  const GVariantType *type = shoal_settings_get_key_type (key);
  gsize size;

  if (g_variant_type_equal (type, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_str_equal (key, "picture"))
    {
      const guchar *data = g_variant_get_fixed_array (value, &size, 1);

      return g_base64_encode (data, size);
    }
  return g_variant_print (value, FALSE);
}

GVariant *
shoal_settings_from_stored (const char *key, const char *text)
{
  const GVariantType *type = shoal_settings_get_key_type (key);
  GVariant *value;

  if (type == NULL || !g_utf8_validate (text, -1, NULL))
    return NULL;
  if (g_variant_type_equal (type, G_VARIANT_TYPE_STRING))
    return g_variant_ref_sink (g_variant_new_string (text));
  if (g_str_equal (key, "picture"))
    {
      gsize size;
      g_autofree guchar *data = g_base64_decode (text, &size);

      return g_variant_ref_sink (g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1));
    }
  value = g_variant_parse (type, text, NULL, NULL, NULL);
  return value; /* not floating, as g_variant_parse() says */
}
