/* test-swarms.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-swarms.h"

#define TOPIC "topic topic topic to"
#define OTHER "other topic, other t"
#define SECOND (G_GINT64_CONSTANT (1) * G_USEC_PER_SEC)

typedef struct
{
  ShoalSocketId        socket;
  ShoalTrackerMessage *message; /* (owned) */
} Sent;

typedef struct
{
  ShoalSwarms *swarms;
  GArray      *sent; /* of Sent, oldest first */
  GRand       *rand;
} Fixture;

static void
clear_sent (gpointer data)
{
  shoal_tracker_message_free (((Sent *) data)->message);
}

/* A copy, by way of the JSON that would travel. */
static void
on_send (ShoalSocketId socket, const ShoalTrackerMessage *message, gpointer user_data)
{
  Fixture *f = user_data;
  g_autofree char *text = shoal_tracker_message_write (message);
  Sent sent = { socket, shoal_tracker_message_read (text, strlen (text), NULL) };

  g_assert_nonnull (sent.message);
  g_array_append_val (f->sent, sent);
}

static guint32
on_random (guint32 bound, gpointer user_data)
{
  Fixture *f = user_data;

  return (guint32) g_rand_int_range (f->rand, 0, (gint32) bound);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  static const ShoalSwarmsFuncs FUNCS = { on_send, on_random };

  f->rand = g_rand_new_with_seed (1);
  f->sent = g_array_new (FALSE, FALSE, sizeof (Sent));
  g_array_set_clear_func (f->sent, clear_sent);
  f->swarms = shoal_swarms_new (&FUNCS, f, 120);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  shoal_swarms_free (f->swarms);
  g_array_unref (f->sent);
  g_rand_free (f->rand);
}

/* --- Speaking --------------------------------------------------------------- */

static void
set_text (ShoalTrackerId *id, const char *text)
{
  g_assert_true (shoal_tracker_id_from_text (id, text) || g_str_has_prefix (text, "t")
                 || g_str_has_prefix (text, "o"));
  memcpy (id->bytes, text, sizeof id->bytes);
}

static void
number_id (ShoalTrackerId *id, guint number)
{
  g_autofree char *text = g_strdup_printf ("peer-%015u", number);

  set_text (id, text);
}

/* Peer @number speaks through the socket of the same number. */
static ShoalTrackerMessage *
speak (ShoalTrackerMessageType type, const char *topic, guint number)
{
  ShoalTrackerMessage *message = shoal_tracker_message_new (type);

  message->has_topic = TRUE;
  memcpy (message->topic.bytes, topic, SHOAL_TRACKER_ID_SIZE);
  number_id (&message->peer, number);
  message->left = 1;
  return message;
}

static void
announce (Fixture *f, const char *topic, guint number, guint n_offers, gint64 now)
{
  g_autoptr (ShoalTrackerMessage) message = speak (SHOAL_TRACKER_ANNOUNCE, topic, number);

  for (guint i = 0; i < n_offers; i++)
    {
      g_autofree char *id = g_strdup_printf ("offer-%06u-%07u", number, i);
      ShoalTrackerId offer;

      set_text (&offer, id);
      shoal_tracker_message_add_offer (message, &offer, id);
    }
  shoal_swarms_take (f->swarms, number, message, now);
}

static void
answer (Fixture *f, guint number, guint to, const ShoalTrackerId *offer, gint64 now)
{
  g_autoptr (ShoalTrackerMessage) message = speak (SHOAL_TRACKER_ANSWER, TOPIC, number);

  number_id (&message->to_peer, to);
  message->offer_id = *offer;
  message->sdp = g_strdup ("an answer");
  shoal_swarms_take (f->swarms, number, message, now);
}

static Sent *
last_sent (Fixture *f, ShoalSocketId socket, ShoalTrackerMessageType type)
{
  Sent *sent;

  g_assert_cmpuint (f->sent->len, >, 0);
  sent = &g_array_index (f->sent, Sent, f->sent->len - 1);
  g_assert_cmpuint (sent->socket, ==, socket);
  g_assert_cmpint (sent->message->type, ==, type);
  return sent;
}

/* --- Tests -------------------------------------------------------------------- */

static void
test_two (Fixture *f, gconstpointer data)
{
  ShoalTrackerId offer;
  Sent *sent;
  ShoalSwarmsCounts counts;

  g_test_summary ("An offer reaches the other, and its answer comes back, once");
  announce (f, TOPIC, 1, 0, 0);
  sent = last_sent (f, 1, SHOAL_TRACKER_STATS);
  g_assert_cmpuint (sent->message->incomplete, ==, 1);
  g_assert_cmpuint (sent->message->interval, ==, 120);

  announce (f, TOPIC, 2, 3, 0);
  g_assert_cmpuint (f->sent->len, ==, 3); /* the second's stats, and one offer: never to itself */
  sent = last_sent (f, 1, SHOAL_TRACKER_OFFERED);
  offer = sent->message->offer_id;
  g_assert_cmpmem (sent->message->peer.bytes, 20, "peer-000000000000002", 20);

  answer (f, 1, 2, &offer, SECOND);
  sent = last_sent (f, 2, SHOAL_TRACKER_ANSWERED);
  g_assert_cmpstr (sent->message->sdp, ==, "an answer");
  answer (f, 1, 2, &offer, SECOND);
  last_sent (f, 1, SHOAL_TRACKER_FAILURE);

  shoal_swarms_count (f->swarms, &counts);
  g_assert_cmpuint (counts.offers_relayed, ==, 1);
  g_assert_cmpuint (counts.answers_relayed, ==, 1);
  g_assert_cmpuint (counts.pending, ==, 0);
}

static void
test_impostors (Fixture *f, gconstpointer data)
{
  g_autoptr (ShoalTrackerMessage) as_one = speak (SHOAL_TRACKER_ANNOUNCE, TOPIC, 1);
  g_autoptr (ShoalTrackerMessage) stop_one = speak (SHOAL_TRACKER_ANNOUNCE, TOPIC, 1);
  g_autoptr (ShoalTrackerMessage) second_self = speak (SHOAL_TRACKER_ANNOUNCE, TOPIC, 9);
  g_autoptr (ShoalTrackerMessage) stats = speak (SHOAL_TRACKER_STATS, TOPIC, 1);
  ShoalTrackerId offer;

  g_test_summary ("Nobody speaks, leaves or answers in another's name");
  announce (f, TOPIC, 1, 0, 0);
  announce (f, TOPIC, 2, 1, 0);
  offer = last_sent (f, 1, SHOAL_TRACKER_OFFERED)->message->offer_id;

  shoal_swarms_take (f->swarms, 3, as_one, 0);
  last_sent (f, 3, SHOAL_TRACKER_FAILURE);
  stop_one->event = SHOAL_TRACKER_EVENT_STOPPED;
  shoal_swarms_take (f->swarms, 3, stop_one, 0);
  g_assert_cmpuint (last_sent (f, 3, SHOAL_TRACKER_STATS)->message->incomplete, ==, 2);
  shoal_swarms_take (f->swarms, 1, second_self, 0);
  last_sent (f, 1, SHOAL_TRACKER_FAILURE);
  shoal_swarms_take (f->swarms, 1, stats, 0);
  last_sent (f, 1, SHOAL_TRACKER_FAILURE);

  announce (f, TOPIC, 3, 0, 0);
  answer (f, 3, 2, &offer, 0);
  last_sent (f, 3, SHOAL_TRACKER_FAILURE);
  answer (f, 1, 3, &offer, 0); /* to somebody who did not make it */
  last_sent (f, 1, SHOAL_TRACKER_FAILURE);
  answer (f, 1, 2, &offer, 0);
  last_sent (f, 2, SHOAL_TRACKER_ANSWERED);
}

static void
test_spread (Fixture *f, gconstpointer data)
{
  guint reached[101] = { 0 };
  guint n_reached = 0;

  g_test_summary ("Ten offers go to ten different members, and in time to all");
  for (guint i = 1; i <= 100; i++)
    announce (f, TOPIC, i, 0, 0);
  for (guint round = 0; round < 200; round++)
    {
      gboolean seen[101] = { FALSE };

      g_array_set_size (f->sent, 0);
      announce (f, TOPIC, 50, 10, 0);
      g_assert_cmpuint (f->sent->len, ==, 11);
      for (guint i = 1; i < f->sent->len; i++)
        {
          ShoalSocketId to = g_array_index (f->sent, Sent, i).socket;

          g_assert_cmpuint (to, !=, 50);
          g_assert_false (seen[to]);
          seen[to] = TRUE;
          reached[to]++;
        }
    }
  for (guint i = 1; i <= 100; i++)
    n_reached += reached[i] > 0 && reached[i] < 60; /* 20 on average */
  g_assert_cmpuint (n_reached, ==, 99);
}

static void
test_expiry (Fixture *f, gconstpointer data)
{
  ShoalSwarmsCounts counts;
  ShoalTrackerId offer;

  g_test_summary ("Silence ends a membership; an old offer cannot be answered");
  announce (f, TOPIC, 1, 0, 0);
  announce (f, TOPIC, 2, 1, 0);
  offer = last_sent (f, 1, SHOAL_TRACKER_OFFERED)->message->offer_id;
  shoal_swarms_expire (f->swarms, 121 * SECOND);
  answer (f, 1, 2, &offer, 121 * SECOND);
  last_sent (f, 1, SHOAL_TRACKER_FAILURE);

  announce (f, TOPIC, 2, 0, 200 * SECOND);
  shoal_swarms_expire (f->swarms, 301 * SECOND);
  shoal_swarms_count (f->swarms, &counts);
  g_assert_cmpuint (counts.members, ==, 1);
  shoal_swarms_expire (f->swarms, 600 * SECOND);
  shoal_swarms_count (f->swarms, &counts);
  g_assert_cmpuint (counts.members, ==, 0);
  g_assert_cmpuint (counts.topics, ==, 0);
}

static void
test_drop (Fixture *f, gconstpointer data)
{
  g_autoptr (ShoalTrackerMessage) seed = speak (SHOAL_TRACKER_ANNOUNCE, TOPIC, 2);
  ShoalSwarmsCounts counts;

  g_test_summary ("A closed socket leaves every topic");
  announce (f, TOPIC, 1, 0, 0);
  announce (f, OTHER, 1, 0, 0);
  seed->left = 0;
  shoal_swarms_take (f->swarms, 2, seed, 0);
  g_assert_cmpuint (last_sent (f, 2, SHOAL_TRACKER_STATS)->message->complete, ==, 1);
  shoal_swarms_drop (f->swarms, 1);
  shoal_swarms_drop (f->swarms, 77);
  shoal_swarms_count (f->swarms, &counts);
  g_assert_cmpuint (counts.members, ==, 1);
  g_assert_cmpuint (counts.topics, ==, 1);
  shoal_swarms_drop (f->swarms, 2);
  shoal_swarms_count (f->swarms, &counts);
  g_assert_cmpuint (counts.topics, ==, 0);
}

static void
test_limits (Fixture *f, gconstpointer data)
{
  ShoalSwarmsCounts counts;

  g_test_summary ("Topics a socket and members a topic are bounded");
  for (guint i = 0; i <= SHOAL_SWARMS_MAX_TOPICS_PER_SOCKET; i++)
    {
      g_autofree char *topic = g_strdup_printf ("topic-%014u", i);

      announce (f, topic, 1, 0, 0);
    }
  last_sent (f, 1, SHOAL_TRACKER_FAILURE);
  shoal_swarms_count (f->swarms, &counts);
  g_assert_cmpuint (counts.topics, ==, SHOAL_SWARMS_MAX_TOPICS_PER_SOCKET);

  for (guint i = 0; i < SHOAL_SWARMS_MAX_MEMBERS + 5; i++)
    announce (f, TOPIC, 2 + i, 0, i * SECOND);
  g_assert_cmpuint (last_sent (f, SHOAL_SWARMS_MAX_MEMBERS + 6, SHOAL_TRACKER_STATS)
                      ->message->incomplete, ==, SHOAL_SWARMS_MAX_MEMBERS);
}

static void
test_scrape (Fixture *f, gconstpointer data)
{
  g_autoptr (ShoalTrackerMessage) one = shoal_tracker_message_new (SHOAL_TRACKER_SCRAPE);
  g_autoptr (ShoalTrackerMessage) all = shoal_tracker_message_new (SHOAL_TRACKER_SCRAPE);
  ShoalTrackerId topic;
  Sent *sent;

  announce (f, TOPIC, 1, 0, 0);
  memcpy (topic.bytes, TOPIC, sizeof topic);
  one->topics = g_array_new (FALSE, FALSE, sizeof (ShoalTrackerId));
  g_array_append_val (one->topics, topic);
  shoal_swarms_take (f->swarms, 5, one, 0);
  sent = last_sent (f, 5, SHOAL_TRACKER_SCRAPED);
  g_assert_cmpuint (g_array_index (sent->message->counts, ShoalTrackerCount, 0).incomplete, ==, 1);
  shoal_swarms_take (f->swarms, 5, all, 0);
  last_sent (f, 5, SHOAL_TRACKER_FAILURE);
}

/* Random comings, goings, offers and answers; the sanitizers and the counts watch. */
static void
test_random (Fixture *f, gconstpointer data)
{
  ShoalSwarmsCounts counts;

  for (guint step = 0; step < 20000; step++)
    {
      guint number = 1 + on_random (30, f);
      g_autofree char *topic = g_strdup_printf ("topic-%014u", on_random (8, f));
      guint what = on_random (10, f);
      gint64 now = step * SECOND / 10;

      if (what < 6)
        announce (f, topic, number, on_random (4, f), now);
      else if (what < 8 && f->sent->len > 0)
        {
          Sent *sent = &g_array_index (f->sent, Sent, on_random (f->sent->len, f));

          if (sent->message->type == SHOAL_TRACKER_OFFERED)
            {
              g_autoptr (ShoalTrackerMessage) reply
                = shoal_tracker_message_new (SHOAL_TRACKER_ANSWER);

              reply->has_topic = TRUE;
              reply->topic = sent->message->topic;
              number_id (&reply->peer, (guint) sent->socket);
              reply->to_peer = sent->message->peer;
              reply->offer_id = sent->message->offer_id;
              reply->sdp = g_strdup ("s");
              shoal_swarms_take (f->swarms, sent->socket, reply, now);
            }
        }
      else if (what == 8)
        shoal_swarms_drop (f->swarms, number);
      else
        shoal_swarms_expire (f->swarms, now);
      if (f->sent->len > 500)
        g_array_remove_range (f->sent, 0, 400);
    }

  for (guint number = 1; number <= 30; number++)
    shoal_swarms_drop (f->swarms, number);
  shoal_swarms_count (f->swarms, &counts);
  g_assert_cmpuint (counts.members, ==, 0);
  g_assert_cmpuint (counts.topics, ==, 0);
  g_assert_cmpuint (counts.pending, ==, 0);
  g_assert_cmpuint (counts.answers_relayed, >, 100);
}

#define ADD(name, func) \
  g_test_add ("/tracker/swarms/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("two", test_two);
  ADD ("impostors", test_impostors);
  ADD ("spread", test_spread);
  ADD ("expiry", test_expiry);
  ADD ("drop", test_drop);
  ADD ("limits", test_limits);
  ADD ("scrape", test_scrape);
  ADD ("random", test_random);
  return g_test_run ();
}
