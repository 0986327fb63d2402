/* shoal-engine-people.c: what we think of other devices.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-people.h"

#include "shoal-engine-private.h"

#include <glib/gi18n-lib.h>

/* --- Lists --------------------------------------------------------------- */

static int
by_label (gconstpointer a, gconstpointer b)
{
  const ShoalDeviceInfo *x = *(ShoalDeviceInfo *const *) a;
  const ShoalDeviceInfo *y = *(ShoalDeviceInfo *const *) b;
  int order = g_utf8_collate (x->label, y->label);

  return order != 0 ? order : g_strcmp0 (x->id, y->id);
}

static GPtrArray *
list (ShoalEngine *self, gboolean blocked)
{
  GPtrArray *devices
    = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_device_info_unref);
  g_autoptr (GPtrArray) records = shoal_device_book_get_all (self->book);

  for (guint i = 0; i < records->len; i++)
    {
      ShoalDeviceRecord *record = g_ptr_array_index (records, i);

      if (blocked ? record->is_blocked : record->is_friend && !record->is_blocked)
        g_ptr_array_add (devices, shoal_engine_describe_device (self, &record->id));
    }
  g_ptr_array_sort (devices, by_label);
  return devices;
}

GPtrArray *
shoal_engine_get_friends (ShoalEngine *self)
{
  g_return_val_if_fail (SHOAL_IS_ENGINE (self), NULL);

  return list (self, FALSE);
}

GPtrArray *
shoal_engine_get_blocked (ShoalEngine *self)
{
  g_return_val_if_fail (SHOAL_IS_ENGINE (self), NULL);

  return list (self, TRUE);
}

/* --- Commands ------------------------------------------------------------ */

static gboolean
find_friend (ShoalEngine *self, const char *device, ShoalDeviceId *id, GError **error)
{
  const ShoalDeviceRecord *record;

  if (!shoal_engine_parse_device (self, device, id, error))
    return FALSE;
  record = shoal_device_book_get (self->book, id);
  if (record != NULL && record->is_friend)
    return TRUE;
  return shoal_error_set (error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE,
                          _("Add it as a friend first."), _("That device is not a friend"));
}

static void
tell (ShoalEngine *self, const ShoalDeviceId *id)
{
  g_autoptr (ShoalDeviceInfo) info = shoal_engine_describe_device (self, id);

  shoal_engine_tell (self, &(ShoalEvent){ .type = SHOAL_EVENT_DEVICE, .device = info });
}

/* One more or one less of a name changes what all of that name are called. */
static void
tell_nicknamed (ShoalEngine *self, const char *nickname)
{
  g_autoptr (GPtrArray) records = NULL;

  if (nickname == NULL)
    return;
  records = shoal_device_book_get_nicknamed (self->book, nickname);
  for (guint i = 0; i < records->len; i++)
    tell (self, &((const ShoalDeviceRecord *) g_ptr_array_index (records, i))->id);
}

gboolean
shoal_engine_rename_friend (ShoalEngine *self, const char *device, const char *nickname,
                            GError **error)
{
  g_autofree char *checked = NULL;
  g_autofree char *before = NULL;
  ShoalDeviceId id;

  g_return_val_if_fail (SHOAL_IS_ENGINE (self), FALSE);

  if (!find_friend (self, device, &id, error))
    return FALSE;
  if (nickname != NULL && *nickname != '\0')
    {
      checked = shoal_label_check (nickname, error);
      if (checked == NULL)
        return FALSE;
    }
  before = g_strdup (shoal_device_book_get (self->book, &id)->nickname);
  if (!shoal_device_book_set_nickname (self->book, &id, checked))
    return TRUE;
  tell (self, &id);
  tell_nicknamed (self, before);
  tell_nicknamed (self, checked);
  return TRUE;
}

gboolean
shoal_engine_set_verified (ShoalEngine *self, const char *device, gboolean verified,
                           GError **error)
{
  ShoalDeviceId id;

  g_return_val_if_fail (SHOAL_IS_ENGINE (self), FALSE);

  if (!find_friend (self, device, &id, error))
    return FALSE;
  if (shoal_device_book_set_verified (self->book, &id, verified))
    tell (self, &id);
  return TRUE;
}

gboolean
shoal_engine_set_auto_accept (ShoalEngine *self, const char *device, gint64 limit,
                              GError **error)
{
  ShoalDeviceId id;

  g_return_val_if_fail (SHOAL_IS_ENGINE (self), FALSE);

  if (!find_friend (self, device, &id, error))
    return FALSE;
  if (limit < 0)
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                            _("That is not a size"));
  if (shoal_device_book_set_auto_accept (self->book, &id,
                                         limit == SHOAL_AUTO_ACCEPT_ANY ? G_MAXUINT64
                                                                        : (uint64_t) limit))
    tell (self, &id);
  return TRUE;
}

gboolean
shoal_engine_forget_device (ShoalEngine *self, const char *device, GError **error)
{
  ShoalDeviceId id;
  gboolean had_peer;

  g_return_val_if_fail (SHOAL_IS_ENGINE (self), FALSE);

  if (!shoal_engine_parse_device (self, device, &id, error))
    return FALSE;
  if (shoal_device_book_get (self->book, &id) == NULL)
    return shoal_error_set (error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL,
                            _("Nothing is known about that device"));

  had_peer = shoal_hub_get_peer (self->hub, &id) != NULL;
  shoal_device_book_forget (self->book, &id);
  shoal_hub_trust_changed (self->hub, &id);
  if (!had_peer)
    {
      g_autoptr (ShoalDeviceInfo) info = shoal_engine_describe_device (self, &id);

      shoal_device_book_drop_stranger (self->book, &id);
      shoal_engine_tell (self, &(ShoalEvent){ .type = SHOAL_EVENT_DEVICE_GONE, .device = info });
    }
  return TRUE;
}

/* --- Offers that wait ---------------------------------------------------- */

/* The transfer is an offer that is not answered: TRUE; of ours or of theirs. */
static gboolean
is_offer (const ShoalTransfer *transfer, gboolean *ours)
{
  *ours = transfer->stored->direction == SHOAL_STORED_SEND;
  if (transfer->peer == NULL)
    return FALSE;
  if (!*ours)
    return transfer->waits;
  return !transfer->accepted && !shoal_transfer_is_over ((ShoalTransfer *) transfer);
}

void
shoal_engine_count_offers (ShoalEngine *self, const ShoalDeviceId *id, guint *in, guint *out)
{
  GHashTableIter iter;
  gpointer value;
  gboolean ours;

  *in = *out = 0;
  if (self->transfers == NULL)
    return;
  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (is_offer (transfer, &ours)
          && shoal_hash_equals (shoal_peer_get_id (transfer->peer), id))
        (*(ours ? out : in))++;
    }
}

/* Both numbers in one, to compare. */
static GHashTable *
count_all (ShoalEngine *self)
{
  GHashTable *counts = g_hash_table_new_full (shoal_hash_hash, shoal_hash_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer value;
  gboolean ours;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const ShoalDeviceId *id;
      guint count;

      if (!is_offer (value, &ours))
        continue;
      id = shoal_peer_get_id (((ShoalTransfer *) value)->peer);
      count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, id)) + (ours ? 0x10000 : 1);
      g_hash_table_insert (counts, g_memdup2 (id, sizeof *id), GUINT_TO_POINTER (count));
    }
  return counts;
}

/* Devices in @of that have another number in @other. */
static void
collect_changed (GHashTable *of, GHashTable *other, GHashTable *changed)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, of);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      if (g_hash_table_lookup (other, key) != value)
        g_hash_table_add (changed, g_memdup2 (key, sizeof (ShoalDeviceId)));
    }
}

void
shoal_engine_tell_offers (ShoalEngine *self)
{
  g_autoptr (GHashTable) old = self->offers_told;
  g_autoptr (GHashTable) changed
    = g_hash_table_new_full (shoal_hash_hash, shoal_hash_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer key;

  self->offers_told = count_all (self);
  collect_changed (old, self->offers_told, changed);
  collect_changed (self->offers_told, old, changed);
  g_hash_table_iter_init (&iter, changed);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    tell (self, key);
}
