/* verb-send.c: offer files or text to devices and see them through.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-engine-transfers.h"
#include "shoal-limits.h"
#include "shoal-output.h"

#include <unistd.h>

/* Time for a device that is near to be found. */
#define FIND_TIMEOUT (10 * G_USEC_PER_SEC)
/* Whoever is not connected by then is said to be away. */
#define PATIENCE (3 * G_USEC_PER_SEC)

static char **to;
static char *text;
static char **paths;       /* (owned) (nullable) */
static GPtrArray *devices; /* IDs found so far, in the order of --to */
static GHashTable *open_transfers; /* ID → itself, not ended yet */
static GHashTable *unanswered;     /* the same, of those that wait for an answer */
static GHashTable *away;           /* ID → name of a device that is being called */
static gboolean offered;
static int worst = SHOAL_CLI_DONE;

static void
maybe_finish (ShoalCli *cli)
{
  if (offered && g_hash_table_size (open_transfers) == 0)
    shoal_cli_finish (cli, worst);
}

static void
on_patience_ended (gpointer user_data)
{
  ShoalCli *cli = user_data;
  GHashTableIter iter;
  gpointer name;

  if (cli->finished)
    return;
  g_hash_table_iter_init (&iter, away);
  while (g_hash_table_iter_next (&iter, NULL, &name))
    shoal_remark (cli, _("%s is not reachable now. The offer goes out as soon as they are; Ctrl+C "
                         "ends."), (const char *) name);
}

static void
on_offered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalCli *cli = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) ids = shoal_engine_send_finish (SHOAL_ENGINE (source), result, &error);

  if (ids == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }
  offered = TRUE;
  shoal_runtime_add_timer (SHOAL_RUNTIME (cli->runtime), PATIENCE, on_patience_ended, cli);
  maybe_finish (cli);
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
  if (!g_ptr_array_find_with_equal_func (devices, device->id, g_str_equal, NULL))
    g_ptr_array_add (devices, g_strdup (device->id));
  to++;
  find_next (cli);
}

static void
find_next (ShoalCli *cli)
{
  if (cli->finished)
    return;
  if (*to != NULL)
    {
      shoal_engine_find_device_async (cli->engine, *to, FIND_TIMEOUT, cli->cancellable, on_found,
                                      cli);
      return;
    }

  g_ptr_array_add (devices, NULL);
  shoal_engine_send_async (cli->engine, (const char *const *) paths, text,
                           (const char *const *) devices->pdata, cli->cancellable, on_offered, cli);
}

static void
print_waiting (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  JsonBuilder *json = shoal_json_begin (cli, "offer");

  shoal_json_string (json, "id", transfer->offer);
  shoal_json_string (json, "transfer", transfer->id);
  shoal_json_string (json, "to", transfer->device);
  shoal_json_string (json, "name", transfer->name);
  shoal_json_int (json, "bytes", (gint64) transfer->total);
  shoal_json_int (json, "files", transfer->files);
  shoal_json_string (json, "code", transfer->code);
  shoal_json_end (cli, json);

  if (transfer->code != NULL)
    shoal_remark (cli, _("Offered to %s. Their screen should show the code %s."),
                  transfer->device_name, transfer->code);
  else
    shoal_remark (cli, _("Offered to %s; waiting for the answer."), transfer->device_name);
}

static void
transfer_changed (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  static GHashTable *announced;

  if (announced == NULL)
    announced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (transfer->phase == SHOAL_TRANSFER_WAITING)
    g_hash_table_add (unanswered, g_strdup (transfer->id));
  else
    g_hash_table_remove (unanswered, transfer->id);
  if (transfer->phase == SHOAL_TRANSFER_CONNECTING)
    g_hash_table_insert (away, g_strdup (transfer->id), g_strdup (transfer->device_name));
  else
    g_hash_table_remove (away, transfer->id);

  switch (transfer->phase)
    {
    case SHOAL_TRANSFER_DONE:
      if (!g_hash_table_remove (open_transfers, transfer->id))
        return;
      shoal_print_done (cli, transfer);
      if (transfer->files_failed > 0)
        worst = MAX (worst, SHOAL_CLI_FAILED);
      maybe_finish (cli);
      break;

    case SHOAL_TRANSFER_DECLINED:
    case SHOAL_TRANSFER_FAILED:
      if (!g_hash_table_remove (open_transfers, transfer->id))
        return;
      if (transfer->error != NULL)
        shoal_print_error (cli, transfer->error);
      worst = MAX (worst, transfer->phase == SHOAL_TRANSFER_FAILED ? SHOAL_CLI_FAILED
                                                                   : SHOAL_CLI_DECLINED);
      /* A failure outweighs a refusal, whatever the numbers say. */
      if (transfer->phase == SHOAL_TRANSFER_FAILED)
        worst = SHOAL_CLI_FAILED;
      maybe_finish (cli);
      break;

    case SHOAL_TRANSFER_WAITING:
      if (g_hash_table_add (announced, g_strdup (transfer->id)))
        print_waiting (cli, transfer);
      break;

    case SHOAL_TRANSFER_PREPARING:
    case SHOAL_TRANSFER_QUEUED:
    case SHOAL_TRANSFER_CONNECTING:
    case SHOAL_TRANSFER_RUNNING:
    case SHOAL_TRANSFER_PAUSED:
    case SHOAL_TRANSFER_SYNCING:
    default:
      shoal_print_transfer (cli, transfer);
    }
}

static void
send_event (ShoalCli *cli, const ShoalEvent *event)
{
  ShoalTransferInfo *transfer = event->transfer;

  if (event->type != SHOAL_EVENT_TRANSFER || transfer->direction != SHOAL_TRANSFER_SEND)
    return;

  /* Waiting offers of earlier runs go out as well, but this run does not wait
   * for them: only what it has offered itself, which is told after the call. */
  if (!offered && transfer->phase < SHOAL_TRANSFER_DONE)
    g_hash_table_add (open_transfers, g_strdup (transfer->id));
  if (g_hash_table_contains (open_transfers, transfer->id))
    transfer_changed (cli, transfer);
}

/* "-" as the only path: the text comes from standard input. */
static gboolean
read_standard_input (ShoalCli *cli)
{
  g_autoptr (GString) input = g_string_new (NULL);
  char bytes[4096];
  ssize_t got;

  while ((got = read (STDIN_FILENO, bytes, sizeof bytes)) > 0 && input->len <= SHOAL_MAX_TEXT_BYTES)
    g_string_append_len (input, bytes, got);

  if (input->len == 0 || input->len > SHOAL_MAX_TEXT_BYTES
      || !g_utf8_validate_len (input->str, input->len, NULL))
    {
      shoal_cli_usage (cli, _("Standard input is not a text of 1 byte to 64 KiB; put it in a "
                              "file and send that"));
      return FALSE;
    }
  text = g_string_free (g_steal_pointer (&input), FALSE);
  return TRUE;
}

/* Paths, --text, or "-": exactly one of them. */
static gboolean
parse_what (ShoalCli *cli, int argc, char **argv)
{
  gboolean from_input = argc == 2 && g_str_equal (argv[1], "-");
  GPtrArray *absolute;

  if (to == NULL || *to == NULL)
    shoal_cli_usage (cli, _("Say to whom, with --to"));
  else if ((argc > 1) == (text != NULL))
    shoal_cli_usage (cli, _("Say what to send: paths, or --text, or - for standard input"));
  else if (from_input)
    return read_standard_input (cli);
  else if (text != NULL && (*text == '\0' || strlen (text) > SHOAL_MAX_TEXT_BYTES))
    shoal_cli_usage (cli, _("A text has 1 byte to 64 KiB; put a longer one in a file"));
  else if (text == NULL)
    {
      absolute = g_ptr_array_new ();
      for (int i = 1; i < argc; i++)
        g_ptr_array_add (absolute, g_canonicalize_filename (argv[i], NULL));
      g_ptr_array_add (absolute, NULL);
      paths = (char **) g_ptr_array_free (absolute, FALSE);
    }
  return !cli->finished;
}

static void
send_start (ShoalCli *cli, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "to", 't', 0, G_OPTION_ARG_STRING_ARRAY, &to,
      N_("Name, ID or its beginning, or ADDRESS:PORT; may be repeated"), N_("DEVICE") },
    { "text", 0, 0, G_OPTION_ARG_STRING, &text, N_("Send this text"), N_("TEXT") },
    G_OPTION_ENTRY_NULL
  };

  if (!shoal_cli_parse (cli, entries, &argc, &argv) || !parse_what (cli, argc, argv))
    return;

  devices = g_ptr_array_new_with_free_func (g_free);
  open_transfers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  unanswered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  away = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (shoal_cli_engine (cli))
    find_next (cli);
}

/* Nobody waits at the terminal for an answer any more: what was not answered is
 * taken back. What runs can go on later. */
static void
send_interrupted (ShoalCli *cli)
{
  g_autoptr (GList) ids = unanswered != NULL ? g_hash_table_get_keys (unanswered) : NULL;

  for (GList *l = ids; l != NULL; l = l->next)
    {
      g_autofree char *id = g_strdup (l->data);

      shoal_engine_cancel (cli->engine, id, NULL);
    }
  if (open_transfers != NULL && g_hash_table_size (open_transfers) > 0)
    shoal_remark (cli, _("Interrupted. The receiver keeps what it has: run the same command again "
                         "and it goes on from there."));
}

const ShoalVerb shoal_verb_send = {
  .name = "send",
  .arguments = "PATH...|--text TEXT|- --to DEVICE [--to DEVICE]...",
  .summary = N_("Send files, folders or text"),
  .start = send_start,
  .event = send_event,
  .interrupted = send_interrupted,
};
