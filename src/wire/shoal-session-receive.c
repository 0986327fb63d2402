/* shoal-session-receive.c: what each frame of the other device means.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-wire"

#include "config.h"

#include "shoal-session-private.h"

/* Each function here returns FALSE with an error if the frame breaks the
 * protocol; the caller then ends the slot. Anything may have happened to slot and
 * session by the time one returns TRUE. */

static gboolean
illegal (GError **error, ShoalErrorCode code, const ShoalMessage *message, const char *problem)
{
  return shoal_error_set (error, code, SHOAL_SIDE_THERE, NULL, "%s: %s",
                          shoal_message_type_get_name ((uint8_t) message->type), problem);
}

static void
tell (ShoalSession *self, ShoalSlot *slot, const ShoalMessage *message)
{
  self->handlers->message (self->user_data, slot->id, message);
}

/* --- Greeting ------------------------------------------------------------ */

/* Another run of the other's program: links of the earlier one are dead. FALSE if
 * @slot itself is such a one. */
static gboolean
note_instance (ShoalSession *self, ShoalSlot *slot, gboolean *restarted)
{
  g_autoptr (GError) error = shoal_error_new (SHOAL_ERROR_CLOSED, SHOAL_SIDE_THERE, NULL,
                                              "The other device has restarted");
  guint slots[SHOAL_MAX_LINKS_PER_DEVICE];
  guint n_slots;
  gboolean same
    = !self->known || memcmp (self->peer_instance, slot->instance, SHOAL_INSTANCE_SIZE) == 0;

  *restarted = !same;
  if (!same && slot->id < self->instance_slot)
    {
      shoal_session_end (self, slot, error);
      return FALSE;
    }

  self->known = TRUE;
  self->instance_slot = MAX (self->instance_slot, slot->id);
  memcpy (self->peer_instance, slot->instance, SHOAL_INSTANCE_SIZE);

  n_slots = shoal_session_get_slots (self, slots);
  for (guint i = 0; i < n_slots && !same && !self->freed; i++)
    {
      ShoalSlot *other = shoal_session_find (self, slots[i]);

      if (other != NULL && other->state != SHOAL_SLOT_STATE_GREETING
          && memcmp (other->instance, self->peer_instance, SHOAL_INSTANCE_SIZE) != 0)
        shoal_session_end (self, other, error);
    }

  return shoal_session_is_live (self, slot);
}

static gboolean
on_hello (ShoalSession *self, ShoalSlot *slot, const ShoalMessage *message, GError **error)
{
  ShoalMessage reveal = { SHOAL_MESSAGE_REVEAL };
  gboolean restarted;

  if (slot->state != SHOAL_SLOT_STATE_GREETING)
    return illegal (error, SHOAL_ERROR_PROTOCOL, message, "a second one");

  slot->commit = message->hello.commit;
  memcpy (slot->instance, message->hello.instance, SHOAL_INSTANCE_SIZE);
  shoal_slot_set_state (slot, SHOAL_SLOT_STATE_REVEALING);
  if (!note_instance (self, slot, &restarted))
    return TRUE;

  reveal.reveal.r = slot->r;
  if (shoal_session_post (self, slot, &reveal))
    self->handlers->hello (self->user_data, slot->id, message, restarted);
  return TRUE;
}

static gboolean
on_reveal (ShoalSession *self, ShoalSlot *slot, const ShoalMessage *message, GError **error)
{
  gboolean fits;

  if (slot->state != SHOAL_SLOT_STATE_REVEALING)
    return illegal (error, SHOAL_ERROR_PROTOCOL, message, "out of order");

  fits = self->handlers->revealed (self->user_data, slot->id, &slot->commit, &message->reveal.r);
  if (!shoal_session_is_live (self, slot))
    return TRUE;
  if (!fits)
    return illegal (error, SHOAL_ERROR_PROTOCOL, message, "it does not fit the commitment");

  shoal_slot_set_state (slot, SHOAL_SLOT_STATE_USABLE);
  slot->spare_at = ++self->events;
  shoal_session_review (self);
  return TRUE;
}

static gboolean
on_adopt (ShoalSession *self, ShoalSlot *slot, const ShoalMessage *message, GError **error)
{
  if (shoal_session_is_leader (self))
    return illegal (error, SHOAL_ERROR_PROTOCOL, message, "from the device that does not lead");

  shoal_session_adopted (self, slot);
  shoal_session_announce (self);
  return TRUE;
}

static gboolean
on_drop (ShoalSession *self, ShoalSlot *slot, const ShoalMessage *message, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (shoal_session_is_leader (self))
    return illegal (error, SHOAL_ERROR_PROTOCOL, message, "from the device that does not lead");

  reason = shoal_error_new (SHOAL_ERROR_CLOSED, SHOAL_SIDE_NONE, NULL, "The link is not needed");
  shoal_session_end (self, slot, reason);
  return TRUE;
}

static gboolean
on_ping (ShoalSession *self, ShoalSlot *slot, const ShoalMessage *message)
{
  ShoalMessage pong = { SHOAL_MESSAGE_PONG };

  pong.ping.value = message->ping.value;
  if (slot->state != SHOAL_SLOT_STATE_DROPPING)
    shoal_session_post (self, slot, &pong);
  return TRUE;
}

static gboolean
on_pong (ShoalSession *self, ShoalSlot *slot, const ShoalMessage *message, GError **error)
{
  uint64_t value = message->ping.value;

  if (value <= slot->pong || value > slot->ping)
    return illegal (error, SHOAL_ERROR_PROTOCOL, message, "an answer to no PING");

  slot->pong = value;
  if (value == slot->ping)
    {
      slot->rtt = self->now - slot->pinged;
      slot->alive_at = slot->pinged_at;
      if (slot->id == self->primary)
        self->probe = SHOAL_PROBE_NONE;
    }
  return TRUE;
}

static gboolean
on_goodbye (ShoalSession *self, ShoalSlot *slot, const ShoalMessage *message)
{
  static const struct
  {
    ShoalErrorCode code;
    ShoalSide      side;
    const char    *words;
  } REASONS[] = {
    [SHOAL_GOODBYE_LEAVING] = { SHOAL_ERROR_CLOSED, SHOAL_SIDE_THERE,
                                "The other device has left" },
    [SHOAL_GOODBYE_PROTOCOL] = { SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_HERE,
                                 "The other device says that this one broke the protocol" },
    [SHOAL_GOODBYE_VERSION] = { SHOAL_ERROR_VERSION, SHOAL_SIDE_NONE,
                                "The other device speaks no version of the protocol that this "
                                "one does" },
    [SHOAL_GOODBYE_LIMIT] = { SHOAL_ERROR_LIMIT, SHOAL_SIDE_HERE,
                              "The other device says that this one went over a limit" },
    [SHOAL_GOODBYE_UNWELCOME] = { SHOAL_ERROR_REFUSED, SHOAL_SIDE_THERE,
                                  "The other device does not want to talk to this one" },
    [SHOAL_GOODBYE_OTHER] = { SHOAL_ERROR_FAILED, SHOAL_SIDE_THERE,
                              "The other device has ended the link" },
  };
  guint code = MIN (message->goodbye.code, SHOAL_GOODBYE_OTHER);
  const char *next
    = code == SHOAL_GOODBYE_VERSION ? "Update Shoal on both devices." : NULL;
  const char *text = message->goodbye.text;
  g_autoptr (GError) error =
    shoal_error_new (REASONS[code].code, REASONS[code].side, next, "%s%s%s%s", REASONS[code].words,
                     *text != '\0' ? " (“" : "", text, *text != '\0' ? "”)" : "");

  shoal_session_end (self, slot, error);
  return TRUE;
}

/* Types below 0x10, which are for the session itself. */
static gboolean
on_session_message (ShoalSession *self, ShoalSlot *slot, const ShoalMessage *message,
                    GError **error)
{
  gboolean greeted = slot->state != SHOAL_SLOT_STATE_GREETING;
  gboolean usable = greeted && slot->state != SHOAL_SLOT_STATE_REVEALING;

  if (message->type == SHOAL_MESSAGE_HELLO)
    return on_hello (self, slot, message, error);
  if (message->type == SHOAL_MESSAGE_GOODBYE)
    return on_goodbye (self, slot, message);
  if (!greeted)
    return illegal (error, SHOAL_ERROR_PROTOCOL, message, "before HELLO");
  if (message->type == SHOAL_MESSAGE_REVEAL)
    return on_reveal (self, slot, message, error);
  if (!usable)
    return illegal (error, SHOAL_ERROR_PROTOCOL, message, "before REVEAL");
  if (message->type == SHOAL_MESSAGE_ADOPT)
    return on_adopt (self, slot, message, error);
  if (message->type == SHOAL_MESSAGE_DROP)
    return on_drop (self, slot, message, error);
  if (message->type == SHOAL_MESSAGE_PING)
    return on_ping (self, slot, message);
  return on_pong (self, slot, message, error);
}

/* --- Lists --------------------------------------------------------------- */

static gboolean
on_list_request (ShoalSession *self, ShoalSlot *slot, const ShoalMessage *message, GError **error)
{
  if (slot->n_lists[0] == SHOAL_MAX_LIST_REQUESTS)
    return illegal (error, SHOAL_ERROR_LIMIT, message, "too many at once");

  slot->lists[0][slot->n_lists[0]++] = message->list_request.id;
  tell (self, slot, message);
  return TRUE;
}

static gboolean
on_list (ShoalSession *self, ShoalSlot *slot, const ShoalMessage *message, GError **error)
{
  for (guint i = 0; i < slot->n_lists[1]; i++)
    {
      if (slot->lists[1][i] == message->list.id)
        {
          slot->lists[1][i] = slot->lists[1][--slot->n_lists[1]];
          tell (self, slot, message);
          return TRUE;
        }
    }

  return illegal (error, SHOAL_ERROR_PROTOCOL, message, "not asked for");
}

/* --- Channels ------------------------------------------------------------ */

static gboolean
on_open (ShoalSession *self, ShoalSlot *slot, const ShoalMessage *message, GError **error)
{
  ShoalChannelTable *theirs = &slot->channels[0];

  if (shoal_channel_table_find (theirs, message->channel) != NULL)
    return illegal (error, SHOAL_ERROR_PROTOCOL, message, "a channel that is open");
  if (shoal_channel_table_count (theirs) >= SHOAL_MAX_CHANNELS)
    return illegal (error, SHOAL_ERROR_LIMIT, message, "too many channels");

  shoal_channel_table_add (theirs, message->channel);
  tell (self, slot, message);
  return TRUE;
}

/* The other side is done with the channel: CLOSE, or REFUSED as a server. */
static gboolean
on_close (ShoalSession *self, ShoalSlot *slot, ShoalChannelTable *table, ShoalWireChannel *channel,
          const ShoalMessage *message)
{
  ShoalMessage answer = { SHOAL_MESSAGE_CLOSE, .channel = message->channel };
  gboolean was_closing = channel->state == SHOAL_CHANNEL_STATE_CLOSING;

  shoal_channel_table_remove (table, channel);
  if (was_closing)
    return TRUE;

  answer.close.side = table == &slot->channels[1] ? 0 : 1;
  if (shoal_session_post (self, slot, &answer))
    tell (self, slot, message);
  return TRUE;
}

/* Lets through what may be queued, and tells the other side what may not. */
static gboolean
admit_requests (ShoalSession *self, ShoalSlot *slot, ShoalChannelTable *table,
                ShoalWireChannel *channel, ShoalMessage *message)
{
  g_autoptr (GArray) rejected = g_array_new (FALSE, FALSE, sizeof (uint32_t));

  message->request.n_entries
    = shoal_wire_channel_admit (table, channel, (ShoalRequestEntry *) message->request.entries,
                           message->request.n_entries, rejected);

  for (guint i = 0; i < rejected->len; i++)
    {
      ShoalMessage reject = { SHOAL_MESSAGE_REJECT, .channel = message->channel };

      reject.reject.request = g_array_index (rejected, uint32_t, i);
      reject.reject.reason = SHOAL_REJECT_BUSY;
      if (!shoal_session_post (self, slot, &reject))
        return FALSE;
    }

  /* Sending may have led to anything. */
  return message->request.n_entries > 0 && channel->state == SHOAL_CHANNEL_STATE_OPEN;
}

static gboolean
on_open_channel_message (ShoalSession *self, ShoalSlot *slot, ShoalChannelTable *table,
                         ShoalWireChannel *channel, ShoalMessage *message, GError **error)
{
  const char *problem = NULL;
  ShoalVerdict verdict;

  if (message->type == SHOAL_MESSAGE_REQUEST && channel->state == SHOAL_CHANNEL_STATE_OPEN
      && !admit_requests (self, slot, table, channel, message))
    return TRUE;

  if (message->type == SHOAL_MESSAGE_CANCEL)
    {
      message->cancel.n_requests
        = shoal_wire_channel_filter_cancels (channel, (uint32_t *) message->cancel.requests,
                                        message->cancel.n_requests);
      if (message->cancel.n_requests == 0 && channel->state == SHOAL_CHANNEL_STATE_OPEN)
        return TRUE;
    }

  verdict = shoal_wire_channel_pass (table, channel, message, &problem);
  if (verdict == SHOAL_VERDICT_LATE)
    return TRUE;
  if (verdict != SHOAL_VERDICT_LEGAL)
    return illegal (error,
                    verdict == SHOAL_VERDICT_BUSY ? SHOAL_ERROR_LIMIT : SHOAL_ERROR_PROTOCOL,
                    message, problem);

  tell (self, slot, message);
  return TRUE;
}

static gboolean
on_channel_message (ShoalSession *self, ShoalSlot *slot, ShoalMessage *message, GError **error)
{
  gboolean theirs = message->type == SHOAL_MESSAGE_CLOSE
                      ? message->close.side == 0
                      : shoal_message_type_is_from_fetcher (message->type);
  ShoalChannelTable *table = &slot->channels[theirs ? 0 : 1];
  ShoalWireChannel *channel;

  /* It crossed our DROP; its channels end with the link. */
  if (slot->state == SHOAL_SLOT_STATE_DROPPING)
    return TRUE;
  if (message->type == SHOAL_MESSAGE_OPEN)
    return on_open (self, slot, message, error);

  channel = shoal_channel_table_find (table, message->channel);
  if (channel == NULL)
    return illegal (error, SHOAL_ERROR_PROTOCOL, message, "no such channel");

  if (message->type == SHOAL_MESSAGE_CLOSE)
    return on_close (self, slot, table, channel, message);
  if (message->type == SHOAL_MESSAGE_REFUSED)
    {
      if (channel->state == SHOAL_CHANNEL_STATE_OPEN)
        return illegal (error, SHOAL_ERROR_PROTOCOL, message, "an open channel");
      return on_close (self, slot, table, channel, message);
    }

  /* It crossed our CLOSE. */
  if (channel->state == SHOAL_CHANNEL_STATE_CLOSING)
    return TRUE;
  return on_open_channel_message (self, slot, table, channel, message, error);
}

/* --- All ----------------------------------------------------------------- */

static gboolean
on_message (ShoalSession *self, ShoalSlot *slot, ShoalMessage *message, GError **error)
{
  if (message->type < SHOAL_MESSAGE_PROFILE)
    return on_session_message (self, slot, message, error);

  if (slot->state != SHOAL_SLOT_STATE_ADOPTED && slot->state != SHOAL_SLOT_STATE_DROPPING)
    return illegal (error, SHOAL_ERROR_PROTOCOL, message, "before ADOPT");

  if (shoal_message_type_is_channel (message->type))
    return on_channel_message (self, slot, message, error);
  if (message->type == SHOAL_MESSAGE_LIST)
    return on_list (self, slot, message, error);
  if (message->type == SHOAL_MESSAGE_LIST_REQUEST)
    return slot->state == SHOAL_SLOT_STATE_DROPPING
           || on_list_request (self, slot, message, error);

  tell (self, slot, message);
  return TRUE;
}

/* Versions are told apart before anything else of a HELLO is believed. */
static gboolean
check_version (const ShoalFrame *frame, GError **error)
{
  if (frame->type != SHOAL_MESSAGE_HELLO || frame->size < 2
      || frame->body[0] != 0 || frame->body[1] != 0)
    return TRUE;

  return shoal_error_set (error, SHOAL_ERROR_VERSION, SHOAL_SIDE_THERE,
                          "Update Shoal on both devices.",
                          "The other device speaks no version of the protocol that this one does");
}

void
shoal_session_dispatch (ShoalSession *self, ShoalSlot *slot, const ShoalFrame *frame)
{
  g_auto (ShoalMessage) message = { 0 };
  g_autoptr (GError) error = NULL;

  if (!check_version (frame, &error) || !shoal_message_decode (&message, frame, &error)
      || !on_message (self, slot, &message, &error))
    {
      if (shoal_session_is_live (self, slot))
        shoal_session_fail (self, slot, error);
    }
}
