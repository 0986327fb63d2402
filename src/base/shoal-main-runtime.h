/* shoal-main-runtime.h: the real runtime: a GMainContext and thread pools.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-runtime.h"

G_BEGIN_DECLS

#define SHOAL_TYPE_MAIN_RUNTIME (shoal_main_runtime_get_type ())
G_DECLARE_FINAL_TYPE (ShoalMainRuntime, shoal_main_runtime, SHOAL, MAIN_RUNTIME, ShoalRuntime)

/* @context: (nullable): the engine context; NULL means the thread-default one
 * of the caller. Create it on the thread that iterates the context. */
ShoalMainRuntime *shoal_main_runtime_new (GMainContext *context);

/* (transfer none) */
GMainContext *shoal_main_runtime_get_context (ShoalMainRuntime *self);

/* How long this computer has slept since it was started, in microseconds: time that
 * shoal_runtime_now() leaves out. */
gint64 shoal_main_runtime_get_slept (ShoalMainRuntime *self);

/* Iterates the context until every submitted job is done and has been told, and
 * nothing is due (for two seconds at most): the last thing before the owner lets
 * go. */
void shoal_main_runtime_drain (ShoalMainRuntime *self);

G_END_DECLS
