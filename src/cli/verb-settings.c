/* verb-settings.c: what the engine obeys, here and in the app.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-engine-settings.h"
#include "shoal-output.h"

#include <string.h>

static void
print_setting (ShoalCli *cli, ShoalSettings *settings, const char *key)
{
  g_autoptr (GVariant) value = shoal_settings_get_value (settings, key);
  g_autofree char *text = shoal_settings_format_value (key, value);
  JsonBuilder *json = shoal_json_begin (cli, "setting");

  shoal_json_string (json, "key", key);
  shoal_json_string (json, "value", text);
  shoal_json_end (cli, json);
  shoal_say (cli, "%-20s %s", key, text);
}

/* @only: (nullable): one of them */
static void
print_settings (ShoalCli *cli, const char *only)
{
  g_autoptr (ShoalSettings) settings = shoal_engine_get_settings (cli->engine);
  const char *const *keys = shoal_settings_list_keys ();

  for (guint i = 0; keys[i] != NULL; i++)
    {
      if (only == NULL || g_str_equal (keys[i], only))
        print_setting (cli, settings, keys[i]);
    }
  if (settings->directory_trouble != NULL)
    shoal_remark (cli, "%s", settings->directory_trouble);
}

/* Nothing is announced, and nobody looked for. */
static gboolean
open_engine (ShoalCli *cli)
{
  cli->no_discovery = TRUE;
  return shoal_cli_engine (cli);
}

static void
settings_start (ShoalCli *cli, int argc, char **argv)
{
  if (!shoal_cli_parse (cli, NULL, &argc, &argv))
    return;
  if (argc != 1)
    {
      shoal_cli_usage (cli, _("“settings” takes no argument"));
      return;
    }
  if (!open_engine (cli))
    return;

  print_settings (cli, NULL);
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

const ShoalVerb shoal_verb_settings = {
  .name = "settings",
  .arguments = "",
  .summary = N_("Show what Shoal was told to do"),
  .dials_only = TRUE,
  .start = settings_start,
};

/* --- Changing ------------------------------------------------------------ */

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalCli) cli = user_data;
  g_autoptr (GError) error = NULL;

  if (!shoal_engine_change_settings_finish (SHOAL_ENGINE (source), result, &error))
    {
      shoal_cli_fail (cli, error);
      return;
    }
  print_settings (cli, cli->data);
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

static void
set_start (ShoalCli *cli, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  GVariant *value;
  GVariantDict dict;

  if (!shoal_cli_parse (cli, NULL, &argc, &argv))
    return;
  if (argc != 3)
    {
      shoal_cli_usage (cli, _("“set” takes the name of a setting, and its value"));
      return;
    }
  text = *argv[2] != '\0' && g_str_equal (argv[1], "download-directory")
           ? shoal_cli_get_path (cli, argv[2])
           : g_strdup (argv[2]);
  value = shoal_settings_parse_value (argv[1], text, &error);
  if (value == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }
  memcpy (shoal_cli_remember (cli, strlen (argv[1]) + 1, NULL), argv[1], strlen (argv[1]));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, argv[1], value);
  g_variant_unref (value);
  if (open_engine (cli))
    shoal_engine_change_settings_async (cli->engine, g_variant_dict_end (&dict), NULL, on_changed,
                                        shoal_cli_ref (cli));
  else
    g_variant_dict_clear (&dict);
}

const ShoalVerb shoal_verb_set = {
  .name = "set",
  .arguments = "SETTING VALUE",
  .summary = N_("Change what “settings” shows"),
  .more = N_("Values are written as “settings” shows them: names, “on” or “off”, speeds such as "
             "“2 MB/s” or “none”, lists with commas in between. “default” for a folder, a port, "
             "the trackers or the servers takes those that Shoal comes with."),
  .dials_only = TRUE,
  .start = set_start,
};
