/* shoal-engine-retry.c: what has failed is tried again.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A download goes on under its ID, with what is on disk. A send is a new offer,
 * unless it is the receiver who tries again: then the old one comes to life. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"

typedef struct
{
  ShoalEngine *engine;    /* (owned) */
  char        *id;        /* (owned): of the transfer */
  char        *directory; /* (owned) (nullable): where it is to go now */
  GTask       *task;      /* (owned) (nullable): of the person; NULL: the receiver has asked */
} RetryCall;

static void
retry_call_free (RetryCall *call)
{
  g_clear_object (&call->task);
  g_object_unref (call->engine);
  g_free (call->id);
  g_free (call->directory);
  g_free (call);
}

/* --- Going on ------------------------------------------------------------ */

static void
go_on (ShoalTransfer *transfer)
{
  shoal_transfer_hold (transfer);
  if (transfer->stored->direction == SHOAL_STORED_SEND)
    {
      shoal_wake_send (transfer);
      return;
    }
  if (transfer->stored->has_offer && shoal_peer_is_connected (transfer->peer))
    shoal_incoming_send_accept (transfer);
  shoal_get_start (transfer);
  shoal_get_find_again (transfer);
}

static void
on_loaded (const ShoalStoredTransfer *stored, const GError *error, gpointer user_data)
{
  RetryCall *call = user_data;
  ShoalEngine *self = call->engine;
  ShoalTransfer *transfer
    = self->stopping ? NULL : g_hash_table_lookup (self->transfers, call->id);

  if (transfer != NULL)
    transfer->reviving = FALSE;
  if (transfer != NULL && stored != NULL && shoal_transfer_is_over (transfer)
      && transfer->download == NULL && transfer->offering == NULL)
    {
      ShoalStoredTransfer *again = shoal_stored_transfer_copy (stored);

      if (call->directory != NULL)
        {
          g_free (again->destination);
          again->destination = g_steal_pointer (&call->directory);
        }
      shoal_transfer_revive (transfer, again);
      shoal_transfer_save (transfer);
      go_on (transfer);
      if (call->task != NULL)
        g_task_return_pointer (call->task, g_strdup (call->id), g_free);
    }
  else if (call->task != NULL)
    {
      g_task_return_new_error (call->task, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_FOUND,
                               "That transfer is not known any more");
    }
  retry_call_free (call);
}

/* @directory: (nullable). @task: (nullable): taken. */
static void
revive (ShoalTransfer *transfer, const char *directory, GTask *task)
{
  RetryCall *call = g_new0 (RetryCall, 1);

  call->engine = g_object_ref (transfer->engine);
  call->id = g_strdup (transfer->id_text);
  call->directory = directory != NULL ? g_canonicalize_filename (directory, NULL) : NULL;
  call->task = task;
  transfer->reviving = TRUE;
  shoal_state_transfers_load_one (transfer->engine->database, &transfer->stored->id, on_loaded,
                                  call);
}

/* --- For the receiver ---------------------------------------------------- */

gboolean
shoal_retry_for_receiver (ShoalEngine *self, ShoalPeer *peer, const ShoalOfferId *offer)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;
      const ShoalDeviceId *device = shoal_transfer_get_device (transfer);

      if (transfer->stored->direction == SHOAL_STORED_SEND && device != NULL
          && shoal_hash_equals (device, shoal_peer_get_id (peer))
          && shoal_offer_ids_equal (&transfer->stored->offer, offer)
          && transfer->stored->state == SHOAL_STORED_FAILED && transfer->stored->started > 0
          && transfer->offering == NULL
          && (transfer->stored->flags & SHOAL_STORED_HIDDEN) == 0)
        {
          if (!transfer->reviving)
            revive (transfer, NULL, NULL);
          return TRUE;
        }
    }
  return FALSE;
}

/* --- For the person ------------------------------------------------------ */

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ShoalEngine *self = SHOAL_ENGINE (source);
  GError *error = NULL;
  g_auto (GStrv) ids = shoal_engine_send_finish (self, result, &error);
  ShoalTransfer *old = g_hash_table_lookup (self->transfers, g_task_get_task_data (task));

  if (ids == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (old != NULL && !self->stopping)
    shoal_engine_hide_transfer (self, old);
  g_task_return_pointer (task, g_strdup (ids[0]), g_free);
}

static void
send_anew (ShoalTransfer *transfer, GTask *task)
{
  ShoalStoredTransfer *stored = transfer->stored;
  g_autofree char *device = shoal_device_id_to_text (shoal_transfer_get_device (transfer));
  const char *const devices[] = { device, NULL };
  g_autofree char *text = NULL;

  if (stored->kind != SHOAL_STORED_FILES)
    text = g_strndup (g_bytes_get_data (stored->text, NULL), g_bytes_get_size (stored->text));
  shoal_engine_send_async (transfer->engine,
                           text == NULL ? (const char *const *) stored->roots : NULL, text,
                           devices, NULL, on_sent, task);
}

void
shoal_engine_retry_async (ShoalEngine *self, const char *id, const char *directory,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  GError *error = NULL;
  ShoalTransfer *transfer = shoal_engine_find_transfer (self, id, &error);
  g_autoptr (ShoalTransferInfo) info
    = transfer != NULL ? shoal_transfer_describe (transfer) : NULL;

  g_task_set_source_tag (task, shoal_engine_retry_async);
  g_task_set_task_data (task, g_strdup (id), g_free);
  if (transfer != NULL && !info->can_retry)
    shoal_error_set (&error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                     "That transfer cannot be tried again");
  else if (transfer != NULL && directory != NULL
           && (info->direction != SHOAL_TRANSFER_GET || info->bytes > 0))
    shoal_error_set (&error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE,
                     "Cancel it, and ask for it again.",
                     "Only what has not begun to come can go to another folder");
  if (error != NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  if (transfer->stored->direction == SHOAL_STORED_SEND)
    send_anew (transfer, task);
  else
    revive (transfer, directory, task);
}

char *
shoal_engine_retry_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
