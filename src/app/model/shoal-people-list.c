/* shoal-people-list.c: the friends, or those who are near, of the model's devices.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-people-list.h"

struct _ShoalPeopleList
{
  GObject     parent_instance;

  ShoalPeople people;
  GListModel *devices; /* (owned) */
  GPtrArray  *watched; /* (owned) of ShoalDeviceItem, as @devices has them */
  GSequence  *shown;   /* (owned) of Entry */
  GHashTable *places;  /* (owned): ShoalDeviceItem → GSequenceIter */
};

typedef struct
{
  ShoalDeviceItem *item;      /* (owned) */
  char            *key;       /* (owned): of its name, for comparing */
  gboolean         is_friend;
} Entry;

static void shoal_people_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ShoalPeopleList, shoal_people_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      shoal_people_list_model_init))

static Entry *
entry_new (ShoalDeviceItem *item)
{
  Entry *entry = g_new0 (Entry, 1);
  g_autofree char *folded = g_utf8_casefold (shoal_device_item_get_name (item), -1);

  entry->item = g_object_ref (item);
  entry->key = g_utf8_collate_key (folded, -1);
  entry->is_friend = shoal_device_item_get_info (item)->is_friend;
  return entry;
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_object_unref (entry->item);
  g_free (entry->key);
  g_free (entry);
}

/* A person is a place: nothing that changes by the minute moves anybody. */
static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Entry *x = a;
  const Entry *y = b;
  int order = y->is_friend - x->is_friend;

  if (order == 0)
    order = g_strcmp0 (x->key, y->key);
  return order != 0 ? order
                    : g_strcmp0 (shoal_device_item_get_id (x->item),
                                 shoal_device_item_get_id (y->item));
}

static gboolean
belongs (ShoalPeopleList *self, ShoalDeviceItem *item)
{
  ShoalDeviceInfo *info = shoal_device_item_get_info (item);
  gboolean is_near = !info->is_friend
                     && (info->reach != SHOAL_REACH_NONE || info->offers_in > 0
                         || info->offers_out > 0);

  if (info->is_blocked)
    return FALSE;
  switch (self->people)
    {
    case SHOAL_PEOPLE_FRIENDS:
      return info->is_friend;
    case SHOAL_PEOPLE_NEARBY:
      return is_near;
    case SHOAL_PEOPLE_ALL:
    default:
      return info->is_friend || is_near;
    }
}

/* --- Changes ------------------------------------------------------------- */

static void
take_out (ShoalPeopleList *self, GSequenceIter *place)
{
  guint position = (guint) g_sequence_iter_get_position (place);

  g_hash_table_remove (self->places, ((Entry *) g_sequence_get (place))->item);
  g_sequence_remove (place);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

static void
put_in (ShoalPeopleList *self, ShoalDeviceItem *item)
{
  GSequenceIter *place
    = g_sequence_insert_sorted (self->shown, entry_new (item), compare, NULL);

  g_hash_table_insert (self->places, item, place);
  g_list_model_items_changed (G_LIST_MODEL (self), (guint) g_sequence_iter_get_position (place),
                              0, 1);
}

static gboolean
is_in_place (GSequenceIter *place, ShoalDeviceItem *item)
{
  Entry *now = entry_new (item);
  gboolean same = compare (g_sequence_get (place), now, NULL) == 0;

  entry_free (now);
  return same;
}

static void
on_changed (ShoalDeviceItem *item, gpointer user_data)
{
  ShoalPeopleList *self = user_data;
  GSequenceIter *place = g_hash_table_lookup (self->places, item);
  gboolean wanted = belongs (self, item);

  if (place != NULL && (!wanted || !is_in_place (place, item)))
    {
      take_out (self, place);
      place = NULL;
    }
  if (wanted && place == NULL)
    put_in (self, item);
}

static void
unwatch (ShoalPeopleList *self, ShoalDeviceItem *item)
{
  GSequenceIter *place = g_hash_table_lookup (self->places, item);

  g_signal_handlers_disconnect_by_func (item, on_changed, self);
  if (place != NULL)
    take_out (self, place);
}

static void
on_items_changed (GListModel *devices, guint position, guint removed, guint added,
                  gpointer user_data)
{
  ShoalPeopleList *self = user_data;

  for (guint i = 0; i < removed; i++)
    {
      g_autoptr (ShoalDeviceItem) item = g_ptr_array_index (self->watched, position);

      g_ptr_array_remove_index (self->watched, position);
      unwatch (self, item);
    }
  for (guint i = 0; i < added; i++)
    {
      ShoalDeviceItem *item = g_list_model_get_item (devices, position + i);

      g_ptr_array_insert (self->watched, (int) (position + i), item);
      g_signal_connect (item, "changed", G_CALLBACK (on_changed), self);
      on_changed (item, self);
    }
}

/* --- GListModel ---------------------------------------------------------- */

static GType
get_item_type (GListModel *model)
{
  return SHOAL_TYPE_DEVICE_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return (guint) g_sequence_get_length (SHOAL_PEOPLE_LIST (model)->shown);
}

static gpointer
get_item (GListModel *model, guint position)
{
  GSequenceIter *place
    = g_sequence_get_iter_at_pos (SHOAL_PEOPLE_LIST (model)->shown, (int) position);

  if (g_sequence_iter_is_end (place))
    return NULL;
  return g_object_ref (((Entry *) g_sequence_get (place))->item);
}

static void
shoal_people_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_people_list_dispose (GObject *object)
{
  ShoalPeopleList *self = SHOAL_PEOPLE_LIST (object);

  if (self->devices != NULL)
    g_signal_handlers_disconnect_by_data (self->devices, self);
  g_clear_object (&self->devices);
  for (guint i = 0; i < self->watched->len; i++)
    {
      g_signal_handlers_disconnect_by_data (self->watched->pdata[i], self);
      g_object_unref (self->watched->pdata[i]);
    }
  g_ptr_array_set_size (self->watched, 0);
  G_OBJECT_CLASS (shoal_people_list_parent_class)->dispose (object);
}

static void
shoal_people_list_finalize (GObject *object)
{
  ShoalPeopleList *self = SHOAL_PEOPLE_LIST (object);

  g_ptr_array_unref (self->watched);
  g_hash_table_unref (self->places);
  g_sequence_free (self->shown);
  G_OBJECT_CLASS (shoal_people_list_parent_class)->finalize (object);
}

static void
shoal_people_list_class_init (ShoalPeopleListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = shoal_people_list_dispose;
  object_class->finalize = shoal_people_list_finalize;
}

static void
shoal_people_list_init (ShoalPeopleList *self)
{
  self->watched = g_ptr_array_new ();
  self->shown = g_sequence_new (entry_free);
  self->places = g_hash_table_new (NULL, NULL);
}

ShoalPeopleList *
shoal_people_list_new (GListModel *devices, ShoalPeople people)
{
  ShoalPeopleList *self;

  g_return_val_if_fail (G_IS_LIST_MODEL (devices), NULL);

  self = g_object_new (SHOAL_TYPE_PEOPLE_LIST, NULL);
  self->people = people;
  self->devices = g_object_ref (devices);
  g_signal_connect (devices, "items-changed", G_CALLBACK (on_items_changed), self);
  on_items_changed (devices, 0, 0, g_list_model_get_n_items (devices), self);
  return self;
}
