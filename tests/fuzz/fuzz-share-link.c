/* fuzz-share-link.c: links that people paste.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-share-link.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalShareLink) link
    = shoal_share_link_parse ((const char *) data, (gssize) size, &error);
  g_autoptr (ShoalShareLink) again = NULL;
  g_autofree char *text = NULL;
  g_autofree char *same = NULL;

  g_assert ((link == NULL) == (error != NULL));
  if (link == NULL)
    return 0;

  /* One round makes it our own; from then on nothing changes. Escaping can make
   * it longer than what is taken. */
  text = shoal_share_link_format (link, SHOAL_SHARE_LINK_SHOAL);
  g_assert (g_str_is_ascii (text));
  if (strlen (text) > SHOAL_MAX_LINK_BYTES)
    return 0;
  again = shoal_share_link_parse (text, -1, &error);
  g_assert_no_error (error);
  same = shoal_share_link_format (again, SHOAL_SHARE_LINK_SHOAL);
  g_assert_cmpstr (text, ==, same);
  return 0;
}
