/* shoal-engine-link.c: get what a link, a .torrent file or a friend's list names.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-limits.h"
#include "shoal-names.h"
#include "shoal-sharing-private.h"
#include "shoal-torrent.h"

#include <glib/gstdio.h>

/* Time for a friend that is near to be found. */
#define FIND_TIMEOUT_US (10 * G_USEC_PER_SEC)

typedef struct
{
  char         *directory; /* (owned) */
  char        **from;      /* (owned) */
  char         *name;      /* (owned) (nullable): of a friend's share */
  ShoalDeviceId friend;
} GetCall;

static void
get_call_free (gpointer data)
{
  GetCall *call = data;

  g_free (call->directory);
  g_strfreev (call->from);
  g_free (call->name);
  g_free (call);
}

static void
fail (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

/* --- The transfer -------------------------------------------------------- */

/* The same share into the same folder is the same transfer. */
static ShoalTransfer *
find_earlier (ShoalEngine *self, const ShoalHash *share, const char *directory)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (transfer->stored->direction == SHOAL_STORED_GET && !transfer->stored->has_offer
          && !shoal_transfer_is_over (transfer)
          && shoal_hash_equals (&transfer->stored->share_key, share)
          && g_strcmp0 (transfer->stored->destination, directory) == 0)
        return transfer;
    }
  return NULL;
}

static ShoalTransfer *
make_get (ShoalEngine *self, const ShoalHash *share, const char *directory, const char *name)
{
  ShoalTransfer *transfer = find_earlier (self, share, directory);
  ShoalStoredTransfer *stored;
  ShoalTransferId id;

  if (transfer != NULL)
    {
      if (transfer->phase == SHOAL_TRANSFER_PAUSED)
        transfer->stored->state = SHOAL_STORED_RUNNING; /* asked for again */
      return transfer;
    }

  shoal_runtime_fill_random (engine_runtime (self), id.bytes, sizeof id.bytes);
  stored = shoal_stored_transfer_new (&id);
  stored->direction = SHOAL_STORED_GET;
  stored->state = SHOAL_STORED_RUNNING;
  stored->share_key = *share;
  stored->flags = self->pass_on ? SHOAL_STORED_PASS_ON : 0;
  g_free (stored->name);
  stored->name = g_strdup (name != NULL ? name : "");
  g_free (stored->destination);
  stored->destination = g_strdup (directory);
  stored->created = shoal_runtime_wall_time (engine_runtime (self));
  stored->position = shoal_queue_next (self);
  transfer = shoal_transfer_new (self, stored);
  g_hash_table_insert (self->transfers, transfer->id_text, transfer);
  return transfer;
}

/* @link: (nullable). Ends the task. */
static void
begin (GTask *task, ShoalTransfer *transfer, const ShoalShareLink *link)
{
  GetCall *call = g_task_get_task_data (task);
  GError *error = NULL;

  if (!shoal_engine_check_running (transfer->engine, &error))
    {
      fail (task, error);
      return;
    }
  shoal_transfer_save (transfer);
  shoal_get_start (transfer);
  shoal_get_add_sources (transfer, (const char *const *) call->from, link);
  if (call->name != NULL)
    shoal_get_add_device (transfer, &call->friend);
  g_task_return_pointer (task, g_strdup (transfer->id_text), g_free);
  g_object_unref (task);
}

static void
get_link (GTask *task, const char *text)
{
  ShoalEngine *self = g_task_get_source_object (task);
  GetCall *call = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (ShoalShareLink) link = shoal_share_link_parse (text, -1, &error);
  ShoalTransfer *transfer;

  if (link == NULL)
    {
      fail (task, error);
      return;
    }
  shoal_internet_link_opened (self->internet, link);
  transfer = make_get (self, &link->id, call->directory, link->name);
  transfer->stored->has_secret = link->has_secret;
  if (link->has_secret)
    memcpy (transfer->stored->secret.bytes, link->secret, sizeof link->secret);
  g_free (transfer->stored->link);
  transfer->stored->link = g_strdup (text);
  begin (task, transfer, link);
}

/* --- .torrent files ------------------------------------------------------ */

typedef struct
{
  char         *path;    /* (owned) */
  ShoalTorrent *torrent; /* (owned) (nullable) */
  GError       *error;
  GTask        *task;    /* (owned) */
} ReadJob;

static gboolean
is_too_large (const char *path, GError **error)
{
  g_autofree char *shown = shoal_name_escape (path, -1, 0);
  GStatBuf buf;

  if (g_stat (path, &buf) != 0 || !S_ISREG (buf.st_mode))
    {
      shoal_error_set (error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, "Check the spelling.",
                       "There is no file “%s”", shown);
      return TRUE;
    }
  if (buf.st_size <= SHOAL_MAX_TORRENT_SIZE)
    return FALSE;
  shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_HERE, NULL,
                   "“%s” is too large to be a .torrent file", shown);
  return TRUE;
}

ShoalTorrent *
shoal_engine_read_torrent (const char *path, GError **error)
{
  g_autofree char *shown = shoal_name_escape (path, -1, 0);
  g_autoptr (GError) local = NULL;
  g_autofree char *contents = NULL;
  g_autoptr (GBytes) bytes = NULL;
  gsize size;

  if (is_too_large (path, error))
    return NULL;
  if (!g_file_get_contents (path, &contents, &size, &local))
    {
      shoal_error_set (error, SHOAL_ERROR_DISK, SHOAL_SIDE_HERE, NULL, "“%s” cannot be read",
                       shown);
      return NULL;
    }
  bytes = g_bytes_new_take (g_steal_pointer (&contents), size);
  return shoal_torrent_parse (bytes, error);
}

static void
read_torrent (gpointer data)
{
  ReadJob *job = data;

  job->torrent = shoal_engine_read_torrent (job->path, &job->error);
}

static void
on_torrent_read (gpointer data)
{
  ReadJob *job = data;
  GTask *task = job->task;
  ShoalEngine *self = g_task_get_source_object (task);
  GetCall *call = g_task_get_task_data (task);

  if (job->torrent == NULL)
    {
      fail (task, job->error);
    }
  else
    {
      ShoalDescription *description = shoal_torrent_get_description (job->torrent);
      ShoalTransfer *transfer
        = make_get (self, shoal_description_get_id (description), call->directory,
                    shoal_description_get_name (description));

      g_clear_pointer (&transfer->stored->description, g_bytes_unref);
      transfer->stored->description = g_bytes_ref (shoal_description_get_bytes (description));
      begin (task, transfer, NULL);
    }
  g_clear_pointer (&job->torrent, shoal_torrent_free);
  g_free (job->path);
  g_free (job);
}

static void
get_torrent (GTask *task, const char *path)
{
  ShoalEngine *self = g_task_get_source_object (task);
  ReadJob *job = g_new0 (ReadJob, 1);

  job->path = g_strdup (path);
  job->task = task;
  shoal_runtime_submit (engine_runtime (self), SHOAL_POOL_HASH, read_torrent, on_torrent_read,
                        job);
}

/* --- DEVICE/NAME --------------------------------------------------------- */

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  ShoalEngine *self = SHOAL_ENGINE (source);
  GetCall *call = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) shares = shoal_engine_ask_list_finish (self, result, &error);
  g_autofree char *device = NULL;

  if (shares == NULL)
    {
      fail (task, error);
      return;
    }
  for (guint i = 0; i < shares->len; i++)
    {
      ShoalListedShare *share = g_ptr_array_index (shares, i);
      g_autofree char *hex = shoal_hash_to_hex (&share->info_hash);
      ShoalTransfer *transfer;

      if (!g_str_equal (share->name, call->name) && !g_str_equal (hex, call->name))
        continue;
      transfer = make_get (self, &share->info_hash, call->directory, share->name);
      transfer->stored->has_secret = !shoal_hash_equals (&share->key, &share->info_hash);
      transfer->stored->secret = share->key;
      /* Shared with us, not with whoever else knows its name. */
      transfer->stored->flags &= ~(uint32_t) SHOAL_STORED_PASS_ON;
      begin (task, transfer, NULL);
      return;
    }
  device = shoal_engine_name_device (self, &call->friend);
  fail (task, shoal_error_new (SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_THERE,
                               "See “shoal-cli list” for what there is; shares for friends need "
                               "both to have added each other.",
                               "%s shares nothing called “%s” with you", device, call->name));
}

static void
on_friend_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  ShoalEngine *self = g_task_get_source_object (task);
  GetCall *call = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (ShoalPeer) peer = shoal_hub_find_finish (self->hub, result, &error);

  if (peer == NULL)
    {
      fail (task, error);
      return;
    }
  call->friend = *shoal_peer_get_id (peer);
  shoal_engine_ask_list_async (self, &call->friend, g_task_get_cancellable (task), on_listed,
                               task);
}

/* --- Public -------------------------------------------------------------- */

void
shoal_engine_get_async (ShoalEngine *self, const char *what, const char *directory,
                        const char *const *from, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  GetCall *call = g_new0 (GetCall, 1);
  const char *slash = strchr (what, '/');
  g_autofree char *device = NULL;

  g_task_set_source_tag (task, shoal_engine_get_async);
  g_task_set_task_data (task, call, get_call_free);
  call->directory = g_canonicalize_filename (directory, NULL);
  call->from = g_strdupv ((char **) from);

  if (shoal_share_link_looks_like (what))
    {
      get_link (task, what);
    }
  else if (g_file_test (what, G_FILE_TEST_IS_REGULAR) || g_str_has_suffix (what, ".torrent"))
    {
      get_torrent (task, what);
    }
  else if (slash != NULL && slash != what && slash[1] != '\0')
    {
      device = g_strndup (what, (gsize) (slash - what));
      call->name = g_strdup (slash + 1);
      shoal_hub_find_async (self->hub, device, FIND_TIMEOUT_US, cancellable, on_friend_found,
                            task);
    }
  else
    {
      fail (task, shoal_error_new (SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                                   "Give a link (magnet:… or shoal:…), a .torrent file, or "
                                   "DEVICE/NAME.",
                                   "“%s” names nothing to get", what));
    }
}

char *
shoal_engine_get_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
