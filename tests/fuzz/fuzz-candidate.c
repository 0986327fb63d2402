/* fuzz-candidate.c: ICE candidates and told addresses of other devices.
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
  g_autoptr (GSocketAddress) told = shoal_told_address_check (text, NULL);

  if (told != NULL)
    g_assert (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (told)) >= 1024);
  if (first == NULL)
    return 0;
  second = shoal_candidate_check (first->text, NULL);
  g_assert (second != NULL && g_str_equal (first->text, second->text));
  return 0;
}
