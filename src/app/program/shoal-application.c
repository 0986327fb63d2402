/* shoal-application.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"
#define SHOAL_APPLICATION_ITSELF

#include "config.h"

#include "shoal-application-private.h"
#include "shoal-background.h"

#include "shoal-error.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>

G_DEFINE_FINAL_TYPE (ShoalApplication, shoal_application, ADW_TYPE_APPLICATION)

/* --- The end ------------------------------------------------------------- */

static gboolean
on_signal (gpointer user_data)
{
  shoal_application_end (user_data);
  return G_SOURCE_CONTINUE;
}

/* --- The window ---------------------------------------------------------- */

ShoalMainWindow *
shoal_application_present (ShoalApplication *self)
{
  if (self->window == NULL)
    {
      self->window = shoal_main_window_new (GTK_APPLICATION (self), self->model);
      g_object_add_weak_pointer (G_OBJECT (self->window), (gpointer *) &self->window);
      g_signal_connect_swapped (self->window, "notify::visible",
                                G_CALLBACK (shoal_application_window_visible), self);
    }
  gtk_window_present (GTK_WINDOW (self->window));
  return self->window;
}

/* --- The model ----------------------------------------------------------- */

static void
on_hosted (guint n_running, gpointer user_data)
{
  ShoalApplication *self = user_data;

  self->n_hosted = n_running;
  shoal_application_consider_leaving (self);
}

/* Verbs of shoal-cli are taken while the engine runs. */
static void
on_state (ShoalApplication *self)
{
  gboolean runs = shoal_model_get_state (self->model) == SHOAL_MODEL_RUNNING;

  if (self->verbs != NULL)
    shoal_verb_service_set_engine (self->verbs,
                                   runs ? shoal_model_get_thread (self->model) : NULL,
                                   shoal_model_get_state_dir (self->model));
  if (shoal_model_get_state (self->model) == SHOAL_MODEL_STOPPED && self->quitting)
    shoal_application_let_go (self);
}

static void
on_moving (ShoalApplication *self)
{
  shoal_awake_set (self->awake, shoal_model_is_moving (self->model), GTK_WINDOW (self->window));
  shoal_application_consider_leaving (self);
}

/* --- GApplication -------------------------------------------------------- */

static void
shoal_application_startup (GApplication *application)
{
  ShoalApplication *self = SHOAL_APPLICATION (application);

  G_APPLICATION_CLASS (shoal_application_parent_class)->startup (application);

  gtk_window_set_default_icon_name (SHOAL_APPLICATION_ID);
  self->awake = shoal_awake_new (GTK_APPLICATION (self));
  self->model = shoal_model_new (&self->options);
  g_signal_connect_swapped (self->model, "notify::state", G_CALLBACK (on_state), self);
  g_signal_connect_swapped (self->model, "notify::is-moving", G_CALLBACK (on_moving), self);
  g_signal_connect_swapped (self->model, "settings-changed",
                            G_CALLBACK (shoal_application_settings_changed), self);
  self->notifications = shoal_notifications_new (GTK_APPLICATION (self), self->model);
  shoal_application_add_actions (self);

  g_application_hold (application);
  self->held = TRUE;
  self->signals[0] = g_unix_signal_add (SIGINT, on_signal, self);
  self->signals[1] = g_unix_signal_add (SIGTERM, on_signal, self);
  self->signals[2] = g_unix_signal_add (SIGHUP, on_signal, self);
}

static gboolean
shoal_application_dbus_register (GApplication *application, GDBusConnection *bus,
                                 const char *path, GError **error)
{
  ShoalApplication *self = SHOAL_APPLICATION (application);

  if (!G_APPLICATION_CLASS (shoal_application_parent_class)
         ->dbus_register (application, bus, path, error))
    return FALSE;
  self->verbs = shoal_verb_service_new (bus, path, on_hosted, self, error);
  return self->verbs != NULL;
}

static void
shoal_application_dbus_unregister (GApplication *application, GDBusConnection *bus,
                                   const char *path)
{
  g_clear_pointer (&SHOAL_APPLICATION (application)->verbs, shoal_verb_service_free);
  G_APPLICATION_CLASS (shoal_application_parent_class)->dbus_unregister (application, bus, path);
}

static void
shoal_application_activate (GApplication *application)
{
  ShoalApplication *self = SHOAL_APPLICATION (application);

  if (self->quitting)
    shoal_application_hand_on (self, "Activate", g_variant_new ("(a{sv})", NULL));
  else
    shoal_application_present (self);
}

static void
hand_on_files (ShoalApplication *self, GFile **files, int n_files)
{
  GVariantBuilder uris = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("as"));

  for (int i = 0; i < n_files; i++)
    {
      g_autofree char *uri = g_file_get_uri (files[i]);

      g_variant_builder_add (&uris, "s", uri);
    }
  shoal_application_hand_on (self, "Open", g_variant_new ("(asa{sv})", &uris, NULL));
}

static void
shoal_application_open (GApplication *application, GFile **files, gint n_files, const char *hint)
{
  ShoalApplication *self = SHOAL_APPLICATION (application);
  ShoalMainWindow *window;

  if (self->quitting)
    {
      hand_on_files (self, files, n_files);
      return;
    }
  window = shoal_application_present (self);
  for (int i = 0; i < n_files; i++)
    {
      g_autofree char *uri = g_file_get_uri (files[i]);
      const char *path = g_file_peek_path (files[i]);

      shoal_main_window_open_what (window, path != NULL ? path : uri);
    }
}

static char **
paths_of_arguments (GApplicationCommandLine *line, char **arguments, gboolean *all_local)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; arguments[i] != NULL; i++)
    {
      g_autoptr (GFile) file
        = g_application_command_line_create_file_for_arg (line, arguments[i]);
      const char *path = g_file_peek_path (file);

      if (path != NULL)
        g_strv_builder_add (builder, path);
      else
        *all_local = FALSE;
    }
  return g_strv_builder_end (builder);
}

static int
send_arguments (ShoalApplication *self, GApplicationCommandLine *line, char **arguments)
{
  gboolean all_local = TRUE;
  g_auto (GStrv) paths = paths_of_arguments (line, arguments, &all_local);

  if (!all_local)
    {
      g_application_command_line_printerr (line, "%s\n",
                                           _("Shoal can send only what lies on this computer."));
      return 1;
    }
  shoal_main_window_choose_receivers (shoal_application_present (self), (const char *const *) paths,
                                 NULL);
  return 0;
}

static void
open_arguments (ShoalApplication *self, GApplicationCommandLine *line, char **arguments)
{
  ShoalMainWindow *window = shoal_application_present (self);

  for (guint i = 0; arguments[i] != NULL; i++)
    {
      g_autofree char *scheme = g_uri_parse_scheme (arguments[i]);
      g_autoptr (GFile) file = NULL;

      /* A link must not pass through GFile, which would tidy it up. */
      if (scheme != NULL && !g_str_equal (scheme, "file"))
        {
          shoal_main_window_open_what (window, arguments[i]);
          continue;
        }
      file = g_application_command_line_create_file_for_arg (line, arguments[i]);
      if (g_file_peek_path (file) != NULL)
        shoal_main_window_open_what (window, g_file_peek_path (file));
    }
}

static int
shoal_application_command_line (GApplication *application, GApplicationCommandLine *line)
{
  ShoalApplication *self = SHOAL_APPLICATION (application);
  GVariantDict *options = g_application_command_line_get_options_dict (line);
  g_auto (GStrv) arguments = NULL;
  g_autoptr (GVariant) rest = g_variant_dict_lookup_value (options, G_OPTION_REMAINING,
                                                           G_VARIANT_TYPE_BYTESTRING_ARRAY);

  if (self->quitting)
    return shoal_application_put_off (self, line);

  arguments = rest != NULL ? g_variant_dup_bytestring_array (rest, NULL) : NULL;
  if (g_variant_dict_contains (options, "send"))
    {
      if (arguments == NULL || arguments[0] == NULL)
        {
          g_application_command_line_printerr (line, "%s\n", _("--send needs files or folders."));
          return 2;
        }
      return send_arguments (self, line, arguments);
    }
  if (arguments != NULL && arguments[0] != NULL)
    open_arguments (self, line, arguments);
  else if (g_variant_dict_contains (options, "background"))
    self->stays = TRUE;
  else
    g_application_activate (application);
  return 0;
}

/* The other Shoal may go between two questions to it. */
static gboolean
is_gone (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY);
}

/* Returns a status if that is the end of it, else -1. */
static int
register_now (ShoalApplication *self)
{
  g_autoptr (GError) error = NULL;

  if (g_application_register (G_APPLICATION (self), NULL, &error))
    return -1;
  if (is_gone (error))
    return SHOAL_APPLICATION_AGAIN;
  g_printerr (_("Shoal cannot reach the session: %s\n"), error->message);
  return 1;
}

/* What must be known before anything starts. */
static int
shoal_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  ShoalApplication *self = SHOAL_APPLICATION (application);
  g_autofree char *state = NULL;

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("shoal " SHOAL_VERSION "\n");
      return 0;
    }
  if (g_variant_dict_lookup (options, "state", "^ay", &state))
    {
      /* Another state is another device: a program of its own. */
      g_application_set_flags (application, g_application_get_flags (application)
                                              | G_APPLICATION_NON_UNIQUE);
      g_free ((char *) self->options.state_dir);
      self->options.state_dir = g_canonicalize_filename (state, NULL);
    }
  return register_now (self);
}

/* Whether the other Shoal has gone before it could answer. */
static gboolean
is_left (GApplication *application)
{
  g_autoptr (GVariant) owned = NULL;
  gboolean is_owned = TRUE;

  if (!g_application_get_is_registered (application) || !g_application_get_is_remote (application))
    return FALSE;
  owned = g_dbus_connection_call_sync (
    g_application_get_dbus_connection (application), "org.freedesktop.DBus",
    "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
    g_variant_new ("(s)", g_application_get_application_id (application)), G_VARIANT_TYPE ("(b)"),
    G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  if (owned != NULL)
    g_variant_get (owned, "(b)", &is_owned);
  return !is_owned;
}

static gboolean
shoal_application_local_command_line (GApplication *application, char ***arguments, int *status)
{
  gboolean done = G_APPLICATION_CLASS (shoal_application_parent_class)
                    ->local_command_line (application, arguments, status);

  if (*status == 1 && is_left (application))
    *status = SHOAL_APPLICATION_AGAIN;
  return done;
}

static void
shoal_application_shutdown (GApplication *application)
{
  ShoalApplication *self = SHOAL_APPLICATION (application);

  for (gsize i = 0; i < G_N_ELEMENTS (self->signals); i++)
    g_clear_handle_id (&self->signals[i], g_source_remove);
  g_clear_handle_id (&self->leave_timer, g_source_remove);
  if (self->window != NULL)
    gtk_window_destroy (GTK_WINDOW (self->window));
  g_clear_object (&self->notifications);
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_pointer (&self->awake, shoal_awake_free);

  G_APPLICATION_CLASS (shoal_application_parent_class)->shutdown (application);
  g_clear_object (&self->model);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_application_finalize (GObject *object)
{
  ShoalApplication *self = SHOAL_APPLICATION (object);

  g_ptr_array_unref (self->lines);
  g_ptr_array_unref (self->calls);
  g_free ((char *) self->options.state_dir);
  g_free ((char *) self->options.listen_address);
  G_OBJECT_CLASS (shoal_application_parent_class)->finalize (object);
}

static void
shoal_application_class_init (ShoalApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = shoal_application_finalize;
  application_class->startup = shoal_application_startup;
  application_class->dbus_register = shoal_application_dbus_register;
  application_class->dbus_unregister = shoal_application_dbus_unregister;
  application_class->activate = shoal_application_activate;
  application_class->open = shoal_application_open;
  application_class->command_line = shoal_application_command_line;
  application_class->local_command_line = shoal_application_local_command_line;
  application_class->handle_local_options = shoal_application_handle_local_options;
  application_class->shutdown = shoal_application_shutdown;
}

static void
shoal_application_init (ShoalApplication *self)
{
  static const GOptionEntry entries[] = {
    { "send", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Send the files and folders that follow"), NULL },
    { "background", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Start without a window, and receive"),
      NULL },
    { "state", 0, 0, G_OPTION_ARG_FILENAME, NULL, N_("Keep key and state in DIR"), N_("DIR") },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Print the version"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, NULL,
      N_("[FILE, LINK OR .TORRENT FILE]…") },
    G_OPTION_ENTRY_NULL
  };

  self->background_told = -1;
  self->lines = g_ptr_array_new_with_free_func (g_object_unref);
  self->calls = g_ptr_array_new_with_free_func (g_object_unref);
  g_application_add_main_option_entries (G_APPLICATION (self), entries);
}

/* --- Public -------------------------------------------------------------- */

ShoalApplication *
shoal_application_new (const char *id, const ShoalEngineOptions *options)
{
  static const ShoalEngineOptions usual
    = { .listen_port = -1, .visibility = -1, .receive = TRUE };
  /* Who registers is told that the session ends. Not in a sandbox, where GTK 4.8
   * takes that for a word to something else, and warns: a signal ends us too. */
  gboolean registers = !shoal_background_is_sandboxed ();
  ShoalApplication *self = g_object_new (
    SHOAL_TYPE_APPLICATION, "application-id", id != NULL ? id : SHOAL_APPLICATION_ID, "flags",
    G_APPLICATION_HANDLES_OPEN | G_APPLICATION_HANDLES_COMMAND_LINE, "resource-base-path",
    "/io/github/shoal/Shoal", "register-session", registers, NULL);

  self->options = options != NULL ? *options : usual;
  self->options.listen_address = g_strdup (self->options.listen_address);
  self->options.state_dir
    = self->options.state_dir != NULL
        ? g_strdup (self->options.state_dir)
        : g_build_filename (g_get_user_data_dir (), "shoal", NULL);
  return self;
}

ShoalModel *
shoal_application_get_model (ShoalApplication *self)
{
  return self->model;
}
