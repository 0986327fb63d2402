/* shoal-engine-offering.c: what we offer: who may fetch it, and its hashing.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One offering is one share offered to one or more devices, a transfer each,
 * under one offer ID and key. Files whose hashes are not in the cache go as
 * a draft. When the last transfer is over, receivers that still pass it on are
 * told that it is withdrawn. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-limits.h"

#include <string.h>

void
shoal_offering_free (gpointer data)
{
  ShoalOffering *self = data;

  if (self->serving != NULL)
    {
      shoal_engine_remove_grant (self->engine, &self->grant);
      shoal_serving_free (self->serving);
    }
  for (guint i = 0; i < self->transfers->len; i++)
    ((ShoalTransfer *) g_ptr_array_index (self->transfers, i))->offering = NULL;
  g_ptr_array_unref (self->transfers);
  g_clear_pointer (&self->source, shoal_content_source_unref);
  if (self->seed != NULL)
    {
      shoal_seed_close (self->seed);
      shoal_content_source_unref (shoal_seed_as_source (self->seed));
    }
  g_clear_pointer (&self->description, shoal_description_unref);
  g_clear_pointer (&self->attributes, g_bytes_unref);
  g_free (self->text_file);
  g_clear_pointer (&self->text, g_bytes_unref);
  g_strfreev (self->roots);
  g_free (self);
}

/* --- Offering ------------------------------------------------------------ */

static void
send_offer (ShoalTransfer *transfer)
{
  ShoalOffering *self = transfer->offering;
  ShoalMessage message = { .type = SHOAL_MESSAGE_OFFER };

  memcpy (message.offer.offer.id, self->offer.bytes, sizeof self->offer.bytes);
  message.offer.key = self->key;
  message.offer.share = *shoal_description_get_id (self->description);
  message.offer.flags = self->is_draft ? SHOAL_OFFER_DRAFT : 0;
  message.offer.kind = (ShoalOfferKind) self->kind;
  message.offer.bytes = shoal_description_get_length (self->description);
  message.offer.files = shoal_description_get_n_files (self->description);
  message.offer.folders = shoal_description_get_n_folders (self->description);
  message.offer.created = (uint64_t) (transfer->stored->created / G_USEC_PER_SEC);
  message.offer.name = transfer->stored->name;
  if (!shoal_peer_send (transfer->peer, &message, NULL))
    return;

  if (transfer->phase == SHOAL_TRANSFER_PREPARING || transfer->phase == SHOAL_TRANSFER_CONNECTING)
    shoal_transfer_set_phase (
      transfer, transfer->accepted ? SHOAL_TRANSFER_RUNNING : SHOAL_TRANSFER_WAITING, NULL);
}

void
shoal_offering_peer_ready (ShoalEngine *self, ShoalPeer *peer)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);

  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (transfer->offering != NULL && transfer->peer == peer
          && !shoal_transfer_is_over (transfer))
        send_offer (transfer);
      else if (transfer->peer == peer
               && (transfer->stored->flags & SHOAL_STORED_OWES_WITHDRAW) != 0)
        shoal_offering_withdraw (transfer, SHOAL_WITHDRAW_OTHER);
    }
}

void
shoal_offering_peer_lost (ShoalEngine *self, ShoalPeer *peer)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);

  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (transfer->offering != NULL && transfer->peer == peer
          && (transfer->phase == SHOAL_TRANSFER_WAITING
              || transfer->phase == SHOAL_TRANSFER_RUNNING))
        shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_CONNECTING, NULL);
    }
}

/* Receivers of the offer may fetch before they have answered: they look at the
 * names before they choose. */
static gboolean
offering_allows (gpointer owner, ShoalPeer *peer)
{
  ShoalOffering *self = owner;

  for (guint i = 0; i < self->transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (self->transfers, i);

      if (transfer->peer == peer
          && (!shoal_transfer_is_over (transfer) || transfer->phase == SHOAL_TRANSFER_DONE))
        return TRUE;
    }
  return FALSE;
}

/* --- Hashing what is offered --------------------------------------------- */

static void
fail_all (ShoalOffering *self, const GError *error)
{
  g_autoptr (GPtrArray) transfers = g_ptr_array_copy (self->transfers, NULL, NULL);

  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (shoal_transfer_is_over (transfer))
        continue;
      shoal_offering_withdraw (transfer, SHOAL_WITHDRAW_GONE);
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_FAILED, g_error_copy (error));
      shoal_offering_drop (transfer); /* with the last one, all of it goes */
    }
}

/* The files are not to be read any more. That is seen on disk first, so this is
 * still here when we return. */
static void
rest (ShoalOffering *self)
{
  if (self->resting || self->transfers->len == 0)
    return;
  self->resting = TRUE;
  shoal_grants_lost (g_ptr_array_index (self->transfers, 0));
}

static void
on_completed (ShoalDescription *description, const ShoalAttributes *attributes,
              const GError *error, gpointer user_data)
{
  ShoalOffering *self = user_data;
  g_autofree ShoalHash *roots = NULL;
  g_autofree gboolean *left_out = NULL;

  if (g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_GRANTED))
    {
      rest (self);
      return;
    }
  if (error != NULL)
    {
      fail_all (self, error);
      return;
    }

  roots = shoal_seed_dup_roots (self->seed);
  left_out = shoal_seed_dup_left_out (self->seed);
  shoal_serving_rekey (self->serving, shoal_description_get_id (description), roots, left_out);
}

static void
on_file_hashed (ShoalSeed *seed, uint32_t file, const ShoalHash *root, const GError *error,
                gpointer user_data)
{
  ShoalOffering *self = user_data;

  if (self->serving == NULL || !self->is_draft)
    return;
  if (g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_GRANTED))
    {
      rest (self);
      return;
    }
  if (file == G_MAXUINT32)
    {
      shoal_seed_complete_async (seed, on_completed, self);
    }
  else if (error != NULL)
    {
      shoal_serving_lose_file (self->serving, file, error);
    }
}

/* While hashing, or when it was read to be sent. */
static void
on_file_lost (ShoalServing *serving, uint32_t file, const GError *error, gpointer user_data)
{
  ShoalOffering *self = user_data;

  if (g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_GRANTED))
    rest (self);
  else
    shoal_engine_tell_error (self->engine, error);
}

static const ShoalServingEvents SERVING_EVENTS = { .file_changed = on_file_lost };

static void
on_rest_hashed (ShoalSeed *seed, const GError *error, gpointer user_data)
{
}

/* A receiver has all it wants: what nobody asked for is hashed as well, so
 * that the draft can end. */
void
shoal_offering_hash_rest (ShoalOffering *self)
{
  if (self->hashing || !self->is_draft || shoal_seed_is_hashed (self->seed))
    return;

  self->hashing = TRUE;
  shoal_seed_hash_all_async (self->seed, TRUE, NULL, on_rest_hashed, NULL);
}

/* --- Beginning ----------------------------------------------------------- */

void
shoal_offering_take_scan (ShoalOffering *self, ShoalScan *scan)
{
  self->seed = shoal_seed_new (engine_runtime (self->engine), self->engine->database, scan,
                               on_file_hashed, self);
}

static void
serve (ShoalOffering *self)
{
  ShoalServingOptions options = {
    .source = self->source,
    .attributes = self->attributes,
    .complete = TRUE,
    .push_hashes = self->is_draft,
    .exchange = self->transfers->len > 1,
    .events = &SERVING_EVENTS,
    .user_data = self,
  };

  self->serving = shoal_serving_new (self->engine->upload, &options);
  self->grant = (ShoalGrant){ self->key, self->serving, offering_allows, self };
  shoal_engine_add_grant (self->engine, &self->grant);
}

void
shoal_offering_begin (ShoalOffering *self)
{
  serve (self);
  for (guint i = 0; i < self->transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (self->transfers, i);

      shoal_transfer_save (transfer);
      shoal_transfer_hold (transfer);
      if (transfer->phase == SHOAL_TRANSFER_PAUSED)
        shoal_offering_pause (transfer, TRUE);
      if (shoal_peer_is_connected (transfer->peer))
        send_offer (transfer);
      else
        shoal_transfer_tell (transfer, SHOAL_EVENT_TRANSFER);
    }
  if (self->is_draft && shoal_seed_is_hashed (self->seed))
    shoal_seed_complete_async (self->seed, on_completed, self);
}
