/* shoal-engine-transfers.c: what a person does with transfers.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-transfers.h"

#include "shoal-engine-private.h"

static gboolean
check_running (ShoalTransfer *transfer, GError **error)
{
  if (transfer->waits)
    return shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE,
                            "Accept or decline it first.", "That offer waits for an answer");
  if (!shoal_transfer_is_over (transfer))
    return TRUE;
  return shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                          "That transfer is over");
}

gboolean
shoal_engine_pause (ShoalEngine *self, const char *id, GError **error)
{
  ShoalTransfer *transfer = shoal_engine_find_transfer (self, id, error);

  if (transfer == NULL || !check_running (transfer, error))
    return FALSE;

  g_free (transfer->reason);
  transfer->reason = g_strdup ("Paused here");
  transfer->stored->state = SHOAL_STORED_PAUSED;
  transfer->held_back = FALSE;
  if (transfer->download != NULL)
    shoal_download_set_paused (transfer->download, TRUE);
  if (transfer->offering != NULL)
    shoal_offering_pause (transfer, TRUE);
  shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_PAUSED, NULL);
  return TRUE;
}

gboolean
shoal_engine_resume (ShoalEngine *self, const char *id, GError **error)
{
  ShoalTransfer *transfer = shoal_engine_find_transfer (self, id, error);

  if (transfer == NULL || !check_running (transfer, error))
    return FALSE;
  if (transfer->phase != SHOAL_TRANSFER_PAUSED)
    return TRUE;

  g_clear_pointer (&transfer->reason, g_free);
  transfer->stored->state = SHOAL_STORED_RUNNING;
  if (transfer->offering != NULL)
    {
      shoal_offering_pause (transfer, FALSE);
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_CONNECTING, NULL);
      if (shoal_peer_is_connected (transfer->peer))
        shoal_transfer_set_phase (
          transfer, transfer->accepted ? SHOAL_TRANSFER_RUNNING : SHOAL_TRANSFER_WAITING, NULL);
    }
  else if (transfer->stored->direction == SHOAL_STORED_SEND)
    {
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_CONNECTING, NULL);
      shoal_transfer_hold (transfer);
      if (shoal_peer_is_connected (transfer->peer))
        shoal_wake_send (transfer);
    }
  else if (transfer->download == NULL)
    {
      shoal_get_start (transfer);
      shoal_get_find_again (transfer);
    }
  else
    {
      shoal_download_set_paused (transfer->download, FALSE);
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_CONNECTING, NULL);
    }
  return TRUE;
}

gboolean
shoal_engine_cancel (ShoalEngine *self, const char *id, GError **error)
{
  ShoalTransfer *transfer = shoal_engine_find_transfer (self, id, error);

  if (transfer == NULL || !check_running (transfer, error))
    return FALSE;

  if (transfer->stored->direction == SHOAL_STORED_SEND)
    return shoal_offering_cancel (transfer);

  if (transfer->stored->has_offer)
    shoal_incoming_send_decline (transfer, SHOAL_DECLINE_STOPPED, NULL);
  shoal_get_stop (transfer, TRUE);
  shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_FAILED,
                            shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                                             "“%s” was cancelled", transfer->stored->name));
  return TRUE;
}

gboolean
shoal_engine_set_passing_on (ShoalEngine *self, const char *id, gboolean pass_on, GError **error)
{
  ShoalTransfer *transfer = shoal_engine_find_transfer (self, id, error);

  if (transfer == NULL)
    return FALSE;

  if (pass_on)
    {
      transfer->stored->flags |= SHOAL_STORED_PASS_ON;
      shoal_get_pass_on (transfer);
    }
  else
    {
      transfer->stored->flags &= ~(uint32_t) SHOAL_STORED_PASS_ON;
      shoal_get_stop_passing_on (transfer);
    }
  shoal_transfer_update (transfer);
  shoal_transfer_touch (transfer);
  return TRUE;
}
