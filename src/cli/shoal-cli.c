/* shoal-cli.c: one run of a verb, and the table of them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"

#include "shoal-engine-internet.h"
#include "shoal-output.h"

static const ShoalVerb *const VERBS[] = {
  &shoal_verb_id,   &shoal_verb_name,  &shoal_verb_devices, &shoal_verb_friend, &shoal_verb_invite,
  &shoal_verb_receive, &shoal_verb_send, &shoal_verb_share, &shoal_verb_list,
  &shoal_verb_get,  &shoal_verb_export, &shoal_verb_verify, &shoal_verb_settings,
  &shoal_verb_set,  &shoal_verb_doctor, &shoal_verb_transfers, &shoal_verb_shares,
  &shoal_verb_describe, NULL,
};

/* --- Later --------------------------------------------------------------- */

typedef struct
{
  ShoalCli *cli;
  guint     timer;
  void    (*func) (ShoalCli *cli);
} Later;

static void
later_free (gpointer data)
{
  Later *later = data;

  shoal_runtime_clear_timer (SHOAL_RUNTIME (later->cli->runtime), &later->timer);
  g_free (later);
}

static void
on_later (gpointer user_data)
{
  Later *later = user_data;
  g_autoptr (ShoalCli) cli = shoal_cli_ref (later->cli);
  void (*func) (ShoalCli *cli) = later->func;

  later->timer = 0;
  g_ptr_array_remove_fast (cli->laters, later);
  func (cli);
}

void
shoal_cli_later (ShoalCli *cli, gint64 delay, void (*func) (ShoalCli *cli))
{
  Later *later;

  if (cli->finished)
    return;
  later = g_new0 (Later, 1);
  later->cli = cli;
  later->func = func;
  later->timer = shoal_runtime_add_timer (SHOAL_RUNTIME (cli->runtime), delay, on_later, later);
  g_ptr_array_add (cli->laters, later);
}

/* --- Finding devices ----------------------------------------------------- */

/* Long enough for a device that has only just been started. */
#define FIND_TIMEOUT (10 * G_USEC_PER_SEC)

typedef struct
{
  ShoalCli      *cli; /* (owned) */
  ShoalCliFound  found;
} Find;

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Find *find = user_data;
  g_autoptr (ShoalCli) cli = find->cli;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDeviceInfo) device
    = shoal_engine_find_device_finish (SHOAL_ENGINE (source), result, &error);

  if (device == NULL)
    shoal_cli_fail (cli, error);
  else if (!cli->finished)
    find->found (cli, device);
}

void
shoal_cli_find (ShoalCli *cli, const char *typed, ShoalCliFound found)
{
  Find *find = g_new0 (Find, 1);

  find->cli = shoal_cli_ref (cli);
  find->found = found;
  shoal_engine_find_device_async (cli->engine, typed, FIND_TIMEOUT, cli->cancellable, on_found,
                                  find);
}

/* --- Life ---------------------------------------------------------------- */

ShoalCli *
shoal_cli_new (void)
{
  ShoalCli *cli = g_new0 (ShoalCli, 1);

  cli->refs = 1;
  cli->listen_port = -1;
  cli->visibility = -1;
  cli->out = stdout;
  cli->err = stderr;
  cli->cancellable = g_cancellable_new ();
  cli->laters = g_ptr_array_new_with_free_func (later_free);
  return cli;
}

ShoalCli *
shoal_cli_ref (ShoalCli *cli)
{
  cli->refs++;
  return cli;
}

void
shoal_cli_unref (ShoalCli *cli)
{
  if (--cli->refs > 0)
    return;

  g_ptr_array_unref (cli->laters);
  if (cli->data != NULL && cli->free_data != NULL)
    cli->free_data (cli->data);
  g_free (cli->data);
  g_free (cli->state_dir);
  g_free (cli->listen_address);
  g_strfreev (cli->trackers);
  g_strfreev (cli->servers);
  g_free (cli->directory);
  g_clear_pointer (&cli->input, g_bytes_unref);
  g_clear_pointer (&cli->troubles, g_hash_table_unref);
  g_clear_object (&cli->engine);
  g_clear_object (&cli->runtime);
  g_clear_object (&cli->cancellable);
  g_clear_error (&cli->in_use);
  g_free (cli);
}

const ShoalVerb *
shoal_cli_find_verb (const char *name)
{
  for (gsize i = 0; VERBS[i] != NULL; i++)
    {
      if (g_str_equal (VERBS[i]->name, name))
        return VERBS[i];
    }
  return NULL;
}

const ShoalVerb *const *
shoal_cli_list_verbs (void)
{
  return VERBS;
}

gpointer
shoal_cli_remember (ShoalCli *cli, gsize size, GDestroyNotify free_func)
{
  g_assert (cli->data == NULL);
  cli->data = g_malloc0 (size);
  cli->free_data = free_func;
  return cli->data;
}

char *
shoal_cli_get_path (ShoalCli *cli, const char *typed)
{
  return g_canonicalize_filename (typed, cli->directory);
}

char *
shoal_cli_get_what (ShoalCli *cli, const char *typed)
{
  g_autofree char *path = shoal_cli_get_path (cli, typed);

  return g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&path) : g_strdup (typed);
}

/* --- Ending -------------------------------------------------------------- */

void
shoal_cli_finish (ShoalCli *cli, int status)
{
  if (cli->finished)
    return;

  cli->finished = TRUE;
  cli->status = status;
  g_ptr_array_set_size (cli->laters, 0);
  shoal_clear_progress (cli);
  g_cancellable_cancel (cli->cancellable);
  if (cli->ended != NULL)
    cli->ended (cli, cli->ended_data);
}

void
shoal_cli_fail (ShoalCli *cli, const GError *error)
{
  if (cli->finished)
    return;

  shoal_print_error (cli, error);
  shoal_cli_finish (cli, g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_DECLINED)
                           ? SHOAL_CLI_DECLINED
                           : SHOAL_CLI_FAILED);
}

/* --- Arguments ----------------------------------------------------------- */

static char *
write_usage (const ShoalVerb *verb)
{
  return g_strjoin (*verb->arguments != '\0' ? " " : "", verb->name, verb->arguments, NULL);
}

void
shoal_cli_print_usage (ShoalCli *cli, const char *message)
{
  g_autoptr (GError) error
    = shoal_error_new (SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL, "%s", message);

  shoal_print_error (cli, error);
  if (cli->verb != NULL)
    {
      g_autofree char *usage = write_usage (cli->verb);

      fprintf (cli->err, _("Usage: shoal-cli [OPTION]… %s\n"), usage);
    }
  else
    fprintf (cli->err, _("Try “shoal-cli --help”.\n"));
}

void
shoal_cli_usage (ShoalCli *cli, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  shoal_cli_print_usage (cli, message);
  shoal_cli_finish (cli, SHOAL_CLI_USAGE);
}

gboolean
shoal_cli_parse (ShoalCli *cli, const GOptionEntry *entries, int *argc, char ***argv)
{
  g_autofree char *arguments = write_usage (cli->verb);
  g_autoptr (GOptionContext) context = g_option_context_new (arguments);
  g_autoptr (GError) error = NULL;

  /* Whoever asks for help has got it in a process of its own. */
  g_option_context_set_help_enabled (context, !cli->hosted);
  g_option_context_set_summary (context, _(cli->verb->summary));
  if (cli->verb->more != NULL)
    g_option_context_set_description (context, _(cli->verb->more));
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (g_option_context_parse (context, argc, argv, &error))
    return TRUE;

  shoal_cli_usage (cli, "%s", error->message);
  return FALSE;
}

/* --- The engine ---------------------------------------------------------- */

static void
on_event (ShoalEngine *engine, const ShoalEvent *event, gpointer user_data)
{
  ShoalCli *cli = user_data;

  if (cli->finished)
    return;

  shoal_print_event (cli, event);
  if (cli->verb->event != NULL)
    cli->verb->event (cli, event);
}

gboolean
shoal_cli_engine (ShoalCli *cli)
{
  g_autoptr (GError) error = NULL;
  ShoalEngineOptions options = {
    .state_dir = cli->state_dir,
    .listen_address = cli->listen_address,
    .listen_port = cli->listen_port,
    .no_discovery = cli->no_discovery,
    .visibility = cli->visibility,
    .no_listen = cli->verb->dials_only && cli->listen_port < 0,
    .trackers = (const char *const *) cli->trackers,
    .servers = (const char *const *) cli->servers,
    .path = (int) cli->path,
  };

  if (cli->hosted)
    return TRUE;

  cli->runtime = shoal_main_runtime_new (NULL);
  cli->engine
    = shoal_engine_new (SHOAL_RUNTIME (cli->runtime), &options, on_event, cli, &error);
  if (cli->engine != NULL && shoal_engine_start (cli->engine, &error))
    return TRUE;

  if (cli->engine == NULL && g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_IN_USE))
    cli->in_use = g_steal_pointer (&error);
  else
    shoal_cli_fail (cli, error);
  return FALSE;
}
