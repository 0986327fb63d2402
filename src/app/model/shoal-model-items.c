/* shoal-model-items.c: snapshots become items, and what follows from all of them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"
#define SHOAL_MODEL_ITSELF

#include "config.h"

#include "shoal-model-private.h"

/* --- What follows from the transfers -------------------------------------- */

/* How far along what moves between us and @device is: -1 if nothing does. */
static double
progress_with (ShoalModel *self, const char *device)
{
  double bytes = 0, total = 0;
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->active);
  while (g_hash_table_iter_next (&iter, &item, NULL))
    {
      const ShoalTransferInfo *info = shoal_transfer_item_get_info (item);

      if (!shoal_transfer_item_is_moving (item) || g_strcmp0 (info->device, device) != 0)
        continue;
      bytes += (double) info->bytes;
      total += (double) info->total;
    }
  return total > 0 ? CLAMP (bytes / total, 0, 1) : -1;
}

static void
update_progress (ShoalModel *self, const char *device)
{
  ShoalDeviceItem *item = device != NULL ? shoal_items_find (&self->devices, device) : NULL;

  if (item != NULL)
    shoal_device_item_set_progress (item, progress_with (self, device));
}

static gboolean
on_sample (gpointer user_data)
{
  ShoalModel *self = user_data;
  gint64 now = g_get_monotonic_time ();
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->active);
  while (g_hash_table_iter_next (&iter, &item, NULL))
    shoal_transfer_item_sample (item, now);
  return G_SOURCE_CONTINUE;
}

static gboolean
does_move (ShoalModel *self)
{
  GHashTableIter iter;
  gpointer item;
  guint n_shares = g_list_model_get_n_items (G_LIST_MODEL (self->shares.store));

  g_hash_table_iter_init (&iter, self->active);
  while (g_hash_table_iter_next (&iter, &item, NULL))
    {
      if (shoal_transfer_item_is_moving (item))
        return TRUE;
    }
  for (guint i = 0; i < n_shares; i++)
    {
      g_autoptr (ShoalShareItem) share
        = g_list_model_get_item (G_LIST_MODEL (self->shares.store), i);

      if (shoal_share_item_get_info (share)->fetchers > 0)
        return TRUE;
    }
  return FALSE;
}

void
shoal_model_update_totals (ShoalModel *self)
{
  guint n_active = g_hash_table_size (self->active);
  gboolean is_moving = does_move (self);

  if (is_moving && self->sample_timer == 0)
    self->sample_timer = g_timeout_add_seconds (1, on_sample, self);
  else if (!is_moving)
    g_clear_handle_id (&self->sample_timer, g_source_remove);

  if (self->n_active != n_active)
    {
      self->n_active = n_active;
      g_object_notify (G_OBJECT (self), "n-active");
    }
  if (self->is_moving != is_moving)
    {
      self->is_moving = is_moving;
      g_object_notify (G_OBJECT (self), "is-moving");
    }
}

/* --- Snapshots into items ------------------------------------------------- */

void
shoal_model_put_device (ShoalModel *self, ShoalDeviceInfo *info)
{
  ShoalDeviceItem *item = shoal_items_find (&self->devices, info->id);

  if (item != NULL)
    shoal_device_item_update (item, info);
  else
    shoal_items_add (&self->devices, info->id, G_OBJECT (shoal_device_item_new (info)));
}

void
shoal_model_put_offer (ShoalModel *self, ShoalOfferInfo *info)
{
  ShoalOfferItem *item = shoal_items_find (&self->offers, info->id);

  if (item != NULL)
    {
      shoal_offer_item_update (item, info);
      return;
    }
  item = shoal_offer_item_new (info);
  shoal_items_add (&self->offers, info->id, G_OBJECT (item));
  g_signal_emit_by_name (self, "offer-arrived", item);
}

void
shoal_model_put_transfer (ShoalModel *self, ShoalTransferInfo *info)
{
  ShoalTransferItem *item = shoal_items_find (&self->transfers, info->id);
  int from = -1;

  if (item == NULL)
    {
      item = shoal_transfer_item_new (info);
      shoal_items_add (&self->transfers, info->id, G_OBJECT (item));
    }
  else
    {
      from = (int) shoal_transfer_item_get_info (item)->phase;
      shoal_transfer_item_update (item, info);
    }

  if (shoal_transfer_item_is_active (item))
    g_hash_table_add (self->active, item);
  else
    g_hash_table_remove (self->active, item);
  update_progress (self, info->device);
  shoal_model_update_totals (self);
  if (from != (int) info->phase && self->state == SHOAL_MODEL_RUNNING)
    g_signal_emit_by_name (self, "transfer-phase", item, from);
}

void
shoal_model_remove_transfer (ShoalModel *self, ShoalTransferInfo *info)
{
  ShoalTransferItem *item = shoal_items_find (&self->transfers, info->id);

  if (item == NULL)
    return;
  g_hash_table_remove (self->active, item);
  shoal_items_remove (&self->transfers, info->id);
  update_progress (self, info->device);
  shoal_model_update_totals (self);
}

void
shoal_model_put_share (ShoalModel *self, ShoalShareInfo *info)
{
  ShoalShareItem *item = shoal_items_find (&self->shares, info->id);

  if (item != NULL)
    shoal_share_item_update (item, info);
  else
    shoal_items_add (&self->shares, info->id, G_OBJECT (shoal_share_item_new (info)));
  shoal_model_update_totals (self);
}
