/* test-settings.c: what the engine obeys: values, storing, what follows.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "engine-fixture.h"

#include "shoal-engine-settings.h"
#include "shoal-error.h"

#include <glib/gstdio.h>
#include <string.h>

/* --- Values -------------------------------------------------------------- */

static const struct
{
  const char *key, *text;
  const char *shown; /* NULL: it is refused */
} TYPED[] = {
  { "name", "Anna", "Anna" },
  { "name", "  Anna ", "  Anna " }, /* trimmed when it is set */
  { "download-limit", "0", "none" },
  { "download-limit", "none", "none" },
  { "download-limit", "2 MB/s", "2.0 MB/s" },
  { "upload-limit", "500k", "500.0 kB/s" },
  { "upload-limit", "1.5 MiB", "1.6 MB/s" },
  { "upload-limit", "fast", NULL },
  { "upload-limit", "-1", NULL },
  { "upload-limit", "1e300", NULL },
  { "upload-limit", "nan", NULL },
  { "slow-mode", "on", "on" },
  { "slow-mode", "No", "off" },
  { "slow-mode", "maybe", NULL },
  { "interfaces", "all", "all" },
  { "interfaces", "eth0, wlan0", "eth0,wlan0" },
  { "port", "27474", "27474" },
  { "port", "default", "default" },
  { "port", "70000", NULL },
  { "port", "http", NULL },
  { "download-directory", "/tmp", "/tmp" },
  { "download-directory", "default", "default" },
  { "picture", "none", "none" },
  { "picture", "/nonexistent/picture", NULL },
  { "colour", "blue", NULL },
};

static void
test_typed (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (TYPED); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value
        = shoal_settings_parse_value (TYPED[i].key, TYPED[i].text, &error);
      g_autofree char *shown = NULL;

      g_test_message ("%s %s", TYPED[i].key, TYPED[i].text);
      if (TYPED[i].shown == NULL)
        {
          g_assert_null (value);
          g_assert_nonnull (error);
          continue;
        }
      g_assert_no_error (error);
      g_assert_true (g_variant_is_of_type (value, shoal_settings_get_key_type (TYPED[i].key)));
      shown = shoal_settings_format_value (TYPED[i].key, value);
      /* GLib puts a no-break space before units. */
      for (char *c; (c = strstr (shown, "\302\240")) != NULL;)
        {
          *c = ' ';
          memmove (c + 1, c + 2, strlen (c + 2) + 1);
        }
      g_assert_cmpstr (shown, ==, TYPED[i].shown);
    }
}

/* Each key has a type, a value and a text of it that parses again. */
static void
test_keys (void)
{
  Device device;
  const char *const *keys = shoal_settings_list_keys ();
  guint n = 0;

  device_init (&device);
  for (; keys[n] != NULL; n++)
    {
      g_autoptr (ShoalSettings) settings = shoal_engine_get_settings (device.engine);
      g_autoptr (GVariant) value = shoal_settings_get_value (settings, keys[n]);
      g_autofree char *text = shoal_settings_format_value (keys[n], value);
      g_autoptr (GVariant) again = shoal_settings_parse_value (keys[n], text, NULL);

      g_test_message ("%s %s", keys[n], text);
      g_assert_true (g_variant_is_of_type (value, shoal_settings_get_key_type (keys[n])));
      g_assert_true (again != NULL && g_variant_equal (value, again));
    }
  g_assert_cmpuint (n, >, 10);
  g_assert_null (shoal_settings_get_key_type ("colour"));
  device_clear (&device);
}

/* --- Changing ------------------------------------------------------------ */

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Returns: the error's nick, or "ok". */
static const char *
change (Device *device, GVariant *changes)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  shoal_engine_change_settings_async (device->engine, changes, NULL, on_result, &result);
  g_assert_true (spin_until (has_result, &result));
  if (shoal_engine_change_settings_finish (device->engine, result, &error))
    return "ok";
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  return shoal_error_get_nick (error);
}

static GVariant *
changes (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *parsed = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return parsed;
}

static const struct
{
  const char *changes;
  const char *result;
} CHANGES[] = {
  { "{'name': <'Anna'>}", "ok" },
  { "{'name': <''>}", "invalid" },
  { "{'name': <'a\\nb'>}", "invalid" },
  { "{'name': <'a\u202eb'>}", "invalid" },
  { "{'name': <'\u0645\u06cc\u200c\u062e'>}", "ok" },
  { "{'name': <5>}", "invalid" },
  { "{'colour': <'blue'>}", "invalid" },
  { "{'picture': <b'GIF89a'>}", "invalid" },
  { "{'seen-by': <'friends'>}", "ok" },
  { "{'seen-by': <'everybody'>}", "invalid" },
  { "{'download-limit': <uint64 10>}", "invalid" },
  { "{'download-limit': <uint64 100000>}", "ok" },
  { "{'interfaces': <['eth0', 'a/b']>}", "invalid" },
  { "{'port': <uint32 65536>}", "invalid" },
  { "{'download-directory': <b'Downloads'>}", "invalid" },
  { "{'download-directory': <b'/nonexistent/folder'>}", "not-found" },
  { "{'download-directory': <b'/dev/null'>}", "not-found" },
  { "{'name': <'Berta'>, 'port': <uint32 70000>}", "invalid" },
};

static void
test_changes (void)
{
  Device device;
  g_autoptr (ShoalSettings) settings = NULL;

  device_init (&device);
  for (gsize i = 0; i < G_N_ELEMENTS (CHANGES); i++)
    {
      g_autoptr (GVariant) parsed = changes (CHANGES[i].changes);

      g_test_message ("%s", CHANGES[i].changes);
      g_assert_cmpstr (change (&device, parsed), ==, CHANGES[i].result);
    }
  /* Of the last nothing was taken. */
  settings = shoal_engine_get_settings (device.engine);
  g_assert_cmpstr (settings->name, ==, "\u0645\u06cc\u200c\u062e");
  device_clear (&device);
}

static void
test_picture_size (void)
{
  Device device;
  g_autofree uint8_t *data = g_malloc0 (SHOAL_MAX_PICTURE_BYTES + 1);
  GVariantDict dict;

  device_init (&device);
  memcpy (data, "\xff\xd8\xff\xe0", 4);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "picture", g_variant_new_fixed_array (
    G_VARIANT_TYPE_BYTE, data, SHOAL_MAX_PICTURE_BYTES + 1, 1));
  g_assert_cmpstr (change (&device, g_variant_dict_end (&dict)), ==, "limit");
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "picture", g_variant_new_fixed_array (
    G_VARIANT_TYPE_BYTE, data, SHOAL_MAX_PICTURE_BYTES, 1));
  g_assert_cmpstr (change (&device, g_variant_dict_end (&dict)), ==, "ok");
  device_clear (&device);
}

/* All that was changed is there after a restart, bytes and all. */
static void
test_stored (void)
{
  Device device;
  g_autoptr (ShoalSettings) settings = NULL;
  g_autofree char *folder = NULL;
  GVariantDict dict;

  device_init (&device);
  folder = g_build_filename (device.folder, "caf\xe9", NULL);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", " Jürgens Rechner ");
  g_variant_dict_insert (&dict, "picture", "^ay", "\x89PNG\r\n\x1a\nxyz");
  g_variant_dict_insert (&dict, "download-directory", "^ay", folder);
  g_variant_dict_insert (&dict, "seen-by", "s", "nobody");
  g_variant_dict_insert (&dict, "accept", "s", "friends");
  g_variant_dict_insert (&dict, "pass-on", "b", FALSE);
  g_variant_dict_insert (&dict, "upload-limit", "t", (guint64) 1 << 40);
  g_variant_dict_insert (&dict, "slow-mode", "b", TRUE);
  g_variant_dict_insert_value (&dict, "interfaces", g_variant_new_parsed ("['b', 'a', 'b']"));
  g_variant_dict_insert (&dict, "on-close", "s", "keep");
  g_variant_dict_insert (&dict, "start-at-login", "b", TRUE);
  g_variant_dict_insert (&dict, "metered-consent", "b", TRUE);
  g_variant_dict_insert (&dict, "first-run-done", "b", TRUE);
  g_assert_cmpstr (change (&device, g_variant_dict_end (&dict)), ==, "ok");

  device_stop (&device);
  device_start (&device);
  settings = shoal_engine_get_settings (device.engine);
  g_assert_cmpstr (settings->name, ==, "Jürgens Rechner");
  g_assert_cmpstr (shoal_engine_get_name (device.engine), ==, settings->name);
  g_assert_cmpuint (g_bytes_get_size (settings->picture), ==, 12); /* with the NUL of ^ay */
  g_assert_cmpstr (settings->download_directory, ==, folder);
  g_assert_cmpstr (settings->directory, ==, folder);
  g_assert_null (settings->directory_trouble);
  g_assert_cmpint (settings->seen_by, ==, SHOAL_SEEN_BY_NOBODY);
  g_assert_cmpint (settings->visibility, ==, SHOAL_VISIBLE_NOBODY);
  g_assert_cmpint (settings->accept, ==, SHOAL_ACCEPT_FRIENDS);
  g_assert_false (settings->pass_on);
  g_assert_cmpuint (settings->upload_limit, ==, (guint64) 1 << 40);
  g_assert_cmpuint (settings->effective_upload_limit, ==, settings->slow_upload_limit);
  g_assert_cmpuint (g_strv_length (settings->interfaces), ==, 2);
  g_assert_cmpstr (settings->interfaces[0], ==, "a");
  g_assert_cmpint (settings->on_close, ==, SHOAL_ON_CLOSE_KEEP);
  g_assert_true (settings->start_at_login && settings->metered_consent
                 && settings->first_run_done);
  device_clear (&device);
}

/* --- What follows -------------------------------------------------------- */

static void
test_visibility (void)
{
  Device device;

  device_init (&device);
  for (int attended = 1; attended >= 0; attended--)
    {
      g_autoptr (ShoalSettings) settings = NULL;

      shoal_engine_set_attended (device.engine, attended);
      settings = shoal_engine_get_settings (device.engine);
      g_assert_cmpint (settings->seen_by, ==, SHOAL_SEEN_WHILE_OPEN);
      g_assert_cmpint (settings->visibility, ==,
                       attended ? SHOAL_VISIBLE_EVERYONE : SHOAL_VISIBLE_FRIENDS);
    }
  device_clear (&device);
}

static void
test_metered (void)
{
  Device device;
  Other other;

  device_init (&device);
  other_init (&other);
  shoal_engine_set_acceptance (device.engine, SHOAL_ACCEPT_ALL, device.folder, TRUE);
  shoal_engine_set_metered (device.engine, TRUE);
  other_dial (&other, &device);
  other_offer (&other, 1, "x");
  for (guint i = 0; i < 1000 && device.offers->len == 0; i++)
    spin_for (10000);
  /* It is shown instead. */
  g_assert_cmpuint (device.offers->len, ==, 1);
  g_assert_cmpuint (other.n[SHOAL_MESSAGE_ACCEPT], ==, 0);

  shoal_engine_consent_to_metered (device.engine);
  for (guint i = 0; i < 1000 && other.n[SHOAL_MESSAGE_ACCEPT] == 0; i++)
    spin_for (10000);
  g_assert_cmpuint (other.n[SHOAL_MESSAGE_ACCEPT], ==, 1);

  /* The consent was for that network. */
  shoal_engine_set_metered (device.engine, FALSE);
  shoal_engine_set_metered (device.engine, TRUE);
  {
    g_autoptr (ShoalSettings) settings = shoal_engine_get_settings (device.engine);

    g_assert_true (settings->waits_for_consent);
  }
  other_clear (&other);
  device_clear (&device);
}

/* The folder goes, and comes back. */
static void
test_folder_gone (void)
{
  Device device;
  g_autofree char *folder = NULL;
  g_autoptr (ShoalSettings) settings = NULL;
  GVariantDict dict;

  device_init (&device);
  folder = g_build_filename (device.folder, "stick", NULL);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "download-directory", "^ay", folder);
  g_assert_cmpstr (change (&device, g_variant_dict_end (&dict)), ==, "ok");

  g_rmdir (folder);
  for (guint i = 0; i < 2; i++)
    {
      shoal_engine_set_attended (device.engine, i % 2 == 1);
      shoal_main_runtime_drain (runtime);
      spin_for (10000);
      g_clear_pointer (&settings, shoal_settings_unref);
      settings = shoal_engine_get_settings (device.engine);
      if (i == 0)
        {
          g_assert_cmpstr (settings->directory, !=, folder);
          g_assert_nonnull (strstr (settings->directory_trouble, "stick"));
          g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
        }
    }
  g_assert_cmpstr (settings->directory, ==, folder);
  g_assert_null (settings->directory_trouble);
  device_clear (&device);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  runtime = shoal_main_runtime_new (NULL);
  g_test_add_func ("/engine/settings/typed", test_typed);
  g_test_add_func ("/engine/settings/keys", test_keys);
  g_test_add_func ("/engine/settings/changes", test_changes);
  g_test_add_func ("/engine/settings/picture-size", test_picture_size);
  g_test_add_func ("/engine/settings/stored", test_stored);
  g_test_add_func ("/engine/settings/visibility", test_visibility);
  g_test_add_func ("/engine/settings/metered", test_metered);
  g_test_add_func ("/engine/settings/folder-gone", test_folder_gone);
  status = g_test_run ();
  g_object_unref (runtime);
  return status;
}
