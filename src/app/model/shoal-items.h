/* shoal-items.h: a list of items that are also found by their IDs.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Part of the model; embedded. */
typedef struct
{
  GListStore *store; /* (owned) */
  GHashTable *by_id; /* (owned): ID → item in the store */
} ShoalItems;

void     shoal_items_init   (ShoalItems *self, GType type);
void     shoal_items_clear  (ShoalItems *self);
/* (transfer none) (nullable) */
gpointer shoal_items_find   (const ShoalItems *self, const char *id);
/* @item: (transfer full) */
void     shoal_items_add    (ShoalItems *self, const char *id, GObject *item);
/* Unknown ones are none of our business. */
void     shoal_items_remove (ShoalItems *self, const char *id);

G_END_DECLS
