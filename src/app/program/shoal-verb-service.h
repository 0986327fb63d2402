/* shoal-verb-service.h: lets shoal-cli hand its verbs to the app that owns the state.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-engine-thread.h"

G_BEGIN_DECLS

/**
 * ShoalVerbService:
 *
 * An object on the session bus that runs verbs on the engine (shoal-verb-bus.h).
 * What a verb prints, and how it ends, goes straight from the engine's thread to
 * the bus, which never blocks. A caller that goes away has interrupted its verbs.
 * Made and freed on GTK's thread.
 */
typedef struct _ShoalVerbService ShoalVerbService;

/* The verbs that run now have become more or fewer; on GTK's thread. */
typedef void (*ShoalVerbServiceFunc) (guint n_running, gpointer user_data);

/* @path: where the application's own object is. Fails if it cannot be exported. */
ShoalVerbService *shoal_verb_service_new  (GDBusConnection *bus, const char *path,
                                           ShoalVerbServiceFunc func, gpointer user_data,
                                           GError **error);
void              shoal_verb_service_free (ShoalVerbService *self);

/* From now on verbs run on @thread's engine, whose state is in @state_dir; before,
 * and with NULL, callers are told that there is no such thing. */
void shoal_verb_service_set_engine (ShoalVerbService *self, ShoalEngineThread *thread,
                                    const char *state_dir);

G_END_DECLS
