/* verb-get.c: fetch a share, from everybody who has it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-output.h"

static char *directory;
static char **from;
static char *transfer_id; /* (owned) (nullable) */
static gboolean found_source;

/* Whoever has it and is near answers sooner. */
#define PATIENCE (4 * G_USEC_PER_SEC)

static void
on_patience_ended (gpointer user_data)
{
  ShoalCli *cli = user_data;

  if (!cli->finished && !found_source)
    shoal_remark (cli, _("Nobody who has it is reachable now. Waiting for somebody; Ctrl+C ends."));
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalCli *cli = user_data;
  g_autoptr (GError) error = NULL;

  transfer_id = shoal_engine_get_finish (SHOAL_ENGINE (source), result, &error);
  if (transfer_id == NULL)
    shoal_cli_fail (cli, error);
  else
    shoal_runtime_add_timer (SHOAL_RUNTIME (cli->runtime), PATIENCE, on_patience_ended, cli);
}

static void
get_event (ShoalCli *cli, const ShoalEvent *event)
{
  ShoalTransferInfo *transfer = event->transfer;

  if (transfer == NULL || transfer->direction != SHOAL_TRANSFER_GET
      || g_strcmp0 (transfer->id, transfer_id) != 0)
    return;

  found_source = found_source || (transfer->sources != NULL && transfer->sources[0] != NULL);
  if (event->type == SHOAL_EVENT_RESUMED)
    {
      shoal_print_resumed (cli, transfer);
    }
  else if (event->type == SHOAL_EVENT_TRANSFER)
    {
      if (transfer->phase == SHOAL_TRANSFER_DONE)
        {
          shoal_print_done (cli, transfer);
          shoal_cli_finish (cli,
                            transfer->files_failed > 0 ? SHOAL_CLI_FAILED : SHOAL_CLI_DONE);
        }
      else if (transfer->phase == SHOAL_TRANSFER_FAILED)
        {
          shoal_cli_fail (cli, transfer->error);
        }
      else
        {
          shoal_print_transfer (cli, transfer);
        }
    }
}

static void
get_start (ShoalCli *cli, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "dir", 'd', 0, G_OPTION_ARG_FILENAME, &directory, N_("Put files there (.)"), N_("DIR") },
    { "from", 0, 0, G_OPTION_ARG_STRING_ARRAY, &from, N_("Try this source; may be repeated"),
      N_("ADDRESS:PORT") },
    G_OPTION_ENTRY_NULL
  };
  g_autofree char *absolute = NULL;

  if (!shoal_cli_parse (cli, entries, &argc, &argv))
    return;
  if (argc != 2)
    {
      shoal_cli_usage (cli, _("Say what to get: a link, a .torrent file, or DEVICE/NAME"));
      return;
    }

  absolute = g_canonicalize_filename (directory != NULL ? directory : ".", NULL);
  if (shoal_cli_engine (cli))
    shoal_engine_get_async (cli->engine, argv[1], absolute, (const char *const *) from,
                            cli->cancellable, on_started, cli);
}

static void
get_interrupted (ShoalCli *cli)
{
  if (transfer_id != NULL)
    shoal_remark (cli, _("Interrupted. What has arrived is kept: run the same command again and it "
                         "goes on from there."));
}

const ShoalVerb shoal_verb_get = {
  .name = "get",
  .arguments = "LINK|FILE.torrent|DEVICE/NAME [--dir DIR] [--from ADDRESS:PORT]...",
  .summary = N_("Fetch a share from everybody who has it"),
  .dials_only = FALSE,
  .start = get_start,
  .event = get_event,
  .interrupted = get_interrupted,
};
