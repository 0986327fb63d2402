/* verb-share.c: print a link and serve what it names until stopped.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-output.h"

/* Time for a device that is near to be found. */
#define FIND_TIMEOUT (5 * G_USEC_PER_SEC)

static gboolean is_private;
static char **for_whom;
static gboolean all_friends;
static char **paths;       /* (owned) */
static GPtrArray *devices; /* IDs found so far */

static void
on_shared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalCli *cli = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalShareInfo) share
    = shoal_engine_share_finish (SHOAL_ENGINE (source), result, &error);
  g_autofree char *size = NULL;
  JsonBuilder *json;

  if (share == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }

  json = shoal_json_begin (cli, "link");
  shoal_json_string (json, "link", share->link);
  shoal_json_string (json, "id", share->id);
  shoal_json_string (json, "name", share->name);
  shoal_json_int (json, "bytes", (gint64) share->bytes);
  shoal_json_int (json, "files", share->files);
  shoal_json_end (cli, json);

  size = g_format_size (share->bytes);
  shoal_say (cli, "%s", share->link);
  shoal_remark (cli, ngettext ("Sharing “%s”: %u file, %s. Ctrl+C ends.",
                               "Sharing “%s”: %u files, %s. Ctrl+C ends.", share->files),
                share->name, share->files, size);
}

static void find_next (ShoalCli *cli);

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalCli *cli = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDeviceInfo) device
    = shoal_engine_find_device_finish (SHOAL_ENGINE (source), result, &error);

  if (device == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }
  g_ptr_array_add (devices, g_strdup (device->id));
  for_whom++;
  find_next (cli);
}

static void
find_next (ShoalCli *cli)
{
  ShoalSharePolicy policy;

  if (cli->finished)
    return;

  while (for_whom != NULL && *for_whom != NULL)
    {
      if (!g_str_equal (*for_whom, "friends"))
        {
          shoal_engine_find_device_async (cli->engine, *for_whom, FIND_TIMEOUT, cli->cancellable,
                                          on_found, cli);
          return;
        }
      all_friends = TRUE;
      for_whom++;
    }

  g_ptr_array_add (devices, NULL);
  policy = (ShoalSharePolicy){ is_private, all_friends,
                               devices->len > 1 ? (const char *const *) devices->pdata : NULL };
  shoal_engine_share_async (cli->engine, (const char *const *) paths, &policy, shoal_print_hashing,
                            cli, cli->cancellable, on_shared, cli);
}

static void
share_start (ShoalCli *cli, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "private", 'p', 0, G_OPTION_ARG_NONE, &is_private,
      N_("Make a link that cannot be guessed from the files"), NULL },
    { "for", 0, 0, G_OPTION_ARG_STRING_ARRAY, &for_whom,
      N_("Only for all friends, or one; may be repeated"), N_("friends|DEVICE") },
    G_OPTION_ENTRY_NULL
  };

  if (!shoal_cli_parse (cli, entries, &argc, &argv))
    return;
  if (argc < 2)
    {
      shoal_cli_usage (cli, _("Say what to share"));
      return;
    }

  paths = g_new0 (char *, argc);
  for (int i = 1; i < argc; i++)
    paths[i - 1] = g_canonicalize_filename (argv[i], NULL);
  devices = g_ptr_array_new_with_free_func (g_free);
  if (shoal_cli_engine (cli))
    find_next (cli);
}

static void
share_interrupted (ShoalCli *cli)
{
  /* Stopping is how this verb ends. */
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

const ShoalVerb shoal_verb_share = {
  .name = "share",
  .arguments = "PATH... [--private] [--for friends|DEVICE]...",
  .summary = N_("Print a link to files and serve them until stopped"),
  .start = share_start,
  .interrupted = share_interrupted,
};
