/* shoal-thread.h: which thread an object belongs to.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  GThread *thread;
} ShoalOwnerThread;

static inline void
shoal_owner_thread_init (ShoalOwnerThread *self)
{
  self->thread = g_thread_self ();
}

#define shoal_owner_thread_assert(self) g_assert ((self)->thread == g_thread_self ())

G_END_DECLS
