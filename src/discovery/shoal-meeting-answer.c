/* shoal-meeting-answer.c: offers of others, and answers to them.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whoever offers says so at every tracker that it uses, near midnight under two
 * topics, and again at a tracker that has come back: each time sealed anew. To
 * us it is one offer, known by its id. Its answer takes every way that the offer
 * took, as any one of them may break. */

#define G_LOG_DOMAIN "shoal-discovery"
#define SHOAL_DISCOVERY_INSIDE

#include "config.h"

#include "shoal-tracker-client-private.h"

#include "shoal-error.h"

#include <string.h>

/* What those who know the secret can make us remember. */
#define MAX_HEARD 256
#define MAX_WAYS 16
/* Its maker says it again for as long as it waits for an answer. */
#define HEARD_LIFE (SHOAL_MEETING_OFFER_SECONDS * G_USEC_PER_SEC)

void
shoal_meeting_free_heard (gpointer data)
{
  Heard *heard = data;

  g_array_unref (heard->ways);
  g_clear_pointer (&heard->answer, shoal_signal_body_free);
  g_free (heard);
}

/* --- Hearing ------------------------------------------------------------------------ */

static Heard *
find_heard (ShoalMeeting *self, const ShoalTrackerId *id, const ShoalDeviceId *device)
{
  for (guint i = 0; i < self->heard->len; i++)
    {
      Heard *heard = g_ptr_array_index (self->heard, i);

      if (shoal_tracker_id_equal (&heard->id, id) && shoal_hash_equals (&heard->device, device))
        return heard;
    }
  return NULL;
}

static Heard *
find_number (ShoalMeeting *self, guint number)
{
  for (guint i = 0; i < self->heard->len; i++)
    if (((Heard *) g_ptr_array_index (self->heard, i))->number == number)
      return g_ptr_array_index (self->heard, i);
  return NULL;
}

static void
drop_old (ShoalMeeting *self, gint64 now)
{
  guint n_old = self->heard->len >= MAX_HEARD ? 1 : 0;

  while (n_old < self->heard->len
         && ((Heard *) g_ptr_array_index (self->heard, n_old))->heard + HEARD_LIFE < now)
    n_old++;
  if (n_old > 0)
    g_ptr_array_remove_range (self->heard, 0, n_old);
}

static Heard *
add_heard (ShoalMeeting *self, const ShoalTrackerId *id, const ShoalDeviceId *device)
{
  Heard *heard = g_new0 (Heard, 1);
  gint64 now = shoal_runtime_now (self->client->runtime);

  drop_old (self, now);
  heard->number = ++self->last_offer;
  heard->id = *id;
  heard->device = *device;
  heard->heard = now;
  heard->ways = g_array_new (FALSE, FALSE, sizeof (Way));
  g_ptr_array_add (self->heard, heard);
  return heard;
}

/* --- Answering ---------------------------------------------------------------------- */

static gboolean
send_answer (ShoalMeeting *self, const Heard *heard, const Way *way, GError **error)
{
  ShoalRuntime *runtime = self->client->runtime;
  Tracker *tracker = shoal_tracker_client_find (self->client, way->tracker);
  /* We may have left the topic since the offer came. */
  const ShoalTrackerId *peer = shoal_meeting_find_peer (self, &way->topic, way->tracker);
  g_autoptr (ShoalTrackerMessage) message = shoal_tracker_message_new (SHOAL_TRACKER_ANSWER);
  uint8_t salt[SHOAL_SECRET_SIZE];

  shoal_runtime_fill_random (runtime, salt, sizeof salt);
  message->sdp = shoal_signal_body_seal (heard->answer, &way->topic, &heard->id,
                                         SHOAL_SIGNAL_ANSWER, salt,
                                         shoal_runtime_wall_time (runtime), error);
  if (message->sdp == NULL)
    return FALSE;

  message->has_topic = TRUE;
  memcpy (message->topic.bytes, way->topic.name, SHOAL_TRACKER_ID_SIZE);
  message->to_peer = way->peer;
  message->offer_id = heard->id;
  message->left = self->is_complete ? 0 : 1;
  if (peer != NULL)
    message->peer = *peer;
  if (tracker != NULL && peer != NULL && shoal_tracker_socket_send (tracker->socket, message))
    return TRUE;
  return shoal_error_set (error, SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_NETWORK, NULL,
                          "The tracker that an offer came by is gone");
}

void
shoal_meeting_hear_offer (ShoalMeeting *self, Place *place, Tracker *tracker,
                          const ShoalTrackerMessage *message)
{
  g_autoptr (ShoalSignalBody) body
    = shoal_meeting_open (self, place, message, SHOAL_SIGNAL_OFFER);
  Way way = { tracker->number, place->topic, message->peer };
  Heard *heard;

  if (body == NULL)
    return;
  heard = find_heard (self, &message->offer_id, &body->device);
  if (heard == NULL)
    {
      heard = add_heard (self, &message->offer_id, &body->device);
      g_array_append_val (heard->ways, way);
      self->funcs.offered (self, heard->number, body, self->user_data);
    }
  else if (heard->ways->len < MAX_WAYS)
    {
      g_array_append_val (heard->ways, way);
      if (heard->answer != NULL)
        send_answer (self, heard, &way, NULL);
    }
}

/* --- Public ------------------------------------------------------------------------- */

gboolean
shoal_meeting_answer (ShoalMeeting *self, guint number, const ShoalSignalBody *body,
                      GError **error)
{
  Heard *heard = find_number (self, number);
  gboolean is_said = FALSE;

  if (heard == NULL)
    return shoal_error_set (error, SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_NETWORK, NULL,
                            "An offer was answered too late");
  g_clear_pointer (&heard->answer, shoal_signal_body_free);
  heard->answer = shoal_signal_body_copy (body);
  for (guint i = 0; i < heard->ways->len; i++)
    {
      g_clear_error (error);
      if (send_answer (self, heard, &g_array_index (heard->ways, Way, i), error))
        is_said = TRUE;
    }
  if (is_said)
    g_clear_error (error);
  return is_said;
}

/* One that was heard stays known: it would be taken for a new one. */
void
shoal_meeting_withdraw (ShoalMeeting *self, guint number)
{
  Heard *heard = find_number (self, number);

  if (heard != NULL)
    g_clear_pointer (&heard->answer, shoal_signal_body_free);
  for (guint i = self->offers->len; i-- > 0;)
    if (((Offer *) g_ptr_array_index (self->offers, i))->number == number)
      g_ptr_array_remove_index (self->offers, i);
}
