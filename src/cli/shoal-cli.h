/* shoal-cli.h: what the verbs of shoal-cli share.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-engine.h"
#include "shoal-error.h"
#include "shoal-main-runtime.h"

#include <glib/gi18n.h>
#include <stdio.h>

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
typedef void (*ShoalCliFound) (ShoalCli *cli, ShoalDeviceInfo *device);

typedef struct
{
  const char *name;
  const char *arguments; /* of the usage line */
  const char *summary;   /* untranslated */
  const char *more;      /* (nullable) untranslated: what --help says below the options */
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

/**
 * ShoalCli:
 *
 * One run of one verb: in a process of its own (shoal-cli), or hosted by the
 * program that owns the state (shoal-verb-host.h), where several may run at
 * once. Reference-counted, for whoever waits for the engine; on its thread.
 */
struct _ShoalCli
{
  int               refs;
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

  /* Where it is run from. */
  char             *directory;      /* (owned) (nullable): relative paths start there; NULL: here */
  GBytes           *input;          /* (owned) (nullable): what standard input held */
  FILE             *out, *err;      /* (nullable): once a hosted run is over */
  gboolean          out_is_terminal, err_is_terminal;

  /* Hosted: the engine was there before and stays. */
  gboolean          hosted;
  void            (*ended) (ShoalCli *cli, gpointer user_data); /* once, by finish() */
  gpointer          ended_data;

  ShoalMainRuntime *runtime;        /* (owned) (nullable) */
  ShoalEngine      *engine;         /* (owned) (nullable) */
  GCancellable     *cancellable;    /* (owned): of whatever the verb waits for */
  gpointer          data;           /* (owned) (nullable): the verb's own */
  GDestroyNotify    free_data;
  GPtrArray        *laters;         /* (owned): of what waits for its time, until finished */
  GError           *in_use;         /* (owned) (nullable): another process owns the state */
  int               status;
  gboolean          finished;
  gboolean          interrupted;    /* by a signal, once */
  gboolean          progress_shown; /* a progress line is on the terminal */
  gboolean          relay_explained; /* why it goes through a relay was said */
  gboolean          asking;         /* a question is; no progress line hides it */
  gint64            progress_printed;
  GHashTable       *troubles;       /* (owned) (nullable): transfer → what was said of it */
};

ShoalCli *shoal_cli_new   (void);
ShoalCli *shoal_cli_ref   (ShoalCli *cli);
void      shoal_cli_unref (ShoalCli *cli);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalCli, shoal_cli_unref)

/* NULL: there is no such verb. */
const ShoalVerb        *shoal_cli_find_verb  (const char *name);
/* NULL-terminated. */
const ShoalVerb *const *shoal_cli_list_verbs (void);

/* Room for what the verb remembers, zeroed; dropped with @cli by @free_func,
 * which frees what is inside. Also cli->data. */
gpointer shoal_cli_remember (ShoalCli *cli, gsize size, GDestroyNotify free_func);
/* Calls @func after @delay µs unless the run is over by then. */
void     shoal_cli_later    (ShoalCli *cli, gint64 delay, void (*func) (ShoalCli *cli));
/* Finds the device that was typed, a name or an ID, and calls @found with it unless
 * the run is over by then; where there is none, says why and finishes. */
void     shoal_cli_find     (ShoalCli *cli, const char *typed, ShoalCliFound found);
/* The absolute path of what was typed. (transfer full) */
char    *shoal_cli_get_path (ShoalCli *cli, const char *typed);

/* The same for the path of a .torrent file; links and DEVICE/NAME stay as they are. */
char    *shoal_cli_get_what (ShoalCli *cli, const char *typed);

/* Parses @entries out of the verb's arguments. On bad usage prints why and how
 * the verb is used, finishes with USAGE and returns FALSE. */
gboolean shoal_cli_parse  (ShoalCli *cli, const GOptionEntry *entries, int *argc, char ***argv);
/* Usage error: prints @format and the verb's usage; finishes with USAGE. */
void     shoal_cli_usage  (ShoalCli *cli, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* The message, and where there is more to read. */
void     shoal_cli_print_usage (ShoalCli *cli, const char *message);
/* Makes and starts the engine, unless hosted. On failure says why, finishes and
 * returns FALSE; if another process owns the state, only remembers that. */
gboolean shoal_cli_engine (ShoalCli *cli);
/* Ends the run with @status; the first call holds. */
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
extern const ShoalVerb shoal_verb_describe;
extern const ShoalVerb shoal_verb_transfers;
extern const ShoalVerb shoal_verb_shares;
extern const ShoalVerb shoal_verb_export;
extern const ShoalVerb shoal_verb_verify;
extern const ShoalVerb shoal_verb_settings;
extern const ShoalVerb shoal_verb_set;
extern const ShoalVerb shoal_verb_doctor;

G_END_DECLS
