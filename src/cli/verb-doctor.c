/* verb-doctor.c: why another device is not seen.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-diagnosis.h"
#include "shoal-output.h"

/* Time for a device that is named to be found, and for others to be heard. */
#define FIND_TIMEOUT (5 * G_USEC_PER_SEC)

static const char *
state_nick (ShoalCheckState state)
{
  static const char *const NICKS[] = {
    [SHOAL_CHECK_RUNNING] = "running",
    [SHOAL_CHECK_OK] = "ok",
    [SHOAL_CHECK_FAILED] = "failed",
    [SHOAL_CHECK_UNKNOWN] = "unknown",
  };

  return NICKS[state];
}

static const char *
state_sign (ShoalCheckState state)
{
  return state == SHOAL_CHECK_OK ? "✓" : state == SHOAL_CHECK_FAILED ? "✗" : "?";
}

static void
print_check (ShoalCheck *check, gpointer user_data)
{
  ShoalCli *cli = user_data;
  JsonBuilder *json;

  if (check->state == SHOAL_CHECK_RUNNING)
    return;
  json = shoal_json_begin (cli, "check");
  shoal_json_string (json, "id", check->id);
  shoal_json_string (json, "state", state_nick (check->state));
  shoal_json_string (json, "cause", check->cause);
  shoal_json_string (json, "remedy", check->remedy);
  shoal_json_string (json, "remedy_id", check->remedy_id);
  shoal_json_string (json, "detail", check->detail);
  shoal_json_end (cli, json);

  shoal_say (cli, "%s %s: %s", state_sign (check->state), check->title, check->cause);
  if (check->remedy != NULL)
    shoal_say (cli, "    %s", check->remedy);
  if (check->detail != NULL)
    shoal_say (cli, "    %s", check->detail);
}

static void
on_diagnosed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalCli) cli = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) checks
    = shoal_engine_diagnose_finish (SHOAL_ENGINE (source), result, &error);
  gboolean failed = FALSE;

  if (cli->finished)
    return;
  if (checks == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }
  for (guint i = 0; i < checks->len; i++)
    failed |= ((ShoalCheck *) g_ptr_array_index (checks, i))->state == SHOAL_CHECK_FAILED;
  shoal_cli_finish (cli, failed ? SHOAL_CLI_FAILED : SHOAL_CLI_DONE);
}

static void
diagnose (ShoalCli *cli, const char *device)
{
  shoal_engine_diagnose_async (cli->engine, device, print_check, cli, cli->cancellable,
                               on_diagnosed, shoal_cli_ref (cli));
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalCli) cli = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDeviceInfo) device
    = shoal_engine_find_device_finish (SHOAL_ENGINE (source), result, &error);

  if (cli->finished)
    return;
  if (device == NULL)
    shoal_print_error (cli, error); /* the rest may say why */
  diagnose (cli, device != NULL ? device->id : NULL);
}

static void
doctor_start (ShoalCli *cli, int argc, char **argv)
{
  if (!shoal_cli_parse (cli, NULL, &argc, &argv))
    return;
  if (argc > 2)
    {
      shoal_cli_usage (cli, _("“doctor” takes at most the device that is not seen"));
      return;
    }
  if (!shoal_cli_engine (cli))
    return;

  if (argc == 2)
    shoal_engine_find_device_async (cli->engine, argv[1], FIND_TIMEOUT, cli->cancellable, on_found,
                                    shoal_cli_ref (cli));
  else
    diagnose (cli, NULL);
}

const ShoalVerb shoal_verb_doctor = {
  .name = "doctor",
  .arguments = "[DEVICE]",
  .summary = N_("Find out why another device is not seen"),
  .start = doctor_start,
};
