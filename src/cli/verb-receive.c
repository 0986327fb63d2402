/* verb-receive.c: wait for offers, answer them, receive.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-output.h"

#include <glib-unix.h>
#include <stdio.h>
#include <unistd.h>

static char *directory;
static char *accept_text;
static gboolean once;
static gboolean no_pass_on;

static ShoalAcceptPolicy policy = SHOAL_ACCEPT_ASK;
static GQueue waiting = G_QUEUE_INIT; /* of offer IDs (owned), oldest first */
static GHashTable *active; /* (owned): set of transfer IDs: accepted and not over */
static GHashTable *done;   /* (owned): set of those that are over */
static gboolean ended_one;
static int worst = SHOAL_CLI_DONE;

/* --- Answers from standard input ----------------------------------------- */

static void
prompt (ShoalCli *cli)
{
  cli->asking = !cli->json && !g_queue_is_empty (&waiting) && isatty (STDIN_FILENO);
  if (!cli->asking)
    return;

  shoal_clear_progress (cli);
  fputs (_("Accept? [y]es, [n]o: "), cli->out);
  fflush (stdout);
  cli->progress_shown = cli->err_is_terminal; /* cleared like it, by what comes next */
}

/* @id: (nullable): NULL means the oldest offer. Returns what was waiting. */
static char *
take_waiting (const char *id)
{
  for (GList *l = waiting.head; l != NULL; l = l->next)
    {
      char *found = l->data;

      if (id == NULL || g_str_equal (id, found))
        {
          g_queue_delete_link (&waiting, l);
          return found;
        }
    }
  return NULL;
}

static void
answer (ShoalCli *cli, gboolean accept, const char *id, const char *into)
{
  g_autofree char *offer = take_waiting (id);
  g_autofree char *transfer = NULL;
  g_autoptr (GError) error = NULL;

  if (offer == NULL)
    {
      shoal_error_set (&error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL,
                       _("No such offer is waiting"));
    }
  else if (accept)
    {
      transfer = shoal_engine_accept (cli->engine, offer, into, NULL, &error);
    }
  else
    {
      shoal_engine_decline (cli->engine, offer, NULL, &error);
      if (once && error == NULL)
        shoal_cli_finish (cli, SHOAL_CLI_DECLINED);
    }

  if (error != NULL)
    shoal_print_error (cli, error);
  prompt (cli);
}

/* "y", "n", or "accept ID [FOLDER]", "decline ID" for programs. */
static void
take_line (ShoalCli *cli, char *line)
{
  g_auto (GStrv) words = g_strsplit (g_strstrip (line), " ", 3);
  const char *verb = words[0] != NULL ? words[0] : "";
  const char *id = words[0] != NULL ? words[1] : NULL;

  if (g_queue_is_empty (&waiting) && id == NULL)
    return;

  if (g_str_equal (verb, "accept") || g_ascii_strcasecmp (verb, "y") == 0
      || g_ascii_strcasecmp (verb, "yes") == 0)
    answer (cli, TRUE, id, id != NULL ? words[2] : NULL);
  else if (g_str_equal (verb, "decline") || g_ascii_strcasecmp (verb, "n") == 0
           || g_ascii_strcasecmp (verb, "no") == 0)
    answer (cli, FALSE, id, NULL);
  else
    prompt (cli);
}

static gboolean
on_stdin (int fd, GIOCondition condition, gpointer user_data)
{
  static GString *buffer;
  ShoalCli *cli = user_data;
  char bytes[512];
  ssize_t got = read (fd, bytes, sizeof bytes);
  char *newline;

  if (got <= 0)
    return G_SOURCE_REMOVE;

  if (buffer == NULL)
    buffer = g_string_new (NULL);
  g_string_append_len (buffer, bytes, got);
  while (!cli->finished && (newline = strchr (buffer->str, '\n')) != NULL)
    {
      g_autofree char *line = g_strndup (buffer->str, (gsize) (newline - buffer->str));

      g_string_erase (buffer, 0, (gssize) strlen (line) + 1);
      take_line (cli, line);
    }
  return cli->finished ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

/* --- Events -------------------------------------------------------------- */

static void
ended (ShoalCli *cli, ShoalTransferInfo *transfer, int status)
{
  g_hash_table_remove (active, transfer->id);
  g_hash_table_add (done, g_strdup (transfer->id));
  ended_one = TRUE;
  worst = MAX (worst, status);
}

/* With --once: when the first offer's transfer has ended, and has passed on
 * what it promised. */
static void
maybe_finish (ShoalCli *cli, gboolean passing_on)
{
  if (once && ended_one && g_hash_table_size (active) == 0 && !passing_on)
    shoal_cli_finish (cli, worst);
}

static void
transfer_changed (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  if (g_hash_table_contains (done, transfer->id))
    {
      shoal_print_transfer (cli, transfer); /* what it passes on, and that it has ended */
      maybe_finish (cli, transfer->passing_on);
    }
  else if (!g_hash_table_contains (active, transfer->id))
    {
      /* An offer that is not answered, or was taken back. */
    }
  else if (transfer->phase == SHOAL_TRANSFER_DONE)
    {
      shoal_print_done (cli, transfer);
      ended (cli, transfer, transfer->files_failed > 0 ? SHOAL_CLI_FAILED : SHOAL_CLI_DONE);
      maybe_finish (cli, transfer->passing_on);
    }
  else if (transfer->phase == SHOAL_TRANSFER_FAILED)
    {
      if (transfer->error != NULL)
        shoal_print_error (cli, transfer->error);
      ended (cli, transfer, SHOAL_CLI_FAILED);
      maybe_finish (cli, FALSE);
    }
  else
    {
      shoal_print_transfer (cli, transfer);
    }
}

/* Answered here means that it is no longer waiting; else it was taken back. */
static void
offer_gone (ShoalCli *cli, ShoalOfferInfo *offer)
{
  g_autofree char *id = take_waiting (offer->id);
  g_autofree char *label = shoal_device_label (offer->from);
  JsonBuilder *json;

  if (id == NULL)
    return;

  json = shoal_json_begin (cli, "withdrawn");
  shoal_json_string (json, "id", offer->id);
  shoal_json_string (json, "from", offer->from->id);
  shoal_json_string (json, "name", offer->name);
  shoal_json_end (cli, json);
  if (offer->kind == SHOAL_CONTENT_FILES)
    shoal_say (cli, _("%s took “%s” back."), label, offer->name);
  else
    shoal_say (cli, _("%s took the text back."), label);
  prompt (cli);
}

static void
receive_event (ShoalCli *cli, const ShoalEvent *event)
{
  ShoalTransferInfo *transfer = event->transfer;

  if (transfer != NULL && transfer->direction != SHOAL_TRANSFER_GET)
    return;

  switch (event->type)
    {
    case SHOAL_EVENT_OFFER:
      /* Repeated when the other side has been away. */
      g_free (take_waiting (event->offer->id));
      shoal_print_offer (cli, event->offer);
      g_queue_push_tail (&waiting, g_strdup (event->offer->id));
      if (g_queue_get_length (&waiting) == 1)
        prompt (cli);
      break;

    case SHOAL_EVENT_OFFER_GONE:
      offer_gone (cli, event->offer);
      break;

    case SHOAL_EVENT_ACCEPTED:
      g_free (take_waiting (transfer->offer));
      cli->asking = cli->asking && !g_queue_is_empty (&waiting);
      g_hash_table_add (active, g_strdup (transfer->id));
      break;

    case SHOAL_EVENT_RESUMED:
      shoal_print_resumed (cli, transfer);
      break;

    case SHOAL_EVENT_TRANSFER:
      transfer_changed (cli, transfer);
      break;

    case SHOAL_EVENT_LISTENING:
    case SHOAL_EVENT_DEVICE:
    case SHOAL_EVENT_DEVICE_GONE:
    case SHOAL_EVENT_FIRST_BYTE:
    case SHOAL_EVENT_SETTINGS:
    case SHOAL_EVENT_TRANSFER_GONE:
    case SHOAL_EVENT_SHARE:
    case SHOAL_EVENT_SHARE_GONE:
    case SHOAL_EVENT_NOTICE:
    case SHOAL_EVENT_ERROR:
    default:
      break;
    }
}

static gboolean
parse_accept (ShoalCli *cli)
{
  static const char *const WORDS[] = {
    [SHOAL_ACCEPT_ASK] = "ask", [SHOAL_ACCEPT_FRIENDS] = "friends", [SHOAL_ACCEPT_ALL] = "all",
  };

  if (accept_text == NULL)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (WORDS); i++)
    {
      if (g_str_equal (accept_text, WORDS[i]))
        {
          policy = (ShoalAcceptPolicy) i;
          return TRUE;
        }
    }
  shoal_cli_usage (cli, _("--accept takes ask, friends or all"));
  return FALSE;
}

static void
receive_start (ShoalCli *cli, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "dir", 'd', 0, G_OPTION_ARG_FILENAME, &directory, N_("Put files there (.)"), N_("DIR") },
    { "accept", 0, 0, G_OPTION_ARG_STRING, &accept_text, N_("Whose offers to take unasked (ask)"),
      N_("ask|friends|all") },
    { "once", 0, 0, G_OPTION_ARG_NONE, &once, N_("Stop after the first offer"), NULL },
    { "no-pass-on", 0, 0, G_OPTION_ARG_NONE, &no_pass_on,
      N_("Do not pass on to other receivers of the same offer"), NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autofree char *absolute = NULL;

  if (!shoal_cli_parse (cli, entries, &argc, &argv) || !parse_accept (cli))
    return;
  if (argc != 1)
    {
      shoal_cli_usage (cli, _("“receive” takes no argument"));
      return;
    }

  active = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  done = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  absolute = shoal_cli_get_path (cli, directory != NULL ? directory : ".");
  if (!shoal_cli_engine (cli))
    return;

  g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_stdin, cli);
  shoal_remark (cli, _("Ready as “%s”, receiving into %s. Ctrl+C ends."),
                shoal_engine_get_name (cli->engine), absolute);
  shoal_engine_set_acceptance (cli->engine, policy, absolute, !no_pass_on);
}

static void
receive_interrupted (ShoalCli *cli)
{
  if (active != NULL && g_hash_table_size (active) > 0)
    shoal_remark (cli, _("Interrupted. What has arrived is kept: start “receive” again and it goes "
                         "on by itself."));
  else
    shoal_cli_finish (cli, worst);
}

const ShoalVerb shoal_verb_receive = {
  .name = "receive",
  .arguments = "[--dir DIR] [--accept ask|friends|all] [--once] [--no-pass-on]",
  .summary = N_("Wait for offers and receive them"),
  .more = N_("Offers are answered on standard input: “y” or “n” for the oldest one, or “accept ID "
             "[FOLDER]” and “decline ID” with the ID that --json prints. What is not answered "
             "waits for a week."),
  .start = receive_start,
  .event = receive_event,
  .interrupted = receive_interrupted,
};
