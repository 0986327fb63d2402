/* shoal-engine-devices.c: the book kept in the store; devices as others see them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-address.h"
#include "shoal-engine-private.h"

/* Device IDs are written in groups of so many characters. */
#define ID_GROUP 7

/* --- The book's keeper --------------------------------------------------- */

static void
keeper_save (const ShoalDeviceRecord *record, gpointer user_data)
{
  ShoalEngine *self = user_data;
  g_autoptr (ShoalStoredDevice) stored = shoal_stored_device_new (&record->id);

  g_free (stored->name);
  stored->name = g_strdup (record->name);
  stored->nickname = g_strdup (record->nickname);
  stored->picture = record->picture != NULL ? g_bytes_ref (record->picture) : NULL;
  stored->flags = (record->is_friend ? SHOAL_DEVICE_FRIEND : 0)
                  | (record->is_blocked ? SHOAL_DEVICE_BLOCKED : 0)
                  | (record->is_verified ? SHOAL_DEVICE_VERIFIED : 0);
  stored->has_own_secret = record->is_friend;
  memcpy (stored->own_secret.bytes, record->own_contribution, SHOAL_SECRET_SIZE);
  stored->has_their_secret = record->has_theirs;
  memcpy (stored->their_secret.bytes, record->their_contribution, SHOAL_SECRET_SIZE);
  stored->accept_limit = (gint64) record->auto_accept_limit;
  stored->first_seen = record->first_seen;
  stored->last_seen = record->last_seen;
  shoal_state_devices_save (self->database, stored, NULL, NULL);

  for (guint i = 0; i < record->addresses->len; i++)
    {
      ShoalRememberedAddress *address
        = &g_array_index (record->addresses, ShoalRememberedAddress, i);

      shoal_state_devices_remember_address (self->database, &record->id, address->text,
                                            address->last_success);
    }
}

static void
keeper_remove (const ShoalDeviceId *id, gpointer user_data)
{
  ShoalEngine *self = user_data;

  shoal_state_devices_remove (self->database, id, NULL, NULL);
}

const ShoalDeviceKeeper shoal_engine_device_keeper = {
  .save = keeper_save,
  .remove = keeper_remove,
};

gboolean
shoal_engine_load_devices (ShoalEngine *self, GError **error)
{
  g_autoptr (GPtrArray) stored = shoal_state_devices_load (self->database, error);

  if (stored == NULL)
    return FALSE;

  for (guint i = 0; i < stored->len; i++)
    {
      ShoalStoredDevice *from = g_ptr_array_index (stored, i);
      ShoalDeviceRecord *record = shoal_device_record_new (&from->id);

      g_free (record->name);
      record->name = g_strdup (from->name);
      record->is_friend = (from->flags & SHOAL_DEVICE_FRIEND) != 0 && from->has_own_secret;
      record->is_blocked = (from->flags & SHOAL_DEVICE_BLOCKED) != 0;
      record->is_verified = (from->flags & SHOAL_DEVICE_VERIFIED) != 0 && record->is_friend;
      record->nickname = g_strdup (from->nickname);
      record->picture = from->picture != NULL ? g_bytes_ref (from->picture) : NULL;
      memcpy (record->own_contribution, from->own_secret.bytes, SHOAL_SECRET_SIZE);
      record->has_theirs = from->has_their_secret;
      memcpy (record->their_contribution, from->their_secret.bytes, SHOAL_SECRET_SIZE);
      record->auto_accept_limit = from->accept_limit < 0 ? G_MAXUINT64
                                                         : (uint64_t) from->accept_limit;
      record->first_seen = from->first_seen;
      record->last_seen = from->last_seen;
      for (guint j = 0; j < from->addresses->len; j++)
        {
          ShoalStoredAddress *address = &g_array_index (from->addresses, ShoalStoredAddress, j);

          shoal_device_record_add_address (record, address->address, address->last_success);
        }
      shoal_device_book_load (self->book, record);
    }
  return TRUE;
}

/* --- Snapshots ----------------------------------------------------------- */

/* Friends that we call the same are told apart by what they call themselves. */
static char *
make_label (ShoalEngine *self, const ShoalDeviceInfo *info, const ShoalDeviceId *id)
{
  g_autofree char *own = *info->name != '\0' ? g_strdup (info->name)
                                             : shoal_device_id_to_short (id);
  g_autoptr (GPtrArray) same = NULL;

  if (info->nickname == NULL)
    return g_steal_pointer (&own);
  same = shoal_device_book_get_nicknamed (self->book, info->nickname);
  return same->len > 1 ? g_strdup_printf ("%s · %s", info->nickname, own)
                       : g_strdup (info->nickname);
}

static void
fill_trust (ShoalEngine *self, ShoalDeviceInfo *info, const ShoalDeviceId *id)
{
  const ShoalDeviceRecord *record = shoal_device_book_get (self->book, id);
  const ShoalDeviceRecord *namesake = NULL;
  ShoalDeviceMark mark = shoal_device_id_get_mark (id);

  info->id = shoal_device_id_to_text (id);
  info->mark = shoal_device_mark_to_text (&mark);
  info->is_friend = record != NULL && record->is_friend;
  info->is_blocked = record != NULL && record->is_blocked;
  info->is_mutual = info->is_friend && record->has_theirs;
  info->has_added_us = record != NULL && record->has_theirs && !record->is_friend
                       && !record->is_blocked;
  if (!info->is_friend)
    namesake = shoal_device_book_get_friend_named (self->book, info->name, id);
  if (namesake != NULL)
    info->not_friend = g_strdup (shoal_names_look_equal (namesake->name, info->name)
                                   ? namesake->name : namesake->nickname);
  if (info->is_friend)
    {
      info->nickname = g_strdup (record->nickname);
      info->is_verified = record->is_verified;
      info->picture = record->picture != NULL ? g_bytes_ref (record->picture) : NULL;
      info->auto_accept = (gint64) MIN (record->auto_accept_limit, (uint64_t) G_MAXINT64);
    }
  info->label = make_label (self, info, id);
  info->first_seen = record != NULL ? record->first_seen : 0;
  info->last_seen = record != NULL ? record->last_seen : 0;
  shoal_engine_count_offers (self, id, &info->offers_in, &info->offers_out);
}

static gboolean
is_unique (ShoalEngine *self, const char *name, const ShoalDeviceId *id)
{
  g_autoptr (GPtrArray) peers = shoal_hub_get_peers (self->hub);
  GHashTableIter iter;
  gpointer value;

  if (shoal_device_book_get_friend_named (self->book, name, id) != NULL)
    return FALSE;
  for (guint i = 0; i < peers->len; i++)
    {
      ShoalPeer *other = g_ptr_array_index (peers, i);

      if ((id == NULL || !shoal_hash_equals (shoal_peer_get_id (other), id))
          && shoal_names_look_equal (shoal_peer_get_name (other), name))
        return FALSE;
    }
  g_hash_table_iter_init (&iter, self->sightings);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      if (id != NULL && shoal_names_look_equal (((ShoalDeviceInfo *) value)->name, name))
        return FALSE;
    }
  return TRUE;
}

gboolean
shoal_engine_is_online (ShoalEngine *self, const ShoalDeviceId *id)
{
  ShoalPeer *peer = shoal_hub_get_peer (self->hub, id);

  return peer != NULL && shoal_peer_is_connected (peer);
}

ShoalDeviceInfo *
shoal_engine_describe_peer (ShoalEngine *self, ShoalPeer *peer)
{
  ShoalDeviceInfo *info = shoal_device_info_new ();
  int code = shoal_peer_get_code (peer);

  info->name = g_strdup (shoal_peer_get_name (peer));
  fill_trust (self, info, shoal_peer_get_id (peer));
  info->reach = shoal_engine_get_reach (peer);
  info->reach_why = shoal_engine_explain_reach (peer);
  info->unique_name = is_unique (self, info->name, shoal_peer_get_id (peer));
  info->code = code >= 0 ? shoal_code_to_text ((guint) code) : NULL;
  info->addresses = shoal_peer_get_address_texts (peer);
  return info;
}

ShoalDeviceInfo *
shoal_engine_describe_device (ShoalEngine *self, const ShoalDeviceId *id)
{
  ShoalPeer *peer = shoal_hub_get_peer (self->hub, id);
  const ShoalDeviceRecord *record = shoal_device_book_get (self->book, id);
  ShoalDeviceInfo *info;

  if (peer != NULL)
    return shoal_engine_describe_peer (self, peer);

  info = shoal_device_info_new ();
  info->name = g_strdup (record != NULL ? record->name : "");
  fill_trust (self, info, id);
  info->unique_name = is_unique (self, info->name, id);
  info->addresses = g_new0 (char *, 1);
  return info;
}

char *
shoal_engine_name_device (ShoalEngine *self, const ShoalDeviceId *id)
{
  g_autoptr (ShoalDeviceInfo) info = shoal_engine_describe_device (self, id);

  return g_strdup (info->label);
}

/* --- What changes -------------------------------------------------------- */

static void
tell_namesake (ShoalEngine *self, const ShoalDeviceId *id)
{
  g_autoptr (ShoalDeviceInfo) info = shoal_engine_describe_device (self, id);

  shoal_engine_tell (self, &(ShoalEvent){ .type = SHOAL_EVENT_DEVICE, .device = info });
}

/* Whether a name is the only one of its kind is news of all that bear it. */
static void
tell_namesakes (ShoalEngine *self, const char *id, const char *name)
{
  g_autoptr (GPtrArray) peers = shoal_hub_get_peers (self->hub);
  g_autoptr (GPtrArray) records = shoal_device_book_get_all (self->book);

  for (guint i = 0; i < peers->len; i++)
    {
      ShoalPeer *peer = g_ptr_array_index (peers, i);
      g_autofree char *other = shoal_device_id_to_text (shoal_peer_get_id (peer));

      if (!g_str_equal (other, id)
          && (g_hash_table_contains (self->told_names, other)
              || shoal_device_book_is_friend (self->book, shoal_peer_get_id (peer)))
          && shoal_names_look_equal (shoal_peer_get_name (peer), name))
        tell_namesake (self, shoal_peer_get_id (peer));
    }
  for (guint i = 0; i < records->len; i++)
    {
      ShoalDeviceRecord *record = g_ptr_array_index (records, i);
      g_autofree char *other = shoal_device_id_to_text (&record->id);

      if (record->is_friend && !g_str_equal (other, id) && record->name != NULL
          && shoal_hub_get_peer (self->hub, &record->id) == NULL
          && shoal_names_look_equal (record->name, name))
        tell_namesake (self, &record->id);
    }
}

static void
tell_device (ShoalEngine *self, ShoalEventType type, ShoalDeviceInfo *info)
{
  const char *old = g_hash_table_lookup (self->told_names, info->id);
  g_autofree char *old_name = old != NULL ? g_strdup (old + 1) : NULL;
  g_autofree char *now = type == SHOAL_EVENT_DEVICE_GONE
                           ? NULL
                           : g_strdup_printf ("%c%s", info->is_friend ? 'f' : 's', info->name);

  shoal_engine_tell (self, &(ShoalEvent){ .type = type, .device = info });
  if (g_strcmp0 (old, now) == 0)
    return;

  if (now != NULL)
    g_hash_table_replace (self->told_names, g_strdup (info->id), g_strdup (now));
  else
    g_hash_table_remove (self->told_names, info->id);
  if (old_name != NULL)
    tell_namesakes (self, info->id, old_name);
  if (g_strcmp0 (old_name, info->name) != 0)
    tell_namesakes (self, info->id, info->name);
}

void
shoal_engine_peer_changed (ShoalEngine *self, ShoalPeer *peer)
{
  g_autoptr (ShoalDeviceInfo) info = shoal_engine_describe_peer (self, peer);

  tell_device (self, SHOAL_EVENT_DEVICE, info);
}

void
shoal_engine_peer_gone (ShoalEngine *self, ShoalPeer *peer)
{
  g_autoptr (ShoalDeviceInfo) info = shoal_engine_describe_peer (self, peer);

  tell_device (self, SHOAL_EVENT_DEVICE_GONE, info);
}

void
shoal_engine_sighted (ShoalEngine *self, const char *id_prefix, const char *name,
                      GSocketAddress *address)
{
  ShoalDeviceIdPrefix prefix;
  ShoalDeviceInfo *info;
  ShoalDeviceMark mark;

  if (name == NULL)
    {
      info = g_hash_table_lookup (self->sightings, id_prefix);
      if (info == NULL)
        return;
      shoal_device_info_ref (info);
      info->reach = SHOAL_REACH_NONE;
      g_hash_table_remove (self->sightings, id_prefix);
      tell_device (self, SHOAL_EVENT_DEVICE_GONE, info);
      shoal_device_info_unref (info);
      return;
    }

  if (!shoal_device_id_prefix_parse (id_prefix, &prefix, NULL))
    return;
  info = shoal_device_info_new ();
  mark = shoal_device_id_prefix_get_mark (&prefix);
  /* As the whole ID is written, up to where it is known. */
  info->id = strlen (id_prefix) > ID_GROUP
               ? g_strdup_printf ("%.*s-%s", ID_GROUP, id_prefix, id_prefix + ID_GROUP)
               : g_strdup (id_prefix);
  info->name = g_strdup (name);
  info->label = g_strdup (*name != '\0' ? name : info->id);
  info->mark = shoal_device_mark_to_text (&mark);
  info->reach = SHOAL_REACH_NEARBY;
  info->unique_name = is_unique (self, name, NULL);
  if (shoal_device_book_get_friend_named (self->book, name, NULL) != NULL)
    info->not_friend = g_strdup (name);
  info->addresses = g_new0 (char *, 2);
  info->addresses[0] = shoal_address_to_text (address);
  g_hash_table_replace (self->sightings, g_strdup (id_prefix), info);
  tell_device (self, SHOAL_EVENT_DEVICE, info);
}

/* --- Commands ------------------------------------------------------------ */

static int
by_friendship_and_name (gconstpointer a, gconstpointer b)
{
  const ShoalDeviceInfo *x = *(ShoalDeviceInfo *const *) a;
  const ShoalDeviceInfo *y = *(ShoalDeviceInfo *const *) b;
  int order = y->is_friend - x->is_friend;

  if (order == 0)
    order = g_utf8_collate (x->name, y->name);
  return order != 0 ? order : g_strcmp0 (x->id, y->id);
}

GPtrArray *
shoal_engine_get_devices (ShoalEngine *self)
{
  GPtrArray *devices
    = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_device_info_unref);
  g_autoptr (GPtrArray) peers = shoal_hub_get_peers (self->hub);
  g_autoptr (GPtrArray) records = shoal_device_book_get_all (self->book);
  GHashTableIter iter;
  gpointer value;

  for (guint i = 0; i < peers->len; i++)
    {
      ShoalPeer *peer = g_ptr_array_index (peers, i);

      if (shoal_peer_get_presence (peer) != SHOAL_PRESENCE_AWAY
          || shoal_device_book_is_friend (self->book, shoal_peer_get_id (peer)))
        g_ptr_array_add (devices, shoal_engine_describe_peer (self, peer));
    }
  for (guint i = 0; i < records->len; i++)
    {
      ShoalDeviceRecord *record = g_ptr_array_index (records, i);

      if ((record->is_friend || record->is_blocked)
          && shoal_hub_get_peer (self->hub, &record->id) == NULL)
        g_ptr_array_add (devices, shoal_engine_describe_device (self, &record->id));
    }
  g_hash_table_iter_init (&iter, self->sightings);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (devices, shoal_device_info_ref (value));
  g_ptr_array_sort (devices, by_friendship_and_name);
  return devices;
}

gboolean
shoal_engine_parse_device (ShoalEngine *self, const char *text, ShoalDeviceId *id,
                           GError **error)
{
  if (!shoal_device_id_parse (text, id, error))
    return FALSE;
  if (shoal_hash_equals (id, shoal_hub_get_own_id (self->hub)))
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                            "Give the ID of the other device.", "That is this device itself");
  return TRUE;
}

/* Whoever gives a whole ID means that device, wherever it is. */
static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ShoalEngine *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalPeer) peer = shoal_hub_find_finish (self->hub, result, &error);
  ShoalDeviceId id;

  if (peer == NULL && g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_FOUND)
      && shoal_engine_parse_device (self, g_task_get_task_data (task), &id, NULL))
    g_task_return_pointer (task, shoal_engine_describe_device (self, &id),
                           (GDestroyNotify) shoal_device_info_unref);
  else if (peer == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, shoal_engine_describe_peer (self, peer),
                           (GDestroyNotify) shoal_device_info_unref);
}

void
shoal_engine_find_device_async (ShoalEngine *self, const char *text, gint64 timeout,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, shoal_engine_find_device_async);
  g_task_set_task_data (task, g_strdup (text), g_free);
  shoal_hub_find_async (self->hub, text, timeout, cancellable, on_found, task);
}

ShoalDeviceInfo *
shoal_engine_find_device_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
shoal_engine_add_friend (ShoalEngine *self, const char *device, GError **error)
{
  ShoalDeviceId id;
  ShoalPeer *peer;

  if (!shoal_engine_parse_device (self, device, &id, error))
    return FALSE;

  peer = shoal_hub_get_peer (self->hub, &id);
  shoal_device_book_add_friend (self->book, &id, peer != NULL ? shoal_peer_get_name (peer) : NULL);
  shoal_hub_trust_changed (self->hub, &id);
  return TRUE;
}

gboolean
shoal_engine_remove_friend (ShoalEngine *self, const char *device, GError **error)
{
  ShoalDeviceId id;

  if (!shoal_engine_parse_device (self, device, &id, error))
    return FALSE;
  if (!shoal_device_book_is_friend (self->book, &id))
    return shoal_error_set (error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE,
                            "See “shoal-cli friend list”.", "That device is not a friend");

  shoal_device_book_remove_friend (self->book, &id);
  shoal_hub_trust_changed (self->hub, &id);
  return TRUE;
}

/* While it can still be told. */
static void
end_transfers_with (ShoalEngine *self, const ShoalDeviceId *id)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);

  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (transfer->peer == NULL || shoal_transfer_is_over (transfer)
          || !shoal_hash_equals (shoal_peer_get_id (transfer->peer), id))
        continue;
      if (transfer->waits)
        shoal_engine_decline (self, transfer->offer_text, NULL, NULL);
      else
        shoal_engine_cancel (self, transfer->id_text, NULL);
    }
}

/* Whom the hub holds it tells of itself: the others are in the book alone. */
static void
tell_standing (ShoalEngine *self, const ShoalDeviceId *id)
{
  g_autoptr (ShoalDeviceInfo) info = shoal_engine_describe_device (self, id);

  if (info->is_blocked || info->is_friend)
    tell_device (self, SHOAL_EVENT_DEVICE, info);
  else if (shoal_hub_get_peer (self->hub, id) == NULL)
    tell_device (self, SHOAL_EVENT_DEVICE_GONE, info);
}

gboolean
shoal_engine_set_blocked (ShoalEngine *self, const char *device, gboolean blocked, GError **error)
{
  ShoalDeviceId id;

  if (!shoal_engine_parse_device (self, device, &id, error))
    return FALSE;

  if (blocked)
    end_transfers_with (self, &id);
  shoal_device_book_set_blocked (self->book, &id, blocked);
  shoal_hub_trust_changed (self->hub, &id);
  tell_standing (self, &id);
  return TRUE;
}

gboolean
shoal_engine_forget_address (ShoalEngine *self, const char *address, GError **error)
{
  g_autoptr (GSocketAddress) numeric = NULL;
  g_autofree char *host = NULL;
  g_autofree char *text = NULL;
  guint16 port;

  if (!shoal_address_parse (address, &numeric, &host, &port, error))
    return FALSE;

  text = numeric != NULL ? shoal_address_to_text (numeric)
                         : g_strdup_printf ("%s:%u", host, port);
  shoal_state_devices_forget_address (self->database, NULL, text);
  if (!shoal_device_book_forget_address (self->book, text))
    return shoal_error_set (error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL,
                            "No device is remembered at %s", text);
  return TRUE;
}
