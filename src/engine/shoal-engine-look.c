/* shoal-engine-look.c: the names inside an offer, before it is answered.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Looking fetches the description as a download would, and stops there. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"

#include <string.h>

#define LOOK_TIMEOUT_US (20 * G_USEC_PER_SEC)

struct _ShoalLook
{
  ShoalEngine   *engine;   /* (unowned): owns this */
  char          *id;       /* (owned): of the transfer that waits */
  ShoalDownload *download; /* (owned) */
  GTask         *task;     /* (owned) */
  guint          timer;
};

/* What a person, or a rule, has agreed to is what comes: not more, nor another. */
gboolean
shoal_engine_check_description (ShoalTransfer *transfer, ShoalDescription *description,
                                GError **error)
{
  const ShoalStoredTransfer *stored = transfer->stored;
  g_autofree char *name = NULL;

  if (!stored->has_offer
      || (shoal_description_get_length (description) == stored->total_bytes
          && shoal_description_get_n_files (description) == stored->total_files
          && g_str_equal (shoal_description_get_name (description), stored->name)))
    return TRUE;

  name = shoal_engine_name_device (transfer->engine, shoal_peer_get_id (transfer->peer));
  return shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE,
                          "Do not take it from them without asking why.",
                          "%s offered “%s” and sends something else", name, stored->name);
}

void
shoal_engine_keep_description (ShoalTransfer *transfer, ShoalDescription *description,
                               GBytes *attributes)
{
  ShoalStoredTransfer *stored = transfer->stored;

  g_clear_pointer (&stored->description, g_bytes_unref);
  stored->description = g_bytes_ref (shoal_description_get_bytes (description));
  g_clear_pointer (&stored->attributes, g_bytes_unref);
  stored->attributes = attributes != NULL ? g_bytes_ref (attributes) : NULL;
  g_free (stored->name);
  stored->name = g_strdup (shoal_description_get_name (description));
  stored->total_bytes = shoal_description_get_length (description);
  stored->total_files = shoal_description_get_n_files (description);
}

/* --- The end of a look --------------------------------------------------- */

static void
on_stopped (ShoalDownload *download, gpointer user_data)
{
  g_autoptr (ShoalEngine) engine = user_data;

  shoal_download_unref (download);
  shoal_engine_closed_one (engine);
}

/* One of @description and @error is given; @error is taken. */
static void
end (ShoalLook *self, ShoalDescription *description, GError *error)
{
  ShoalEngine *engine = self->engine;

  g_ptr_array_remove_fast (engine->looks, self);
  shoal_runtime_clear_timer (engine_runtime (engine), &self->timer);
  engine->n_closing++;
  shoal_download_stop_async (self->download, FALSE, on_stopped, g_object_ref (engine));
  if (description != NULL)
    g_task_return_pointer (self->task, shoal_description_ref (description),
                           (GDestroyNotify) shoal_description_unref);
  else
    g_task_return_error (self->task, error);
  g_object_unref (self->task);
  g_free (self->id);
  g_free (self);
}

static void
on_described (ShoalDownload *download, ShoalDescription *description, gpointer user_data)
{
  ShoalLook *self = user_data;
  ShoalTransfer *transfer = g_hash_table_lookup (self->engine->transfers, self->id);
  GError *error = NULL;

  if (transfer != NULL && !shoal_engine_check_description (transfer, description, &error))
    {
      end (self, NULL, error);
      return;
    }
  if (transfer != NULL && transfer->waits)
    {
      shoal_engine_keep_description (transfer, description,
                                     shoal_download_get_attributes (download));
      shoal_transfer_save (transfer);
    }
  end (self, description, NULL);
}

static void
on_state_changed (ShoalDownload *download, ShoalDownloadState state, const GError *error,
                  gpointer user_data)
{
  if (state == SHOAL_DOWNLOAD_STATE_FAILED)
    end (user_data, NULL, g_error_copy (error));
}

static const ShoalDownloadEvents look_events = {
  .state_changed = on_state_changed,
  .described = on_described,
};

static void
on_timeout (gpointer user_data)
{
  ShoalLook *self = user_data;

  self->timer = 0;
  end (self, NULL,
       shoal_error_new (SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_THERE,
                        "Try again when the other device is there.",
                        "The other device does not tell what it offers"));
}

void
shoal_engine_end_looks (ShoalEngine *self, ShoalTransfer *transfer, ShoalErrorCode code,
                        const char *why)
{
  for (guint i = self->looks->len; i-- > 0;)
    {
      ShoalLook *look = g_ptr_array_index (self->looks, i);

      if (transfer == NULL || g_str_equal (look->id, transfer->id_text))
        end (look, NULL, shoal_error_new (code, SHOAL_SIDE_NONE, NULL, "%s", why));
    }
}

void
shoal_engine_looks_ready (ShoalEngine *self, ShoalPeer *peer)
{
  for (guint i = 0; i < self->looks->len; i++)
    shoal_download_peer_ready (((ShoalLook *) g_ptr_array_index (self->looks, i))->download, peer);
}

/* --- The call ------------------------------------------------------------ */

static void
start (ShoalTransfer *transfer, GTask *task)
{
  ShoalEngine *engine = transfer->engine;
  ShoalLook *self = g_new0 (ShoalLook, 1);
  ShoalDownloadOptions options = {
    .runtime = engine_runtime (engine),
    .database = engine->database,
    .budget = engine->budget,
    .key = transfer->stored->offer_key,
    .share = transfer->stored->share_key,
    .is_draft = (transfer->stored->flags & SHOAL_STORED_IS_DRAFT) != 0,
    .offerer = *shoal_peer_get_id (transfer->peer),
    .events = &look_events,
    .user_data = self,
  };

  memcpy (options.transfer, transfer->stored->id.bytes, sizeof options.transfer);
  self->engine = engine;
  self->id = g_strdup (transfer->id_text);
  self->task = task;
  self->timer
    = shoal_runtime_add_timer (engine_runtime (engine), LOOK_TIMEOUT_US, on_timeout, self);
  g_ptr_array_add (engine->looks, self);
  self->download = shoal_download_new (&options);
  shoal_download_add_peer (self->download, transfer->peer);
}

static void
on_parsed (ShoalEngine *self, const char *id, ShoalDescription *known, GBytes *chosen,
           gpointer user_data)
{
  GTask *task = user_data;
  ShoalTransfer *transfer;
  GError *error = NULL;

  transfer = shoal_engine_check_running (self, &error)
               ? shoal_incoming_find_waiting (self, id, &error) : NULL;
  if (transfer == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
  else if (known == NULL)
    {
      start (transfer, task);
    }
  else
    {
      g_task_return_pointer (task, shoal_description_ref (known),
                             (GDestroyNotify) shoal_description_unref);
      g_object_unref (task);
    }
}

void
shoal_engine_look_async (ShoalEngine *self, const char *offer, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  ShoalTransfer *transfer;
  GError *error = NULL;

  g_task_set_source_tag (task, shoal_engine_look_async);
  transfer = shoal_engine_check_running (self, &error)
               ? shoal_incoming_find_waiting (self, offer, &error) : NULL;
  if (transfer == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  shoal_engine_parse_stored (self, transfer->stored, on_parsed, task);
}

ShoalDescription *
shoal_engine_look_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Only names ------------------------------------------------------------ */

static GPtrArray *
list_names (ShoalDescription *description)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (uint32_t i = 0; i < shoal_description_get_n_folders (description); i++)
    g_ptr_array_add (
      names, g_strconcat (shoal_description_get_folder (description, i)->path, "/", NULL));
  for (uint32_t i = 0; i < shoal_description_get_n_files (description); i++)
    g_ptr_array_add (names, g_strdup (shoal_description_get_file (description, i)->path));
  return names;
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (ShoalDescription) description
    = shoal_engine_look_finish (SHOAL_ENGINE (source), result, &error);

  if (description == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, list_names (description), (GDestroyNotify) g_ptr_array_unref);
}

void
shoal_engine_get_offer_files_async (ShoalEngine *self, const char *offer,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, shoal_engine_get_offer_files_async);
  shoal_engine_look_async (self, offer, NULL, on_looked, task);
}

GPtrArray *
shoal_engine_get_offer_files_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
