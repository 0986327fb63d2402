/* fuzz-names.c: names that nobody has checked.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-names.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_shown (const char *shown)
{
  g_assert (g_utf8_validate (shown, -1, NULL));
  for (; *shown != '\0'; shown = g_utf8_next_char (shown))
    g_assert (!g_unichar_iscntrl (g_utf8_get_char (shown)));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *name = (const char *) data;
  ShoalNameFault fault = shoal_name_check (name, (gssize) size);
  g_autofree char *shown = shoal_name_escape (name, (gssize) size, size % 7);
  g_autofree char *repaired = shoal_name_repair (name, (gssize) size);
  g_autofree char *numbered = shoal_name_add_number (repaired, (unsigned) size);
  g_autofree char *mapped = shoal_name_map_windows (repaired);
  g_autofree char *key = shoal_name_clash_key (repaired, -1);
  g_autofree char *key_again = shoal_name_clash_key (key, -1);

  check_shown (shown);
  g_assert (shoal_name_check (repaired, -1) == SHOAL_NAME_OK);
  g_assert (shoal_name_check (numbered, -1) == SHOAL_NAME_OK);
  g_assert (shoal_name_fits_windows (mapped));
  g_assert (shoal_name_fits_windows (repaired) == (strcmp (repaired, mapped) == 0));
  g_assert_cmpstr (key, ==, key_again);
  g_assert (shoal_name_fault_get_text (fault) != NULL);
  if (fault == SHOAL_NAME_OK)
    g_assert (strlen (repaired) == size && memcmp (repaired, name, size) == 0);
  if (fault == SHOAL_NAME_OK)
    g_assert (shoal_path_check (name, (gssize) size) == SHOAL_NAME_OK);
  else
    shoal_path_check (name, (gssize) size);
  return 0;
}
