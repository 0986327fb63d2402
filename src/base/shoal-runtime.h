/* shoal-runtime.h: time, workers and randomness, as the engine sees them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Worker pools, bounded, one per kind of work. */
typedef enum
{
  SHOAL_POOL_DISK,     /* blocking file calls; several at once, any order */
  SHOAL_POOL_HASH,     /* SHA-256 and parsing of anything over 64 KiB */
  SHOAL_POOL_DATABASE, /* SQLite; one worker, so jobs run in the order given */
} ShoalPool;

#define SHOAL_N_POOLS 3

typedef void (*ShoalTimerFunc) (gpointer user_data);
typedef void (*ShoalJobFunc)   (gpointer job);

#define SHOAL_TYPE_RUNTIME (shoal_runtime_get_type ())
G_DECLARE_DERIVABLE_TYPE (ShoalRuntime, shoal_runtime, SHOAL, RUNTIME, GObject)

/**
 * ShoalRuntime:
 *
 * The outside world below the engine. Nothing else in the core asks for the
 * time, starts a timer or a worker, or draws a random number, so that the
 * simulator can replay a seed. ShoalMainRuntime is the real one.
 *
 * Belongs to the engine context's thread; jobs run on workers, everything else
 * there.
 */
struct _ShoalRuntimeClass
{
  GObjectClass parent_class;

  gint64 (*now)          (ShoalRuntime *self);
  gint64 (*wall_time)    (ShoalRuntime *self);
  guint  (*add_timer)    (ShoalRuntime *self, gint64 delay, ShoalTimerFunc func,
                          gpointer user_data);
  void   (*remove_timer) (ShoalRuntime *self, guint timer);
  void   (*submit)       (ShoalRuntime *self, ShoalPool pool, ShoalJobFunc work, ShoalJobFunc done,
                          gpointer job);
  void   (*fill_random)  (ShoalRuntime *self, void *data, size_t size);
};

/* Monotonic microseconds. */
gint64 shoal_runtime_now (ShoalRuntime *self);
/* Microseconds since 1970, UTC. */
gint64 shoal_runtime_wall_time (ShoalRuntime *self);

/* Calls @func once, on the engine context, @delay microseconds from now (0:
 * soon, never from inside this call). The identifier is never 0 and is dead
 * when @func is called. */
guint shoal_runtime_add_timer (ShoalRuntime *self, gint64 delay, ShoalTimerFunc func,
                               gpointer user_data);
/* Clears @timer; 0 is allowed. */
void  shoal_runtime_clear_timer (ShoalRuntime *self, guint *timer);

/**
 * shoal_runtime_submit:
 * @pool: which workers
 * @work: runs on a worker, with @job alone: it must own all it touches
 * @done: then runs on the engine context, always, and frees @job
 * @job: the work item
 *
 * Keeps a reference on the runtime until @done has run. There is no bound on
 * the number of waiting jobs: the caller's byte budget is the bound.
 */
void shoal_runtime_submit (ShoalRuntime *self, ShoalPool pool, ShoalJobFunc work, ShoalJobFunc done,
                           gpointer job);

/* Cryptographic randomness (in the simulator: seeded). */
void     shoal_runtime_fill_random (ShoalRuntime *self, void *data, size_t size);
uint64_t shoal_runtime_random_u64  (ShoalRuntime *self);

G_END_DECLS
