/* test-crowd.c: friends are met, however many come who have a link.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "hostile-tracker.h"
#include "shoal-rendezvous.h"

#define N_FORGED 2
#define N_STRANGERS 12

typedef struct
{
  Fixture          f;
  ShoalIdentity   *identity;
  ShoalDeviceBook *book;
  ShoalHub        *hub;
  ShoalRendezvous *rendezvous;
  ShoalAppointment *share, *friend;
  ShoalTopic       share_topic, friend_topic;
  ShoalDeviceId    friend_id;
  guint            n_offers;
} Crowd;

/* Gathering takes its time: the STUN server does not answer. */
static void
set_up (Crowd *c, gconstpointer data)
{
  static const ShoalHubEvents EVENTS = { 0 };
  g_autoptr (GPtrArray) servers
    = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_ice_server_free);
  const char *urls[2] = { NULL };
  ShoalRuntime *runtime;
  uint64_t today, neighbour;

  hostile_set_up (&c->f, data);
  runtime = SHOAL_RUNTIME (c->f.runtime);
  urls[0] = c->f.url;
  memset (&c->friend_id, 0xf0, sizeof c->friend_id);
  shoal_topic_days (shoal_runtime_wall_time (runtime), &today, &neighbour);
  shoal_topic_init (&c->share_topic, SHOAL_TOPIC_SHARE, OTHER, 0);
  shoal_topic_init (&c->friend_topic, SHOAL_TOPIC_FRIENDS, SECRET, today);

  c->identity = shoal_identity_generate (NULL);
  c->book = shoal_device_book_new (runtime, NULL, NULL);
  c->hub = shoal_hub_new (&(ShoalHubOptions){ .runtime = c->f.runtime,
                                              .identity = c->identity,
                                              .book = c->book,
                                              .name = "here",
                                              .agent = "test",
                                              .events = &EVENTS });
  c->rendezvous = shoal_rendezvous_new (c->f.runtime, c->identity, c->hub, c->book, NULL, NULL);
  g_ptr_array_add (servers, shoal_ice_server_parse ("stun:127.0.0.1:9", NULL));
  shoal_rendezvous_configure (c->rendezvous, &(ShoalRendezvousConfig){ .trackers = urls,
                                                                       .servers = servers });
  c->share = shoal_appointment_new (c->rendezvous, &(ShoalAppointmentConfig){
    .kind = SHOAL_TOPIC_SHARE, .secret = OTHER });
  c->friend = shoal_appointment_new (c->rendezvous, &(ShoalAppointmentConfig){
    .kind = SHOAL_TOPIC_FRIENDS, .secret = SECRET, .expected = &c->friend_id });
  WAIT_UNTIL (c->f.announced->len >= 2);
}

static void
tear_down (Crowd *c, gconstpointer data)
{
  shoal_appointment_free (c->share);
  shoal_appointment_free (c->friend);
  shoal_rendezvous_free (c->rendezvous);
  shoal_hub_free (c->hub);
  shoal_device_book_free (c->book);
  shoal_identity_unref (c->identity);
  hostile_tear_down (&c->f, data);
}

/* An offer of who knows the secret of @topic, and says that it is @device. */
static void
offer (Crowd *c, const ShoalTopic *topic, const ShoalDeviceId *device)
{
  ShoalRuntime *runtime = SHOAL_RUNTIME (c->f.runtime);
  g_autoptr (ShoalSignalBody) body = shoal_signal_body_new (device);
  g_autoptr (ShoalTrackerMessage) message = shoal_tracker_message_new (SHOAL_TRACKER_OFFERED);
  g_autofree char *id = g_strdup_printf ("offer%015u", ++c->n_offers);
  uint8_t salt[SHOAL_SECRET_SIZE];

  body->ufrag = g_strdup (id);
  body->password = g_strdup ("a password of enough letters");
  message->has_topic = TRUE;
  memcpy (message->topic.bytes, topic->name, sizeof message->topic);
  g_assert_true (shoal_tracker_id_from_text (&message->peer, "-SH0001-somebodyelse"));
  g_assert_true (shoal_tracker_id_from_text (&message->offer_id, id));
  shoal_runtime_fill_random (runtime, salt, sizeof salt);
  message->sdp = shoal_signal_body_seal (body, topic, &message->offer_id, SHOAL_SIGNAL_OFFER, salt,
                                         shoal_runtime_wall_time (runtime), NULL);
  hostile_say (hostile_last_socket (&c->f), message);
}

static gboolean
is_friend_answered (Crowd *c)
{
  for (guint i = 0; i < c->f.heard->len; i++)
    {
      const ShoalTrackerMessage *message = g_ptr_array_index (c->f.heard, i);

      if (memcmp (message->topic.bytes, c->friend_topic.name, sizeof message->topic) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
test_places (Crowd *c, gconstpointer data)
{
  g_test_summary ("Whoever has a link cannot take all places with devices that are none");
  for (guint i = 0; i < N_STRANGERS; i++)
    {
      ShoalDeviceId stranger;

      memset (&stranger, (int) i + 1, sizeof stranger);
      offer (c, &c->share_topic, &stranger);
    }
  offer (c, &c->friend_topic, &c->friend_id);
  WAIT_UNTIL (is_friend_answered (c));
}

static void
test_forged (Crowd *c, gconstpointer data)
{
  g_test_summary ("Whoever has a link cannot take a friend's places by naming it");
  offer (c, &c->friend_topic, &c->friend_id);
  for (guint i = 0; i < N_FORGED; i++)
    offer (c, &c->share_topic, &c->friend_id);
  WAIT_UNTIL (is_friend_answered (c));
}

#define ADD(name, func) g_test_add ("/tracker/crowd/" name, Crowd, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("places", test_places);
  ADD ("forged", test_forged);
  return g_test_run ();
}
