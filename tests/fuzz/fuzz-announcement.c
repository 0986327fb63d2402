/* fuzz-announcement.c: any TXT record is read or refused, and what is read can be said again.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-announcement.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) txt = g_bytes_new_static (data, size);
  g_auto (ShoalAnnouncement) heard = { 0 };
  g_auto (ShoalAnnouncement) again = { 0 };
  g_autoptr (GBytes) said = NULL;

  if (!shoal_announcement_parse (txt, &heard, NULL))
    return 0;

  said = shoal_announcement_format (&heard);
  g_assert_true (shoal_announcement_parse (said, &again, NULL));
  g_assert_cmpstr (again.id, ==, heard.id);
  g_assert_cmpuint (again.version, ==, heard.version);
  g_assert_cmpuint (again.n_tags, ==, heard.n_tags);
  g_assert_cmpmem (again.tags, sizeof again.tags, heard.tags, sizeof heard.tags);
  if (heard.name != NULL)
    g_free (shoal_announcement_instance_name (heard.name));
  return 0;
}
