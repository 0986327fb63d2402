/* main.c: shoal-tracker: options, listening, the loop.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-tracker"

#include "config.h"

#include "shoal-error.h"
#include "shoal-main-runtime.h"
#include "shoal-nested-context.h"
#include "shoal-tracker-server.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/* Exit codes of shoal-cli. */
#define EXIT_USAGE 2
/* How long goodbyes may take. */
#define GOODBYE_SECONDS 3
/* With this many, fewer will do. */
#define DEFAULT_SOCKETS 20000
/* Descriptors for all but connections, and what contexts are made of them. */
#define OTHER_DESCRIPTORS 30

typedef struct
{
  ShoalRuntime       *runtime;
  ShoalTrackerServer *server;
  GMainLoop          *loop;
  guint               stopping; /* timer */
  gint64              deadline;
} Program;

/* --- Options ----------------------------------------------------------------- */

typedef struct
{
  char   **listen;
  char    *certificate, *key;
  int      interval, max_sockets, max_per_address;
  gboolean public_metrics, behind_proxy, version;
} Options;

static gboolean
parse_options (int *argc, char ***argv, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "listen", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &options->listen,
      N_("Listen at ADDRESS:PORT (may be repeated; otherwise all addresses, port 8000)"),
      N_("ADDRESS:PORT") },
    { "tls-certificate", 0, 0, G_OPTION_ARG_FILENAME, &options->certificate,
      N_("Serve wss:// with this certificate chain (PEM)"), N_("FILE") },
    { "tls-key", 0, 0, G_OPTION_ARG_FILENAME, &options->key,
      N_("Its private key (PEM), unless the certificate’s file has it"), N_("FILE") },
    { "interval", 0, 0, G_OPTION_ARG_INT, &options->interval,
      N_("Ask for an announcement every N seconds (120)"), "N" },
    { "max-sockets", 0, 0, G_OPTION_ARG_INT, &options->max_sockets,
      N_("At most N connections (20000)"), "N" },
    { "max-per-address", 0, 0, G_OPTION_ARG_INT, &options->max_per_address,
      N_("At most N connections of one address (100)"), "N" },
    { "public-metrics", 0, 0, G_OPTION_ARG_NONE, &options->public_metrics,
      N_("Show /metrics to everybody, not to this computer alone"), NULL },
    { "behind-proxy", 0, 0, G_OPTION_ARG_NONE, &options->behind_proxy,
      N_("Count whom a reverse proxy on this computer names in X-Forwarded-For"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, N_("Print the version"), NULL },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (
    context, _("A tracker at which devices of Shoal, or of any WebTorrent client, meet."));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                            _("“%s” is no option"), (*argv)[1]);
  if (options->interval < 10 || options->max_sockets < 1 || options->max_per_address < 1)
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                            _("Limits are at least 1, and the interval at least 10 seconds"));
  return TRUE;
}

/* "1.2.3.4:80", "[::1]:80", ":80"; no names, as a server knows its addresses. */
static GSocketAddress *
parse_address (const char *text, GError **error)
{
  g_autoptr (GSocketAddress) address = NULL;
  g_autofree char *host = NULL;
  const char *colon = strrchr (text, ':');
  guint64 port;

  if (colon != NULL && g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, &port, NULL))
    {
      host = g_strndup (text, (gsize) (colon - text));
      if (host[0] == '[' && g_str_has_suffix (host, "]"))
        {
          memmove (host, host + 1, strlen (host));
          host[strlen (host) - 1] = '\0';
        }
      address = g_inet_socket_address_new_from_string (host[0] != '\0' ? host : "::",
                                                       (guint) port);
    }
  if (address == NULL)
    shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                     _("“%s” is no ADDRESS:PORT, such as 192.0.2.1:8000 or [2001:db8::1]:8000"),
                     text);
  return g_steal_pointer (&address);
}

/* --- Life --------------------------------------------------------------------- */

static void
on_wait (gpointer user_data)
{
  Program *program = user_data;

  program->stopping = 0;
  if (shoal_tracker_server_get_n_sockets (program->server) == 0
      || shoal_runtime_now (program->runtime) > program->deadline)
    g_main_loop_quit (program->loop);
  else
    program->stopping = shoal_runtime_add_timer (program->runtime, G_USEC_PER_SEC / 20, on_wait,
                                                 program);
}

/* The first signal says goodbye to everybody, the second does not wait for it. */
static gboolean
on_signal (gpointer user_data)
{
  Program *program = user_data;

  if (program->stopping != 0)
    {
      g_main_loop_quit (program->loop);
      return G_SOURCE_CONTINUE;
    }
  shoal_tracker_server_close (program->server);
  program->deadline = shoal_runtime_now (program->runtime) + GOODBYE_SECONDS * G_USEC_PER_SEC;
  on_wait (program);
  return G_SOURCE_CONTINUE;
}

static gboolean
start_listening (Program *program, const Options *options, GError **error)
{
  static const char *const ANY[] = { ":8000", NULL };
  const char *const *addresses = options->listen != NULL
                                   ? (const char *const *) options->listen : ANY;

  for (guint i = 0; addresses[i] != NULL; i++)
    {
      g_autoptr (GSocketAddress) address = parse_address (addresses[i], error);
      g_autoptr (GSocketAddress) bound = NULL;
      g_autofree char *text = NULL;

      if (address == NULL
          || !shoal_tracker_server_listen (program->server, address, &bound, error))
        {
          g_prefix_error (error, _("Cannot listen at %s: "), addresses[i]);
          return FALSE;
        }
      text = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (bound));
      printf ("%s://%s\n", options->certificate != NULL ? "wss" : "ws", text);
    }
  fflush (stdout);
  return TRUE;
}

static rlim_t
count_descriptors (rlim_t sockets)
{
  rlim_t contexts = (sockets + SHOAL_TRACKER_SOCKETS_PER_CONTEXT - 1) /
                    SHOAL_TRACKER_SOCKETS_PER_CONTEXT;

  return sockets + contexts * SHOAL_NESTED_CONTEXT_DESCRIPTORS + OTHER_DESCRIPTORS;
}

/* Each connection is a descriptor: as many as the system gives. How many
 * connections that allows; 0 with @error if it is less than was asked for. */
static guint
raise_descriptor_limit (int wanted, GError **error)
{
  struct rlimit limit = { 0 };
  rlim_t most = 0, sockets = (rlim_t) wanted;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  getrlimit (RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur == RLIM_INFINITY || count_descriptors (sockets) <= limit.rlim_cur)
    return (guint) sockets;

  while (count_descriptors (most + 1) <= limit.rlim_cur)
    most++;
  if (wanted != DEFAULT_SOCKETS || most == 0)
    {
      shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                       _("The system lets this program open %lu files, and %lu connections need "
                         "%lu. Raise that limit (LimitNOFILE= in the service’s unit, or ulimit "
                         "-Hn), or give a lower --max-sockets."),
                       (unsigned long) limit.rlim_cur, (unsigned long) sockets,
                       (unsigned long) count_descriptors (sockets));
      return 0;
    }
  fprintf (stderr, _("shoal-tracker: at most %lu connections, as the system lets it open only "
                     "%lu files\n"), (unsigned long) most, (unsigned long) limit.rlim_cur);
  return (guint) most;
}

static int
run (const Options *options, GError **error)
{
  g_autoptr (ShoalMainRuntime) runtime = shoal_main_runtime_new (NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE); /* not replayed: a program's own */
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (ShoalTrackerServer) server = NULL;
  ShoalTrackerOptions server_options = {
    .interval = (guint) options->interval,
    .max_per_address = (guint) options->max_per_address,
    .public_metrics = options->public_metrics,
    .behind_proxy = options->behind_proxy,
  };
  Program program = { SHOAL_RUNTIME (runtime), NULL, loop };

  if (options->certificate != NULL)
    {
      certificate = g_tls_certificate_new_from_files (
        options->certificate, options->key != NULL ? options->key : options->certificate, error);
      if (certificate == NULL)
        return EXIT_FAILURE;
      server_options.certificate = certificate;
    }

  server_options.max_sockets = raise_descriptor_limit (options->max_sockets, error);
  if (server_options.max_sockets == 0)
    return EXIT_FAILURE;
  server = program.server = shoal_tracker_server_new (SHOAL_RUNTIME (runtime), &server_options);
  if (!start_listening (&program, options, error))
    return EXIT_FAILURE;

  g_unix_signal_add (SIGINT, on_signal, &program);  /* not replayed: a program's own */
  g_unix_signal_add (SIGTERM, on_signal, &program); /* not replayed: a program's own */
  g_main_loop_run (loop);
  shoal_runtime_clear_timer (program.runtime, &program.stopping);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  Options options
    = { .interval = 120, .max_sockets = DEFAULT_SOCKETS, .max_per_address = 100 };
  g_autoptr (GError) error = NULL;
  int status;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, SHOAL_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  if (!parse_options (&argc, &argv, &options, &error))
    status = EXIT_USAGE;
  else if (options.version)
    {
      printf ("shoal-tracker %s\n", SHOAL_VERSION);
      status = EXIT_SUCCESS;
    }
  else
    status = run (&options, &error);

  if (error != NULL)
    fprintf (stderr, "shoal-tracker: %s\n", error->message);
  g_strfreev (options.listen);
  g_free (options.certificate);
  g_free (options.key);
  return status;
}
