/* shoal-peer.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-peer.h"

#include "shoal-address.h"
#include "shoal-error.h"
#include "shoal-peer-private.h"

/* --- Life ---------------------------------------------------------------- */

static const ShoalSessionHandlers session_handlers;

ShoalPeer *
shoal_peer_new (ShoalHub *hub, const ShoalDeviceId *id)
{
  const ShoalDeviceRecord *record = shoal_device_book_get (hub->book, id);
  ShoalPeer *self = g_new0 (ShoalPeer, 1);

  g_ref_count_init (&self->ref_count);
  self->hub = hub;
  self->id = *id;
  self->name = g_strdup (record != NULL ? record->name : "");
  self->session = shoal_session_new (shoal_hub_get_own_id (hub), id, hub->instance,
                                     &session_handlers, self);
  self->links = g_ptr_array_new_with_free_func (shoal_peer_link_free);
  self->channels
    = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) shoal_channel_unref);
  self->told_addresses = g_ptr_array_new_with_free_func (g_object_unref);
  self->waiters = g_ptr_array_new_with_free_func (g_object_unref);
  return self;
}

ShoalPeer *
shoal_peer_ref (ShoalPeer *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
shoal_peer_unref (ShoalPeer *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->deadline_timer == 0 && self->dial == NULL && self->dial_timer == 0
            && self->better == NULL && self->better_timer == 0);
  shoal_session_free (self->session);
  g_ptr_array_unref (self->links);
  g_hash_table_unref (self->channels);
  g_ptr_array_unref (self->told_addresses);
  g_ptr_array_unref (self->waiters);
  g_free (self->name);
  g_free (self);
}

static void
end_channels (ShoalPeer *self, guint slot, const GError *error)
{
  g_autoptr (GPtrArray) ending = g_ptr_array_new_with_free_func (
    (GDestroyNotify) shoal_channel_unref);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->channels);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      if (slot == 0 || shoal_channel_get_slot (value) == slot)
        g_ptr_array_add (ending, shoal_channel_ref (value));
    }
  for (guint i = 0; i < ending->len; i++)
    shoal_channel_end (g_ptr_array_index (ending, i), error);
}

void
shoal_peer_orphan (ShoalPeer *self)
{
  g_autoptr (GError) error
    = shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL, "Shoal is stopping");

  if (self->hub == NULL)
    return;

  end_channels (self, 0, error);
  shoal_hub_stop_dialling (self->hub, self);
  shoal_hub_stop_seeking (self->hub, self);
  shoal_hub_answer_waiters (self->hub, self, error);
  shoal_runtime_clear_timer (hub_runtime (self->hub), &self->deadline_timer);
  g_ptr_array_set_size (self->links, 0);
  self->hub = NULL;
}

/* --- Time ---------------------------------------------------------------- */

static void
on_deadline (gpointer user_data)
{
  g_autoptr (ShoalPeer) self = shoal_peer_ref (user_data);

  self->deadline_timer = 0;
  shoal_session_tick (self->session, shoal_runtime_now (hub_runtime (self->hub)));
  shoal_peer_rearm (self);
}

/* The deadline moves with every frame; the timer is only moved when it would
 * be late. */
void
shoal_peer_rearm (ShoalPeer *self)
{
  gint64 deadline = shoal_session_next_deadline (self->session);
  gint64 now;

  if (self->hub == NULL || deadline == G_MAXINT64
      || (self->deadline_timer != 0 && self->deadline <= deadline))
    return;

  now = shoal_runtime_now (hub_runtime (self->hub));
  shoal_runtime_clear_timer (hub_runtime (self->hub), &self->deadline_timer);
  self->deadline = deadline;
  self->deadline_timer = shoal_runtime_add_timer (hub_runtime (self->hub),
                                                  MAX (deadline - now, 0), on_deadline, self);
}

/* --- The session's events ------------------------------------------------ */

ShoalPeerLink *
shoal_peer_get_link (ShoalPeer *self, guint slot)
{
  for (guint i = 0; i < self->links->len; i++)
    {
      ShoalPeerLink *link = g_ptr_array_index (self->links, i);

      if (link->slot == slot)
        return link;
    }
  return NULL;
}

static void
on_send_control (gpointer user_data, guint slot, GBytes *frame)
{
  ShoalPeer *self = user_data;
  ShoalPeerLink *link = shoal_session_get_link (self->session, slot);

  if (link != NULL)
    shoal_link_send_control (link->link, frame);
}

static void
on_send_data (gpointer user_data, guint slot, guint lane, GBytes *header, GBytes *payload)
{
  ShoalPeer *self = user_data;
  ShoalPeerLink *link = shoal_session_get_link (self->session, slot);

  shoal_channel_note_lane (self, slot, lane);
  if (link != NULL)
    shoal_link_send_bulk (link->link, lane, header, payload);
}

static void
remember_link (ShoalPeer *self, ShoalPeerLink *link)
{
  g_autoptr (GSocketAddress) address = link != NULL ? shoal_peer_link_get_address (link) : NULL;
  g_autofree char *text = NULL;

  /* What a NAT lets ICE through by takes no calls. */
  if (address != NULL && !shoal_is_link_local (address)
      && (!shoal_link_is_by_ice (link->link)
          || shoal_link_get_path (link->link) == SHOAL_PATH_LOCAL))
    text = shoal_address_to_text (address);
  shoal_device_book_seen (self->hub->book, &self->id, self->name, text, FALSE);
}

void
shoal_peer_remember_address (ShoalPeer *self)
{
  for (guint i = 0; i < self->links->len; i++)
    remember_link (self, g_ptr_array_index (self->links, i));
}

static void
on_hello (gpointer user_data, guint slot, const ShoalMessage *hello, gboolean restarted)
{
  ShoalPeer *self = user_data;

  self->port = hello->hello.port;
  shoal_peer_set_name (self, hello->hello.name);
  remember_link (self, shoal_session_get_link (self->session, slot));
}

static gboolean
on_revealed (gpointer user_data, guint slot, const ShoalHash *commit, const ShoalHash *r)
{
  ShoalPeer *self = user_data;
  ShoalPeerLink *link = shoal_session_get_link (self->session, slot);

  if (link == NULL || !shoal_code_check_commit (&self->id, r->bytes, commit))
    return FALSE;

  link->code = (int) shoal_code_compute (shoal_hub_get_own_id (self->hub), link->nonce, &self->id,
                                         r->bytes, shoal_link_get_exporter (link->link));
  return TRUE;
}

/* What we think of the device and it should know: sent at the start of a
 * session and when it changes. */
void
shoal_peer_state_trust (ShoalPeer *self)
{
  const ShoalDeviceRecord *record = shoal_device_book_get (self->hub->book, &self->id);
  ShoalMessage message = { .type = SHOAL_MESSAGE_FRIEND };

  if (!self->connected || record == NULL || !record->is_friend || record->is_blocked)
    return;

  memcpy (message.friend.contribution.bytes, record->own_contribution, SHOAL_SECRET_SIZE);
  shoal_peer_send (self, &message, NULL);

  /* As a stranger it may have been told no name. */
  shoal_peer_state_profile (self);
  shoal_peer_state_picture (self);
  shoal_peer_ask_picture (self);
}

static void
on_primary_changed (gpointer user_data, guint slot)
{
  ShoalPeer *self = user_data;
  ShoalHub *hub = self->hub;

  if (hub == NULL)
    return;

  if (slot == 0)
    {
      self->connected = FALSE;
      return; /* on_drop() says why */
    }

  self->last_active = shoal_runtime_now (hub_runtime (hub));
  if (!self->connected)
    self->connected_at = self->last_active;
  self->connected = TRUE;
  self->dial_failures = 0;
  shoal_hub_stop_dialling (hub, self);
  shoal_peer_state_trust (self);
  shoal_peer_changed (self);
  if (hub->events->ready != NULL && self->connected)
    hub->events->ready (self, hub->user_data);
  if (self->connected)
    shoal_hub_answer_waiters (hub, self, NULL);
  if (self->connected && self->hub != NULL)
    shoal_hub_seek_better (hub, self);
}

static void
on_ready (gpointer user_data, guint slot)
{
  ShoalPeer *self = user_data;

  if (!self->connected)
    on_primary_changed (self, slot);
}

static void
on_opened_by_them (ShoalPeer *self, guint slot, const ShoalMessage *message)
{
  g_autoptr (ShoalChannel) channel = shoal_channel_new_theirs (self, slot, message);

  if (self->hub->events->channel != NULL)
    self->hub->events->channel (self, channel, self->hub->user_data);
  else
    shoal_channel_refuse (channel, SHOAL_REFUSED_NOT_ALLOWED);
}

static void
on_channel_message (ShoalPeer *self, guint slot, const ShoalMessage *message)
{
  gboolean ours = message->type == SHOAL_MESSAGE_CLOSE
                    ? message->close.side == 1
                    : !shoal_message_type_is_from_fetcher (message->type);
  ShoalChannel *channel
    = g_hash_table_lookup (self->channels, shoal_channel_key (slot, ours, message->channel));

  if (message->type == SHOAL_MESSAGE_OPEN)
    on_opened_by_them (self, slot, message);
  else if (channel != NULL)
    shoal_channel_take_message (channel, message);
}

static void
on_message (gpointer user_data, guint slot, const ShoalMessage *message)
{
  ShoalPeer *self = user_data;
  ShoalHub *hub = self->hub;

  if (hub == NULL)
    return;

  if (shoal_message_type_is_channel (message->type))
    {
      on_channel_message (self, slot, message);
    }
  else if (shoal_peer_take_profile_message (self, message)
           || shoal_hub_take_call_message (self, slot, message))
    {
      return;
    }
  else if (hub->events->message != NULL)
    {
      shoal_peer_ref (self);
      self->telling_slot = slot;
      hub->events->message (self, message, hub->user_data);
      self->telling_slot = 0;
      shoal_peer_unref (self);
    }
}

static void
on_drop (gpointer user_data, guint slot, const GError *error)
{
  g_autoptr (ShoalPeer) self = shoal_peer_ref (user_data);
  ShoalPeerLink *link = shoal_session_get_link (self->session, slot);
  ShoalHub *hub = self->hub;

  if (hub == NULL)
    return;

  end_channels (self, slot, error);
  if (link != NULL)
    g_ptr_array_remove (self->links, link); /* closes it, flushing control */

  if (shoal_session_get_primary (self->session) == 0 && self->links->len == 0)
    {
      gint64 lasted
        = self->connected ? shoal_runtime_now (hub_runtime (hub)) - self->connected_at : -1;

      self->connected = FALSE;
      shoal_hub_stop_seeking (hub, self);
      self->told_picture = (ShoalHash){ 0 };
      self->awaits_picture = self->owes_picture = FALSE;
      shoal_hub_cancel_calls (hub, &self->id);
      shoal_device_book_seen (hub->book, &self->id, NULL, NULL, FALSE);
      /* Silent for so long already: it counts as not reachable, whatever it
       * still announces, until a call succeeds. */
      if (g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_TIMED_OUT))
        self->dial_failures = MAX (self->dial_failures, 1);
      if (hub->events->lost != NULL)
        hub->events->lost (self, error, hub->user_data);
      shoal_peer_changed (self);
      shoal_hub_call_again (hub, self, lasted, error);
      shoal_hub_maybe_forget (hub, self);
    }
}

static const ShoalSessionHandlers session_handlers = {
  .send_control = on_send_control,
  .send_data = on_send_data,
  .hello = on_hello,
  .revealed = on_revealed,
  .ready = on_ready,
  .primary_changed = on_primary_changed,
  .message = on_message,
  .drop = on_drop,
};

/* --- Public -------------------------------------------------------------- */

const ShoalDeviceId *
shoal_peer_get_id (ShoalPeer *self)
{
  return &self->id;
}

const char *
shoal_peer_get_name (ShoalPeer *self)
{
  return self->name;
}

void
shoal_peer_set_name (ShoalPeer *self, const char *name)
{
  if (name == NULL || *name == '\0' || g_str_equal (self->name, name))
    return;

  g_free (self->name);
  self->name = g_strdup (name);
}

void
shoal_peer_changed (ShoalPeer *self)
{
  if (self->hub != NULL)
    shoal_hub_tell_changed (self->hub, self);
}

ShoalPresence
shoal_peer_get_presence (ShoalPeer *self)
{
  if (self->connected)
    return SHOAL_PRESENCE_SESSION;
  /* Announced, but calls to it fail: not reachable, whatever it announces. */
  if (self->n_sightings > 0 && self->dial_failures == 0)
    return SHOAL_PRESENCE_NEARBY;
  return SHOAL_PRESENCE_AWAY;
}

/* What the session goes by. (nullable) */
static ShoalLink *
get_primary (ShoalPeer *self)
{
  guint primary = shoal_session_get_primary (self->session);
  ShoalPeerLink *link = primary != 0 ? shoal_peer_get_link (self, primary) : NULL;

  return link != NULL ? link->link : NULL;
}

ShoalPath
shoal_peer_get_path (ShoalPeer *self)
{
  ShoalLink *link = get_primary (self);

  return link != NULL ? shoal_link_get_path (link) : SHOAL_PATH_LOCAL;
}

ShoalCarrier
shoal_peer_get_carrier (ShoalPeer *self)
{
  ShoalLink *link = get_primary (self);

  return link != NULL ? shoal_link_get_carrier (link) : SHOAL_CARRIER_TCP;
}

ShoalRelayReason
shoal_peer_get_relay_reason (ShoalPeer *self)
{
  ShoalLink *link = get_primary (self);

  return link != NULL ? shoal_link_get_relay_reason (link) : SHOAL_RELAY_NONE;
}

gboolean
shoal_peer_is_connected (ShoalPeer *self)
{
  return self->connected;
}

int
shoal_peer_get_code (ShoalPeer *self)
{
  guint primary = shoal_session_get_primary (self->session);
  ShoalPeerLink *link = primary != 0 ? shoal_peer_get_link (self, primary) : NULL;

  return link != NULL ? link->code : -1;
}

gboolean
shoal_peer_is_idle (ShoalPeer *self)
{
  return self->holds == 0 && g_hash_table_size (self->channels) == 0;
}

gboolean
shoal_peer_send (ShoalPeer *self, const ShoalMessage *message, GError **error)
{
  gboolean sent = shoal_session_send (self->session, 0, message, error);

  shoal_peer_rearm (self);
  return sent;
}

gboolean
shoal_peer_reply (ShoalPeer *self, const ShoalMessage *message, GError **error)
{
  gboolean sent;

  g_return_val_if_fail (self->telling_slot != 0, FALSE);

  sent = shoal_session_send (self->session, self->telling_slot, message, error);
  shoal_peer_rearm (self);
  return sent;
}

void
shoal_peer_hold (ShoalPeer *self)
{
  self->holds++;
  if (self->hub != NULL)
    shoal_hub_want_peer (self->hub, self);
}

void
shoal_peer_release (ShoalPeer *self)
{
  g_return_if_fail (self->holds > 0);

  self->holds--;
  if (self->holds == 0 && self->hub != NULL)
    shoal_hub_maybe_forget (self->hub, self);
}

void
shoal_peer_pin (ShoalPeer *self)
{
  self->pins++;
}

void
shoal_peer_unpin (ShoalPeer *self)
{
  g_return_if_fail (self->pins > 0);

  self->pins--;
  if (self->pins == 0 && self->hub != NULL)
    shoal_hub_maybe_forget (self->hub, self);
}

static GInetAddress *
get_inet (GSocketAddress *address)
{
  return g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
}

/* Reached over loopback, so it runs on this host too. */
static gboolean
is_on_this_host (ShoalPeer *self)
{
  for (guint i = 0; i < self->links->len; i++)
    {
      ShoalPeerLink *link = g_ptr_array_index (self->links, i);
      GSocketAddress *raw = shoal_link_get_remote_address (link->link);
      g_autoptr (GSocketAddress) remote = NULL;

      if (raw == NULL || !G_IS_INET_SOCKET_ADDRESS (raw))
        continue;
      remote = shoal_address_unmap (raw);
      if (g_inet_address_get_is_loopback (get_inet (remote)))
        return TRUE;
    }
  return FALSE;
}

void
shoal_peer_add_addresses (ShoalPeer *self, ShoalPeer *teller, const ShoalWireAddress *addresses,
                          guint n)
{
  gboolean here = is_on_this_host (teller);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GInetAddress) inet = g_inet_address_new_from_bytes (
        addresses[i].bytes,
        addresses[i].family == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
      g_autoptr (GSocketAddress) told = g_inet_socket_address_new (inet, addresses[i].port);
      g_autoptr (GSocketAddress) address = shoal_address_unmap (told);

      /* Nobody makes us call what only this host or everybody is. */
      if (g_inet_address_get_is_any (get_inet (address))
          || g_inet_address_get_is_multicast (get_inet (address))
          || g_inet_address_get_is_link_local (get_inet (address))
          || (g_inet_address_get_is_loopback (get_inet (address)) && !here))
        continue;
      g_ptr_array_insert (self->told_addresses, 0, g_steal_pointer (&address));
    }
  if (self->told_addresses->len > SHOAL_MAX_PEER_ADDRESSES)
    g_ptr_array_set_size (self->told_addresses, SHOAL_MAX_PEER_ADDRESSES);
  if (self->hub != NULL)
    shoal_hub_want_peer (self->hub, self);
  if (self->hub != NULL)
    shoal_hub_seek_better (self->hub, self);
}

void
shoal_peer_say_goodbye (ShoalPeer *self, ShoalGoodbye code, const char *text)
{
  shoal_session_close (self->session, 0, code, text);
}
