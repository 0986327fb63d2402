/* shoal-device-book.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"

#include "config.h"

#include "shoal-device-book.h"

#include "shoal-names.h"

struct _ShoalDeviceBook
{
  ShoalRuntime            *runtime; /* (owned) */
  const ShoalDeviceKeeper *keeper;  /* (nullable) */
  gpointer                 user_data;
  GHashTable              *records; /* (owned): ShoalDeviceId → ShoalDeviceRecord */
  GHashTable              *kept;    /* (owned): set of ShoalDeviceId on disk */
};

/* --- Records ------------------------------------------------------------- */

static void
clear_address (gpointer data)
{
  g_free (((ShoalRememberedAddress *) data)->text);
}

ShoalDeviceRecord *
shoal_device_record_new (const ShoalDeviceId *id)
{
  ShoalDeviceRecord *record = g_new0 (ShoalDeviceRecord, 1);

  record->id = *id;
  record->name = g_strdup ("");
  record->addresses = g_array_new (FALSE, FALSE, sizeof (ShoalRememberedAddress));
  g_array_set_clear_func (record->addresses, clear_address);
  return record;
}

void
shoal_device_record_free (ShoalDeviceRecord *record)
{
  g_free (record->name);
  g_free (record->nickname);
  g_clear_pointer (&record->picture, g_bytes_unref);
  g_array_unref (record->addresses);
  g_free (record);
}

static int
by_last_success (gconstpointer a, gconstpointer b)
{
  gint64 x = ((const ShoalRememberedAddress *) a)->last_success;
  gint64 y = ((const ShoalRememberedAddress *) b)->last_success;

  return x < y ? 1 : x > y ? -1 : 0;
}

static guint
find_address (const ShoalDeviceRecord *record, const char *text)
{
  for (guint i = 0; i < record->addresses->len; i++)
    {
      if (g_str_equal (g_array_index (record->addresses, ShoalRememberedAddress, i).text, text))
        return i;
    }
  return G_MAXUINT;
}

void
shoal_device_record_add_address (ShoalDeviceRecord *record, const char *text, gint64 last_success)
{
  guint at = find_address (record, text);

  if (at != G_MAXUINT)
    g_array_index (record->addresses, ShoalRememberedAddress, at).last_success = last_success;
  else
    {
      ShoalRememberedAddress address = { g_strdup (text), last_success };

      g_array_append_val (record->addresses, address);
    }

  g_array_sort (record->addresses, by_last_success);
  if (record->addresses->len > SHOAL_MAX_REMEMBERED_ADDRESSES)
    g_array_set_size (record->addresses, SHOAL_MAX_REMEMBERED_ADDRESSES);
}

/* --- The book ------------------------------------------------------------ */

ShoalDeviceBook *
shoal_device_book_new (ShoalRuntime *runtime, const ShoalDeviceKeeper *keeper, gpointer user_data)
{
  ShoalDeviceBook *self = g_new0 (ShoalDeviceBook, 1);

  self->runtime = g_object_ref (runtime);
  self->keeper = keeper;
  self->user_data = user_data;
  self->records = g_hash_table_new_full (shoal_hash_hash, shoal_hash_equal, NULL,
                                         (GDestroyNotify) shoal_device_record_free);
  self->kept = g_hash_table_new (shoal_hash_hash, shoal_hash_equal);
  return self;
}

void
shoal_device_book_free (ShoalDeviceBook *self)
{
  g_hash_table_unref (self->kept);
  g_hash_table_unref (self->records);
  g_object_unref (self->runtime);
  g_free (self);
}

void
shoal_device_book_load (ShoalDeviceBook *self, ShoalDeviceRecord *record)
{
  g_hash_table_remove (self->kept, &record->id);
  g_hash_table_replace (self->records, &record->id, record);
  g_hash_table_add (self->kept, &record->id);
}

static ShoalDeviceRecord *
lookup (ShoalDeviceBook *self, const ShoalDeviceId *id)
{
  return g_hash_table_lookup (self->records, id);
}

static ShoalDeviceRecord *
ensure (ShoalDeviceBook *self, const ShoalDeviceId *id)
{
  ShoalDeviceRecord *record = lookup (self, id);

  if (record == NULL)
    {
      record = shoal_device_record_new (id);
      record->first_seen = record->last_seen = shoal_runtime_wall_time (self->runtime);
      g_hash_table_insert (self->records, &record->id, record);
    }
  return record;
}

static void
save (ShoalDeviceBook *self, ShoalDeviceRecord *record)
{
  g_hash_table_add (self->kept, &record->id);
  if (self->keeper != NULL)
    self->keeper->save (record, self->user_data);
}

static void
save_if_kept (ShoalDeviceBook *self, ShoalDeviceRecord *record)
{
  if (g_hash_table_contains (self->kept, &record->id))
    save (self, record);
}

const ShoalDeviceRecord *
shoal_device_book_get (ShoalDeviceBook *self, const ShoalDeviceId *id)
{
  return lookup (self, id);
}

GPtrArray *
shoal_device_book_get_all (ShoalDeviceBook *self)
{
  GPtrArray *records = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->records);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (records, value);
  return records;
}

const ShoalDeviceRecord *
shoal_device_book_get_by_address (ShoalDeviceBook *self, const char *address)
{
  ShoalDeviceRecord *best = NULL;
  gint64 best_time = 0;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->records);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalDeviceRecord *record = value;
      guint at = find_address (record, address);
      gint64 when;

      if (at == G_MAXUINT || !g_hash_table_contains (self->kept, &record->id))
        continue;
      when = g_array_index (record->addresses, ShoalRememberedAddress, at).last_success;
      if (best == NULL || when > best_time)
        {
          best = record;
          best_time = when;
        }
    }
  return best;
}

gboolean
shoal_names_look_equal (const char *a, const char *b)
{
  g_autofree char *seen_a = shoal_label_strip_invisible (a);
  g_autofree char *seen_b = shoal_label_strip_invisible (b);
  g_autofree char *normal_a = g_utf8_normalize (seen_a, -1, G_NORMALIZE_ALL);
  g_autofree char *normal_b = g_utf8_normalize (seen_b, -1, G_NORMALIZE_ALL);
  g_autofree char *folded_a = g_utf8_casefold (normal_a != NULL ? normal_a : "", -1);
  g_autofree char *folded_b = g_utf8_casefold (normal_b != NULL ? normal_b : "", -1);

  g_strstrip (folded_a);
  g_strstrip (folded_b);
  return *folded_a != '\0' && g_str_equal (folded_a, folded_b);
}

const ShoalDeviceRecord *
shoal_device_book_get_friend_named (ShoalDeviceBook *self, const char *name,
                                    const ShoalDeviceId *other_than)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->records);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalDeviceRecord *record = value;

      if (record->is_friend
          && (shoal_names_look_equal (record->name, name)
              || (record->nickname != NULL && shoal_names_look_equal (record->nickname, name)))
          && (other_than == NULL || !shoal_hash_equals (&record->id, other_than)))
        return record;
    }
  return NULL;
}

GPtrArray *
shoal_device_book_get_nicknamed (ShoalDeviceBook *self, const char *nickname)
{
  GPtrArray *records = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->records);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalDeviceRecord *record = value;

      if (record->is_friend && !record->is_blocked && record->nickname != NULL
          && shoal_names_look_equal (record->nickname, nickname))
        g_ptr_array_add (records, record);
    }
  return records;
}

gboolean
shoal_device_book_is_friend (ShoalDeviceBook *self, const ShoalDeviceId *id)
{
  ShoalDeviceRecord *record = lookup (self, id);

  return record != NULL && record->is_friend && !record->is_blocked;
}

gboolean
shoal_device_book_is_blocked (ShoalDeviceBook *self, const ShoalDeviceId *id)
{
  ShoalDeviceRecord *record = lookup (self, id);

  return record != NULL && record->is_blocked;
}

gboolean
shoal_device_book_get_pair_secret (ShoalDeviceBook *self, const ShoalDeviceId *own,
                                   const ShoalDeviceId *id, uint8_t *secret)
{
  ShoalDeviceRecord *record = lookup (self, id);

  if (record == NULL || !record->is_friend || record->is_blocked || !record->has_theirs)
    return FALSE;

  if (secret != NULL)
    shoal_pair_secret (own, record->own_contribution, id, record->their_contribution, secret);
  return TRUE;
}

/* --- Changes ------------------------------------------------------------- */

static void
set_name (ShoalDeviceRecord *record, const char *name)
{
  if (name == NULL || *name == '\0')
    return;

  g_free (record->name);
  record->name = g_strdup (name);
}

void
shoal_device_book_add_friend (ShoalDeviceBook *self, const ShoalDeviceId *id, const char *name)
{
  ShoalDeviceRecord *record = ensure (self, id);

  set_name (record, name);
  if (!record->is_friend)
    shoal_runtime_fill_random (self->runtime, record->own_contribution, SHOAL_SECRET_SIZE);
  record->is_friend = TRUE;
  record->is_blocked = FALSE;
  save (self, record);
}

static void
end_friendship (ShoalDeviceRecord *record)
{
  record->is_friend = FALSE;
  record->is_verified = FALSE;
  record->has_theirs = FALSE;
  record->auto_accept_limit = 0;
  g_clear_pointer (&record->nickname, g_free);
  g_clear_pointer (&record->picture, g_bytes_unref);
  memset (record->own_contribution, 0, SHOAL_SECRET_SIZE);
  memset (record->their_contribution, 0, SHOAL_SECRET_SIZE);
}

static void
stop_keeping (ShoalDeviceBook *self, ShoalDeviceRecord *record)
{
  gboolean kept = g_hash_table_remove (self->kept, &record->id);

  g_array_set_size (record->addresses, 0);
  if (kept && self->keeper != NULL)
    self->keeper->remove (&record->id, self->user_data);
}

void
shoal_device_book_remove_friend (ShoalDeviceBook *self, const ShoalDeviceId *id)
{
  ShoalDeviceRecord *record = lookup (self, id);

  if (record == NULL || !record->is_friend)
    return;

  end_friendship (record);
  if (record->is_blocked)
    save (self, record);
  else
    stop_keeping (self, record);
}

void
shoal_device_book_forget (ShoalDeviceBook *self, const ShoalDeviceId *id)
{
  ShoalDeviceRecord *record = lookup (self, id);

  if (record == NULL)
    return;

  end_friendship (record);
  record->is_blocked = FALSE;
  stop_keeping (self, record);
}

/* --- What we think of friends -------------------------------------------- */

static ShoalDeviceRecord *
lookup_friend (ShoalDeviceBook *self, const ShoalDeviceId *id)
{
  ShoalDeviceRecord *record = lookup (self, id);

  return record != NULL && record->is_friend ? record : NULL;
}

gboolean
shoal_device_book_set_nickname (ShoalDeviceBook *self, const ShoalDeviceId *id,
                                const char *nickname)
{
  ShoalDeviceRecord *record = lookup_friend (self, id);

  if (record == NULL || g_strcmp0 (record->nickname, nickname) == 0)
    return FALSE;

  g_free (record->nickname);
  record->nickname = g_strdup (nickname);
  save (self, record);
  return TRUE;
}

gboolean
shoal_device_book_set_verified (ShoalDeviceBook *self, const ShoalDeviceId *id, gboolean verified)
{
  ShoalDeviceRecord *record = lookup_friend (self, id);

  if (record == NULL || record->is_verified == verified)
    return FALSE;

  record->is_verified = verified;
  save (self, record);
  return TRUE;
}

gboolean
shoal_device_book_set_auto_accept (ShoalDeviceBook *self, const ShoalDeviceId *id, uint64_t limit)
{
  ShoalDeviceRecord *record = lookup_friend (self, id);

  if (record == NULL || record->auto_accept_limit == limit)
    return FALSE;

  record->auto_accept_limit = limit;
  save (self, record);
  return TRUE;
}

gboolean
shoal_device_book_set_picture (ShoalDeviceBook *self, const ShoalDeviceId *id, GBytes *picture)
{
  ShoalDeviceRecord *record = lookup_friend (self, id);

  if (record == NULL || record->picture == picture
      || (record->picture != NULL && picture != NULL && g_bytes_equal (record->picture, picture)))
    return FALSE;

  g_clear_pointer (&record->picture, g_bytes_unref);
  record->picture = picture != NULL ? g_bytes_ref (picture) : NULL;
  save (self, record);
  return TRUE;
}

void
shoal_device_book_set_blocked (ShoalDeviceBook *self, const ShoalDeviceId *id, gboolean blocked)
{
  ShoalDeviceRecord *record = ensure (self, id);

  record->is_blocked = blocked;
  save (self, record);
}

gboolean
shoal_device_book_set_their_contribution (ShoalDeviceBook *self, const ShoalDeviceId *id,
                                          const uint8_t *contribution)
{
  ShoalDeviceRecord *record = ensure (self, id);

  if (record->has_theirs
      && memcmp (record->their_contribution, contribution, SHOAL_SECRET_SIZE) == 0)
    return FALSE;

  memcpy (record->their_contribution, contribution, SHOAL_SECRET_SIZE);
  record->has_theirs = TRUE;
  save_if_kept (self, record);
  return TRUE;
}

void
shoal_device_book_seen (ShoalDeviceBook *self, const ShoalDeviceId *id, const char *name,
                        const char *address, gboolean keep)
{
  ShoalDeviceRecord *record = ensure (self, id);

  set_name (record, name);
  record->last_seen = shoal_runtime_wall_time (self->runtime);
  if (address != NULL)
    shoal_device_record_add_address (record, address, record->last_seen);
  if (keep)
    save (self, record);
  else
    save_if_kept (self, record);
}

gboolean
shoal_device_book_forget_address (ShoalDeviceBook *self, const char *address)
{
  gboolean found = FALSE;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->records);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalDeviceRecord *record = value;
      guint at = find_address (record, address);

      if (at == G_MAXUINT)
        continue;
      g_array_remove_index (record->addresses, at);
      save_if_kept (self, record);
      found = TRUE;
    }
  return found;
}

void
shoal_device_book_drop_stranger (ShoalDeviceBook *self, const ShoalDeviceId *id)
{
  if (!g_hash_table_contains (self->kept, id))
    g_hash_table_remove (self->records, id);
}
