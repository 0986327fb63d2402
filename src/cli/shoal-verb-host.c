/* shoal-verb-host.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-verb-host.h"

#include "shoal-cli.h"
#include "shoal-output.h"

struct _ShoalVerbHost
{
  ShoalEngine      *engine;  /* (owned) */
  ShoalMainRuntime *runtime; /* (owned) */
  GHashTable       *runs;    /* (owned): ID → Run (owned) */
  guint             last_id;
};

typedef struct
{
  ShoalVerbHost    *host;
  guint             id;
  ShoalCli         *cli;     /* (owned) */
  ShoalVerbRequest  request; /* of it: output, ended, user_data */
} Run;

/* Where a stream's bytes go. */
typedef struct
{
  Run *run;
  int  stream;
} Sink;

/* --- Streams that lead to whoever asked ----------------------------------- */

static ssize_t
on_write (void *cookie, const char *bytes, size_t size)
{
  Sink *sink = cookie;

  sink->run->request.output (sink->stream, bytes, size, sink->run->request.user_data);
  return (ssize_t) size;
}

static int
on_close (void *cookie)
{
  g_free (cookie);
  return 0;
}

static FILE *
open_stream (Run *run, int stream)
{
  static const cookie_io_functions_t functions = { .write = on_write, .close = on_close };
  Sink *sink = g_new (Sink, 1);
  FILE *file;

  *sink = (Sink){ run, stream };
  file = fopencookie (sink, "w", functions);
  if (file == NULL)
    g_error ("No memory for a stream");
  setvbuf (file, NULL, _IOLBF, BUFSIZ);
  return file;
}

/* --- Runs ---------------------------------------------------------------- */

/* What the engine still answers finds the verb over, and nowhere to print to. */
static void
run_free (gpointer data)
{
  Run *run = data;

  fclose (run->cli->out);
  fclose (run->cli->err);
  run->cli->out = run->cli->err = NULL;
  g_clear_object (&run->cli->engine);
  g_clear_object (&run->cli->runtime);
  shoal_cli_unref (run->cli);
  g_free (run);
}

static void
on_ended (ShoalCli *cli, gpointer user_data)
{
  Run *run = user_data;
  ShoalVerbRequest request = run->request;
  int status = cli->status;

  fflush (cli->out);
  fflush (cli->err);
  g_hash_table_remove (run->host->runs, GUINT_TO_POINTER (run->id));
  request.ended (status, request.user_data);
}

static ShoalCli *
cli_new (ShoalVerbHost *self, const ShoalVerbRequest *request, Run *run)
{
  ShoalCli *cli = shoal_cli_new ();

  cli->hosted = TRUE;
  cli->engine = g_object_ref (self->engine);
  cli->runtime = g_object_ref (self->runtime);
  cli->directory = g_strdup (request->directory);
  cli->input = request->input != NULL ? g_bytes_ref (request->input) : NULL;
  cli->json = request->json;
  cli->quiet = request->quiet;
  cli->out_is_terminal = request->out_is_terminal;
  cli->err_is_terminal = request->err_is_terminal;
  cli->out = open_stream (run, 1);
  cli->err = open_stream (run, 2);
  cli->ended = on_ended;
  cli->ended_data = run;
  return cli;
}

static void
start (ShoalCli *cli, const char *const *arguments)
{
  g_auto (GStrv) copy = g_strdupv ((char **) arguments);
  /* The parser takes words out: it gets a list of its own. */
  g_autofree char **words = g_memdup2 (copy, sizeof *copy * (g_strv_length (copy) + 1));
  const char *name = words[0] != NULL ? words[0] : "";

  cli->verb = shoal_cli_find_verb (name);
  if (cli->verb == NULL || cli->verb == &shoal_verb_receive)
    shoal_cli_usage (cli, _("There is no verb “%s”"), name);
  else
    cli->verb->start (cli, (int) g_strv_length (words), words);
}

guint
shoal_verb_host_run (ShoalVerbHost *self, const ShoalVerbRequest *request)
{
  g_autoptr (ShoalCli) cli = NULL;
  Run *run = g_new0 (Run, 1);
  guint id = ++self->last_id;

  run->host = self;
  run->id = id;
  run->request = *request;
  run->cli = cli_new (self, request, run);
  cli = shoal_cli_ref (run->cli);
  g_hash_table_insert (self->runs, GUINT_TO_POINTER (id), run);
  start (cli, request->arguments);
  return cli->finished ? 0 : id;
}

static void
interrupt (Run *run)
{
  g_autoptr (ShoalCli) cli = shoal_cli_ref (run->cli);

  cli->interrupted = TRUE;
  shoal_clear_progress (cli);
  if (cli->verb->interrupted != NULL)
    cli->verb->interrupted (cli);
  shoal_cli_finish (cli, SHOAL_CLI_FAILED);
}

void
shoal_verb_host_interrupt (ShoalVerbHost *self, guint id)
{
  Run *run = g_hash_table_lookup (self->runs, GUINT_TO_POINTER (id));

  if (run != NULL)
    interrupt (run);
}

/* Only what the verb itself waits for: the rest is the host's business. */
void
shoal_verb_host_tell (ShoalVerbHost *self, const ShoalEvent *event)
{
  g_autoptr (GList) ids = g_hash_table_get_keys (self->runs);

  for (GList *l = ids; l != NULL; l = l->next)
    {
      Run *run = g_hash_table_lookup (self->runs, l->data);
      g_autoptr (ShoalCli) cli = run != NULL ? shoal_cli_ref (run->cli) : NULL;

      if (cli != NULL && !cli->finished && cli->verb->event != NULL)
        cli->verb->event (cli, event);
    }
}

/* --- Life ---------------------------------------------------------------- */

ShoalVerbHost *
shoal_verb_host_new (ShoalEngine *engine, ShoalMainRuntime *runtime)
{
  ShoalVerbHost *self = g_new0 (ShoalVerbHost, 1);

  self->engine = g_object_ref (engine);
  self->runtime = g_object_ref (runtime);
  self->runs = g_hash_table_new_full (NULL, NULL, NULL, run_free);
  return self;
}

void
shoal_verb_host_free (ShoalVerbHost *self)
{
  g_autoptr (GList) ids = g_hash_table_get_keys (self->runs);

  for (GList *l = ids; l != NULL; l = l->next)
    shoal_verb_host_interrupt (self, GPOINTER_TO_UINT (l->data));
  g_hash_table_unref (self->runs);
  g_object_unref (self->engine);
  g_object_unref (self->runtime);
  g_free (self);
}
