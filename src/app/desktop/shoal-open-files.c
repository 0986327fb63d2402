/* shoal-open-files.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-open-files.h"

#include "shoal-background.h"
#include "shoal-error.h"
#include "shoal-format.h"

#include <gio/gfiledescriptorbased.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>

#define FILE_MANAGER_TIMEOUT_MS 5000

typedef struct
{
  GFile   *folder;    /* (owned): what it lies in */
  GFile   *file;      /* (owned): the one thing, or the folder again if there are several */
  char    *name;      /* (owned) */
  gboolean in_folder;
} Opening;

static void
opening_free (gpointer data)
{
  Opening *self = data;

  g_clear_object (&self->folder);
  g_clear_object (&self->file);
  g_free (self->name);
  g_free (self);
}

static void
on_launched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Opening *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (g_app_info_launch_default_for_uri_finish (result, &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_task_return_error (task, shoal_error_new (SHOAL_ERROR_UNSUPPORTED, SHOAL_SIDE_HERE,
                                              _("Install a program that opens such files, or "
                                                "open it from the file manager."),
                                              _("“%s” cannot be opened: %s"), self->name,
                                              error->message));
}

static void
launch (GTask *task, GFile *what)
{
  g_autofree char *uri = g_file_get_uri (what);

  g_app_info_launch_default_for_uri_async (uri, NULL, NULL, on_launched, task);
}

/* --- The portal: the file manager, for a sandbox ------------------------------ */

static void
on_directory_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Opening *self = g_task_get_task_data (task);
  g_autoptr (GVariant) answer = g_dbus_connection_call_with_unix_fd_list_finish (
    G_DBUS_CONNECTION (source), NULL, result, NULL);

  if (answer == NULL)
    {
      launch (task, self->folder);
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* The portal is told of a file by a descriptor. */
static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Opening *self = g_task_get_task_data (task);
  g_autoptr (GFileInputStream) stream = g_file_read_finish (G_FILE (source), result, NULL);
  g_autoptr (GUnixFDList) descriptors = g_unix_fd_list_new ();
  g_autoptr (GDBusConnection) bus = g_object_steal_data (G_OBJECT (task), "bus");

  if (!G_IS_FILE_DESCRIPTOR_BASED (stream)
      || g_unix_fd_list_append (descriptors,
                                g_file_descriptor_based_get_fd (G_FILE_DESCRIPTOR_BASED (stream)),
                                NULL) < 0)
    {
      launch (task, self->folder);
      return;
    }
  g_dbus_connection_call_with_unix_fd_list (
    bus, "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop",
    "org.freedesktop.portal.OpenURI", "OpenDirectory", g_variant_new ("(sha{sv})", "", 0, NULL),
    NULL, G_DBUS_CALL_FLAGS_NONE, FILE_MANAGER_TIMEOUT_MS, descriptors, NULL,
    on_directory_opened, task);
}

/* --- The file manager ---------------------------------------------------- */

static void
on_items_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Opening *self = g_task_get_task_data (task);
  g_autoptr (GVariant) answer
    = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  if (answer == NULL)
    {
      launch (task, self->folder); /* no file manager on the bus, or we are in a sandbox */
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Opening *self = g_task_get_task_data (task);
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, NULL);
  g_autofree char *uri = g_file_get_uri (self->file);
  const char *uris[] = { uri, NULL };

  if (bus == NULL)
    {
      launch (task, self->folder);
      return;
    }
  if (shoal_background_is_sandboxed ())
    {
      g_object_set_data_full (G_OBJECT (task), "bus", g_steal_pointer (&bus), g_object_unref);
      g_file_read_async (self->file, G_PRIORITY_DEFAULT, NULL, on_opened, task);
      return;
    }
  g_dbus_connection_call (bus, "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1",
                          "org.freedesktop.FileManager1", "ShowItems",
                          g_variant_new ("(^ass)", uris, ""), NULL, G_DBUS_CALL_FLAGS_NONE,
                          FILE_MANAGER_TIMEOUT_MS, NULL, on_items_shown, task);
}

/* --- The call ------------------------------------------------------------ */

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Opening *self = g_task_get_task_data (task);
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, NULL);

  if (info == NULL)
    {
      g_task_return_error (task, shoal_error_new (SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE,
                                                  _("Look for it in the file manager."),
                                                  _("“%s” was moved or deleted"), self->name));
      g_object_unref (task);
      return;
    }
  if (self->in_folder && !g_file_equal (self->file, self->folder))
    g_bus_get (G_BUS_TYPE_SESSION, NULL, on_bus, task);
  else
    launch (task, self->file);
}

void
shoal_open_files_async (const ShoalTransferInfo *transfer, gboolean in_folder,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Opening *self = g_new0 (Opening, 1);

  g_task_set_source_tag (task, shoal_open_files_async);
  g_task_set_task_data (task, self, opening_free);
  if (transfer->directory == NULL)
    {
      g_task_return_error (task, shoal_error_new (SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL,
                                                  _("“%s” is not on this computer"),
                                                  transfer->name));
      g_object_unref (task);
      return;
    }
  self->in_folder = in_folder;
  self->name = shoal_format_name (transfer->name);
  self->folder = g_file_new_for_path (transfer->directory);
  if (transfer->paths != NULL && g_strv_length (transfer->paths) == 1)
    self->file = g_file_resolve_relative_path (self->folder, transfer->paths[0]);
  else
    self->file = g_object_ref (self->folder);
  g_file_query_info_async (self->file, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE,
                           G_PRIORITY_DEFAULT, NULL, on_looked, task);
}

gboolean
shoal_open_files_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
