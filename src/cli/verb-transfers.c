/* verb-transfers.c: what goes on and what is over; taking the latter off the list.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-engine-transfers.h"
#include "shoal-output.h"

static const char *
nick_of (GType type, int value)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);
  GEnumValue *found = g_enum_get_value (klass, value);

  return found != NULL ? found->value_nick : "";
}

/* Of the last thing that happened to it. */
static char *
date_of (ShoalTransferInfo *transfer)
{
  gint64 at = transfer->finished_at > 0 ? transfer->finished_at : transfer->created_at;
  g_autoptr (GDateTime) then = g_date_time_new_from_unix_local (at / G_USEC_PER_SEC);

  return then != NULL ? g_date_time_format (then, "%x %H:%M") : g_strdup ("");
}

/* What has become of it: of an offer that came to nothing, that. */
static char *
describe_state (ShoalTransferInfo *transfer, const char *phase)
{
  if (transfer->phase != SHOAL_TRANSFER_FAILED)
    return g_strdup (phase);
  if (transfer->offer_state == SHOAL_OFFER_WITHDRAWN || transfer->offer_state == SHOAL_OFFER_LAPSED)
    return g_strdup (nick_of (SHOAL_TYPE_OFFER_STATE, (int) transfer->offer_state));
  return transfer->error != NULL ? g_strdup_printf ("%s: %s", phase, transfer->error->message)
                                 : g_strdup (phase);
}

static void
print_transfer (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  gboolean send = transfer->direction == SHOAL_TRANSFER_SEND;
  const char *phase = nick_of (SHOAL_TYPE_TRANSFER_PHASE, (int) transfer->phase);
  g_autofree char *date = date_of (transfer);
  g_autofree char *size = g_format_size (transfer->total);
  g_autofree char *state = describe_state (transfer, phase);
  JsonBuilder *json = shoal_json_begin (cli, "transfer");

  shoal_json_string (json, "id", transfer->id);
  shoal_json_string (json, "direction", send ? "send" : "get");
  shoal_json_string (json, "phase", phase);
  shoal_json_string (json, "offer_state",
                     nick_of (SHOAL_TYPE_OFFER_STATE, (int) transfer->offer_state));
  shoal_json_string (json, "name", transfer->name);
  shoal_json_string (json, "device", transfer->device);
  shoal_json_int (json, "bytes", (gint64) transfer->bytes);
  shoal_json_int (json, "total", (gint64) transfer->total);
  shoal_json_int (json, "files", transfer->files);
  shoal_json_int (json, "finished", transfer->finished_at);
  shoal_json_end (cli, json);

  if (transfer->device_name == NULL)
    shoal_say (cli, _("%s  %s  “%s” (%s): %s"), transfer->id, date, transfer->name, size, state);
  else if (send)
    shoal_say (cli, _("%s  %s  “%s” (%s) to %s: %s"), transfer->id, date, transfer->name, size,
               transfer->device_name, state);
  else
    shoal_say (cli, _("%s  %s  “%s” (%s) from %s: %s"), transfer->id, date, transfer->name, size,
               transfer->device_name, state);
}

static void
transfers_start (ShoalCli *cli, int argc, char **argv)
{
  g_auto (GStrv) removed = NULL;
  gboolean clear = FALSE;
  g_autoptr (GPtrArray) transfers = NULL;
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "remove", 0, 0, G_OPTION_ARG_STRING_ARRAY, &removed,
      N_("Take one that is over off the list; may be repeated"), N_("ID") },
    { "clear", 0, 0, G_OPTION_ARG_NONE, &clear, N_("Take all that are over off the list"), NULL },
    G_OPTION_ENTRY_NULL
  };

  if (!shoal_cli_parse (cli, entries, &argc, &argv))
    return;
  if (argc != 1)
    {
      shoal_cli_usage (cli, _("“transfers” takes no argument"));
      return;
    }
  cli->no_discovery = TRUE; /* it is all here */
  if (!shoal_cli_engine (cli))
    return;

  for (gsize i = 0; removed != NULL && removed[i] != NULL; i++)
    {
      if (!shoal_engine_remove_transfer (cli->engine, removed[i], &error))
        {
          shoal_cli_fail (cli, error);
          return;
        }
    }
  if (clear)
    shoal_engine_clear_finished (cli->engine);
  transfers = shoal_engine_get_transfers (cli->engine);
  for (guint i = 0; !clear && removed == NULL && i < transfers->len; i++)
    print_transfer (cli, g_ptr_array_index (transfers, i));
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

const ShoalVerb shoal_verb_transfers = {
  .name = "transfers",
  .arguments = "[--clear] [--remove ID]...",
  .summary = N_("List what goes on and what is over"),
  .dials_only = TRUE,
  .start = transfers_start,
};
