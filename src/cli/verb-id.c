/* verb-id.c: who this device is.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-output.h"

static void
print_self (ShoalCli *cli)
{
  JsonBuilder *json = shoal_json_begin (cli, "id");

  shoal_json_string (json, "id", shoal_engine_get_id (cli->engine));
  shoal_json_string (json, "name", shoal_engine_get_name (cli->engine));
  shoal_json_string (json, "mark", shoal_engine_get_mark (cli->engine));
  shoal_json_end (cli, json);

  shoal_say (cli, "%s  %s", shoal_engine_get_name (cli->engine),
             shoal_engine_get_mark (cli->engine));
  shoal_say (cli, "%s", shoal_engine_get_id (cli->engine));
}

static void
id_start (ShoalCli *cli, int argc, char **argv)
{
  if (!shoal_cli_parse (cli, NULL, &argc, &argv))
    return;
  if (argc != 1)
    {
      shoal_cli_usage (cli, _("“id” takes no argument"));
      return;
    }

  cli->no_discovery = TRUE;
  if (!shoal_cli_engine (cli))
    return;

  print_self (cli);
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

const ShoalVerb shoal_verb_id = {
  .name = "id",
  .arguments = "",
  .summary = N_("Print this device's name and ID"),
  .dials_only = TRUE,
  .start = id_start,
};

static void
name_start (ShoalCli *cli, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (!shoal_cli_parse (cli, NULL, &argc, &argv))
    return;
  if (argc != 2)
    {
      shoal_cli_usage (cli, _("“name” takes the new name"));
      return;
    }

  cli->no_discovery = TRUE;
  if (!shoal_cli_engine (cli))
    return;

  if (!shoal_engine_set_name (cli->engine, argv[1], &error))
    {
      shoal_cli_fail (cli, error);
      return;
    }
  print_self (cli);
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

const ShoalVerb shoal_verb_name = {
  .name = "name",
  .arguments = "NAME",
  .summary = N_("Set the name that others see"),
  .dials_only = TRUE,
  .start = name_start,
};
