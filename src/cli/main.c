/* main.c: shoal-cli: the options before the verb, the loop, signals.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-hand-over.h"
#include "shoal-output.h"
#include "shoal-settings.h"

#include <glib-unix.h>
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <unistd.h>

/* --- The program --------------------------------------------------------- */

typedef struct
{
  ShoalCli     *cli;
  GMainLoop    *loop;
  ShoalHandOver *hand_over; /* (owned) (nullable): who owns the state runs the verb */
} Program;

static gboolean
on_signal (gpointer user_data)
{
  Program *self = user_data;
  ShoalCli *cli = self->cli;

  /* Whoever asks twice does not want to wait: nothing is lost that a crash
   * would not lose either. */
  if (cli->interrupted)
    _exit (cli->finished ? cli->status : SHOAL_CLI_FAILED);
  cli->interrupted = TRUE;
  if (self->hand_over != NULL)
    {
      shoal_hand_over_interrupt (self->hand_over);
    }
  else if (!cli->finished)
    {
      shoal_clear_progress (cli);
      if (cli->verb->interrupted != NULL)
        cli->verb->interrupted (cli);
      shoal_cli_finish (cli, SHOAL_CLI_FAILED);
    }
  return G_SOURCE_CONTINUE;
}

static void
on_ended (ShoalCli *cli, gpointer user_data)
{
  g_main_loop_quit (((Program *) user_data)->loop);
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!shoal_engine_stop_finish (SHOAL_ENGINE (source), result, &error))
    {
      shoal_print_error (self->cli, error);
      self->cli->status = MAX (self->cli->status, SHOAL_CLI_FAILED);
    }
  g_main_loop_quit (self->loop);
}

static void
stop_engine (Program *self)
{
  ShoalCli *cli = self->cli;

  if (cli->engine != NULL)
    {
      shoal_engine_stop_async (cli->engine, on_stopped, self);
      g_main_loop_run (self->loop);
      g_clear_object (&cli->engine);
    }
  if (cli->runtime != NULL)
    shoal_main_runtime_drain (cli->runtime);
  g_clear_object (&cli->runtime);
}

static int
run_verb (ShoalCli *cli, int argc, char **argv)
{
  Program self = { .cli = cli, .loop = g_main_loop_new (NULL, FALSE) };
  g_auto (GStrv) arguments = g_strdupv (argv);
  guint int_source = g_unix_signal_add (SIGINT, on_signal, &self);
  guint term_source = g_unix_signal_add (SIGTERM, on_signal, &self);
  guint hup_source = g_unix_signal_add (SIGHUP, on_signal, &self);

  cli->ended = on_ended;
  cli->ended_data = &self;
  cli->verb->start (cli, argc, argv);
  if (cli->in_use != NULL)
    self.hand_over = shoal_hand_over_new (cli, (const char *const *) arguments);
  if (!cli->finished)
    g_main_loop_run (self.loop);
  g_clear_pointer (&self.hand_over, shoal_hand_over_free);
  stop_engine (&self);

  g_source_remove (int_source);
  g_source_remove (term_source);
  g_source_remove (hup_source);
  g_clear_pointer (&self.loop, g_main_loop_unref);
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

  for (const ShoalVerb *const *verb = shoal_cli_list_verbs (); *verb != NULL; verb++)
    g_string_append_printf (text, "  %-9s  %s\n", (*verb)->name, _((*verb)->summary));
  g_string_append (text, _("\n“shoal-cli VERB --help” tells more."));
  return g_string_free (text, FALSE);
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
    shoal_cli_print_usage (cli, error->message);
  else if (listen != NULL && !parse_listen (cli, listen))
    shoal_cli_print_usage (cli, _("--listen takes [ADDRESS]:PORT, for example :27474"));
  else if (visible != NULL && !parse_visibility (cli, visible))
    shoal_cli_print_usage (cli, _("--visible takes everyone, friends or nobody"));
  else if (!parse_internet (cli, stun, turn, path, &error))
    shoal_cli_print_usage (cli, error->message);
  else
    return TRUE;
  return FALSE;
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
  g_autoptr (ShoalCli) cli = shoal_cli_new ();
  gboolean version = FALSE;

  keep_freed_pages ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, SHOAL_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("shoal-cli");
  g_log_writer_default_set_use_stderr (TRUE); /* standard output is for results */

  cli->out_is_terminal = isatty (STDOUT_FILENO);
  cli->err_is_terminal = isatty (STDERR_FILENO);
  if (!parse_global (cli, &argc, &argv, &version))
    return SHOAL_CLI_USAGE;
  if (version)
    {
      puts ("shoal-cli " SHOAL_VERSION);
      return SHOAL_CLI_DONE;
    }

  /* A "--" before the verb is left in place by the option parser. */
  if (argc > 1 && g_str_equal (argv[1], "--"))
    argc--, argv++;
  if (argc < 2)
    {
      shoal_cli_print_usage (cli, _("Which verb?"));
      return SHOAL_CLI_USAGE;
    }

  cli->verb = shoal_cli_find_verb (argv[1]);
  if (cli->verb == NULL)
    {
      g_autofree char *message = g_strdup_printf (_("There is no verb “%s”"), argv[1]);

      shoal_cli_print_usage (cli, message);
      return SHOAL_CLI_USAGE;
    }

  if (cli->state_dir == NULL)
    cli->state_dir = g_build_filename (g_get_user_data_dir (), "shoal", NULL);
  return run_verb (cli, argc - 1, argv + 1);
}
