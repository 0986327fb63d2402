/* shoal-pasted.c: what lies on the clipboard, as something to send.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-pasted.h"

#include "shoal-error.h"

#include <glib/gi18n.h>

#define FOLDER "pasted"
#define PICTURE_TYPE "image/png"
/* An offer lives a week; what it offers lives a little longer. */
#define MAX_AGE (8 * G_TIME_SPAN_DAY)
#define AT_ONCE 32
#define MAX_TRIES 100

/* --- Pictures ------------------------------------------------------------ */

typedef struct
{
  GFile             *folder;  /* (owned) */
  GFile             *file;    /* (owned) (nullable) */
  GValue             picture; /* of a GdkTexture */
  guint              tries;
  GFileOutputStream *stream;  /* (owned) (nullable) */
} Reading;

static void
reading_free (gpointer data)
{
  Reading *self = data;

  g_clear_object (&self->folder);
  g_clear_object (&self->file);
  g_clear_object (&self->stream);
  if (G_IS_VALUE (&self->picture))
    g_value_unset (&self->picture);
  g_free (self);
}

static void
fail (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
take (GTask *task, ShoalPayload *payload, GError *error)
{
  if (payload == NULL)
    {
      fail (task, error);
      return;
    }
  g_task_return_pointer (task, payload, (GDestroyNotify) shoal_payload_unref);
  g_object_unref (task);
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Reading *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_output_stream_close_finish (G_OUTPUT_STREAM (source), result, &error))
    {
      const char *paths[] = { g_file_peek_path (self->file), NULL };

      take (task, shoal_payload_new_files (paths), NULL);
      return;
    }
  fail (task, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Reading *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (gdk_content_serialize_finish (result, &error))
    g_output_stream_close_async (G_OUTPUT_STREAM (self->stream), G_PRIORITY_DEFAULT, NULL,
                                 on_closed, task);
  else
    fail (task, error);
}

static void create_file (GTask *task);

static void
on_created (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Reading *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  self->stream = g_file_create_finish (G_FILE (source), result, &error);
  if (self->stream != NULL)
    gdk_content_serialize_async (G_OUTPUT_STREAM (self->stream), PICTURE_TYPE, &self->picture,
                                 G_PRIORITY_DEFAULT, NULL, on_written, task);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS) && ++self->tries < MAX_TRIES)
    create_file (task);
  else
    fail (task, g_steal_pointer (&error));
}

/* Named for whoever gets it: "Pasted picture 2026-11-22 16-20-10.png". */
static void
create_file (GTask *task)
{
  Reading *self = g_task_get_task_data (task);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *when = g_date_time_format (now, "%Y-%m-%d %H-%M-%S");
  g_autofree char *number
    = self->tries > 0 ? g_strdup_printf (" (%u)", self->tries) : g_strdup ("");
  /* Translators: a file name; %1$s is a date with time, %2$s a number or empty. */
  g_autofree char *name = g_strdup_printf (_("Pasted picture %1$s%2$s.png"), when, number);

  g_clear_object (&self->file);
  self->file = g_file_get_child (self->folder, name);
  g_file_create_async (self->file, G_FILE_CREATE_PRIVATE, G_PRIORITY_DEFAULT, NULL, on_created,
                       task);
}

static void
on_folder_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (!g_file_make_directory_finish (G_FILE (source), result, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    {
      fail (task, error);
      return;
    }
  g_clear_error (&error);
  create_file (task);
}

/* --- Clipboard ----------------------------------------------------------- */

static void
on_value_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Reading *self = g_task_get_task_data (task);
  GError *error = NULL;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, &error);

  if (value == NULL)
    {
      fail (task, error);
    }
  else if (G_VALUE_HOLDS (value, GDK_TYPE_TEXTURE))
    {
      g_value_init (&self->picture, GDK_TYPE_TEXTURE);
      g_value_copy (value, &self->picture);
      g_file_make_directory_async (self->folder, G_PRIORITY_DEFAULT, NULL, on_folder_made, task);
    }
  else
    {
      ShoalPayload *payload = shoal_payload_new_value (value, &error);

      take (task, payload, error);
    }
}

/* A picture that was copied has no text beside it; a table that was copied has a
 * picture of itself, which nobody wants. */
static GType
get_best_type (GdkContentFormats *formats)
{
  GType types[] = { GDK_TYPE_FILE_LIST, G_TYPE_STRING, GDK_TYPE_TEXTURE };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      if (gdk_content_formats_contain_gtype (formats, types[i]))
        return types[i];
    }
  return G_TYPE_INVALID;
}

void
shoal_pasted_read_async (GdkClipboard *clipboard, const char *folder,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr (GdkContentFormats) formats = gdk_content_formats_union_deserialize_gtypes (
    gdk_content_formats_ref (gdk_clipboard_get_formats (clipboard)));
  GType type = get_best_type (formats);
  g_autoptr (GFile) parent = g_file_new_for_path (folder);
  Reading *self = g_new0 (Reading, 1);

  g_task_set_source_tag (task, shoal_pasted_read_async);
  g_task_set_task_data (task, self, reading_free);
  self->folder = g_file_get_child (parent, FOLDER);
  if (type == G_TYPE_INVALID)
    {
      fail (task, shoal_error_new (SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE,
                                   _("Copy files, a picture or a text first."),
                                   _("There is nothing on the clipboard that can be sent")));
      return;
    }
  gdk_clipboard_read_value_async (clipboard, type, G_PRIORITY_DEFAULT, NULL, on_value_read, task);
}

ShoalPayload *
shoal_pasted_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Tidying ------------------------------------------------------------- */

static void
remove_if_old (GFile *folder, GFileInfo *info)
{
  g_autoptr (GFile) file = g_file_get_child (folder, g_file_info_get_name (info));
  g_autoptr (GDateTime) changed = g_file_info_get_modification_date_time (info);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  if (changed != NULL && g_date_time_difference (now, changed) > MAX_AGE)
    g_file_delete_async (file, G_PRIORITY_LOW, NULL, NULL, NULL);
}

static void
on_next_files (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GFileEnumerator) files = G_FILE_ENUMERATOR (source);
  GList *infos = g_file_enumerator_next_files_finish (files, result, NULL);

  for (GList *l = infos; l != NULL; l = l->next)
    remove_if_old (g_file_enumerator_get_container (files), l->data);
  if (infos != NULL)
    g_file_enumerator_next_files_async (files, AT_ONCE, G_PRIORITY_LOW, NULL, on_next_files, NULL);
  if (infos != NULL)
    g_object_ref (files);
  g_list_free_full (infos, g_object_unref);
}

static void
on_enumerated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GFileEnumerator *files = g_file_enumerate_children_finish (G_FILE (source), result, NULL);

  if (files != NULL) /* else nothing was ever pasted */
    g_file_enumerator_next_files_async (files, AT_ONCE, G_PRIORITY_LOW, NULL, on_next_files, NULL);
}

void
shoal_pasted_tidy (const char *folder)
{
  g_autoptr (GFile) parent = g_file_new_for_path (folder);
  g_autoptr (GFile) pasted = g_file_get_child (parent, FOLDER);

  g_file_enumerate_children_async (
    pasted, G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_TIME_MODIFIED,
    G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, G_PRIORITY_LOW, NULL, on_enumerated, NULL);
}
