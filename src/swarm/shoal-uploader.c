/* shoal-uploader.c: whose turn it is to read.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"
#define SHOAL_UPLOAD_PARTS

#include "config.h"

#include "shoal-upload-private.h"

ShoalUploader *
shoal_uploader_new (ShoalRuntime *runtime)
{
  ShoalUploader *self = g_new0 (ShoalUploader, 1);

  self->runtime = g_object_ref (runtime);
  return self;
}

void
shoal_uploader_free (ShoalUploader *self)
{
  g_assert (g_queue_is_empty (&self->ring));
  g_object_unref (self->runtime);
  g_free (self);
}

static gboolean
wants_turn (ShoalFetcher *fetcher)
{
  return fetcher->ahead < UPLOAD_READ_AHEAD && shoal_fetcher_can_read (fetcher);
}

/* One turn: the deficit grows by the quantum and pays for reads. A request
 * larger than the quantum waits until a few turns have paid for it. */
static void
take_turn (ShoalUploader *self, ShoalFetcher *fetcher)
{
  fetcher->deficit += UPLOAD_QUANTUM;
  while (wants_turn (fetcher) && self->in_flight < UPLOAD_MAX_IN_FLIGHT)
    {
      ShoalServed *next = g_queue_peek_head (&fetcher->waiting);

      if (fetcher->deficit < (int64_t) next->bytes)
        return;
      fetcher->deficit -= (int64_t) next->bytes;
      self->in_flight += shoal_fetcher_read_next (fetcher);
    }
}

static void
step (ShoalUploader *self)
{
  ShoalFetcher *fetcher;

  if (self->stepping)
    return;

  self->stepping = TRUE;
  while (self->in_flight < UPLOAD_MAX_IN_FLIGHT
         && (fetcher = g_queue_pop_head (&self->ring)) != NULL)
    {
      fetcher->in_ring = FALSE;
      if (wants_turn (fetcher))
        take_turn (self, fetcher);
      if (wants_turn (fetcher))
        {
          fetcher->in_ring = TRUE;
          g_queue_push_tail (&self->ring, fetcher);
        }
      else
        {
          fetcher->deficit = 0; /* nothing to save up for */
        }
    }
  self->stepping = FALSE;
}

void
shoal_uploader_wake (ShoalUploader *self, ShoalFetcher *fetcher)
{
  if (!fetcher->in_ring && wants_turn (fetcher))
    {
      fetcher->in_ring = TRUE;
      g_queue_push_tail (&self->ring, fetcher);
    }
  step (self);
}

void
shoal_uploader_forget (ShoalUploader *self, ShoalFetcher *fetcher)
{
  if (fetcher->in_ring)
    g_queue_remove (&self->ring, fetcher);
  fetcher->in_ring = FALSE;
}

/* Bytes read have gone to a link, or been dropped. */
void
shoal_uploader_land (ShoalUploader *self, uint64_t bytes)
{
  g_assert (self->in_flight >= bytes);
  self->in_flight -= bytes;
  step (self);
}
