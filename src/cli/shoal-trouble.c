/* shoal-trouble.c: a transfer that waits, and why, told once each time.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-output.h"

/* NULL: it goes as it should, or has not begun. */
static char *
describe_trouble (ShoalTransferInfo *transfer)
{
  const char *other = transfer->device_name;

  if (transfer->phase == SHOAL_TRANSFER_PAUSED && transfer->direction == SHOAL_TRANSFER_SEND)
    return g_strdup_printf (_("%s has paused “%s”: %s"), other, transfer->name, transfer->reason);
  if (transfer->phase == SHOAL_TRANSFER_PAUSED)
    return g_strdup_printf (_("Paused: %s"), transfer->reason);
  if (transfer->phase != SHOAL_TRANSFER_CONNECTING || transfer->bytes == 0)
    return NULL;
  if (other != NULL)
    return g_strdup_printf (_("The connection to %s is lost. What has arrived is kept; it goes on "
                              "by itself when they can be reached again."), other);
  return g_strdup (_("No source can be reached now. What has arrived is kept; it goes on by itself "
                     "when one is back."));
}

gboolean
shoal_tell_trouble (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  g_autofree char *trouble = describe_trouble (transfer);
  const char *told;

  if (cli->troubles == NULL)
    cli->troubles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  told = g_hash_table_lookup (cli->troubles, transfer->id);
  if (trouble == NULL)
    {
      if (transfer->phase != SHOAL_TRANSFER_RUNNING && transfer->phase != SHOAL_TRANSFER_SYNCING)
        return FALSE;
      if (told != NULL && *told != '\0')
        shoal_remark (cli, _("Going on with “%s”."), transfer->name);
      trouble = g_strdup ("");
    }
  else if (g_strcmp0 (told, trouble) == 0
           || (told == NULL && transfer->phase != SHOAL_TRANSFER_PAUSED))
    {
      /* Known; or it has not run yet: what it waits for at first is the verb's to say. */
      return FALSE;
    }
  else
    {
      shoal_remark (cli, "%s", trouble);
    }
  g_hash_table_insert (cli->troubles, g_strdup (transfer->id), g_steal_pointer (&trouble));
  return TRUE;
}
