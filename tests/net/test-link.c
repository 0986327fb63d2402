/* test-link.c: two links over loopback in one process, by TCP and by QUIC.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "net-fixture.h"

#include <sys/socket.h>

#define HEADER_SIZE 13

static void
send_control (ShoalLink *link, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  shoal_link_send_control (link, bytes);
}

static void
send_bulk (ShoalLink *link, guint channel, size_t size, uint8_t fill)
{
  g_autoptr (GBytes) header = make_bytes (HEADER_SIZE, fill);
  g_autoptr (GBytes) payload = make_bytes (size, fill);

  shoal_link_send_bulk (link, channel, header, payload);
}

static void
test_facts (NetFixture *f, gconstpointer data)
{
  g_autofree char *remote = NULL;
  uint8_t zeroes[SHOAL_LINK_EXPORTER_SIZE] = { 0 };

  net_fixture_connect (f);
  g_assert_true (shoal_hash_equals (shoal_link_get_peer_id (f->here.link),
                                    shoal_identity_get_id (f->there_identity)));
  g_assert_true (shoal_hash_equals (shoal_link_get_peer_id (f->there.link),
                                    shoal_identity_get_id (f->here_identity)));
  g_assert_cmpmem (shoal_link_get_exporter (f->here.link), SHOAL_LINK_EXPORTER_SIZE,
                   shoal_link_get_exporter (f->there.link), SHOAL_LINK_EXPORTER_SIZE);
  g_assert_cmpint (memcmp (shoal_link_get_exporter (f->here.link), zeroes, sizeof zeroes), !=, 0);
  g_assert_true (shoal_link_is_outgoing (f->here.link));
  g_assert_false (shoal_link_is_outgoing (f->there.link));
  g_assert_cmpint (shoal_link_get_path (f->here.link), ==, SHOAL_PATH_LOCAL);
  g_assert_cmpstr (shoal_path_get_nick (shoal_link_get_path (f->there.link)), ==, "local");
  g_assert_cmpuint (g_inet_socket_address_get_port (
                      G_INET_SOCKET_ADDRESS (shoal_link_get_remote_address (f->here.link))), ==,
                    f->is_quic ? shoal_quic_listener_get_port (f->quic_listener)
                               : shoal_listener_get_port (f->listener));
  g_assert_nonnull (shoal_link_get_local_address (f->here.link));
}

/* Everything arrives, in order, in both directions at once. */
static void
test_both_ways (NetFixture *f, gconstpointer data)
{
  g_autoptr (GString) expected = g_string_new (NULL);

  net_fixture_connect (f);
  for (int i = 0; i < 5000; i++)
    {
      g_autofree char *text = g_strdup_printf ("message %d;", i);

      g_string_append (expected, text);
      send_control (f->here.link, text);
      send_control (f->there.link, text);
      if (i % 100 == 0)
        run_for (1);
    }
  run_until (f->here.received->len == expected->len && f->there.received->len == expected->len);
  g_assert_cmpmem (f->here.received->data, f->here.received->len, expected->str, expected->len);
  g_assert_cmpmem (f->there.received->data, f->there.received->len, expected->str, expected->len);
  g_assert_cmpuint (shoal_link_get_bytes_sent (f->here.link), ==, expected->len);
  g_assert_cmpuint (shoal_link_get_bytes_received (f->here.link), ==, expected->len);
  g_assert_cmpuint (shoal_link_get_queued_control (f->here.link), ==, 0);
}

/* Frames of all sizes around records and buffers. */
static void
test_frame_sizes (NetFixture *f, gconstpointer data)
{
  static const size_t sizes[] = { 0, 1, 8191, 8192, 16371, 16383, 16384, 16385, 32768, 65535,
                                  65536, SHOAL_MAX_BULK_FRAME - HEADER_SIZE };
  size_t total = 0;
  uint8_t *at;

  net_fixture_connect (f);
  for (uint8_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      send_bulk (f->here.link, 3, sizes[i], i);
      total += HEADER_SIZE + sizes[i];
    }
  run_until (f->there.received->len == total);
  at = f->there.received->data;
  for (uint8_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (size_t j = 0; j < HEADER_SIZE + sizes[i]; j++)
      g_assert_cmpuint (*at++, ==, i);
}

static void
shrink_buffers (ShoalLink *link)
{
  /* The descriptor is nobody's business but the test's: the lowest ones that
   * are TCP sockets of this process. */
  for (int fd = 3; fd < 64; fd++)
    {
      /* Below the loopback's segment size the receiving side would wait for
       * the kernel's timers: small enough that no frame fits is enough. */
      int size = 1, window = 32768;

      setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
      setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    }
}

static void
test_tiny_buffers (NetFixture *f, gconstpointer data)
{
  net_fixture_connect (f);
  shrink_buffers (f->here.link);
  for (uint8_t i = 0; i < 8; i++)
    {
      send_bulk (f->here.link, i, 65536, i);
      send_bulk (f->there.link, i, 65536, i);
    }
  run_until (f->there.received->len == 8 * (65536 + HEADER_SIZE)
             && f->here.received->len == 8 * (65536 + HEADER_SIZE));
  for (guint i = 0; i < f->there.received->len; i++)
    g_assert_cmpuint (f->there.received->data[i], ==, i / (65536 + HEADER_SIZE));
}

/* A control frame queued behind bulk arrives before most of it. */
static void
test_control_overtakes (NetFixture *f, gconstpointer data)
{
  const uint8_t *found;
  size_t total;

  net_fixture_connect (f);
  shoal_link_set_reading (f->there.link, FALSE);
  /* Fill the kernel's buffers and then our queue. */
  for (int i = 0; i < 400; i++)
    {
      while (shoal_link_wants_bulk (f->here.link))
        send_bulk (f->here.link, 0, 65536, 'b');
      run_for (1);
    }
  g_assert_cmpuint (shoal_link_get_queued_bulk (f->here.link), >=, 128 * 1024);
  send_control (f->here.link, "CONTROL");
  total = shoal_link_get_bytes_sent (f->here.link) + shoal_link_get_queued_bulk (f->here.link) + 7;
  shoal_link_set_reading (f->there.link, TRUE);
  run_until (f->there.received->len >= total);

  found = memmem (f->there.received->data, f->there.received->len, "CONTROL", 7);
  g_assert_nonnull (found);
  g_test_message ("%zu bytes of bulk came after the control frame",
                  f->there.received->len - (size_t) (found - f->there.received->data));
  g_assert_cmpuint (f->there.received->len - (size_t) (found - f->there.received->data), >=,
                    128 * 1024);
}

/* A receiver that stops reading stops the sender, at a bounded queue. */
static void
test_back_pressure (NetFixture *f, gconstpointer data)
{
  uint64_t stuck;
  uint64_t queued = 0;

  net_fixture_connect (f);
  f->there.keep = FALSE;
  shoal_link_set_reading (f->there.link, FALSE);
  for (int i = 0; i < 300; i++)
    {
      while (shoal_link_wants_bulk (f->here.link))
        {
          send_bulk (f->here.link, (guint) i % 4, 65536, 'b');
          queued += 65536 + HEADER_SIZE;
        }
      run_for (1);
    }
  stuck = shoal_link_get_bytes_sent (f->here.link);
  g_assert_cmpuint (shoal_link_get_queued_bulk (f->here.link), <=,
                    1024 * 1024 + 65536 + HEADER_SIZE);
  g_assert_false (shoal_link_wants_bulk (f->here.link));
  run_for (20);
  g_assert_cmpuint (shoal_link_get_bytes_sent (f->here.link), ==, stuck);
  g_assert_cmpuint (f->there.n_received, ==, 0);

  f->here.n_writable = 0;
  shoal_link_set_reading (f->there.link, TRUE);
  run_until (f->there.n_received == queued);
  g_assert_cmpuint (f->here.n_writable, ==, 1);
  g_assert_true (shoal_link_wants_bulk (f->here.link));
}

/* Channels take turns, so a small share does not wait for a large one. */
static void
test_round_robin (NetFixture *f, gconstpointer data)
{
  guint position[3] = { 0 };

  net_fixture_connect (f);
  for (int i = 0; i < 6; i++)
    send_bulk (f->here.link, 7, 20000, 0);
  send_bulk (f->here.link, 8, 20000, 1);
  send_bulk (f->here.link, 9, 20000, 2);
  run_until (f->there.received->len == 8 * (20000 + HEADER_SIZE));
  for (guint i = 0; i < 8; i++)
    position[f->there.received->data[i * (20000 + HEADER_SIZE)]] = i;
  g_assert_cmpuint (position[1], ==, 1);
  g_assert_cmpuint (position[2], ==, 2);
  g_assert_cmpuint (position[0], ==, 7);
}

static void
test_drop_bulk (NetFixture *f, gconstpointer data)
{
  uint64_t sent;
  size_t dropped;

  net_fixture_connect (f);
  while (shoal_link_wants_bulk (f->here.link))
    {
      send_bulk (f->here.link, 1, 30000, 1);
      send_bulk (f->here.link, 2, 30000, 2);
    }
  sent = shoal_link_get_queued_bulk (f->here.link);
  g_assert_cmpuint (shoal_link_drop_bulk (f->here.link, 5), ==, 0);
  dropped = shoal_link_drop_bulk (f->here.link, 1);
  g_assert_cmpuint (dropped, ==, sent / 2);
  g_assert_cmpuint (shoal_link_drop_bulk (f->here.link, 1), ==, 0);
  g_assert_cmpuint (f->here.n_writable, ==, 0);
  run_until (f->there.received->len == sent - dropped && f->here.n_writable == 1);
  for (guint i = 0; i < f->there.received->len; i++)
    g_assert_cmpuint (f->there.received->data[i], ==, 2);
  run_for (5);
  g_assert_cmpuint (f->there.received->len, ==, sent - dropped);
}

/* close() loses no control, drops bulk, and both are told once. */
static void
test_close (NetFixture *f, gconstpointer data)
{
  net_fixture_connect (f);
  send_control (f->here.link, "last words");
  shoal_link_close (f->here.link);
  send_control (f->here.link, "too late");
  shoal_link_close (f->here.link);
  g_assert_cmpuint (f->here.n_closed, ==, 0);
  run_until (f->here.n_closed > 0 && f->there.n_closed > 0);
  run_for (10);
  g_assert_cmpuint (f->here.n_closed, ==, 1);
  g_assert_cmpuint (f->there.n_closed, ==, 1);
  g_assert_no_error (f->here.error);
  g_assert_error (f->there.error, SHOAL_ERROR, SHOAL_ERROR_CLOSED);
  g_assert_cmpmem (f->there.received->data, f->there.received->len, "last words", 10);
}

/* Last words arrive, too, when the other side is writing all the time and its
 * bytes are read by nobody. */
static void
test_close_under_fire (NetFixture *f, gconstpointer data)
{
  net_fixture_connect (f);
  f->here.keep = FALSE;
  for (int i = 0; i < 30; i++)
    {
      while (shoal_link_wants_bulk (f->there.link))
        send_bulk (f->there.link, 0, 65536, 'x');
      run_for (1);
    }
  shoal_link_set_reading (f->here.link, FALSE);
  for (int i = 0; i < 50; i++)
    {
      while (shoal_link_wants_bulk (f->there.link))
        send_bulk (f->there.link, 0, 65536, 'x');
      run_for (1);
    }
  send_control (f->here.link, "last words");
  shoal_link_close (f->here.link);
  run_until (f->here.n_closed > 0 && f->there.n_closed > 0);
  g_assert_cmpmem (f->there.received->data, f->there.received->len, "last words", 10);
}

/* Without close() or events the last reference ends the connection. */
static void
test_dropped (NetFixture *f, gconstpointer data)
{
  net_fixture_dial (f, NULL);
  run_until (f->there.link != NULL);
  end_watch (&f->there);
  g_assert_finalize_object (f->here.link);
  f->here.link = NULL;
  run_until (f->there.n_closed > 0);
  g_assert_error (f->there.error, SHOAL_ERROR, SHOAL_ERROR_CLOSED);
}

/* What happened before anybody listened is told afterwards. */
static void
test_late_events (NetFixture *f, gconstpointer data)
{
  net_fixture_dial (f, NULL);
  run_until (f->there.link != NULL);
  send_control (f->here.link, "early");
  run_for (20);
  g_assert_cmpuint (f->there.received->len, ==, 0);
  end_watch (&f->there);
  run_until (f->there.received->len == 5);

  end_watch (&f->here);
  shoal_link_close (f->here.link);
  run_until (f->here.n_closed == 1);
  end_watch (&f->here);
  run_for (10);
  g_assert_cmpuint (f->here.n_closed, ==, 1);
}

typedef struct
{
  ShoalLink *victim;
  guint      n_received;
} Killer;

static void
on_received_close (ShoalLink *link, guint stream, const uint8_t *data, size_t size,
                   gpointer user_data)
{
  Killer *killer = user_data;

  killer->n_received++;
  shoal_link_set_events (link, NULL, NULL);
  shoal_link_close (link);
  g_clear_object (&killer->victim);
}

/* The owner lets go of the link in the middle of an event. */
static void
test_close_inside (NetFixture *f, gconstpointer data)
{
  static const ShoalLinkEvents EVENTS = { .received = on_received_close };
  Killer killer = { 0 };
  gpointer alive;

  net_fixture_connect (f);
  killer.victim = g_steal_pointer (&f->there.link);
  alive = killer.victim;
  g_object_add_weak_pointer (alive, &alive);
  shoal_link_set_events (killer.victim, &EVENTS, &killer);
  for (int i = 0; i < 20; i++)
    send_bulk (f->here.link, 0, 65536, 'x');
  run_until (f->here.n_closed == 1);
  g_assert_cmpuint (killer.n_received, ==, 1);
  g_assert_null (killer.victim);
  run_until (alive == NULL);
}

/* A peer that does not read must not make us hold ever more. */
static void
test_control_bound (NetFixture *f, gconstpointer data)
{
  g_autoptr (GBytes) frame = make_bytes (SHOAL_MAX_CONTROL_FRAME, 'c');

  net_fixture_connect (f);
  shoal_link_set_reading (f->there.link, FALSE);
  for (int i = 0; i < 2000 && !shoal_link_is_closed (f->here.link); i++)
    {
      shoal_link_send_control (f->here.link, frame);
      g_assert_cmpuint (f->here.n_closed, ==, 0); /* told from the main loop alone */
      g_assert_cmpuint (shoal_link_get_queued_control (f->here.link), <=,
                        SHOAL_MAX_QUEUED_CONTROL + SHOAL_MAX_CONTROL_FRAME);
      if (i % 20 == 0)
        run_for (1);
    }
  run_until (f->here.n_closed == 1);
  g_assert_error (f->here.error, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
  g_assert_cmpint (shoal_error_get_side (f->here.error), ==, SHOAL_SIDE_THERE);
}

#define ADD(name, func)                                                                           \
  g_test_add ("/net/tls-link/" name, NetFixture, NULL, net_fixture_set_up, func,                  \
              net_fixture_tear_down)

#define ADD_BOTH(name, func)                                                                      \
  ADD (name, func);                                                                               \
  g_test_add ("/net/quic-link/" name, NetFixture, NET_FIXTURE_QUIC, net_fixture_set_up, func,     \
              net_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_BOTH ("facts", test_facts);
  ADD_BOTH ("both-ways", test_both_ways);
  ADD_BOTH ("frame-sizes", test_frame_sizes);
  ADD ("tiny-buffers", test_tiny_buffers);
  ADD_BOTH ("control-overtakes", test_control_overtakes);
  ADD_BOTH ("back-pressure", test_back_pressure);
  ADD ("round-robin", test_round_robin);
  ADD_BOTH ("drop-bulk", test_drop_bulk);
  ADD_BOTH ("close", test_close);
  ADD_BOTH ("close-under-fire", test_close_under_fire);
  ADD_BOTH ("dropped", test_dropped);
  ADD_BOTH ("late-events", test_late_events);
  ADD_BOTH ("close-inside", test_close_inside);
  ADD_BOTH ("control-bound", test_control_bound);
  return g_test_run ();
}
