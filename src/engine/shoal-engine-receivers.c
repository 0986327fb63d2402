/* shoal-engine-receivers.c: what the receivers of our offers answer, and the end.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-limits.h"

/* --- What receivers say -------------------------------------------------- */

static void
introduce (ShoalTransfer *to)
{
  ShoalOffering *self = to->offering;
  g_autofree ShoalPeerEntry *entries = g_new0 (ShoalPeerEntry, SHOAL_MAX_PEERS);
  ShoalMessage message = { .type = SHOAL_MESSAGE_INTRODUCE };
  guint n = 0;

  for (guint i = 0; i < self->transfers->len && n < SHOAL_MAX_PEERS; i++)
    {
      ShoalTransfer *other = g_ptr_array_index (self->transfers, i);

      if (other == to || !other->accepted || !other->they_pass_on)
        continue;
      entries[n].device = *shoal_peer_get_id (other->peer);
      entries[n].n_addresses
        = (uint8_t) shoal_peer_get_addresses (other->peer, entries[n].addresses);
      if (entries[n].n_addresses > 0)
        n++;
    }
  memcpy (message.introduce.offer.id, self->offer.bytes, sizeof self->offer.bytes);
  message.introduce.index = (uint16_t) to->index;
  message.introduce.count = (uint16_t) self->transfers->len;
  message.introduce.entries = entries;
  message.introduce.n_entries = n;
  shoal_peer_send (to->peer, &message, NULL);
}

static void
take_accept (ShoalTransfer *transfer, const ShoalMessage *message)
{
  ShoalOffering *self = transfer->offering;
  gboolean news = !transfer->accepted;

  transfer->accepted = TRUE;
  transfer->stored->wanted_bytes = message->accept.bytes;
  transfer->stored->wanted_files = message->accept.files;
  transfer->they_pass_on = (message->accept.flags & SHOAL_ACCEPT_PASS_ON) != 0;
  if (transfer->stored->started == 0)
    transfer->stored->started = shoal_runtime_wall_time (engine_runtime (self->engine));
  if (transfer->phase != SHOAL_TRANSFER_PAUSED)
    shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_RUNNING, NULL);
  if (news)
    {
      transfer->started = shoal_runtime_now (engine_runtime (self->engine));
      shoal_transfer_tell (transfer, SHOAL_EVENT_ACCEPTED);
    }
  for (guint i = 0; self->transfers->len > 1 && i < self->transfers->len; i++)
    {
      ShoalTransfer *other = g_ptr_array_index (self->transfers, i);

      if (other->accepted && (other == transfer || news) && !shoal_transfer_is_over (other))
        introduce (other);
    }
}

static void
take_decline (ShoalTransfer *transfer, const ShoalMessage *message)
{
  g_autofree char *name
    = shoal_engine_name_device (transfer->engine, shoal_peer_get_id (transfer->peer));
  g_autofree char *what = transfer->stored->kind == SHOAL_STORED_FILES
                             ? g_strdup_printf ("“%s”", transfer->stored->name)
                             : g_strdup ("your text");
  const char *text = message->decline.text;
  GError *error = NULL;
  ShoalTransferPhase phase = SHOAL_TRANSFER_FAILED;

  switch ((ShoalDecline) message->decline.reason)
    {
    case SHOAL_DECLINE_PERSON:
      phase = SHOAL_TRANSFER_DECLINED;
      error = shoal_error_new (SHOAL_ERROR_DECLINED, SHOAL_SIDE_THERE, NULL,
                               text != NULL && *text != '\0' ? "%s declined %s: “%s”"
                                                             : "%s declined %s",
                               name, what, text);
      break;
    case SHOAL_DECLINE_NO_SPACE:
      error = shoal_error_new (SHOAL_ERROR_DISK_FULL, SHOAL_SIDE_THERE,
                               "Ask them to free some space, then send it again.",
                               "%s has no room for %s%s%s", name, what,
                               text != NULL && *text != '\0' ? ": " : "",
                               text != NULL ? text : "");
      break;
    case SHOAL_DECLINE_CANNOT_HOLD:
      error = shoal_error_new (SHOAL_ERROR_UNSUPPORTED, SHOAL_SIDE_THERE,
                               "They can choose another folder.", "%s cannot take %s%s%s", name,
                               what, text != NULL && *text != '\0' ? ": " : "",
                               text != NULL ? text : "");
      break;
    case SHOAL_DECLINE_TOO_MANY:
      error = shoal_error_new (SHOAL_ERROR_BUSY, SHOAL_SIDE_THERE,
                               "Try again when they have answered some.",
                               "%s has too many offers waiting", name);
      break;
    case SHOAL_DECLINE_STOPPED:
      error = shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_THERE, NULL,
                               "%s stopped receiving %s", name, what);
      break;
    case SHOAL_DECLINE_OTHER:
    default:
      error = shoal_error_new (SHOAL_ERROR_FAILED, SHOAL_SIDE_THERE, NULL,
                               "%s could not receive %s%s%s", name, what,
                               text != NULL && *text != '\0' ? ": " : "",
                               text != NULL ? text : "");
      break;
    }
  shoal_transfer_set_phase (transfer, phase, error);
  shoal_offering_drop (transfer);
}

static void
take_received (ShoalTransfer *transfer, const ShoalMessage *message)
{
  gint64 now = shoal_runtime_now (engine_runtime (transfer->engine));
  uint64_t verified = message->received.verified;
  gboolean paused = message->received.state == SHOAL_RECEIVED_PAUSED_PERSON
                    || message->received.state == SHOAL_RECEIVED_PAUSED_DISK_FULL
                    || message->received.state == SHOAL_RECEIVED_PAUSED_OTHER;

  if (verified > transfer->stored->done_bytes)
    shoal_rate_add (&transfer->rate, now, verified - transfer->stored->done_bytes);
  transfer->stored->done_bytes = verified;
  transfer->stored->passed_on = message->received.passed_on;
  if (paused)
    {
      GError *error = NULL;

      if (message->received.state == SHOAL_RECEIVED_PAUSED_DISK_FULL)
        error = shoal_error_new (SHOAL_ERROR_DISK_FULL, SHOAL_SIDE_THERE, NULL, "%s",
                                 message->received.text);
      g_free (transfer->reason);
      transfer->reason = g_strdup (*message->received.text != '\0'
                                     ? message->received.text
                                     : "The receiver has paused it");
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_PAUSED, error);
    }
  else if (message->received.state == SHOAL_RECEIVED_SYNCING)
    {
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_SYNCING, NULL);
      shoal_offering_hash_rest (transfer->offering);
    }
  else if (transfer->stored->state != SHOAL_STORED_PAUSED)
    {
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_RUNNING, NULL);
    }
  shoal_transfer_touch (transfer);
}

static void
take_committed (ShoalTransfer *transfer, const ShoalMessage *message)
{
  ShoalStoredTransfer *stored = transfer->stored;

  transfer->accepted = TRUE;
  stored->wanted_bytes = MAX (stored->wanted_bytes, message->committed.bytes);
  stored->wanted_files = message->committed.files + message->committed.failed;
  stored->failed_files = message->committed.failed;
  stored->done_bytes = message->committed.bytes;
  if (stored->started == 0)
    stored->started = shoal_runtime_wall_time (engine_runtime (transfer->engine));
  shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_DONE, NULL);
  shoal_offering_drop (transfer);
}

static const ShoalOfferId *
offer_of (const ShoalMessage *message)
{
  switch ((int) message->type)
    {
    case SHOAL_MESSAGE_SEEN:
      return &message->seen.offer;
    case SHOAL_MESSAGE_ACCEPT:
      return &message->accept.offer;
    case SHOAL_MESSAGE_DECLINE:
      return &message->decline.offer;
    case SHOAL_MESSAGE_RECEIVED:
      return &message->received.offer;
    case SHOAL_MESSAGE_COMMITTED:
      return &message->committed.offer;
    default:
      return NULL;
    }
}

static ShoalTransfer *
find_offered (ShoalEngine *self, ShoalPeer *peer, const ShoalOfferId *offer)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (transfer->offering != NULL && transfer->peer == peer
          && !shoal_transfer_is_over (transfer)
          && shoal_offer_ids_equal (&transfer->stored->offer, offer))
        return transfer;
    }
  return NULL;
}

/* Whoever waits for, or fetches, what is not offered any more hears of it. */
static void
withdraw_unknown (ShoalEngine *self, ShoalPeer *peer, const ShoalOfferId *offer)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_WITHDRAW };
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      /* It goes on soon, may be offered again by its next run, or others need it
       * passed on. */
      if (transfer->stored->direction == SHOAL_STORED_SEND && transfer->peer == peer
          && shoal_offer_ids_equal (&transfer->stored->offer, offer)
          && (!shoal_transfer_is_over (transfer) || transfer->reviving
              || transfer->phase == SHOAL_TRANSFER_DONE))
        return;
    }
  message.decline.offer = *offer;
  message.decline.reason = SHOAL_WITHDRAW_OTHER;
  shoal_peer_send (peer, &message, NULL);
}

void
shoal_offering_take_message (ShoalEngine *self, ShoalPeer *peer, const ShoalMessage *message)
{
  const ShoalOfferId *offer = offer_of (message);
  ShoalTransfer *transfer = offer != NULL ? find_offered (self, peer, offer) : NULL;

  if (transfer == NULL && message->type == SHOAL_MESSAGE_ACCEPT
      && shoal_retry_for_receiver (self, peer, offer))
    return;
  if (transfer == NULL)
    {
      if (message->type == SHOAL_MESSAGE_SEEN || message->type == SHOAL_MESSAGE_ACCEPT
          || message->type == SHOAL_MESSAGE_RECEIVED)
        withdraw_unknown (self, peer, offer);
      return;
    }

  transfer->stored->heard = shoal_runtime_wall_time (engine_runtime (self));
  if (transfer->stored->told == 0)
    {
      transfer->stored->told = transfer->stored->heard;
      shoal_transfer_update (transfer);
      shoal_transfer_touch (transfer);
    }
  switch ((int) message->type)
    {
    case SHOAL_MESSAGE_ACCEPT:
      take_accept (transfer, message);
      break;
    case SHOAL_MESSAGE_DECLINE:
      take_decline (transfer, message);
      break;
    case SHOAL_MESSAGE_RECEIVED:
      if (transfer->accepted)
        take_received (transfer, message);
      break;
    case SHOAL_MESSAGE_COMMITTED:
      take_committed (transfer, message);
      break;
    default: /* SEEN: it waits over there, and is told as that */
      break;
    }
}

/* --- Ending -------------------------------------------------------------- */

void
shoal_offering_withdraw (ShoalTransfer *transfer, ShoalWithdraw reason)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_WITHDRAW };

  memcpy (message.decline.offer.id, transfer->stored->offer.bytes,
          sizeof transfer->stored->offer.bytes);
  message.decline.reason = (uint8_t) reason;
  if (shoal_peer_send (transfer->peer, &message, NULL))
    transfer->stored->flags &= ~(uint32_t) SHOAL_STORED_OWES_WITHDRAW;
  else
    transfer->stored->flags |= SHOAL_STORED_OWES_WITHDRAW;
  if (shoal_transfer_is_over (transfer))
    shoal_transfer_update (transfer);
}

void
shoal_offering_drop (ShoalTransfer *transfer)
{
  ShoalOffering *self = transfer->offering;

  if (self == NULL)
    return;
  if (transfer->phase != SHOAL_TRANSFER_DONE && self->serving != NULL)
    shoal_serving_drop_peer (self->serving, shoal_peer_get_id (transfer->peer));

  for (guint i = 0; i < self->transfers->len; i++)
    {
      if (!shoal_transfer_is_over (g_ptr_array_index (self->transfers, i)))
        return;
    }

  /* Nobody is left to serve: whoever passes it on may stop. */
  for (guint i = 0; i < self->transfers->len; i++)
    {
      ShoalTransfer *other = g_ptr_array_index (self->transfers, i);

      if (other->phase == SHOAL_TRANSFER_DONE)
        shoal_offering_withdraw (other, SHOAL_WITHDRAW_OTHER);
    }
  if (self->text_file != NULL)
    shoal_engine_remove_text (self->engine, self->text_file);
  g_ptr_array_remove (self->engine->offerings, self);
}

gboolean
shoal_offering_cancel (ShoalTransfer *transfer)
{
  shoal_offering_withdraw (transfer, SHOAL_WITHDRAW_PERSON);
  shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_FAILED,
                            shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                                             "The offer of “%s” was withdrawn",
                                             transfer->stored->name));
  shoal_offering_drop (transfer);
  return TRUE;
}

void
shoal_offering_pause (ShoalTransfer *transfer, gboolean pause)
{
  ShoalOffering *self = transfer->offering;

  shoal_serving_set_peer_paused (self->serving, shoal_peer_get_id (transfer->peer), pause);
}
