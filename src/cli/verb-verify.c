/* verb-verify.c: which files and blocks in a folder are bad.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-output.h"

static void
on_verified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalCli) cli = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) bad = shoal_engine_verify_finish (SHOAL_ENGINE (source), result, &error);
  JsonBuilder *json;

  if (bad == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }

  for (guint i = 0; i < bad->len; i++)
    {
      ShoalBadFile *file = g_ptr_array_index (bad, i);

      json = shoal_json_begin (cli, "bad");
      shoal_json_string (json, "path", file->path);
      shoal_json_string (json, "message", file->trouble);
      shoal_json_int (json, "offset", (gint64) file->first_offset);
      shoal_json_int (json, "blocks", (gint64) file->bad_blocks);
      shoal_json_end (cli, json);
      shoal_say (cli, "%s: %s", file->path, file->trouble);
    }

  json = shoal_json_begin (cli, "verified");
  shoal_json_int (json, "bad", bad->len);
  shoal_json_end (cli, json);
  if (bad->len == 0)
    shoal_say (cli, _("Every block is as described."));
  shoal_cli_finish (cli, bad->len == 0 ? SHOAL_CLI_DONE : SHOAL_CLI_FAILED);
}

static void
verify_start (ShoalCli *cli, int argc, char **argv)
{
  g_autofree char *directory = NULL;
  g_autofree char *what = NULL;

  if (!shoal_cli_parse (cli, NULL, &argc, &argv))
    return;
  if (argc != 3)
    {
      shoal_cli_usage (cli, _("Say a .torrent file or link, and the folder"));
      return;
    }

  directory = shoal_cli_get_path (cli, argv[2]);
  what = shoal_cli_get_what (cli, argv[1]);
  if (shoal_cli_engine (cli))
    shoal_engine_verify_async (cli->engine, what, directory, shoal_print_hashing, cli,
                               cli->cancellable, on_verified, shoal_cli_ref (cli));
}

const ShoalVerb shoal_verb_verify = {
  .name = "verify",
  .arguments = "FILE.torrent|LINK DIR",
  .summary = N_("Say which files and blocks are bad"),
  .dials_only = TRUE,
  .start = verify_start,
};
