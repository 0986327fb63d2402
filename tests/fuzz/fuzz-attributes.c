/* fuzz-attributes.c: times and modes beside a small description.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-attributes.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const char INFO[] = "d9:file treed1:ad1:bd0:d6:lengthi0eeee1:cd0:d6:lengthi0eeee"
                           "12:meta versioni2e4:name1:x12:piece lengthi65536ee";

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) info = g_bytes_new_static (INFO, sizeof INFO - 1);
  g_autoptr (ShoalDescription) description
    = shoal_description_parse (info, SHOAL_NAMES_REFUSE, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (ShoalAttributes) attributes = shoal_attributes_parse (bytes, description, NULL);
  g_autoptr (GBytes) again = NULL;

  if (attributes == NULL)
    return 0;

  again = shoal_attributes_write (attributes);
  g_assert (g_bytes_equal (bytes, again));
  return 0;
}
