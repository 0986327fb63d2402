/* shoal-channel.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-channel.h"

#include "shoal-error.h"
#include "shoal-peer-private.h"

#define NO_LANE G_MAXUINT

struct _ShoalChannel
{
  grefcount                 ref_count;
  ShoalPeer                *peer;       /* (owned) */
  guint                     slot;
  gboolean                  ours;
  uint16_t                  number;
  uint8_t                   open_flags;
  ShoalHash                 proof;      /* theirs: of OPEN; ours: what OPENED must bear */
  guint                     lane;       /* of the link's bulk queue, once data has gone */
  gboolean                  ended;
  gboolean                  stopped;    /* holds the link's reading up */
  gboolean                  was_full;   /* wants_data() said FALSE */
  const ShoalChannelEvents *events;     /* (nullable) */
  gpointer                  user_data;
};

/* The channel whose data the session is being given: send_data() of the session's
 * handlers comes from inside, and knows the lane but not us. Engine thread only. */
static ShoalChannel *sending;

gpointer
shoal_channel_key (guint slot, gboolean ours, uint16_t number)
{
  return GSIZE_TO_POINTER ((gsize) slot << 17 | (gsize) (ours ? 1 : 0) << 16 | number);
}

static ShoalChannel *
channel_new (ShoalPeer *peer, guint slot, gboolean ours, uint16_t number)
{
  ShoalChannel *self = g_new0 (ShoalChannel, 1);

  g_ref_count_init (&self->ref_count);
  self->peer = shoal_peer_ref (peer);
  self->slot = slot;
  self->ours = ours;
  self->number = number;
  self->lane = NO_LANE;
  return self;
}

ShoalChannel *
shoal_channel_ref (ShoalChannel *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
shoal_channel_unref (ShoalChannel *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  shoal_peer_unref (self->peer);
  g_free (self);
}

/* Puts it among the peer's, which hold a reference until it ends. */
static void
enlist (ShoalChannel *self)
{
  g_hash_table_insert (self->peer->channels,
                       shoal_channel_key (self->slot, self->ours, self->number),
                       shoal_channel_ref (self));
}

static void
compute_proof (ShoalChannel *self, ShoalProofRole role, const ShoalHash *key, ShoalHash *proof)
{
  ShoalPeerLink *link = shoal_peer_get_link (self->peer, self->slot);
  const ShoalDeviceId *own = shoal_hub_get_own_id (self->peer->hub);

  shoal_share_proof_make (role, key->bytes, shoal_link_get_exporter (link->link),
                          self->ours ? own : &self->peer->id, self->ours ? &self->peer->id : own,
                          proof);
}

/* --- Life ---------------------------------------------------------------- */

ShoalChannel *
shoal_channel_open (ShoalPeer *peer, const ShoalHash *key, uint8_t flags,
                    const ShoalChannelEvents *events, gpointer user_data, GError **error)
{
  g_autoptr (ShoalChannel) self = NULL;
  guint slot = shoal_session_get_primary (peer->session);
  ShoalHash proof;

  if (slot == 0 || peer->hub == NULL)
    {
      shoal_error_set (error, SHOAL_ERROR_CLOSED, SHOAL_SIDE_NETWORK, NULL, "Not connected");
      return NULL;
    }

  self = channel_new (peer, slot, TRUE, 0);
  self->events = events;
  self->user_data = user_data;
  compute_proof (self, SHOAL_PROOF_FETCHER, key, &proof);
  compute_proof (self, SHOAL_PROOF_SERVER, key, &self->proof);
  if (!shoal_session_open (peer->session, slot, &proof, flags, &self->number, error))
    return NULL;

  enlist (self);
  shoal_peer_rearm (peer);
  return g_steal_pointer (&self);
}

ShoalChannel *
shoal_channel_new_theirs (ShoalPeer *peer, guint slot, const ShoalMessage *open)
{
  ShoalChannel *self = channel_new (peer, slot, FALSE, open->channel);

  self->proof = open->open.proof;
  self->open_flags = open->open.flags;
  enlist (self);
  return self;
}

gboolean
shoal_channel_is_for (ShoalChannel *self, const ShoalHash *key)
{
  ShoalPeerLink *link = shoal_peer_get_link (self->peer, self->slot);

  if (link == NULL || self->ended || self->peer->hub == NULL)
    return FALSE;

  return shoal_share_proof_check (SHOAL_PROOF_FETCHER, key->bytes,
                                  shoal_link_get_exporter (link->link), &self->peer->id,
                                  shoal_hub_get_own_id (self->peer->hub), &self->proof);
}

gboolean
shoal_channel_accept (ShoalChannel *self, const ShoalHash *key, uint8_t flags,
                      uint32_t description_size, uint32_t attributes_size, const ShoalHash *share,
                      const ShoalChannelEvents *events, gpointer user_data, GError **error)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_OPENED };

  g_return_val_if_fail (!self->ours, FALSE);

  if (self->ended || self->peer->hub == NULL)
    return shoal_error_set (error, SHOAL_ERROR_CLOSED, SHOAL_SIDE_NETWORK, NULL, "Link is gone");

  compute_proof (self, SHOAL_PROOF_SERVER, key, &message.opened.proof);
  message.opened.flags = flags;
  message.opened.description_size = description_size;
  message.opened.attributes_size = attributes_size;
  message.opened.share = *share;
  self->events = events;
  self->user_data = user_data;
  return shoal_channel_send (self, &message, error);
}

void
shoal_channel_refuse (ShoalChannel *self, ShoalRefused reason)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_REFUSED, .refused = { (uint8_t) reason } };

  g_return_if_fail (!self->ours);

  if (self->ended)
    return;
  shoal_channel_send (self, &message, NULL);
  self->events = NULL;
  shoal_channel_end (self, NULL);
}

/* Takes it out of the peer; @error NULL tells nobody. */
void
shoal_channel_end (ShoalChannel *self, const GError *error)
{
  g_autoptr (ShoalChannel) keep = shoal_channel_ref (self);
  ShoalPeerLink *link;

  if (self->ended)
    return;

  link = shoal_peer_get_link (self->peer, self->slot);
  shoal_channel_set_reading (self, TRUE);
  if (link != NULL && self->lane != NO_LANE)
    shoal_link_drop_bulk (link->link, self->lane);
  self->ended = TRUE;
  g_hash_table_remove (self->peer->channels,
                       shoal_channel_key (self->slot, self->ours, self->number));

  if (error != NULL && self->events != NULL && self->events->closed != NULL)
    self->events->closed (self, error, self->user_data);
}

void
shoal_channel_close (ShoalChannel *self)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_CLOSE };

  self->events = NULL;
  if (self->ended)
    return;

  message.close.side = self->ours ? 0 : 1;
  shoal_channel_send (self, &message, NULL);
  shoal_channel_end (self, NULL);
}

/* --- Messages ------------------------------------------------------------ */

gboolean
shoal_channel_send (ShoalChannel *self, ShoalMessage *message, GError **error)
{
  gboolean sent;

  if (self->ended)
    return shoal_error_set (error, SHOAL_ERROR_CLOSED, SHOAL_SIDE_NETWORK, NULL,
                            "Channel is closed");

  message->channel = self->number;
  sent = shoal_session_send (self->peer->session, self->slot, message, error);
  shoal_peer_rearm (self->peer);
  return sent;
}

gboolean
shoal_channel_send_data (ShoalChannel *self, uint32_t request, uint32_t offset, GBytes *payload,
                         GError **error)
{
  gboolean sent;

  if (self->ended)
    return shoal_error_set (error, SHOAL_ERROR_CLOSED, SHOAL_SIDE_NETWORK, NULL,
                            "Channel is closed");

  sending = self;
  sent = shoal_session_send_data (self->peer->session, self->slot, self->number, request, offset,
                                  payload, error);
  sending = NULL;
  return sent;
}

void
shoal_channel_note_lane (ShoalPeer *peer, guint slot, guint lane)
{
  if (sending != NULL && sending->peer == peer && sending->slot == slot)
    sending->lane = lane;
}

gboolean
shoal_channel_wants_data (ShoalChannel *self)
{
  ShoalPeerLink *link = shoal_peer_get_link (self->peer, self->slot);
  gboolean wants = link != NULL && !self->ended && shoal_link_wants_bulk (link->link);

  self->was_full = !wants;
  return wants;
}

void
shoal_channel_take_writable (ShoalChannel *self)
{
  if (!self->was_full || self->ended)
    return;

  self->was_full = FALSE;
  if (self->events != NULL && self->events->writable != NULL)
    self->events->writable (self, self->user_data);
}

static void
end_with (ShoalChannel *self, ShoalErrorCode code, const char *text)
{
  g_autoptr (GError) error = shoal_error_new (code, SHOAL_SIDE_THERE, NULL, "%s", text);

  shoal_channel_end (self, error);
}

void
shoal_channel_take_message (ShoalChannel *self, const ShoalMessage *message)
{
  g_autoptr (ShoalChannel) keep = shoal_channel_ref (self);

  if (self->ended)
    return;

  if (message->type == SHOAL_MESSAGE_CLOSE)
    {
      end_with (self, SHOAL_ERROR_CLOSED, "The other device ended the transfer");
    }
  else if (message->type == SHOAL_MESSAGE_REFUSED)
    {
      if (message->refused.reason == SHOAL_REFUSED_TOO_MANY)
        end_with (self, SHOAL_ERROR_BUSY, "The other device is too busy");
      else
        end_with (self, SHOAL_ERROR_REFUSED, "The other device does not share this with us");
    }
  else if (message->type == SHOAL_MESSAGE_OPENED
           && !shoal_constant_time_equal (&message->opened.proof, &self->proof,
                                          sizeof self->proof))
    {
      /* Whoever does not know the key has nothing to serve. */
      shoal_channel_send (self, &(ShoalMessage){ .type = SHOAL_MESSAGE_CLOSE }, NULL);
      end_with (self, SHOAL_ERROR_PROTOCOL, "The other device could not prove that it has this");
    }
  else if (self->events != NULL && self->events->message != NULL)
    {
      self->events->message (self, message, self->user_data);
    }
}

void
shoal_channel_set_reading (ShoalChannel *self, gboolean reading)
{
  ShoalPeerLink *link = shoal_peer_get_link (self->peer, self->slot);

  if (link == NULL || self->ended || self->stopped == !reading)
    return;

  self->stopped = !reading;
  if (reading)
    link->n_stopped--;
  else
    link->n_stopped++;
  shoal_peer_link_update_reading (link);
}

/* --- Facts --------------------------------------------------------------- */

gboolean
shoal_channel_is_closed (ShoalChannel *self)
{
  return self->ended;
}

ShoalPeer *
shoal_channel_get_peer (ShoalChannel *self)
{
  return self->peer;
}

const ShoalDeviceId *
shoal_channel_get_device (ShoalChannel *self)
{
  return &self->peer->id;
}

ShoalPath
shoal_channel_get_path (ShoalChannel *self)
{
  ShoalPeerLink *link = shoal_peer_get_link (self->peer, self->slot);

  return link != NULL ? shoal_link_get_path (link->link) : SHOAL_PATH_LOCAL;
}

gint64
shoal_channel_get_rtt (ShoalChannel *self)
{
  return shoal_session_get_rtt (self->peer->session, self->slot);
}

gboolean
shoal_channel_is_on_best_link (ShoalChannel *self)
{
  return shoal_session_get_primary (self->peer->session) == self->slot;
}

uint8_t
shoal_channel_get_open_flags (ShoalChannel *self)
{
  return self->open_flags;
}

guint
shoal_channel_get_slot (ShoalChannel *self)
{
  return self->slot;
}
