/* shoal-engine-thread.h: the crossing: the engine on a thread of its own.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-engine.h"

G_BEGIN_DECLS

typedef struct _ShoalVerbHost ShoalVerbHost; /* shoal-verb-host.h */

/**
 * ShoalEngineThread:
 *
 * Owns a thread, its context, the runtime and the engine on it. Commands go in
 * by _call() and _run(); events come out on the thread that made it (the home
 * thread: GTK's), as immutable snapshots. Those of one transfer, device or share
 * that come faster than they are taken are merged into the newest; mere progress
 * is told at most ten times a second, all else at once. Neither thread ever
 * waits for the other, except in _free().
 */
typedef struct _ShoalEngineThread ShoalEngineThread;

/* Runs on the engine's thread; @engine is only valid during the call. */
typedef void (*ShoalEngineFunc)     (ShoalEngine *engine, gpointer data);
/* Runs on the engine's thread. Takes @task over, and ends, now or from a
 * callback of the engine, by one of shoal-answer.h. */
typedef void (*ShoalEngineTaskFunc) (ShoalEngine *engine, GTask *task);

/* What an engine knows when it is made; valid during the call. */
typedef struct
{
  char          *id, *mark;
  ShoalSettings *settings;
  GPtrArray     *devices, *offers, *transfers, *shares; /* of snapshots */
} ShoalReady;

/* All are called on the home thread. */
typedef struct
{
  /* The engine exists but does nothing yet. */
  void (*ready)   (const ShoalReady *ready, gpointer user_data);
  /* It could not be made or begun: IN_USE, a bad address, a broken state… */
  void (*failed)  (const GError *error, gpointer user_data);
  /* It listens and looks around. */
  void (*begun)   (gpointer user_data);
  void (*event)   (const ShoalEvent *event, gpointer user_data);
  /* After _stop(): nothing is running, the state is free for another process. */
  void (*stopped) (gpointer user_data);
} ShoalEngineThreadEvents;

/* Starts the thread, which takes the state and makes the engine. @options and
 * @events are copied.
 * Returns: (transfer full) */
ShoalEngineThread *shoal_engine_thread_new  (const ShoalEngineOptions *options,
                                             const ShoalEngineThreadEvents *events,
                                             gpointer user_data);
/* Lets the engine listen, announce and dial; once, after ready. */
void               shoal_engine_thread_begin (ShoalEngineThread *self);
/* Saves, says goodbye, ends. Answered by stopped; idempotent. */
void               shoal_engine_thread_stop (ShoalEngineThread *self);
/* Joins the thread: at once after stopped or failed, else it stops first. No
 * event comes after it. */
void               shoal_engine_thread_free (ShoalEngineThread *self);

/* On the engine's thread, inside a command: runs verbs of shoal-cli. */
ShoalVerbHost *shoal_engine_thread_get_host (ShoalEngineThread *self);

/* Runs @func with the engine, in order with other commands. @data is freed on
 * the home thread. If there is no engine (any more), @func is not called. */
void shoal_engine_thread_call (ShoalEngineThread *self, ShoalEngineFunc func, gpointer data,
                               GDestroyNotify destroy);
/* Runs @func with the engine and @task (transfer full), which belongs to the
 * home thread: its arguments are its task data. Without an engine the task ends
 * in CANCELLED. */
void shoal_engine_thread_run  (ShoalEngineThread *self, ShoalEngineTaskFunc func, GTask *task);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalEngineThread, shoal_engine_thread_free)

G_END_DECLS
