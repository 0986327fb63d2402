/* shoal-swarms.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-tracker"

#include "config.h"

#include "shoal-swarms.h"

#include <string.h>

/**
 * ShoalSwarms:
 *
 * topics ──► Topic ── members ──► Member ── socket ──► Socket ── memberships
 *
 * A member belongs to one topic and one socket and is freed by leave(), which
 * takes it out of both; a topic goes with its last member, a socket's record
 * with its last membership and pending offer.
 */

typedef struct
{
  ShoalTrackerId name;
  GPtrArray     *members; /* (owned): of Member, in no order: chosen from at random */
  GHashTable    *by_id;   /* (owned): ShoalTrackerId → Member, both not owned */
  guint          complete;
} Topic;

typedef struct
{
  ShoalSocketId id;
  GHashTable   *memberships; /* (owned): Topic → Member, both not owned */
  GQueue        pending;     /* of Pending (owned), oldest first: offers relayed to it */
} Socket;

typedef struct
{
  ShoalTrackerId id;
  Topic         *topic;
  Socket        *socket;
  guint          index;      /* in topic->members */
  gboolean       is_complete;
  gint64         heard;      /* monotonic µs */
} Member;

/* An offer relayed to a socket: the only thing that it may answer. */
typedef struct
{
  ShoalTrackerId topic, offer_id, from;
  gint64         time;
} Pending;

struct _ShoalSwarms
{
  ShoalSwarmsFuncs  funcs;
  gpointer          user_data;
  guint             interval; /* seconds */
  GHashTable       *topics;   /* (owned): ShoalTrackerId → Topic (owned) */
  GHashTable       *sockets;  /* (owned): ShoalSocketId → Socket (owned) */
  guint             n_members;
  guint             n_pending;
  guint64           announces, offers_relayed, answers_relayed, refused;
};

/* --- Coming and going ------------------------------------------------------ */

static void
free_topic (gpointer data)
{
  Topic *topic = data;

  g_ptr_array_unref (topic->members);
  g_hash_table_unref (topic->by_id);
  g_free (topic);
}

static void
free_socket (gpointer data)
{
  Socket *socket = data;

  g_hash_table_unref (socket->memberships);
  g_queue_clear_full (&socket->pending, g_free);
  g_free (socket);
}

static Topic *
get_topic (ShoalSwarms *self, const ShoalTrackerId *name)
{
  Topic *topic = g_hash_table_lookup (self->topics, name);

  if (topic != NULL)
    return topic;
  topic = g_new0 (Topic, 1);
  topic->name = *name;
  topic->members = g_ptr_array_new ();
  topic->by_id = g_hash_table_new (shoal_tracker_id_hash, shoal_tracker_id_equal);
  g_hash_table_insert (self->topics, &topic->name, topic);
  return topic;
}

static Socket *
get_socket (ShoalSwarms *self, ShoalSocketId id)
{
  Socket *socket = g_hash_table_lookup (self->sockets, &id);

  if (socket != NULL)
    return socket;
  socket = g_new0 (Socket, 1);
  socket->id = id;
  socket->memberships = g_hash_table_new (NULL, NULL);
  g_queue_init (&socket->pending);
  g_hash_table_insert (self->sockets, &socket->id, socket);
  return socket;
}

static void
maybe_forget_socket (ShoalSwarms *self, Socket *socket)
{
  if (g_hash_table_size (socket->memberships) == 0 && socket->pending.length == 0)
    g_hash_table_remove (self->sockets, &socket->id);
}

/* The socket stays: its caller may still look at it. */
static void
leave (ShoalSwarms *self, Member *member)
{
  Topic *topic = member->topic;
  Member *last;

  g_hash_table_remove (member->socket->memberships, topic);
  g_hash_table_remove (topic->by_id, &member->id);
  g_ptr_array_remove_index_fast (topic->members, member->index);
  if (member->index < topic->members->len)
    {
      last = g_ptr_array_index (topic->members, member->index);
      last->index = member->index;
    }
  if (member->is_complete)
    topic->complete--;
  self->n_members--;
  if (topic->members->len == 0)
    g_hash_table_remove (self->topics, &topic->name);
  g_free (member);
}

static Member *
longest_silent (Topic *topic)
{
  Member *found = g_ptr_array_index (topic->members, 0);

  for (guint i = 1; i < topic->members->len; i++)
    {
      Member *member = g_ptr_array_index (topic->members, i);

      if (member->heard < found->heard)
        found = member;
    }
  return found;
}

static Member *
join (ShoalSwarms *self, Topic *topic, Socket *socket, const ShoalTrackerId *id)
{
  Member *member;

  if (topic->members->len >= SHOAL_SWARMS_MAX_MEMBERS)
    leave (self, longest_silent (topic));
  member = g_new0 (Member, 1);
  member->id = *id;
  member->topic = topic;
  member->socket = socket;
  member->index = topic->members->len;
  g_ptr_array_add (topic->members, member);
  g_hash_table_insert (topic->by_id, &member->id, member);
  g_hash_table_insert (socket->memberships, topic, member);
  self->n_members++;
  return member;
}

/* --- Telling --------------------------------------------------------------- */

static void
fail (ShoalSwarms *self, ShoalSocketId socket, const ShoalTrackerMessage *about,
      const char *reason)
{
  g_autoptr (ShoalTrackerMessage) reply = shoal_tracker_message_new (SHOAL_TRACKER_FAILURE);

  reply->has_topic = about->has_topic;
  reply->topic = about->topic;
  reply->failure = g_strdup (reason);
  self->refused++;
  self->funcs.send (socket, reply, self->user_data);
}

static void
tell_stats (ShoalSwarms *self, ShoalSocketId socket, const ShoalTrackerId *name)
{
  g_autoptr (ShoalTrackerMessage) reply = shoal_tracker_message_new (SHOAL_TRACKER_STATS);
  Topic *topic = g_hash_table_lookup (self->topics, name);

  reply->has_topic = TRUE;
  reply->topic = *name;
  reply->interval = self->interval;
  if (topic != NULL)
    {
      reply->complete = topic->complete;
      reply->incomplete = topic->members->len - topic->complete;
    }
  self->funcs.send (socket, reply, self->user_data);
}

static void
relay_offer (ShoalSwarms *self, Member *from, Member *to, const ShoalTrackerOffer *offer,
             gint64 now)
{
  g_autoptr (ShoalTrackerMessage) relayed = shoal_tracker_message_new (SHOAL_TRACKER_OFFERED);
  Socket *socket = to->socket;
  Pending *pending;

  if (socket->pending.length >= SHOAL_SWARMS_MAX_PENDING_PER_SOCKET)
    {
      g_free (g_queue_pop_head (&socket->pending));
      self->n_pending--;
    }
  pending = g_new0 (Pending, 1);
  pending->topic = from->topic->name;
  pending->offer_id = offer->id;
  pending->from = from->id;
  pending->time = now;
  g_queue_push_tail (&socket->pending, pending);
  self->n_pending++;

  relayed->has_topic = TRUE;
  relayed->topic = from->topic->name;
  relayed->peer = from->id;
  relayed->offer_id = offer->id;
  relayed->sdp = g_strdup (offer->sdp);
  self->offers_relayed++;
  self->funcs.send (socket->id, relayed, self->user_data);
}

/* Each offer to one member, chosen at random among those of other sockets: a
 * partial shuffle (Knuth, 3.4.2, algorithm P) of the topic's own list. */
static void
relay_offers (ShoalSwarms *self, Member *from, GArray *offers, gint64 now)
{
  GPtrArray *members = from->topic->members;
  guint next = 0;

  for (guint at = 0; at < members->len && next < offers->len; at++)
    {
      guint chosen = at + self->funcs.random (members->len - at, self->user_data);
      Member *a = g_ptr_array_index (members, at);
      Member *to = g_ptr_array_index (members, chosen);

      members->pdata[at] = to;
      members->pdata[chosen] = a;
      to->index = at;
      if (a != to)
        a->index = chosen;
      if (to->socket != from->socket)
        relay_offer (self, from, to, &g_array_index (offers, ShoalTrackerOffer, next++), now);
    }
}

/* --- Messages -------------------------------------------------------------- */

static void
set_complete (Member *member, gboolean is_complete)
{
  if (member->is_complete == is_complete)
    return;
  member->is_complete = is_complete;
  member->topic->complete += is_complete ? 1 : -1;
}

/* The member that speaks, new or known; NULL if it may not. */
static Member *
find_speaker (ShoalSwarms *self, ShoalSocketId id, const ShoalTrackerMessage *message)
{
  Topic *topic = get_topic (self, &message->topic);
  Socket *socket = get_socket (self, id);
  Member *known = g_hash_table_lookup (topic->by_id, &message->peer);
  Member *ours = g_hash_table_lookup (socket->memberships, topic);
  const char *reason = NULL;

  if (known != NULL && known == ours)
    return known;
  if (known != NULL)
    reason = "peer_id is in use by another connection";
  else if (ours != NULL)
    reason = "one peer_id a topic and connection, please";
  else if (g_hash_table_size (socket->memberships) >= SHOAL_SWARMS_MAX_TOPICS_PER_SOCKET)
    reason = "too many topics on one connection";
  if (reason == NULL)
    return join (self, topic, socket, &message->peer);

  if (topic->members->len == 0)
    g_hash_table_remove (self->topics, &topic->name);
  maybe_forget_socket (self, socket);
  fail (self, id, message, reason);
  return NULL;
}

static void
take_stopped (ShoalSwarms *self, ShoalSocketId id, const ShoalTrackerMessage *message)
{
  Topic *topic = g_hash_table_lookup (self->topics, &message->topic);
  Member *member = topic != NULL ? g_hash_table_lookup (topic->by_id, &message->peer) : NULL;
  Socket *socket = member != NULL ? member->socket : NULL;

  if (socket != NULL && socket->id == id)
    {
      leave (self, member);
      maybe_forget_socket (self, socket);
    }
  tell_stats (self, id, &message->topic);
}

static void
take_announce (ShoalSwarms *self, ShoalSocketId id, const ShoalTrackerMessage *message, gint64 now)
{
  Member *member;

  self->announces++;
  if (message->event == SHOAL_TRACKER_EVENT_STOPPED)
    {
      take_stopped (self, id, message);
      return;
    }
  member = find_speaker (self, id, message);
  if (member == NULL)
    return;

  member->heard = now;
  set_complete (member, message->left == 0 || message->event == SHOAL_TRACKER_EVENT_COMPLETED);
  tell_stats (self, id, &message->topic);
  if (message->offers != NULL)
    relay_offers (self, member, message->offers, now);
}

static gboolean
take_pending (ShoalSwarms *self, Socket *socket, const ShoalTrackerMessage *message)
{
  for (GList *l = socket->pending.head; l != NULL; l = l->next)
    {
      Pending *pending = l->data;

      if (shoal_tracker_id_equal (&pending->offer_id, &message->offer_id)
          && shoal_tracker_id_equal (&pending->topic, &message->topic)
          && shoal_tracker_id_equal (&pending->from, &message->to_peer))
        {
          g_queue_delete_link (&socket->pending, l);
          g_free (pending);
          self->n_pending--;
          return TRUE;
        }
    }
  return FALSE;
}

static void
take_answer (ShoalSwarms *self, ShoalSocketId id, const ShoalTrackerMessage *message, gint64 now)
{
  g_autoptr (ShoalTrackerMessage) relayed = shoal_tracker_message_new (SHOAL_TRACKER_ANSWERED);
  Topic *topic = g_hash_table_lookup (self->topics, &message->topic);
  Socket *socket = g_hash_table_lookup (self->sockets, &id);
  Member *to = topic != NULL ? g_hash_table_lookup (topic->by_id, &message->to_peer) : NULL;
  Member *from = topic != NULL ? g_hash_table_lookup (topic->by_id, &message->peer) : NULL;

  if (socket == NULL || from == NULL || from->socket != socket
      || !take_pending (self, socket, message))
    {
      fail (self, id, message, "Could not find the offer corresponding to your answer");
      return;
    }
  from->heard = now;
  if (to == NULL)
    {
      fail (self, id, message, "the peer that made this offer has left");
      return;
    }

  relayed->has_topic = TRUE;
  relayed->topic = message->topic;
  relayed->peer = message->peer;
  relayed->offer_id = message->offer_id;
  relayed->sdp = g_strdup (message->sdp);
  self->answers_relayed++;
  self->funcs.send (to->socket->id, relayed, self->user_data);
}

static void
take_scrape (ShoalSwarms *self, ShoalSocketId id, const ShoalTrackerMessage *message)
{
  g_autoptr (ShoalTrackerMessage) reply = shoal_tracker_message_new (SHOAL_TRACKER_SCRAPED);

  /* A list of all topics is nobody's business. */
  if (message->topics == NULL || message->topics->len == 0)
    {
      fail (self, id, message, "invalid info_hash");
      return;
    }

  reply->counts = g_array_new (FALSE, TRUE, sizeof (ShoalTrackerCount));
  for (guint i = 0; i < message->topics->len; i++)
    {
      ShoalTrackerCount count = { g_array_index (message->topics, ShoalTrackerId, i) };
      Topic *topic = g_hash_table_lookup (self->topics, &count.topic);

      if (topic != NULL)
        {
          count.complete = topic->complete;
          count.incomplete = topic->members->len - topic->complete;
        }
      g_array_append_val (reply->counts, count);
    }
  self->funcs.send (id, reply, self->user_data);
}

/* --- Public ---------------------------------------------------------------- */

ShoalSwarms *
shoal_swarms_new (const ShoalSwarmsFuncs *funcs, gpointer user_data, guint interval)
{
  ShoalSwarms *self = g_new0 (ShoalSwarms, 1);

  self->funcs = *funcs;
  self->user_data = user_data;
  self->interval = interval;
  self->topics = g_hash_table_new_full (shoal_tracker_id_hash, shoal_tracker_id_equal, NULL,
                                        free_topic);
  self->sockets = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, free_socket);
  return self;
}

void
shoal_swarms_free (ShoalSwarms *self)
{
  GHashTableIter iter;
  gpointer topic;

  g_hash_table_iter_init (&iter, self->topics);
  while (g_hash_table_iter_next (&iter, NULL, &topic))
    g_ptr_array_set_free_func (((Topic *) topic)->members, g_free);
  g_hash_table_unref (self->topics);
  g_hash_table_unref (self->sockets);
  g_free (self);
}

void
shoal_swarms_take (ShoalSwarms *self, ShoalSocketId socket, const ShoalTrackerMessage *message,
                   gint64 now)
{
  switch (message->type)
    {
    case SHOAL_TRACKER_ANNOUNCE:
      take_announce (self, socket, message, now);
      break;
    case SHOAL_TRACKER_ANSWER:
      take_answer (self, socket, message, now);
      break;
    case SHOAL_TRACKER_SCRAPE:
      take_scrape (self, socket, message);
      break;
    case SHOAL_TRACKER_STATS:
    case SHOAL_TRACKER_OFFERED:
    case SHOAL_TRACKER_ANSWERED:
    case SHOAL_TRACKER_SCRAPED:
    case SHOAL_TRACKER_FAILURE:
    default:
      fail (self, socket, message, "that is for trackers to say");
    }
}

void
shoal_swarms_drop (ShoalSwarms *self, ShoalSocketId id)
{
  Socket *socket = g_hash_table_lookup (self->sockets, &id);
  GHashTableIter iter;
  gpointer member;

  if (socket == NULL)
    return;
  for (;;)
    {
      g_hash_table_iter_init (&iter, socket->memberships);
      if (!g_hash_table_iter_next (&iter, NULL, &member))
        break;
      leave (self, member);
    }
  self->n_pending -= socket->pending.length;
  g_hash_table_remove (self->sockets, &id);
}

static void
expire_pending (ShoalSwarms *self, Socket *socket, gint64 now)
{
  Pending *pending;

  while ((pending = g_queue_peek_head (&socket->pending)) != NULL
         && pending->time + SHOAL_SWARMS_OFFER_SECONDS * G_USEC_PER_SEC < now)
    {
      g_free (g_queue_pop_head (&socket->pending));
      self->n_pending--;
    }
}

void
shoal_swarms_expire (ShoalSwarms *self, gint64 now)
{
  g_autoptr (GPtrArray) old = g_ptr_array_new ();
  gint64 silent = (gint64) self->interval * G_USEC_PER_SEC * 5 / 2;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->topics);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Topic *topic = value;

      for (guint i = 0; i < topic->members->len; i++)
        if (((Member *) topic->members->pdata[i])->heard + silent < now)
          g_ptr_array_add (old, topic->members->pdata[i]);
    }
  for (guint i = 0; i < old->len; i++)
    leave (self, g_ptr_array_index (old, i));

  g_hash_table_iter_init (&iter, self->sockets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Socket *socket = value;

      expire_pending (self, socket, now);
      if (g_hash_table_size (socket->memberships) == 0 && socket->pending.length == 0)
        g_hash_table_iter_remove (&iter);
    }
}

void
shoal_swarms_count (ShoalSwarms *self, ShoalSwarmsCounts *counts)
{
  *counts = (ShoalSwarmsCounts){
    .topics = g_hash_table_size (self->topics),
    .members = self->n_members,
    .pending = self->n_pending,
    .announces = self->announces,
    .offers_relayed = self->offers_relayed,
    .answers_relayed = self->answers_relayed,
    .refused = self->refused,
  };
}
