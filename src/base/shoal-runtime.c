/* shoal-runtime.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-base"

#include "config.h"

#include "shoal-runtime.h"

G_DEFINE_ABSTRACT_TYPE (ShoalRuntime, shoal_runtime, G_TYPE_OBJECT)

static void
shoal_runtime_class_init (ShoalRuntimeClass *klass)
{
}

static void
shoal_runtime_init (ShoalRuntime *self)
{
}

gint64
shoal_runtime_now (ShoalRuntime *self)
{
  return SHOAL_RUNTIME_GET_CLASS (self)->now (self);
}

gint64
shoal_runtime_wall_time (ShoalRuntime *self)
{
  return SHOAL_RUNTIME_GET_CLASS (self)->wall_time (self);
}

guint
shoal_runtime_add_timer (ShoalRuntime *self, gint64 delay, ShoalTimerFunc func, gpointer user_data)
{
  g_return_val_if_fail (delay >= 0 && func != NULL, 0);

  return SHOAL_RUNTIME_GET_CLASS (self)->add_timer (self, delay, func, user_data);
}

void
shoal_runtime_clear_timer (ShoalRuntime *self, guint *timer)
{
  guint id = *timer;

  *timer = 0;
  if (id != 0)
    SHOAL_RUNTIME_GET_CLASS (self)->remove_timer (self, id);
}

void
shoal_runtime_submit (ShoalRuntime *self, ShoalPool pool, ShoalJobFunc work, ShoalJobFunc done,
                      gpointer job)
{
  g_return_if_fail ((guint) pool < SHOAL_N_POOLS && work != NULL && done != NULL);

  SHOAL_RUNTIME_GET_CLASS (self)->submit (self, pool, work, done, job);
}

void
shoal_runtime_fill_random (ShoalRuntime *self, void *data, size_t size)
{
  SHOAL_RUNTIME_GET_CLASS (self)->fill_random (self, data, size);
}

uint64_t
shoal_runtime_random_u64 (ShoalRuntime *self)
{
  uint64_t value;

  shoal_runtime_fill_random (self, &value, sizeof value);
  return value;
}
