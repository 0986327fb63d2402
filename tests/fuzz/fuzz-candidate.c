/* fuzz-candidate.c: ICE candidates of other devices.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-candidate.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* What passes passes again, unchanged. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (ShoalCandidate) first = shoal_candidate_check (text, NULL);
  g_autoptr (ShoalCandidate) second = NULL;

  if (first == NULL)
    return 0;
  second = shoal_candidate_check (first->text, NULL);
  g_assert (second != NULL && g_str_equal (first->text, second->text));
  return 0;
}
