/* fuzz-settings.c: settings as somebody types them, as they are stored, and as a call brings
 * them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-diagnosis-private.h"
#include "shoal-settings-private.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* What was taken can be shown, stored, and taken again. */
static void
check_value (ShoalSettings *settings, const char *key, GVariant *value)
{
  g_autoptr (GVariant) taken = NULL;
  g_autoptr (GVariant) again = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *stored = NULL;

  if (value == NULL || !shoal_settings_set_value (settings, key, value, NULL))
    return;
  taken = shoal_settings_get_value (settings, key);
  shown = shoal_settings_format_value (key, taken);
  stored = shoal_settings_to_stored (key, taken);
  again = shoal_settings_from_stored (key, stored);
  g_assert (shown != NULL && again != NULL && g_variant_equal (taken, again));
  g_assert (shoal_settings_set_value (settings, key, again, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (ShoalSettings) settings = shoal_settings_new_default ();
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  const char *const *keys = shoal_settings_list_keys ();
  g_autoptr (GVariant) zone
    = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, bytes, FALSE));

  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autoptr (GVariant) stored = shoal_settings_from_stored (keys[i], text);
      g_autoptr (GVariant) raw = g_variant_ref_sink (
        g_variant_new_from_bytes (shoal_settings_get_key_type (keys[i]), bytes, FALSE));
      /* A path is no picture: that would read a file. */
      g_autoptr (GVariant) typed = g_str_equal (keys[i], "picture")
                                     ? NULL : shoal_settings_parse_value (keys[i], text, NULL);

      check_value (settings, keys[i], typed);
      check_value (settings, keys[i], stored);
      check_value (settings, keys[i], raw);
    }
  shoal_firewall_ufw_is_on (text);
  shoal_firewall_zone_has_port (zone, SHOAL_DEFAULT_PORT);
  return 0;
}
