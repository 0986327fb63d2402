/* shoal-meeting.c: one secret at all its trackers: being there, and offering.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-discovery"
#define SHOAL_DISCOVERY_INSIDE

#include "config.h"

#include "shoal-tracker-client-private.h"

#include "shoal-error.h"

#include <string.h>

/* What trackers may ask for, in seconds; aquatic forgets who is silent for 180. */
#define SHORTEST_INTERVAL 30
#define USUAL_INTERVAL 120
#define LONGEST_INTERVAL 170
#define OFFER_LIFE (SHOAL_MEETING_OFFER_SECONDS * G_USEC_PER_SEC)
/* Two devices that come to a tracker together each find nobody there. */
#define SECOND_LOOK 5

/* --- Places --------------------------------------------------------------------- */

/* 20 printable characters, new for each: it must not tie topics together. */
static void
fill_id (ShoalRuntime *runtime, ShoalTrackerId *id, const char *prefix)
{
  uint8_t random[15];
  g_autofree char *text = NULL;

  shoal_runtime_fill_random (runtime, random, sizeof random);
  text = g_base64_encode (random, sizeof random);
  memcpy (id->bytes, text, sizeof id->bytes);
  memcpy (id->bytes, prefix, strlen (prefix));
}

static void
free_place (gpointer data)
{
  Place *place = data;

  g_array_unref (place->presences);
  g_free (place);
}

static void
free_offer (gpointer data)
{
  Offer *offer = data;

  shoal_signal_body_free (offer->body);
  g_free (offer);
}

static Place *
add_place (ShoalMeeting *self, uint64_t day)
{
  Place *place = g_new0 (Place, 1);

  place->meeting = self;
  place->day = day;
  shoal_topic_init (&place->topic, self->kind, self->secret, day);
  memcpy (place->id.bytes, place->topic.name, SHOAL_TRACKER_ID_SIZE);
  place->presences = g_array_new (FALSE, TRUE, sizeof (Presence));
  g_ptr_array_add (self->places, place);
  return place;
}

static Presence *
get_presence (Place *place, uint64_t tracker)
{
  Presence fresh = { tracker };

  for (guint i = 0; i < place->presences->len; i++)
    {
      Presence *presence = &g_array_index (place->presences, Presence, i);

      if (presence->tracker == tracker)
        return presence;
    }
  fill_id (place->meeting->client->runtime, &fresh.peer, "-SH0001-");
  g_array_append_val (place->presences, fresh);
  return &g_array_index (place->presences, Presence, place->presences->len - 1);
}

const ShoalTrackerId *
shoal_meeting_find_peer (ShoalMeeting *self, const ShoalTopic *topic, uint64_t tracker)
{
  for (guint i = 0; i < self->places->len; i++)
    {
      Place *place = g_ptr_array_index (self->places, i);

      if (g_str_equal (place->topic.name, topic->name))
        return &get_presence (place, tracker)->peer;
    }
  return NULL;
}

static void
forget_presence (Place *place, uint64_t tracker)
{
  for (guint i = place->presences->len; i-- > 0;)
    if (g_array_index (place->presences, Presence, i).tracker == tracker)
      g_array_remove_index_fast (place->presences, i);
}

/* --- Saying ----------------------------------------------------------------------- */

static char *
seal (Place *place, const Offer *offer, GError **error)
{
  ShoalRuntime *runtime = place->meeting->client->runtime;
  uint8_t salt[SHOAL_SECRET_SIZE];

  shoal_runtime_fill_random (runtime, salt, sizeof salt);
  return shoal_signal_body_seal (offer->body, &place->topic, &offer->id, SHOAL_SIGNAL_OFFER,
                                 salt, shoal_runtime_wall_time (runtime), error);
}

static ShoalTrackerMessage *
new_announcement (Place *place, Tracker *tracker)
{
  ShoalTrackerMessage *message = shoal_tracker_message_new (SHOAL_TRACKER_ANNOUNCE);

  message->has_topic = TRUE;
  message->topic = place->id;
  message->peer = get_presence (place, tracker->number)->peer;
  message->left = place->meeting->is_complete ? 0 : 1;
  return message;
}

/* With @offer (nullable): one an announcement keeps frames short. */
static void
announce (Place *place, Tracker *tracker, const Offer *offer)
{
  g_autoptr (ShoalTrackerMessage) message = new_announcement (place, tracker);
  Presence *presence = get_presence (place, tracker->number);
  g_autofree char *sdp = offer != NULL ? seal (place, offer, NULL) : NULL;

  if (!presence->started)
    message->event = SHOAL_TRACKER_EVENT_STARTED;
  if (sdp != NULL)
    {
      shoal_tracker_message_add_offer (message, &offer->id, sdp);
      message->wanted = 1;
    }
  if (!shoal_tracker_socket_send (tracker->socket, message))
    return;
  presence->next = shoal_runtime_now (place->meeting->client->runtime) +
                   (presence->started ? USUAL_INTERVAL : SECOND_LOOK) * G_USEC_PER_SEC;
  presence->started = TRUE;
}

static void
say_stopped (Place *place, Tracker *tracker)
{
  g_autoptr (ShoalTrackerMessage) message = new_announcement (place, tracker);

  if (!get_presence (place, tracker->number)->started)
    return;
  message->event = SHOAL_TRACKER_EVENT_STOPPED;
  shoal_tracker_socket_send (tracker->socket, message);
}

static void
leave_place (ShoalMeeting *self, Place *place)
{
  for (guint i = 0; i < self->client->trackers->len; i++)
    say_stopped (place, g_ptr_array_index (self->client->trackers, i));
}

/* Everywhere this meeting is. */
static void
announce_offer (ShoalMeeting *self, const Offer *offer)
{
  for (guint i = 0; i < self->client->trackers->len; i++)
    {
      Tracker *tracker = g_ptr_array_index (self->client->trackers, i);

      if (!shoal_meeting_uses (self, shoal_tracker_socket_get_url (tracker->socket)))
        continue;
      for (guint j = 0; j < self->places->len; j++)
        announce (g_ptr_array_index (self->places, j), tracker, offer);
    }
}

/* --- Time ------------------------------------------------------------------------- */

static gboolean
has_place (ShoalMeeting *self, uint64_t day)
{
  for (guint i = 0; i < self->places->len; i++)
    if (((Place *) g_ptr_array_index (self->places, i))->day == day)
      return TRUE;
  return FALSE;
}

static void
update_places (ShoalMeeting *self)
{
  uint64_t today = 0, neighbour = 0;

  if (self->kind == SHOAL_TOPIC_FRIENDS)
    shoal_topic_days (shoal_runtime_wall_time (self->client->runtime), &today, &neighbour);
  for (guint i = self->places->len; i-- > 0;)
    {
      Place *place = g_ptr_array_index (self->places, i);

      if (place->day == today || place->day == neighbour)
        continue;
      leave_place (self, place);
      g_ptr_array_remove_index (self->places, i);
    }
  if (!has_place (self, today))
    add_place (self, today);
  if (!has_place (self, neighbour))
    add_place (self, neighbour);
}

static void
drop_old_offers (ShoalMeeting *self)
{
  gint64 now = shoal_runtime_now (self->client->runtime);

  for (guint i = self->offers->len; i-- > 0;)
    if (((Offer *) g_ptr_array_index (self->offers, i))->made + OFFER_LIFE < now)
      g_ptr_array_remove_index (self->offers, i);
}

void
shoal_meeting_tick (ShoalMeeting *self)
{
  gint64 now = shoal_runtime_now (self->client->runtime);

  update_places (self);
  drop_old_offers (self);
  for (guint i = 0; i < self->client->trackers->len; i++)
    {
      Tracker *tracker = g_ptr_array_index (self->client->trackers, i);

      if (!shoal_meeting_uses (self, shoal_tracker_socket_get_url (tracker->socket)))
        continue;
      for (guint j = 0; j < self->places->len; j++)
        {
          Place *place = g_ptr_array_index (self->places, j);

          if (get_presence (place, tracker->number)->next <= now)
            announce (place, tracker, NULL);
        }
    }
}

/* What still waits for an answer is offered at a tracker that opens late, too. */
void
shoal_meeting_tracker_changed (ShoalMeeting *self, Tracker *tracker)
{
  gboolean is_open = shoal_tracker_socket_get_state (tracker->socket) == SHOAL_TRACKER_OPEN;

  if (!shoal_meeting_uses (self, shoal_tracker_socket_get_url (tracker->socket)))
    return;
  update_places (self);
  drop_old_offers (self);
  for (guint i = 0; i < self->places->len; i++)
    {
      Place *place = g_ptr_array_index (self->places, i);

      forget_presence (place, tracker->number);
      if (!is_open)
        continue;
      announce (place, tracker, NULL);
      for (guint j = 0; j < self->offers->len; j++)
        if (!((Offer *) g_ptr_array_index (self->offers, j))->answered)
          announce (place, tracker, g_ptr_array_index (self->offers, j));
    }
}

/* --- Hearing ------------------------------------------------------------------------ */

static guint
count_others (ShoalMeeting *self)
{
  guint most = 0;

  for (guint i = 0; i < self->places->len; i++)
    {
      Place *place = g_ptr_array_index (self->places, i);

      for (guint j = 0; j < place->presences->len; j++)
        most = MAX (most, g_array_index (place->presences, Presence, j).n_others);
    }
  return most;
}

static void
hear_stats (ShoalMeeting *self, Place *place, Tracker *tracker, const ShoalTrackerMessage *message)
{
  Presence *presence = get_presence (place, tracker->number);
  guint n = message->complete + message->incomplete;
  gint64 now = shoal_runtime_now (self->client->runtime);

  /* We are one of them. */
  presence->n_others = n > 0 ? n - 1 : 0;
  if (message->interval > 0)
    {
      guint interval = CLAMP (message->interval, SHORTEST_INTERVAL, LONGEST_INTERVAL);

      presence->next = MIN (presence->next, now + interval * G_USEC_PER_SEC);
    }
  self->funcs.seen (self, count_others (self), self->user_data);
}

ShoalSignalBody *
shoal_meeting_open (ShoalMeeting *self, Place *place, const ShoalTrackerMessage *message,
                    ShoalSignalDirection direction)
{
  ShoalTrackerClient *client = self->client;
  gint64 now = shoal_runtime_wall_time (client->runtime);
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalSignalBody) body
    = shoal_signal_body_open (message->sdp, &place->topic, &message->offer_id, direction, now,
                              &error);

  if (body == NULL)
    g_debug ("what came over a tracker is dropped: %s", error->message);
  else if (!shoal_replay_guard_admit (client->guard, message->sdp, now))
    g_debug ("what came over a tracker came before");
  else
    return g_steal_pointer (&body);
  return NULL;
}

static void
hear_answer (ShoalMeeting *self, Place *place, const ShoalTrackerMessage *message)
{
  for (guint i = 0; i < self->offers->len; i++)
    {
      Offer *offer = g_ptr_array_index (self->offers, i);
      g_autoptr (ShoalSignalBody) body = NULL;

      if (offer->answered || !shoal_tracker_id_equal (&offer->id, &message->offer_id))
        continue;
      body = shoal_meeting_open (self, place, message, SHOAL_SIGNAL_ANSWER);
      if (body == NULL)
        return;
      offer->answered = TRUE;
      self->funcs.answered (self, offer->number, body, self->user_data);
      return;
    }
}

gboolean
shoal_meeting_hear (ShoalMeeting *self, Tracker *tracker, const ShoalTrackerMessage *message)
{
  if (!message->has_topic)
    return FALSE;
  for (guint i = 0; i < self->places->len; i++)
    {
      Place *place = g_ptr_array_index (self->places, i);

      if (!shoal_tracker_id_equal (&place->id, &message->topic))
        continue;
      if (message->type == SHOAL_TRACKER_STATS)
        hear_stats (self, place, tracker, message);
      else if (shoal_tracker_id_equal (&get_presence (place, tracker->number)->peer,
                                       &message->peer))
        return TRUE; /* our own, come back */
      else if (message->type == SHOAL_TRACKER_OFFERED)
        shoal_meeting_hear_offer (self, place, tracker, message);
      else if (message->type == SHOAL_TRACKER_ANSWERED)
        hear_answer (self, place, message);
      return TRUE;
    }
  return FALSE;
}

/* --- Public ------------------------------------------------------------------------- */

gboolean
shoal_meeting_uses (ShoalMeeting *self, const char *url)
{
  char **urls = self->urls != NULL ? self->urls : self->client->urls;

  return g_strv_contains ((const char *const *) urls, url);
}

ShoalMeeting *
shoal_meeting_new (ShoalTrackerClient *client, ShoalTopicKind kind, const uint8_t *secret,
                   gboolean is_complete, const char *const *urls, const ShoalMeetingFuncs *funcs,
                   gpointer user_data)
{
  ShoalMeeting *self = g_new0 (ShoalMeeting, 1);

  self->client = client;
  self->kind = kind;
  memcpy (self->secret, secret, sizeof self->secret);
  self->is_complete = is_complete;
  self->urls = g_strdupv ((char **) urls);
  self->funcs = *funcs;
  self->user_data = user_data;
  self->places = g_ptr_array_new_with_free_func (free_place);
  self->offers = g_ptr_array_new_with_free_func (free_offer);
  self->heard = g_ptr_array_new_with_free_func (shoal_meeting_free_heard);
  g_ptr_array_add (client->meetings, self);
  shoal_tracker_client_update (client);
  shoal_meeting_tick (self);
  return self;
}

void
shoal_meeting_free (ShoalMeeting *self)
{
  for (guint i = 0; i < self->places->len; i++)
    leave_place (self, g_ptr_array_index (self->places, i));
  g_ptr_array_remove_fast (self->client->meetings, self);
  shoal_tracker_client_update (self->client);
  g_ptr_array_unref (self->places);
  g_ptr_array_unref (self->offers);
  g_ptr_array_unref (self->heard);
  g_strfreev (self->urls);
  memset (self->secret, 0, sizeof self->secret);
  g_free (self);
}

guint
shoal_meeting_offer (ShoalMeeting *self, const ShoalSignalBody *body, GError **error)
{
  Offer *offer = g_new0 (Offer, 1);
  g_autofree char *sealed = NULL;

  offer->number = ++self->last_offer;
  fill_id (self->client->runtime, &offer->id, "");
  offer->made = shoal_runtime_now (self->client->runtime);
  offer->body = shoal_signal_body_copy (body);
  sealed = seal (g_ptr_array_index (self->places, 0), offer, error);
  if (sealed == NULL)
    {
      free_offer (offer);
      return 0;
    }

  drop_old_offers (self);
  if (self->offers->len >= SHOAL_TRACKER_MAX_OFFERS)
    g_ptr_array_remove_index (self->offers, 0);
  g_ptr_array_add (self->offers, offer);
  announce_offer (self, offer);
  return offer->number;
}
