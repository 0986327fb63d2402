/* test-quic-hostile.c: what strangers may throw at a UDP port.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "net-fixture.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

/* Half-open connections from which on addresses are checked. */
#define RETRY_FROM 8
#define DATAGRAM 1200

/* A plain UDP socket that is connected to the listener. */
static int
raw_connect (NetFixture *f)
{
  struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_port = htons (shoal_quic_listener_get_port (f->quic_listener)),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
  };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

/* What comes back, within a while. */
static size_t
get_answer (int fd, uint8_t *answer, size_t size)
{
  ssize_t n = -1;

  run_until ((n = recv (fd, answer, size, 0)) > 0);
  return (size_t) n;
}

/* The first flight of a client that will never say more. */
static size_t
make_initial (NetFixture *f, uint8_t *packet)
{
  ShoalQuicConfig config = { .runtime = SHOAL_RUNTIME (f->runtime),
                             .identity = f->here_identity,
                             .where = "there" };
  ShoalQuic *quic = shoal_quic_new (&config, NULL);
  size_t taken = 0;
  ShoalUdpPath path;
  gssize n = shoal_quic_write (quic, NULL, packet, &path, &taken, NULL);

  g_assert_cmpint (n, >=, DATAGRAM);
  shoal_quic_free (quic);
  return (size_t) n;
}

/* A version nobody speaks is answered by the one that is spoken. */
static void
test_version (NetFixture *f, gconstpointer data)
{
  uint8_t packet[DATAGRAM] = { 0xc0, 0x0a, 0x0b, 0x0c, 0x0d, 8, 1, 2, 3, 4, 5, 6, 7, 8,
                               4, 9, 9, 9, 9 };
  static const uint8_t versions[] = { 0, 0, 0, 1 };
  uint8_t answer[1500];
  int fd = raw_connect (f);
  size_t n;

  g_assert_cmpint (send (fd, packet, sizeof packet, 0), ==, sizeof packet);
  n = get_answer (fd, answer, sizeof answer);
  /* Version negotiation: version 0, the IDs the other way round, the versions. */
  g_assert_cmpuint (n, <, 100);
  g_assert_cmpmem (answer + 1, 4, "\0\0\0\0", 4);
  g_assert_cmpuint (answer[5], ==, 4);
  g_assert_cmpmem (answer + n - 4, 4, versions, sizeof versions);

  /* Too short to be worth an answer. */
  g_assert_cmpint (send (fd, packet, 600, 0), ==, 600);
  run_for (20);
  g_assert_cmpint (recv (fd, answer, sizeof answer, 0), <, 0);
  close (fd);
}

/* Packets of a connection that is not known are answered by a reset, always the
 * same for the same ID, and shorter than they are. */
static void
test_reset (NetFixture *f, gconstpointer data)
{
  uint8_t packet[100], first[1500], second[1500];
  int fd = raw_connect (f);
  size_t n, m;

  memset (packet, 0x41, sizeof packet);
  g_assert_cmpint (send (fd, packet, sizeof packet, 0), ==, sizeof packet);
  n = get_answer (fd, first, sizeof first);
  g_assert_cmpuint (n, <, sizeof packet);
  g_assert_cmpuint (n, >, 16 + 5);
  packet[50] = 0;
  g_assert_cmpint (send (fd, packet, sizeof packet, 0), ==, sizeof packet);
  m = get_answer (fd, second, sizeof second);
  g_assert_cmpmem (first + n - 16, 16, second + m - 16, 16);
  packet[3]++;
  g_assert_cmpint (send (fd, packet, sizeof packet, 0), ==, sizeof packet);
  m = get_answer (fd, second, sizeof second);
  g_assert_cmpint (memcmp (first + n - 16, second + m - 16, 16), !=, 0);

  /* One that could be a reset itself is not answered. */
  g_assert_cmpint (send (fd, packet, n, 0), ==, (ssize_t) n);
  run_for (20);
  g_assert_cmpint (recv (fd, second, sizeof second, 0), <, 0);
  close (fd);
}

/* A device that has restarted tells so by the reset: no waiting for silence. */
static void
test_restart (NetFixture *f, gconstpointer data)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  guint16 port = shoal_quic_listener_get_port (f->quic_listener);
  g_autoptr (GBytes) frame = make_bytes (100, 'x');
  gint64 began = g_get_monotonic_time ();
  ShoalLink *gone;

  net_fixture_connect (f);
  run_for (50);
  /* Its socket is deaf and dumb from now on, as if it had been killed. */
  gone = g_steal_pointer (&f->there.link);
  shoal_link_set_events (gone, NULL, NULL);
  shoal_quic_link_carrier_failed (SHOAL_QUIC_LINK (gone),
                                  g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "killed"));
  shoal_quic_listener_stop (f->quic_listener);
  g_object_add_weak_pointer (G_OBJECT (gone), (gpointer *) &gone);
  g_object_unref (gone);
  run_until (gone == NULL);
  g_assert_true (shoal_quic_listener_start (f->quic_listener, loopback, port, NULL));

  shoal_link_send_control (f->here.link, frame);
  run_until (f->here.n_closed > 0);
  g_assert_error (f->here.error, SHOAL_ERROR, SHOAL_ERROR_CLOSED);
  g_assert_nonnull (strstr (f->here.error->message, "without a word"));
  g_test_message ("known after %.0f ms", (double) (g_get_monotonic_time () - began) / 1e3);
}

static void
drop (ShoalLink **link)
{
  shoal_link_set_events (*link, NULL, NULL);
  shoal_link_close (*link);
  g_object_add_weak_pointer (G_OBJECT (*link), (gpointer *) link);
  g_object_unref (*link);
  run_until (*link == NULL);
}

/* Whoever listens anew where links of before still live shares the port with them. */
static void
test_listen_again (NetFixture *f, gconstpointer data)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  guint16 port = shoal_quic_listener_get_port (f->quic_listener);
  g_autoptr (GBytes) frame = make_bytes (100, 'x');
  ShoalLink *old_here, *old_there;

  net_fixture_connect (f);
  shoal_quic_listener_stop (f->quic_listener);
  g_assert_cmpuint (shoal_quic_listener_get_port (f->quic_listener), ==, 0);
  g_assert_true (shoal_quic_listener_start (f->quic_listener, loopback, port, NULL));
  g_assert_cmpuint (shoal_quic_listener_get_port (f->quic_listener), ==, port);

  shoal_link_send_control (f->here.link, frame);
  run_until (f->there.received->len == 100);
  old_here = g_steal_pointer (&f->here.link);
  old_there = g_steal_pointer (&f->there.link);
  net_fixture_connect (f);
  shoal_link_send_control (f->here.link, frame);
  run_until (f->there.received->len == 200);
  drop (&old_here);
  drop (&old_there);
}

/* Unfinished handshakes are few, and honest ones go on beside them. */
static void
test_flood (NetFixture *f, gconstpointer data)
{
  g_autoptr (GBytes) frame = make_bytes (10, 'x');
  uint8_t packet[SHOAL_QUIC_MAX_DATAGRAM], answer[1500];
  int fds[RETRY_FROM + 20];
  guint n_retries = 0;

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      size_t n = make_initial (f, packet);

      fds[i] = raw_connect (f);
      g_assert_cmpint (send (fds[i], packet, n, 0), ==, (ssize_t) n);
      n = get_answer (fds[i], answer, sizeof answer);
      /* Long header, type Retry. */
      n_retries += (answer[0] & 0xf0) == 0xf0;
      g_assert_true (i >= RETRY_FROM || n >= DATAGRAM);
    }
  g_assert_cmpuint (n_retries, ==, 20);
  g_assert_cmpuint (shoal_quic_listener_get_n_half_open (f->quic_listener), ==, RETRY_FROM);

  net_fixture_connect (f);
  shoal_link_send_control (f->here.link, frame);
  run_until (f->there.received->len == 10);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
}

/* Noise of every kind takes nobody's place. */
static void
test_noise (NetFixture *f, gconstpointer data)
{
  g_autoptr (GBytes) frame = make_bytes (10, 'x');
  uint8_t packet[1400];
  int fd = raw_connect (f);

  net_fixture_connect (f);
  for (guint i = 0; i < 5000; i++)
    {
      size_t n = (size_t) g_test_rand_int_range (1, sizeof packet);

      for (size_t j = 0; j < MIN (n, 64); j++)
        packet[j] = (uint8_t) g_test_rand_int ();
      if (i % 2 == 0 && n > 5)
        memcpy (packet, "\xc3\0\0\0\1", 5);
      if (send (fd, packet, n, 0) < 0 || i % 50 == 0)
        run_for (1);
    }
  shoal_link_send_control (f->here.link, frame);
  run_until (f->there.received->len == 10);
  g_assert_cmpuint (shoal_quic_listener_get_n_half_open (f->quic_listener), <=, RETRY_FROM);
  g_assert_cmpuint (f->here.n_closed + f->there.n_closed, ==, 0);
  close (fd);
}

/* Nobody is there: the network says so at once. */
static void
test_refused (NetFixture *f, gconstpointer data)
{
  g_autofree char *text
    = g_strdup_printf ("127.0.0.1:%u", shoal_quic_listener_get_port (f->quic_listener));

  f->quic_port = shoal_quic_listener_get_port (f->quic_listener);
  shoal_quic_listener_stop (f->quic_listener);
  net_fixture_dial (f, NULL);
  g_assert_error (f->connect_error, SHOAL_ERROR, SHOAL_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (f->connect_error->message, text));
}

static void
test_wrong_key (NetFixture *f, gconstpointer data)
{
  net_fixture_dial (f, shoal_identity_get_id (f->here_identity));
  g_assert_error (f->connect_error, SHOAL_ERROR, SHOAL_ERROR_WRONG_KEY);
  run_until (shoal_quic_listener_get_n_half_open (f->quic_listener) == 0);
  g_assert_null (f->there.link);
}

#define ADD(name, func)                                                                           \
  g_test_add ("/net/quic-hostile/" name, NetFixture, NET_FIXTURE_QUIC, net_fixture_set_up, func,  \
              net_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("version", test_version);
  ADD ("reset", test_reset);
  ADD ("restart", test_restart);
  ADD ("listen-again", test_listen_again);
  ADD ("flood", test_flood);
  ADD ("noise", test_noise);
  ADD ("refused", test_refused);
  ADD ("wrong-key", test_wrong_key);
  return g_test_run ();
}
