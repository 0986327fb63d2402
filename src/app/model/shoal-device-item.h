/* shoal-device-item.h: a device, as lists and rows bind to it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-snapshot.h"

G_BEGIN_DECLS

/**
 * ShoalDeviceItem:
 *
 * One device in the model, from when it is first seen until it is gone; updated
 * in place: "changed" after every new snapshot, and before it the notification of
 * a property that differs. GTK's thread.
 *
 * Properties: name (the label; never empty), is-friend, is-blocked.
 */
#define SHOAL_TYPE_DEVICE_ITEM (shoal_device_item_get_type ())
G_DECLARE_FINAL_TYPE (ShoalDeviceItem, shoal_device_item, SHOAL, DEVICE_ITEM, GObject)

ShoalDeviceItem *shoal_device_item_new      (ShoalDeviceInfo *info);
/* (transfer none): the newest snapshot; never NULL. */
ShoalDeviceInfo *shoal_device_item_get_info (ShoalDeviceItem *self);
const char      *shoal_device_item_get_id   (ShoalDeviceItem *self);
/* What to call it; never empty. */
const char      *shoal_device_item_get_name (ShoalDeviceItem *self);
guint            shoal_device_item_get_waiting  (ShoalDeviceItem *self);
double           shoal_device_item_get_progress (ShoalDeviceItem *self);

/* For the model. */
void shoal_device_item_update       (ShoalDeviceItem *self, ShoalDeviceInfo *info);
void shoal_device_item_set_progress (ShoalDeviceItem *self, double progress);

G_END_DECLS
