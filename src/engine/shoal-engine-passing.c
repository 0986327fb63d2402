/* shoal-engine-passing.c: what comes here is given to others who fetch it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-store-source.h"

/* A finished download is passed on until nobody has fetched for this long,
 * or the offerer says that all have it. */
#define PASS_ON_IDLE_US (30 * G_USEC_PER_SEC)

/* Whoever knows the key is one of the offer's receivers, or has the link. */
static gboolean
passing_allows (gpointer owner, ShoalPeer *peer)
{
  return TRUE;
}

static void
on_fetchers_changed (ShoalServing *serving, gpointer user_data)
{
  ShoalTransfer *self = user_data;

  self->idle_since = shoal_serving_get_n_fetchers (serving) > 0
                       ? 0
                       : shoal_runtime_now (engine_runtime (self->engine));
  shoal_transfer_touch (self);
}

static const ShoalServingEvents serving_events = {
  .fetchers_changed = on_fetchers_changed,
};

/* Announces what was here already, in runs. */
static void
pass_on_what_is_here (ShoalTransfer *self, ShoalDescription *description)
{
  uint32_t n_pieces = shoal_description_get_n_pieces (description);
  uint32_t piece = 0;

  while (piece < n_pieces)
    {
      uint32_t first = piece;

      while (piece < n_pieces && shoal_download_has_piece (self->download, piece))
        piece++;
      if (piece > first)
        shoal_serving_have (self->passing, first, piece - first);
      else
        piece++;
    }
}

/* On a metered network nothing is given to others before somebody has agreed. */
static void
obey_consent (ShoalTransfer *self)
{
  gboolean waits = self->engine->settings->waits_for_consent;

  if (self->passing != NULL)
    shoal_serving_set_paused (self->passing, waits ? SHOAL_PAUSED_OTHER : SHOAL_PAUSED_GOING_ON,
                              waits ? "On a metered network" : NULL);
}

void
shoal_get_obey_consent (ShoalEngine *self)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);

  for (guint i = 0; i < transfers->len; i++)
    obey_consent (g_ptr_array_index (transfers, i));
}

gboolean
shoal_get_can_pass_on (ShoalTransfer *self)
{
  return self->stored->kind == SHOAL_STORED_FILES && self->download != NULL
         && (!self->stored->has_offer || self->introduced)
         && shoal_download_get_state (self->download) >= SHOAL_DOWNLOAD_STATE_FETCHING
         && shoal_download_get_state (self->download) <= SHOAL_DOWNLOAD_STATE_DONE
         && shoal_download_get_attributes (self->download) != NULL;
}

void
shoal_get_pass_on (ShoalTransfer *self)
{
  ShoalPieceStore *store;
  ShoalDescription *description;
  g_autoptr (ShoalContentSource) source = NULL;
  ShoalServingOptions options = { 0 };

  if (self->passing != NULL || (self->stored->flags & SHOAL_STORED_PASS_ON) == 0
      || !shoal_get_can_pass_on (self))
    return;

  store = shoal_download_get_store (self->download);
  description = shoal_download_get_description (self->download);
  source = shoal_store_source_new (engine_runtime (self->engine), store, description);
  options = (ShoalServingOptions){
    .source = source,
    .attributes = shoal_download_get_attributes (self->download),
    .introduce = TRUE,
    .events = &serving_events,
    .user_data = self,
  };
  self->passing = shoal_serving_new (self->engine->upload, &options);
  obey_consent (self);
  self->grant = (ShoalGrant){ self->stored->has_offer    ? self->stored->offer_key
                              : self->stored->has_secret ? self->stored->secret
                                                         : self->stored->share_key,
                              self->passing, passing_allows, self };
  shoal_engine_add_grant (self->engine, &self->grant);
  pass_on_what_is_here (self, description);
}

void
shoal_get_end_passing (ShoalTransfer *self)
{
  if (self->passing == NULL)
    return;

  self->stored->passed_on += shoal_serving_get_bytes (self->passing);
  shoal_engine_remove_grant (self->engine, &self->grant);
  g_clear_pointer (&self->passing, shoal_serving_free);
}

void
shoal_get_stop_passing_on (ShoalTransfer *self)
{
  if (self->passing == NULL)
    return;

  shoal_get_end_passing (self);
  if (shoal_transfer_is_over (self))
    {
      shoal_transfer_release (self);
      if (self->download != NULL && !self->engine->stopping)
        shoal_get_stop (self, FALSE);
    }
}

void
shoal_get_tend_passing (ShoalTransfer *self, gint64 now)
{
  if (self->passing == NULL || self->idle_since == 0
      || now - self->idle_since <= PASS_ON_IDLE_US)
    return;

  shoal_get_stop_passing_on (self);
  shoal_transfer_update (self);
  shoal_transfer_tell (self, SHOAL_EVENT_TRANSFER);
}
