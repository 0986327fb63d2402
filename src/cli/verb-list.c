/* verb-list.c: what a friend shares with me.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-output.h"

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalCli) cli = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = shoal_engine_list_finish (SHOAL_ENGINE (source), result, &error);

  if (list == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }

  for (guint i = 0; i < list->len; i++)
    {
      ShoalListing *listing = g_ptr_array_index (list, i);
      g_autofree char *size = g_format_size (listing->bytes);
      JsonBuilder *json = shoal_json_begin (cli, "share");

      shoal_json_string (json, "id", listing->id);
      shoal_json_string (json, "name", listing->name);
      shoal_json_int (json, "bytes", (gint64) listing->bytes);
      shoal_json_int (json, "files", listing->files);
      shoal_json_end (cli, json);
      shoal_say (cli, ngettext ("%s  (%u file, %s)", "%s  (%u files, %s)", listing->files),
                 listing->name, listing->files, size);
    }
  if (list->len == 0)
    shoal_remark (cli, _("They share nothing with you, or have not added you as a friend."));
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

static void
found (ShoalCli *cli, ShoalDeviceInfo *device)
{
  shoal_engine_list_async (cli->engine, device->id, cli->cancellable, on_listed,
                           shoal_cli_ref (cli));
}

static void
list_start (ShoalCli *cli, int argc, char **argv)
{
  if (!shoal_cli_parse (cli, NULL, &argc, &argv))
    return;
  if (argc != 2)
    {
      shoal_cli_usage (cli, _("Say whose shares to list"));
      return;
    }
  if (shoal_cli_engine (cli))
    shoal_cli_find (cli, argv[1], found);
}

const ShoalVerb shoal_verb_list = {
  .name = "list",
  .arguments = "DEVICE",
  .summary = N_("List what a friend shares with you"),
  .dials_only = TRUE,
  .start = list_start,
};
