/* verb-devices.c: who is near, and friends.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-output.h"

static gboolean watch;
static double wait_seconds = 3;

static void
on_waited (gpointer user_data)
{
  ShoalCli *cli = user_data;
  g_autoptr (GPtrArray) devices = NULL;

  if (cli->finished)
    return;

  devices = shoal_engine_get_devices (cli->engine);
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
  const GOptionEntry entries[] = {
    { "watch", 'w', 0, G_OPTION_ARG_NONE, &watch, N_("Go on and print every change"), NULL },
    { "wait", 0, 0, G_OPTION_ARG_DOUBLE, &wait_seconds, N_("Look for this long (3)"),
      N_("SECONDS") },
    G_OPTION_ENTRY_NULL
  };

  if (!shoal_cli_parse (cli, entries, &argc, &argv))
    return;
  if (argc != 1 || !(wait_seconds >= 0 && wait_seconds <= 3600))
    {
      shoal_cli_usage (cli, argc != 1 ? _("“devices” takes no argument")
                                      : _("--wait takes 0 to 3600 seconds"));
      return;
    }
  if (!shoal_cli_engine (cli))
    return;

  if (!watch)
    shoal_runtime_add_timer (SHOAL_RUNTIME (cli->runtime),
                             (gint64) (wait_seconds * G_USEC_PER_SEC), on_waited, cli);
}

static void
devices_event (ShoalCli *cli, const ShoalEvent *event)
{
  if (!watch)
    return;

  if (event->type == SHOAL_EVENT_DEVICE || event->type == SHOAL_EVENT_DEVICE_GONE)
    shoal_print_device (cli, event->device);
}

static void
devices_interrupted (ShoalCli *cli)
{
  /* Watching ends that way. */
  shoal_cli_finish (cli, watch ? SHOAL_CLI_DONE : SHOAL_CLI_FAILED);
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
