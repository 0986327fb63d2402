/* main.c: shoal-cli: the table of verbs, the options before the verb, the loop.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-output.h"
#include "shoal-settings.h"

#include <glib-unix.h>
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <unistd.h>

static const ShoalVerb *const VERBS[] = {
  &shoal_verb_id,   &shoal_verb_name,  &shoal_verb_devices, &shoal_verb_friend, &shoal_verb_invite,
  &shoal_verb_receive, &shoal_verb_send, &shoal_verb_share, &shoal_verb_list,
  &shoal_verb_get,  &shoal_verb_export, &shoal_verb_verify, &shoal_verb_settings,
  &shoal_verb_set,  &shoal_verb_doctor,
};

/* --- What verbs use ------------------------------------------------------ */

void
shoal_cli_finish (ShoalCli *cli, int status)
{
  if (cli->finished)
    return;

  cli->finished = TRUE;
  cli->status = status;
  shoal_clear_progress (cli);
  g_cancellable_cancel (cli->cancellable);
  g_main_loop_quit (cli->loop);
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

static void
print_usage_error (ShoalCli *cli, const char *message)
{
  g_autoptr (GError) error
    = shoal_error_new (SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL, "%s", message);

  shoal_print_error (cli, error);
  if (cli->verb != NULL)
    fprintf (stderr, _("Usage: shoal-cli [OPTION]… %s %s\n"), cli->verb->name,
             cli->verb->arguments);
  else
    fprintf (stderr, _("Try “shoal-cli --help”.\n"));
}

void
shoal_cli_usage (ShoalCli *cli, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  print_usage_error (cli, message);
  shoal_cli_finish (cli, SHOAL_CLI_USAGE);
}

gboolean
shoal_cli_parse (ShoalCli *cli, const GOptionEntry *entries, int *argc, char ***argv)
{
  g_autofree char *arguments
    = g_strdup_printf ("%s %s", cli->verb->name, cli->verb->arguments);
  g_autoptr (GOptionContext) context = g_option_context_new (arguments);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, _(cli->verb->summary));
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (g_option_context_parse (context, argc, argv, &error))
    return TRUE;

  shoal_cli_usage (cli, "%s", error->message);
  return FALSE;
}

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

  cli->runtime = shoal_main_runtime_new (NULL);
  cli->engine
    = shoal_engine_new (SHOAL_RUNTIME (cli->runtime), &options, on_event, cli, &error);
  if (cli->engine != NULL && shoal_engine_start (cli->engine, &error))
    return TRUE;

  shoal_cli_fail (cli, error);
  return FALSE;
}

/* --- The program --------------------------------------------------------- */

static gboolean
on_signal (gpointer user_data)
{
  ShoalCli *cli = user_data;

  /* Whoever asks twice does not want to wait: nothing is lost that a crash
   * would not lose either. */
  if (cli->interrupted)
    _exit (cli->status);
  cli->interrupted = TRUE;
  if (!cli->finished)
    {
      shoal_clear_progress (cli);
      if (cli->verb->interrupted != NULL)
        cli->verb->interrupted (cli);
      shoal_cli_finish (cli, SHOAL_CLI_FAILED);
    }
  return G_SOURCE_CONTINUE;
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalCli *cli = user_data;
  g_autoptr (GError) error = NULL;

  if (!shoal_engine_stop_finish (SHOAL_ENGINE (source), result, &error))
    {
      shoal_print_error (cli, error);
      cli->status = MAX (cli->status, SHOAL_CLI_FAILED);
    }
  g_main_loop_quit (cli->loop);
}

static void
stop_engine (ShoalCli *cli)
{
  if (cli->engine != NULL)
    {
      shoal_engine_stop_async (cli->engine, on_stopped, cli);
      g_main_loop_run (cli->loop);
      g_clear_object (&cli->engine);
    }
  if (cli->runtime != NULL)
    shoal_main_runtime_drain (cli->runtime);
  g_clear_object (&cli->runtime);
}

static int
run_verb (ShoalCli *cli, int argc, char **argv)
{
  guint int_source, term_source, hup_source;

  cli->loop = g_main_loop_new (NULL, FALSE);
  cli->cancellable = g_cancellable_new ();
  int_source = g_unix_signal_add (SIGINT, on_signal, cli);
  term_source = g_unix_signal_add (SIGTERM, on_signal, cli);
  hup_source = g_unix_signal_add (SIGHUP, on_signal, cli);

  cli->verb->start (cli, argc, argv);
  if (!cli->finished)
    g_main_loop_run (cli->loop);
  stop_engine (cli);

  g_source_remove (int_source);
  g_source_remove (term_source);
  g_source_remove (hup_source);
  g_clear_object (&cli->cancellable);
  g_clear_pointer (&cli->loop, g_main_loop_unref);
  return cli->status;
}

/* "[ADDRESS]:PORT", "ADDRESS:PORT", ":PORT" or "PORT". */
static gboolean
parse_listen (ShoalCli *cli, const char *text)
{
  const char *colon = strrchr (text, ':');
  const char *port = colon != NULL ? colon + 1 : text;
  guint64 value;

  if (!g_ascii_string_to_unsigned (port, 10, 0, 65535, &value, NULL))
    return FALSE;
  cli->listen_port = (int) value;
  if (colon != NULL && colon > text)
    {
      gboolean bracketed = text[0] == '[' && colon[-1] == ']';

      cli->listen_address = bracketed ? g_strndup (text + 1, (gsize) (colon - text - 2))
                                      : g_strndup (text, (gsize) (colon - text));
      if (!g_hostname_is_ip_address (cli->listen_address))
        return FALSE;
    }
  return TRUE;
}

static gboolean
parse_visibility (ShoalCli *cli, const char *text)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (SHOAL_TYPE_VISIBILITY);
  GEnumValue *value = g_enum_get_value_by_nick (klass, text);

  if (value != NULL)
    cli->visibility = value->value;
  return value != NULL;
}

static char *
describe_verbs (void)
{
  GString *text = g_string_new (_("Verbs:\n"));

  for (gsize i = 0; i < G_N_ELEMENTS (VERBS); i++)
    g_string_append_printf (text, "  %-8s %s\n", VERBS[i]->name, _(VERBS[i]->summary));
  g_string_append (text, _("\n“shoal-cli VERB --help” tells more."));
  return g_string_free (text, FALSE);
}

static const ShoalVerb *
find_verb (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (VERBS); i++)
    {
      if (g_str_equal (VERBS[i]->name, name))
        return VERBS[i];
    }
  return NULL;
}

/* "HOST:PORT" of --stun and --turn, or a whole "turn:…". */
static void
add_servers (GStrvBuilder *servers, char **texts, const char *scheme)
{
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    {
      g_autofree char *whole = g_strconcat (scheme, texts[i], NULL);
      gboolean is_whole = g_str_has_prefix (texts[i], "stun:")
                          || g_str_has_prefix (texts[i], "turn:")
                          || g_str_has_prefix (texts[i], "turns:");

      g_strv_builder_add (servers, is_whole ? texts[i] : whole);
    }
}

static gboolean
check_servers (char **trackers, char **servers, GError **error)
{
  g_autoptr (GVariant) as_trackers
    = g_variant_ref_sink (g_variant_new_strv ((const char *const *) trackers,
                                              trackers != NULL ? -1 : 0));
  g_autoptr (GVariant) as_servers
    = g_variant_ref_sink (g_variant_new_strv ((const char *const *) servers,
                                              servers != NULL ? -1 : 0));

  return shoal_settings_check_value ("trackers", as_trackers, error)
         && shoal_settings_check_value ("servers", as_servers, error);
}

static gboolean
parse_path (ShoalCli *cli, const char *text)
{
  if (g_str_equal (text, "local"))
    cli->path = SHOAL_REACH_LOCAL;
  else if (g_str_equal (text, "direct"))
    cli->path = SHOAL_REACH_DIRECT;
  else if (g_str_equal (text, "relay"))
    cli->path = SHOAL_REACH_RELAYED;
  else
    return FALSE;
  return TRUE;
}

/* How to go beyond this network. */
static gboolean
parse_internet (ShoalCli *cli, char **stun, char **turn, const char *path, GError **error)
{
  g_autoptr (GStrvBuilder) servers = g_strv_builder_new ();

  add_servers (servers, stun, "stun:");
  add_servers (servers, turn, "turn:");
  if (stun != NULL || turn != NULL)
    cli->servers = g_strv_builder_end (servers);
  if (path != NULL && !parse_path (cli, path))
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                            _("--path takes local, direct or relay"));
  return check_servers (cli->trackers, cli->servers, error);
}

/* Parses what stands before the verb; FALSE after a usage error. */
static gboolean
parse_global (ShoalCli *cli, int *argc, char ***argv, gboolean *version)
{
  g_autofree char *listen = NULL;
  g_autofree char *visible = NULL;
  g_autofree char *path = NULL;
  g_auto (GStrv) stun = NULL;
  g_auto (GStrv) turn = NULL;
  g_autofree char *verbs = describe_verbs ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new (_("VERB [ARGUMENT]…"));
  const GOptionEntry entries[] = {
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &cli->state_dir,
      N_("Keep key and state in DIR"), N_("DIR") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &cli->json, N_("Print one JSON object a line"), NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &cli->quiet, N_("Print only results and errors"), NULL },
    { "listen", 0, 0, G_OPTION_ARG_STRING, &listen, N_("Listen there"), N_("[ADDRESS]:PORT") },
    { "no-discovery", 0, 0, G_OPTION_ARG_NONE, &cli->no_discovery,
      N_("Neither announce nor look for devices"), NULL },
    { "visible", 0, 0, G_OPTION_ARG_STRING, &visible, N_("Who may see this device"),
      N_("everyone|friends|nobody") },
    { "tracker", 0, 0, G_OPTION_ARG_STRING_ARRAY, &cli->trackers,
      N_("Meet others at this tracker (may be repeated)"), N_("URL") },
    { "stun", 0, 0, G_OPTION_ARG_STRING_ARRAY, &stun,
      N_("Learn the own address from this STUN server"), N_("HOST[:PORT]") },
    { "turn", 0, 0, G_OPTION_ARG_STRING_ARRAY, &turn,
      N_("Use this relay where nothing else works"), N_("[USER:PASSWORD@]HOST[:PORT]") },
    { "path", 0, 0, G_OPTION_ARG_STRING, &path,
      N_("Only this way"), N_("local|direct|relay") },
    { "version", 0, 0, G_OPTION_ARG_NONE, version, N_("Print the version"), NULL },
    G_OPTION_ENTRY_NULL
  };

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_strict_posix (context, TRUE);
  g_option_context_set_description (context, verbs);
  g_option_context_set_summary (context,
                                _("Sends files straight from one computer to another."));
  if (!g_option_context_parse (context, argc, argv, &error))
    print_usage_error (cli, error->message);
  else if (listen != NULL && !parse_listen (cli, listen))
    print_usage_error (cli, _("--listen takes [ADDRESS]:PORT, for example :27474"));
  else if (visible != NULL && !parse_visibility (cli, visible))
    print_usage_error (cli, _("--visible takes everyone, friends or nobody"));
  else if (!parse_internet (cli, stun, turn, path, &error))
    print_usage_error (cli, error->message);
  else
    return TRUE;
  return FALSE;
}

static void
cli_clear (ShoalCli *cli)
{
  g_free (cli->state_dir);
  g_free (cli->listen_address);
  g_strfreev (cli->trackers);
  g_strfreev (cli->servers);
  g_clear_pointer (&cli->troubles, g_hash_table_unref);
}

/* Buffers of a mebibyte come and go hundreds of times a second. By default the
 * allocator gives their pages back each time, to have them cleared again: a
 * third of a sender's time in the kernel. */
static void
keep_freed_pages (void)
{
#ifdef __GLIBC__
  mallopt (M_MMAP_THRESHOLD, 32 * 1024 * 1024);
  mallopt (M_TRIM_THRESHOLD, 32 * 1024 * 1024);
  mallopt (M_TOP_PAD, 4 * 1024 * 1024);
  mallopt (M_ARENA_MAX, 2);
#endif
}

int
main (int argc, char **argv)
{
  ShoalCli cli = { .listen_port = -1, .visibility = -1 };
  gboolean version = FALSE;
  int status = SHOAL_CLI_USAGE;

  keep_freed_pages ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, SHOAL_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("shoal-cli");

  if (!parse_global (&cli, &argc, &argv, &version))
    goto out;

  if (version)
    {
      puts ("shoal-cli " SHOAL_VERSION);
      status = SHOAL_CLI_DONE;
      goto out;
    }

  /* A "--" before the verb is left in place by the option parser. */
  if (argc > 1 && g_str_equal (argv[1], "--"))
    argc--, argv++;
  if (argc < 2)
    {
      print_usage_error (&cli, _("Which verb?"));
      goto out;
    }

  cli.verb = find_verb (argv[1]);
  if (cli.verb == NULL)
    {
      g_autofree char *message = g_strdup_printf (_("There is no verb “%s”"), argv[1]);

      print_usage_error (&cli, message);
      goto out;
    }

  if (cli.state_dir == NULL)
    cli.state_dir = g_build_filename (g_get_user_data_dir (), "shoal", NULL);
  status = run_verb (&cli, argc - 1, argv + 1);

out:
  cli_clear (&cli);
  return status;
}
