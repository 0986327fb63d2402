/* test-memory-link.c: the tests' own link keeps the contract of ShoalLink.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-memory-link.h"

#include "shoal-error.h"
#include "shoal-sim-runtime.h"

#define SECOND G_USEC_PER_SEC

typedef struct
{
  ShoalLink  *link;
  GByteArray *received;
  guint       n_writable;
  guint       n_closed;
  GError     *error;
} End;

typedef struct
{
  ShoalSimRuntime *sim;
  End              a, b;
} Fixture;

static void
on_received (ShoalLink *link, guint stream, const uint8_t *data, size_t size, gpointer user_data)
{
  g_byte_array_append (((End *) user_data)->received, data, (guint) size);
}

static void
on_writable (ShoalLink *link, gpointer user_data)
{
  ((End *) user_data)->n_writable++;
}

static void
on_closed (ShoalLink *link, const GError *error, gpointer user_data)
{
  End *end = user_data;

  end->n_closed++;
  end->error = error != NULL ? g_error_copy (error) : NULL;
}

static const ShoalLinkEvents EVENTS = { on_received, on_writable, on_closed };

static void
connect_pair (Fixture *f, ShoalMemoryLine *line)
{
  ShoalDeviceId a_id = { { 1 } }, b_id = { { 2 } };

  shoal_memory_link_new_pair (SHOAL_RUNTIME (f->sim), &a_id, &b_id, line, line,
                              &f->a.link, &f->b.link);
  g_assert_true (shoal_hash_equals (shoal_link_get_peer_id (f->a.link), &b_id));
  g_assert_cmpmem (shoal_link_get_exporter (f->a.link), SHOAL_LINK_EXPORTER_SIZE,
                   shoal_link_get_exporter (f->b.link), SHOAL_LINK_EXPORTER_SIZE);
  shoal_link_set_events (f->a.link, &EVENTS, &f->a);
  shoal_link_set_events (f->b.link, &EVENTS, &f->b);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->sim = shoal_sim_runtime_new (1);
  f->a.received = g_byte_array_new ();
  f->b.received = g_byte_array_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  shoal_link_close (f->a.link);
  shoal_link_close (f->b.link);
  shoal_sim_runtime_advance (f->sim, 10 * SECOND);
  g_assert_finalize_object (f->a.link);
  g_assert_finalize_object (f->b.link);
  g_byte_array_unref (f->a.received);
  g_byte_array_unref (f->b.received);
  g_clear_error (&f->a.error);
  g_clear_error (&f->b.error);
  g_assert_finalize_object (f->sim);
}

static void
send_bulk (ShoalLink *link, size_t size)
{
  g_autoptr (GBytes) header = g_bytes_new_static ("header", 6);
  g_autoptr (GBytes) payload = g_bytes_new_take (g_malloc0 (size), size);

  shoal_link_send_bulk (link, 0, header, payload);
}

static void
send_control (ShoalLink *link, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  shoal_link_send_control (link, bytes);
}

static void
test_rate_and_delay (Fixture *f, gconstpointer data)
{
  g_autoptr (ShoalMemoryLine) line = shoal_memory_line_new (1000000, 50000, 10000000);

  connect_pair (f, line);
  send_bulk (f->a.link, 99994); /* 0.1 s on the line */
  send_control (f->b.link, "hi"); /* the line is shared: behind it, or before */
  g_assert_cmpuint (f->b.received->len, ==, 0);
  shoal_sim_runtime_advance (f->sim, 149000);
  g_assert_cmpuint (f->b.received->len, ==, 0);
  shoal_sim_runtime_advance (f->sim, 2000);
  g_assert_cmpuint (f->b.received->len, ==, 100000);
  g_assert_cmpuint (shoal_memory_line_get_bytes (line), ==, 100002);
}

static void
test_back_pressure (Fixture *f, gconstpointer data)
{
  size_t queued;

  connect_pair (f, NULL);
  shoal_link_set_reading (f->b.link, FALSE);
  while (shoal_link_wants_bulk (f->a.link))
    {
      while (shoal_link_wants_bulk (f->a.link))
        send_bulk (f->a.link, 65536);
      shoal_sim_runtime_advance (f->sim, 1000);
    }
  queued = shoal_link_get_queued_bulk (f->a.link);
  g_assert_cmpuint (queued, >=, 128 * 1024);
  shoal_sim_runtime_advance (f->sim, SECOND);
  g_assert_cmpuint (shoal_link_get_queued_bulk (f->a.link), ==, queued);
  f->a.n_writable = 0;
  send_control (f->a.link, "now");
  shoal_link_set_reading (f->b.link, TRUE);
  shoal_sim_runtime_advance (f->sim, SECOND);
  g_assert_cmpuint (f->a.n_writable, ==, 1);
  g_assert_cmpuint (shoal_link_get_queued_bulk (f->a.link), ==, 0);
  g_assert_cmpuint (f->b.received->len, ==, shoal_link_get_bytes_sent (f->a.link));
  /* Control went before what was still queued. */
  g_assert_cmpint (memcmp (f->b.received->data + f->b.received->len - 3, "now", 3), !=, 0);
}

static void
test_close (Fixture *f, gconstpointer data)
{
  connect_pair (f, NULL);
  send_control (f->a.link, "last words");
  shoal_link_close (f->a.link);
  g_assert_cmpuint (f->a.n_closed, ==, 0);
  shoal_sim_runtime_advance (f->sim, SECOND);
  g_assert_cmpuint (f->a.n_closed, ==, 1);
  g_assert_no_error (f->a.error);
  g_assert_cmpuint (f->b.n_closed, ==, 1);
  g_assert_error (f->b.error, SHOAL_ERROR, SHOAL_ERROR_CLOSED);
  g_assert_cmpuint (f->b.received->len, ==, 10);
}

static void
test_cut (Fixture *f, gconstpointer data)
{
  connect_pair (f, NULL);
  send_control (f->a.link, "never seen");
  shoal_memory_link_cut (SHOAL_MEMORY_LINK (f->b.link));
  g_assert_cmpuint (f->a.n_closed + f->b.n_closed, ==, 0);
  shoal_sim_runtime_advance (f->sim, SECOND);
  g_assert_cmpuint (f->a.n_closed, ==, 1);
  g_assert_cmpuint (f->b.n_closed, ==, 1);
  g_assert_cmpint (shoal_error_get_side (f->a.error), ==, SHOAL_SIDE_NETWORK);
  g_assert_cmpuint (f->b.received->len, ==, 0);
}

static void
test_stall (Fixture *f, gconstpointer data)
{
  connect_pair (f, NULL);
  shoal_memory_link_stall (SHOAL_MEMORY_LINK (f->a.link), TRUE);
  send_control (f->a.link, "later");
  shoal_sim_runtime_advance (f->sim, 30 * SECOND);
  g_assert_cmpuint (f->b.received->len, ==, 0);
  g_assert_cmpuint (f->b.n_closed, ==, 0);
  shoal_memory_link_stall (SHOAL_MEMORY_LINK (f->a.link), FALSE);
  shoal_sim_runtime_advance (f->sim, SECOND);
  g_assert_cmpuint (f->b.received->len, ==, 5);
}

#define ADD(name, func)                                                                           \
  g_test_add ("/net/memory-link/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("rate-and-delay", test_rate_and_delay);
  ADD ("back-pressure", test_back_pressure);
  ADD ("close", test_close);
  ADD ("cut", test_cut);
  ADD ("stall", test_stall);
  return g_test_run ();
}
