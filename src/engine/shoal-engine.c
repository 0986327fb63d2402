/* shoal-engine.c: the engine's life, and where everything meets.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine.h"

#include "shoal-address.h"
#include "shoal-engine-private.h"
#include "shoal-hash-cache.h"
#include "shoal-sharing-private.h"

/* Changes of a transfer are told at most this often. */
#define TICK_US (100 * 1000)

G_DEFINE_FINAL_TYPE (ShoalEngine, shoal_engine, G_TYPE_OBJECT)

/* --- Events -------------------------------------------------------------- */

void
shoal_engine_tell (ShoalEngine *self, const ShoalEvent *event)
{
  if (!self->stopping)
    self->func (self, event, self->user_data);
}

void
shoal_engine_tell_notice (ShoalEngine *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  shoal_engine_tell (self, &(ShoalEvent){ .type = SHOAL_EVENT_NOTICE, .text = text });
}

void
shoal_engine_tell_error (ShoalEngine *self, const GError *error)
{
  shoal_engine_tell (self, &(ShoalEvent){ .type = SHOAL_EVENT_ERROR, .error = error });
}

gboolean
shoal_engine_check_running (ShoalEngine *self, GError **error)
{
  if (!self->stopping)
    return TRUE;
  return shoal_error_set (error, SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                          "Shoal is stopping");
}

GPtrArray *
shoal_engine_list_transfers (ShoalEngine *self)
{
  GPtrArray *transfers = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (transfers, value);
  return transfers;
}

static void
on_tick (gpointer user_data)
{
  ShoalEngine *self = user_data;
  gint64 now = shoal_runtime_now (engine_runtime (self));
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);

  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (transfer->download != NULL)
        shoal_get_tick (transfer, now);
      if (transfer->dirty && now - transfer->told >= TICK_US)
        shoal_transfer_tell (transfer, SHOAL_EVENT_TRANSFER);
    }
  shoal_queue_tend (self, now);
  shoal_engine_tend_history (self, now);
  shoal_engine_tell_offers (self);
  shoal_engine_tend_shares (self, now);
  shoal_internet_tend (self->internet, now);
  shoal_engine_tend_remembered (self, now);
  if (self->stopping)
    return;
  self->tick_timer
    = shoal_runtime_add_timer (engine_runtime (self), TICK_US, on_tick, self);
}

/* --- Who may fetch ------------------------------------------------------- */

void
shoal_engine_add_grant (ShoalEngine *self, ShoalGrant *grant)
{
  g_ptr_array_add (self->grants, grant);
}

void
shoal_engine_remove_grant (ShoalEngine *self, ShoalGrant *grant)
{
  g_ptr_array_remove (self->grants, grant);
}

/* A wrong proof, an unknown share and one that is for others get the same
 * answer: a stranger learns nothing. */
static void
on_channel (ShoalPeer *peer, ShoalChannel *channel, gpointer user_data)
{
  ShoalEngine *self = user_data;

  for (guint i = 0; i < self->grants->len && !self->stopping; i++)
    {
      ShoalGrant *grant = g_ptr_array_index (self->grants, i);

      if (shoal_channel_is_for (channel, &grant->key) && grant->allows (grant->owner, peer))
        {
          shoal_serving_accept (grant->serving, channel, &grant->key);
          return;
        }
    }
  shoal_channel_refuse (channel, SHOAL_REFUSED_NOT_ALLOWED);
}

/* --- The hub's events ---------------------------------------------------- */

static void
on_changed (ShoalPeer *peer, gpointer user_data)
{
  shoal_engine_peer_changed (user_data, peer);
}

static void
on_gone (ShoalPeer *peer, gpointer user_data)
{
  shoal_engine_peer_gone (user_data, peer);
}

static void
on_sighted (const char *id_prefix, const char *name, GSocketAddress *address, gpointer user_data)
{
  shoal_engine_sighted (user_data, id_prefix, name, address);
}

static void
on_ready (ShoalPeer *peer, gpointer user_data)
{
  ShoalEngine *self = user_data;

  if (self->stopping)
    return;
  shoal_offering_peer_ready (self, peer);
  shoal_wake_peer_ready (self, peer);
  shoal_get_peer_ready (self, peer);
  shoal_engine_looks_ready (self, peer);
  shoal_engine_describings_ready (self, peer);
  shoal_engine_lists_ready (self, peer);
  shoal_internet_look (self->internet);
}

static void
on_lost (ShoalPeer *peer, const GError *error, gpointer user_data)
{
  ShoalEngine *self = user_data;

  if (self->stopping)
    return;
  shoal_offering_peer_lost (self, peer);
  shoal_get_peer_lost (self, peer);
  shoal_internet_look (self->internet);
}

static void
on_message (ShoalPeer *peer, const ShoalMessage *message, gpointer user_data)
{
  ShoalEngine *self = user_data;

  if (self->stopping)
    return; /* nothing begins any more */
  if (message->type == SHOAL_MESSAGE_LIST_REQUEST)
    shoal_engine_take_list_request (self, peer, message);
  else if (message->type == SHOAL_MESSAGE_LIST)
    shoal_engine_take_list (self, peer, message);
  else if (message->type == SHOAL_MESSAGE_OFFER || message->type == SHOAL_MESSAGE_WITHDRAW
           || message->type == SHOAL_MESSAGE_INTRODUCE)
    shoal_incoming_take_message (self, peer, message);
  else
    shoal_offering_take_message (self, peer, message);
}

static const ShoalHubEvents hub_events = {
  .changed = on_changed,
  .gone = on_gone,
  .ready = on_ready,
  .lost = on_lost,
  .message = on_message,
  .channel = on_channel,
  .sighted = on_sighted,
};

/* --- GObject ------------------------------------------------------------- */

static void
shoal_engine_dispose (GObject *object)
{
  ShoalEngine *self = SHOAL_ENGINE (object);

  self->stopping = TRUE;
  if (self->runtime != NULL)
    shoal_runtime_clear_timer (engine_runtime (self), &self->tick_timer);
  shoal_engine_cancel_lists (self);
  shoal_engine_end_diagnoses (self);
  /* Offerings point at their transfers. */
  g_clear_pointer (&self->offerings, g_ptr_array_unref);
  g_clear_pointer (&self->transfers, g_hash_table_unref);
  g_clear_pointer (&self->sharings, g_ptr_array_unref);
  g_clear_pointer (&self->upload, shoal_upload_free);
  g_clear_pointer (&self->internet, shoal_internet_free);
  g_clear_pointer (&self->hub, shoal_hub_free);
  g_clear_pointer (&self->budget, shoal_budget_unref);
  g_clear_pointer (&self->shaper, shoal_shaper_unref);
  g_clear_pointer (&self->book, shoal_device_book_free);
  if (self->database != NULL)
    shoal_database_set_trouble_func (self->database, NULL, NULL);
  g_clear_pointer (&self->database, shoal_database_unref);
  g_clear_pointer (&self->identity, shoal_identity_unref);
  g_clear_object (&self->runtime);

  G_OBJECT_CLASS (shoal_engine_parent_class)->dispose (object);
}

static void
shoal_engine_finalize (GObject *object)
{
  ShoalEngine *self = SHOAL_ENGINE (object);

  g_ptr_array_unref (self->grants);
  g_ptr_array_unref (self->looks);
  g_ptr_array_unref (self->describings);
  g_ptr_array_unref (self->dials);
  g_ptr_array_unref (self->remembering);
  g_object_unref (self->cancellable);
  g_free (self->listed_id);
  g_clear_pointer (&self->listed, shoal_description_unref);
  g_clear_pointer (&self->listed_chosen, g_bytes_unref);
  g_hash_table_unref (self->sightings);
  g_hash_table_unref (self->told_names);
  g_hash_table_unref (self->lists);
  g_hash_table_unref (self->offers_told);
  g_ptr_array_unref (self->diagnoses);
  shoal_engine_clear_answers (self);
  g_free (self->state_dir);
  g_free (self->listen_address);
  g_free (self->id_text);
  g_free (self->mark);
  g_free (self->run.directory);
  g_strfreev (self->run.trackers);
  g_strfreev (self->run.servers);
  g_free (self->stored_invites);
  g_clear_pointer (&self->settings, shoal_settings_unref);

  G_OBJECT_CLASS (shoal_engine_parent_class)->finalize (object);
}

static void
shoal_engine_class_init (ShoalEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = shoal_engine_dispose;
  G_OBJECT_CLASS (klass)->finalize = shoal_engine_finalize;
}

static void
shoal_engine_init (ShoalEngine *self)
{
  shoal_owner_thread_init (&self->owner);
  self->told_names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->sightings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) shoal_device_info_unref);
  self->transfers
    = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, shoal_transfer_free);
  self->offerings = g_ptr_array_new_with_free_func (shoal_offering_free);
  self->sharings = g_ptr_array_new_with_free_func (shoal_sharing_free);
  self->grants = g_ptr_array_new ();
  self->looks = g_ptr_array_new ();
  self->describings = g_ptr_array_new ();
  self->dials = g_ptr_array_new ();
  self->remembering = g_ptr_array_new ();
  self->cancellable = g_cancellable_new ();
  self->lists = g_hash_table_new (NULL, NULL);
  self->diagnoses = g_ptr_array_new ();
  self->offers_told = g_hash_table_new_full (shoal_hash_hash, shoal_hash_equal, g_free, NULL);
  shoal_engine_init_answers (self);
}

/* --- Starting ------------------------------------------------------------ */

static gboolean
open_state (ShoalEngine *self, const ShoalEngineOptions *options, GError **error)
{
  g_autoptr (ShoalDiscovery) discovery = NULL;
  ShoalDeviceMark mark;

  self->database = shoal_database_open (engine_runtime (self), self->state_dir, error);
  if (self->database == NULL)
    return FALSE;
  self->identity = shoal_identity_load_or_create (self->state_dir, error);
  if (self->identity == NULL)
    return FALSE;
  if (!shoal_engine_load_settings (self, error))
    return FALSE;

  self->id_text = shoal_device_id_to_text (shoal_identity_get_id (self->identity));
  mark = shoal_device_id_get_mark (shoal_identity_get_id (self->identity));
  self->mark = shoal_device_mark_to_text (&mark);
  self->book = shoal_device_book_new (engine_runtime (self), &shoal_engine_device_keeper, self);
  if (!shoal_engine_load_devices (self, error))
    return FALSE;

  if (!options->no_discovery)
    discovery = shoal_mdns_new (self->runtime, SHOAL_MDNS_AUTO);
  self->hub = shoal_hub_new (&(ShoalHubOptions){
    .runtime = self->runtime,
    .identity = self->identity,
    .book = self->book,
    .name = self->settings->name,
    .agent = "shoal " SHOAL_VERSION,
    .visibility = self->settings->visibility,
    .discovery = discovery,
    .events = &hub_events,
    .user_data = self,
  });
  shoal_hub_set_policy (self->hub, self->run.ice_policy);
  self->upload = shoal_upload_new (engine_runtime (self));
  self->budget = shoal_budget_new (0);
  self->shaper = shoal_shaper_new ();
  self->internet = shoal_internet_new (self, self->stored_invites, error);
  if (self->internet == NULL)
    return FALSE;
  shoal_engine_obey_settings (self);
  return shoal_engine_load_answers (self, error)
         && shoal_engine_load_shares (self, error)
         && shoal_engine_load_transfers (self, error);
}

ShoalEngine *
shoal_engine_new (ShoalRuntime *runtime, const ShoalEngineOptions *options, ShoalEventFunc func,
                  gpointer user_data, GError **error)
{
  g_autoptr (ShoalEngine) self = NULL;

  g_return_val_if_fail (SHOAL_IS_MAIN_RUNTIME (runtime) && func != NULL, NULL);

  self = g_object_new (SHOAL_TYPE_ENGINE, NULL);
  self->runtime = g_object_ref (SHOAL_MAIN_RUNTIME (runtime));
  self->func = func;
  self->user_data = user_data;
  self->state_dir = g_canonicalize_filename (options->state_dir, NULL);
  self->listen_address = g_strdup (options->listen_address);
  self->listen_port = options->listen_port;
  self->no_listen = options->no_listen;
  self->receives = options->receive;
  self->run.visibility = options->visibility;
  self->wakes = options->receive;
  self->run.local_only = options->path == SHOAL_REACH_LOCAL;
  self->run.internet = options->trackers != NULL || options->servers != NULL || options->path != 0;
  self->run.trackers = g_strdupv ((char **) options->trackers);
  self->run.servers = g_strdupv ((char **) options->servers);
  self->run.ice_policy = options->path == SHOAL_REACH_DIRECT    ? SHOAL_ICE_DIRECT_ONLY
                         : options->path == SHOAL_REACH_RELAYED ? SHOAL_ICE_RELAY_ONLY
                                                                : SHOAL_ICE_ANY;
  return open_state (self, options, error) ? g_steal_pointer (&self) : NULL;
}

void
shoal_engine_tell_listening (ShoalEngine *self)
{
  g_autoptr (GPtrArray) addresses = shoal_hub_get_listening (self->hub);

  for (guint i = 0; i < addresses->len; i++)
    {
      g_autofree char *text = shoal_address_to_text (g_ptr_array_index (addresses, i));

      shoal_engine_tell (self, &(ShoalEvent){ .type = SHOAL_EVENT_LISTENING, .text = text });
    }
}

static void
on_database_trouble (const GError *error, gpointer user_data)
{
  shoal_engine_tell_error (user_data, error);
}

/* What is stored stays within its bounds, and what cannot be stored is said. */
static void
tend_state (ShoalEngine *self)
{
  shoal_database_set_trouble_func (self->database, on_database_trouble, self);
  shoal_hash_cache_prune (self->database, SHOAL_HASH_CACHE_MAX_BYTES, SHOAL_HASH_CACHE_MAX_FILES,
                          SHOAL_HASH_CACHE_MAX_DAYS);
  shoal_state_history_prune (self->database, SHOAL_STATE_MAX_HISTORY,
                             SHOAL_STATE_MAX_HISTORY_BLOBS);
}

gboolean
shoal_engine_listen (ShoalEngine *self, guint16 port, GError **error)
{
  g_autoptr (GInetAddress) address = NULL;
  int wanted = self->listen_port >= 0 ? self->listen_port
               : port != 0            ? port
                                      : SHOAL_LISTEN_USUAL_PORT;

  if (self->listen_address != NULL)
    {
      address = g_inet_address_new_from_string (self->listen_address);
      if (address == NULL)
        return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                                "Give a numeric address of this computer.",
                                "“%s” is not an address", self->listen_address);
    }
  if (self->started)
    return shoal_hub_listen_anew (self->hub, address, wanted, error);
  return shoal_hub_start (self->hub, !self->no_listen, address, wanted, error);
}

/* A port that was chosen once, and that another program has now, must not keep
 * us from starting. */
static gboolean
begin_listening (ShoalEngine *self, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (shoal_engine_listen (self, self->settings->port, &local))
    return TRUE;
  if (self->listen_port < 0 && self->settings->port != 0 && shoal_engine_listen (self, 0, NULL))
    {
      shoal_engine_tell_error (self, local);
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
shoal_engine_start (ShoalEngine *self, GError **error)
{
  const GError *notice = shoal_database_get_notice (self->database);
  const char *repaired = shoal_identity_get_notice (self->identity);

  g_return_val_if_fail (SHOAL_IS_ENGINE (self) && !self->started, FALSE);
  shoal_owner_thread_assert (&self->owner);

  if (!begin_listening (self, error))
    return FALSE;

  self->started = TRUE;
  if (notice != NULL)
    shoal_engine_tell_error (self, notice);
  if (repaired != NULL)
    shoal_engine_tell_notice (self, "%s", repaired);
  shoal_engine_tell_listening (self);
  tend_state (self);
  shoal_wake_stored (self);
  shoal_engine_wake_shares (self);
  self->tick_timer = shoal_runtime_add_timer (engine_runtime (self), TICK_US, on_tick, self);
  return TRUE;
}

/* --- Stopping: transfers save themselves, then the hub says goodbye ------- */

static void
on_hub_stopped (gpointer user_data)
{
  ShoalEngine *self = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&self->stop_task);

  g_task_return_boolean (task, TRUE);
}

static void
maybe_stop_hub (ShoalEngine *self)
{
  if (self->stop_task != NULL && self->n_closing == 0)
    shoal_hub_stop_async (self->hub, on_hub_stopped, self);
}

void
shoal_engine_closed_one (ShoalEngine *self)
{
  self->n_closing--;
  maybe_stop_hub (self);
}

void
shoal_engine_stop_async (ShoalEngine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GHashTableIter iter;
  gpointer value;

  g_return_if_fail (SHOAL_IS_ENGINE (self) && self->stop_task == NULL);
  shoal_owner_thread_assert (&self->owner);

  self->stop_task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->stop_task, shoal_engine_stop_async);
  self->stopping = TRUE;
  shoal_runtime_clear_timer (engine_runtime (self), &self->tick_timer);
  shoal_engine_cancel_lists (self);
  shoal_engine_end_diagnoses (self);
  shoal_engine_end_dials (self);
  shoal_internet_stop (self->internet);
  shoal_engine_stop_shares (self);
  shoal_engine_forget_remembered (self);
  g_cancellable_cancel (self->cancellable);

  self->n_closing++; /* until all have been asked */
  shoal_engine_end_describings (self);
  shoal_engine_end_looks (self, NULL, SHOAL_ERROR_CANCELLED, "Shoal is stopping");
  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (transfer->retired)
        continue;
      shoal_get_stop (transfer, FALSE);
      shoal_transfer_update (transfer);
    }
  shoal_engine_closed_one (self);
}

gboolean
shoal_engine_stop_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Ourselves ----------------------------------------------------------- */

const char *
shoal_engine_get_id (ShoalEngine *self)
{
  return self->id_text;
}

const char *
shoal_engine_get_mark (ShoalEngine *self)
{
  return self->mark;
}
