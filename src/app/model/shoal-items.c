/* shoal-items.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-items.h"

void
shoal_items_init (ShoalItems *self, GType type)
{
  self->store = g_list_store_new (type);
  self->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
shoal_items_clear (ShoalItems *self)
{
  g_clear_pointer (&self->by_id, g_hash_table_unref);
  g_clear_object (&self->store);
}

gpointer
shoal_items_find (const ShoalItems *self, const char *id)
{
  return g_hash_table_lookup (self->by_id, id);
}

void
shoal_items_add (ShoalItems *self, const char *id, GObject *item)
{
  g_hash_table_insert (self->by_id, g_strdup (id), item);
  g_list_store_append (self->store, item);
  g_object_unref (item);
}

void
shoal_items_remove (ShoalItems *self, const char *id)
{
  gpointer item = g_hash_table_lookup (self->by_id, id);
  guint position;

  if (item == NULL)
    return;

  /* First by ID: whoever is told by the list may ask for it. */
  g_hash_table_remove (self->by_id, id);
  if (g_list_store_find (self->store, item, &position))
    g_list_store_remove (self->store, position);
}
