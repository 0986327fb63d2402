/* shoal-settings.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-settings.h"

#include "shoal-engine-internet.h"
#include "shoal-error.h"
#include "shoal-ice.h"
#include "shoal-limits.h"
#include "shoal-names.h"
#include "shoal-picture.h"
#include "shoal-settings-private.h"
#include "shoal-tracker-socket.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Below this a limit is a typing error, and nothing would arrive in time. */
#define MIN_LIMIT 1024u
/* Slow mode where nothing else is said: enough to talk over. */
#define SLOW_DOWNLOAD_LIMIT 1000000u
#define SLOW_UPLOAD_LIMIT 250000u
#define MAX_INTERFACES 32u
#define MAX_INTERFACE_NAME 15u
#define MAX_URLS 16u

G_DEFINE_ENUM_TYPE (ShoalSeenBy, shoal_seen_by,
  G_DEFINE_ENUM_VALUE (SHOAL_SEEN_BY_EVERYONE, "everyone"),
  G_DEFINE_ENUM_VALUE (SHOAL_SEEN_WHILE_OPEN, "while-open"),
  G_DEFINE_ENUM_VALUE (SHOAL_SEEN_BY_FRIENDS, "friends"),
  G_DEFINE_ENUM_VALUE (SHOAL_SEEN_BY_NOBODY, "nobody"))

G_DEFINE_ENUM_TYPE (ShoalAcceptPolicy, shoal_accept_policy,
  G_DEFINE_ENUM_VALUE (SHOAL_ACCEPT_ASK, "ask"),
  G_DEFINE_ENUM_VALUE (SHOAL_ACCEPT_FRIENDS, "friends"),
  G_DEFINE_ENUM_VALUE (SHOAL_ACCEPT_ALL, "all"))

G_DEFINE_ENUM_TYPE (ShoalOnClose, shoal_on_close,
  G_DEFINE_ENUM_VALUE (SHOAL_ON_CLOSE_ASK, "ask"),
  G_DEFINE_ENUM_VALUE (SHOAL_ON_CLOSE_KEEP, "keep"),
  G_DEFINE_ENUM_VALUE (SHOAL_ON_CLOSE_QUIT, "quit"))

/* --- Life ---------------------------------------------------------------- */

ShoalSettings *
shoal_settings_ref (ShoalSettings *settings)
{
  return g_atomic_rc_box_acquire (settings);
}

static void
clear (gpointer data)
{
  ShoalSettings *settings = data;

  g_free (settings->name);
  g_clear_pointer (&settings->picture, g_bytes_unref);
  g_free (settings->download_directory);
  g_strfreev (settings->interfaces);
  g_strfreev (settings->trackers);
  g_strfreev (settings->servers);
  g_free (settings->directory);
  g_free (settings->directory_trouble);
}

void
shoal_settings_unref (ShoalSettings *settings)
{
  g_atomic_rc_box_release_full (settings, clear);
}

ShoalSettings *
shoal_settings_new_default (void)
{
  ShoalSettings *settings = g_atomic_rc_box_new0 (ShoalSettings);

  settings->name = g_strdup ("");
  settings->seen_by = SHOAL_SEEN_WHILE_OPEN;
  settings->pass_on = TRUE;
  settings->slow_download_limit = SLOW_DOWNLOAD_LIMIT;
  settings->slow_upload_limit = SLOW_UPLOAD_LIMIT;
  settings->interfaces = g_new0 (char *, 1);
  settings->trackers = g_strdupv ((char **) SHOAL_DEFAULT_TRACKERS);
  settings->servers = g_strdupv ((char **) SHOAL_DEFAULT_SERVERS);
  settings->directory = g_strdup ("");
  return settings;
}

ShoalSettings *
shoal_settings_copy (const ShoalSettings *settings)
{
  ShoalSettings *copy = g_atomic_rc_box_dup (sizeof *settings, (gpointer) settings);

  copy->name = g_strdup (settings->name);
  if (copy->picture != NULL)
    g_bytes_ref (copy->picture);
  copy->download_directory = g_strdup (settings->download_directory);
  copy->interfaces = g_strdupv (settings->interfaces);
  copy->trackers = g_strdupv (settings->trackers);
  copy->servers = g_strdupv (settings->servers);
  copy->directory = g_strdup (settings->directory);
  copy->directory_trouble = g_strdup (settings->directory_trouble);
  return copy;
}

/* --- Checks -------------------------------------------------------------- */

char *
shoal_label_check (const char *text, GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));

  if (*trimmed == '\0' || strlen (trimmed) > SHOAL_MAX_LABEL_BYTES
      || !g_utf8_validate (trimmed, -1, NULL) || !shoal_label_is_plain (trimmed))
    {
      shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                       _("Choose a name of 1 to 240 bytes, without control characters."),
                       _("That is not a name others can read"));
      return NULL;
    }
  return g_steal_pointer (&trimmed);
}

static gboolean
is_interface_name (const char *name)
{
  gsize length = strlen (name);

  return length > 0 && length <= MAX_INTERFACE_NAME && g_utf8_validate (name, -1, NULL)
         && strpbrk (name, "/ \t\n:") == NULL;
}

/* --- Keys ---------------------------------------------------------------- */

typedef enum
{
  KIND_NAME,
  KIND_PICTURE,
  KIND_PATH,
  KIND_ENUM,
  KIND_BOOLEAN,
  KIND_LIMIT,
  KIND_INTERFACES,
  KIND_PORT,
  KIND_TRACKERS,
  KIND_SERVERS,
} Kind;

typedef struct
{
  const char *name;
  Kind        kind;
  size_t      offset; /* in ShoalSettings */
  GType     (*get_type) (void);
} Key;

#define AT(member) offsetof (ShoalSettings, member)

static const Key KEYS[] = {
  { "name", KIND_NAME, AT (name), NULL },
  { "picture", KIND_PICTURE, AT (picture), NULL },
  { "download-directory", KIND_PATH, AT (download_directory), NULL },
  { "seen-by", KIND_ENUM, AT (seen_by), shoal_seen_by_get_type },
  { "accept", KIND_ENUM, AT (accept), shoal_accept_policy_get_type },
  { "pass-on", KIND_BOOLEAN, AT (pass_on), NULL },
  { "download-limit", KIND_LIMIT, AT (download_limit), NULL },
  { "upload-limit", KIND_LIMIT, AT (upload_limit), NULL },
  { "slow-download-limit", KIND_LIMIT, AT (slow_download_limit), NULL },
  { "slow-upload-limit", KIND_LIMIT, AT (slow_upload_limit), NULL },
  { "slow-mode", KIND_BOOLEAN, AT (slow_mode), NULL },
  { "interfaces", KIND_INTERFACES, AT (interfaces), NULL },
  { "port", KIND_PORT, AT (port), NULL },
  { "on-close", KIND_ENUM, AT (on_close), shoal_on_close_get_type },
  { "start-at-login", KIND_BOOLEAN, AT (start_at_login), NULL },
  { "metered-consent", KIND_BOOLEAN, AT (metered_consent), NULL },
  { "internet", KIND_BOOLEAN, AT (internet), NULL },
  { "trackers", KIND_TRACKERS, AT (trackers), NULL },
  { "servers", KIND_SERVERS, AT (servers), NULL },
  { "first-run-done", KIND_BOOLEAN, AT (first_run_done), NULL },
};

static const Key *
find_key (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (KEYS); i++)
    {
      if (g_str_equal (KEYS[i].name, name))
        return &KEYS[i];
    }
  return NULL;
}

const char *const *
shoal_settings_list_keys (void)
{
  static const char *names[G_N_ELEMENTS (KEYS) + 1];
  static gsize done;

  if (g_once_init_enter (&done))
    {
      for (gsize i = 0; i < G_N_ELEMENTS (KEYS); i++)
        names[i] = KEYS[i].name;
      g_once_init_leave (&done, 1);
    }
  return names;
}

const GVariantType *
shoal_settings_get_key_type (const char *name)
{
  const Key *key = find_key (name);

  switch (key != NULL ? (int) key->kind : -1)
    {
    case KIND_NAME:
    case KIND_ENUM:
      return G_VARIANT_TYPE_STRING;
    case KIND_PICTURE:
    case KIND_PATH:
      return G_VARIANT_TYPE_BYTESTRING;
    case KIND_BOOLEAN:
      return G_VARIANT_TYPE_BOOLEAN;
    case KIND_LIMIT:
      return G_VARIANT_TYPE_UINT64;
    case KIND_INTERFACES:
    case KIND_TRACKERS:
    case KIND_SERVERS:
      return G_VARIANT_TYPE_STRING_ARRAY;
    case KIND_PORT:
      return G_VARIANT_TYPE_UINT32;
    default:
      return NULL;
    }
}

static const char *
nick_of (const Key *key, int value)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (key->get_type ());
  GEnumValue *found = g_enum_get_value (klass, value);

  return found != NULL ? found->value_nick : "";
}

GVariant *
shoal_settings_get_value (const ShoalSettings *settings, const char *name)
{
  const Key *key = find_key (name);
  const uint8_t *at = (const uint8_t *) settings + (key != NULL ? key->offset : 0);
  GVariant *value = NULL;
  GBytes *bytes;
  const char *path;

  g_return_val_if_fail (key != NULL, NULL);

  switch (key->kind)
    {
    case KIND_NAME:
      value = g_variant_new_string (*(char *const *) at);
      break;

    case KIND_PICTURE:
      bytes = *(GBytes *const *) at;
      value = bytes != NULL
                ? g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE)
                : g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, NULL, 0, 1);
      break;

    case KIND_PATH:
      path = *(char *const *) at;
      value = g_variant_new_bytestring (path != NULL ? path : "");
      break;

    case KIND_ENUM:
      value = g_variant_new_string (nick_of (key, *(const int *) at));
      break;

    case KIND_BOOLEAN:
      value = g_variant_new_boolean (*(const gboolean *) at);
      break;

    case KIND_LIMIT:
      value = g_variant_new_uint64 (*(const uint64_t *) at);
      break;

    case KIND_INTERFACES:
    case KIND_TRACKERS:
    case KIND_SERVERS:
      value = g_variant_new_strv (*(const char *const *const *) at, -1);
      break;

    case KIND_PORT:
      value = g_variant_new_uint32 (*(const guint16 *) at);
      break;

    default:
      g_assert_not_reached ();
    }
  return g_variant_ref_sink (value);
}

/* --- Changing ------------------------------------------------------------ */

static gboolean
set_name (char **name, GVariant *value, GError **error)
{
  char *checked = shoal_label_check (g_variant_get_string (value, NULL), error);

  if (checked == NULL)
    return FALSE;
  g_free (*name);
  *name = checked;
  return TRUE;
}

static gboolean
set_picture (GBytes **picture, GVariant *value, GError **error)
{
  gsize size;
  const void *data = g_variant_get_fixed_array (value, &size, 1);

  if (size > 0 && !shoal_picture_check (data, size, error))
    return FALSE;
  g_clear_pointer (picture, g_bytes_unref);
  if (size > 0)
    *picture = g_bytes_new (data, size);
  return TRUE;
}

static gboolean
set_path (char **path, GVariant *value, GError **error)
{
  const char *given = g_variant_get_bytestring (value);

  g_autofree char *shown = g_filename_display_name (given);

  if (*given != '\0' && !g_path_is_absolute (given))
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                            _("Give the whole path, from / on."),
                            _("“%s” is not the whole path of a folder"), shown);
  g_free (*path);
  *path = *given != '\0' ? g_canonicalize_filename (given, NULL) : NULL;
  return TRUE;
}

static gboolean
set_enum (const Key *key, int *to, const char *nick, GError **error)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (key->get_type ());
  GEnumValue *found = g_enum_get_value_by_nick (klass, nick);
  g_autoptr (GString) nicks = g_string_new (NULL);

  if (found != NULL)
    {
      *to = found->value;
      return TRUE;
    }
  for (guint i = 0; i < klass->n_values; i++)
    g_string_append_printf (nicks, "%s%s", i > 0 ? ", " : "", klass->values[i].value_nick);
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                          _("“%s” takes one of: %s"), key->name, nicks->str);
}

static gboolean
set_limit (uint64_t *limit, uint64_t value, GError **error)
{
  if (value != 0 && value < MIN_LIMIT)
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                            _("0 means no limit."),
                            _("A limit is at least %u bytes a second"), MIN_LIMIT);
  *limit = value;
  return TRUE;
}

static int
by_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
set_interfaces (char ***interfaces, GVariant *value, GError **error)
{
  g_autofree const char **given = g_variant_get_strv (value, NULL);
  guint n = g_strv_length ((char **) given);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < n; i++)
    {
      if (!is_interface_name (given[i]) || n > MAX_INTERFACES)
        return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                                _("“%s” is not the name of a network interface"), given[i]);
      g_ptr_array_add (names, (gpointer) given[i]);
    }
  g_ptr_array_sort (names, by_text);
  for (guint i = names->len; i-- > 1;)
    {
      if (g_str_equal (names->pdata[i], names->pdata[i - 1]))
        g_ptr_array_remove_index (names, i);
    }
  g_ptr_array_add (names, NULL);
  g_strfreev (*interfaces);
  *interfaces = g_strdupv ((char **) names->pdata);
  return TRUE;
}

static gboolean
check_server (const char *text, GError **error)
{
  ShoalIceServer *server = shoal_ice_server_parse (text, error);

  if (server == NULL)
    return FALSE;
  shoal_ice_server_free (server);
  return TRUE;
}

/* In the order given: a person may have reasons for it. */
static gboolean
set_urls (char ***urls, GVariant *value, gboolean (*check) (const char *text, GError **error),
          GError **error)
{
  g_autofree const char **given = g_variant_get_strv (value, NULL);

  for (guint i = 0; given[i] != NULL; i++)
    {
      if (i == MAX_URLS)
        return shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_HERE, NULL,
                                _("At most %u addresses, please"), MAX_URLS);
      if (!check (given[i], error))
        return FALSE;
    }
  g_strfreev (*urls);
  *urls = g_strdupv ((char **) given);
  return TRUE;
}

static gboolean
set_port (guint16 *port, guint value, GError **error)
{
  if (value > SHOAL_MAX_PORT)
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                            _("Choose 1024 to 65535, or 0 for the usual one."),
                            _("%u is not a port"), value);
  *port = (guint16) value;
  return TRUE;
}

static gboolean
set_value (ShoalSettings *settings, const Key *key, GVariant *value, GError **error)
{
  gpointer at = (uint8_t *) settings + key->offset;

  switch (key->kind)
    {
    case KIND_NAME:
      return set_name (at, value, error);
    case KIND_PICTURE:
      return set_picture (at, value, error);
    case KIND_PATH:
      return set_path (at, value, error);
    case KIND_ENUM:
      return set_enum (key, at, g_variant_get_string (value, NULL), error);
    case KIND_BOOLEAN:
      *(gboolean *) at = g_variant_get_boolean (value);
      return TRUE;
    case KIND_LIMIT:
      return set_limit (at, g_variant_get_uint64 (value), error);
    case KIND_INTERFACES:
      return set_interfaces (at, value, error);
    case KIND_TRACKERS:
      return set_urls (at, value, shoal_tracker_socket_check_url, error);
    case KIND_SERVERS:
      return set_urls (at, value, check_server, error);
    case KIND_PORT:
      return set_port (at, g_variant_get_uint32 (value), error);
    default:
      g_assert_not_reached ();
    }
}

gboolean
shoal_settings_set_value (ShoalSettings *settings, const char *name, GVariant *value,
                          GError **error)
{
  const Key *key = find_key (name);

  if (key == NULL)
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                            _("There is no setting “%s”"), name);
  if (!g_variant_is_of_type (value, shoal_settings_get_key_type (name)))
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                            _("“%s” cannot be set to a value of the type “%s”"), name,
                            g_variant_get_type_string (value));
  return set_value (settings, key, value, error);
}

gboolean
shoal_settings_check_value (const char *key, GVariant *value, GError **error)
{
  g_autoptr (ShoalSettings) scratch = shoal_settings_new_default ();

  return shoal_settings_set_value (scratch, key, value, error);
}
