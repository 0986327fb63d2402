/* shoal-hand-over.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-hand-over.h"

#include "shoal-output.h"
#include "shoal-verb-bus.h"

#include <unistd.h>

struct _ShoalHandOver
{
  ShoalCli         *cli;
  char            **arguments;    /* (owned) */
  char             *token;        /* (owned): names this run */
  char             *path;         /* (owned): of the object */
  GCancellable     *cancellable;  /* (owned): of the calls */
  GDBusConnection  *bus;          /* (owned) (nullable) */
  guint             subscription;
};

/* Names who owns the state; the way out is in the error. */
static void
give_up (ShoalHandOver *self)
{
  shoal_cli_fail (self->cli, self->cli->in_use);
}

static void
on_output (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
           const char *signal, GVariant *parameters, gpointer user_data)
{
  ShoalHandOver *self = user_data;
  g_autoptr (GVariant) bytes = NULL;
  const char *token;
  gconstpointer data;
  gsize size;
  int stream;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(siay)")))
    return;
  g_variant_get (parameters, "(&si@ay)", &token, &stream, &bytes);
  if (!g_str_equal (token, self->token))
    return;
  data = g_variant_get_fixed_array (bytes, &size, 1);
  fwrite (data, 1, size, stream == STDERR_FILENO ? self->cli->err : self->cli->out);
  fflush (stream == STDERR_FILENO ? self->cli->err : self->cli->out);
}

static gboolean
is_not_there (const GError *error)
{
  g_autofree char *name = g_dbus_error_get_remote_error (error);

  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD)
         || g_strcmp0 (name, SHOAL_VERBS_NOT_MINE) == 0;
}

static void
on_ran (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer
    = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GError) lost = NULL;
  ShoalHandOver *self = user_data;
  int status;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* freed */
  if (answer != NULL)
    {
      g_variant_get (answer, "(i)", &status);
      shoal_cli_finish (self->cli, status);
    }
  else if (is_not_there (error))
    {
      give_up (self);
    }
  else
    {
      lost = shoal_error_new (SHOAL_ERROR_CLOSED, SHOAL_SIDE_HERE, _("Run the command again."),
                              _("The Shoal that was running it has ended: %s"), error->message);
      shoal_cli_fail (self->cli, lost);
    }
}

static GVariant *
describe_options (ShoalHandOver *self)
{
  ShoalCli *cli = self->cli;
  g_autofree char *directory = g_get_current_dir ();
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert_value (&options, "directory", g_variant_new_bytestring (directory));
  g_variant_dict_insert (&options, "json", "b", cli->json);
  g_variant_dict_insert (&options, "quiet", "b", cli->quiet);
  g_variant_dict_insert (&options, "out-is-terminal", "b", cli->out_is_terminal);
  g_variant_dict_insert (&options, "err-is-terminal", "b", cli->err_is_terminal);
  if (cli->input != NULL)
    g_variant_dict_insert_value (
      &options, "input", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, cli->input, TRUE));
  return g_variant_dict_end (&options);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);
  g_autofree char *state = NULL;
  ShoalHandOver *self = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (bus == NULL)
    {
      give_up (self);
      return;
    }

  self->bus = g_steal_pointer (&bus);
  /* Whoever has the name has our trust: only this person's programs can take it. */
  self->subscription = g_dbus_connection_signal_subscribe (
    self->bus, SHOAL_APPLICATION_ID, SHOAL_VERBS_INTERFACE, "Output", self->path, self->token,
    G_DBUS_SIGNAL_FLAGS_NONE, on_output, self, NULL);
  state = g_canonicalize_filename (self->cli->state_dir, NULL);
  g_dbus_connection_call (
    self->bus, SHOAL_APPLICATION_ID, self->path, SHOAL_VERBS_INTERFACE, "Run",
    g_variant_new ("(@ays@aay@a{sv})", g_variant_new_bytestring (state), self->token,
                   g_variant_new_bytestring_array ((const char *const *) self->arguments, -1),
                   describe_options (self)),
    G_VARIANT_TYPE ("(i)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT, self->cancellable, on_ran,
    self);
}

/* What this process alone could do, and what the other does as it was told. */
static gboolean
can_be_handed_over (ShoalCli *cli)
{
  return cli->verb != &shoal_verb_receive && cli->listen_port < 0 && cli->visibility < 0
         && cli->trackers == NULL && cli->servers == NULL && cli->path == SHOAL_REACH_NONE;
}

ShoalHandOver *
shoal_hand_over_new (ShoalCli *cli, const char *const *arguments)
{
  ShoalHandOver *self = g_new0 (ShoalHandOver, 1);

  self->cli = cli;
  self->arguments = g_strdupv ((char **) arguments);
  self->token = g_strdup_printf ("%d-%u", (int) getpid (), g_random_int ());
  self->path = SHOAL_VERBS_PATH_OF (SHOAL_APPLICATION_ID);
  self->cancellable = g_cancellable_new ();
  if (can_be_handed_over (cli))
    g_bus_get (G_BUS_TYPE_SESSION, self->cancellable, on_bus, self);
  else
    give_up (self);
  return self;
}

void
shoal_hand_over_interrupt (ShoalHandOver *self)
{
  if (self->bus == NULL)
    {
      give_up (self);
      return;
    }
  g_dbus_connection_call (self->bus, SHOAL_APPLICATION_ID, self->path, SHOAL_VERBS_INTERFACE,
                          "Interrupt", g_variant_new ("(s)", self->token), NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

void
shoal_hand_over_free (ShoalHandOver *self)
{
  g_cancellable_cancel (self->cancellable);
  if (self->subscription != 0)
    g_dbus_connection_signal_unsubscribe (self->bus, self->subscription);
  g_clear_object (&self->bus);
  g_clear_object (&self->cancellable);
  g_strfreev (self->arguments);
  g_free (self->token);
  g_free (self->path);
  g_free (self);
}
