/* shoal-folder-room.h: whether a folder is there, and how much goes into it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/* What is known of a folder. One that is not there but can be made counts as there. */
typedef struct
{
  gboolean is_known;   /* FALSE: nobody has looked yet, and the rest says nothing */
  gboolean is_missing;
  gboolean is_writable;
  gboolean has_free;   /* some file systems do not say */
  uint64_t free;       /* bytes */
} ShoalFolderRoom;

/* Looks on a thread of GIO's; the folder may be on a slow disk. */
void     shoal_folder_room_ask_async  (const char *directory, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
gboolean shoal_folder_room_ask_finish (GAsyncResult *result, ShoalFolderRoom *room,
                                       GError **error);

/* Why @bytes would not go there, and what to do: for a person. NULL if they would,
 * or it is not known. (transfer full) (nullable) */
char *shoal_folder_room_explain (const ShoalFolderRoom *room, const char *directory,
                                 uint64_t bytes);
/* What people call a folder: its name without the path. (transfer full) */
char *shoal_folder_get_name     (const char *directory);

/**
 * ShoalRoomWatch:
 *
 * Looks at one folder again and again, as long as somebody wants to know. Signal
 * "changed": what is known is new. GTK thread.
 */
#define SHOAL_TYPE_ROOM_WATCH (shoal_room_watch_get_type ())
G_DECLARE_FINAL_TYPE (ShoalRoomWatch, shoal_room_watch, SHOAL, ROOM_WATCH, GObject)

ShoalRoomWatch        *shoal_room_watch_new           (void);
/* @directory: (nullable). Looks at once. */
void                   shoal_room_watch_set_directory (ShoalRoomWatch *self,
                                                       const char *directory);
/* (nullable) */
const char            *shoal_room_watch_get_directory (ShoalRoomWatch *self);
/* Whether somebody looks: else no disk is asked. FALSE at first. */
void                   shoal_room_watch_set_active    (ShoalRoomWatch *self, gboolean active);
const ShoalFolderRoom *shoal_room_watch_get_room      (ShoalRoomWatch *self);

G_END_DECLS
