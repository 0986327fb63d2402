/* verb-send.c: offer files or text to devices and see them through.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-engine-transfers.h"
#include "shoal-limits.h"
#include "shoal-output.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whoever is not connected by then is said to be away. */
#define PATIENCE (3 * G_USEC_PER_SEC)

typedef struct
{
  char       **to;         /* (owned) (nullable) */
  char       **next;       /* in `to`: to be found */
  char        *text;       /* (owned) (nullable) */
  char       **paths;      /* (owned) (nullable) */
  GPtrArray   *devices;    /* (owned): IDs found so far, in the order of --to */

  /* (owned): sets of transfer IDs. */
  GHashTable  *open;       /* offered by us, and not ended yet */
  GHashTable  *unanswered; /* of them: wait for an answer */
  GHashTable  *announced;  /* the person has been told that */
  GHashTable  *away;       /* to the name of a device that is being called */
  gboolean     offered;
  int          worst;
} Send;

static void
send_free (gpointer data)
{
  Send *self = data;

  g_strfreev (self->to);
  g_strfreev (self->paths);
  g_free (self->text);
  g_clear_pointer (&self->devices, g_ptr_array_unref);
  g_clear_pointer (&self->open, g_hash_table_unref);
  g_clear_pointer (&self->unanswered, g_hash_table_unref);
  g_clear_pointer (&self->announced, g_hash_table_unref);
  g_clear_pointer (&self->away, g_hash_table_unref);
}

static void
maybe_finish (ShoalCli *cli)
{
  Send *self = cli->data;

  if (self->offered && g_hash_table_size (self->open) == 0)
    shoal_cli_finish (cli, self->worst);
}

static void
on_patience_ended (ShoalCli *cli)
{
  Send *self = cli->data;
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->away);
  while (g_hash_table_iter_next (&iter, NULL, &name))
    shoal_remark (cli, _("%s is not reachable now. The offer goes out as soon as they are; Ctrl+C "
                         "ends."), (const char *) name);
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
  Send *self = cli->data;

  if (transfer->phase == SHOAL_TRANSFER_WAITING)
    g_hash_table_add (self->unanswered, g_strdup (transfer->id));
  else
    g_hash_table_remove (self->unanswered, transfer->id);
  if (transfer->phase == SHOAL_TRANSFER_CONNECTING)
    g_hash_table_insert (self->away, g_strdup (transfer->id), g_strdup (transfer->device_name));
  else
    g_hash_table_remove (self->away, transfer->id);

  switch (transfer->phase)
    {
    case SHOAL_TRANSFER_DONE:
      if (!g_hash_table_remove (self->open, transfer->id))
        return;
      shoal_print_done (cli, transfer);
      if (transfer->files_failed > 0)
        self->worst = MAX (self->worst, SHOAL_CLI_FAILED);
      maybe_finish (cli);
      break;

    case SHOAL_TRANSFER_DECLINED:
    case SHOAL_TRANSFER_FAILED:
      if (!g_hash_table_remove (self->open, transfer->id))
        return;
      if (transfer->error != NULL)
        shoal_print_error (cli, transfer->error);
      /* A failure outweighs a refusal, whatever the numbers say. */
      if (transfer->phase == SHOAL_TRANSFER_FAILED)
        self->worst = SHOAL_CLI_FAILED;
      else if (self->worst == SHOAL_CLI_DONE)
        self->worst = SHOAL_CLI_DECLINED;
      maybe_finish (cli);
      break;

    case SHOAL_TRANSFER_WAITING:
      if (g_hash_table_add (self->announced, g_strdup (transfer->id)))
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

  if (g_hash_table_contains (((Send *) cli->data)->open, transfer->id))
    transfer_changed (cli, transfer);
}

/* Waiting offers of earlier runs, and those of others whom this engine serves, go
 * on as well; this run waits only for its own. */
static void
on_offered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalCli) cli = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) ids = shoal_engine_send_finish (SHOAL_ENGINE (source), result, &error);
  g_autoptr (GPtrArray) transfers = NULL;
  Send *self = cli->data;

  if (ids == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }
  if (cli->finished)
    {
      /* Interrupted meanwhile: nobody waits for an answer. */
      for (guint i = 0; ids[i] != NULL; i++)
        shoal_engine_cancel (SHOAL_ENGINE (source), ids[i], NULL);
      return;
    }

  self->offered = TRUE;
  for (guint i = 0; ids[i] != NULL; i++)
    g_hash_table_add (self->open, g_strdup (ids[i]));
  /* What has become of them meanwhile. */
  transfers = shoal_engine_get_transfers (cli->engine);
  for (guint i = 0; i < transfers->len && !cli->finished; i++)
    {
      ShoalTransferInfo *transfer = g_ptr_array_index (transfers, i);

      if (g_hash_table_contains (self->open, transfer->id))
        transfer_changed (cli, transfer);
    }
  if (!cli->finished)
    shoal_cli_later (cli, PATIENCE, on_patience_ended);
  maybe_finish (cli);
}

static void find_next (ShoalCli *cli);

static void
found (ShoalCli *cli, ShoalDeviceInfo *device)
{
  Send *self = cli->data;

  if (!g_ptr_array_find_with_equal_func (self->devices, device->id, g_str_equal, NULL))
    g_ptr_array_add (self->devices, g_strdup (device->id));
  self->next++;
  find_next (cli);
}

static void
find_next (ShoalCli *cli)
{
  Send *self = cli->data;

  if (*self->next != NULL)
    {
      shoal_cli_find (cli, *self->next, found);
      return;
    }

  g_ptr_array_add (self->devices, NULL);
  shoal_engine_send_async (cli->engine, (const char *const *) self->paths, self->text,
                           (const char *const *) self->devices->pdata,
                           cli->hosted ? NULL : cli->cancellable, on_offered,
                           shoal_cli_ref (cli));
}

/* "-" as the only path: the text comes from standard input. */
static gboolean
read_standard_input (ShoalCli *cli)
{
  g_autoptr (GString) input = g_string_new (NULL);
  char bytes[4096];
  ssize_t got;

  /* Hosted, it has been read where it is. */
  if (cli->input != NULL)
    g_string_append_len (input, g_bytes_get_data (cli->input, NULL),
                         (gssize) g_bytes_get_size (cli->input));
  while (!cli->hosted && (got = read (STDIN_FILENO, bytes, sizeof bytes)) > 0
         && input->len <= SHOAL_MAX_TEXT_BYTES)
    g_string_append_len (input, bytes, got);

  if (input->len == 0 || input->len > SHOAL_MAX_TEXT_BYTES
      || !g_utf8_validate_len (input->str, input->len, NULL))
    {
      shoal_cli_usage (cli, _("Standard input is not a text of 1 byte to 64 KiB; put it in a "
                              "file and send that"));
      return FALSE;
    }
  if (cli->input == NULL)
    cli->input = g_bytes_new (input->str, input->len);
  ((Send *) cli->data)->text = g_string_free (g_steal_pointer (&input), FALSE);
  return TRUE;
}

/* A slip of the pen is told before anybody is looked for. Hosted, the engine finds it. */
static gboolean
check_paths (ShoalCli *cli)
{
  Send *self = cli->data;
  g_autoptr (GError) error = NULL;
  struct stat buf;

  for (char **path = self->paths; path != NULL && *path != NULL && !cli->hosted; path++)
    {
      if (lstat (*path, &buf) == 0 || errno != ENOENT)
        continue;
      shoal_error_set (&error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, _("Check the spelling."),
                       _("There is no “%s”"), *path);
      shoal_cli_fail (cli, error);
      return FALSE;
    }
  return TRUE;
}

/* Paths, --text, or "-": exactly one of them. */
static gboolean
parse_what (ShoalCli *cli, int argc, char **argv)
{
  Send *self = cli->data;
  gboolean from_input = argc == 2 && g_str_equal (argv[1], "-");

  if (self->to == NULL || *self->to == NULL)
    shoal_cli_usage (cli, _("Say to whom, with --to"));
  else if ((argc > 1) == (self->text != NULL))
    shoal_cli_usage (cli, _("Say what to send: paths, or --text, or - for standard input"));
  else if (from_input)
    return read_standard_input (cli);
  else if (self->text != NULL
           && (*self->text == '\0' || strlen (self->text) > SHOAL_MAX_TEXT_BYTES))
    shoal_cli_usage (cli, _("A text has 1 byte to 64 KiB; put a longer one in a file"));
  else if (self->text == NULL)
    {
      self->paths = g_new0 (char *, argc);
      for (int i = 1; i < argc; i++)
        self->paths[i - 1] = shoal_cli_get_path (cli, argv[i]);
    }
  return !cli->finished;
}

static void
send_start (ShoalCli *cli, int argc, char **argv)
{
  Send *self = shoal_cli_remember (cli, sizeof *self, send_free);
  const GOptionEntry entries[] = {
    { "to", 't', 0, G_OPTION_ARG_STRING_ARRAY, &self->to,
      N_("Name, ID or its beginning, or ADDRESS:PORT; may be repeated"), N_("DEVICE") },
    { "text", 0, 0, G_OPTION_ARG_STRING, &self->text, N_("Send this text"), N_("TEXT") },
    G_OPTION_ENTRY_NULL
  };

  if (!shoal_cli_parse (cli, entries, &argc, &argv) || !parse_what (cli, argc, argv)
      || !check_paths (cli))
    return;

  self->next = self->to;
  self->devices = g_ptr_array_new_with_free_func (g_free);
  self->open = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->unanswered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->announced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->away = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (shoal_cli_engine (cli))
    find_next (cli);
}

/* Nobody waits at the terminal for an answer any more: what was not answered is
 * taken back. What runs can go on later. */
static void
send_interrupted (ShoalCli *cli)
{
  Send *self = cli->data;
  g_autoptr (GList) ids
    = self->unanswered != NULL ? g_hash_table_get_keys (self->unanswered) : NULL;

  for (GList *l = ids; l != NULL; l = l->next)
    {
      g_autofree char *id = g_strdup (l->data);

      shoal_engine_cancel (cli->engine, id, NULL);
    }
  if (self->open == NULL || g_hash_table_size (self->open) == 0)
    return;
  if (cli->hosted)
    shoal_remark (cli, _("Shoal goes on with it in its window."));
  else
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
