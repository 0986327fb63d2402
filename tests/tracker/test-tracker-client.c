/* test-tracker-client.c: two devices and a tracker: a real one, and a hostile one.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SHOAL_TEST_TRACKER: the path of shoal-tracker, or the URL of another.
 * SHOAL_TEST_TROUBLE: that other must not be believed, and this is why. */

#include "config.h"

#include "shoal-error.h"
#include "shoal-main-runtime.h"
#include "tracker-device.h"

#include <libsoup/soup.h>

typedef struct
{
  GSubprocess      *tracker;
  char             *url;
  ShoalMainRuntime *runtime;
  Device            anna, ben;
} Fixture;

static void
start_device (Fixture *f, Device *device, guint8 id, const uint8_t *secret)
{
  const char *urls[] = { f->url, "http://not.a.tracker/", NULL };

  device_start (device, SHOAL_RUNTIME (f->runtime), urls, id, secret);
}

/* --- The tracker ----------------------------------------------------------------- */

static void
start_tracker (Fixture *f, const char *address)
{
  const char *program = g_getenv ("SHOAL_TEST_TRACKER");
  g_autoptr (GDataInputStream) output = NULL;

  if (g_str_has_prefix (program, "ws"))
    {
      f->url = g_strdup (program);
      return;
    }
  f->tracker = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, program, "--listen",
                                 address, NULL);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (f->tracker));
  g_free (f->url);
  f->url = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  g_assert_nonnull (f->url);
}

static void
stop_tracker (Fixture *f)
{
  if (f->tracker == NULL)
    return;
  g_subprocess_send_signal (f->tracker, SIGKILL);
  g_subprocess_wait (f->tracker, NULL, NULL);
  g_clear_object (&f->tracker);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->runtime = shoal_main_runtime_new (NULL);
  start_tracker (f, "127.0.0.1:0");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  device_stop (&f->anna);
  device_stop (&f->ben);
  shoal_main_runtime_drain (f->runtime);
  g_object_unref (f->runtime);
  stop_tracker (f);
  g_free (f->url);
}

/* --- Tests ------------------------------------------------------------------------ */

static void
test_meet (Fixture *f, gconstpointer data)
{
  g_autoptr (ShoalSignalBody) body = NULL;
  g_autoptr (GError) error = NULL;
  guint number;

  g_test_summary ("An offer finds the friend, and the answer its maker");
  start_device (f, &f->anna, 1, SECRET);
  start_device (f, &f->ben, 2, SECRET);
  WAIT_UNTIL (f->anna.n_others == 1 || f->ben.n_others == 1);

  body = device_body (&f->ben);
  number = shoal_meeting_offer (f->ben.meeting, body, &error);
  g_assert_no_error (error);
  WAIT_UNTIL (f->ben.n_answered == 1);
  g_assert_cmpuint (f->ben.number, ==, number);
  g_assert_true (shoal_hash_equals (&f->ben.body->device, &f->anna.id));
  g_assert_true (shoal_hash_equals (&f->anna.body->device, &f->ben.id));
  g_assert_cmpuint (f->anna.body->candidates->len, ==, 1);
  g_assert_cmpuint (f->anna.n_offered, ==, 1);
}

static void
test_late (Fixture *f, gconstpointer data)
{
  g_autoptr (ShoalSignalBody) body = NULL;

  g_test_summary ("Offered before the tracker is reached: offered when it is");
  start_device (f, &f->anna, 1, SECRET);
  WAIT_UNTIL (f->anna.n_seen > 0);
  start_device (f, &f->ben, 2, SECRET);
  body = device_body (&f->ben);
  g_assert_cmpuint (shoal_meeting_offer (f->ben.meeting, body, NULL), !=, 0);
  WAIT_UNTIL (f->ben.n_answered == 1);
}

static void
test_strangers (Fixture *f, gconstpointer data)
{
  g_autoptr (ShoalSignalBody) body = NULL;

  g_test_summary ("Another secret is another place");
  start_device (f, &f->anna, 1, SECRET);
  start_device (f, &f->ben, 2, OTHER);
  WAIT_UNTIL (f->anna.n_seen > 0 && f->ben.n_seen > 0);
  body = device_body (&f->ben);
  shoal_meeting_offer (f->ben.meeting, body, NULL);
  f->ben.n_seen = 0;
  WAIT_UNTIL (f->ben.n_seen > 0);
  g_assert_cmpuint (f->ben.n_others, ==, 0);
  g_assert_cmpuint (f->anna.n_offered, ==, 0);
}

static void
test_restart (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) status = NULL;
  g_autofree char *address = NULL;

  g_test_summary ("A tracker that dies is missed, said so, and found again");
  if (f->tracker == NULL)
    {
      g_test_skip ("this tracker is not ours to kill");
      return;
    }
  start_device (f, &f->anna, 1, SECRET);
  start_device (f, &f->ben, 2, SECRET);
  WAIT_UNTIL (f->anna.n_seen > 0 && f->ben.n_seen > 0);
  stop_tracker (f);
  for (;;)
    {
      ShoalTrackerStatus *one;

      g_clear_pointer (&status, g_ptr_array_unref);
      status = shoal_tracker_client_get_status (f->anna.client);
      g_assert_cmpuint (status->len, ==, 1); /* the other was no tracker's URL */
      one = g_ptr_array_index (status, 0);
      if (one->state == SHOAL_TRACKER_WAITING)
        {
          g_assert_nonnull (one->trouble);
          break;
        }
      g_main_context_iteration (NULL, TRUE);
    }

  address = g_strdup (f->url + strlen ("ws://"));
  start_tracker (f, address);
  f->anna.n_others = f->ben.n_others = 0;
  shoal_tracker_client_nudge (f->anna.client);
  shoal_tracker_client_nudge (f->ben.client);
  WAIT_UNTIL (f->anna.n_others == 1 || f->ben.n_others == 1);
}

/* A server that is not the one we mean is not spoken to, and it is said why. */
static void
test_trouble (Fixture *f, gconstpointer data)
{
  const char *trouble = g_getenv ("SHOAL_TEST_TROUBLE");

  if (trouble == NULL)
    {
      g_test_skip ("no such server");
      return;
    }
  start_device (f, &f->anna, 1, SECRET);
  for (;;)
    {
      g_autoptr (GPtrArray) all = shoal_tracker_client_get_status (f->anna.client);
      ShoalTrackerStatus *one = g_ptr_array_index (all, 0);

      g_assert_cmpint (one->state, !=, SHOAL_TRACKER_OPEN);
      if (one->state == SHOAL_TRACKER_WAITING)
        {
          g_test_message ("%s", one->trouble);
          g_assert_nonnull (strstr (one->trouble, trouble));
          return;
        }
      g_main_context_iteration (NULL, TRUE);
    }
}

/* --- A hostile tracker --------------------------------------------------------------- */

typedef struct
{
  GPtrArray           *sockets;
  ShoalTrackerMessage *offer;  /* (owned): the last one caught */
  guint                n_offers;
} Hostile;

static void
relay (Hostile *hostile, SoupWebsocketConnection *to, const char *change)
{
  g_autoptr (ShoalTrackerMessage) lie = shoal_tracker_message_new (SHOAL_TRACKER_OFFERED);
  const ShoalTrackerOffer *caught = &g_array_index (hostile->offer->offers, ShoalTrackerOffer, 0);
  g_autofree char *text = NULL;

  lie->has_topic = TRUE;
  lie->topic = hostile->offer->topic;
  lie->peer = hostile->offer->peer;
  lie->offer_id = caught->id;
  lie->sdp = g_strdup (caught->sdp);
  if (g_str_equal (change, "body"))
    lie->sdp[100] = lie->sdp[100] == 'A' ? 'B' : 'A';
  else if (g_str_equal (change, "offer"))
    lie->offer_id.bytes[3] ^= 1;
  else if (g_str_equal (change, "as answer"))
    lie->type = SHOAL_TRACKER_ANSWERED;
  text = shoal_tracker_message_write (lie);
  soup_websocket_connection_send_text (to, text);
}

static void
on_hostile_message (SoupWebsocketConnection *socket, int type, GBytes *bytes, gpointer user_data)
{
  Hostile *hostile = user_data;
  g_autoptr (ShoalTrackerMessage) message =
    shoal_tracker_message_read (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL);
  g_autoptr (ShoalTrackerMessage) stats = shoal_tracker_message_new (SHOAL_TRACKER_STATS);
  g_autofree char *text = NULL;

  g_assert_nonnull (message);
  if (message->type == SHOAL_TRACKER_ANNOUNCE && message->offers != NULL)
    {
      g_clear_pointer (&hostile->offer, shoal_tracker_message_free);
      hostile->offer = g_steal_pointer (&message);
      hostile->n_offers++;
      return;
    }
  stats->has_topic = TRUE;
  stats->topic = message->topic;
  stats->incomplete = 4000000000u;
  stats->interval = 1;
  text = shoal_tracker_message_write (stats);
  soup_websocket_connection_send_text (socket, text);
}

static void
on_hostile_socket (SoupServer *server, SoupServerMessage *message, const char *path,
                   SoupWebsocketConnection *socket, gpointer user_data)
{
  Hostile *hostile = user_data;

  g_ptr_array_add (hostile->sockets, g_object_ref (socket));
  g_signal_connect (socket, "message", G_CALLBACK (on_hostile_message), hostile);
}

/* What is said last has been heard when this comes back. */
static void
say_and_wait (Fixture *f, Hostile *hostile, SoupWebsocketConnection *to)
{
  g_autoptr (ShoalTrackerMessage) stats = shoal_tracker_message_new (SHOAL_TRACKER_STATS);
  g_autofree char *text = NULL;

  stats->has_topic = TRUE;
  stats->topic = hostile->offer->topic;
  text = shoal_tracker_message_write (stats);
  f->anna.n_seen = 0;
  soup_websocket_connection_send_text (to, text);
  WAIT_UNTIL (f->anna.n_seen > 0);
}

static void
tell_lies (Fixture *f, Hostile *hostile, SoupWebsocketConnection *to_anna)
{
  static const char *const NONSENSE[] = {
    "", "{", "[]", "null", "{\"action\":\"announce\"}", "{\"failure reason\":7}",
    "{\"failure reason\":\"%s%n\"}", "{\"action\":\"announce\",\"info_hash\":\"\\ud800\"}",
  };
  static const char *const CHANGES[] = { "body", "offer", "as answer" };

  for (guint i = 0; i < G_N_ELEMENTS (NONSENSE); i++)
    soup_websocket_connection_send_text (to_anna, NONSENSE[i]);
  for (guint i = 0; i < G_N_ELEMENTS (CHANGES); i++)
    relay (hostile, to_anna, CHANGES[i]);
  say_and_wait (f, hostile, to_anna);
  g_assert_cmpuint (f->anna.n_offered, ==, 0);
  g_assert_cmpuint (f->anna.n_answered, ==, 0);

  /* Nothing of this keeps the truth from being heard, once. */
  for (guint i = 0; i < 3; i++)
    relay (hostile, to_anna, "nothing");
  say_and_wait (f, hostile, to_anna);
  g_assert_cmpuint (f->anna.n_offered, ==, 1);
}

static void
test_hostile (Fixture *f, gconstpointer data)
{
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoslist (GUri) uris = NULL;
  g_autoptr (ShoalSignalBody) body = NULL;
  Hostile hostile = { g_ptr_array_new_with_free_func (g_object_unref) };

  g_test_summary ("A tracker that lies, repeats and talks nonsense is not believed");
  soup_server_add_websocket_handler (server, NULL, NULL, NULL, on_hostile_socket, &hostile, NULL);
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (server);
  g_free (f->url);
  f->url = g_strdup_printf ("ws://127.0.0.1:%d/", g_uri_get_port (uris->data));

  f->anna.silent = TRUE;
  start_device (f, &f->anna, 1, SECRET);
  WAIT_UNTIL (f->anna.n_seen > 0);
  start_device (f, &f->ben, 2, SECRET);
  WAIT_UNTIL (f->ben.n_seen > 0);
  body = device_body (&f->ben);
  shoal_meeting_offer (f->ben.meeting, body, NULL);
  WAIT_UNTIL (hostile.n_offers > 0);
  /* Near midnight there are two topics: any of the two will do. */
  tell_lies (f, &hostile, g_ptr_array_index (hostile.sockets, 0));

  /* Back to its own maker it is nobody's. */
  relay (&hostile, g_ptr_array_index (hostile.sockets, 1), "nothing");
  relay (&hostile, g_ptr_array_index (hostile.sockets, 1), "as answer");
  g_clear_pointer (&f->ben.body, shoal_signal_body_free);
  device_stop (&f->anna);
  for (guint i = 0; i < 100; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (f->ben.n_offered + f->ben.n_answered, ==, 0);

  device_stop (&f->ben);
  soup_server_disconnect (server);
  g_ptr_array_unref (hostile.sockets);
  shoal_tracker_message_free (hostile.offer);
}

static void
test_urls (void)
{
  static const char *const GOOD[] = { "ws://a/", "wss://tracker.example.org:7073/announce",
                                      "wss://[2001:db8::1]/", "ws://127.0.0.1:8000" };
  static const char *const BAD[] = { "", "x", "http://a/", "wss:", "wss://", "file:///etc/passwd",
                                     "wss://user@a/", "ws:///path", "udp://a:1" };

  for (guint i = 0; i < G_N_ELEMENTS (GOOD); i++)
    g_assert_true (shoal_tracker_socket_check_url (GOOD[i], NULL));
  for (guint i = 0; i < G_N_ELEMENTS (BAD); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (shoal_tracker_socket_check_url (BAD[i], &error));
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
    }
}

#define ADD(name, func) \
  g_test_add ("/discovery/tracker-client/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("meet", test_meet);
  ADD ("late", test_late);
  ADD ("strangers", test_strangers);
  ADD ("restart", test_restart);
  ADD ("trouble", test_trouble);
  ADD ("hostile", test_hostile);
  g_test_add_func ("/discovery/tracker-client/urls", test_urls);
  return g_test_run ();
}
