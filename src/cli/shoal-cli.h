/* shoal-cli.h: what the verbs of shoal-cli share.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-engine.h"
#include "shoal-error.h"
#include "shoal-main-runtime.h"

#include <glib/gi18n.h>

G_BEGIN_DECLS

/* Exit statuses; part of the contract. */
enum
{
  SHOAL_CLI_DONE = 0,
  SHOAL_CLI_FAILED = 1,
  SHOAL_CLI_USAGE = 2,
  SHOAL_CLI_DECLINED = 3,
};

typedef struct _ShoalCli ShoalCli;

typedef struct
{
  const char *name;
  const char *arguments; /* of the usage line */
  const char *summary;   /* untranslated */
  gboolean    dials_only;/* does not listen or announce */

  /* Parses @argv (argv[0] is the verb) and starts; ends by shoal_cli_finish(),
   * at once or from an event. */
  void (*start)   (ShoalCli *cli, int argc, char **argv);
  /* (nullable) */
  void (*event)   (ShoalCli *cli, const ShoalEvent *event);
  /* (nullable): SIGINT, SIGTERM or SIGHUP: says what was kept. The program
   * stops after it. */
  void (*interrupted) (ShoalCli *cli);
} ShoalVerb;

/* One run of the program: one verb, at most one engine, one main loop. */
struct _ShoalCli
{
  const ShoalVerb  *verb;

  /* The options before the verb. */
  char             *state_dir;
  gboolean          json;
  gboolean          quiet;
  char             *listen_address; /* (nullable) */
  int               listen_port;    /* -1: not given */
  gboolean          no_discovery;
  int               visibility;     /* -1: not given */
  char            **trackers;       /* (nullable) */
  char            **servers;        /* (nullable): stun:… and turn:… */
  ShoalReach        path;           /* NONE: any */

  GMainLoop        *loop;
  ShoalMainRuntime *runtime;        /* (owned) (nullable) */
  ShoalEngine      *engine;         /* (owned) (nullable) */
  GCancellable     *cancellable;    /* of whatever the verb waits for */
  int               status;
  gboolean          finished;
  gboolean          interrupted;    /* by a signal, once */
  gboolean          progress_shown; /* a progress line is on the terminal */
  gboolean          asking;         /* a question is; no progress line hides it */
  gint64            progress_printed;
  GHashTable       *troubles;       /* (owned) (nullable): transfer → what was said of it */
};

/* Parses @entries out of the verb's arguments. On bad usage prints why and how
 * the verb is used, finishes with USAGE and returns FALSE. */
gboolean shoal_cli_parse  (ShoalCli *cli, const GOptionEntry *entries, int *argc, char ***argv);
/* Usage error: prints @format and the verb's usage; finishes with USAGE. */
void     shoal_cli_usage  (ShoalCli *cli, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* Makes and starts the engine. On failure says why, finishes and returns FALSE. */
gboolean shoal_cli_engine (ShoalCli *cli);
/* Ends the program with @status once the engine has stopped; the first call holds. */
void     shoal_cli_finish (ShoalCli *cli, int status);
/* Prints @error and finishes: DECLINED for that code, else FAILED. */
void     shoal_cli_fail   (ShoalCli *cli, const GError *error);

/* The verbs, one file each. */
extern const ShoalVerb shoal_verb_id;
extern const ShoalVerb shoal_verb_name;
extern const ShoalVerb shoal_verb_devices;
extern const ShoalVerb shoal_verb_friend;
extern const ShoalVerb shoal_verb_invite;
extern const ShoalVerb shoal_verb_receive;
extern const ShoalVerb shoal_verb_send;
extern const ShoalVerb shoal_verb_share;
extern const ShoalVerb shoal_verb_list;
extern const ShoalVerb shoal_verb_get;
extern const ShoalVerb shoal_verb_export;
extern const ShoalVerb shoal_verb_verify;
extern const ShoalVerb shoal_verb_settings;
extern const ShoalVerb shoal_verb_set;
extern const ShoalVerb shoal_verb_doctor;

G_END_DECLS
