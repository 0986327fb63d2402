/* test-hostile-tracker.c: what a tracker that wants to do harm can do: refuse, and watch addresses
 * and times. Each test is one thing that it cannot.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "hostile-tracker.h"
#include "shoal-error.h"

#include <stdio.h>
#include <unistd.h>

static gboolean
contains (const void *bytes, size_t size, const void *part, size_t part_size)
{
  return memmem (bytes, size, part, part_size) != NULL;
}

/* --- Read ------------------------------------------------------------------ */

static void
test_read (Fixture *f, gconstpointer data)
{
  const ShoalTrackerMessage *caught, *more;
  const char *one, *two;
  g_autoptr (ShoalSignalBody) body = NULL;
  g_autofree guint8 *sealed = NULL;
  g_autofree char *id_text = NULL;
  gsize size;

  g_test_summary ("Neither who meets, nor where they are, nor how much they say");
  hostile_start (f, &f->anna, 0xa1);
  hostile_start (f, &f->ben, 0xb2);
  caught = hostile_catch_offer (f);
  one = g_array_index (caught->offers, ShoalTrackerOffer, 0).sdp;
  sealed = g_base64_decode (one, &size);
  body = device_body (&f->ben);
  id_text = shoal_device_id_to_text (&f->ben.id);

  g_assert_false (contains (sealed, size, body->ufrag, strlen (body->ufrag)));
  g_assert_false (contains (sealed, size, body->password, strlen (body->password)));
  g_assert_false (contains (sealed, size, "192.0.2.1", 9));
  g_assert_false (contains (sealed, size, &f->ben.id, 8));
  g_assert_null (strstr (f->bytes->str, "192.0.2.1"));
  g_assert_null (strstr (f->bytes->str, "candidate"));
  g_assert_null (strstr (f->bytes->str, id_text));
  g_assert_false (contains (f->bytes->str, f->bytes->len, SECRET, 8));

  /* A longer one looks the same, and nothing is ever sealed twice alike. */
  g_ptr_array_add (body->candidates,
                   g_strdup ("candidate:2 1 UDP 1694498815 198.51.100.7 5000 typ srflx"));
  g_assert_cmpuint (shoal_meeting_offer (f->ben.meeting, body, NULL), !=, 0);
  WAIT_UNTIL (f->heard->len > 1);
  more = g_ptr_array_index (f->heard, f->heard->len - 1);
  two = g_array_index (more->offers, ShoalTrackerOffer, 0).sdp;
  g_assert_cmpuint (strlen (one), ==, strlen (two));
  g_assert_cmpint (strncmp (one, two, 40), !=, 0);
}

/* --- Impersonate ------------------------------------------------------------ */

static void
test_impersonate (Fixture *f, gconstpointer data)
{
  const ShoalTrackerMessage *caught;
  g_autoptr (ShoalSignalBody) body = NULL;
  ShoalTopic guessed;
  uint8_t salt[SHOAL_SECRET_SIZE] = { 7 };
  SoupWebsocketConnection *to_anna;

  g_test_summary ("What it seals itself, or changes anywhere, is nobody's word");
  f->anna.silent = TRUE;
  hostile_start (f, &f->anna, 1);
  to_anna = hostile_last_socket (f);
  hostile_start (f, &f->ben, 2);
  caught = hostile_catch_offer (f);
  body = device_body (&f->ben);

  /* All it knows is the topic's name: its key follows from neither that nor zeroes. */
  shoal_topic_init (&guessed, SHOAL_TOPIC_FRIENDS, OTHER, 0);
  memcpy (guessed.name, caught->topic.bytes, SHOAL_TRACKER_ID_SIZE);
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (ShoalTrackerMessage) lie = hostile_relayed (caught);

      g_free (lie->sdp);
      lie->sdp = shoal_signal_body_seal (body, &guessed, &lie->offer_id, SHOAL_SIGNAL_OFFER, salt,
                                         shoal_runtime_wall_time (f->hour), NULL);
      hostile_say (to_anna, lie);
      memset (guessed.key, 0, sizeof guessed.key);
    }
  /* Any one character of the body. */
  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (ShoalTrackerMessage) lie = hostile_relayed (caught);
      size_t at = i * (strlen (lie->sdp) - 4) / 60;

      lie->sdp[at] = lie->sdp[at] == 'A' ? 'B' : 'A';
      hostile_say (to_anna, lie);
    }
  hostile_settle (f, to_anna, &caught->topic);
  g_assert_cmpuint (f->anna.n_offered + f->anna.n_answered, ==, 0);
}

/* --- Replay ------------------------------------------------------------------ */

/* Caught under one topic, told under another of the same device. */
static void
tell_elsewhere (Fixture *f, SoupWebsocketConnection *to, const ShoalTrackerMessage *caught)
{
  for (guint i = 0; i < f->announced->len; i++)
    {
      const ShoalTrackerMessage *there = g_ptr_array_index (f->announced, i);
      g_autoptr (ShoalTrackerMessage) moved = hostile_relayed (caught);

      if (shoal_tracker_id_equal (&there->topic, &caught->topic))
        continue;
      moved->topic = there->topic;
      hostile_say (to, moved);
    }
}

static void
test_replay (Fixture *f, gconstpointer data)
{
  const ShoalTrackerMessage *caught;
  ShoalMeeting *second;
  SoupWebsocketConnection *to_anna;
  g_autoptr (ShoalTrackerMessage) renamed = NULL, answer = NULL, again = NULL;
  guint before;

  g_test_summary ("An offer is heard once, under its topic, by its name, as an offer");
  f->anna.silent = TRUE;
  hostile_start (f, &f->anna, 1);
  to_anna = hostile_last_socket (f);
  before = f->announced->len;
  second = device_meet (&f->anna, OTHER);
  WAIT_UNTIL (f->announced->len > before);
  hostile_start (f, &f->ben, 2);
  caught = hostile_catch_offer (f);

  tell_elsewhere (f, to_anna, caught);
  renamed = hostile_relayed (caught);
  renamed->offer_id.bytes[0] ^= 1;
  hostile_say (to_anna, renamed);
  answer = hostile_relayed (caught);
  answer->type = SHOAL_TRACKER_ANSWERED;
  hostile_say (to_anna, answer);
  hostile_settle (f, to_anna, &caught->topic);
  g_assert_cmpuint (f->anna.n_offered + f->anna.n_answered, ==, 0);

  again = hostile_relayed (caught);
  for (int i = 0; i < 5; i++)
    hostile_say (to_anna, again);
  hostile_settle (f, to_anna, &caught->topic);
  g_assert_cmpuint (f->anna.n_offered, ==, 1);
  shoal_meeting_free (second);
}

/* What was answered once answers no later offer, of this session or another. */
static void
test_replay_answer (Fixture *f, gconstpointer data)
{
  const ShoalTrackerMessage *caught, *later;
  SoupWebsocketConnection *to_anna, *to_ben;
  g_autoptr (ShoalTrackerMessage) offer = NULL, answer = NULL;

  g_test_summary ("An old answer answers no later offer");
  hostile_start (f, &f->anna, 1);
  to_anna = hostile_last_socket (f);
  hostile_start (f, &f->ben, 2);
  to_ben = hostile_last_socket (f);
  caught = hostile_catch_offer (f);
  offer = hostile_relayed (caught);
  hostile_say (to_anna, offer);
  WAIT_UNTIL (hostile_count_answers (f) == 1);
  answer = g_ptr_array_steal_index (f->heard, f->heard->len - 1);
  answer->type = SHOAL_TRACKER_ANSWERED;
  hostile_say (to_ben, answer);
  WAIT_UNTIL (f->ben.n_answered == 1);
  hostile_say (to_ben, answer);

  later = hostile_catch_offer (f);
  hostile_say (to_ben, answer);
  answer->offer_id = g_array_index (later->offers, ShoalTrackerOffer, 0).id;
  hostile_say (to_ben, answer);
  f->ben.n_seen = 0;
  hostile_say_stats (to_ben, &caught->topic);
  WAIT_UNTIL (f->ben.n_seen > 0);
  g_assert_cmpuint (f->ben.n_answered, ==, 1);
}

/* --- Repeat -------------------------------------------------------------------- */

/* Ben's offer as another tracker has it, or another of his connections: sealed anew. */
static void
say_again (Fixture *f, SoupWebsocketConnection *to, const ShoalTrackerMessage *caught, guint8 n)
{
  g_autoptr (ShoalTrackerMessage) message = hostile_relayed (caught);
  g_autoptr (ShoalSignalBody) body = device_body (&f->ben);
  uint8_t salt[SHOAL_SECRET_SIZE] = { n };
  ShoalTopic topic;
  uint64_t today, neighbour;

  shoal_topic_days (shoal_runtime_wall_time (f->hour), &today, &neighbour);
  shoal_topic_init (&topic, SHOAL_TOPIC_FRIENDS, SECRET, today);
  message->peer.bytes[19] = n;
  g_free (message->sdp);
  message->sdp = shoal_signal_body_seal (body, &topic, &message->offer_id, SHOAL_SIGNAL_OFFER,
                                         salt, shoal_runtime_wall_time (f->hour), NULL);
  hostile_say (to, message);
}

static guint8
answered_peer (Fixture *f, guint i)
{
  return ((ShoalTrackerMessage *) g_ptr_array_index (f->heard, i))->to_peer.bytes[19];
}

static void
test_repeat (Fixture *f, gconstpointer data)
{
  const ShoalTrackerMessage *caught;
  SoupWebsocketConnection *to_anna;
  g_autoptr (ShoalSignalBody) body = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("An offer that comes several ways is one, and answered by each of them");
  f->anna.silent = TRUE;
  hostile_start (f, &f->anna, 1);
  to_anna = hostile_last_socket (f);
  hostile_start (f, &f->ben, 2);
  caught = hostile_catch_offer (f);
  say_again (f, to_anna, caught, 1);
  say_again (f, to_anna, caught, 2);
  hostile_settle (f, to_anna, &caught->topic);
  g_assert_cmpuint (f->anna.n_offered, ==, 1);

  body = device_body (&f->anna);
  g_assert_true (shoal_meeting_answer (f->anna.meeting, f->anna.offered, body, &error));
  g_assert_no_error (error);
  say_again (f, to_anna, caught, 3);
  WAIT_UNTIL (hostile_count_answers (f) == 3);
  for (guint8 i = 1; i <= 3; i++)
    g_assert_cmpuint (answered_peer (f, i), ==, i);

  /* What is over is neither answered nor told again. */
  shoal_meeting_withdraw (f->anna.meeting, f->anna.offered);
  say_again (f, to_anna, caught, 4);
  hostile_settle (f, to_anna, &caught->topic);
  g_assert_cmpuint (shoal_meeting_offer (f->anna.meeting, body, NULL), !=, 0);
  WAIT_UNTIL (f->heard->len == 5);
  g_assert_cmpuint (hostile_count_answers (f), ==, 3);
  g_assert_cmpuint (f->anna.n_offered, ==, 1);
  g_assert_false (shoal_meeting_answer (f->anna.meeting, 4711, body, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_UNREACHABLE);
}

/* --- Echo ---------------------------------------------------------------------- */

static void
test_echo (Fixture *f, gconstpointer data)
{
  const ShoalTrackerMessage *caught;
  SoupWebsocketConnection *to_ben;
  g_autoptr (ShoalTrackerMessage) message = NULL;

  g_test_summary ("Told back to its own maker, an offer is nobody's, and no answer");
  hostile_start (f, &f->ben, 2);
  to_ben = hostile_last_socket (f);
  caught = hostile_catch_offer (f);
  message = hostile_relayed (caught);
  for (int i = 0; i < 2; i++)
    {
      message->type = SHOAL_TRACKER_OFFERED;
      hostile_say (to_ben, message);
      message->type = SHOAL_TRACKER_ANSWERED;
      hostile_say (to_ben, message);
      /* By another name it came from somebody else: but it is sealed by him. */
      message->peer.bytes[19] ^= 1;
    }
  f->ben.n_seen = 0;
  hostile_say_stats (to_ben, &caught->topic);
  WAIT_UNTIL (f->ben.n_seen > 0);
  g_assert_cmpuint (f->ben.n_answered, ==, 0);
}

/* --- Link ---------------------------------------------------------------------- */

static void
test_link (Fixture *f, gconstpointer data)
{
  ShoalMeeting *second;
  ShoalTopic days[3];
  guint n_pairs = 0;

  g_test_summary ("Nothing that is said under one topic is said under another, nor tomorrow");
  hostile_start (f, &f->anna, 1);
  second = device_meet (&f->anna, OTHER);
  WAIT_UNTIL (f->announced->len >= 2);
  for (guint i = 0; i < f->announced->len; i++)
    for (guint j = 0; j < i; j++)
      {
        const ShoalTrackerMessage *a = g_ptr_array_index (f->announced, i);
        const ShoalTrackerMessage *b = g_ptr_array_index (f->announced, j);

        if (shoal_tracker_id_equal (&a->topic, &b->topic))
          continue;
        n_pairs++;
        /* Beyond what names the program to trackers. */
        g_assert_cmpint (memcmp (a->peer.bytes + 8, b->peer.bytes + 8, 12), !=, 0);
      }
  g_assert_cmpuint (n_pairs, >, 0);
  shoal_meeting_free (second);

  for (guint i = 0; i < G_N_ELEMENTS (days); i++)
    shoal_topic_init (&days[i], SHOAL_TOPIC_FRIENDS, SECRET, 20000 + i);
  for (guint i = 0; i < G_N_ELEMENTS (days); i++)
    for (guint j = 0; j < i; j++)
      {
        g_assert_cmpint (strncmp (days[i].name, days[j].name, 4), !=, 0);
        g_assert_cmpint (memcmp (days[i].key, days[j].key, 4), !=, 0);
      }
}

/* --- Flood ---------------------------------------------------------------------- */

static gsize
get_resident (void)
{
  g_autofree char *text = NULL;
  gsize pages = 0;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%*s %zu", &pages), ==, 1);
  return pages * (gsize) sysconf (_SC_PAGESIZE);
}

/* So many offers that are not ours, and so many that are. */
static void
pour (Fixture *f, SoupWebsocketConnection *to, const ShoalTrackerMessage *caught, guint n)
{
  g_autoptr (ShoalSignalBody) body = device_body (&f->ben);
  ShoalTopic topic;
  uint64_t today, neighbour;

  shoal_topic_days (shoal_runtime_wall_time (f->hour), &today, &neighbour);
  shoal_topic_init (&topic, SHOAL_TOPIC_FRIENDS, SECRET, today);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ShoalTrackerMessage) message = hostile_relayed (caught);
      uint8_t salt[SHOAL_SECRET_SIZE] = { 0 };

      memcpy (message->topic.bytes, topic.name, sizeof message->topic.bytes);
      memcpy (message->offer_id.bytes, &i, sizeof i);
      memcpy (salt, &i, sizeof i);
      if (i % 2 == 0)
        {
          g_free (message->sdp);
          message->sdp = shoal_signal_body_seal (body, &topic, &message->offer_id,
                                                 SHOAL_SIGNAL_OFFER, salt,
                                                 shoal_runtime_wall_time (f->hour), NULL);
        }
      hostile_say (to, message);
      if (i % 100 == 99)
        hostile_settle (f, to, &message->topic);
    }
}

static void
test_flood (Fixture *f, gconstpointer data)
{
  const ShoalTrackerMessage *caught;
  SoupWebsocketConnection *to_anna;
  gsize before, after;

  g_test_summary ("However much it says, no more is kept than was allowed for");
  f->anna.silent = TRUE;
  hostile_start (f, &f->anna, 1);
  to_anna = hostile_last_socket (f);
  hostile_start (f, &f->ben, 2);
  caught = hostile_catch_offer (f);
  pour (f, to_anna, caught, 2000);
  before = get_resident ();
  pour (f, to_anna, caught, 20000);
  after = get_resident ();
  g_test_message ("%zu KiB before, %zu KiB after", before / 1024, after / 1024);
  g_assert_cmpuint (after, <, before + 24 * 1024 * 1024);
  /* A member who knows the key, and floods, is heard no oftener than remembered. */
  g_assert_cmpuint (f->anna.n_offered, <=, 4096);
}

/* --- Crash ----------------------------------------------------------------------- */

static GBytes *
repeat (const char *text, gsize n, const char *end)
{
  GString *all = g_string_new (NULL);

  while (n-- > 0)
    g_string_append (all, text);
  g_string_append (all, end);
  return g_string_free_to_bytes (all);
}

static void
say_bytes (SoupWebsocketConnection *to, SoupWebsocketDataType type, GBytes *bytes)
{
  if (soup_websocket_connection_get_state (to) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_message (to, type, bytes);
  g_bytes_unref (bytes);
}

static void
test_crash (Fixture *f, gconstpointer data)
{
  static const char NULS[] = "{\"action\":\"announce\",\"info_hash\":\"\0\0\0\"}\0{}";
  static const char BROKEN[] = "{\"failure reason\":\"\xff\xfe\xc0\x80\"}";
  static const char *const TEXTS[] = {
    "", "{", "[]", "null", "{\"action\":\"announce\"}", "{\"failure reason\":7}",
    "{\"failure reason\":\"%s%n\"}", "{\"action\":\"announce\",\"info_hash\":\"\\ud800\"}",
    "{\"action\":\"announce\",\"info_hash\":{},\"peer_id\":[],\"offer\":3,\"offer_id\":null}",
    "{\"action\":\"announce\",\"complete\":1e999,\"incomplete\":-5,\"interval\":\"x\"}",
    "{\"action\":\"announce\",\"incomplete\":4000000000,\"interval\":1}",
    "{\"action\":\"announce\",\"action\":\"scrape\",\"files\":[[[]]]}",
  };
  const ShoalTrackerMessage *caught;
  SoupWebsocketConnection *to_anna;
  g_autoptr (ShoalTrackerMessage) truth = NULL;
  guint n_sockets;

  g_test_summary ("No nonsense ends it, and the truth is heard after it");
  f->anna.silent = TRUE;
  hostile_start (f, &f->anna, 1);
  to_anna = hostile_last_socket (f);
  hostile_start (f, &f->ben, 2);
  caught = hostile_catch_offer (f);
  for (guint i = 0; i < G_N_ELEMENTS (TEXTS); i++)
    {
      soup_websocket_connection_send_text (to_anna, TEXTS[i]);
      say_bytes (to_anna, SOUP_WEBSOCKET_DATA_BINARY, g_bytes_new (TEXTS[i], strlen (TEXTS[i])));
    }
  say_bytes (to_anna, SOUP_WEBSOCKET_DATA_BINARY, g_bytes_new (NULS, sizeof NULS));
  say_bytes (to_anna, SOUP_WEBSOCKET_DATA_BINARY, g_bytes_new (BROKEN, sizeof BROKEN));
  say_bytes (to_anna, SOUP_WEBSOCKET_DATA_TEXT, repeat ("[", 60000, ""));
  say_bytes (to_anna, SOUP_WEBSOCKET_DATA_TEXT, repeat ("{\"a\":", 12000, "1"));
  say_bytes (to_anna, SOUP_WEBSOCKET_DATA_TEXT, repeat ("\\u0000", 10000, "\""));
  hostile_settle (f, to_anna, &caught->topic);
  truth = hostile_relayed (caught);
  hostile_say (to_anna, truth);
  hostile_settle (f, to_anna, &caught->topic);
  g_assert_cmpuint (f->anna.n_offered, ==, 1);

  /* A giant frame is not read: she hangs up, and comes back. */
  n_sockets = f->sockets->len;
  say_bytes (to_anna, SOUP_WEBSOCKET_DATA_TEXT, repeat ("x", 1024 * 1024, ""));
  WAIT_UNTIL (f->sockets->len > n_sockets);
}

/* --- Hold up ----------------------------------------------------------------------- */

static void
test_hold_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketListener) silent = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (silent, NULL, NULL);
  g_autofree char *url = g_strdup_printf ("ws://127.0.0.1:%u/", port);
  const char *urls[] = { url, f->url, NULL };
  const ShoalTrackerMessage *caught;
  g_autoptr (ShoalTrackerMessage) truth = NULL;

  g_test_summary ("One that takes a call and says nothing keeps nobody from the others");
  f->anna.silent = TRUE;
  device_start (&f->anna, f->hour, urls, 1, SECRET);
  WAIT_UNTIL (f->anna.n_seen > 0);
  hostile_start (f, &f->ben, 2);
  caught = hostile_catch_offer (f);
  truth = hostile_relayed (caught);
  hostile_say (g_ptr_array_index (f->sockets, 0), truth);
  WAIT_UNTIL (f->anna.n_offered == 1);
}

#define ADD(name, func)                                                                        \
  g_test_add ("/discovery/hostile-tracker/cannot-" name, Fixture, NULL, hostile_set_up, func, \
              hostile_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("read", test_read);
  ADD ("impersonate", test_impersonate);
  ADD ("replay", test_replay);
  ADD ("replay-answer", test_replay_answer);
  ADD ("repeat", test_repeat);
  ADD ("echo", test_echo);
  ADD ("link", test_link);
  ADD ("flood", test_flood);
  ADD ("crash", test_crash);
  ADD ("hold-up", test_hold_up);
  return g_test_run ();
}
