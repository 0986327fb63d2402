/* test-signal-body.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-error.h"
#include "shoal-signal-body.h"

#define NOW (G_GINT64_CONSTANT (1790000000) * G_USEC_PER_SEC)
#define MINUTE (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)

static const uint8_t SECRET[] = "thirty-two bytes that are secret";
static const uint8_t SALT[] = "thirty-two bytes that are random";

typedef struct
{
  ShoalTopic       topic;
  ShoalTrackerId   id;
  ShoalSignalBody *body;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  ShoalDeviceId device;

  memset (&device, 7, sizeof device);
  shoal_topic_init (&f->topic, SHOAL_TOPIC_SHARE, SECRET, 0);
  g_assert_true (shoal_tracker_id_from_text (&f->id, "abcdefghijklmnopqrst"));
  f->body = shoal_signal_body_new (&device);
  f->body->ufrag = g_strdup ("abcd");
  f->body->password = g_strdup ("0123456789012345678901");
  g_ptr_array_add (f->body->candidates,
                   g_strdup ("candidate:1 1 UDP 2013266431 192.0.2.1 4000 typ host"));
  g_ptr_array_add (f->body->addresses, g_strdup ("192.0.2.1:27474"));
  g_ptr_array_add (f->body->addresses, g_strdup ("[2001:db8::1]:27474"));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  shoal_signal_body_free (f->body);
}

static char *
seal (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  char *text = shoal_signal_body_seal (f->body, &f->topic, &f->id, SHOAL_SIGNAL_OFFER, SALT, NOW,
                                       &error);

  g_assert_no_error (error);
  return text;
}

static void
test_round_trip (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = seal (f);
  g_autoptr (ShoalSignalBody) body
    = shoal_signal_body_open (text, &f->topic, &f->id, SHOAL_SIGNAL_OFFER, NOW + MINUTE, &error);

  g_assert_no_error (error);
  g_assert_true (shoal_hash_equals (&body->device, &f->body->device));
  g_assert_cmpint (body->time, ==, NOW);
  g_assert_cmpstr (body->ufrag, ==, "abcd");
  g_assert_cmpstr (body->password, ==, "0123456789012345678901");
  g_assert_cmpuint (body->candidates->len, ==, 1);
  g_assert_cmpuint (body->addresses->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (body->addresses, 1), ==, "[2001:db8::1]:27474");
}

static void
test_length (Fixture *f, gconstpointer data)
{
  g_autofree char *few = seal (f);
  g_autofree char *more = NULL;

  g_test_summary ("One candidate more or less does not show");
  g_ptr_array_add (f->body->candidates,
                   g_strdup ("candidate:2 1 UDP 1677721855 198.51.100.7 4001 typ srflx"));
  more = seal (f);
  g_assert_cmpuint (strlen (few), ==, strlen (more));
  g_assert_cmpuint (strlen (few), <, SHOAL_TRACKER_MAX_FRAME / 4);
}

static void
test_bound (Fixture *f, gconstpointer data)
{
  g_autofree char *text = seal (f);
  ShoalTopic other_topic;
  ShoalTrackerId other_id;

  g_test_summary ("Under another topic, offer or direction it does not open");
  shoal_topic_init (&other_topic, SHOAL_TOPIC_INVITE, SECRET, 0);
  g_assert_true (shoal_tracker_id_from_text (&other_id, "abcdefghijklmnopqrsu"));
  g_assert_null (shoal_signal_body_open (text, &other_topic, &f->id, SHOAL_SIGNAL_OFFER, NOW,
                                         NULL));
  g_assert_null (shoal_signal_body_open (text, &f->topic, &other_id, SHOAL_SIGNAL_OFFER, NOW,
                                         NULL));
  g_assert_null (shoal_signal_body_open (text, &f->topic, &f->id, SHOAL_SIGNAL_ANSWER, NOW,
                                         NULL));
  g_assert_null (shoal_signal_body_open ("", &f->topic, &f->id, SHOAL_SIGNAL_OFFER, NOW, NULL));
  g_assert_null (shoal_signal_body_open ("v=0\r\no=- 1 2 IN IP4 127.0.0.1", &f->topic, &f->id,
                                         SHOAL_SIGNAL_OFFER, NOW, NULL));
}

static void
test_time (Fixture *f, gconstpointer data)
{
  static const gint64 WRONG[] = { NOW + 16 * MINUTE, NOW - 16 * MINUTE };
  g_autofree char *text = seal (f);

  for (guint i = 0; i < G_N_ELEMENTS (WRONG); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ShoalSignalBody) body
        = shoal_signal_body_open (text, &f->topic, &f->id, SHOAL_SIGNAL_OFFER, WRONG[i], &error);

      g_assert_null (body);
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_TIMED_OUT);
      g_assert_nonnull (shoal_error_get_next (error));
    }
}

static void
test_limits (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_ptr_array_set_size (f->body->candidates, 0);
  for (guint i = 0; i <= SHOAL_SIGNAL_MAX_CANDIDATES; i++)
    g_ptr_array_add (f->body->candidates, g_strdup ("candidate"));
  text = shoal_signal_body_seal (f->body, &f->topic, &f->id, SHOAL_SIGNAL_OFFER, SALT, NOW,
                                 &error);
  g_assert_null (text);
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
}

static void
test_full (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autoptr (ShoalSignalBody) body = NULL;

  g_test_summary ("As much as is allowed still fits into a frame of a tracker");
  for (guint i = 1; i < SHOAL_SIGNAL_MAX_CANDIDATES; i++)
    g_ptr_array_add (f->body->candidates, g_strnfill (SHOAL_SIGNAL_MAX_CANDIDATE_BYTES, 'c'));
  for (guint i = 2; i < SHOAL_SIGNAL_MAX_ADDRESSES; i++)
    g_ptr_array_add (f->body->addresses, g_strnfill (SHOAL_SIGNAL_MAX_CANDIDATE_BYTES, '1'));
  text = seal (f);
  g_assert_cmpuint (strlen (text), <=, SHOAL_TRACKER_MAX_SDP);
  body = shoal_signal_body_open (text, &f->topic, &f->id, SHOAL_SIGNAL_OFFER, NOW, NULL);
  g_assert_nonnull (body);
}

static void
test_controls (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  g_test_summary ("What could be mistaken in a log or by a parser is refused");
  g_ptr_array_add (f->body->candidates, g_strdup ("candidate\nnext line"));
  text = seal (f);
  g_assert_null (shoal_signal_body_open (text, &f->topic, &f->id, SHOAL_SIGNAL_OFFER, NOW, NULL));
}

static void
test_replay (Fixture *f, gconstpointer data)
{
  g_autoptr (ShoalReplayGuard) guard = shoal_replay_guard_new (2);
  g_autofree char *one = seal (f);
  g_autofree char *spaced = g_strdup_printf ("%.10s\n%s", one, one + 10);
  g_autofree char *two = NULL, *three = NULL;
  uint8_t salt[SHOAL_SECRET_SIZE];

  memset (salt, 2, sizeof salt);
  two = shoal_signal_body_seal (f->body, &f->topic, &f->id, SHOAL_SIGNAL_OFFER, salt, NOW, NULL);
  memset (salt, 3, sizeof salt);
  three = shoal_signal_body_seal (f->body, &f->topic, &f->id, SHOAL_SIGNAL_OFFER, salt, NOW, NULL);

  g_assert_true (shoal_replay_guard_admit (guard, one, NOW));
  g_assert_false (shoal_replay_guard_admit (guard, one, NOW + MINUTE));
  g_assert_false (shoal_replay_guard_admit (guard, spaced, NOW + MINUTE));
  g_assert_true (shoal_replay_guard_admit (guard, two, NOW + MINUTE));
  g_assert_false (shoal_replay_guard_admit (guard, three, NOW + MINUTE)); /* full */
  /* When the first is forgotten it is far too old to be opened. */
  g_assert_true (shoal_replay_guard_admit (guard, three, NOW + 31 * MINUTE));
  g_assert_false (shoal_replay_guard_admit (guard, "", NOW));
}

static void
on_kept (const ShoalHash *salt, gint64 time, gpointer user_data)
{
  shoal_replay_guard_restore (user_data, salt, time);
}

/* One program and the next, with what was kept in between. */
static void
test_replay_kept (Fixture *f, gconstpointer data)
{
  g_autoptr (ShoalReplayGuard) before = shoal_replay_guard_new (2);
  g_autoptr (ShoalReplayGuard) after = shoal_replay_guard_new (2);
  g_autofree char *one = seal (f);
  g_autofree char *two = NULL;
  uint8_t salt[SHOAL_SECRET_SIZE] = { 2 };

  two = shoal_signal_body_seal (f->body, &f->topic, &f->id, SHOAL_SIGNAL_OFFER, salt, NOW, NULL);
  shoal_replay_guard_set_keep (before, on_kept, after);
  g_assert_true (shoal_replay_guard_admit (before, one, NOW));
  g_assert_false (shoal_replay_guard_admit (before, one, NOW)); /* is not kept twice */

  g_assert_false (shoal_replay_guard_admit (after, one, NOW + 14 * MINUTE));
  g_assert_true (shoal_replay_guard_admit (after, two, NOW + 14 * MINUTE));
  /* By then it does not open. */
  g_assert_true (shoal_replay_guard_admit (after, one, NOW + 31 * MINUTE));
}

#define ADD(name, func) g_test_add ("/signal/body/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("round-trip", test_round_trip);
  ADD ("length", test_length);
  ADD ("bound", test_bound);
  ADD ("time", test_time);
  ADD ("limits", test_limits);
  ADD ("full", test_full);
  ADD ("controls", test_controls);
  ADD ("replay", test_replay);
  ADD ("replay-kept", test_replay_kept);
  return g_test_run ();
}
