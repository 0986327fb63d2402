/* download-rig.h: a share made of nothing, and a source that feeds it to a piece store
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-main-runtime.h"
#include "shoal-piece-store.h"

G_BEGIN_DECLS

typedef struct
{
  char      *path;
  uint64_t   length;
  uint8_t   *bytes;   /* (owned) */
  ShoalHash *hashes;  /* (owned): of the leaves */
  uint64_t   n_leaves;
  ShoalHash  root;
  gboolean   is_folder;
  gboolean   is_executable;
  uint8_t   *in_flight; /* (owned): by leaf */
  uint8_t   *asked;     /* (owned): by group */
  uint64_t   n_written; /* leaves that the store took */
} RigFile;

typedef struct
{
  ShoalMainRuntime *runtime;
  ShoalDatabase    *database;
  ShoalPieceStore  *store;
  GPtrArray        *files;   /* of RigFile */
  ShoalStoreEntry  *entries;
  char             *state_dir; /* (nullable): NULL: in memory */
  char             *folder;
  GRand            *rand;
  const ShoalDisk  *disk;    /* (nullable) */
  const uint8_t    *chosen;  /* (nullable) */
  gboolean          is_draft;
  gboolean          small_files; /* whole files go by write_files */
  guint             extent;  /* leaves in a write, at most */
  guint             window;  /* writes out at once */
  uint64_t          stop_after; /* leaves; G_MAXUINT64: never */
  guint8            transfer_byte;

  guint             n_out;
  uint64_t          n_taken;  /* leaves */
  uint64_t          n_bad;
  guint             n_paused, n_resumed_running;
  gboolean          was_checked;
  GError           *open_error;
  GError           *end_error;
  GPtrArray        *failures; /* of char: messages of failed files */
  gboolean          opened, closed;
  gboolean          keep_counts;
  gboolean          forward;    /* files and leaves in order */
  gboolean          no_confirm; /* leave the draft's roots to the test */
} Rig;

Rig     *rig_new       (const char *folder, const char *state_dir);
void     rig_free      (Rig *rig);
RigFile *rig_add_file  (Rig *rig, const char *path, uint64_t length);
/* A stretch of zeroes; before opening. */
void     rig_zero      (RigFile *file, uint64_t from, uint64_t length);
void     rig_add_folder (Rig *rig, const char *path);
/* Opens a store over the files added so far; iterates until it is open. FALSE: open_error. */
gboolean rig_open      (Rig *rig);
/* Feeds what is missing until the store ends, pauses for good, or enough was taken. */
void     rig_feed      (Rig *rig);
/* Tells the roots of a draft, which rig_feed() does halfway unless no_confirm is set. */
void     rig_confirm   (Rig *rig);
/* Closes (or removes) and drops the store; the database too if @all. */
void     rig_close     (Rig *rig, gboolean remove, gboolean all);
/* Drops the store without closing, as a crash would; the database too. */
void     rig_crash     (Rig *rig);
/* Iterates until @flag or 20 s. */
void     rig_wait      (Rig *rig, const gboolean *flag);
void     rig_iterate   (Rig *rig, guint milliseconds);
/* The chosen files lie where the store says, byte for byte; returns a
 * description of the first that does not, or NULL. */
char    *rig_find_wrong (Rig *rig, gboolean all_final);
void     rig_assert_right (Rig *rig);

char    *rig_make_folder (void);
void     rig_delete_folder (const char *folder);

G_END_DECLS
