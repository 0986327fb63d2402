/* shoal-model-private.h: the model's insides, for the files that are the model.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_MODEL_ITSELF
#error "Only for the model itself."
#endif

#include "shoal-items.h"
#include "shoal-model.h"

G_BEGIN_DECLS

struct _ShoalModel
{
  GObject             parent_instance;

  ShoalEngineOptions  options;     /* its strings (owned) */
  ShoalModelState     state;
  GError             *error;       /* (owned) (nullable) */
  ShoalEngineThread  *thread;      /* (owned) */

  char               *id, *mark;   /* (owned) */
  ShoalSettings      *settings;    /* (owned) (nullable) */
  GPtrArray          *listening;   /* (owned): NULL-terminated text */
  gboolean            attended;

  ShoalItems          devices, offers, transfers, shares;

  /* Of the transfers: those that are not over. */
  GHashTable         *active;      /* (owned): set of items in `transfers` */
  guint               n_active;    /* as notified */
  gboolean            is_moving;
  guint               sample_timer;

  GNetworkMonitor    *network;     /* (unowned): GIO's */
  gboolean            is_online, is_metered;
};

/* New, or newer than what we have. */
void shoal_model_put_device      (ShoalModel *self, ShoalDeviceInfo *info);
void shoal_model_put_offer       (ShoalModel *self, ShoalOfferInfo *info);
void shoal_model_put_transfer    (ShoalModel *self, ShoalTransferInfo *info);
void shoal_model_put_share       (ShoalModel *self, ShoalShareInfo *info);
void shoal_model_remove_transfer (ShoalModel *self, ShoalTransferInfo *info);
/* Counts anew what is active and what moves. */
void shoal_model_update_totals   (ShoalModel *self);

G_END_DECLS
