/* fuzz-invite.c: invites as they are pasted.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-invite.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (ShoalInvite) first = shoal_invite_parse (text, NULL);
  g_autoptr (ShoalInvite) second = NULL;
  g_autofree char *again = NULL;

  if (first == NULL)
    return 0;
  again = shoal_invite_format (first);
  second = shoal_invite_parse (again, NULL);
  g_assert (second != NULL && g_str_equal (first->name, second->name));
  return 0;
}
