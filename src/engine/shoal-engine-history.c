/* shoal-engine-history.c: transfers of earlier runs, and what becomes of old ones.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is over stays a transfer, without a peer and without its blobs, until it
 * is removed or there are too many. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"

/* What is over is still found by words about it for so long. */
#define KEPT_US (10 * G_USEC_PER_SEC)
/* What has waited too long is looked for this often. */
#define LAPSE_EVERY_US (60 * G_USEC_PER_SEC)

/* --- Loading ------------------------------------------------------------- */

static void
add (ShoalEngine *self, const ShoalStoredTransfer *stored)
{
  ShoalTransfer *transfer = shoal_transfer_new (self, shoal_stored_transfer_copy (stored));

  g_hash_table_insert (self->transfers, transfer->id_text, transfer);
}

/* What was passed on before a restart is not any more. */
static void
end_passing_on (ShoalEngine *self, ShoalStoredTransfer *stored)
{
  stored->state = SHOAL_STORED_DONE;
  shoal_state_transfers_update (self->database, stored, NULL, NULL);
  shoal_engine_note_answer (self, stored);
}

gboolean
shoal_engine_load_transfers (ShoalEngine *self, GError **error)
{
  g_autoptr (GPtrArray) going = shoal_state_transfers_load (self->database, error);
  g_autoptr (GPtrArray) over = NULL;
  g_autoptr (GHashTable) settings = NULL;

  if (going == NULL)
    return FALSE;
  settings = shoal_state_settings_load (self->database, error);
  if (settings == NULL)
    return FALSE;
  shoal_queue_load (self, settings);
  over = shoal_state_history_load (self->database, SHOAL_STATE_MAX_HISTORY, error);
  if (over == NULL)
    return FALSE;

  for (guint i = 0; i < over->len; i++)
    {
      const ShoalStoredTransfer *stored = g_ptr_array_index (over, i);

      if ((stored->flags & SHOAL_STORED_HIDDEN) == 0
          || (stored->flags & SHOAL_STORED_OWES_WITHDRAW) != 0)
        add (self, stored);
    }
  for (guint i = 0; i < going->len; i++)
    {
      ShoalStoredTransfer *stored = g_ptr_array_index (going, i);

      if (stored->state == SHOAL_STORED_PASSING)
        end_passing_on (self, stored);
      add (self, stored);
    }
  shoal_engine_lapse_offers (self);
  return TRUE;
}

/* --- Too old ------------------------------------------------------------- */

gint64
shoal_transfer_get_lapse_time (ShoalTransfer *self)
{
  const ShoalStoredTransfer *stored = self->stored;

  if (stored->direction == SHOAL_STORED_GET)
    return stored->created + SHOAL_OFFER_LIFE_US;
  if (self->accepted)
    return MAX (MAX (stored->heard, stored->started), stored->created) + SHOAL_SEND_LIFE_US;
  if (stored->told > 0)
    return stored->told + SHOAL_OFFER_LIFE_US - SHOAL_OFFER_MARGIN_US;
  return stored->created + SHOAL_SEND_LIFE_US;
}

static gboolean
has_lapsed (ShoalTransfer *self, gint64 now)
{
  if (shoal_transfer_is_over (self) || now <= shoal_transfer_get_lapse_time (self))
    return FALSE;
  if (self->stored->direction == SHOAL_STORED_GET)
    return self->waits;
  return !self->waking && !shoal_peer_is_connected (self->peer);
}

static GError *
lapse_error (ShoalTransfer *self)
{
  g_autofree char *name
    = shoal_engine_name_device (self->engine, shoal_peer_get_id (self->peer));
  const char *again = "Send it again if they still want it.";

  if (self->stored->direction == SHOAL_STORED_GET)
    return shoal_error_new (SHOAL_ERROR_WITHDRAWN, SHOAL_SIDE_NONE, NULL,
                            "The offer is more than a week old");
  if (self->accepted)
    return shoal_error_new (SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_THERE, again,
                            "%s accepted “%s”, and has not been there for a month", name,
                            self->stored->name);
  if (self->stored->told > 0)
    return shoal_error_new (SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_THERE, again,
                            "%s has not answered for a week", name);
  return shoal_error_new (SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_THERE, again,
                          "%s has not been there for a month", name);
}

/* An unanswered one lapses also while the receiver is there: a person is away then. */
static gboolean
lapses_anyway (ShoalTransfer *self, gint64 now)
{
  return !shoal_transfer_is_over (self) && self->stored->direction == SHOAL_STORED_SEND
         && !self->accepted && self->stored->told > 0 && !self->waking
         && now > shoal_transfer_get_lapse_time (self);
}

static void
lapse (ShoalTransfer *self)
{
  GError *error = lapse_error (self);

  self->lapsed = TRUE;
  if (self->stored->direction == SHOAL_STORED_SEND)
    {
      shoal_offering_withdraw (self, SHOAL_WITHDRAW_EXPIRED);
      shoal_transfer_set_phase (self, SHOAL_TRANSFER_FAILED, error);
      shoal_offering_drop (self);
      return;
    }
  shoal_incoming_tell_gone (self);
  self->waits = FALSE;
  shoal_transfer_set_phase (self, SHOAL_TRANSFER_FAILED, error);
}

void
shoal_engine_lapse_offers (ShoalEngine *self)
{
  gint64 now = shoal_runtime_wall_time (engine_runtime (self));
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);

  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (has_lapsed (transfer, now) || lapses_anyway (transfer, now))
        lapse (transfer);
    }
}

/* --- Over ---------------------------------------------------------------- */

static gboolean
is_idle (ShoalTransfer *self, gint64 now)
{
  return shoal_transfer_is_over (self) && self->download == NULL && self->passing == NULL
         && self->offering == NULL && !self->dirty && now - self->finished > KEPT_US;
}

/* A receiver that never comes back is not waited for for ever. */
static gboolean
still_owes (ShoalTransfer *self)
{
  gint64 now = shoal_runtime_wall_time (engine_runtime (self->engine));

  return (self->stored->flags & SHOAL_STORED_OWES_WITHDRAW) != 0
         && now - self->stored->finished < SHOAL_SEND_LIFE_US;
}

void
shoal_engine_drop_transfer (ShoalEngine *self, ShoalTransfer *transfer)
{
  shoal_state_transfers_remove (self->database, &transfer->stored->id, NULL, NULL);
  shoal_transfer_tell (transfer, SHOAL_EVENT_TRANSFER_GONE);
  g_hash_table_remove (self->transfers, transfer->id_text);
}

void
shoal_engine_tend_history (ShoalEngine *self, gint64 now)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);
  ShoalTransfer *oldest = NULL;
  guint n_over = 0;

  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (!is_idle (transfer, now))
        continue;
      if (shoal_transfer_leaves_no_trace (transfer))
        {
          shoal_engine_drop_transfer (self, transfer);
          continue;
        }
      if (!still_owes (transfer))
        shoal_transfer_retire (transfer);
      if (transfer->retired && (transfer->stored->flags & SHOAL_STORED_HIDDEN) != 0)
        {
          g_hash_table_remove (self->transfers, transfer->id_text);
          continue;
        }
      n_over++;
      if (oldest == NULL || transfer->stored->finished < oldest->stored->finished)
        oldest = transfer;
    }
  if (n_over > SHOAL_STATE_MAX_HISTORY)
    shoal_engine_drop_transfer (self, oldest);

  if (now - self->lapsed_at < LAPSE_EVERY_US)
    return;
  self->lapsed_at = now;
  shoal_engine_lapse_offers (self);
}

/* --- Taking off the list -------------------------------------------------- */

/* A row stays for as long as the other device may ask for our last word; nothing in
 * it says what it was. */
static void
strip (ShoalStoredTransfer *stored)
{
  g_free (stored->name);
  stored->name = g_strdup ("");
  g_strfreev (stored->roots);
  stored->roots = g_new0 (char *, 1);
  g_clear_pointer (&stored->text, g_bytes_unref);
  g_clear_pointer (&stored->link, g_free);
  g_clear_pointer (&stored->destination, g_free);
  g_clear_pointer (&stored->saved_as, g_free);
  g_clear_pointer (&stored->error_message, g_free);
  g_clear_pointer (&stored->error_next, g_free);
  g_clear_pointer (&stored->description, g_bytes_unref);
  g_clear_pointer (&stored->attributes, g_bytes_unref);
  g_clear_pointer (&stored->chosen, g_bytes_unref);
}

void
shoal_engine_hide_transfer (ShoalEngine *self, ShoalTransfer *transfer)
{
  ShoalStoredTransfer *stored = transfer->stored;

  if (transfer->stored->flags & SHOAL_STORED_HIDDEN)
    return;
  shoal_get_stop_passing_on (transfer);
  shoal_get_stop (transfer, FALSE);
  shoal_transfer_tell (transfer, SHOAL_EVENT_TRANSFER_GONE);
  if (transfer->phase == SHOAL_TRANSFER_FAILED)
    shoal_engine_discard_parts (self, stored);
  stored->flags |= SHOAL_STORED_HIDDEN;
  strip (stored);
  shoal_state_transfers_save (self->database, stored, NULL, NULL);
}

/* --- Public -------------------------------------------------------------- */

static int
by_turn (gconstpointer a, gconstpointer b)
{
  const ShoalTransferInfo *x = *(ShoalTransferInfo *const *) a;
  const ShoalTransferInfo *y = *(ShoalTransferInfo *const *) b;
  gboolean x_over = x->phase >= SHOAL_TRANSFER_DONE, y_over = y->phase >= SHOAL_TRANSFER_DONE;

  if (x_over != y_over)
    return x_over - y_over;
  if (x_over && x->finished_at != y->finished_at)
    return x->finished_at < y->finished_at ? 1 : -1;
  if (x->position != y->position)
    return x->position < y->position ? -1 : 1;
  return g_strcmp0 (x->id, y->id);
}

GPtrArray *
shoal_engine_get_transfers (ShoalEngine *self)
{
  GPtrArray *infos
    = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_transfer_info_unref);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      if (shoal_transfer_is_listed (value))
        g_ptr_array_add (infos, shoal_transfer_describe (value));
    }
  g_ptr_array_sort (infos, by_turn);
  return infos;
}

gboolean
shoal_engine_remove_transfer (ShoalEngine *self, const char *id, GError **error)
{
  ShoalTransfer *transfer = shoal_engine_find_transfer (self, id, error);

  if (transfer == NULL)
    return FALSE;
  if (!shoal_transfer_is_over (transfer) || transfer->waits)
    return shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, "Cancel it first.",
                            "That transfer is not over");

  shoal_engine_hide_transfer (self, transfer);
  return TRUE;
}

void
shoal_engine_clear_finished (ShoalEngine *self)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);

  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (shoal_transfer_is_over (transfer))
        shoal_engine_hide_transfer (self, transfer);
    }
}
