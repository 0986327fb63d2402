/* verb-describe.c: what a link or .torrent file names, and who has it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-engine-shares.h"
#include "shoal-output.h"

static void
print_described (ShoalCli *cli, ShoalDescribed *described)
{
  g_autofree char *size = g_format_size (described->bytes);
  JsonBuilder *json = shoal_json_begin (cli, "described");

  shoal_json_string (json, "id", described->id);
  shoal_json_string (json, "name", described->name);
  shoal_json_int (json, "bytes", (gint64) described->bytes);
  shoal_json_int (json, "files", described->files);
  shoal_json_bool (json, "described", described->is_described);
  shoal_json_bool (json, "private", described->is_private);
  shoal_json_int (json, "sources", g_strv_length ((char **) described->sources));
  shoal_json_end (cli, json);

  if (described->is_described)
    shoal_say (cli, ngettext ("“%s”: %u file, %s", "“%s”: %u files, %s", described->files),
               described->name, described->files, size);
  else if (*described->name != '\0')
    shoal_say (cli, _("The link says: “%s”, %s"), described->name, size);
  for (gsize i = 0; described->sources[i] != NULL; i++)
    {
      g_autofree char *label = shoal_device_label (described->sources[i]);

      shoal_say (cli, _("%s has it."), label);
    }
  if (described->sources[0] == NULL)
    shoal_remark (cli, _("No device with Shoal that has it was found."));
}

static void
on_described (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalCli) cli = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDescribed) described
    = shoal_engine_describe_finish (SHOAL_ENGINE (source), result, &error);

  if (described == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }
  print_described (cli, described);
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

static void
describe_start (ShoalCli *cli, int argc, char **argv)
{
  g_auto (GStrv) from = NULL;
  g_autofree char *what = NULL;
  const GOptionEntry entries[] = {
    { "from", 0, 0, G_OPTION_ARG_STRING_ARRAY, &from, N_("Ask this source; may be repeated"),
      N_("ADDRESS:PORT") },
    G_OPTION_ENTRY_NULL
  };

  if (!shoal_cli_parse (cli, entries, &argc, &argv))
    return;
  if (argc != 2)
    {
      shoal_cli_usage (cli, _("Say what to describe: a link, or a .torrent file"));
      return;
    }
  what = shoal_cli_get_what (cli, argv[1]);
  if (shoal_cli_engine (cli))
    shoal_engine_describe_async (cli->engine, what, (const char *const *) from,
                                 cli->cancellable, on_described, shoal_cli_ref (cli));
}

const ShoalVerb shoal_verb_describe = {
  .name = "describe",
  .arguments = "LINK|FILE.torrent [--from ADDRESS:PORT]...",
  .summary = N_("Say what a link names, and who has it"),
  .dials_only = TRUE,
  .start = describe_start,
};
