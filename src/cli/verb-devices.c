/* verb-devices.c: who is near, and friends.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-output.h"

typedef struct
{
  gboolean watch;
  double   wait_seconds;
} Devices;

static void
on_waited (ShoalCli *cli)
{
  g_autoptr (GPtrArray) devices = shoal_engine_get_devices (cli->engine);

  for (guint i = 0; i < devices->len; i++)
    shoal_print_device (cli, g_ptr_array_index (devices, i));
  if (devices->len == 0)
    shoal_remark (cli, _("Nobody is here yet. Is Shoal running on the other device, on the same "
                         "network? You can also send to ADDRESS:PORT."));
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

static void
devices_start (ShoalCli *cli, int argc, char **argv)
{
  Devices *self = shoal_cli_remember (cli, sizeof *self, NULL);
  const GOptionEntry entries[] = {
    { "watch", 'w', 0, G_OPTION_ARG_NONE, &self->watch, N_("Go on and print every change"), NULL },
    { "wait", 0, 0, G_OPTION_ARG_DOUBLE, &self->wait_seconds, N_("Look for this long (3)"),
      N_("SECONDS") },
    G_OPTION_ENTRY_NULL
  };

  /* Who runs already has looked around already. */
  self->wait_seconds = cli->hosted ? 0 : 3;
  if (!shoal_cli_parse (cli, entries, &argc, &argv))
    return;
  if (argc != 1 || !(self->wait_seconds >= 0 && self->wait_seconds <= 3600))
    {
      shoal_cli_usage (cli, argc != 1 ? _("“devices” takes no argument")
                                      : _("--wait takes 0 to 3600 seconds"));
      return;
    }
  if (!shoal_cli_engine (cli))
    return;

  if (!self->watch)
    shoal_cli_later (cli, (gint64) (self->wait_seconds * G_USEC_PER_SEC), on_waited);
}

static void
devices_event (ShoalCli *cli, const ShoalEvent *event)
{
  if (!((Devices *) cli->data)->watch)
    return;

  if (event->type == SHOAL_EVENT_DEVICE || event->type == SHOAL_EVENT_DEVICE_GONE)
    shoal_print_device (cli, event->device);
}

static void
devices_interrupted (ShoalCli *cli)
{
  /* Watching ends that way. */
  shoal_cli_finish (cli, ((Devices *) cli->data)->watch ? SHOAL_CLI_DONE : SHOAL_CLI_FAILED);
}

const ShoalVerb shoal_verb_devices = {
  .name = "devices",
  .arguments = "[--watch] [--wait SECONDS]",
  .summary = N_("Show who is near, and friends"),
  .dials_only = TRUE,
  .start = devices_start,
  .event = devices_event,
  .interrupted = devices_interrupted,
};
