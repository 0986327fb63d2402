/* shoal-offer-item.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-offer-item.h"

struct _ShoalOfferItem
{
  GObject         parent_instance;

  ShoalOfferInfo *info; /* (owned) */
};

G_DEFINE_FINAL_TYPE (ShoalOfferItem, shoal_offer_item, G_TYPE_OBJECT)

static guint changed_signal;

static void
shoal_offer_item_finalize (GObject *object)
{
  shoal_offer_info_unref (SHOAL_OFFER_ITEM (object)->info);
  G_OBJECT_CLASS (shoal_offer_item_parent_class)->finalize (object);
}

static void
shoal_offer_item_class_init (ShoalOfferItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shoal_offer_item_finalize;
  changed_signal = g_signal_new ("changed", SHOAL_TYPE_OFFER_ITEM, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
shoal_offer_item_init (ShoalOfferItem *self)
{
}

/* --- Public -------------------------------------------------------------- */

ShoalOfferItem *
shoal_offer_item_new (ShoalOfferInfo *info)
{
  ShoalOfferItem *self = g_object_new (SHOAL_TYPE_OFFER_ITEM, NULL);

  self->info = shoal_offer_info_ref (info);
  return self;
}

ShoalOfferInfo *
shoal_offer_item_get_info (ShoalOfferItem *self)
{
  return self->info;
}

const char *
shoal_offer_item_get_id (ShoalOfferItem *self)
{
  return self->info->id;
}

void
shoal_offer_item_update (ShoalOfferItem *self, ShoalOfferInfo *info)
{
  g_autoptr (ShoalOfferInfo) old = self->info;

  self->info = shoal_offer_info_ref (info);
  if (old != info)
    g_signal_emit (self, changed_signal, 0);
}
