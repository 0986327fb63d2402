/* shoal-answers.c: offers that are over, for when they are made again.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The last word on an offer can be lost: its offerer repeats it then, perhaps
 * after a restart here. It gets the same answer, and nothing is fetched twice. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"

/* Beyond this many, the oldest are forgotten: then a person is asked again. */
#define MAX_ANSWERS 4096u

/* An offer's ID is its offerer's choice, so the device belongs to the name. */
typedef struct
{
  ShoalTransferId  offer;
  ShoalDeviceId    device;
  ShoalStoredState state;
  uint64_t         bytes;
  uint32_t         files, failed;
} Answer;

static guint
answer_hash (gconstpointer key)
{
  const Answer *answer = key;
  guint hash;

  memcpy (&hash, answer->offer.bytes, sizeof hash);
  return hash ^ shoal_hash_hash (&answer->device);
}

static gboolean
answer_equal (gconstpointer a, gconstpointer b)
{
  const Answer *x = a, *y = b;

  return memcmp (&x->offer, &y->offer, sizeof x->offer) == 0
         && shoal_hash_equals (&x->device, &y->device);
}

void
shoal_engine_init_answers (ShoalEngine *self)
{
  self->answers = g_hash_table_new_full (answer_hash, answer_equal, NULL, g_free);
  g_queue_init (&self->answers_by_age);
}

void
shoal_engine_clear_answers (ShoalEngine *self)
{
  g_queue_clear (&self->answers_by_age);
  g_hash_table_unref (self->answers);
}

void
shoal_engine_note_answer (ShoalEngine *self, const ShoalStoredTransfer *stored)
{
  uint32_t files = stored->wanted_files > 0 ? stored->wanted_files : stored->total_files;
  Answer *answer;

  if (stored->direction != SHOAL_STORED_GET || !stored->has_offer || stored->peers->len == 0)
    return;

  answer = g_new0 (Answer, 1);
  answer->offer = stored->offer;
  answer->device = g_array_index (stored->peers, ShoalStoredPeer, 0).device;
  answer->state = stored->state == SHOAL_STORED_PASSING ? SHOAL_STORED_DONE : stored->state;
  answer->bytes = stored->done_bytes;
  answer->failed = stored->failed_files;
  answer->files = files - MIN (stored->failed_files, files);
  if (g_hash_table_contains (self->answers, answer))
    g_queue_remove (&self->answers_by_age, g_hash_table_lookup (self->answers, answer));
  g_hash_table_replace (self->answers, answer, answer);
  g_queue_push_tail (&self->answers_by_age, answer);
  if (self->answers_by_age.length > MAX_ANSWERS)
    g_hash_table_remove (self->answers, g_queue_pop_head (&self->answers_by_age));
}

gboolean
shoal_engine_load_answers (ShoalEngine *self, GError **error)
{
  gint64 since = shoal_runtime_wall_time (engine_runtime (self)) - SHOAL_OFFER_LIFE_US;
  g_autoptr (GPtrArray) stored = shoal_state_answers_load (self->database, since, error);

  for (guint i = 0; stored != NULL && i < stored->len; i++)
    shoal_engine_note_answer (self, g_ptr_array_index (stored, i));
  return stored != NULL;
}

gboolean
shoal_engine_repeat_answer (ShoalEngine *self, ShoalPeer *peer, const ShoalOfferId *offer)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_DECLINE };
  Answer key = { .device = *shoal_peer_get_id (peer) };
  const Answer *answer;

  memcpy (key.offer.bytes, offer->id, sizeof key.offer.bytes);
  answer = g_hash_table_lookup (self->answers, &key);
  if (answer == NULL)
    return FALSE;

  if (answer->state == SHOAL_STORED_DONE)
    {
      message.type = SHOAL_MESSAGE_COMMITTED;
      message.committed.offer = *offer;
      message.committed.bytes = answer->bytes;
      message.committed.files = answer->files;
      message.committed.failed = answer->failed;
    }
  else
    {
      message.decline.offer = *offer;
      message.decline.reason = answer->state == SHOAL_STORED_DECLINED ? SHOAL_DECLINE_PERSON
                                                                      : SHOAL_DECLINE_STOPPED;
    }
  shoal_peer_send (peer, &message, NULL);
  return TRUE;
}
