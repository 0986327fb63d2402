/* test-sim-runtime.c: the simulator's clock and workers replay a seed.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-sim-runtime.h"

typedef struct
{
  GString *log;
  char     name;
  gboolean worked;
} Job;

static void
on_work (gpointer data)
{
  ((Job *) data)->worked = TRUE;
}

static void
on_done (gpointer data)
{
  Job *job = data;

  g_assert_true (job->worked);
  g_string_append_c (job->log, job->name);
  g_free (job);
}

static char *
run_jobs (uint64_t seed, ShoalPool pool)
{
  g_autoptr (ShoalSimRuntime) sim = shoal_sim_runtime_new (seed);
  GString *log = g_string_new (NULL);

  for (char c = 'a'; c <= 'z'; c++)
    {
      Job *job = g_new0 (Job, 1);

      job->log = log;
      job->name = c;
      shoal_runtime_submit (SHOAL_RUNTIME (sim), pool, on_work, on_done, job);
    }
  g_assert_cmpuint (log->len, ==, 0);
  shoal_sim_runtime_drain (sim);
  g_assert_cmpuint (log->len, ==, 26);
  return g_string_free (log, FALSE);
}

static void
test_jobs (void)
{
  g_autofree char *one = run_jobs (1, SHOAL_POOL_DISK);
  g_autofree char *again = run_jobs (1, SHOAL_POOL_DISK);
  g_autofree char *two = run_jobs (2, SHOAL_POOL_DISK);
  g_autofree char *ordered = run_jobs (3, SHOAL_POOL_DATABASE);

  g_assert_cmpstr (one, ==, again);
  g_assert_cmpstr (one, !=, two);
  g_assert_cmpstr (one, !=, "abcdefghijklmnopqrstuvwxyz");
  g_assert_cmpstr (ordered, ==, "abcdefghijklmnopqrstuvwxyz");
}

static void
on_timer (gpointer data)
{
  (*(guint *) data)++;
}

static void
test_timers (void)
{
  g_autoptr (ShoalSimRuntime) sim = shoal_sim_runtime_new (1);
  ShoalRuntime *runtime = SHOAL_RUNTIME (sim);
  gint64 start = shoal_runtime_now (runtime);
  guint n = 0;
  guint timer;

  shoal_runtime_add_timer (runtime, 1000, on_timer, &n);
  timer = shoal_runtime_add_timer (runtime, 500, on_timer, &n);
  shoal_runtime_clear_timer (runtime, &timer);
  shoal_sim_runtime_advance (sim, 999);
  g_assert_cmpuint (n, ==, 0);
  shoal_sim_runtime_advance (sim, 1);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpint (shoal_runtime_now (runtime), ==, start + 1000);
  g_assert_false (shoal_sim_runtime_step (sim));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-runtime/jobs", test_jobs);
  g_test_add_func ("/sim-runtime/timers", test_timers);
  return g_test_run ();
}
