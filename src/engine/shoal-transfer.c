/* shoal-transfer.c: one share on its way, as the engine and its user see it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-state.h"

/* --- Life ---------------------------------------------------------------- */

char *
shoal_id_to_text (const void *id)
{
  GString *text = g_string_sized_new (2 * SHOAL_TRANSFER_ID_SIZE);

  for (guint i = 0; i < SHOAL_TRANSFER_ID_SIZE; i++)
    g_string_append_printf (text, "%02x", ((const uint8_t *) id)[i]);
  return g_string_free (text, FALSE);
}

gboolean
shoal_offer_ids_equal (const ShoalTransferId *id, const ShoalOfferId *offer)
{
  G_STATIC_ASSERT (sizeof id->bytes == sizeof offer->id);

  return memcmp (id->bytes, offer->id, sizeof id->bytes) == 0;
}

static ShoalTransferPhase
first_phase (const ShoalStoredTransfer *stored)
{
  switch (stored->state)
    {
    case SHOAL_STORED_PAUSED:
      return SHOAL_TRANSFER_PAUSED;
    case SHOAL_STORED_PASSING:
    case SHOAL_STORED_DONE:
      return SHOAL_TRANSFER_DONE;
    case SHOAL_STORED_DECLINED:
      return SHOAL_TRANSFER_DECLINED;
    case SHOAL_STORED_WITHDRAWN:
    case SHOAL_STORED_FAILED:
    case SHOAL_STORED_CANCELLED:
    case SHOAL_STORED_LAPSED:
      return SHOAL_TRANSFER_FAILED;
    case SHOAL_STORED_OFFERED:
    case SHOAL_STORED_RUNNING:
    default:
      return SHOAL_TRANSFER_CONNECTING;
    }
}

/* (nullable) */
static GError *
stored_error (const ShoalStoredTransfer *stored)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (SHOAL_TYPE_ERROR_CODE);
  GEnumValue *value;

  if (stored->error_code == NULL)
    return NULL;
  value = g_enum_get_value_by_nick (klass, stored->error_code);
  return shoal_error_new (value != NULL ? (ShoalErrorCode) value->value : SHOAL_ERROR_FAILED,
                          (ShoalSide) MIN (stored->error_side, SHOAL_SIDE_NETWORK),
                          stored->error_next, "%s",
                          stored->error_message != NULL ? stored->error_message : "");
}

static void
set_stored_error (ShoalTransfer *self)
{
  ShoalStoredTransfer *stored = self->stored;
  const GError *error = self->error;

  g_clear_pointer (&stored->error_code, g_free);
  g_clear_pointer (&stored->error_message, g_free);
  g_clear_pointer (&stored->error_next, g_free);
  stored->error_side = SHOAL_SIDE_NONE;
  if (error == NULL)
    return;
  stored->error_code = g_strdup (shoal_error_get_nick (error));
  stored->error_message = g_strdup (error->message);
  stored->error_next = g_strdup (shoal_error_get_next (error));
  stored->error_side = shoal_error_get_side (error);
}

/* Whoever has a word to say about it, or is waited for, stays the same peer. */
static void
pin_peer (ShoalTransfer *self)
{
  const ShoalDeviceId *id = shoal_transfer_get_device (self);

  if (id == NULL || self->peer != NULL
      || (shoal_transfer_is_over (self)
          && (self->stored->flags & SHOAL_STORED_OWES_WITHDRAW) == 0))
    return;
  self->peer = shoal_hub_ensure_peer (self->engine->hub, id);
  shoal_peer_pin (self->peer);
}

ShoalTransfer *
shoal_transfer_new (ShoalEngine *engine, ShoalStoredTransfer *stored)
{
  ShoalTransfer *self = g_new0 (ShoalTransfer, 1);

  self->engine = engine;
  self->stored = stored;
  self->id_text = shoal_id_to_text (stored->id.bytes);
  if (stored->has_offer)
    self->offer_text = stored->direction == SHOAL_STORED_SEND
                         ? shoal_id_to_text (stored->offer.bytes) : g_strdup (self->id_text);
  self->shown_code = SHOAL_NOT_SHOWN;
  self->phase = first_phase (stored);
  self->error = stored_error (stored);
  self->reason = self->phase == SHOAL_TRANSFER_PAUSED ? g_strdup ("Paused here") : NULL;
  self->waits = stored->direction == SHOAL_STORED_GET && stored->has_offer
                && stored->state == SHOAL_STORED_OFFERED;
  self->accepted = stored->direction == SHOAL_STORED_SEND && stored->started > 0;
  self->retired = shoal_transfer_is_over (self);
  if (!shoal_transfer_is_over (self))
    {
      self->started = shoal_runtime_now (engine_runtime (engine));
      stored->position = MAX (stored->position, 1);
      engine->last_position = MAX (engine->last_position, stored->position);
    }
  pin_peer (self);
  return self;
}

const ShoalDeviceId *
shoal_transfer_get_device (ShoalTransfer *self)
{
  if (self->peer != NULL)
    return shoal_peer_get_id (self->peer);
  if (!self->stored->has_offer || self->stored->peers->len == 0)
    return NULL;
  return &g_array_index (self->stored->peers, ShoalStoredPeer, 0).device;
}

void
shoal_transfer_revive (ShoalTransfer *self, ShoalStoredTransfer *stored)
{
  g_return_if_fail (shoal_transfer_is_over (self) && self->download == NULL
                    && self->offering == NULL);

  if (stored != NULL)
    {
      stored->flags = self->stored->flags;
      shoal_stored_transfer_free (self->stored);
      self->stored = stored;
    }
  g_clear_error (&self->error);
  set_stored_error (self);
  g_clear_pointer (&self->file_errors, g_hash_table_unref);
  self->retired = self->lapsed = self->committed = FALSE;
  self->phase = SHOAL_TRANSFER_CONNECTING;
  self->started = shoal_runtime_now (engine_runtime (self->engine));
  self->finished = self->stored->finished = 0;
  self->stored->state = SHOAL_STORED_RUNNING;
  self->stored->failed_files = 0;
  self->stored->flags &= ~(uint32_t) SHOAL_STORED_OWES_WITHDRAW;
  self->stored->position = shoal_queue_next (self->engine);
  pin_peer (self);
  shoal_transfer_update (self);
  shoal_transfer_tell (self, SHOAL_EVENT_TRANSFER);
}

static void
unpin_peer (ShoalTransfer *self)
{
  if (self->peer != NULL)
    shoal_peer_unpin (self->peer);
  g_clear_pointer (&self->peer, shoal_peer_unref);
}

void
shoal_transfer_retire (ShoalTransfer *self)
{
  if (self->retired)
    return;

  self->retired = TRUE;
  unpin_peer (self);
  g_clear_pointer (&self->stored->description, g_bytes_unref);
  g_clear_pointer (&self->stored->attributes, g_bytes_unref);
  g_clear_pointer (&self->stored->chosen, g_bytes_unref);
  g_clear_pointer (&self->chosen, g_strfreev);
  g_clear_pointer (&self->asked, g_array_unref);
  g_clear_pointer (&self->others, g_ptr_array_unref);
  g_clear_pointer (&self->told_lost, g_hash_table_unref);
}

void
shoal_transfer_free (gpointer data)
{
  ShoalTransfer *self = data;

  shoal_get_stop_passing_on (self);
  shoal_transfer_release (self);
  if (self->download != NULL)
    {
      shoal_download_stop_async (self->download, FALSE, NULL, NULL);
      shoal_download_unref (self->download);
    }
  unpin_peer (self);
  shoal_stored_transfer_free (self->stored);
  g_strfreev (self->chosen);
  g_clear_pointer (&self->asked, g_array_unref);
  g_clear_pointer (&self->others, g_ptr_array_unref);
  g_clear_pointer (&self->file_errors, g_hash_table_unref);
  shoal_list_answer (self);
  g_clear_error (&self->error);
  g_clear_pointer (&self->told_lost, g_hash_table_unref);
  g_free (self->reason);
  g_free (self->unreadable);
  g_free (self->id_text);
  g_free (self->offer_text);
  g_free (self);
}

ShoalTransfer *
shoal_engine_find_transfer (ShoalEngine *self, const char *id, GError **error)
{
  ShoalTransfer *transfer = g_hash_table_lookup (self->transfers, id);

  if (transfer != NULL && (transfer->stored->flags & SHOAL_STORED_HIDDEN) != 0)
    transfer = NULL;
  if (transfer == NULL)
    shoal_error_set (error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL, "No such transfer");
  return transfer;
}

/* While a transfer is not over, its other end is called again and again. */
void
shoal_transfer_hold (ShoalTransfer *self)
{
  if (self->peer == NULL || self->holding)
    return;

  self->holding = TRUE;
  shoal_peer_hold (self->peer);
}

void
shoal_transfer_release (ShoalTransfer *self)
{
  if (!self->holding)
    return;

  self->holding = FALSE;
  shoal_peer_release (self->peer);
}

/* --- Phases -------------------------------------------------------------- */

static const ShoalStateEdge EDGES[] = {
  { SHOAL_TRANSFER_PREPARING, SHOAL_TRANSFER_QUEUED },      /* as many as may are running */
  { SHOAL_TRANSFER_CONNECTING, SHOAL_TRANSFER_QUEUED },
  { SHOAL_TRANSFER_RUNNING, SHOAL_TRANSFER_QUEUED },        /* others go first now */
  { SHOAL_TRANSFER_PAUSED, SHOAL_TRANSFER_QUEUED },
  { SHOAL_TRANSFER_QUEUED, SHOAL_TRANSFER_PREPARING },      /* its turn */
  { SHOAL_TRANSFER_QUEUED, SHOAL_TRANSFER_CONNECTING },
  { SHOAL_TRANSFER_QUEUED, SHOAL_TRANSFER_RUNNING },
  { SHOAL_TRANSFER_QUEUED, SHOAL_TRANSFER_PAUSED },
  { SHOAL_TRANSFER_QUEUED, SHOAL_TRANSFER_SYNCING },        /* what was asked for has come */
  { SHOAL_TRANSFER_QUEUED, SHOAL_TRANSFER_DONE },
  { SHOAL_TRANSFER_PREPARING, SHOAL_TRANSFER_CONNECTING },  /* known what; nobody there */
  { SHOAL_TRANSFER_PREPARING, SHOAL_TRANSFER_WAITING },     /* offered */
  { SHOAL_TRANSFER_PREPARING, SHOAL_TRANSFER_RUNNING },     /* the store is open */
  { SHOAL_TRANSFER_PREPARING, SHOAL_TRANSFER_PAUSED },
  { SHOAL_TRANSFER_PREPARING, SHOAL_TRANSFER_SYNCING },     /* all of it was here */
  { SHOAL_TRANSFER_PREPARING, SHOAL_TRANSFER_DONE },
  { SHOAL_TRANSFER_CONNECTING, SHOAL_TRANSFER_PREPARING },  /* a dormant one wakes */
  { SHOAL_TRANSFER_CONNECTING, SHOAL_TRANSFER_WAITING },    /* offered */
  { SHOAL_TRANSFER_CONNECTING, SHOAL_TRANSFER_RUNNING },    /* a source; accepted before */
  { SHOAL_TRANSFER_CONNECTING, SHOAL_TRANSFER_PAUSED },
  { SHOAL_TRANSFER_CONNECTING, SHOAL_TRANSFER_SYNCING },
  { SHOAL_TRANSFER_CONNECTING, SHOAL_TRANSFER_DONE },       /* committed while we were away */
  { SHOAL_TRANSFER_WAITING, SHOAL_TRANSFER_CONNECTING },    /* the receiver went away */
  { SHOAL_TRANSFER_WAITING, SHOAL_TRANSFER_RUNNING },       /* accepted */
  { SHOAL_TRANSFER_WAITING, SHOAL_TRANSFER_PAUSED },
  { SHOAL_TRANSFER_WAITING, SHOAL_TRANSFER_DONE },
  { SHOAL_TRANSFER_RUNNING, SHOAL_TRANSFER_CONNECTING },    /* the last source went away */
  { SHOAL_TRANSFER_RUNNING, SHOAL_TRANSFER_PAUSED },
  { SHOAL_TRANSFER_RUNNING, SHOAL_TRANSFER_SYNCING },
  { SHOAL_TRANSFER_RUNNING, SHOAL_TRANSFER_DONE },
  { SHOAL_TRANSFER_PAUSED, SHOAL_TRANSFER_PREPARING },      /* wakes */
  { SHOAL_TRANSFER_PAUSED, SHOAL_TRANSFER_CONNECTING },
  { SHOAL_TRANSFER_PAUSED, SHOAL_TRANSFER_WAITING },
  { SHOAL_TRANSFER_PAUSED, SHOAL_TRANSFER_RUNNING },
  { SHOAL_TRANSFER_PAUSED, SHOAL_TRANSFER_SYNCING },
  { SHOAL_TRANSFER_PAUSED, SHOAL_TRANSFER_DONE },
  { SHOAL_TRANSFER_SYNCING, SHOAL_TRANSFER_RUNNING },       /* the disk did not keep it */
  { SHOAL_TRANSFER_SYNCING, SHOAL_TRANSFER_CONNECTING },    /* waits for a draft's roots */
  { SHOAL_TRANSFER_SYNCING, SHOAL_TRANSFER_PAUSED },
  { SHOAL_TRANSFER_SYNCING, SHOAL_TRANSFER_DONE },
};

gboolean
shoal_transfer_is_over (ShoalTransfer *self)
{
  return self->phase >= SHOAL_TRANSFER_DONE;
}

static ShoalStoredState
stored_state (ShoalTransfer *self)
{
  switch (self->phase)
    {
    case SHOAL_TRANSFER_DONE:
      return self->passing != NULL ? SHOAL_STORED_PASSING : SHOAL_STORED_DONE;
    case SHOAL_TRANSFER_DECLINED:
      return SHOAL_STORED_DECLINED;
    case SHOAL_TRANSFER_FAILED:
      if (g_error_matches (self->error, SHOAL_ERROR, (int) SHOAL_ERROR_CANCELLED))
        return SHOAL_STORED_CANCELLED;
      if (g_error_matches (self->error, SHOAL_ERROR, (int) SHOAL_ERROR_WITHDRAWN))
        return SHOAL_STORED_WITHDRAWN;
      return self->lapsed ? SHOAL_STORED_LAPSED : SHOAL_STORED_FAILED;
    case SHOAL_TRANSFER_PAUSED:
      /* Trouble is no wish of the person's: it goes on after a restart. */
      if (self->stored->state == SHOAL_STORED_PAUSED)
        return SHOAL_STORED_PAUSED;
      return self->stored->direction == SHOAL_STORED_SEND && !self->accepted
               ? SHOAL_STORED_OFFERED : SHOAL_STORED_RUNNING;
    case SHOAL_TRANSFER_PREPARING:
    case SHOAL_TRANSFER_QUEUED:
    case SHOAL_TRANSFER_CONNECTING:
    case SHOAL_TRANSFER_WAITING:
    case SHOAL_TRANSFER_RUNNING:
    case SHOAL_TRANSFER_SYNCING:
    default:
      if (self->stored->direction == SHOAL_STORED_SEND && !self->accepted)
        return SHOAL_STORED_OFFERED;
      return self->waits ? SHOAL_STORED_OFFERED : SHOAL_STORED_RUNNING;
    }
}

static void
finish (ShoalTransfer *self)
{
  self->finished = shoal_runtime_now (engine_runtime (self->engine));
  self->stored->finished = shoal_runtime_wall_time (engine_runtime (self->engine));
  set_stored_error (self);
  if (self->passing == NULL)
    shoal_transfer_release (self);
}

gboolean
shoal_transfer_is_listed (ShoalTransfer *self)
{
  return !self->waits && (self->stored->flags & SHOAL_STORED_HIDDEN) == 0
         && !shoal_transfer_leaves_no_trace (self);
}

gboolean
shoal_transfer_leaves_no_trace (ShoalTransfer *self)
{
  return self->phase == SHOAL_TRANSFER_FAILED && self->stored->direction == SHOAL_STORED_GET
         && self->stored->has_offer && self->stored->destination == NULL;
}

void
shoal_transfer_set_phase (ShoalTransfer *self, ShoalTransferPhase phase, GError *error)
{
  gboolean ends_badly = phase == SHOAL_TRANSFER_FAILED || phase == SHOAL_TRANSFER_DECLINED;

  if (self->phase == phase || shoal_transfer_is_over (self))
    {
      g_clear_error (&error);
      return;
    }
  /* Whatever is not over can fail. */
  if (!ends_badly
      && !shoal_state_step (SHOAL_TYPE_TRANSFER_PHASE, EDGES, G_N_ELEMENTS (EDGES),
                            (int) self->phase, (int) phase))
    {
      g_clear_error (&error);
      return;
    }

  self->phase = phase;
  if (!g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_GRANTED))
    g_clear_pointer (&self->unreadable, g_free);
  g_clear_error (&self->error);
  self->error = error;
  if (shoal_transfer_is_over (self))
    finish (self);
  shoal_transfer_update (self);
  if (shoal_transfer_is_over (self))
    shoal_list_answer (self);
  if (shoal_transfer_is_over (self) && !shoal_transfer_leaves_no_trace (self))
    shoal_engine_note_answer (self->engine, self->stored);
  shoal_transfer_tell (self, SHOAL_EVENT_TRANSFER);
}

/* FALSE: there is nothing to be written. */
static gboolean
prepare_to_write (ShoalTransfer *self)
{
  if (shoal_transfer_leaves_no_trace (self))
    {
      shoal_state_transfers_remove (self->engine->database, &self->stored->id, NULL, NULL);
      return FALSE;
    }
  self->stored->state = stored_state (self);
  self->stored->updated = shoal_runtime_wall_time (engine_runtime (self->engine));
  return TRUE;
}

void
shoal_transfer_save (ShoalTransfer *self)
{
  g_assert (!self->retired); /* its blobs are on disk alone */
  if (prepare_to_write (self))
    shoal_state_transfers_save (self->engine->database, self->stored, NULL, NULL);
}

void
shoal_transfer_update (ShoalTransfer *self)
{
  if (prepare_to_write (self))
    shoal_state_transfers_update (self->engine->database, self->stored, NULL, NULL);
}

/* --- Telling ------------------------------------------------------------- */

void
shoal_transfer_touch (ShoalTransfer *self)
{
  self->dirty = TRUE;
}

void
shoal_transfer_tell (ShoalTransfer *self, ShoalEventType type)
{
  g_autoptr (ShoalTransferInfo) info = NULL;

  self->dirty = FALSE;
  if (!shoal_transfer_is_listed (self))
    return;
  info = shoal_transfer_describe (self);
  self->told = shoal_runtime_now (engine_runtime (self->engine));
  shoal_engine_tell (self->engine, &(ShoalEvent){ .type = type, .transfer = info });
}
