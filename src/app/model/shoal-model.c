/* shoal-model.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"
#define SHOAL_MODEL_ITSELF

#include "config.h"

#include "shoal-model.h"

#include "shoal-engine-internet.h"
#include "shoal-engine-settings.h"
#include "shoal-error.h"
#include "shoal-model-private.h"
#include "shoal-network.h"

G_DEFINE_ENUM_TYPE (ShoalModelState, shoal_model_state,
  G_DEFINE_ENUM_VALUE (SHOAL_MODEL_STARTING, "starting"),
  G_DEFINE_ENUM_VALUE (SHOAL_MODEL_WELCOME, "welcome"),
  G_DEFINE_ENUM_VALUE (SHOAL_MODEL_RUNNING, "running"),
  G_DEFINE_ENUM_VALUE (SHOAL_MODEL_FAILED, "failed"),
  G_DEFINE_ENUM_VALUE (SHOAL_MODEL_STOPPING, "stopping"),
  G_DEFINE_ENUM_VALUE (SHOAL_MODEL_STOPPED, "stopped"))

G_DEFINE_FINAL_TYPE (ShoalModel, shoal_model, G_TYPE_OBJECT)

typedef enum
{
  PROP_STATE = 1,
  PROP_NAME,
  PROP_IS_MOVING,
  PROP_N_ACTIVE,
  PROP_IS_ONLINE,
  PROP_IS_METERED,
} ShoalModelProperty;

enum
{
  NOTICE,
  ERROR_TOLD,
  LISTENING,
  SETTINGS_CHANGED,
  N_SIGNALS,
};

static GParamSpec *props[PROP_IS_METERED + 1];
static guint signals[N_SIGNALS];

static void
notify (ShoalModel *self, ShoalModelProperty property)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[property]);
}

static void
set_state (ShoalModel *self, ShoalModelState state)
{
  g_autofree char *name = NULL;

  if (self->state == state)
    return;

  name = g_enum_to_string (SHOAL_TYPE_MODEL_STATE, (int) state);
  g_debug ("The model is %s", name);
  self->state = state;
  notify (self, PROP_STATE);
}

/* --- What the crossing tells ---------------------------------------------- */

static void
take_settings (ShoalModel *self, ShoalSettings *settings)
{
  g_autoptr (ShoalSettings) old = g_steal_pointer (&self->settings);

  self->settings = shoal_settings_ref (settings);
  if (old == NULL || g_strcmp0 (old->name, settings->name) != 0)
    notify (self, PROP_NAME);
  g_signal_emit (self, signals[SETTINGS_CHANGED], 0);
}

static void
on_ready (const ShoalReady *ready, gpointer user_data)
{
  ShoalModel *self = user_data;

  g_free (self->id);
  g_free (self->mark);
  self->id = g_strdup (ready->id);
  self->mark = g_strdup (ready->mark);
  /* What lists show of the rest depends on them. */
  take_settings (self, ready->settings);
  for (guint i = 0; i < ready->devices->len; i++)
    shoal_model_put_device (self, g_ptr_array_index (ready->devices, i));
  for (guint i = 0; i < ready->transfers->len; i++)
    shoal_model_put_transfer (self, g_ptr_array_index (ready->transfers, i));
  for (guint i = 0; i < ready->shares->len; i++)
    shoal_model_put_share (self, g_ptr_array_index (ready->shares, i));

  if (self->state != SHOAL_MODEL_STARTING)
    return; /* told to stop meanwhile */
  for (guint i = ready->offers->len; i > 0; i--)
    shoal_model_put_offer (self, g_ptr_array_index (ready->offers, i - 1));
  if (ready->settings->first_run_done)
    shoal_engine_thread_begin (self->thread);
  else
    set_state (self, SHOAL_MODEL_WELCOME);
}

static void
on_failed (const GError *error, gpointer user_data)
{
  ShoalModel *self = user_data;

  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  set_state (self, self->state == SHOAL_MODEL_STOPPING ? SHOAL_MODEL_STOPPED
                                                       : SHOAL_MODEL_FAILED);
}

static void
on_begun (gpointer user_data)
{
  ShoalModel *self = user_data;

  if (self->state != SHOAL_MODEL_STOPPING)
    set_state (self, SHOAL_MODEL_RUNNING);
}

static void
on_stopped (gpointer user_data)
{
  set_state (user_data, SHOAL_MODEL_STOPPED);
}

static void
tell_listening (ShoalModel *self, const char *address)
{
  g_ptr_array_insert (self->listening, (int) self->listening->len - 1, g_strdup (address));
  g_signal_emit (self, signals[LISTENING], 0, address);
}

static void
on_event (const ShoalEvent *event, gpointer user_data)
{
  ShoalModel *self = user_data;

  switch (event->type)
    {
    case SHOAL_EVENT_LISTENING:
      tell_listening (self, event->text);
      break;
    case SHOAL_EVENT_DEVICE:
      shoal_model_put_device (self, event->device);
      break;
    case SHOAL_EVENT_DEVICE_GONE:
      if (event->device->is_blocked)
        shoal_model_put_device (self, event->device); /* to be unblocked */
      else
        shoal_items_remove (&self->devices, event->device->id);
      break;
    case SHOAL_EVENT_OFFER:
      shoal_model_put_offer (self, event->offer);
      break;
    case SHOAL_EVENT_OFFER_GONE:
      shoal_items_remove (&self->offers, event->offer->id);
      break;
    case SHOAL_EVENT_ACCEPTED:
      if (event->transfer->direction == SHOAL_TRANSFER_GET && event->transfer->offer != NULL)
        shoal_items_remove (&self->offers, event->transfer->offer);
      shoal_model_put_transfer (self, event->transfer);
      break;
    case SHOAL_EVENT_FIRST_BYTE:
    case SHOAL_EVENT_TRANSFER:
    case SHOAL_EVENT_RESUMED:
      shoal_model_put_transfer (self, event->transfer);
      break;
    case SHOAL_EVENT_TRANSFER_GONE:
      shoal_model_remove_transfer (self, event->transfer);
      break;
    case SHOAL_EVENT_SHARE:
      shoal_model_put_share (self, event->share);
      break;
    case SHOAL_EVENT_SHARE_GONE:
      shoal_items_remove (&self->shares, event->share->id);
      shoal_model_update_totals (self);
      break;
    case SHOAL_EVENT_SETTINGS:
      take_settings (self, event->settings);
      break;
    case SHOAL_EVENT_NOTICE:
      g_signal_emit (self, signals[NOTICE], 0, event->text);
      break;
    case SHOAL_EVENT_ERROR:
      shoal_model_tell_error (self, event->error);
      break;
    default:
      break;
    }
}

static void
start_thread (ShoalModel *self)
{
  static const ShoalEngineThreadEvents events = {
    .ready = on_ready,
    .failed = on_failed,
    .begun = on_begun,
    .event = on_event,
    .stopped = on_stopped,
  };

  g_ptr_array_set_size (self->listening, 0);
  g_ptr_array_add (self->listening, NULL);
  self->thread = shoal_engine_thread_new (&self->options, &events, self);
}

/* --- The network, as the desktop sees it ----------------------------------- */

static void
set_attended (ShoalEngine *engine, gpointer data)
{
  shoal_engine_set_attended (engine, GPOINTER_TO_INT (data));
}

static void
set_metered (ShoalEngine *engine, gpointer data)
{
  shoal_engine_set_metered (engine, GPOINTER_TO_INT (data));
}

static void
update_network (ShoalModel *self)
{
  gboolean online = g_network_monitor_get_network_available (self->network)
                    || shoal_network_is_there ();
  gboolean metered = g_network_monitor_get_network_metered (self->network);

  if (self->is_online != online)
    {
      self->is_online = online;
      notify (self, PROP_IS_ONLINE);
    }
  if (self->is_metered != metered)
    {
      self->is_metered = metered;
      shoal_engine_thread_call (self->thread, set_metered, GINT_TO_POINTER (metered), NULL);
      notify (self, PROP_IS_METERED);
    }
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_model_dispose (GObject *object)
{
  ShoalModel *self = SHOAL_MODEL (object);

  if (self->network != NULL)
    g_signal_handlers_disconnect_by_data (self->network, self);
  self->network = NULL;
  g_clear_handle_id (&self->sample_timer, g_source_remove);
  g_clear_pointer (&self->thread, shoal_engine_thread_free);

  G_OBJECT_CLASS (shoal_model_parent_class)->dispose (object);
}

static void
shoal_model_finalize (GObject *object)
{
  ShoalModel *self = SHOAL_MODEL (object);

  g_hash_table_unref (self->active);
  shoal_items_clear (&self->devices);
  shoal_items_clear (&self->offers);
  shoal_items_clear (&self->transfers);
  shoal_items_clear (&self->shares);
  g_clear_pointer (&self->settings, shoal_settings_unref);
  g_clear_error (&self->error);
  g_ptr_array_unref (self->listening);
  g_free ((char *) self->options.state_dir);
  g_free ((char *) self->options.listen_address);
  g_free (self->id);
  g_free (self->mark);

  G_OBJECT_CLASS (shoal_model_parent_class)->finalize (object);
}

static void
shoal_model_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  ShoalModel *self = SHOAL_MODEL (object);

  switch ((ShoalModelProperty) prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;

    case PROP_NAME:
      g_value_set_string (value, shoal_model_get_name (self));
      break;

    case PROP_IS_MOVING:
      g_value_set_boolean (value, self->is_moving);
      break;

    case PROP_N_ACTIVE:
      g_value_set_uint (value, self->n_active);
      break;

    case PROP_IS_ONLINE:
      g_value_set_boolean (value, self->is_online);
      break;

    case PROP_IS_METERED:
      g_value_set_boolean (value, self->is_metered);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static guint
new_signal (const char *name, GType first, GType second)
{
  guint n = first == G_TYPE_NONE ? 0 : second == G_TYPE_NONE ? 1 : 2;

  return g_signal_new (name, SHOAL_TYPE_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, n, first, second);
}

static void
shoal_model_class_init (ShoalModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags
    = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = shoal_model_dispose;
  object_class->finalize = shoal_model_finalize;
  object_class->get_property = shoal_model_get_property;

  props[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, SHOAL_TYPE_MODEL_STATE,
                                         SHOAL_MODEL_STARTING, flags);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_IS_MOVING] = g_param_spec_boolean ("is-moving", NULL, NULL, FALSE, flags);
  props[PROP_N_ACTIVE] = g_param_spec_uint ("n-active", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_IS_ONLINE] = g_param_spec_boolean ("is-online", NULL, NULL, FALSE, flags);
  props[PROP_IS_METERED] = g_param_spec_boolean ("is-metered", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  signals[NOTICE] = new_signal ("notice", G_TYPE_STRING, G_TYPE_NONE);
  signals[ERROR_TOLD] = new_signal ("error", G_TYPE_ERROR, G_TYPE_NONE);
  new_signal ("offer-arrived", SHOAL_TYPE_OFFER_ITEM, G_TYPE_NONE);
  new_signal ("transfer-phase", SHOAL_TYPE_TRANSFER_ITEM, G_TYPE_INT);
  signals[LISTENING] = new_signal ("listening", G_TYPE_STRING, G_TYPE_NONE);
  signals[SETTINGS_CHANGED] = new_signal ("settings-changed", G_TYPE_NONE, G_TYPE_NONE);
}

static void
shoal_model_init (ShoalModel *self)
{
  shoal_items_init (&self->devices, SHOAL_TYPE_DEVICE_ITEM);
  shoal_items_init (&self->offers, SHOAL_TYPE_OFFER_ITEM);
  shoal_items_init (&self->transfers, SHOAL_TYPE_TRANSFER_ITEM);
  shoal_items_init (&self->shares, SHOAL_TYPE_SHARE_ITEM);
  self->active = g_hash_table_new (NULL, NULL);
  self->listening = g_ptr_array_new_with_free_func (g_free);
}

/* --- Public -------------------------------------------------------------- */

ShoalModel *
shoal_model_new (const ShoalEngineOptions *options)
{
  ShoalModel *self = g_object_new (SHOAL_TYPE_MODEL, NULL);

  self->options = *options;
  self->options.state_dir = g_strdup (options->state_dir);
  self->options.listen_address = g_strdup (options->listen_address);
  start_thread (self);

  self->network = g_network_monitor_get_default ();
  g_signal_connect_swapped (self->network, "network-changed", G_CALLBACK (update_network), self);
  g_signal_connect_swapped (self->network, "notify::network-metered",
                            G_CALLBACK (update_network), self);
  update_network (self);
  return self;
}

void
shoal_model_begin (ShoalModel *self)
{
  g_return_if_fail (SHOAL_IS_MODEL (self));

  if (self->state == SHOAL_MODEL_WELCOME)
    {
      set_state (self, SHOAL_MODEL_STARTING);
      shoal_engine_thread_begin (self->thread);
    }
}

void
shoal_model_retry (ShoalModel *self)
{
  g_return_if_fail (SHOAL_IS_MODEL (self));

  if (self->state != SHOAL_MODEL_FAILED)
    return;
  g_clear_error (&self->error);
  set_state (self, SHOAL_MODEL_STARTING);
  shoal_engine_thread_free (self->thread);
  start_thread (self);
  shoal_engine_thread_call (self->thread, set_metered, GINT_TO_POINTER (self->is_metered), NULL);
  shoal_engine_thread_call (self->thread, set_attended, GINT_TO_POINTER (self->attended), NULL);
}

void
shoal_model_stop (ShoalModel *self)
{
  g_return_if_fail (SHOAL_IS_MODEL (self));

  if (self->state == SHOAL_MODEL_STOPPING || self->state == SHOAL_MODEL_STOPPED)
    return;
  if (self->state == SHOAL_MODEL_FAILED)
    {
      set_state (self, SHOAL_MODEL_STOPPED);
      return;
    }
  set_state (self, SHOAL_MODEL_STOPPING);
  shoal_engine_thread_stop (self->thread);
}

ShoalModelState
shoal_model_get_state (ShoalModel *self)
{
  return self->state;
}

const GError *
shoal_model_get_error (ShoalModel *self)
{
  return self->error;
}

const char *
shoal_model_get_state_dir (ShoalModel *self)
{
  return self->options.state_dir;
}

const char *
shoal_model_get_id (ShoalModel *self)
{
  return self->id != NULL ? self->id : "";
}

const char *
shoal_model_get_mark (ShoalModel *self)
{
  return self->mark != NULL ? self->mark : "";
}

const char *
shoal_model_get_name (ShoalModel *self)
{
  return self->settings != NULL ? self->settings->name : "";
}

ShoalSettings *
shoal_model_get_settings (ShoalModel *self)
{
  return self->settings;
}

const char *const *
shoal_model_get_listening (ShoalModel *self)
{
  return (const char *const *) self->listening->pdata;
}

void
shoal_model_set_attended (ShoalModel *self, gboolean attended)
{
  if (self->attended == attended)
    return;

  self->attended = attended;
  shoal_engine_thread_call (self->thread, set_attended, GINT_TO_POINTER (attended), NULL);
}

gboolean
shoal_model_is_moving (ShoalModel *self)
{
  return self->is_moving;
}

guint
shoal_model_get_n_active (ShoalModel *self)
{
  return self->n_active;
}

gboolean
shoal_model_is_online (ShoalModel *self)
{
  return self->is_online;
}

gboolean
shoal_model_is_metered (ShoalModel *self)
{
  return self->is_metered;
}

GListModel *
shoal_model_get_devices (ShoalModel *self)
{
  return G_LIST_MODEL (self->devices.store);
}

GListModel *
shoal_model_get_offers (ShoalModel *self)
{
  return G_LIST_MODEL (self->offers.store);
}

GListModel *
shoal_model_get_transfers (ShoalModel *self)
{
  return G_LIST_MODEL (self->transfers.store);
}

GListModel *
shoal_model_get_shares (ShoalModel *self)
{
  return G_LIST_MODEL (self->shares.store);
}

ShoalDeviceItem *
shoal_model_find_device (ShoalModel *self, const char *id)
{
  return shoal_items_find (&self->devices, id);
}

ShoalOfferItem *
shoal_model_find_offer (ShoalModel *self, const char *id)
{
  return shoal_items_find (&self->offers, id);
}

ShoalTransferItem *
shoal_model_find_transfer (ShoalModel *self, const char *id)
{
  return shoal_items_find (&self->transfers, id);
}

ShoalShareItem *
shoal_model_find_share (ShoalModel *self, const char *id)
{
  return shoal_items_find (&self->shares, id);
}

ShoalEngineThread *
shoal_model_get_thread (ShoalModel *self)
{
  return self->thread;
}

void
shoal_model_tell_error (ShoalModel *self, const GError *error)
{
  if (!g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_CANCELLED)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[ERROR_TOLD], 0, error);
}
