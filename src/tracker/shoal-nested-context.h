/* shoal-nested-context.h: a main context that another one runs.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ShoalNestedContext:
 *
 * A turn of a GMainContext looks at each of its sources and has poll(2) look at each
 * of its descriptors. With ten thousand connections that is milliseconds, for a single
 * byte on one of them. So connections live in contexts of some hundred. To the context
 * that runs them each of these is one source with one descriptor, an epoll, and it is
 * turned only when something has happened in it.
 *
 * Belongs to the thread that made it, and runs on the context it is given there.
 */
typedef struct _ShoalNestedContext ShoalNestedContext;

/* Descriptors that each takes. */
#define SHOAL_NESTED_CONTEXT_DESCRIPTORS 2

/* @parent: (nullable): who runs it; NULL: the default context. Returns: (transfer full)
 * (nullable): NULL if there are no descriptors left */
ShoalNestedContext *shoal_nested_context_new   (GMainContext *parent);
/* @self: (nullable) */
void                shoal_nested_context_free  (ShoalNestedContext *self);

/* Between these two it is the thread's default: what is started there stays there. */
void                shoal_nested_context_enter (ShoalNestedContext *self);
void                shoal_nested_context_leave (ShoalNestedContext *self);

G_END_DECLS
