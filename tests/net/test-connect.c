/* test-connect.c: dialling and listening, with all that can go wrong.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "net-fixture.h"
#include "shoal-address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* A listening socket of no Shoal: connections are made, and nothing is said. */
static int
make_silent_server (GSocketAddress **address)
{
  struct sockaddr_in native = { .sin_family = AF_INET,
                                .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof native;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &native, size), ==, 0);
  g_assert_cmpint (listen (fd, 8), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &native, &size), ==, 0);
  *address = g_socket_address_new_from_native (&native, size);
  return fd;
}

/* An address that refuses. */
static GSocketAddress *
make_refusing_address (void)
{
  GSocketAddress *address;
  int fd = make_silent_server (&address);

  close (fd);
  return address;
}

typedef struct
{
  ShoalLink *link;
  GError    *error;
  gboolean   done;
} Answer;

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->link = shoal_connector_connect_finish (SHOAL_CONNECTOR (source), result,
                                                 &answer->error);
  answer->done = TRUE;
}

/* Takes the addresses; up to NULL. */
static Answer
dial (NetFixture *f, gint64 timeout, const ShoalDeviceId *expected, ...)
{
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_object_unref);
  Answer answer = { 0 };
  GSocketAddress *address;
  va_list args;

  va_start (args, expected);
  while ((address = va_arg (args, GSocketAddress *)) != NULL)
    g_ptr_array_add (addresses, address);
  va_end (args);
  shoal_connector_connect_async (f->connector, addresses, expected, timeout, NULL, on_connected,
                                 &answer);
  run_until (answer.done);
  return answer;
}

static GSocketAddress *
get_address (NetFixture *f)
{
  g_autoptr (GPtrArray) addresses = shoal_listener_get_addresses (f->listener);

  return g_object_ref (g_ptr_array_index (addresses, 0));
}

static void
assert_failed (Answer *answer, ShoalErrorCode code, ShoalSide side)
{
  g_assert_null (answer->link);
  g_test_message ("%s (%s) %s", answer->error->message, shoal_error_get_nick (answer->error),
                  shoal_error_get_next (answer->error));
  g_assert_error (answer->error, SHOAL_ERROR, (int) code);
  g_assert_cmpint (shoal_error_get_side (answer->error), ==, side);
  g_assert_true (code == SHOAL_ERROR_CANCELLED || shoal_error_get_next (answer->error) != NULL);
  g_clear_error (&answer->error);
}

/* The other device is named, and never learns who we are. */
static void
test_wrong_key (NetFixture *f, gconstpointer data)
{
  ShoalDeviceId expected = { { 5 } };
  g_autofree char *want = shoal_device_id_to_short (&expected);
  g_autofree char *have = shoal_device_id_to_short (shoal_identity_get_id (f->there_identity));

  net_fixture_dial (f, &expected);
  g_assert_null (f->here.link);
  g_assert_error (f->connect_error, SHOAL_ERROR, SHOAL_ERROR_WRONG_KEY);
  g_assert_nonnull (strstr (f->connect_error->message, want));
  g_assert_nonnull (strstr (f->connect_error->message, have));
  g_assert_nonnull (shoal_error_get_next (f->connect_error));
  run_until (shoal_listener_get_n_half_open (f->listener) == 0);
  g_assert_null (f->there.link);
}

static void
test_refused (NetFixture *f, gconstpointer data)
{
  Answer answer = dial (f, 0, NULL, make_refusing_address (), NULL);

  assert_failed (&answer, SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_THERE);
}

static void
test_no_address (NetFixture *f, gconstpointer data)
{
  Answer answer = dial (f, 0, NULL, NULL);

  assert_failed (&answer, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE);
}

static void
test_hopeless_address (NetFixture *f, gconstpointer data)
{
  g_autoptr (GSocketAddress) link_local = g_inet_socket_address_new_from_string ("fe80::1", 9);
  Answer answer = dial (f, 0, NULL, g_object_ref (link_local), NULL);

  g_assert_null (answer.link);
  g_test_message ("%s", answer.error->message);
  g_assert_nonnull (shoal_error_get_next (answer.error));
  g_clear_error (&answer.error);
}

static void
test_silent (NetFixture *f, gconstpointer data)
{
  GSocketAddress *address;
  int fd = make_silent_server (&address);
  Answer answer = dial (f, 100000, NULL, address, NULL);

  assert_failed (&answer, SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_THERE);
  close (fd);
}

/* Addresses that refuse cost nothing, one that is silent a quarter second, and
 * an answer is told rather than a refusal. */
static void
test_several (NetFixture *f, gconstpointer data)
{
  GSocketAddress *silent;
  int fd = make_silent_server (&silent);
  gint64 start = g_get_monotonic_time ();
  ShoalDeviceId other = { { 5 } };
  Answer answer;

  answer = dial (f, 0, NULL, make_refusing_address (), make_refusing_address (), silent,
                 get_address (f), NULL);
  g_assert_no_error (answer.error);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 240000);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);
  run_until (f->there.link != NULL);
  end_watch (&f->there);
  g_assert_finalize_object (answer.link);
  run_until (f->there.n_closed == 1);
  g_clear_object (&f->there.link);

  answer = dial (f, 0, &other, make_refusing_address (), get_address (f),
                 make_refusing_address (), NULL);
  assert_failed (&answer, SHOAL_ERROR_WRONG_KEY, SHOAL_SIDE_THERE);
  close (fd);
}

static void
test_cancel (NetFixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_object_unref);
  GSocketAddress *address;
  int fd = make_silent_server (&address);
  guint n_before;
  Answer answer = { 0 };

  g_ptr_array_add (addresses, address);
  n_before = count_descriptors ();
  shoal_connector_connect_async (f->connector, addresses, NULL, 0, cancellable, on_connected,
                                 &answer);
  run_for (20);
  g_assert_false (answer.done);
  g_cancellable_cancel (cancellable);
  g_assert_false (answer.done);
  run_until (answer.done);
  assert_failed (&answer, SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE);
  g_assert_cmpuint (count_descriptors (), ==, n_before);

  /* Before it began, too. */
  answer.done = FALSE;
  shoal_connector_connect_async (f->connector, addresses, NULL, 0, cancellable, on_connected,
                                 &answer);
  run_until (answer.done);
  assert_failed (&answer, SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE);
  close (fd);
}

static void
test_myself (NetFixture *f, gconstpointer data)
{
  g_autoptr (ShoalConnector) mirror = shoal_connector_new (f->runtime, f->there_identity);
  g_autoptr (GPtrArray) addresses = shoal_listener_get_addresses (f->listener);
  Answer answer = { 0 };

  shoal_connector_connect_async (mirror, addresses, NULL, 0, NULL, on_connected, &answer);
  run_until (answer.done);
  assert_failed (&answer, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE);
  run_until (shoal_listener_get_n_half_open (f->listener) == 0);
  g_assert_null (f->there.link);
}

static void
test_host_name (NetFixture *f, gconstpointer data)
{
  g_autofree char *good = g_strdup_printf ("localhost:%u", shoal_listener_get_port (f->listener));
  Answer answer = { 0 };

  shoal_connector_connect_to_host_async (f->connector, good, NULL, 0, NULL, on_connected, &answer);
  run_until (answer.done);
  g_assert_no_error (answer.error);
  g_assert_finalize_object (answer.link);

  answer = (Answer){ 0 };
  shoal_connector_connect_to_host_async (f->connector, "no.such.host.invalid", NULL, 3000000, NULL,
                                         on_connected, &answer);
  run_until (answer.done);
  assert_failed (&answer, SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_NETWORK);

  answer = (Answer){ 0 };
  shoal_connector_connect_to_host_async (f->connector, "what is this?", NULL, 0, NULL,
                                         on_connected, &answer);
  run_until (answer.done);
  assert_failed (&answer, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE);
}

/* IPv4, too, can be told by which interface to go. */
static void
test_interface (NetFixture *f, gconstpointer data)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  guint16 port = shoal_listener_get_port (f->listener);
  Answer answer = dial (f, 0, NULL, shoal_address_new_on_interface (loopback, port, 1), NULL);

  g_assert_no_error (answer.error);
  g_assert_finalize_object (answer.link);
  answer = dial (f, 0, NULL, shoal_address_new_on_interface (loopback, port, 999999), NULL);
  assert_failed (&answer, SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_HERE);
}

/* A link is there for as long as the listener is not: it lives on. */
static void
test_listener_stops (NetFixture *f, gconstpointer data)
{
  int idle;

  net_fixture_connect (f);
  idle = net_fixture_raw_connect (f);
  run_until (shoal_listener_get_n_half_open (f->listener) == 1);
  shoal_listener_stop (f->listener);
  g_assert_cmpuint (shoal_listener_get_n_half_open (f->listener), ==, 0);
  g_assert_cmpuint (shoal_listener_get_port (f->listener), ==, 0);
  run_for (10);
  g_assert_cmpuint (f->here.n_closed, ==, 0);
  close (idle);
}

static void
test_listener_ports (NetFixture *f, gconstpointer data)
{
  g_autoptr (ShoalListener) second = shoal_listener_new (f->runtime, f->there_identity);
  g_autoptr (ShoalListener) third = shoal_listener_new (f->runtime, f->there_identity);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GInetAddress) foreign = g_inet_address_new_from_string ("9.9.9.9");
  g_autoptr (GError) error = NULL;
  guint16 port = shoal_listener_get_port (f->listener);

  g_assert_false (shoal_listener_start (second, loopback, port, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_IN_USE);
  g_assert_nonnull (shoal_error_get_next (error));
  g_clear_error (&error);
  g_assert_false (shoal_listener_start (second, foreign, 0, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
  g_clear_error (&error);

  /* The usual port, and where that is taken another. */
  g_assert_true (shoal_listener_start (second, NULL, SHOAL_LISTEN_USUAL_PORT, &error));
  g_assert_no_error (error);
  g_assert_true (shoal_listener_start (third, NULL, SHOAL_LISTEN_USUAL_PORT, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (shoal_listener_get_port (second), !=, shoal_listener_get_port (third));
  g_test_message ("ports %u and %u", shoal_listener_get_port (second),
                  shoal_listener_get_port (third));
}

/* One socket serves both families, and addresses look as people know them. */
static void
test_both_families (NetFixture *f, gconstpointer data)
{
  static const char *const HOSTS[] = { "127.0.0.1", "::1" };
  g_autoptr (GError) error = NULL;

  shoal_listener_stop (f->listener);
  g_assert_true (shoal_listener_start (f->listener, NULL, 0, &error));
  for (guint i = 0; i < G_N_ELEMENTS (HOSTS); i++)
    {
      g_autoptr (GSocketAddress) address
        = g_inet_socket_address_new_from_string (HOSTS[i], shoal_listener_get_port (f->listener));
      g_autofree char *text = NULL;
      Answer answer = dial (f, 0, NULL, g_object_ref (address), NULL);

      if (i == 1 && answer.error != NULL)
        {
          g_test_message ("no IPv6 here: %s", answer.error->message);
          g_clear_error (&answer.error);
          break;
        }
      g_assert_no_error (answer.error);
      run_until (f->there.link != NULL);
      text = shoal_address_to_text (shoal_link_get_remote_address (f->there.link));
      g_assert_true (g_str_has_prefix (text, i == 0 ? "127.0.0.1:" : "[::1]:"));
      g_assert_cmpint (shoal_link_get_path (f->there.link), ==, SHOAL_PATH_LOCAL);
      g_assert_finalize_object (answer.link);
      g_clear_object (&f->there.link);
    }
}

#define ADD(name, func)                                                                           \
  g_test_add ("/net/connect/" name, NetFixture, NULL, net_fixture_set_up, func,                   \
              net_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("wrong-key", test_wrong_key);
  ADD ("refused", test_refused);
  ADD ("no-address", test_no_address);
  ADD ("hopeless-address", test_hopeless_address);
  ADD ("silent", test_silent);
  ADD ("several", test_several);
  ADD ("cancel", test_cancel);
  ADD ("myself", test_myself);
  ADD ("host-name", test_host_name);
  ADD ("interface", test_interface);
  ADD ("listener-stops", test_listener_stops);
  ADD ("listener-ports", test_listener_ports);
  ADD ("both-families", test_both_families);
  return g_test_run ();
}
