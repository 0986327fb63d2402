/* shoal-engine-incoming.c: what others offer us, and what we answer.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An offer is a GET transfer that waits. Offers are repeated at the start of
 * every session, so each message is answered by what holds now. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-limits.h"

/* Offers of strangers, all together, that nobody has answered. */
#define MAX_STRANGERS_OFFERS 512u

/* --- Answers ------------------------------------------------------------- */

static void
set_offer (ShoalTransfer *transfer, ShoalOfferId *offer)
{
  memcpy (offer->id, transfer->stored->offer.bytes, sizeof offer->id);
}

void
shoal_incoming_send_decline (ShoalTransfer *transfer, ShoalDecline reason, const char *text)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_DECLINE };

  set_offer (transfer, &message.decline.offer);
  message.decline.reason = (uint8_t) reason;
  message.decline.text = text;
  if (transfer->peer != NULL)
    shoal_peer_send (transfer->peer, &message, NULL);
}

static ShoalDecline
decline_reason (const GError *error)
{
  if (g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_DISK_FULL))
    return SHOAL_DECLINE_NO_SPACE;
  if (g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_UNSUPPORTED))
    return SHOAL_DECLINE_CANNOT_HOLD;
  return SHOAL_DECLINE_OTHER;
}

void
shoal_incoming_send_trouble (ShoalTransfer *transfer, const GError *error)
{
  /* What went wrong here is told with the paths of this computer. */
  const char *text = shoal_error_get_side (error) == SHOAL_SIDE_THERE
                       && strlen (error->message) <= SHOAL_MAX_REASON_BYTES
                       ? error->message : NULL;

  shoal_incoming_send_decline (transfer, decline_reason (error), text);
}

void
shoal_incoming_send_accept (ShoalTransfer *transfer)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_ACCEPT };
  ShoalDownloadProgress progress = { 0 };

  set_offer (transfer, &message.accept.offer);
  if (transfer->download != NULL)
    shoal_download_get_progress (transfer->download, &progress);
  message.accept.flags
    = (transfer->stored->flags & SHOAL_STORED_PASS_ON) != 0 ? SHOAL_ACCEPT_PASS_ON : 0;
  message.accept.bytes = progress.total > 0 ? progress.total : transfer->stored->total_bytes;
  message.accept.files = progress.files > 0 ? progress.files : transfer->stored->total_files;
  shoal_peer_send (transfer->peer, &message, NULL);
}

static ShoalReceivedState
received_state (ShoalTransfer *transfer)
{
  switch (transfer->phase)
    {
    case SHOAL_TRANSFER_PAUSED:
      if (transfer->stored->state == SHOAL_STORED_PAUSED)
        return SHOAL_RECEIVED_PAUSED_PERSON;
      return SHOAL_RECEIVED_PAUSED_DISK_FULL;
    case SHOAL_TRANSFER_SYNCING:
      return SHOAL_RECEIVED_SYNCING;
    case SHOAL_TRANSFER_DONE:
      return SHOAL_RECEIVED_PASSING_ON;
    case SHOAL_TRANSFER_PREPARING:
    case SHOAL_TRANSFER_QUEUED:
    case SHOAL_TRANSFER_CONNECTING:
    case SHOAL_TRANSFER_WAITING:
    case SHOAL_TRANSFER_RUNNING:
    case SHOAL_TRANSFER_DECLINED:
    case SHOAL_TRANSFER_FAILED:
    default:
      return SHOAL_RECEIVED_FETCHING;
    }
}

void
shoal_incoming_send_received (ShoalTransfer *transfer)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_RECEIVED };
  ShoalDownloadProgress progress = { 0 };
  g_autoptr (GArray) sources = NULL;

  if (transfer->peer == NULL || transfer->download == NULL)
    return;

  shoal_download_get_progress (transfer->download, &progress);
  sources = shoal_download_get_sources (transfer->download);
  for (guint i = 0; i < sources->len; i++)
    {
      ShoalDownloadSourceInfo *source = &g_array_index (sources, ShoalDownloadSourceInfo, i);

      if (source->peer != transfer->peer)
        message.received.from_others += source->bytes;
    }
  set_offer (transfer, &message.received.offer);
  message.received.verified = progress.verified;
  message.received.passed_on
    = transfer->passing != NULL ? shoal_serving_get_bytes (transfer->passing) : 0;
  message.received.state = (uint8_t) received_state (transfer);
  /* Why a person has paused it is for this screen alone. */
  if (message.received.state == SHOAL_RECEIVED_PAUSED_DISK_FULL)
    message.received.text = transfer->reason;
  transfer->reported = shoal_runtime_now (engine_runtime (transfer->engine));
  shoal_peer_send (transfer->peer, &message, NULL);
}

void
shoal_incoming_send_committed (ShoalTransfer *transfer)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_COMMITTED };
  g_autoptr (ShoalTransferInfo) info = shoal_transfer_describe (transfer);

  set_offer (transfer, &message.committed.offer);
  message.committed.bytes = info->bytes;
  message.committed.files = info->files - MIN (info->files, info->files_failed);
  message.committed.failed = info->files_failed;
  shoal_peer_send (transfer->peer, &message, NULL);
}

static void
send_seen (ShoalTransfer *transfer)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_SEEN };

  set_offer (transfer, &message.seen.offer);
  shoal_peer_send (transfer->peer, &message, NULL);
}

/* --- Offers -------------------------------------------------------------- */

ShoalOfferInfo *
shoal_incoming_describe (ShoalTransfer *transfer)
{
  ShoalOfferInfo *info = shoal_offer_info_new ();
  int code = shoal_peer_get_code (transfer->peer);

  info->id = g_strdup (transfer->offer_text);
  info->from = shoal_engine_describe_device (transfer->engine,
                                             shoal_peer_get_id (transfer->peer));
  info->name = g_strdup (transfer->stored->name);
  info->kind = (ShoalContentKind) transfer->stored->kind;
  info->bytes = transfer->stored->total_bytes;
  info->files = transfer->stored->total_files;
  info->folders = transfer->stored->total_folders;
  info->code = !info->from->is_friend && code >= 0 ? shoal_code_to_text ((guint) code) : NULL;
  info->created = transfer->stored->created;
  info->expires = info->created + SHOAL_OFFER_LIFE_US;
  return info;
}

static void
tell_offer (ShoalTransfer *transfer, ShoalEventType type)
{
  g_autoptr (ShoalOfferInfo) info = shoal_incoming_describe (transfer);

  shoal_engine_tell (transfer->engine, &(ShoalEvent){ .type = type, .offer = info });
}

void
shoal_incoming_tell_gone (ShoalTransfer *transfer)
{
  tell_offer (transfer, SHOAL_EVENT_OFFER_GONE);
}

void
shoal_incoming_tell_waiting (ShoalTransfer *transfer)
{
  transfer->shown_code = shoal_peer_get_code (transfer->peer);
  tell_offer (transfer, SHOAL_EVENT_OFFER);
}

static ShoalTransfer *
find_by_offer (ShoalEngine *self, ShoalPeer *peer, const ShoalOfferId *offer)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (transfer->stored->direction == SHOAL_STORED_GET && transfer->stored->has_offer
          && transfer->peer == peer && shoal_offer_ids_equal (&transfer->stored->offer, offer))
        return transfer;
    }
  return NULL;
}

/* Those just taken back count as well, or nothing would bound them; and who makes
 * new keys has no more offers for it. */
static gboolean
are_too_many (ShoalEngine *self, ShoalPeer *peer)
{
  gboolean friendly = shoal_device_book_is_friend (self->book, shoal_peer_get_id (peer));
  guint n_its = 0, n_strangers = 0;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (transfer->stored->direction != SHOAL_STORED_GET || !transfer->stored->has_offer
          || transfer->stored->destination != NULL || transfer->retired)
        continue;
      n_its += transfer->peer == peer;
      n_strangers
        += !shoal_device_book_is_friend (self->book, shoal_peer_get_id (transfer->peer));
    }
  return n_its >= SHOAL_MAX_PENDING_OFFERS
         || (!friendly && n_strangers >= MAX_STRANGERS_OFFERS);
}

static ShoalTransfer *
make_waiting (ShoalEngine *self, ShoalPeer *peer, const ShoalMessage *message)
{
  ShoalStoredTransfer *stored;
  ShoalTransfer *transfer;
  ShoalTransferId id;

  shoal_runtime_fill_random (engine_runtime (self), id.bytes, sizeof id.bytes);
  stored = shoal_stored_transfer_new (&id);
  stored->direction = SHOAL_STORED_GET;
  stored->kind = (ShoalStoredKind) message->offer.kind;
  stored->flags = (message->offer.flags & SHOAL_OFFER_DRAFT) != 0 ? SHOAL_STORED_IS_DRAFT : 0;
  stored->share_key = message->offer.share;
  stored->has_offer = TRUE;
  memcpy (stored->offer.bytes, message->offer.offer.id, sizeof stored->offer.bytes);
  stored->offer_key = message->offer.key;
  g_free (stored->name);
  stored->name = g_strdup (message->offer.name);
  stored->total_bytes = message->offer.bytes;
  stored->total_files = message->offer.files;
  stored->total_folders = message->offer.folders;
  stored->created = shoal_runtime_wall_time (engine_runtime (self));
  shoal_stored_transfer_add_peer (stored, shoal_peer_get_id (peer), 0, NULL);
  transfer = shoal_transfer_new (self, stored);
  transfer->waits = TRUE;
  g_hash_table_insert (self->transfers, transfer->id_text, transfer);
  return transfer;
}

static gboolean
accepts_unasked (ShoalEngine *self, ShoalTransfer *transfer)
{
  const ShoalDeviceId *id = shoal_peer_get_id (transfer->peer);
  const ShoalDeviceRecord *record = shoal_device_book_get (self->book, id);
  gboolean friendly = shoal_device_book_is_friend (self->book, id);

  if (!self->receives || self->settings->waits_for_consent)
    return FALSE;
  switch (self->accept_policy)
    {
    case SHOAL_ACCEPT_ALL:
      return TRUE;
    case SHOAL_ACCEPT_FRIENDS:
      return friendly;
    case SHOAL_ACCEPT_ASK:
    default:
      return friendly && record->auto_accept_limit >= MAX (transfer->stored->total_bytes, 1);
    }
}

static void
present (ShoalTransfer *transfer)
{
  ShoalEngine *self = transfer->engine;

  if (accepts_unasked (self, transfer))
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *id
        = shoal_engine_accept (self, transfer->offer_text, NULL, NULL, &error);

      if (id == NULL)
        shoal_engine_tell_error (self, error);
      return;
    }
  send_seen (transfer);
  /* Shown once, and again if the code is another. */
  if (transfer->shown_code == shoal_peer_get_code (transfer->peer))
    return;
  transfer->shown_code = shoal_peer_get_code (transfer->peer);
  tell_offer (transfer, SHOAL_EVENT_OFFER);
}

void
shoal_incoming_obey_consent (ShoalEngine *self)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);

  for (guint i = 0; i < transfers->len && !self->settings->waits_for_consent; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (transfer->waits && transfer->peer != NULL && accepts_unasked (self, transfer))
        present (transfer);
    }
}

static void
take_offer (ShoalEngine *self, ShoalPeer *peer, const ShoalMessage *message)
{
  ShoalTransfer *transfer = find_by_offer (self, peer, &message->offer.offer);

  shoal_engine_check_directory (self);
  if (transfer == NULL && shoal_engine_repeat_answer (self, peer, &message->offer.offer))
    return;
  if (transfer == NULL && are_too_many (self, peer))
    {
      ShoalMessage answer = { .type = SHOAL_MESSAGE_DECLINE };

      answer.decline.offer = message->offer.offer;
      answer.decline.reason = SHOAL_DECLINE_TOO_MANY;
      shoal_peer_send (peer, &answer, NULL);
    }
  else if (transfer == NULL)
    {
      transfer = make_waiting (self, peer, message);
      shoal_transfer_save (transfer);
      present (transfer);
    }
  else if (transfer->waits)
    {
      present (transfer); /* after a restart of either side */
    }
  else if (transfer->committed)
    {
      shoal_incoming_send_committed (transfer);
    }
  else if (transfer->phase == SHOAL_TRANSFER_DECLINED)
    {
      shoal_incoming_send_decline (transfer, SHOAL_DECLINE_PERSON, NULL);
    }
  else if (transfer->phase == SHOAL_TRANSFER_FAILED)
    {
      shoal_incoming_send_decline (transfer, SHOAL_DECLINE_STOPPED, NULL);
    }
  else
    {
      shoal_incoming_send_accept (transfer);
      if (transfer->download == NULL && self->receives
          && transfer->stored->state != SHOAL_STORED_PAUSED)
        shoal_get_start (transfer);
    }
}

/* Unanswered: it goes. Running: what is not finished goes as well, as nobody
 * gives more. Committed: nobody needs us to pass it on. */
static void
take_withdraw (ShoalTransfer *transfer, const ShoalMessage *message)
{
  ShoalEngine *self = transfer->engine;
  g_autofree char *name = NULL;

  if (transfer->committed)
    {
      shoal_get_stop_passing_on (transfer);
      shoal_transfer_save (transfer);
      shoal_transfer_tell (transfer, SHOAL_EVENT_TRANSFER);
      return;
    }
  name = shoal_engine_name_device (self, shoal_peer_get_id (transfer->peer));
  if (transfer->waits)
    tell_offer (transfer, SHOAL_EVENT_OFFER_GONE);
  shoal_engine_end_looks (self, transfer, SHOAL_ERROR_WITHDRAWN, "The offer was taken back");
  shoal_get_stop (transfer, TRUE);
  shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_FAILED,
                            shoal_error_new (SHOAL_ERROR_WITHDRAWN, SHOAL_SIDE_THERE, NULL,
                                             "%s took “%s” back", name, transfer->stored->name));
  transfer->waits = FALSE;
}

static void
take_introduce (ShoalTransfer *transfer, const ShoalMessage *message)
{
  if ((transfer->stored->flags & SHOAL_STORED_PASS_ON) == 0 || transfer->download == NULL)
    return; /* who does not give does not take either: the offerer serves us */

  shoal_download_set_start (transfer->download, message->introduce.index,
                            message->introduce.count);
  transfer->introduced = TRUE;
  shoal_get_pass_on (transfer);
  for (guint i = 0; i < message->introduce.n_entries; i++)
    shoal_get_add_other (transfer, transfer->peer, &message->introduce.entries[i]);
}

void
shoal_incoming_take_message (ShoalEngine *self, ShoalPeer *peer, const ShoalMessage *message)
{
  ShoalTransfer *transfer;

  if (message->type == SHOAL_MESSAGE_OFFER)
    {
      take_offer (self, peer, message);
      return;
    }

  transfer = find_by_offer (self, peer,
                            message->type == SHOAL_MESSAGE_WITHDRAW ? &message->decline.offer
                                                                    : &message->introduce.offer);
  if (transfer == NULL)
    return;
  if (message->type == SHOAL_MESSAGE_WITHDRAW)
    take_withdraw (transfer, message);
  else
    take_introduce (transfer, message);
}

/* --- The person's answers ------------------------------------------------ */

ShoalTransfer *
shoal_incoming_find_waiting (ShoalEngine *self, const char *offer, GError **error)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (transfer->waits && g_strcmp0 (transfer->offer_text, offer) == 0)
        return transfer;
    }
  shoal_error_set (error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL,
                   "No such offer is waiting");
  return NULL;
}

char *
shoal_engine_accept (ShoalEngine *self, const char *offer, const char *directory,
                     const char *const *chosen, GError **error)
{
  ShoalTransfer *transfer = shoal_incoming_find_waiting (self, offer, error);

  if (transfer == NULL)
    return NULL;
  if (directory == NULL)
    directory = self->run.directory != NULL ? self->run.directory : self->settings->directory;

  transfer->waits = FALSE;
  transfer->stored->position = shoal_queue_next (self);
  transfer->started = shoal_runtime_now (engine_runtime (self));
  g_free (transfer->stored->destination);
  transfer->stored->destination = g_canonicalize_filename (directory, NULL);
  transfer->chosen = g_strdupv ((char **) chosen);
  if (self->pass_on)
    transfer->stored->flags |= SHOAL_STORED_PASS_ON;
  shoal_device_book_seen (self->book, shoal_peer_get_id (transfer->peer), NULL, NULL, TRUE);
  shoal_transfer_save (transfer);
  shoal_transfer_tell (transfer, SHOAL_EVENT_ACCEPTED);
  shoal_incoming_send_accept (transfer);
  shoal_get_start (transfer);
  return g_strdup (transfer->id_text);
}

gboolean
shoal_engine_decline (ShoalEngine *self, const char *offer, const char *reason, GError **error)
{
  ShoalTransfer *transfer = shoal_incoming_find_waiting (self, offer, error);

  if (transfer == NULL)
    return FALSE;

  shoal_incoming_send_decline (transfer, SHOAL_DECLINE_PERSON, reason);
  tell_offer (transfer, SHOAL_EVENT_OFFER_GONE);
  transfer->waits = FALSE;
  shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_DECLINED, NULL);
  return TRUE;
}

static int
latest_first (gconstpointer a, gconstpointer b)
{
  const ShoalOfferInfo *x = *(ShoalOfferInfo *const *) a, *y = *(ShoalOfferInfo *const *) b;

  if (x->created != y->created)
    return x->created < y->created ? 1 : -1;
  return g_strcmp0 (x->id, y->id);
}

GPtrArray *
shoal_engine_get_offers (ShoalEngine *self)
{
  GPtrArray *offers = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_offer_info_unref);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      if (((ShoalTransfer *) value)->waits)
        g_ptr_array_add (offers, shoal_incoming_describe (value));
    }
  g_ptr_array_sort (offers, latest_first);
  return offers;
}
