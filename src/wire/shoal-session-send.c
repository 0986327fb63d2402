/* shoal-session-send.c: what may be sent, where, and when.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-wire"

#include "config.h"

#include "shoal-session-private.h"

static gboolean
refuse (GError **error, ShoalErrorCode code, const ShoalMessage *message, const char *problem)
{
  return shoal_error_set (error, code, SHOAL_SIDE_HERE, NULL, "%s: %s",
                          shoal_message_type_get_name ((uint8_t) message->type), problem);
}

/* The slot, if messages may go there. */
static ShoalSlot *
get_adopted (ShoalSession *self, guint slot_id, const ShoalMessage *message, GError **error)
{
  ShoalSlot *slot = shoal_session_find (self, slot_id != 0 ? slot_id : self->primary);

  if (slot != NULL && slot->state == SHOAL_SLOT_STATE_ADOPTED && !self->freed)
    return slot;

  refuse (error, SHOAL_ERROR_CLOSED, message, "there is no such link");
  return NULL;
}

/* --- Channels ------------------------------------------------------------ */

static gboolean
judge_channel (ShoalSlot *slot, const ShoalMessage *message, guint *lane, GError **error)
{
  gboolean ours = message->type == SHOAL_MESSAGE_CLOSE
                    ? message->close.side == 0
                    : shoal_message_type_is_from_fetcher (message->type);
  ShoalChannelTable *table = &slot->channels[ours ? 1 : 0];
  ShoalWireChannel *channel = shoal_channel_table_find (table, message->channel);
  const char *problem = NULL;

  if (channel == NULL || channel->state == SHOAL_CHANNEL_STATE_CLOSING)
    return refuse (error, SHOAL_ERROR_CLOSED, message, "the channel is closed");

  *lane = channel->lane;
  if (message->type == SHOAL_MESSAGE_CLOSE
      || (message->type == SHOAL_MESSAGE_REFUSED
          && channel->state == SHOAL_CHANNEL_STATE_OPENING))
    {
      shoal_channel_table_finish (table, channel);
      return TRUE;
    }
  if (message->type == SHOAL_MESSAGE_REFUSED)
    return refuse (error, SHOAL_ERROR_INVALID, message, "an open channel");

  switch (shoal_wire_channel_pass (table, channel, message, &problem))
    {
    case SHOAL_VERDICT_LEGAL:
      return TRUE;
    case SHOAL_VERDICT_LATE:
    case SHOAL_VERDICT_GONE:
      return refuse (error, SHOAL_ERROR_CLOSED, message, problem);
    case SHOAL_VERDICT_BUSY:
      return refuse (error, SHOAL_ERROR_BUSY, message, problem);
    case SHOAL_VERDICT_ILLEGAL:
    default:
      return refuse (error, SHOAL_ERROR_INVALID, message, problem);
    }
}

/* --- Lists --------------------------------------------------------------- */

static gboolean
judge_list (ShoalSlot *slot, const ShoalMessage *message, GError **error)
{
  if (message->type == SHOAL_MESSAGE_LIST_REQUEST)
    {
      if (slot->n_lists[1] == SHOAL_MAX_LIST_REQUESTS)
        return refuse (error, SHOAL_ERROR_BUSY, message, "too many at once");
      slot->lists[1][slot->n_lists[1]++] = message->list_request.id;
      return TRUE;
    }

  for (guint i = 0; i < slot->n_lists[0]; i++)
    {
      if (slot->lists[0][i] == message->list.id)
        {
          slot->lists[0][i] = slot->lists[0][--slot->n_lists[0]];
          return TRUE;
        }
    }
  return refuse (error, SHOAL_ERROR_CLOSED, message, "not asked for on this link");
}

/* --- Public -------------------------------------------------------------- */

gboolean
shoal_session_send (ShoalSession *self, guint slot_id, const ShoalMessage *message, GError **error)
{
  g_autoptr (GBytes) frame = NULL;
  ShoalSlot *slot;
  guint lane;

  if (message->type < SHOAL_MESSAGE_PROFILE || message->type == SHOAL_MESSAGE_OPEN
      || message->type == SHOAL_MESSAGE_DATA)
    return refuse (error, SHOAL_ERROR_INVALID, message, "not to be sent like this");
  if (shoal_message_type_is_channel (message->type) && slot_id == 0)
    return refuse (error, SHOAL_ERROR_INVALID, message, "of which link?");

  slot = get_adopted (self, slot_id, message, error);
  if (slot == NULL)
    return FALSE;

  /* Before the books, which must not know of what cannot be sent. */
  frame = shoal_message_encode (message, error);
  if (frame == NULL)
    return FALSE;

  if (shoal_message_type_is_channel (message->type))
    {
      if (!judge_channel (slot, message, &lane, error))
        return FALSE;
    }
  else if (message->type == SHOAL_MESSAGE_LIST || message->type == SHOAL_MESSAGE_LIST_REQUEST)
    {
      if (!judge_list (slot, message, error))
        return FALSE;
    }

  shoal_session_enter (self);
  self->handlers->send_control (self->user_data, slot->id, frame);
  shoal_session_leave (self);
  return TRUE;
}

gboolean
shoal_session_open (ShoalSession *self, guint slot_id, const ShoalHash *proof, uint8_t flags,
                    uint16_t *channel, GError **error)
{
  ShoalMessage message = { SHOAL_MESSAGE_OPEN };
  ShoalSlot *slot = get_adopted (self, slot_id, &message, error);
  ShoalChannelTable *ours;

  if (slot == NULL)
    return FALSE;

  ours = &slot->channels[1];
  if (shoal_channel_table_count (ours) >= SHOAL_MAX_CHANNELS)
    return refuse (error, SHOAL_ERROR_BUSY, &message, "too many channels");

  message.channel = *channel = shoal_channel_table_pick (ours);
  message.open.proof = *proof;
  message.open.flags = flags;
  shoal_channel_table_add (ours, message.channel);

  shoal_session_enter (self);
  shoal_session_post (self, slot, &message);
  shoal_session_leave (self);
  return TRUE;
}

gboolean
shoal_session_send_data (ShoalSession *self, guint slot_id, uint16_t channel, uint32_t request,
                         uint32_t offset, GBytes *payload, GError **error)
{
  ShoalMessage message = { SHOAL_MESSAGE_DATA, .channel = channel };
  ShoalSlot *slot = get_adopted (self, slot_id, &message, error);
  g_autoptr (GBytes) header = NULL;
  guint lane;

  if (slot == NULL)
    return FALSE;

  message.data.request = request;
  message.data.offset = offset;
  message.data.payload = g_bytes_get_data (payload, &message.data.size);
  header = shoal_message_encode (&message, error);
  if (header == NULL || !judge_channel (slot, &message, &lane, error))
    return FALSE;

  shoal_session_enter (self);
  self->handlers->send_data (self->user_data, slot->id, lane, header, payload);
  shoal_session_leave (self);
  return TRUE;
}
