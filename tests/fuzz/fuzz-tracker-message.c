/* fuzz-tracker-message.c: JSON from trackers and from their clients.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-tracker-message.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* What can be read can be written, and is then read as the same. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (ShoalTrackerMessage) first
    = shoal_tracker_message_read ((const char *) data, size, NULL);
  g_autoptr (ShoalTrackerMessage) second = NULL;
  g_autofree char *written = NULL, *again = NULL;

  if (first == NULL)
    return 0;
  written = shoal_tracker_message_write (first);
  if (strlen (written) > SHOAL_TRACKER_MAX_MESSAGE)
    return 0; /* escapes may be longer than what they stand for */
  second = shoal_tracker_message_read (written, strlen (written), NULL);
  g_assert (second != NULL && second->type == first->type);
  again = shoal_tracker_message_write (second);
  g_assert (g_str_equal (written, again));
  return 0;
}
