/* shoal-share-item.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-share-item.h"

struct _ShoalShareItem
{
  GObject         parent_instance;

  ShoalShareInfo *info; /* (owned) */
};

G_DEFINE_FINAL_TYPE (ShoalShareItem, shoal_share_item, G_TYPE_OBJECT)

static guint changed_signal;

static void
shoal_share_item_finalize (GObject *object)
{
  shoal_share_info_unref (SHOAL_SHARE_ITEM (object)->info);
  G_OBJECT_CLASS (shoal_share_item_parent_class)->finalize (object);
}

static void
shoal_share_item_class_init (ShoalShareItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shoal_share_item_finalize;
  changed_signal = g_signal_new ("changed", SHOAL_TYPE_SHARE_ITEM, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
shoal_share_item_init (ShoalShareItem *self)
{
}

/* --- Public -------------------------------------------------------------- */

ShoalShareItem *
shoal_share_item_new (ShoalShareInfo *info)
{
  ShoalShareItem *self = g_object_new (SHOAL_TYPE_SHARE_ITEM, NULL);

  self->info = shoal_share_info_ref (info);
  return self;
}

ShoalShareInfo *
shoal_share_item_get_info (ShoalShareItem *self)
{
  return self->info;
}

const char *
shoal_share_item_get_id (ShoalShareItem *self)
{
  return self->info->id;
}

void
shoal_share_item_update (ShoalShareItem *self, ShoalShareInfo *info)
{
  g_autoptr (ShoalShareInfo) old = self->info;

  self->info = shoal_share_info_ref (info);
  if (old != info)
    g_signal_emit (self, changed_signal, 0);
}
