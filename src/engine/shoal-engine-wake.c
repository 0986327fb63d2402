/* shoal-engine-wake.c: what is stored goes on by itself after a restart.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A send sleeps until its receiver is there. Then its files are looked through
 * again: if they are what was offered, the offer goes on under its old names,
 * with all its receivers. If they have changed, whoever has not answered is
 * offered what is there now; whoever has accepted hears that it is gone. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"

typedef struct
{
  ShoalEngine   *engine;   /* (owned) */
  ShoalOffering *offering; /* (owned) (nullable): until it is the engine's */
  GPtrArray     *ids;      /* (owned): of the transfers */
} WakeCall;

static void
wake_call_free (WakeCall *call)
{
  for (guint i = 0; call->engine->transfers != NULL && i < call->ids->len; i++)
    {
      ShoalTransfer *transfer
        = g_hash_table_lookup (call->engine->transfers, g_ptr_array_index (call->ids, i));

      if (transfer != NULL)
        transfer->waking = FALSE;
    }
  g_clear_pointer (&call->offering, shoal_offering_free);
  g_ptr_array_unref (call->ids);
  g_object_unref (call->engine);
  g_free (call);
}

/* (transfer container): those that still want to go on. */
static GPtrArray *
list_group (WakeCall *call)
{
  GPtrArray *group = g_ptr_array_new ();

  for (guint i = 0; i < call->ids->len; i++)
    {
      ShoalTransfer *transfer
        = g_hash_table_lookup (call->engine->transfers, g_ptr_array_index (call->ids, i));

      if (transfer != NULL && !shoal_transfer_is_over (transfer) && transfer->offering == NULL)
        g_ptr_array_add (group, transfer);
    }
  return group;
}

/* --- It cannot go on ----------------------------------------------------- */

static void
fail_group (WakeCall *call, const GError *error)
{
  g_autoptr (GPtrArray) group = list_group (call);

  for (guint i = 0; i < group->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (group, i);

      shoal_offering_withdraw (transfer, SHOAL_WITHDRAW_GONE);
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_FAILED, g_error_copy (error));
    }
}

static void
on_offered_anew (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalEngine *self = SHOAL_ENGINE (source);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) ids = shoal_engine_send_finish (self, result, &error);

  if (ids == NULL && !self->stopping)
    shoal_engine_tell_error (self, error);
}

static void
offer_anew (WakeCall *call, ShoalTransfer *transfer)
{
  g_autofree char *device = shoal_device_id_to_text (shoal_peer_get_id (transfer->peer));
  const char *const devices[] = { device, NULL };
  g_auto (GStrv) roots = g_strdupv (transfer->stored->roots);

  shoal_offering_withdraw (transfer, SHOAL_WITHDRAW_OTHER);
  shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_FAILED,
                            shoal_error_new (SHOAL_ERROR_WITHDRAWN, SHOAL_SIDE_HERE, NULL,
                                             "It was offered anew"));
  shoal_engine_hide_transfer (call->engine, transfer);
  shoal_engine_send_async (call->engine, (const char *const *) roots, NULL, devices, NULL,
                           on_offered_anew, NULL);
}

static void
files_changed (WakeCall *call)
{
  g_autoptr (GPtrArray) group = list_group (call);

  for (guint i = 0; i < group->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (group, i);

      if (!transfer->accepted)
        {
          offer_anew (call, transfer);
          continue;
        }
      shoal_offering_withdraw (transfer, SHOAL_WITHDRAW_GONE);
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_FAILED,
                                shoal_error_new (SHOAL_ERROR_CHANGED, SHOAL_SIDE_HERE,
                                                 "Send it again.",
                                                 "“%s” has changed since it was accepted",
                                                 transfer->stored->name));
    }
}

/* --- It goes on ---------------------------------------------------------- */

/* Takes the call. */
static void
go_on (WakeCall *call, ShoalDescription *description, const ShoalAttributes *attributes,
       ShoalContentSource *source)
{
  ShoalOffering *self = g_steal_pointer (&call->offering);
  g_autoptr (GPtrArray) group = list_group (call);

  self->description = shoal_description_ref (description);
  self->attributes = shoal_attributes_write (attributes);
  self->source = source;
  if (group->len == 0)
    {
      shoal_offering_free (self);
      wake_call_free (call);
      return;
    }
  for (guint i = 0; i < group->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (group, i);

      transfer->offering = self;
      transfer->index = i;
      g_ptr_array_add (self->transfers, transfer);
    }
  g_ptr_array_add (self->engine->offerings, self);
  wake_call_free (call);
  shoal_offering_begin (self);
}

/* FALSE: the call has ended. */
static gboolean
check (WakeCall *call, const GError *error)
{
  g_autoptr (GError) why = NULL;

  if (call->engine->stopping)
    {
      wake_call_free (call);
      return FALSE;
    }
  if (error == NULL)
    return TRUE;
  if (g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_GRANTED))
    {
      g_autoptr (GPtrArray) group = list_group (call);

      if (group->len > 0)
        shoal_grants_lost (g_ptr_array_index (group, 0));
      wake_call_free (call);
      return FALSE;
    }
  why = shoal_error_new (SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE,
                         "Put it back where it was, or send it from where it is now.", "%s",
                         error->message);
  fail_group (call, why);
  wake_call_free (call);
  return FALSE;
}

static void
on_completed (ShoalDescription *description, const ShoalAttributes *attributes,
              const GError *error, gpointer user_data)
{
  WakeCall *call = user_data;
  g_autoptr (GPtrArray) group = NULL;
  ShoalTransfer *first;

  if (!check (call, error))
    return;

  group = list_group (call);
  first = group->len > 0 ? g_ptr_array_index (group, 0) : NULL;
  if (first != NULL
      && !shoal_hash_equals (&first->stored->share_key, shoal_description_get_id (description)))
    {
      files_changed (call);
      wake_call_free (call);
      return;
    }
  go_on (call, description, attributes, shoal_seed_view_new (call->offering->seed, description));
}

static void
on_hashed (ShoalSeed *seed, const GError *error, gpointer user_data)
{
  WakeCall *call = user_data;
  ShoalScan *scan = shoal_seed_get_scan (seed);

  if (!check (call, error))
    return;
  if (!call->offering->is_draft)
    {
      shoal_seed_complete_async (seed, on_completed, call);
      return;
    }
  go_on (call, shoal_scan_get_description (scan), shoal_scan_get_attributes (scan),
         shoal_content_source_ref (shoal_seed_as_source (seed)));
}

static void
on_scanned (ShoalScan *scan, const GError *error, gpointer user_data)
{
  WakeCall *call = user_data;
  g_autoptr (GPtrArray) group = NULL;

  if (!check (call, error))
    return;

  group = list_group (call);
  if (group->len == 0)
    {
      wake_call_free (call);
      return;
    }
  if (call->offering->is_draft && !shoal_send_is_same_draft (g_ptr_array_index (group, 0), scan))
    {
      files_changed (call);
      wake_call_free (call);
      return;
    }
  shoal_offering_take_scan (call->offering, scan);
  /* What was a share whose hashes were known is hashed again if they are not any more. */
  shoal_seed_hash_all_async (call->offering->seed, !call->offering->is_draft,
                             call->engine->cancellable, on_hashed, call);
}

/* --- Sends --------------------------------------------------------------- */

static gboolean
sleeps (ShoalTransfer *transfer)
{
  return transfer->stored->direction == SHOAL_STORED_SEND && transfer->offering == NULL
         && !transfer->waking && !shoal_transfer_is_over (transfer) && transfer->peer != NULL
         && transfer->stored->roots[0] != NULL && transfer->stored->description != NULL;
}

void
shoal_wake_send (ShoalTransfer *transfer)
{
  ShoalEngine *self = transfer->engine;
  const ShoalStoredTransfer *stored = transfer->stored;
  g_autoptr (GPtrArray) all = NULL;
  WakeCall *call;
  ShoalOffering *offering;

  if (!sleeps (transfer))
    return;

  call = g_new0 (WakeCall, 1);
  call->engine = g_object_ref (self);
  call->ids = g_ptr_array_new_with_free_func (g_free);
  call->offering = offering = g_new0 (ShoalOffering, 1);
  offering->engine = self;
  offering->transfers = g_ptr_array_new ();
  offering->offer = stored->offer;
  offering->key = stored->offer_key;
  offering->kind = stored->kind;
  offering->is_draft = (stored->flags & SHOAL_STORED_IS_DRAFT) != 0;
  offering->roots = g_strdupv (stored->roots);
  if (stored->kind != SHOAL_STORED_FILES)
    offering->text_file = g_strdup (stored->roots[0]);

  all = shoal_engine_list_transfers (self);
  for (guint i = 0; i < all->len; i++)
    {
      ShoalTransfer *other = g_ptr_array_index (all, i);

      if (!sleeps (other) || memcmp (&other->stored->offer, &stored->offer, sizeof stored->offer))
        continue;
      other->waking = TRUE;
      /* Trouble that may be over. */
      if (other->phase == SHOAL_TRANSFER_PAUSED && other->stored->state != SHOAL_STORED_PAUSED)
        shoal_transfer_set_phase (other, SHOAL_TRANSFER_CONNECTING, NULL);
      g_ptr_array_add (call->ids, g_strdup (other->id_text));
    }
  shoal_scan_async (engine_runtime (self), (const char *const *) offering->roots,
                    &stored->share_key, self->cancellable, on_scanned, call);
}

static gboolean
may_wake (ShoalTransfer *transfer)
{
  return transfer->engine->wakes && transfer->stored->state != SHOAL_STORED_PAUSED
         && sleeps (transfer);
}

void
shoal_wake_peer_ready (ShoalEngine *self, ShoalPeer *peer)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);

  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (transfer->peer == peer && may_wake (transfer))
        shoal_wake_send (transfer);
    }
}

/* --- Everything ---------------------------------------------------------- */

void
shoal_wake_stored (ShoalEngine *self)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);

  for (guint i = 0; self->wakes && i < transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (may_wake (transfer))
        {
          shoal_transfer_hold (transfer);
          /* Said at once, not when the receiver is there. */
          if (shoal_grants_concern (transfer))
            shoal_wake_send (transfer);
        }
      else if (transfer->waits)
        {
          shoal_incoming_tell_waiting (transfer);
        }
      else if (transfer->stored->direction == SHOAL_STORED_GET
               && !shoal_transfer_is_over (transfer)
               && transfer->stored->state != SHOAL_STORED_PAUSED)
        {
          shoal_get_start (transfer);
          shoal_get_find_again (transfer);
        }
    }
}
