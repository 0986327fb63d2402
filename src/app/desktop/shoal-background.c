/* shoal-background.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-background.h"

#include "shoal-error.h"

#include <glib/gi18n.h>

#define PORTAL "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"

typedef struct
{
  gboolean         at_login;
  char            *id;           /* (owned) */
  ShoalBackground  allowed;

  /* The portal's way. */
  GDBusConnection *bus;          /* (owned) (nullable) */
  guint            subscription;

  /* The file's way: alive while it is written. */
  char            *entry;        /* (owned) (nullable) */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  if (request->subscription != 0)
    g_dbus_connection_signal_unsubscribe (request->bus, request->subscription);
  g_clear_object (&request->bus);
  g_free (request->entry);
  g_free (request->id);
  g_free (request);
}

gboolean
shoal_background_is_sandboxed (void)
{
  return g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS);
}

/* --- The portal ---------------------------------------------------------- */

static void
return_refused (GTask *task)
{
  Request *request = g_task_get_task_data (task);

  g_task_return_error (
    task, shoal_error_new (SHOAL_ERROR_REFUSED, SHOAL_SIDE_HERE,
                           _("Allow it in the settings of the desktop, under “Apps”."), "%s",
                           request->allowed.stays
                             ? _("The desktop does not let Shoal start at login")
                             : _("The desktop does not let Shoal run in the background")));
}

static void
on_response (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
             const char *signal, GVariant *parameters, gpointer user_data)
{
  GTask *task = user_data;
  Request *request = g_task_get_task_data (task);
  g_autoptr (GVariant) results = NULL;
  guint response;

  if (g_task_get_completed (task))
    return;
  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ua{sv})")))
    return;
  g_variant_get (parameters, "(u@a{sv})", &response, &results);
  if (response == 0)
    {
      g_variant_lookup (results, "background", "b", &request->allowed.stays);
      g_variant_lookup (results, "autostart", "b", &request->allowed.at_login);
    }
  g_object_ref (task);
  g_dbus_connection_signal_unsubscribe (bus, request->subscription);
  request->subscription = 0;
  if (request->allowed.stays && request->allowed.at_login == request->at_login)
    g_task_return_boolean (task, TRUE);
  else
    return_refused (task);
  g_object_unref (task);
}

/* Without the portal nobody restrains us, and nobody starts us. */
static void
return_unknown (GTask *task)
{
  Request *request = g_task_get_task_data (task);

  request->allowed.stays = TRUE;
  if (request->at_login)
    g_task_return_error (
      task, shoal_error_new (SHOAL_ERROR_UNSUPPORTED, SHOAL_SIDE_HERE,
                             _("Add Shoal to the programs that start at login in the settings of "
                               "the desktop."),
                             _("This desktop has no way to let Shoal start at login")));
  else
    g_task_return_boolean (task, TRUE);
}

static void
on_requested (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) handle
    = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  Request *request = g_task_get_task_data (task);

  if (handle != NULL || g_task_get_completed (task))
    return;
  g_debug ("The Background portal: %s", error->message);
  if (request->subscription != 0)
    g_dbus_connection_signal_unsubscribe (request->bus, request->subscription);
  request->subscription = 0;
  return_unknown (task);
}

static void
ask_portal (GTask *task)
{
  Request *request = g_task_get_task_data (task);
  static const char *const command[] = { "shoal", "--background", NULL };
  g_autofree char *token = g_strdup_printf ("shoal%u", g_random_int ());
  g_autofree char *sender = g_strdup (g_dbus_connection_get_unique_name (request->bus) + 1);
  g_autofree char *path = NULL;
  GVariantBuilder options;

  /* The path is agreed on, so that the answer cannot come before we listen. */
  g_strdelimit (sender, ".", '_');
  path = g_strdup_printf (PORTAL_PATH "/request/%s/%s", sender, token);
  request->subscription = g_dbus_connection_signal_subscribe (
    request->bus, PORTAL, "org.freedesktop.portal.Request", "Response", path, NULL,
    G_DBUS_SIGNAL_FLAGS_NONE, on_response, g_object_ref (task), g_object_unref);

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "handle_token", g_variant_new_string (token));
  g_variant_builder_add (&options, "{sv}", "reason",
                         g_variant_new_string (_("Receive files while no window is open")));
  g_variant_builder_add (&options, "{sv}", "autostart",
                         g_variant_new_boolean (request->at_login));
  g_variant_builder_add (&options, "{sv}", "commandline", g_variant_new_strv (command, -1));
  g_dbus_connection_call (request->bus, PORTAL, PORTAL_PATH, "org.freedesktop.portal.Background",
                          "RequestBackground", g_variant_new ("(sa{sv})", "", &options),
                          G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_requested,
                          g_object_ref (task));
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Request *request = g_task_get_task_data (task);

  request->bus = g_bus_get_finish (result, NULL);
  if (request->bus != NULL)
    ask_portal (task);
  else
    return_unknown (task);
}

/* --- The autostart folder -------------------------------------------------- */

/* As the desktop entry specification quotes a command's words. */
static char *
quote (const char *word)
{
  GString *quoted = g_string_new ("\"");

  for (const char *c = word; *c != '\0'; c++)
    {
      if (strchr ("\"`$\\", *c) != NULL)
        g_string_append (quoted, "\\\\"); /* once for strings, once for commands */
      if (*c == '%')
        g_string_append_c (quoted, '%');
      g_string_append_c (quoted, *c);
    }
  g_string_append_c (quoted, '"');
  return g_string_free (quoted, FALSE);
}

char *
shoal_background_describe_entry (const char *id, const char *program)
{
  g_autofree char *quoted = quote (program);

  return g_strdup_printf ("[%s]\n"
                          "Type=Application\n"
                          "Name=Shoal\n"
                          "Comment=%s\n"
                          "Exec=%s --background\n"
                          "Icon=%s\n"
                          "Terminal=false\n"
                          "NoDisplay=true\n"
                          "X-GNOME-UsesNotifications=true\n",
                          G_KEY_FILE_DESKTOP_GROUP, _("Receive files while no window is open"),
                          quoted, id);
}

/* How the program that runs is started again. */
static char *
find_program (void)
{
  static const char REPLACED[] = " (deleted)";
  char *program = g_file_read_link ("/proc/self/exe", NULL);

  if (program == NULL)
    return g_strdup ("shoal");
  if (g_str_has_suffix (program, REPLACED)) /* by a newer one, while we run */
    program[strlen (program) - strlen (REPLACED)] = '\0';
  return program;
}

/* Ends the task. @file: which one; @error: (transfer full) (nullable): why not. */
static void
return_changed (GTask *task, GFile *file, GError *error)
{
  Request *request = g_task_get_task_data (task);
  g_autofree char *name = g_file_get_path (file);

  request->allowed.stays = TRUE;
  request->allowed.at_login = error == NULL ? request->at_login : !request->at_login;
  if (error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (
      task, shoal_error_new (SHOAL_ERROR_DISK, SHOAL_SIDE_HERE,
                             _("See whether you may write there, and switch it once more."),
                             request->at_login
                               ? _("Shoal cannot be set to start at login: %s: %s")
                               : _("Shoal cannot be kept from starting at login: %s: %s"),
                             name, error->message));
  g_clear_error (&error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  g_file_replace_contents_finish (G_FILE (source), result, NULL, &error);
  return_changed (task, G_FILE (source), error);
}

static void
on_folder_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Request *request = g_task_get_task_data (task);
  g_autofree char *name = g_strconcat (request->id, ".desktop", NULL);
  g_autoptr (GFile) file = g_file_get_child (G_FILE (source), name);
  GError *error = NULL;

  if (!g_file_make_directory_finish (G_FILE (source), result, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    {
      return_changed (task, G_FILE (source), error);
      return;
    }
  g_clear_error (&error);
  g_file_replace_contents_async (file, request->entry, strlen (request->entry), NULL, FALSE,
                                 G_FILE_CREATE_REPLACE_DESTINATION, NULL, on_written,
                                 g_object_ref (task));
}

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (!g_file_delete_finish (G_FILE (source), result, &error)
      && (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
          || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY)))
    g_clear_error (&error);
  return_changed (task, G_FILE (source), error);
}

/* The folder around it, which may have been there all along. */
static void
on_config_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GFile) folder = g_file_get_child (G_FILE (source), "autostart");

  g_file_make_directory_finish (G_FILE (source), result, NULL);
  g_file_make_directory_async (folder, G_PRIORITY_DEFAULT, NULL, on_folder_made,
                               g_object_ref (task));
}

static void
change_file (GTask *task)
{
  Request *request = g_task_get_task_data (task);
  g_autoptr (GFile) config = g_file_new_for_path (g_get_user_config_dir ());
  g_autoptr (GFile) folder = g_file_get_child (config, "autostart");
  g_autofree char *name = g_strconcat (request->id, ".desktop", NULL);
  g_autoptr (GFile) file = g_file_get_child (folder, name);
  g_autofree char *program = find_program ();

  if (!request->at_login)
    {
      g_file_delete_async (file, G_PRIORITY_DEFAULT, NULL, on_deleted, g_object_ref (task));
      return;
    }
  request->entry = shoal_background_describe_entry (request->id, program);
  g_file_make_directory_async (config, G_PRIORITY_DEFAULT, NULL, on_config_made,
                               g_object_ref (task));
}

/* --- Public -------------------------------------------------------------- */

void
shoal_background_set_async (const char *id, gboolean at_login, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Request *request = g_new0 (Request, 1);

  g_task_set_source_tag (task, shoal_background_set_async);
  request->id = g_strdup (id);
  request->at_login = at_login;
  g_task_set_task_data (task, request, request_free);
  if (shoal_background_is_sandboxed ())
    g_bus_get (G_BUS_TYPE_SESSION, NULL, on_bus, g_object_ref (task));
  else
    change_file (task);
}

gboolean
shoal_background_set_finish (GAsyncResult *result, ShoalBackground *allowed, GError **error)
{
  Request *request;

  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  request = g_task_get_task_data (G_TASK (result));
  *allowed = request->allowed;
  return g_task_propagate_boolean (G_TASK (result), error);
}
