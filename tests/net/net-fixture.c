/* net-fixture.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "net-fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void
on_received (ShoalLink *link, guint stream, const uint8_t *data, size_t size, gpointer user_data)
{
  End *end = user_data;

  g_assert_true (link == end->link);
  g_assert_cmpuint (stream, <, end->is_quic ? SHOAL_QUIC_STREAMS : 1);
  g_assert_cmpuint (size, >, 0);
  g_assert_cmpuint (size, <=, 256 * 1024);
  g_assert_cmpuint (end->n_closed, ==, 0);
  end->n_received += size;
  if (end->keep)
    g_byte_array_append (end->received, data, (guint) size);
}

static void
on_writable (ShoalLink *link, gpointer user_data)
{
  End *end = user_data;

  g_assert_true (shoal_link_wants_bulk (link));
  end->n_writable++;
}

static void
on_closed (ShoalLink *link, const GError *error, gpointer user_data)
{
  End *end = user_data;

  g_assert_true (shoal_link_is_closed (link));
  end->n_closed++;
  g_clear_error (&end->error);
  end->error = error != NULL ? g_error_copy (error) : NULL;
}

static const ShoalLinkEvents EVENTS = {
  .received = on_received,
  .writable = on_writable,
  .closed = on_closed,
};

void
end_watch (End *end)
{
  shoal_link_set_events (end->link, &EVENTS, end);
}

static void
on_accepted (GObject *listener, ShoalLink *link, gpointer user_data)
{
  NetFixture *f = user_data;

  g_assert_null (f->there.link);
  f->there.link = g_object_ref (link);
}

void
net_fixture_set_up (NetFixture *f, gconstpointer data)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  GError *error = NULL;

  f->runtime = shoal_main_runtime_new (NULL);
  f->here_identity = shoal_identity_generate (NULL);
  f->there_identity = shoal_identity_generate (NULL);
  f->listener = shoal_listener_new (f->runtime, f->there_identity);
  f->connector = shoal_connector_new (f->runtime, f->here_identity);
  f->here.received = g_byte_array_new ();
  f->there.received = g_byte_array_new ();
  f->here.keep = f->there.keep = TRUE;
  g_signal_connect (f->listener, "accepted", G_CALLBACK (on_accepted), f);
  g_assert_true (shoal_listener_start (f->listener, loopback, 0, &error));
  g_assert_no_error (error);

  f->is_quic = f->here.is_quic = f->there.is_quic = g_strcmp0 (data, NET_FIXTURE_QUIC) == 0;
  f->quic_listener = shoal_quic_listener_new (f->runtime, f->there_identity);
  g_signal_connect (f->quic_listener, "accepted", G_CALLBACK (on_accepted), f);
  g_assert_true (shoal_quic_listener_start (f->quic_listener, loopback, 0, &error));
  g_assert_no_error (error);
}

static void
drop_link (End *end)
{
  if (end->link != NULL)
    {
      shoal_link_set_events (end->link, NULL, NULL);
      shoal_link_close (end->link);
      g_object_add_weak_pointer (G_OBJECT (end->link), (gpointer *) &end->link);
      g_object_unref (end->link);
    }
}

void
net_fixture_tear_down (NetFixture *f, gconstpointer data)
{
  drop_link (&f->here);
  drop_link (&f->there);
  /* Nothing holds on to a link that is over. */
  run_until (f->here.link == NULL && f->there.link == NULL);

  g_byte_array_unref (f->here.received);
  g_byte_array_unref (f->there.received);
  g_clear_error (&f->here.error);
  g_clear_error (&f->there.error);
  g_clear_error (&f->connect_error);
  g_assert_finalize_object (f->connector);
  g_assert_finalize_object (f->listener);
  g_clear_object (&f->dialled);
  g_assert_finalize_object (f->quic_listener);
  shoal_identity_unref (f->here_identity);
  shoal_identity_unref (f->there_identity);
  g_assert_finalize_object (f->runtime);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  NetFixture *f = user_data;

  f->here.link = shoal_connector_connect_finish (SHOAL_CONNECTOR (source), result,
                                                 &f->connect_error);
  g_assert_true ((f->here.link == NULL) == (f->connect_error != NULL));
  f->connect_done = TRUE;
}

static void
on_quic_ready (ShoalQuicLink *link, const GError *error, gpointer user_data)
{
  NetFixture *f = user_data;

  f->connect_done = TRUE;
  if (error != NULL)
    f->connect_error = g_error_copy (error);
  else
    f->here.link = SHOAL_LINK (g_steal_pointer (&f->dialled));
}

static void
dial_quic (NetFixture *f, const ShoalDeviceId *expected)
{
  guint16 port = f->quic_port != 0 ? f->quic_port
                                   : shoal_quic_listener_get_port (f->quic_listener);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);

  g_clear_object (&f->dialled);
  f->dialled = shoal_quic_dial (f->runtime, f->here_identity, address, expected,
                                SHOAL_CONGESTION_BBR, on_quic_ready, f);
}

void
net_fixture_dial (NetFixture *f, const ShoalDeviceId *expected)
{
  g_autoptr (GPtrArray) addresses = shoal_listener_get_addresses (f->listener);

  f->connect_done = FALSE;
  if (f->is_quic)
    dial_quic (f, expected);
  else
    shoal_connector_connect_async (f->connector, addresses, expected, 0, NULL, on_connected, f);
  g_assert_false (f->connect_done);
  run_until (f->connect_done);
}

void
net_fixture_connect (NetFixture *f)
{
  net_fixture_dial (f, shoal_identity_get_id (f->there_identity));
  g_assert_no_error (f->connect_error);
  run_until (f->there.link != NULL);
  end_watch (&f->here);
  end_watch (&f->there);
}

void
run_for (guint milliseconds)
{
  gint64 end = g_get_monotonic_time () + milliseconds * 1000;

  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (500);
}

GBytes *
make_bytes (size_t size, uint8_t fill)
{
  uint8_t *data = g_malloc (MAX (size, 1));

  memset (data, fill, size);
  return g_bytes_new_take (data, size);
}

int
net_fixture_raw_connect (NetFixture *f)
{
  struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_port = htons (shoal_listener_get_port (f->listener)),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
  };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}
