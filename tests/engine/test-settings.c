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

static char *
share (Device *device, const char *path)
{
  const char *const paths[] = { path, NULL };
  const ShoalSharePolicy policy = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ShoalShareInfo) info = NULL;
  g_autoptr (GError) error = NULL;

  shoal_engine_share_async (device->engine, paths, &policy, NULL, NULL, NULL, on_result, &result);
  g_assert_true (spin_until (has_result, &result));
  info = shoal_engine_share_finish (device->engine, result, &error);
  g_assert_no_error (error);
  return g_strdup (info->link);
}

static char *
get (Device *device, const char *link, Device *from)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%d", from->port);
  const char *const addresses[] = { address, NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *id;

  shoal_engine_get_async (device->engine, link, device->folder, addresses, NULL, on_result,
                          &result);
  g_assert_true (spin_until (has_result, &result));
  id = shoal_engine_get_finish (device->engine, result, &error);
  g_assert_no_error (error);
  return id;
}

static uint64_t
bytes_of (Device *device)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_get_transfers (device->engine);

  return transfers->len > 0 ? ((ShoalTransferInfo *) transfers->pdata[0])->bytes : 0;
}

/* One who fetches gives to another; not on a metered network, until somebody
 * agrees. It fetches slowly, so that it is not done meanwhile. */
static void
test_metered_passing_on (void)
{
  Device source, middle, end;
  g_autofree char *file = NULL;
  g_autofree char *link = NULL;
  g_autofree char *data = g_malloc0 (4000000);

  device_init (&source);
  device_init (&middle);
  device_init (&end);
  file = g_build_filename (source.folder, "data", NULL);
  for (guint i = 0; i < 4000000; i++)
    data[i] = (char) (i * i >> 7);
  g_assert_true (g_file_set_contents (file, data, 4000000, NULL));
  link = share (&source, file);
  /* The end is told of the source, and is to get nothing there. */
  g_assert_true (shoal_engine_set_blocked (source.engine, shoal_engine_get_id (end.engine), TRUE,
                                           NULL));
  g_assert_cmpstr (change (&middle, g_variant_new_parsed ("{'download-limit': <uint64 300000>}")),
                   ==, "ok");
  shoal_engine_set_metered (middle.engine, TRUE);
  g_free (get (&middle, link, &source));
  for (guint i = 0; i < 3000 && bytes_of (&middle) < 300000; i++)
    spin_for (5000);
  g_assert_cmpuint (bytes_of (&middle), >=, 300000);
  g_free (get (&end, link, &middle));
  spin_for (1000 * 1000);
  g_assert_cmpuint (bytes_of (&end), ==, 0);

  shoal_engine_consent_to_metered (middle.engine);
  for (guint i = 0; i < 3000 && bytes_of (&end) == 0; i++)
    spin_for (5000);
  g_assert_cmpuint (bytes_of (&end), >, 0);
  device_clear (&end);
  device_clear (&middle);
  device_clear (&source);
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

/* --- Before and after the start ------------------------------------------ */

static void
on_event (ShoalEngine *engine, const ShoalEvent *event, gpointer user_data)
{
  Device *self = user_data;

  if (event->type == SHOAL_EVENT_LISTENING)
    self->port = atoi (strrchr (event->text, ':') + 1);
  else if (event->type == SHOAL_EVENT_ERROR)
    {
      g_free (self->failure);
      self->failure = g_strdup (shoal_error_get_nick (event->error));
    }
}

/* Not started, and its port by the settings. */
static void
make_engine (Device *self)
{
  g_autofree char *state = NULL;
  g_autoptr (GError) error = NULL;
  ShoalEngineOptions options = {
    .listen_address = "127.0.0.1",
    .listen_port = -1,
    .no_discovery = TRUE,
    .visibility = -1,
    .receive = TRUE,
  };

  if (self->folder == NULL)
    {
      self->folder = g_dir_make_tmp ("shoal-settings-XXXXXX", NULL);
      self->offers = g_ptr_array_new_with_free_func (g_free);
      self->gone = g_ptr_array_new_with_free_func (g_free);
    }
  state = g_build_filename (self->folder, "state", NULL);
  options.state_dir = state;
  self->engine = shoal_engine_new (SHOAL_RUNTIME (runtime), &options, on_event, self, &error);
  g_assert_no_error (error);
}

static guint32
free_port (void)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_TCP, NULL);

  g_assert_true (g_socket_bind (socket, any, TRUE, NULL));
  bound = g_socket_get_local_address (socket, NULL);
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

/* Until it starts nobody is called, and all can be set. */
static void
test_first_run (void)
{
  Device device = { 0 };
  Device other;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *address = NULL;
  guint32 port = free_port ();

  device_init (&other);
  address = g_strdup_printf ("127.0.0.1:%d", other.port);
  make_engine (&device);
  g_assert_cmpstr (change (&device, g_variant_new_parsed ("{'name': <'New'>, 'port': <%u>}", port)),
                   ==, "ok");
  shoal_engine_find_device_async (device.engine, address, G_USEC_PER_SEC, NULL, on_result,
                                  &result);
  g_assert_true (spin_until (has_result, &result));
  g_assert_null (shoal_engine_find_device_finish (device.engine, result, &error));
  g_assert_cmpstr (shoal_error_get_nick (error), ==, "busy");
  g_clear_object (&result);
  g_clear_error (&error);
  g_assert_cmpint (device.port, ==, 0);

  g_assert_cmpstr (change (&device, g_variant_new_parsed ("{'first-run-done': <true>}")), ==,
                   "ok");
  shoal_engine_start (device.engine, &error);
  g_assert_no_error (error);
  g_assert_cmpuint ((guint) device.port, ==, port);
  shoal_engine_find_device_async (device.engine, address, G_USEC_PER_SEC, NULL, on_result,
                                  &result);
  g_assert_true (spin_until (has_result, &result));
  shoal_device_info_unref (shoal_engine_find_device_finish (device.engine, result, &error));
  g_assert_no_error (error);
  g_clear_object (&result);
  device_clear (&device);
  device_clear (&other);
}

/* Another port is had at once, or the old one stays and it is said why. */
static void
test_port (void)
{
  Device device = { 0 };
  Device other;
  g_autoptr (ShoalSettings) settings = NULL;
  g_autoptr (GError) error = NULL;
  guint32 first = free_port (), second = free_port ();

  device_init (&other);
  make_engine (&device);
  g_assert_cmpstr (change (&device, g_variant_new_parsed ("{'port': <%u>}", first)), ==, "ok");
  shoal_engine_start (device.engine, &error);
  g_assert_no_error (error);
  g_assert_cmpuint ((guint) device.port, ==, first);
  g_assert_cmpstr (change (&device, g_variant_new_parsed ("{'port': <%u>}", second)), ==, "ok");
  g_assert_cmpuint ((guint) device.port, ==, second);

  g_assert_cmpstr (change (&device, g_variant_new_parsed ("{'name': <'Not me'>, 'port': <%u>}",
                                                          (guint32) other.port)), ==, "in-use");
  settings = shoal_engine_get_settings (device.engine);
  g_assert_cmpuint (settings->port, ==, second);
  g_assert_cmpstr (settings->name, !=, "Not me");
  {
    g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", second);
    g_autoptr (GAsyncResult) result = NULL;

    shoal_engine_find_device_async (other.engine, address, G_USEC_PER_SEC, NULL, on_result,
                                    &result);
    g_assert_true (spin_until (has_result, &result));
    shoal_device_info_unref (shoal_engine_find_device_finish (other.engine, result, &error));
    g_assert_no_error (error);
  }

  /* Taken at the next start: another one, and a word. */
  device_stop (&device);
  {
    Device squatter = { 0 };

    make_engine (&squatter);
    g_assert_cmpstr (change (&squatter, g_variant_new_parsed ("{'port': <%u>}", second)), ==,
                     "ok");
    shoal_engine_start (squatter.engine, &error);
    g_assert_no_error (error);
    make_engine (&device);
    shoal_engine_start (device.engine, &error);
    g_assert_no_error (error);
    g_assert_cmpuint ((guint) device.port, !=, second);
    g_assert_cmpstr (device.failure, ==, "in-use");
    device_clear (&squatter);
  }
  device_clear (&device);
  device_clear (&other);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  runtime = shoal_main_runtime_new (NULL);
  g_test_add_func ("/engine/settings/typed", test_typed);
  g_test_add_func ("/engine/settings/keys", test_keys);
  g_test_add_func ("/engine/settings/changes", test_changes);
  g_test_add_func ("/engine/settings/picture-size", test_picture_size);
  g_test_add_func ("/engine/settings/stored", test_stored);
  g_test_add_func ("/engine/settings/visibility", test_visibility);
  g_test_add_func ("/engine/settings/metered", test_metered);
  g_test_add_func ("/engine/settings/metered-passing-on", test_metered_passing_on);
  g_test_add_func ("/engine/settings/folder-gone", test_folder_gone);
  g_test_add_func ("/engine/settings/first-run", test_first_run);
  g_test_add_func ("/engine/settings/port", test_port);
  status = g_test_run ();
  g_object_unref (runtime);
  return status;
}
