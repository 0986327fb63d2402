/* shoal-folder-room.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-folder-room.h"

#include "shoal-format.h"

#include <glib/gi18n.h>
#include <string.h>

/* --- Asking once --------------------------------------------------------- */

typedef struct
{
  GFile          *folder;      /* (owned): asked now */
  gboolean        is_parent;   /* it is what the folder would be made in */
  ShoalFolderRoom room;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_object_unref (question->folder);
  g_free (question);
}

static void
on_space (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Question *question = g_task_get_task_data (task);
  g_autoptr (GFileInfo) info = g_file_query_filesystem_info_finish (G_FILE (source), result, NULL);

  if (info != NULL && g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE))
    {
      question->room.has_free = TRUE;
      question->room.free
        = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE);
    }
  question->room.is_known = TRUE;
  g_task_return_boolean (task, TRUE);
}

static void ask_folder (GTask *task);

/* Not there: it can be made if what it would lie in is. */
static void
ask_parent (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  GFile *parent = question->is_parent ? NULL : g_file_get_parent (question->folder);

  if (parent == NULL)
    {
      question->room.is_known = question->room.is_missing = TRUE;
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  question->is_parent = TRUE;
  g_object_unref (question->folder);
  question->folder = parent;
  ask_folder (task);
}

static void
on_folder (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Question *question = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return;
    }
  if (info == NULL || g_file_info_get_file_type (info) != G_FILE_TYPE_DIRECTORY)
    {
      ask_parent (task);
      return;
    }
  question->room.is_writable
    = g_file_info_get_attribute_boolean (info, G_FILE_ATTRIBUTE_ACCESS_CAN_WRITE);
  /* Whoever may not write there cannot make it there: it is gone with its disk. */
  question->room.is_missing = question->is_parent && !question->room.is_writable;
  g_file_query_filesystem_info_async (question->folder, G_FILE_ATTRIBUTE_FILESYSTEM_FREE,
                                      G_PRIORITY_DEFAULT, g_task_get_cancellable (task), on_space,
                                      task);
}

static void
ask_folder (GTask *task)
{
  Question *question = g_task_get_task_data (task);

  g_file_query_info_async (question->folder,
                           G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_ACCESS_CAN_WRITE,
                           G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT,
                           g_task_get_cancellable (task), on_folder, task);
}

void
shoal_folder_room_ask_async (const char *directory, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Question *question = g_new0 (Question, 1);

  g_task_set_source_tag (task, shoal_folder_room_ask_async);
  question->folder = g_file_new_for_path (directory);
  g_task_set_task_data (task, question, question_free);
  ask_folder (task);
}

gboolean
shoal_folder_room_ask_finish (GAsyncResult *result, ShoalFolderRoom *room, GError **error)
{
  Question *question;

  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  question = g_task_get_task_data (G_TASK (result));
  *room = question->room;
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Words --------------------------------------------------------------- */

char *
shoal_folder_get_name (const char *directory)
{
  if (g_strcmp0 (directory, g_get_home_dir ()) == 0)
    return g_strdup (_("Home"));
  return g_filename_display_basename (directory);
}

char *
shoal_folder_room_explain (const ShoalFolderRoom *room, const char *directory, uint64_t bytes)
{
  g_autofree char *name = NULL;
  g_autofree char *needed = NULL;
  g_autofree char *there = NULL;

  if (!room->is_known)
    return NULL;
  name = shoal_folder_get_name (directory);
  if (room->is_missing)
    return g_strdup_printf (_("The folder “%s” is not there any more. Choose another one, or "
                              "bring back the disk it is on."), name);
  if (!room->is_writable)
    return g_strdup_printf (_("Nothing can be written to the folder “%s”. Choose another one."),
                            name);
  if (!room->has_free || room->free >= bytes)
    return NULL;
  needed = shoal_format_size (bytes);
  there = shoal_format_size (room->free);
  return g_strdup_printf (_("There is not enough room in “%s”: %s are needed, %s are free. Make "
                            "room, or choose another folder."), name, needed, there);
}

/* --- Watching ------------------------------------------------------------ */

#define WATCH_SECONDS 5

struct _ShoalRoomWatch
{
  GObject         parent_instance;

  char           *directory; /* (owned) (nullable) */
  ShoalFolderRoom room;
  GCancellable   *cancel;    /* (owned) (nullable): a question is under way */
  guint           timer;
  gboolean        is_active;
};

G_DEFINE_FINAL_TYPE (ShoalRoomWatch, shoal_room_watch, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
stop_asking (ShoalRoomWatch *self)
{
  if (self->cancel != NULL)
    g_cancellable_cancel (self->cancel);
  g_clear_object (&self->cancel);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalRoomWatch) self = user_data;
  ShoalFolderRoom room;

  if (!shoal_folder_room_ask_finish (result, &room, NULL))
    return; /* cancelled: another question is under way, or none is wanted */

  g_clear_object (&self->cancel);
  if (memcmp (&room, &self->room, sizeof room) == 0)
    return;
  self->room = room;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
ask (ShoalRoomWatch *self)
{
  if (self->directory == NULL || self->cancel != NULL)
    return;
  self->cancel = g_cancellable_new ();
  shoal_folder_room_ask_async (self->directory, self->cancel, on_answer, g_object_ref (self));
}

static gboolean
on_timer (gpointer user_data)
{
  ask (user_data);
  return G_SOURCE_CONTINUE;
}

void
shoal_room_watch_set_active (ShoalRoomWatch *self, gboolean active)
{
  g_return_if_fail (SHOAL_IS_ROOM_WATCH (self));

  if (self->is_active == active)
    return;
  self->is_active = active;
  if (active)
    {
      self->timer = g_timeout_add_seconds (WATCH_SECONDS, on_timer, self);
      ask (self);
    }
  else
    {
      g_clear_handle_id (&self->timer, g_source_remove);
    }
}

void
shoal_room_watch_set_directory (ShoalRoomWatch *self, const char *directory)
{
  g_return_if_fail (SHOAL_IS_ROOM_WATCH (self));

  if (g_strcmp0 (self->directory, directory) == 0)
    return;
  stop_asking (self);
  g_free (self->directory);
  self->directory = g_strdup (directory);
  self->room = (ShoalFolderRoom){ 0 };
  g_signal_emit (self, signals[CHANGED], 0);
  if (self->is_active)
    ask (self);
}

const char *
shoal_room_watch_get_directory (ShoalRoomWatch *self)
{
  return self->directory;
}

const ShoalFolderRoom *
shoal_room_watch_get_room (ShoalRoomWatch *self)
{
  return &self->room;
}

ShoalRoomWatch *
shoal_room_watch_new (void)
{
  return g_object_new (SHOAL_TYPE_ROOM_WATCH, NULL);
}

static void
shoal_room_watch_dispose (GObject *object)
{
  ShoalRoomWatch *self = SHOAL_ROOM_WATCH (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  stop_asking (self);
  G_OBJECT_CLASS (shoal_room_watch_parent_class)->dispose (object);
}

static void
shoal_room_watch_finalize (GObject *object)
{
  g_free (SHOAL_ROOM_WATCH (object)->directory);
  G_OBJECT_CLASS (shoal_room_watch_parent_class)->finalize (object);
}

static void
shoal_room_watch_class_init (ShoalRoomWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = shoal_room_watch_dispose;
  G_OBJECT_CLASS (klass)->finalize = shoal_room_watch_finalize;
  signals[CHANGED] = g_signal_new ("changed", SHOAL_TYPE_ROOM_WATCH, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
shoal_room_watch_init (ShoalRoomWatch *self)
{
}
