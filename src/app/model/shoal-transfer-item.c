/* shoal-transfer-item.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-transfer-item.h"

#define SAMPLE_US G_USEC_PER_SEC

struct _ShoalTransferItem
{
  GObject            parent_instance;

  ShoalTransferInfo *info; /* (owned) */

  /* The latest rates: a ring. */
  double             rates[SHOAL_TRANSFER_ITEM_RATES];
  guint              n_rates;
  guint              first_rate;
  gint64             sampled; /* when the last one was added */
};

G_DEFINE_FINAL_TYPE (ShoalTransferItem, shoal_transfer_item, G_TYPE_OBJECT)

static guint changed_signal;
static guint rates_changed_signal;

/* --- GObject ------------------------------------------------------------- */

static void
shoal_transfer_item_finalize (GObject *object)
{
  shoal_transfer_info_unref (SHOAL_TRANSFER_ITEM (object)->info);
  G_OBJECT_CLASS (shoal_transfer_item_parent_class)->finalize (object);
}

static void
shoal_transfer_item_class_init (ShoalTransferItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shoal_transfer_item_finalize;
  changed_signal = g_signal_new ("changed", SHOAL_TYPE_TRANSFER_ITEM, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
  rates_changed_signal = g_signal_new ("rates-changed", SHOAL_TYPE_TRANSFER_ITEM,
                                       G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
shoal_transfer_item_init (ShoalTransferItem *self)
{
}

/* --- Public -------------------------------------------------------------- */

ShoalTransferItem *
shoal_transfer_item_new (ShoalTransferInfo *info)
{
  ShoalTransferItem *self = g_object_new (SHOAL_TYPE_TRANSFER_ITEM, NULL);

  self->info = shoal_transfer_info_ref (info);
  return self;
}

ShoalTransferInfo *
shoal_transfer_item_get_info (ShoalTransferItem *self)
{
  return self->info;
}

const char *
shoal_transfer_item_get_id (ShoalTransferItem *self)
{
  return self->info->id;
}

double
shoal_transfer_item_get_fraction (ShoalTransferItem *self)
{
  const ShoalTransferInfo *info = self->info;

  if (info->phase == SHOAL_TRANSFER_DONE)
    return 1;
  return info->total > 0 ? CLAMP ((double) info->bytes / (double) info->total, 0, 1) : 0;
}

gboolean
shoal_transfer_item_is_active (ShoalTransferItem *self)
{
  ShoalTransferPhase phase = self->info->phase;

  return phase != SHOAL_TRANSFER_DONE && phase != SHOAL_TRANSFER_DECLINED
         && phase != SHOAL_TRANSFER_FAILED;
}

gboolean
shoal_transfer_item_is_moving (ShoalTransferItem *self)
{
  ShoalTransferPhase phase = self->info->phase;

  return phase == SHOAL_TRANSFER_RUNNING || phase == SHOAL_TRANSFER_SYNCING;
}

double *
shoal_transfer_item_dup_rates (ShoalTransferItem *self, guint *n)
{
  double *rates = g_new (double, MAX (self->n_rates, 1));

  for (guint i = 0; i < self->n_rates; i++)
    rates[i] = self->rates[(self->first_rate + i) % SHOAL_TRANSFER_ITEM_RATES];
  *n = self->n_rates;
  return rates;
}

void
shoal_transfer_item_update (ShoalTransferItem *self, ShoalTransferInfo *info)
{
  g_autoptr (ShoalTransferInfo) old = self->info;

  self->info = shoal_transfer_info_ref (info);
  if (old != info)
    g_signal_emit (self, changed_signal, 0);
}

void
shoal_transfer_item_sample (ShoalTransferItem *self, gint64 now)
{
  guint place;

  if (!shoal_transfer_item_is_moving (self) || now - self->sampled < SAMPLE_US)
    return;

  self->sampled = now;
  place = (self->first_rate + self->n_rates) % SHOAL_TRANSFER_ITEM_RATES;
  self->rates[place] = self->info->rate;
  if (self->n_rates < SHOAL_TRANSFER_ITEM_RATES)
    self->n_rates++;
  else
    self->first_rate = (self->first_rate + 1) % SHOAL_TRANSFER_ITEM_RATES;
  g_signal_emit (self, rates_changed_signal, 0);
}
