/* shoal-peer-profile.c: what a device tells of itself: name, friendship, picture.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A picture is stated by its hash, at the start of a session with a friend and
 * when it changes; whoever does not have it asks for it once, and gets it once.
 */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-peer-private.h"
#include "shoal-picture.h"
#include "shoal-sha256.h"

static const ShoalHash NO_PICTURE;

/* --- Ours ---------------------------------------------------------------- */

void
shoal_peer_state_profile (ShoalPeer *self)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_PROFILE };

  message.profile.kind = (uint8_t) self->hub->kind;
  message.profile.port = shoal_hub_get_port (self->hub);
  message.profile.name = self->hub->name;
  shoal_peer_send (self, &message, NULL);
}

/* To friends alone. */
void
shoal_peer_state_picture (ShoalPeer *self)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_PICTURE };

  if (!self->connected || !shoal_device_book_is_friend (self->hub->book, &self->id))
    return;

  if (self->hub->picture != NULL)
    message.picture.hash = self->hub->picture_hash;
  self->owes_picture = self->hub->picture != NULL;
  shoal_peer_send (self, &message, NULL);
}

static void
take_picture_request (ShoalPeer *self, const ShoalMessage *message)
{
  ShoalMessage answer = { .type = SHOAL_MESSAGE_PICTURE_BYTES };
  ShoalHub *hub = self->hub;

  if (!self->owes_picture || hub->picture == NULL
      || !shoal_hash_equals (&message->picture.hash, &hub->picture_hash))
    return;

  self->owes_picture = FALSE;
  answer.picture_bytes.hash = hub->picture_hash;
  answer.picture_bytes.data = g_bytes_get_data (hub->picture, &answer.picture_bytes.size);
  shoal_peer_send (self, &answer, NULL);
}

/* --- Theirs -------------------------------------------------------------- */

static gboolean
has_picture (ShoalPeer *self, const ShoalHash *hash)
{
  const ShoalDeviceRecord *record = shoal_device_book_get (self->hub->book, &self->id);
  gsize size;
  const void *data;
  ShoalHash own;

  if (record == NULL || record->picture == NULL)
    return FALSE;
  data = g_bytes_get_data (record->picture, &size);
  shoal_sha256 (data, size, &own);
  return shoal_hash_equals (&own, hash);
}

static void
take_picture (ShoalPeer *self, const ShoalMessage *message)
{
  ShoalMessage request = { .type = SHOAL_MESSAGE_PICTURE_REQUEST };

  self->awaits_picture = FALSE;
  self->told_picture = message->picture.hash;
  if (!shoal_device_book_is_friend (self->hub->book, &self->id))
    return; /* asked for when it is one: shoal_peer_ask_picture() */

  if (shoal_hash_equals (&message->picture.hash, &NO_PICTURE))
    {
      if (shoal_device_book_set_picture (self->hub->book, &self->id, NULL))
        shoal_peer_changed (self);
      return;
    }
  if (has_picture (self, &message->picture.hash))
    return;
  self->awaits_picture = TRUE;
  request.picture.hash = message->picture.hash;
  shoal_peer_send (self, &request, NULL);
}

/* It has told of one before it was our friend. */
void
shoal_peer_ask_picture (ShoalPeer *self)
{
  ShoalMessage told = { .type = SHOAL_MESSAGE_PICTURE };

  told.picture.hash = self->told_picture;
  if (self->connected && !shoal_hash_equals (&self->told_picture, &NO_PICTURE))
    take_picture (self, &told);
}

static void
take_picture_bytes (ShoalPeer *self, const ShoalMessage *message)
{
  g_autoptr (GBytes) picture = NULL;
  ShoalHash hash;

  if (!self->awaits_picture
      || !shoal_hash_equals (&message->picture_bytes.hash, &self->told_picture))
    return;

  self->awaits_picture = FALSE;
  shoal_sha256 (message->picture_bytes.data, message->picture_bytes.size, &hash);
  if (!shoal_hash_equals (&hash, &self->told_picture)
      || !shoal_picture_check (message->picture_bytes.data, message->picture_bytes.size, NULL))
    return;
  picture = g_bytes_new (message->picture_bytes.data, message->picture_bytes.size);
  if (shoal_device_book_set_picture (self->hub->book, &self->id, picture))
    shoal_peer_changed (self);
}

static void
take_profile (ShoalPeer *self, const ShoalMessage *message)
{
  self->port = message->profile.port;
  shoal_peer_set_name (self, message->profile.name);
  shoal_device_book_seen (self->hub->book, &self->id, self->name, NULL, FALSE);
  shoal_peer_remember_address (self);
  shoal_peer_changed (self);
}

static void
take_friend (ShoalPeer *self, const ShoalMessage *message)
{
  ShoalHub *hub = self->hub;

  if (!shoal_device_book_set_their_contribution (hub->book, &self->id,
                                                 message->friend.contribution.bytes))
    return;
  /* News of a stranger too: it waits for us to do the same. */
  if (shoal_device_book_is_friend (hub->book, &self->id))
    shoal_hub_announce (hub);
  shoal_peer_changed (self);
}

gboolean
shoal_peer_take_profile_message (ShoalPeer *self, const ShoalMessage *message)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum"
  /* The others are not about the device. */
  switch (message->type)
    {
    case SHOAL_MESSAGE_PROFILE:
      take_profile (self, message);
      return TRUE;
    case SHOAL_MESSAGE_FRIEND:
      take_friend (self, message);
      return TRUE;
    case SHOAL_MESSAGE_PICTURE:
      take_picture (self, message);
      return TRUE;
    case SHOAL_MESSAGE_PICTURE_REQUEST:
      take_picture_request (self, message);
      return TRUE;
    case SHOAL_MESSAGE_PICTURE_BYTES:
      take_picture_bytes (self, message);
      return TRUE;
    default:
      return FALSE;
    }
#pragma GCC diagnostic pop
}
