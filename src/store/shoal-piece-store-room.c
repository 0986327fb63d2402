/* shoal-piece-store-room.c: the disk is full: wait, and go on by itself
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"

/* Writes that found no room stay in the queue, so nothing that came is lost;
 * the caller's byte budget is the bound. Soon, then less and less often, the free
 * space is read; if it looks better, one write is tried, and only its success ends the
 * pause: with quotas free space tells nothing. */

#define LOOK_INTERVAL (20 * G_TIME_SPAN_MILLISECOND)
#define MAX_LOOK_INTERVAL (10 * G_TIME_SPAN_SECOND)
/* Do not begin again for less. */
#define MIN_ROOM (1024u * 1024)

typedef struct
{
  ShoalPieceStore  *store;
  const ShoalDisk  *disk;
  ShoalFolderCache *folders;
  uint64_t          free_bytes;
} RoomJob;

static void on_room_timer (gpointer user_data);

static void
look_again (ShoalPieceStore *self)
{
  if (self->room_timer == 0)
    self->room_timer = shoal_runtime_add_timer (self->runtime, self->room_delay, on_room_timer,
                                                self);
}

static void
room_work (gpointer data)
{
  RoomJob *job = data;
  struct statvfs fs;

  if (job->disk->fstatvfs (shoal_folder_cache_get_root (job->folders), &fs) == 0)
    job->free_bytes = fs.f_blocks > 0 ? (uint64_t) fs.f_bavail * fs.f_frsize : G_MAXUINT64;
}

static void
room_done (gpointer data)
{
  RoomJob *job = data;
  ShoalPieceStore *self = job->store;
  uint64_t missing = self->total_bytes - MIN (self->verified_bytes, self->total_bytes);
  uint64_t wanted = MIN (missing, MAX (self->pending_bytes, MIN_ROOM));

  if (self->state == SHOAL_PIECE_STORE_STATE_PAUSED && !self->wants_close)
    {
      if (job->free_bytes < wanted)
        look_again (self);
      else if (self->writes.length > 0 || self->file_writes.length > 0)
        {
          /* The driver sends one out; in case it cannot, look again. */
          self->is_trying = TRUE;
          look_again (self);
        }
      else
        shoal_piece_store_found_room (self);
    }
  g_free (job);
  shoal_piece_store_end_job (self);
}

static void
on_room_timer (gpointer user_data)
{
  ShoalPieceStore *self = user_data;
  RoomJob *job = g_new0 (RoomJob, 1);

  self->room_timer = 0;
  job->store = self;
  job->disk = self->disk;
  job->folders = self->folders;
  shoal_piece_store_submit (self, SHOAL_POOL_DISK, room_work, room_done, job);
}

void
shoal_piece_store_found_room (ShoalPieceStore *self)
{
  if (self->state != SHOAL_PIECE_STORE_STATE_PAUSED)
    return;
  shoal_runtime_clear_timer (self->runtime, &self->room_timer);
  self->room_delay = 0;
  self->is_trying = FALSE;
  shoal_piece_store_set_state (self, SHOAL_PIECE_STORE_STATE_RUNNING, NULL, 0);
  shoal_piece_store_retry_hashes (self);
}

void
shoal_piece_store_pause (ShoalPieceStore *self, int saved_errno)
{
  uint64_t missing = self->total_bytes - MIN (self->verified_bytes, self->total_bytes);
  g_autofree char *size = g_format_size (missing);
  g_autoptr (GError) error = NULL;

  if (!shoal_piece_store_is_active (self))
    return;
  self->is_trying = FALSE;
  self->room_delay = CLAMP (self->room_delay * 2, LOOK_INTERVAL, MAX_LOOK_INTERVAL);
  if (self->state == SHOAL_PIECE_STORE_STATE_RUNNING)
    {
      shoal_error_set (&error, SHOAL_ERROR_DISK_FULL, SHOAL_SIDE_HERE,
                       "Make room there; the transfer goes on by itself.", "%s at %s: %s more %s",
                       saved_errno == EDQUOT ? "Your quota is used up" : "The disk is full",
                       self->destination, size, "are needed");
      shoal_piece_store_set_state (self, SHOAL_PIECE_STORE_STATE_PAUSED, error, missing);
    }
  look_again (self);
}
