/* test-runtime.c: timers and jobs of the real runtime.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-main-runtime.h"

typedef struct
{
  GString *log;
  guint    victim;
  ShoalRuntime *runtime;
} Fixture;

static void
on_first (gpointer user_data)
{
  Fixture *f = user_data;

  g_string_append (f->log, "1");
  shoal_runtime_clear_timer (f->runtime, &f->victim);
}

static void
on_victim (gpointer user_data)
{
  g_assert_not_reached ();
}

static void
on_last (gpointer user_data)
{
  Fixture *f = user_data;

  g_string_append (f->log, "2");
}

static void
test_timers (void)
{
  g_autoptr (ShoalMainRuntime) runtime = shoal_main_runtime_new (NULL);
  g_autoptr (GString) log = g_string_new (NULL);
  Fixture f = { log, 0, SHOAL_RUNTIME (runtime) };

  shoal_runtime_add_timer (f.runtime, 20000, on_last, &f);
  f.victim = shoal_runtime_add_timer (f.runtime, 10000, on_victim, &f);
  shoal_runtime_add_timer (f.runtime, 0, on_first, &f);
  while (log->len < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (log->str, ==, "12");
  g_assert_cmpuint (f.victim, ==, 0);
}

typedef struct
{
  GThread *main_thread;
  guint   *n_done;
  guint    number;
  gboolean ordered;
} Job;

static void
work (gpointer data)
{
  Job *job = data;

  g_assert_true (g_thread_self () != job->main_thread);
}

static void
done (gpointer data)
{
  Job *job = data;

  g_assert_true (g_thread_self () == job->main_thread);
  if (job->ordered)
    g_assert_cmpuint (*job->n_done, ==, job->number);
  ++*job->n_done;
  g_free (job);
}

static void
test_jobs (gconstpointer data)
{
  ShoalPool pool = GPOINTER_TO_UINT (data);
  ShoalMainRuntime *runtime = shoal_main_runtime_new (NULL);
  guint n_done = 0;

  for (guint i = 0; i < 200; i++)
    {
      Job *job = g_new0 (Job, 1);

      *job = (Job){ g_thread_self (), &n_done, i, pool == SHOAL_POOL_DATABASE };
      shoal_runtime_submit (SHOAL_RUNTIME (runtime), pool, work, done, job);
    }
  shoal_main_runtime_drain (runtime);
  g_assert_cmpuint (n_done, ==, 200);
  g_assert_finalize_object (runtime);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/runtime/timers", test_timers);
  g_test_add_data_func ("/base/runtime/jobs-disk", GUINT_TO_POINTER (SHOAL_POOL_DISK), test_jobs);
  g_test_add_data_func ("/base/runtime/jobs-database", GUINT_TO_POINTER (SHOAL_POOL_DATABASE),
                        test_jobs);
  return g_test_run ();
}
