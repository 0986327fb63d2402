/* shoal-verb-host.h: running the verbs of shoal-cli beside other work.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-engine.h"
#include "shoal-main-runtime.h"

G_BEGIN_DECLS

/**
 * ShoalVerbHost:
 *
 * For a program that owns a state and is asked to run verbs on it. Everything is
 * called on the engine's thread.
 */
typedef struct _ShoalVerbHost ShoalVerbHost;

typedef struct
{
  const char *const *arguments; /* the verb first */
  const char        *directory; /* (nullable): relative paths start there */
  GBytes            *input;     /* (nullable): what standard input held */
  gboolean           json, quiet, out_is_terminal, err_is_terminal;

  /* @stream: 1 or 2. */
  void             (*output) (int stream, const char *bytes, gsize size, gpointer user_data);
  /* Once, after all output; @user_data may be freed in it. */
  void             (*ended)  (int status, gpointer user_data);
  gpointer           user_data;
} ShoalVerbRequest;

ShoalVerbHost *shoal_verb_host_new  (ShoalEngine *engine, ShoalMainRuntime *runtime);
/* Ends what still runs: failed. */
void           shoal_verb_host_free (ShoalVerbHost *self);

/* Runs a verb; @request is copied as far as needed. Returns an ID, or 0 if it has
 * ended already. */
guint shoal_verb_host_run       (ShoalVerbHost *self, const ShoalVerbRequest *request);
/* As Ctrl+C would do; unknown IDs are over. */
void  shoal_verb_host_interrupt (ShoalVerbHost *self, guint id);
/* Every event of the engine. */
void  shoal_verb_host_tell      (ShoalVerbHost *self, const ShoalEvent *event);

G_END_DECLS
