/* shoal-engine-lists.c: what we share with a device, and what it shares with us.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-sharing-private.h"

/* Somebody who shares more than this is cut short, with a remark. */
#define MAX_LISTED 10000
#define LIST_TIMEOUT_US (20 * G_USEC_PER_SEC)

/* --- Answering ----------------------------------------------------------- */

void
shoal_engine_take_list_request (ShoalEngine *self, ShoalPeer *peer, const ShoalMessage *message)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, TRUE, sizeof (ShoalListEntry));
  ShoalMessage answer = { .type = SHOAL_MESSAGE_LIST };
  uint32_t first = message->list_request.first;

  for (guint i = 0; i < self->sharings->len; i++)
    {
      ShoalSharing *sharing = g_ptr_array_index (self->sharings, i);
      ShoalListEntry entry = { 0 };

      if (sharing->state != SHOAL_SHARE_SERVED
          || !shoal_sharing_lists_to (sharing, shoal_peer_get_id (peer)))
        continue;
      entry.info_hash = *shoal_description_get_id (sharing->description);
      entry.key = sharing->grant.key;
      entry.bytes = shoal_description_get_length (sharing->description);
      entry.files = shoal_description_get_n_files (sharing->description);
      entry.name = shoal_description_get_name (sharing->description);
      g_array_append_val (entries, entry);
    }

  first = MIN (first, entries->len);
  answer.list.id = message->list_request.id;
  answer.list.total = entries->len;
  answer.list.first = first;
  answer.list.entries = &g_array_index (entries, ShoalListEntry, first);
  answer.list.n_entries
    = shoal_message_count_fitting (answer.list.entries, entries->len - first);
  shoal_peer_reply (peer, &answer, NULL);
}

/* --- Asking -------------------------------------------------------------- */

typedef struct
{
  ShoalEngine *engine; /* (unowned) */
  guint        id;
  GTask       *task;   /* (owned) */
  ShoalPeer   *peer;   /* (owned), held */
  GPtrArray   *found;  /* (owned) of ShoalListedShare */
  guint        timer;
} ListCall;

static void
listed_share_free (gpointer data)
{
  ShoalListedShare *share = data;

  g_free (share->name);
  g_free (share);
}

/* @error: (nullable): taken; NULL: the list is complete. */
static void
end_call (ListCall *call, GError *error)
{
  ShoalEngine *self = call->engine;

  g_hash_table_remove (self->lists, GUINT_TO_POINTER (call->id));
  shoal_runtime_clear_timer (engine_runtime (self), &call->timer);
  if (error != NULL)
    g_task_return_error (call->task, error);
  else
    g_task_return_pointer (call->task, g_steal_pointer (&call->found),
                           (GDestroyNotify) g_ptr_array_unref);
  g_clear_pointer (&call->found, g_ptr_array_unref);
  g_object_unref (call->task);
  shoal_peer_release (call->peer);
  shoal_peer_unref (call->peer);
  g_free (call);
}

static void
ask (ListCall *call)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_LIST_REQUEST };

  message.list_request.id = call->id;
  message.list_request.first = call->found->len;
  shoal_peer_send (call->peer, &message, NULL);
}

static void
on_timeout (gpointer user_data)
{
  ListCall *call = user_data;
  g_autofree char *name
    = shoal_engine_name_device (call->engine, shoal_peer_get_id (call->peer));
  gboolean connected = shoal_peer_is_connected (call->peer);

  call->timer = 0;
  end_call (call, shoal_error_new (connected ? SHOAL_ERROR_TIMED_OUT : SHOAL_ERROR_UNREACHABLE,
                                   SHOAL_SIDE_THERE, "Is Shoal running there?",
                                   "%s does not answer", name));
}

void
shoal_engine_take_list (ShoalEngine *self, ShoalPeer *peer, const ShoalMessage *message)
{
  ListCall *call = g_hash_table_lookup (self->lists, GUINT_TO_POINTER (message->list.id));

  if (call == NULL || call->peer != peer || message->list.first != call->found->len)
    return;

  for (guint i = 0; i < message->list.n_entries && call->found->len < MAX_LISTED; i++)
    {
      const ShoalListEntry *entry = &message->list.entries[i];
      ShoalListedShare *share = g_new0 (ShoalListedShare, 1);

      share->info_hash = entry->info_hash;
      share->key = entry->key;
      share->bytes = entry->bytes;
      share->files = entry->files;
      share->name = g_strdup (entry->name);
      g_ptr_array_add (call->found, share);
    }
  if (message->list.n_entries > 0 && call->found->len < message->list.total
      && call->found->len < MAX_LISTED)
    ask (call);
  else
    end_call (call, NULL);
}

void
shoal_engine_lists_ready (ShoalEngine *self, ShoalPeer *peer)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->lists);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ListCall *call = value;

      if (call->peer != peer)
        continue;
      g_ptr_array_set_size (call->found, 0);
      ask (call);
    }
}

void
shoal_engine_cancel_lists (ShoalEngine *self)
{
  g_autoptr (GList) calls = g_hash_table_get_values (self->lists);

  for (GList *l = calls; l != NULL; l = l->next)
    end_call (l->data, shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                                        "Shoal is stopping"));
}

void
shoal_engine_ask_list_async (ShoalEngine *self, const ShoalDeviceId *device,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  ListCall *call = g_new0 (ListCall, 1);

  call->engine = self;
  call->id = ++self->last_list;
  call->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (call->task, shoal_engine_ask_list_async);
  call->peer = shoal_hub_ensure_peer (self->hub, device);
  call->found = g_ptr_array_new_with_free_func (listed_share_free);
  g_hash_table_insert (self->lists, GUINT_TO_POINTER (call->id), call);
  call->timer
    = shoal_runtime_add_timer (engine_runtime (self), LIST_TIMEOUT_US, on_timeout, call);
  shoal_peer_hold (call->peer);
  ask (call); /* if it is not connected: when it is */
}

GPtrArray *
shoal_engine_ask_list_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- The public form ----------------------------------------------------- */

static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) shares
    = shoal_engine_ask_list_finish (SHOAL_ENGINE (source), result, &error);
  GPtrArray *listings;

  if (shares == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  listings = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_listing_free);
  for (guint i = 0; i < shares->len; i++)
    {
      ShoalListedShare *share = g_ptr_array_index (shares, i);
      ShoalListing *listing = g_new0 (ShoalListing, 1);

      listing->name = g_strdup (share->name);
      listing->id = shoal_hash_to_hex (&share->info_hash);
      listing->bytes = share->bytes;
      listing->files = share->files;
      g_ptr_array_add (listings, listing);
    }
  g_task_return_pointer (task, listings, (GDestroyNotify) g_ptr_array_unref);
}

void
shoal_engine_list_async (ShoalEngine *self, const char *device, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  ShoalDeviceId id;

  g_task_set_source_tag (task, shoal_engine_list_async);
  if (!shoal_engine_parse_device (self, device, &id, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  shoal_engine_ask_list_async (self, &id, cancellable, on_asked, task);
}

GPtrArray *
shoal_engine_list_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
