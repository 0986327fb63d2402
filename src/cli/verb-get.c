/* verb-get.c: fetch a share, from everybody who has it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-engine-transfers.h"
#include "shoal-output.h"

typedef struct
{
  char     *directory;    /* each (owned) (nullable) */
  char    **from;
  char     *transfer_id;
  gboolean  found_source;
} Get;

static void
get_free (gpointer data)
{
  Get *self = data;

  g_free (self->directory);
  g_strfreev (self->from);
  g_free (self->transfer_id);
}

/* Whoever has it and is near answers sooner. */
#define PATIENCE (4 * G_USEC_PER_SEC)

static void
on_patience_ended (ShoalCli *cli)
{
  if (!((Get *) cli->data)->found_source)
    shoal_remark (cli, _("Nobody who has it is reachable now. Waiting for somebody; Ctrl+C ends."));
}

static void
transfer_changed (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  Get *self = cli->data;

  self->found_source = self->found_source
                       || (transfer->sources != NULL && transfer->sources[0] != NULL);
  if (transfer->phase == SHOAL_TRANSFER_DONE)
    {
      shoal_print_done (cli, transfer);
      shoal_cli_finish (cli, transfer->files_failed > 0 ? SHOAL_CLI_FAILED : SHOAL_CLI_DONE);
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

static void
get_event (ShoalCli *cli, const ShoalEvent *event)
{
  ShoalTransferInfo *transfer = event->transfer;
  Get *self = cli->data;

  if (transfer == NULL || transfer->direction != SHOAL_TRANSFER_GET
      || g_strcmp0 (transfer->id, self->transfer_id) != 0)
    return;

  if (event->type == SHOAL_EVENT_RESUMED)
    shoal_print_resumed (cli, transfer);
  else if (event->type == SHOAL_EVENT_TRANSFER)
    transfer_changed (cli, transfer);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalCli) cli = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) transfers = NULL;
  Get *self = cli->data;

  self->transfer_id = shoal_engine_get_finish (SHOAL_ENGINE (source), result, &error);
  if (self->transfer_id == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }

  shoal_cli_later (cli, PATIENCE, on_patience_ended);
  /* A small one may be here by now. */
  transfers = shoal_engine_get_transfers (cli->engine);
  for (guint i = 0; i < transfers->len && !cli->finished; i++)
    {
      ShoalTransferInfo *transfer = g_ptr_array_index (transfers, i);

      if (g_str_equal (transfer->id, self->transfer_id)
          && (transfer->phase == SHOAL_TRANSFER_DONE || transfer->phase == SHOAL_TRANSFER_FAILED))
        transfer_changed (cli, transfer);
    }
}

static void
get_start (ShoalCli *cli, int argc, char **argv)
{
  Get *self = shoal_cli_remember (cli, sizeof *self, get_free);
  const GOptionEntry entries[] = {
    { "dir", 'd', 0, G_OPTION_ARG_FILENAME, &self->directory, N_("Put files there (.)"),
      N_("DIR") },
    { "from", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->from, N_("Try this source; may be repeated"),
      N_("ADDRESS:PORT") },
    G_OPTION_ENTRY_NULL
  };
  g_autofree char *absolute = NULL;
  g_autofree char *what = NULL;

  if (!shoal_cli_parse (cli, entries, &argc, &argv))
    return;
  if (argc != 2)
    {
      shoal_cli_usage (cli, _("Say what to get: a link, a .torrent file, or DEVICE/NAME"));
      return;
    }

  absolute = shoal_cli_get_path (cli, self->directory != NULL ? self->directory : ".");
  what = shoal_cli_get_what (cli, argv[1]);
  if (shoal_cli_engine (cli))
    shoal_engine_get_async (cli->engine, what, absolute, (const char *const *) self->from,
                            cli->cancellable, on_started, shoal_cli_ref (cli));
}

static void
get_interrupted (ShoalCli *cli)
{
  if (((Get *) cli->data)->transfer_id == NULL)
    return;
  if (cli->hosted)
    shoal_remark (cli, _("Shoal goes on with it in its window."));
  else
    shoal_remark (cli, _("Interrupted. What has arrived is kept: run the same command again and "
                         "it goes on from there."));
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
