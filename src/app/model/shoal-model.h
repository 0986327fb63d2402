/* shoal-model.h: what the views show: the engine's state, as lists of items.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-device-item.h"
#include "shoal-engine-thread.h"
#include "shoal-offer-item.h"
#include "shoal-share-item.h"
#include "shoal-transfer-item.h"

G_BEGIN_DECLS

typedef enum
{
  SHOAL_MODEL_STARTING, /* the state is being opened */
  SHOAL_MODEL_WELCOME,  /* first run: nothing is announced before shoal_model_begin() */
  SHOAL_MODEL_RUNNING,
  SHOAL_MODEL_FAILED,   /* see shoal_model_get_error(); shoal_model_retry() */
  SHOAL_MODEL_STOPPING,
  SHOAL_MODEL_STOPPED,
} ShoalModelState;

#define SHOAL_TYPE_MODEL_STATE (shoal_model_state_get_type ())
GType shoal_model_state_get_type (void);

/**
 * ShoalModel:
 *
 * Lives as long as the application, on GTK's thread. The lists hold items that
 * are updated in place and never rebuilt: sort and filter them with GTK's list
 * models. Commands (shoal-commands.h) take the model.
 *
 * Properties: state, name (of this device), is-moving (bytes move in some
 * transfer), n-active (uint, transfers that are not over), is-online (there is a
 * network), is-metered.
 *
 * Signals:
 * - "notice" (const char *text): something a person should know;
 * - "error" (GError *error): trouble that belongs to no transfer, or a command
 *   of a widget that failed;
 * - "offer-arrived" (ShoalOfferItem *offer): once for each, also for those that
 *   waited since before a restart;
 * - "transfer-phase" (ShoalTransferItem *item, int from): its phase changed while
 *   we looked, from ShoalTransferPhase; for notifications;
 * - "listening" (const char *address): ADDRESS:PORT, for troubleshooting;
 * - "settings-changed": what the engine obeys has changed, see
 *   shoal_model_get_settings().
 */
#define SHOAL_TYPE_MODEL (shoal_model_get_type ())
G_DECLARE_FINAL_TYPE (ShoalModel, shoal_model, SHOAL, MODEL, GObject)

/* Opens the state behind; see "state". @options is copied. */
ShoalModel *shoal_model_new   (const ShoalEngineOptions *options);
/* Leaves the first run. */
void        shoal_model_begin (ShoalModel *self);
/* Tries again after FAILED. */
void        shoal_model_retry (ShoalModel *self);
/* Ends the engine well; "state" becomes STOPPED. Before the last reference goes. */
void        shoal_model_stop  (ShoalModel *self);

ShoalModelState shoal_model_get_state (ShoalModel *self);
/* (nullable): why FAILED */
const GError   *shoal_model_get_error (ShoalModel *self);
const char     *shoal_model_get_state_dir (ShoalModel *self);

/* Of this device; "" before the state is open. */
const char *shoal_model_get_id   (ShoalModel *self);
const char *shoal_model_get_mark (ShoalModel *self);
const char *shoal_model_get_name (ShoalModel *self);
/* What the engine obeys. (transfer none) (nullable): NULL before the state is open. */
ShoalSettings *shoal_model_get_settings (ShoalModel *self);
/* ADDRESS:PORT where we listen. (transfer none) (array zero-terminated=1) */
const char *const *shoal_model_get_listening (ShoalModel *self);

/* A window is there to be looked at: told to the engine (“while the window is
 * open”). */
void     shoal_model_set_attended (ShoalModel *self, gboolean attended);

gboolean shoal_model_is_moving   (ShoalModel *self);
guint    shoal_model_get_n_active (ShoalModel *self);
gboolean shoal_model_is_online   (ShoalModel *self);
gboolean shoal_model_is_metered  (ShoalModel *self);

/* (transfer none), of ShoalDeviceItem, ShoalOfferItem, …, in order of arrival. */
GListModel *shoal_model_get_devices   (ShoalModel *self);
GListModel *shoal_model_get_offers    (ShoalModel *self);
GListModel *shoal_model_get_transfers (ShoalModel *self);
GListModel *shoal_model_get_shares    (ShoalModel *self);

/* (transfer none) (nullable) */
ShoalDeviceItem   *shoal_model_find_device   (ShoalModel *self, const char *id);
ShoalOfferItem    *shoal_model_find_offer    (ShoalModel *self, const char *id);
ShoalTransferItem *shoal_model_find_transfer (ShoalModel *self, const char *id);
ShoalShareItem    *shoal_model_find_share    (ShoalModel *self, const char *id);

/* For commands: never in a widget. (transfer none); a call on it when the
 * engine is not there ends in CANCELLED. */
ShoalEngineThread *shoal_model_get_thread (ShoalModel *self);
/* For commands: emits "error", unless it is a cancellation. */
void               shoal_model_tell_error (ShoalModel *self, const GError *error);

G_END_DECLS
