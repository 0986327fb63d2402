/* fuzz-address.c: addresses as people type them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-address.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocketAddress) again = NULL;
  g_autoptr (GInetAddress) inet = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *host = NULL, *shown = NULL, *other_host = NULL, *other = NULL;
  guint16 port = 0, other_port = 0;

  if (!shoal_address_parse (text, &address, &host, &port, &error))
    {
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
  else
    g_assert_true ((address == NULL) != (host == NULL) && port != 0);

  /* What is shown can be typed again. */
  if (address != NULL)
    {
      shown = shoal_address_to_text (address);
      g_assert_true (shoal_address_parse (shown, &again, &other_host, &other_port, NULL));
      g_assert_nonnull (again);
      other = shoal_address_to_text (again);
      g_assert_cmpstr (shown, ==, other);
      g_assert_cmpuint (port, ==, other_port);
      shoal_address_get_interface (address);
    }

  shoal_listen_address_parse (text, &inet, &port, NULL);
  return 0;
}
