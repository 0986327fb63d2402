/* verb-export.c: describe files in a .torrent file without serving them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-output.h"

static void
on_exported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalCli) cli = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalShareInfo) share
    = shoal_engine_export_finish (SHOAL_ENGINE (source), result, &error);

  if (share == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }

  shoal_print_link (cli, share);
  shoal_say (cli, "%s", share->link);
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

static void
export_start (ShoalCli *cli, int argc, char **argv)
{
  g_autofree char *output = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_("The file to write"),
      N_("FILE.torrent") },
    G_OPTION_ENTRY_NULL
  };
  g_autofree char *absolute = NULL;
  g_auto (GStrv) paths = NULL;

  if (!shoal_cli_parse (cli, entries, &argc, &argv))
    return;
  if (argc < 2 || output == NULL)
    {
      shoal_cli_usage (cli, argc < 2 ? _("Say what to describe") : _("Say where to, with -o"));
      return;
    }

  paths = g_new0 (char *, argc);
  for (int i = 1; i < argc; i++)
    paths[i - 1] = shoal_cli_get_path (cli, argv[i]);
  absolute = shoal_cli_get_path (cli, output);
  cli->no_discovery = TRUE;
  if (shoal_cli_engine (cli))
    shoal_engine_export_async (cli->engine, (const char *const *) paths, absolute,
                               shoal_print_hashing, cli, cli->cancellable, on_exported,
                               shoal_cli_ref (cli));
}

const ShoalVerb shoal_verb_export = {
  .name = "export",
  .arguments = "PATH... -o FILE.torrent",
  .summary = N_("Describe files in a .torrent file without serving them"),
  .dials_only = TRUE,
  .start = export_start,
};
