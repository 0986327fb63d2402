/* shoal-main-runtime.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-base"

#include "config.h"

#include "shoal-main-runtime.h"

#include "shoal-thread.h"

#include <sys/random.h>
#include <time.h>

/* What is left to be dispatched when all jobs are done ends by then. */
#define DRAIN_US (2 * G_USEC_PER_SEC)

/**
 * ShoalMainRuntime:
 *
 * A job goes from the context's thread to a GThreadPool and comes back through
 * one queue and one GSource, which dispatches in the order of completion.
 */

typedef struct
{
  ShoalMainRuntime *runtime; /* (owned) */
  ShoalJobFunc      work;
  ShoalJobFunc      done;
  gpointer          data;    /* (owned by `done`) */
} Job;

typedef struct
{
  GSource           source;
  ShoalMainRuntime *runtime; /* (unowned): the runtime destroys the source */
} DoneSource;

struct _ShoalMainRuntime
{
  ShoalRuntime     parent_instance;

  /* Set once, at construction. */
  ShoalOwnerThread owner;
  GMainContext    *context;              /* (owned) */
  GThreadPool     *pools[SHOAL_N_POOLS]; /* (owned) */
  GSource         *done_source;          /* (owned) */

  /* The context's thread only. */
  GHashTable      *timers;               /* (owned): id → GSource */
  guint            last_timer;
  guint            n_pending;

  /* Any thread, under the lock. */
  GMutex           lock;
  GQueue           done_jobs;            /* of Job (owned) */
};

G_DEFINE_FINAL_TYPE (ShoalMainRuntime, shoal_main_runtime, SHOAL_TYPE_RUNTIME)

/* --- Jobs ---------------------------------------------------------------- */

static void
on_worker (gpointer item, gpointer user_data)
{
  Job *job = item;
  ShoalMainRuntime *self = job->runtime;
  g_autoptr (GMainContext) context = g_main_context_ref (self->context);

  job->work (job->data);

  /* Once queued, the job and the runtime belong to the context's thread. */
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->done_jobs, job);
  g_mutex_unlock (&self->lock);
  g_main_context_wakeup (context);
}

static gboolean
have_done_jobs (ShoalMainRuntime *self)
{
  gboolean have;

  g_mutex_lock (&self->lock);
  have = !g_queue_is_empty (&self->done_jobs);
  g_mutex_unlock (&self->lock);
  return have;
}

static gboolean
done_source_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return have_done_jobs (((DoneSource *) source)->runtime);
}

static gboolean
done_source_check (GSource *source)
{
  return have_done_jobs (((DoneSource *) source)->runtime);
}

static gboolean
done_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_autoptr (ShoalMainRuntime) self = g_object_ref (((DoneSource *) source)->runtime);
  GQueue jobs;
  Job *job;

  g_mutex_lock (&self->lock);
  jobs = self->done_jobs;
  g_queue_init (&self->done_jobs);
  g_mutex_unlock (&self->lock);

  while ((job = g_queue_pop_head (&jobs)) != NULL)
    {
      self->n_pending--;
      job->done (job->data);
      g_object_unref (job->runtime);
      g_free (job);
    }

  return G_SOURCE_CONTINUE;
}

static GSourceFuncs done_source_funcs = {
  .prepare = done_source_prepare,
  .check = done_source_check,
  .dispatch = done_source_dispatch,
};

static void
main_runtime_submit (ShoalRuntime *runtime, ShoalPool pool, ShoalJobFunc work, ShoalJobFunc done,
                     gpointer data)
{
  ShoalMainRuntime *self = SHOAL_MAIN_RUNTIME (runtime);
  Job *job = g_new0 (Job, 1);

  shoal_owner_thread_assert (&self->owner);

  job->runtime = g_object_ref (self);
  job->work = work;
  job->done = done;
  job->data = data;
  self->n_pending++;
  g_thread_pool_push (self->pools[pool], job, NULL);
}

/* --- Time ---------------------------------------------------------------- */

typedef struct
{
  ShoalMainRuntime *runtime; /* (unowned): the runtime destroys its timers */
  guint             id;
  ShoalTimerFunc    func;
  gpointer          user_data;
} Timer;

static gboolean
on_timer (gpointer user_data)
{
  Timer timer = *(Timer *) user_data;

  g_hash_table_remove (timer.runtime->timers, GUINT_TO_POINTER (timer.id));
  timer.func (timer.user_data);
  return G_SOURCE_REMOVE;
}

static void
destroy_source (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static guint
main_runtime_add_timer (ShoalRuntime *runtime, gint64 delay, ShoalTimerFunc func,
                        gpointer user_data)
{
  ShoalMainRuntime *self = SHOAL_MAIN_RUNTIME (runtime);
  Timer *timer = g_new0 (Timer, 1);
  GSource *source = g_timeout_source_new (0);

  shoal_owner_thread_assert (&self->owner);

  do
    timer->id = ++self->last_timer;
  while (timer->id == 0 || g_hash_table_contains (self->timers, GUINT_TO_POINTER (timer->id)));
  timer->runtime = self;
  timer->func = func;
  timer->user_data = user_data;

  g_source_set_ready_time (source, g_get_monotonic_time () + delay);
  g_source_set_callback (source, on_timer, timer, g_free);
  g_source_set_static_name (source, "shoal-timer");
  g_source_attach (source, self->context);
  g_hash_table_insert (self->timers, GUINT_TO_POINTER (timer->id), source);
  return timer->id;
}

static void
main_runtime_remove_timer (ShoalRuntime *runtime, guint timer)
{
  ShoalMainRuntime *self = SHOAL_MAIN_RUNTIME (runtime);

  shoal_owner_thread_assert (&self->owner);
  g_hash_table_remove (self->timers, GUINT_TO_POINTER (timer));
}

static gint64
main_runtime_now (ShoalRuntime *runtime)
{
  return g_get_monotonic_time ();
}

static gint64
main_runtime_wall_time (ShoalRuntime *runtime)
{
  return g_get_real_time ();
}

static void
main_runtime_fill_random (ShoalRuntime *runtime, void *data, size_t size)
{
  uint8_t *to = data;

  while (size > 0)
    {
      ssize_t got = getrandom (to, size, 0);

      if (got > 0)
        {
          to += got;
          size -= (size_t) got;
        }
    }
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_main_runtime_finalize (GObject *object)
{
  ShoalMainRuntime *self = SHOAL_MAIN_RUNTIME (object);

  /* Every job holds a reference, so none is left. */
  g_assert (self->n_pending == 0 && g_queue_is_empty (&self->done_jobs));

  for (int i = 0; i < SHOAL_N_POOLS; i++)
    g_thread_pool_free (self->pools[i], FALSE, TRUE);
  g_hash_table_unref (self->timers);
  destroy_source (self->done_source);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (shoal_main_runtime_parent_class)->finalize (object);
}

static void
shoal_main_runtime_class_init (ShoalMainRuntimeClass *klass)
{
  ShoalRuntimeClass *runtime_class = SHOAL_RUNTIME_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = shoal_main_runtime_finalize;

  runtime_class->now = main_runtime_now;
  runtime_class->wall_time = main_runtime_wall_time;
  runtime_class->add_timer = main_runtime_add_timer;
  runtime_class->remove_timer = main_runtime_remove_timer;
  runtime_class->submit = main_runtime_submit;
  runtime_class->fill_random = main_runtime_fill_random;
}

static void
shoal_main_runtime_init (ShoalMainRuntime *self)
{
  int hashers = CLAMP ((int) g_get_num_processors () - 1, 1, 4);
  const int sizes[SHOAL_N_POOLS] = {
    [SHOAL_POOL_DISK] = 4,
    [SHOAL_POOL_HASH] = hashers,
    [SHOAL_POOL_DATABASE] = 1,
  };

  shoal_owner_thread_init (&self->owner);
  g_mutex_init (&self->lock);
  self->timers = g_hash_table_new_full (NULL, NULL, NULL, destroy_source);
  for (int i = 0; i < SHOAL_N_POOLS; i++)
    self->pools[i] = g_thread_pool_new (on_worker, NULL, sizes[i], FALSE, NULL);
}

/* --- Public -------------------------------------------------------------- */

ShoalMainRuntime *
shoal_main_runtime_new (GMainContext *context)
{
  ShoalMainRuntime *self = g_object_new (SHOAL_TYPE_MAIN_RUNTIME, NULL);

  self->context = context != NULL ? g_main_context_ref (context)
                                  : g_main_context_ref_thread_default ();
  self->done_source = g_source_new (&done_source_funcs, sizeof (DoneSource));
  ((DoneSource *) self->done_source)->runtime = self;
  g_source_set_static_name (self->done_source, "shoal-jobs-done");
  g_source_attach (self->done_source, self->context);
  return self;
}

GMainContext *
shoal_main_runtime_get_context (ShoalMainRuntime *self)
{
  return self->context;
}

gint64
shoal_main_runtime_get_slept (ShoalMainRuntime *self)
{
  struct timespec all;

  g_return_val_if_fail (SHOAL_IS_MAIN_RUNTIME (self), 0);

  if (clock_gettime (CLOCK_BOOTTIME, &all) != 0)
    return 0;
  return (gint64) all.tv_sec * G_USEC_PER_SEC + all.tv_nsec / 1000 - g_get_monotonic_time ();
}

void
shoal_main_runtime_drain (ShoalMainRuntime *self)
{
  shoal_owner_thread_assert (&self->owner);

  gint64 deadline = 0;

  /* What is due may submit more: an object that lets go in its next turn. */
  while (g_main_context_iteration (self->context, FALSE) || self->n_pending > 0)
    {
      if (self->n_pending > 0)
        g_main_context_iteration (self->context, TRUE);
      else if (deadline == 0)
        deadline = g_get_monotonic_time () + DRAIN_US;
      else if (g_get_monotonic_time () > deadline)
        return; /* a relay that does not take its goodbye, for one */
    }
}
