/* test-tracker-client.c: two devices and a real tracker.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SHOAL_TEST_TRACKER: the path of shoal-tracker, or the URL of another.
 * SHOAL_TEST_TROUBLE: that other must not be believed, and this is why.
 *
 * Near midnight friends meet under two topics, so everything is tried at either time of
 * day. Each test meets under a secret of its own, where no other has left anybody. */

#include "config.h"

#include "shoal-error.h"
#include "shoal-hour-runtime.h"
#include "tracker-device.h"

#include <signal.h>
#include <sys/prctl.h>

typedef struct
{
  GSubprocess      *tracker;
  char             *url;
  ShoalMainRuntime *runtime;
  ShoalRuntime     *hour;
  uint8_t           secret[SHOAL_SECRET_SIZE], other[SHOAL_SECRET_SIZE];
  Device            anna, ben;
} Fixture;

static void
start_device (Fixture *f, Device *device, guint8 id, const uint8_t *secret)
{
  const char *urls[] = { f->url, "http://not.a.tracker/", NULL };

  device_start (device, f->hour, urls, id, secret);
}

/* --- The tracker ----------------------------------------------------------------- */

/* It must not stay behind when a test fails. */
static void
die_with_test (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
start_tracker (Fixture *f, const char *address)
{
  const char *program = g_getenv ("SHOAL_TEST_TRACKER");
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GDataInputStream) output = NULL;

  if (g_str_has_prefix (program, "ws"))
    {
      f->url = g_strdup (program);
      return;
    }
  g_subprocess_launcher_set_child_setup (launcher, die_with_test, NULL, NULL);
  f->tracker = g_subprocess_launcher_spawn (launcher, NULL, program, "--listen", address, NULL);
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
  f->hour = SHOAL_RUNTIME (shoal_hour_runtime_new (f->runtime, GPOINTER_TO_UINT (data)));
  shoal_runtime_fill_random (f->hour, f->secret, sizeof f->secret);
  shoal_runtime_fill_random (f->hour, f->other, sizeof f->other);
  start_tracker (f, "127.0.0.1:0");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  device_stop (&f->anna);
  device_stop (&f->ben);
  shoal_main_runtime_drain (f->runtime);
  g_object_unref (f->hour);
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
  start_device (f, &f->anna, 1, f->secret);
  start_device (f, &f->ben, 2, f->secret);
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
  start_device (f, &f->anna, 1, f->secret);
  WAIT_UNTIL (f->anna.n_seen > 0);
  start_device (f, &f->ben, 2, f->secret);
  body = device_body (&f->ben);
  g_assert_cmpuint (shoal_meeting_offer (f->ben.meeting, body, NULL), !=, 0);
  WAIT_UNTIL (f->ben.n_answered == 1);
}

static void
test_strangers (Fixture *f, gconstpointer data)
{
  g_autoptr (ShoalSignalBody) body = NULL;

  g_test_summary ("Another secret is another place");
  start_device (f, &f->anna, 1, f->secret);
  start_device (f, &f->ben, 2, f->other);
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
  start_device (f, &f->anna, 1, f->secret);
  start_device (f, &f->ben, 2, f->secret);
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
  start_device (f, &f->anna, 1, f->secret);
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

#define ADD(hour, minute, name, func)                                            \
  g_test_add ("/discovery/tracker-client/" hour "/" name, Fixture,               \
              GUINT_TO_POINTER (minute), set_up, func, tear_down)

#define ADD_ALL(hour, minute)                        \
  G_STMT_START {                                     \
    ADD (hour, minute, "meet", test_meet);           \
    ADD (hour, minute, "late", test_late);           \
    ADD (hour, minute, "strangers", test_strangers); \
  } G_STMT_END

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ALL ("noon", 12 * 60);
  ADD_ALL ("midnight", 23 * 60);
  ADD ("noon", 12 * 60, "restart", test_restart);
  ADD ("noon", 12 * 60, "trouble", test_trouble);
  g_test_add_func ("/discovery/tracker-client/urls", test_urls);
  return g_test_run ();
}
