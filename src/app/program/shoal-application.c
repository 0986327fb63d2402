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

static void
let_go (ShoalApplication *self)
{
  if (self->held)
    {
      self->held = FALSE;
      g_application_release (G_APPLICATION (self));
    }
  g_application_quit (G_APPLICATION (self));
}

void
shoal_application_end (ShoalApplication *self)
{
  if (self->quitting)
    return;

  self->quitting = TRUE;
  if (self->window != NULL)
    gtk_widget_set_visible (GTK_WIDGET (self->window), FALSE);
  if (self->model == NULL || shoal_model_get_state (self->model) == SHOAL_MODEL_STOPPED)
    let_go (self);
  else
    shoal_model_stop (self->model);
}

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
    let_go (self);
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
  shoal_application_present (SHOAL_APPLICATION (application));
}

static void
shoal_application_open (GApplication *application, GFile **files, gint n_files, const char *hint)
{
  ShoalApplication *self = SHOAL_APPLICATION (application);
  ShoalMainWindow *window = shoal_application_present (self);

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
  return -1;
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
