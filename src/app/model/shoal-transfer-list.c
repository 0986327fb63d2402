/* shoal-transfer-list.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-transfer-list.h"

#include "shoal-transfer-words.h"

struct _ShoalTransferList
{
  GObject     parent_instance;

  GListModel *source;   /* (owned) */
  GPtrArray  *followed; /* (owned) of ShoalTransferItem: the source's, in its order */
  GPtrArray  *shown;    /* (owned) of ShoalTransferItem */
  GHashTable *hidden;   /* (owned): set of IDs */
  gboolean    over;
  guint       limit;    /* of what those who watch are told of */
  guint       told;     /* how many they know: the first of `shown` */
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ShoalTransferList, shoal_transfer_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

/* --- Order ----------------------------------------------------------------- */

static int
compare_times (gint64 a, gint64 b)
{
  return a < b ? -1 : a > b;
}

static int
compare (ShoalTransferList *self, ShoalTransferItem *one, ShoalTransferItem *other)
{
  const ShoalTransferInfo *a = shoal_transfer_item_get_info (one);
  const ShoalTransferInfo *b = shoal_transfer_item_get_info (other);
  int order = 0;

  if (self->over)
    order = compare_times (b->finished_at, a->finished_at);
  else if (a->position != b->position)
    order = a->position < b->position ? -1 : 1;
  if (order == 0)
    order = compare_times (b->created_at, a->created_at);
  return order != 0 ? order : g_strcmp0 (a->id, b->id);
}

static gboolean
belongs (ShoalTransferList *self, ShoalTransferItem *item)
{
  const ShoalTransferInfo *info = shoal_transfer_item_get_info (item);

  return shoal_transfer_words_is_over (info) == self->over
         && !g_hash_table_contains (self->hidden, info->id);
}

/* --- Changes --------------------------------------------------------------- */

/* What is beyond the limit comes and goes at its edge, one at a time. */

static void
take_out (ShoalTransferList *self, guint position)
{
  g_ptr_array_remove_index (self->shown, position);
  if (position >= self->told)
    {
      g_list_model_items_changed (G_LIST_MODEL (self), self->told, 0, 0);
      return;
    }

  self->told--;
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
  if (self->told < MIN (self->shown->len, self->limit))
    {
      self->told++;
      g_list_model_items_changed (G_LIST_MODEL (self), self->told - 1, 0, 1);
    }
}

static void
put_in (ShoalTransferList *self, ShoalTransferItem *item)
{
  guint low = 0;
  guint high = self->shown->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (compare (self, g_ptr_array_index (self->shown, middle), item) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  if (low < self->limit && self->told == self->limit)
    {
      self->told--;
      g_list_model_items_changed (G_LIST_MODEL (self), self->told, 1, 0);
    }
  g_ptr_array_insert (self->shown, (int) low, g_object_ref (item));
  if (low < self->limit)
    self->told++;
  /* Beyond the limit only the total has changed. */
  g_list_model_items_changed (G_LIST_MODEL (self), MIN (low, self->told), 0,
                              low < self->limit ? 1 : 0);
}

static gboolean
stands_right (ShoalTransferList *self, guint position)
{
  ShoalTransferItem *item = g_ptr_array_index (self->shown, position);

  if (position > 0 && compare (self, g_ptr_array_index (self->shown, position - 1), item) > 0)
    return FALSE;
  return position + 1 >= self->shown->len
         || compare (self, item, g_ptr_array_index (self->shown, position + 1)) < 0;
}

static void
place (ShoalTransferList *self, ShoalTransferItem *item)
{
  guint position;
  gboolean is_in = g_ptr_array_find (self->shown, item, &position);
  gboolean should = belongs (self, item);

  if (is_in && should && stands_right (self, position))
    return;
  if (is_in)
    take_out (self, position);
  if (should)
    put_in (self, item);
}

static void
on_changed (ShoalTransferItem *item, ShoalTransferList *self)
{
  place (self, item);
}

static void
follow (ShoalTransferList *self, ShoalTransferItem *item, guint position)
{
  g_ptr_array_insert (self->followed, (int) position, g_object_ref (item));
  g_signal_connect (item, "changed", G_CALLBACK (on_changed), self);
  place (self, item);
}

static void
leave (ShoalTransferList *self, ShoalTransferItem *item)
{
  guint position;

  g_signal_handlers_disconnect_by_func (item, on_changed, self);
  if (g_ptr_array_find (self->shown, item, &position))
    take_out (self, position);
}

static void
on_items_changed (GListModel *source, guint position, guint removed, guint added,
                  ShoalTransferList *self)
{
  for (guint i = 0; i < removed; i++)
    {
      g_autoptr (ShoalTransferItem) item
        = g_object_ref (g_ptr_array_index (self->followed, position));

      g_ptr_array_remove_index (self->followed, position);
      leave (self, item);
    }
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (ShoalTransferItem) item = g_list_model_get_item (source, position + i);

      follow (self, item, position + i);
    }
}

/* --- GListModel ------------------------------------------------------------ */

static GType
get_item_type (GListModel *list)
{
  return SHOAL_TYPE_TRANSFER_ITEM;
}

static guint
get_n_items (GListModel *list)
{
  return SHOAL_TRANSFER_LIST (list)->told;
}

static gpointer
get_item (GListModel *list, guint position)
{
  ShoalTransferList *self = SHOAL_TRANSFER_LIST (list);

  return position < self->told ? g_object_ref (g_ptr_array_index (self->shown, position)) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_transfer_list_dispose (GObject *object)
{
  ShoalTransferList *self = SHOAL_TRANSFER_LIST (object);

  for (guint i = 0; i < self->followed->len; i++)
    g_signal_handlers_disconnect_by_func (g_ptr_array_index (self->followed, i), on_changed, self);
  g_ptr_array_set_size (self->followed, 0);
  g_ptr_array_set_size (self->shown, 0);
  self->told = 0;
  if (self->source != NULL)
    g_signal_handlers_disconnect_by_func (self->source, on_items_changed, self);
  g_clear_object (&self->source);

  G_OBJECT_CLASS (shoal_transfer_list_parent_class)->dispose (object);
}

static void
shoal_transfer_list_finalize (GObject *object)
{
  ShoalTransferList *self = SHOAL_TRANSFER_LIST (object);

  g_ptr_array_unref (self->followed);
  g_ptr_array_unref (self->shown);
  g_hash_table_unref (self->hidden);

  G_OBJECT_CLASS (shoal_transfer_list_parent_class)->finalize (object);
}

static void
shoal_transfer_list_class_init (ShoalTransferListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = shoal_transfer_list_dispose;
  object_class->finalize = shoal_transfer_list_finalize;
}

static void
shoal_transfer_list_init (ShoalTransferList *self)
{
  self->followed = g_ptr_array_new_with_free_func (g_object_unref);
  self->shown = g_ptr_array_new_with_free_func (g_object_unref);
  self->hidden = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/* --- Public ---------------------------------------------------------------- */

ShoalTransferList *
shoal_transfer_list_new (GListModel *transfers, gboolean over, guint limit)
{
  ShoalTransferList *self = g_object_new (SHOAL_TYPE_TRANSFER_LIST, NULL);

  self->over = over;
  self->limit = limit;
  self->source = g_object_ref (transfers);
  g_signal_connect (transfers, "items-changed", G_CALLBACK (on_items_changed), self);
  on_items_changed (transfers, 0, 0, g_list_model_get_n_items (transfers), self);
  return self;
}

void
shoal_transfer_list_set_hidden (ShoalTransferList *self, const char *id, gboolean hidden)
{
  g_return_if_fail (SHOAL_IS_TRANSFER_LIST (self) && id != NULL);

  if (hidden)
    g_hash_table_add (self->hidden, g_strdup (id));
  else
    g_hash_table_remove (self->hidden, id);

  for (guint i = 0; i < self->followed->len; i++)
    {
      ShoalTransferItem *item = g_ptr_array_index (self->followed, i);

      if (g_str_equal (shoal_transfer_item_get_id (item), id))
        {
          place (self, item);
          break;
        }
    }
}

void
shoal_transfer_list_set_limit (ShoalTransferList *self, guint limit)
{
  guint before = self->told;

  g_return_if_fail (SHOAL_IS_TRANSFER_LIST (self) && limit >= self->limit);

  self->limit = limit;
  self->told = MIN (self->shown->len, limit);
  if (self->told > before)
    g_list_model_items_changed (G_LIST_MODEL (self), before, 0, self->told - before);
}

guint
shoal_transfer_list_get_limit (ShoalTransferList *self)
{
  return self->limit;
}

guint
shoal_transfer_list_get_total (ShoalTransferList *self)
{
  return self->shown->len;
}

ShoalTransferItem *
shoal_transfer_list_peek (ShoalTransferList *self, guint position)
{
  g_return_val_if_fail (SHOAL_IS_TRANSFER_LIST (self), NULL);

  return position < self->shown->len ? g_ptr_array_index (self->shown, position) : NULL;
}

gboolean
shoal_transfer_list_find (ShoalTransferList *self, const char *id, guint *position)
{
  g_return_val_if_fail (SHOAL_IS_TRANSFER_LIST (self) && id != NULL, FALSE);

  for (guint i = 0; i < self->shown->len; i++)
    if (g_str_equal (shoal_transfer_item_get_id (g_ptr_array_index (self->shown, i)), id))
      {
        if (position != NULL)
          *position = i;
        return TRUE;
      }
  return FALSE;
}
