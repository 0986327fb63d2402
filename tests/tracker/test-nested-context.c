/* test-nested-context.c: a context inside another waits for all that its sources wait for.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-nested-context.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <unistd.h>

typedef struct
{
  GMainContext       *outer;
  ShoalNestedContext *nested;
  GMainContext       *inner; /* (owned) */
  guint               n_calls;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->outer = g_main_context_new ();
  f->nested = shoal_nested_context_new (f->outer);
  g_assert_nonnull (f->nested);
  shoal_nested_context_enter (f->nested);
  f->inner = g_main_context_ref_thread_default ();
  shoal_nested_context_leave (f->nested);
  g_assert_true (f->inner != f->outer);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  shoal_nested_context_free (f->nested);
  g_main_context_unref (f->inner);
  g_main_context_unref (f->outer);
}

static void
wait_for_calls (Fixture *f, guint n)
{
  while (f->n_calls < n)
    g_main_context_iteration (f->outer, TRUE);
}

static gboolean
on_call (gpointer user_data)
{
  Fixture *f = user_data;
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  g_assert_true (context == f->inner);
  f->n_calls++;
  return G_SOURCE_REMOVE;
}

/* Takes what there is to read, and stays. */
static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  Fixture *f = user_data;
  char byte;

  g_assert_cmpint (read (fd, &byte, 1), ==, 1);
  f->n_calls++;
  return G_SOURCE_CONTINUE;
}

static GSource *
watch (Fixture *f, int fd)
{
  GSource *source = g_unix_fd_source_new (fd, G_IO_IN);

  g_source_set_callback (source, G_SOURCE_FUNC (on_readable), f, NULL);
  g_source_attach (source, f->inner);
  return source;
}

static void
stop (GSource *source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

/* --- Tests -------------------------------------------------------------------- */

static void
test_descriptors (Fixture *f, gconstpointer data)
{
  GSource *sources[40];
  int pipes[40][2];

  g_test_summary ("Each of many descriptors is heard, again and again, until it is not wanted");
  for (guint i = 0; i < G_N_ELEMENTS (pipes); i++)
    {
      g_assert_true (g_unix_open_pipe (pipes[i], FD_CLOEXEC, NULL));
      sources[i] = watch (f, pipes[i][0]);
    }
  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < G_N_ELEMENTS (pipes); i++)
      {
        g_assert_cmpint (write (pipes[i][1], "x", 1), ==, 1);
        wait_for_calls (f, round * G_N_ELEMENTS (pipes) + i + 1);
      }

  stop (sources[7]);
  g_assert_cmpint (write (pipes[7][1], "x", 1), ==, 1);
  g_assert_cmpint (write (pipes[8][1], "x", 1), ==, 1);
  wait_for_calls (f, 3 * G_N_ELEMENTS (pipes) + 1);
  while (g_main_context_iteration (f->outer, FALSE))
    continue;
  g_assert_cmpuint (f->n_calls, ==, 3 * G_N_ELEMENTS (pipes) + 1);

  for (guint i = 0; i < G_N_ELEMENTS (pipes); i++)
    {
      if (i != 7)
        stop (sources[i]);
      close (pipes[i][0]);
      close (pipes[i][1]);
    }
}

/* As when a connection is closed, and the next one gets its number. */
static void
test_same_number (Fixture *f, gconstpointer data)
{
  int old[2], new[2];
  GSource *source;

  g_test_summary ("A descriptor with the number of one that was closed is heard as well");
  g_assert_true (g_unix_open_pipe (old, FD_CLOEXEC, NULL));
  source = watch (f, old[0]);
  g_assert_cmpint (write (old[1], "x", 1), ==, 1);
  wait_for_calls (f, 1);
  stop (source);
  close (old[0]);
  close (old[1]);

  shoal_nested_context_enter (f->nested);
  g_assert_true (g_unix_open_pipe (new, FD_CLOEXEC, NULL));
  g_assert_cmpint (new[0], ==, old[0]);
  source = watch (f, new[0]);
  shoal_nested_context_leave (f->nested);
  g_assert_cmpint (write (new[1], "x", 1), ==, 1);
  wait_for_calls (f, 2);
  stop (source);
  close (new[0]);
  close (new[1]);
}

static void
test_time (Fixture *f, gconstpointer data)
{
  static const guint DELAYS[] = { 30, 1, 0, 15 };

  g_test_summary ("Time outs and idle calls come without any descriptor");
  for (guint i = 0; i < G_N_ELEMENTS (DELAYS); i++)
    {
      g_autoptr (GSource) source
        = DELAYS[i] > 0 ? g_timeout_source_new (DELAYS[i]) : g_idle_source_new ();

      g_source_set_callback (source, on_call, f, NULL);
      g_source_attach (source, f->inner);
    }
  wait_for_calls (f, G_N_ELEMENTS (DELAYS));
}

static gpointer
call_from_thread (gpointer user_data)
{
  Fixture *f = user_data;
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, on_call, f, NULL);
  g_source_attach (source, f->inner);
  return NULL;
}

static void
test_thread (Fixture *f, gconstpointer data)
{
  g_test_summary ("What another thread adds, as a handshake does, wakes it");
  for (guint i = 0; i < 50; i++)
    {
      GThread *thread = g_thread_new ("adder", call_from_thread, f);

      wait_for_calls (f, i + 1);
      g_thread_join (thread);
    }
}

#define ADD(name, func) \
  g_test_add ("/tracker/nested-context/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("descriptors", test_descriptors);
  ADD ("same-number", test_same_number);
  ADD ("time", test_time);
  ADD ("thread", test_thread);
  return g_test_run ();
}
