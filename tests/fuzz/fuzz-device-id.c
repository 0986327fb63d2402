/* fuzz-device-id.c: device IDs as people type them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-device-id.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  ShoalDeviceIdPrefix prefix;
  ShoalDeviceId id, again;

  if (shoal_device_id_parse (text, &id, &error))
    {
      g_autofree char *proper = shoal_device_id_to_text (&id);

      g_assert_no_error (error);
      g_assert_true (shoal_device_id_parse (proper, &again, NULL));
      g_assert_true (shoal_hash_equals (&id, &again));
      g_assert_true (shoal_device_id_prefix_parse (text, &prefix, NULL));
      g_assert_true (shoal_device_id_prefix_matches (&prefix, &id));
    }
  else
    {
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }

  if (shoal_device_id_prefix_parse (text, &prefix, NULL))
    {
      ShoalDeviceMark mark = shoal_device_id_prefix_get_mark (&prefix);
      g_autofree char *glyphs = shoal_device_mark_to_text (&mark);

      g_assert_cmpuint (strlen (prefix.digits), ==, prefix.n_digits);
      g_assert_cmpint (g_utf8_strlen (glyphs, -1), ==, SHOAL_MARK_LENGTH);
    }
  return 0;
}
